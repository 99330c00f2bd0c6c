/* link: zwhistory */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history against a real file: what is stored is there again after a restart, a Message-ID is
 * stored once, a disk that refuses loses nothing, a damaged file is set aside. */
#include <event2/event.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/alert/history.h"
#include "zw/alloc.h"

#define TAKEN_MAX 64

struct rig {
	char dir[64];
	struct event_base *base;
	struct history *h;
	struct history_restored r;
	struct mail *taken[TAKEN_MAX];
	size_t ntaken;
	uint64_t durable;
};

static void
rig_take(void *arg, struct mail *m)
{
	struct rig *g = arg;

	assert_true(g->ntaken < TAKEN_MAX);
	g->taken[g->ntaken++] = m;
}

static void
rig_durable(void *arg, uint64_t cursor)
{
	struct rig *g = arg;

	g->durable = cursor;
}

static void
rig_open(struct rig *g)
{
	struct err e;

	if (history_open(&g->h, g->base, g->dir, &g->r, &e) == -1)
		fail_msg("%s", e.msg);
	history_on_mail(g->h, rig_take, g);
	history_on_cursor(g->h, rig_durable, g);
}

static void
rig_close(struct rig *g)
{
	history_close(g->h);
	history_restored_clear(&g->r);
	for (size_t i = 0; i < g->ntaken; i++)
		mail_free(g->taken[i]);
	g->ntaken = 0;
	g->h = NULL;
}

static int
rig_setup(void **state)
{
	struct rig *g = xcalloc(1, sizeof *g);

	str_copy(g->dir, sizeof g->dir, "/tmp/zw-history-XXXXXX");
	assert_non_null(mkdtemp(g->dir));
	g->base = event_base_new();
	rig_open(g);
	*state = g;
	return 0;
}

static int
rig_teardown(void **state)
{
	struct rig *g = *state;
	char command[256];

	if (g->h != NULL)
		rig_close(g);
	event_base_free(g->base);
	libevent_global_shutdown();
	snprintf(command, sizeof command, "rm -rf %s", g->dir);
	assert_int_equal(system(command), 0);
	free(g);
	return 0;
}

/* Turns the loop until nothing waits, or for a second. */
static void
rig_settle(struct rig *g)
{
	for (int i = 0; i < 200 && history_waiting(g->h) != 0; i++) {
		struct timeval tv = { 0, 5000 };
		event_base_loopexit(g->base, &tv);
		event_base_dispatch(g->base);
	}
}

static struct mail *
mail_of(uint64_t incident, const char *message_id)
{
	struct mail *m = xcalloc(1, sizeof *m);

	m->incident = incident;
	m->kind = xstrdup("open");
	m->zone = xstrdup("b");
	m->severity = WIRE_CRITICAL;
	m->to = xstrdup("it@example.org, duty@example.org");
	m->subject = xstrdup("[CRITICAL] Zone B: 32 °C");
	m->text = xstrdup("text\n");
	m->html = xstrdup("<p>text</p>\n");
	m->message_id = xstrdup(message_id);
	m->graph_sid = 7;
	m->graph_field = xstrdup("temp");
	m->graph_limit = NAN;
	m->created_ms = 1000;
	m->next_ms = 1000;
	return m;
}

static struct incident
incident_of(uint64_t id)
{
	struct incident in = { .id = id, .severity = WIRE_CRITICAL, .opened_ms = 900, .firing = 1 };

	str_copy(in.zone, sizeof in.zone, "b");
	str_copy(in.cause, sizeof in.cause, "inlet above 32 Cel");
	return in;
}

static struct alert
alert_of(uint64_t id, uint64_t incident)
{
	struct alert a = { .id = id,
		.incident = incident,
		.rule = "inlet-high",
		.title = "Inlet air",
		.unit = "Cel",
		.severity = WIRE_CRITICAL,
		.sid = 7,
		.state = ALERT_FIRING,
		.value = 33.4,
		.limit = NAN,
		.since_ms = 800,
		.fired_ms = 900 };

	str_copy(a.zone, sizeof a.zone, "b");
	str_copy(a.node, sizeof a.node, "srv17");
	str_copy(a.series, sizeof a.series, "hwmon-inlet");
	str_copy(a.field, sizeof a.field, "temp");
	str_copy(a.reason, sizeof a.reason, "above 32 Cel");
	return a;
}

static void
tell(struct rig *g, enum alert_change_kind kind, const struct alert *a, const struct incident *in)
{
	struct alert_change ch = { .kind = kind, .now_ms = 950, .alert = a, .incident = in };

	history_change(g->h, &ch);
}

