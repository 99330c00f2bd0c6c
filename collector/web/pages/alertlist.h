/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alertlist: a node's alerts as a table. */
#ifndef COLLECTOR_WEB_PAGES_ALERTLIST_H
#define COLLECTOR_WEB_PAGES_ALERTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/lang.h"

struct collector;

/* The firing and pending alerts of a node, or the resolved ones; returns their number, and writes
 * nothing if it is 0. */
size_t alertlist_alerts(struct buf *b, const struct collector *c, enum lang l, const char *node,
    bool active, int64_t wall_ms);

#endif
