/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wall: what the wall display is told: the pieces of the topic "wall" (live.h), and the last hour
 * of each zone's hottest inlet. The page around it is pages/wallpage.c, the screen assets/wall.js.
 */
#ifndef COLLECTOR_WEB_WALL_H
#define COLLECTOR_WEB_WALL_H

#include "collector/web/live.h"

struct event_base;
struct wall;

/* Borrows both; reads the last hour from the RRDs as soon as the render child answers. */
struct wall *wall_new(struct event_base *base, const struct collector *c);
void wall_free(struct wall *w); /* NULL is fine */

/* The topic's argument is a language ("az"), for a screen of which nobody is asked; "": that of who
 * follows. */
bool wall_knows(const struct collector *c, const char *arg);
/* The topic's pieces:
 *	site         the site's state, counts, mail, maintenance, power
 *	seen         when something of each zone arrived last
 *	zone.NAME    its air, cooling units, counts
 *	trend.NAME   its hottest inlet in each of the last minutes
 *	node.NAME    a tile of a zone or of the site
 *	link.NAME    a tile of a link
 *	power.NAME   a UPS
 *	incident.ID  the worst of those that are open */
void wall_put(const struct live_view *v, struct live_pieces *out);

#endif
