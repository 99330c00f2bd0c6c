/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an alert's life knows beside firing and ending: chattering, no data, muting,
 * acknowledgements, severity info, limits by place, racks, shares, late samples. */
#include <time.h>

#include "alert_fixture.h"

#include "collector/alert/silence.h"
#include "zw/err.h"

/* What comes and goes is told twice, then held until it was good for 10 min. */
static void
test_chatter(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	f->letters = FX_ALL;
	fx_start(f);
	fx_next(f, 0, 33);
	fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "OFRC");
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OFh");
	for (int i = 0; i < 30; i++)
		fx_next(f, 0, i % 2 == 0 ? 31 : 33);
	assert_string_equal(fx_take(f), "");
	const struct alert *a = engine_alert_at(f->e, 0);
	assert_int_equal(a->state, ALERT_FIRING);
	assert_true((a->flags & ALERT_CHATTERING) != 0);
	assert_int_equal(a->changes, 31);
	for (int i = 0; i < 59; i++)
		fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 31);
	fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "sRC");
	fx_free(f);
}

/* Six times in ten minutes, each slowly. */
static void
test_chatter_slow(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	f->letters = FX_ALL;
	fx_start(f);
	for (int i = 0; i < 60; i++)
		fx_next(f, 0, i / 9 % 2 == 0 ? 33 : 31);
	assert_string_equal(fx_take(f), "OFRCOFRCOFh");
	fx_free(f);
}

static void
test_no_data(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	f->letters = FX_ALL;
	fx_start(f);
	fx_pass(f, 60000);
	fx_next(f, 0, 33);
	fx_pass(f, 30000);
	assert_string_equal(fx_take(f), "OF");
	fx_pass(f, 300000);
	assert_string_equal(fx_take(f), "N");
	assert_true((engine_alert_at(f->e, 0)->flags & ALERT_NO_DATA) != 0);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "n");
	assert_int_equal(engine_alert_at(f->e, 0)->flags, 0);
	fx_free(f);
}

/* Nobody need act on it: it is listed, and no incident. */
static void
test_info(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->severity = fx_text(f, "info");
	fx_start(f);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "F");
	assert_int_equal(engine_nincidents(f->e), 0);
	assert_int_equal(engine_worst(f->e, NULL, NULL), WIRE_INFO);
	fx_pass(f, 20000);
	fx_next(f, 0, 20);
	assert_string_equal(fx_take(f), "R");
	fx_free(f);
}

static void
test_mute(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	struct silences *all = silences_new();
	struct silence want = {
		.kind = SILENCE_SILENCE, .match.node = "a01", .author = "Aydin", .reason = "filter"
	};
	const struct silence *one;
	struct err e;
	fx_hot(f, "hot", 32);
	f->letters = FX_ALL;
	fx_start(f);
	engine_use_silences(f->e, all);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	want.starts_ms = f->now_ms;
	want.ends_ms = f->now_ms + 20000;
	assert_int_equal(silences_add(all, &want, f->now_ms, &one, &e), 0);
	fx_pass(f, 1000);
	assert_true(strchr(fx_take(f), 'M') != NULL);
	const struct alert *a = engine_alert_at(f->e, 0);
	assert_true((a->flags & ALERT_SILENCED) != 0);
	assert_int_equal(a->silence, one->id);
	assert_int_equal(engine_worst(f->e, NULL, NULL), -1);
	assert_int_equal(engine_incident_at(f->e, 0)->muted, 1);
	fx_pass(f, 20000);
	assert_true(strchr(fx_take(f), 'm') != NULL);
	assert_int_equal(a->flags & ALERT_MUTED, 0);
	assert_int_equal(engine_worst(f->e, NULL, NULL), WIRE_WARNING);
	fx_free(f);
	silences_free(all);
}

static void
test_acknowledge(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	struct ack ack = { .author = "Leyla", .comment = "on it" };
	struct err e;
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "OFF");
	assert_int_equal(engine_acknowledge(f->e, 7, 0, &ack, "Leyla", f->now_ms, &e), -1);
	assert_int_equal(engine_acknowledge(f->e, 0, 9, &ack, "Leyla", f->now_ms, &e), -1);
	ack.until_ms = f->now_ms - 1;
	assert_int_equal(engine_acknowledge(f->e, 1, 0, &ack, "Leyla", f->now_ms, &e), -1);
	ack.until_ms = f->now_ms + 60000;
	assert_int_equal(engine_acknowledge(f->e, 1, 0, &ack, "Leyla", f->now_ms, &e), 0);
	assert_string_equal(fx_take(f), "AAA");
	assert_string_equal(engine_incident(f->e, 1)->ack.author, "Leyla");
	assert_true((engine_alert(f->e, 2)->flags & ALERT_ACKED) != 0);
	assert_int_equal(engine_acknowledge(f->e, 0, 1, NULL, "Leyla", f->now_ms, &e), 0);
	assert_string_equal(fx_take(f), "a");
	fx_pass(f, 59000);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, 1000);
	assert_string_equal(fx_take(f), "aa");
	assert_string_equal(engine_incident(f->e, 1)->ack.author, "");
	fx_free(f);
}

