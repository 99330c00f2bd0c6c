/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions, and the thread that answers them. An answer is written from rows as they come; a
 * question that takes too long is given up. */
#include "collector/alert/history_ask.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fold.h"
#include "zw/worker.h"

#define PROGRESS_STEPS 10000 /* of SQLite's machine between two looks at the clock */

struct history_asker {
	char *path;
	struct worker *worker;
	struct history_db *db; /* the thread's; NULL: not open */
	size_t waiting;
	atomic_bool ending;
	int64_t deadline_ms; /* the thread's */
	enum lang lang;	     /* likewise: of who asks */
};

/* A question and its answer. */
struct question {
	struct history_asker *asker;
	struct history_ask ask;
	char *what;
	char *zone;
	char *text;
	char *word;
	struct buf answer;
	bool refused; /* too many wait already; it is told so in its turn */
	bool ok;
	struct err why;
	void (*done)(void *arg, const char *json, size_t n, const char *why);
	void *arg;
};

#define IN_TIME(column) column ">=?1 AND " column "<?2 AND (?3 IS NULL OR zone=?3)"

#define INCIDENT_MEMBERS                                                                           \
	"id, zone, " HISTORY_SEVERITY(                                                             \
	    "severity") " AS severity,"                                                            \
			" opened_ms, nullif(closed_ms,0) AS closed_ms, changed_ms, firing, "       \
			"muted, total,"                                                            \
			" CASE topic WHEN 1 THEN 'server' WHEN 2 THEN 'link' WHEN 3 THEN 'air'"    \
			"  WHEN 4 THEN 'cooling' WHEN 5 THEN 'network' WHEN 6 THEN 'power' WHEN "  \
			"7 THEN 'safety'"                                                          \
			"  WHEN 8 THEN 'monitor' ELSE 'other' END AS topic,"                       \
			" nullif(root,0) AS root, node, cause, nullif(first_ack_ms,0) AS "         \
			"first_ack_ms,"                                                            \
			" nullif(ack_author,'') AS ack_author, nullif(ack_comment,'') AS "         \
			"ack_comment,"                                                             \
			" nullif(ack_ms,0) AS ack_ms, nullif(ack_until_ms,0) AS ack_until_ms"

#define ALERT_MEMBERS                                                                              \
	"id, incident, rule, title, " HISTORY_SEVERITY(                                            \
	    "severity") " AS severity,"                                                            \
			" zone, rack, node, series, field, unit,"                                  \
			" CASE state WHEN 1 THEN 'pending' WHEN 2 THEN 'firing' WHEN 3 THEN "      \
			"'clearing'"                                                               \
			"  WHEN 4 THEN 'resolved' ELSE 'closed' END AS state,"                     \
			" value, value_words, bound AS \"limit\", reason, because, peak,"          \
			" nullif(peak_ms,0) AS peak_ms, changes, since_ms, nullif(fired_ms,0) AS " \
			"fired_ms,"                                                                \
			" nullif(resolved_ms,0) AS resolved_ms, nullif(silence,0) AS silence,"     \
			" flags&1 AS \"?acknowledged\", flags&2 AS \"?silenced\", flags&4 AS "     \
			"\"?maintenance\","                                                        \
			" flags&8 AS \"?out_of_service\", flags&16 AS \"?no_data\", flags&32 AS "  \
			"\"?chattering\","                                                         \
			" flags&64 AS \"?consequence\", flags&128 AS \"?late\","                   \
			" nullif(ack_author,'') AS ack_author, nullif(ack_comment,'') AS "         \
			"ack_comment,"                                                             \
			" nullif(ack_ms,0) AS ack_ms, nullif(ack_until_ms,0) AS ack_until_ms"

#define MAIL_MEMBERS                                                                               \
	"id, nullif(incident,0) AS incident, kind, via, recipient, zone, " HISTORY_SEVERITY(       \
	    "severity") " AS severity, recipients AS \"to\", rest, subject, message_id,"           \
			" created_ms, nullif(next_ms,0) AS next_ms, nullif(done_ms,0) AS done_ms," \
			" tries, state, reply"

#define ACT_MEMBERS "id, time_ms, author, kind, incident, what, text"

/* The ledger of a message, within its object. */
static int
add_deliveries(const struct history_query *q, int64_t mail, struct err *e)
{
	struct history_query of = *q;

	of.id = (uint64_t)mail;
	return history_query_rows(&of, "deliveries",
	    "SELECT recipient AS \"to\", time_ms, state, reply FROM deliveries WHERE mail=?5"
	    " ORDER BY id LIMIT 1000",
	    NULL, e);
}

