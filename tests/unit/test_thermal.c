/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thermal: simulated rooms T(t) = T0 + r tau (1 - exp(-t / tau)) with noise, in steps of 10 s: how
 * near the countdown is and how often its band holds the true time; liars; learned events. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/thermal.h"
#include "collector/alert/thermal_fit.h"

#define T0_MS INT64_C(1700000000000)
#define LIMIT 32.0
#define ROOMS 1000
#define INLETS 9
#define assert_near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

/* A generator of its own: the same rooms on each machine. */
static double
uniform(uint64_t *s, double from, double to)
{
	*s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return from + (to - from) * (double)(*s >> 11) / 9007199254740992.0;
}

struct room {
	double start; /* °C, of the inlets on average */
	double rate;  /* K/min at first */
	double tau;   /* s */
	double offset[INLETS];
	uint64_t seed;
};

static struct room
room_new(uint64_t *seed)
{
	struct room r = { .start = uniform(seed, 22, 26) };
	r.rate = uniform(seed, 0.5, 3);
	r.tau = uniform(seed, 300, 1800);
	for (int i = 0; i < INLETS; i++)
		r.offset[i] = uniform(seed, -1, 1);
	r.seed = *seed;
	return r;
}

static double
rise(const struct room *r, double s)
{
	return s <= 0 ? 0 : r->rate / 60 * r->tau * (1 - exp(-s / r->tau));
}

/* When the hottest inlet is at the limit, s after the cooling stopped; INFINITY. */
static double
reaches(const struct room *r)
{
	double top = r->offset[0];
	for (int i = 1; i < INLETS; i++)
		top = fmax(top, r->offset[i]);
	return fit_left(LIMIT - r->start - top, r->rate / 60, r->tau);
}

/* Let the room be read from from_s to to_s (0: its cooling stops), a tick each second. */
static struct zone_air run(
    struct thermal *t, struct room *r, int from_s, int to_s, bool unit, struct thermal_event *ev);

static void
note(void *arg, const struct thermal_event *ev)
{
	struct thermal_event *got = arg;
	if (got != NULL)
		*got = *ev;
}

static struct zone_air
run(struct thermal *t, struct room *r, int from_s, int to_s, bool unit, struct thermal_event *ev)
{
	struct zone_air air = { .inlets = 0 };
	for (int s = from_s; s <= to_s; s++) {
		int64_t now = T0_MS + s * INT64_C(1000);
		if (unit)
			thermal_unit(t, 0, s < 0, s < 0 ? 0 : T0_MS);
		for (int i = 0; i < INLETS; i++)
			if ((s + i + 100000) % 10 == 0)
				thermal_inlet(t, (uint32_t)i + 1, 0, "n", now,
				    r->start + r->offset[i] + rise(r, s) +
					uniform(&r->seed, -0.1, 0.1));
		thermal_tick(t, now, &air, note, ev);
	}
	return air;
}

struct score {
	unsigned rooms;
	unsigned held;
	unsigned absent;
	double error[ROOMS]; /* relative */
	double width[ROOMS]; /* of the band, relative to the truth */
};

/* ROOMS random rooms that do reach the limit within 2 h; looked at after_s after the stop. */
static void
play(struct score *sc, int after_s, bool unit, unsigned lessons, uint64_t seed)
{
	*sc = (struct score){ 0 };
	while (sc->rooms < ROOMS) {
		struct room r = room_new(&seed);
		double truth = reaches(&r) - after_s;
		if (!(truth > 20 && truth < 3600))
			continue;
		struct thermal *t = thermal_new(LIMIT);
		for (unsigned i = 0; i < lessons; i++) {
			struct thermal_event ev = { .began_ms = i, .power = NAN, .rise = 5 };
			ev.tau_s = r.tau * uniform(&seed, 0.8, 1.25);
			ev.first_rate = rise(&r, 120) / 2 * uniform(&seed, 0.85, 1.15);
			thermal_learn(t, &ev);
		}
		struct zone_air air = run(t, &r, -60, after_s, unit, NULL);
		unsigned i = sc->rooms++;
		thermal_free(t);
		if (isnan(air.left_s)) {
			sc->absent++;
			sc->error[i] = 1;
			continue;
		}
		assert_true(air.earliest_s <= air.left_s && air.left_s <= air.latest_s);
		sc->held += air.earliest_s <= truth && truth <= air.latest_s;
		sc->error[i] = fabs(air.left_s - truth) / truth;
		sc->width[i] = (air.latest_s - air.earliest_s) / truth;
	}
	print_message(
	    "after %d s, unit %s, %u lessons: in band %.1f %%, none %.1f %%, median error "
	    "%.0f %%, median width %.0f %%\n",
	    after_s, unit ? "known" : "unknown", lessons, sc->held * 100.0 / ROOMS,
	    sc->absent * 100.0 / ROOMS, fit_median(sc->error, ROOMS) * 100,
	    fit_median(sc->width, ROOMS) * 100);
}

