/* SPDX-License-Identifier: GPL-3.0-or-later */
/* floor: a zone drawn to scale of nothing but order: its racks by their hottest inlet and its
 * cooling units, and what stands where in the racks. Inline SVG, made of text and rectangles. */
#ifndef COLLECTOR_WEB_PAGES_FLOOR_H
#define COLLECTOR_WEB_PAGES_FLOOR_H

#include "collector/site/site.h"
#include "collector/web/request.h"
#include "collector/web/view.h"
#include "zw/buf.h"

struct collector;

/* The racks of a zone with their heat, its cooling units and a legend; nothing if it has none. */
void floor_put(
    struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z);
/* Its racks from the front, with what stands in which unit; states: of all nodes, by index. */
void floor_racks(struct buf *b, const struct collector *c, const struct request *rq,
    const struct zone *z, const enum view_state *states);

#endif
