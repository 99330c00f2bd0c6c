/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads all that is open in, or touches, a length of time. What was told, muted, late and a
 * consequence is said by the same flags as in history_stats.c, so that both count the same. */
#include "collector/alert/history_read.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "collector/alert/history_ask.h"
#include "collector/alert/history_int.h"
#include "zw/json.h"
#include "zw/log.h"

#define FIRST_VERSION 2	  /* of the tables that is understood */
#define LEDGER_VERSION 6  /* that has the whole ledger of samples, */
#define ACTIONS_VERSION 5 /* and actions */

/* ALERT_LATE, ALERT_CONSEQUENCE, ALERT_MUTED and the severities, as numbers for SQL. */
_Static_assert(ALERT_LATE == 128 && ALERT_CONSEQUENCE == 64 && ALERT_MUTED == 14, "flags");

/* The site's own things are of no zone. */
#define ZONE "CASE zone WHEN 'site' THEN '' ELSE zone END AS zone"
/* What overlaps [from, to): it began before its end, and was not over at its beginning. */
#define TOUCHES(begin, end) begin "<?2 AND (" end "=0 OR " end ">?1)"

static const char of_alerts[] =
    "SELECT id, coalesce(incident,0) AS incident, rule, coalesce(title,'') AS title, " ZONE
    ", rack, node, series, field, coalesce(unit,'') AS unit, severity, topic, reason, code, sum, "
    "v0, v1,"
    " v2, v3, why_words, value, peak, bound, since_ms,"
    " fired_ms, resolved_ms, ack_ms, ack_author, fired_flags&14 AS \"?muted\","
    " flags&128 AS \"?late\", (flags|fired_flags)&64 AS \"?consequence\", because FROM alerts"
    " WHERE fired_ms>0 AND " TOUCHES("fired_ms", "resolved_ms") " ORDER BY fired_ms, id LIMIT ?4";

/* Who had it first is in the audit trail, also when that was taken back. */
static const char of_incidents[] =
    "WITH firsts AS (SELECT incident, author, note, min(time_ms) FROM transitions WHERE"
    " kind='acknowledged' AND alert IS NULL AND incident IS NOT NULL GROUP BY incident) "
    "SELECT i.id AS id, " ZONE ", node, cause, severity, topic, opened_ms, closed_ms, first_ack_ms,"
    " coalesce(nullif(f.author,''), ack_author) AS ack_author,"
    " coalesce(nullif(f.note,''), ack_comment) AS ack_comment, total, root,"
    " (EXISTS(SELECT 1 FROM alerts WHERE incident=i.id AND flags&128=0 AND fired_flags&14=0) OR"
    " NOT EXISTS(SELECT 1 FROM alerts WHERE incident=i.id)) AS \"?told\""
    " FROM incidents i LEFT JOIN firsts f ON f.incident=i.id"
    " WHERE " TOUCHES("opened_ms", "closed_ms") " ORDER BY opened_ms, i.id LIMIT ?4";

static const char of_chatters[] =
    "SELECT time_ms, " ZONE ", subject FROM transitions WHERE kind='chattering' AND time_ms>=?1 AND"
    " time_ms<?2 ORDER BY time_ms, id LIMIT ?4";

static const char of_acts[] =
    "SELECT time_ms, author, kind, coalesce(incident,0) AS incident, what, text FROM acts"
    " WHERE time_ms>=?1 AND time_ms<?2 ORDER BY time_ms, id LIMIT ?4";

static const char of_silences[] =
    "SELECT id, kind, zone, node, source, rule, author, reason, created_ms, starts_ms, ends_ms,"
    " days, from_min, minutes, ended_by FROM silences WHERE " TOUCHES(
	"starts_ms", "ends_ms") " ORDER BY starts_ms, id LIMIT ?4";

static const char of_actions[] =
    "SELECT id, text, zone, owner, advice, due_ms, made_ms, made_by, closed_ms, closed_by, note"
    " FROM actions WHERE " TOUCHES("made_ms", "closed_ms") " ORDER BY id LIMIT ?4";

/* A month of 500 nodes has 372,000 rows: a text a node, not an object a row. */
static const char of_hours[] =
    "SELECT node, group_concat(hour_s||' '||expected||' '||received||' '||late||' '||empty||' "
    "'||thinned||' '"
    "||dropped, ';') AS rows FROM (SELECT * FROM ledger WHERE hour_s>=?1/1000 AND"
    " hour_s<(?2+999)/1000 ORDER BY node, hour_s) GROUP BY node ORDER BY node";

