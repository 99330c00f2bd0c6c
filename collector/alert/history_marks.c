/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "marks": what graphs of some nodes shade: incidents in which they have an alert, silences that
 * cover them, and why they had no values. The query's word has the nodes, ",ZONE/NODE,ZONE/NODE,",
 * its text the rules that tell of silence, ",RULE,RULE,". */
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history_ask.h"
#include "collector/alert/history_int.h"
#include "zw/str.h"

#define MAX_WINDOWS 500 /* of one that recurs, in the time asked for */

/* Whether a silence is of any of the nodes, whatever source and rule it is of. */
static bool
covers(const struct silence *s, const char *nodes)
{
	struct silence_match m = s->match;
	char list[HISTORY_MARKS_NODES], *rest = list, *one;

	m.source[0] = m.rule[0] = '\0';
	if (str_copy(list, sizeof list, nodes) == -1)
		return false;
	while ((one = strsep(&rest, ",")) != NULL) {
		char *node = strchr(one, '/');
		if (node == NULL)
			continue;
		*node++ = '\0';
		if (silence_matches(&m, one, node, "", ""))
			return true;
	}
	return false;
}

/* One time of it. */
static void
put_window(struct json *j, const struct silence *s, int64_t from_ms, int64_t to_ms)
{
	json_object(j, NULL);
	json_uint(j, "id", s->id);
	json_text(j, "kind", silence_word(s->kind));
	json_int(j, "starts_ms", from_ms);
	if (to_ms == 0)
		json_null(j, "ends_ms");
	else
		json_int(j, "ends_ms", to_ms);
	json_text(j, "author", s->author);
	json_text(j, "reason", s->reason);
	json_text(j, "source", s->match.source[0] != '\0' ? s->match.source : NULL);
	json_text(j, "rule", s->match.rule[0] != '\0' ? s->match.rule : NULL);
	json_end(j);
}

void
history_marks_silence(
    struct json *j, const struct silence *s, const char *nodes, int64_t from_ms, int64_t to_ms)
{
	int64_t t = from_ms;

	if (s->starts_ms >= to_ms || (s->ends_ms != 0 && s->ends_ms <= from_ms) ||
	    !covers(s, nodes))
		return;
	if (s->days == 0) {
		put_window(j, s, s->starts_ms, s->ends_ms);
		return;
	}
	for (unsigned n = 0; t != 0 && t < to_ms && n < MAX_WINDOWS; n++) {
		int64_t next = silence_next_ms(s, t);
		if (silence_is_active(s, t))
			put_window(j, s, t, next != 0 && next < to_ms ? next : to_ms);
		t = next;
	}
}

/* A text of a row into a struct's. */
static void
take(char *dst, size_t size, sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	if (str_copy(dst, size, text != NULL ? text : "") == -1)
		dst[0] = '\0';
}

/* A row as a silence. */
static void
take_silence(struct silence *s, sqlite3_stmt *st)
{
	*s = (struct silence){ .id = (uint64_t)sqlite3_column_int64(st, 0),
		.kind = (enum silence_kind)sqlite3_column_int(st, 1),
		.starts_ms = sqlite3_column_int64(st, 8),
		.ends_ms = sqlite3_column_int64(st, 9),
		.days = (unsigned)sqlite3_column_int(st, 10),
		.from_min = (unsigned)sqlite3_column_int(st, 11),
		.minutes = (unsigned)sqlite3_column_int(st, 12) };
	take(s->match.zone, sizeof s->match.zone, st, 2);
	take(s->match.node, sizeof s->match.node, st, 3);
	take(s->match.source, sizeof s->match.source, st, 4);
	take(s->match.rule, sizeof s->match.rule, st, 5);
	take(s->author, sizeof s->author, st, 6);
	take(s->reason, sizeof s->reason, st, 7);
}

/* Those that people made; of the configuration's the caller knows. */
static int
put_silences(const struct history_query *q, struct err *e)
{
	sqlite3_stmt *st;
	struct silence s;
	int rc;

	if (history_db_prepare(q->db, &st,
		"SELECT id,kind,zone,node,source,rule,author,reason,starts_ms,ends_ms,days,"
		"from_min,minutes FROM silences WHERE starts_ms<?2 AND (ends_ms=0 OR ends_ms>?1)"
		" ORDER BY starts_ms LIMIT 2000",
		NULL, e) == -1)
		return -1;
	(void)sqlite3_bind_int64(st, 1, q->from_ms);
	(void)sqlite3_bind_int64(st, 2, q->to_ms);
	json_array(q->j, "silences");
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		take_silence(&s, st);
		history_marks_silence(q->j, &s, q->word, q->from_ms, q->to_ms);
	}
	json_end(q->j);
	if (rc != SQLITE_DONE)
		history_db_fail(q->db, "cannot read", NULL, e);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* Nodes as the list has them. */
#define IS_NODE(node) "instr(?7,'/'||" node "||',')>0"

int
history_marks(const struct history_query *q, struct err *e)
{
	static const char incidents[] = "SELECT id, zone, " HISTORY_SEVERITY(
	    "severity") " AS severity, opened_ms,"
			" nullif(closed_ms,0) AS closed_ms, cause, node FROM incidents "
			"WHERE opened_ms<?2"
			" AND (closed_ms=0 OR closed_ms>?1) AND (" IS_NODE(
			    "node") " OR EXISTS(SELECT 1 FROM alerts a WHERE "
				    "a.incident=incidents.id AND fired_ms>0 "
				    "AND " IS_NODE("a.node") ")) ORDER BY severity "
							     "DESC, opened_ms DESC "
							     "LIMIT ?4";
	/* The collector was away since it last heard of anything, or since it began last. */
	static const char reasons[] =
	    "WITH starts(at_ms, heard_ms, before_ms) AS (SELECT time_ms, CAST(what AS INTEGER),"
	    " lag(time_ms, 1, 0) OVER (ORDER BY time_ms) FROM acts WHERE kind='collector-start')"
	    "SELECT 'silent' AS kind, node, since_ms AS from_ms, nullif(resolved_ms,0) AS to_ms,"
	    " nullif(because,'') AS because, incident FROM alerts WHERE since_ms<?2 AND"
	    " (resolved_ms=0 OR resolved_ms>?1) AND instr(?6,','||rule||',')>0 AND " IS_NODE(
		"node") " UNION ALL SELECT 'collector', NULL, max(heard_ms, before_ms), at_ms,"
			" NULL, NULL FROM starts WHERE heard_ms>0 AND heard_ms<?2 AND at_ms>?1"
			" AND at_ms-max(heard_ms, before_ms)>=5000 ORDER BY 3 DESC LIMIT ?4";

	if (q->word == NULL || q->text == NULL)
		return err_set(e, "no nodes are named");
	if (history_query_rows(q, "incidents", incidents, NULL, e) == -1 ||
	    history_query_rows(q, "reasons", reasons, NULL, e) == -1)
		return -1;
	return put_silences(q, e);
}
