/* link: zwfigures */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When machines started anew, as the rows of their uptimes say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/report/figures/changes.h"
#include "collector/report/figures/span.h"

#define N 24
#define STEP 3600
#define T0 (INT64_C(1793000000) / STEP * STEP)
#define WRAP 42949672.96

static double mean[N], least[N], most[N];

/* Rows of a machine that began at that time; known from the first to before the last row. */
static void
rows(size_t first, size_t last, int64_t began_s)
{
	for (size_t r = first; r < last; r++) {
		double from = (double)(T0 + (int64_t)r * STEP - began_s);
		least[r] = from + 10;
		most[r] = from + STEP;
		mean[r] = from + STEP / 2.0;
	}
}

/* An hour in which it started: values of both. */
static void
mixed(size_t r, int64_t before_s, int64_t began_s)
{
	double at = (double)(began_s - T0 - (int64_t)r * STEP) / STEP;

	least[r] = 0;
	most[r] = (double)(began_s - before_s);
	mean[r] = at * most[r] + (1 - at) * (1 - at) * STEP / 2;
}

static struct span
span(void)
{
	struct span s = {
		.from_s = T0, .to_s = T0 + N * STEP, .step_s = STEP, .nrows = N, .nfields = 1
	};

	s.values[SPAN_AVERAGE][0] = mean;
	s.values[SPAN_MIN][0] = least;
	s.values[SPAN_MAX][0] = most;
	for (size_t r = 0; r < N; r++)
		mean[r] = least[r] = most[r] = NAN;
	return s;
}

static void
test_start(void **state)
{
	struct span s = span();
	int64_t at[4], began = T0 - 1000000, anew = T0 + 10 * STEP + 1200;

	(void)state;
	rows(0, 10, began);
	mixed(10, began, anew);
	rows(11, N, anew);
	assert_int_equal(changes_starts(at, 4, &s, 0, T0, T0 + N * STEP), 1);
	assert_in_range(at[0], anew - 1, anew + 1);
	/* that it began before the time is none in it */
	assert_int_equal(changes_starts(at, 4, &s, 0, T0 + 12 * STEP, T0 + N * STEP), 0);
}

/* Down for hours, up in the middle of an hour that is known for its second part alone. */
static void
test_gap(void **state)
{
	struct span s = span();
	int64_t at[4], anew = T0 + 9 * STEP + 1500;

	(void)state;
	rows(0, 5, T0 - 5000);
	least[9] = 0;
	most[9] = STEP - 1500;
	mean[9] = most[9] / 2; /* the row's middle is not that of what is known */
	rows(10, N, anew);
	assert_int_equal(changes_starts(at, 4, &s, 0, T0, T0 + N * STEP), 1);
	assert_in_range(at[0], anew - 1, anew + 1);
}

/* A counter of 32 bits that wraps after 497 days is no start; a gap by itself neither. */
static void
test_none(void **state)
{
	struct span s = span();
	int64_t at[4];

	(void)state;
	rows(0, 6, T0 + 6 * STEP - (int64_t)WRAP);
	rows(6, N, T0 + 6 * STEP);
	assert_int_equal(changes_starts(at, 4, &s, 0, T0, T0 + N * STEP), 0);
	s = span();
	rows(0, 6, T0 - 5000);
	rows(12, N, T0 - 5000);
	assert_int_equal(changes_starts(at, 4, &s, 0, T0, T0 + N * STEP), 0);
	s = span();
	assert_int_equal(changes_starts(at, 4, &s, 0, T0, T0 + N * STEP), 0);
}

/* No more than there is room for. */
static void
test_many(void **state)
{
	struct span s = span();
	int64_t at[4];

	(void)state;
	for (size_t r = 0; r < N; r += 2)
		rows(r, r + 2, T0 + (int64_t)r * STEP);
	assert_int_equal(changes_starts(at, 4, &s, 0, T0, T0 + N * STEP), 4);
	assert_int_equal(at[0], T0 + 2 * STEP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
