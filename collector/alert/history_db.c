/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQLite in WAL mode with synchronous=FULL: a transaction that was committed survives a power cut.
 * Statements are prepared once, from a table; values are bound by a word of types, so that a row's
 * columns and what goes into them stand beside each other. */
#include "collector/alert/history_db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "collector/alert/history_int.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"

#define DB_BUSY_MS 5000
#define DB_LOG_BYTES 16777216 /* journal_size_limit below */

/* Whether an error says that the file itself is no sound database. */
static bool
is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* The reason of the last failure, and whether it is damage. */
int
history_db_fail(struct history_db *db, const char *what, bool *damaged, struct err *e)
{
	int rc = sqlite3_extended_errcode(db->sql);

	if (damaged != NULL)
		*damaged = is_damage(rc);
	return err_set(e, "%s: %s (SQLite %d)", what, sqlite3_errmsg(db->sql), rc);
}

/* Bind values by their types. */
int
history_db_bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	for (int i = 1; *types != '\0' && rc == SQLITE_OK; types++, i++) {
		if (*types == 't') {
			rc = sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		} else if (*types == 'b') {
			const void *p = va_arg(ap, const void *);
			size_t n = va_arg(ap, size_t);
			rc = n == 0 ? sqlite3_bind_zeroblob(st, i, 0)
				    : sqlite3_bind_blob64(st, i, p, n, SQLITE_STATIC);
		} else if (*types == 'r') {
			double v = va_arg(ap, double);
			rc = isnan(v) ? sqlite3_bind_null(st, i) : sqlite3_bind_double(st, i, v);
		} else {
			int64_t v = va_arg(ap, int64_t);
			bool null = *types == 'n' && v == 0;
			rc = null ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v);
		}
	}
	return rc;
}

