/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All files are judged once, before librrd gets them (store/rrdfile.h). For each chunk the rows of
 * all series are fetched; then time goes on by the greatest step that meets all rows. */
#include "collector/report/replay.h"

#include <limits.h>
#include <math.h>
#include <rrd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/journal/catalog.h"
#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/units.h"

#define CHUNK_ROWS 720
#define CHUNK_LEAST_S 3600
#define CHUNK_MOST_S 43200

enum part {
	PART_AVERAGE,
	PART_MIN,
	PART_MAX
};
#define PARTS 3

/* A series and its file; in a chunk, its rows. */
struct track {
	uint32_t sid;
	const struct series_def *def; /* the catalog's */
	char path[RRDFILE_PATH];
	struct rrdfile file;
	bool has_states;
	bool unwanted;
	int64_t told_step; /* as it was defined last; 0: not yet */
	/* The chunk's rows. */
	int64_t step;
	int64_t first; /* end of the first row */
	size_t nrows;  /* 0: nothing of it is there */
	unsigned nsources;
	rrd_value_t *rows[PARTS];
};

struct replay {
	struct catalog *catalog;
	int64_t start_s;
	int64_t end_s;
	struct track *tracks;
	size_t ntracks;
	size_t nunread;
};

/* Whether a definition has a state among its fields. */
static bool
has_states(const struct series_def *def)
{
	for (unsigned i = 0; i < def->nfields; i++)
		if (def->fields[i].kind == FIELD_STATE)
			return true;
	return false;
}

int
replay_open(struct replay **out, const struct conf_collector *conf, int64_t start_s, int64_t end_s,
    struct err *e)
{
	struct replay *r = xcalloc(1, sizeof *r);
	char dir[PATH_MAX];
	struct err why;

	r->start_s = start_s;
	r->end_s = end_s;
	collector_conf_path(conf, "catalog", dir, sizeof dir);
	if (catalog_open_reader(&r->catalog, dir, e) == -1) {
		free(r);
		return -1;
	}
	r->tracks = xcalloc(catalog_count(r->catalog) + 1, sizeof *r->tracks);
	for (uint32_t sid = 1; sid <= catalog_count(r->catalog); sid++) {
		const struct catalog_series *s = catalog_series(r->catalog, sid);
		struct track *t = &r->tracks[r->ntracks];
		if (s == NULL)
			continue;
		rrdfile_name(t->path, s->def.node, s->def.source, s->def.instance);
		if (rrdfile_read(t->path, end_s + 86400, &t->file, NULL, &why) == -1 ||
		    !rrdfile_fits(&t->file, &s->def)) {
			r->nunread++;
			continue;
		}
		t->sid = sid;
		t->def = &s->def;
		t->has_states = has_states(&s->def);
		r->ntracks++;
	}
	*out = r;
	return 0;
}

void
replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	catalog_close(r->catalog);
	free(r->tracks);
	free(r);
}

/* When an archive begins. */
static int64_t
archive_from(const struct rrdfile *f, const struct rrdfile_archive *a)
{
	int64_t row = (int64_t)a->steps * f->step_s;

	return f->last_s - f->last_s % row - (int64_t)a->rows * row;
}

/* The row length of the finest archive that covers the moment, else of the one that reaches back
 * farthest. */
static int64_t
step_at(const struct track *t, int64_t at_s)
{
	const struct rrdfile_archive *best = NULL;

	for (unsigned i = 0; i < t->file.narchives; i++) {
		const struct rrdfile_archive *a = &t->file.archives[i];
		if (a->cf != RRDFILE_AVERAGE)
			continue;
		int64_t from = archive_from(&t->file, a);
		int64_t was = best != NULL ? archive_from(&t->file, best) : INT64_MAX;
		bool covers = from <= at_s;
		if (best == NULL || (was > at_s ? from < was : covers && a->steps < best->steps))
			best = a;
	}
	return best != NULL ? (int64_t)best->steps * t->file.step_s : 0;
}

int64_t
replay_start_s(const struct replay *r)
{
	int64_t first = r->end_s;

	for (size_t i = 0; i < r->ntracks; i++) {
		const struct rrdfile *f = &r->tracks[i].file;
		for (unsigned k = 0; k < f->narchives; k++) {
			int64_t from = archive_from(f, &f->archives[k]);
			if (f->archives[k].cf == RRDFILE_AVERAGE && from < first &&
			    f->last_s > r->start_s)
				first = from;
		}
	}
	return first > r->start_s ? first : r->start_s;
}

