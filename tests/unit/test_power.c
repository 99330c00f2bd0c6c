/* link: zwfigures zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power: a week of constant loads with a gap, a meter that came later, a counter that began anew,
 * and a UPS that was on battery, against sums made by hand. */
#include "week_fixture.h"

#include "collector/report/figures/power.h"

static const char conf_text[] =
    "zones = ( { name = \"A\"; }, { name = \"B\"; } );\n"
    "nodes = ( { name = \"srv\"; zone = \"A\"; },\n"
    "  { name = \"pdu-a\"; kind = \"device\"; zone = \"A\"; role = \"pdu\"; },\n"
    "  { name = \"pdu-b\"; kind = \"device\"; zone = \"site\"; role = \"pdu\"; serves = [ \"B\" ]; "
    "},\n"
    "  { name = \"main\"; kind = \"device\"; zone = \"site\"; },\n"
    "  { name = \"wrong\"; kind = \"device\"; zone = \"site\"; },\n"
    "  { name = \"ups\"; kind = \"device\"; zone = \"site\"; role = \"ups\"; } );\n"
    "measures = ( { name = \"it-power\"; source = \"pdu\"; field = \"power\"; },\n"
    "  { name = \"on-battery\"; source = \"ups*\"; field = \"output\"; },\n"
    "  { name = \"on-battery\"; source = \"ups*\"; field = \"seconds\"; },\n"
    "  { name = \"site-power\"; source = \"power\"; field = \"value\"; nodes = [ \"main\" ]; } );\n"
    "report = { tariff = 0.1; currency = \"AZN\"; };\n";

static int64_t gap, later, battery;

/* 1000 W and its counter, 1 kWh an hour from 500, that begins anew on the 9th; nothing on the 6th
 * from 06:00 to 12:00. */
static double
pdu_a(unsigned field, int64_t t)
{
	int64_t anew = ff_time("2026-10-09 00:00");

	if (t > gap && t <= gap + 6 * 3600)
		return NAN;
	if (field == 0)
		return 1000;
	return (double)(t - (t > anew ? anew : from)) / 3600 + (t > anew ? 0 : 500);
}

/* 2 kW, from the 8th on. */
static double
pdu_b(unsigned field, int64_t t)
{
	(void)field;
	(void)t;
	return 2;
}

static double
site_w(unsigned field, int64_t t)
{
	(void)field;
	(void)t;
	return 4000;
}

static double
server(unsigned field, int64_t t)
{
	(void)field;
	return t <= later ? 200 : 400;
}

/* On battery for 90 s of a row, and again 10 min later for 30 s; load, runtime in min, charge. */
static double
ups(unsigned field, int64_t t)
{
	bool on = (t > battery && t <= battery + 90) || (t > battery + 900 && t <= battery + 930);

	switch (field) {
	case 0:
		return on ? 5 : 3;
	case 1:
		return t == battery ? 80 : 40;
	case 2:
		return on ? 12 : 30;
	default:
		return on ? 91 : 100;
	}
}

static int
setup(void **state)
{
	(void)state;
	week_begin(conf_text);
	gap = ff_time("2026-10-06 06:00");
	later = ff_time("2026-10-08 00:00");
	battery = ff_time("2026-10-10 14:00");
	week_fill("pdu-a/pdu-1", 60, "power:W energy:kWh", from, pdu_a);
	week_fill("pdu-b/pdu-1", 60, "power:kW", later, pdu_b);
	week_fill("main/power-m", 60, "value:W", from, site_w);
	week_fill("srv/thermal", 60, "power:W", from, server);
	week_fill("ups/ups", 30, "output:1:1uother;3onormal;5cbattery load:% runtime:min charge:%",
	    from, ups);
	ff_open(&ff);
	return 0;
}

/* The week's, with a history if so. */
static struct power *
week(const char *zone, const struct annals *an)
{
	struct period p;
	struct err e = { "" };
	struct power *v;
	struct figures_ask a = week_ask(&p, zone, an);

	assert_int_equal(power_new(&v, &a, &e), 0);
	return v;
}

