/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the history: each entry of a job as the rows that it makes or changes, a job in one
 * transaction, and what is forgotten in time. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "collector/alert/history_int.h"
#include "zw/log.h"

#define DAY_MS INT64_C(86400000)
#define KEEP_HISTORY_MS (400 * DAY_MS)
#define KEEP_MAILS_MS (90 * DAY_MS)

/* The row of an alert as it is now. The columns stand in the order of Q_ALERT. */
static int
store_alert(struct history_db *db, const struct alert *a)
{
	const struct reason *w = &a->why;

	return history_db_run(db, Q_ALERT,
	    "inttttittttiirrtiii"
	    "tiiitriiittii"
	    "iirrrrtt",
	    (int64_t)a->id, (int64_t)a->incident, a->rule, a->title, a->advice, a->unit,
	    (int64_t)a->severity, a->zone, a->node, a->series, a->field, (int64_t)a->sid,
	    (int64_t)a->state, a->value, a->limit, a->reason, a->since_ms, a->fired_ms,
	    a->resolved_ms,

	    a->rack, (int64_t)a->topic, (int64_t)a->flags, (int64_t)a->silence, a->because, a->peak,
	    a->peak_ms, (int64_t)a->changes, a->clear_ms, a->ack.author, a->ack.comment,
	    a->ack.at_ms, a->ack.until_ms,

	    (int64_t)w->code, (int64_t)w->sum, w->v[0], w->v[1], w->v[2], w->v[3], w->words,
	    a->words);
}

/* The row of an incident as it is now, in the order of Q_INCIDENT. */
static int
store_incident(struct history_db *db, const struct incident *in)
{
	return history_db_run(db, Q_INCIDENT,
	    "itiiiiit"
	    "iiiiiitttii",
	    (int64_t)in->id, in->zone, (int64_t)in->severity, in->opened_ms, in->closed_ms,
	    (int64_t)in->firing, (int64_t)in->total, in->cause,

	    in->joined_ms, in->changed_ms, (int64_t)in->muted, (int64_t)in->now, (int64_t)in->topic,
	    (int64_t)in->root, in->node, in->ack.author, in->ack.comment, in->ack.at_ms,
	    in->ack.until_ms);
}

/* What an alert is about, and its rule: "srv17/hwmon-inlet/temp inlet-high". */
static void
print_subject(char *dst, size_t size, const struct alert *a)
{
	snprintf(dst, size, "%s%s%s%s%s %s", *a->node != '\0' ? a->node : a->rack,
	    *a->series == '\0' ? "" : "/", a->series, *a->field == '\0' ? "" : "/", a->field,
	    a->rule == NULL ? "" : a->rule);
}

/* The line of a change in the audit trail. */
static int
store_transition(struct history_db *db, const struct history_op *op)
{
	const struct alert *a = op->alert;
	const struct incident *in = op->incident;
	char subject[NAME_MAX_NODE + sizeof a->series + sizeof a->field + ALERT_MAX_TEXT];
	const char *zone = a != NULL ? a->zone : in != NULL ? in->zone : "";
	const char *text = a != NULL ? a->reason : in != NULL ? in->cause : "";

	subject[0] = '\0';
	if (a != NULL)
		print_subject(subject, sizeof subject, a);
	return history_db_run(db, Q_TRANSITION, "itnnttrttt", op->now_ms,
	    history_job_word(op->change), (int64_t)(a == NULL ? 0 : a->id),
	    (int64_t)(in == NULL ? 0 : in->id), zone, subject, a == NULL ? NAN : a->value, text,
	    op->author == NULL ? "" : op->author, op->text == NULL ? "" : op->text);
}

/* A change: the incident first, for the alert refers to it; then the audit trail. */
static int
store_change(struct history_db *db, const struct history_op *op)
{
	const struct alert *a = op->alert;
	int rc = SQLITE_OK;

	if (op->incident != NULL)
		rc = store_incident(db, op->incident);
	if (rc == SQLITE_OK && a != NULL && a->id != 0) {
		if (op->change == CHANGE_DROPPED)
			rc = history_db_run(db, Q_DROP, "i", (int64_t)a->id);
		else
			rc = store_alert(db, a);
	}
	/* What comes and goes without ever firing would fill the disk. */
	if (a != NULL && (a->flags & ALERT_FLEETING) != 0 &&
	    (op->change == CHANGE_PENDING || op->change == CHANGE_DROPPED))
		return rc;
	return rc == SQLITE_OK ? store_transition(db, op) : rc;
}

