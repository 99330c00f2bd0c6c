/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site: the model from a configuration, look-ups, readings and rates. */
#include "alert_fixture.h"

#include "collector/site/events.h"
#include "zw/units.h"

/* A series "net" with a counter (at most 1000 a second) and a gauge on the first node. */
static struct series *
define_net(struct fx *f, unsigned nfields)
{
	struct series_def def = { .step_s = 10, .nfields = nfields };
	snprintf(def.node, sizeof def.node, "a01");
	snprintf(def.source, sizeof def.source, "net");
	snprintf(def.instance, sizeof def.instance, "eth0");
	def.fields[0] = (struct field){ "rx", FIELD_COUNTER, "By", 0, 1000, "" };
	def.fields[1] = (struct field){ "speed", FIELD_GAUGE, "bit/s", 0, NAN, "" };
	def.fields[2] = (struct field){ "errors", FIELD_COUNTER, "1", 0, NAN, "" };
	return site_define(f->site, 77, &def);
}

static void
test_model(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 10);
	char *on[] = { f->nodes[0].name, f->nodes[5].name };
	f->nodes[5].depends = (struct conf_texts){ .v = on, .n = 2 }; /* itself does not count */
	f->nodes[5].kind = fx_text(f, "device");
	f->nodes[5].rack = fx_text(f, "R1");
	f->nodes[5].unit = 7;
	f->nodes[39].zone = fx_text(f, "site");
	fx_start(f);
	f->nodes[5].rack[0] = 'X'; /* the site has copies */
	assert_int_equal(site_nzones(f->site), 4);
	assert_int_equal(site_nnodes(f->site), 40);
	assert_int_equal(site_zone(f->site, "B")->nnodes, 10);
	assert_int_equal(site_zone(f->site, "D")->nnodes, 9);
	assert_string_equal(site_zone(f->site, "B")->nodes[0]->name, "b01");
	assert_null(site_zone(f->site, "E"));
	assert_null(site_node(f->site, "e01"));
	assert_null(site_node(f->site, "d10")->zone);
	const struct node *n = site_node(f->site, "a06");
	assert_int_equal(n->kind, NODE_DEVICE);
	assert_string_equal(n->rack, "R1");
	assert_string_equal(n->title, "a06");
	assert_int_equal(n->unit, 7);
	assert_int_equal(n->ndepends, 1);
	assert_ptr_equal(n->depends[0], site_node(f->site, "a01"));
	fx_free(f);
}

static void
test_look_up(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	fx_start(f);
	struct series *se = define_net(f, 2);
	assert_ptr_equal(site_series(f->site, 77), se);
	assert_ptr_equal(site_series_named(f->site, "a01/net-eth0"), se);
	assert_ptr_equal(site_series_named(f->site, "a01/thermal"), site_series(f->site, 1));
	assert_null(site_series_named(f->site, "a02/net-eth0"));
	assert_null(site_series_named(f->site, "a01"));
	assert_null(site_series_named(f->site, ""));
	assert_null(site_series_named(f->site, "/net-eth0"));
	assert_null(site_series(f->site, 78));
	struct series_def def = { .node = "zz", .source = "net", .step_s = 10, .nfields = 0 };
	assert_null(site_define(f->site, 79, &def));
	fx_free(f);
}

static void
test_rates(void **state)
{
	(void)state;
	static const struct {
		int64_t time_s;
		double raw, rate;
		bool taken;
	} rows[] = {
		{ 1000, 500, NAN, true },   /* the first */
		{ 1010, 1500, 100, true },  /* 1000 in 10 s */
		{ 1010, 9999, 100, false }, /* not newer */
		{ 1000, 9999, 100, false },
		{ 1020, 100, NAN, true },   /* went backwards: a restart */
		{ 1030, 300, 20, true },    /* and on from there */
		{ 1040, NAN, NAN, true },   /* unknown */
		{ 1050, 900, NAN, true },   /* nothing to count from */
		{ 1060, 900, 0, true },	    /* no growth is 0, not unknown */
		{ 1090, 3900, 100, true },  /* a gap of 3 steps */
		{ 1130, 4900, NAN, true },  /* a longer one */
		{ 1140, 24900, NAN, true }, /* 2000 a second is not plausible */
		{ 1150, 34900, 1000, true },
	};
	struct fx *f = fx_new(1, 1);
	fx_start(f);
	struct series *se = define_net(f, 2);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double v[2] = { rows[i].raw, 5 };
		bool taken = site_update(se, rows[i].time_s, (int64_t)i, 2, v);
		double rate = se->last.values[0];
		bool same = isnan(rows[i].rate) ? isnan(rate) : rate == rows[i].rate;
		if (taken != rows[i].taken || !same)
			fail_msg("row %zu: taken %d, rate %g", i, taken, rate);
		assert_true(se->last.values[1] == 5); /* a gauge goes through */
	}
	fx_free(f);
}

