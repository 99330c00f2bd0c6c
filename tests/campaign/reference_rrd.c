/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference_rrd: makes, fills, reads and compares clean RRDs.
 *
 * Two things of a file do not follow from its samples, and are made here as the store makes them:
 * the row at which librrd begins each archive is random, from a seed of the file's name; and the
 * header keeps the text of each last value, so numbers are written by the same rowtext. That the
 * values are the samples' is compared as numbers beside (reference_rrd_true()). */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/rowtext.h"
#include "collector/store/rrdfile.h"
#include "tests/campaign/reference_rrd.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/fs.h"
#include "zw/str.h"

#define MAX_FILE (1u << 30)
#define MAX_ARGS (METRIC_MAX_FIELDS + 3 * REFERENCE_MAX_ARCHIVES)
#define CLOSE 1e-15 /* one in the last place of the text, one of librrd's product and quotient */

/* A limit as librrd reads it. */
static const char *
limit(char dst[32], double v)
{
	(void)snprintf(dst, 32, isfinite(v) ? "%.9g" : "U", v);
	return dst;
}

/* The words that make the file. */
static size_t
create_words(const struct series_def *def, const struct reference_shape *shape, char **words)
{
	static const char *const cf[] = { "AVERAGE", "MIN", "MAX" };
	char low[32], high[32];
	size_t n = 0;

	for (unsigned i = 0; i < def->nfields; i++) {
		const struct field *f = &def->fields[i];
		bool counter = f->kind == FIELD_COUNTER;
		limit(low, counter ? 0 : f->min);
		limit(high, counter && !(f->max > 0) ? NAN : f->max);
		words[n++] = xasprintf("DS:%s:%s:%.0f:%s:%s", f->name, counter ? "DERIVE" : "GAUGE",
		    ceil(shape->heartbeat * def->step_s), low, high);
	}
	for (unsigned i = 0; i < shape->narchives; i++) {
		int64_t steps = shape->archives[i].step_s / def->step_s;
		int64_t rows = shape->archives[i].keep_s / shape->archives[i].step_s;
		for (unsigned k = 0; steps > 0 && k < (steps > 1 ? 3 : 1); k++)
			words[n++] = xasprintf(
			    "RRA:%s:0.5:%lld:%lld", cf[k], (long long)steps, (long long)rows);
	}
	return n;
}

/* What librrd says. */
static int
refused(const char *what, const char *name, struct err *e)
{
	err_set(e, "%s: librrd does not %s: %s", name, what, rrd_get_error());
	rrd_clear_error();
	return -1;
}

/* Make the file. */
static int
create(struct reference_series *s, const char *dir, const struct reference_shape *shape,
    int64_t start_s, struct err *e)
{
	char *words[MAX_ARGS];
	const char *argv[MAX_ARGS];
	char node[PATH_MAX];

	if (str_format(node, sizeof node, "%s/%s", dir, s->def.node) == -1 ||
	    str_format(s->path, sizeof s->path, "%s/%s", dir, s->name) == -1)
		return err_set(e, "a path is too long");
	if (fs_mkdirs(node, 0700, e) == -1)
		return -1;
	size_t n = create_words(&s->def, shape, words);
	for (size_t i = 0; i < n; i++)
		argv[i] = words[i];
	(void)rrd_random();
	srandom(crc32c(0, s->name, strlen(s->name)));
	int rc =
	    rrd_create_r2(s->path, s->def.step_s, (time_t)start_s, 1, NULL, NULL, (int)n, argv);
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	s->made = rc == 0;
	return rc != 0 ? refused("make it", s->name, e) : 0;
}

/* "time:value:value". */
static void
row_text(const struct reference_series *s, int64_t time_s, const double *values, struct buf *b)
{
	char number[ROWTEXT_MAX + 1];

	buf_put(b, number, (size_t)snprintf(number, sizeof number, "%lld", (long long)time_s));
	for (unsigned i = 0; i < s->def.nfields; i++) {
		size_t n = s->def.fields[i].kind == FIELD_COUNTER
			       ? rowtext_counter(number, values[i])
			       : rowtext_gauge(number, values[i]);
		buf_u8(b, ':');
		buf_put(b, number, n);
	}
	buf_u8(b, '\0');
}

/* Remember a row. */
static void
keep(struct reference_series *s, int64_t time_s, const double *values)
{
	if (s->nrows == s->room) {
		s->room = s->room == 0 ? 64 : 2 * s->room;
		s->rows = xreallocarray(s->rows, s->room, sizeof *s->rows);
	}
	s->rows[s->nrows++] = (struct reference_row){
		.time_s = time_s,
		.values = xmemdup(values, s->def.nfields * sizeof *values),
	};
	s->last_s = time_s;
}

/* Put a row into the file. */
int
reference_rrd_row(struct reference_series *s, const char *dir, const struct reference_shape *shape,
    int64_t time_s, const double *values, struct err *e)
{
	struct buf b = { 0 };

	if (s->made && time_s <= s->last_s) {
		s->late++;
		return 0;
	}
	if (!s->made && create(s, dir, shape, time_s - (int64_t)s->def.step_s, e) == -1)
		return -1;
	row_text(s, time_s, values, &b);
	const char *argv[] = { (const char *)b.data };
	rrd_clear_error();
	int rc = rrd_update_r(s->path, NULL, 1, argv);
	buf_free(&b);
	if (rc != 0)
		return refused("take a row", s->name, e);
	keep(s, time_s, values);
	return 0;
}

