/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marks: what graphs shade. */
#ifndef COLLECTOR_WEB_API_MARKS_H
#define COLLECTOR_WEB_API_MARKS_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/marks?node=&from=&to= */
int marks_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