/* Fetch one part of a series' rows; whether they are there. */
static bool
fetch_part(struct track *t, enum part part, int64_t from_s, int64_t to_s)
{
	static const char *const words[PARTS] = { "AVERAGE", "MIN", "MAX" };
	time_t start = (time_t)from_s, end = (time_t)to_s;
	unsigned long step = (unsigned long)t->step, n = 0;
	char **names = NULL;
	rrd_value_t *values = NULL;

	rrd_clear_error();
	if (rrd_fetch_r(t->path, words[part], &start, &end, &step, &n, &names, &values) != 0) {
		rrd_clear_error();
		return false;
	}
	for (unsigned long i = 0; i < n; i++)
		rrd_freemem(names[i]);
	rrd_freemem(names);
	size_t rows = end > start && step > 0 ? (size_t)(end - start) / step : 0;
	int64_t first = (int64_t)start + (int64_t)step;
	bool same = part == PART_AVERAGE ||
		    ((int64_t)step == t->step && first == t->first && rows == t->nrows);
	if (!same || rows == 0 || n > METRIC_MAX_FIELDS || n > t->def->nfields) {
		rrd_freemem(values);
		return false;
	}
	t->step = (int64_t)step;
	t->first = first;
	t->nrows = rows;
	t->nsources = (unsigned)n;
	t->rows[part] = values;
	return true;
}

/* Let a chunk's rows go. */
static void
drop(struct track *t)
{
	for (int p = 0; p < PARTS; p++) {
		if (t->rows[p] != NULL)
			rrd_freemem(t->rows[p]);
		t->rows[p] = NULL;
	}
	t->nrows = 0;
}

/* Fetch the rows of a chunk. */
static void
fetch(struct track *t, int64_t from_s, int64_t to_s)
{
	t->nrows = 0;
	if (t->unwanted || t->file.last_s <= from_s)
		return;
	t->step = step_at(t, from_s);
	if (t->step == 0 || !fetch_part(t, PART_AVERAGE, from_s, to_s))
		return;
	if (t->has_states && t->step > (int64_t)t->file.step_s &&
	    (!fetch_part(t, PART_MIN, from_s, to_s) || !fetch_part(t, PART_MAX, from_s, to_s)))
		drop(t); /* an average of states is none */
}

/* How bad a state is. */
static int
badness(const struct track *t, unsigned field, double v)
{
	struct metric_state st;

	if (isnan(v) || !metric_state(t->def->states, field, v, &st))
		return 0;
	return st.severity == METRIC_CRITICAL ? 2 : st.severity == METRIC_WARNING;
}

/* The values of a row; whether there is any. */
static bool
row_values(const struct track *t, size_t row, double *values)
{
	size_t at = row * t->nsources;
	bool any = false;

	for (unsigned i = 0; i < t->nsources; i++) {
		values[i] = t->rows[PART_AVERAGE][at + i];
		if (t->def->fields[i].kind == FIELD_STATE && t->rows[PART_MAX] != NULL) {
			double least = t->rows[PART_MIN][at + i], most = t->rows[PART_MAX][at + i];
			values[i] = badness(t, i, least) > badness(t, i, most) ? least : most;
		}
		any = any || !isnan(values[i]);
	}
	return any;
}

/* Tell of a series that its rows have this length. */
static void
define(struct track *t, const struct replay_ops *ops, void *arg)
{
	struct series_def *def = xmemdup(t->def, sizeof *def);

	def->step_s = (uint32_t)t->step;
	for (unsigned i = 0; i < def->nfields; i++) {
		struct field *f = &def->fields[i];
		char unit[UNITS_MAX];
		units_of_field(unit, sizeof unit, f->kind, f->unit);
		if (f->kind == FIELD_COUNTER)
			(void)str_copy(f->unit, sizeof f->unit, unit);
		if (f->kind == FIELD_COUNTER)
			f->kind = FIELD_GAUGE;
	}
	t->unwanted = ops->define(arg, t->sid, def) == -1;
	t->told_step = t->step;
	free(def);
}

