/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The air of the zones by the configuration's measures, and rules on combinations of what holds. */
#include "alert_fixture.h"

#include "collector/alert/thermal.h"

#define MEASURES 8

struct house {
	struct fx *f;
	struct conf_measure measures[MEASURES];
};

static void
measure(struct house *h, const char *name, const char *source, const char *field)
{
	struct conf_measure *m = &h->measures[h->f->conf.measures.n++];
	m->name = fx_text(h->f, name);
	m->source = fx_text(h->f, source);
	m->field = fx_text(h->f, field);
}

/* Zone A: cooling units a01, a02; ups a03; servers a04... Zone B: servers. Site: a10, another ups.
 */
static struct house *
house_new(void)
{
	struct house *h = xcalloc(1, sizeof *h);
	struct fx *f = h->f = fx_new(2, 10);
	f->conf.measures.v = h->measures;
	f->conf.thermal.limit = 32;
	f->nodes[9].zone = fx_text(f, "site");
	measure(h, "inlet", "thermal", "inlet");
	measure(h, "cools", "cooling", "mode");
	measure(h, "supply", "cooling", "supply");
	measure(h, "it-power", "pdu", "power");
	measure(h, "on-battery", "ups", "source");
	return h;
}

static void
house_free(struct house *h)
{
	fx_free(h->f);
	free(h);
}

/* A series with a state "mode" (2: off) and a gauge, under the names that the measures want. */
static void
say(struct house *h, size_t node, const char *source, double state, double value)
{
	struct fx *f = h->f;
	uint32_t sid = 5000 + (uint32_t)node;
	struct series *se = site_series(f->site, sid);
	double values[] = { state, value };
	bool ups = strcmp(source, "ups") == 0;
	if (se == NULL) {
		static const struct metric_state off = { 2, METRIC_CRITICAL, "off" };
		static const struct metric_state battery = { 2, METRIC_WARNING, "on battery" };
		static const struct metric_state bypass = { 3, METRIC_WARNING, "bypass" };
		struct series_def def = { .step_s = FX_STEP / 1000, .nfields = 2 };
		snprintf(def.node, sizeof def.node, "%s", f->nodes[node].name);
		snprintf(def.source, sizeof def.source, "%s", source);
		def.fields[0] = (struct field){ "mode", FIELD_STATE, "1", 0, 9, "Mode" };
		def.fields[1] = (struct field){ "supply", FIELD_GAUGE, "Cel", 0, 60, "Supply" };
		if (ups)
			memcpy(def.fields[0].name, "source", 7);
		if (strcmp(source, "pdu") == 0)
			def.fields[1] = (struct field){ "power", FIELD_GAUGE, "kW", 0, 60, "" };
		assert_true(metric_state_add(&def, 0, ups ? &battery : &off));
		assert_true(!ups || metric_state_add(&def, 0, &bypass));
		se = site_define(f->site, sid, &def);
		assert_non_null(se);
	}
	if (site_update(se, f->now_ms / 1000, f->now_ms, 2, values))
		engine_reading(f->e, se, f->now_ms);
}

/* A step in which all live: servers of A at this inlet, units in these modes (NAN: silent). */
static const struct zone_air *
step(struct house *h, double inlet, double mode1, double mode2)
{
	struct fx *f = h->f;
	for (size_t i = 2; i < 20; i++)
		fx_read(f, i, i < 10 ? inlet : 21);
	if (!isnan(mode1))
		say(h, 0, "cooling", mode1, 17);
	if (!isnan(mode2))
		say(h, 1, "cooling", mode2, 18);
	say(h, 3, "pdu", 0, 2.5);
	say(h, 4, "pdu", 0, 1.5);
	fx_pass(f, FX_STEP);
	return engine_air(f->e, site_zone(f->site, "A"));
}

