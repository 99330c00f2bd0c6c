/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that ends and starts again: what fired goes on firing under its number, nothing is
 * told twice, and what is no more ends. */
#include "alert_fixture.h"

struct kept {
	struct alert alerts[64];
	struct incident incidents[64];
	size_t nalerts;
	size_t nincidents;
};

/* End the engine and the site as the program's end does; history keeps what was open. */
static void
stop(struct fx *f, struct kept *k)
{
	*k = (struct kept){ 0 };
	for (size_t i = 0; i < engine_nalerts(f->e); i++) {
		struct alert *a = &k->alerts[k->nalerts++];
		*a = *engine_alert_at(f->e, i);
		/* As history does it: the texts are its own. */
		a->rule = fx_text(f, a->rule);
		a->title = fx_text(f, a->title);
		a->unit = fx_text(f, a->unit);
		a->advice = NULL;
	}
	for (size_t i = 0; i < engine_nincidents(f->e); i++)
		k->incidents[k->nincidents++] = *engine_incident_at(f->e, i);
	engine_free(f->e);
	site_free(f->site);
	f->e = NULL;
	fx_take(f);
}

/* Start again; `series`: whether the catalog knows the nodes' series already. */
static void
start(struct fx *f, const struct kept *k, bool series)
{
	f->site = site_new(&f->conf);
	for (size_t i = 0; series && i < f->conf.nodes.n; i++)
		fx_define(f, i, "thermal", "");
	fx_engine(f);
	engine_restore_ids(f->e, 100, 50);
	for (size_t i = 0; i < k->nincidents; i++)
		engine_restore_incident(f->e, &k->incidents[i]);
	for (size_t i = 0; i < k->nalerts; i++)
		engine_restore_alert(f->e, &k->alerts[i]);
}

static void
restart(struct fx *f, bool series)
{
	struct kept k;
	stop(f, &k);
	f->now_ms += 60000;
	start(f, &k, series);
}

/* A site of one zone and two nodes, both hot. */
static struct fx *
hot_site(int64_t hold_ms)
{
	struct fx *f = fx_new(1, 2);
	fx_hot(f, "hot", 32)->for_ = hold_ms;
	fx_start(f);
	fx_connect(f);
	for (int64_t t = 0; t <= hold_ms; t += FX_STEP) {
		fx_pass(f, FX_STEP);
		fx_read_all(f, 33);
	}
	fx_take(f);
	return f;
}

static void
test_goes_on(void **state)
{
	(void)state;
	for (int series = 0; series < 2; series++) {
		struct fx *f = hot_site(20000);
		restart(f, series == 1);
		fx_pass(f, 20000);
		assert_string_equal(fx_take(f), "");
		assert_int_equal(engine_nalerts(f->e), 2);
		assert_int_equal(engine_alert_at(f->e, 0)->state, ALERT_FIRING);
		assert_int_equal(engine_worst(f->e, "A", NULL), WIRE_WARNING);
		for (size_t i = 0; series == 0 && i < 2; i++)
			fx_define(f, i, "thermal", "");
		fx_connect(f);
		fx_read_all(f, 33);
		fx_pass(f, FX_STEP);
		fx_read_all(f, 33);
		assert_string_equal(fx_take(f), ""); /* not fired again */
		assert_int_equal(engine_alert_at(f->e, 0)->id, 1);
		assert_int_equal(engine_incident_at(f->e, 0)->id, 1);
		assert_int_equal(engine_incident_at(f->e, 0)->firing, 2);
		assert_int_equal(engine_incident_at(f->e, 0)->total, 2);
		fx_pass(f, FX_STEP);
		fx_read_all(f, 20);
		assert_string_equal(fx_take(f), "RRC");
		fx_free(f);
	}
}

static void
test_ids(void **state)
{
	(void)state;
	struct fx *f = hot_site(0);
	restart(f, true);
	fx_read_all(f, 20);
	assert_string_equal(fx_take(f), "RRC");
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_int_equal(f->last_alert.id, 102);
	assert_int_equal(f->last_incident.id, 51);
	fx_free(f);
}

