/* link: zwfigures zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completeness of a small site over three days, of which all is known by hand: sums of the ledger,
 * gaps and their reasons, a server that is new, sensors that ended, a history that is too young. */
#include "figures_fixture.h"

#include "collector/report/figures/completeness.h"

static const char conf_text[] =
    "zones = ( { name = \"A\"; }, { name = \"B\"; } );\n"
    "nodes = ( { name = \"srv1\"; zone = \"A\"; }, { name = \"srv2\"; zone = \"A\"; },\n"
    "  { name = \"srv3\"; zone = \"B\"; }, { name = \"fresh\"; zone = \"B\"; },\n"
    "  { name = \"mute\"; zone = \"B\"; },\n"
    "  { name = \"sw\"; kind = \"device\"; zone = \"site\"; role = \"switch\"; } );\n"
    "maintenance = ( { when = \"Fri 02:00-04:00\"; node = \"srv2\"; reason = \"backup\"; } );\n";

/* Thursday, local midnight. */
#define D0 (ff_time("2026-10-01 00:00"))
#define H(day, hour) (D0 + (day)*INT64_C(86400) + (int64_t)((hour)*3600))

static struct ff ff;
static struct annals annals;
static struct annals_alert alerts[4];
static struct annals_act acts[3];
static struct annals_hour hours[8];

/* Whether t is a sample of the time after from, up to to. */
static bool
in(int64_t t, int64_t from, int64_t to)
{
	return t > from && t <= to;
}

/* The collector was away, and nobody kept anything, on Saturday from 12:00 to 13:00. */
static double
of_all(unsigned field, int64_t t)
{
	(void)field;
	return in(t, H(2, 12), H(2, 13)) ? NAN : 20;
}

/* srv1 is silent on Thursday from 10:00 to 10:30, for 5 minutes at 20:00, 15 at 21:00. */
static double
of_srv1(unsigned field, int64_t t)
{
	return in(t, H(0, 10), H(0, 10.5)) || in(t, H(0, 20), H(0, 20) + 300) ||
		       in(t, H(0, 21), H(0, 21) + 900)
		   ? NAN
		   : of_all(field, t);
}

/* srv2 is in maintenance on Friday from 02:00 to 03:00. */
static double
of_srv2(unsigned field, int64_t t)
{
	return in(t, H(1, 2), H(1, 3)) ? NAN : of_all(field, t);
}

/* srv3 cannot be reached from Friday 06:00 to 07:00; nobody knows why not from 08:00 to 09:00. */
static double
of_srv3(unsigned field, int64_t t)
{
	return in(t, H(1, 6), H(1, 7)) || in(t, H(1, 8), H(1, 9)) ? NAN : of_all(field, t);
}

static void
make_rrds(void)
{
	static const struct {
		const char *path;
		double (*value)(unsigned field, int64_t t);
		double from; /* hours */
		double to;
	} series[] = {
		{ "srv1/cpu", of_srv1, -24, 72 },
		{ "srv1/disk-old", of_all, -24, -2 },  /* dead in all of the period */
		{ "srv1/disk-gone", of_all, -24, 30 }, /* taken away on Friday */
		{ "srv2/cpu", of_srv2, -24, 72 },
		{ "srv3/cpu", of_srv3, -24, 72 },
		{ "fresh/cpu", of_all, 24, 72 }, /* new on Friday */
		{ "mute/cpu", of_all, -24, -1 }, /* silent since before the period */
		{ "sw/port", of_all, -24, 72 },
	};

	for (size_t i = 0; i < sizeof series / sizeof series[0]; i++) {
		int64_t from_s = D0 + (int64_t)(series[i].from * 3600);
		struct series_def d = ff_series(&ff, series[i].path, 60, "v", from_s);
		ff_fill(&d, from_s + 60, D0 + (int64_t)(series[i].to * 3600), series[i].value);
	}
}

/* An alert that a node is silent. */
static struct annals_alert
silent(const char *node, int64_t from_s, int64_t to_s, const char *because)
{
	return (struct annals_alert){ .rule = "silent",
		.zone = "A",
		.node = node,
		.series = "",
		.field = "",
		.because = because,
		.consequence = *because != '\0',
		.why = { .code = REASON_SILENT },
		.since_ms = from_s * 1000,
		.fired_ms = from_s * 1000 + 30000,
		.resolved_ms = to_s * 1000 };
}