static void
test_zone(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	fx_start(f);
	fx_connect(f);
	const struct zone_air *air = engine_air(f->e, site_zone(f->site, "A"));
	assert_int_equal(air->inlets, 0);
	assert_true(isnan(air->hottest));
	assert_null(engine_air(f->e, NULL));
	for (int i = 0; i < 8; i++)
		air = step(h, 24, 0, 0);
	assert_int_equal(fx_node(f, 0)->role, ROLE_COOLING);
	assert_int_equal(air->inlets, 7); /* not the site's ups */
	assert_int_equal(air->rising, 0);
	assert_true(air->hottest == 24);
	assert_true(fabs(air->rate) < 0.01);
	assert_int_equal(air->units, 2);
	assert_int_equal(air->off, 0);
	assert_true(air->supply == 18);
	assert_true(air->power == 4000);
	assert_true(isnan(air->left_s));
	const struct zone_air *b = engine_air(f->e, site_zone(f->site, "B"));
	assert_int_equal(b->inlets, 10);
	assert_int_equal(b->units, 0);
	assert_true(isnan(b->supply) && isnan(b->power));
	/* Implausible values are none. */
	fx_read(f, 5, 300);
	fx_pass(f, 1000);
	assert_true(air->hottest == 24);
	house_free(h);
}

static struct thermal_event heated;

static void
note(void *arg, const struct thermal_event *ev)
{
	*(struct thermal_event *)arg = *ev;
}

/* A unit stops, the other stops, inlets rise; the heating is learned, and given back. */
static void
test_stop(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	f->zones[0].limit = 30;
	fx_start(f);
	engine_on_heating(f->e, note, &heated);
	fx_connect(f);
	for (int i = 0; i < 6; i++)
		step(h, 24, 0, 0);
	const struct zone_air *air = step(h, 24, 2, 0);
	assert_int_equal(air->off, 1);
	assert_int_equal(air->off_ms, f->now_ms - FX_STEP);
	int64_t off_ms = f->now_ms;
	air = step(h, 24, 2, 2);
	assert_int_equal(air->off, 2);
	for (int i = 1; i <= 12; i++)
		air = step(h, 24 + i * 0.25, 2, 2);
	assert_int_equal(air->off_ms, off_ms);
	assert_int_equal(air->rising, 7);
	assert_true(fabs(air->rate - 1.5) < 0.01);
	assert_true(air->limit == 30);
	assert_true(fabs(air->left_s - 110) < 5); /* 3 K from the last reading, 10 s ago */
	assert_int_equal(air->learned, 0);
	assert_int_equal(heated.began_ms, 0);
	step(h, 26.5, 0, 0);
	assert_string_equal(heated.zone, "A");
	assert_int_equal(heated.began_ms, off_ms);
	assert_true(fabs(heated.first_rate - 1.5) < 0.2);
	assert_true(heated.power == 4000);
	struct thermal_event kept = heated;
	engine_free(f->e);
	fx_engine(f);
	engine_restore_heating(f->e, &kept);
	fx_connect(f);
	for (int i = 0; i < 4; i++)
		step(h, 24, 0, 0);
	air = step(h, 24, 2, 2); /* no inlet has moved yet */
	assert_int_equal(air->learned, 1);
	assert_true(air->left_s > 100 && air->left_s < 400);
	house_free(h);
}

/* A unit that falls silent by itself does not cool; one whose gateway is away is as it was, and
 * when the gateway is back has its time to be heard of. */
