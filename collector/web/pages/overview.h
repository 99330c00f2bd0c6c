/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overview: what is wrong now; and the zones. */
#ifndef COLLECTOR_WEB_PAGES_OVERVIEW_H
#define COLLECTOR_WEB_PAGES_OVERVIEW_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET / */
int overview_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /zones */
int overview_zones(const struct collector *c, const struct request *rq, struct reply *re);

#endif
