/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices: states over many fields, a gateway that speaks for others, children that come by
 * themselves, and those that have no zone. */
#include "alert_fixture.h"

/* A controller "ecc1" (a01) behind a gateway (a02) in zone A; a server b01. */
static struct fx *
plant(void)
{
	struct fx *f = fx_new(2, 2);
	f->nodes[0].name = fx_text(f, "ecc1");
	f->nodes[0].kind = fx_text(f, "device");
	f->nodes[1].name = fx_text(f, "gw1");
	return f;
}

static struct series *
child(struct fx *f, unsigned i)
{
	struct series_def def = { .step_s = 10, .nfields = 3, .source = "cooling" };
	snprintf(def.node, sizeof def.node, "ecc1.c%u", i);
	def.fields[0] = (struct field){ "supply", FIELD_GAUGE, "Cel", NAN, NAN, "" };
	def.fields[1] = (struct field){ "alarm_state", FIELD_STATE, "1", NAN, NAN, "" };
	def.fields[2] = (struct field){ "mode", FIELD_STATE, "1", NAN, NAN, "" };
	for (unsigned k = 1; k < 3; k++) {
		struct metric_state bad = { 2, METRIC_CRITICAL, "failed" };
		struct metric_state odd = { 1, METRIC_WARNING, "standby" };
		assert_true(metric_state_add(&def, k, &bad) && metric_state_add(&def, k, &odd));
	}
	return site_define(f->site, 500 + i, &def);
}

/* A reading of the child's three fields, now. */
static void
say(struct fx *f, struct series *se, double alarm, double mode)
{
	double v[3] = { 20, alarm, mode };
	assert_true(site_update(se, f->now_ms / 1000, f->now_ms, 3, v));
	engine_reading(f->e, se, f->now_ms);
}

/* One rule, an alert for each state that is bad, named by what it means. */
static void
test_states(void **state)
{
	(void)state;
	struct fx *f = plant();
	fx_rule(f, "bad-state", "state")->title = fx_text(f, "A device fails");
	fx_start(f);
	struct series *se = child(f, 0);
	say(f, se, 0, 1);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, FX_STEP);
	say(f, se, 2, 2);
	assert_string_equal(fx_take(f), "pOFF"); /* p: it has no zone, either */
	assert_string_equal(f->last_alert.field, "mode");
	assert_string_equal(f->last_alert.reason, "mode: failed");
	assert_string_equal(f->last_alert.words, "failed");
	assert_string_equal(f->last_alert.node, "ecc1.c0");
	assert_string_equal(f->last_incident.cause,
	    "A device fails: ecc1.c0 cooling/alarm_state, alarm state: failed");
	assert_string_equal(f->last_incident.zone, "unassigned");
	fx_pass(f, FX_STEP);
	say(f, se, 0, 2);
	assert_string_equal(fx_take(f), "R");
	assert_string_equal(f->last_alert.field, "alarm_state");
	fx_pass(f, FX_STEP);
	say(f, se, 0, 0);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* Patterns of source and field, and sources left out; a count over states of a zone. */
static void
test_patterns(void **state)
{
	(void)state;
	struct fx *f = plant();
	struct conf_rule *warm = fx_rule(f, "warm", "threshold");
	struct conf_rule *count = fx_rule(f, "many", "state");
	struct conf_rule *none = fx_rule(f, "none", "state");
	char *except[] = { fx_text(f, "th*"), fx_text(f, "cool*") };
	warm->source = fx_text(f, "cool*");
	warm->field = fx_text(f, "*pply");
	fx_number(warm, "above", 19);
	count->scope = fx_text(f, "zone");
	count->aggregate = fx_text(f, "count");
	count->field = fx_text(f, "*_state");
	count->count = 2;
	none->except = (struct conf_texts){ .v = except, .n = 2 };
	fx_start(f);
	struct series *a = child(f, 0), *b = child(f, 1);
	say(f, a, 2, 2);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.field, "supply");
	assert_string_equal(f->last_alert.rule, "warm");
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "p"); /* they have no zone, either */
	say(f, b, 2, 0);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "FF");
	assert_string_equal(f->last_alert.rule, "many");
	assert_string_equal(f->last_alert.reason, "each alarm state: failed");
	assert_string_equal(f->last_alert.field, "");
	assert_string_equal(f->last_alert.words, "");
	assert_true(f->last_alert.value == 2);
	assert_true(engine_rule_matches(f->e, 0) && engine_rule_matches(f->e, 1));
	fx_free(f);
}

