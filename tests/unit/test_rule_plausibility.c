/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plausibility: sensors that break, and fires, which never pass for such. */
#include "tests/unit/rule_fixture.h"

#define HOUR 3600.0
#define DAY 86400.0

/* The inlet's rule as it is shipped. */
static struct play *
make(unsigned neighbours)
{
	struct play *p = play_new("plausibility");
	play_number(p, "least", -20);
	play_number(p, "most", 90);
	play_number(p, "jump", 10);
	play_duration(p, "flat", 6 * 3600000);
	play_number(p, "moved", 3);
	play_number(p, "off", 12);
	p->in.nneighbours = neighbours;
	p->in.median = neighbours > 0 ? 22 : NAN;
	return p;
}

/* An hour of ordinary readings. */
static double
settle(struct play *p, uint32_t *seed)
{
	double t = 0;

	for (; t < HOUR; t += 10)
		if (play(p, t, 22 + 0.3 * play_noise(seed)) != OK)
			fail_msg("at %g s: %s", t, p->why.text);
	return t;
}

static void
test_unphysical(void **state)
{
	uint32_t seed = 1;

	(void)state;
	struct play *p = make(5);
	double t = settle(p, &seed);
	assert_int_equal(play(p, t, 127.5), BAD);
	assert_int_equal(p->why.why.code, REASON_UNPHYSICAL);
	assert_float_equal(p->why.limit, 90, 0);
	assert_int_equal(play(p, t + 10, NAN), UNK);
	assert_int_equal(play(p, t + 20, -40), BAD);
	assert_float_equal(p->why.limit, -20, 0);
	assert_int_equal(play(p, t + 30, 22.1), OK);
	play_free(p);
}

/* A peak of one reading or two is doubted as long as it lasts. */
static void
test_peaks(void **state)
{
	(void)state;
	for (int length = 1; length <= 3; length++) {
		uint32_t seed = 1;
		struct play *p = make(length == 1 ? 5 : 0);
		double t = settle(p, &seed);
		for (int i = 0; i < length; i++, t += 10) {
			assert_int_equal(play(p, t, 60), BAD);
			assert_int_equal(p->why.why.code, REASON_JUMPS);
		}
		assert_int_equal(play(p, t, 22), OK);
		play_free(p);
	}
}

/* One that leaps about is doubted at each leap. */
static void
test_leaps(void **state)
{
	uint32_t seed = 1;
	unsigned bad = 0;

	(void)state;
	struct play *p = make(5);
	double t = settle(p, &seed);
	for (int i = 0; i < 100; i++, t += 10) {
		double v = i % 2 == 0 ? 55 : 22;
		enum verdict want = i % 2 == 0 ? BAD : OK;
		assert_int_equal(play(p, t, v), want);
		bad += want == BAD;
	}
	assert_int_equal(bad, 50);
	play_free(p);
}

/* Alone in its zone it is believed where it stays; beside others that say otherwise it is not. */
static void
test_new_level(void **state)
{
	(void)state;
	for (unsigned neighbours = 0; neighbours <= 5; neighbours += 5) {
		uint32_t seed = 1;
		struct play *p = make(neighbours);
		double t = settle(p, &seed);
		for (int i = 0; i < 3; i++, t += 10)
			assert_int_equal(play(p, t, 45 + 0.2 * (i % 2)), BAD);
		for (int i = 0; i < 500; i++, t += 10)
			assert_int_equal(play(p, t, 45 + 0.2 * (i % 2)), neighbours > 0 ? BAD : OK);
		if (neighbours > 0)
			assert_int_equal(p->why.why.code, REASON_CONTRADICTS);
		for (int i = 0; i < 10; i++, t += 10)
			play(p, t, 23);
		assert_int_equal(p->verdict, OK);
		play_free(p);
	}
}

/* A lone inlet that rises steadily is a fire, whatever its neighbours say, at any speed, and
 * however long it then stays hot. */
static void
test_fire(void **state)
{
	static const double speeds[] = { 0.05, 0.3, 1, 2, 5, 10, 40 }; /* K a minute */
	static const double steps[] = { 1, 10, 60 };

	(void)state;
	for (size_t k = 0; k < sizeof speeds / sizeof speeds[0]; k++) {
		for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++) {
			uint32_t seed = 1;
			struct play *p = make(8);
			double step = steps[j], v = 22, t = 0;
			if (speeds[k] * step / 60 > 9)
				step = 10;
			for (; t < HOUR; t += step)
				play(p, t, 22 + 0.3 * play_noise(&seed));
			while (v < 70) {
				v += speeds[k] * step / 60;
				t += step;
				if (play(p, t, v + 0.1 * play_noise(&seed)) != OK)
					fail_msg("%g K/min, each %g s, at %.1f: %s", speeds[k],
					    step, v, p->why.text);
			}
			for (double end = t + 3 * DAY; t < end; t += 60)
				if (play(p, t, v + 0.3 * play_noise(&seed)) != OK)
					fail_msg("%g K/min, stays: %s", speeds[k], p->why.text);
			play_free(p);
		}
	}
}