static void
test_rooms(void **state)
{
	(void)state;
	static struct score sc;
	play(&sc, 60, true, 0, 1);
	assert_true(sc.held >= ROOMS * 90 / 100);
	play(&sc, 60, false, 0, 2);
	assert_true(sc.held >= ROOMS * 90 / 100);
	play(&sc, 120, true, 0, 3);
	assert_true(sc.held >= ROOMS * 90 / 100);
	play(&sc, 60, true, 5, 4);
	assert_true(sc.held >= ROOMS * 90 / 100);
	assert_true(fit_median(sc.error, ROOMS) < 0.15);
	assert_true(fit_median(sc.width, ROOMS) < 1.5);
	play(&sc, 20, true, 5, 5);
	assert_true(sc.held >= ROOMS * 85 / 100);
	play(&sc, 20, true, 0, 6);
}

/* The sentence: 9 inlets rising, hottest 29.8 °C, +1.6 °C/min, 32 °C in about 1.4 min. */
static void
test_sentence(void **state)
{
	(void)state;
	struct thermal *t = thermal_new(LIMIT);
	struct zone_air air;
	for (int s = 0; s <= 60; s++) {
		int64_t now = T0_MS + s * INT64_C(1000);
		for (int i = 0; i < 9 && s % 10 == 0; i++)
			thermal_inlet(t, (uint32_t)i + 10, 2, i == 4 ? "srv-17" : "srv", now,
			    28.2 - 0.1 * abs(i - 4) + 1.6 * s / 60);
		thermal_unit(t, 0, true, 0);
		thermal_unit(t, 1, false, T0_MS);
		thermal_supply(t, 7, now, 19.5);
		thermal_supply(t, 8, now, 18.5);
		thermal_tick(t, now, &air, NULL, NULL);
	}
	assert_int_equal(air.inlets, 9);
	assert_int_equal(air.rising, 9);
	assert_near(air.hottest, 29.8, 1e-6);
	assert_string_equal(air.node, "srv-17");
	assert_int_equal(air.sid, 14);
	assert_int_equal(air.field, 2);
	assert_near(air.rate, 1.6, 1e-6);
	assert_near(air.left_s / 60, 1.375, 0.01);
	assert_true(air.earliest_s < air.left_s && air.left_s < air.latest_s);
	assert_int_equal(air.units, 2);
	assert_int_equal(air.off, 1);
	assert_int_equal(air.off_ms, T0_MS);
	assert_near(air.supply, 19.5, 1e-6);
	assert_int_equal(air.learned, 0);
	thermal_free(t);
}

