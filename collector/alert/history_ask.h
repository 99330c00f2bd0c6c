/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_ask: what people ask of the history, answered as JSON by a thread of its own over a
 * connection of its own, so that no question holds up what is to be stored. */
#ifndef COLLECTOR_HISTORY_ASK_H
#define COLLECTOR_HISTORY_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/alert/history.h"
#include "zw/buf.h"
#include "zw/json.h"

#define HISTORY_ASK_MAX 64     /* that wait */
#define HISTORY_ASK_ROWS 10000 /* at most, of a list */
#define HISTORY_ASK_MS 20000   /* then it is given up */

struct history_db;

/* A question under way. from_ms <= to_ms; zone "": all. */
struct history_query {
	struct history_db *db;
	struct json *j;
	uint64_t id;
	int64_t from_ms;
	int64_t to_ms;
	const char *zone;
	unsigned limit;
	const char *text; /* NULL: all; so word */
	const char *word;
	unsigned skip;
};

struct history_asker;

/* Of the file, which is opened when something is asked first. */
int history_asker_new(struct history_asker **out, struct event_base *base, const char *path,
    struct err *e) __attribute__((warn_unused_result));
/* Gives up what is under way, and tells those who asked so. NULL is fine. */
void history_asker_free(struct history_asker *a);
void history_asker_ask(struct history_asker *a, const struct history_ask *ask,
    void (*done)(void *arg, const char *json, size_t n, const char *why), void *arg);

/* Writes the rows of a query as an array of objects, a column by its name; one that begins with ?
 * is a flag. The parameters of the query are
 * ?1 from, ?2 to, ?3 zone (NULL: all), ?4 limit, ?5 id, ?6 text (NULL: all), ?7 word (NULL: all),
 * ?8 skip, as far as it has them. each (may be NULL)
 * adds to a row's object. */
int history_query_rows(const struct history_query *q, const char *key, const char *sql,
    int (*each)(const struct history_query *q, int64_t first, struct err *e), struct err *e)
    __attribute__((warn_unused_result));
/* Likewise the members of the first row, into the object that is open. *found says whether there
 * is one. */
int history_query_members(const struct history_query *q, const char *sql, bool *found,
    struct err *e) __attribute__((warn_unused_result));
/* The first n columns' numbers of every row, in order; *v is freed by the caller, *rows counts. */
int history_query_numbers(const struct history_query *q, const char *sql, unsigned n, double **v,
    size_t *rows, struct err *e) __attribute__((warn_unused_result));

/* "stats": what the monthly report needs; the object is open. */
int history_stats(const struct history_query *q, struct err *e) __attribute__((warn_unused_result));

/* "completeness" (history_ledger.c); the object is open. */
int history_completeness(const struct history_query *q, struct err *e)
    __attribute__((warn_unused_result));
/* "marks" (history_marks.c); the object is open. */
int history_marks(const struct history_query *q, struct err *e) __attribute__((warn_unused_result));
/* The times of a silence that covers one of the nodes (",ZONE/NODE,ZONE/NODE,"), into the array
 * that is open. Pure but for localtime_r(). */
#define HISTORY_MARKS_NODES 2048 /* of that list, with its end */
void history_marks_silence(
    struct json *j, const struct silence *s, const char *nodes, int64_t from_ms, int64_t to_ms);

/* Words for what the file has as numbers. */
#define HISTORY_SEVERITY(column)                                                                   \
	"CASE " column " WHEN 0 THEN 'info' WHEN 1 THEN 'warning' WHEN 2 THEN 'critical' END"

#endif