static void
test_restart_finds_all(void **state)
{
	struct rig *g = *state;
	struct incident in = incident_of(5);
	struct alert a = alert_of(9, 5);
	char install[16];

	str_copy(install, sizeof install, history_install(g->h));
	assert_int_equal(strlen(install), 8);
	assert_int_equal(g->r.cursor, 0);
	tell(g, CHANGE_OPENED, NULL, &in);
	tell(g, CHANGE_FIRED, &a, &in);
	history_mail(g->h, mail_of(5, "<a@x>"));
	history_mail(g->h, mail_of(5, "<b@x>"));
	history_commit(g->h, 77, false);
	rig_settle(g);
	assert_int_equal(g->ntaken, 2);
	assert_int_equal(g->durable, 77);
	assert_int_equal(g->taken[0]->id, 1);
	history_mail_outcome(g->h, g->taken[0]->id, "sent", 1, 0, "250 ok");
	history_mail_outcome(g->h, g->taken[1]->id, "waiting", 3, 5000, "451 later");
	history_mail_rest(g->h, g->taken[1]->id, "duty@example.org");
	rig_close(g);

	rig_open(g);
	assert_string_equal(history_install(g->h), install);
	assert_int_equal(g->r.cursor, 77);
	assert_int_equal(g->r.last_alert, 9);
	assert_int_equal(g->r.last_incident, 5);
	assert_int_equal(g->r.nincidents, 1);
	assert_string_equal(g->r.incidents[0].cause, "inlet above 32 Cel");
	assert_int_equal(g->r.nalerts, 1);
	const struct alert *b = &g->r.alerts[0];
	assert_string_equal(b->rule, "inlet-high");
	assert_null(b->advice);
	assert_true(b->value == 33.4 && isnan(b->limit));
	assert_int_equal(b->incident, 5);
	assert_int_equal(b->state, ALERT_FIRING);
	assert_string_equal(b->series, "hwmon-inlet");
	assert_int_equal(g->r.nmails, 1);
	const struct mail *m = g->r.mails[0];
	assert_string_equal(m->message_id, "<b@x>");
	assert_string_equal(m->rest, "duty@example.org");
	assert_string_equal(m->subject, "[CRITICAL] Zone B: 32 °C");
	assert_int_equal(m->tries, 3);
	assert_int_equal(m->next_ms, 5000);
	assert_true(isnan(m->graph_limit));
}

static void
test_close_forgets_nothing(void **state)
{
	struct rig *g = *state;
	struct incident in = incident_of(1);

	tell(g, CHANGE_OPENED, NULL, &in);
	history_mail(g->h, mail_of(1, "<a@x>"));
	history_commit(g->h, 5, false);
	tell(g, CHANGE_CLOSED, NULL, &in); /* never committed: must not be stored */
	rig_close(g);
	rig_open(g);
	assert_int_equal(g->r.nincidents, 1);
	assert_int_equal(g->r.incidents[0].closed_ms, 0);
	assert_int_equal(g->r.nmails, 1);
	assert_int_equal(g->r.cursor, 5);
}

static void
test_message_id_is_stored_once(void **state)
{
	struct rig *g = *state;

	history_mail(g->h, mail_of(1, "<same@x>"));
	history_commit(g->h, 1, false);
	rig_settle(g);
	history_mail(g->h, mail_of(1, "<same@x>"));
	history_mail(g->h, mail_of(1, "<other@x>"));
	history_commit(g->h, 2, false);
	rig_settle(g);
	assert_int_equal(g->ntaken, 2);
	assert_string_equal(g->taken[1]->message_id, "<other@x>");
}

static void
test_cursor_is_lazy(void **state)
{
	struct rig *g = *state;

	history_commit(g->h, 100, false);
	assert_int_equal(history_waiting(g->h), 0);
	rig_settle(g);
	assert_int_equal(g->durable, 0);
	history_commit(g->h, 10000, false);
	for (int i = 0; i < 200 && g->durable == 0; i++) {
		struct timeval tv = { 0, 5000 };
		event_base_loopexit(g->base, &tv);
		event_base_dispatch(g->base);
	}
	assert_int_equal(g->durable, 10000);
	history_commit(g->h, 10001, true);
	rig_close(g);
	assert_int_equal(g->durable, 10000);
	rig_open(g);
	assert_int_equal(g->r.cursor, 10001);
}

