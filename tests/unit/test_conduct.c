/* link: zwcollector */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allowances: so much at once, so much in the long run, and nothing is lost by looking often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "collector/intake/conduct.h"
#include "collector/intake/knocks.h"

#define T0 INT64_C(5000000)

/* How many of n tries pass, each step_ms after the one before. */
static int
passes(struct allowance *a, int64_t burst, int64_t daily, int n, int64_t step_ms, int64_t *now_ms)
{
	int passed = 0;

	for (int i = 0; i < n; i++, *now_ms += step_ms)
		passed += allowance_take(a, burst, daily, *now_ms);
	return passed;
}

/* The burst, and then what time gives. */
static void
test_allowance(void **state)
{
	struct allowance a = { 0 };
	int64_t now = T0;

	(void)state;
	assert_int_equal(passes(&a, 32, 4 * 86400, 1000, 0, &now), 32);
	assert_int_equal(passes(&a, 32, 4 * 86400, 1, 249, &now), 0);
	assert_int_equal(passes(&a, 32, 4 * 86400, 1, 0, &now), 0);
	now += 2;
	assert_int_equal(passes(&a, 32, 4 * 86400, 2, 0, &now), 1);
	/* Looked at each millisecond for ten seconds: 4 a second. */
	assert_in_range(passes(&a, 32, 4 * 86400, 10000, 1, &now), 39, 40);
	/* Each quarter of a second for ever. */
	now += 10000;
	assert_int_equal(passes(&a, 32, 4 * 86400, 10000, 250, &now), 10000);
	/* One a minute, asked each 10 ms. */
	a = (struct allowance){ 0 };
	assert_int_equal(passes(&a, 64, 1440, 64, 0, &now), 64);
	assert_in_range(passes(&a, 64, 1440, 60000, 10, &now), 9, 10);
	/* After a year no more than at once. */
	now += INT64_C(400) * 86400000;
	assert_int_equal(passes(&a, 64, 1440, 1000, 0, &now), 64);
}

/* Series: as many as may be, and again as many the day after. */
static void
test_series(void **state)
{
	struct conduct c = { 0 };
	int n = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		n += conduct_series(&c, 512, T0 + i);
	assert_int_equal(n, 512);
	for (int i = 0; i < 5000; i++)
		n += conduct_series(&c, 512, T0 + INT64_C(86400000) + 5000 + i);
	assert_in_range(n, 1024, 1025);
}

/* Definitions: each series some times a day. */
static void
test_definitions(void **state)
{
	struct conduct c = { 0 };
	int n = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		n += conduct_definition(&c, 100, T0 + i);
	assert_int_equal(n, 800);
}

/* One address that is slowed down, and another that is not; a thousand others push them out. */
static void
test_knocks(void **state)
{
	static struct knocks k;
	uint8_t here[KNOCKS_BYTES] = { 2, 127, 0, 0, 1 }, there[KNOCKS_BYTES] = { 2, 10, 0, 0, 1 };
	int n = 0;

	(void)state;
	for (int i = 0; i < 500; i++)
		assert_true(knocks_take(&k, here, T0));
	knocks_slow(&k, here, T0);
	for (int i = 0; i < 500; i++)
		n += knocks_take(&k, here, T0 + i);
	assert_in_range(n, 4, 6);
	assert_true(knocks_take(&k, there, T0));
	for (int i = 0; i < 500; i++)
		assert_true(knocks_take(&k, here, T0 + 10000));
	for (int i = 0; i < 2000; i++)
		n += knocks_take(&k, there, T0 + 10000);
	assert_in_range(n, 1024, 1100);
	for (int i = 0; i < 1000; i++) {
		uint8_t other[KNOCKS_BYTES] = { 2, 10, 1, (uint8_t)(i >> 8), (uint8_t)i };
		assert_true(knocks_take(&k, other, T0 + 20000 + i));
	}
}

/* Certificates: a handful at once, then one each quarter of an hour, whatever its sessions. */
static void
test_renewals(void **state)
{
	struct conduct c = { 0 };
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += conduct_renewal(&c, T0 + i);
	assert_int_equal(n, 32);
	assert_true(conduct_renewal(&c, T0 + 20 * INT64_C(60000)));
	assert_false(conduct_renewal(&c, T0 + 20 * INT64_C(60000)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_allowance),
		cmocka_unit_test(test_series), cmocka_unit_test(test_definitions),
		cmocka_unit_test(test_knocks), cmocka_unit_test(test_renewals) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