/* The highest number among what is restored counts as well. */
static void
test_ids_of_restored(void **state)
{
	(void)state;
	struct fx *f = hot_site(0);
	struct kept k;
	stop(f, &k);
	k.alerts[1].id = 300;
	k.incidents[0].id = 200;
	k.alerts[0].incident = k.alerts[1].incident = 200;
	start(f, &k, true);
	fx_read_all(f, 20);
	assert_string_equal(fx_take(f), "RRC");
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_int_equal(f->last_alert.id, 302);
	assert_int_equal(f->last_incident.id, 201);
	fx_free(f);
}

/* What was pending is so still, under its number, and its clock went on. */
static void
test_pending(void **state)
{
	(void)state;
	struct fx *f = hot_site(90000);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 20);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "RRCpp");
	int64_t since_ms = f->now_ms;
	uint64_t id = f->last_alert.id;
	restart(f, true);
	assert_int_equal(engine_nalerts(f->e), 4); /* and the two resolved */
	assert_int_equal(engine_alert_at(f->e, 0)->state, ALERT_PENDING);
	assert_int_equal(engine_alert_at(f->e, 2)->state, ALERT_CLOSED);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 29000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "OFF");
	assert_int_equal(f->last_alert.since_ms, since_ms);
	assert_int_equal(f->last_alert.fired_ms, since_ms + 90000);
	assert_int_equal(f->last_alert.id, id);
	fx_free(f);
}

/* The rule is gone: what it fired ends at the first tick, with its own texts. */
static void
test_rule_gone(void **state)
{
	(void)state;
	struct fx *f = hot_site(0);
	struct kept k;
	stop(f, &k);
	f->rules[0].name[0] = 'x';
	start(f, &k, true);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "RRC");
	assert_string_equal(f->last_alert.rule, "hot");
	assert_string_equal(f->last_alert.unit, "Cel");
	fx_free(f);
}

/* A node moved to another zone, or gone: the old zone's alert ends, the new zone's begins. */
static void
test_node_moved(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 2);
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	struct kept k;
	stop(f, &k);
	f->nodes[0].zone = f->zones[1].name;
	f->conf.nodes.n = 3; /* b02 is gone */
	start(f, &k, true);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "RR");
	assert_int_equal(engine_incident_at(f->e, 0)->firing, 1);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "F");
	assert_string_equal(f->last_alert.node, "a01");
	assert_string_equal(f->last_alert.zone, "B");
	fx_free(f);
}

/* A series that does not come back though its node sends others: ended when it had its time. */
static void
test_series_gone(void **state)
{
	(void)state;
	struct fx *f = hot_site(0);
	restart(f, false);
	fx_connect(f);
	fx_define(f, 0, "other", "");
	struct series *se = site_series(f->site, 1001);
	for (int i = 0; i < 3; i++) {
		double v = 1;
		assert_true(site_update(se, f->now_ms / 1000, f->now_ms, 1, &v));
		fx_pass(f, FX_STEP);
	}
	assert_string_equal(fx_take(f), "");
	site_seen(fx_node(f, 0), f->now_ms);
	fx_pass(f, 2000);
	assert_string_equal(fx_take(f), "R");
	assert_string_equal(f->last_alert.node, "a01"); /* a02 is silent: unknown */
	fx_free(f);
}

/* A silent node is not taken for well because the collector has just begun to listen. */
static void
test_silence(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	fx_rule(f, "silent", "no-data");
	struct conf_rule *r = fx_rule(f, "many", "no-data");
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "count");
	r->count = 1;
	fx_start(f);
	fx_connect(f);
	for (int i = 0; i < 4; i++) {
		fx_read(f, 1, 20);
		fx_pass(f, FX_STEP);
	}
	assert_string_equal(fx_take(f), "OFxXF");
	restart(f, true);
	fx_pass(f, 5000);
	fx_connect(f);
	fx_node(f, 0)->connected = false; /* as before: not heard of */
	fx_node(f, 0)->seen_ms = 0;
	for (int i = 0; i < 4; i++) {
		fx_read(f, 1, 20);
		fx_pass(f, FX_STEP);
	}
	assert_string_equal(fx_take(f), "");
	fx_read_all(f, 20);
	assert_string_equal(fx_take(f), "RRC");
	fx_free(f);
}

