/* link: zwfigures */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lengths of time, and what is known of one thing by rows, silences, absences and plans. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/report/figures/uptime.h"

#define STEP 300
#define ROWS 24 /* two hours */

/* A thing of which all is told in seconds from 0 on. */
struct thing {
	double down[ROWS];
	struct uptime_facts f;
	struct uptime u;
};

/* All rows known and up. */
static struct thing
thing(void)
{
	struct thing t = { .f = { .to_ms = ROWS * STEP * 1000 } };

	memset(t.down, 0, sizeof t.down);
	return t;
}

/* Rows from..to (seconds; whole rows) are so. */
static void
rows(struct thing *t, int from_s, int to_s, double down)
{
	for (int i = from_s / STEP; i < to_s / STEP; i++)
		t->down[i] = down;
}

static void
add(struct stretches *s, int from_s, int to_s)
{
	stretches_add(s, (int64_t)from_s * 1000, (int64_t)to_s * 1000);
	stretches_join(s, 0);
}

static void
judge(struct thing *t)
{
	t->f.rows = (struct uptime_rows){ 0, STEP * 1000, ROWS, t->down };
	uptime_judge(&t->u, &t->f);
}

static void
forget(struct thing *t)
{
	uptime_free(&t->u);
	uptime_facts_free(&t->f);
}

/* The list is these seconds, pairs of them; -1 ends. */
static void
is(const struct stretches *s, ...)
{
	va_list ap;
	size_t n = 0;

	va_start(ap, s);
	for (int from; (from = va_arg(ap, int)) != -1; n++) {
		int to = va_arg(ap, int);
		if (n >= s->n || s->v[n].from_ms != from * 1000 || s->v[n].to_ms != to * 1000)
			fail_msg("%zu: not %d to %d, but %lld to %lld of %zu", n, from, to,
			    n < s->n ? (long long)s->v[n].from_ms : -1,
			    n < s->n ? (long long)s->v[n].to_ms : -1, s->n);
	}
	va_end(ap);
	assert_int_equal(s->n, n);
}

/* Each moment is in exactly one state. */
static void
whole(const struct thing *t)
{
	const struct stretches *all[] = { &t->u.absent, &t->u.unknown, &t->u.planned,
		&t->u.unplanned, &t->u.up };
	int64_t sum = 0;

	for (size_t i = 0; i < 5; i++)
		sum += stretches_ms(all[i]);
	assert_int_equal(sum, t->f.to_ms - t->f.from_ms);
}

static void
test_stretches(void **state)
{
	struct stretches a = { 0 }, b = { 0 };

	(void)state;
	stretches_add(&a, 50, 60);
	stretches_add(&a, 10, 20);
	stretches_add(&a, 15, 30); /* overlaps */
	stretches_add(&a, 30, 35); /* touches */
	stretches_add(&a, 7, 7);   /* none */
	stretches_add(&a, 9, 3);   /* less than none */
	stretches_join(&a, 0);
	assert_int_equal(a.n, 2);
	assert_int_equal(stretches_ms(&a), 35);
	assert_int_equal(stretches_within(&a, 20, 52), 17);
	stretches_add(&b, 0, 12);
	stretches_add(&b, 18, 22);
	stretches_add(&b, 34, 100);
	stretches_join(&b, 0);
	stretches_minus(&a, &b);
	assert_int_equal(a.n, 2); /* 12-18, 22-34 */
	assert_int_equal(a.v[0].from_ms, 12);
	assert_int_equal(a.v[1].to_ms, 34);
	stretches_both(&a, &b);
	assert_int_equal(a.n, 0);
	stretches_add_all(&a, &b);
	stretches_clip(&a, 20, 40);
	assert_int_equal(stretches_ms(&a), 8);
	stretches_join(&a, 12); /* 22 to 34 is not too far apart */
	assert_int_equal(a.n, 1);
	assert_int_equal(stretches_ms(&a), 20);
	stretches_free(&a);
	stretches_free(&b);
	stretches_minus(&a, &b);
	assert_int_equal(stretches_ms(&a), 0);
}

/* Silent by itself: down from the last that was heard to when it is heard again, exactly; and the
 * rows that have less than half for it are no gap beside it. */
