/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track: points, windows and lines. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/track.h"

#define MIN INT64_C(60000)
#define T0 INT64_C(1700000000000)

static void
test_line(void **state)
{
	struct track t = { 0 };
	struct track_line l;

	(void)state;
	assert_false(track_fit(&t, 0, 0, &l));
	/* Irregular times, 1.5 a minute. */
	static const int times[] = { 0, 7, 12, 31, 32, 44, 60 };
	for (size_t i = 0; i < 7; i++)
		track_note(&t, MIN, T0 + times[i] * 1000, 20 + times[i] * 1.5 / 60);
	assert_int_equal(track_count(&t, MIN), 7);
	assert_true(track_fit(&t, 7, 0, &l));
	assert_float_equal(l.slope * 60000, 1.5, 1e-6);
	assert_float_equal(l.least * 60000, 1.5, 1e-6);
	assert_float_equal(l.value, 21.5, 1e-6);
	assert_float_equal(l.error, 0, 1e-9);
	assert_int_equal(l.levels, 3);
	assert_float_equal(track_rise(&t, 7, true), 44 * 1.5 / 60 - 7 * 1.5 / 60, 1e-6);
	assert_float_equal(track_rise(&t, 7, false), 0, 1e-6);
	/* Nothing older or of the same time is taken. */
	track_note(&t, MIN, T0 + 60000, 99);
	track_note(&t, MIN, T0 + 59000, 99);
	assert_int_equal(t.n, 7);
}

/* The error by hand: y = 0, 2, 1, 3 at 0..3 s: slope 0.8/s, rests -0.3, 0.9, -0.9, 0.3, scatter
 * 1.8 / 2, spread 5; the rests change sides, so the likeness is none. */
static void
test_error(void **state)
{
	struct track t = { 0 };
	struct track_line l;

	(void)state;
	static const double y[] = { 0, 2, 1, 3 };
	for (int i = 0; i < 4; i++)
		track_note(&t, MIN, T0 + i * 2000, y[i]);
	assert_true(track_fit(&t, 4, 0, &l));
	assert_float_equal(l.slope * 2000, 0.8, 1e-9);
	assert_float_equal(l.error * 2000, sqrt(0.9 / 5), 1e-9);
	assert_true(l.least < l.slope && l.slope < l.most);
}

/* A point alone cannot make a slope: without it there is none. */
static void
test_outlier(void **state)
{
	struct track t = { 0 };
	struct track_line l;

	(void)state;
	for (int i = 0; i < 7; i++)
		track_note(&t, MIN, T0 + i * 10000, i == 6 ? 40 : 22);
	assert_true(track_fit(&t, 7, 0, &l));
	assert_true(l.slope > 0);
	assert_float_equal(l.least, 0, 1e-12);
	assert_float_equal(track_rise(&t, 7, true), 0, 1e-12);
}

/* A day at 10 s in a ring of 40: the mean of each slot, the window as long as it should be. */
static void
test_buckets(void **state)
{
	const int64_t day = 24 * 60 * MIN;
	struct track t = { 0 };
	struct track_line l;

	(void)state;
	for (int64_t at = 0; at <= 2 * day; at += 10000)
		track_note(&t, day, T0 + at, (double)at / (double)day * 10);
	size_t n = track_count(&t, day);
	assert_true(n >= TRACK_SLOTS && n <= TRACK_SLOTS + 1);
	assert_true(track_covered(&t, day) > 0.9);
	assert_true(track_fit(&t, n, 0, &l));
	assert_float_equal(l.slope * (double)day, 10, 1e-6);
	assert_true(t.n <= TRACK_POINTS);
}

/* Rare readings: the window reaches back for four of them, not for ever. */
static void
test_rare(void **state)
{
	struct track t = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++)
		track_note(&t, MIN, T0 + i * MIN, i);
	assert_int_equal(track_count(&t, MIN), TRACK_LEAST);
	memset(&t, 0, sizeof t);
	for (int i = 0; i < 10; i++)
		track_note(&t, MIN, T0 + i * 10 * MIN, i);
	assert_int_equal(track_count(&t, MIN), 1);
}

/* A break counts for nothing. */
static void
test_covered(void **state)
{
	struct track t = { 0 };

	(void)state;
	assert_float_equal(track_covered(&t, MIN), 0, 0);
	for (int i = 0; i < 3; i++)
		track_note(&t, MIN, T0 + i * 5000, i);
	for (int i = 10; i < 13; i++)
		track_note(&t, MIN, T0 + i * 5000, i);
	assert_float_equal(track_covered(&t, MIN), 20.0 / 60, 1e-9);
}

/* What a file gave back may be anything. */
static void
test_rubbish(void **state)
{
	struct track t;

	(void)state;
	memset(&t, 0xff, sizeof t);
	track_note(&t, MIN, T0, 5);
	assert_int_equal(t.n, 1);
	assert_float_equal(track_at(&t, 1, 0)->value, 5, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_outlier),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_rare),
		cmocka_unit_test(test_covered),
		cmocka_unit_test(test_rubbish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
