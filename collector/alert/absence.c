/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silence: of a node, measured from what arrived of it last, or of a series whose node goes on
 * sending others. Counted from the engine's start at the earliest, so that a collector that was
 * itself away alarms nobody for it.
 *
 * A node whose silence follows from another's is not alarmed: when a node that it depends on, at
 * whatever distance, is covered by the same rule and is silent, that one's alert says it all. */

#include <math.h>

#include "collector/alert/engine.h"

/* The later of two moments. */
static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Since when the node could be heard. The beginning of a session gives it time anew, and so does
 * the coming back of its gateway or its device: what a gateway could not tell while it was away,
 * its devices are not to blame for, nor a device's children, which are not all asked at once. */
static int64_t
audible_since(const struct engine *e, const struct node *n)
{
	const struct node *const by[] = { n->parent, n->via };
	int64_t from_ms = later(e->watch_ms, n->joined_ms);
	for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
		if (by[i] != NULL)
			from_ms = later(from_ms, later(by[i]->joined_ms, by[i]->back_ms));
	}
	return from_ms;
}

/* How the rule judges the silence of a whole node. */
enum verdict
absence_of_node(const struct engine *e, const struct watch *w, const struct node *n, int64_t now_ms,
    struct rule_reason *why)
{
	bool lost = !n->connected && n->lost_ms != 0;
	int64_t from_ms = audible_since(e, n);
	struct rule_input in = {
		.step_ms = site_step_ms(n),
		.silent_ms = now_ms - later(n->seen_ms, from_ms),
		.lost_ms = lost ? now_ms - later(n->lost_ms, from_ms) : -1,
		.heard = n->seen_ms >= from_ms,
		.seen = n->seen_ms != 0,
	};
	return w->kind->judge(w->conf->variant, NULL, &in, why);
}

/* How the rule judges the silence of a series. */
enum verdict
absence_of_series(const struct engine *e, const struct watch *w, const struct binding *b,
    int64_t now_ms, struct rule_reason *why)
{
	const struct series *se = b->series;
	int64_t alive_ms = e->nodes[se->node->index].alive_ms;
	/* The node itself is silent: that is another alert. Or the series never was. */
	if (alive_ms == 0 || b->known_ms == 0)
		return VERDICT_UNKNOWN;
	int64_t from_ms = later(alive_ms, e->watch_ms);
	struct rule_input in = {
		.step_ms = (int64_t)se->step_s * 1000,
		.silent_ms = now_ms - later(b->known_ms, from_ms),
		.lost_ms = -1,
		.heard = b->known_ms >= from_ms,
		.seen = true,
	};
	return w->kind->judge(w->conf->variant, NULL, &in, why);
}

/* Whether it was heard of so lately that no rule can find it silent. Most are, at each tick. */
static bool
is_fresh(const struct subject *s, int64_t now_ms)
{
	if (s->bad || s->alert != NULL)
		return false;
	if (s->binding != NULL)
		return now_ms - s->binding->known_ms <= s->step_ms;
	return s->node->connected && now_ms - s->node->seen_ms <= site_step_ms(s->node);
}

/* Judge a subject's silence, now; returns when that must be done again at the earliest. What cannot
 * be reached is not to blame, nor is it well. */
int64_t
absence_tick(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct finding f = { .value = NAN, .at_ms = now_ms };
	if (is_fresh(s, now_ms))
		return s->binding != NULL ? s->binding->known_ms + s->step_ms + 1 : 0;
	if (s->binding != NULL) {
		f.verdict = absence_of_series(e, s->watch, s->binding, now_ms, &f.why);
		f.began_ms = s->binding->known_ms;
		f.sid = s->binding->series->sid;
	} else {
		f.verdict = absence_of_node(e, s->watch, s->node, now_ms, &f.why);
		f.began_ms = s->node->seen_ms != 0 ? s->node->seen_ms : e->watch_ms;
		if (f.verdict == VERDICT_BAD && !s->bad &&
		    cause_of_silence(e, s->watch, s->node, now_ms) != NULL)
			f.verdict = VERDICT_UNKNOWN;
	}
	course_judge(e, s, &f, now_ms);
	return 0;
}
