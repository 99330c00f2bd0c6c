/* link: zwfigures zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Availability of a small site over four days, of which all is known by hand. */
#include "figures_fixture.h"

#include "collector/report/figures/availability.h"

static const char conf_text[] =
    "zones = ( { name = \"A\"; }, { name = \"B\"; } );\n"
    "nodes = ( { name = \"srv1\"; zone = \"A\"; }, { name = \"srv2\"; zone = \"A\"; },\n"
    "  { name = \"srv3\"; zone = \"B\"; }, { name = \"fresh\"; zone = \"B\"; },\n"
    "  { name = \"never\"; zone = \"B\"; },\n"
    "  { name = \"cool\"; kind = \"device\"; zone = \"A\"; role = \"cooling\"; },\n"
    "  { name = \"ups\"; kind = \"device\"; zone = \"site\"; role = \"ups\"; },\n"
    "  { name = \"sw\"; kind = \"device\"; zone = \"site\"; role = \"switch\"; },\n"
    "  { name = \"c1\"; kind = \"device\"; zone = \"B\"; role = \"cooling\"; },\n"
    "  { name = \"c2\"; kind = \"device\"; zone = \"B\"; role = \"cooling\"; },\n"
    "  { name = \"gate\"; kind = \"link\"; role = \"uplink\"; zone = \"site\"; },\n"
    "  { name = \"link\"; kind = \"link\"; zone = \"site\"; } );\n"
    "derived = ( { source = \"air\"; field = \"max\"; kind = \"maximum\"; measure = \"inlet\"; } "
    ");\n"
    "measures = ( { name = \"inlet\"; source = \"*\"; field = \"inlet\"; },\n"
    "  { name = \"cools\"; source = \"cooling\"; field = \"mode\"; },\n"
    "  { name = \"on-battery\"; source = \"ups*\"; field = \"output_source\"; } );\n"
    "maintenance = ( { when = \"Sat 02:00-04:00\"; node = \"srv2\"; reason = \"backup\"; } );\n"
    "report = { target_server = 99.0; };\n";

/* Thursday, and the Monday after; the report is of the four days between. */
#define D0 (ff_time("2026-10-01 00:00"))
#define H(day, hour) (D0 + (day)*INT64_C(86400) + (int64_t)((hour)*3600))

static struct ff ff;
static struct annals annals;
static struct annals_alert alerts[8];
static struct annals_act acts[2];
static struct availability *v;

/* Whether t is a sample of the time after from, up to to. */
static bool
in(int64_t t, int64_t from, int64_t to)
{
	return t > from && t <= to;
}

/* srv1 is away from Friday 10:10 to 10:31; nothing at all comes on Sunday from 01:00 to 02:00. */
static double
of_srv1(unsigned field, int64_t t)
{
	(void)field;
	return in(t, H(1, 10.0) + 600, H(1, 10.0) + 1860) || in(t, H(3, 1), H(3, 2)) ? NAN : 20;
}

/* srv2 is away on Saturday from 03:00 to 05:00. */
static double
of_srv2(unsigned field, int64_t t)
{
	(void)field;
	return in(t, H(2, 3), H(2, 5)) || in(t, H(3, 1), H(3, 2)) ? NAN : 20;
}

/* srv3, the zone's air, the switch: always but on Sunday. */
static double
of_rest(unsigned field, int64_t t)
{
	(void)field;
	return in(t, H(3, 1), H(3, 2)) ? NAN : 20;
}

/* From Saturday noon on. */
static double
of_fresh(unsigned field, int64_t t)
{
	return t <= H(2, 12) ? NAN : of_rest(field, t);
}

/* It stands by from Thursday 06:00 for 7 min 30 s (in samples of 30 s: exactly). */
static double
of_cool(unsigned field, int64_t t)
{
	return isnan(of_rest(field, t)) ? NAN : in(t, H(0, 6), H(0, 6) + 450) ? 1 : 2;
}

/* Two that take turns: this one stands by on Thursday till 18:01, and on Friday with the other. */
static double
of_c1(unsigned field, int64_t t)
{
	bool rests = in(t, H(0, 6), H(0, 18) + 60) || in(t, H(1, 10), H(1, 10) + 720);

	return isnan(of_rest(field, t)) ? NAN : rests ? 1 : 2;
}

