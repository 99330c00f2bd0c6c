/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents by zone and cause, in virtual time: what fails above explains what fails below, before
 * or after it; what has nothing in common is told apart; a flood is one. */
#define FX_NODES 4200
#include "alert_fixture.h"

#include <time.h>

#include "collector/alert/engine.h"

#define STATES_SID 10000 /* of a node's states; its other sids are below */

/* A node of the fixture made into something else. */
static struct conf_node *
make(struct fx *f, size_t node, const char *kind, const char *role, const char *zone)
{
	struct conf_node *n = &f->nodes[node];
	n->kind = fx_text(f, kind);
	n->role = role != NULL ? fx_text(f, role) : NULL;
	n->zone = fx_text(f, zone);
	return n;
}

/* The first n nodes from `from` on depend on one; its name must outlive the call. */
static void
depend(struct fx *f, size_t from, size_t n, char **on)
{
	for (size_t i = from; i < from + n; i++)
		f->nodes[i].depends = (struct conf_texts){ .v = on, .n = 1 };
}

/* A node's state, 0 ok, 1 warning, 2 critical ("failed"), of a source; at this moment. */
static void
tell(struct fx *f, size_t node, const char *source, double code)
{
	uint32_t sid = STATES_SID + (uint32_t)node;
	struct series *se = site_series(f->site, sid);
	if (se == NULL) {
		static const struct metric_state worn = { 1, METRIC_WARNING, "worn" };
		static const struct metric_state failed = { 2, METRIC_CRITICAL, "failed" };
		struct series_def def = { .step_s = FX_STEP / 1000, .nfields = 1 };
		snprintf(def.node, sizeof def.node, "%s", f->nodes[node].name);
		snprintf(def.source, sizeof def.source, "%s", source);
		def.fields[0] = (struct field){ "status", FIELD_STATE, "1", 0, 9, "Status" };
		assert_true(metric_state_add(&def, 0, &worn));
		assert_true(metric_state_add(&def, 0, &failed));
		se = site_define(f->site, sid, &def);
		assert_non_null(se);
	}
	if (site_update(se, f->now_ms / 1000, f->now_ms, 1, &code))
		engine_reading(f->e, se, f->now_ms);
	engine_tick(f->e, f->now_ms);
}

/* States, warm and hot inlets. */
static void
rules(struct fx *f)
{
	struct conf_rule *r = fx_rule(f, "failed", "state");
	r->severity = fx_text(f, "critical");
	r->title = fx_text(f, "Failed");
	r = fx_rule(f, "worn", "state");
	char **at = fx_key(r, "at");
	free(*at);
	*at = xstrdup("warning");
	fx_hot(f, "warm", 27);
	fx_hot(f, "hot", 32)->severity = fx_text(f, "critical");
}

/* And silence. */
static void
silence(struct fx *f)
{
	rules(f);
	fx_rule(f, "silent", "no-data")->severity = fx_text(f, "critical");
}

static const struct alert *
alert_on(struct fx *f, const char *rule, const char *node)
{
	for (size_t i = 0; i < engine_nalerts(f->e); i++) {
		const struct alert *a = engine_alert_at(f->e, i);
		if (strcmp(a->rule, rule) == 0 && strcmp(a->node, node) == 0)
			return a;
	}
	fail_msg("no alert %s on %s", rule, node);
	return NULL;
}

static size_t
count_of(const char *trace, char letter)
{
	size_t n = 0;
	for (; *trace != '\0'; trace++)
		n += *trace == letter;
	return n;
}

/* All nodes from `from` to `to` say this, a step later. */
static void
step(struct fx *f, size_t from, size_t to, double value)
{
	fx_pass(f, FX_STEP);
	for (size_t i = from; i < to; i++)
		fx_read(f, i, value);
	engine_tick(f->e, f->now_ms);
}

/* Zone A: a01 cools, nine servers. Zone B: servers. */
static struct fx *
cooled_site(void)
{
	struct fx *f = fx_new(2, 10);
	make(f, 0, "device", "cooling", "A");
	rules(f);
	fx_start(f);
	fx_connect(f);
	fx_read_all(f, 22);
	tell(f, 0, "cooling", 0);
	return f;
}

