/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reportsapi: past reports and those on their way: the list, one, its files; and the act that has
 * one made. */
#ifndef COLLECTOR_WEB_API_REPORTSAPI_H
#define COLLECTOR_WEB_API_REPORTSAPI_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/route.h"

struct collector;

/* GET /api/v1/reports, reports/NAME, reports/NAME/FILE. */
int reportsapi_list(const struct collector *c, const struct request *rq, struct reply *re);
int reportsapi_one(const struct collector *c, const struct request *rq, struct reply *re);
int reportsapi_file(const struct collector *c, const struct request *rq, struct reply *re);
/* POST /api/v1/reports, and the page's form: 202 and where to look, or back to the page. */
int reportsapi_make(const struct collector *c, const struct request *rq, struct reply *re);

extern const struct route_param reportsapi_params[];
extern const struct route_param reportsapi_list_params[];

#endif