/* Nor a zone because its first node is well. */
static void
test_groups(void **state)
{
	(void)state;
	static const char *const sums[] = { "average", "maximum", "count" };
	for (size_t s = 0; s < 3; s++) {
		struct fx *f = fx_new(1, 3);
		struct conf_rule *r = fx_hot(f, "hot", 32);
		r->scope = fx_text(f, "zone");
		r->aggregate = fx_text(f, sums[s]);
		r->count = 2;
		fx_start(f);
		fx_pass(f, FX_STEP);
		fx_read(f, 0, 20);
		fx_read(f, 1, 40);
		fx_read(f, 2, 40);
		fx_pass(f, 1000);
		assert_string_equal(fx_take(f), "OF");
		restart(f, true);
		fx_read(f, 0, 20);
		fx_pass(f, 1000);
		assert_string_equal(fx_take(f), "");
		fx_read(f, 1, 40);
		fx_read(f, 2, 40);
		fx_pass(f, 1000);
		assert_string_equal(fx_take(f), "");
		assert_int_equal(engine_alert_at(f->e, 0)->id, 1);
		fx_pass(f, FX_STEP);
		fx_read_all(f, 20);
		assert_string_equal(fx_take(f), "RC");
		fx_free(f);
	}
}

/* An incident that was kept without an alert closes; an alert without incident gets one. */
static void
test_torn(void **state)
{
	(void)state;
	struct fx *f = hot_site(0);
	struct kept k;
	stop(f, &k);
	size_t nalerts = k.nalerts;
	k.nalerts = 0;
	start(f, &k, true);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "C");
	engine_free(f->e);
	site_free(f->site);
	k.nalerts = nalerts;
	k.nincidents = 0;
	start(f, &k, true);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "O");
	assert_int_equal(engine_incident_at(f->e, 0)->firing, 2);
	fx_free(f);
}

/* The catalog knows a series for ever; one that did not outlive the program's end is told gone. */
static void
test_series_left_out(void **state)
{
	(void)state;
	struct fx *f = hot_site(0);
	double v = 1;
	restart(f, true);
	for (size_t i = 0; i < 2; i++)
		fx_define(f, i, "other", "");
	fx_connect(f);
	for (int64_t t = 0; t < 62 * FX_STEP; t += FX_STEP) {
		fx_pass(f, FX_STEP);
		if (t < 60 * FX_STEP)
			assert_string_equal(fx_take(f), "");
		for (uint32_t i = 0; i < 2; i++) {
			struct series *se = site_series(f->site, i + 1001);
			if (site_update(se, f->now_ms / 1000, f->now_ms, 1, &v))
				engine_reading(f->e, se, f->now_ms);
		}
	}
	assert_string_equal(fx_take(f), "RRC");
	assert_string_equal(f->last_alert.reason, "no longer reported");
	fx_free(f);
}

/* The nodes whose zone fires left the configuration, and the incident must not stay for ever. */
static void
test_group_without_members(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->scope = fx_text(f, "zone");
	fx_start(f);
	fx_connect(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "OF");
	assert_true(engine_rule_matches(f->e, 0));
	struct kept k;
	stop(f, &k);
	f->conf.nodes.n = 0;
	start(f, &k, true);
	assert_false(engine_rule_matches(f->e, 0));
	fx_pass(f, 600000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 2000);
	assert_string_equal(fx_take(f), "RC");
	assert_string_equal(f->last_alert.reason, "no longer reported");
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ids_of_restored),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_rule_gone),
		cmocka_unit_test(test_node_moved),
		cmocka_unit_test(test_series_gone),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_series_left_out),
		cmocka_unit_test(test_group_without_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
