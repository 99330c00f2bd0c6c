/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graph: draws an ask with librrd, from files below the working directory. */
#ifndef COLLECTOR_GRAPH_H
#define COLLECTOR_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"

struct ask;

/* The picture into b. -1 and the reason: librrd's, or there is no data of these series yet. */
int graph_draw(struct buf *b, const struct ask *a, struct err *e)
    __attribute__((warn_unused_result));
/* Draw something small, so that fonts are loaded when they are needed. */
void graph_warm_up(void);
/* Make a text safe for librrd's arguments: ':' is escaped, what else it might take for its own is
 * replaced. Pure. */
void graph_escape(char *dst, size_t size, const char *src);

#endif