/* All that comes at one moment. */
static void
tell_moment(
    struct replay *r, int64_t at_s, const struct replay_ops *ops, void *arg, struct replay_sum *sum)
{
	double values[METRIC_MAX_FIELDS];

	ops->pass(arg, at_s);
	for (size_t i = 0; i < r->ntracks; i++) {
		struct track *t = &r->tracks[i];
		if (t->nrows == 0 || t->unwanted || at_s < t->first ||
		    (at_s - t->first) % t->step != 0)
			continue;
		size_t row = (size_t)((at_s - t->first) / t->step);
		if (row >= t->nrows || !row_values(t, row, values))
			continue;
		if (t->told_step != t->step)
			define(t, ops, arg);
		if (t->unwanted)
			continue;
		ops->read(arg, t->sid, at_s, t->nsources, values);
		sum->nreadings++;
	}
}

/* The greatest common divisor. */
static int64_t
common(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t c = a % b;
		a = b;
		b = c;
	}
	return a;
}

/* Note the row length of a chunk. */
static void
note_span(struct replay_sum *sum, int64_t from_s, int64_t step)
{
	if (sum->nspans > 0 && sum->spans[sum->nspans - 1].step_s == step)
		return;
	if (sum->nspans < REPLAY_MAX_SPANS)
		sum->spans[sum->nspans++] =
		    (struct replay_span){ .from_s = from_s, .step_s = step };
}

/* One chunk; from and to are whole hours, or the ends. */
static void
run_chunk(struct replay *r, int64_t from_s, int64_t to_s, const struct replay_ops *ops, void *arg,
    struct replay_sum *sum)
{
	int64_t step = 0, least = INT64_MAX;

	for (size_t i = 0; i < r->ntracks; i++) {
		struct track *t = &r->tracks[i];
		fetch(t, from_s, to_s);
		if (t->nrows == 0)
			continue;
		step = common(t->step, step);
		least = t->step < least ? t->step : least;
	}
	if (step > 0) {
		note_span(sum, from_s, least);
		for (int64_t t = (from_s / step + 1) * step; t <= to_s; t += step)
			tell_moment(r, t, ops, arg, sum);
	} else {
		ops->pass(arg, to_s);
	}
	for (size_t i = 0; i < r->ntracks; i++)
		drop(&r->tracks[i]);
}

/* How long a chunk from there on is. */
static int64_t
chunk_length(const struct replay *r, int64_t from_s)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < r->ntracks; i++) {
		int64_t step = step_at(&r->tracks[i], from_s);
		if (step > 0 && step < least && r->tracks[i].file.last_s > from_s)
			least = step;
	}
	if (least > CHUNK_MOST_S / CHUNK_ROWS)
		return CHUNK_MOST_S;
	int64_t length = least * CHUNK_ROWS / CHUNK_LEAST_S * CHUNK_LEAST_S;
	return length > CHUNK_LEAST_S ? length : CHUNK_LEAST_S;
}

/* The first whole hour in a chunk from which on a series has finer rows; else the chunk's end. */
static int64_t
finer_from(const struct replay *r, int64_t from_s, int64_t to_s)
{
	for (size_t i = 0; i < r->ntracks; i++) {
		const struct track *t = &r->tracks[i];
		int64_t step = step_at(t, from_s);
		for (unsigned k = 0; k < t->file.narchives; k++) {
			const struct rrdfile_archive *a = &t->file.archives[k];
			int64_t begins = archive_from(&t->file, a);
			begins = (begins + CHUNK_LEAST_S - 1) / CHUNK_LEAST_S * CHUNK_LEAST_S;
			if (a->cf == RRDFILE_AVERAGE && begins > from_s && begins < to_s &&
			    begins < t->file.last_s && (int64_t)a->steps * t->file.step_s < step)
				to_s = begins;
		}
	}
	return to_s;
}

void
replay_run(struct replay *r, const struct replay_ops *ops, void *arg, struct replay_sum *sum)
{
	int64_t at = replay_start_s(r);

	*sum = (struct replay_sum){
		.start_s = at, .end_s = r->end_s, .nseries = r->ntracks, .nunread = r->nunread
	};
	while (at < r->end_s) {
		int64_t length = chunk_length(r, at);
		int64_t to = (at / length + 1) * length;
		to = finer_from(r, at, to < r->end_s ? to : r->end_s);
		run_chunk(r, at, to, ops, arg, sum);
		at = to;
	}
}
