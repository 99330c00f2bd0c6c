/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silence: of a node, measured from what arrived of it last, or of a series whose node goes on
 * sending others. Counted from the engine's start at the earliest, so that a collector that was
 * itself away alarms nobody for it.
 *
 * A node whose silence follows from another's is not alarmed: when a node that it depends on, at
 * whatever distance, is covered by the same rule and is silent, that one's alert says it all. */

#include <math.h>
#include <stdlib.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

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

/* The i-th node that n depends on; behind those that the configuration says its gateway; NULL. */
static const struct node *
depends_on(const struct node *n, size_t i)
{
	if (i < n->ndepends)
		return n->depends[i];
	return i == n->ndepends ? n->via : NULL;
}

/* Collects into found (room for all nodes) what n depends on at any distance; returns how many. */
static size_t
walk(struct engine *e, const struct node *n, const struct node **found)
{
	size_t count = 0;
	e->mark++;
	for (size_t done = 0;; n = found[done++]) {
		const struct node *on;
		for (size_t i = 0; (on = depends_on(n, i)) != NULL; i++) {
			if (e->nodes[on->index].mark == e->mark)
				continue;
			e->nodes[on->index].mark = e->mark;
			found[count++] = on;
		}
		if (done == count)
			return count;
	}
}

/* Whether it missed a sample already: its own verdict may come a moment after its dependants'. */
static bool
is_falling_silent(const struct engine *e, const struct node *n, int64_t now_ms)
{
	int64_t silent_ms = now_ms - later(later(n->seen_ms, n->joined_ms), e->watch_ms);
	return silent_ms > site_step_ms(n) * 3 / 2 || (!n->connected && n->lost_ms != 0);
}

/* Whether the silence of n follows from that of a node it depends on. One that depends on n in
 * turn explains nothing, else two in a ring would hide each other. */
static bool
is_explained(struct engine *e, const struct watch *w, const struct node *n, int64_t now_ms)
{
	if (n->ndepends == 0 && n->via == NULL)
		return false;
	size_t room = site_nnodes(e->site) + 1;
	const struct node **found = xcalloc(2 * room, sizeof(struct node *));
	size_t count = walk(e, n, found);
	bool explained = false;
	for (size_t i = 0; i < count && !explained; i++) {
		if (found[i] == n || !watch_covers_node(w, found[i]) ||
		    !is_falling_silent(e, found[i], now_ms))
			continue;
		(void)walk(e, found[i], found + room);
		explained = e->nodes[n->index].mark != e->mark;
	}
	free(found);
	return explained;
}

/* Judge a subject's silence, now. */
void
absence_tick(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct finding f = { .value = NAN, .at_ms = now_ms };
	if (s->binding != NULL) {
		f.verdict = absence_of_series(e, s->watch, s->binding, now_ms, &f.why);
		f.began_ms = s->binding->known_ms;
		f.sid = s->binding->series->sid;
	} else {
		f.verdict = absence_of_node(e, s->watch, s->node, now_ms, &f.why);
		f.began_ms = s->node->seen_ms != 0 ? s->node->seen_ms : e->watch_ms;
		if (f.verdict == VERDICT_BAD && !s->bad &&
		    is_explained(e, s->watch, s->node, now_ms))
			f.verdict = VERDICT_UNKNOWN;
	}
	subject_judge(e, s, &f, now_ms);
}
