/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of the monthly report (EEMUA 191, ISA-18.2): how many alerts, how they were spread,
 * which were a nuisance, how soon people had what happened. By event time: an alert belongs to the
 * day on which it fired, whenever that was written.
 *
 * What nobody was told of is no load on anybody: alerts that were muted when they fired, those that
 * follow from another, and those learned from late samples are counted apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/flood.h"
#include "collector/alert/history_ask.h"
#include "collector/alert/history_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define DAY_MS "86400000"
#define FLEETING_MS "60000"

/* ALERT_LATE and ALERT_CONSEQUENCE; ALERT_MUTED. Stated as numbers for SQL, and held together. */
_Static_assert((ALERT_LATE | ALERT_CONSEQUENCE) == 192 && ALERT_LATE == 128, "flags");
_Static_assert(ALERT_MUTED == 14, "flags");
#define IS_TOLD "(flags|fired_flags)&192=0 AND fired_flags&14=0"
#define FIRED "fired_ms>0 AND fired_ms>=?1 AND fired_ms<?2 AND (?3 IS NULL OR zone=?3)"
#define LOAD FIRED " AND " IS_TOLD

/* Incidents of the time of which somebody was told: that have no alerts but muted or late ones are
 * left out. */
#define OF_INCIDENT "SELECT 1 FROM alerts WHERE incident=incidents.id"
#define OPENED                                                                                     \
	"opened_ms>=?1 AND opened_ms<?2 AND (?3 IS NULL OR zone=?3) AND"                           \
	" (EXISTS(" OF_INCIDENT                                                                    \
	" AND flags&128=0 AND fired_flags&14=0) OR NOT EXISTS(" OF_INCIDENT "))"

/* Rows under a key, nothing added. */
static int
rows(const struct history_query *q, const char *key, const char *sql, struct err *e)
{
	return history_query_rows(q, key, sql, NULL, e);
}

/* How many, by what; parts are of the load. */
static int
stats_counts(const struct history_query *q, struct err *e)
{
	if (history_query_members(q, "SELECT count(*) AS total FROM alerts WHERE " LOAD, NULL, e) ==
		-1 ||
	    history_query_members(q,
		"SELECT count(*) FILTER (WHERE fired_flags&14<>0 AND flags&128=0) AS muted,"
		" count(*) FILTER (WHERE flags&128<>0) AS late,"
		" count(*) FILTER (WHERE (flags|fired_flags)&192=64 AND fired_flags&14=0)"
		" AS consequences FROM alerts WHERE " FIRED,
		NULL, e) == -1 ||
	    history_query_members(q,
		"SELECT count(*) AS fleeting FROM alerts WHERE " LOAD
		" AND resolved_ms>0 AND resolved_ms-fired_ms<" FLEETING_MS " AND ack_ms=0",
		NULL, e) == -1 ||
	    rows(q, "per_severity",
		"SELECT " HISTORY_SEVERITY(
		    "severity") " AS severity, count(*) AS alerts,"
				" count(*)*1.0/sum(count(*)) OVER () AS part FROM alerts "
				"WHERE " LOAD
				" GROUP BY alerts.severity ORDER BY alerts.severity DESC",
		e) == -1)
		return -1;
	return rows(q, "per_day",
	    "SELECT date(fired_ms/1000,'unixepoch','localtime') AS day, count(*) AS alerts"
	    " FROM alerts WHERE " LOAD " GROUP BY day ORDER BY day",
	    e);
}

/* Which came most often. */
static int
stats_frequent(const struct history_query *q, struct err *e)
{
	if (rows(q, "top_rules",
		"SELECT rule, max(title) AS title, count(*) AS alerts,"
		" count(*)*1.0/sum(count(*)) OVER () AS part FROM alerts WHERE " LOAD
		" GROUP BY rule ORDER BY alerts DESC, rule LIMIT 10",
		e) == -1 ||
	    rows(q, "top_subjects",
		"SELECT zone, rack, node, series, field, rule, count(*) AS alerts,"
		" count(*)*1.0/sum(count(*)) OVER () AS part FROM alerts WHERE " LOAD
		" GROUP BY zone,rack,node,series,field,rule"
		" ORDER BY alerts DESC, zone, rack, node, series, field, rule LIMIT 10",
		e) == -1)
		return -1;
	return rows(q, "chattering",
	    "SELECT zone, subject, count(*) AS times FROM transitions WHERE time_ms>=?1 AND"
	    " time_ms<?2 AND (?3 IS NULL OR zone=?3) AND kind='chattering'"
	    " GROUP BY zone, subject ORDER BY times DESC, zone, subject LIMIT ?4",
	    e);
}