/* What is open now: of engine and restart as the history keeps it. */
static void
restart(struct fx *f)
{
	struct incident in[4];
	struct alert al[8];
	size_t nin = 0, nal = 0;
	for (size_t i = 0; i < engine_nincidents(f->e); i++)
		in[nin++] = *engine_incident_at(f->e, i);
	for (size_t i = 0; i < engine_nalerts(f->e); i++) {
		al[nal] = *engine_alert_at(f->e, i);
		al[nal].rule = fx_text(f, al[nal].rule);
		al[nal].title = fx_text(f, al[nal].title);
		al[nal].unit = fx_text(f, al[nal].unit);
		al[nal++].advice = NULL;
	}
	engine_free(f->e);
	site_free(f->site);
	f->site = site_new(&f->conf);
	(void)child(f, 0);
	(void)child(f, 1);
	fx_engine(f);
	for (size_t i = 0; i < nin; i++)
		engine_restore_incident(f->e, &in[i]);
	for (size_t i = 0; i < nal; i++)
		engine_restore_alert(f->e, &al[i]);
	fx_take(f);
}

/* Told of once, with all that came in a minute; not again for more, nor after a restart; over when
 * the configuration has a place for each. */
static void
test_unassigned(void **state)
{
	(void)state;
	struct fx *f = plant();
	struct conf_child row = { .name = fx_text(f, "c*"), .zone = f->zones[1].name };
	fx_start(f);
	fx_pass(f, 100000);
	assert_string_equal(fx_take(f), "");
	(void)child(f, 0);
	fx_pass(f, 30000);
	assert_string_equal(fx_take(f), "p");
	(void)child(f, 1);
	fx_pass(f, 29000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 3000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_incident.zone, "unassigned");
	assert_int_equal(f->last_incident.severity, WIRE_WARNING);
	assert_string_equal(f->last_incident.cause,
	    "Child devices without a zone: zone unassigned 2 nodes, ecc1.c0, ecc1.c1");
	assert_non_null(strstr(f->last_alert.advice, "children = ("));
	for (unsigned i = 2; i < 20; i++)
		(void)child(f, i);
	fx_pass(f, 100000);
	assert_string_equal(fx_take(f), "");
	assert_string_equal(
	    engine_alert_at(f->e, 0)->reason, "ecc1.c0, ecc1.c1, ecc1.c2 and 17 more");
	restart(f);
	fx_pass(f, 100000);
	assert_string_equal(fx_take(f), "");
	assert_int_equal(engine_nincidents(f->e), 1);
	f->nodes[0].children = (struct conf_list){ .v = &row, .n = 1 };
	restart(f);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	assert_null(site_unassigned(f->site));
	fx_pass(f, 100000);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

static struct conf_rule *
silent(struct fx *f)
{
	struct conf_rule *r = fx_rule(f, "silent", "no-data");
	r->title = fx_text(f, "No data");
	return r;
}

/* All behind the gateway join, and it itself. */
static void
join(struct fx *f)
{
	site_connected(fx_node(f, 1), "", "", f->now_ms);
	for (size_t i = 0; i < site_nnodes(f->site); i++)
		if (i == 0 || i > 3)
			site_connected_via(fx_node(f, i), fx_node(f, 1), "", "", f->now_ms);
}

/* So many steps in which the gateway (from which on 1) and its children speak. */
static void
steps(struct fx *f, unsigned n, bool gateway, unsigned children)
{
	for (; n > 0; n--) {
		fx_pass(f, FX_STEP);
		fx_read(f, 2, 20);
		fx_read(f, 3, 20);
		if (gateway)
			fx_read(f, 1, 20);
		for (unsigned i = 0; i < children; i++)
			say(f, site_series(f->site, 500 + i), 0, 0);
	}
}

static void
leave(struct fx *f)
{
	for (size_t i = 0; i < site_nnodes(f->site); i++)
		if (i != 2 && i != 3)
			site_disconnected(fx_node(f, i), f->now_ms);
}

/* A plant with 20 children in zone B that all speak, beside the alert on their zones. */
static struct fx *
living(void)
{
	static struct conf_child row;
	struct fx *f = plant();
	row = (struct conf_child){ .name = fx_text(f, "*"), .zone = f->zones[1].name };
	f->nodes[0].children = (struct conf_list){ .v = &row, .n = 1 };
	silent(f);
	fx_start(f);
	for (unsigned i = 0; i < 20; i++)
		(void)child(f, i);
	site_connected(fx_node(f, 2), "", "", f->now_ms);
	site_connected(fx_node(f, 3), "", "", f->now_ms);
	join(f);
	steps(f, 5, true, 20);
	assert_string_equal(fx_take(f), "");
	return f;
}

/* A dead device is one alert within 25 s though its gateway lives; a dead child is one of its own.
 */
static void
test_dead_device(void **state)
{
	(void)state;
	struct fx *f = living();
	steps(f, 3, true, 19);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "ecc1.c19");
	steps(f, 1, true, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	int64_t last_ms = f->now_ms - 1000;
	steps(f, 2, true, 0);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 4000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "ecc1");
	assert_true(f->last_alert.fired_ms - last_ms <= 25000);
	fx_pass(f, 1000);
	steps(f, 10, true, 0);
	assert_string_equal(fx_take(f), "");
	/* The gateway is gone for half a minute: that says nothing new of the dead one. */
	leave(f);
	steps(f, 3, false, 0);
	assert_string_equal(fx_take(f), "xXF"); /* gw1, above ecc1 */
	assert_string_equal(f->last_alert.node, "gw1");
	join(f);
	steps(f, 10, true, 0);
	assert_string_equal(fx_take(f), "R");
	assert_string_equal(f->last_alert.node, "gw1");
	steps(f, 1, true, 20);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* A gateway that goes is one alert, and when it comes back it has time to ask all. */
static void
test_dead_gateway(void **state)
{
	(void)state;
	struct fx *f = living();
	leave(f);
	steps(f, 30, false, 0);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "gw1");
	join(f);
	fx_pass(f, 9000);
	assert_string_equal(fx_take(f), "RC");
	steps(f, 5, true, 20);
	assert_string_equal(fx_take(f), "");
	/* One of which the gateway hears nothing when it is back. */
	leave(f);
	steps(f, 3, false, 0);
	join(f);
	fx_take(f);
	steps(f, 2, true, 19);
	assert_string_equal(fx_take(f), "RC"); /* from its device's return on it has 24 s */
	steps(f, 2, true, 19);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "ecc1.c19");
	fx_free(f);
}

/* A device comes back, and its children speak one after the other: none is told silent. */
static void
test_slow_return(void **state)
{
	(void)state;
	struct fx *f = living();
	steps(f, 2, true, 0);
	fx_pass(f, 5000);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "ecc1");
	steps(f, 10, true, 0);
	assert_string_equal(fx_take(f), "");
	say(f, site_series(f->site, 500), 0, 0);
	fx_pass(f, 9000);
	assert_string_equal(fx_take(f), "RC");
	steps(f, 1, true, 10);
	steps(f, 5, true, 20);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_unassigned),
		cmocka_unit_test(test_dead_device),
		cmocka_unit_test(test_dead_gateway),
		cmocka_unit_test(test_slow_return),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
