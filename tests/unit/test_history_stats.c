/* link: zwhistory PkgConfig::JANSSON */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of the monthly report against a history made by hand whose truth stands here, and
 * the other questions. Local time is Asia/Baku's, UTC+4. */
#include "history_fixture.h"

#include <time.h>

#define SEC INT64_C(1000)
#define MIN (60 * SEC)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)
#define T0 INT64_C(1772395200000) /* 2026-03-02 00:00 in Baku (2026-03-01 20:00 UTC) */

/* One that fired and was resolved, by these members; told to the history as the engine would. */
static void
alert_was(struct hx *g, struct alert a, const char *rule, const char *node,
    enum wire_severity severity, int64_t resolved_ms)
{
	a.rule = rule;
	a.severity = severity;
	(void)str_copy(a.node, sizeof a.node, node);
	hx_tell(g, CHANGE_FIRED, a.fired_ms, &a, NULL);
	if (resolved_ms == 0)
		return;
	a.state = ALERT_RESOLVED;
	a.resolved_ms = resolved_ms;
	a.silence = 0;
	a.flags &= ~(unsigned)ALERT_MUTED; /* what ended is muted no more */
	hx_tell(g, CHANGE_RESOLVED, resolved_ms, &a, NULL);
}

static void
incident_was(
    struct hx *g, uint64_t id, const char *zone, int64_t opened, int64_t ack, int64_t closed)
{
	struct incident in = hx_incident(id, zone, opened);

	hx_tell(g, CHANGE_OPENED, opened, NULL, &in);
	if (ack != 0) {
		in.ack.at_ms = ack;
		(void)str_copy(in.ack.author, sizeof in.ack.author, "Aysel");
		hx_tell(g, CHANGE_ACKED, ack, NULL, &in);
		in.ack = (struct ack){ .at_ms = 0 }; /* taken back: the first one counts */
		hx_tell(g, CHANGE_UNACKED, ack + 1, NULL, &in);
	}
	if (closed != 0) {
		in.closed_ms = closed;
		in.firing = 0;
		hx_tell(g, CHANGE_CLOSED, closed, NULL, &in);
	}
}

/* Incidents 1 to 4 of zone b (acknowledged after 1, 3 and 8 min, 4 never; closed after 10, 20, 60
 * min, 4 open), 5 of zone a was muted from its begin. */
static void
make_incidents(struct hx *g)
{
	incident_was(g, 1, "b", T0 + 8 * HOUR, T0 + 8 * HOUR + MIN, T0 + 8 * HOUR + 10 * MIN);
	incident_was(g, 2, "b", T0 + 9 * HOUR, T0 + 9 * HOUR + 3 * MIN, T0 + 9 * HOUR + 20 * MIN);
	incident_was(g, 3, "b", T0 + DAY, T0 + DAY + 8 * MIN, T0 + DAY + HOUR);
	incident_was(g, 4, "b", T0 + 2 * DAY, 0, 0);
	incident_was(g, 5, "a", T0 + 2 * DAY, 0, T0 + 2 * DAY + HOUR);
	incident_was(g, 6, "b", T0 - MIN, 0, 0); /* before the time that is asked for */
}

/* The alerts that people were told of, 33 in the three days:
 * day 1: 12 of "fan" warning at 8:00 (a flood), 5 of it at 8:10 (goes on), 4 at 8:20 (ends), one at
 *	0:00:00.000 local; day 2: 8 critical "inlet" of 3 nodes (3, 3 and 2), 2 info "disk";
 * day 3: one critical "inlet" that is still open. */
