/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_db: the tables of the history; the only door to SQLite. Every call may wait for the
 * disk: after the start, only history.c's thread makes them. */
#ifndef COLLECTOR_HISTORY_DB_H
#define COLLECTOR_HISTORY_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/alert/history_job.h"

struct history_db;

/* Opens or makes the file, looks it through and brings its tables up to date. On failure -1 and
 * the reason; *damaged then says whether the file's content is at fault. */
int history_db_open(struct history_db **out, const char *path, bool *damaged, struct err *e)
    __attribute__((warn_unused_result));
/* Opens it for reading beside the one who writes. */
int history_db_open_reader(struct history_db **out, const char *path, struct err *e)
    __attribute__((warn_unused_result));
void history_db_close(struct history_db *db); /* NULL is fine */

/* What was open, and the numbers to go on from. As history_db_open(). */
int history_db_restore(struct history_db *db, struct history_restored *r, bool *damaged,
    struct err *e) __attribute__((warn_unused_result));
/* Eight hex digits made with the file, and the highest number a mail ever had. */
const char *history_db_install(const struct history_db *db);
int64_t history_db_last_mail(const struct history_db *db);

/* Stores the whole job or nothing of it. An entry that SQLite refuses for what it is (a limit, a
 * reference to nothing) is said and left out: it would be refused for ever. Marks the mails that
 * were stored before as duplicates. */
int history_db_store(struct history_db *db, struct history_job *j, struct err *e)
    __attribute__((warn_unused_result));
/* Forgets what is older than the history's memory: 400 days; mails that went: 90 days. */
int history_db_prune(struct history_db *db, int64_t now_ms, struct err *e)
    __attribute__((warn_unused_result));

#endif
