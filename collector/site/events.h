/* SPDX-License-Identifier: GPL-3.0-or-later */
/* events: what agents and gateways told of beside values (a trap, a stuck mount), the latest of
 * them. Pure. */
#ifndef COLLECTOR_EVENTS_H
#define COLLECTOR_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"
#include "zw/wire.h"

#define EVENTS_KEPT 200
#define EVENTS_OF_NODE 50 /* of these, of one node */

struct events;

struct events_entry {
	const struct node *node;     /* that it concerns */
	const struct series *series; /* likewise; NULL: none */
	int64_t time_ms;	     /* wall, of its sender */
	enum wire_severity severity;
	char code[NAME_MAX_SOURCE + 1];
	char text[WIRE_MAX_TEXT + 1];
};

struct events *events_new(void);
void events_free(struct events *all);
/* Keeps a copy; the oldest goes for it, the node's own if it has its share. Node and series must
 * last as long as the events. */
void events_add(
    struct events *all, const struct node *n, const struct series *se, const struct wire_event *ev);
/* How many are kept; all may be NULL: none. */
size_t events_count(const struct events *all);
/* The i-th, the one that arrived last being 0. */
const struct events_entry *events_at(const struct events *all, size_t i);

#endif
