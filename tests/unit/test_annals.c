/* link: zwfigures PkgConfig::JANSSON */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What figures get of a history that was made through its own door, beside the one who writes. */
#include "history_fixture.h"

#include "collector/report/figures/annals.h"

#define MIN INT64_C(60000)
#define HOUR (60 * MIN)
#define T0 INT64_C(1772395200000) /* 2026-03-02 00:00 in Baku */
#define T1 (T0 + 24 * HOUR)

/* The day of the history as it is stored now. */
static struct annals *
day_of(struct hx *g)
{
	char path[128];
	struct annals *a;
	struct err e;

	if (g->h != NULL) {
		history_commit(g->h, 1, true);
		hx_settle(g);
	}
	snprintf(path, sizeof path, "%s/history.db", g->dir);
	if (annals_read(&a, path, T0, T1, &e) == -1)
		fail_msg("%s", e.msg);
	return a;
}

/* An alert fired, and ended unless that is 0. */
static void
was(struct hx *g, struct alert a, int64_t resolved_ms, unsigned flags_then)
{
	hx_tell(g, CHANGE_FIRED, a.fired_ms, &a, NULL);
	a.flags |= flags_then;
	if (resolved_ms == 0)
		return;
	a.state = ALERT_RESOLVED;
	a.resolved_ms = resolved_ms;
	a.flags &= ~(unsigned)ALERT_MUTED;
	hx_tell(g, CHANGE_RESOLVED, resolved_ms, &a, NULL);
}

static const struct annals_alert *
alert_of(const struct annals *a, uint64_t id)
{
	for (size_t i = 0; i < a->nalerts; i++)
		if (a->alerts[i].id == id)
			return &a->alerts[i];
	return NULL;
}

static void
test_none_yet(void **state)
{
	struct annals *a = day_of(*state);

	assert_int_equal(a->nalerts + a->nincidents + a->nacts + a->nsilences + a->nhours, 0);
	assert_int_equal(a->history_from_ms, 0);
	assert_int_equal(a->from_ms, T0);
	annals_free(a);
}