static void
test_silent_unit(void **state)
{
	(void)state;
	for (int gateway = 0; gateway < 2; gateway++) {
		struct house *h = house_new();
		struct fx *f = h->f;
		fx_start(f);
		fx_connect(f);
		struct node *gw = fx_node(f, 19);
		if (gateway == 1)
			site_connected_via(fx_node(f, 1), gw, "", "", f->now_ms);
		const struct zone_air *air = NULL;
		for (int i = 0; i < 4; i++)
			air = step(h, 24, 0, 0);
		int64_t last_ms = f->now_ms - FX_STEP;
		for (int i = 0; i < 8; i++) {
			if (gateway == 1) {
				site_disconnected(gw, f->now_ms);
				site_disconnected(fx_node(f, 1), f->now_ms);
			}
			air = step(h, 24, 0, NAN);
		}
		assert_int_equal(air->units, 2);
		assert_int_equal(air->off, gateway == 1 ? 0 : 1);
		assert_int_equal(air->off_ms, gateway == 1 ? 0 : last_ms);
		if (gateway == 1) {
			site_connected(gw, "192.0.2.1", "1", f->now_ms);
			site_connected_via(fx_node(f, 1), gw, "", "", f->now_ms);
			for (int i = 0; i < SITE_STALE_STEPS; i++)
				assert_int_equal(step(h, 24, 0, NAN)->off, 0);
			step(h, 24, 0, NAN);
			assert_int_equal(step(h, 24, 0, NAN)->off, 1);
		}
		house_free(h);
	}
}

/* Several fields say whether it cools; one that says no is enough, whichever came last. */
static void
test_two_fields(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	measure(h, "cools", "thermal", "inlet");
	fx_start(f);
	fx_connect(f);
	step(h, 24, 0, 0);
	for (int i = 0; i < 3; i++) {
		step(h, 24, 2, 0);
		fx_read(f, 0, 30); /* "it cools", a moment later */
		fx_pass(f, 1000);
		assert_int_equal(engine_air(f->e, site_zone(f->site, "A"))->off, 1);
	}
	step(h, 24, 0, 0);
	fx_read(f, 0, 0);
	fx_pass(f, 1000);
	assert_int_equal(engine_air(f->e, site_zone(f->site, "A"))->off, 1);
	fx_read(f, 0, 30);
	fx_pass(f, 1000);
	assert_int_equal(engine_air(f->e, site_zone(f->site, "A"))->off, 0);
	house_free(h);
}

/* A critical alert about its cooling: it does not cool, whatever the measure says. */
static void
test_failing_unit(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	struct conf_rule *r = fx_rule(f, "supply", "threshold");
	r->source = fx_text(f, "cooling");
	r->field = fx_text(f, "supply");
	r->severity = fx_text(f, "critical");
	fx_number(r, "above", 17.5);
	fx_start(f);
	fx_connect(f);
	const struct zone_air *air = step(h, 24, 0, 0);
	assert_int_equal(air->off, 1);
	assert_int_equal(air->units, 2);
	house_free(h);
}

static struct conf_rule *
combine(struct house *h, const char *scope, const char *a, const char *b)
{
	struct conf_rule *r = fx_rule(h->f, "both", "combination");
	struct conf_texts *t = fx_key(r, "when");
	r->scope = fx_text(h->f, scope);
	r->severity = fx_text(h->f, "critical");
	r->topic = fx_text(h->f, "power");
	r->title = fx_text(h->f, "On battery without cooling");
	*t = (struct conf_texts){ .v = xcalloc(2, sizeof(char *)), .n = b != NULL ? 2 : 1 };
	t->v[0] = xstrdup(a);
	t->v[1] = b != NULL ? xstrdup(b) : NULL;
	return r;
}

/* On battery alone is none, cooling off alone is none, both are, at once; in the scope zone only
 * where both are. */
