/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of an alert in virtual time: pending, firing, clearing, resolved; late, unknown and
 * implausible readings; incidents. */
#include "alert_fixture.h"

static void
test_at_once(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->advice = fx_text(f, "Open the door.");
	fx_start(f);
	fx_next(f, 0, 25);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 33.5);
	assert_string_equal(fx_take(f), "OF");
	const struct alert *a = engine_alert_at(f->e, 0);
	assert_int_equal(a->id, 1);
	assert_string_equal(a->rule, "hot");
	assert_string_equal(a->title, "Inlet too warm");
	assert_string_equal(a->advice, "Open the door.");
	assert_string_equal(a->unit, "Cel");
	assert_string_equal(a->zone, "A");
	assert_string_equal(a->node, "a01");
	assert_string_equal(a->series, "thermal");
	assert_string_equal(a->field, "inlet");
	assert_string_equal(a->reason, "above 32 °C");
	assert_int_equal(a->sid, 1);
	assert_true(a->value == 33.5 && a->limit == 32);
	assert_int_equal(a->severity, WIRE_WARNING);
	assert_int_equal(a->since_ms, f->now_ms);
	assert_int_equal(a->fired_ms, f->now_ms);
	assert_string_equal(engine_incident_at(f->e, 0)->cause,
	    "Inlet too warm: a01 thermal/inlet 33.5 °C, above 32 °C");
	assert_int_equal(engine_worst(f->e, NULL, NULL), WIRE_WARNING);
	assert_int_equal(engine_worst(f->e, "A", NULL), WIRE_WARNING);
	assert_int_equal(engine_worst(f->e, NULL, "a01"), WIRE_WARNING);
	assert_int_equal(engine_worst(f->e, "B", NULL), -1);
	fx_next(f, 0, 30);
	assert_string_equal(fx_take(f), "RC");
	assert_int_equal(engine_nalerts(f->e), 1);
	assert_int_equal(engine_alert_at(f->e, 0)->state, ALERT_CLOSED);
	assert_int_equal(engine_alert_at(f->e, 0)->resolved_ms, f->now_ms);
	assert_int_equal(engine_incident_at(f->e, 0)->closed_ms, f->now_ms);
	assert_int_equal(engine_worst(f->e, NULL, NULL), -1);
	fx_free(f);
}

/* A flap shorter than `for` is told as such and alarms nobody. */
static void
test_for(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->for_ = 30000;
	fx_start(f);
	fx_next(f, 0, 33);
	int64_t since_ms = f->now_ms;
	assert_string_equal(fx_take(f), "p");
	fx_next(f, 0, 33);
	fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "d");
	assert_int_equal(engine_nalerts(f->e), 0);
	fx_next(f, 0, 33);
	since_ms = f->now_ms;
	fx_next(f, 0, 34);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "p");
	assert_int_equal(engine_worst(f->e, NULL, NULL), -1);
	fx_pass(f, 9000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 1000); /* 30 s after the first: the tick lets it fire */
	assert_string_equal(fx_take(f), "OF");
	assert_int_equal(f->last_alert.since_ms, since_ms);
	assert_int_equal(f->last_alert.fired_ms, since_ms + 30000);
	fx_free(f);
}

/* No sample came any more: the condition is not known to have held. */
static void
test_for_without_samples(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->for_ = 60000;
	fx_start(f);
	fx_next(f, 0, 33);
	fx_pass(f, 300000);
	assert_string_equal(fx_take(f), "p");
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	fx_free(f);
}

static void
test_clear_for(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->clear_for = 20000;
	fx_start(f);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	fx_pass(f, 60000); /* else it would chatter */
	fx_next(f, 0, 31);
	assert_int_equal(engine_alert_at(f->e, 0)->state, ALERT_CLEARING);
	assert_int_equal(engine_worst(f->e, NULL, NULL), WIRE_WARNING); /* still counts */
	fx_next(f, 0, 33); /* back: nothing is told anew */
	assert_int_equal(engine_alert_at(f->e, 0)->state, ALERT_FIRING);
	fx_pass(f, 60000);
	fx_next(f, 0, 31);
	fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 10000);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