/* A controller's word on a probe is about what the probe measures, not a matter of its own. */
static void
test_status_of_probe(void **state)
{
	static const struct {
		const char *instance;
		enum alert_topic topic;
	} rows[] = { { "Temperature.Status-7.7", TOPIC_AIR }, { "Leakage.Status-1", TOPIC_SAFETY },
		{ "Humidity.Status", TOPIC_AIR }, { "Battery.Status", TOPIC_OTHER } };
	struct conf_rule rule = { 0 };
	const struct watch w = { .conf = &rule };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct series se = { .source = "status" };
		snprintf(se.instance, sizeof se.instance, "%s", rows[i].instance);
		assert_int_equal(cause_topic(&w, &se, NULL), rows[i].topic);
	}
}

/* A unit fails, nine inlets get warm and hot: one incident, the unit's. */
static void
test_cooling_failure(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	fx_pass(f, FX_STEP);
	tell(f, 0, "cooling", 2);
	assert_string_equal(fx_take(f), "OF");
	for (double t = 24; t < 34; t += 1.6) {
		step(f, 1, 10, t);
		fx_read(f, 0, 20);
		tell(f, 0, "cooling", 2);
		for (size_t i = 10; i < 20; i++)
			fx_read(f, i, 22);
	}
	const char *trace = fx_take(f);
	assert_int_equal(count_of(trace, 'O'), 0);
	assert_int_equal(count_of(trace, 'X'), 0);
	assert_int_equal(count_of(trace, 'F'), 18);
	assert_int_equal(engine_nincidents(f->e), 1);
	const struct incident *in = engine_incident_at(f->e, 0);
	assert_string_equal(in->zone, "A");
	assert_string_equal(in->node, "a01");
	assert_int_equal(in->topic, TOPIC_COOLING);
	assert_int_equal(in->root, alert_on(f, "failed", "a01")->id);
	assert_string_equal(in->cause, "Failed: a01 cooling/status, Status: failed");
	assert_int_equal(in->firing, 19);
	assert_int_equal(in->total, 19);
	assert_int_equal(in->muted, 0);
	assert_int_equal(in->now, WIRE_CRITICAL);
	const struct alert *a = alert_on(f, "hot", "a05");
	assert_true((a->flags & ALERT_CONSEQUENCE) != 0);
	assert_string_equal(a->because, "a01");
	assert_int_equal(alert_on(f, "failed", "a01")->flags & ALERT_CONSEQUENCE, 0);
	/* It is over: one end. The unit cools before the air is cool; it stays the cause. */
	fx_pass(f, FX_STEP);
	tell(f, 0, "cooling", 0);
	assert_string_equal(fx_take(f), "R");
	assert_string_equal(in->node, "a01");
	step(f, 0, 20, 22);
	trace = fx_take(f);
	assert_int_equal(count_of(trace, 'R'), 18);
	assert_int_equal(count_of(trace, 'C'), 1);
	assert_int_equal(count_of(trace, 'X'), 0);
	assert_int_equal(alert_on(f, "hot", "a05")->state, ALERT_CLOSED);
	fx_free(f);
}

/* The inlets tell before the unit does: it joins, and is the cause. */
static void
test_cause_comes_later(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	step(f, 1, 10, 28);
	assert_string_equal(fx_take(f), "OFFFFFFFFF");
	assert_string_equal(f->last_incident.node, "a02");
	int64_t changed_ms = f->last_incident.changed_ms;
	fx_pass(f, 60000);
	tell(f, 0, "cooling", 2);
	assert_string_equal(fx_take(f), "xxxxxxxxxXF");
	const struct incident *in = engine_incident_at(f->e, engine_nincidents(f->e) - 1);
	assert_string_equal(in->node, "a01");
	assert_int_equal(in->severity, WIRE_CRITICAL);
	assert_true(in->changed_ms > changed_ms);
	assert_string_equal(alert_on(f, "warm", "a03")->because, "a01");
	fx_free(f);
}

