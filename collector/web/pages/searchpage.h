/* SPDX-License-Identifier: GPL-3.0-or-later */
/* searchpage: one field over everything. */
#ifndef COLLECTOR_WEB_PAGES_SEARCHPAGE_H
#define COLLECTOR_WEB_PAGES_SEARCHPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /search?q= */
int searchpage_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /api/v1/search?q=[&limit=]: what is there now, without the past. */
int searchpage_api(const struct collector *c, const struct request *rq, struct reply *re);

#endif