static void
test_energy(void **state)
{
	(void)state;
	struct power *v = week(NULL, NULL);
	const struct power_sum *it = &v->of[POWER_IT];

	assert_int_equal(it->nmeters, 2);
	assert_float_equal(it->kwh, 162 + 2 * 96, 1e-6); /* the gap is not filled */
	assert_float_equal(v->meters[0].kwh, 162, 1e-6);
	assert_float_equal(v->meters[0].known_s, 162 * 3600, 0);
	/* 4 days of 1 kW, and 3 after the counter began anew: less what fell in rows at the ends.
	 */
	assert_float_equal(v->meters[0].counter_kwh, 168, 0.2);
	assert_true(isnan(v->meters[1].counter_kwh));
	assert_float_equal(it->peak_w, 3000, 1e-6);
	assert_int_equal(it->peak_at_s, later);
	assert_int_equal(v->of[POWER_COOLING].nmeters, 0);
	assert_true(isnan(v->of[POWER_COOLING].kwh));
	assert_true(v->total_is_site);
	assert_float_equal(v->total_kwh, 4 * 168, 1e-6);
	assert_float_equal(v->cost, 67.2, 1e-6);
	assert_string_equal(v->currency, "AZN");
	power_free(v);
}

/* Of the time in which both are known: 66 h with one PDU, 96 with two. */
static void
test_pue(void **state)
{
	(void)state;
	struct power *v = week(NULL, NULL);

	assert_int_equal(v->pue_kind, POWER_PUE_INTERIM);
	assert_float_equal(v->pue, 4.0 * 162 / (66 + 3 * 96), 1e-9);
	assert_float_equal(v->pue_known_s, 162 * 3600, 0);
	assert_float_equal(v->other_kwh, 4.0 * 162 - (66 + 3 * 96), 1e-6);
	assert_int_equal(v->pue_category, 2);
	power_free(v);
	/* A zone has no meter of the site. */
	v = week("A", NULL);
	assert_int_equal(v->pue_kind, POWER_PUE_NONE);
	assert_float_equal(v->of[POWER_IT].kwh, 162, 1e-6);
	assert_float_equal(v->total_kwh, 162, 1e-6);
	assert_false(v->total_is_site);
	assert_float_equal(v->peak_w, 1000, 1e-6);
	power_free(v);
	v = week("B", NULL); /* stands in no zone, and feeds B alone */
	assert_float_equal(v->of[POWER_IT].kwh, 192, 1e-6);
	power_free(v);
}

static void
test_days(void **state)
{
	(void)state;
	struct power *v = week(NULL, NULL);

	assert_int_equal(v->ndays, 7);
	assert_float_equal(v->days[0].kwh[POWER_IT], 24, 1e-6);
	assert_float_equal(v->days[1].kwh[POWER_IT], 18, 1e-6);
	assert_float_equal(v->days[1].known, 0.75, 1e-9);
	assert_float_equal(v->days[3].kwh[POWER_IT], 72, 1e-6);
	assert_float_equal(v->days[3].known, 1, 1e-9);
	assert_float_equal(v->days[6].kwh[POWER_SITE], 96, 1e-6);
	assert_true(isnan(v->days[0].kwh[POWER_COOLING]));
	assert_int_equal(v->nzones, 2);
	assert_float_equal(v->zones[1].it.kwh, 192, 1e-6);
	const struct power_rows *r = &v->zones[0].rows;
	assert_true(isnan(r->w[(gap + 3600 - r->from_s) / r->step_s]));
	assert_float_equal(r->w[0], 1000, 1e-9);
	assert_int_equal(v->ntop, 1);
	assert_float_equal(v->top[0].kwh, 0.2 * 72 + 0.4 * 96, 1e-6);
	assert_float_equal(v->top[0].peak_w, 400, 1e-9);
	power_free(v);
}