/* What a reason is made of, so that it can be said in any language, and what to do. */
#define WHY_MEMBERS ", advice, topic AS topic_code, code, sum, v0, v1, v2, v3, why_words, sid"
/* Where a text is looked for. */
#define OF_INCIDENT "cause||' '||node||' '||ack_author||' '||ack_comment"
#define OF_ALERT "coalesce(title,'')||' '||node||' '||series||' '||rule||' '||reason"
#define OF_MAIL "recipients||' '||subject||' '||coalesce(reply,'')"
#define OF_ACT "author||' '||what||' '||text"

/* One incident, with all that belongs to it; alerts: the question for its alerts. */
static int
put_incident(const struct history_query *q, const char *alerts, struct err *e)
{
	bool found;

	if (history_query_members(
		q, "SELECT " INCIDENT_MEMBERS " FROM incidents WHERE id=?5", &found, e) == -1)
		return -1;
	if (!found)
		return err_set(e, "there is no such incident");
	if (history_query_rows(q, "alerts", alerts, NULL, e) == -1 ||
	    history_query_rows(q, "timeline",
		"SELECT id, time_ms, kind, alert, zone, subject, value, text,"
		" nullif(author,'') AS author, nullif(note,'') AS note FROM ("
		"SELECT * FROM transitions WHERE incident=?5 UNION "
		"SELECT * FROM transitions WHERE alert IN"
		" (SELECT id FROM alerts WHERE incident=?5)) ORDER BY time_ms, id LIMIT ?4",
		NULL, e) == -1 ||
	    history_query_rows(q, "acts",
		"SELECT " ACT_MEMBERS " FROM acts WHERE incident=?5 ORDER BY id LIMIT ?4", NULL,
		e) == -1)
		return -1;
	return history_query_rows(q, "mails",
	    "SELECT " MAIL_MEMBERS " FROM outbox WHERE incident=?5 ORDER BY id LIMIT ?4",
	    add_deliveries, e);
}

/* "incident" */
static int
ask_incident(const struct history_query *q, struct err *e)
{
	return put_incident(
	    q, "SELECT " ALERT_MEMBERS " FROM alerts WHERE incident=?5 ORDER BY id LIMIT ?4", e);
}

/* "story" */
static int
ask_story(const struct history_query *q, struct err *e)
{
	return put_incident(q,
	    "SELECT " ALERT_MEMBERS WHY_MEMBERS
	    " FROM alerts WHERE incident=?5 ORDER BY id LIMIT ?4",
	    e);
}

/* The alert that is an incident's cause, within its object; null if it is forgotten. */
static int
add_root(const struct history_query *q, int64_t incident, struct err *e)
{
	struct history_query of = *q;

	of.id = (uint64_t)incident;
	return history_query_rows(&of, "cause_alert",
	    "SELECT " ALERT_MEMBERS WHY_MEMBERS
	    " FROM alerts WHERE id=(SELECT root FROM incidents WHERE id=?5)",
	    NULL, e);
}

/* "stories": incidents that opened in that time, the newest first. */
static int
ask_stories(const struct history_query *q, struct err *e)
{
	static const char sql[] = "SELECT " INCIDENT_MEMBERS " FROM incidents WHERE " IN_TIME(
	    "opened_ms") " AND (?7 IS NULL OR severity=CASE ?7 WHEN 'critical' THEN 2 WHEN "
			 "'warning' THEN 1"
			 " ELSE 0 END) AND (?6 IS NULL OR has(" OF_INCIDENT
			 ",?6) OR EXISTS(SELECT 1 FROM"
			 " alerts WHERE incident=incidents.id AND (has(" OF_ALERT ",?6) OR"
			 " has(said(coalesce(title,'')),?6)))) ORDER BY opened_ms DESC, id DESC"
			 " LIMIT ?4 OFFSET ?8";

	return history_query_rows(q, "incidents", sql, add_root, e);
}

/* "ledger": messages, the newest first. */
static int
ask_ledger(const struct history_query *q, struct err *e)
{
	static const char sql[] = "SELECT " MAIL_MEMBERS " FROM outbox WHERE " IN_TIME(
	    "created_ms") " AND (?6 IS NULL OR has(" OF_MAIL ",?6)) AND (?7 IS NULL OR state=?7)"
			  " ORDER BY created_ms DESC, id DESC LIMIT ?4 OFFSET ?8";

	return history_query_rows(q, "mails", sql, add_deliveries, e);
}

