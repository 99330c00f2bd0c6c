/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The archive is chosen here and asked of librrd by its exact step and a start that it reaches back
 * to, for librrd takes what it thinks is nearest. Every file is judged by rrdfile.h before librrd
 * sees it. */
#include "collector/report/figures/span.h"

#include <math.h>
#include <rrd.h>
#include <stdlib.h>
#include <string.h>

#include "collector/site/site.h"
#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define FUTURE_S 86400	  /* a file may be this much ahead of the clock */
#define MAX_ROWS 10000000 /* of a span: a year of rows of 4 s */

/* What is read, from where. */
struct source {
	char path[RRDFILE_PATH];
	struct rrdfile file;
	int64_t step_s;	 /* of the archive */
	int64_t reach_s; /* it has nothing before this */
	const struct series *series;
};

/* How far back an archive reaches: the beginning of its first row. */
static int64_t
reach_of(const struct rrdfile *f, const struct rrdfile_archive *a)
{
	int64_t row = (int64_t)a->steps * f->step_s;

	return f->last_s - f->last_s % row - row * (int64_t)a->rows;
}

/* Whether an archive that reaches back to the start is to be had rather than another that does:
 * the finest that is coarse enough, else the coarsest. */
static bool
is_better(int64_t row, int64_t than, int64_t min_step_s)
{
	if (than == 0)
		return true;
	if (row >= min_step_s)
		return than < min_step_s || row < than;
	return than < min_step_s && row > than;
}

/* The archive for a start. */
static void
choose(struct source *src, int64_t from_s, int64_t min_step_s)
{
	const struct rrdfile *f = &src->file;
	int64_t far = 0, farthest = INT64_MAX, far_reach = 0;

	for (unsigned i = 0; i < f->narchives; i++) {
		int64_t row = (int64_t)f->archives[i].steps * f->step_s;
		int64_t reach = reach_of(f, &f->archives[i]);
		if (f->archives[i].cf != RRDFILE_AVERAGE)
			continue;
		if (reach < farthest || (reach == farthest && is_better(row, far, min_step_s))) {
			far = row;
			far_reach = farthest = reach;
		}
		if (reach > from_s || !is_better(row, src->step_s, min_step_s))
			continue;
		src->step_s = row;
		src->reach_s = reach;
	}
	if (src->step_s != 0)
		return;
	src->step_s = far;
	src->reach_s = far_reach;
}

/* Whether the file has rows of the archive's length by the function, and how far they reach. */
static bool
has_archive(const struct source *src, enum rrdfile_cf cf, int64_t *reach_s)
{
	const struct rrdfile *f = &src->file;

	for (unsigned i = 0; i < f->narchives; i++)
		if (f->archives[i].cf == cf &&
		    (int64_t)f->archives[i].steps * f->step_s == src->step_s) {
			*reach_s = reach_of(f, &f->archives[i]);
			return true;
		}
	return false;
}

/* The file's place of a field; -1: it has none. */
static int
place_of(const struct source *src, unsigned field)
{
	for (unsigned i = 0; i < src->file.nsources; i++)
		if (strcmp(src->file.sources[i].name, src->series->fields[field].name) == 0)
			return (int)i;
	return -1;
}

/* What was fetched goes to its rows; a row's time is its end. */
static void
spread(struct span *s, enum span_cf cf, const struct source *src, int64_t start, size_t rows,
    unsigned long nsources, const rrd_value_t *values)
{
	int64_t first = (start - s->from_s) / s->step_s; /* row of the first value */
	size_t skip = first < 0 ? (size_t)-first : 0;

	if (first + (int64_t)rows > (int64_t)s->nrows)
		rows = first < (int64_t)s->nrows ? (size_t)((int64_t)s->nrows - first) : 0;
	for (unsigned i = 0; i < s->nfields; i++) {
		int place = place_of(src, i);
		if (place == -1 || (unsigned long)place >= nsources)
			continue;
		double *to = s->values[cf][i];
		for (size_t r = skip; r < rows; r++) {
			double v = values[r * nsources + (unsigned long)place];
			if (isfinite(v))
				to[first + (int64_t)r] = v;
		}
	}
}

/* Reads one function's rows from librrd. */
static int
fetch(struct span *s, enum span_cf cf, const struct source *src, int64_t reach_s, struct err *e)
{
	static const char *const words[] = { "AVERAGE", "MIN", "MAX" };
	time_t start = (time_t)(s->from_s > reach_s ? s->from_s : reach_s), end = (time_t)s->to_s;
	unsigned long step = (unsigned long)s->step_s, nsources = 0;
	rrd_value_t *values = NULL;
	char **names = NULL;
	int rc = 0;

	if (start >= end)
		return 0;
	rrd_clear_error();
	if (rrd_fetch_r(src->path, words[cf], &start, &end, &step, &nsources, &names, &values) !=
	    0) {
		const char *why = rrd_get_error();
		err_set(e, "librrd cannot read %s: %s", src->path,
		    why != NULL ? why : "no reason given");
		rrd_clear_error();
		return -1;
	}
	if ((int64_t)step != s->step_s)
		rc = err_set(e, "%s: librrd took rows of %lu s, not of %lld", src->path, step,
		    (long long)s->step_s);
	else if (end > start)
		spread(s, cf, src, (int64_t)start, (size_t)(end - start) / step, nsources, values);
	for (unsigned long i = 0; i < nsources; i++)
		rrd_freemem(names[i]);
	rrd_freemem(names);
	rrd_freemem(values);
	return rc;
}