/* A room at rest is approached by nothing, whatever one sensor says. */
static void
test_liars(void **state)
{
	(void)state;
	static const double lies[] = { 31.5, 45, 85, -20 };
	for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
		struct thermal *t = thermal_new(LIMIT);
		struct room r = { .start = 24, .tau = 600, .seed = k + 1 };
		struct zone_air air = run(t, &r, -120, -1, true, NULL);
		assert_true(isnan(air.left_s));
		int64_t now = T0_MS;
		for (int s = 0; s < 40; s++, now += 1000) { /* it jumps, and stays */
			for (int i = 0; i < INLETS; i++)
				if ((s + i) % 10 == 0)
					thermal_inlet(t, (uint32_t)i + 1, 0, "n", now,
					    i == 3 ? lies[k] : 24 + uniform(&r.seed, -.1, .1));
			thermal_tick(t, now, &air, NULL, NULL);
			assert_true(air.hottest < 24.2);
			assert_true(isnan(air.left_s));
			assert_true(fabs(air.rate) < 0.5);
		}
		assert_int_equal(air.inlets, INLETS);
		thermal_free(t);
	}
	/* One that is stuck while the others heat counts for nothing. */
	struct thermal *t = thermal_new(LIMIT);
	struct zone_air air;
	for (int s = 0; s <= 300; s++)
		for (int i = 0; i < 5; i++) {
			int64_t now = T0_MS + s * INT64_C(1000);
			if (s % 10 == 0)
				thermal_inlet(
				    t, (uint32_t)i + 1, 0, "n", now, i == 0 ? 18 : 24 + s / 60.0);
			thermal_tick(t, now, &air, NULL, NULL);
		}
	assert_near(air.left_s, 180, 5);
	assert_near(air.mean, 29, 0.1);
	thermal_free(t);
}

/* Inlets that send no more are not among them; nor do single samples make a slope. */
static void
test_silent(void **state)
{
	(void)state;
	struct thermal *t = thermal_new(LIMIT);
	struct zone_air air;
	thermal_tick(t, T0_MS, &air, NULL, NULL);
	assert_int_equal(air.inlets, 0);
	assert_true(isnan(air.hottest) && isnan(air.left_s) && isnan(air.rate));
	thermal_inlet(t, 1, 0, "n", T0_MS, 40);
	thermal_inlet(t, 1, 0, "n", T0_MS, 20);		/* not newer */
	thermal_inlet(t, 1, 0, "n", T0_MS + 1000, NAN); /* nothing */
	thermal_tick(t, T0_MS + 1000, &air, NULL, NULL);
	assert_near(air.hottest, 40, 0);
	assert_near(air.left_s, 0, 0);
	assert_true(isnan(air.rate));
	thermal_tick(t, T0_MS + 31000, &air, NULL, NULL);
	assert_int_equal(air.inlets, 0);
	assert_true(isnan(air.left_s));
	thermal_free(t);
}

/* After a restart the samples may be minutes old. How the air went since is not known: the line
 * does not run on to the limit by itself. */
static void
test_old_samples(void **state)
{
	(void)state;
	struct thermal *t = thermal_new(LIMIT);
	struct zone_air air;
	thermal_unit(t, 0, false, T0_MS - 60000);
	for (int i = 0; i < 3; i++)
		thermal_inlet(t, 1, 0, "n", T0_MS + i * INT64_C(60000), 25.9 + 2 * i);
	thermal_tick(t, T0_MS + 120000, &air, NULL, NULL);
	assert_near(air.left_s, 63, 3);
	thermal_tick(t, T0_MS + 140000, &air, NULL, NULL); /* the next is not due yet */
	assert_near(air.left_s, 43, 3);
	thermal_tick(t, T0_MS + 290000, &air, NULL, NULL);
	assert_near(air.hottest, 29.9, 0);
	assert_true(air.inlets == 1 && air.left_s > 0 && air.latest_s > 0);
	thermal_free(t);
}

/* A heating teaches its first rate and its tau; then the next is foreseen within seconds, before
 * any slope tells of it, and by its load. */
static void
test_learns(void **state)
{
	(void)state;
	struct thermal_event ev = { .first_rate = 0 };
	struct thermal *t = thermal_new(LIMIT);
	struct room r = { .start = 23, .rate = 1.5, .tau = 600, .seed = 5 };
	thermal_power(t, 10000);
	run(t, &r, -60, 600, true, &ev);
	assert_true(ev.first_rate == 0); /* it is not over */
	struct zone_air air;
	thermal_unit(t, 0, true, 0);
	thermal_tick(t, T0_MS + 601000, &air, note, &ev);
	print_message(
	    "learned: %.2f K/min, tau %.0f s, %.1f K\n", ev.first_rate, ev.tau_s, ev.rise);
	assert_int_equal(ev.began_ms, T0_MS);
	assert_near(ev.first_rate, 1.5, 0.2);
	assert_near(ev.tau_s, 600, 150);
	assert_near(ev.rise, 9.48, 0.3);
	assert_near(ev.power, 10000, 0);
	thermal_free(t);

	t = thermal_new(LIMIT);
	(void)snprintf(ev.zone, sizeof ev.zone, "A");
	thermal_learn(t, &ev);
	thermal_power(t, 20000);
	r = (struct room){ .start = 23, .rate = 3, .tau = 600, .seed = 6 };
	air = run(t, &r, -60, 5, true, NULL);
	double truth = reaches(&r) - 5;
	print_message("5 s after: %.0f s (%.0f to %.0f), true %.0f\n", air.left_s, air.earliest_s,
	    air.latest_s, truth);
	assert_int_equal(air.learned, 1);
	assert_true(air.earliest_s <= truth && truth <= air.latest_s);
	assert_true(fabs(air.left_s - truth) < truth * 0.35);
	thermal_free(t);
}