/* A field that comes later is unknown at first, and the others lose nothing. */
static void
test_widen(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_start(f);
	struct series *se = define_net(f, 2);
	double v[4] = { 100, 1, 50, 99 };
	assert_true(site_update(se, 1000, 1, 2, v));
	assert_ptr_equal(define_net(f, 3), se);
	assert_int_equal(se->nfields, 3);
	assert_true(isnan(se->last.values[2]));
	v[0] = 200;
	assert_true(site_update(se, 1010, 2, 4, v)); /* more values than fields: left out */
	assert_true(se->last.values[0] == 10);
	assert_true(isnan(se->last.values[2]));
	v[2] = 60;
	assert_true(site_update(se, 1020, 3, 3, v));
	assert_true(se->last.values[2] == 1);
	assert_true(site_update(se, 1030, 4, 1, v)); /* fewer: unknown */
	assert_true(isnan(se->last.values[1]));
	int64_t seen_ms = se->node->seen_ms;
	assert_false(site_update(se, 1030, seen_ms + 5, 1, v));
	assert_int_equal(se->node->seen_ms, seen_ms); /* old news are no sign of life */
	assert_true(site_update(se, 1040, seen_ms + 5, 1, v));
	assert_int_equal(se->node->seen_ms, seen_ms + 5);
	fx_free(f);
}

static void
test_sessions(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_start(f);
	struct node *n = fx_node(f, 0);
	assert_true(site_is_stale(n, FX_T0));
	site_connected(n, "192.0.2.7:4", "agent 1", FX_T0);
	assert_true(n->connected);
	assert_string_equal(n->peer, "192.0.2.7:4");
	assert_int_equal(n->seen_ms, FX_T0);
	assert_false(site_is_stale(n, FX_T0 + 30000));
	assert_true(site_is_stale(n, FX_T0 + 30001));
	fx_read_late(f, 0, 20, 0);
	assert_int_equal(n->seen_ms, FX_T0);
	site_seen(n, FX_T0 - 5); /* never back */
	assert_int_equal(n->seen_ms, FX_T0);
	site_disconnected(n, FX_T0 + 7);
	assert_false(n->connected);
	assert_int_equal(n->lost_ms, FX_T0 + 7);
	assert_string_equal(n->peer, "");
	site_connected(n, "x", "y", FX_T0 + 9);
	assert_int_equal(n->lost_ms, 0);
	fx_free(f);
}

static void
test_step(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	f->site = site_new(&f->conf);
	struct node *n = fx_node(f, 0);
	assert_int_equal(site_step_ms(n), 10000); /* nothing known */
	struct series_def def = { .node = "a01", .source = "slow", .step_s = 60 };
	assert_non_null(site_define(f->site, 5, &def));
	assert_int_equal(site_step_ms(n), 60000);
	(void)str_copy(def.source, sizeof def.source, "fast");
	def.step_s = 1;
	assert_non_null(site_define(f->site, 6, &def));
	assert_int_equal(site_step_ms(n), 1000);
	fx_free(f);
}

static void
test_plausible(void **state)
{
	(void)state;
	static const struct {
		double value;
		bool plausible;
	} rows[] = { { 20, true }, { -40, true }, { 90, true }, { 91, false }, { -41, false },
		{ NAN, false }, { INFINITY, false } };
	struct fx *f = fx_new(1, 1);
	fx_start(f);
	struct series *se = site_series(f->site, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(site_update(se, 1000 + (int64_t)i, 1, 1, &rows[i].value));
		assert_int_equal(site_is_plausible(se, 0), rows[i].plausible);
	}
	fx_free(f);
}

/* A site with a controller "ecc1" in zone A, its children by pattern, and another device whose name
 * goes on from its. */