/* A mail that waits; one with a known Message-ID is marked. */
static int
store_mail(struct history_db *db, struct history_op *op)
{
	const struct mail *m = op->mail;
	int rc = history_db_run(db, Q_MAIL,
	    "iittittttttt"
	    "itriiii"
	    "titt",
	    m->id, (int64_t)m->incident, m->kind, m->zone, (int64_t)m->severity, m->to, m->rest,
	    m->subject, m->text, m->html, m->message_id, m->references, (int64_t)m->graph_sid,
	    m->graph_field, m->graph_limit, m->graph_mark_s, m->created_ms, m->next_ms,
	    (int64_t)m->tries, m->via == NULL ? "mail" : m->via, (int64_t)m->recipient, m->map,
	    m->attach);

	if (rc == SQLITE_OK)
		op->duplicate = sqlite3_changes(db->sql) == 0;
	return rc;
}

/* A silence, made or ended. */
static int
store_silence(struct history_db *db, const struct silence *s)
{
	return history_db_run(db, Q_SILENCE, "iittttttiiiiiit", (int64_t)s->id, (int64_t)s->kind,
	    s->match.zone, s->match.node, s->match.source, s->match.rule, s->author, s->reason,
	    s->created_ms, s->starts_ms, s->ends_ms, (int64_t)s->days, (int64_t)s->from_min,
	    (int64_t)s->minutes, s->ended_by);
}

/* An action, made or closed. */
static int
store_action(struct history_db *db, const struct action *a)
{
	return history_db_run(db, Q_ACTION, "ittttiititt", (int64_t)a->id, a->text, a->zone,
	    a->owner, a->advice, a->due_ms, a->made_ms, a->made_by, a->closed_ms, a->closed_by,
	    a->note);
}

/* What a group of recipients was told. */
static int
store_told(struct history_db *db, const struct told *t)
{
	return history_db_run(db, Q_TOLD, "iiiiiiiiiiiii", (int64_t)t->incident,
	    (int64_t)t->recipient, t->opened_ms, t->last_ms, t->changed_ms, (int64_t)t->severity,
	    (int64_t)t->updates, (int64_t)t->reminders, t->reminded_ms, (int64_t)t->near,
	    (int64_t)t->topics, (int64_t)t->digested, (int64_t)t->closed);
}

/* What a cooling event taught. */
static int
store_heating(struct history_db *db, const struct thermal_event *ev)
{
	return history_db_run(db, Q_HEATING, "tirrrr", ev->zone, ev->began_ms, ev->first_rate,
	    ev->tau_s, ev->power, ev->rise);
}

/* An entry that is about a message. */
static int
store_mail_op(struct history_db *db, struct history_op *op)
{
	switch (op->kind) {
	case HISTORY_MAIL:
		return store_mail(db, op);
	case HISTORY_OUTCOME:
		return history_db_run(db, Q_OUTCOME, "itiiti", op->id, op->state,
		    (int64_t)op->tries, op->next_ms, op->text, op->now_ms);
	case HISTORY_REST:
		return history_db_run(db, Q_REST, "it", op->id, op->text);
	case HISTORY_SUPERSEDE:
		return history_db_run(db, Q_SUPERSEDE, "iti", op->id, op->text, op->now_ms);
	case HISTORY_DELIVERY:
		return history_db_run(
		    db, Q_DELIVERY, "ititt", op->id, op->what, op->now_ms, op->state, op->text);
	default:
		return SQLITE_OK;
	}
}