/* A test of the cooling of half a minute teaches nothing. */
static void
test_short(void **state)
{
	(void)state;
	struct thermal_event ev = { .first_rate = 0 };
	struct thermal *t = thermal_new(LIMIT);
	struct room r = { .start = 23, .rate = 1.5, .tau = 600, .seed = 5 };
	struct zone_air air = run(t, &r, -60, 30, true, &ev);
	assert_int_equal(air.off, 1);
	thermal_unit(t, 0, true, 0);
	thermal_tick(t, T0_MS + 31000, &air, note, &ev);
	assert_int_equal(air.off, 0);
	assert_true(ev.first_rate == 0);
	thermal_free(t);
}

static void
test_fit(void **state)
{
	(void)state;
	double t[30], v[30];
	for (int i = 0; i < 30; i++) {
		t[i] = i * 10;
		v[i] = 20 + 0.02 * t[i];
	}
	struct fit_line line = fit_line(t, v, 30, 300);
	assert_true(line.known);
	assert_near(line.slope, 0.02, 1e-9);
	assert_near(line.value, 26, 1e-9);
	assert_false(fit_line(t, v, 2, 0).known);
	assert_true(isnan(fit_tau(t, v, 30)));
	for (int i = 0; i < 30; i++)
		v[i] = 20 + 6 * (1 - exp(-t[i] / 200));
	assert_near(fit_tau(t, v, 30), 200, 10);
	assert_near(fit_left(2.2, 1.6 / 60, INFINITY), 82.5, 1e-9);
	assert_true(isinf(fit_left(5, 0.01, 400)));
	assert_true(isinf(fit_left(5, -0.01, 400)));
	assert_near(fit_left(-1, 0.01, 400), 0, 0);
	assert_true(isnan(fit_median(v, 0)));
}

/* The hottest is told before the next tick; but of what may be a probe's fault, and of one that
 * lied, the tick decides. */
static void
test_hottest_at_once(void **state)
{
	struct thermal *t = thermal_new(LIMIT);
	struct zone_air air;
	(void)state;
	for (int s = 0; s < 5; s++) {
		for (uint32_t i = 1; i <= 5; i++)
			thermal_inlet(t, i, 0, "a", T0_MS + s * 1000, i == 5 ? 60 : 24 + i * 0.1);
		thermal_tick(t, T0_MS + s * 1000, &air, NULL, NULL);
	}
	assert_near(air.hottest, 24.4, 1e-9);
	thermal_inlet(t, 2, 0, "b", T0_MS + 5000, 25.5);
	thermal_hottest(t, &air);
	assert_near(air.hottest, 25.5, 1e-9);
	assert_int_equal(air.sid, 2);
	assert_string_equal(air.node, "a");
	thermal_inlet(t, 2, 0, "b", T0_MS + 6000, 24);
	thermal_hottest(t, &air);
	assert_near(air.hottest, 24.4, 1e-9);
	assert_int_equal(air.sid, 4);
	thermal_inlet(t, 3, 0, "c", T0_MS + 7000, 70);
	thermal_inlet(t, 5, 0, "e", T0_MS + 7000, 25);
	thermal_hottest(t, &air);
	assert_near(air.hottest, 24.4, 1e-9);
	thermal_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_liars),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_old_samples),
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_rooms),
		cmocka_unit_test(test_hottest_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
