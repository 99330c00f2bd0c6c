/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the annals tell: who was silent and why, when the collector was away, what was planned. */
#include "collector/report/figures/availability_int.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

#define AWAY_MS 5000 /* at least; a restart is no absence */

/* Adds a time of a plan. */
static void
add_time(void *arg, const struct silence_span *at)
{
	stretches_add(arg, at->from_ms, at->to_ms);
}

/* Takes in a silence, if it is a plan. */
static void
take_plan(struct availability_told *t, const struct silence *s)
{
	struct silence_span within = { t->from_ms, t->to_ms };
	struct stretches times = { 0 };

	if (s->kind == SILENCE_SILENCE)
		return;
	silence_each(s, &within, add_time, &times);
	stretches_join(&times, 0);
	if (times.n == 0)
		return;
	t->plans = xreallocarray(t->plans, t->nplans + 1, sizeof *t->plans);
	t->plans[t->nplans++] = (struct availability_plan){ .silence = *s, .times = times };
}

/* The collector was away since it last heard of anything, or since it began last. */
static void
take_away(struct availability_told *t)
{
	int64_t before_ms = 0;

	for (size_t i = 0; i < t->annals->nacts; i++) {
		const struct annals_act *act = &t->annals->acts[i];
		int64_t heard_ms;
		if (strcmp(act->kind, "collector-start") != 0)
			continue;
		if (str_to_i64(act->what, 1, INT64_MAX, &heard_ms) == 0) {
			int64_t since_ms = heard_ms > before_ms ? heard_ms : before_ms;
			if (act->time_ms - since_ms >= AWAY_MS)
				stretches_add(&t->away, since_ms, act->time_ms);
		}
		before_ms = act->time_ms;
	}
	if (t->annals->away_ms != 0)
		stretches_add(&t->away,
		    t->annals->away_ms > before_ms ? t->annals->away_ms : before_ms, t->to_ms);
	stretches_join(&t->away, 0);
	stretches_clip(&t->away, t->from_ms, t->to_ms);
}

void
availability_hear(
    struct availability_told *t, const struct figures_ask *a, int64_t from_ms, int64_t to_ms)
{
	*t = (struct availability_told){ .annals = a->annals, .from_ms = from_ms, .to_ms = to_ms };
	for (size_t i = 0; i < a->annals->nsilences; i++)
		take_plan(t, &a->annals->silences[i]);
	take_away(t);
}

void
availability_told_free(struct availability_told *t)
{
	stretches_free(&t->away);
	for (size_t i = 0; i < t->nplans; i++)
		stretches_free(&t->plans[i].times);
	free(t->plans);
	t->plans = NULL;
}

void
availability_planned(const struct availability_told *t, const char *zone, const char *node,
    const char *series, const char *rule, struct stretches *out)
{
	for (size_t i = 0; i < t->nplans; i++)
		if (silence_matches(&t->plans[i].silence.match, *zone != '\0' ? zone : "site", node,
			series, rule))
			stretches_add_all(out, &t->plans[i].times);
	stretches_join(out, 0);
}

/* The time of an alert's condition, within what is judged. */
static struct stretch
time_of(const struct availability_told *t, const struct annals_alert *al)
{
	struct stretch s = { al->since_ms, al->resolved_ms != 0 ? al->resolved_ms : t->to_ms };

	if (s.from_ms < t->from_ms)
		s.from_ms = t->from_ms;
	if (s.to_ms > t->to_ms)
		s.to_ms = t->to_ms;
	return s;
}

/* Adds to what is planned the part of an alert's time in which its being told was not wanted. */
static void
excuse(const struct availability_told *t, const struct annals_alert *al, struct stretches *planned)
{
	struct stretches plan = { 0 };
	struct stretch s = time_of(t, al);

	availability_planned(t, al->zone, al->node, al->series, al->rule, &plan);
	stretches_clip(&plan, s.from_ms, s.to_ms);
	stretches_add_all(planned, &plan);
	stretches_free(&plan);
}