static void
make_load(struct hx *g)
{
	uint64_t id = 100;

	for (int i = 0; i < 21; i++) {
		int64_t at = T0 + 8 * HOUR + (i < 12 ? 0 : i < 17 ? 10 * MIN : 20 * MIN) + i * SEC;
		struct alert a = hx_alert(id++, 1, "b", at);
		a.changes = 1;
		alert_was(g, a, "fan", "srv01", WIRE_WARNING, at + (i < 3 ? 59 : 60) * SEC);
	}
	alert_was(g, hx_alert(id++, 1, "b", T0), "fan", "srv02", WIRE_WARNING, T0 + 25 * HOUR);
	for (int i = 0; i < 8; i++) {
		static const char *const nodes[] = { "srv03", "srv04", "srv05" };
		int64_t at = T0 + DAY + i * HOUR;
		alert_was(
		    g, hx_alert(id++, 3, "b", at), "inlet", nodes[i % 3], WIRE_CRITICAL, at + HOUR);
	}
	for (int i = 0; i < 2; i++)
		alert_was(g, hx_alert(id++, 3, "b", T0 + DAY + i), "disk", "srv06", WIRE_INFO,
		    T0 + DAY + HOUR);
	alert_was(g, hx_alert(id++, 4, "b", T0 + 2 * DAY), "inlet", "srv03", WIRE_CRITICAL, 0);
}

/* Those nobody was told of: 3 silenced, 1 in maintenance (all of incident 5), 2 late, 4
 * consequences; one that is pending, one that is of another time. */
static void
make_untold(struct hx *g)
{
	uint64_t id = 1000;

	for (int i = 0; i < 10; i++) {
		struct alert a = hx_alert(id++, i < 4 ? 5 : 4, i < 4 ? "a" : "b", T0 + 2 * DAY + i);
		a.flags = i < 3	  ? ALERT_SILENCED
			  : i < 4 ? ALERT_MAINTENANCE
			  : i < 6 ? ALERT_LATE
				  : ALERT_CONSEQUENCE;
		a.silence = i < 3 ? 1 : 0;
		alert_was(g, a, "quiet", "srv09", WIRE_WARNING, T0 + 2 * DAY + HOUR);
	}
	struct alert pending = hx_alert(id++, 0, "b", 0);
	hx_tell(g, CHANGE_PENDING, T0 + DAY, &pending, NULL);
	alert_was(g, hx_alert(id++, 6, "b", T0 - 1), "fan", "srv01", WIRE_WARNING, T0);
}

static void
make_messages(struct hx *g)
{
	static const char *const state[] = { "sent", "sent", "failed", "superseded" };
	char id[32];

	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof id, "<%d@x>", i);
		int64_t opened = i < 2 ? T0 + (8 + i) * HOUR : T0 + DAY;
		history_mail(g->h, hx_mail((uint64_t)(i < 3 ? i + 1 : 3), i < 3 ? "open" : "update",
				       id, opened + SEC));
	}
	history_commit(g->h, 1, false);
	hx_settle(g);
	for (int i = 0; i < 4; i++)
		history_mail_outcome(g->h, i + 1, state[i], 1, 0, "250");
	/* The first was accepted 2 s after the opening by one, 5 s by the other; the second 40 s.
	 */
	history_delivery(g->h, 1, "duty@x", T0 + 8 * HOUR + 5 * SEC, "accepted", "250");
	history_delivery(g->h, 1, "it@x", T0 + 8 * HOUR + 2 * SEC, "accepted", "250");
	history_delivery(g->h, 2, "it@x", T0 + 9 * HOUR + 20 * SEC, "failed", "451");
	history_delivery(g->h, 2, "it@x", T0 + 9 * HOUR + 40 * SEC, "accepted", "250");
	history_delivery(g->h, 3, "it@x", T0 + DAY + 9 * SEC, "refused", "550");
	history_delivery(g->h, 3, "duty@x", T0 + DAY - 1, "accepted", "250 of day 1");
}

static void
make(struct hx *g)
{
	struct silence s = { .id = 1, .starts_ms = T0 + 2 * DAY, .ends_ms = T0 + 2 * DAY + HOUR };
	struct alert c = hx_alert(100, 1, "b", T0 + 8 * HOUR);

	hx_open(g);
	(void)str_copy(s.author, sizeof s.author, "Rəşad");
	(void)str_copy(s.reason, sizeof s.reason, "\"new fan\" \xe2\x80\xae\x01");
	history_silence(g->h, &s);
	s.id = 2;
	s.starts_ms = T0 + 30 * DAY; /* of another time */
	s.ends_ms = T0 + 31 * DAY;
	history_silence(g->h, &s);
	make_incidents(g);
	c.rule = "fan";
	(void)str_copy(c.node, sizeof c.node, "srv01");
	c.severity = WIRE_WARNING;
	for (int i = 0; i < 2; i++)
		hx_tell(g, CHANGE_CHATTERING, T0 + 8 * HOUR + i * MIN, &c, NULL);
	make_load(g);
	make_untold(g);
	make_messages(g);
	history_commit(g->h, 2, false);
	hx_settle(g);
}