static void
test_silent(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 900, 2100, NAN); /* 14 min from 15:20 on; rows at 15:00 to 30:00 */
	add(&t.f.silent, 920, 1960);
	judge(&t);
	is(&t.u.unplanned, 920, 1960, -1);
	is(&t.u.unknown, -1);
	is(&t.u.up, 0, 920, 1960, 7200, -1);
	whole(&t);
	forget(&t);
}

/* Too short to be seen in rows: the alert is believed. */
static void
test_short_silence(void **state)
{
	struct thing t = thing();

	(void)state;
	add(&t.f.silent, 1000, 1100);
	judge(&t);
	is(&t.u.unplanned, 1000, 1100, -1);
	whole(&t);
	forget(&t);
}

/* What came late proves that it ran, to the edges of the silence. */
static void
test_late_samples(void **state)
{
	struct thing t = thing();

	(void)state;
	add(&t.f.silent, 1000, 3000); /* all rows are known */
	judge(&t);
	is(&t.u.unplanned, -1);
	is(&t.u.up, 0, 7200, -1);
	whole(&t);
	forget(&t);
}

/* The spool had room for the first part only. */
static void
test_late_samples_of_a_part(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 1800, 3000, NAN);
	add(&t.f.silent, 1000, 3000);
	judge(&t);
	is(&t.u.unplanned, 1800, 3000, -1);
	whole(&t);
	forget(&t);
}

/* The collector was away: down of nobody, and unknown to the second where nothing came later. */
static void
test_collector_away(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 900, 1800, NAN);
	add(&t.f.blind, 1000, 1750);
	judge(&t);
	is(&t.u.unplanned, -1);
	is(&t.u.unknown, 1000, 1750, -1);
	whole(&t);
	forget(&t);
	/* All of it came later. */
	t = thing();
	add(&t.f.blind, 1000, 1750);
	judge(&t);
	is(&t.u.up, 0, 7200, -1);
	forget(&t);
}

/* A gap within an outage: the node was silent before and after the collector was away. */
static void
test_away_within_outage(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 600, 3600, NAN);
	add(&t.f.silent, 600, 3600);
	add(&t.f.blind, 1200, 1800);
	judge(&t);
	is(&t.u.unplanned, 600, 1200, 1800, 3600, -1);
	is(&t.u.unknown, 1200, 1800, -1);
	whole(&t);
	forget(&t);
}

/* No samples, and nobody says why. */
static void
test_gap_without_reason(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 3000, 3900, NAN);
	judge(&t);
	is(&t.u.unknown, 3000, 3900, -1);
	is(&t.u.unplanned, -1);
	whole(&t);
	forget(&t);
}

/* Open at both ends: it was down before, and is so still. */
static void
test_open_at_both_ends(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 0, 7200, NAN);
	add(&t.f.silent, -5000, 9000);
	judge(&t);
	is(&t.u.unplanned, 0, 7200, -1);
	whole(&t);
	forget(&t);
}

/* Maintenance ends before the outage does. */
static void
test_planned(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 600, 2400, NAN);
	add(&t.f.silent, 600, 2400);
	add(&t.f.planned, 300, 1500);
	judge(&t);
	is(&t.u.planned, 600, 1500, -1);
	is(&t.u.unplanned, 1500, 2400, -1);
	is(&t.u.up, 0, 600, 2400, 7200, -1); /* working on a thing that runs is no downtime */
	whole(&t);
	forget(&t);
}

/* What comes in the middle counts from then on. */
static void
test_new(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 0, 3600, NAN);
	t.f.first_ms = 3600 * 1000;
	judge(&t);
	is(&t.u.absent, 0, 3600, -1);
	is(&t.u.unknown, -1);
	is(&t.u.up, 3600, 7200, -1);
	whole(&t);
	forget(&t);
	t = thing();
	rows(&t, 0, 7200, NAN);
	t.f.first_ms = INT64_MAX;
	judge(&t);
	is(&t.u.absent, 0, 7200, -1);
	whole(&t);
	forget(&t);
}

