/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worst of the open incidents: those that nobody has acknowledged first, of these the severest,
 * of these the oldest. Of which nobody is told is not shown, but counted. */
#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/notify/facts.h"
#include "collector/alert/text_reason.h"
#include "collector/web/wall_int.h"
#include "zw/str.h"
#include "zw/units.h"

#define DETAIL 600

/* Whether it is open and somebody is told of it. */
static bool
is_shown(const struct incident *in)
{
	return in->closed_ms == 0 && in->now > WIRE_INFO && in->muted < in->firing;
}

/* Whether a goes before b. */
static bool
is_before(const struct incident *a, const struct incident *b)
{
	bool a_acked = a->ack.author[0] != '\0', b_acked = b->ack.author[0] != '\0';
	if (a_acked != b_acked)
		return b_acked;
	if (a->now != b->now)
		return a->now > b->now;
	if (a->opened_ms != b->opened_ms)
		return a->opened_ms < b->opened_ms;
	return a->id < b->id;
}

/* The worst, in order; returns how many. */
static size_t
find_worst(const struct engine *e, const struct incident *worst[WALL_MAX_INCIDENTS])
{
	size_t n = 0;
	for (size_t i = 0; i < engine_nincidents(e); i++) {
		const struct incident *in = engine_incident_at(e, i);
		if (!is_shown(in))
			continue;
		size_t at = n;
		while (at > 0 && is_before(in, worst[at - 1]))
			at--;
		if (at == WALL_MAX_INCIDENTS)
			continue;
		if (n < WALL_MAX_INCIDENTS)
			n++;
		memmove(&worst[at + 1], &worst[at], (n - at - 1) * sizeof(worst[0]));
		worst[at] = in;
	}
	return n;
}

/* On what and how much: "sim12 33,1 °C, above 32 °C". */
static void
say_detail(char *dst, size_t size, const struct alert *a, enum lang l)
{
	char who[200], value[UNITS_MAX] = "", reason[ALERT_MAX_TEXT];
	text_who(who, sizeof who, a, l);
	text_present(value, sizeof value, a, l);
	text_beside(reason, sizeof reason, a, l);
	bool both = who[0] != '\0' && value[0] != '\0', any = who[0] != '\0' || value[0] != '\0';
	snprintf(dst, size, "%s%s%s%s%s", who, both ? " " : "", value,
	    any && reason[0] != '\0' ? ", " : "", reason);
}

/* Its cause: what it is, on what, and whether the countdown of the zone is about it. */
static void
put_cause(struct json *j, const struct text_line *line, enum lang l)
{
	const struct alert *a = line->alert;
	char detail[DETAIL] = "";
	if (a != NULL)
		say_detail(detail, sizeof detail, a, l);
	json_text(j, "title", a != NULL ? text_title(a, l) : line->incident->cause);
	json_text(j, "detail", detail);
	if (line->incident->topic == TOPIC_AIR || line->incident->topic == TOPIC_COOLING)
		json_text(j, "heats", line->zone != NULL ? line->zone->name : "");
}

/* The piece of one. */
static void
put_incident(struct wall_turn *t, const struct incident *in, unsigned place)
{
	const struct collector *c = t->view->c;
	const struct facts from = { c->conf, c->site, c->engine };
	struct text_line line;
	char key[40], zone[200];
	facts_line(&from, in, &line);
	if (line.zone != NULL)
		text_zone(zone, sizeof zone, line.zone, "", t->view->lang);
	else
		snprintf(zone, sizeof zone, "%s", lang_text(t->view->lang, "Site"));
	snprintf(key, sizeof key, "incident.%llu", (unsigned long long)in->id);
	struct json *j = live_begin(t->out, key);
	json_uint(j, "place", place);
	json_text(j, "state", in->now == WIRE_CRITICAL ? "critical" : "warning");
	json_text(j, "zone", zone);
	put_cause(j, &line, t->view->lang);
	json_int(j, "since_ms", in->opened_ms);
	json_flag(j, "acked", in->ack.author[0] != '\0');
	if (in->ack.author[0] != '\0')
		json_text(j, "author", in->ack.author);
	json_uint(j, "alerts", in->firing);
	live_end(t->out);
}

void
wall_put_incidents(struct wall_turn *t)
{
	const struct incident *worst[WALL_MAX_INCIDENTS];
	size_t n = find_worst(t->view->c->engine, worst);
	for (size_t i = 0; i < n; i++)
		put_incident(t, worst[i], (unsigned)i);
}

void
wall_count_incidents(struct json *j, const struct wall_turn *t)
{
	const struct engine *e = t->view->c->engine;
	unsigned open = 0, unacked = 0;
	for (size_t i = 0; i < engine_nincidents(e); i++) {
		const struct incident *in = engine_incident_at(e, i);
		if (!is_shown(in))
			continue;
		open++;
		unacked += in->ack.author[0] == '\0';
	}
	json_object(j, "incidents");
	json_uint(j, "open", open);
	json_uint(j, "unacked", unacked);
	json_end(j);
}
