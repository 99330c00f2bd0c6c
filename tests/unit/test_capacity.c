/* link: zwfigures */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line through days of usage, and when it comes to 80 % and 100 %. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/report/figures/capacity.h"

#define DAY_S 86400
#define END_S INT64_C(1793476800)

/* A line with a saw's teeth on it: so much on the first day, so much more each day. */
static void
make(double *v, size_t n, double start, double a_day, double teeth)
{
	for (size_t i = 0; i < n; i++)
		v[i] = start + a_day * (double)i + (i % 2 == 0 ? teeth : -teeth);
}

/* An exact line: the slope, no interval to speak of, the dates to the second. */
static void
test_exact(void **state)
{
	struct capacity_fit f;
	double v[41];

	(void)state;
	make(v, 41, 50, 0.5, 0);
	capacity_fit(&f, v, 41);
	assert_int_equal(f.days, 41);
	assert_float_equal(f.slope, 0.5, 1e-9);
	assert_float_equal(f.low, 0.5, 1e-9);
	assert_float_equal(f.high, 0.5, 1e-9);
	assert_float_equal(f.now, 68.5, 1e-9); /* the middle of the last seven */
	assert_int_equal(capacity_outlook(&f), CAPACITY_GROWS);
	struct capacity_date d = capacity_reach(&f, 80, END_S);
	assert_int_equal(d.likely_s, END_S + 23 * DAY_S);
	assert_int_equal(d.early_s, d.likely_s);
	assert_int_equal(d.late_s, d.likely_s);
	d = capacity_reach(&f, 100, END_S);
	assert_int_equal(d.likely_s, END_S + 63 * DAY_S);
	d = capacity_reach(&f, 60, END_S);
	assert_int_equal(d.likely_s, -1);
}

/* Odd days do not move it, gaps neither; the interval has the truth in it. */
static void
test_odd_days(void **state)
{
	struct capacity_fit f;
	double v[60];

	(void)state;
	make(v, 60, 20, 0.2, 0.5);
	for (size_t i = 0; i < 60; i++)
		v[i] += 0.3 * (double)(i * 7 % 5);
	for (size_t i = 5; i < 60; i += 10)
		v[i] = 95; /* a backup lay there */
	for (size_t i = 20; i < 30; i++)
		v[i] = NAN;
	capacity_fit(&f, v, 60);
	assert_int_equal(f.days, 50);
	assert_float_equal(f.slope, 0.2, 0.03);
	assert_true(f.low <= 0.2 && f.high >= 0.2);
	assert_true(f.low > 0.1 && f.high < 0.3);
	struct capacity_date d = capacity_reach(&f, 80, END_S);
	assert_true(d.early_s < d.likely_s && d.likely_s < d.late_s);
}

/* Sen's interval counted by hand: 14 days, all slopes known, days unlike each other (teeth: the
 * residuals go to and fro, so that nothing is widened). C = 1.645 sqrt(14 13 33 / 18) = 30.04; of
 * 91 slopes the 31st least from either end. */
static void
test_interval(void **state)
{
	struct capacity_fit f;
	double v[14];

	(void)state;
	make(v, 14, 10, 1, 0.25);
	capacity_fit(&f, v, 14);
	/* Slopes are 1 (even distance: 42 of them), 1 + 0.5/d or 1 - 0.5/d for odd d. */
	double slopes[91];
	size_t n = 0;
	for (int i = 0; i < 14; i++)
		for (int j = i + 1; j < 14; j++)
			slopes[n++] = (v[j] - v[i]) / (j - i);
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && slopes[k] < slopes[k - 1]; k--) {
			double t = slopes[k];
			slopes[k] = slopes[k - 1];
			slopes[k - 1] = t;
		}
	assert_true(f.slope == slopes[45]);
	assert_true(f.low == slopes[30]);
	assert_true(f.high == slopes[60]);
}

/* Days that are like the day before: a wandering value has no trend that is certain. */
static void
test_wander(void **state)
{
	struct capacity_fit f;
	double v[90];

	(void)state;
	for (size_t i = 0; i < 90; i++)
		v[i] = 50 + 5 * sin((double)i / 14.3);
	capacity_fit(&f, v, 90);
	assert_true(f.low < 0 && f.high > 0);
	assert_int_equal(capacity_outlook(&f), CAPACITY_STEADY);
	assert_int_equal(capacity_reach(&f, 80, END_S).likely_s, 0);
}

/* Too few days, none, falling, full, still. */
static void
test_edges(void **state)
{
	struct capacity_fit f;
	double v[200];

	(void)state;
	make(v, 13, 50, 1, 0);
	capacity_fit(&f, v, 13);
	assert_int_equal(capacity_outlook(&f), CAPACITY_SHORT);
	assert_true(isnan(f.slope));
	assert_float_equal(f.now, 59, 1e-9);
	assert_int_equal(capacity_reach(&f, 80, END_S).likely_s, 0);
	assert_int_equal(capacity_reach(&f, 55, END_S).likely_s, -1);
	for (size_t i = 0; i < 20; i++)
		v[i] = NAN;
	capacity_fit(&f, v, 20);
	assert_int_equal(f.days, 0);
	assert_true(isnan(f.now));
	assert_int_equal(capacity_reach(&f, 80, END_S).likely_s, 0);
	make(v, 30, 50, -1, 0);
	capacity_fit(&f, v, 30);
	assert_int_equal(capacity_outlook(&f), CAPACITY_STEADY);
	make(v, 30, 100, 0, 0);
	capacity_fit(&f, v, 30);
	assert_int_equal(capacity_outlook(&f), CAPACITY_FULL);
	make(v, 180, 40, 0, 0);
	capacity_fit(&f, v, 180);
	assert_int_equal(capacity_outlook(&f), CAPACITY_STEADY);
	assert_true(f.slope == 0);
	/* so slow that nobody needs a date */
	make(v, 180, 40, 0.002, 0);
	capacity_fit(&f, v, 180);
	assert_int_equal(capacity_outlook(&f), CAPACITY_GROWS);
	assert_int_equal(capacity_reach(&f, 80, END_S).likely_s, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_odd_days),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_wander),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
