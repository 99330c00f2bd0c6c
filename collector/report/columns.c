/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns: the archives are chosen here and handed to rrd_fetch_r() by their exact step, for librrd
 * takes the nearest one, which may be finer than a picture has room for. Series of several steps
 * are put on one grid, that of the coarsest; where even the coarsest archive has too many rows,
 * some are merged: averages by their mean, extremes by the extreme of them. */
#include "collector/report/columns.h"

#include <inttypes.h>
#include <math.h>
#include <rrd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/report/ask.h"
#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/csv.h"
#include "zw/json.h"
#include "zw/str.h"

#define MAX_CELLS 500000
#define FUNCTIONS 3

static const char *const cf_words[FUNCTIONS] = { "AVERAGE", "MIN", "MAX" };
static const char *const cf_keys[FUNCTIONS] = { "average", "min", "max" };

/* One field of one series, on the grid. */
struct column {
	unsigned series;
	unsigned field;
	double *values[FUNCTIONS]; /* NULL: not asked for */
};

/* All that is answered. */
struct table {
	const struct ask *a;
	struct rrdfile files[ASK_MAX_SERIES];
	bool there[ASK_MAX_SERIES];
	int64_t archive_s[ASK_MAX_SERIES];
	int64_t coarsest_s; /* of these */
	int64_t start_s;    /* rows are (start, start + step], ... */
	int64_t step_s;
	size_t nrows;
	struct column *columns;
	size_t ncolumns;
};

/* How far back an archive reaches. */
static int64_t
reach_of(const struct rrdfile *f, const struct rrdfile_archive *ar)
{
	int64_t row = (int64_t)ar->steps * f->step_s;

	return f->last_s - f->last_s % row - row * (int64_t)ar->rows;
}

int64_t
columns_archive(
    const struct rrdfile *f, int64_t start_s, int64_t end_s, unsigned points, int64_t step_s)
{
	int64_t least = points > 0 ? (end_s - start_s + points - 1) / points : 0;
	int64_t fit = 0, finest = 0, far = 0, farthest = INT64_MAX;

	least = least > step_s ? least : step_s;
	for (unsigned i = 0; i < f->narchives; i++) {
		const struct rrdfile_archive *ar = &f->archives[i];
		int64_t row = (int64_t)ar->steps * f->step_s;
		int64_t reach = reach_of(f, ar);
		if (ar->cf != RRDFILE_AVERAGE)
			continue;
		if (reach < farthest || (reach == farthest && row < far)) {
			far = row;
			farthest = reach;
		}
		if (reach > start_s)
			continue;
		if (row >= least && (fit == 0 || row < fit))
			fit = row;
		if (finest == 0 || (row < least && row > finest) ||
		    (finest >= least && row < finest))
			finest = row;
	}
	return fit != 0 ? fit : finest != 0 ? finest : far;
}

/* Whether the file has rows of such a length by the function. */
static bool
has_archive(const struct rrdfile *f, unsigned cf, int64_t row)
{
	for (unsigned i = 0; i < f->narchives; i++)
		if (f->archives[i].cf == (enum rrdfile_cf)cf &&
		    (int64_t)f->archives[i].steps * f->step_s == row)
			return true;
	return false;
}

/* Reads the heads of the files and chooses archives; -1: none is there yet. */
static int
look(struct table *t, struct err *e)
{
	char name[RRDFILE_PATH];
	struct err why = { "" };

	for (unsigned i = 0; i < t->a->nseries; i++) {
		const struct series_def *se = &t->a->series[i];
		rrdfile_name(name, se->node, se->source, se->instance);
		t->there[i] = rrdfile_read(name, clock_wall_ms() / 1000 + 86400, &t->files[i], NULL,
				  &why) == 0;
		if (!t->there[i])
			continue;
		t->archive_s[i] = columns_archive(
		    &t->files[i], t->a->start_s, t->a->end_s, t->a->points, t->a->step_s);
		if (t->archive_s[i] > t->coarsest_s)
			t->coarsest_s = t->archive_s[i];
	}
	if (t->coarsest_s == 0)
		return err_set(e, "there is nothing to read yet: %s", why.msg);
	return 0;
}

