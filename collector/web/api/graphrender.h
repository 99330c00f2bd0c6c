/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphrender: GET and POST /render: lines of values for Graphite's clients. */
#ifndef COLLECTOR_WEB_API_GRAPHRENDER_H
#define COLLECTOR_WEB_API_GRAPHRENDER_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* target= (several), from=, until=, format=json, maxDataPoints=. */
int graphrender_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
