/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No data: dead hosts, lost sessions, nodes never heard of, a collector that was stopped, series
 * that vanish, dependencies. */
#include "alert_fixture.h"

static struct conf_rule *
silent(struct fx *f)
{
	struct conf_rule *r = fx_rule(f, "silent", "no-data");
	r->title = fx_text(f, "No data");
	r->severity = fx_text(f, "critical");
	return r;
}

/* A step in which all nodes but those from `dead` on speak. */
static void
step_but(struct fx *f, size_t dead)
{
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < dead; i++)
		fx_read(f, i, 20);
}

/* A host that just falls silent shows within 25 s, and ends with its first word. */
static void
test_dead_host(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	silent(f);
	fx_start(f);
	fx_connect(f);
	for (int i = 0; i < 20; i++)
		step_but(f, 2);
	assert_string_equal(fx_take(f), "");
	int64_t last_ms = f->now_ms;
	step_but(f, 1);
	step_but(f, 1);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 5000);
	assert_string_equal(fx_take(f), "OF");
	assert_true(f->last_alert.fired_ms - last_ms <= 25000);
	assert_string_equal(f->last_alert.node, "a02");
	assert_string_equal(f->last_alert.series, "");
	assert_string_equal(f->last_alert.reason, "silent");
	assert_true(isnan(f->last_alert.value));
	assert_int_equal(f->last_alert.since_ms, last_ms);
	assert_string_equal(f->last_incident.cause, "No data: a02, silent");
	assert_int_equal(engine_worst(f->e, NULL, "a02"), WIRE_CRITICAL);
	fx_read(f, 1, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* A session that ends shows 10 s later; one that comes back before does not. */
static void
test_reset(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	silent(f);
	fx_start(f);
	fx_connect(f);
	step_but(f, 2);
	site_disconnected(fx_node(f, 1), f->now_ms);
	fx_pass(f, 9000);
	site_connected(fx_node(f, 1), "", "", f->now_ms);
	fx_read_all(f, 20);
	fx_pass(f, 9000);
	assert_string_equal(fx_take(f), "");
	site_disconnected(fx_node(f, 1), f->now_ms);
	fx_read(f, 0, 20);
	fx_pass(f, 10000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(
	    f->last_alert.reason, "its agent's session ended and did not come back");
	site_connected(fx_node(f, 1), "", "", f->now_ms);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* Never heard of: no verdict for the time that any node has, then said. */
static void
test_never_seen(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 3);
	silent(f);
	fx_start(f);
	fx_pass(f, 23000);
	assert_string_equal(fx_take(f), "");
	fx_read(f, 0, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "OFF");
	assert_string_equal(f->last_alert.reason, "not heard of since the collector's start");
	assert_int_equal(f->last_alert.since_ms, FX_T0);
	fx_free(f);
}

/* The collector itself stood still (SIGSTOP, a suspended machine): patience begins anew. */
static void
test_stopped(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	silent(f);
	fx_start(f);
	fx_connect(f);
	step_but(f, 2);
	f->now_ms += 3600000;
	fx_pass(f, 20000);
	assert_string_equal(fx_take(f), "");
	fx_read(f, 0, 20);
	fx_pass(f, 5000);
	assert_string_equal(fx_take(f), "OF"); /* the other did not come back after all */
	assert_string_equal(f->last_alert.node, "a02");
	/* And an alert that fires is not ended by a second stop. */
	f->now_ms += 3600000;
	fx_pass(f, 3000);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

/* A session that was lost during the stop has its 10 s after it. */
static void
test_stopped_reset(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	silent(f);
	fx_start(f);
	fx_connect(f);
	step_but(f, 1);
	site_disconnected(fx_node(f, 0), f->now_ms + 1000);
	f->now_ms += 60000;
	fx_pass(f, 10000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "OF");
	fx_free(f);
}

/* Backlog arrives: its readings are late, but the host is not silent. */
static void
test_backlog_is_life(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	silent(f);
	fx_start(f);
	fx_connect(f);
	step_but(f, 1);
	fx_pass(f, 60000);
	assert_string_equal(fx_take(f), "OF");
	fx_read_late(f, 0, 20, 50000);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* A rule that names a source: the series that a live node leaves out. */
static void
test_series(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	struct conf_rule *r = silent(f);
	r->source = fx_text(f, "filesystem");
	fx_start(f);
	fx_connect(f);
	fx_define(f, 0, "filesystem", "var");
	fx_define(f, 1, "filesystem", "var"); /* known, but never there since the start */
	struct series *var = site_series(f->site, 1001);
	for (int i = 0; i < 10; i++) {
		step_but(f, 2);
		double v = 50;
		assert_true(site_update(var, f->now_ms / 1000, f->now_ms, 1, &v));
		engine_reading(f->e, var, f->now_ms);
	}
	assert_string_equal(fx_take(f), "");
	step_but(f, 2);
	step_but(f, 2);
	fx_pass(f, 4000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "a01");
	assert_string_equal(f->last_alert.series, "filesystem-var");
	assert_string_equal(f->last_alert.field, "");
	assert_int_equal(f->last_alert.sid, 1001);
	assert_string_equal(f->last_incident.cause, "No data: a01 filesystem-var, silent");
	/* Unknown values (a stuck mount) are no data either. */
	double v = NAN;
	assert_true(site_update(var, f->now_ms / 1000, f->now_ms, 1, &v));
	engine_reading(f->e, var, f->now_ms);
	fx_pass(f, 2000);
	assert_string_equal(fx_take(f), "");
	v = 50;
	assert_true(site_update(var, f->now_ms / 1000, f->now_ms, 1, &v));
	engine_reading(f->e, var, f->now_ms);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* The whole node is silent: that is not each of its series' alert, nor when it comes back. */
static void
test_series_of_dead_node(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	silent(f)->source = fx_text(f, "thermal");
	fx_start(f);
	fx_connect(f);
	step_but(f, 1);
	site_disconnected(fx_node(f, 0), f->now_ms);
	fx_pass(f, 3600000);
	site_connected(fx_node(f, 0), "", "", f->now_ms);
	fx_pass(f, 9000);
	fx_read(f, 0, 20);
	fx_pass(f, 9000);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

static void
test_count(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 10);
	struct conf_rule *r = silent(f);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "count");
	r->count = 3;
	fx_start(f);
	fx_connect(f);
	step_but(f, 20);
	for (int i = 0; i < 5; i++)
		step_but(f, 18);
	assert_string_equal(fx_take(f), "");
	for (int i = 0; i < 5; i++)
		step_but(f, 17);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.zone, "B");
	assert_true(f->last_alert.value == 3);
	assert_string_equal(f->last_alert.reason, "each silent");
	step_but(f, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* Servers behind a switch: only the switch's silence is told; when it is back and one server is
 * not, that one's is. */
static void
test_dependency(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 4);
	char *uplink[] = { f->nodes[3].name };
	char *middle[] = { f->nodes[2].name };
	f->nodes[0].depends = (struct conf_texts){ .v = middle, .n = 1 };
	f->nodes[1].depends = (struct conf_texts){ .v = uplink, .n = 1 };
	f->nodes[2].depends = (struct conf_texts){ .v = uplink, .n = 1 };
	silent(f);
	fx_start(f);
	fx_connect(f);
	step_but(f, 4);
	fx_pass(f, 60000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "a04");
	assert_ptr_equal(engine_because(f->e, fx_node(f, 0)), fx_node(f, 2));
	assert_ptr_equal(engine_because(f->e, fx_node(f, 1)), fx_node(f, 3));
	assert_null(engine_because(f->e, fx_node(f, 3)));
	fx_read(f, 3, 20);
	fx_read(f, 1, 20);
	fx_read(f, 2, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC"); /* a04's end; a01 has a step to come back itself */
	assert_string_equal(f->last_alert.node, "a04");
	assert_null(engine_because(f->e, fx_node(f, 0)));
	fx_pass(f, 9000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 2000);
	assert_string_equal(fx_take(f), "OF");
	assert_int_equal(engine_worst(f->e, NULL, "a01"), WIRE_CRITICAL);
	assert_int_equal(engine_worst(f->e, NULL, "a02"), -1);
	fx_free(f);
}

/* Two that depend on each other do not hide one another. */
static void
test_dependency_ring(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	char *one[] = { f->nodes[0].name };
	char *two[] = { f->nodes[1].name };
	f->nodes[0].depends = (struct conf_texts){ .v = two, .n = 1 };
	f->nodes[1].depends = (struct conf_texts){ .v = one, .n = 1 };
	silent(f);
	fx_start(f);
	fx_connect(f);
	step_but(f, 2);
	fx_pass(f, 60000);
	assert_string_equal(fx_take(f), "OFF");
	fx_free(f);
}

/* A dependency that no rule watches hides nobody. */
static void
test_dependency_unwatched(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	char *two[] = { f->nodes[1].name };
	char *nodes[] = { f->nodes[0].name };
	f->nodes[0].depends = (struct conf_texts){ .v = two, .n = 1 };
	silent(f)->nodes = (struct conf_texts){ .v = nodes, .n = 1 };
	fx_start(f);
	fx_connect(f);
	step_but(f, 2);
	fx_pass(f, 60000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "a01");
	fx_free(f);
}

/* A zone's own node is never silent, but a series that is derived of the zone is when all that it
 * is made of is. */
static void
test_derived(void **state)
{
	(void)state;
	static char source[] = "air", field[] = "max", kind[] = "maximum", scope[] = "zone",
		    measure[] = "inlet", any[] = "zone.*", *nodes[] = { any };
	struct conf_derived row = { source, field, NULL, kind, scope, measure, NULL, 300000 };
	struct series_def def = { .node = "zone.A", .source = "air", .step_s = 10, .nfields = 1 };
	double v = 25;
	struct fx *f = fx_new(1, 1);
	f->conf.derived = (struct conf_list){ .v = &row, .n = 1 };
	struct conf_rule *r = fx_rule(f, "blind", "no-data");
	r->source = source;
	r->nodes = (struct conf_texts){ .v = nodes, .n = 1 };
	fx_rule(f, "silent", "no-data")->nodes = r->nodes;
	fx_start(f);
	def.fields[0] = (struct field){ "max", FIELD_GAUGE, "Cel", NAN, NAN, "" };
	struct series *se = site_define(f->site, 900, &def);
	assert_non_null(se);
	for (int i = 0; i < 6; i++) {
		fx_pass(f, FX_STEP);
		assert_true(site_update(se, f->now_ms / 1000, f->now_ms, 1, &v));
		engine_reading(f->e, se, f->now_ms);
	}
	fx_pass(f, 20000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 20000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.rule, "blind");
	assert_string_equal(f->last_alert.node, "zone.A");
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_host),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_never_seen),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_stopped_reset),
		cmocka_unit_test(test_backlog_is_life),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_series_of_dead_node),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_dependency),
		cmocka_unit_test(test_dependency_ring),
		cmocka_unit_test(test_dependency_unwatched),
		cmocka_unit_test(test_derived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