/* The grid: so many rows of the coarsest archive in one that no more come than are wanted. */
static int
lay(struct table *t, struct err *e)
{
	int64_t row = t->coarsest_s, step = row;

	if (t->a->step_s > row)
		step = (t->a->step_s + row - 1) / row * row;
	for (;;) {
		t->step_s = step;
		t->start_s = t->a->start_s - t->a->start_s % step;
		t->nrows = (size_t)((t->a->end_s - t->start_s + step - 1) / step);
		if (t->a->points == 0 || t->nrows <= t->a->points + 1)
			break;
		step = ((int64_t)t->nrows + t->a->points - 1) / t->a->points * step;
	}
	if (t->nrows > MAX_CELLS)
		return err_set(e, "that is more than %d values; ask for a longer step", MAX_CELLS);
	return 0;
}

/* Makes a column for each field that is chosen. */
static int
make_columns(struct table *t, struct err *e)
{
	size_t functions = 0;

	for (unsigned f = 0; f < FUNCTIONS; f++)
		functions += t->a->with >> f & 1;
	t->columns = xcalloc(ASK_MAX_SERIES * METRIC_MAX_FIELDS, sizeof *t->columns);
	for (unsigned s = 0; s < t->a->nseries; s++)
		for (unsigned i = 0; i < t->a->series[s].nfields; i++)
			if (ask_wants(t->a, s, i))
				t->columns[t->ncolumns++] =
				    (struct column){ .series = s, .field = i };
	if (t->ncolumns * t->nrows * functions > MAX_CELLS)
		return err_set(e, "that is more than %d values; ask for fewer points", MAX_CELLS);
	for (size_t c = 0; c < t->ncolumns; c++)
		for (unsigned f = 0; f < FUNCTIONS; f++) {
			if ((t->a->with >> f & 1) == 0)
				continue;
			t->columns[c].values[f] = xcalloc(t->nrows + 1, sizeof(double));
			for (size_t r = 0; r < t->nrows; r++)
				t->columns[c].values[f][r] = NAN;
		}
	return 0;
}

/* Takes one fetched value into its row on the grid. */
static void
take(double *into, unsigned *count, unsigned cf, double v)
{
	if (isnan(v))
		return;
	if (isnan(*into))
		*into = v;
	else if (cf == RENDER_AVERAGE)
		*into += (v - *into) / (*count + 1);
	else if (cf == RENDER_MIN ? v < *into : v > *into)
		*into = v;
	(*count)++;
}

/* What was fetched of a series goes into its columns. */
static void
spread(struct table *t, unsigned s, unsigned cf, int64_t start, int64_t step, size_t rows,
    unsigned long nsources, const rrd_value_t *values)
{
	unsigned *counts = xcalloc(t->nrows + 1, sizeof *counts);

	for (size_t c = 0; c < t->ncolumns; c++) {
		const struct column *col = &t->columns[c];
		if (col->series != s || col->field >= nsources || col->values[cf] == NULL)
			continue;
		memset(counts, 0, t->nrows * sizeof *counts);
		for (size_t r = 0; r < rows; r++) {
			int64_t end = start + (int64_t)(r + 1) * step;
			int64_t at = (end - t->start_s - 1) / t->step_s;
			if (end > t->start_s && at < (int64_t)t->nrows)
				take(&col->values[cf][at], &counts[at], cf,
				    values[r * nsources + col->field]);
		}
	}
	free(counts);
}

/* One function of one series. Rows that are one sample have no archive of extremes: theirs is that
 * of the averages. */
