/* link: zwfigures */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* period: months, ISO weeks and days in local time, across years, leap days and changes of the
 * clocks; the seconds are those of date(1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "collector/report/figures/period.h"

/* A zone for what follows. */
static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* What a text is, in seconds; checked to come back as the same text. */
static struct period
parsed(const char *text)
{
	struct period p;
	struct err e = { "" };
	char name[PERIOD_NAME];

	if (period_parse(&p, text, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
	period_name(&p, name);
	assert_string_equal(name, text);
	return p;
}

/* Each row: date -d 'TZ="ZONE" FROM' +%s, and of the end. */
static void
test_bounds(void **state)
{
	(void)state;
	static const struct {
		const char *tz, *text;
		int64_t from_s;
		long hours;
	} rows[] = {
		{ "Asia/Baku", "2026-10", 1790798400, 31 * 24 },
		{ "Asia/Baku", "2024-02", 1706731200, 29 * 24 },
		{ "Asia/Baku", "2100-02", 4105108800, 28 * 24 }, /* no leap year */
		{ "Asia/Baku", "2000-02", 949348800, 29 * 24 },
		{ "Asia/Baku", "2026-12", 1796068800, 31 * 24 },
		{ "Asia/Baku", "2015-03", 1425153600, 31 * 24 - 1 }, /* +04, then +05 */
		{ "Asia/Baku", "2015-10", 1443639600, 31 * 24 + 1 },
		{ "Europe/Berlin", "2026-03", 1772319600, 31 * 24 - 1 },
		{ "Europe/Berlin", "2026-W43", 1792360800, 7 * 24 + 1 },
		{ "America/Sao_Paulo", "2018-11-04..2018-11-04", 1541300400, 23 }, /* no 00:00 */
		{ "America/Sao_Paulo", "2018-02-17..2018-02-17", 1518832800, 25 }, /* 23:00 twice */
		{ "America/Havana", "2025-11-02..2025-11-02", 1762056000, 25 },	   /* 00:00 twice */
		{ "Asia/Kolkata", "2026-10", 1790793000, 31 * 24 },
		{ "UTC", "2026-10-01..2026-10-15", 1790812800, 15 * 24 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		zone(rows[i].tz);
		struct period p = parsed(rows[i].text);
		if (p.from_s != rows[i].from_s || p.to_s - p.from_s != rows[i].hours * 3600)
			fail_msg("%s %s: %lld, %lld s", rows[i].tz, rows[i].text,
			    (long long)p.from_s, (long long)(p.to_s - p.from_s));
	}
}

/* What is none. */
static void
test_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "2026", "2026-00", "2026-13", "2026-1", "2026-W00",
		"2026-W54", "2025-W53", "1999-12", "2026-10-01..2026-09-30",
		"2026-02-29..2026-03-01", "2026-10-01..2027-11-05", "2026-10-01..", "20a6-10",
		"2026-10-01..2026-10-15 ", "2026-1 ", "2200-01", "2026-04-31..2026-05-01" };
	struct period p;
	struct err e;

	zone("Asia/Baku");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (period_parse(&p, bad[i], &e) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
	(void)parsed("2026-10-01..2027-11-04"); /* 400 days */
	(void)parsed("2026-W53");		/* of 2020, 2026, 2032 */
	(void)parsed("2020-W53");
}

/* ISO weeks about the year's end. */
static void
test_weeks(void **state)
{
	(void)state;
	struct period p;
	char name[PERIOD_NAME];

	zone("Asia/Baku");
	assert_int_equal(parsed("2026-W01").from_s, 1766952000); /* 2025-12-29 */
	assert_int_equal(parsed("2021-W01").from_s, 1609704000); /* 2021-01-04 */
	p = parsed("2021-W01");
	p = period_before(&p);
	period_name(&p, name);
	assert_string_equal(name, "2020-W53");
	p = period_last(PERIOD_WEEK, 1609704000); /* just as it begins */
	period_name(&p, name);
	assert_string_equal(name, "2020-W53");
	p = period_last(PERIOD_WEEK, 1609704000 - 1);
	period_name(&p, name);
	assert_string_equal(name, "2020-W52");
}

/* The one before, whose length is its own; the last one. */
static void
test_before_and_last(void **state)
{
	(void)state;
	static const struct {
		const char *tz, *text, *before;
	} rows[] = {
		{ "Asia/Baku", "2026-01", "2025-12" },
		{ "Asia/Baku", "2024-03", "2024-02" },
		{ "Europe/Berlin", "2026-04", "2026-03" },
		{ "Europe/Berlin", "2026-11", "2026-10" },
		{ "America/Sao_Paulo", "2018-11-04..2018-11-06", "2018-11-01..2018-11-03" },
		{ "Asia/Baku", "2024-03-01..2024-03-01", "2024-02-29..2024-02-29" },
	};
	char name[PERIOD_NAME];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		zone(rows[i].tz);
		struct period p = parsed(rows[i].text), b = period_before(&p);
		period_name(&b, name);
		assert_string_equal(name, rows[i].before);
		assert_int_equal(b.to_s, p.from_s);
	}
	zone("Asia/Baku");
	struct period p = parsed("2026-01"), l = period_last(PERIOD_MONTH, p.to_s);
	assert_int_equal(l.from_s, p.from_s);
	assert_int_equal(l.to_s, p.to_s);
	l = period_last(PERIOD_MONTH, p.to_s - 1);
	period_name(&l, name);
	assert_string_equal(name, "2025-12");
}

/* For people. */
static void
test_titles(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum lang l;
		const char *title;
	} rows[] = {
		{ "2026-10", LANG_EN, "October 2026" },
		{ "2026-10", LANG_AZ, "oktyabr 2026" },
		{ "2026-10", LANG_RU, "октябрь 2026" },
		{ "2026-W43", LANG_EN, "week 43, 2026 (19–25 October)" },
		{ "2026-W43", LANG_RU, "неделя 43, 2026 (19–25 октября)" },
		{ "2026-W43", LANG_AZ, "həftə 43, 2026 (19–25 oktyabr)" },
		{ "2026-W44", LANG_EN, "week 44, 2026 (26 October – 1 November)" },
		{ "2026-W01", LANG_EN, "week 1, 2026 (29 December 2025 – 4 January 2026)" },
		{ "2026-10-01..2026-10-15", LANG_EN, "1–15 October 2026" },
		{ "2026-10-01..2026-10-01", LANG_AZ, "1 oktyabr 2026" },
		{ "2026-10-31..2026-11-02", LANG_RU, "31 октября – 2 ноября 2026" },
	};
	char title[96];

	zone("Asia/Baku");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct period p = parsed(rows[i].text);
		period_title(&p, title, sizeof title, rows[i].l);
		assert_string_equal(title, rows[i].title);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_weeks),
		cmocka_unit_test(test_before_and_last),
		cmocka_unit_test(test_titles),
	};

	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
