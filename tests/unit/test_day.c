/* SPDX-License-Identifier: GPL-3.0-or-later */
/* day: midnights and firsts of months, where clocks are set and where they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "zw/day.h"

/* In that time zone from now on. */
static void
in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* 2026-11-22 14:05 in Baku, which is four hours ahead. */
static void
test_baku(void **state)
{
	const int64_t t = 1795341900, midnight = 1795291200;

	(void)state;
	in_zone("Asia/Baku");
	assert_int_equal(day_local(t).tm_mday, 22);
	assert_int_equal(day_local(t).tm_hour, 14);
	assert_int_equal(day_moment(day_local(t)), t);
	assert_int_equal(day_midnight(t, 0), midnight);
	assert_int_equal(day_midnight(midnight, 0), midnight);
	assert_int_equal(day_midnight(midnight - 1, 0), midnight - 86400);
	assert_int_equal(day_midnight(t, 9), midnight + 9 * 86400);
	assert_int_equal(day_first(t, 0), midnight - 21 * 86400);
	assert_int_equal(day_first(t, 2), midnight + (9 + 31) * 86400);
	assert_int_equal(day_first(t, -11), midnight - (21 + 335) * 86400);
}

/* The night of 29 March 2026 has 23 hours in Berlin, that of 25 October 25. */
static void
test_clock_set(void **state)
{
	const int64_t march = 1774738800, october = 1792879200;

	(void)state;
	in_zone("Europe/Berlin");
	assert_int_equal(day_midnight(march, 0), march);
	assert_int_equal(day_midnight(march + 7200, 1), march + 23 * 3600);
	assert_int_equal(day_midnight(october + 7200, 1), october + 25 * 3600);
	assert_int_equal(day_midnight(october + 25 * 3600 - 1, 0), october);
	assert_int_equal(day_first(october, 1) - day_first(october, 0), 31 * 86400 + 3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baku),
		cmocka_unit_test(test_clock_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