static int
fetch(struct table *t, unsigned s, unsigned cf, struct err *e)
{
	const struct series_def *se = &t->a->series[s];
	const char *word =
	    cf_words[has_archive(&t->files[s], cf, t->archive_s[s]) ? cf : RENDER_AVERAGE];
	char name[RRDFILE_PATH], **names = NULL;
	time_t start = (time_t)t->start_s;
	time_t end = (time_t)(t->start_s + (int64_t)t->nrows * t->step_s);
	unsigned long step = (unsigned long)t->archive_s[s], nsources = 0;
	rrd_value_t *values = NULL;

	rrdfile_name(name, se->node, se->source, se->instance);
	rrd_clear_error();
	if (rrd_fetch_r(name, word, &start, &end, &step, &nsources, &names, &values) != 0) {
		const char *why = rrd_get_error();
		err_set(e, "librrd cannot read: %s", why != NULL ? why : "no reason given");
		rrd_clear_error();
		return -1;
	}
	if (step > 0 && end > start)
		spread(
		    t, s, cf, start, (int64_t)step, (size_t)(end - start) / step, nsources, values);
	for (unsigned long i = 0; i < nsources; i++)
		rrd_freemem(names[i]);
	rrd_freemem(names);
	rrd_freemem(values);
	return 0;
}

/* All of it; -1 and the reason. The caller frees the table in any case. */
static int
fill(struct table *t, const struct ask *a, struct err *e)
{
	*t = (struct table){ .a = a };
	if (look(t, e) == -1 || lay(t, e) == -1 || make_columns(t, e) == -1)
		return -1;
	for (unsigned s = 0; s < a->nseries; s++)
		for (unsigned f = 0; t->there[s] && f < FUNCTIONS; f++)
			if ((a->with >> f & 1) != 0 && fetch(t, s, f, e) == -1)
				return -1;
	return 0;
}

/* Frees what it holds. */
static void
table_clear(struct table *t)
{
	for (size_t c = 0; c < t->ncolumns; c++)
		for (unsigned f = 0; f < FUNCTIONS; f++)
			free(t->columns[c].values[f]);
	free(t->columns);
}

/* A number as short as it can be seen. */
static void
put_value(struct buf *b, double v, const char *unknown)
{
	char text[32];
	int n;

	if (!isfinite(v))
		n = snprintf(text, sizeof text, "%s", unknown);
	else if (fabs(v) < 1e15 && v == floor(v))
		n = snprintf(text, sizeof text, "%.0f", v);
	else
		n = snprintf(text, sizeof text, "%.7g", v);
	buf_put(b, text, (size_t)n);
}

/* What the numbers of a state stand for. */
static void
put_states(struct json *j, const struct series_def *se, unsigned field)
{
	struct metric_state st;

	json_array(j, "states");
	for (int code = -1; code <= 255; code++) {
		if (!metric_state(se->states, field, code, &st) || st.text[0] == '\0')
			continue;
		json_object(j, NULL);
		json_int(j, "code", code);
		json_text(j, "text", st.text);
		json_text(j, "severity", metric_severity_name(st.severity));
		json_end(j);
	}
	json_end(j);
}

/* What a column is. */
static void
put_field(struct json *j, const struct table *t, const struct column *c)
{
	const struct series_def *se = &t->a->series[c->series];
	const struct field *f = &se->fields[c->field];
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];

	series_name(series, se->source, se->instance);
	json_object(j, NULL);
	json_text(j, "node", se->node);
	json_text(j, "series", series);
	json_text(j, "field", f->name);
	json_text(j, "unit", f->unit);
	json_text(j, "label", f->label);
	json_text(j, "kind", field_kind_name(f->kind));
	json_number(j, "least", f->min);
	json_number(j, "most", f->max);
	json_int(j, "series_step_s", se->step_s);
	if (f->kind == FIELD_STATE)
		put_states(j, se, c->field);
	json_end(j);
}

/* The columns by one function. */
static void
put_columns(struct buf *b, const struct table *t, unsigned cf)
{
	char text[32];
	int n = snprintf(text, sizeof text, ",\"%s\":[", cf_keys[cf]);

	buf_put(b, text, (size_t)n);
	for (size_t c = 0; c < t->ncolumns; c++) {
		buf_put(b, c > 0 ? ",[" : "[", c > 0 ? 2 : 1);
		for (size_t r = 0; r < t->nrows; r++) {
			if (r > 0)
				buf_u8(b, ',');
			put_value(b, t->columns[c].values[cf][r], "null");
		}
		buf_u8(b, ']');
	}
	buf_u8(b, ']');
}

