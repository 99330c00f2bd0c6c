/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQLite in WAL mode with synchronous=FULL: a transaction that was committed survives a power cut.
 * Statements are prepared once, from a table; values are bound by a word of types, so that a row's
 * columns and what goes into them stand beside each other. */
#include "collector/alert/history_db.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "collector/alert/history_sql.h"
#include "zw/alloc.h"
#include "zw/log.h"

#define DB_BUSY_MS 5000
#define DAY_MS INT64_C(86400000)
#define KEEP_HISTORY_MS (400 * DAY_MS)
#define KEEP_MAILS_MS (90 * DAY_MS)
#define RECENT "256" /* closed incidents and resolved alerts that are shown after a restart */

struct history_db {
	sqlite3 *sql;
	sqlite3_stmt *st[Q_N];
	char install[9];
	int64_t last_mail;
};

/* Whether an error says that the file itself is no sound database. */
static bool
is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* The reason of the last failure, and whether it is damage. */
static int
db_fail(struct history_db *db, const char *what, bool *damaged, struct err *e)
{
	int rc = sqlite3_extended_errcode(db->sql);

	if (damaged != NULL)
		*damaged = is_damage(rc);
	return err_set(e, "%s: %s (SQLite %d)", what, sqlite3_errmsg(db->sql), rc);
}

/* Binds values by their types: i int64_t, n int64_t (0: NULL), r double (NAN: NULL), t text (NULL:
 * NULL). */
static int
db_bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	for (int i = 1; *types != '\0' && rc == SQLITE_OK; types++, i++) {
		if (*types == 't') {
			rc = sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		} else if (*types == 'r') {
			double v = va_arg(ap, double);
			rc = isnan(v) ? sqlite3_bind_null(st, i) : sqlite3_bind_double(st, i, v);
		} else {
			int64_t v = va_arg(ap, int64_t);
			bool null = *types == 'n' && v == 0;
			rc = null ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v);
		}
	}
	return rc;
}

