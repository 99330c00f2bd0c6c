/* link: zwhistory PkgConfig::JANSSON PkgConfig::SQLITE */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the history keeps over a restart, down to the last member; a file of version 1 is
 * taken over; what waits for durability is told how it went. */
#include "history_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "collector/alert/history_db.h"
#include "zw/clock.h"

/* The tables as the first version made them, written down once more: the migration is held against
 * this, not against what the program now calls version 1. */
static const char version_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE incidents(id INTEGER PRIMARY KEY AUTOINCREMENT, zone TEXT NOT NULL,"
    " severity INTEGER NOT NULL, opened_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL,"
    " firing INTEGER NOT NULL, total INTEGER NOT NULL, cause TEXT NOT NULL) STRICT;"
    "CREATE TABLE alerts(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " incident INTEGER REFERENCES incidents(id) ON DELETE CASCADE,"
    " rule TEXT NOT NULL, title TEXT, advice TEXT, unit TEXT, severity INTEGER NOT NULL,"
    " zone TEXT NOT NULL, node TEXT NOT NULL, series TEXT NOT NULL, field TEXT NOT NULL,"
    " sid INTEGER NOT NULL, state INTEGER NOT NULL, value REAL, bound REAL,"
    " reason TEXT NOT NULL, since_ms INTEGER NOT NULL, fired_ms INTEGER NOT NULL,"
    " resolved_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX alerts_incident ON alerts(incident);"
    "CREATE INDEX alerts_resolved ON alerts(resolved_ms);"
    "CREATE INDEX incidents_closed ON incidents(closed_ms);"
    "CREATE TABLE transitions(id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL, alert INTEGER, incident INTEGER, zone TEXT NOT NULL,"
    " subject TEXT NOT NULL, value REAL, text TEXT NOT NULL) STRICT;"
    "CREATE INDEX transitions_time ON transitions(time_ms);"
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, incident INTEGER NOT NULL,"
    " kind TEXT NOT NULL, zone TEXT NOT NULL, severity INTEGER NOT NULL,"
    " recipients TEXT NOT NULL, rest TEXT, subject TEXT NOT NULL, body TEXT NOT NULL,"
    " html TEXT NOT NULL, message_id TEXT NOT NULL UNIQUE, refers TEXT,"
    " graph_sid INTEGER NOT NULL, graph_field TEXT, graph_limit REAL,"
    " graph_mark_s INTEGER NOT NULL, created_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, state TEXT NOT NULL, reply TEXT) STRICT;"
    "CREATE INDEX outbox_state ON outbox(state);"
    "PRAGMA user_version=1;"
    "INSERT INTO meta VALUES('install','0badcafe'),('cursor','4711');"
    "INSERT INTO incidents VALUES(5,'b',2,900,0,1,2,'inlet above 32 Cel'),"
    " (4,'a',1,100,200,0,1,'silent');"
    "INSERT INTO alerts VALUES(9,5,'inlet-high','Inlet air','Open the doors.','Cel',2,'b','srv17',"
    "  'hwmon-inlet','temp',7,2,33.4,32.0,'above 32 Cel',800,900,0),"
    " (10,5,'fan','Fan',NULL,NULL,1,'b','srv18','','',0,3,NULL,NULL,'silent',850,950,0),"
    " (8,4,'no-data','Silent',NULL,NULL,1,'a','srv01','','',0,4,NULL,NULL,'silent',90,100,200);"
    "INSERT INTO transitions VALUES(1,900,'opened',NULL,5,'b','',NULL,'inlet above 32 Cel');"
    "INSERT INTO outbox VALUES(3,5,'open','b',2,'it@example.org',NULL,'[CRITICAL] b','text','<p>',"
    "  '<a@x>',NULL,7,'temp',32.0,1,1000,1000,2,'waiting','451 later'),"
    " (2,4,'open','a',1,'it@example.org',NULL,'[WARNING] a','text','<p>','<b@x>',NULL,0,NULL,NULL,"
    "  0,100,0,1,'sent','250 ok');";

static void
run_sql(struct hx *g, const char *sql)
{
	char path[96];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/history.db", g->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* A number that the file gives. */
static int64_t
ask_sql(struct hx *g, const char *sql)
{
	char path[96];
	sqlite3 *db;
	sqlite3_stmt *st;

	snprintf(path, sizeof path, "%s/history.db", g->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return v;
}

static void
test_version_1_is_taken_over(void **state)
{
	struct hx *g = *state;

	run_sql(g, version_1);
	for (int round = 0; round < 2; round++) {
		hx_open(g);
		assert_string_equal(history_install(g->h), "0badcafe");
		assert_int_equal(g->r.cursor, 4711);
		assert_int_equal(g->r.saved, 0);
		assert_int_equal(g->r.last_alert, 10);
		assert_int_equal(g->r.last_incident, 5);
		assert_int_equal(g->r.nincidents, 2);
		assert_int_equal(g->r.incidents[1].id, 5);
		assert_int_equal(g->r.incidents[1].now, WIRE_CRITICAL);
		assert_int_equal(g->r.incidents[1].joined_ms, 900);
		assert_string_equal(g->r.incidents[1].ack.author, "");
		assert_int_equal(g->r.nalerts, 3);
		assert_int_equal(g->r.alerts[0].state, ALERT_RESOLVED);
		assert_int_equal(g->r.alerts[2].state, ALERT_CLEARING);
		const struct alert *a = &g->r.alerts[1];
		assert_string_equal(a->advice, "Open the doors.");
		assert_true(a->value == 33.4 && a->limit == 32 && isnan(a->peak));
		assert_int_equal(a->flags, 0);
		assert_int_equal(a->why.code, REASON_OTHER);
		assert_int_equal(g->r.nmails, 1);
		assert_int_equal(g->r.mails[0]->id, 3);
		assert_string_equal(g->r.mails[0]->via, "mail");
		assert_null(g->r.mails[0]->map);
		assert_int_equal(g->r.mails[0]->tries, 2);
		json_t *j = hx_ask(g, (struct history_ask){ .what = "incident", .id = 5 });
		hx_text(j, "timeline/0/kind", "opened");
		hx_text(j, "mails/0/reply", "451 later");
		hx_rows(j, "alerts", 2);
		hx_close(g);
	}
	assert_int_equal(ask_sql(g, "PRAGMA user_version"), 6);
	/* It is the same as one that was new. */
	int64_t columns =
	    ask_sql(g, "SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name)");
	snprintf(g->dir + strlen(g->dir), 3, "/n");
	hx_open(g);
	hx_close(g);
	assert_int_equal(
	    ask_sql(g, "SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name)"), columns);
	g->dir[strlen(g->dir) - 2] = '\0';
}

/* An alert of which every member is other than 0. */
static struct alert
full_alert(void)
{
	struct alert a = hx_alert(12, 6, "b", 0);

	a.incident = 0;
	(void)str_copy(a.rack, sizeof a.rack, "R7");
	(void)str_copy(a.words, sizeof a.words, "on battery");
	a.why = (struct reason){
		.code = REASON_REACHES, .sum = REASON_PERCENTILE, .v = { 32, 84, 60, NAN }
	};
	(void)str_copy(a.why.words, sizeof a.why.words, "output source: on battery");
	a.topic = TOPIC_COOLING;
	a.flags = ALERT_ACKED | ALERT_SILENCED | ALERT_CHATTERING;
	a.silence = 3;
	(void)str_copy(a.because, sizeof a.because, "gw-1");
	a.peak = 35.25;
	a.peak_ms = 1234;
	a.changes = 17;
	a.clear_ms = 999;
	a.limit = 32;
	a.advice = "Open the doors.";
	(void)str_copy(a.ack.author, sizeof a.ack.author, "Rəşad");
	(void)str_copy(a.ack.comment, sizeof a.ack.comment, "I go there");
	a.ack.at_ms = 1500;
	a.ack.until_ms = 99999;
	return a;
}

static void
check_full(const struct alert *b, const struct alert *a)
{
	assert_string_equal(b->rack, a->rack);
	assert_string_equal(b->words, a->words);
	assert_int_equal(b->why.code, a->why.code);
	assert_int_equal(b->why.sum, a->why.sum);
	assert_true(b->why.v[0] == 32 && b->why.v[1] == 84 && b->why.v[2] == 60);
	assert_true(isnan(b->why.v[3]) && isnan(b->trend[0]) && isnan(b->trend[7]));
	assert_string_equal(b->why.words, a->why.words);
	assert_int_equal(b->topic, a->topic);
	assert_int_equal(b->flags, a->flags);
	assert_int_equal(b->silence, a->silence);
	assert_string_equal(b->because, a->because);
	assert_true(b->peak == a->peak && b->limit == a->limit);
	assert_int_equal(b->peak_ms, a->peak_ms);
	assert_int_equal(b->changes, a->changes);
	assert_int_equal(b->clear_ms, a->clear_ms);
	assert_string_equal(b->advice, a->advice);
	assert_memory_equal(&b->ack, &a->ack, sizeof a->ack);
}

static void
test_every_member_of_an_alert(void **state)
{
	struct hx *g = *state;
	struct alert a = full_alert();
	struct incident in = hx_incident(6, "b", 2000);

	hx_open(g);
	hx_tell(g, CHANGE_PENDING, 900, &a, NULL);
	history_commit(g->h, 1, false);
	hx_close(g);
	hx_open(g); /* pending */
	assert_int_equal(g->r.nalerts, 1);
	assert_int_equal(g->r.alerts[0].state, ALERT_PENDING);
	assert_int_equal(g->r.alerts[0].incident, 0);
	check_full(&g->r.alerts[0], &a);
	a.state = ALERT_CLEARING;
	a.fired_ms = 2000;
	a.incident = 6;
	a.since_ms = 1900;
	a.flags |= ALERT_NO_DATA;
	in.muted = 1;
	in.now = WIRE_WARNING;
	in.topic = TOPIC_POWER;
	in.root = 12;
	in.changed_ms = 2222;
	in.joined_ms = 2111;
	(void)str_copy(in.node, sizeof in.node, "ups-1");
	in.ack = a.ack;
	hx_tell(g, CHANGE_CLEARING, 2100, &a, &in);
	history_commit(g->h, 2, false);
	hx_close(g);
	hx_open(g); /* clearing, of an incident */
	check_full(&g->r.alerts[0], &a);
	assert_int_equal(g->r.alerts[0].state, ALERT_CLEARING);
	assert_int_equal(g->r.alerts[0].fired_ms, 2000);
	assert_int_equal(g->r.alerts[0].since_ms, 1900);
	assert_int_equal(g->r.nincidents, 1);
	const struct incident *b = &g->r.incidents[0];
	assert_int_equal(b->muted, 1);
	assert_int_equal(b->now, WIRE_WARNING);
	assert_int_equal(b->topic, TOPIC_POWER);
	assert_int_equal(b->root, 12);
	assert_int_equal(b->changed_ms, 2222);
	assert_int_equal(b->joined_ms, 2111);
	assert_string_equal(b->node, "ups-1");
	assert_memory_equal(&b->ack, &in.ack, sizeof in.ack);
}

static void
test_dropped_is_forgotten_but_its_number(void **state)
{
	struct hx *g = *state;
	struct alert a = hx_alert(20, 0, "b", 0);

	hx_open(g);
	hx_tell(g, CHANGE_PENDING, 900, &a, NULL);
	history_commit(g->h, 1, false);
	hx_settle(g);
	hx_tell(g, CHANGE_DROPPED, 950, &a, NULL);
	history_commit(g->h, 2, false);
	hx_close(g);
	hx_open(g);
	assert_int_equal(g->r.nalerts, 0);
	assert_int_equal(g->r.last_alert, 20);
	hx_close(g);
	assert_int_equal(ask_sql(g, "SELECT count(*) FROM transitions WHERE alert=20"), 2);
}

static struct silence
full_silence(uint64_t id, int64_t ends_ms)
{
	struct silence s = { .id = id,
		.kind = SILENCE_MAINTENANCE,
		.created_ms = 10,
		.starts_ms = 20,
		.ends_ms = ends_ms,
		.days = 0x3e,
		.from_min = 1320,
		.minutes = 480 };

	(void)str_copy(s.match.zone, sizeof s.match.zone, "b");
	(void)str_copy(s.match.node, sizeof s.match.node, "srv*");
	(void)str_copy(s.match.source, sizeof s.match.source, "hwmon");
	(void)str_copy(s.match.rule, sizeof s.match.rule, "inlet-*");
	(void)str_copy(s.author, sizeof s.author, "Aysel");
	(void)str_copy(s.reason, sizeof s.reason, "the fan is changed");
	return s;
}

static void
test_silences(void **state)
{
	struct hx *g = *state;
	int64_t now = clock_wall_ms();
	struct silence s[] = { full_silence(1, now - 100 * INT64_C(86400000)),
		full_silence(2, now - 3600000), full_silence(3, now + 3600000), full_silence(4, 0),
		full_silence(0, 0) };

	hx_open(g);
	for (size_t i = 0; i < 5; i++)
		history_silence(g->h, &s[i]);
	history_commit(g->h, 1, false);
	hx_settle(g);
	s[3].ends_ms = 1000; /* the newest, ended long ago: its number must not be given again */
	(void)str_copy(s[3].ended_by, sizeof s[3].ended_by, "Rəşad");
	history_silence(g->h, &s[3]);
	history_commit(g->h, 2, false);
	hx_close(g);
	hx_open(g);
	assert_int_equal(g->r.nsilences, 3);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(&g->r.silences[i], &s[i + 1], sizeof s[0]);
}

/* States, made for history_states(), which takes them. */
static struct history_state *
states_of(size_t n, char first)
{
	struct history_state *v = xcalloc(n, sizeof *v);

	for (size_t i = 0; i < n; i++) {
		v[i].key = xasprintf("rule %c%zu", first, i);
		v[i].n = i * 1000;
		v[i].bytes = xcalloc(1, v[i].n + 1);
		memset(v[i].bytes, (int)i, v[i].n);
	}
	return v;
}

static void
test_states_told_notes_heatings(void **state)
{
	struct hx *g = *state;
	struct incident in = hx_incident(6, "b", 2000);
	struct told t = { .incident = 6,
		.recipient = 4000000000u,
		.opened_ms = 1,
		.last_ms = 2,
		.changed_ms = 3,
		.severity = WIRE_CRITICAL,
		.updates = 4,
		.reminders = 5,
		.reminded_ms = 17,
		.near = 3,
		.topics = 0x90,
		.digested = true };
	struct thermal_event ev = {
		.zone = "b", .first_rate = 1.6, .tau_s = NAN, .power = 4e4, .rise = 9.5
	};

	hx_open(g);
	hx_tell(g, CHANGE_OPENED, 2000, NULL, &in);
	history_states(g->h, 5, states_of(7, 'x'), 7);
	history_told(g->h, &t);
	t.closed = true;
	history_told(g->h, &t);
	history_note(g->h, "budget/1", "19");
	history_note(g->h, "budget/1", "20");
	for (ev.began_ms = 1; ev.began_ms <= 60; ev.began_ms++)
		history_heating(g->h, &ev);
	history_commit(g->h, 9, false);
	hx_settle(g);
	assert_int_equal(g->saved, 5);
	history_states(g->h, 8, states_of(3, 'y'), 3); /* in place of the seven */
	history_states(g->h, 9, states_of(4, 'z'), 4);
	history_commit(g->h, 10, false);
	hx_settle(g);
	assert_int_equal(g->saved, 9);
	hx_close(g);
	hx_open(g);
	assert_int_equal(g->r.saved, 9);
	assert_int_equal(g->r.cursor, 10);
	assert_int_equal(g->r.nstates, 4);
	assert_string_equal(g->r.states[3].key, "rule z3");
	assert_int_equal(g->r.states[3].n, 3000);
	assert_int_equal(((unsigned char *)g->r.states[3].bytes)[2999], 3);
	assert_int_equal(g->r.states[0].n, 0);
	assert_int_equal(g->r.ntold, 1);
	assert_int_equal(g->r.told[0].recipient, 4000000000u);
	assert_int_equal(g->r.told[0].updates, 4);
	assert_int_equal(g->r.told[0].reminders, 5);
	assert_int_equal(g->r.told[0].reminded_ms, 17);
	assert_int_equal(g->r.told[0].near, 3);
	assert_int_equal(g->r.told[0].topics, 0x90);
	assert_true(g->r.told[0].digested && g->r.told[0].closed);
	assert_int_equal(g->r.told[0].changed_ms, 3);
	assert_int_equal(g->r.nnotes, 1);
	assert_string_equal(g->r.notes[0].value, "20");
	assert_int_equal(g->r.nheatings, 50);
	assert_int_equal(g->r.heatings[0].began_ms, 60);
	assert_int_equal(g->r.heatings[49].began_ms, 11);
	assert_true(g->r.heatings[0].first_rate == 1.6 && isnan(g->r.heatings[0].tau_s));
	assert_string_equal(g->r.heatings[0].zone, "b");
}

static void
test_messages(void **state)
{
	struct hx *g = *state;

	hx_open(g);
	history_mail(g->h, hx_mail(6, "open", "<1@x>", 100));
	history_commit(g->h, 1, false);
	hx_settle(g);
	assert_int_equal(g->ntold, 1);
	history_mail(g->h, hx_mail(6, "update", "<2@x>", 200));
	history_mail(g->h, hx_mail(6, "close", "<3@x>", 300));
	history_mail_supersede(g->h, 2, "the incident closed"); /* before it was told */
	history_commit(g->h, 2, false);
	hx_settle(g);
	assert_int_equal(g->ntold, 2);
	history_delivery(g->h, 1, "it@example.org", 150, "accepted", "250 2.0.0 queued as 7F");
	history_delivery(g->h, 1, "duty@example.org", 151, "refused", "550 no such user");
	history_mail_outcome(g->h, 1, "sent", 1, 0, "250");
	history_mail_supersede(g->h, 1, "too late"); /* it went: so it stays */
	history_commit(g->h, 3, false);
	hx_settle(g);
	hx_close(g);
	hx_open(g);
	assert_int_equal(g->r.nmails, 1);
	const struct mail *m = g->r.mails[0];
	assert_string_equal(m->message_id, "<3@x>");
	assert_string_equal(m->via, "webhook");
	assert_int_equal(m->recipient, 77);
	assert_string_equal(m->map, "b:critical");
	json_t *j = hx_ask(g, (struct history_ask){ .what = "ledger", .to_ms = 250 });
	hx_rows(j, "mails", 2); /* the newest first; the third is not of that time */
	hx_text(j, "mails/0/state", "superseded");
	hx_text(j, "mails/0/reply", "the incident closed");
	hx_text(j, "mails/1/state", "sent");
	hx_rows(j, "mails/1/deliveries", 2);
	hx_text(j, "mails/1/deliveries/0/to", "it@example.org");
	hx_text(j, "mails/1/deliveries/0/reply", "250 2.0.0 queued as 7F");
	hx_text(j, "mails/1/deliveries/1/state", "refused");
	hx_number(j, "mails/1/deliveries/1/time_ms", 151);
	j = hx_ask(g, (struct history_ask){ .what = "ledger", .limit = 1 });
	hx_rows(j, "mails", 1);
	hx_text(j, "mails/0/message_id", "<3@x>");
}

/* Nobody is told that it is safe while it is not; and then somebody is. */
static void
test_sync(void **state)
{
	struct hx *g = *state;

	hx_open(g);
	history_sync(g->h, 0, hx_synced, g); /* nothing to store */
	assert_int_equal(g->synced, 0);
	hx_settle(g);
	assert_int_equal(g->synced, 1);
	g->synced = 0;
	history_act(g->h, 5, "Aysel", "comment", 6, "", "I look at it");
	history_sync(g->h, 7, hx_synced, g);
	hx_settle(g);
	assert_int_equal(g->synced, 1);
	g->synced = 0;
	/* A disk that is full, as SQLite sees it: no table to write to. */
	run_sql(g, "ALTER TABLE acts RENAME TO away");
	history_act(g->h, 6, "Aysel", "comment", 6, "", "again");
	history_sync(g->h, 8, hx_synced, g);
	for (int i = 0; i < 1000 && g->synced == 0; i++)
		hx_turn(g);
	assert_int_equal(g->synced, -1);
	assert_int_equal(history_waiting(g->h), 1); /* kept */
	run_sql(g, "ALTER TABLE away RENAME TO acts");
	g->synced = 0;
	history_sync(g->h, 8, hx_synced, g); /* tries at once */
	hx_settle(g);
	assert_int_equal(g->synced, 1);
	json_t *j = hx_ask(g, (struct history_ask){ .what = "acts" });
	hx_rows(j, "acts", 2);
	hx_text(j, "acts/0/text", "again");
	hx_text(j, "acts/1/author", "Aysel");
}

/* The end of the program: who waits for the disk hears how that went, who asked that there is no
 * answer. Neither is forgotten, for each has something to free. */
static void
test_end(void **state)
{
	struct hx *g = *state;
	struct history_ask ask = { .what = "acts" };

	hx_open(g);
	history_act(g->h, 5, "Aysel", "comment", 6, "", "the last word");
	history_sync(g->h, 7, hx_synced, g);
	history_act(g->h, 6, "Aysel", "comment", 6, "", "really");
	history_sync(g->h, 8, hx_synced, g);
	history_ask(g->h, &ask, hx_answered, g);
	hx_close(g);
	assert_int_equal(g->synced, 1);
	assert_true(g->answered);
	hx_open(g);
	json_t *j = hx_ask(g, ask);
	hx_rows(j, "acts", 2);
	run_sql(g, "ALTER TABLE acts RENAME TO away");
	g->synced = 0;
	history_act(g->h, 7, "Aysel", "comment", 6, "", "not stored");
	history_sync(g->h, 9, hx_synced, g);
	hx_close(g);
	assert_int_equal(g->synced, -1);
}

/* No file may grow any more: the mail goes all the same, nothing is lost, and all is stored when
 * there is room again. */
static void
test_full_disk(void **state)
{
	struct hx *g = *state;
	struct incident in = hx_incident(6, "b", 2000);
	struct rlimit full = { 4096, RLIM_INFINITY }, room = { RLIM_INFINITY, RLIM_INFINITY };

	hx_open(g);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	hx_tell(g, CHANGE_OPENED, 2000, NULL, &in);
	history_mail(g->h, hx_mail(6, "open", "<1@x>", 100));
	history_states(g->h, 5, states_of(7, 'x'), 7);
	history_sync(g->h, 8, hx_synced, g);
	for (int i = 0; i < 1000 && g->synced == 0; i++)
		hx_turn(g);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
	assert_int_equal(g->synced, -1);
	assert_int_equal(g->ntold, 1);
	assert_int_equal(g->saved, 0);
	assert_string_not_equal(history_trouble(g->h), "");
	hx_settle(g);
	assert_string_equal(history_trouble(g->h), "");
	assert_int_equal(g->ntold, 1);
	assert_int_equal(g->saved, 5);
	hx_close(g);
	hx_open(g);
	assert_int_equal(g->r.nincidents, 1);
	assert_int_equal(g->r.nmails, 1);
	assert_int_equal(g->r.nstates, 7);
	assert_int_equal(g->r.cursor, 8);
}

/* What history_db_prune() forgets and what it keeps. */
static void
test_retention(void **state)
{
	struct hx *g = *state;
	int64_t now = clock_wall_ms(), day = INT64_C(86400000), old = now - 401 * day;
	struct incident in = hx_incident(1, "b", old);
	struct history_db *db;
	char path[96];
	bool damaged;
	struct err e;

	hx_open(g);
	hx_tell(g, CHANGE_OPENED, old, NULL, &in); /* 1 is open since then, 2 closed */
	for (uint64_t id = 2; id <= 3; id++) {
		in = hx_incident(id, "b", id == 2 ? old : now - 399 * day);
		in.closed_ms = in.opened_ms + 1;
		hx_tell(g, CHANGE_OPENED, in.opened_ms, NULL, &in);
		hx_tell(g, CHANGE_CLOSED, in.closed_ms, NULL, &in);
		struct alert a = hx_alert(id, id, "b", in.opened_ms);
		a.resolved_ms = in.closed_ms;
		a.state = ALERT_RESOLVED;
		hx_tell(g, CHANGE_RESOLVED, in.closed_ms, &a, NULL);
		struct told t = { .incident = id };
		history_told(g->h, &t);
		struct silence s = full_silence(id - 1, in.closed_ms);
		history_silence(g->h, &s);
		history_act(g->h, in.closed_ms, "Aysel", "login", 0, "", "");
	}
	for (int i = 0; i < 4; i++) { /* of 1, which is open; of 3; one that waits; a new one */
		char id[16];
		snprintf(id, sizeof id, "<%d@x>", i);
		history_mail(
		    g->h, hx_mail(i == 0 ? 1 : 3, "open", id, now - (i == 3 ? 89 : 91) * day));
		history_delivery(
		    g->h, i + 1, "it@x", now - (i == 3 ? 89 : 91) * day, "accepted", "");
		history_commit(g->h, (uint64_t)i + 1, false);
		hx_settle(g);
		if (i != 2)
			history_mail_outcome(g->h, i + 1, "sent", 1, 0, "250");
	}
	hx_close(g);
	snprintf(path, sizeof path, "%s/history.db", g->dir);
	assert_int_equal(history_db_open(&db, path, &damaged, &e), 0);
	assert_int_equal(history_db_prune(db, now, &e), 0);
	history_db_close(db);
	assert_int_equal(ask_sql(g, "SELECT group_concat(id,'') FROM incidents"), 13);
	assert_int_equal(ask_sql(g, "SELECT group_concat(id,'') FROM alerts"), 3);
	assert_int_equal(ask_sql(g, "SELECT group_concat(incident,'') FROM told"), 3);
	assert_int_equal(ask_sql(g, "SELECT group_concat(id,'') FROM silences"), 2);
	assert_int_equal(ask_sql(g, "SELECT count(*) FROM acts"), 1);
	assert_int_equal(ask_sql(g, "SELECT count(*) FROM transitions"), 3);
	assert_int_equal(ask_sql(g, "SELECT group_concat(id,'') FROM outbox"), 134);
	assert_int_equal(ask_sql(g, "SELECT group_concat(mail,'') FROM deliveries"), 134);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, hx_setup, hx_teardown)
		T(test_version_1_is_taken_over),
		T(test_every_member_of_an_alert),
		T(test_dropped_is_forgotten_but_its_number),
		T(test_silences),
		T(test_states_told_notes_heatings),
		T(test_messages),
		T(test_sync),
		T(test_end),
		T(test_full_disk),
		T(test_retention),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
