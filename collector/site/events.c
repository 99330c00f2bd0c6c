/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The latest events: each has its place, and the order of the places is that of their arrival. */
#include "collector/site/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

struct events {
	struct events_entry place[EVENTS_KEPT];
	unsigned char order[EVENTS_KEPT]; /* places, the oldest first */
	size_t n;
};

_Static_assert(EVENTS_KEPT <= 256, "a place is a byte");

/* None yet. */
struct events *
events_new(void)
{
	return xcalloc(1, sizeof(struct events));
}

/* Forget all. */
void
events_free(struct events *all)
{
	free(all);
}

/* Which one goes for a new one of this node, counted from the oldest: the node's own if it has its
 * share, so that one that tells much does not drive out what the others told; else the oldest when
 * there are too many. all->n: none. */
static size_t
events_victim(const struct events *all, const struct node *n)
{
	size_t own = 0, share = 0;

	for (size_t i = all->n; i-- > 0;) {
		if (all->place[all->order[i]].node != n)
			continue;
		own = i;
		share++;
	}
	if (share >= EVENTS_OF_NODE)
		return own;
	return all->n == EVENTS_KEPT ? 0 : all->n;
}

/* Keep one more. */
void
events_add(
    struct events *all, const struct node *n, const struct series *se, const struct wire_event *ev)
{
	if (all == NULL)
		return;
	size_t i = events_victim(all, n);
	size_t at = i < all->n ? all->order[i] : all->n++;
	memmove(&all->order[i], &all->order[i + 1], all->n - 1 - i);
	all->order[all->n - 1] = (unsigned char)at;
	struct events_entry *en = &all->place[at];
	*en = (struct events_entry){
		.node = n, .series = se, .time_ms = ev->time_ms, .severity = ev->severity
	};
	(void)str_copy(en->code, sizeof en->code, ev->code);
	(void)str_copy(en->text, sizeof en->text, ev->text);
}

/* How many there are. */
size_t
events_count(const struct events *all)
{
	return all != NULL ? all->n : 0;
}

/* One of them, newest first. */
const struct events_entry *
events_at(const struct events *all, size_t i)
{
	assert(i < events_count(all));
	return &all->place[all->order[all->n - 1 - i]];
}
