/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what was open when the program ended. */
#include <math.h>

#include "collector/alert/history_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define DAY_MS INT64_C(86400000)
#define RECENT "256" /* closed incidents and resolved alerts that are shown after a restart */

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

/* A number out of the file that is one of an enum's first n; else 0. */
static unsigned
take_enum(sqlite3_stmt *st, int column, unsigned n)
{
	int64_t v = sqlite3_column_int64(st, column);

	return v >= 0 && v < n ? (unsigned)v : 0;
}

/* Four columns on who has it, from this one on. */
static void
take_ack(struct ack *a, sqlite3_stmt *st, int column)
{
	take_text(a->author, sizeof a->author, st, column);
	take_text(a->comment, sizeof a->comment, st, column + 1);
	a->at_ms = sqlite3_column_int64(st, column + 2);
	a->until_ms = sqlite3_column_int64(st, column + 3);
}

/* Room for one more at the end of an array of n. */
static void *
grown(void *array, size_t n, size_t size)
{
	return xreallocarray(array, n + 1, size);
}

#define INCIDENT_COLUMNS                                                                           \
	"id,zone,severity,opened_ms,closed_ms,firing,total,cause,joined_ms,changed_ms,muted,"      \
	"worst_now,topic,root,node,ack_author,ack_comment,ack_ms,ack_until_ms"

/* A row of incidents, by the columns above. */
static void
restore_incident(struct history_restored *r, sqlite3_stmt *st)
{
	r->incidents = grown(r->incidents, r->nincidents, sizeof *r->incidents);
	struct incident *in = &r->incidents[r->nincidents++];

	*in = (struct incident){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.severity = take_severity(st, 2),
		.opened_ms = sqlite3_column_int64(st, 3),
		.closed_ms = sqlite3_column_int64(st, 4),
		.firing = (unsigned)sqlite3_column_int64(st, 5),
		.total = (unsigned)sqlite3_column_int64(st, 6),
		.joined_ms = sqlite3_column_int64(st, 8),
		.changed_ms = sqlite3_column_int64(st, 9),
		.muted = (unsigned)sqlite3_column_int64(st, 10),
		.now = take_severity(st, 11),
		.topic = (enum alert_topic)take_enum(st, 12, TOPIC_MONITOR + 1),
		.root = (uint64_t)sqlite3_column_int64(st, 13),
	};
	take_text(in->zone, sizeof in->zone, st, 1);
	take_text(in->cause, sizeof in->cause, st, 7);
	take_text(in->node, sizeof in->node, st, 14);
	take_ack(&in->ack, st, 15);
}

#define ALERT_COLUMNS                                                                              \
	"id,incident,rule,title,advice,unit,severity,zone,node,series,field,sid,state,value,"      \
	"bound,reason,since_ms,fired_ms,resolved_ms,rack,topic,flags,silence,because,peak,"        \
	"peak_ms,changes,clear_ms,ack_author,ack_comment,ack_ms,ack_until_ms,code,sum,v0,v1,v2,"   \
	"v3,why_words,value_words"

/* The columns that version 2 added. */
static void
restore_alert_more(struct alert *a, sqlite3_stmt *st)
{
	take_text(a->rack, sizeof a->rack, st, 19);
	a->topic = (enum alert_topic)take_enum(st, 20, TOPIC_MONITOR + 1);
	a->flags = (unsigned)sqlite3_column_int64(st, 21);
	if ((a->flags & ALERT_MUTED) != 0)
		a->silence = (uint64_t)sqlite3_column_int64(st, 22);
	take_text(a->because, sizeof a->because, st, 23);
	a->peak = take_real(st, 24);
	a->peak_ms = sqlite3_column_int64(st, 25);
	a->changes = (unsigned)sqlite3_column_int64(st, 26);
	a->clear_ms = sqlite3_column_int64(st, 27);
	take_ack(&a->ack, st, 28);
	a->why.code = (enum reason_code)take_enum(st, 32, REASON_GONE + 1);
	a->why.sum = (enum reason_sum)take_enum(st, 33, REASON_EACH + 1);
	for (int i = 0; i < REASON_NUMBERS; i++)
		a->why.v[i] = take_real(st, 34 + i);
	take_text(a->why.words, sizeof a->why.words, st, 38);
	take_text(a->words, sizeof a->words, st, 39);
	for (int i = 0; i < ALERT_TREND; i++)
		a->trend[i] = NAN;
}