/* Those that stood for more than a day; of the time up to its end. */
static int
stats_stale(const struct history_query *q, struct err *e)
{
	return rows(q, "stale",
	    "SELECT * FROM (SELECT id, zone, rack, node, series, field, rule, fired_ms,"
	    " nullif(resolved_ms,0) AS resolved_ms,"
	    " (CASE WHEN resolved_ms=0 OR resolved_ms>?2 THEN ?2 ELSE resolved_ms END-fired_ms)"
	    " /1000 AS seconds FROM alerts WHERE fired_ms>0 AND fired_ms<?2 AND"
	    " (resolved_ms=0 OR resolved_ms>?1) AND (?3 IS NULL OR zone=?3) AND " IS_TOLD
	    ") WHERE seconds*1000>" DAY_MS " ORDER BY seconds DESC, id LIMIT ?4",
	    e);
}

/* What the windows of ten minutes, which lie on the clock, tell of floods. */
struct floods {
	unsigned floods;  /* apart from each other */
	unsigned over;	  /* windows with more than FLOOD_OVER */
	unsigned windows; /* within floods */
	double most;	  /* in a window */
};

/* Sums up windows (number, alerts) in order; those without alerts are not among them. */
static struct floods
floods_of(const double *v, size_t n)
{
	struct flood_window *w = xcalloc(n + 1, sizeof *w);
	struct floods f = { 0 };

	for (size_t i = 0; i < n; i++)
		w[i] = (struct flood_window){ .number = (int64_t)v[2 * i],
			.alerts = (unsigned)v[2 * i + 1] };
	flood_mark(w, n);
	for (size_t i = 0; i < n; i++) {
		f.floods += w[i].begins;
		f.windows += w[i].in;
		f.over += w[i].alerts > FLOOD_OVER;
		if (w[i].alerts > f.most)
			f.most = w[i].alerts;
	}
	free(w);
	return f;
}

/* The floods, and their part of the time. */
static int
stats_floods(const struct history_query *q, struct err *e)
{
	double *v;
	size_t n;

	if (history_query_numbers(q,
		"SELECT fired_ms/600000 AS w, count(*) FROM alerts WHERE " LOAD
		" GROUP BY w ORDER BY w",
		2, &v, &n, e) == -1) {
		free(v);
		return -1;
	}
	struct floods f = floods_of(v, n);
	double all = (double)(q->to_ms - q->from_ms) / FLOOD_WINDOW_MS;
	json_object(q->j, "floods");
	json_uint(q->j, "floods", f.floods);
	json_uint(q->j, "windows_over", f.over);
	json_uint(q->j, "minutes", f.windows * (FLOOD_WINDOW_MS / 60000));
	json_number(q->j, "part", all > 0 ? f.windows / all : 0);
	json_number(q->j, "windows_over_part", all > 0 ? f.over / all : 0);
	json_number(q->j, "most_in_10min", f.most);
	json_end(q->j);
	free(v);
	return 0;
}

/* The value below which a part of n ascending ones lie: the nearest rank; the middle of the two
 * for the median of an even number. */
static double
rank_of(const double *v, size_t n, double part)
{
	size_t k = (size_t)ceil(part * (double)n);

	if (n == 0)
		return NAN;
	if (part == 0.5 && n % 2 == 0)
		return (v[n / 2 - 1] + v[n / 2]) / 2;
	return v[k == 0 ? 0 : k - 1];
}

/* What a query of durations in ms, ascending, comes to in seconds. */
static int
stats_durations(const struct history_query *q, const char *key, const char *sql, struct err *e)
{
	double *v, sum = 0;
	size_t n;
	int rc = history_query_numbers(q, sql, 1, &v, &n, e);

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	if (rc == 0) {
		json_object(q->j, key);
		json_uint(q->j, "count", n);
		json_number(q->j, "mean_s", n == 0 ? NAN : sum / (double)n / 1000);
		json_number(q->j, "median_s", rank_of(v, n, 0.5) / 1000);
		json_number(q->j, "p99_s", rank_of(v, n, 0.99) / 1000);
		json_number(q->j, "max_s", n == 0 ? NAN : v[n - 1] / 1000);
		json_end(q->j);
	}
	free(v);
	return rc;
}

