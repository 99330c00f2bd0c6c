/* SPDX-License-Identifier: GPL-3.0-or-later */
/* openapi: the API's description for programs (OpenAPI 3.1), made from the tables of routes and
 * schemas. */
#ifndef COLLECTOR_WEB_API_OPENAPI_H
#define COLLECTOR_WEB_API_OPENAPI_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/openapi.json */
int openapi_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
