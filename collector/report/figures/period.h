/* SPDX-License-Identifier: GPL-3.0-or-later */
/* period: the time that a report is of, in local time: a calendar month, an ISO 8601 week, or any
 * days. Pure but for localtime_r() and mktime(): TZ is the site's. */
#ifndef COLLECTOR_PERIOD_H
#define COLLECTOR_PERIOD_H

#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/lang.h"

enum period_kind {
	PERIOD_MONTH,
	PERIOD_WEEK, /* Monday to Sunday */
	PERIOD_DAYS  /* from a day to a day, both included */
};

#define PERIOD_MAX_DAYS 400
#define PERIOD_NAME 32

struct period {
	enum period_kind kind;
	int64_t from_s; /* seconds since 1970 UTC, local midnight */
	int64_t to_s;	/* local midnight after the last day; not part of it */
};

/* "2026-10", "2026-W43", "2026-10-01..2026-10-15". -1 and the reason. */
int period_parse(struct period *p, const char *text, struct err *e)
    __attribute__((warn_unused_result));
/* The same as text, for names of files. */
void period_name(const struct period *p, char dst[PERIOD_NAME]);
/* For people: "oktyabr 2026", "October 2026", "week 43, 2026 (19–25 October)". */
void period_title(const struct period *p, char *dst, size_t size, enum lang l);
/* The whole one of that kind before this one; of days, as many days. */
struct period period_before(const struct period *p);
/* How many local days it has, and when the i-th begins, from 0; that after the last is its end. */
unsigned period_days(const struct period *p);
int64_t period_day(const struct period *p, unsigned i);
/* The last whole one of a kind (month or week) that ended at or before now. */
struct period period_last(enum period_kind kind, int64_t now_s);

#endif