/* Incidents: how many, how soon somebody had them, how long they lasted. */
static int
stats_incidents(const struct history_query *q, struct err *e)
{
	json_object(q->j, "incidents");
	if (history_query_members(q,
		"SELECT count(*) AS total, count(*) FILTER (WHERE first_ack_ms=0) AS"
		" unacknowledged, count(*) FILTER (WHERE closed_ms=0) AS open FROM incidents"
		" WHERE " OPENED,
		NULL, e) == -1 ||
	    history_query_members(q,
		"SELECT count(*) AS untold FROM incidents WHERE opened_ms>=?1 AND opened_ms<?2"
		" AND (?3 IS NULL OR zone=?3) AND NOT (" OPENED ")",
		NULL, e) == -1 ||
	    stats_durations(q, "mtta",
		"SELECT first_ack_ms-opened_ms FROM incidents WHERE first_ack_ms>0 AND " OPENED
		" ORDER BY 1",
		e) == -1 ||
	    stats_durations(q, "mttr",
		"SELECT closed_ms-opened_ms FROM incidents WHERE closed_ms>0 AND " OPENED
		" ORDER BY 1",
		e) == -1)
		return -1;
	json_end(q->j);
	return 0;
}

/* Messages: how many, who got them when, and how soon. */
static int
stats_mails(const struct history_query *q, struct err *e)
{
#define MADE "created_ms>=?1 AND created_ms<?2 AND (?3 IS NULL OR zone=?3)"
	json_object(q->j, "mails");
	if (history_query_members(q,
		"SELECT count(*) AS total, count(*) FILTER (WHERE state='sent') AS sent,"
		" count(*) FILTER (WHERE state='failed') AS failed,"
		" count(*) FILTER (WHERE state='superseded') AS superseded,"
		" count(*) FILTER (WHERE state='waiting') AS waiting FROM outbox WHERE " MADE,
		NULL, e) == -1 ||
	    rows(q, "per_kind",
		"SELECT kind, via, count(*) AS mails FROM outbox WHERE " MADE
		" GROUP BY kind, via ORDER BY kind, via",
		e) == -1 ||
	    rows(q, "per_recipient",
		"SELECT d.recipient AS \"to\", date(time_ms/1000,'unixepoch','localtime') AS day,"
		" count(*) AS mails FROM deliveries d JOIN outbox o ON o.id=d.mail WHERE"
		" time_ms>=?1 AND time_ms<?2 AND (?3 IS NULL OR zone=?3) AND d.state='accepted'"
		" GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?4",
		e) == -1 ||
	    stats_durations(q, "opening_to_acceptance",
		"SELECT min(d.time_ms)-i.opened_ms AS took FROM outbox o"
		" JOIN incidents i ON i.id=o.incident JOIN deliveries d ON d.mail=o.id"
		" WHERE o.kind='open' AND d.state='accepted' AND o.created_ms>=?1 AND"
		" o.created_ms<?2 AND (?3 IS NULL OR o.zone=?3) GROUP BY o.id ORDER BY took",
		e) == -1)
		return -1;
	json_end(q->j);
	return 0;
#undef MADE
}

/* What was kept from people, by whom and why. */
static int
stats_silences(const struct history_query *q, struct err *e)
{
	return rows(q, "silences",
	    "SELECT id, CASE kind WHEN 0 THEN 'silence' WHEN 1 THEN 'maintenance'"
	    " ELSE 'out-of-service' END AS kind, zone, node, source, rule, author, reason,"
	    " created_ms, starts_ms, nullif(ends_ms,0) AS ends_ms,"
	    " nullif(ended_by,'') AS ended_by,"
	    " (SELECT count(*) FROM alerts WHERE silence=silences.id) AS alerts"
	    " FROM silences WHERE starts_ms<?2 AND (ends_ms=0 OR ends_ms>?1)"
	    " ORDER BY starts_ms, id LIMIT ?4",
	    e);
}

int
history_stats(const struct history_query *q, struct err *e)
{
	struct history_query till = *q;
	int64_t now = clock_wall_ms();

	if (till.to_ms > now)
		till.to_ms = now; /* what is not yet is no quiet time */
	json_int(q->j, "from_ms", till.from_ms);
	json_int(q->j, "to_ms", till.to_ms);
	json_object(q->j, "alerts");
	if (stats_counts(&till, e) == -1 || stats_frequent(&till, e) == -1 ||
	    stats_stale(&till, e) == -1 || stats_floods(&till, e) == -1)
		return -1;
	json_end(q->j);
	if (stats_incidents(&till, e) == -1 || stats_mails(&till, e) == -1)
		return -1;
	return stats_silences(&till, e);
}