#define STATS ((struct history_ask){ .what = "stats", .from_ms = T0, .to_ms = T0 + 3 * DAY })

static void
test_alerts(void **state)
{
	struct hx *g = *state;

	make(g);
	json_t *j = hx_ask(g, STATS);
	hx_number(j, "alerts/total", 33);
	hx_number(j, "alerts/muted", 4);
	hx_number(j, "alerts/late", 2);
	hx_number(j, "alerts/consequences", 4);
	hx_number(j, "alerts/fleeting", 3);
	hx_rows(j, "alerts/per_severity", 3);
	hx_text(j, "alerts/per_severity/0/severity", "critical");
	hx_number(j, "alerts/per_severity/0/alerts", 9);
	hx_number(j, "alerts/per_severity/0/part", 9. / 33);
	hx_number(j, "alerts/per_severity/1/alerts", 22);
	hx_text(j, "alerts/per_severity/2/severity", "info");
	hx_number(j, "alerts/per_severity/2/part", 2. / 33);
	hx_rows(j, "alerts/per_day", 3); /* days of Baku */
	hx_text(j, "alerts/per_day/0/day", "2026-03-02");
	hx_number(j, "alerts/per_day/0/alerts", 22);
	hx_number(j, "alerts/per_day/1/alerts", 10);
	hx_number(j, "alerts/per_day/2/alerts", 1);
	hx_rows(j, "alerts/top_rules", 3);
	hx_text(j, "alerts/top_rules/0/rule", "fan");
	hx_number(j, "alerts/top_rules/0/alerts", 22);
	hx_number(j, "alerts/top_rules/0/part", 22. / 33);
	hx_text(j, "alerts/top_rules/1/rule", "inlet");
	hx_rows(j, "alerts/top_subjects", 6);
	hx_text(j, "alerts/top_subjects/0/node", "srv01");
	hx_number(j, "alerts/top_subjects/0/alerts", 21);
	hx_text(j, "alerts/top_subjects/1/node", "srv03");
	hx_number(j, "alerts/top_subjects/1/alerts", 4);
	hx_number(j, "alerts/top_subjects/1/part", 4. / 33);
	hx_rows(j, "alerts/chattering", 1);
	hx_text(j, "alerts/chattering/0/subject", "srv01/hwmon-inlet/temp fan");
	hx_number(j, "alerts/chattering/0/times", 2);
}

static void
test_floods_and_stale(void **state)
{
	struct hx *g = *state;

	make(g);
	json_t *j = hx_ask(g, STATS);
	hx_number(j, "alerts/floods/floods", 1);
	hx_number(j, "alerts/floods/windows_over", 1);
	hx_number(j, "alerts/floods/minutes", 20); /* 12, then 5; 4 ended it */
	hx_number(j, "alerts/floods/part", 2. / (3 * 144));
	hx_number(j, "alerts/floods/windows_over_part", 1. / (3 * 144));
	hx_number(j, "alerts/floods/most_in_10min", 12);
	hx_rows(j, "alerts/stale", 1); /* the open one is a day old to the ms, and no more */
	hx_text(j, "alerts/stale/0/node", "srv02");
	hx_number(j, "alerts/stale/0/seconds", 25 * 3600);
	/* Two floods, one at the end of an hour and one far off; one that a window interrupts. */
	uint64_t id = 5000;
	static const struct {
		int64_t minute;
		int alerts;
	} more[] = { { 0, 11 }, { 10, 10 }, { 30, 11 }, { 40, 11 }, { 50, 4 }, { 60, 10 } };
	for (size_t w = 0; w < 6; w++) {
		for (int i = 0; i < more[w].alerts; i++) {
			int64_t at = T0 + 10 * DAY + more[w].minute * MIN + i;
			alert_was(
			    g, hx_alert(id++, 4, "b", at), "fan", "srv01", WIRE_WARNING, at + HOUR);
		}
	}
	history_commit(g->h, 3, false);
	hx_settle(g);
	struct history_ask later = STATS;
	later.from_ms = T0 + 10 * DAY;
	later.to_ms = later.from_ms + 2 * HOUR;
	j = hx_ask(g, later);
	hx_number(j, "alerts/total", 57);
	hx_number(j, "alerts/floods/floods", 2);
	hx_number(j, "alerts/floods/windows_over", 3);
	hx_number(j, "alerts/floods/minutes", 40);
	hx_number(j, "alerts/floods/part", 4. / 12);
	hx_rows(j, "alerts/stale", 1); /* now the open one is */
	hx_number(j, "alerts/stale/0/seconds", 8 * 86400 + 7200);
}