/* 2 K a minute for 5 minutes, alone: the brief's own. Whole degrees, and tenths. */
static void
test_lone_inlet(void **state)
{
	(void)state;
	for (int coarse = 0; coarse < 2; coarse++) {
		struct play *p = make(8);
		for (int i = 0; i < 200; i++)
			assert_int_equal(play(p, i * 10, 22), OK);
		for (int i = 0; i <= 30; i++) {
			double v = 22 + 2.0 * i / 6;
			assert_int_equal(play(p, 2000 + i * 10, coarse ? floor(v) : v), OK);
		}
		play_free(p);
	}
}

/* A flash: more in one reading than can be, but it goes on rising. It is believed within 5. */
static void
test_flash(void **state)
{
	uint32_t seed = 1;

	(void)state;
	struct play *p = make(8);
	double t = settle(p, &seed), v = 38;
	for (int i = 0; i < 5; i++, t += 10, v += 3)
		play(p, t, v);
	assert_int_equal(p->verdict, OK);
	for (int i = 0; i < 8; i++, t += 10, v += 3)
		assert_int_equal(play(p, t, v), OK);
	play_free(p);
}

/* A flash at its height, more than can be from each reading to the next: doubted at first only. */
static void
test_blaze(void **state)
{
	uint32_t seed = 1;

	(void)state;
	struct play *p = make(8);
	double t = settle(p, &seed), v = 34;
	for (int i = 0; i < 5; i++, t += 10, v += 10.5)
		play(p, t, v);
	assert_int_equal(p->verdict, OK);
	assert_int_equal(play(p, t, v), OK);
	assert_true(v < 90);
	play_free(p);
}

/* All rise together, as fast as may be: nothing is doubted; nor one that lags behind. */
static void
test_together(void **state)
{
	uint32_t seed = 1;

	(void)state;
	struct play *p = make(8);
	double t = settle(p, &seed);
	for (int i = 0; i < 20; i++, t += 10) {
		p->in.median = 22 + 2.5 * i;
		assert_int_equal(play(p, t, 22 + 2.4 * i), OK);
	}
	play_free(p);
	p = make(8);
	t = settle(p, &seed);
	for (int i = 0; i < 60; i++, t += 10) {
		p->in.median = 22 + 0.4 * i;
		assert_int_equal(play(p, t, 22 + 0.05 * i), OK);
	}
	play_free(p);
	/* All leap at once: a door was opened, or all are read by one controller. */
	p = make(8);
	t = settle(p, &seed);
	p->in.median = 35;
	assert_int_equal(play(p, t, 36), OK);
	play_free(p);
}

/* Exactly the same for hours: no matter while the others stand too, or while one alone of them
 * moves (their middle stands); doubted once their middle moved. */
static void
test_flat(void **state)
{
	double t = 0;

	(void)state;
	struct play *p = make(8);
	p->in.moved = 9; /* one is on fire */
	for (; t < 12 * HOUR; t += 60)
		assert_int_equal(play(p, t, 22), OK);
	for (; t < 14 * HOUR; t += 60) {
		p->in.median = 22 + 4 * (t / HOUR - 12) / 2;
		play(p, t, 22);
	}
	assert_int_equal(p->verdict, BAD);
	assert_int_equal(p->why.why.code, REASON_FLAT);
	assert_true(p->why.why.v[0] > 13 * HOUR);
	assert_true(p->why.why.v[1] > 3 && p->why.why.v[1] <= 4);
	/* The others are back: it is flat all the same; the least change is life. */
	p->in.median = 22;
	assert_int_equal(play(p, t, 22), BAD);
	assert_int_equal(play(p, t + 60, 22.1), OK);
	/* Not for long enough. */
	p->in.median = 30;
	for (double end = t + 5 * HOUR; t < end; t += 60)
		assert_int_equal(play(p, t + 120, 22.1), OK);
	play_free(p);
}

/* A drift of weeks is no fire; what was off from the first reading on may be one. */
static void
test_drift(void **state)
{
	(void)state;
	struct play *p = make(5);
	for (double t = 0; t < 20 * DAY; t += 600)
		play(p, t, 22 + t / DAY);
	assert_int_equal(p->verdict, BAD);
	assert_int_equal(p->why.why.code, REASON_CONTRADICTS);
	assert_float_equal(p->why.why.v[0], 22, 0);
	assert_float_equal(p->why.why.v[1], 12, 0);
	/* With too few neighbours nobody can tell. */
	p->in.nneighbours = 2;
	assert_int_equal(play(p, 20 * DAY, 42), OK);
	play_free(p);
	p = make(5);
	for (double t = 0; t < 3 * DAY; t += 600)
		assert_int_equal(play(p, t, 41), OK);
	play_free(p);
}

/* After a gap nobody knows how it came there. */
static void
test_gap(void **state)
{
	uint32_t seed = 1;

	(void)state;
	struct play *p = make(5);
	double t = settle(p, &seed);
	assert_int_equal(play(p, t + 300, 33), OK);
	play_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unphysical),
		cmocka_unit_test(test_peaks),
		cmocka_unit_test(test_leaps),
		cmocka_unit_test(test_new_level),
		cmocka_unit_test(test_fire),
		cmocka_unit_test(test_lone_inlet),
		cmocka_unit_test(test_flash),
		cmocka_unit_test(test_blaze),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_gap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
