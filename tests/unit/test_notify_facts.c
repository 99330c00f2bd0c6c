/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a message tells of an incident: its cause, what else fires, who is near, what cools and
 * feeds the place; and how the plan sees it. An engine of straw over a real site. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/thermal.h"
#include "collector/conf.h"
#include "collector/notify/facts.h"
#include "collector/site/site.h"
#include "zw/str.h"

#define NOW INT64_C(1700000000000)
#define MAX 40

struct engine {
	struct alert alerts[MAX];
	size_t n;
};

size_t
engine_nalerts(const struct engine *e)
{
	return e->n;
}

const struct alert *
engine_alert_at(const struct engine *e, size_t i)
{
	return &e->alerts[i];
}

static struct zone_air air = { .left_s = NAN, .hottest = NAN, .inlets = 1 };
static const char *air_zone = "";

const struct zone_air *
engine_air(const struct engine *e, const struct zone *z)
{
	(void)e;
	return z != NULL && strcmp(z->name, air_zone) == 0 ? &air : NULL;
}

/* What the engine knows of the plant. */
static int64_t off_ms, battery_ms;

bool
engine_cools(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	(void)e;
	(void)n;
	*since_ms = off_ms;
	return off_ms == 0;
}

bool
engine_on_battery(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	(void)e;
	(void)n;
	*since_ms = battery_ms;
	return battery_ms != 0;
}

/* The gateway is silent, and with it what it speaks for. */
const struct node *
engine_because(const struct engine *e, const struct node *n)
{
	(void)e;
	return n->ndepends > 0 ? n->depends[0] : NULL;
}

struct rig {
	struct conf_collector conf;
	struct conf_zone zones[2];
	struct conf_node nodes[8];
	struct conf_measure measures[4];
	struct conf_rule rules[1];
	struct site *site;
	struct engine e;
	struct incident in;
	struct facts from;
	uint32_t sid;
};

static char names[8][8] = { "a1", "a2", "a3", "b1", "ac1", "ups1", "gw", "sw" };
static char A[] = "A", B[] = "B", server[] = "server", device[] = "device", cooling[] = "cooling",
	    ups[] = "ups", thermal[] = "thermal", any[] = "*", supply[] = "supply",
	    state[] = "state", cools[] = "cools", runtime[] = "runtime", on[] = "on_battery",
	    battery[] = "on-battery", hot[] = "hot", kind[] = "threshold";

/* A series of one field with its value. */
static void
series(struct rig *r, const char *node, const char *source, const char *field, const char *unit,
    double value)
{
	struct series_def def = { .step_s = 10, .nfields = 1 };

	def.id = ++r->sid;
	(void)str_copy(def.node, sizeof def.node, node);
	(void)str_copy(def.source, sizeof def.source, source);
	/* Each is a series of its own. */
	(void)str_copy(
	    def.instance, sizeof def.instance, strcmp(source, thermal) == 0 ? "" : field);
	(void)str_copy(def.fields[0].name, sizeof def.fields[0].name, field);
	(void)str_copy(def.fields[0].unit, sizeof def.fields[0].unit, unit);
	def.fields[0].min = def.fields[0].max = NAN;
	struct series *se = site_define(r->site, def.id, &def);
	assert_non_null(se);
	assert_true(site_update(se, NOW / 1000, NOW, 1, &value));
}

static void
rig_init(struct rig *r)
{
	static char *gateway[] = { names[6] };

	*r = (struct rig){ 0 };
	r->zones[0].name = A;
	r->zones[1].name = B;
	for (size_t i = 0; i < 8; i++)
		r->nodes[i] = (struct conf_node){
			.name = names[i], .zone = i == 3 ? B : A, .kind = i < 4 ? server : device
		};
	r->nodes[4].role = cooling;
	r->nodes[5].role = ups;
	r->nodes[7].depends = (struct conf_texts){ .v = gateway, .n = 1 };
	r->measures[0] = (struct conf_measure){
		.name = supply, .source = cooling, .instance = any, .field = supply
	};
	r->measures[1] = (struct conf_measure){
		.name = cools, .source = cooling, .instance = any, .field = state
	};
	r->measures[2] = (struct conf_measure){
		.name = runtime, .source = ups, .instance = any, .field = runtime
	};
	r->measures[3] =
	    (struct conf_measure){ .name = battery, .source = ups, .instance = any, .field = on };
	r->rules[0] = (struct conf_rule){ .name = hot, .kind = kind, .source = thermal };
	r->conf.zones = (struct conf_list){ .v = r->zones, .n = 2 };
	r->conf.nodes = (struct conf_list){ .v = r->nodes, .n = 8 };
	r->conf.measures = (struct conf_list){ .v = r->measures, .n = 4 };
	r->conf.rules = (struct conf_list){ .v = r->rules, .n = 1 };
	r->conf.mail.graph = true;
	r->site = site_new(&r->conf);
	r->in = (struct incident){ .id = 1, .opened_ms = NOW };
	(void)str_copy(r->in.zone, sizeof r->in.zone, A);
	r->from = (struct facts){ .conf = &r->conf, .site = r->site, .engine = &r->e };
}

