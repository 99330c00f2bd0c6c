/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days are counted in the calendar, without time zones, since 1970-01-01; only where one begins is
 * asked of the zone. A day begins at the first second that has its date: where clocks go forward
 * at midnight that is 01:00, where they go back to it there are two midnights. */
#include "collector/report/figures/period.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define YEAR_MIN 2000
#define YEAR_MAX 2199
#define DAY_S 86400

/* A date of the calendar. */
struct date {
	int year, month, day;
};

/* Days since 1970 of a date; months and days out of range count on. */
static int64_t
day_of(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	return timegm(&tm) / DAY_S;
}

/* The date of a day. */
static struct date
date_of(int64_t day)
{
	time_t t = (time_t)(day * DAY_S);
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	return (struct date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
}

/* The day that it is there at a moment. */
static int64_t
local_day(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	return day_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* Its first second: within 15 hours of that of UTC, wherever on Earth. */
static int64_t
begin_of(int64_t day)
{
	int64_t before = day * DAY_S - 15 * 3600, after = day * DAY_S + 15 * 3600;

	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;
		if (local_day(middle) >= day)
			after = middle;
		else
			before = middle;
	}
	return after;
}

/* Monday is 0. */
static int
weekday_of(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7);
}

/* The Monday of week 1: the week that has January 4th. */
static int64_t
first_monday(int year)
{
	int64_t day = day_of(year, 1, 4);

	return day - weekday_of(day);
}

/* The year and number of the week that begins on a Monday. */
static void
week_of(int64_t monday, int *year, int *week)
{
	*year = date_of(monday + 3).year; /* of its Thursday */
	*week = (int)((monday - first_monday(*year)) / 7) + 1;
}

/* Of days from one to before another. */
static struct period
period_of(enum period_kind kind, int64_t from, int64_t to)
{
	return (struct period){ kind, begin_of(from), begin_of(to) };
}

/* n digits, and no other character: their number; else -1. */
static int
digits(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/* "2026-10-01" at the beginning of a text: its day. -1: no such date. */
static int
day_parse(int64_t *out, const char *s)
{
	int year, month, day;

	if (strlen(s) < 10 || s[4] != '-' || s[7] != '-')
		return -1;
	year = digits(s, 4);
	month = digits(s + 5, 2);
	day = digits(s + 8, 2);
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1)
		return -1;
	*out = day_of(year, month, day);
	return date_of(*out).month == month ? 0 : -1;
}

/* "2026-W43". */
static int
week_parse(struct period *p, const char *text)
{
	int year = digits(text, 4), week = digits(text + 6, 2), last_year, last;
	int64_t monday;

	if (year < YEAR_MIN || year > YEAR_MAX || week < 1)
		return -1;
	monday = first_monday(year) + (week - 1) * 7;
	week_of(monday, &last_year, &last);
	if (last_year != year || last != week)
		return -1; /* no year has 54, and few have 53 */
	*p = period_of(PERIOD_WEEK, monday, monday + 7);
	return 0;
}

/* "2026-10". */
static int
month_parse(struct period *p, const char *text)
{
	int year = digits(text, 4), month = digits(text + 5, 2);

	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12)
		return -1;
	*p = period_of(PERIOD_MONTH, day_of(year, month, 1), day_of(year, month + 1, 1));
	return 0;
}

int
period_parse(struct period *p, const char *text, struct err *e)
{
	size_t n = strlen(text);
	int64_t from, to;

	if (n == 7 && text[4] == '-' && month_parse(p, text) == 0)
		return 0;
	if (n == 8 && text[4] == '-' && text[5] == 'W' && week_parse(p, text) == 0)
		return 0;
	if (n != 22 || strncmp(text + 10, "..", 2) != 0 || day_parse(&from, text) == -1 ||
	    day_parse(&to, text + 12) == -1)
		return err_set(e,
		    "\"%.40s\" is no month (2026-10), week (2026-W43) or days "
		    "(2026-10-01..2026-10-15)",
		    text);
	if (to < from)
		return err_set(e, "%.40s ends before it begins", text);
	if (to - from >= PERIOD_MAX_DAYS)
		return err_set(e, "%.40s is more than %d days", text, PERIOD_MAX_DAYS);
	*p = period_of(PERIOD_DAYS, from, to + 1);
	return 0;
}