/* That one then, and once more while the first does; on Saturday it fails. */
static double
of_c2(unsigned field, int64_t t)
{
	bool rests = in(t, H(0, 18) + 60, H(1, 6)) || in(t, H(1, 10), H(1, 10) + 720);

	return isnan(of_rest(field, t)) ? NAN : in(t, H(2, 12), H(2, 13)) ? 3 : rests ? 1 : 2;
}

/* Battery on Friday for an hour, bypass on Saturday for two. */
static double
of_ups(unsigned field, int64_t t)
{
	return isnan(of_rest(field, t))	   ? NAN
	       : in(t, H(1, 12), H(1, 13)) ? 5
	       : in(t, H(2, 12), H(2, 14)) ? 4
					   : 3;
}

/* Down twice, 40 s and 20 min; and a gap. */
static double
of_link(unsigned field, int64_t t)
{
	bool down = in(t, H(0, 8) + 150, H(0, 8) + 180) || in(t, H(1, 8) + 60, H(1, 8) + 1260);

	if (in(t, H(2, 8), H(2, 9)) || isnan(of_rest(0, t)))
		return NAN;
	return field == 0 ? !down : down ? NAN : 0.01;
}

/* A series with its samples. */
static void
series(const char *path, const char *fields, double (*value)(unsigned field, int64_t t))
{
	struct series_def def = ff_series(&ff, path, 30, fields, D0 - 86400);

	ff_fill(&def, D0 - 86400 + 30, H(4, 0), value);
}

/* An alert that nobody muted. */
static struct annals_alert
alert(const char *zone, const char *node, const char *series_name, int64_t from_s, int64_t to_s)
{
	return (struct annals_alert){ .rule = "r",
		.title = "",
		.zone = zone,
		.node = node,
		.series = series_name,
		.field = "",
		.unit = "",
		.reason = "",
		.because = "",
		.ack_author = "",
		.severity = WIRE_CRITICAL,
		.since_ms = from_s * 1000,
		.fired_ms = from_s * 1000 + 24000,
		.resolved_ms = to_s * 1000 };
}

/* The annals of those days. */
static void
tell(void)
{
	size_t n = 0;

	alerts[n++] = alert("A", "srv1", "", H(1, 10) + 600, H(1, 10) + 1860);
	alerts[n++] = alert("A", "srv2", "", H(2, 3), H(2, 5));
	/* Late: all samples of it came. */
	alerts[n++] = alert("B", "srv3", "", H(0, 20), H(0, 21));
	/* The card of the UPS does not answer: no data, but the rows know it all the same. */
	alerts[n] = alert("", "sw", "", H(1, 1), H(1, 2));
	alerts[n++].consequence = true;
	alerts[n] = alert("A", "cool", "cooling", H(0, 6), H(0, 7));
	alerts[n++].topic = TOPIC_COOLING;
	alerts[n] = alert("A", "cool", "", H(0, 9), H(0, 10));
	alerts[n].topic = TOPIC_COOLING;
	alerts[n++].why.code = REASON_SILENT;
	alerts[n] = alert("A", "srv1", "cpu-total", H(0, 12), H(0, 13));
	alerts[n++].topic = TOPIC_SERVER;
	alerts[n++] = alert("B", "never", "", D0 - 600, 0);
	acts[0] = (struct annals_act){ .time_ms = H(3, 2) * 1000 + 4000,
		.author = "zonewatch",
		.kind = "collector-start",
		.what = xasprintf("%lld", (long long)H(3, 1) * 1000 + 2000),
		.text = "" };
	annals = (struct annals){ .alerts = alerts, .nalerts = n, .acts = acts, .nacts = 1 };
	annals_add_windows(&annals, ff.conf);
}

