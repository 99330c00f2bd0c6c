/* link: zwreports */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When reports come by themselves: over DST, month ends, absences; the file's names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "collector/agenda.h"
#include "collector/shelf.h"

/* A moment of local time. */
static int64_t
at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_isdst = -1 };

	return (int64_t)mktime(&tm);
}

static void
use_zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static struct period
period_of(const char *text)
{
	struct period p;
	struct err e;

	assert_int_equal(period_parse(&p, text, &e), 0);
	return p;
}

/* That what is due after `made` at a moment is this; NULL: nothing. */
static void
due_is(const char *made, unsigned minutes, int64_t now_s, const char *want)
{
	struct period m = period_of(made), due;
	char name[PERIOD_NAME];

	bool any = agenda_due(&m, minutes, now_s, &due);
	if (want == NULL) {
		assert_false(any);
		return;
	}
	assert_true(any);
	period_name(&due, name);
	assert_string_equal(name, want);
}

static void
test_time_of_day(void **state)
{
	static const char *const wrong[] = { "", "6:00", "06:0", "24:00", "06:60", "06:00 ",
		"ab:cd", "-6:00", "06 00", " 6:00", "06:+1" };
	unsigned minutes = 0;
	struct err e;

	(void)state;
	assert_int_equal(agenda_at("06:05", &minutes, &e), 0);
	assert_int_equal(minutes, 365);
	assert_int_equal(agenda_at("00:00", &minutes, &e), 0);
	assert_int_equal(agenda_at("23:59", &minutes, &e), 0);
	assert_int_equal(minutes, 1439);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(agenda_at(wrong[i], &minutes, &e), -1);
	assert_int_equal(agenda_at(NULL, &minutes, &e), -1);
}

static void
test_month(void **state)
{
	(void)state;
	use_zone("Asia/Baku");
	due_is("2026-09", 360, at(2026, 10, 31, 23, 59), NULL);
	due_is("2026-09", 360, at(2026, 11, 1, 5, 59), NULL);
	due_is("2026-09", 360, at(2026, 11, 1, 6, 0), "2026-10");
	due_is("2026-10", 360, at(2026, 11, 1, 6, 0), NULL);
	due_is("2026-12", 360, at(2027, 2, 1, 6, 0), "2027-01");
	due_is("2027-01", 360, at(2027, 3, 1, 5, 59), NULL);
	due_is("2027-01", 360, at(2027, 3, 1, 6, 0), "2027-02");
	due_is("2028-01", 0, at(2028, 3, 1, 0, 0), "2028-02"); /* a leap year's */
}

/* Late, the oldest first; one of long ago never. */
static void
test_away(void **state)
{
	(void)state;
	use_zone("Asia/Baku");
	due_is("2026-09", 360, at(2026, 11, 3, 14, 0), "2026-10");
	due_is("2026-07", 360, at(2026, 11, 3, 14, 0), "2026-08");
	due_is("2020-01", 360, at(2026, 11, 3, 14, 0), "2025-11");
	due_is("2026-W30", 360, at(2026, 11, 3, 14, 0), "2026-W37");
	/* The clock was ahead, and is right again: nothing comes twice. */
	due_is("2027-05", 360, at(2026, 11, 3, 14, 0), NULL);
}

static void
test_week(void **state)
{
	(void)state;
	use_zone("Asia/Baku");
	due_is("2026-W46", 360, at(2026, 11, 23, 5, 59), NULL);
	due_is("2026-W46", 360, at(2026, 11, 23, 6, 0), "2026-W47");
	due_is("2026-W52", 360, at(2027, 1, 4, 6, 0), "2026-W53");
	due_is("2026-W53", 360, at(2027, 1, 11, 6, 0), "2027-W01");
}

/* A zone whose clocks change: each period once, at the time of the clocks on the wall. */
static void
test_dst(void **state)
{
	struct period p, next;
	int64_t last = 0;

	(void)state;
	use_zone("Europe/Berlin");
	p = period_of("2026-W01");
	for (int i = 0; i < 60; i++) {
		next = agenda_after(&p);
		assert_int_equal(next.from_s, p.to_s);
		int64_t when = agenda_when(&next, 150); /* 02:30, which one night lacks */
		assert_true(when > last && when >= next.to_s && when < next.to_s + 4 * 3600);
		last = when;
		p = next;
	}
	due_is("2026-02", 360, at(2026, 4, 1, 6, 0), "2026-03");
	due_is("2026-09", 360, at(2026, 11, 1, 6, 0), "2026-10");
	assert_int_equal(
	    agenda_when(
		&(struct period){ PERIOD_MONTH, at(2026, 3, 1, 0, 0), at(2026, 4, 1, 0, 0) }, 360),
	    at(2026, 4, 1, 6, 0));
	use_zone("Asia/Baku");
}

static void
test_names(void **state)
{
	char name[SHELF_MAX_NAME];
	struct period p;

	(void)state;
	use_zone("Asia/Baku");
	p = period_of("2026-10");
	shelf_name(name, &p, "");
	assert_string_equal(name, "2026-10");
	shelf_name(name, &p, "B");
	assert_string_equal(name, "2026-10_B");
	p = period_of("2026-W43");
	shelf_name(name, &p, "");
	assert_string_equal(name, "2026-W43");
	p = period_of("2026-10-01..2026-10-15");
	shelf_name(name, &p, "A.1");
	assert_string_equal(name, "2026-10-01_2026-10-15_A.1");
	assert_true(str_is_name(name, sizeof name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_of_day),
		cmocka_unit_test(test_month),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_week),
		cmocka_unit_test(test_dst),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