/* A cause that is over still names the incident; only what is rather a cause takes its place, or
 * the same come again. */
static void
test_cause_stays(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	step(f, 4, 5, 28);
	step(f, 5, 6, 28);
	assert_string_equal(fx_take(f), "OFF");
	const struct incident *in = engine_incident_at(f->e, 0);
	uint64_t first = in->root;
	assert_string_equal(in->node, "a05");
	step(f, 4, 5, 22);
	step(f, 6, 7, 28);
	assert_string_equal(fx_take(f), "RF");
	assert_int_equal(in->root, first);
	assert_string_equal(in->node, "a05");
	step(f, 4, 5, 28);
	assert_true(in->root != first);
	assert_string_equal(in->node, "a05");
	step(f, 4, 5, 22);
	assert_string_equal(in->node, "a05");
	tell(f, 0, "cooling", 2);
	assert_int_equal(engine_nincidents(f->e), 1);
	assert_string_equal(in->node, "a01");
	/* To its end, whatever ends last. */
	fx_pass(f, FX_STEP);
	tell(f, 0, "cooling", 0);
	for (int i = 0; i < 120; i++) /* a05 came and went: held for a while */
		step(f, 4, 7, 22);
	assert_true(in->closed_ms != 0);
	assert_string_equal(in->node, "a01");
	fx_free(f);
}

/* What only gets worse in value changes nothing that a mail says anew. */
static void
test_changed(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	step(f, 0, 20, 28);
	const struct incident *in = engine_incident_at(f->e, 0);
	int64_t changed_ms = in->changed_ms;
	step(f, 0, 20, 28.5);
	step(f, 0, 20, 29);
	assert_int_equal(in->changed_ms, changed_ms);
	step(f, 1, 2, 20);
	assert_true(in->changed_ms > changed_ms); /* an end */
	fx_free(f);
}

/* Half a zone on battery: ups a01 feeds pdu a02, and that a03-a05; ups a06 the others. */
static void
test_half_on_battery(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 10);
	char *ups1[] = { f->nodes[0].name }, *pdu[] = { f->nodes[1].name };
	char *ups2[] = { f->nodes[5].name };
	make(f, 0, "device", "ups", "A");
	make(f, 1, "device", "pdu", "A");
	make(f, 5, "device", "ups", "A");
	depend(f, 1, 1, ups1);
	depend(f, 2, 3, pdu);
	depend(f, 6, 4, ups2);
	silence(f);
	fx_start(f);
	fx_connect(f);
	fx_read_all(f, 22);
	tell(f, 0, "ups", 0);
	fx_pass(f, 5000);
	tell(f, 0, "ups", 2);
	assert_string_equal(fx_take(f), "OF");
	step(f, 0, 20, 22);
	/* The battery is empty: what it feeds falls silent. */
	for (int i = 0; i < 6; i++) {
		fx_pass(f, FX_STEP);
		fx_read(f, 0, 22);
		for (size_t n = 5; n < 20; n++)
			fx_read(f, n, 22);
	}
	tell(f, 0, "ups", 2);
	assert_string_equal(fx_take(f), "F"); /* the pdu; not its servers */
	assert_string_equal(f->last_alert.node, "a02");
	assert_string_equal(f->last_alert.because, "a01");
	assert_int_equal(f->last_incident.firing, 2);
	assert_string_equal(f->last_incident.node, "a01");
	assert_int_equal(f->last_incident.topic, TOPIC_POWER);
	assert_ptr_equal(engine_because(f->e, fx_node(f, 3)), fx_node(f, 1));
	assert_null(engine_because(f->e, fx_node(f, 7)));
	/* A server on the other feed has another cause: it is not said to follow from this one. */
	for (int i = 0; i < 3; i++) {
		fx_pass(f, FX_STEP);
		fx_read(f, 0, 22);
		for (size_t n = 5; n < 20; n++)
			if (n != 7)
				fx_read(f, n, 22);
	}
	tell(f, 0, "ups", 2);
	assert_int_equal(count_of(fx_take(f), 'F'), 1);
	assert_string_equal(f->last_alert.node, "a08");
	assert_int_equal(f->last_alert.flags & ALERT_CONSEQUENCE, 0);
	fx_free(f);
}

