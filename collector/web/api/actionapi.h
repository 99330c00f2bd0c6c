/* SPDX-License-Identifier: GPL-3.0-or-later */
/* actionapi: end points of what was decided to be done (alert/actions.h). */
#ifndef COLLECTOR_WEB_API_ACTIONAPI_H
#define COLLECTOR_WEB_API_ACTIONAPI_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/route.h"

struct collector;

extern const struct route_param actionapi_list_params[];
extern const struct route_param actionapi_add_params[];
extern const struct route_param actionapi_close_params[];

int actionapi_list(const struct collector *c, const struct request *rq, struct reply *re);
int actionapi_add(const struct collector *c, const struct request *rq, struct reply *re);
int actionapi_close(const struct collector *c, const struct request *rq, struct reply *re);

#endif
