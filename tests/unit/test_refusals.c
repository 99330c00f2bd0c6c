/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwcollector */
/* Which refused connections the log tells of: each cause once in a while, and never a flood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "collector/intake/refusals.h"

static bool
pass(struct refusals *r, unsigned source, const char *why, int64_t now_ms, unsigned *held)
{
	return refusals_pass(r, &source, sizeof source, why, now_ms, held);
}

static void
test_one_hides_no_other(void **state)
{
	struct refusals r;
	unsigned held = 0;

	(void)state;
	refusals_init(&r);
	assert_true(pass(&r, 1, "no TLS", 1000, &held));
	assert_int_equal(held, 0);
	for (int i = 0; i < 50; i++)
		assert_false(pass(&r, 1, "no TLS", 1000 + i, &held));
	assert_true(pass(&r, 1, "wrong authority", 1050, &held));
	assert_true(pass(&r, 2, "no TLS", 1060, &held));
	assert_int_equal(held, 0);
	assert_true(pass(&r, 1, "no TLS", 11000, &held));
	assert_int_equal(held, 50);
}

/* Sources are strangers' to choose. */
static void
test_many_make_no_flood(void **state)
{
	struct refusals r;
	unsigned held, told = 0, left_out = 0;

	(void)state;
	refusals_init(&r);
	for (unsigned i = 0; i < 10000; i++)
		told += pass(&r, i, "no TLS", 1000 + i, &held);
	assert_in_range(told, 15, 35);
	for (unsigned i = 0; i < 2; i++)
		if (pass(&r, 20000 + i, "no TLS", 100000 + i, &held))
			left_out += held;
	assert_in_range(left_out, 1, 10000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_hides_no_other),
		cmocka_unit_test(test_many_make_no_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
