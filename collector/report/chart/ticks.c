/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes of time. Steps are those of calendars: hours that divide the day, the days 1, 6, 11, ... of
 * each month, whole months; all in local time, whatever the clock does between. */
#include "collector/report/chart/ticks.h"

#include <stdio.h>
#include <string.h>

#include "zw/day.h"
#include "zw/str.h"

#define HOURS_MOST (4.5 * 86400) /* longer axes are of days */

/* One of the three is set. */
struct step {
	int minutes;
	int days; /* of each month: the first, and so many on */
	int months;
};

static const struct step steps[] = { { .minutes = 1 }, { .minutes = 5 }, { .minutes = 10 },
	{ .minutes = 15 }, { .minutes = 30 }, { .minutes = 60 }, { .minutes = 120 },
	{ .minutes = 180 }, { .minutes = 360 }, { .minutes = 720 }, { .days = 1 }, { .days = 2 },
	{ .days = 5 }, { .days = 10 }, { .months = 1 }, { .months = 2 }, { .months = 3 },
	{ .months = 6 }, { .months = 12 }, { .months = 24 }, { .months = 60 }, { .months = 120 } };

/* How long about, in seconds. */
static double
length(const struct step *s)
{
	return s->minutes * 60.0 + s->days * 86400.0 + s->months * 2629746.0;
}

/* The last tick at or before t. */
static int64_t
floor_to(const struct step *s, int64_t t)
{
	struct tm tm = day_local(t);

	tm.tm_sec = 0;
	if (s->minutes > 0) {
		int m = (tm.tm_hour * 60 + tm.tm_min) / s->minutes * s->minutes;
		tm.tm_hour = m / 60;
		tm.tm_min = m % 60;
		return day_moment(tm);
	}
	tm.tm_hour = tm.tm_min = 0;
	if (s->days > 0) {
		tm.tm_mday = (tm.tm_mday - 1) / s->days * s->days + 1;
		return day_moment(tm);
	}
	int months = (tm.tm_year * 12 + tm.tm_mon) / s->months * s->months;
	tm.tm_mday = 1;
	tm.tm_year = months / 12;
	tm.tm_mon = months % 12;
	return day_moment(tm);
}

/* The one after t, which is one. The last days of a month give way to the first of the next. */
static int64_t
next_of(const struct step *s, int64_t t)
{
	struct tm tm = day_local(t);
	int64_t next;

	if (s->minutes > 0) {
		tm.tm_min += s->minutes;
		next = floor_to(s, day_moment(tm));
	} else if (s->days > 0) {
		struct tm first = tm;
		first.tm_mday = 1;
		first.tm_mon++;
		int64_t begins = day_moment(first);
		tm.tm_mday += s->days;
		next = day_moment(tm);
		if (next > begins || (s->days > 1 && begins - next <= (int64_t)s->days / 2 * 86400))
			next = begins;
	} else {
		tm.tm_mon += s->months;
		next = day_moment(tm);
	}
	return next > t ? next : t + (int64_t)length(s);
}

void
ticks_month(char *dst, size_t size, int month, enum lang l)
{
	char all[256], *rest = all, *word = NULL;

	(void)str_copy(
	    all, sizeof all, lang_text(l, N_("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")));
	for (int i = 0; i <= month; i++)
		word = strsep(&rest, " ");
	(void)str_copy(dst, size, word == NULL ? "" : word);
}

void
ticks_day(char *dst, size_t size, int day, int month, enum lang l)
{
	char name[TICKS_LABEL / 2];

	if (l != LANG_EN) {
		snprintf(dst, size, "%02d.%02d", day, month + 1);
		return;
	}
	ticks_month(name, sizeof name, month, l);
	snprintf(dst, size, "%d %s", day, name);
}

/* Its words; `first`: of all, so that it says the day or the year, too. */
static void
write_tick(struct tick *t, const struct step *s, bool first, enum lang l)
{
	struct tm tm = day_local(t->at_s);
	bool january = tm.tm_mon == 0 && tm.tm_mday == 1;

	t->label[0] = t->below[0] = '\0';
	t->middle_s = t->at_s;
	if (s->minutes > 0) {
		snprintf(t->label, sizeof t->label, "%02d:%02d", tm.tm_hour, tm.tm_min);
		if (first || (tm.tm_hour == 0 && tm.tm_min == 0))
			ticks_day(t->below, sizeof t->below, tm.tm_mday, tm.tm_mon, l);
		return;
	}
	if (s->months >= 12) {
		snprintf(t->label, sizeof t->label, "%d", tm.tm_year + 1900);
		return;
	}
	if (s->days > 0)
		ticks_day(t->label, sizeof t->label, tm.tm_mday, tm.tm_mon, l);
	else
		ticks_month(t->label, sizeof t->label, tm.tm_mon, l);
	if (s->months > 0) {
		struct tm next = tm;
		next.tm_mon++;
		t->middle_s = (t->at_s + day_moment(next)) / 2;
	}
	if (first || january)
		snprintf(t->below, sizeof t->below, "%d", tm.tm_year + 1900);
}

/* The room that words of a step want, in points. */
static double
room_of(const struct step *s, enum lang l)
{
	if (s->months > 0)
		return s->months >= 12 ? 28 : 21;
	return s->days > 0 && l == LANG_EN ? 38 : 34;
}

size_t
ticks_of(struct tick *t, int64_t start_s, int64_t end_s, double width, enum lang l)
{
	const size_t last = sizeof steps / sizeof *steps - 1;
	double span = (double)(end_s - start_s);
	size_t k = 0, n = 0;

	while (k < last && ((span / length(&steps[k])) * room_of(&steps[k], l) > width ||
			       (steps[k].minutes > 0 && span > HOURS_MOST)))
		k++;
	for (int64_t at = floor_to(&steps[k], start_s); at <= end_s && n < TICKS_MAX;
	     at = next_of(&steps[k], at)) {
		if (at < start_s)
			continue;
		t[n].at_s = at;
		write_tick(&t[n], &steps[k], n == 0, l);
		n++;
	}
	return n;
}