static void
test_hysteresis(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_number(fx_hot(f, "hot", 32), "clear", 30);
	fx_start(f);
	fx_next(f, 0, 33);
	for (int i = 0; i < 5; i++) {
		fx_next(f, 0, 31);
		fx_next(f, 0, 33);
	}
	assert_string_equal(fx_take(f), "OF");
	fx_next(f, 0, 30);
	assert_string_equal(fx_take(f), "RC");
	fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

/* Unknown and implausible values neither fire nor clear. */
static void
test_unknown(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_next(f, 0, NAN);
	fx_next(f, 0, 1000); /* the field's range ends at 90 */
	fx_next(f, 0, INFINITY);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	for (int i = 0; i < 20; i++)
		fx_next(f, 0, i % 2 != 0 ? NAN : -273);
	assert_string_equal(fx_take(f), "");
	assert_true(engine_alert_at(f->e, 0)->value == 33);
	fx_next(f, 0, 20);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

static void
test_worse(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_number(fx_hot(f, "hot", 32), "below", 10);
	fx_start(f);
	fx_next(f, 0, 33);
	fx_next(f, 0, 33);   /* no worse */
	fx_next(f, 0, 32.5); /* better */
	assert_string_equal(fx_take(f), "OF");
	fx_next(f, 0, 34);
	assert_string_equal(fx_take(f), "W");
	assert_true(f->last_alert.value == 34);
	fx_next(f, 0, 33.5);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 1000);
	fx_read(f, 0, 35);
	assert_string_equal(fx_take(f), "W");
	fx_pass(f, 5000);
	fx_read(f, 0, 36); /* too soon after that */
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 5000);
	fx_read(f, 0, 36);
	assert_string_equal(fx_take(f), "W");
	fx_free(f);
}

/* The worst that it had while pending is not told as worse again; the first 10 s neither. */
static void
test_worse_while_pending(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->for_ = 20000;
	fx_start(f);
	fx_next(f, 0, 33);
	fx_next(f, 0, 39);
	fx_next(f, 0, 34);
	assert_string_equal(fx_take(f), "pOF");
	fx_pass(f, 5000);
	fx_read(f, 0, 40);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 5000);
	fx_read(f, 0, 38);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 39.5);
	assert_string_equal(fx_take(f), "W");
	fx_free(f);
}

/* A backlog: the readings are an hour old and come at once. */
static void
test_late(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_next(f, 0, 20);
	fx_pass(f, 3600000);
	for (int64_t late = 3590000; late > 30000; late -= FX_STEP)
		fx_read_late(f, 0, 50, late);
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "");
	assert_int_equal(engine_nalerts(f->e), 0);
	fx_read_late(f, 0, 50, 30000); /* young enough */
	assert_string_equal(fx_take(f), "OF");
	fx_free(f);
}

/* Nor does a backlog end an alert. */
static void
test_late_good(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_next(f, 0, 33);
	fx_pass(f, 600000);
	for (int64_t late = 590000; late > 30000; late -= FX_STEP)
		fx_read_late(f, 0, 20, late);
	assert_string_equal(fx_take(f), "OF");
	fx_free(f);
}

/* A clock that is an hour slow makes every reading equally old: the host stays under watch. */
static void
test_wrong_clock(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->for_ = 20000;
	fx_start(f);
	for (int i = 0; i < 4; i++) {
		fx_pass(f, FX_STEP);
		fx_read_late(f, 0, 33, 3600000);
	}
	assert_string_equal(fx_take(f), "p");
	fx_pass(f, FX_STEP);
	fx_read_late(f, 0, 33, 3600000);
	assert_string_equal(fx_take(f), ""); /* the time of holding is the true one */
	fx_pass(f, FX_STEP);
	fx_read_late(f, 0, 33, 3600000);
	assert_string_equal(fx_take(f), "OF");
	fx_free(f);
}

/* Forty alerts in four zones: one incident a zone opens, and one closes. */
static void
test_incidents(void **state)
{
	(void)state;
	struct fx *f = fx_new(4, 10);
	fx_hot(f, "warm", 27);
	fx_hot(f, "hot", 32)->severity = fx_text(f, "critical");
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 30);
	assert_string_equal(fx_take(f), "OFFFFFFFFFFOFFFFFFFFFFOFFFFFFFFFFOFFFFFFFFFF");
	assert_int_equal(engine_nincidents(f->e), 4);
	assert_int_equal(engine_worst(f->e, "C", NULL), WIRE_WARNING);
	fx_pass(f, FX_STEP);
	fx_read(f, 15, 33);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "WXF"); /* X: what is critical is rather the cause */
	assert_int_equal(engine_worst(f->e, "B", NULL), WIRE_CRITICAL);
	assert_int_equal(engine_worst(f->e, NULL, "b06"), WIRE_CRITICAL);
	assert_int_equal(engine_worst(f->e, "A", NULL), WIRE_WARNING);
	const struct incident *in = &f->last_incident;
	assert_string_equal(in->zone, "B");
	assert_int_equal(in->severity, WIRE_CRITICAL);
	assert_int_equal(in->firing, 11);
	assert_int_equal(in->total, 11);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 20);
	assert_string_equal(fx_take(f), "RRRRRRRRRRCRRRRRRRRRRRCRRRRRRRRRRCRRRRRRRRRRC");
	assert_int_equal(f->last_incident.severity, WIRE_WARNING);
	assert_int_equal(f->last_incident.firing, 0);
	fx_free(f);
}