/* Runs a statement that gives no rows. Returns SQLite's code. */
static int
db_run(struct history_db *db, int q, const char *types, ...)
{
	sqlite3_stmt *st = db->st[q];
	va_list ap;

	va_start(ap, types);
	int rc = db_bind(st, types, ap);
	va_end(ap);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* The row of an alert as it is now. */
static int
store_alert(struct history_db *db, const struct alert *a)
{
	return db_run(db, Q_ALERT, "inttttittttiirrtiii", (int64_t)a->id, (int64_t)a->incident,
	    a->rule, a->title, a->advice, a->unit, (int64_t)a->severity, a->zone, a->node,
	    a->series, a->field, (int64_t)a->sid, (int64_t)a->state, a->value, a->limit, a->reason,
	    a->since_ms, a->fired_ms, a->resolved_ms);
}

/* The row of an incident as it is now. */
static int
store_incident(struct history_db *db, const struct incident *in)
{
	return db_run(db, Q_INCIDENT, "itiiiiit", (int64_t)in->id, in->zone, (int64_t)in->severity,
	    in->opened_ms, in->closed_ms, (int64_t)in->firing, (int64_t)in->total, in->cause);
}

/* A change: the incident first, for the alert refers to it; then the audit trail. */
static int
store_change(struct history_db *db, const struct history_op *op)
{
	const struct alert *a = op->alert;
	const struct incident *in = op->incident;
	int rc = SQLITE_OK;
	char subject[NAME_MAX_NODE + sizeof a->series + sizeof a->field + ALERT_MAX_TEXT];

	if (in != NULL)
		rc = store_incident(db, in);
	if (rc == SQLITE_OK && a != NULL && a->id != 0)
		rc = store_alert(db, a);
	if (rc != SQLITE_OK)
		return rc;
	const char *text = in != NULL ? in->cause : "";
	subject[0] = '\0';
	if (a != NULL) {
		const char *rule = a->rule == NULL ? "" : a->rule;
		snprintf(subject, sizeof subject, "%s%s%s%s%s %s", a->node,
		    *a->series == '\0' ? "" : "/", a->series, *a->field == '\0' ? "" : "/",
		    a->field, rule);
		text = a->reason;
	}
	return db_run(db, Q_TRANSITION, "itnnttrt", op->now_ms, history_job_word(op->change),
	    (int64_t)(a == NULL ? 0 : a->id), (int64_t)(in == NULL ? 0 : in->id),
	    a != NULL	 ? a->zone
	    : in != NULL ? in->zone
			 : "",
	    subject, a == NULL ? NAN : a->value, text);
}

/* A mail that waits; one with a known Message-ID is marked. */
static int
store_mail(struct history_db *db, struct history_op *op)
{
	const struct mail *m = op->mail;
	int rc = db_run(db, Q_MAIL,
	    "iittittttttt"
	    "itriiii",
	    m->id, (int64_t)m->incident, m->kind, m->zone, (int64_t)m->severity, m->to, m->rest,
	    m->subject, m->text, m->html, m->message_id, m->references, (int64_t)m->graph_sid,
	    m->graph_field, m->graph_limit, m->graph_mark_s, m->created_ms, m->next_ms,
	    (int64_t)m->tries);

	if (rc == SQLITE_OK)
		op->duplicate = sqlite3_changes(db->sql) == 0;
	return rc;
}

/* One entry. Returns SQLite's code. */
static int
store_op(struct history_db *db, struct history_op *op)
{
	switch (op->kind) {
	case HISTORY_CHANGE:
		return store_change(db, op);
	case HISTORY_MAIL:
		return store_mail(db, op);
	case HISTORY_OUTCOME:
		return db_run(db, Q_OUTCOME, "itiit", op->id, op->state, (int64_t)op->tries,
		    op->next_ms, op->reply);
	case HISTORY_REST:
		return db_run(db, Q_REST, "it", op->id, op->reply);
	}
	return SQLITE_OK;
}

/* Whether SQLite refuses the entry for what it is, so that trying again is of no use. */
static bool
is_refusal(int rc)
{
	int primary = rc & 0xff;

	return primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH ||
	       primary == SQLITE_TOOBIG;
}

/* All entries of a job inside its transaction. */
static int
store_ops(struct history_db *db, struct history_job *j)
{
	struct history_op *op;

	TAILQ_FOREACH (op, &j->ops, link) {
		int rc = store_op(db, op);
		if (is_refusal(rc))
			log_warnx("history", "an entry cannot be stored and is left out: %s",
			    sqlite3_errmsg(db->sql));
		else if (rc != SQLITE_OK)
			return rc;
	}
	if (j->cursor == 0)
		return SQLITE_OK;
	char cursor[24];
	snprintf(cursor, sizeof cursor, "%" PRIu64, j->cursor);
	return db_run(db, Q_META, "tt", "cursor", cursor);
}

/* Store a job in one transaction. */
int
history_db_store(struct history_db *db, struct history_job *j, struct err *e)
{
	int rc = db_run(db, Q_BEGIN, "");

	if (rc == SQLITE_OK)
		rc = store_ops(db, j);
	if (rc == SQLITE_OK)
		rc = db_run(db, Q_COMMIT, "");
	if (rc == SQLITE_OK)
		return 0;
	db_fail(db, "cannot store", NULL, e);
	if (!sqlite3_get_autocommit(db->sql))
		(void)db_run(db, Q_ROLLBACK, "");
	return -1;
}

/* Forget what is too old. */
int
history_db_prune(struct history_db *db, int64_t now_ms, struct err *e)
{
	int64_t history = now_ms - KEEP_HISTORY_MS;
	int rc = db_run(db, Q_BEGIN, "");

	if (rc == SQLITE_OK)
		rc = db_run(db, Q_PRUNE_ALERTS, "i", history);
	if (rc == SQLITE_OK)
		rc = db_run(db, Q_PRUNE_INCIDENTS, "i", history);
	if (rc == SQLITE_OK)
		rc = db_run(db, Q_PRUNE_TRANSITIONS, "i", history);
	if (rc == SQLITE_OK)
		rc = db_run(db, Q_PRUNE_MAILS, "i", now_ms - KEEP_MAILS_MS);
	if (rc == SQLITE_OK)
		rc = db_run(db, Q_COMMIT, "");
	if (rc == SQLITE_OK)
		return 0;
	db_fail(db, "cannot forget old entries", NULL, e);
	if (!sqlite3_get_autocommit(db->sql))
		(void)db_run(db, Q_ROLLBACK, "");
	return -1;
}

/* Rows of a query that is asked once: *st is to be finalized. */
static int
db_ask(struct history_db *db, sqlite3_stmt **st, const char *sql, bool *damaged, struct err *e)
{
	if (sqlite3_prepare_v2(db->sql, sql, -1, st, NULL) == SQLITE_OK)
		return 0;
	return db_fail(db, "cannot read", damaged, e);
}

/* The first column of the query's first row as a number or, if text is not NULL, as text. */
static int
db_get(struct history_db *db, const char *sql, int64_t *number, char *text, size_t size,
    bool *damaged, struct err *e)
{
	sqlite3_stmt *st;

	if (db_ask(db, &st, sql, damaged, e) == -1)
		return -1;
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && number != NULL)
		*number = sqlite3_column_int64(st, 0);
	if (rc == SQLITE_ROW && text != NULL && sqlite3_column_text(st, 0) != NULL)
		str_copy(text, size, (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	return db_fail(db, "cannot read", damaged, e);
}

/* Runs statements that are asked once. */
static int
db_exec(struct history_db *db, const char *sql, bool *damaged, struct err *e)
{
	if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return db_fail(db, "cannot prepare the file", damaged, e);
}

/* Makes the tables of a new file, in one transaction, or judges those of an old one. */
static int
db_tables(struct history_db *db, bool *damaged, struct err *e)
{
	int64_t version = 0;
	unsigned char r[4];
	char sql[sizeof db_schema + 128];

	if (db_get(db, "PRAGMA user_version", &version, NULL, 0, damaged, e) == -1)
		return -1;
	if (version > DB_VERSION)
		return err_set(e, "is of a newer zonewatch (version %" PRId64 ", this knows %d)",
		    version, DB_VERSION);
	if (version == 0) {
		if (getrandom(r, sizeof r, 0) != sizeof r)
			return err_set(e, "no random bytes");
		snprintf(sql, sizeof sql,
		    "BEGIN;%sINSERT INTO meta VALUES('install','%02x%02x%02x%02x');COMMIT;",
		    db_schema, r[0], r[1], r[2], r[3]);
		if (db_exec(db, sql, damaged, e) == -1)
			return -1;
	}
	if (db_get(db, "SELECT value FROM meta WHERE key='install'", NULL, db->install,
		sizeof db->install, damaged, e) == -1)
		return -1;
	return db_get(db, "SELECT seq FROM sqlite_sequence WHERE name='outbox'", &db->last_mail,
	    NULL, 0, damaged, e);
}

/* Whether SQLite finds the file sound. */
static int
db_check(struct history_db *db, bool *damaged, struct err *e)
{
	char verdict[256] = "";

	if (db_get(db, "PRAGMA quick_check(1)", NULL, verdict, sizeof verdict, damaged, e) == -1)
		return -1;
	if (strcmp(verdict, "ok") == 0)
		return 0;
	*damaged = true;
	return err_set(e, "damaged: %s", verdict);
}

/* Open or make the file. */
int
history_db_open(struct history_db **out, const char *path, bool *damaged, struct err *e)
{
	struct history_db *db = xcalloc(1, sizeof *db);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	*damaged = false;
	if (sqlite3_open_v2(path, &db->sql, flags, NULL) != SQLITE_OK) {
		db_fail(db, "cannot open", damaged, e);
		goto fail;
	}
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, DB_BUSY_MS);
	if (db_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		"PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=16777216;",
		damaged, e) == -1 ||
	    db_check(db, damaged, e) == -1 || db_tables(db, damaged, e) == -1)
		goto fail;
	for (int q = 0; q < Q_N; q++) {
		if (sqlite3_prepare_v3(db->sql, db_sql[q], -1, SQLITE_PREPARE_PERSISTENT,
			&db->st[q], NULL) != SQLITE_OK) {
			db_fail(db, db_sql[q], damaged, e);
			goto fail;
		}
	}
	*out = db;
	return 0;
fail:
	history_db_close(db);
	return -1;
}

