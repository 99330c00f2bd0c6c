/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodevalues: what a node measures: the latest values by source, each with its graphs. */
#ifndef COLLECTOR_WEB_PAGES_NODEVALUES_H
#define COLLECTOR_WEB_PAGES_NODEVALUES_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/buf.h"

struct collector;
struct node;

/* All of it, with the choice of the time. */
void nodevalues_put(
    struct buf *b, const struct collector *c, const struct request *rq, const struct node *n);
/* The rules that look at the node, in a fold. */
void nodevalues_rules(
    struct buf *b, const struct collector *c, const struct request *rq, const struct node *n);
/* GET /api/v1/nodes/{}/latest: all latest values of a node as CSV. */
int nodevalues_export(const struct collector *c, const struct request *rq, struct reply *re);

#endif
