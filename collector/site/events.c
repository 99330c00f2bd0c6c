/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The latest events, in a ring. */
#include "collector/site/events.h"

#include <assert.h>
#include <stdlib.h>

#include "zw/alloc.h"
#include "zw/str.h"

struct events {
	struct events_entry ring[EVENTS_KEPT];
	size_t added; /* ever; the next goes to this modulo EVENTS_KEPT */
};

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

/* Keep one more. */
void
events_add(
    struct events *all, const struct node *n, const struct series *se, const struct wire_event *ev)
{
	if (all == NULL)
		return;
	struct events_entry *en = &all->ring[all->added++ % EVENTS_KEPT];
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
	if (all == NULL)
		return 0;
	return all->added < EVENTS_KEPT ? all->added : EVENTS_KEPT;
}

/* One of them, newest first. */
const struct events_entry *
events_at(const struct events *all, size_t i)
{
	assert(i < events_count(all));
	return &all->ring[(all->added - 1 - i) % EVENTS_KEPT];
}
