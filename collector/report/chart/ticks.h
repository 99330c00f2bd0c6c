/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ticks: an axis of time in local time: where it is marked, and with which words. Pure but for the
 * time zone. */
#ifndef COLLECTOR_CHART_TICKS_H
#define COLLECTOR_CHART_TICKS_H

#include <stddef.h>
#include <stdint.h>

#include "zw/lang.h"

#define TICKS_MAX 400
#define TICKS_LABEL 32

struct tick {
	int64_t at_s;
	char label[TICKS_LABEL]; /* "": a small one without a label */
	char below[TICKS_LABEL]; /* the day of hours, the year of days: where it begins; or "" */
	int64_t middle_s;	 /* where they stand: months' names in the middle of the month */
};

/* Ticks within [start_s, end_s], so that their words have room on an axis of this width, in points.
 * t has room for TICKS_MAX. */
size_t ticks_of(struct tick *t, int64_t start_s, int64_t end_s, double width, enum lang l);
/* "okt": the month's short name; month: 0 to 11. */
void ticks_month(char *dst, size_t size, int month, enum lang l);
/* "22.11", "22 Nov". */
void ticks_day(char *dst, size_t size, int day, int month, enum lang l);

#endif
