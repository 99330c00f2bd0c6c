/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonepage: a zone: what is wrong in it, its floor, its racks, its cooling and power. */
#ifndef COLLECTOR_WEB_PAGES_ZONEPAGE_H
#define COLLECTOR_WEB_PAGES_ZONEPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /zone/{}; "site" is what stands in no zone. */
int zonepage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