/* A gateway with forty devices, some with alerts of their own, dies and comes back. */
static void
test_dead_gateway(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 41);
	make(f, 0, "server", NULL, "site");
	for (size_t i = 1; i < 82; i++)
		make(f, i, i <= 40 ? "device" : "server", NULL, i <= 40 ? "A" : "B");
	silence(f);
	fx_start(f);
	struct node *gw = fx_node(f, 0);
	fx_connect(f);
	for (size_t i = 1; i <= 40; i++)
		site_connected_via(fx_node(f, i), gw, "", "", f->now_ms);
	assert_int_equal(gw->role, ROLE_GATEWAY);
	for (int i = 0; i < 3; i++)
		step(f, 0, 82, 22);
	step(f, 1, 3, 28); /* two are warm */
	for (size_t i = 0; i < 82; i++)
		if (i < 1 || i >= 3)
			fx_read(f, i, 22);
	assert_string_equal(fx_take(f), "OFF");
	for (size_t i = 0; i <= 40; i++)
		site_disconnected(fx_node(f, i), f->now_ms);
	for (int i = 0; i < 200; i++)
		step(f, 41, 82, 22);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "a01");
	assert_string_equal(f->last_incident.zone, "site");
	assert_int_equal(f->last_incident.topic, TOPIC_NETWORK);
	for (size_t i = 1; i <= 40; i++)
		assert_ptr_equal(engine_because(f->e, fx_node(f, i)), gw);
	/* Back: its devices speak up one after the other within a step. */
	site_connected(gw, "", "", f->now_ms);
	for (size_t i = 1; i <= 40; i++)
		site_connected_via(fx_node(f, i), gw, "", "", f->now_ms);
	for (int s = 0; s < 10; s++) {
		fx_pass(f, 1000);
		for (size_t i = 1; i <= 40; i++)
			if ((int)i % 10 == s)
				fx_read(f, i, i < 3 ? 28 : 22);
		for (size_t i = 41; i < 82; i++)
			fx_read(f, i, 22);
		fx_read(f, 0, 22);
	}
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "RC");
	assert_null(engine_because(f->e, fx_node(f, 5)));
	assert_int_equal(alert_on(f, "warm", "a02")->state, ALERT_FIRING);
	fx_free(f);
}

/* 24 links lost together, with and without a known uplink. */
static void
test_links(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		struct fx *f = fx_new(1, 25);
		char *uplink[] = { f->nodes[24].name };
		struct conf_rule *r;
		for (size_t i = 0; i < 24; i++)
			make(f, i, "link", NULL, "site");
		make(f, 24, "device", "uplink", "site");
		if (known == 1)
			depend(f, 0, 24, uplink);
		silence(f);
		r = fx_rule(f, "many", "no-data");
		r->title = fx_text(f, "Links are lost together");
		r->scope = fx_text(f, "site");
		r->aggregate = fx_text(f, "count");
		r->severity = fx_text(f, "critical");
		r->topic = fx_text(f, "link");
		r->count = 3;
		fx_start(f);
		fx_connect(f);
		for (int i = 0; i < 4; i++)
			step(f, 0, 25, 22);
		for (int i = 0; i < 6; i++)
			step(f, 24, known == 1 ? 24 : 25, 22);
		const char *trace = fx_take(f);
		assert_int_equal(count_of(trace, 'O'), 1);
		assert_int_equal(engine_nincidents(f->e), 1);
		const struct incident *in = engine_incident_at(f->e, 0);
		if (known == 0) {
			assert_int_equal(count_of(trace, 'F'), 25);
			assert_string_equal(in->node, "");
			assert_int_equal(in->root, alert_on(f, "many", "")->id);
			assert_true((alert_on(f, "silent", "a07")->flags & ALERT_CONSEQUENCE) != 0);
		} else {
			assert_string_equal(in->node, "a25");
			assert_int_equal(in->topic, TOPIC_NETWORK);
			assert_true(count_of(trace, 'F') <= 2); /* the uplink, the count */
		}
		fx_free(f);
	}
}

