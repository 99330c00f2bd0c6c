/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tile: a zone, or the links, in a small space: what matters of them, and which are not as they
 * should be. */
#ifndef COLLECTOR_WEB_PAGES_TILE_H
#define COLLECTOR_WEB_PAGES_TILE_H

#include "collector/site/site.h"
#include "collector/web/request.h"
#include "collector/web/view.h"
#include "zw/buf.h"

struct collector;
struct zone_air;

/* The states of all nodes, by their index; made once for a page. Freed by free(). */
enum view_state *tile_states(const struct collector *c, int64_t steady_ms);
/* A zone; NULL: the site's own nodes but links. */
void tile_zone(struct buf *b, const struct collector *c, const struct request *rq,
    const struct zone *z, const enum view_state *states);
/* All links, if there are any. */
void tile_links(struct buf *b, const struct collector *c, const struct request *rq,
    const enum view_state *states);
/* The air of a zone: its hottest inlet, how fast it warms, what is left, what cools; may be NULL.
 */
void tile_air(struct buf *b, enum lang l, const struct zone_air *a);
/* A node as a small link with its sign. */
void tile_chip(struct buf *b, enum lang l, const struct node *n, enum view_state s);

#endif
