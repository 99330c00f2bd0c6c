/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_int: what the files behind history_db.h and history_ask.h share. */
#ifndef COLLECTOR_HISTORY_INT_H
#define COLLECTOR_HISTORY_INT_H

#include <sqlite3.h>
#include <stdarg.h>

#include "collector/alert/history_db.h"
#include "collector/alert/history_sql.h"

struct history_db {
	sqlite3 *sql;
	sqlite3_stmt *st[Q_N];
	char install[9];
	int64_t last_mail;
};

/* Binds values by their types: i int64_t, n int64_t (0: NULL), r double (NAN: NULL), t text (NULL:
 * NULL), b bytes (a pointer and a size_t). Texts and bytes must live until the statement is done.
 * Returns SQLite's code. */
int history_db_bind(sqlite3_stmt *st, const char *types, va_list ap);
/* Runs a prepared statement that gives no rows. Returns SQLite's code. */
int history_db_run(struct history_db *db, int q, const char *types, ...);
/* The reason of the last failure, and (if damaged is not NULL) whether the file is at fault. */
int history_db_fail(struct history_db *db, const char *what, bool *damaged, struct err *e);
/* Ends what was begun; after a failure of it. */
void history_db_rollback(struct history_db *db);
/* A statement that is asked once: *st is to be finalized. */
int history_db_prepare(struct history_db *db, sqlite3_stmt **st, const char *sql, bool *damaged,
    struct err *e) __attribute__((warn_unused_result));
/* The first column of the first row as a number or, if text is not NULL, as text. */
int history_db_get(struct history_db *db, const char *sql, int64_t *number, char *text, size_t size,
    bool *damaged, struct err *e) __attribute__((warn_unused_result));

#endif