static void
test_ups(void **state)
{
	(void)state;
	struct power *v = week(NULL, NULL);
	const struct power_ups *u = &v->ups[0];

	assert_int_equal(v->nups, 1);
	assert_true(u->measured);
	assert_int_equal(u->transfers, 2);
	assert_int_equal(u->planned, 0);
	assert_float_equal(u->battery_s, 120, 1e-6);
	assert_float_equal(u->longest_s, 90, 1e-6);
	assert_int_equal(u->longest_at_s, battery);
	assert_float_equal(u->load_max, 80, 1e-9);
	assert_float_equal(u->runtime_min_s, 720, 1e-9);
	assert_float_equal(u->charge_min, 91, 1e-9);
	assert_float_equal(u->charge_last, 100, 1e-9);
	assert_true(isnan(u->battery_max));
	assert_string_equal(u->test, "");
	power_free(v);
}

/* The history tells a planned one apart, two within a row, and one of which there is no row. */
static void
test_ups_history(void **state)
{
	(void)state;
	struct annals_alert alerts[] = {
		{ .node = "ups", .series = "ups", .field = "output", .muted = true },
		{ .node = "ups", .series = "ups", .field = "output" },
		{ .node = "ups", .series = "ups", .field = "output" },
		{ .node = "ups", .series = "ups", .field = "load" }, /* of something else */
	};
	struct annals an = { .alerts = alerts, .nalerts = 4 };
	int64_t since[] = { battery, battery + 900, battery + 920, battery };
	int64_t ends[] = { battery + 120, battery + 910, battery + 960, battery + 9000 };

	for (int i = 0; i < 4; i++) {
		alerts[i].since_ms = since[i] * 1000;
		alerts[i].fired_ms = since[i] * 1000 + 10000;
		alerts[i].resolved_ms = ends[i] * 1000;
	}
	struct power *v = week(NULL, &an);
	const struct power_ups *u = &v->ups[0];
	assert_int_equal(u->planned, 1);
	assert_float_equal(u->planned_s, 90, 1e-6);
	assert_int_equal(u->transfers, 2);
	assert_float_equal(u->battery_s, 30, 1e-6);
	power_free(v);
	alerts[0].since_ms = (to - 60) * 1000; /* in no row */
	alerts[0].resolved_ms = (to - 20) * 1000;
	alerts[0].muted = false;
	an.alerts = alerts;
	an.nalerts = 1;
	v = week(NULL, &an);
	assert_int_equal(v->ups[0].transfers, 3);
	assert_float_equal(v->ups[0].battery_s, 160, 1e-6);
	power_free(v);
}

/* A site that draws less than its IT, or more than four times as much: a meter is wrong. */
static void
test_meter_error(void **state)
{
	(void)state;
	struct conf_measure *rows = ff.conf->measures.v;
	char *was = rows[3].source;
	static char pdu[] = "pdu", power[] = "power";
	char *field = rows[3].field;

	rows[3].source = pdu;
	rows[3].field = power;
	rows[3].nodes.n = 0;
	char *it = rows[0].source;
	static char none[] = "thermal";
	rows[0].source = none; /* the server as IT: 200 W of up to 3 kW */
	struct power *v = week(NULL, NULL);
	assert_int_equal(v->pue_kind, POWER_PUE_ERROR);
	assert_true(v->pue > 4);
	assert_true(isnan(v->other_kwh)); /* nor of what they do not measure */
	assert_int_equal(v->pue_category, 3);
	power_free(v);
	rows[0].source = it;
	rows[3].source = was;
	rows[3].field = field;
	rows[3].nodes.n = 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_energy),
		cmocka_unit_test(test_pue),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_ups),
		cmocka_unit_test(test_ups_history),
		cmocka_unit_test(test_meter_error),
	};

	return cmocka_run_group_tests(tests, setup, week_end);
}
