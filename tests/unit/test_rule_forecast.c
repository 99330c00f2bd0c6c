/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast: disks that fill within days, air that heats within minutes, and what only looks so. */
#include "tests/unit/rule_fixture.h"

#define HOUR 3600.0
#define DAY 86400.0

static struct play *
make(double limit, double within_s, double over_s)
{
	struct play *p = play_new("forecast");
	play_number(p, "limit", limit);
	play_duration(p, "within", (int64_t)(within_s * 1000));
	play_duration(p, "over", (int64_t)(over_s * 1000));
	return p;
}

/* 24 °C, then 1.5 K a minute: 32 °C is foretold within 5 min of it, and at about the right time. */
static void
test_air(void **state)
{
	uint32_t seed = 7;
	double there = 300 + (32 - 24) / 1.5 * 60, first = -1;

	(void)state;
	struct play *p = make(32, 300, 180);
	for (double t = 0; t < there; t += 10) {
		double v = 24 + (t > 300 ? 1.5 * (t - 300) / 60 : 0) + 0.1 * play_noise(&seed);
		if (play(p, t, v) != BAD) {
			assert_true(first < 0); /* once foretold it holds */
			continue;
		}
		if (first >= 0)
			continue;
		first = t;
		assert_int_equal(p->why.why.code, REASON_REACHES);
		assert_float_equal(p->why.why.v[0], 32, 0);
		assert_float_equal(p->why.limit, 32, 0);
		double from = p->why.why.v[2], to = p->why.why.v[3];
		assert_true(from <= p->why.why.v[1] && p->why.why.v[1] <= to);
		assert_true(t + from < there + 20 && t + to > there);
	}
	assert_true(first >= 0 && first - 300 <= 150);
	/* It is there: what was foretold holds. */
	assert_int_equal(play(p, there + 10, 32.3), BAD);
	assert_string_equal(p->why.text, "has reached 32 °C");
	play_free(p);
}

/* A disk that gains 1.5 % an hour is full within a day; the window is a day, read each minute. */
static void
test_disk(void **state)
{
	uint32_t seed = 3;
	double first = -1;

	(void)state;
	struct play *p = make(100, DAY, DAY);
	p->in.unit = "%";
	for (double t = 0; t < 3 * DAY; t += 60) {
		double v = 50 + (t > DAY ? 1.0 * (t - DAY) / HOUR : 0) + 0.05 * play_noise(&seed);
		if (v < 100 && play(p, t, v) == BAD && first < 0) {
			first = t;
			assert_true(p->why.why.v[1] <= DAY);
			assert_true(strstr(p->why.text, "reaches 100 % in about ") != NULL);
		}
	}
	/* Full at 50 h after the begin of the rise; told when at most a day is left. */
	assert_true(first >= DAY + 24 * HOUR && first < DAY + 36 * HOUR);
	play_free(p);
}

struct course {
	const char *name;
	double (*value)(double t_s, uint32_t *seed);
};

static double
noise(double t, uint32_t *seed)
{
	(void)t;
	return 60 + 3 * play_noise(seed);
}

/* A walk at random, drawn back to its middle: like its neighbours, and going nowhere. */
static double
wander(double t, uint32_t *seed)
{
	static double v;
	v = t == 0 ? 0 : 0.99 * v + 0.4 * play_noise(seed);
	return 60 + v;
}

/* Filled over the day, cleared in the night. */
static double
saw(double t, uint32_t *seed)
{
	return 60 + 10 * fmod(t, DAY) / DAY + 0.1 * play_noise(seed);
}

static double
step(double t, uint32_t *seed)
{
	return (t < 30 * HOUR ? 60 : 80) + 0.1 * play_noise(seed);
}

static double
wave(double t, uint32_t *seed)
{
	return 70 + 8 * sin(t / DAY * 2 * 3.14159265) + 0.2 * play_noise(seed);
}

static double
slows(double t, uint32_t *seed)
{
	return 60 + 25 * (1 - exp(-t / (6 * HOUR))) + 0.1 * play_noise(seed);
}

static double
flat(double t, uint32_t *seed)
{
	(void)t;
	(void)seed;
	return 89.9;
}

static double
falls(double t, uint32_t *seed)
{
	return 98 - t / DAY + 0.1 * play_noise(seed);
}

/* What goes nowhere is never foretold to be full within half a day. */
static void
test_nowhere(void **state)
{
	static const struct course courses[] = { { "noise", noise }, { "wander", wander },
		{ "saw", saw }, { "step", step }, { "wave", wave }, { "slows", slows },
		{ "flat", flat }, { "falls", falls } };

	(void)state;
	for (size_t i = 0; i < sizeof courses / sizeof courses[0]; i++) {
		uint32_t seed = 11;
		struct play *p = make(100, DAY / 2, DAY);
		for (double t = 0; t < 10 * DAY; t += 120)
			if (play(p, t, courses[i].value(t, &seed)) == BAD)
				fail_msg("%s: bad at %.1f h: %s", courses[i].name, t / HOUR,
				    p->why.text);
		play_free(p);
	}
}

/* The air's own noise for a day at 20 sensors: none foretells a fire. */
static void
test_air_noise(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (int sensor = 0; sensor < 20; sensor++) {
		struct play *p = make(32, 600, 300);
		double v = 0;
		for (int i = 0; i < 8640; i++) {
			v = 0.98 * v + 0.05 * play_noise(&seed);
			double wave = 0.8 * sin(i * 10 / 900.0 * 2 * 3.14159265);
			if (play(p, i * 10, 0.1 * floor((24 + wave + v) * 10)) == BAD)
				fail_msg("sensor %d bad at %d s: %s", sensor, i * 10, p->why.text);
		}
		play_free(p);
	}
}

/* Down to a limit: a UPS's runtime. The way up is no matter then. */
static void
test_falling(void **state)
{
	(void)state;
	for (int down = 0; down < 2; down++) {
		struct play *p = make(5, 600, 120);
		*(bool *)play_key(p, "falling") = true;
		for (int i = 0; i < 20; i++)
			play(p, i * 10, down ? 20 - i * 0.4 : 6 + i * 0.4);
		assert_int_equal(p->verdict, down ? BAD : OK);
		play_free(p);
	}
}

/* It stops: good again when the line no longer gets there. Without readings: what was holds. */
static void
test_clear(void **state)
{
	(void)state;
	struct play *p = make(32, 300, 120);
	double t = 0;
	assert_int_equal(play(p, -500, 22), UNK);
	for (; t < 300; t += 10)
		play(p, t, 24 + t / 60);
	assert_int_equal(p->verdict, BAD);
	assert_int_equal(play(p, t, NAN), UNK);
	for (; t < 600; t += 10)
		play(p, t, 29);
	assert_int_equal(p->verdict, OK);
	play_free(p);
}

/* One reading alone foretells nothing. */
static void
test_outlier(void **state)
{
	(void)state;
	for (int where = 0; where < 40; where++) {
		struct play *p = make(32, 300, 120);
		for (int i = 0; i < 40; i++)
			if (play(p, i * 10, (i == where ? 31 : 24) + 0.1 * (i % 3)) == BAD)
				fail_msg("outlier at %d: bad at %d", where, i);
		play_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_air),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_nowhere),
		cmocka_unit_test(test_air_noise),
		cmocka_unit_test(test_falling),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_outlier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
