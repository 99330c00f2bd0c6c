/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* rowtext: librrd's own reader must get the very number that was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "collector/store/rowtext.h"

/* Exported by librrd, declared in none of its installed headers. */
unsigned int rrd_strtodbl(const char *str, char **end, double *out, const char *what);

/* A reproducible random number. */
static uint64_t
next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* What librrd reads from our text. */
static double
through(double v)
{
	char text[ROWTEXT_MAX + 1];
	double back = NAN;
	size_t n = rowtext_gauge(text, v);

	assert_true(n > 0 && n <= ROWTEXT_MAX);
	text[n] = '\0';
	assert_int_equal(rrd_strtodbl(text, NULL, &back, NULL), 2);
	return back;
}

/* The kinds of numbers that agents send. */
static void
test_decimals_are_exact(void **state)
{
	(void)state;
	uint64_t seed = 88172645463325252u;
	static const double powers[] = { 1, 10, 100, 1000, 1e4, 1e5, 1e6 };

	for (unsigned i = 0; i < 400000; i++) {
		double m = (double)(next_random(&seed) % 20000000) - 10000000.0;
		double v = m / powers[i % 7];
		assert_true(through(v) == v);
	}
}

/* Any double, ratios and bits at random: the last bit may be off in a few. */
static void
test_any_double_is_near(void **state)
{
	(void)state;
	uint64_t seed = 1234567;
	unsigned inexact = 0;

	for (unsigned i = 0; i < 300000; i++) {
		uint64_t r = next_random(&seed);
		double v = ldexp((double)(r >> 11), -40 - (int)(r % 50));
		if (i % 3 == 0)
			v = (double)(r % 1000) / (double)(r / 1000 % 997 + 1);
		double back = through(v);
		if (back != v)
			inexact++;
		assert_true(fabs(back - v) <= fabs(v) * 2.5e-16);
	}
	assert_true(inexact < 300000 / 7);
}

/* Whole numbers, signs and what is no number. */
static void
test_special(void **state)
{
	(void)state;
	char text[ROWTEXT_MAX];

	assert_true(through(0) == 0);
	assert_true(through(-1) == -1);
	assert_true(through(9007199254740991.0) == 9007199254740991.0);
	assert_true(through(-0.05) == -0.05);
	assert_true(fabs(through(1e300) / 1e300 - 1) < 1e-15);
	assert_true(fabs(through(-1e-200) / -1e-200 - 1) < 1e-15);
	assert_int_equal(rowtext_gauge(text, NAN), 1);
	assert_int_equal(text[0], 'U');
	assert_int_equal(rowtext_gauge(text, -INFINITY), 1);
	assert_int_equal(text[0], 'U');
}

/* Counters are integers. */
static void
test_counter(void **state)
{
	(void)state;
	char text[ROWTEXT_MAX];

	assert_int_equal(rowtext_counter(text, 9007199254740991.0), 16);
	assert_memory_equal(text, "9007199254740991", 16);
	assert_int_equal(rowtext_counter(text, 12.9), 2);
	assert_memory_equal(text, "12", 2);
	assert_int_equal(rowtext_counter(text, -1), 1);
	assert_int_equal(text[0], 'U');
	assert_int_equal(rowtext_counter(text, NAN), 1);
	assert_int_equal(text[0], 'U');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimals_are_exact),
		cmocka_unit_test(test_any_double_is_near),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_counter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