static void
test_incidents_and_mails(void **state)
{
	struct hx *g = *state;

	make(g);
	json_t *j = hx_ask(g, STATS);
	hx_number(j, "incidents/total", 4);
	hx_number(j, "incidents/untold", 1);
	hx_number(j, "incidents/unacknowledged", 1);
	hx_number(j, "incidents/open", 1);
	hx_number(j, "incidents/mtta/count", 3);
	hx_number(j, "incidents/mtta/mean_s", 240);
	hx_number(j, "incidents/mtta/median_s", 180);
	hx_number(j, "incidents/mtta/max_s", 480);
	hx_number(j, "incidents/mttr/count", 3);
	hx_number(j, "incidents/mttr/mean_s", 1800);
	hx_number(j, "incidents/mttr/median_s", 1200);
	hx_number(j, "incidents/mttr/max_s", 3600);
	hx_number(j, "mails/total", 5);
	hx_number(j, "mails/sent", 2);
	hx_number(j, "mails/failed", 1);
	hx_number(j, "mails/superseded", 1);
	hx_number(j, "mails/waiting", 1);
	hx_rows(j, "mails/per_kind", 2);
	hx_text(j, "mails/per_kind/0/kind", "open");
	hx_number(j, "mails/per_kind/0/mails", 3);
	hx_rows(j, "mails/per_recipient", 2);
	hx_text(j, "mails/per_recipient/0/to", "duty@x");
	hx_text(j, "mails/per_recipient/0/day", "2026-03-02");
	hx_number(j, "mails/per_recipient/0/mails", 2);
	hx_number(j, "mails/per_recipient/1/mails", 2);
	/* Of the third mail an acceptance by its incident's opening less 1 ms: -0.001 s. */
	hx_number(j, "mails/opening_to_acceptance/count", 3);
	hx_number(j, "mails/opening_to_acceptance/median_s", 2);
	hx_number(j, "mails/opening_to_acceptance/p99_s", 40);
	hx_rows(j, "silences", 1);
	hx_text(j, "silences/0/author", "Rəşad");
	hx_text(j, "silences/0/reason", "\"new fan\" \xe2\x80\xae\x01");
	hx_number(j, "silences/0/alerts", 3);
	/* One zone. */
	struct history_ask zone = STATS;
	zone.zone = "a";
	j = hx_ask(g, zone);
	hx_number(j, "alerts/total", 0);
	hx_number(j, "alerts/muted", 4);
	hx_number(j, "incidents/total", 0);
	hx_number(j, "incidents/untold", 1);
	assert_true(json_is_null(hx_at(j, "incidents/mtta/mean_s")));
	zone.zone = "b' OR '1'='1";
	j = hx_ask(g, zone);
	hx_number(j, "alerts/muted", 0);
}

static void
test_nothing(void **state)
{
	struct hx *g = *state;

	hx_open(g);
	json_t *j = hx_ask(g, (struct history_ask){ .what = "stats" });
	hx_number(j, "alerts/total", 0);
	hx_number(j, "alerts/floods/part", 0);
	hx_rows(j, "alerts/per_day", 0);
	assert_true(json_is_null(hx_at(j, "mails/opening_to_acceptance/p99_s")));
	assert_null(hx_ask(g, (struct history_ask){ .what = "incident", .id = 1 }));
	assert_string_equal(g->why, "there is no such incident");
	assert_null(hx_ask(g, (struct history_ask){ .what = "what" }));
	assert_string_equal(g->why, "there is no such question");
}

