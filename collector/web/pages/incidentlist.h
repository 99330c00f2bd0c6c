/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidentlist: the incidents: those that are open, then the past, by filters and in pages. */
#ifndef COLLECTOR_WEB_PAGES_INCIDENTLIST_H
#define COLLECTOR_WEB_PAGES_INCIDENTLIST_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/buf.h"

struct collector;
struct incident;
struct json_t;

/* GET /incidents */
int incidentlist_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* Of an open one of which nothing fires any more: "over; closes at 15:49". */
void incidentlist_over(char *dst, size_t size, const struct collector *c, const struct incident *in,
    int64_t now_ms, enum lang l);
/* What an incident of the engine is called: its cause, as people say it. Plain text. */
void incidentlist_cause(
    char *dst, size_t size, const struct collector *c, const struct incident *in, enum lang l);
/* Likewise one of the history ("story", "stories"). */
void incidentlist_past_cause(char *dst, size_t size, const struct json_t *row, enum lang l);

#endif