/* The ledger's first hour of a node, or of the one behind it: it is in the order of names. */
static size_t
first_hour(const struct annals *an, const char *node)
{
	size_t low = 0, high = an->nhours;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(an->hours[middle].node, node) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Hours of which all samples of a node came. */
static void
take_whole(const struct availability_told *t, const struct node *n, struct stretches *whole)
{
	const struct annals *an = t->annals;

	for (size_t i = first_hour(an, n->name);
	     i < an->nhours && strcmp(an->hours[i].node, n->name) == 0; i++) {
		const struct annals_hour *h = &an->hours[i];
		if (h->expected > 0 && h->received >= h->expected)
			stretches_add(whole, h->hour_s * 1000, (h->hour_s + 3600) * 1000);
	}
	stretches_join(whole, 0);
}

/* Takes in an alert of the node: of its silence, or of what it says of itself. */
static void
take_alert(const struct availability_told *t, const struct annals_alert *al, const char *series,
    struct uptime_facts *f)
{
	struct stretch s = time_of(t, al);

	if (*al->series != '\0') {
		if (strcmp(al->series, series) == 0 && al->why.code == REASON_STATE)
			stretches_add(&f->hints, s.from_ms, s.to_ms);
		return;
	}
	/* On no series: the node itself is silent. */
	stretches_add(al->consequence ? &f->blind : &f->silent, s.from_ms, s.to_ms);
	if (!al->consequence)
		excuse(t, al, &f->planned);
}

void
availability_node_facts(const struct availability_told *t, const struct node *n, const char *series,
    struct uptime_facts *f)
{
	const char *zone = n->zone != NULL ? n->zone->name : "";

	f->from_ms = t->from_ms;
	f->to_ms = t->to_ms;
	availability_planned(t, zone, n->name, series, "", &f->planned);
	for (size_t i = 0; i < t->annals->nalerts; i++)
		if (strcmp(t->annals->alerts[i].node, n->name) == 0)
			take_alert(t, &t->annals->alerts[i], series, f);
	take_whole(t, n, &f->whole);
	stretches_add_all(&f->blind, &t->away);
	stretches_join(&f->silent, 0);
	stretches_join(&f->blind, 0);
	stretches_join(&f->planned, 0);
	stretches_join(&f->hints, 0);
}

/* Whether an alert is about a zone's air, cooling or power being critical; not about their not
 * being seen. */
static bool
is_of_zone(const struct annals_alert *al, const struct zone *z)
{
	bool here = strcmp(al->zone, z->name) == 0 || (*al->zone == '\0' && *al->node == '\0');
	bool topic =
	    al->topic == TOPIC_AIR || al->topic == TOPIC_COOLING || al->topic == TOPIC_POWER;
	bool unseen = al->why.code == REASON_SILENT || al->why.code == REASON_LOST ||
		      al->why.code == REASON_NEVER || al->why.code == REASON_GONE;

	return here && topic && !unseen && al->severity == WIRE_CRITICAL;
}

void
availability_zone_facts(
    const struct availability_told *t, const struct zone *z, struct uptime_facts *f)
{
	struct stretches unplanned = { 0 };

	f->from_ms = t->from_ms;
	f->to_ms = t->to_ms;
	for (size_t i = 0; i < t->annals->nalerts; i++) {
		const struct annals_alert *al = &t->annals->alerts[i];
		struct stretches own = { 0 }, plan = { 0 };
		struct stretch s = time_of(t, al);
		if (!is_of_zone(al, z))
			continue;
		stretches_add(&f->alarmed, s.from_ms, s.to_ms);
		stretches_add(&own, s.from_ms, s.to_ms);
		excuse(t, al, &plan);
		stretches_join(&plan, 0);
		stretches_minus(&own, &plan);
		stretches_add_all(&unplanned, &own);
		stretches_free(&own);
		stretches_free(&plan);
	}
	stretches_join(&f->alarmed, 0);
	stretches_join(&unplanned, 0);
	stretches_add_all(&f->planned, &f->alarmed);
	stretches_join(&f->planned, 0);
	stretches_minus(&f->planned, &unplanned);
	stretches_add_all(&f->blind, &t->away);
	stretches_join(&f->blind, 0);
	stretches_free(&unplanned);
}
