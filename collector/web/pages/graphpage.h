/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphpage: graphs of one's own choice, with all of it in the address. */
#ifndef COLLECTOR_WEB_PAGES_GRAPHPAGE_H
#define COLLECTOR_WEB_PAGES_GRAPHPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /graph?s=NODE/SERIES:FIELD,...&last=|from=&to=&compare=&layout= */
int graphpage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif
