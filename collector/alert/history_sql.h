/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_sql: the tables of the history and the statements that write them. A new file gets the
 * tables of version 1 and all the steps from there, so that it is no other than one that grew. */
#ifndef COLLECTOR_HISTORY_SQL_H
#define COLLECTOR_HISTORY_SQL_H

/* Of the tables below; in the file as user_version. */
#define DB_VERSION 6

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

#define ADD_NUMBER(table, column)                                                                  \
	"ALTER TABLE " table " ADD COLUMN " column " INTEGER NOT NULL DEFAULT 0;"
#define ADD_TEXT(table, column)                                                                    \
	"ALTER TABLE " table " ADD COLUMN " column " TEXT NOT NULL DEFAULT '';"
#define ADD_REAL(table, column) "ALTER TABLE " table " ADD COLUMN " column " REAL;"
#define ADD_ACK(table)                                                                             \
	ADD_TEXT(table, "ack_author")                                                              \
	ADD_TEXT(table, "ack_comment")                                                             \
	ADD_NUMBER(table, "ack_ms")                                                                \
	ADD_NUMBER(table, "ack_until_"                                                             \
			  "ms")

/* From version 1: who acknowledged, mutes, causes, the ledger, what was told. first_ack_ms is when
 * an incident was acknowledged first, whether or not that was taken back; fired_flags what held of
 * an alert when it fired; silence the last that covered it, also when it is over. Each in two
 * parts, for C promises no longer string literals. */
static const char db_step_2a[] =
    /* clang-format off */
	ADD_NUMBER("incidents", "joined_ms")
	ADD_NUMBER("incidents", "changed_ms")
	ADD_NUMBER("incidents", "muted")
	ADD_NUMBER("incidents", "worst_now")
	ADD_NUMBER("incidents", "topic")
	ADD_NUMBER("incidents", "root")
	ADD_TEXT("incidents", "node")
	ADD_ACK("incidents")
	ADD_NUMBER("incidents", "first_ack_ms")
	"UPDATE incidents SET joined_ms=opened_ms, changed_ms=max(opened_ms,closed_ms),"
	" worst_now=severity;"
	ADD_TEXT("alerts", "rack")
	ADD_NUMBER("alerts", "topic")
	ADD_NUMBER("alerts", "flags")
	ADD_NUMBER("alerts", "fired_flags")
	ADD_NUMBER("alerts", "silence")
	ADD_TEXT("alerts", "because")
	ADD_REAL("alerts", "peak")
	ADD_NUMBER("alerts", "peak_ms")
	ADD_NUMBER("alerts", "changes")
	ADD_NUMBER("alerts", "clear_ms")
	ADD_ACK("alerts")
	ADD_NUMBER("alerts", "code")
	ADD_NUMBER("alerts", "sum")
	ADD_REAL("alerts", "v0")
	ADD_REAL("alerts", "v1")
	ADD_REAL("alerts", "v2")
	ADD_REAL("alerts", "v3")
	ADD_TEXT("alerts", "why_words")
	ADD_TEXT("alerts", "value_words");
/* clang-format on */
static const char db_step_2b[] =
    /* clang-format off */
	ADD_TEXT("transitions", "author")
	ADD_TEXT("transitions", "note")
	"ALTER TABLE outbox ADD COLUMN via TEXT NOT NULL DEFAULT 'mail';"
	ADD_NUMBER("outbox", "recipient")
	"ALTER TABLE outbox ADD COLUMN map TEXT;"
	ADD_NUMBER("outbox", "done_ms")
	"CREATE TABLE silences("
	" id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, zone TEXT NOT NULL, node TEXT NOT NULL,"
	" source TEXT NOT NULL, rule TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,"
	" created_ms INTEGER NOT NULL, starts_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL,"
	" days INTEGER NOT NULL, from_min INTEGER NOT NULL, minutes INTEGER NOT NULL,"
	" ended_by TEXT NOT NULL) STRICT;"
	"CREATE TABLE told("
	" incident INTEGER NOT NULL, recipient INTEGER NOT NULL, opened_ms INTEGER NOT NULL,"
	" last_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, severity INTEGER NOT NULL,"
	" updates INTEGER NOT NULL, reminders INTEGER NOT NULL, reminded_ms INTEGER NOT NULL,"
	" near INTEGER NOT NULL, topics INTEGER NOT NULL, digested INTEGER NOT NULL, closed INTEGER NOT NULL,"
	" PRIMARY KEY(incident, recipient)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE notes(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE states(key TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE heatings("
	" id INTEGER PRIMARY KEY, zone TEXT NOT NULL, began_ms INTEGER NOT NULL, first_rate REAL,"
	" tau_s REAL, power REAL, rise REAL, UNIQUE(zone, began_ms)) STRICT;"
	"CREATE TABLE acts("
	" id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, author TEXT NOT NULL,"
	" kind TEXT NOT NULL, incident INTEGER, what TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
	"CREATE TABLE deliveries("
	" id INTEGER PRIMARY KEY, mail INTEGER NOT NULL, recipient TEXT NOT NULL,"
	" time_ms INTEGER NOT NULL, state TEXT NOT NULL, reply TEXT) STRICT;";
/* clang-format on */
static const char db_step_2c[] = "CREATE INDEX alerts_fired ON alerts(fired_ms);"
				 "CREATE INDEX incidents_opened ON incidents(opened_ms);"
				 "CREATE INDEX transitions_incident ON transitions(incident);"
				 "CREATE INDEX transitions_alert ON transitions(alert);"
				 "CREATE INDEX outbox_incident ON outbox(incident);"
				 "CREATE INDEX outbox_created ON outbox(created_ms);"
				 "CREATE INDEX acts_time ON acts(time_ms);"
				 "CREATE INDEX acts_incident ON acts(incident);"
				 "CREATE INDEX deliveries_mail ON deliveries(mail);"
				 "CREATE INDEX deliveries_time ON deliveries(time_ms);"
				 "PRAGMA user_version=2;";

/* From version 2: how many samples of a node an hour (UTC) should have had, and had. */
static const char db_step_3[] =
    "CREATE TABLE ledger("
    " hour_s INTEGER NOT NULL, node TEXT NOT NULL, expected INTEGER NOT NULL,"
    " received INTEGER NOT NULL, late INTEGER NOT NULL, thinned INTEGER NOT NULL,"
    " dropped INTEGER NOT NULL, PRIMARY KEY(hour_s, node)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version=3;";

/* From version 3: a message may have a file beside it. */
static const char db_step_4[] = "ALTER TABLE outbox ADD COLUMN attach TEXT;"
				"PRAGMA user_version=4;";

/* From version 4: what was decided to be done; advice: the key of the recommendation. */
static const char db_step_5[] =
    "CREATE TABLE actions("
    " id INTEGER PRIMARY KEY, text TEXT NOT NULL, zone TEXT NOT NULL, owner TEXT NOT NULL,"
    " advice TEXT NOT NULL, due_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL,"
    " made_by TEXT NOT NULL, closed_ms INTEGER NOT NULL, closed_by TEXT NOT NULL,"
    " note TEXT NOT NULL) STRICT;"
    "PRAGMA user_version=5;";

/* From version 5: samples that came without any value. */
static const char db_step_6[] = "ALTER TABLE ledger ADD COLUMN empty INTEGER NOT NULL DEFAULT 0;"
				"PRAGMA user_version=6;";

enum {
	Q_BEGIN,
	Q_COMMIT,
	Q_ROLLBACK,
	Q_META,
	Q_INCIDENT,
	Q_ALERT,
	Q_DROP,
	Q_TRANSITION,
	Q_MAIL,
	Q_OUTCOME,
	Q_REST,
	Q_SUPERSEDE,
	Q_DELIVERY,
	Q_SILENCE,
	Q_TOLD,
	Q_NOTE,
	Q_HEATING,
	Q_ACT,
	Q_COUNT,
	Q_ACTION,
	Q_NO_STATES,
	Q_STATE,
	Q_N
};

static const char *const db_sql[Q_N] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_META] = "INSERT INTO meta VALUES(?1,?2)"
		   " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
	[Q_INCIDENT] =
	    "INSERT INTO incidents(id,zone,severity,opened_ms,closed_ms,firing,total,cause,"
	    "joined_ms,changed_ms,muted,worst_now,topic,root,node,ack_author,ack_comment,ack_ms,"
	    "ack_until_ms,first_ack_ms)"
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?18)"
	    " ON CONFLICT(id) DO UPDATE SET zone=excluded.zone, severity=excluded.severity,"
	    " closed_ms=excluded.closed_ms, firing=excluded.firing, total=excluded.total,"
	    " cause=excluded.cause, joined_ms=excluded.joined_ms, changed_ms=excluded.changed_ms,"
	    " muted=excluded.muted, worst_now=excluded.worst_now, topic=excluded.topic,"
	    " root=excluded.root, node=excluded.node, ack_author=excluded.ack_author,"
	    " ack_comment=excluded.ack_comment, ack_ms=excluded.ack_ms,"
	    " ack_until_ms=excluded.ack_until_ms, first_ack_ms="
	    "CASE first_ack_ms WHEN 0 THEN excluded.first_ack_ms ELSE first_ack_ms END",
	[Q_ALERT] =
	    "INSERT INTO alerts(id,incident,rule,title,advice,unit,severity,zone,node,series,field,"
	    "sid,state,value,bound,reason,since_ms,fired_ms,resolved_ms,rack,topic,flags,silence,"
	    "because,peak,peak_ms,changes,clear_ms,ack_author,ack_comment,ack_ms,ack_until_ms,code,"
	    "sum,v0,v1,v2,v3,why_words,value_words,fired_flags)"
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,"
	    "?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,?32,?33,?34,?35,?36,?37,?38,?39,?40,?22)"
	    " ON CONFLICT(id) DO UPDATE SET incident=excluded.incident,"
	    " severity=excluded.severity, sid=excluded.sid, state=excluded.state,"
	    " value=excluded.value, bound=excluded.bound, reason=excluded.reason,"
	    " since_ms=excluded.since_ms, fired_flags="
	    "CASE fired_ms WHEN 0 THEN excluded.flags ELSE fired_flags END,"
	    " fired_ms=excluded.fired_ms, resolved_ms=excluded.resolved_ms,"
	    " topic=excluded.topic, flags=excluded.flags, silence="
	    "CASE excluded.silence WHEN 0 THEN silence ELSE excluded.silence END,"
	    " because=excluded.because, peak=excluded.peak, peak_ms=excluded.peak_ms,"
	    " changes=excluded.changes, clear_ms=excluded.clear_ms,"
	    " ack_author=excluded.ack_author, ack_comment=excluded.ack_comment,"
	    " ack_ms=excluded.ack_ms, ack_until_ms=excluded.ack_until_ms, code=excluded.code,"
	    " sum=excluded.sum, v0=excluded.v0, v1=excluded.v1, v2=excluded.v2, v3=excluded.v3,"
	    " why_words=excluded.why_words, value_words=excluded.value_words",
	[Q_DROP] = "DELETE FROM alerts WHERE id=?1",
	[Q_TRANSITION] = "INSERT INTO transitions(time_ms,kind,alert,incident,zone,subject,value,"
			 "text,author,note) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
	[Q_MAIL] = "INSERT INTO outbox(id,incident,kind,zone,severity,recipients,rest,subject,"
		   "body,html,message_id,refers,graph_sid,graph_field,graph_limit,graph_mark_s,"
		   "created_ms,next_ms,tries,via,recipient,map,attach,state)"
		   " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
		   "?16,?17,?18,?19,?20,?21,?22,?23,'waiting') ON CONFLICT(message_id) DO NOTHING",
	[Q_OUTCOME] = "UPDATE outbox SET state=?2,tries=?3,next_ms=?4,reply=?5,"
		      "done_ms=CASE ?2 WHEN 'waiting' THEN 0 ELSE ?6 END WHERE id=?1",
	[Q_REST] = "UPDATE outbox SET rest=?2 WHERE id=?1",
	[Q_SUPERSEDE] = "UPDATE outbox SET state='superseded',reply=?2,done_ms=?3"
			" WHERE id=?1 AND state='waiting'",
	[Q_DELIVERY] = "INSERT INTO deliveries(mail,recipient,time_ms,state,reply)"
		       " VALUES(?1,?2,?3,?4,?5)",
	[Q_SILENCE] = "INSERT INTO silences(id,kind,zone,node,source,rule,author,reason,created_ms,"
		      "starts_ms,ends_ms,days,from_min,minutes,ended_by)"
		      " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"
		      " ON CONFLICT(id) DO UPDATE SET starts_ms=excluded.starts_ms,"
		      " ends_ms=excluded.ends_ms, ended_by=excluded.ended_by",
	[Q_TOLD] = "INSERT OR REPLACE INTO told(incident,recipient,opened_ms,last_ms,changed_ms,"
		   "severity,updates,reminders,reminded_ms,near,topics,digested,closed)"
		   " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[Q_NOTE] = "INSERT OR REPLACE INTO notes VALUES(?1,?2)",
	[Q_HEATING] = "INSERT OR REPLACE INTO heatings(zone,began_ms,first_rate,tau_s,power,rise)"
		      " VALUES(?1,?2,?3,?4,?5,?6)",
	[Q_ACT] = "INSERT INTO acts(time_ms,author,kind,incident,what,text)"
		  " VALUES(?1,?2,?3,?4,?5,?6)",
	[Q_COUNT] = "INSERT INTO ledger(hour_s,node,expected,received,late,empty,thinned,dropped)"
		    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(hour_s,node) DO UPDATE SET"
		    " expected=expected+excluded.expected, received=received+excluded.received,"
		    " late=late+excluded.late, empty=empty+excluded.empty, "
		    "thinned=thinned+excluded.thinned,"
		    " dropped=dropped+excluded.dropped",
	[Q_ACTION] = "INSERT INTO actions(id,text,zone,owner,advice,due_ms,made_ms,made_by,"
		     "closed_ms,closed_by,note) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)"
		     " ON CONFLICT(id) DO UPDATE SET closed_ms=excluded.closed_ms,"
		     " closed_by=excluded.closed_by, note=excluded.note",
	[Q_NO_STATES] = "DELETE FROM states",
	[Q_STATE] = "INSERT OR REPLACE INTO states VALUES(?1,?2)",
};

/* What is forgotten, in this order: what is older than ?1, messages older than ?2. The newest
 * silence stays, for its number must not be given again. Messages of an open incident stay: they
 * say that it was told. */
static const char *const db_prune[] = {
	"DELETE FROM alerts WHERE resolved_ms>0 AND resolved_ms<?1 AND"
	" (incident IS NULL OR incident IN (SELECT id FROM incidents WHERE closed_ms>0))",
	"DELETE FROM incidents WHERE closed_ms>0 AND closed_ms<?1",
	"DELETE FROM transitions WHERE time_ms<?1",
	"DELETE FROM acts WHERE time_ms<?1",
	"DELETE FROM ledger WHERE hour_s<?1/1000",
	"DELETE FROM actions WHERE closed_ms>0 AND closed_ms<?1 AND"
	" id<>(SELECT max(id) FROM actions)",
	"DELETE FROM told WHERE incident NOT IN (SELECT id FROM incidents)",
	"DELETE FROM silences WHERE ends_ms>0 AND ends_ms<?1 AND"
	" id<>(SELECT max(id) FROM silences)",
	"DELETE FROM heatings WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
	" (PARTITION BY zone ORDER BY began_ms DESC) AS n FROM heatings) WHERE n>50)",
	"DELETE FROM outbox WHERE state<>'waiting' AND created_ms<?2 AND"
	" incident NOT IN (SELECT id FROM incidents WHERE closed_ms=0)",
	"DELETE FROM deliveries WHERE time_ms<?2 AND mail NOT IN (SELECT id FROM outbox)",
};

#endif
