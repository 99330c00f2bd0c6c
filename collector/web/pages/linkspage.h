/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linkspage: all links with how they are, how available they were, and what several have in common.
 */
#ifndef COLLECTOR_WEB_PAGES_LINKSPAGE_H
#define COLLECTOR_WEB_PAGES_LINKSPAGE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* A time in which a link was down. */
struct linkspage_outage {
	unsigned node;
	int64_t from_ms;
	int64_t to_ms;
};

/* How long a node was down within [from_ms, to_ms); what overlaps counts once. The outages are
 * sorted by node, then from_ms (linkspage_compare()). */
int64_t linkspage_down(
    const struct linkspage_outage *v, size_t n, unsigned node, int64_t from_ms, int64_t to_ms);
int linkspage_compare(const void *a, const void *b);

/* GET /links?sort=&state= */
int linkspage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