static void
tell(void)
{
	annals = (struct annals){ .from_ms = D0 * 1000,
		.to_ms = H(3, 0) * 1000,
		.alerts = alerts,
		.acts = acts,
		.hours = hours };
	alerts[0] = silent("srv1", H(0, 10), H(0, 10.5), "");
	alerts[1] = silent("srv3", H(1, 6), H(1, 7), "sw");
	alerts[2] = silent("srv2", H(2, 20), H(2, 21), "");
	alerts[2].series = "hwmon-inlet";
	alerts[2].field = "temp";
	alerts[2].why.code = REASON_FLAT;
	annals.nalerts = 3;
	static char away[24];
	snprintf(away, sizeof away, "%lld", (long long)H(2, 12) * 1000);
	acts[0] = (struct annals_act){ .time_ms = H(2, 13) * 1000,
		.author = "zonewatch",
		.kind = "collector-start",
		.what = away,
		.text = "" };
	/* srv1's clock was set back when 5 minutes of it are missing; of another it says nothing */
	acts[1] = (struct annals_act){ .time_ms = H(0, 21) * 1000 + 600000,
		.author = "zonewatch",
		.kind = "clock",
		.what = "srv1",
		.text = "" };
	annals.nacts = 2;
	hours[0] = (struct annals_hour){
		.node = "gone-node", .hour_s = H(0, 0), .expected = 10, .received = 10
	};
	hours[1] = (struct annals_hour){ .node = "srv1",
		.hour_s = H(0, 10),
		.expected = 100,
		.received = 60,
		.late = 20,
		.empty = 5,
		.thinned = 15,
		.dropped = 10 };
	hours[2] = (struct annals_hour){
		.node = "srv1", .hour_s = H(0, 11), .expected = 100, .received = 100
	};
	hours[3] = (struct annals_hour){
		.node = "srv3", .hour_s = H(1, 0), .expected = 200, .received = 199
	};
	/* It was counted to the end. */
	hours[4] = (struct annals_hour){ .node = "srv3", .hour_s = H(2, 23) };
	annals.nhours = 5;
	annals_add_windows(&annals, ff.conf);
}

static int
setup(void **state)
{
	(void)state;
	ff_new(&ff, conf_text);
	make_rrds();
	ff_open(&ff);
	tell();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(annals.silences);
	ff_free(&ff);
	return 0;
}

static struct completeness *
compute(const struct zone *z, const struct annals *of)
{
	struct period p;
	struct figures_ask a = ff_ask(&ff, &p, "2026-10-01..2026-10-03", of);
	struct completeness *v;
	struct err e;

	a.zone = z;
	assert_int_equal(completeness_new(&v, &a, &e), 0);
	return v;
}

static const struct completeness_one *
one(const struct completeness *v, const char *name)
{
	for (size_t i = 0; i < v->nnodes; i++)
		if (strcmp(v->nodes[i].name, name) == 0)
			return &v->nodes[i];
	fail_msg("%s is not there", name);
	return NULL;
}

static void
test_sums(void **state)
{
	struct completeness *v = compute(NULL, &annals);

	(void)state;
	assert_int_equal(v->all.sum.expected, 410);
	assert_int_equal(v->all.sum.received, 369);
	assert_int_equal(v->all.sum.late, 20);
	assert_int_equal(v->all.sum.missing, 10 + 1);
	assert_true(v->part == 369.0 / 410);
	assert_true(v->counted);
	assert_int_equal(v->ledger_s, D0);
	const struct completeness_one *srv1 = one(v, "srv1");
	assert_int_equal(srv1->sum.missing, 10);
	assert_true(srv1->sum.part == 0.8);
	assert_string_equal(v->nodes[0].name, "mute"); /* the least complete first */
	assert_ptr_equal(v->nodes + 1, srv1);
	assert_null(one(v, "gone-node")->node);
	assert_int_equal(v->nzones, 3);
	assert_string_equal(v->zones[0].name, "A");
	assert_int_equal(v->zones[0].sum.expected, 200);
	assert_null(v->zones[2].zone);
	assert_int_equal(v->zones[2].sum.expected, 10); /* of the node that is no more */
	completeness_free(v);
}

static void
test_rows(void **state)
{
	struct completeness *v = compute(NULL, &annals);

	(void)state;
	assert_int_equal(v->row_s, 300);
	/* 864 rows in three days */
	assert_float_equal(one(v, "srv1")->covered, (864 - 12 - 6 - 1 - 3) / 864.0, 1e-12);
	assert_float_equal(one(v, "fresh")->covered, (576 - 12) / 576.0, 1e-12);
	assert_float_equal(one(v, "mute")->covered, 0, 1e-12);
	assert_float_equal(one(v, "srv1")->gap_s, 5400 + 900, 1e-12);
	completeness_free(v);
}

static const struct completeness_gap *
gap(const struct completeness *v, int64_t from_s)
{
	for (size_t i = 0; i < v->ngaps; i++)
		if (v->gaps[i].from_s == from_s)
			return &v->gaps[i];
	fail_msg("there is no gap at %lld", (long long)from_s);
	return NULL;
}

