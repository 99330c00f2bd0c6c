/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rrdlib: makes, widens and updates RRD files through librrd.
 *
 * A file that was just written lies in the page cache in large folios, and librrd's store of eight
 * bytes through its mapping makes the whole folio of up to 2 MiB dirty (facts/performance.md,
 * finding 2): so a new file is flushed and dropped from the cache once. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/store/pending.h"
#include "collector/store/rowtext.h"
#include "collector/store/rrdlib.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/fs.h"
#include "zw/str.h"

#define SOURCE_PAR 40 /* of a ds_def: its parameters begin here */
#define SOURCE_BYTES 120
#define LOCK_TRIES 25  /* of 2 ms */
#define SOURCE_USED 24 /* bytes of them that mean something */

/* Rows that keep one length; a length that is there already is only lengthened. */
static size_t
plan_add(struct rrdfile_archive *out, size_t n, uint64_t steps, uint64_t rows)
{
	for (size_t i = 0; i < n; i++)
		if (out[i].steps == steps) {
			for (size_t j = i; j < n && out[j].steps == steps; j++)
				if (out[j].rows < rows)
					out[j].rows = rows;
			return n;
		}
	for (unsigned cf = RRDFILE_AVERAGE; cf <= (steps > 1 ? RRDFILE_MAX : RRDFILE_AVERAGE); cf++)
		if (n < RRDFILE_MAX_ARCHIVES)
			out[n++] =
			    (struct rrdfile_archive){ .cf = cf, .rows = rows, .steps = steps };
	return n;
}

/* The archives of a series. */
size_t
rrdlib_plan(uint32_t step_s, const struct rrdlib_keep *keep, size_t n,
    struct rrdfile_archive out[RRDFILE_MAX_ARCHIVES])
{
	size_t count = 0;
	int64_t longest = (int64_t)step_s;

	for (size_t i = 0; i < n; i++) {
		if (keep[i].keep_s > longest)
			longest = keep[i].keep_s;
		if (keep[i].step_s < (int64_t)step_s)
			continue;
		int64_t steps = (keep[i].step_s + step_s - 1) / step_s;
		int64_t row_s = steps * step_s;
		int64_t rows = (keep[i].keep_s + row_s - 1) / row_s;
		count = plan_add(out, count, (uint64_t)steps, rows > 0 ? (uint64_t)rows : 1);
	}
	if (count == 0)
		count = plan_add(out, 0, 1, (uint64_t)((longest + step_s - 1) / step_s));
	return count;
}

/* A limit of a source; librrd reads at most 18 characters. */
static void
limit_text(char dst[32], double v)
{
	if (!isfinite(v)) {
		(void)str_copy(dst, 32, "U");
		return;
	}
	str_from_double(dst, v);
	if (strlen(dst) > 18)
		(void)snprintf(dst, 32, "%.9g", v);
}

/* "DS:name:GAUGE:heartbeat:min:max". A counter is a DERIVE from 0 on: what a reset or wrap would
 * make is below 0 and so unknown, never a spike. */
static char *
source_arg(const struct field *f, uint32_t step_s, double heartbeat)
{
	char low[32], high[32];
	bool counter = f->kind == FIELD_COUNTER;

	limit_text(low, counter ? 0 : f->min);
	limit_text(high, counter && !(f->max > 0) ? NAN : f->max);
	return xasprintf("DS:%s:%s:%.0f:%s:%s", f->name, counter ? "DERIVE" : "GAUGE",
	    ceil(heartbeat * step_s), low, high);
}

/* What librrd complained of; the text may be missing (finding 9: a full disk). */
static int
library_failed(const char *what, struct err *e)
{
	const char *why = rrd_get_error();

	err_set(e, "librrd cannot %s: %s", what,
	    why != NULL && why[0] != '\0' ? why : "no reason given; is the disk full?");
	rrd_clear_error();
	return -1;
}

/* Flush a new file and its name, and drop it from the page cache. */
static int
settle(const char *path, struct err *e)
{
	char dir[512];
	const char *slash = strrchr(path, '/');
	int rc = 0;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, "cannot open the new file: %s", strerror(errno));
	if (fsync(fd) == -1)
		rc = err_set(e, "cannot flush the new file: %s", strerror(errno));
	else
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	if (rc == -1 || slash == NULL)
		return rc;
	if (str_format(dir, sizeof dir, "%.*s", (int)(slash - path), path) == -1)
		return err_set(e, "the path is too long");
	return fs_sync_dir(dir, e);
}

/* Free arguments made by xasprintf. */
static void
free_args(char **args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(args[i]);
}

/* Make a file. Where in each archive the first row goes is librrd's random choice, so that not all
 * files cross into a new block at once; from a seed of the name, so that a second making of the
 * same file is the same. */