/* A row of alerts. */
static void
restore_alert(struct history_restored *r, sqlite3_stmt *st)
{
	r->alerts = grown(r->alerts, r->nalerts, sizeof *r->alerts);
	struct alert *a = &r->alerts[r->nalerts++];
	unsigned state = take_enum(st, 12, ALERT_CLOSED + 1);

	*a = (struct alert){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.incident = (uint64_t)sqlite3_column_int64(st, 1),
		.rule = take_interned(r, st, 2),
		.title = take_interned(r, st, 3),
		.advice = take_interned(r, st, 4),
		.unit = take_interned(r, st, 5),
		.severity = take_severity(st, 6),
		.sid = (uint32_t)sqlite3_column_int64(st, 11),
		.state = state == ALERT_NONE ? ALERT_FIRING : (enum alert_state)state,
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
	restore_alert_more(a, st);
}

#define MAIL_COLUMNS                                                                               \
	"id,incident,kind,zone,severity,recipients,rest,subject,body,html,message_id,refers,"      \
	"graph_sid,graph_field,graph_limit,graph_mark_s,created_ms,next_ms,tries,via,recipient,"   \
	"map,attach"

/* A row of the outbox. */
static void
restore_mail(struct history_restored *r, sqlite3_stmt *st)
{
	r->mails = grown(r->mails, r->nmails, sizeof(struct mail *));
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
		.via = take_string(st, 19),
		.recipient = (uint32_t)sqlite3_column_int64(st, 20),
		.map = take_string(st, 21),
		.attach = take_string(st, 22),
	};
}

/* A row of silences. */
static void
restore_silence(struct history_restored *r, sqlite3_stmt *st)
{
	r->silences = grown(r->silences, r->nsilences, sizeof *r->silences);
	struct silence *s = &r->silences[r->nsilences++];

	*s = (struct silence){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.kind = (enum silence_kind)take_enum(st, 1, SILENCE_OUT_OF_SERVICE + 1),
		.created_ms = sqlite3_column_int64(st, 8),
		.starts_ms = sqlite3_column_int64(st, 9),
		.ends_ms = sqlite3_column_int64(st, 10),
		.days = take_enum(st, 11, 1u << 7),
		.from_min = take_enum(st, 12, 1440),
		.minutes = take_enum(st, 13, 7 * 1440 + 1),
	};
	take_text(s->match.zone, sizeof s->match.zone, st, 2);
	take_text(s->match.node, sizeof s->match.node, st, 3);
	take_text(s->match.source, sizeof s->match.source, st, 4);
	take_text(s->match.rule, sizeof s->match.rule, st, 5);
	take_text(s->author, sizeof s->author, st, 6);
	take_text(s->reason, sizeof s->reason, st, 7);
	take_text(s->ended_by, sizeof s->ended_by, st, 14);
}

/* A row of actions. */
static void
restore_action(struct history_restored *r, sqlite3_stmt *st)
{
	r->actions = grown(r->actions, r->nactions, sizeof *r->actions);
	struct action *a = &r->actions[r->nactions++];

	*a = (struct action){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.due_ms = sqlite3_column_int64(st, 5),
		.made_ms = sqlite3_column_int64(st, 6),
		.closed_ms = sqlite3_column_int64(st, 8),
	};
	take_text(a->text, sizeof a->text, st, 1);
	take_text(a->zone, sizeof a->zone, st, 2);
	take_text(a->owner, sizeof a->owner, st, 3);
	take_text(a->advice, sizeof a->advice, st, 4);
	take_text(a->made_by, sizeof a->made_by, st, 7);
	take_text(a->closed_by, sizeof a->closed_by, st, 9);
	take_text(a->note, sizeof a->note, st, 10);
}

/* A row of told. */
static void
restore_told(struct history_restored *r, sqlite3_stmt *st)
{
	r->told = grown(r->told, r->ntold, sizeof *r->told);
	r->told[r->ntold++] = (struct told){
		.incident = (uint64_t)sqlite3_column_int64(st, 0),
		.recipient = (uint32_t)sqlite3_column_int64(st, 1),
		.opened_ms = sqlite3_column_int64(st, 2),
		.last_ms = sqlite3_column_int64(st, 3),
		.changed_ms = sqlite3_column_int64(st, 4),
		.severity = take_severity(st, 5),
		.updates = (unsigned)sqlite3_column_int64(st, 6),
		.reminders = (unsigned)sqlite3_column_int64(st, 7),
		.reminded_ms = sqlite3_column_int64(st, 8),
		.near = (unsigned)sqlite3_column_int64(st, 9),
		.topics = (unsigned)sqlite3_column_int64(st, 10),
		.digested = sqlite3_column_int64(st, 11) != 0,
		.closed = sqlite3_column_int64(st, 12) != 0,
	};
}

/* A row of notes. */
static void
restore_note(struct history_restored *r, sqlite3_stmt *st)
{
	r->notes = grown(r->notes, r->nnotes, sizeof *r->notes);
	struct history_note *n = &r->notes[r->nnotes++];

	take_text(n->key, sizeof n->key, st, 0);
	take_text(n->value, sizeof n->value, st, 1);
}

/* A row of states. */
static void
restore_state(struct history_restored *r, sqlite3_stmt *st)
{
	const void *bytes = sqlite3_column_blob(st, 1);
	size_t n = (size_t)sqlite3_column_bytes(st, 1);

	r->states = grown(r->states, r->nstates, sizeof *r->states);
	r->states[r->nstates++] = (struct history_state){
		.key = take_string(st, 0),
		.bytes = n == 0 ? NULL : xmemdup(bytes, n),
		.n = n,
	};
}