void
period_name(const struct period *p, char dst[PERIOD_NAME])
{
	int64_t day = local_day(p->from_s);
	struct date from = date_of(day), last = date_of(local_day(p->to_s - 1));
	int year, week;

	if (p->kind == PERIOD_MONTH) {
		(void)snprintf(dst, PERIOD_NAME, "%04d-%02d", from.year % 10000, from.month % 100);
	} else if (p->kind == PERIOD_WEEK) {
		week_of(day, &year, &week);
		(void)snprintf(dst, PERIOD_NAME, "%04d-W%02d", year % 10000, week % 100);
	} else {
		(void)snprintf(dst, PERIOD_NAME, "%04d-%02d-%02d..%04d-%02d-%02d",
		    from.year % 10000, from.month % 100, from.day % 100, last.year % 10000,
		    last.month % 100, last.day % 100);
	}
}

/* A month by itself is "октябрь", after a day "октября"; what follows the stroke only tells the two
 * apart for translators. */
static const char *const alone[12] = { N_("January|alone"), N_("February|alone"), N_("March|alone"),
	N_("April|alone"), N_("May|alone"), N_("June|alone"), N_("July|alone"), N_("August|alone"),
	N_("September|alone"), N_("October|alone"), N_("November|alone"), N_("December|alone") };
static const char *const after_day[12] = { N_("January"), N_("February"), N_("March"), N_("April"),
	N_("May"), N_("June"), N_("July"), N_("August"), N_("September"), N_("October"),
	N_("November"), N_("December") };

/* "26 October", "26 October 2026". */
static void
day_title(struct date d, bool year, char *dst, size_t size, enum lang l)
{
	const char *month = lang_text(l, after_day[(d.month + 11) % 12]);

	if (year)
		(void)snprintf(dst, size, "%d %s %d", d.day, month, d.year);
	else
		(void)snprintf(dst, size, "%d %s", d.day, month);
}

/* "19–25 October", "26 October – 1 November"; the last one's year is said if asked for, the first
 * one's if it is another. */
static void
days_title(struct date from, struct date last, bool year, char *dst, size_t size, enum lang l)
{
	bool same = from.year == last.year && from.month == last.month;
	char first[64], second[64];

	day_title(from, from.year != last.year, first, sizeof first, l);
	day_title(last, year || from.year != last.year, second, sizeof second, l);
	if (same && from.day == last.day)
		(void)snprintf(dst, size, "%s", second);
	else if (same)
		(void)snprintf(dst, size, "%d–%s", from.day, second);
	else
		(void)snprintf(dst, size, "%s – %s", first, second);
}

void
period_title(const struct period *p, char *dst, size_t size, enum lang l)
{
	int64_t day = local_day(p->from_s);
	struct date from = date_of(day), last = date_of(local_day(p->to_s - 1));
	char days[160];
	int year, week;

	if (p->kind == PERIOD_MONTH) {
		const char *month = lang_text(l, alone[(from.month + 11) % 12]);
		(void)snprintf(dst, size, "%.*s %d", (int)strcspn(month, "|"), month, from.year);
		return;
	}
	days_title(from, last, p->kind == PERIOD_DAYS, days, sizeof days, l);
	week_of(day, &year, &week);
	if (p->kind == PERIOD_DAYS)
		(void)snprintf(dst, size, "%s", days);
	else
		(void)snprintf(dst, size, lang_text(l, N_("week %d, %d (%s)")), week, year, days);
}

struct period
period_before(const struct period *p)
{
	int64_t from = local_day(p->from_s);
	struct date d = date_of(from);

	if (p->kind == PERIOD_MONTH)
		return period_of(PERIOD_MONTH, day_of(d.year, d.month - 1, 1), from);
	return period_of(p->kind, from - (local_day(p->to_s - 1) + 1 - from), from);
}

unsigned
period_days(const struct period *p)
{
	int64_t days = local_day(p->to_s - 1) + 1 - local_day(p->from_s);

	return days > 0 ? (unsigned)days : 0;
}

int64_t
period_day(const struct period *p, unsigned i)
{
	return begin_of(local_day(p->from_s) + i);
}

struct period
period_last(enum period_kind kind, int64_t now_s)
{
	int64_t today = local_day(now_s);
	struct date d = date_of(today);
	int64_t to = kind == PERIOD_MONTH  ? day_of(d.year, d.month, 1)
		     : kind == PERIOD_WEEK ? today - weekday_of(today)
					   : today;

	if (kind == PERIOD_MONTH)
		return period_of(kind, day_of(d.year, d.month - 1, 1), to);
	return period_of(kind, to - (kind == PERIOD_WEEK ? 7 : 1), to);
}