/* Two limits: each has its own side on which it is good again. */
static void
test_deadband(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	struct conf_rule *r = fx_hot(f, "hot", 32);
	fx_number(r, "below", 10);
	fx_number(r, "deadband", 2);
	fx_start(f);
	fx_next(f, 0, 33);
	fx_pass(f, 60000);
	fx_next(f, 0, 30.5);
	assert_string_equal(fx_take(f), "OF");
	fx_next(f, 0, 30);
	assert_string_equal(fx_take(f), "RC");
	fx_pass(f, 700000);
	fx_next(f, 0, 9);
	fx_pass(f, 60000);
	fx_next(f, 0, 11.5);
	assert_string_equal(fx_take(f), "OF");
	assert_int_equal(f->last_alert.why.code, REASON_BELOW);
	fx_next(f, 0, 12);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* A deadband of a row counts instead of the rule's clear. */
static void
test_limit_deadband(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	struct conf_limit row = { .rule = fx_text(f, "hot"),
		.above = NAN,
		.below = NAN,
		.clear = NAN,
		.deadband = 1,
		.for_ = -1,
		.clear_for = -1,
		.after = -1 };
	f->conf.limits = (struct conf_list){ .v = &row, .n = 1 };
	fx_number(fx_hot(f, "hot", 32), "clear", 25);
	fx_start(f);
	fx_next(f, 0, 33);
	fx_next(f, 0, 31.5);
	assert_string_equal(fx_take(f), "OF");
	fx_next(f, 0, 31);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* What cannot be is reported, and no other rule has it: it neither fires nor ends an alert, nor
 * counts in a zone's average. */
static void
test_quarantine(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 3);
	fx_hot(f, "hot", 32);
	struct conf_rule *r = fx_hot(f, "average", 28);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "average");
	r = fx_rule(f, "broken", "plausibility");
	r->source = fx_text(f, "thermal");
	r->field = fx_text(f, "inlet");
	fx_number(r, "most", 60);
	fx_start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 22);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 80);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.rule, "broken");
	assert_true(f->last_alert.value == 80);
	fx_next(f, 0, 22);
	assert_string_equal(fx_take(f), "RC");
	fx_next(f, 1, 33);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.rule, "hot");
	fx_next(f, 1, 80);
	assert_string_equal(fx_take(f), "F");
	assert_string_equal(f->last_alert.rule, "broken");
	fx_next(f, 1, 22);
	assert_string_equal(fx_take(f), "RRC");
	fx_free(f);
}

/* The last row that fits counts, key by key; `clear` goes along; off is off. */
static void
test_limits(void **state)
{
	(void)state;
	struct fx *f = fx_new(2, 3);
	char *b[] = { fx_text(f, "B") }, *a1[] = { fx_text(f, "*01") },
	     *a3[] = { fx_text(f, "a03") };
	char *th[] = { fx_text(f, "thermal") };
	struct conf_limit rows[4];
	for (size_t i = 0; i < 4; i++)
		rows[i] = (struct conf_limit){ .rule = fx_text(f, "ho*"),
			.above = NAN,
			.below = NAN,
			.clear = NAN,
			.deadband = NAN,
			.for_ = -1,
			.clear_for = -1,
			.after = -1 };
	rows[0].zones = (struct conf_texts){ .v = b, .n = 1 };
	rows[0].above = 28;
	rows[0].severity = fx_text(f, "critical");
	rows[1].nodes = (struct conf_texts){ .v = a1, .n = 1 };
	rows[1].series = (struct conf_texts){ .v = th, .n = 1 };
	rows[1].above = 26;
	rows[2].nodes = (struct conf_texts){ .v = a3, .n = 1 };
	rows[2].off = true;
	rows[3].rule = fx_text(f, "other");
	rows[3].above = 1;
	f->conf.limits = (struct conf_list){ .v = rows, .n = 4 };
	fx_number(fx_hot(f, "hot", 32), "clear", 30);
	fx_start(f);
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < 6; i++)
		fx_read(f, i, 27);
	assert_string_equal(fx_take(f), "OFOF"); /* a01, b01 */
	assert_string_equal(f->last_alert.node, "b01");
	assert_int_equal(f->last_alert.severity, WIRE_CRITICAL);
	assert_true(f->last_alert.limit == 26);
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < 6; i++)
		fx_read(f, i, 29);
	assert_string_equal(fx_take(f), "WWFF"); /* b02, b03 */
	assert_true(f->last_alert.limit == 28);
	fx_pass(f, 60000);
	fx_read(f, 4, 27); /* not yet back at 26 */
	assert_string_equal(fx_take(f), "");
	fx_read_late(f, 4, 26, -1000);
	assert_string_equal(fx_take(f), "R");
	fx_pass(f, FX_STEP);
	fx_read(f, 2, 80); /* a03 */
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