/* One zone, forty alerts: one opening, one end. */
static void
test_one_incident(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 40);
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 20);
	const char *t = fx_take(f);
	assert_ptr_equal(strchr(t, 'O'), strrchr(t, 'O'));
	assert_ptr_equal(strchr(t, 'C'), strrchr(t, 'C'));
	assert_int_equal(strlen(t), 82);
	assert_int_equal(f->last_incident.total, 40);
	fx_free(f);
}

/* Rules that select by zone, node and instance. */
static void
test_selection(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 3);
	char *zones[] = { fx_text(f, "B") };
	char *nodes[] = { fx_text(f, "x*"), fx_text(f, "*02") };
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->zones = (struct conf_texts){ .v = zones, .n = 1 };
	r->nodes = (struct conf_texts){ .v = nodes, .n = 2 };
	fx_hot(f, "other", 32)->instance = fx_text(f, "rack*");
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.node, "b02");
	fx_free(f);
}

/* A field that a series gets later is judged from then on. */
static void
test_widened(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	struct conf_rule *r = fx_hot(f, "full", 90);
	r->field = fx_text(f, "used");
	fx_start(f);
	fx_next(f, 0, 33);
	struct series *se = site_series(f->site, 1);
	struct series_def def = { .node = "a01", .source = "thermal", .step_s = 10, .nfields = 2 };
	def.fields[0] = se->fields[0];
	def.fields[1] = (struct field){ "used", FIELD_GAUGE, "%", 0, 100, "" };
	assert_non_null(site_define(f->site, 1, &def));
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "");
	double v[2] = { 33, 95 };
	f->now_ms += FX_STEP;
	assert_true(site_update(se, f->now_ms / 1000, f->now_ms, 2, v));
	engine_reading(f->e, se, f->now_ms);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.unit, "%");
	fx_free(f);
}

/* What ended is kept, newest first, and not without end. */
static void
test_kept(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	fx_start(f);
	for (int i = 0; i < 300; i++) {
		fx_next(f, 0, 33);
		fx_next(f, 0, 20);
		fx_pass(f, 300000); /* not so often that it chatters */
		assert_string_equal(fx_take(f), "OFRC");
	}
	assert_int_equal(engine_nalerts(f->e), 256);
	assert_int_equal(engine_nincidents(f->e), 256);
	assert_int_equal(engine_alert_at(f->e, 0)->id, 300);
	assert_int_equal(engine_alert_at(f->e, 255)->id, 45);
	assert_int_equal(engine_incident_at(f->e, 0)->id, 300);
	fx_next(f, 0, 33);
	assert_int_equal(engine_alert_at(f->e, 0)->id, 301);
	assert_int_equal(engine_nalerts(f->e), 257);
	fx_free(f);
}

/* A title of any length makes a cause that is whole text. */
static void
test_long_cause(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 4; extra++) {
		struct fx *f = fx_new(1, 1);
		char title[400] = { 0 };
		memset(title, 'x', extra);
		for (size_t n = extra; n < 300; n += 2)
			memcpy(title + n, "\u00b0", 2);
		fx_hot(f, "hot", 32)->title = fx_text(f, title);
		fx_start(f);
		fx_next(f, 0, 33);
		const char *cause = engine_incident_at(f->e, 0)->cause;
		assert_true(strlen(cause) > 250);
		assert_true(str_is_text(cause, strlen(cause)));
		fx_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_for),
		cmocka_unit_test(test_for_without_samples),
		cmocka_unit_test(test_clear_for),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_worse),
		cmocka_unit_test(test_worse_while_pending),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_late_good),
		cmocka_unit_test(test_wrong_clock),
		cmocka_unit_test(test_incidents),
		cmocka_unit_test(test_one_incident),
		cmocka_unit_test(test_selection),
		cmocka_unit_test(test_widened),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_long_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
