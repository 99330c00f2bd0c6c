/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wallpage: the page that hangs on the wall. */
#ifndef COLLECTOR_WEB_PAGES_WALLPAGE_H
#define COLLECTOR_WEB_PAGES_WALLPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /wall[?token=][&lang=][&distance=][&theme=] */
int wallpage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