/* "acts": what people did, the newest first. They belong to no zone. */
static int
ask_acts(const struct history_query *q, struct err *e)
{
	return history_query_rows(q, "acts",
	    "SELECT " ACT_MEMBERS " FROM acts WHERE time_ms>=?1 AND time_ms<?2 AND"
	    " (?3 IS NULL OR incident IN (SELECT id FROM incidents WHERE zone=?3))"
	    " AND (?6 IS NULL OR has(" OF_ACT ",?6)) AND (?7 IS NULL OR kind=?7)"
	    " ORDER BY time_ms DESC, id DESC LIMIT "
	    "?4 OFFSET ?8",
	    NULL, e);
}

/* "alerts" that fired in that time, the newest first. */
static int
ask_alerts(const struct history_query *q, struct err *e)
{
	return history_query_rows(q, "alerts",
	    "SELECT " ALERT_MEMBERS " FROM alerts WHERE " IN_TIME(
		"fired_ms") " AND fired_ms>0 ORDER BY fired_ms DESC, id DESC LIMIT ?4",
	    NULL, e);
}

/* "actions": those that were open in that time, in the order of their numbers. */
static int
ask_actions(const struct history_query *q, struct err *e)
{
	return history_query_rows(q, "actions",
	    "SELECT id, text, nullif(zone,'') AS zone, nullif(owner,'') AS owner,"
	    " nullif(advice,'') AS advice, CASE closed_ms WHEN 0 THEN 'open' ELSE 'done' END AS"
	    " state, CASE due_ms WHEN 0 THEN NULL ELSE strftime('%Y-%m-%d',due_ms/1000,"
	    "'unixepoch','localtime') END AS due, nullif(due_ms,0) AS due_ms, made_ms, made_by, "
	    "nullif(closed_ms,0) AS"
	    " closed_ms, nullif(closed_by,'') AS closed_by, nullif(note,'') AS note FROM actions"
	    " WHERE made_ms<?2 AND (closed_ms=0 OR closed_ms>=?1) AND (?3 IS NULL OR zone=?3)"
	    " ORDER BY id LIMIT ?4",
	    NULL, e);
}

/* "outages": when critical alerts of nodes fired in that time, the newest first. The nodes are
 * those of the word: ",NAME,NAME,". */
static int
ask_outages(const struct history_query *q, struct err *e)
{
	return history_query_rows(q, "outages",
	    "SELECT node, fired_ms, resolved_ms FROM alerts WHERE " IN_TIME(
		"fired_ms") " AND fired_ms>0 AND severity=2 AND (?7 IS NULL OR"
			    " instr(?7, ','||node||',')>0)"
			    " ORDER BY fired_ms DESC, id DESC LIMIT ?4",
	    NULL, e);
}

/* "incidents" that opened in that time, the newest first. */
static int
ask_incidents(const struct history_query *q, struct err *e)
{
	return history_query_rows(q, "incidents",
	    "SELECT " INCIDENT_MEMBERS " FROM incidents WHERE " IN_TIME(
		"opened_ms") " ORDER BY opened_ms DESC, id DESC LIMIT ?4",
	    NULL, e);
}

static const struct {
	const char *what;
	int (*answer)(const struct history_query *q, struct err *e);
} questions[] = {
	{ "incident", ask_incident },
	{ "ledger", ask_ledger },
	{ "acts", ask_acts },
	{ "actions", ask_actions },
	{ "alerts", ask_alerts },
	{ "incidents", ask_incidents },
	{ "outages", ask_outages },
	{ "stats", history_stats },
	{ "story", ask_story },
	{ "stories", ask_stories },
	{ "marks", history_marks },
	{ "completeness", history_completeness },
};

/* Called by SQLite now and then: whether to give up. */
static int
ask_is_over(void *arg)
{
	struct history_asker *a = arg;

	return atomic_load(&a->ending) || clock_mono_ms() > a->deadline_ms;
}