/* Whether each row is one sample. */
static bool
is_exact(const struct table *t)
{
	for (unsigned s = 0; s < t->a->nseries; s++)
		if (t->there[s] && t->files[s].step_s != t->step_s)
			return false;
	return true;
}

int
columns_json(struct buf *b, const struct ask *a, struct err *e)
{
	struct table t;
	int rc = fill(&t, a, e);

	if (rc == 0) {
		struct json j = json_over(b);
		json_object(&j, NULL);
		json_int(&j, "start_s", t.start_s + t.step_s);
		json_int(&j, "end_s", t.start_s + (int64_t)t.nrows * t.step_s);
		json_int(&j, "step_s", t.step_s);
		json_uint(&j, "rows", t.nrows);
		json_object(&j, "archive");
		json_int(&j, "step_s", t.coarsest_s);
		json_int(&j, "merged", t.step_s / t.coarsest_s);
		json_flag(&j, "exact", is_exact(&t));
		json_end(&j);
		json_array(&j, "fields");
		for (size_t c = 0; c < t.ncolumns; c++)
			put_field(&j, &t, &t.columns[c]);
		json_end(&j);
		for (unsigned f = 0; f < FUNCTIONS; f++)
			if ((a->with >> f & 1) != 0)
				put_columns(b, &t, f);
		json_end(&j);
	}
	table_clear(&t);
	return rc;
}

/* The first line: what the columns are. */
static void
put_heads(struct buf *b, const struct table *t)
{
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2], text[512];

	csv_text(b, "local time");
	buf_u8(b, ',');
	csv_text(b, "time");
	for (size_t c = 0; c < t->ncolumns; c++)
		for (unsigned f = 0; f < FUNCTIONS; f++) {
			const struct column *col = &t->columns[c];
			const struct series_def *se = &t->a->series[col->series];
			const struct field *fi = &se->fields[col->field];
			if (col->values[f] == NULL)
				continue;
			series_name(series, se->source, se->instance);
			(void)snprintf(text, sizeof text, "%s/%s:%s %s [%s%s]", se->node, series,
			    fi->name, cf_keys[f], fi->unit, fi->kind == FIELD_COUNTER ? "/s" : "");
			buf_u8(b, ',');
			csv_text(b, text);
		}
	buf_put(b, "\r\n", 2);
}

/* The time of a row, twice. */
static void
put_time(struct buf *b, int64_t s)
{
	time_t at = (time_t)s;
	struct tm tm;
	char local[32] = "", iso[40] = "";

	if (localtime_r(&at, &tm) != NULL) {
		long off = tm.tm_gmtoff / 60;
		unsigned away = (unsigned)labs(off);
		size_t n = strftime(iso, sizeof iso, "%Y-%m-%dT%H:%M:%S", &tm);
		strftime(local, sizeof local, "%Y-%m-%d %H:%M:%S", &tm);
		(void)snprintf(iso + n, sizeof iso - n, "%c%02u:%02u", off < 0 ? '-' : '+',
		    away / 60 % 100, away % 60);
	}
	buf_text(b, local);
	buf_u8(b, ',');
	buf_text(b, iso);
}

int
columns_csv(struct buf *b, const struct ask *a, struct err *e)
{
	struct table t;
	int rc = fill(&t, a, e);

	if (rc == 0)
		put_heads(b, &t);
	for (size_t r = 0; rc == 0 && r < t.nrows; r++) {
		put_time(b, t.start_s + (int64_t)(r + 1) * t.step_s);
		for (size_t c = 0; c < t.ncolumns; c++)
			for (unsigned f = 0; f < FUNCTIONS; f++) {
				if (t.columns[c].values[f] == NULL)
					continue;
				buf_u8(b, ',');
				put_value(b, t.columns[c].values[f][r], "");
			}
		buf_put(b, "\r\n", 2);
	}
	table_clear(&t);
	return rc;
}
