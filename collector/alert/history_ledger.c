/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "completeness": the ledger of samples, summed up by node, zone and site, of whole UTC hours that
 * begin in the time asked for. Which zone a node is in the history does not know: the query's word
 * says it, ",NODE=ZONE,NODE=ZONE,". */
#include "collector/alert/history_ask.h"
#include "collector/alert/history_int.h"

/* A place in the word behind "NODE=". */
#define BEHIND "substr(?7,at+length(node)+2)"
#define WITH                                                                                       \
	"WITH n AS (SELECT node, instr(?7,','||node||'=') AS at, sum(expected) AS expected,"       \
	" sum(received) AS received, sum(late) AS late, sum(empty) AS empty,"                      \
	" sum(thinned) AS thinned, sum(dropped) AS dropped FROM ledger WHERE hour_s*1000>=?1"      \
	" AND hour_s*1000<?2 GROUP BY node), m AS (SELECT *, CASE at WHEN 0 THEN NULL ELSE"        \
	" substr(" BEHIND ",1,instr(" BEHIND ",',')-1) END AS zone FROM n), w AS (SELECT * FROM m" \
	" WHERE ?3 IS NULL OR zone=?3) "
#define SUM(column) "coalesce(sum(" column "),0) AS " column
#define MEMBERS                                                                                    \
	SUM("expected")                                                                            \
	", " SUM("received") ", " SUM("late") ", " SUM("empty") ", " SUM("thinned") ", " SUM(      \
	    "dropped") ", max(0, coalesce(sum(expected-received-empty-thinned-dropped),0)) AS"     \
		       " missing, CASE WHEN sum(expected)>0 THEN"                                  \
		       " min(1.0, sum(received)*1.0/sum(expected)) END AS part "

int
history_completeness(const struct history_query *q, struct err *e)
{
	json_int(q->j, "from_ms", q->from_ms);
	json_int(q->j, "to_ms", q->to_ms);
	if (history_query_members(q,
		"SELECT min(hour_s)*1000 AS counted_from_ms FROM ledger WHERE ?1<=?2", NULL,
		e) == -1)
		return -1;
	json_object(q->j, "all");
	if (history_query_members(q, WITH "SELECT " MEMBERS "FROM w", NULL, e) == -1)
		return -1;
	json_end(q->j);
	if (history_query_rows(q, "zones",
		WITH "SELECT zone, " MEMBERS
		     "FROM w WHERE zone IS NOT NULL GROUP BY zone ORDER BY zone",
		NULL, e) == -1)
		return -1;
	return history_query_rows(q, "nodes",
	    WITH "SELECT node, zone, " MEMBERS
		 "FROM w GROUP BY node ORDER BY (part IS NULL), part, node LIMIT ?4",
	    NULL, e);
}