/* 838 alerts of several families within a minute in a zone, all but at once. */
static void
test_flood(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 838);
	make(f, 837, "server", NULL, "A");
	rules(f);
	fx_start(f);
	fx_connect(f);
	for (size_t i = 0; i < 838; i++) {
		if (i % 15 == 0)
			fx_pass(f, 1000);
		if (i % 2 == 0)
			fx_read(f, i, i % 4 == 0 ? 28 : 22);
		if (i % 4 != 0) {
			fx_read(f, i, 22);
			tell(f, i, i % 3 == 0 ? "ups" : "filesystem", i % 5 == 0 ? 2 : 1);
		}
	}
	const char *trace = fx_take(f);
	assert_int_equal(count_of(trace, 'F'), 838);
	assert_int_equal(count_of(trace, 'O'), 1);
	assert_true(count_of(trace, 'X') < 10);
	assert_int_equal(engine_incident_at(f->e, 0)->firing, 838);
	fx_free(f);
}

/* A disk wears for three days; then cooling fails: that is another incident. A second disk joins
 * the first. */
static void
test_second_failure(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	fx_pass(f, 1000);
	tell(f, 3, "disk", 1);
	assert_string_equal(fx_take(f), "OF");
	f->now_ms += 3 * INT64_C(86400000);
	fx_connect(f);
	fx_read_all(f, 22);
	tell(f, 3, "disk", 1);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 22);
	tell(f, 0, "cooling", 2);
	assert_string_equal(fx_take(f), "OF");
	fx_pass(f, 1000);
	/* Another node's disk has nothing to do with the first one's of three days ago. */
	tell(f, 4, "disk", 1);
	assert_string_equal(fx_take(f), "F");
	assert_int_equal(f->last_incident.id, 2);
	assert_int_equal(engine_nincidents(f->e), 2);
	assert_int_equal(engine_incident_at(f->e, 0)->topic, TOPIC_COOLING);
	assert_int_equal(engine_incident_at(f->e, 0)->firing, 2);
	/* What belongs to neither, and comes when much happens, goes to the newest. */
	tell(f, 5, "smoke", 1);
	assert_string_equal(fx_take(f), "F");
	assert_int_equal(f->last_incident.id, 2);
	fx_free(f);
}

/* The incident is somebody's: what has nothing to do with it opens another; what belongs to it
 * joins; what is worse takes it back. */
static void
test_acknowledged(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	step(f, 1, 3, 28);
	assert_string_equal(fx_take(f), "OFF");
	const struct incident *in = engine_incident_at(f->e, 0);
	struct ack ack = { .author = "rena", .comment = "on my way" };
	assert_int_equal(engine_acknowledge(f->e, in->id, 0, &ack, ack.author, f->now_ms, NULL), 0);
	assert_string_equal(fx_take(f), "AAA");
	fx_pass(f, 1000);
	tell(f, 5, "ups", 1);
	assert_string_equal(fx_take(f), "OF");
	assert_int_equal(f->last_incident.id, 2);
	fx_read(f, 4, 28);
	assert_string_equal(fx_take(f), "F");
	assert_int_equal(f->last_incident.id, 1);
	assert_string_equal(in->ack.author, "rena");
	tell(f, 0, "cooling", 2);
	assert_string_equal(fx_take(f), "xxxaXF");
	assert_int_equal(f->last_incident.id, 1);
	assert_string_equal(in->ack.author, "");
	fx_free(f);
}

