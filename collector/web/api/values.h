/* SPDX-License-Identifier: GPL-3.0-or-later */
/* values: what the RRDs hold, as columns for graphs and as a table for other programs. */
#ifndef COLLECTOR_WEB_API_VALUES_H
#define COLLECTOR_WEB_API_VALUES_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/values */
int values_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /api/v1/series/find: fields whose names or texts have all the words of q=. */
int values_find(const struct collector *c, const struct request *rq, struct reply *re);

#endif