static void
test_combination(void **state)
{
	(void)state;
	static const char *const scopes[] = { "site", "zone" };
	for (size_t k = 0; k < 2; k++) {
		struct house *h = house_new();
		struct fx *f = h->f;
		combine(h, scopes[k], "on-battery", "cooling-off");
		fx_start(f);
		fx_connect(f);
		say(h, 2, "ups", 0, 1);
		step(h, 24, 0, 0);
		say(h, 2, "ups", 3, 1); /* on bypass */
		step(h, 24, 2, 0);
		assert_string_equal(fx_take(f), "");
		say(h, 2, "ups", 2, 1);
		step(h, 24, 0, 0);
		assert_string_equal(fx_take(f), "");
		say(h, 0, "cooling", 2, 17);
		fx_pass(f, 1000);
		assert_string_equal(fx_take(f), "OF");
		assert_string_equal(f->last_alert.zone, k == 0 ? "site" : "A");
		assert_string_equal(f->last_alert.reason,
		    "power from the battery and a cooling unit does not cool");
		assert_int_equal(f->last_alert.topic, TOPIC_POWER);
		assert_int_equal(f->last_alert.severity, WIRE_CRITICAL);
		fx_pass(f, 9000);
		step(h, 24, 2, 0);
		assert_string_equal(fx_take(f), "");
		say(h, 2, "ups", 0, 1);
		fx_pass(f, 1000);
		assert_string_equal(fx_take(f), "RC");
		house_free(h);
	}
}

/* Two zones' inlets rising at once is the site's; none cooling in a zone. */
static void
test_rising(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	combine(h, "site", "inlets-rising", NULL);
	fx_start(f);
	fx_connect(f);
	for (int i = 0; i < 12; i++) {
		for (size_t n = 3; n < 20; n++)
			fx_read(f, n, n < 10 || i > 6 ? 20 + i * 0.2 : 21.4);
		fx_pass(f, FX_STEP);
		if (i == 6)
			assert_string_equal(fx_take(f), "");
	}
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_incident.zone, "site");
	house_free(h);
}

/* The combination sums up what holds: it is the cause of the incident it joins. */
static void
test_combination_is_cause(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	combine(h, "zone", "on-battery", "cooling-off");
	fx_rule(f, "failed", "state");
	char **at = fx_key(fx_rule(f, "worn", "state"), "at");
	free(*at);
	*at = xstrdup("warning");
	fx_start(f);
	fx_connect(f);
	say(h, 2, "ups", 0, 1);
	step(h, 24, 0, 0);
	say(h, 2, "ups", 2, 1);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "OF");
	say(h, 0, "cooling", 2, 17);
	assert_string_equal(fx_take(f), "F"); /* without mains it stops */
	assert_string_equal(f->last_alert.because, "a03");
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "xxXF");
	assert_int_equal(f->last_incident.id, 1);
	assert_int_equal(f->last_incident.firing, 3);
	assert_int_equal(f->last_incident.severity, WIRE_CRITICAL);
	assert_int_equal(f->last_incident.root, f->last_alert.id);
	house_free(h);
}

/* A trap of these words is raised, or (raised 0) is no more. */
static void
trap(struct house *h, size_t node, const char *words, double raised)
{
	static const struct metric_state up = { 1, METRIC_CRITICAL, METRIC_RAISED };
	struct fx *f = h->f;
	uint32_t sid = 7000 + (uint32_t)node;
	struct series *se = site_series(f->site, sid);
	if (se == NULL) {
		struct series_def def = { .step_s = FX_STEP / 1000, .nfields = 1 };
		snprintf(def.node, sizeof def.node, "%s", f->nodes[node].name);
		snprintf(def.source, sizeof def.source, "trap");
		def.fields[0] = (struct field){ "raised", FIELD_STATE, "1", 0, 1, "" };
		(void)snprintf(def.fields[0].label, sizeof def.fields[0].label, "%s", words);
		assert_true(metric_state_add(&def, 0, &up));
		se = site_define(f->site, sid, &def);
		assert_non_null(se);
	}
	if (site_update(se, f->now_ms / 1000, f->now_ms, 1, &raised))
		engine_reading(f->e, se, f->now_ms);
}

/* A trap is there before the next poll: from then on the unit is known not to cool, before any
 * tick; but its pan or the relay that closes for it is no failure. */
