/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodepage: one node with its alerts, latest values and graphs. */
#ifndef COLLECTOR_WEB_PAGES_NODEPAGE_H
#define COLLECTOR_WEB_PAGES_NODEPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int nodepage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