/* Answers over one state of the file. */
static int
ask_read(struct history_asker *a, struct question *qu, size_t i)
{
	struct json j = json_over(&qu->answer);
	struct history_query q = { .db = a->db,
		.j = &j,
		.id = qu->ask.id,
		.from_ms = qu->ask.from_ms,
		.to_ms = qu->ask.to_ms == 0 ? INT64_MAX : qu->ask.to_ms,
		.zone = qu->zone == NULL ? "" : qu->zone,
		.limit = qu->ask.limit,
		.text = qu->text,
		.word = qu->word,
		.skip = qu->ask.skip };

	if (q.limit == 0 || q.limit > HISTORY_ASK_ROWS)
		q.limit = HISTORY_ASK_ROWS;
	a->deadline_ms = clock_mono_ms() + HISTORY_ASK_MS;
	a->lang = qu->ask.lang;
	sqlite3_progress_handler(a->db->sql, PROGRESS_STEPS, ask_is_over, a);
	if (sqlite3_exec(a->db->sql, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return history_db_fail(a->db, "cannot read", NULL, &qu->why);
	json_object(&j, NULL);
	int rc = questions[i].answer(&q, &qu->why);
	if (rc == 0)
		json_end(&j);
	history_db_rollback(a->db);
	return rc;
}

/* has(text, part): whether a text has a part, whatever the case. */
static void
has(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const char *text = (const char *)sqlite3_value_text(v[0]);
	const char *part = (const char *)sqlite3_value_text(v[1]);

	(void)n;
	sqlite3_result_int(ctx, text != NULL && part != NULL && fold_finds(text, part) >= 0);
}

/* said(text): a text of ours as who asks reads it. */
static void
said(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const struct history_asker *a = sqlite3_user_data(ctx);
	const char *text = (const char *)sqlite3_value_text(v[0]);

	(void)n;
	if (text != NULL)
		sqlite3_result_text(ctx, lang_text(a->lang, text), -1, SQLITE_TRANSIENT);
}

/* Opens the file for reading, with what the questions need beside SQL. */
static int
open_file(struct history_asker *a, struct err *e)
{
	if (history_db_open_reader(&a->db, a->path, e) == -1)
		return -1;
	if (sqlite3_create_function(a->db->sql, "has", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
		has, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function(a->db->sql, "said", 1, SQLITE_UTF8, a, said, NULL, NULL) !=
		SQLITE_OK) {
		history_db_fail(a->db, "cannot prepare to read", NULL, e);
		history_db_close(a->db);
		a->db = NULL;
		return -1;
	}
	return 0;
}

/* In the thread: one question. */
static void
ask_run(void *arg)
{
	struct question *qu = arg;
	struct history_asker *a = qu->asker;
	size_t i = 0, n = sizeof questions / sizeof questions[0];

	if (qu->refused) {
		err_set(&qu->why, "too many questions wait");
		return;
	}
	while (i < n && strcmp(questions[i].what, qu->what) != 0)
		i++;
	if (i == n) {
		err_set(&qu->why, "there is no such question");
		return;
	}
	if (atomic_load(&a->ending) || (a->db == NULL && open_file(a, &qu->why) == -1))
		return;
	qu->ok = ask_read(a, qu, i) == 0;
	if (qu->ok && qu->ask.digest != NULL)
		qu->ask.digest(qu->arg, (const char *)qu->answer.data, qu->answer.len);
}

/* In the loop: hand the answer over. */
static void
ask_done(void *arg)
{
	struct question *qu = arg;

	qu->asker->waiting--;
	if (atomic_load(&qu->asker->ending))
		qu->done(qu->arg, NULL, 0, "the collector is ending");
	else if (qu->ok)
		qu->done(qu->arg, (const char *)qu->answer.data, qu->answer.len, NULL);
	else
		qu->done(qu->arg, NULL, 0, qu->why.msg);
	buf_free(&qu->answer);
	free(qu->what);
	free(qu->zone);
	free(qu->text);
	free(qu->word);
	free(qu);
}

int
history_asker_new(
    struct history_asker **out, struct event_base *base, const char *path, struct err *e)
{
	struct history_asker *a = xcalloc(1, sizeof *a);

	a->path = xstrdup(path);
	if (worker_new(&a->worker, base, "history-ask", e) == -1) {
		free(a->path);
		free(a);
		return -1;
	}
	*out = a;
	return 0;
}

void
history_asker_free(struct history_asker *a)
{
	if (a == NULL)
		return;
	atomic_store(&a->ending, true);
	worker_free(a->worker);
	history_db_close(a->db);
	free(a->path);
	free(a);
}

void
history_asker_ask(struct history_asker *a, const struct history_ask *ask,
    void (*done)(void *arg, const char *json, size_t n, const char *why), void *arg)
{
	struct question *qu = xcalloc(1, sizeof *qu);

	qu->asker = a;
	qu->ask = *ask;
	qu->what = xstrdup(ask->what);
	qu->zone = ask->zone == NULL ? NULL : xstrdup(ask->zone);
	if (ask->text != NULL) {
		char folded[FOLD_MAX];
		(void)fold_text(folded, sizeof folded, ask->text);
		qu->text = xstrdup(folded);
	}
	qu->word = ask->word == NULL ? NULL : xstrdup(ask->word);
	qu->done = done;
	qu->arg = arg;
	qu->refused = a->waiting >= HISTORY_ASK_MAX;
	a->waiting++;
	worker_submit(a->worker, ask_run, ask_done, qu);
}
