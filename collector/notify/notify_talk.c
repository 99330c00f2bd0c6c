/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Talks, in the order of their incidents' numbers. They go when the engine has forgotten the
 * incident, unless a digest is still to tell of it. */
#include "collector/notify/notify_parts.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

/* The place of an incident among the talks: of the first that is not before it. */
static size_t
place_of(const struct notify *n, uint64_t incident)
{
	size_t lo = 0, hi = n->ntalks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (n->talks[mid]->incident < incident)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct talk *
talk_find(const struct notify *n, uint64_t incident)
{
	size_t at = place_of(n, incident);

	return at < n->ntalks && n->talks[at]->incident == incident ? n->talks[at] : NULL;
}

struct talk *
talk_get(struct notify *n, uint64_t incident)
{
	size_t at = place_of(n, incident);

	if (at < n->ntalks && n->talks[at]->incident == incident)
		return n->talks[at];
	struct talk *t = xcalloc(1, sizeof *t);
	t->incident = incident;
	t->told = xcalloc(n->plan.ngroups + 1, sizeof *t->told);
	t->roots = xcalloc(n->plan.ngroups + 1, sizeof *t->roots);
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		t->told[g].incident = incident;
		t->told[g].recipient = n->plan.groups[g].number;
	}
	n->talks = xreallocarray(n->talks, n->ntalks + 1, sizeof(struct talk *));
	for (size_t i = n->ntalks; i > at; i--)
		n->talks[i] = n->talks[i - 1];
	n->talks[at] = t;
	n->ntalks++;
	return t;
}

void
talk_free(struct talk *t)
{
	free(t->told);
	free(t->roots);
	free(t);
}

/* Whether a message could be another for it. */
static bool
is_other(const struct incident *a, const struct incident *b)
{
	return a->changed_ms != b->changed_ms || a->closed_ms != b->closed_ms ||
	       a->firing != b->firing || a->muted != b->muted || a->total != b->total ||
	       a->now != b->now || a->severity != b->severity || a->ack.at_ms != b->ack.at_ms ||
	       (*a->ack.author == '\0') != (*b->ack.author == '\0');
}

bool
talk_look(struct talk *t, const struct facts *from, const struct incident *in, int64_t now_ms)
{
	const struct engine *e = from->engine;
	enum plan_near near = facts_near(from, in);
	bool was_muted = t->looked && t->c.now < 0;
	bool nearer = near > t->c.near;

	t->c.near = near;
	if (t->looked && !is_other(&t->in, in))
		return nearer;
	facts_case(e, in, t->loud_ms, &t->c);
	if (was_muted && t->c.now >= 0) {
		t->loud_ms = now_ms;
		facts_case(e, in, t->loud_ms, &t->c);
	}
	t->c.fresh = !t->old;
	t->in = *in;
	t->looked = true;
	return true;
}

/* Whether a group waits for a digest that tells of it. */
static bool
is_held(const struct notify *n, const struct talk *t)
{
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		if (t->told[g].digested)
			return true;
	}
	return false;
}

void
talk_sweep(struct notify *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->ntalks; i++) {
		struct talk *t = n->talks[i];
		if (t->mark == n->mark || is_held(n, t))
			n->talks[kept++] = t;
		else
			talk_free(t);
	}
	n->ntalks = kept;
}

void
talk_store(struct notify *n, const struct talk *t, size_t group)
{
	history_told(n->history, &t->told[group]);
}