/* Where a byte of an RRD lies, in words. */
static void
say_where(char *dst, size_t size, const char *data, size_t n, size_t at)
{
	struct rrdfile f;
	size_t end;

	if (rrdfile_check((const uint8_t *)data, n, n, INT64_MAX, &f, NULL) == -1)
		(void)snprintf(dst, size, "byte %zu", at);
	else if (at < f.header_bytes)
		(void)snprintf(dst, size, "byte %zu, in the %s part of the header", at,
		    at < f.live_offset ? "fixed" : "changing");
	else {
		end = f.header_bytes;
		for (unsigned i = 0; i < f.narchives; i++) {
			size_t row = f.nsources * sizeof(double), from = end;
			end += f.archives[i].rows * row;
			if (at < end) {
				(void)snprintf(dst, size,
				    "byte %zu, archive %u, row %zu, source %s", at, i,
				    (at - from) / row,
				    f.sources[(at - from) % row / sizeof(double)].name);
				return;
			}
		}
	}
}

/* Compare, byte by byte. */
bool
reference_rrd_same(const struct reference_series *s, const char *path, struct err *e)
{
	char *want = NULL, *got = NULL, where[128] = "";
	size_t n = 0, m = 0, at = 0, differing = 0;
	struct err why;

	if (fs_read(s->path, MAX_FILE, &want, &n, e) == -1)
		return false;
	if (fs_read(path, MAX_FILE, &got, &m, &why) == -1) {
		err_set(e, "%s: %s", s->name, why.msg);
	} else if (n != m) {
		err_set(e, "%s has %zu bytes instead of %zu", s->name, m, n);
	} else if (memcmp(want, got, n) != 0) {
		for (size_t i = n; i-- > 0;)
			if (want[i] != got[i]) {
				at = i;
				differing++;
			}
		say_where(where, sizeof where, want, n, at);
		err_set(e, "%s: %zu bytes differ, the first at %s", s->name, differing, where);
	} else {
		free(want);
		free(got);
		return true;
	}
	free(want);
	free(got);
	return false;
}

/* The values of one archive of one step a row, by time. */
struct finest {
	const char *data;
	const struct rrdfile *f;
	size_t offset; /* of the archive's rows */
	uint64_t rows;
	uint64_t current; /* row of the last time */
	int64_t last_s;	  /* that time */
};

/* Find it. */
static bool
find_finest(struct finest *a, const struct rrdfile *f, const char *data)
{
	*a = (struct finest){ .data = data, .f = f, .offset = f->header_bytes };
	for (unsigned i = 0; i < f->narchives; i++) {
		size_t bytes = f->archives[i].rows * f->nsources * sizeof(double);
		if (f->archives[i].steps == 1 && f->archives[i].cf == RRDFILE_AVERAGE) {
			a->rows = f->archives[i].rows;
			memcpy(&a->current, data + f->header_bytes - 8 * (f->narchives - i), 8);
			a->last_s = f->last_s - f->last_s % (int64_t)f->step_s;
			return true;
		}
		a->offset += bytes;
	}
	return false;
}

/* A value by time and source; NAN if the archive does not reach so far back. */
static double
finest_value(const struct finest *a, int64_t time_s, unsigned source)
{
	uint64_t back = (uint64_t)(a->last_s - time_s) / a->f->step_s;
	double v = NAN;

	if (back < a->rows)
		memcpy(&v,
		    a->data + a->offset +
			((a->current + a->rows - back) % a->rows * a->f->nsources + source) *
			    sizeof v,
		    sizeof v);
	return v;
}

/* Compare the gauges of row i with the file. */
static int
row_true(const struct reference_series *s, const struct finest *a, size_t i, uint64_t *compared,
    struct err *e)
{
	const struct reference_row *r = &s->rows[i];

	for (unsigned k = 0; k < s->def.nfields; k++) {
		const struct field *f = &s->def.fields[k];
		double v = r->values[k];
		if (f->kind == FIELD_COUNTER || !isfinite(v) || v < f->min || v > f->max)
			continue;
		double got = finest_value(a, r->time_s, k);
		if (!(fabs(got - v) <= CLOSE * fabs(v)))
			return err_set(e,
			    "%s: %s at %lld is %.17g in the clean file, but was %.17g", s->name,
			    f->name, (long long)r->time_s, got, v);
		(*compared)++;
	}
	return 0;
}

/* Compare the rows' gauges with the file's finest archive; a row after a gap is a mean. */
int
reference_rrd_true(const struct reference_series *s, uint64_t *compared, struct err *e)
{
	char *data = NULL;
	size_t n;
	struct rrdfile f;
	struct finest a;
	int rc = 0;

	if (fs_read(s->path, MAX_FILE, &data, &n, e) == -1)
		return -1;
	if (rrdfile_check((const uint8_t *)data, n, n, INT64_MAX, &f, e) == -1)
		rc = -1;
	else if (find_finest(&a, &f, data))
		for (size_t i = 1; rc == 0 && i < s->nrows; i++)
			if (s->rows[i].time_s == s->rows[i - 1].time_s + (int64_t)s->def.step_s &&
			    (uint64_t)(a.last_s - s->rows[i].time_s) / f.step_s < a.rows)
				rc = row_true(s, &a, i, compared, e);
	free(data);
	return rc;
}