/* A row of heatings. */
static void
restore_heating(struct history_restored *r, sqlite3_stmt *st)
{
	r->heatings = grown(r->heatings, r->nheatings, sizeof *r->heatings);
	struct thermal_event *ev = &r->heatings[r->nheatings++];

	*ev = (struct thermal_event){
		.began_ms = sqlite3_column_int64(st, 1),
		.first_rate = take_real(st, 2),
		.tau_s = take_real(st, 3),
		.power = take_real(st, 4),
		.rise = take_real(st, 5),
	};
	take_text(ev->zone, sizeof ev->zone, st, 0);
}

/* What is read, and by what. Alerts of incidents that are kept are kept too. ?1: a day ago. */
static const struct {
	const char *sql;
	void (*row)(struct history_restored *r, sqlite3_stmt *st);
} restored[] = {
	{ "SELECT " INCIDENT_COLUMNS " FROM incidents WHERE closed_ms=0 OR id IN"
	  " (SELECT id FROM incidents WHERE closed_ms>0 ORDER BY closed_ms DESC LIMIT " RECENT ")"
	  " ORDER BY id",
	    restore_incident },
	{ "SELECT " ALERT_COLUMNS " FROM alerts WHERE resolved_ms=0 OR id IN"
	  " (SELECT id FROM alerts WHERE resolved_ms>0 ORDER BY resolved_ms DESC LIMIT " RECENT ")"
	  " ORDER BY id",
	    restore_alert },
	{ "SELECT " MAIL_COLUMNS " FROM outbox WHERE state='waiting' ORDER BY id", restore_mail },
	{ "SELECT id,kind,zone,node,source,rule,author,reason,created_ms,starts_ms,ends_ms,days,"
	  "from_min,minutes,ended_by FROM silences WHERE ends_ms=0 OR ends_ms>?1 OR"
	  " id=(SELECT max(id) FROM silences) ORDER BY id",
	    restore_silence },
	{ "SELECT id,text,zone,owner,advice,due_ms,made_ms,made_by,closed_ms,closed_by,note"
	  " FROM actions WHERE closed_ms=0 OR id=(SELECT max(id) FROM actions) ORDER BY id",
	    restore_action },
	{ "SELECT incident,recipient,opened_ms,last_ms,changed_ms,severity,updates,reminders,"
	  "reminded_ms,near,topics,digested,closed FROM told WHERE incident IN (SELECT id FROM "
	  "incidents "
	  "WHERE "
	  "closed_ms=0)"
	  " OR incident IN (SELECT id FROM incidents WHERE closed_ms>0 ORDER BY closed_ms DESC"
	  " LIMIT " RECENT ") ORDER BY incident,recipient",
	    restore_told },
	{ "SELECT key,value FROM notes ORDER BY key", restore_note },
	{ "SELECT key,bytes FROM states ORDER BY key", restore_state },
	{ "SELECT zone,began_ms,first_rate,tau_s,power,rise FROM (SELECT *, row_number() OVER"
	  " (PARTITION BY zone ORDER BY began_ms DESC) AS nth FROM heatings) WHERE nth<=50"
	  " ORDER BY began_ms DESC",
	    restore_heating },
};

/* Calls row() for each row of a query. */
static int
restore_rows(struct history_db *db, struct history_restored *r, const char *sql,
    void (*row)(struct history_restored *r, sqlite3_stmt *st), bool *damaged, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if (history_db_prepare(db, &st, sql, damaged, e) == -1)
		return -1;
	if (sqlite3_bind_parameter_count(st) != 0)
		(void)sqlite3_bind_int64(st, 1, clock_wall_ms() - DAY_MS);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		row(r, st);
	if (rc != SQLITE_DONE)
		history_db_fail(db, "cannot read", damaged, e);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Reads a journal position of the meta, or the last number of a table. */
static int
restore_number(struct history_db *db, const char *sql, uint64_t *out, bool *damaged, struct err *e)
{
	char text[24] = "";

	if (history_db_get(db, sql, NULL, text, sizeof text, damaged, e) == -1)
		return -1;
	(void)str_to_u64(text, 0, UINT64_MAX, out);
	return 0;
}

/* Read what was open when the program ended. */
int
history_db_restore(struct history_db *db, struct history_restored *r, bool *damaged, struct err *e)
{
	*damaged = false;
	*r = (struct history_restored){ 0 };
	for (size_t i = 0; i < sizeof restored / sizeof restored[0]; i++) {
		if (restore_rows(db, r, restored[i].sql, restored[i].row, damaged, e) == -1)
			goto fail;
	}
	if (restore_number(
		db, "SELECT value FROM meta WHERE key='cursor'", &r->cursor, damaged, e) == -1 ||
	    restore_number(db, "SELECT value FROM meta WHERE key='saved'", &r->saved, damaged, e) ==
		-1 ||
	    restore_number(db, "SELECT seq FROM sqlite_sequence WHERE name='alerts'",
		&r->last_alert, damaged, e) == -1 ||
	    restore_number(db, "SELECT seq FROM sqlite_sequence WHERE name='incidents'",
		&r->last_incident, damaged, e) == -1)
		goto fail;
	return 0;
fail:
	history_restored_clear(r);
	return -1;
}
