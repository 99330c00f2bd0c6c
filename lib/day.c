/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is no time of the calendar (beyond the years that an int has) is taken for 1970. */
#include "zw/day.h"

struct tm
day_local(int64_t s)
{
	time_t at = (time_t)s;
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };

	(void)localtime_r(&at, &tm);
	return tm;
}

int64_t
day_moment(struct tm tm)
{
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

int64_t
day_midnight(int64_t s, int days)
{
	struct tm tm = day_local(s);

	tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
	tm.tm_mday += days;
	return day_moment(tm);
}

int64_t
day_first(int64_t s, int months)
{
	struct tm tm = day_local(s);

	tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
	tm.tm_mday = 1;
	tm.tm_mon += months;
	return day_moment(tm);
}