static struct fx *
controller(struct conf_child *rows, size_t n)
{
	struct fx *f = fx_new(2, 3);
	static char pattern[] = "probe-1*", title[] = "Cold aisle", zone[] = "B";
	static char gone[] = "old", loose[] = "hall", site[] = "site";
	struct conf_child all[] = {
		{ .name = pattern, .title = title, .zone = zone },
		{ .name = gone, .ignore = true },
		{ .name = loose, .title = title, .zone = site },
	};
	assert_true(n <= sizeof all / sizeof all[0]);
	memcpy(rows, all, n * sizeof all[0]);
	f->nodes[0].name = fx_text(f, "ecc1");
	f->nodes[0].kind = fx_text(f, "device");
	f->nodes[0].rack = fx_text(f, "R1");
	f->nodes[0].children = (struct conf_list){ .v = rows, .n = n };
	f->nodes[1].name = fx_text(f, "ecc1.sub");
	f->nodes[1].kind = fx_text(f, "device");
	f->nodes[3].name = fx_text(f, "ecc1.door");
	f->site = site_new(&f->conf);
	return f;
}

static void
test_children(void **state)
{
	(void)state;
	struct conf_child rows[3];
	struct fx *f = controller(rows, 3);
	struct site *s = f->site;
	struct err e;
	const struct node *ecc = site_node(s, "ecc1"), *n;

	assert_null(site_device_of(s, "ecc1"));
	assert_null(site_device_of(s, "ecc1."));
	assert_null(site_device_of(s, "a02.x")); /* a server has none */
	assert_null(site_device_of(s, "ecc2.x"));
	assert_ptr_equal(site_device_of(s, "ecc1.x"), ecc);
	assert_ptr_equal(site_device_of(s, "ecc1.x.y"), ecc);
	assert_ptr_equal(site_device_of(s, "ecc1.sub.y"), site_node(s, "ecc1.sub"));
	/* One of the configuration, a child all the same. */
	n = site_node(s, "ecc1.door");
	assert_ptr_equal(n->parent, ecc);
	assert_int_equal(n->ndepends, 1);
	assert_string_equal(n->zone->name, "B");
	/* By the first pattern. */
	n = site_child(s, "ecc1.probe-17", &e);
	assert_ptr_equal(site_child(s, "ecc1.probe-17", &e), n);
	assert_string_equal(n->zone->name, "B");
	assert_string_equal(n->title, "Cold aisle probe-17");
	assert_string_equal(n->rack, "R1");
	assert_int_equal(n->kind, NODE_DEVICE);
	assert_ptr_equal(n->depends[0], ecc);
	assert_ptr_equal(site_zone(s, "B")->nodes[site_zone(s, "B")->nnodes - 1], n);
	n = site_child(s, "ecc1.hall", &e);
	assert_null(n->zone);
	assert_string_equal(n->title, "Cold aisle");
	assert_null(site_child(s, "ecc1.old", &e));
	assert_null(site_child(s, "a02.x", &e));
	assert_string_equal(e.msg, "a02.x is no child of a device of this site");
	assert_null(site_child(s, "ecc1.a/b", &e));
	/* None: the zone of those comes with the first. */
	assert_int_equal(site_nzones(s), 2);
	assert_null(site_unassigned(s));
	assert_null(site_zone(s, "unassigned"));
	n = site_child(s, "ecc1.probe-2", &e);
	assert_int_equal(site_nzones(s), 3);
	assert_ptr_equal(n->zone, site_unassigned(s));
	assert_ptr_equal(site_zone(s, "unassigned"), n->zone);
	assert_ptr_equal(site_zone_at(s, 2), n->zone);
	assert_string_equal(n->title, "ecc1.probe-2");
	assert_ptr_equal(site_node_at(s, site_nnodes(s) - 1), n);
	fx_free(f);
}

/* A child that lives tells that its device does; a device is bounded; pointers stay. */
static void
test_children_at_work(void **state)
{
	(void)state;
	struct conf_child rows[3];
	struct fx *f = controller(rows, 1);
	struct series_def def = { .step_s = 10, .nfields = 1, .node = "ecc1.c0", .source = "temp" };
	struct node *ecc = site_node(f->site, "ecc1");
	struct zone *zone = ecc->zone;
	char name[32];
	struct err e;

	def.fields[0] = (struct field){ "value", FIELD_GAUGE, "Cel", NAN, NAN, "" };
	struct series *se = site_define(f->site, 9, &def);
	assert_non_null(se);
	assert_ptr_equal(se->node->parent, ecc);
	assert_int_equal(site_step_ms(ecc), 10000);
	def.step_s = 2;
	(void)str_copy(def.source, sizeof def.source, "fast");
	assert_non_null(site_define(f->site, 10, &def));
	assert_int_equal(site_step_ms(ecc), 2000);
	double v = 21;
	assert_true(site_update(se, 1000, FX_T0, 1, &v));
	assert_int_equal(ecc->seen_ms, FX_T0);
	for (unsigned i = 0; i < SITE_MAX_CHILDREN + 10; i++) {
		snprintf(name, sizeof name, "ecc1.c%u", i);
		/* ecc1.sub and ecc1.door count, too. */
		assert_int_equal(site_child(f->site, name, &e) != NULL, i < SITE_MAX_CHILDREN - 2);
	}
	assert_string_equal(e.msg, "device ecc1 has more than 256 child devices");
	assert_ptr_equal(site_node(f->site, "ecc1"), ecc);
	assert_ptr_equal(ecc->zone, zone);
	assert_ptr_equal(site_series(f->site, 9), se);
	fx_free(f);
}