/* Half of a rack; a series without one is in none. */
static void
test_rack(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 9);
	for (size_t i = 0; i < 8; i++)
		f->nodes[i].rack = fx_text(f, i < 4 ? "A 1" : "A/2");
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->scope = fx_text(f, "rack");
	r->aggregate = fx_text(f, "share");
	r->share = 50;
	fx_start(f);
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < 9; i++)
		fx_read(f, i, i == 0 || i == 4 || i == 5 || i == 8 ? 33 : 20);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "OF");
	const struct alert *a = &f->last_alert;
	assert_string_equal(a->rack, "A/2");
	assert_string_equal(a->unit, "%");
	assert_true(a->value == 50 && a->limit == 50);
	assert_string_equal(a->reason, "each above 32 °C");
	assert_int_equal(a->why.code, REASON_COUNT);
	assert_true(a->why.v[0] == 2 && a->why.v[1] == 4 && a->why.v[3] == 32);
	fx_free(f);
}

static void
test_percentile(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 20);
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "percentile");
	r->percentile = 90;
	fx_start(f);
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < 20; i++)
		fx_read(f, i, i < 18 ? 20 : 40);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "");
	fx_pass(f, FX_STEP);
	for (size_t i = 0; i < 20; i++)
		fx_read(f, i, i < 17 ? 20 : 40);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.reason, "percentile 90 above 32 °C");
	assert_int_equal(f->last_alert.why.sum, REASON_PERCENTILE);
	fx_free(f);
}

/* A backlog shows what was: one alert of the past, with its times; never an incident. */
static void
test_late(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32)->for_ = 60000;
	fx_start(f);
	fx_next(f, 0, 20);
	fx_pass(f, 3600000);
	int64_t base_ms = f->now_ms;
	for (int64_t late = 3000000; late >= 60000; late -= FX_STEP)
		fx_read_late(f, 0, late <= 2000000 && late > 1800000 ? 40 : 20, late);
	assert_string_equal(fx_take(f), "L");
	const struct alert *a = &f->last_alert;
	assert_int_equal(a->since_ms, base_ms - 2000000);
	assert_int_equal(a->resolved_ms, base_ms - 1800000);
	assert_int_equal(a->fired_ms, a->since_ms + 60000);
	assert_int_equal(a->flags, ALERT_LATE);
	assert_int_equal(a->incident, 0);
	assert_true(a->peak == 40);
	assert_int_equal(engine_nincidents(f->e), 0);
	fx_free(f);
}

/* Live first: the backlog shows that it began earlier. */
static void
test_began_earlier(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	fx_start(f);
	fx_next(f, 0, 20);
	fx_pass(f, 600000);
	fx_read(f, 0, 40);
	assert_string_equal(fx_take(f), "OF");
	int64_t live_ms = f->now_ms;
	struct series *se = site_series(f->site, 1);
	for (int64_t t = live_ms - 500000; t < live_ms; t += FX_STEP) {
		double v = t < live_ms - 200000 ? 20 : 40;
		engine_late(f->e, se, t / 1000, 1, &v, f->now_ms);
	}
	assert_string_equal(fx_take(f), "L");
	assert_int_equal(engine_alert_at(f->e, 0)->since_ms, live_ms - 200000);
	assert_true(se->last.values[0] == 40);
	fx_free(f);
}

/* A rule holds at its hours only: what is bad when they begin fires then, and ends with them. */
static void
test_hours(void **state)
{
	(void)state;
	char window[64];
	time_t next = (FX_T0 / 1000 / 3600 + 1) * 3600; /* the next full hour, in most zones */
	struct tm from, to;
	assert_non_null(localtime_r(&next, &from));
	time_t end = next + 600;
	assert_non_null(localtime_r(&end, &to));
	snprintf(window, sizeof window, "daily %02d:%02d-%02d:%02d", from.tm_hour, from.tm_min,
	    to.tm_hour, to.tm_min);
	struct fx *f = fx_new(1, 1);
	char *hours[] = { window };
	fx_hot(f, "hot", 32)->hours = (struct conf_texts){ .v = hours, .n = 1 };
	fx_start(f);
	while (f->now_ms < next * 1000 - FX_STEP)
		fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 33);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	while (f->now_ms < end * 1000 - FX_STEP)
		fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 33);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chatter),
		cmocka_unit_test(test_chatter_slow),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_acknowledge),
		cmocka_unit_test(test_deadband),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limit_deadband),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_rack),
		cmocka_unit_test(test_percentile),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_began_earlier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
