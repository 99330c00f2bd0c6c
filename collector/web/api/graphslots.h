/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphslots: Graphite's words for time, and the renderer's rows on the slots of an answer. Pure.
 */
#ifndef COLLECTOR_WEB_API_GRAPHSLOTS_H
#define COLLECTOR_WEB_API_GRAPHSLOTS_H

#include <stddef.h>
#include <stdint.h>

#define GRAPHSLOTS_MAX_S (20LL * 366 * 86400) /* of a span */

/* A moment as Graphite has it: "now", "-1h", "now-7d", seconds since 1970. 0, or -1. */
int graphslots_moment(const char *text, int64_t now_s, int64_t *out);
/* The next greater length of a slot, in seconds, that people count in. */
int64_t graphslots_step(int64_t s);
/* Puts rows of the renderer (RENDER_JSON of one column) onto n slots of step_s seconds from
 * start_s: the mean, or the greatest, of what falls into one. Unknown stays NAN. */
void graphslots_fill(const char *rows, size_t len, double *v, size_t n, int64_t start_s,
    int64_t step_s, int greatest);

#endif
