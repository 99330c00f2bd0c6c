/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collector's clock against ours, with exchanges that are late, impossible or hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "zw/offset.h"

static void
test_none_is_unknown(void **state)
{
	struct offset o = { 0 };

	(void)state;
	assert_true(isnan(offset_best(&o)));
	assert_true(isnan(offset_delay(&o)));
}

static void
test_least_delayed_exchange_wins(void **state)
{
	struct offset o = { 0 };

	(void)state;
	/* The peer is 5 s ahead; the first answer took 2 s, all of it on the way back. */
	offset_add(&o, 1000000, 1005000, 1005000, 1002000);
	assert_true(fabs(offset_best(&o) - 4.0) < 1e-9);
	offset_add(&o, 1010000, 1015005, 1015006, 1010011);
	assert_true(fabs(offset_best(&o) - 5.0) < 1e-9);
	assert_true(fabs(offset_delay(&o) - 0.010) < 1e-9);
	offset_add(&o, 1020000, 1026000, 1026000, 1021000);
	assert_true(fabs(offset_best(&o) - 5.0) < 1e-9);
	assert_true(fabs(offset_delay(&o) - 1.0) < 1e-9);
	/* It is forgotten after eight more. */
	for (int i = 0; i < OFFSET_KEPT; i++)
		offset_add(&o, 1030000, 1037100, 1037100, 1030200);
	assert_true(fabs(offset_best(&o) - 7.0) < 1e-9);
}

/* After a step of either clock the next exchange tells, and not only the ninth. */
static void
test_step_is_told_at_once(void **state)
{
	struct offset o = { 0 };

	(void)state;
	for (int i = 0; i < OFFSET_KEPT; i++)
		offset_add(&o, 1000000, 1000005, 1000005, 1000010);
	offset_add(&o, 1010000, 4610040, 4610040, 1010080);
	assert_true(fabs(offset_best(&o) - 3600.0) < 1e-9);
	offset_add(&o, 1020000, 1020040, 1020040, 1020080);
	assert_true(fabs(offset_best(&o)) < 1e-9);
}

static void
test_impossible_exchanges_are_left_out(void **state)
{
	struct offset o = { 0 };

	(void)state;
	offset_add(&o, 1000, 1000, 1000, 500);		  /* back before it left */
	offset_add(&o, 1000, 1000, 900, 1100);		  /* answered before it came */
	offset_add(&o, 1000, 1000, 1000, 100000000);	  /* a day on the way */
	offset_add(&o, 1000, INT64_MIN, INT64_MAX, 1000); /* hostile */
	offset_add(&o, 1000, INT64_MAX, INT64_MIN, 1000);
	assert_true(isnan(offset_best(&o)));
	offset_add(&o, 1000, INT64_MAX, INT64_MAX, 1000); /* absurd, but a number */
	assert_true(offset_best(&o) > 1e12);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_is_unknown),
		cmocka_unit_test(test_least_delayed_exchange_wins),
		cmocka_unit_test(test_step_is_told_at_once),
		cmocka_unit_test(test_impossible_exchanges_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