/* What is critical again after nothing in it was is nobody's, though somebody had the incident. */
static void
test_acknowledged_then_again(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	fx_pass(f, 1000);
	tell(f, 0, "cooling", 2);
	const struct incident *in = engine_incident_at(f->e, 0);
	struct ack ack = { .author = "rena", .comment = "on my way" };
	(void)fx_take(f);
	fx_read(f, 4, 28);
	assert_int_equal(engine_acknowledge(f->e, in->id, 0, &ack, ack.author, f->now_ms, NULL), 0);
	fx_pass(f, 1000);
	tell(f, 0, "cooling", 0);
	for (int i = 0; i < 90 && in->now == WIRE_CRITICAL; i++)
		fx_pass(f, 1000);
	assert_int_equal(in->now, WIRE_WARNING);
	assert_string_equal(in->ack.author, "rena");
	fx_pass(f, 1000);
	tell(f, 0, "cooling", 2);
	assert_int_equal(engine_nincidents(f->e), 1);
	assert_int_equal(in->now, WIRE_CRITICAL);
	assert_string_equal(in->ack.author, "");
	fx_free(f);
}

/* Muted alerts are counted, and lead to no headline while others do. */
static void
test_muted(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	step(f, 1, 4, 28);
	const struct incident *in = engine_incident_at(f->e, 0);
	assert_int_equal(in->firing, 3);
	assert_string_equal(in->node, "a02");
	struct alert *a = f->e->open[0]->alert;
	assert_string_equal(a->node, "a02");
	a->flags |= ALERT_MAINTENANCE;
	fx_take(f);
	incident_touch(f->e, a, f->now_ms);
	engine_tick(f->e, f->now_ms);
	assert_int_equal(in->muted, 1);
	assert_int_equal(in->firing, 3);
	assert_string_equal(in->node, "a03");
	assert_string_equal(fx_take(f), "X");
	a->flags &= ~(unsigned)ALERT_MAINTENANCE;
	f->now_ms += 1000;
	incident_touch(f->e, a, f->now_ms);
	assert_int_equal(in->muted, 0);
	assert_int_equal(in->changed_ms, f->now_ms);
	fx_free(f);
}

/* What is only told makes no incident. */
static void
test_info(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	fx_hot(f, "hot", 32)->severity = fx_text(f, "info");
	fx_start(f);
	fx_connect(f);
	step(f, 0, 2, 33);
	assert_string_equal(fx_take(f), "FF");
	assert_int_equal(engine_nincidents(f->e), 0);
	step(f, 0, 2, 33);
	step(f, 0, 2, 20);
	assert_string_equal(fx_take(f), "RR");
	fx_free(f);
}

/* A leak in one zone, warm air in two: no zone's alert goes into another's incident unasked. */
static void
test_zones_apart(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	step(f, 5, 15, 28);
	assert_string_equal(fx_take(f), "OFFFFFOFFFFF");
	tell(f, 12, "water", 2);
	assert_string_equal(fx_take(f), "XF");
	assert_string_equal(f->last_incident.zone, "B");
	assert_int_equal(f->last_incident.topic, TOPIC_SAFETY);
	/* A unit that serves both zones explains the warmth of both: those that come, join it. */
	fx_free(f);
}

/* One unit for two zones. */
static void
test_served_zones(void **state)
{
	(void)state;
	struct fx *f = fx_new(3, 10);
	char *zones[] = { f->zones[0].name, f->zones[1].name };
	make(f, 0, "device", "cooling", "A")->serves = (struct conf_texts){ .v = zones, .n = 2 };
	rules(f);
	fx_start(f);
	fx_connect(f);
	fx_read_all(f, 22);
	fx_pass(f, 1000);
	tell(f, 0, "cooling", 2);
	fx_take(f);
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < 30; i++)
		fx_read(f, i, i > 0 ? 28 : 22);
	const char *trace = fx_take(f);
	assert_int_equal(count_of(trace, 'F'), 29);
	assert_int_equal(count_of(trace, 'O'), 1); /* zone C's */
	assert_int_equal(engine_nincidents(f->e), 2);
	assert_string_equal(alert_on(f, "warm", "b05")->because, "a01");
	assert_int_equal(alert_on(f, "warm", "b05")->incident, 1);
	assert_int_equal(alert_on(f, "warm", "c05")->incident, 2);
	fx_free(f);
}

