/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules: which rules look at what, in the API. */
#ifndef COLLECTOR_WEB_API_RULES_H
#define COLLECTOR_WEB_API_RULES_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/rules[?node=] */
int rules_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
