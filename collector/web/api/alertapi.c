/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts, incidents and events as JSON, as the engine has them now; the past is the history's
 * (acts.c). */
#include "collector/web/api/alertapi.h"

#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "collector/web/api/filter.h"
#include "collector/web/api/member.h"
#include "collector/web/api/paging.h"

#define NORMAL 250 /* on a page, if no other limit is asked for */

/* Who has it; null: nobody. */
static void
put_ack(struct json *j, const struct ack *a)
{
	if (a->author[0] == '\0') {
		json_null(j, "acknowledged");
		return;
	}
	json_object(j, "acknowledged");
	json_text(j, "author", a->author);
	json_text(j, "comment", a->comment);
	member_moment(j, "at_ms", a->at_ms);
	member_moment(j, "until_ms", a->until_ms);
	json_end(j);
}

/* What holds beside the state, by words. */
static void
put_flags(struct json *j, unsigned flags)
{
	static const char *const words[] = { "acknowledged", "silenced", "maintenance",
		"out-of-service", "no-data", "chattering", "consequence", "late" };
	json_array(j, "flags");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (flags & 1U << i)
			json_text(j, NULL, words[i]);
	json_end(j);
}

/* One alert. */
static void
put_alert(struct json *j, const struct alert *a)
{
	json_object(j, NULL);
	json_uint(j, "id", a->id);
	json_text(j, "rule", a->rule);
	json_text(j, "rack", a->rack[0] != '\0' ? a->rack : NULL);
	json_text(j, "title", a->title);
	json_text(j, "severity", view_severity((int)a->severity));
	json_text(j, "state", alert_state_word(a->state));
	json_text(j, "zone", a->zone);
	json_text(j, "node", a->node[0] != '\0' ? a->node : NULL);
	json_text(j, "series", a->series[0] != '\0' ? a->series : NULL);
	json_text(j, "field", a->field[0] != '\0' ? a->field : NULL);
	json_number(j, "value", a->value);
	json_text(j, "value_state", a->words[0] != '\0' ? a->words : NULL);
	json_number(j, "limit", a->limit);
	json_text(j, "unit", a->unit);
	json_text(j, "reason", a->reason);
	json_text(j, "advice", a->advice);
	member_moment(j, "since_ms", a->since_ms);
	member_moment(j, "fired_ms", a->fired_ms);
	member_moment(j, "resolved_ms", a->resolved_ms);
	json_uint(j, "incident", a->incident);
	json_number(j, "peak", a->peak);
	member_moment(j, "peak_ms", a->peak_ms);
	json_uint(j, "changes", a->changes);
	put_flags(j, a->flags);
	json_text(j, "because", a->because[0] != '\0' ? a->because : NULL);
	json_uint(j, "silence", a->silence);
	put_ack(j, &a->ack);
	json_end(j);
}

/* The numbers of what comes and goes, for paging_place(). */
static uint64_t
alert_id(const void *arg, size_t i)
{
	return engine_alert_at(arg, i)->id;
}

/* Likewise of incidents. */
static uint64_t
incident_id(const void *arg, size_t i)
{
	return engine_incident_at(arg, i)->id;
}

/* Whether an alert is in the list. */
static bool
alert_is_wanted(const struct request *rq, const struct alert *a)
{
	const char *texts[] = { a->title, a->node, a->rule, a->series };

	return filter_has(rq, "zone", a->zone) && filter_has(rq, "node", a->node) &&
	       filter_has(rq, "rule", a->rule) &&
	       filter_has(rq, "state", alert_state_word(a->state)) &&
	       filter_has(rq, "severity", view_severity((int)a->severity)) &&
	       filter_finds(rq, texts, 4);
}

/* What both lists begin with. */
static int
begin(const struct collector *c, const struct request *rq, struct reply *re, struct paging *p,
    const char *const *states)
{
	static const char *const severities[] = { "info", "warning", "critical", NULL };
	int status = 200;

	if (!filter_is_known(c, rq, re, &status))
		return status;
	status = filter_words(rq, re, "state", states);
	if (status == 200)
		status = filter_words(rq, re, "severity", severities);
	return status == 200 ? paging_read(p, rq, re, NORMAL) : status;
}

