/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_query: a question's rows, written as JSON as they come, or as numbers. */
#include "collector/alert/history_ask.h"
#include "collector/alert/history_int.h"
#include "zw/alloc.h"

/* Binds those parameters that the statement has. */
static void
bind_query(sqlite3_stmt *st, const struct history_query *q)
{
	int n = sqlite3_bind_parameter_count(st);

	if (n >= 1)
		(void)sqlite3_bind_int64(st, 1, q->from_ms);
	if (n >= 2)
		(void)sqlite3_bind_int64(st, 2, q->to_ms);
	if (n >= 3 && *q->zone != '\0')
		(void)sqlite3_bind_text(st, 3, q->zone, -1, SQLITE_STATIC);
	if (n >= 4)
		(void)sqlite3_bind_int64(st, 4, q->limit);
	if (n >= 5)
		(void)sqlite3_bind_int64(st, 5, (int64_t)q->id);
	if (n >= 6 && q->text != NULL)
		(void)sqlite3_bind_text(st, 6, q->text, -1, SQLITE_STATIC);
	if (n >= 7 && q->word != NULL)
		(void)sqlite3_bind_text(st, 7, q->word, -1, SQLITE_STATIC);
	if (n >= 8)
		(void)sqlite3_bind_int64(st, 8, q->skip);
}

/* A column as a member of the object that is open. */
static void
write_column(struct json *j, sqlite3_stmt *st, int column)
{
	const char *name = sqlite3_column_name(st, column);

	if (name[0] == '?') {
		json_flag(j, name + 1, sqlite3_column_int64(st, column) != 0);
		return;
	}
	switch (sqlite3_column_type(st, column)) {
	case SQLITE_INTEGER:
		json_int(j, name, sqlite3_column_int64(st, column));
		break;
	case SQLITE_FLOAT:
		json_number(j, name, sqlite3_column_double(st, column));
		break;
	case SQLITE_TEXT:
		json_text(j, name, (const char *)sqlite3_column_text(st, column));
		break;
	default:
		json_null(j, name);
	}
}

/* All columns of a row. */
static void
write_row(struct json *j, sqlite3_stmt *st)
{
	for (int i = 0; i < sqlite3_column_count(st); i++)
		write_column(j, st, i);
}

/* Ends a statement; what its last step said counts. */
static int
finish(const struct history_query *q, sqlite3_stmt *st, int rc, struct err *e)
{
	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		if (rc == SQLITE_INTERRUPT)
			err_set(e, "it takes too long; ask for less");
		else
			history_db_fail(q->db, "cannot read", NULL, e);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

int
history_query_rows(const struct history_query *q, const char *key, const char *sql,
    int (*each)(const struct history_query *q, int64_t first, struct err *e), struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if (history_db_prepare(q->db, &st, sql, NULL, e) == -1)
		return -1;
	bind_query(st, q);
	json_array(q->j, key);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		json_object(q->j, NULL);
		write_row(q->j, st);
		if (each != NULL && each(q, sqlite3_column_int64(st, 0), e) == -1) {
			sqlite3_finalize(st);
			return -1;
		}
		json_end(q->j);
	}
	json_end(q->j);
	return finish(q, st, rc, e);
}

int
history_query_members(const struct history_query *q, const char *sql, bool *found, struct err *e)
{
	sqlite3_stmt *st;

	if (history_db_prepare(q->db, &st, sql, NULL, e) == -1)
		return -1;
	bind_query(st, q);
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		write_row(q->j, st);
	if (found != NULL)
		*found = rc == SQLITE_ROW;
	return finish(q, st, rc, e);
}

int
history_query_numbers(const struct history_query *q, const char *sql, unsigned n, double **v,
    size_t *rows, struct err *e)
{
	sqlite3_stmt *st;
	size_t room = 0;
	int rc;

	*v = NULL;
	*rows = 0;
	if (history_db_prepare(q->db, &st, sql, NULL, e) == -1)
		return -1;
	bind_query(st, q);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (*rows == room) {
			room = room == 0 ? 64 : 2 * room;
			*v = xreallocarray(*v, room, n * sizeof **v);
		}
		for (unsigned i = 0; i < n; i++)
			(*v)[*rows * n + i] = sqlite3_column_double(st, (int)i);
		(*rows)++;
	}
	return finish(q, st, rc, e);
}
