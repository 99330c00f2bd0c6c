/* link: zwfigures zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cooling: two units that take turns by the day, one that is known by its fan alone, a leak, a set
 * point that is changed; and states within rows. */
#include "week_fixture.h"

#include "collector/report/figures/cooling.h"
#include "collector/report/figures/mode.h"
#include "collector/report/figures/span.h"

static const char conf_text[] =
    "zones = ( { name = \"A\"; }, { name = \"B\"; } );\n"
    "nodes = ( { name = \"c1\"; kind = \"device\"; zone = \"A\"; role = \"cooling\"; },\n"
    "  { name = \"c2\"; kind = \"device\"; zone = \"A\"; role = \"cooling\"; },\n"
    "  { name = \"c3\"; kind = \"device\"; zone = \"B\"; role = \"cooling\"; } );\n"
    "measures = ( { name = \"cools\"; source = \"cooling\"; field = \"mode\"; },\n"
    "  { name = \"cools\"; source = \"cooling\"; field = \"fan_speed\"; } );\n";

static int64_t leak;

/* Mode (1 standby, 2 on), output, fan, leak, run hours. */
static double
c1(unsigned field, int64_t t)
{
	bool runs = (t - from - 1) / 86400 % 2 == 0;

	switch (field) {
	case 0:
		return runs ? 2 : 1;
	case 1:
		return runs ? 6000 : 0;
	case 2:
		return runs ? 60 : 0;
	case 3:
		return t > leak && t <= leak + 600 ? 2 : 1;
	default:
		return 1000 + (double)(t - from) / 3600;
	}
}

/* The other; both run for the first hour of c1's days. */
static double
c2(unsigned field, int64_t t)
{
	bool runs = (t - from - 1) / 86400 % 2 == 1 || (t - from - 1) / 3600 % 48 == 0;

	return field == 0 ? (runs ? 2 : 1) : runs ? 3000 : 0;
}

/* A fan that stood for two hours on the second day. */
static double
c3(unsigned field, int64_t t)
{
	int64_t stop = from + 86400;

	(void)field;
	return t > stop && t <= stop + 7200 ? 0 : 45;
}

static double
set(unsigned field, int64_t t)
{
	(void)field;
	return t <= from + 3 * 86400 + 120 ? 20 : 22.5;
}

static int
setup(void **state)
{
	(void)state;
	week_begin(conf_text);
	leak = ff_time("2026-10-09 03:00");
	week_fill("c1/cooling", 60,
	    "mode:1:1wstandby;2oon;3widle cool_output:W fan_speed:% leak:1:1ono_leak;2cleak "
	    "unit_run_hours:h",
	    from, c1);
	week_fill("c2/cooling", 60, "mode:1:1wstandby;2oon cool_output:W", from, c2);
	week_fill("c3/cooling", 60, "fan_speed:%", from, c3);
	week_fill("c3/cooling-group", 60, "setpoint:Cel", from, set);
	ff_open(&ff);
	return 0;
}

/* The week's. */
static struct cooling *
week(const char *zone)
{
	struct period p;
	struct err e = { "" };
	struct cooling *v;
	struct figures_ask a = week_ask(&p, zone, NULL);

	assert_int_equal(cooling_new(&v, &a, &e), 0);
	return v;
}

static void
test_running(void **state)
{
	(void)state;
	struct cooling *v = week(NULL);
	const struct cooling_unit *a = &v->units[0], *b = &v->units[1], *c = &v->units[2];

	assert_int_equal(v->nunits, 3);
	assert_int_equal(a->by, COOLING_BY_MODE);
	assert_float_equal(a->run_s, 4 * 86400, 1e-6); /* days 1, 3, 5, 7 */
	assert_float_equal(a->known_s, 7 * 86400, 0);
	assert_int_equal(a->starts, 3);
	assert_int_equal(a->stops, 3);
	assert_float_equal(a->run[0], 1, 1e-9);
	assert_float_equal(a->run[1], 0, 1e-9);
	assert_float_equal(a->counter_h, 168, 0.1);
	assert_float_equal(a->output.mean, 6000.0 * 4 / 7, 1e-6);
	assert_float_equal(a->output.max, 6000, 1e-9);
	assert_float_equal(a->fan.mean, 60.0 * 4 / 7, 1e-6);
	assert_string_equal(a->fan_unit, "%");
	assert_true(isnan(a->compressor.mean) && isnan(a->supply.mean) && isnan(a->filter.mean));
	/* 3 days, and the first hour of each of the other's four. */
	assert_float_equal(b->run_s, 3 * 86400 + 4 * 3600, 1e-6);
	assert_int_equal(c->by, COOLING_BY_FAN);
	assert_float_equal(c->run_s, 7 * 86400 - 7200, 1e-6);
	assert_int_equal(c->starts, 1);
	assert_int_equal(c->stops, 1);
	cooling_free(v);
}

