/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledgerapi: how complete the data are, counted to the sample. */
#ifndef COLLECTOR_WEB_API_LEDGERAPI_H
#define COLLECTOR_WEB_API_LEDGERAPI_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/route.h"

struct collector;

/* GET /api/v1/completeness */
int ledgerapi_completeness(const struct collector *c, const struct request *rq, struct reply *re);

extern const struct route_param ledgerapi_params[];

#endif
