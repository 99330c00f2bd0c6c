/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate: courses of an inlet and the verdicts on them. */
#include "tests/unit/rule_fixture.h"

static struct play *
make(double above, double by)
{
	struct play *p = play_new("rate");
	play_number(p, "above", above);
	play_number(p, "by", by);
	return p;
}

/* The first second at which a course of so many K a minute, read each step_s and rounded to
 * `quantum`, is bad; -1: never within 20 minutes. */
static double
first_bad(struct play *p, double per_min, double step_s, double quantum)
{
	for (double t = 0; t < 300; t += step_s)
		assert_int_not_equal(play(p, t, quantum * floor(22 / quantum)), BAD);
	for (double t = 300; t < 1500; t += step_s) {
		double v = 22 + per_min * (t - 300) / 60;
		if (play(p, t, quantum * floor(v / quantum)) == BAD)
			return t - 300;
	}
	return -1;
}

static void
test_ramps(void **state)
{
	static const struct {
		double above, per_min, step_s, quantum, within_s;
	} rows[] = {
		{ 1, 1.5, 10, 0.1, 60 },
		{ 1, 1.5, 1, 0.1, 60 },
		{ 2, 2.5, 10, 0.1, 80 },
		{ 2, 2.5, 10, 0.5, 100 },
		{ 2, 6, 10, 1, 60 },
		{ 1, 1.5, 30, 0.1, 120 },
		{ 1, 1.5, 60, 0.1, 240 },
		/* Not so steep. */
		{ 1, 0.8, 10, 0.1, -1 },
		{ 2, 1.8, 10, 0.1, -1 },
		/* Whole degrees: a step a minute is no course of so short a window. */
		{ 1, 0.5, 10, 1, -1 },
		{ 2, 1, 10, 1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct play *p = make(rows[i].above, NAN);
		double at = first_bad(p, rows[i].per_min, rows[i].step_s, rows[i].quantum);
		if (rows[i].within_s < 0 ? at >= 0 : at < 0 || at > rows[i].within_s)
			fail_msg("row %zu: bad after %g s", i, at);
		play_free(p);
	}
}

/* One reading, however far off, new or old, fires nothing; nor does a single step of whole
 * degrees. */
static void
test_outlier(void **state)
{
	(void)state;
	for (int where = 0; where < 30; where++) {
		struct play *p = make(1, 3);
		for (int i = 0; i < 30; i++) {
			enum verdict v = play(p, i * 10, i == where ? 85 : 22 + 0.1 * (i % 2));
			if (v == BAD)
				fail_msg("outlier at %d: bad at %d: %s", where, i, p->why.text);
		}
		play_free(p);
	}
	struct play *p = make(1, 3);
	for (int i = 0; i < 60; i++)
		assert_int_not_equal(play(p, i * 10, i < 20 ? 22 : 24), BAD);
	play_free(p);
}

/* An hour of noise of half a degree each way fires neither. */
static void
test_noise(void **state)
{
	uint32_t seed = 1;

	(void)state;
	struct play *p = make(2, 3);
	for (int i = 0; i < 3600; i++)
		if (play(p, i * 10, 22 + 0.4 * play_noise(&seed)) == BAD)
			fail_msg("bad at %d s: %s", i * 10, p->why.text);
	play_free(p);
}

/* 0.3 K a minute is below the line's limit and 3 K in a quarter of an hour all the same. */
static void
test_by(void **state)
{
	(void)state;
	struct play *p = make(1, 3);
	double at = first_bad(p, 0.3, 10, 0.1);
	assert_true(at > 590 && at < 680);
	assert_int_equal(p->why.why.code, REASON_RISING);
	/* It lies still: good once less than half of it is within the window. */
	enum verdict v = BAD;
	double t = 300 + at, held = p->in.value;
	for (; v == BAD && t < 3000; t += 10)
		v = play(p, t, held);
	assert_int_equal(v, OK);
	assert_true(t - 300 - at > 200 && t - 300 - at < 900);
	play_free(p);
	p = make(NAN, -3);
	for (int i = 0; i < 100; i++)
		play(p, i * 10, 22 - 0.04 * i);
	assert_int_equal(p->verdict, BAD);
	assert_int_equal(p->why.why.code, REASON_FALLING);
	play_free(p);
}

/* Bad until it is less than half of the limit, or than `clear`; the reason in parts. */
static void
test_clear(void **state)
{
	(void)state;
	for (int given = 0; given < 2; given++) {
		struct play *p = make(1, NAN);
		double v = 22, t = 0;
		if (given)
			play_number(p, "clear", 0.8);
		for (; t < 300; t += 10, v += 2.0 / 6)
			play(p, t, v);
		assert_int_equal(p->verdict, BAD);
		assert_int_equal(p->why.why.code, REASON_RISING);
		assert_float_equal(p->why.why.v[0], 2, 1e-6);
		assert_float_equal(p->why.why.v[1], 60, 1e-6);
		assert_float_equal(p->why.beyond, 1, 1e-6);
		assert_string_equal(p->why.text, "rising by 2 °C/min over 1 min");
		for (int i = 0; i < 12; i++, t += 10, v += 0.7 / 6)
			play(p, t, v);
		assert_int_equal(p->verdict, given ? OK : BAD);
		for (int i = 0; i < 12; i++, t += 10, v += 0.3 / 6)
			play(p, t, v);
		assert_int_equal(p->verdict, OK);
		play_free(p);
	}
}

/* A window that is not known for 60 % cannot be judged; nor can an unknown value. */
static void
test_gaps(void **state)
{
	(void)state;
	struct play *p = make(1, NAN);
	assert_int_equal(play(p, 0, 22), UNK);
	assert_int_equal(play(p, 5, 23), UNK);
	assert_int_equal(play(p, 10, 24), UNK);
	assert_int_equal(play(p, 15, 25), UNK);
	assert_int_equal(play(p, 40, NAN), UNK);
	assert_int_equal(play(p, 55, 26), UNK);
	assert_int_equal(play(p, 60, 27), UNK);
	for (int i = 0; i < 12; i++)
		play(p, 65 + i * 5, 27);
	assert_int_equal(p->verdict, OK);
	play_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ramps),
		cmocka_unit_test(test_outlier),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_by),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_gaps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
