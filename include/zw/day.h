/* SPDX-License-Identifier: GPL-3.0-or-later */
/* day: local days and months, which begin at a midnight however the clock is set between. Pure but
 * for the time zone. */
#ifndef ZW_DAY_H
#define ZW_DAY_H

#include <stdint.h>
#include <time.h>

/* Local time as a calendar has it, of seconds since 1970 UTC. */
struct tm day_local(int64_t s);
/* The moment of a calendar's local time; members out of range count on. */
int64_t day_moment(struct tm tm);
/* Midnight of the local day so many days after that of s. */
int64_t day_midnight(int64_t s, int days);
/* Midnight of the first of the month so many months after that of s. */
int64_t day_first(int64_t s, int months);

#endif
