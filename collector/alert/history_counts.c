/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table by hash: a fleet's hundreds of nodes have a few hours each, and change every second. */
#include "collector/alert/history_counts.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/str.h"

void
history_counts_clear(struct history_counts *c)
{
	free(c->v);
	free(c->slots);
	*c = (struct history_counts){ 0 };
}

/* The slot of a node's hour: its own, or the free one where it belongs. */
static uint32_t *
slot_of(const struct history_counts *c, const char *node, int64_t hour_s)
{
	uint32_t h = crc32c(crc32c(0, node, strlen(node)), &hour_s, sizeof hour_s);

	for (size_t i = h & (c->nslots - 1);; i = (i + 1) & (c->nslots - 1)) {
		if (c->slots[i] == 0)
			return &c->slots[i];
		const struct history_count *x = &c->v[c->slots[i] - 1];
		if (x->hour_s == hour_s && strcmp(x->node, node) == 0)
			return &c->slots[i];
	}
}

/* Room for one more. */
static void
grow(struct history_counts *c)
{
	if (c->n < c->room)
		return;
	c->room = c->room == 0 ? 64 : 2 * c->room;
	c->v = xreallocarray(c->v, c->room, sizeof *c->v);
	free(c->slots);
	c->nslots = 4 * c->room;
	c->slots = xcalloc(c->nslots, sizeof *c->slots);
	for (size_t i = 0; i < c->n; i++)
		*slot_of(c, c->v[i].node, c->v[i].hour_s) = (uint32_t)(i + 1);
}

void
history_counts_add(
    struct history_counts *c, const char *node, int64_t hour_s, const struct tally *t)
{
	grow(c);
	uint32_t *slot = slot_of(c, node, hour_s);
	if (*slot == 0) {
		c->v[c->n] = (struct history_count){ .hour_s = hour_s };
		if (str_copy(c->v[c->n].node, sizeof c->v[c->n].node, node) == -1)
			return; /* no node has such a name */
		*slot = (uint32_t)++c->n;
	}
	struct tally *sum = &c->v[*slot - 1].t;
	sum->expected += t->expected;
	sum->received += t->received;
	sum->late += t->late;
	sum->empty += t->empty;
	sum->thinned += t->thinned;
	sum->dropped += t->dropped;
}

void
history_counts_merge(struct history_counts *to, struct history_counts *from)
{
	if (to->n == 0) {
		history_counts_clear(to);
		*to = *from;
		*from = (struct history_counts){ 0 };
		return;
	}
	for (size_t i = 0; i < from->n; i++)
		history_counts_add(to, from->v[i].node, from->v[i].hour_s, &from->v[i].t);
	history_counts_clear(from);
}