/* Killed in the middle: the same incident under the same number, with the same cause. */
static void
test_restored(void **state)
{
	(void)state;
	struct fx *f = cooled_site();
	fx_pass(f, FX_STEP);
	tell(f, 0, "cooling", 2);
	step(f, 1, 6, 28);
	fx_take(f);
	static struct alert kept[16];
	size_t n = engine_nalerts(f->e);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++) {
		kept[i] = *engine_alert_at(f->e, i);
		kept[i].title = fx_text(f, kept[i].title);
		kept[i].unit = fx_text(f, kept[i].unit);
	}
	struct incident in = *engine_incident_at(f->e, 0);
	engine_free(f->e);
	f->now_ms += 60000;
	fx_engine(f);
	engine_restore_ids(f->e, 100, 50);
	engine_restore_incident(f->e, &in);
	for (size_t i = 0; i < n; i++)
		engine_restore_alert(f->e, &kept[i]);
	fx_pass(f, 1000);
	fx_connect(f);
	fx_read_all(f, 22.0 + 6);
	tell(f, 0, "cooling", 2);
	const char *trace = fx_take(f);
	assert_int_equal(count_of(trace, 'O'), 1); /* zone B's, which was not warm before */
	assert_int_equal(count_of(trace, 'X'), 0);
	const struct incident *now = NULL;
	for (size_t i = 0; i < engine_nincidents(f->e); i++)
		if (engine_incident_at(f->e, i)->id == in.id)
			now = engine_incident_at(f->e, i);
	assert_non_null(now);
	assert_int_equal(now->root, in.root);
	assert_string_equal(now->node, "a01");
	assert_string_equal(now->cause, in.cause);
	assert_int_equal(now->firing, 11); /* a01 itself and four more are warm now */
	assert_int_equal(now->total, in.total + 5);
	assert_string_equal(alert_on(f, "warm", "a04")->because, "a01");
	assert_true((alert_on(f, "warm", "a04")->flags & ALERT_CONSEQUENCE) != 0);
	fx_free(f);
}

/* Whose role is not configured has it by what it sends, or by whom it speaks for. */
static void
test_roles(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 5);
	char *serves[] = { f->zones[1].name, fx_text(f, "nowhere") };
	make(f, 0, "device", "sensor", "A");
	make(f, 4, "device", "ups", "A")->serves = (struct conf_texts){ .v = serves, .n = 2 };
	make(f, 5, "device", NULL, "site");
	char *racks[] = { f->nodes[0].name, f->nodes[1].name };
	f->zones[0].racks = (struct conf_texts){ .v = racks, .n = 2 };
	f->zones[0].limit = 30;
	fx_start(f);
	const struct zone *a = site_zone(f->site, "A"), *b = site_zone(f->site, "B");
	assert_int_equal(a->nracks, 2);
	assert_string_equal(a->racks[1], "a02");
	assert_true(a->limit == 30);
	assert_true(isnan(b->limit));
	tell(f, 0, "cooling", 0);
	tell(f, 1, "cooling", 0);
	tell(f, 2, "pdu_phase", 0);
	tell(f, 3, "filesystem", 0);
	assert_int_equal(fx_node(f, 0)->role, ROLE_SENSOR); /* as configured */
	assert_int_equal(fx_node(f, 1)->role, ROLE_COOLING);
	assert_int_equal(fx_node(f, 2)->role, ROLE_PDU);
	assert_int_equal(fx_node(f, 3)->role, ROLE_NONE);
	site_connected_via(fx_node(f, 1), fx_node(f, 3), "", "", f->now_ms);
	assert_int_equal(fx_node(f, 3)->role, ROLE_GATEWAY);
	assert_true(site_serves(fx_node(f, 1), a));
	assert_false(site_serves(fx_node(f, 1), b));
	assert_true(site_serves(fx_node(f, 4), b));
	assert_false(site_serves(fx_node(f, 4), a));
	assert_true(site_serves(fx_node(f, 5), a) && site_serves(fx_node(f, 5), b));
	assert_int_equal(site_role_of("uplink"), ROLE_UPLINK);
	assert_int_equal(site_role_of(NULL), ROLE_NONE);
	assert_int_equal(site_role_of(""), ROLE_NONE);
	assert_string_equal(site_role_word(ROLE_GENERATOR), "generator");
	fx_free(f);
}

