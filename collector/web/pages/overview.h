/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overview: the page of zones and nodes, and that of incidents. */
#ifndef COLLECTOR_WEB_PAGES_OVERVIEW_H
#define COLLECTOR_WEB_PAGES_OVERVIEW_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int overview_serve(const struct collector *c, const struct request *rq, struct reply *re);
int overview_incidents(const struct collector *c, const struct request *rq, struct reply *re);

#endif