static void
test_what_touches_the_day(void **state)
{
	struct hx *g = *state;

	hx_open(g);
	was(g, hx_alert(1, 0, "b", T0 - 2 * HOUR), T0 - HOUR, 0);    /* over before it */
	was(g, hx_alert(2, 0, "b", T0 - 2 * HOUR), T0, 0);	     /* over at its beginning */
	was(g, hx_alert(3, 0, "b", T0 - 2 * HOUR), T0 + HOUR, 0);    /* lasts into it */
	was(g, hx_alert(4, 0, "site", T0 + HOUR), T0 + 2 * HOUR, 0); /* within */
	was(g, hx_alert(5, 0, "b", T0 + 2 * HOUR), 0, 0);	     /* fires still */
	was(g, hx_alert(6, 0, "b", T1 - 1), T1 + HOUR, 0);	     /* lasts beyond it */
	was(g, hx_alert(7, 0, "b", T1), T1 + HOUR, 0);		     /* after it */
	hx_tell(g, CHANGE_PENDING, T0,
	    &(struct alert){
		.id = 8, .rule = "r", .zone = "b", .state = ALERT_PENDING, .since_ms = T0 },
	    NULL);
	struct annals *a = day_of(g);
	assert_int_equal(a->nalerts, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(a->alerts[i].id, 3 + i); /* by fired_ms */
	assert_string_equal(a->alerts[0].zone, "b");
	assert_string_equal(a->alerts[1].zone, "");
	assert_int_equal(a->alerts[2].resolved_ms, 0);
	assert_int_equal(a->history_from_ms, T0 - 2 * HOUR);
	annals_free(a);
	hx_close(g);
	a = day_of(g); /* nobody writes any more */
	assert_int_equal(a->nalerts, 4);
	annals_free(a);
}

static void
test_an_alert_whole(void **state)
{
	struct hx *g = *state;
	struct alert al = hx_alert(9, 0, "b", T0 + HOUR);

	hx_open(g);
	al.severity = WIRE_WARNING;
	al.peak = 35.5;
	al.limit = 32;
	al.ack.at_ms = T0 + HOUR + MIN;
	(void)str_copy(al.ack.author, sizeof al.ack.author, "Aysel Məmmədova");
	(void)str_copy(al.because, sizeof al.because, "cool-b1");
	al.flags = ALERT_CONSEQUENCE | ALERT_MAINTENANCE;
	was(g, al, T0 + 2 * HOUR, 0);
	al.id = 10;
	al.flags = ALERT_LATE;
	al.because[0] = '\0';
	al.title = NULL;
	al.limit = al.peak = al.value = NAN;
	was(g, al, 0, ALERT_SILENCED); /* silenced later: it was told */
	struct annals *a = day_of(g);
	const struct annals_alert *x = alert_of(a, 9), *y = alert_of(a, 10);
	assert_string_equal(x->rule, "inlet-high");
	assert_string_equal(x->title, "Inlet air");
	assert_string_equal(x->node, "srv17");
	assert_string_equal(x->series, "hwmon-inlet");
	assert_string_equal(x->field, "temp");
	assert_string_equal(x->unit, "Cel");
	assert_int_equal(x->severity, WIRE_WARNING);
	assert_true(x->value == 33.4 && x->peak == 35.5 && x->bound == 32);
	assert_int_equal(x->since_ms, T0 + HOUR - 100);
	assert_int_equal(x->resolved_ms, T0 + 2 * HOUR);
	assert_int_equal(x->ack_ms, T0 + HOUR + MIN);
	assert_string_equal(x->ack_author, "Aysel Məmmədova");
	assert_string_equal(x->because, "cool-b1");
	assert_true(x->muted && x->consequence && !x->late);
	assert_true(!y->muted && !y->consequence && y->late);
	assert_true(isnan(y->value) && isnan(y->peak) && isnan(y->bound));
	assert_string_equal(y->title, "");
	assert_ptr_equal(x->rule, y->rule); /* each text once */
	annals_free(a);
}

/* An incident with an alert as its cause; acknowledged by two, one after the other. */
static void
incident_was(struct hx *g, uint64_t id, unsigned flags)
{
	struct incident in = hx_incident(id, "b", T0 + HOUR);
	struct alert al = hx_alert(100 + id, id, "b", T0 + HOUR);

	in.root = al.id;
	(void)str_copy(in.node, sizeof in.node, "srv17");
	al.flags = flags;
	hx_tell(g, CHANGE_OPENED, T0 + HOUR, NULL, &in);
	hx_tell(g, CHANGE_FIRED, T0 + HOUR, &al, &in);
	const char *const who[] = { "Aysel", "Rauf" };
	for (int i = 0; i < 2; i++) {
		in.ack.at_ms = T0 + HOUR + (1 + i) * MIN;
		(void)str_copy(in.ack.author, sizeof in.ack.author, who[i]);
		history_change(g->h, &(struct alert_change){ .kind = CHANGE_ACKED,
					 .now_ms = in.ack.at_ms,
					 .incident = &in,
					 .author = who[i],
					 .text = "on it" });
	}
}

static void
test_incidents(void **state)
{
	struct hx *g = *state;

	hx_open(g);
	incident_was(g, 1, 0);
	incident_was(g, 2, ALERT_SILENCED);
	struct annals *a = day_of(g);
	assert_int_equal(a->nincidents, 2);
	const struct annals_incident *in = &a->incidents[0];
	assert_int_equal(in->id, 1);
	assert_string_equal(in->zone, "b");
	assert_string_equal(in->node, "srv17");
	assert_string_equal(in->cause, "inlet above 32 °C");
	assert_int_equal(in->severity, WIRE_CRITICAL);
	assert_int_equal(in->opened_ms, T0 + HOUR);
	assert_int_equal(in->closed_ms, 0);
	assert_int_equal(in->first_ack_ms, T0 + HOUR + MIN);
	assert_string_equal(in->ack_author, "Aysel");
	assert_string_equal(in->ack_comment, "on it");
	assert_int_equal(in->total, 1);
	assert_true(in->told);
	assert_ptr_equal(in->root, alert_of(a, 101));
	assert_false(a->incidents[1].told);
	assert_true(a->alerts[1].muted);
	annals_free(a);
}

/* Read long after, the day is as it was at its end. */
static void
test_later_is_not_yet(void **state)
{
	struct hx *g = *state;
	struct incident in = hx_incident(1, "b", T1 - HOUR);
	struct alert al = hx_alert(101, 1, "b", T1 - HOUR);

	hx_open(g);
	hx_tell(g, CHANGE_OPENED, T1 - HOUR, NULL, &in);
	hx_tell(g, CHANGE_FIRED, T1 - HOUR, &al, &in);
	in.ack.at_ms = T1 + MIN;
	(void)str_copy(in.ack.author, sizeof in.ack.author, "Aysel");
	hx_tell(g, CHANGE_ACKED, T1 + MIN, NULL, &in);
	was(g, al, T1 + HOUR, 0);
	in.closed_ms = T1 + HOUR;
	hx_tell(g, CHANGE_CLOSED, T1 + HOUR, NULL, &in);
	struct annals *a = day_of(g);
	assert_int_equal(a->nincidents, 1);
	assert_int_equal(a->incidents[0].closed_ms, 0);
	assert_int_equal(a->incidents[0].first_ack_ms, 0);
	assert_string_equal(a->incidents[0].ack_author, "");
	assert_int_equal(a->alerts[0].resolved_ms, 0);
	annals_free(a);
}

static void
test_acts_and_silences(void **state)
{
	struct hx *g = *state;
	struct silence s = { .id = 3,
		.kind = SILENCE_MAINTENANCE,
		.match = { .zone = "b", .node = "ups*" },
		.author = "Rauf",
		.reason = "battery test",
		.created_ms = T0,
		.starts_ms = T0 - 48 * HOUR,
		.days = 1,
		.from_min = 120,
		.minutes = 150 };

	hx_open(g);
	history_act(g->h, T0 - 1, "x", "login", 0, "", "");
	history_act(g->h, T0 + 2, "Rauf", "comment", 0, "srv17", "fan replaced");
	history_act(g->h, T0 + 1, "zonewatch", "collector-start", 0, "1772395100000", "");
	history_silence(g->h, &s);
	s.id = 4;
	s.days = 0;
	s.ends_ms = T0; /* over */
	history_silence(g->h, &s);
	struct annals *a = day_of(g);
	assert_int_equal(a->nacts, 2);
	assert_string_equal(a->acts[0].kind, "collector-start");
	assert_string_equal(a->acts[0].what, "1772395100000");
	assert_int_equal(a->acts[1].time_ms, T0 + 2);
	assert_string_equal(a->acts[1].author, "Rauf");
	assert_string_equal(a->acts[1].text, "fan replaced");
	assert_int_equal(a->nsilences, 1);
	assert_int_equal(a->silences[0].kind, SILENCE_MAINTENANCE);
	assert_string_equal(a->silences[0].match.node, "ups*");
	assert_string_equal(a->silences[0].reason, "battery test");
	assert_int_equal(a->silences[0].days, 1);
	assert_int_equal(a->silences[0].minutes, 150);
	assert_int_equal(a->silences[0].ends_ms, 0);
	annals_free(a);
}

static void
test_what_is_no_history(void **state)
{
	struct hx *g = *state;
	char path[128];
	struct annals *a = NULL;
	struct err e;

	snprintf(path, sizeof path, "%s/history.db", g->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("no database at all, but long enough to be looked at as one", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(annals_read(&a, path, T0, T1, &e), -1);
	assert_null(a);
	assert_non_null(strstr(e.msg, path));
}

/* What an alert is about, by its parts; and that it came and went. */
static void
test_what_an_alert_says(void **state)
{
	struct hx *g = *state;
	struct alert one = hx_alert(1, 0, "b", T0 + HOUR);

	hx_open(g);
	one.topic = TOPIC_AIR;
	one.why = (struct reason){ .code = REASON_COUNT, .sum = REASON_EACH, .v = { 3, 12 } };
	(void)str_copy(one.why.words, sizeof one.why.words, "above 32");
	was(g, one, T0 + 2 * HOUR, 0);
	hx_tell(g, CHANGE_CHATTERING, T0 + HOUR + MIN, &one, NULL);
	hx_tell(g, CHANGE_CHATTERING, T1 + HOUR, &one, NULL);
	struct annals *a = day_of(g);
	const struct annals_alert *al = alert_of(a, 1);
	assert_int_equal(al->topic, TOPIC_AIR);
	assert_string_equal(al->reason, "above 32 °C");
	assert_int_equal(al->why.code, REASON_COUNT);
	assert_int_equal(al->why.sum, REASON_EACH);
	assert_true(al->why.v[0] == 3 && al->why.v[1] == 12);
	assert_string_equal(al->why.words, "above 32");
	assert_int_equal(a->nchatters, 1);
	assert_int_equal(a->chatters[0].time_ms, T0 + HOUR + MIN);
	assert_string_equal(a->chatters[0].zone, "b");
	assert_non_null(strstr(a->chatters[0].subject, "srv17"));
	annals_free(a);
}

#define T(name) cmocka_unit_test_setup_teardown(name, hx_setup, hx_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_none_yet),
		T(test_what_touches_the_day),
		T(test_an_alert_whole),
		T(test_incidents),
		T(test_later_is_not_yet),
		T(test_acts_and_silences),
		T(test_what_is_no_history),
		T(test_what_an_alert_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
