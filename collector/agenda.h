/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agenda: when reports come by themselves: that of a month on the first of the next, that of a week
 * on Monday, at a time of day. Pure but for the time zone. */
#ifndef COLLECTOR_AGENDA_H
#define COLLECTOR_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/report/figures/period.h"
#include "zw/err.h"

/* Minutes since midnight of "06:00". */
int agenda_at(const char *text, unsigned *minutes, struct err *e)
    __attribute__((warn_unused_result));
/* The period after this one, a month or week. */
struct period agenda_after(const struct period *p);
/* When the report of a period is to be made: at that time of the day on which it is over. */
int64_t agenda_when(const struct period *p, unsigned at_min);
/* Whether a report is due, after that of the period that was made last, and which: of several that
 * were missed the oldest, but none that should have come more than a year ago (weekly ones: eight
 * weeks). */
bool agenda_due(const struct period *made, unsigned at_min, int64_t now_s, struct period *due);

#endif