/* An alert of an incident that the file does not know: left out, the rest stays. */
static void
test_refused_entry_does_not_wedge(void **state)
{
	struct rig *g = *state;
	struct alert a = alert_of(3, 4711);
	struct incident in = incident_of(2);

	tell(g, CHANGE_FIRED, &a, NULL);
	tell(g, CHANGE_OPENED, NULL, &in);
	history_commit(g->h, 6, false);
	rig_settle(g);
	assert_int_equal(g->durable, 6);
	rig_close(g);
	rig_open(g);
	assert_int_equal(g->r.nalerts, 0);
	assert_int_equal(g->r.nincidents, 1);
}

/* Another process holds the file locked: nothing is lost, the mail leaves all the same. */
static void
test_busy_file_keeps_all(void **state)
{
	struct rig *g = *state;
	char command[256];

	/* Writers are locked out for longer than SQLite waits. */
	snprintf(command, sizeof command,
	    "exec python3 -c 'import sqlite3,time,sys;"
	    "c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute(\"BEGIN IMMEDIATE\");"
	    "print(1,flush=True);time.sleep(6.5)' %s/history.db",
	    g->dir);
	FILE *locker = popen(command, "r");
	assert_non_null(locker);
	assert_int_equal(fgetc(locker), '1');
	history_mail(g->h, mail_of(1, "<a@x>"));
	history_commit(g->h, 3, false);
	for (int i = 0; i < 2000 && g->ntaken == 0; i++) {
		struct timeval tv = { 0, 5000 };
		event_base_loopexit(g->base, &tv);
		event_base_dispatch(g->base);
	}
	assert_int_equal(g->ntaken, 1);
	assert_int_equal(g->durable, 0);
	assert_string_not_equal(history_trouble(g->h), "");
	history_mail_outcome(g->h, g->taken[0]->id, "sent", 1, 0, NULL);
	pclose(locker);
	for (int i = 0; i < 10; i++)
		rig_settle(g);
	assert_int_equal(g->durable, 3);
	assert_int_equal(g->ntaken, 1);
	assert_string_equal(history_trouble(g->h), "");
	rig_close(g);
	rig_open(g);
	assert_int_equal(g->r.nmails, 0);
}

static void
damage(struct rig *g, const char *content, size_t n, long at)
{
	char path[128];

	snprintf(path, sizeof path, "%s/history.db", g->dir);
	FILE *f = fopen(path, at < 0 ? "w" : "r+");
	assert_non_null(f);
	if (at > 0)
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(content, 1, n, f), n);
	fclose(f);
}

static void
test_damaged_file_is_set_aside(void **state)
{
	struct rig *g = *state;
	char command[160], junk[8192];
	char install[16];

	str_copy(install, sizeof install, history_install(g->h));
	rig_close(g);
	damage(g, "this is no database, is it? 0123456789", 38, -1);
	rig_open(g);
	assert_string_not_equal(history_install(g->h), install);
	snprintf(command, sizeof command, "ls %s/history.db.damaged-* >/dev/null", g->dir);
	assert_int_equal(system(command), 0);
	struct incident in = incident_of(2);
	tell(g, CHANGE_OPENED, NULL, &in);
	history_commit(g->h, 6, false);
	rig_close(g);
	memset(junk, 0x5a, sizeof junk);
	damage(g, junk, sizeof junk, 8192);
	rig_open(g);
	assert_int_equal(g->r.nincidents, 0);
}

static void
test_newer_version_is_refused(void **state)
{
	struct rig *g = *state;
	char command[256];
	struct err e;

	rig_close(g);
	snprintf(command, sizeof command,
	    "python3 -c 'import sqlite3,sys;"
	    "sqlite3.connect(sys.argv[1]).execute(\"PRAGMA user_version=99\")' %s/history.db",
	    g->dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(history_open(&g->h, g->base, g->dir, &g->r, &e), -1);
	assert_non_null(strstr(e.msg, "newer"));
	g->h = NULL;
}

/* The log has room for what comes while the disk is full, and is as long as what is in it. */
static void
test_log_has_room(void **state)
{
	struct rig *g = *state;
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/history.db-wal", g->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true((int64_t)st.st_blocks * 512 >= 16777216);
	assert_true(st.st_size < 1 << 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_restart_finds_all, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    test_close_forgets_nothing, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    test_message_id_is_stored_once, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_log_has_room, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_cursor_is_lazy, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    test_refused_entry_does_not_wedge, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_busy_file_keeps_all, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    test_damaged_file_is_set_aside, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    test_newer_version_is_refused, rig_setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
