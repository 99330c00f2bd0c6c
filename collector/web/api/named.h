/* SPDX-License-Identifier: GPL-3.0-or-later */
/* named: ready-made graphs, by their names (report/graphs/). */
#ifndef COLLECTOR_WEB_API_NAMED_H
#define COLLECTOR_WEB_API_NAMED_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/graphs */
int named_list(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /api/v1/graphs/{} */
int named_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