/* c1 leads on the first day, then they change six times; helping for an hour is no change. */
static void
test_rotation(void **state)
{
	(void)state;
	struct cooling *v = week(NULL);

	assert_int_equal(v->nzones, 2);
	assert_int_equal(v->zones[0].nunits, 2);
	assert_int_equal(v->zones[0].rotations, 6);
	assert_float_equal(v->zones[0].none_s, 0, 0);
	assert_float_equal(v->zones[0].more_s, 4 * 3600, 0);
	assert_float_equal(
	    v->zones[0].none_s + v->zones[0].one_s + v->zones[0].more_s, 7 * 86400, 0);
	assert_float_equal(v->zones[1].none_s, 7200, 0);
	assert_true(isnan(v->zones[1].output_mean_w) && isnan(v->zones[1].it_mean_w));
	cooling_free(v);
	v = week("B");
	assert_int_equal(v->nunits, 1);
	assert_int_equal(v->nzones, 1);
	cooling_free(v);
}

static void
test_contacts(void **state)
{
	(void)state;
	struct cooling *v = week(NULL);

	assert_int_equal(v->ncontacts, 1);
	assert_int_equal(v->contacts[0].kind, COOLING_WATER);
	assert_int_equal(v->contacts[0].times, 1);
	assert_float_equal(v->contacts[0].bad_s, 600, 1e-6);
	assert_int_equal(v->contacts[0].last_at_s, leak + 300);
	assert_int_equal(v->nsetpoint_fields, 1);
	assert_int_equal(v->nsetpoints, 1);
	assert_float_equal(v->setpoints[0].before, 20, 1e-9);
	assert_float_equal(v->setpoints[0].after, 22.5, 1e-9);
	/* The row in which it was changed has both. */
	assert_int_equal(v->setpoints[0].at_s, from + 3 * 86400 + 300);
	cooling_free(v);
}

/* Which part of a row a state had. */
static void
test_mode(void **state)
{
	(void)state;
	static const char *const words[] = { "on*", NULL }, *const but[] = { "*off*", NULL };
	double mean[] = { 2, 1, 1.25, NAN, 2.5, 2.5 }, low[] = { 2, 1, 1, NAN, 2, 1 };
	double high[] = { 2, 1, 2, NAN, 3, 3 };
	struct span s = { .nrows = 6, .step_s = 300, .nfields = 1 };
	struct series_def def = ff_def("n/s", 60, "mode:1:1wstandby;2oOn;3won-off");
	struct series se = { .states = def.states, .nfields = 1 };
	struct mode m;

	s.values[SPAN_AVERAGE][0] = mean;
	s.values[SPAN_MIN][0] = low;
	s.values[SPAN_MAX][0] = high;
	mode_words(&m, &se, 0, words, but);
	assert_true(m.any && m.wanted[2] && !m.wanted[1] && !m.wanted[3]);
	assert_float_equal(mode_part(&m, &s, 0, 0), 1, 0);
	assert_float_equal(mode_part(&m, &s, 0, 1), 0, 0);
	assert_float_equal(mode_part(&m, &s, 0, 2), 0.25, 1e-9);
	assert_true(isnan(mode_part(&m, &s, 0, 3)));
	assert_float_equal(mode_part(&m, &s, 0, 4), 0.5, 1e-9);
	assert_float_equal(mode_part(&m, &s, 0, 5), 0, 0); /* it may or may not have been 2 */
	assert_int_equal(mode_last(&s, 0), -1);
	s.nrows = 2;
	assert_int_equal(mode_last(&s, 0), 1);
	mode_bad(&m, &se, 0);
	assert_true(m.wanted[1] && !m.wanted[2] && m.wanted[3]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_contacts),
		cmocka_unit_test(test_mode),
	};

	return cmocka_run_group_tests(tests, setup, week_end);
}
