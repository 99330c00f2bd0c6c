/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api: zones, nodes, series and latest values as JSON. */
#ifndef COLLECTOR_WEB_API_API_H
#define COLLECTOR_WEB_API_API_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/zones, nodes[?zone=][&node=], nodes/NAME, series (likewise), last (also series=). */
int api_zones(const struct collector *c, const struct request *rq, struct reply *re);
int api_nodes(const struct collector *c, const struct request *rq, struct reply *re);
int api_node(const struct collector *c, const struct request *rq, struct reply *re);
int api_series(const struct collector *c, const struct request *rq, struct reply *re);
int api_last(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /api/v1: the list of all. */
int api_list(const struct collector *c, const struct request *rq, struct reply *re);

#endif