static void
test_gaps(void **state)
{
	struct completeness *v = compute(NULL, &annals);

	(void)state;
	assert_int_equal(v->ngaps, 7);
	const struct completeness_gap *g = &v->gaps[0]; /* the longest: silent all the time */
	assert_string_equal(g->first->name, "mute");
	assert_int_equal(g->to_s - g->from_s, 3 * 86400);
	assert_true(g->open);
	g = gap(v, H(0, 10));
	assert_int_equal(g->reason, GAP_SILENT);
	assert_int_equal(g->to_s, H(0, 10.5));
	assert_int_equal(gap(v, H(0, 21))->reason, GAP_CLOCK);
	assert_int_equal(gap(v, H(1, 2))->reason, GAP_PLANNED);
	g = gap(v, H(1, 6));
	assert_int_equal(g->reason, GAP_UNREACHABLE);
	assert_string_equal(g->because, "sw");
	assert_int_equal(gap(v, H(1, 8))->reason, GAP_UNEXPLAINED);
	g = gap(v, H(2, 12));
	assert_int_equal(g->reason, GAP_COLLECTOR);
	assert_int_equal(g->nodes, 5); /* in one line; the silent one has its own */
	assert_float_equal(v->gap_s[GAP_COLLECTOR], 5 * 3600, 1e-9);
	assert_float_equal(v->gap_s[GAP_SILENT], 1800, 1e-9);
	completeness_free(v);
}

static void
test_sensors(void **state)
{
	struct completeness *v = compute(NULL, &annals);

	(void)state;
	assert_int_equal(v->nsensors, 3);
	assert_int_equal(v->sensors[0].kind, SENSOR_DEAD);
	assert_string_equal(v->sensors[0].series, "disk-old");
	assert_int_equal(v->sensors[0].since_s, H(0, -2));
	assert_int_equal(v->sensors[1].kind, SENSOR_GONE);
	assert_string_equal(v->sensors[1].series, "disk-gone");
	assert_int_equal(v->sensors[1].since_s, H(1, 6));
	assert_int_equal(v->sensors[2].kind, SENSOR_FLAT);
	assert_string_equal(v->sensors[2].node, "srv2");
	assert_int_equal(v->sensors[2].to_s, H(2, 21));
	completeness_free(v);
}

static void
test_a_zone(void **state)
{
	struct completeness *v = compute(site_zone(ff.plant->site, "B"), &annals);

	(void)state;
	assert_int_equal(v->all.sum.expected, 200);
	for (size_t i = 0; i < v->nnodes; i++) {
		assert_string_not_equal(v->nodes[i].name, "srv1");
		assert_string_not_equal(v->nodes[i].name, "gone-node");
	}
	assert_int_equal(v->nsensors, 0);
	completeness_free(v);
}

/* The history begins in the middle, or is not there: rows stand in its place, and it is said. */
static void
test_without_ledger(void **state)
{
	struct annals young = annals, none = { .from_ms = annals.from_ms, .to_ms = annals.to_ms };

	(void)state;
	young.hours = hours + 3;
	young.nhours = 2;
	struct completeness *v = compute(NULL, &young);
	assert_false(v->counted);
	assert_int_equal(v->ledger_s, H(1, 0));
	assert_true(v->part == 199.0 / 200);
	completeness_free(v);
	v = compute(NULL, &none);
	assert_false(v->counted);
	assert_int_equal(v->ledger_s, v->to_s);
	assert_true(isnan(v->all.sum.part));
	double mean = one(v, "srv1")->covered + one(v, "srv2")->covered + one(v, "srv3")->covered +
		      one(v, "fresh")->covered + one(v, "mute")->covered + one(v, "sw")->covered;
	assert_float_equal(v->part, mean / 6, 1e-12);
	completeness_free(v);
}

/* The counting ends before the period does: what came after counts against it, as rows do. */
static void
test_ledger_ends(void **state)
{
	struct annals ended = annals;

	(void)state;
	ended.nhours = 4;
	ended.away_ms = H(2, 0) * 1000;
	struct completeness *v = compute(NULL, &ended);
	assert_false(v->counted);
	assert_int_equal(v->ledger_to_s, H(1, 1));
	assert_true(v->part == v->all.covered);
	assert_true(v->away_s == 12 * 3600); /* for an hour, and from its next start on */
	completeness_free(v);
}

/* More came than was expected, or less than was told: never above all, never below none. */
static void
test_odd_sums(void **state)
{
	struct completeness_sum s = { .expected = 10, .received = 11 };

	(void)state;
	completeness_judge(&s);
	assert_true(s.part == 1 && s.missing == 0);
	s = (struct completeness_sum){ .expected = 10, .received = 5, .thinned = 9 };
	completeness_judge(&s);
	assert_true(s.part == 0.5 && s.missing == 0);
	s = (struct completeness_sum){ .expected = 0 };
	completeness_judge(&s);
	assert_true(isnan(s.part));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_sensors),
		cmocka_unit_test(test_a_zone),
		cmocka_unit_test(test_without_ledger),
		cmocka_unit_test(test_ledger_ends),
		cmocka_unit_test(test_odd_sums),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