static struct alert *
fire(struct rig *r, enum wire_severity severity, const char *node)
{
	struct alert *a = &r->e.alerts[r->e.n++];

	*a = (struct alert){ .id = r->e.n,
		.rule = hot,
		.title = "Hot",
		.severity = severity,
		.state = ALERT_FIRING,
		.fired_ms = NOW + (int64_t)r->e.n * 10000,
		.incident = 1 };
	(void)str_copy(a->node, sizeof a->node, node);
	(void)str_copy(a->field, sizeof a->field, "inlet");
	return a;
}

/* The root is what it is about; others by weight, consequences last; not what is muted, late, of
 * another incident or over. */
static void
alerts(void **s)
{
	struct text_facts f;
	struct rig r;

	(void)s;
	rig_init(&r);
	struct alert *follows = fire(&r, WIRE_CRITICAL, "a1");
	struct alert *warning = fire(&r, WIRE_WARNING, "a2");
	struct alert *root = fire(&r, WIRE_WARNING, "ac1");
	struct alert *critical = fire(&r, WIRE_CRITICAL, "a3");
	follows->flags = ALERT_CONSEQUENCE;
	fire(&r, WIRE_CRITICAL, "a1")->flags = ALERT_SILENCED;
	fire(&r, WIRE_CRITICAL, "a1")->flags = ALERT_LATE;
	fire(&r, WIRE_CRITICAL, "a1")->incident = 2;
	fire(&r, WIRE_CRITICAL, "a1")->state = ALERT_RESOLVED;
	r.in.root = root->id;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_ptr_equal(f.alert, root);
	assert_string_equal(f.node->name, "ac1");
	assert_int_equal(f.nothers, 3);
	assert_ptr_equal(f.others[0], critical);
	assert_ptr_equal(f.others[1], warning);
	assert_ptr_equal(f.others[2], follows);
	struct told told = { .last_ms = warning->fired_ms };
	facts_freshen(&f, &told);
	assert_int_equal(f.nfresh, 1);
	assert_ptr_equal(f.fresh[0], critical);
	/* Without a root that can be told of: the weightiest. */
	root->flags = ALERT_MAINTENANCE;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_ptr_equal(f.alert, critical);
	/* At the end all that it had, but not what was learned late. */
	r.in.closed_ms = NOW;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(1 + f.nothers, 6);
	site_free(r.site);
}

/* A root that is over still names the incident, also at the end; what is wrong beside it, and what
 * fired after somebody took it. */
static void
root_over(void **s)
{
	struct text_facts f;
	struct rig r;

	(void)s;
	rig_init(&r);
	struct alert *root = fire(&r, WIRE_WARNING, "ac1");
	struct alert *critical = fire(&r, WIRE_CRITICAL, "a3");
	root->state = ALERT_RESOLVED;
	r.in.root = root->id;
	r.in.ack = (struct ack){ .author = "root", .at_ms = critical->fired_ms - 1 };
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_ptr_equal(f.alert, root);
	assert_int_equal(f.nothers, 1);
	assert_int_equal(f.unacked, 1);
	assert_true(f.unacked_ms == critical->fired_ms);
	assert_int_equal(f.elsewhere, WIRE_INFO);
	r.in.ack.at_ms = critical->fired_ms;
	struct alert *other = fire(&r, WIRE_CRITICAL, "b1");
	other->incident = 2;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(f.unacked, 0);
	assert_int_equal(f.elsewhere, WIRE_CRITICAL);
	other->flags = ALERT_SILENCED;
	critical->state = root->state = ALERT_CLOSED;
	r.in.closed_ms = NOW;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(f.elsewhere, WIRE_INFO);
	assert_ptr_equal(f.alert, root);
	site_free(r.site);
}

/* Neighbours beyond the limit are told of though no alert fires on them. */
static void
beyond(void **s)
{
	struct text_facts f;
	struct rig r;

	(void)s;
	rig_init(&r);
	series(&r, "a1", "thermal", "inlet", "Cel", 33);
	series(&r, "a2", "thermal", "inlet", "Cel", 34);
	series(&r, "a3", "thermal", "inlet", "Cel", 29);
	struct alert *a = fire(&r, WIRE_CRITICAL, "a1");
	a->sid = 1;
	a->limit = 32;
	a->why.code = REASON_ABOVE;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(f.beyond, 1);
	site_free(r.site);
}