/* Those in which an alert on no series of its node stood, or the collector was away. */
static const char of_doubtful_hours[] =
    "WITH doubt AS (SELECT node, since_ms/1000-7200 AS a, CASE resolved_ms WHEN 0 THEN ?2 ELSE"
    " resolved_ms END/1000 AS b FROM alerts WHERE fired_ms>0 AND series='' AND " TOUCHES("since_ms",
	"resolved_ms") " UNION ALL SELECT '', CAST(what AS INTEGER)/1000-7200,"
		       " time_ms/1000 FROM acts WHERE kind='collector-start' AND what<>'' AND "
		       "time_ms>=?1),"
		       " hours AS (SELECT DISTINCT l.* FROM doubt d CROSS JOIN ledger l ON "
		       "l.hour_s>=max(d.a,?1/1000)"
		       " AND l.hour_s<min(d.b,(?2+999)/1000) AND (d.node='' OR d.node=l.node)) "
		       "SELECT node, group_concat(hour_s||' '||expected||' '||received||' "
		       "'||late||' '||empty||' "
		       "'||thinned||' '"
		       "||dropped, ';') AS rows FROM (SELECT * FROM hours ORDER BY node, hour_s) "
		       "GROUP BY node"
		       " ORDER BY node";

/* The first trace of anything. */
static const char of_begin[] =
    "SELECT coalesce(min(t),0) AS from_ms FROM (SELECT min(time_ms) AS t FROM transitions UNION"
    " ALL SELECT min(time_ms) FROM acts UNION ALL SELECT min(opened_ms) FROM incidents UNION ALL"
    " SELECT min(hour_s)*1000 FROM ledger)";
static const char of_old_begin[] =
    "SELECT coalesce(min(t),0) AS from_ms FROM (SELECT min(time_ms) AS t FROM transitions UNION"
    " ALL SELECT min(time_ms) FROM acts UNION ALL SELECT min(opened_ms) FROM incidents)";

/* Since when the collector was away at the end, as it said when it came back. */
static const char of_away[] =
    "SELECT coalesce((SELECT iif(cast(what AS INTEGER)<?2, cast(what AS INTEGER), 0) FROM acts"
    " WHERE kind='collector-start' AND time_ms>=?2 ORDER BY time_ms LIMIT 1),0) AS away_ms";

static const struct {
	const char *key;
	const char *sql;
} lists[] = {
	{ "alerts", of_alerts },
	{ "incidents", of_incidents },
	{ "chatters", of_chatters },
	{ "acts", of_acts },
	{ "silences", of_silences },
	{ "hours", of_hours },
	{ "actions", of_actions },
};

/* All of it, within the transaction. The ledger is younger than the other tables. */
static int
read_all(const struct history_query *q, int64_t version, bool brief, struct err *e)
{
	json_object(q->j, NULL);
	json_int(q->j, "version", version);
	if (history_query_members(
		q, version >= LEDGER_VERSION ? of_begin : of_old_begin, NULL, e) == -1 ||
	    history_query_members(q, of_away, NULL, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		if ((lists[i].sql == of_hours && version < LEDGER_VERSION) ||
		    (lists[i].sql == of_actions && version < ACTIONS_VERSION))
			continue;
		const char *sql =
		    brief && lists[i].sql == of_hours ? of_doubtful_hours : lists[i].sql;
		if (history_query_rows(q, lists[i].key, sql, NULL, e) == -1)
			return -1;
	}
	json_end(q->j);
	return 0;
}

/* What is read is of one moment; it ends with the file. */
static int
begin(struct history_db *db, struct err *e)
{
	if (sqlite3_exec(db->sql, "BEGIN", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return history_db_fail(db, "cannot read", NULL, e);
}

/* Whether this program can read tables of that version. */
static int
read_version(struct history_db *db, int64_t *version, struct err *e)
{
	if (history_db_get(db, "PRAGMA user_version", version, NULL, 0, NULL, e) == -1)
		return -1;
	if (*version < FIRST_VERSION)
		return err_set(e, "is of an older zonewatch; start the collector once");
	if (*version > DB_VERSION)
		return err_set(e, "is of a newer zonewatch (version %" PRId64 ", this knows %d)",
		    *version, DB_VERSION);
	return 0;
}

int
history_read(
    struct buf *out, const char *path, int64_t from_ms, int64_t to_ms, bool brief, struct err *e)
{
	struct json j = json_over(out);
	struct history_query q = { .j = &j,
		.from_ms = from_ms,
		.to_ms = to_ms,
		.zone = "",
		.limit = HISTORY_READ_ROWS + 1 };
	int64_t version = 0;
	struct err why;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	if (history_db_open_reader(&q.db, path, e) == -1)
		return -1;
	int rc = begin(q.db, &why);
	if (rc == 0)
		rc = read_version(q.db, &version, &why);
	if (rc == 0)
		rc = read_all(&q, version, brief, &why);
	if (rc == -1)
		err_set(e, "%s: %s", path, why.msg);
	history_db_close(q.db);
	return rc;
}

void
history_read_prepare(const char *path)
{
	struct history_db *db = NULL;
	int64_t version;

	/* What is wrong with the file is told when it is read. */
	if (access(path, F_OK) == 0 && history_db_open_reader(&db, path, NULL) == 0) {
		if (read_version(db, &version, NULL) == -1)
			log_debug("history", "%s cannot be read", path);
		history_db_close(db);
	}
}
