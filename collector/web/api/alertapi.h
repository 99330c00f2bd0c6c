/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alertapi: the end points of what is wrong now. */
#ifndef COLLECTOR_WEB_API_ALERTAPI_H
#define COLLECTOR_WEB_API_ALERTAPI_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int alertapi_alerts(const struct collector *c, const struct request *rq, struct reply *re);
int alertapi_incidents(const struct collector *c, const struct request *rq, struct reply *re);
int alertapi_events(const struct collector *c, const struct request *rq, struct reply *re);

#endif
