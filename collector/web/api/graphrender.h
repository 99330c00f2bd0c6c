/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphrender: GET and POST /render: lines of values for Graphite's clients. */
#ifndef COLLECTOR_WEB_API_GRAPHRENDER_H
#define COLLECTOR_WEB_API_GRAPHRENDER_H

#include <stddef.h>
#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* target= (several), from=, until=, format=json, maxDataPoints=. */
int graphrender_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* A moment as Graphite has it: "now", "-1h", "now-7d", seconds since 1970. 0, or -1. Pure. */
int graphrender_moment(const char *text, int64_t now_s, int64_t *out);
/* Puts rows of the renderer (RENDER_JSON of one column) onto n slots of step_s seconds from
 * start_s: the mean, or the greatest, of what falls into one. Unknown stays NAN. Pure. */
void graphrender_slots(const char *rows, size_t len, double *v, size_t n, int64_t start_s,
    int64_t step_s, int greatest);

#endif