/* Close it. */
void
history_db_close(struct history_db *db)
{
	if (db == NULL)
		return;
	for (int q = 0; q < Q_N; q++)
		sqlite3_finalize(db->st[q]);
	sqlite3_close(db->sql);
	free(db);
}

/* The installation's number. */
const char *
history_db_install(const struct history_db *db)
{
	return db->install;
}

/* The highest number a mail ever had. */
int64_t
history_db_last_mail(const struct history_db *db)
{
	return db->last_mail;
}

/* A column's text copied into a struct's array. */
static void
take_text(char *dst, size_t size, sqlite3_stmt *st, int column)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	str_copy(dst, size, text == NULL ? "" : (const char *)text);
}

/* A column's text as an allocation; NULL of NULL. */
static char *
take_string(sqlite3_stmt *st, int column)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	return text == NULL ? NULL : xstrdup((const char *)text);
}

/* A column's number; NAN of NULL. */
static double
take_real(sqlite3_stmt *st, int column)
{
	bool null = sqlite3_column_type(st, column) == SQLITE_NULL;

	return null ? NAN : sqlite3_column_double(st, column);
}

/* A column's text that lives as long as what was restored. */
static const char *
take_interned(struct history_restored *r, sqlite3_stmt *st, int column)
{
	char *text = take_string(st, column);

	if (text == NULL)
		return NULL;
	r->texts = xreallocarray(r->texts, r->ntexts + 1, sizeof *r->texts);
	r->texts[r->ntexts++] = text;
	return text;
}