/* What is told of a state, also when it is told otherwise. */
static void
test_states(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_start(f);
	struct series_def def = { .step_s = 10, .nfields = 2, .node = "a01", .source = "ups" };
	struct metric_state st;
	char text[UNITS_MAX];

	def.fields[0] = (struct field){ "load", FIELD_GAUGE, "%", NAN, NAN, "" };
	def.fields[1] = (struct field){ "mode", FIELD_STATE, "1", NAN, NAN, "" };
	struct series *se = site_define(f->site, 9, &def);
	double v[2] = { 5, 5 };
	assert_true(site_update(se, 1000, 1, 2, v));
	assert_false(site_state(se, 1, 5, &st));
	site_value(text, sizeof text, se, 1);
	assert_string_equal(text, "5");
	assert_true(
	    metric_state_add(&def, 1, &(struct metric_state){ 5, METRIC_CRITICAL, "on battery" }));
	assert_ptr_equal(site_define(f->site, 9, &def), se);
	assert_true(site_state(se, 1, 5, &st));
	assert_int_equal(st.severity, METRIC_CRITICAL);
	assert_false(site_state(se, 0, 5, &st));
	assert_false(site_state(se, 7, 5, &st));
	site_value(text, sizeof text, se, 1);
	assert_string_equal(text, "on battery");
	site_value(text, sizeof text, se, 0);
	assert_string_equal(text, "5 %");
	assert_int_equal(site_field(se, "mode"), 1);
	assert_int_equal(site_field(se, "nothing"), 2);
	fx_free(f);
}

/* The latest are kept, the newest first. */
static void
test_events(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 5);
	fx_start(f);
	struct events *all = events_new();
	struct wire_event ev = { .severity = WIRE_WARNING, .code = "trap" };

	assert_int_equal(events_count(NULL), 0);
	events_add(NULL, fx_node(f, 0), NULL, &ev);
	assert_int_equal(events_count(all), 0);
	for (int i = 0; i < EVENTS_KEPT + 5; i++) {
		ev.time_ms = i;
		snprintf(ev.text, sizeof ev.text, "number %d", i);
		events_add(all, fx_node(f, (size_t)i % 5), NULL, &ev);
		assert_string_equal(events_at(all, 0)->text, ev.text);
	}
	assert_int_equal(events_count(all), EVENTS_KEPT);
	for (int i = 0; i < EVENTS_KEPT; i++)
		assert_int_equal(events_at(all, (size_t)i)->time_ms, EVENTS_KEPT + 4 - i);
	assert_ptr_equal(events_at(all, 4)->node, fx_node(f, 0));
	events_free(all);
	fx_free(f);
}

/* A node that tells very much drives out its own, not what others told. */
static void
test_events_of_a_loud_node(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	fx_start(f);
	struct events *all = events_new();
	struct wire_event ev = { .severity = WIRE_WARNING, .code = "trap", .time_ms = 1 };

	events_add(all, fx_node(f, 0), NULL, &ev);
	for (int i = 2; i < 3 * EVENTS_KEPT; i++) {
		ev.time_ms = i;
		events_add(all, fx_node(f, 1), NULL, &ev);
	}
	assert_int_equal(events_count(all), EVENTS_OF_NODE + 1);
	for (int i = 0; i < EVENTS_OF_NODE; i++)
		assert_int_equal(events_at(all, (size_t)i)->time_ms, 3 * EVENTS_KEPT - 1 - i);
	assert_int_equal(events_at(all, EVENTS_OF_NODE)->time_ms, 1);
	events_free(all);
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_look_up),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_widen),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_plausible),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_children_at_work),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_events_of_a_loud_node),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