/* More than have room: the weightiest stay, the others are counted. */
static void
many(void **s)
{
	struct text_facts f;
	struct rig r;

	(void)s;
	rig_init(&r);
	for (int i = 0; i < MAX; i++)
		fire(&r, i >= 30 ? WIRE_CRITICAL : WIRE_WARNING, "a1");
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(f.alert->id, 31);
	assert_int_equal(f.nothers, TEXT_MAX_OTHERS);
	assert_int_equal(f.nmore, MAX - 1 - TEXT_MAX_OTHERS);
	for (size_t i = 0; i < TEXT_MAX_OTHERS; i++)
		assert_int_equal(f.others[i]->id, i < 9 ? 32 + i : i - 8);
	site_free(r.site);
}

/* Only what is not muted counts; what waits for somebody since when. */
static void
as_the_plan_sees(void **s)
{
	struct plan_case c = { 0 };
	struct rig r;

	(void)s;
	rig_init(&r);
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.now == -1 && c.worst == -1 && c.urgent_ms == 0);
	struct alert *w = fire(&r, WIRE_WARNING, "a1"), *k = fire(&r, WIRE_CRITICAL, "a2");
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.now == WIRE_CRITICAL && c.urgent_ms == k->fired_ms);
	facts_case(&r.e, &r.in, k->fired_ms + 5000, &c); /* it was muted until then */
	assert_true(c.urgent_ms == k->fired_ms + 5000);
	k->flags = ALERT_ACKED;
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.now == WIRE_CRITICAL && c.urgent_ms == 0);
	k->flags = ALERT_SILENCED;
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.now == WIRE_WARNING && c.worst == WIRE_WARNING);
	k->flags = 0;
	k->state = ALERT_RESOLVED;
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.now == WIRE_WARNING && c.worst == WIRE_CRITICAL && c.urgent_ms == 0);
	/* An acknowledgement of the incident does not cover what fired after it. */
	w->severity = WIRE_CRITICAL;
	r.in.ack = (struct ack){ .author = "aysel", .at_ms = w->fired_ms - 1 };
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.urgent_ms == w->fired_ms);
	r.in.ack.at_ms = w->fired_ms + 1;
	facts_case(&r.e, &r.in, 0, &c);
	assert_true(c.urgent_ms == 0);
	site_free(r.site);
}

/* Neighbours, cooling and power of the place. */
static void
place(void **s)
{
	struct text_facts f;
	struct rig r;

	(void)s;
	rig_init(&r);
	series(&r, "a1", "thermal", "inlet", "Cel", 33);
	series(&r, "a2", "thermal", "inlet", "Cel", 24);
	series(&r, "a3", "thermal", "inlet", "Cel", 29);
	series(&r, "b1", "thermal", "inlet", "Cel", 40);
	series(&r, "ac1", "cooling", "supply", "Cel", 27.5);
	series(&r, "ac1", "cooling", "state", "", 0);
	series(&r, "ups1", "ups", "runtime", "s", 900);
	series(&r, "ups1", "ups", "on_battery", "s", 30);
	series(&r, "ups1", "ups", "charge", "%", 88);
	fire(&r, WIRE_CRITICAL, "a1")->sid = 1;
	off_ms = NOW - 60000;
	battery_ms = NOW - 30000;
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(f.nneighbours, 2);
	assert_string_equal(f.neighbours[0].node->name, "a3");
	assert_string_equal(f.neighbours[1].node->name, "a2");
	assert_true(f.graph);
	assert_int_equal(f.nunits, 1);
	assert_string_equal(f.units[0].node->name, "ac1");
	assert_false(f.units[0].cools);
	assert_true(f.units[0].off_ms == off_ms);
	assert_false(f.units[0].silent);
	assert_true(f.units[0].supply == 27.5);
	assert_string_equal(f.power.node->name, "ups1");
	assert_true(f.power.on_battery);
	assert_true(f.power.since_ms == battery_ms);
	assert_true(f.power.runtime_min == 15);
	assert_true(f.power.charge == 88);
	assert_true(isnan(f.power.load));
	/* An aggregate: its worst, in the zone alone. Old values count no more. */
	r.e.alerts[0].node[0] = '\0';
	facts_gather(&r.from, &r.in, NOW, &f);
	assert_int_equal(f.nworst, 3);
	assert_true(f.worst[0].rank == 33 && f.worst[2].rank == 24);
	facts_gather(&r.from, &r.in, NOW + 600000, &f);
	assert_int_equal(f.nworst, 0);
	assert_true(f.units[0].silent);
	assert_null(f.power.node);
	/* What cannot be reached because of the alert's node. */
	(void)str_copy(r.e.alerts[0].node, sizeof r.e.alerts[0].node, "gw");
	facts_gather(&r.from, &r.in, NOW + 600000, &f);
	assert_int_equal(f.unreachable, 1);
	site_free(r.site);
}

