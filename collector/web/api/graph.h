/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graph: the end points that wait for a child process. */
#ifndef COLLECTOR_WEB_API_GRAPH_H
#define COLLECTOR_WEB_API_GRAPH_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int graph_serve(const struct collector *c, const struct request *rq, struct reply *re);
int graph_flush(const struct collector *c, const struct request *rq, struct reply *re);

#endif