/* Power distribution units by the thousand, none of which explains the others: the dearest search
 * for a cause. */
static void
test_cost_of_feeders(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 500);
	for (size_t i = 0; i < 2000; i++)
		f->nodes[i].role = fx_text(f, "pdu");
	fx_rule(f, "failed", "state")->severity = fx_text(f, "critical");
	fx_start(f);
	fx_connect(f);
	struct timespec t[2];
	for (size_t i = 0; i < 2000; i++) {
		f->now_ms += i == 0;
		static const double bad = 2;
		struct series_def def = { .step_s = 10, .nfields = 1 };
		static const struct metric_state failed = { 2, METRIC_CRITICAL, "failed" };
		snprintf(def.node, sizeof def.node, "%s", f->nodes[i].name);
		snprintf(def.source, sizeof def.source, "pdu");
		def.fields[0] = (struct field){ "status", FIELD_STATE, "1", 0, 9, "Status" };
		assert_true(metric_state_add(&def, 0, &failed));
		struct series *se = site_define(f->site, STATES_SID + (uint32_t)i, &def);
		assert_true(site_update(se, f->now_ms / 1000, f->now_ms, 1, &bad));
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	for (size_t i = 0; i < 2000; i++)
		engine_reading(f->e, site_series(f->site, STATES_SID + (uint32_t)i), f->now_ms);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	assert_int_equal(count_of(fx_take(f), 'O'), 4);
	print_message(
	    "2000 PDUs failing: %.0f ms\n", (double)(t[1].tv_sec - t[0].tv_sec) * 1e3 +
						(double)(t[1].tv_nsec - t[0].tv_nsec) / 1e6);
	assert_true(t[1].tv_sec - t[0].tv_sec < 10);
	fx_free(f);
}

/* 4096 alerts in a turn, and their end, within bounded time. */
static void
test_cost(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 1024);
	char *on[] = { f->nodes[0].name };
	depend(f, 1, 4095, on);
	make(f, 0, "device", "switch", "A");
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_connect(f);
	fx_read_all(f, 22);
	struct timespec t[3];
	fx_pass(f, FX_STEP);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	fx_read_all(f, 33);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	assert_int_equal(count_of(fx_take(f), 'O'), 4);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 22);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[2]);
	for (int i = 0; i < 2; i++)
		print_message("%s 4096 alerts: %.0f ms\n", i == 0 ? "firing" : "ending",
		    (double)(t[i + 1].tv_sec - t[i].tv_sec) * 1e3 +
			(double)(t[i + 1].tv_nsec - t[i].tv_nsec) / 1e6);
	assert_int_equal(engine_worst(f->e, NULL, NULL), -1);
	assert_true(t[1].tv_sec - t[0].tv_sec < 10);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	fx_pass(f, 60000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	print_message("a tick over 4096 nodes, all but one out of reach: %.2f ms\n",
	    ((double)(t[1].tv_sec - t[0].tv_sec) * 1e3 +
		(double)(t[1].tv_nsec - t[0].tv_nsec) / 1e6) /
		60);
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_of_probe),
		cmocka_unit_test(test_cooling_failure),
		cmocka_unit_test(test_cause_comes_later),
		cmocka_unit_test(test_cause_stays),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_half_on_battery),
		cmocka_unit_test(test_dead_gateway),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_second_failure),
		cmocka_unit_test(test_acknowledged),
		cmocka_unit_test(test_acknowledged_then_again),
		cmocka_unit_test(test_muted),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_zones_apart),
		cmocka_unit_test(test_served_zones),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_cost_of_feeders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