/* A severity out of the file. */
static enum wire_severity
take_severity(sqlite3_stmt *st, int column)
{
	int v = sqlite3_column_int(st, column);

	return v >= WIRE_INFO && v <= WIRE_CRITICAL ? (enum wire_severity)v : WIRE_WARNING;
}

/* A row of incidents. */
static void
restore_incident(struct history_restored *r, sqlite3_stmt *st)
{
	r->incidents = xreallocarray(r->incidents, r->nincidents + 1, sizeof *r->incidents);
	struct incident *in = &r->incidents[r->nincidents++];

	*in = (struct incident){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.severity = take_severity(st, 2),
		.opened_ms = sqlite3_column_int64(st, 3),
		.closed_ms = sqlite3_column_int64(st, 4),
		.firing = (unsigned)sqlite3_column_int64(st, 5),
		.total = (unsigned)sqlite3_column_int64(st, 6),
	};
	take_text(in->zone, sizeof in->zone, st, 1);
	take_text(in->cause, sizeof in->cause, st, 7);
}

/* A row of alerts. */
static void
restore_alert(struct history_restored *r, sqlite3_stmt *st)
{
	r->alerts = xreallocarray(r->alerts, r->nalerts + 1, sizeof *r->alerts);
	struct alert *a = &r->alerts[r->nalerts++];
	int state = sqlite3_column_int(st, 12);

	*a = (struct alert){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.incident = (uint64_t)sqlite3_column_int64(st, 1),
		.rule = take_interned(r, st, 2),
		.title = take_interned(r, st, 3),
		.advice = take_interned(r, st, 4),
		.unit = take_interned(r, st, 5),
		.severity = take_severity(st, 6),
		.sid = (uint32_t)sqlite3_column_int64(st, 11),
		.state = state >= ALERT_PENDING && state <= ALERT_RESOLVED ? (enum alert_state)state
									   : ALERT_FIRING,
		.value = take_real(st, 13),
		.limit = take_real(st, 14),
		.since_ms = sqlite3_column_int64(st, 16),
		.fired_ms = sqlite3_column_int64(st, 17),
		.resolved_ms = sqlite3_column_int64(st, 18),
	};
	take_text(a->zone, sizeof a->zone, st, 7);
	take_text(a->node, sizeof a->node, st, 8);
	take_text(a->series, sizeof a->series, st, 9);
	take_text(a->field, sizeof a->field, st, 10);
	take_text(a->reason, sizeof a->reason, st, 15);
}

