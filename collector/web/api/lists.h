/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists: nodes, series and latest values, in pages. */
#ifndef COLLECTOR_WEB_API_LISTS_H
#define COLLECTOR_WEB_API_LISTS_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/nodes, series, last: zone=, node=, q= and the list's own choose. */
int lists_nodes(const struct collector *c, const struct request *rq, struct reply *re);
int lists_series(const struct collector *c, const struct request *rq, struct reply *re);
int lists_last(const struct collector *c, const struct request *rq, struct reply *re);

#endif
