/* SPDX-License-Identifier: GPL-3.0-or-later */
/* problem: what is wrong now, a row for each open incident, with the forms to take it on and to
 * silence it in place. */
#ifndef COLLECTOR_WEB_PAGES_PROBLEM_H
#define COLLECTOR_WEB_PAGES_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/alert/alert.h"
#include "collector/web/request.h"
#include "zw/buf.h"

struct collector;

/* The order in which problems are read: what nobody has before what somebody has, the worst first,
 * then the oldest. Of pointers to incidents, for qsort(). */
int problem_compare(const void *a, const void *b);
/* Whether nobody is told of any of it. */
bool problem_is_muted(const struct incident *in);
/* The open incidents of a zone (NULL: of all, the site's too), what is silenced folded below them;
 * returns how many are not silenced. */
size_t problem_list(
    struct buf *b, const struct collector *c, const struct request *rq, const char *zone);
/* Tomorrow 08:00, local time, as seconds since 1970. */
int64_t problem_tomorrow(int64_t now_ms);

#endif