static void
test_trap_of_unit(void **state)
{
	static const struct {
		const char *words;
		bool fails;
	} cases[] = { { "cooling: Cooling failure: unit is not cooling", true },
		{ "cooling: Condensate pan is full", false }, { "cooling: Water detected", false },
		{ "Alarm Relay 1", false } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct house *h = house_new();
		struct fx *f = h->f;
		int64_t since_ms = 1;
		fx_rule(f, "failed", "state")->severity = fx_text(f, "critical");
		fx_start(f);
		fx_connect(f);
		const struct zone_air *air = step(h, 24, 0, 0);
		assert_true(engine_cools(f->e, fx_node(f, 0), &since_ms));
		assert_int_equal(since_ms, 0);
		trap(h, 0, cases[i].words, 1);
		int64_t at_ms = f->now_ms;
		assert_string_equal(fx_take(f), "OF");
		assert_int_equal(engine_cools(f->e, fx_node(f, 0), &since_ms), !cases[i].fails);
		assert_int_equal(since_ms, cases[i].fails ? at_ms : 0);
		assert_true(engine_cools(f->e, fx_node(f, 1), NULL));
		step(h, 24, 0, 0); /* the poll still says that its fan runs */
		assert_int_equal(engine_cools(f->e, fx_node(f, 0), NULL), !cases[i].fails);
		assert_int_equal(air->off, cases[i].fails);
		trap(h, 0, "", 0);
		fx_pass(f, 1000);
		assert_true(engine_cools(f->e, fx_node(f, 0), NULL));
		house_free(h);
	}
}

/* The same of a UPS, with the combination; but there a newer poll knows better. */
static void
test_trap_of_ups(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	int64_t since_ms = 1;
	fx_rule(f, "failed", "state");
	combine(h, "site", "on-battery", NULL);
	fx_start(f);
	fx_connect(f);
	say(h, 2, "ups", 0, 1);
	step(h, 24, 0, 0);
	assert_false(engine_on_battery(f->e, fx_node(f, 2), &since_ms));
	assert_int_equal(since_ms, 0);
	trap(h, 2, "the UPS is on battery", 1);
	int64_t at_ms = f->now_ms;
	assert_true(engine_on_battery(f->e, fx_node(f, 2), &since_ms));
	assert_int_equal(since_ms, at_ms);
	fx_take(f);
	fx_pass(f, 1000);
	assert_non_null(strchr(fx_take(f), 'F')); /* the combination */
	fx_pass(f, 9000);
	say(h, 2, "ups", 2, 1);
	fx_pass(f, 10000);
	assert_true(engine_on_battery(f->e, fx_node(f, 2), NULL));
	say(h, 2, "ups", 0, 1); /* the trap's end was lost */
	fx_pass(f, 1000);
	assert_false(engine_on_battery(f->e, fx_node(f, 2), NULL));
	house_free(h);
}

/* That no unit cools follows from the unit that failed. */
static void
test_combination_follows(void **state)
{
	(void)state;
	struct house *h = house_new();
	struct fx *f = h->f;
	combine(h, "zone", "no-cooling", NULL)->topic = fx_text(f, "cooling");
	fx_rule(f, "failed", "state");
	fx_start(f);
	fx_connect(f);
	step(h, 24, 0, 0);
	say(h, 0, "cooling", 2, 17);
	assert_string_equal(fx_take(f), "OF");
	say(h, 1, "cooling", 2, 17);
	assert_string_equal(fx_take(f), "F");
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "F");
	assert_int_equal(f->last_alert.flags & ALERT_CONSEQUENCE, ALERT_CONSEQUENCE);
	assert_string_equal(f->last_incident.node, "a01");
	assert_int_equal(f->last_incident.severity, WIRE_CRITICAL);
	house_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_silent_unit),
		cmocka_unit_test(test_two_fields),
		cmocka_unit_test(test_failing_unit),
		cmocka_unit_test(test_combination),
		cmocka_unit_test(test_rising),
		cmocka_unit_test(test_trap_of_unit),
		cmocka_unit_test(test_trap_of_ups),
		cmocka_unit_test(test_combination_is_cause),
		cmocka_unit_test(test_combination_follows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