int
rrdlib_create(const char *path, const struct series_def *def, const struct rrdlib_shape *shape,
    int64_t start_s, struct err *e)
{
	static const char *const words[] = { "AVERAGE", "MIN", "MAX" };
	char *args[METRIC_MAX_FIELDS + RRDFILE_MAX_ARCHIVES];
	const char *argv[METRIC_MAX_FIELDS + RRDFILE_MAX_ARCHIVES];
	struct rrdfile_archive archives[RRDFILE_MAX_ARCHIVES];
	char name[RRDFILE_PATH];
	size_t n = 0;

	for (unsigned i = 0; i < def->nfields; i++)
		args[n++] = source_arg(&def->fields[i], def->step_s, shape->heartbeat);
	size_t narchives = rrdlib_plan(def->step_s, shape->keep, shape->nkeep, archives);
	for (size_t i = 0; i < narchives; i++)
		args[n++] = xasprintf("RRA:%s:0.5:%llu:%llu", words[archives[i].cf],
		    (unsigned long long)archives[i].steps, (unsigned long long)archives[i].rows);
	for (size_t i = 0; i < n; i++)
		argv[i] = args[i];
	rrdfile_name(name, def->node, def->source, def->instance);
	(void)rrd_random(); /* librrd seeds at its first use */
	srandom(crc32c(0, name, strlen(name)));
	rrd_clear_error();
	int rc = rrd_create_r2(path, def->step_s, (time_t)start_s, 1, NULL, NULL, (int)n, argv);
	free_args(args, n);
	if (rc != 0)
		return library_failed("make the file", e);
	return settle(path, e);
}

/* librrd leaves whatever was in memory in the unused parameters of a source that it adds. */
static int
scrub(const char *path, unsigned from, unsigned to, struct err *e)
{
	static const uint8_t zeros[SOURCE_BYTES];
	int rc = 0;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, "cannot open the widened file: %s", strerror(errno));
	for (unsigned i = from; i < to && rc == 0; i++) {
		uint64_t at = RRDFILE_HEAD + (uint64_t)i * SOURCE_BYTES + SOURCE_PAR + SOURCE_USED;
		if (fs_pwrite(fd, zeros, SOURCE_BYTES - SOURCE_PAR - SOURCE_USED, at) == -1)
			rc = err_set(e, "cannot write the widened file: %s", strerror(errno));
	}
	close(fd);
	return rc;
}

/* Make a wider file beside the old one: librrd writes a new file over a second name of the old. */
int
rrdlib_widen(const char *path, const char *old, unsigned have, const struct series_def *def,
    double heartbeat, struct err *e)
{
	char *args[METRIC_MAX_FIELDS + 2];
	size_t n = 0;

	if ((unlink(path) == -1 && errno != ENOENT) || link(old, path) == -1)
		return err_set(e, "cannot link the file to widen: %s", strerror(errno));
	args[n++] = xstrdup("tune");
	args[n++] = xstrdup(path);
	for (unsigned i = have; i < def->nfields; i++)
		args[n++] = source_arg(&def->fields[i], def->step_s, heartbeat);
	char *argv[METRIC_MAX_FIELDS + 3];
	for (size_t i = 0; i < n; i++)
		argv[i] = args[i];
	argv[n] = NULL;
	rrd_clear_error();
	int rc = rrd_tune((int)n, argv) != 0 || rrd_test_error();
	free_args(args, n);
	if (rc != 0) {
		(void)unlink(path);
		return library_failed("add fields to the file", e);
	}
	if (scrub(path, have, def->nfields, e) == -1)
		return -1;
	return settle(path, e);
}

/* The rows as librrd wants them: "time:value:value..." each, NUL-terminated. */
static void
put_rows(struct buf *text, const struct series_def *def, const struct pending *rows)
{
	size_t most = 24 + rows->width * (size_t)(ROWTEXT_MAX + 1);

	buf_clear(text);
	for (size_t r = 0; r < rows->n; r++) {
		char *start = (char *)buf_extend(text, most);
		char *p = start + rowtext_integer(start, (uint64_t)pending_time(rows, r));
		const double *v = rows->values + r * rows->width;
		for (unsigned i = 0; i < rows->width; i++) {
			*p++ = ':';
			p += def->fields[i].kind == FIELD_COUNTER ? rowtext_counter(p, v[i])
								  : rowtext_gauge(p, v[i]);
		}
		*p++ = '\0';
		text->len -= most - (size_t)(p - start);
	}
}

/* librrd takes a lock of the file to read it, too, and gives up at once where another has one: a
 * report that is made reads each file for a millisecond. Nothing was written then. */
static int
update(const char *path, int n, const char **argv)
{
	static const struct timespec moment = { .tv_nsec = 2000000 };

	for (unsigned try = 1;; try++) {
		rrd_clear_error();
		int rc = rrd_update_r(path, NULL, n, argv);
		const char *why = rc != 0 ? rrd_get_error() : NULL;
		if (why == NULL || try == LOCK_TRIES || strcmp(why, "could not lock RRD") != 0)
			return rc;
		(void)nanosleep(&moment, NULL);
	}
}

/* Update a file by all rows in one call. */
int
rrdlib_update(const char *path, const struct series_def *def, const struct pending *rows,
    struct buf *text, struct err *e)
{
	put_rows(text, def, rows);
	const char **argv = xreallocarray(NULL, rows->n, sizeof *argv);
	const char *p = (const char *)text->data;
	for (size_t r = 0; r < rows->n; r++) {
		argv[r] = p;
		p += strlen(p) + 1;
	}
	int rc = update(path, (int)rows->n, argv);
	free(argv);
	return rc != 0 ? library_failed("update the file", e) : 0;
}
