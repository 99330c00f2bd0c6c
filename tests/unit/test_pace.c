/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Turns of the event loop: their classes, and the longest of late. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "collector/pace.h"

/* A turn is in the first class whose bound it does not exceed. */
static void
test_classes(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_take(&p, 500, 1);
	pace_take(&p, 501, 2);
	pace_take(&p, 5000, 3);
	pace_take(&p, 5001, 4);
	pace_take(&p, 900000, 5);
	assert_int_equal(p.by[0], 1);
	assert_int_equal(p.by[1], 1);
	assert_int_equal(p.by[5], 1);
	assert_int_equal(p.by[6], 1);
	assert_int_equal(p.by[PACE_CLASSES - 1], 1);
	assert_int_equal(p.us, 500 + 501 + 5000 + 5001 + 900000);
}

/* The longest is told for ten seconds at least, and forgotten after twenty. */
static void
test_longest(void **state)
{
	struct pace p = { .window_ms = 100000 };

	(void)state;
	pace_take(&p, 7000, 100001);
	pace_take(&p, 1000, 109000);
	assert_true(pace_longest_ms(&p) == 7);
	pace_take(&p, 2000, 110001);
	assert_true(pace_longest_ms(&p) == 7);
	pace_take(&p, 3000, 120002);
	assert_true(pace_longest_ms(&p) == 3);
	pace_take(&p, 1000, 145000);
	assert_true(pace_longest_ms(&p) == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
