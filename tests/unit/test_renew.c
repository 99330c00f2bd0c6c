/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwfeed */
/* renew: when a certificate is due, and how long is waited after failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/renew.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void
test_due_when_a_third_is_left(void **state)
{
	(void)state;
	assert_int_equal(renew_due_ms(0, 90 * DAY, 0, 0), 60 * DAY);
	assert_in_range(renew_due_ms(0, 90 * DAY, 0, UINT32_MAX), 63 * DAY - 1000, 63 * DAY);
	assert_int_equal(renew_due_ms(0, 60000, 0, 0), 40000);
	/* Whoever was away starts in the next minute, not all together. */
	assert_int_equal(renew_due_ms(0, 90 * DAY, 80 * DAY, 0), 80 * DAY);
	assert_in_range(
	    renew_due_ms(0, 90 * DAY, 80 * DAY, UINT32_MAX), 80 * DAY + 50000, 80 * DAY + 60000);
	assert_in_range(renew_due_ms(0, 60000, 45000, UINT32_MAX), 45000, 45500);
	/* Ended, or with its dates the wrong way round: at once. */
	assert_int_equal(renew_due_ms(0, 90 * DAY, 91 * DAY, UINT32_MAX), 91 * DAY);
	assert_int_equal(renew_due_ms(90 * DAY, 0, DAY, UINT32_MAX), DAY);
}

/* A collector that gives certificates which end at once keeps no agent busy. */
static void
test_not_again_at_once(void **state)
{
	(void)state;
	assert_int_equal(renew_next_ms(0, 90 * DAY, 0, 0), 60 * DAY);
	assert_int_equal(renew_next_ms(0, 1000, 0, 0), MINUTE);
	assert_int_equal(renew_next_ms(0, 1000, DAY, UINT32_MAX), DAY + MINUTE);
	assert_int_equal(renew_next_ms(0, 90 * DAY, 89 * DAY, 0), 89 * DAY + MINUTE);
}

/* The wait without chance: a random number in the middle. */
static int64_t
wait_for(unsigned failures, int64_t left_ms)
{
	return renew_wait_ms(failures, left_ms, UINT32_C(0x80000000));
}

static void
test_waits_grow_and_shrink_towards_the_end(void **state)
{
	(void)state;
	assert_int_equal(wait_for(1, 30 * DAY), MINUTE);
	assert_int_equal(wait_for(2, 30 * DAY), 2 * MINUTE);
	assert_int_equal(wait_for(7, 30 * DAY), 64 * MINUTE);
	assert_int_equal(wait_for(12, 30 * DAY), DAY);
	assert_int_equal(wait_for(4000000000u, 30 * DAY), DAY);
	assert_int_equal(wait_for(12, 6 * DAY), HOUR);
	assert_int_equal(wait_for(12, HOUR), HOUR / 8);
	assert_int_equal(wait_for(1, 10000), 1250);
	assert_int_equal(wait_for(12, 10), 1000);
	assert_int_equal(wait_for(12, -DAY), HOUR);
	for (unsigned i = 1; i < 40; i++) {
		int64_t least = renew_wait_ms(i, 30 * DAY, 0);
		int64_t most = renew_wait_ms(i, 30 * DAY, UINT32_MAX);
		assert_true(least >= 45000 && most <= DAY + DAY / 4 && least < most);
	}
	/* Some try succeeds in the last third of 90 days even if the first eleven do not. */
	int64_t sum = 0;
	for (unsigned i = 1; i <= 11; i++)
		sum += renew_wait_ms(i, 27 * DAY, UINT32_MAX);
	assert_true(sum < 2 * DAY);
}

/* The same reason once an hour, another at once; after a clock that was set back, too. */
static void
test_says_what_is_new(void **state)
{
	const int64_t hour = 3600000, now = 1790000000000;
	struct renew_said s = { 0 };
	int said = 0;

	(void)state;
	for (int64_t ms = 0; ms < 2 * hour; ms += 1000)
		said += renew_says(&s, "no room", hour, now + ms);
	assert_int_equal(said, 2);
	assert_true(renew_says(&s, "refused", hour, now + 2 * hour));
	assert_false(renew_says(&s, "refused", hour, now + 2 * hour + 1));
	assert_true(renew_says(&s, "refused", hour, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due_when_a_third_is_left),
		cmocka_unit_test(test_not_again_at_once),
		cmocka_unit_test(test_waits_grow_and_shrink_towards_the_end),
		cmocka_unit_test(test_says_what_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