/* Room for the rows of a function, all unknown. */
static void
make_rows(struct span *s, enum span_cf cf)
{
	double *all = xcalloc(s->nrows * s->nfields + 1, sizeof *all);

	for (size_t i = 0; i < s->nrows * s->nfields; i++)
		all[i] = NAN;
	for (unsigned i = 0; i < s->nfields; i++)
		s->values[cf][i] = all + i * s->nrows;
}

/* Reads the extremes; where the archive has none they are the averages: a row is one sample. */
static int
read_extremes(struct span *s, const struct source *src, struct err *e)
{
	static const enum rrdfile_cf kinds[] = { RRDFILE_AVERAGE, RRDFILE_MIN, RRDFILE_MAX };

	for (enum span_cf cf = SPAN_MIN; cf <= SPAN_MAX; cf++) {
		int64_t reach_s;
		if (!has_archive(src, kinds[cf], &reach_s)) {
			memcpy(s->values[cf], s->values[SPAN_AVERAGE], sizeof s->values[cf]);
			continue;
		}
		make_rows(s, cf);
		if (fetch(s, cf, src, reach_s, e) == -1)
			return -1;
	}
	return 0;
}

/* When the first row begins of which anything is known. */
static int64_t
first_known(const struct span *s)
{
	for (size_t r = 0; r < s->nrows; r++)
		for (unsigned i = 0; i < s->nfields; i++)
			if (!isnan(s->values[SPAN_AVERAGE][i][r]))
				return s->from_s + (int64_t)r * s->step_s;
	return s->to_s;
}

/* The extremes are the averages. */
static void
no_extremes(struct span *s)
{
	memcpy(s->values[SPAN_MIN], s->values[SPAN_AVERAGE], sizeof s->values[SPAN_MIN]);
	memcpy(s->values[SPAN_MAX], s->values[SPAN_AVERAGE], sizeof s->values[SPAN_MAX]);
}

/* Reads a series, with its extremes or without. */
static int
read_span(struct span **out, const struct series *se, int64_t from_s, int64_t to_s,
    int64_t min_step_s, bool extremes, struct err *e)
{
	struct source src = { .series = se };
	struct span *s;
	struct err why;

	rrdfile_name(src.path, se->node->name, se->source, se->instance);
	if (rrdfile_read(src.path, clock_wall_ms() / 1000 + FUTURE_S, &src.file, NULL, &why) == -1)
		return err_set(e, "%s: %s", src.path, why.msg);
	choose(&src, from_s, min_step_s);
	if (src.step_s == 0)
		return err_set(e, "%s: it has no archive of averages", src.path);
	s = xcalloc(1, sizeof *s);
	s->step_s = src.step_s;
	s->from_s = from_s - from_s % s->step_s;
	s->to_s = to_s + (s->step_s - to_s % s->step_s) % s->step_s;
	s->nrows = s->to_s > s->from_s ? (size_t)((s->to_s - s->from_s) / s->step_s) : 0;
	s->nfields = se->nfields;
	if (s->nrows > MAX_ROWS / (s->nfields + 1)) {
		free(s);
		return err_set(e, "%s: that is too many rows", src.path);
	}
	make_rows(s, SPAN_AVERAGE);
	if (!extremes)
		no_extremes(s);
	if (fetch(s, SPAN_AVERAGE, &src, src.reach_s, e) == -1 ||
	    (extremes && read_extremes(s, &src, e) == -1)) {
		span_free(s);
		return -1;
	}
	s->first_s = first_known(s);
	*out = s;
	return 0;
}

int
span_read(struct span **out, const struct series *se, int64_t from_s, int64_t to_s,
    int64_t min_step_s, struct err *e)
{
	return read_span(out, se, from_s, to_s, min_step_s, true, e);
}

int
span_read_averages(struct span **out, const struct series *se, int64_t from_s, int64_t to_s,
    int64_t min_step_s, struct err *e)
{
	return read_span(out, se, from_s, to_s, min_step_s, false, e);
}

void
span_free(struct span *s)
{
	if (s == NULL)
		return;
	for (enum span_cf cf = SPAN_MIN; cf <= SPAN_MAX; cf++)
		if (s->values[cf][0] != s->values[SPAN_AVERAGE][0])
			free(s->values[cf][0]);
	free(s->values[SPAN_AVERAGE][0]);
	free(s);
}
