/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alertlist: tables of alerts and incidents, for several pages. */
#ifndef COLLECTOR_WEB_PAGES_ALERTLIST_H
#define COLLECTOR_WEB_PAGES_ALERTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/lang.h"

struct collector;

/* The open or the closed incidents; returns their number, and writes nothing if it is 0. */
size_t alertlist_incidents(
    struct buf *b, const struct collector *c, enum lang l, bool open, int64_t wall_ms);
/* The firing and pending alerts, or the resolved ones, of a node (NULL: of all); likewise. */
size_t alertlist_alerts(struct buf *b, const struct collector *c, enum lang l, const char *node,
    bool active, int64_t wall_ms);

/* All that an incident has or had, as far as it is remembered. */
void alertlist_of(
    struct buf *b, const struct collector *c, enum lang l, uint64_t incident, int64_t wall_ms);

#endif