/* The countdown counts for an incident of its zone (of the site: of the worst) that is about air or
 * cooling, while it is open and told to people. */
static void
near(void **s)
{
	struct rig r;

	(void)s;
	rig_init(&r);
	air_zone = "A";
	air.left_s = 120;
	struct alert *a = fire(&r, WIRE_WARNING, "a1");
	a->topic = TOPIC_SERVER;
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_FAR);
	fire(&r, WIRE_CRITICAL, "ac1")->topic = TOPIC_COOLING;
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_AT_HAND);
	(void)str_copy(r.in.zone, sizeof r.in.zone, "site");
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_AT_HAND);
	(void)str_copy(r.in.zone, sizeof r.in.zone, B);
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_FAR);
	(void)str_copy(r.in.zone, sizeof r.in.zone, A);
	air.left_s = 0;
	air.limit = 32;
	air.hottest = 31.2; /* it is reckoned only */
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_AT_HAND);
	air.hottest = 32;
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_REACHED);
	r.e.alerts[1].flags = ALERT_SILENCED;
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_FAR);
	r.e.alerts[1].flags = 0;
	r.in.closed_ms = NOW;
	assert_int_equal(facts_near(&r.from, &r.in), PLAN_FAR);
	air.left_s = air.hottest = NAN;
	site_free(r.site);
}

/* Of several UPS that one which feeds the zone: by what it serves, or by what hangs on it. */
static void
feeding(void **s)
{
	static char *to_a[] = { A }, *to_b[] = { B }, *on_ups[] = { names[5] },
		    *on_pdu[] = { names[7] }, site[] = "site";
	struct text_facts f;
	struct rig r;

	(void)s;
	for (int by = 0; by < 4; by++) {
		rig_init(&r);
		/* ups1 and gw are UPS, sw is a PDU. */
		r.nodes[5].zone = r.nodes[6].zone = site;
		r.nodes[6].role = ups;
		r.nodes[7].depends = (struct conf_texts){ 0 };
		if (by == 0) {
			r.nodes[5].serves = (struct conf_texts){ .v = to_a, .n = 1 };
			r.nodes[6].serves = (struct conf_texts){ .v = to_b, .n = 1 };
		} else if (by == 1) { /* the PDU of zone A hangs on it */
			r.nodes[7].depends = (struct conf_texts){ .v = on_ups, .n = 1 };
		} else if (by == 2) { /* a server of zone A hangs on a PDU of the site */
			r.nodes[7].zone = site;
			r.nodes[7].depends = (struct conf_texts){ .v = on_ups, .n = 1 };
			r.nodes[0].depends = (struct conf_texts){ .v = on_pdu, .n = 1 };
		}
		site_free(r.site);
		r.site = site_new(&r.conf);
		r.from.site = r.site;
		/* The other one is worse off, which does not matter. */
		series(&r, "ups1", "ups", "runtime", "s", 900);
		series(&r, "gw", "ups", "runtime", "s", 300);
		fire(&r, WIRE_CRITICAL, "a1");
		facts_gather(&r.from, &r.in, NOW, &f);
		if (by == 3)
			assert_null(f.power.node); /* none is known to feed it */
		else
			assert_string_equal(f.power.node->name, "ups1");
		/* An alarm of a UPS is about that one, of the site about the worst. */
		(void)str_copy(r.e.alerts[0].node, sizeof r.e.alerts[0].node, "ups1");
		r.in.zone[0] = '\0';
		facts_gather(&r.from, &r.in, NOW, &f);
		assert_string_equal(f.power.node->name, "ups1");
		r.e.alerts[0].node[0] = '\0';
		facts_gather(&r.from, &r.in, NOW, &f);
		assert_string_equal(f.power.node->name, "gw");
		site_free(r.site);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near),
		cmocka_unit_test(feeding),
		cmocka_unit_test(alerts),
		cmocka_unit_test(many),
		cmocka_unit_test(root_over),
		cmocka_unit_test(beyond),
		cmocka_unit_test(as_the_plan_sees),
		cmocka_unit_test(place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
