/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules over a zone or the site: average, maximum, minimum, count, and how they age. */
#include "alert_fixture.h"

static struct conf_rule *
zone_rule(struct fx *f, const char *name, const char *aggregate, double above)
{
	struct conf_rule *r = fx_hot(f, name, above);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, aggregate);
	return r;
}

/* Nodes of zone z say first, first + 1, ... */
static void
read_ramp(struct fx *f, size_t z, double first)
{
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < f->conf.nodes.n; i++)
		fx_read(f, i, i / 10 == z ? first + (double)(i % 10) : 20);
	engine_tick(f->e, f->now_ms);
}

static void
test_average(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 10);
	zone_rule(f, "warm", "average", 27);
	fx_start(f);
	read_ramp(f, 1, 22.5); /* average 27 */
	assert_string_equal(fx_take(f), "");
	read_ramp(f, 1, 23);
	assert_string_equal(fx_take(f), "OF");
	const struct alert *a = engine_alert_at(f->e, 0);
	assert_string_equal(a->zone, "B");
	assert_string_equal(a->node, "");
	assert_string_equal(a->series, "");
	assert_string_equal(a->field, "inlet");
	assert_string_equal(a->unit, "Cel");
	assert_string_equal(a->reason, "average above 27 °C");
	assert_true(a->value == 27.5);
	assert_int_equal(a->sid, 20); /* the hottest */
	assert_string_equal(engine_incident_at(f->e, 0)->cause,
	    "Inlet too warm: zone B 27.5 °C, average above 27 °C");
	read_ramp(f, 1, 22);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

static void
test_maximum_and_minimum(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 10);
	zone_rule(f, "hot", "maximum", 32);
	struct conf_rule *r = zone_rule(f, "cold", "minimum", NAN);
	fx_number(r, "below", 15);
	fx_start(f);
	read_ramp(f, 2, 24); /* to 33 */
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.rule, "hot");
	assert_string_equal(f->last_alert.zone, "C");
	assert_true(f->last_alert.value == 33);
	assert_int_equal(f->last_alert.sid, 30);
	read_ramp(f, 2, 14);
	assert_string_equal(fx_take(f), "RCOF");
	assert_string_equal(f->last_alert.rule, "cold");
	assert_int_equal(f->last_alert.sid, 21);
	fx_free(f);
}

static void
test_count(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 10);
	struct conf_rule *r = zone_rule(f, "hot", "count", 32);
	r->count = 3;
	fx_number(r, "clear", 30);
	fx_start(f);
	read_ramp(f, 3, 25); /* two above 32 */
	assert_string_equal(fx_take(f), "");
	read_ramp(f, 3, 26);
	assert_string_equal(fx_take(f), "OF");
	assert_true(f->last_alert.value == 3 && f->last_alert.limit == 3);
	assert_string_equal(f->last_alert.unit, "{nodes}");
	assert_string_equal(f->last_alert.reason, "each above 32 °C");
	assert_int_equal(f->last_alert.sid, 40); /* the worst of them */
	assert_string_equal(
	    engine_incident_at(f->e, 0)->cause, "Inlet too warm: zone D 3 nodes, each above 32 °C");
	read_ramp(f, 3, 24); /* 31 to 33: each of the three is not yet back at 30 */
	assert_string_equal(fx_take(f), "");
	read_ramp(f, 3, 21); /* at 30 */
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* The site is one group; its incident is the site's. */
static void
test_site(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 10);
	struct conf_rule *r = zone_rule(f, "hot", "count", 32);
	r->scope = fx_text(f, "site");
	r->count = 5;
	fx_start(f);
	read_ramp(f, 0, 28); /* five at 33 to 37 */
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_incident.zone, "site");
	assert_int_equal(engine_worst(f->e, "site", NULL), WIRE_WARNING);
	assert_int_equal(engine_worst(f->e, "A", NULL), -1);
	fx_free(f);
}

/* One node of the zone says more than one series: it counts once. */
static void
test_count_nodes(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	zone_rule(f, "hot", "count", 32)->count = 2;
	fx_start(f);
	struct series_def def = { .node = "a01", .source = "thermal", .step_s = 10, .nfields = 1 };
	(void)str_copy(def.instance, sizeof def.instance, "rear");
	def.fields[0] = site_series(f->site, 1)->fields[0];
	struct series *rear = site_define(f->site, 500, &def);
	double v = 40;
	for (int i = 0; i < 5; i++) {
		fx_pass(f, FX_STEP);
		assert_true(site_update(rear, f->now_ms / 1000, f->now_ms, 1, &v));
		engine_reading(f->e, rear, f->now_ms);
		fx_read(f, 0, 40);
		fx_read(f, 1, 20);
		engine_tick(f->e, f->now_ms);
	}
	assert_string_equal(fx_take(f), "");
	fx_next(f, 1, 40);
	assert_string_equal(fx_take(f), "OF");
	assert_true(f->last_alert.value == 2);
	fx_free(f);
}

/* A value older than 3 steps is no part of the average; with none left, what was holds. */
static void
test_stale(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	zone_rule(f, "warm", "average", 27);
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read(f, 0, 40);
	fx_read(f, 1, 10);
	engine_tick(f->e, f->now_ms); /* average 25 */
	assert_string_equal(fx_take(f), "");
	for (int i = 0; i < 3; i++)
		fx_next(f, 0, 40);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 1000); /* the other is older than 30 s now, without any reading */
	assert_string_equal(fx_take(f), "OF");
	fx_pass(f, 3600000);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

/* A server that the heat killed still counts among the hot. */
static void
test_count_holds(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 3);
	zone_rule(f, "hot", "count", 32)->count = 2;
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 40);
	assert_string_equal(fx_take(f), "OF");
	for (int i = 0; i < 10; i++)
		fx_next(f, 0, 20); /* the other two are dead */
	assert_string_equal(fx_take(f), "");
	fx_read(f, 1, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* A zone whose first node alone spoke after the start says nothing of the zone yet. */
static void
test_incomplete(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 10);
	zone_rule(f, "warm", "average", 27);
	fx_start(f);
	fx_read(f, 0, 40);
	fx_pass(f, 30000);
	assert_string_equal(fx_take(f), "");
	fx_read(f, 0, 40);
	fx_pass(f, 10000); /* the others had their time */
	assert_string_equal(fx_take(f), "OF");
	fx_free(f);
}

/* Holding times count for groups too, and a backlog does not. */
static void
test_for_and_late(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	zone_rule(f, "hot", "maximum", 32)->for_ = 20000;
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "p");
	fx_pass(f, FX_STEP);
	fx_read_all(f, 20);
	assert_string_equal(fx_take(f), "d");
	fx_pass(f, 3600000);
	for (int64_t late = 3590000; late > 3000000; late -= FX_STEP) {
		fx_read_late(f, 0, 50, late);
		engine_tick(f->e, f->now_ms);
	}
	fx_pass(f, 60000);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

/* One zone's filter makes no group elsewhere. */
static void
test_zones(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 10);
	char *zones[] = { fx_text(f, "B") };
	zone_rule(f, "hot", "maximum", 32)->zones = (struct conf_texts){ .v = zones, .n = 1 };
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 40);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.zone, "B");
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_average),
		cmocka_unit_test(test_maximum_and_minimum),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_count_nodes),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_count_holds),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_for_and_late),
		cmocka_unit_test(test_zones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
