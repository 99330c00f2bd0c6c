/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows: rows of RRDs by rrd_fetch_r(), as JSON. */
#include <math.h>
#include <rrd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/report/ask.h"
#include "collector/report/rows.h"
#include "collector/store/rrdfile.h"
#include "zw/clock.h"
#include "zw/str.h"

#define MAX_CELLS 500000

/* What was fetched of one series. */
struct fetched {
	const struct series_def *series;
	time_t start; /* the first row ends a step later */
	unsigned long step;
	unsigned long nsources;
	size_t nrows;
	rrd_value_t *values;
	char **names;
};

/* Fetch one series; nsources 0 when it has no file. */
static int
fetch(const struct ask *a, const struct series_def *se, struct fetched *f, struct err *e)
{
	static const char *const words[] = { "AVERAGE", "MIN", "MAX" };
	char name[RRDFILE_PATH];
	struct rrdfile file;
	time_t end = (time_t)a->end_s;

	*f = (struct fetched){ .series = se,
		.start = (time_t)a->start_s,
		.step = a->step_s > 0 ? (unsigned long)a->step_s : 1 };
	rrdfile_name(name, se->node, se->source, se->instance);
	if (rrdfile_read(name, clock_wall_ms() / 1000 + 86400, &file, NULL, e) == -1)
		return -1;
	rrd_clear_error();
	if (rrd_fetch_r(name, words[a->cf], &f->start, &end, &f->step, &f->nsources, &f->names,
		&f->values) != 0) {
		const char *why = rrd_get_error();
		err_set(e, "librrd cannot read: %s", why != NULL ? why : "no reason given");
		rrd_clear_error();
		f->nsources = 0;
		return -1;
	}
	f->nrows = f->step > 0 && end > f->start ? (size_t)(end - f->start) / f->step : 0;
	return 0;
}

/* Free it. */
static void
fetched_free(struct fetched *f)
{
	for (unsigned long i = 0; i < f->nsources && f->names != NULL; i++)
		rrd_freemem(f->names[i]);
	rrd_freemem(f->names);
	rrd_freemem(f->values);
}

/* Whether the field is asked for. */
static bool
is_wanted(const struct ask *a, const struct fetched *f, unsigned i)
{
	return i < f->series->nfields &&
	       (a->field[0] == '\0' || strcmp(f->series->fields[i].name, a->field) == 0);
}

/* The names of the columns; returns their number. */
static size_t
put_fields(struct buf *b, const struct ask *a, const struct fetched *all, unsigned n)
{
	char text[512], series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
	size_t columns = 0;

	for (unsigned s = 0; s < n; s++)
		for (unsigned i = 0; i < all[s].nsources; i++) {
			if (!is_wanted(a, &all[s], i))
				continue;
			const struct series_def *def = all[s].series;
			series_name(series, def->source, def->instance);
			if (a->nseries == 1)
				(void)snprintf(text, sizeof text, "%s\"%s\"", columns ? "," : "",
				    def->fields[i].name);
			else
				(void)snprintf(text, sizeof text, "%s\"%s/%s:%s\"",
				    columns ? "," : "", def->node, series, def->fields[i].name);
			buf_text(b, text);
			columns++;
		}
	return columns;
}

/* One value. */
static void
put_value(struct buf *b, double v)
{
	char text[32];

	if (!isfinite(v))
		buf_text(b, "null");
	else if (fabs(v) < 1e15 && v == floor(v)) {
		(void)snprintf(text, sizeof text, "%.0f", v);
		buf_text(b, text);
	} else {
		(void)snprintf(text, sizeof text, "%.9g", v);
		buf_text(b, text);
	}
}

/* The values of all columns in the row that ends at t. */
static void
put_row(struct buf *b, const struct ask *a, const struct fetched *all, unsigned n, time_t t)
{
	bool first = true;

	buf_u8(b, '[');
	for (unsigned s = 0; s < n; s++) {
		const struct fetched *f = &all[s];
		size_t row = t > f->start && f->step > 0
				 ? ((size_t)(t - f->start) + f->step - 1) / f->step - 1
				 : SIZE_MAX;
		for (unsigned i = 0; i < f->nsources; i++) {
			if (!is_wanted(a, f, i))
				continue;
			if (!first)
				buf_u8(b, ',');
			first = false;
			put_value(b, row < f->nrows ? f->values[row * f->nsources + i] : NAN);
		}
	}
	buf_u8(b, ']');
}

/* All as JSON. */
static int
put_all(struct buf *b, const struct ask *a, const struct fetched *all, unsigned n, struct err *e)
{
	const struct fetched *base = all;
	char text[160];

	while (base < all + n - 1 && base->nsources == 0)
		base++;
	(void)snprintf(text, sizeof text, "{\"start\":%lld,\"end\":%lld,\"step\":%lu,\"fields\":[",
	    (long long)base->start + (long long)base->step,
	    (long long)base->start + (long long)(base->step * base->nrows), base->step);
	buf_text(b, text);
	size_t columns = put_fields(b, a, all, n);
	if (columns * base->nrows > MAX_CELLS)
		return err_set(e, "that is more than %d values; ask for a longer step", MAX_CELLS);
	buf_text(b, "],\"rows\":[");
	for (size_t r = 0; r < base->nrows; r++) {
		if (r > 0)
			buf_u8(b, ',');
		put_row(b, a, all, n, base->start + (time_t)((r + 1) * base->step));
	}
	buf_text(b, "]}");
	return 0;
}

/* Rows of the series. */
int
rows_json(struct buf *b, const struct ask *a, struct err *e)
{
	struct fetched all[ASK_MAX_SERIES];
	struct err why = { "" };
	unsigned found = 0;
	int rc;

	for (unsigned i = 0; i < a->nseries; i++)
		found += fetch(a, &a->series[i], &all[i], &why) == 0;
	if (found == 0)
		rc = err_set(e, "there is nothing to read yet: %s", why.msg);
	else
		rc = put_all(b, a, all, a->nseries, e);
	for (unsigned i = 0; i < a->nseries; i++)
		fetched_free(&all[i]);
	return rc;
}
