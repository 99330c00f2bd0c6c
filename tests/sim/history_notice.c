/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a collector would have noticed by itself in a simulated past: that it was away, nodes that
 * are new, series that are gone, machines that restarted, limits that were changed; and its ledger
 * of samples. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tests/sim/history_story.h"

/* The collector was away. */
void
history_notice_away(struct story *s)
{
	char since[24];

	(void)snprintf(since, sizeof since, "%" PRId64, s->ev->from_s * 1000);
	history_act(s->db, s->ev->to_s * 1000, "zonewatch", "collector-start", 0, since, "");
	history_story_breathe(s);
}

/* What the collector noticed by itself of a node. */
static void
notice(struct story *s, int64_t at_s, const char *kind, size_t node, const char *text)
{
	history_act(s->db, at_s * 1000, "zonewatch", kind, 0, s->h->nodes[node].name, text);
	history_story_breathe(s);
}

/* Nodes that came later. */
static void
tell_births(struct story *s)
{
	for (size_t i = 0; i < s->h->nnodes; i++)
		if (s->h->nodes[i].born_s > s->h->from_s && s->h->nodes[i].kind != HISTORY_SUMMARY)
			notice(s, s->h->nodes[i].born_s + 10, "node-new", i, "8");
}

/* Limits that somebody changed. */
static void
tell_changes(struct story *s)
{
	static const struct {
		unsigned days; /* before the end */
		const char *what;
		const char *text;
	} changes[] = {
		{ 310, "inlet-warm", "above 28 -> 27" },
		{ 160, "ups-load-high", "above 85 -> 80" },
		{ 48, "disk-full", "above 92 -> 90; clear 90 -> 87" },
	};

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		int64_t at = s->h->fine_s - (int64_t)changes[i].days * 86400;
		if (at > s->h->from_s)
			history_act(s->db, at * 1000, "zonewatch", "limit-change", 0,
			    changes[i].what, changes[i].text);
	}
}

/* What else is told of an event: a start anew, a series that is gone. */
void
history_notice_event(struct story *s, const struct history_event *ev)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%" PRId64, ev->to_s * 1000);
	if (ev->kind == EVENT_SERVER_DOWN || ev->kind == EVENT_MAINTENANCE)
		notice(s, ev->to_s + 10, "restart", ev->node, text);
	if (ev->kind == EVENT_PROBE_DEAD)
		notice(s, ev->from_s + 600, "series-gone", ev->node,
		    "temperature-Temperature.Value-11.2");
}

/* An hour of a node for the ledger. */
static void
tell_hour(void *arg, size_t node, int64_t hour_s, const struct history_tally *t)
{
	struct story *s = arg;
	struct tally one = { .expected = llround(t->expected),
		.received = llround(t->received),
		.late = llround(t->late) };

	history_count(s->db, 0, s->h->nodes[node].name, hour_s, &one);
	history_story_breathe(s);
}

/* What belongs to no event. */
void
history_notice_all(struct story *s)
{
	tell_births(s);
	tell_changes(s);
	history_each_hour(s->h, tell_hour, s);
}