static void
test_incident(void **state)
{
	struct hx *g = *state;

	make(g);
	history_act(g->h, T0 + 8 * HOUR + 30 * SEC, "Aysel", "comment", 1, "", "I go there");
	history_act(g->h, T0 + 8 * HOUR, "Aysel", "login", 0, "10.0.0.7", NULL);
	history_commit(g->h, 3, false);
	hx_settle(g);
	json_t *j = hx_ask(g, (struct history_ask){ .what = "incident", .id = 1 });
	hx_number(j, "id", 1);
	hx_text(j, "zone", "b");
	hx_text(j, "severity", "critical");
	hx_number(j, "first_ack_ms", T0 + 8 * HOUR + MIN);
	assert_true(json_is_null(hx_at(j, "ack_author")));
	hx_rows(j, "alerts", 22);
	hx_text(j, "alerts/0/state", "resolved");
	assert_true(json_is_false(hx_at(j, "alerts/0/late")));
	hx_rows(j, "timeline", 4 + 2 * 22 + 2); /* its own, its alerts', the chattering */
	hx_text(j, "timeline/0/kind", "fired"); /* the one of midnight: in order of time */
	hx_rows(j, "acts", 1);
	hx_text(j, "acts/0/text", "I go there");
	hx_rows(j, "mails", 1);
	hx_rows(j, "mails/0/deliveries", 2);
	j = hx_ask(g, (struct history_ask){ .what = "incident", .id = 1, .limit = 5 });
	hx_rows(j, "timeline", 5);
	j = hx_ask(g, (struct history_ask){ .what = "acts", .to_ms = T0 + 30 * DAY });
	hx_rows(j, "acts", 2);
	hx_text(j, "acts/1/kind", "login");
}

static void
test_past(void **state)
{
	struct hx *g = *state;

	make(g);
	struct history_ask ask = STATS;
	ask.what = "incidents";
	json_t *j = hx_ask(g, ask);
	hx_rows(j, "incidents", 5);
	hx_number(j, "incidents/0/id", 5);
	ask.zone = "b";
	ask.limit = 2;
	j = hx_ask(g, ask);
	hx_rows(j, "incidents", 2);
	hx_number(j, "incidents/1/id", 3);
	ask.what = "alerts";
	ask.limit = 10000;
	j = hx_ask(g, ask);
	hx_rows(j, "alerts", 33 + 6); /* also what was untold; nothing that is pending */
	ask.to_ms = T0 + 1;
	j = hx_ask(g, ask);
	hx_rows(j, "alerts", 1);
	hx_text(j, "alerts/0/node", "srv02");
}

/* The 65th that waits is refused, in its turn; closing with questions under way is clean. */
static unsigned counted, refused;

static void
count(void *arg, const char *json, size_t n, const char *why)
{
	(void)arg;
	(void)n;
	counted++;
	refused += json == NULL && strstr(why, "too many") != NULL;
}

static void
test_too_many(void **state)
{
	struct hx *g = *state;
	struct history_ask ask = STATS;

	make(g);
	counted = refused = 0;
	for (int i = 0; i < 70; i++)
		history_ask(g->h, &ask, count, NULL);
	for (int i = 0; i < 5000 && counted < 70; i++)
		hx_turn(g);
	assert_int_equal(counted, 70);
	assert_int_equal(refused, 6);
	for (int i = 0; i < 50; i++)
		history_ask(g->h, &ask, count, NULL);
	hx_close(g);
	assert_int_equal(counted, 120); /* those that waited were told that they have no answer */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, hx_setup, hx_teardown)
		T(test_alerts),
		T(test_floods_and_stale),
		T(test_incidents_and_mails),
		T(test_nothing),
		T(test_incident),
		T(test_past),
		T(test_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