/* Rows that tell themselves: parts lie where the outage goes on, and silence is no data. */
static void
test_rows_say(void **state)
{
	struct thing t = thing();

	(void)state;
	t.f.rows_say = true;
	rows(&t, 600, 900, 0.4);
	rows(&t, 900, 1500, 1);
	rows(&t, 1500, 1800, 0.1);
	rows(&t, 3000, 3300, 0.2);
	rows(&t, 4200, 4800, NAN);
	add(&t.f.silent, 4200, 4800);
	add(&t.f.planned, 1400, 1600);
	judge(&t);
	is(&t.u.unplanned, 780, 1400, 3000, 3060, -1);
	is(&t.u.planned, 1400, 1530, -1);
	is(&t.u.unknown, 4200, 4800, -1);
	whole(&t);
	forget(&t);
}

/* Where in a row it was down is told by alerts; the row has how long. */
static void
test_hints(void **state)
{
	struct thing t = thing();

	(void)state;
	t.f.rows_say = true;
	rows(&t, 600, 900, 0.4);   /* 120 s: told from 700 on, and 30 s too long */
	rows(&t, 1800, 2100, 0.4); /* told of 60 s only: the rest beside it */
	rows(&t, 3000, 3300, 0.2); /* two, of which the second is cut */
	add(&t.f.hints, 700, 850);
	add(&t.f.hints, 1850, 1910);
	add(&t.f.hints, 3010, 3040);
	add(&t.f.hints, 3100, 3200);
	add(&t.f.hints, 5000, 5100); /* rows know nothing of it */
	judge(&t);
	is(&t.u.unplanned, 700, 820, 1800, 1920, 3010, 3040, 3100, 3130, -1);
	whole(&t);
	forget(&t);
}

/* Rows too coarse to tell, but the ledger has every sample. */
static void
test_ledger(void **state)
{
	struct thing t = thing();

	(void)state;
	add(&t.f.silent, 1020, 1130);
	add(&t.f.blind, 5000, 5100);
	add(&t.f.whole, 0, 3600);
	judge(&t);
	is(&t.u.unplanned, -1);
	is(&t.u.unknown, 5000, 5100, -1);
	whole(&t);
	forget(&t);
}

/* An alarm on a zone holds where rows know nothing, but not where nothing could be heard. */
static void
test_alarmed(void **state)
{
	struct thing t = thing();

	(void)state;
	rows(&t, 3000, 4200, NAN);
	add(&t.f.alarmed, 2400, 4800);
	add(&t.f.blind, 3600, 4200);
	judge(&t);
	is(&t.u.unplanned, 2400, 3600, 4200, 4800, -1);
	is(&t.u.unknown, 3600, 4200, -1);
	whole(&t);
	forget(&t);
}

/* Without an RRD only what is told is known. */
static void
test_no_rows(void **state)
{
	struct thing t = thing();

	(void)state;
	add(&t.f.silent, 600, 1200);
	uptime_judge(&t.u, &t.f);
	is(&t.u.unplanned, 600, 1200, -1);
	is(&t.u.unknown, 0, 600, 1200, 7200, -1);
	whole(&t);
	forget(&t);
}

/* An hour that the clock was set back by: the alert ends before it began. */
static void
test_clock_step(void **state)
{
	struct thing t = thing();

	(void)state;
	add(&t.f.silent, 3000, 2000);
	judge(&t);
	is(&t.u.up, 0, 7200, -1);
	whole(&t);
	forget(&t);
}

static void
test_share(void **state)
{
	(void)state;
	assert_true(isnan(uptime_share(NAN, 1, 2, false, true)));
	assert_true(uptime_share(2, 2, 2, true, true) == 1);
	assert_true(uptime_share(2, 2, 2, false, false) == 0);
	assert_true(fabs(uptime_share(1.75, 1, 2, true, false) - 0.25) < 1e-12);
	assert_true(fabs(uptime_share(3.5, 3, 5, false, true) - 0.25) < 1e-12);
	assert_true(uptime_share(1.3, NAN, NAN, false, false) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stretches),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_short_silence),
		cmocka_unit_test(test_late_samples),
		cmocka_unit_test(test_late_samples_of_a_part),
		cmocka_unit_test(test_collector_away),
		cmocka_unit_test(test_away_within_outage),
		cmocka_unit_test(test_gap_without_reason),
		cmocka_unit_test(test_open_at_both_ends),
		cmocka_unit_test(test_planned),
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_rows_say),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_ledger),
		cmocka_unit_test(test_alarmed),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_clock_step),
		cmocka_unit_test(test_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
