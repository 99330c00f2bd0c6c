/* SPDX-License-Identifier: GPL-3.0-or-later */
/* filter: the parameters zone= and node= that most lists take. */
#ifndef COLLECTOR_WEB_API_FILTER_H
#define COLLECTOR_WEB_API_FILTER_H

#include <stdbool.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;
struct node;

/* Whether the query's zone and node, if any, let this node pass. */
bool filter_passes(const struct request *rq, const struct node *n);
/* Whether they name what there is; else the answer is made and *status is its. */
bool filter_is_known(
    const struct collector *c, const struct request *rq, struct reply *re, int *status);

#endif
