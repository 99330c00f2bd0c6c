/* link: zwfigures zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* environment: a week of air that is known to the minute, against sums made by hand. */
#include "week_fixture.h"

#include "collector/report/figures/environment.h"

static const char conf_text[] =
    "zones = ( { name = \"A\"; }, { name = \"B\"; limit = 30.0; }, { name = \"links\"; } );\n"
    "nodes = ( { name = \"a1\"; zone = \"A\"; rack = \"R1\"; }, { name = \"a2\"; zone = \"A\"; },\n"
    "  { name = \"b1\"; zone = \"B\"; },\n"
    "  { name = \"cool\"; kind = \"device\"; zone = \"A\"; role = \"cooling\"; } );\n"
    "measures = ( { name = \"inlet\"; source = \"thermal\"; field = \"inlet\"; },\n"
    "  { name = \"supply\"; source = \"cooling\"; field = \"supply\"; },\n"
    "  { name = \"return\"; source = \"cooling\"; field = \"return\"; },\n"
    "  { name = \"humidity\"; source = \"humidity\"; field = \"value\"; } );\n";

#define ROWS (7 * 288)

/* 24 °C; an hour of 29 on the 7th. The exhaust is 10 K warmer. */
static double
a1(unsigned field, int64_t t)
{
	int64_t hot = ff_time("2026-10-07 12:00");

	return (t > hot && t <= hot + 3600 ? 29 : 24) + (field == 1 ? 10 : 0);
}

/* 22 °C; one sample of 40, which is in no average beyond 27. */
static double
a2(unsigned field, int64_t t)
{
	return (t == ff_time("2026-10-08 10:00") ? 40 : 22) + (field == 1 ? 10 : 0);
}

static double
nothing(unsigned field, int64_t t)
{
	(void)field;
	(void)t;
	return NAN;
}

/* Supply and return; and a humidity of 75 % for the first day, then 50. */
static double
unit(unsigned field, int64_t t)
{
	(void)t;
	return field == 0 ? 18 : 27;
}

static double
damp(unsigned field, int64_t t)
{
	(void)field;
	return t <= ff_time("2026-10-06 00:00") ? 75 : 50;
}

static int
setup(void **state)
{
	(void)state;
	week_begin(conf_text);
	week_fill("a1/thermal", 60, "inlet:Cel exhaust:Cel", from, a1);
	week_fill("a2/thermal", 60, "inlet:Cel exhaust:Cel", from, a2);
	week_fill("b1/thermal", 60, "inlet:Cel exhaust:Cel", from, nothing);
	week_fill("cool/cooling", 60, "supply:Cel return:Cel", from, unit);
	week_fill("a1/humidity-x", 60, "value:%", from, damp);
	ff_open(&ff);
	return 0;
}

/* The week's, of a zone or of all. */
static struct environment *
week(const char *zone)
{
	struct period p;
	struct err e = { "" };
	struct environment *v;
	struct figures_ask a = week_ask(&p, zone, NULL);

	assert_int_equal(environment_new(&v, &a, &e), 0);
	return v;
}

static void
test_inlets(void **state)
{
	(void)state;
	struct environment *v = week(NULL);
	const struct environment_zone *z = &v->zones[0];
	const struct environment_quantity *q = &z->of[ENVIRONMENT_INLET];

	assert_int_equal(v->nzones, 2); /* there is no probe among the links */
	assert_string_equal(z->zone->name, "A");
	assert_int_equal(q->nprobes, 2);
	assert_float_equal(q->known_s, 2 * 7 * 86400, 0);
	assert_float_equal(
	    q->mean, (24.0 * (ROWS - 12) + 29 * 12 + 22.0 * (ROWS - 1) + 25.6) / (2 * ROWS), 1e-9);
	assert_float_equal(q->min, 22, 1e-9);
	assert_float_equal(q->max, 40, 1e-9);
	assert_string_equal(q->max_probe->series->node->name, "a2");
	assert_int_equal(q->max_at_s, ff_time("2026-10-08 09:55"));
	assert_float_equal(q->p95, 24, 1e-9); /* the 3831st of 4032 */
	assert_int_equal(q->step_s, 300);
	assert_float_equal(q->in.recommended_s, 300.0 * (2 * ROWS - 12), 0);
	assert_float_equal(q->in.allowable_s, 3600, 0);
	assert_float_equal(q->in.outside_s, 0, 0);
	assert_float_equal(z->beyond_recommended_s, 3600, 0);
	assert_float_equal(z->beyond_allowable_s, 0, 0);
	/* 2 K above 27 for an hour, of two inlets' week, over 5 K. */
	assert_float_equal(z->rci_high, 100 * (1 - 2.0 * 3600 / (2 * 7 * 86400) / 5), 1e-9);
	assert_float_equal(z->rci_low, 100, 1e-9);
	assert_float_equal(z->rise->rise, 5, 1e-9);
	assert_int_equal(z->rise->rise_over_s, 900);
	assert_int_equal(z->rise->rise_at_s, ff_time("2026-10-07 11:45"));
	assert_float_equal(z->supply, 18, 1e-9);
	assert_float_equal(z->ret, 27, 1e-9);
	assert_float_equal(z->it_rise, 10, 1e-9);
	assert_float_equal(z->rti, 90, 1e-9);
	assert_float_equal(z->limit, 32, 0);
	environment_free(v);
}