/* One entry. Returns SQLite's code. */
static int
store_op(struct history_db *db, struct history_op *op)
{
	switch (op->kind) {
	case HISTORY_CHANGE:
		return store_change(db, op);
	case HISTORY_SILENCE:
		return store_silence(db, op->silence);
	case HISTORY_ACTION:
		return store_action(db, op->action);
	case HISTORY_TOLD:
		return store_told(db, &op->row.told);
	case HISTORY_HEATING:
		return store_heating(db, &op->row.heating);
	case HISTORY_NOTE:
		return history_db_run(db, Q_NOTE, "tt", op->what, op->text);
	case HISTORY_ACT:
		return history_db_run(db, Q_ACT, "ittntt", op->now_ms, op->author, op->state,
		    op->id, op->what, op->text);
	default:
		return store_mail_op(db, op);
	}
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
	return SQLITE_OK;
}

/* A journal position among the meta. */
static int
store_lsn(struct history_db *db, const char *key, uint64_t lsn)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, lsn);
	return history_db_run(db, Q_META, "tt", key, text);
}

/* The states, in place of those that were. */
static int
store_states(struct history_db *db, const struct history_states *s)
{
	int rc = history_db_run(db, Q_NO_STATES, "");

	for (size_t i = 0; i < s->n && rc == SQLITE_OK; i++) {
		rc = history_db_run(db, Q_STATE, "tb", s->v[i].key, s->v[i].bytes, s->v[i].n);
		if (is_refusal(rc)) {
			log_warnx("history", "what is remembered of %s cannot be stored: %s",
			    s->v[i].key, sqlite3_errmsg(db->sql));
			rc = SQLITE_OK;
		}
	}
	return rc == SQLITE_OK ? store_lsn(db, "saved", s->lsn) : rc;
}

/* What changed of the ledger of samples. */
static int
store_counts(struct history_db *db, const struct history_counts *c)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < c->n && rc == SQLITE_OK; i++) {
		const struct tally *t = &c->v[i].t;
		rc = history_db_run(db, Q_COUNT, "itiiiiii", c->v[i].hour_s, c->v[i].node,
		    t->expected, t->received, t->late, t->empty, t->thinned, t->dropped);
	}
	return rc;
}

/* All of a job inside its transaction. */
static int
store_job(struct history_db *db, struct history_job *j)
{
	int rc = store_ops(db, j);

	if (rc == SQLITE_OK)
		rc = store_counts(db, &j->counts);
	if (rc == SQLITE_OK && j->states.set)
		rc = store_states(db, &j->states);
	if (rc == SQLITE_OK && j->cursor != 0)
		rc = store_lsn(db, "cursor", j->cursor);
	return rc;
}

/* Store a job in one transaction. */
int
history_db_store(struct history_db *db, struct history_job *j, struct err *e)
{
	int rc = history_db_run(db, Q_BEGIN, "");

	if (rc == SQLITE_OK)
		rc = store_job(db, j);
	if (rc == SQLITE_OK)
		rc = history_db_run(db, Q_COMMIT, "");
	if (rc == SQLITE_OK)
		return 0;
	history_db_fail(db, "cannot store", NULL, e);
	history_db_rollback(db);
	return -1;
}

/* Deletes by one statement. */
static int
prune_one(
    struct history_db *db, const char *sql, int64_t history_ms, int64_t mails_ms, struct err *e)
{
	sqlite3_stmt *st;

	if (history_db_prepare(db, &st, sql, NULL, e) == -1)
		return -1;
	(void)sqlite3_bind_int64(st, 1, history_ms); /* refused where it is not asked for */
	(void)sqlite3_bind_int64(st, 2, mails_ms);
	int rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		history_db_fail(db, "cannot forget old entries", NULL, e);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Forget what is too old. */
int
history_db_prune(struct history_db *db, int64_t now_ms, struct err *e)
{
	int rc = history_db_run(db, Q_BEGIN, "");

	if (rc != SQLITE_OK)
		return history_db_fail(db, "cannot forget old entries", NULL, e);
	for (size_t i = 0; i < sizeof db_prune / sizeof db_prune[0]; i++) {
		if (prune_one(db, db_prune[i], now_ms - KEEP_HISTORY_MS, now_ms - KEEP_MAILS_MS,
			e) == -1) {
			history_db_rollback(db);
			return -1;
		}
	}
	if (history_db_run(db, Q_COMMIT, "") == SQLITE_OK)
		return 0;
	history_db_fail(db, "cannot forget old entries", NULL, e);
	history_db_rollback(db);
	return -1;
}