static int
setup(void **state)
{
	struct period p;
	struct err e = { "" };

	(void)state;
	ff_new(&ff, conf_text);
	series("srv1/thermal", "inlet:Cel", of_srv1);
	series("srv2/thermal", "inlet:Cel", of_srv2);
	series("srv3/thermal", "inlet:Cel", of_rest);
	series("fresh/thermal", "inlet:Cel", of_fresh);
	series("sw/interface-1", "rx:By", of_rest);
	series("cool/cooling", "mode:1:1wstandby;2oon", of_cool);
	series("c1/cooling", "mode:1:1wstandby;2oon;3cfault", of_c1);
	series("c2/cooling", "mode:1:1wstandby;2oon;3cfault", of_c2);
	series("gate/icmp", "up:1:0cdown;1oup rtt:s", of_link);
	series("ups/ups", "output_source:1:3onormal;4wbypass;5cbattery", of_ups);
	series("link/icmp", "up:1:0cdown;1oup rtt:s", of_link);
	series("zone.A/air", "max:Cel", of_rest);
	ff_open(&ff);
	tell();
	struct figures_ask a = ff_ask(&ff, &p, "2026-10-01..2026-10-04", &annals);
	assert_int_equal(availability_new(&v, &a, &e), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	availability_free(v);
	free((char *)(uintptr_t)acts[0].what);
	free(annals.silences);
	ff_free(&ff);
	return 0;
}

/* The figures of a node, or of a zone. */
static const struct availability_one *
one(const char *name)
{
	for (size_t i = 0; i < v->nones; i++) {
		const struct availability_one *o = &v->ones[i];
		if (strcmp(o->node != NULL ? o->node->name : o->zone->name, name) == 0)
			return o;
	}
	return NULL;
}

/* So many seconds of each. */
static void
is(const char *name, double planned, double unplanned, double unknown, double absent)
{
	const struct availability_one *o = one(name);
	struct availability_time days = { 0 };
	double all = 4 * 86400;

	assert_non_null(o);
	const struct availability_time *t = &o->time;
	if (fabs(t->planned_s - planned) > 0.5 || fabs(t->unplanned_s - unplanned) > 0.5 ||
	    fabs(t->unknown_s - unknown) > 0.5 || fabs(t->absent_s - absent) > 0.5)
		fail_msg("%s: planned %g, unplanned %g, unknown %g, absent %g", name, t->planned_s,
		    t->unplanned_s, t->unknown_s, t->absent_s);
	assert_true(fabs(t->up_s - (all - planned - unplanned - unknown - absent)) < 2);
	for (size_t i = 0; i < v->ndays; i++) {
		days.up_s += o->days[i].up_s;
		days.unplanned_s += o->days[i].unplanned_s;
	}
	assert_true(fabs(days.up_s - t->up_s) < 0.01);
	assert_true(fabs(days.unplanned_s - t->unplanned_s) < 0.01);
}

/* The collector was away on Sunday for an hour, less two seconds and with four more. */
#define AWAY 3602.0

static void
test_servers(void **state)
{
	(void)state;
	is("srv1", 0, 1260, AWAY, 0);
	assert_int_equal(one("srv1")->noutages, 1);
	assert_true(one("srv1")->longest_s == 1260);
	assert_int_equal(one("srv1")->longest_at_s, H(1, 10) + 600);
	assert_true(fabs(one("srv1")->mttr_s - 1260) < 0.01);
	assert_true(fabs(one("srv1")->mtbf_s - (4 * 86400 - 1260 - AWAY)) < 0.01);
	assert_true(fabs(one("srv1")->part - (1 - 1260 / (4 * 86400 - AWAY))) < 1e-9);
	assert_int_equal(one("srv1")->met, AVAILABILITY_MET);
	assert_true(one("srv1")->days[1].unplanned_s == 1260);
	/* The window of the configuration covers the first of two hours. */
	is("srv2", 3600, 3600, AWAY, 0);
	assert_int_equal(one("srv2")->met, AVAILABILITY_MISSED);
	/* Its samples came late: it ran. */
	is("srv3", 0, 0, AWAY, 0);
	assert_int_equal(one("srv3")->noutages, 0);
	assert_true(isnan(one("srv3")->mtbf_s));
	is("fresh", 0, 0, AWAY, 2.5 * 86400);
	assert_true(one("fresh")->part == 1);
	/* Missed from the first day on, and never seen. */
	is("never", 0, 4 * 86400 - AWAY, AWAY, 0);
	assert_true(one("never")->outages[0].before && one("never")->outages[1].open);
}

static void
test_what_says_itself(void **state)
{
	(void)state;
	is("cool", 0, 450, AWAY, 0);
	assert_int_equal(one("cool")->noutages, 1);
	is("ups", 0, 7200, AWAY, 0);
	is("link", 0, 1230, AWAY + 3600, 0);
	assert_int_equal(one("link")->noutages, 2);
	assert_true(fabs(one("link")->longest_s - 1200) < 0.5);
	is("sw", 0, 0, AWAY, 0);
	assert_int_equal(one("sw")->met, AVAILABILITY_UNJUDGED); /* it has no target */
}

/* Who stands by while another runs is available; not while none does, nor one that fails. */
static void
test_turns(void **state)
{
	(void)state;
	is("c1", 0, 720, AWAY, 0);
	is("c2", 0, 720 + 3600, AWAY, 0);
	assert_int_equal(one("c1")->noutages, 1);
	assert_int_equal(one("c2")->noutages, 2);
}

/* A link with a role is watched as one, but is none to an institution. */
static void
test_own_link(void **state)
{
	size_t n;

	(void)state;
	is("gate", 0, 1230, AWAY + 3600, 0);
	assert_int_equal(one("gate")->kind, AVAILABILITY_DEVICE);
	(void)availability_of(v, AVAILABILITY_LINK, &n);
	assert_int_equal(n, 1);
}

/* Of what less than half is known there is no part; what was not there yet is not unknown. */
static void
test_part(void **state)
{
	struct availability_time t = { .unplanned_s = 6000, .unknown_s = 6001 };

	(void)state;
	assert_true(isnan(availability_part(&t)));
	t.unknown_s = 6000;
	assert_true(availability_part(&t) == 0);
	t = (struct availability_time){
		.up_s = 30, .unplanned_s = 10, .planned_s = 60, .unknown_s = 100, .absent_s = 1e6
	};
	assert_true(fabs(availability_part(&t) - 0.75) < 1e-12);
	t = (struct availability_time){ .planned_s = 100 };
	assert_true(isnan(availability_part(&t)));
}

/* Critical cooling counts, a silent unit or a busy server does not. */
static void
test_zones(void **state)
{
	(void)state;
	is("A", 0, 3600, AWAY, 0);
	assert_int_equal(one("A")->met, AVAILABILITY_MISSED);
	assert_int_equal(one("A")->noutages, 1);
	is("B", 0, 0, AWAY, 0); /* it has no inlets' series: its nodes stand for it */
}

static void
test_sums(void **state)
{
	size_t n;
	const struct availability_one *o = availability_of(v, AVAILABILITY_SERVER, &n);
	const struct availability_kind_sum *s = &v->sums[AVAILABILITY_SERVER];

	(void)state;
	assert_int_equal(n, 5);
	assert_string_equal(o[0].node->name, "never"); /* the worst first */
	assert_string_equal(o[1].node->name, "srv2");
	assert_string_equal(o[2].node->name, "srv1");
	assert_string_equal(o[3].node->name, "fresh"); /* by name */
	assert_int_equal(s->n, 5);
	assert_int_equal(s->missed, 2);
	assert_int_equal(s->met, 3);
	assert_true(s->time.planned_s == 3600);
	assert_true(fabs(s->target - 0.99) < 1e-12);
	assert_int_equal(v->ndays, 4);
	assert_true(availability_same(v, &o[1]) == &o[1]);
}

/* An hour on Sunday in which nothing was stored is nobody's, also when no start tells of it. */
static void
test_nothing_stored(void **state)
{
	struct availability *other;
	struct annals quiet = annals;
	struct period p;
	struct err e = { "" };
	struct figures_ask a = ff_ask(&ff, &p, "2026-10-01..2026-10-04", &quiet);
	struct annals_alert all[1] = { alert("A", "srv1", "", H(3, 0), H(3, 3)) };

	(void)state;
	quiet.nacts = 0;
	quiet.alerts = all;
	quiet.nalerts = 1;
	assert_int_equal(availability_new(&other, &a, &e), 0);
	for (size_t i = 0; i < other->nones; i++)
		assert_true(other->ones[i].node == NULL || other->ones[i].node->kind == NODE_LINK ||
			    other->ones[i].kind == AVAILABILITY_COOLING ||
			    other->ones[i].kind == AVAILABILITY_UPS ||
			    other->ones[i].time.unplanned_s == 0);
	availability_free(other);
}

/* A zone's report has the zone, its nodes and what serves it. */
static void
test_zone_report(void **state)
{
	struct availability *other;
	struct period p;
	struct err e = { "" };
	struct figures_ask a = ff_ask(&ff, &p, "2026-10-01..2026-10-04", &annals);
	size_t n;

	(void)state;
	a.zone = site_zone(ff.plant->site, "B");
	assert_int_equal(availability_new(&other, &a, &e), 0);
	(void)availability_of(other, AVAILABILITY_ZONE, &n);
	assert_int_equal(n, 1);
	(void)availability_of(other, AVAILABILITY_SERVER, &n);
	assert_int_equal(n, 3);
	(void)availability_of(other, AVAILABILITY_UPS, &n);
	assert_int_equal(n, 1);
	(void)availability_of(other, AVAILABILITY_LINK, &n);
	assert_int_equal(n, 0);
	availability_free(other);
}

/* The month in which the clock is set back has a day of 25 hours, and no moment twice. */
static void
test_clock_of_summer(void **state)
{
	struct availability *other;
	struct annals none = { 0 };
	struct period p;
	struct err e = { "" };

	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	struct figures_ask a = ff_ask(&ff, &p, "2026-10", &none);
	struct plant until = *ff.plant;
	until.data_end_s = p.to_s;
	a.plant = &until;
	assert_int_equal(availability_new(&other, &a, &e), 0);
	assert_int_equal(other->ndays, 31);
	assert_int_equal(other->days[31], p.to_s);
	assert_int_equal(other->days[24] - other->days[23], 86400);
	assert_int_equal(other->days[25] - other->days[24], 90000);
	assert_int_equal(other->days[26] - other->days[25], 86400);
	for (size_t i = 0; i < other->nones; i++) {
		const struct availability_time *t = &other->ones[i].days[24];
		double all = t->up_s + t->planned_s + t->unplanned_s + t->unknown_s + t->absent_s;
		assert_true(fabs(all - 90000) < 0.01);
	}
	availability_free(other);
	setenv("TZ", "Asia/Baku", 1);
	tzset();
}

/* Of a month that is not over only what is past is judged. */
static void
test_unfinished(void **state)
{
	struct availability *other;
	struct period p;
	struct err e = { "" };
	struct figures_ask a = ff_ask(&ff, &p, "2026-10", &annals);

	(void)state;
	assert_int_equal(availability_new(&other, &a, &e), 0);
	assert_int_equal(other->to_s, H(4, 0));
	assert_int_equal(other->ndays, 31);
	for (size_t i = 0; i < other->nones; i++) {
		const struct availability_one *o = &other->ones[i];
		const struct availability_time *t = &o->time;
		double all = t->up_s + t->planned_s + t->unplanned_s + t->unknown_s + t->absent_s;
		assert_true(fabs(all - 4 * 86400) < 0.01);
		assert_true(o->days[4].up_s + o->days[4].unknown_s == 0);
	}
	availability_free(other);
	struct period days = { .kind = PERIOD_DAYS, .from_s = D0, .to_s = H(31, 0) };
	assert_int_equal(plant_until(ff.plant, &days), H(4, 0));
	days.to_s = H(2, 0);
	assert_int_equal(plant_until(ff.plant, &days), H(2, 0));
}

/* Of one that is over by the clock all is judged: nothing is known of its end. One that has begun
 * without any data is told of till now; one that has not, of no time at all. */
static void
test_silent_end(void **state)
{
	struct availability *other;
	struct period p;
	struct err e = { "" };
	struct figures_ask a = ff_ask(&ff, &p, "2026-10", &annals);
	struct plant later = *ff.plant;

	(void)state;
	a.plant = &later;
	later.now_s = p.to_s;
	assert_int_equal(availability_new(&other, &a, &e), 0);
	assert_int_equal(other->to_s, p.to_s);
	for (size_t i = 0; i < other->nones; i++) {
		const struct availability_time *t = &other->ones[i].days[20];
		assert_true(t->up_s + t->planned_s + t->unplanned_s == 0);
		assert_true(t->unknown_s + t->absent_s > 0);
	}
	availability_free(other);
	assert_int_equal(period_parse(&p, "2026-11", &e), 0);
	assert_int_equal(plant_until(&later, &p), p.from_s);
	later.now_s = p.from_s + 3600;
	assert_int_equal(plant_until(&later, &p), later.now_s);
	later.data_end_s = p.from_s + 600;
	assert_int_equal(plant_until(&later, &p), later.data_end_s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_what_says_itself),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_own_link),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_nothing_stored),
		cmocka_unit_test(test_zone_report),
		cmocka_unit_test(test_clock_of_summer),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_silent_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