/* A row of the outbox. */
static void
restore_mail(struct history_restored *r, sqlite3_stmt *st)
{
	r->mails = xreallocarray(r->mails, r->nmails + 1, sizeof(struct mail *));
	struct mail *m = xcalloc(1, sizeof *m);

	r->mails[r->nmails++] = m;
	*m = (struct mail){
		.id = sqlite3_column_int64(st, 0),
		.incident = (uint64_t)sqlite3_column_int64(st, 1),
		.kind = take_string(st, 2),
		.zone = take_string(st, 3),
		.severity = take_severity(st, 4),
		.to = take_string(st, 5),
		.rest = take_string(st, 6),
		.subject = take_string(st, 7),
		.text = take_string(st, 8),
		.html = take_string(st, 9),
		.message_id = take_string(st, 10),
		.references = take_string(st, 11),
		.graph_sid = (uint32_t)sqlite3_column_int64(st, 12),
		.graph_field = take_string(st, 13),
		.graph_limit = take_real(st, 14),
		.graph_mark_s = sqlite3_column_int64(st, 15),
		.created_ms = sqlite3_column_int64(st, 16),
		.next_ms = sqlite3_column_int64(st, 17),
		.tries = (unsigned)sqlite3_column_int64(st, 18),
	};
}

/* Calls row() for each row of a query. */
static int
restore_rows(struct history_db *db, struct history_restored *r, const char *sql,
    void (*row)(struct history_restored *r, sqlite3_stmt *st), bool *damaged, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if (db_ask(db, &st, sql, damaged, e) == -1)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		row(r, st);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : db_fail(db, "cannot read", damaged, e);
}

/* Read what was open when the program ended. */
int
history_db_restore(struct history_db *db, struct history_restored *r, bool *damaged, struct err *e)
{
	char cursor[24] = "";
	int64_t alert = 0, incident = 0;

	*damaged = false;
	*r = (struct history_restored){ 0 };
	if (restore_rows(db, r,
		"SELECT * FROM incidents WHERE closed_ms=0 OR id IN (SELECT id FROM incidents"
		" WHERE closed_ms>0 ORDER BY closed_ms DESC LIMIT " RECENT ") ORDER BY id",
		restore_incident, damaged, e) == -1 ||
	    restore_rows(db, r,
		"SELECT * FROM alerts WHERE resolved_ms=0 OR id IN (SELECT id FROM alerts"
		" WHERE resolved_ms>0 ORDER BY resolved_ms DESC LIMIT " RECENT ") ORDER BY id",
		restore_alert, damaged, e) == -1 ||
	    restore_rows(db, r, "SELECT * FROM outbox WHERE state='waiting' ORDER BY id",
		restore_mail, damaged, e) == -1 ||
	    db_get(db, "SELECT value FROM meta WHERE key='cursor'", NULL, cursor, sizeof cursor,
		damaged, e) == -1 ||
	    db_get(db, "SELECT seq FROM sqlite_sequence WHERE name='alerts'", &alert, NULL, 0,
		damaged, e) == -1 ||
	    db_get(db, "SELECT seq FROM sqlite_sequence WHERE name='incidents'", &incident, NULL, 0,
		damaged, e) == -1) {
		history_restored_clear(r);
		return -1;
	}
	r->last_alert = (uint64_t)alert;
	r->last_incident = (uint64_t)incident;
	(void)str_to_u64(cursor, 0, UINT64_MAX, &r->cursor);
	return 0;
}