/* GET /api/v1/alerts */
int
alertapi_alerts(const struct collector *c, const struct request *rq, struct reply *re)
{
	static const char *const states[] = { "pending", "firing", "clearing", "resolved", "closed",
		NULL };
	size_t n = engine_nalerts(c->engine), i;
	bool rest = false;
	struct paging p;
	int status = begin(c, rq, re, &p, states);

	if (status != 200)
		return status;
	if (paging_place(&p, n, alert_id, c->engine, &i) == -1)
		return paging_is_nowhere(re);
	struct json j = member_begin(re);
	json_array(&j, "alerts");
	for (; i < n; i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if (!alert_is_wanted(rq, a))
			continue;
		rest = !paging_has_room(&p, &j);
		if (rest)
			break;
		put_alert(&j, a);
		paging_count(&p, "%llu.%zu", (unsigned long long)a->id, i);
	}
	json_end(&j);
	paging_end(&p, &j, rq, rest);
	json_end(&j);
	return 200;
}

/* One incident. */
static void
put_incident(struct json *j, const struct incident *in)
{
	json_object(j, NULL);
	json_uint(j, "id", in->id);
	json_text(j, "zone", in->zone);
	json_text(j, "severity", view_severity((int)in->severity));
	json_flag(j, "open", in->closed_ms == 0);
	member_moment(j, "opened_ms", in->opened_ms);
	member_moment(j, "closed_ms", in->closed_ms);
	json_uint(j, "firing", in->firing);
	json_uint(j, "muted", in->muted);
	json_uint(j, "total", in->total);
	json_text(j, "cause", in->cause);
	json_text(j, "node", in->node[0] != '\0' ? in->node : NULL);
	json_uint(j, "root", in->root);
	put_ack(j, &in->ack);
	json_end(j);
}

/* Whether an incident is in the list. */
static bool
incident_is_wanted(const struct request *rq, const struct incident *in)
{
	const char *texts[] = { in->cause, in->node };

	return filter_has(rq, "zone", in->zone) && filter_has(rq, "node", in->node) &&
	       filter_has(rq, "state", in->closed_ms == 0 ? "open" : "closed") &&
	       filter_has(rq, "severity", view_severity((int)in->severity)) &&
	       filter_finds(rq, texts, 2);
}

/* GET /api/v1/incidents */
int
alertapi_incidents(const struct collector *c, const struct request *rq, struct reply *re)
{
	static const char *const states[] = { "open", "closed", NULL };
	size_t n = engine_nincidents(c->engine), i;
	bool rest = false;
	struct paging p;
	int status = begin(c, rq, re, &p, states);

	if (status != 200)
		return status;
	if (paging_place(&p, n, incident_id, c->engine, &i) == -1)
		return paging_is_nowhere(re);
	struct json j = member_begin(re);
	json_array(&j, "incidents");
	for (; i < n; i++) {
		const struct incident *in = engine_incident_at(c->engine, i);
		if (!incident_is_wanted(rq, in))
			continue;
		rest = !paging_has_room(&p, &j);
		if (rest)
			break;
		put_incident(&j, in);
		paging_count(&p, "%llu.%zu", (unsigned long long)in->id, i);
	}
	json_end(&j);
	paging_end(&p, &j, rq, rest);
	json_end(&j);
	return 200;
}

/* One event. */
static void
put_event(struct json *j, const struct events_entry *en)
{
	json_object(j, NULL);
	json_int(j, "time_ms", en->time_ms);
	json_text(j, "node", en->node->name);
	json_text(j, "series", en->series != NULL ? en->series->name : NULL);
	json_text(j, "severity", view_severity((int)en->severity));
	json_text(j, "code", en->code);
	json_text(j, "text", en->text);
	json_end(j);
}

/* GET /api/v1/events[?node=][&zone=] */
int
alertapi_events(const struct collector *c, const struct request *rq, struct reply *re)
{
	int status = 200;
	if (!filter_is_known(c, rq, re, &status))
		return status;
	struct json j = member_begin(re);
	json_array(&j, "events");
	for (size_t i = 0; i < events_count(c->events); i++) {
		const struct events_entry *en = events_at(c->events, i);
		if (filter_passes(rq, en->node))
			put_event(&j, en);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}
