/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api: zones, nodes, series and latest values as JSON. */
#ifndef COLLECTOR_WEB_API_API_H
#define COLLECTOR_WEB_API_API_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/json.h"

struct collector;
struct node;
struct series;
struct survey_node;

/* GET /api/v1/site, zones, zones/NAME, nodes/NAME. */
int api_site(const struct collector *c, const struct request *rq, struct reply *re);
int api_zones(const struct collector *c, const struct request *rq, struct reply *re);
int api_zone(const struct collector *c, const struct request *rq, struct reply *re);
int api_node(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /api/v1: the list of all. */
int api_list(const struct collector *c, const struct request *rq, struct reply *re);

/* A node's members, but for its series; the object is open and stays so. */
void api_put_node(
    struct json *j, const struct node *n, const struct survey_node *s, int64_t steady_ms);
/* A series with its fields, as an object. */
void api_put_series(struct json *j, const struct series *se, int64_t steady_ms);

#endif
