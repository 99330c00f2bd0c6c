/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_sql: the tables of the history and the statements that write them, for history_db.c. */
#ifndef COLLECTOR_HISTORY_SQL_H
#define COLLECTOR_HISTORY_SQL_H

/* Of the tables below; in the file as user_version. */
#define DB_VERSION 1

static const char db_schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE incidents("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, zone TEXT NOT NULL, severity INTEGER NOT NULL,"
    " opened_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL, firing INTEGER NOT NULL,"
    " total INTEGER NOT NULL, cause TEXT NOT NULL) STRICT;"
    "CREATE TABLE alerts("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " incident INTEGER REFERENCES incidents(id) ON DELETE CASCADE,"
    " rule TEXT NOT NULL, title TEXT, advice TEXT, unit TEXT, severity INTEGER NOT NULL,"
    " zone TEXT NOT NULL, node TEXT NOT NULL, series TEXT NOT NULL, field TEXT NOT NULL,"
    " sid INTEGER NOT NULL, state INTEGER NOT NULL, value REAL, bound REAL,"
    " reason TEXT NOT NULL, since_ms INTEGER NOT NULL, fired_ms INTEGER NOT NULL,"
    " resolved_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX alerts_incident ON alerts(incident);"
    "CREATE INDEX alerts_resolved ON alerts(resolved_ms);"
    "CREATE INDEX incidents_closed ON incidents(closed_ms);"
    /* The audit trail: every change there was, also of conditions that never fired. */
    "CREATE TABLE transitions("
    " id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
    " alert INTEGER, incident INTEGER, zone TEXT NOT NULL, subject TEXT NOT NULL, value REAL,"
    " text TEXT NOT NULL) STRICT;"
    "CREATE INDEX transitions_time ON transitions(time_ms);"
    "CREATE TABLE outbox("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, incident INTEGER NOT NULL, kind TEXT NOT NULL,"
    " zone TEXT NOT NULL, severity INTEGER NOT NULL, recipients TEXT NOT NULL, rest TEXT,"
    " subject TEXT NOT NULL, body TEXT NOT NULL, html TEXT NOT NULL,"
    " message_id TEXT NOT NULL UNIQUE, refers TEXT, graph_sid INTEGER NOT NULL,"
    " graph_field TEXT, graph_limit REAL, graph_mark_s INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, tries INTEGER NOT NULL,"
    " state TEXT NOT NULL, reply TEXT) STRICT;"
    "CREATE INDEX outbox_state ON outbox(state);"
    "PRAGMA user_version=1;";

enum {
	Q_BEGIN,
	Q_COMMIT,
	Q_ROLLBACK,
	Q_META,
	Q_INCIDENT,
	Q_ALERT,
	Q_TRANSITION,
	Q_MAIL,
	Q_OUTCOME,
	Q_REST,
	Q_PRUNE_ALERTS,
	Q_PRUNE_INCIDENTS,
	Q_PRUNE_TRANSITIONS,
	Q_PRUNE_MAILS,
	Q_N
};

static const char *const db_sql[Q_N] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_META] = "INSERT INTO meta VALUES(?1,?2)"
		   " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
	[Q_INCIDENT] = "INSERT INTO incidents VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
		       " ON CONFLICT(id) DO UPDATE SET severity=excluded.severity,"
		       " closed_ms=excluded.closed_ms, firing=excluded.firing,"
		       " total=excluded.total, cause=excluded.cause",
	[Q_ALERT] = "INSERT INTO alerts VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
		    "?15,?16,?17,?18,?19)"
		    " ON CONFLICT(id) DO UPDATE SET incident=excluded.incident,"
		    " severity=excluded.severity, sid=excluded.sid, state=excluded.state,"
		    " value=excluded.value, bound=excluded.bound, reason=excluded.reason,"
		    " resolved_ms=excluded.resolved_ms",
	[Q_TRANSITION] = "INSERT INTO transitions(time_ms,kind,alert,incident,zone,subject,value,"
			 "text) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
	[Q_MAIL] = "INSERT INTO outbox VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
		   "?16,?17,?18,?19,'waiting',NULL) ON CONFLICT(message_id) DO NOTHING",
	[Q_OUTCOME] = "UPDATE outbox SET state=?2,tries=?3,next_ms=?4,reply=?5 WHERE id=?1",
	[Q_REST] = "UPDATE outbox SET rest=?2 WHERE id=?1",
	[Q_PRUNE_ALERTS] = "DELETE FROM alerts WHERE resolved_ms>0 AND resolved_ms<?1 AND"
			   " (incident IS NULL OR incident IN"
			   "  (SELECT id FROM incidents WHERE closed_ms>0))",
	[Q_PRUNE_INCIDENTS] = "DELETE FROM incidents WHERE closed_ms>0 AND closed_ms<?1",
	[Q_PRUNE_TRANSITIONS] = "DELETE FROM transitions WHERE time_ms<?1",
	/* Those of an open incident stay: they say that it was told. */
	[Q_PRUNE_MAILS] = "DELETE FROM outbox WHERE state<>'waiting' AND created_ms<?1 AND"
			  " incident NOT IN (SELECT id FROM incidents WHERE closed_ms=0)",
};

#endif