/* A zone of which nothing is known says so, and adds nothing to all. */
static void
test_blind(void **state)
{
	(void)state;
	struct environment *v = week(NULL);
	const struct environment_zone *z = &v->zones[1];

	assert_string_equal(z->zone->name, "B");
	assert_int_equal(z->of[ENVIRONMENT_INLET].nblind, 1);
	assert_true(isnan(z->of[ENVIRONMENT_INLET].mean) && isnan(z->rci_high) && isnan(z->rti));
	assert_null(z->of[ENVIRONMENT_INLET].max_probe);
	assert_null(z->rise);
	assert_float_equal(z->known_s, 0, 0);
	assert_float_equal(z->limit, 30, 0);
	assert_int_equal(v->all.of[ENVIRONMENT_INLET].nprobes, 3);
	assert_float_equal(
	    v->all.of[ENVIRONMENT_INLET].mean, v->zones[0].of[ENVIRONMENT_INLET].mean, 1e-12);
	/* The warmest first, the blind one last of its kind. */
	assert_string_equal(v->probes[0].series->node->name, "a2");
	assert_string_equal(v->probes[2].series->node->name, "b1");
	environment_free(v);
}

static void
test_damp(void **state)
{
	(void)state;
	struct environment *v = week("A");
	const struct environment_quantity *q = &v->all.of[ENVIRONMENT_HUMIDITY];

	assert_int_equal(v->nzones, 1);
	assert_float_equal(q->mean, (75.0 + 6 * 50) / 7, 1e-9);
	assert_float_equal(q->in.allowable_s, 86400, 0); /* beyond 70 % is not recommended */
	assert_float_equal(q->in.recommended_s, 6 * 86400, 0);
	assert_int_equal(v->all.of[ENVIRONMENT_DEWPOINT].nprobes, 0);
	environment_free(v);
}

/* The band is of rows that fill the week; the month is the week's, the eleven before are empty. */
static void
test_course(void **state)
{
	(void)state;
	struct environment *v = week(NULL);
	const struct environment_zone *z = &v->zones[0];
	const struct environment_month *m = &z->months[ENVIRONMENT_MONTHS - 1];

	assert_true(z->band.n > 100 && z->band.n <= 800);
	assert_int_equal(z->band.from_s, v->from_s);
	assert_int_equal((int64_t)z->band.n * z->band.step_s, 7 * 86400);
	size_t noon = (size_t)((ff_time("2026-10-07 12:00") - v->from_s) / z->band.step_s);
	assert_float_equal(z->band.mean[noon], (29.0 + 22) / 2, 1e-9);
	assert_float_equal(z->band.max[noon], 29, 1e-9);
	assert_float_equal(z->band.min[noon], 22, 1e-9);
	assert_int_equal(m->from_s, ff_time("2026-10-01 00:00"));
	assert_int_equal(m->to_s, ff_time("2026-11-01 00:00"));
	assert_float_equal(m->max, 40, 1e-9);
	assert_float_equal(m->mean, z->of[ENVIRONMENT_INLET].mean, 1e-9);
	assert_float_equal(m->known, 7.0 / 31, 1e-9);
	assert_int_equal(m->step_s, 3600);
	assert_int_equal(z->months[0].from_s, ff_time("2025-11-01 00:00"));
	for (int i = 0; i < ENVIRONMENT_MONTHS - 1; i++)
		assert_true(isnan(z->months[i].p95) && isnan(z->months[i].max));
	environment_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inlets),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_damp),
		cmocka_unit_test(test_course),
	};

	return cmocka_run_group_tests(tests, setup, week_end);
}