/* Runs a statement that gives no rows. Returns SQLite's code. */
int
history_db_run(struct history_db *db, int q, const char *types, ...)
{
	sqlite3_stmt *st = db->st[q];
	va_list ap;

	va_start(ap, types);
	int rc = history_db_bind(st, types, ap);
	va_end(ap);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* End what was begun. */
void
history_db_rollback(struct history_db *db)
{
	if (!sqlite3_get_autocommit(db->sql))
		(void)sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
}

/* Rows of a query that is asked once: *st is to be finalized. */
int
history_db_prepare(
    struct history_db *db, sqlite3_stmt **st, const char *sql, bool *damaged, struct err *e)
{
	if (sqlite3_prepare_v2(db->sql, sql, -1, st, NULL) == SQLITE_OK)
		return 0;
	return history_db_fail(db, "cannot read", damaged, e);
}

/* The first column of the query's first row as a number or, if text is not NULL, as text. */
int
history_db_get(struct history_db *db, const char *sql, int64_t *number, char *text, size_t size,
    bool *damaged, struct err *e)
{
	sqlite3_stmt *st;

	if (history_db_prepare(db, &st, sql, damaged, e) == -1)
		return -1;
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && number != NULL)
		*number = sqlite3_column_int64(st, 0);
	if (rc == SQLITE_ROW && text != NULL && sqlite3_column_text(st, 0) != NULL)
		str_copy(text, size, (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	return history_db_fail(db, "cannot read", damaged, e);
}

/* Runs statements that are asked once. */
static int
db_exec(struct history_db *db, const char *sql, bool *damaged, struct err *e)
{
	if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return history_db_fail(db, "cannot prepare the file", damaged, e);
}

/* Runs parts in one transaction. The number ends with a NULL. */
static int
db_exec_all(struct history_db *db, const char *const *parts, bool *damaged, struct err *e)
{
	if (db_exec(db, "BEGIN IMMEDIATE", damaged, e) == -1)
		return -1;
	for (; *parts != NULL; parts++) {
		if (db_exec(db, *parts, damaged, e) == -1) {
			history_db_rollback(db);
			return -1;
		}
	}
	if (db_exec(db, "COMMIT", damaged, e) == 0)
		return 0;
	history_db_rollback(db);
	return -1;
}

/* Makes the tables of a new file or brings those of an old one up to date; all of it or nothing. */
static int
db_grow(struct history_db *db, int64_t version, bool *damaged, struct err *e)
{
	unsigned char r[4];
	char install[64];
	const char *const parts[] = { db_schema, install, db_step_2a, db_step_2b, db_step_2c,
		db_step_3, db_step_4, db_step_5, db_step_6, NULL };
	static const size_t first[] = { 0, 2, 5, 6, 7, 8 }; /* of parts, that a version lacks */

	if (version == DB_VERSION)
		return 0;
	if (version == 0 && getrandom(r, sizeof r, 0) != sizeof r)
		return err_set(e, "no random bytes");
	if (version == 0)
		snprintf(install, sizeof install,
		    "INSERT INTO meta VALUES('install','%02x%02x%02x%02x');", r[0], r[1], r[2],
		    r[3]);
	if (db_exec_all(db, parts + first[version], damaged, e) == -1)
		return -1;
	if (version != 0)
		log_info("history", "tables brought from version %" PRId64 " to %d", version,
		    DB_VERSION);
	return 0;
}

/* Brings the tables up to date, and reads the file's own numbers. */
static int
db_tables(struct history_db *db, bool *damaged, struct err *e)
{
	int64_t version = 0;

	if (history_db_get(db, "PRAGMA user_version", &version, NULL, 0, damaged, e) == -1)
		return -1;
	if (version < 0 || version > DB_VERSION)
		return err_set(e, "is of a newer zonewatch (version %" PRId64 ", this knows %d)",
		    version, DB_VERSION);
	if (db_grow(db, version, damaged, e) == -1)
		return -1;
	if (history_db_get(db, "SELECT value FROM meta WHERE key='install'", NULL, db->install,
		sizeof db->install, damaged, e) == -1)
		return -1;
	return history_db_get(db, "SELECT seq FROM sqlite_sequence WHERE name='outbox'",
	    &db->last_mail, NULL, 0, damaged, e);
}

/* Whether SQLite finds the file sound. */
static int
db_check(struct history_db *db, bool *damaged, struct err *e)
{
	char verdict[256] = "";

	if (history_db_get(
		db, "PRAGMA quick_check(1)", NULL, verdict, sizeof verdict, damaged, e) == -1)
		return -1;
	if (strcmp(verdict, "ok") == 0)
		return 0;
	*damaged = true;
	return err_set(e, "damaged: %s", verdict);
}

/* Room for what must be stored while the disk is full: SQLite's log has its blocks from the start.
 * It is begun anew at 4 MB, when what it has is in the file; while the file cannot grow, the log
 * goes on, and keeps some hundred mails. SQLite does not see it, for the log's size stays as it is.
 */
static void
db_reserve(const char *path)
{
	char wal[PATH_MAX];

	if (str_format(wal, sizeof wal, "%s-wal", path) == -1)
		return;
	int fd = open(wal, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, DB_LOG_BYTES) == -1)
		log_warnx("history", "%s: no room kept for a full disk: %s", wal, strerror(errno));
	if (fd != -1)
		close(fd);
}

/* Open or make the file. */
int
history_db_open(struct history_db **out, const char *path, bool *damaged, struct err *e)
{
	struct history_db *db = xcalloc(1, sizeof *db);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	*damaged = false;
	if (sqlite3_open_v2(path, &db->sql, flags, NULL) != SQLITE_OK) {
		history_db_fail(db, "cannot open", damaged, e);
		goto fail;
	}
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, DB_BUSY_MS);
	if (db_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		"PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=16777216;",
		damaged, e) == -1 ||
	    db_check(db, damaged, e) == -1 || db_tables(db, damaged, e) == -1)
		goto fail;
	for (int q = 0; q < Q_N; q++) {
		if (sqlite3_prepare_v3(db->sql, db_sql[q], -1, SQLITE_PREPARE_PERSISTENT,
			&db->st[q], NULL) != SQLITE_OK) {
			history_db_fail(db, db_sql[q], damaged, e);
			goto fail;
		}
	}
	db_reserve(path);
	*out = db;
	return 0;
fail:
	history_db_close(db);
	return -1;
}

/* Open it for reading. What coordinates readers with the one who writes (FILE-shm) is written to by
 * them too; the file and its log (FILE-wal) are not. */
int
history_db_open_reader(struct history_db **out, const char *path, struct err *e)
{
	struct history_db *db = xcalloc(1, sizeof *db);

	if (sqlite3_open_v2(path, &db->sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		history_db_fail(db, "cannot open", NULL, e);
		history_db_close(db);
		return -1;
	}
	sqlite3_busy_timeout(db->sql, DB_BUSY_MS);
	if (db_exec(db,
		"PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;", NULL,
		e) == -1) {
		history_db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

/* Close it. */
void
history_db_close(struct history_db *db)
{
	if (db == NULL)
		return;
	for (int q = 0; q < Q_N; q++)
		sqlite3_finalize(db->st[q]);
	sqlite3_close(db->sql);
	free(db);
}

/* The installation's number. */
const char *
history_db_install(const struct history_db *db)
{
	return db->install;
}

/* The highest number a mail ever had. */
int64_t
history_db_last_mail(const struct history_db *db)
{
	return db->last_mail;
}
