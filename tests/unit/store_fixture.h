/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_fixture: a directory with a catalog and a journal as the collector would have written them,
 * and the store's work on it, for the tests of the store. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/journal/catalog.h"
#include "collector/journal/journal.h"
#include "collector/store/keeper.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/buf.h"
#include "zw/fs.h"
#include "zw/seglog.h"
#include "zw/wire.h"

#define FIXTURE_T0 1700000000 /* a multiple of 10 */
#define FIXTURE_STEP 10
#ifndef FIXTURE_TMP
#define FIXTURE_TMP "/tmp"
#endif

struct fixture {
	char dir[PATH_MAX / 4];
	char rrd_dir[PATH_MAX / 2];
	uint8_t stream[WIRE_STREAM_ID];
	struct catalog *catalog;
	struct seglog *journal;
	unsigned nseries;
	unsigned nfields;
	uint64_t seq;
	uint64_t catalog_lsn;
	uint64_t journal_lsn;
	unsigned quarantined; /* calls of keeper_conf.quarantined */
	unsigned damaged;     /* and of .damaged */
};

/* Remove one entry of a tree. */
static int
fixture_unlink(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* A definition of series number i. */
static inline struct series_def
fixture_def(unsigned i, unsigned nfields)
{
	static const enum field_kind kinds[] = { FIELD_GAUGE, FIELD_COUNTER, FIELD_STATE };
	struct series_def def = { .id = i + 1, .step_s = FIXTURE_STEP, .nfields = nfields };

	(void)snprintf(def.node, sizeof def.node, "srv%02u", i % 3);
	(void)snprintf(def.source, sizeof def.source, "src");
	(void)snprintf(def.instance, sizeof def.instance, "i%u", i);
	for (unsigned k = 0; k < nfields; k++) {
		struct field *f = &def.fields[k];
		*f = (struct field){ .kind = kinds[k % 3], .min = NAN, .max = NAN };
		(void)snprintf(f->name, sizeof f->name, "f%u", k);
		(void)snprintf(f->unit, sizeof f->unit, "%%");
	}
	return def;
}

/* Define series i, or widen it. */
static inline void
fixture_define(struct fixture *f, unsigned i, unsigned nfields)
{
	struct series_def def = fixture_def(i, nfields);
	struct err e = { "" };

	if (catalog_define(f->catalog, f->stream, &def, &e) == 0) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	if (seglog_commit_now(catalog_log(f->catalog), &e) == -1)
		abort();
	f->catalog_lsn = seglog_durable(catalog_log(f->catalog));
}

/* Make the directory with its logs. */
static inline void
fixture_new(struct fixture *f, unsigned nseries, unsigned nfields)
{
	char path[PATH_MAX];
	struct err e = { "" };

	*f =
	    (struct fixture){ .nseries = nseries, .nfields = nfields, .stream = "0123456789abcde" };
	(void)snprintf(f->dir, sizeof f->dir, FIXTURE_TMP "/zw-store-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		abort();
	(void)snprintf(f->rrd_dir, sizeof f->rrd_dir, "%s/rrd", f->dir);
	(void)snprintf(path, sizeof path, "%s/catalog", f->dir);
	if (catalog_open_writer(&f->catalog, path, &e) == -1)
		abort();
	(void)snprintf(path, sizeof path, "%s/journal", f->dir);
	struct seglog_opts o = { .dir = path, .subject = "journal", .segment_bytes = 1 << 20 };
	if (seglog_open(&f->journal, &o, &e) == -1)
		abort();
	for (unsigned i = 0; i < nseries; i++)
		fixture_define(f, i, nfields);
}

/* Remove all. */
static inline void
fixture_free(struct fixture *f)
{
	catalog_close(f->catalog);
	seglog_close(f->journal);
	(void)nftw(f->dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* The value of a field at a step: decimals, counters that wrap or restart, states; some unknown. */
static inline double
fixture_value(unsigned series, unsigned field, unsigned step)
{
	unsigned h = (series * 31 + field * 7 + step * 13) % 101;

	if (h == 5)
		return NAN;
	if (field % 3 == 1)
		return (double)(step % 97) * 1000 + h;
	if (field % 3 == 2)
		return h % 4;
	return (double)h / 7 + (double)step / 100;
}

/* Append a batch of all series at a step that came at some time, and commit it; some series miss
 * some steps. */
static inline void
fixture_batch_came(struct fixture *f, unsigned step, int64_t time_s, int64_t came_s)
{
	double values[METRIC_MAX_FIELDS];
	struct buf b = { 0 };
	struct err e;

	buf_put(&b, f->stream, WIRE_STREAM_ID);
	buf_be64(&b, (uint64_t)came_s * 1000 + 700);
	buf_str(&b, "srv00");
	struct batch_writer w = batch_begin(&b, ++f->seq, time_s);
	for (unsigned i = 0; i < f->nseries; i++) {
		if ((i * 17 + step) % 23 < 4)
			continue;
		for (unsigned k = 0; k < f->nfields; k++)
			values[k] = fixture_value(i, k, step);
		batch_add(&w, i + 1, f->nfields, values);
	}
	f->journal_lsn = seglog_append(f->journal, WIRE_BATCH, b.data, b.len);
	buf_free(&b);
	if (step % 64 == 63 && seglog_commit_now(f->journal, &e) == -1)
		abort();
}

/* One that came when it was made. */
static inline void
fixture_batch_at(struct fixture *f, unsigned step, int64_t time_s)
{
	fixture_batch_came(f, step, time_s, time_s);
}

static inline void
fixture_batches(struct fixture *f, unsigned from, unsigned to)
{
	struct err e;

	for (unsigned s = from; s < to; s++)
		fixture_batch_at(f, s, FIXTURE_T0 + (int64_t)s * FIXTURE_STEP);
	if (seglog_commit_now(f->journal, &e) == -1)
		abort();
}

/* Small archives. */
static struct rrdlib_shape
fixture_shape(void *arg, const char *source)
{
	static const struct rrdlib_keep keep[] = { { 10, 3600 }, { 60, 14400 }, { 300, 86400 } };

	(void)arg;
	(void)source;
	return (struct rrdlib_shape){ .heartbeat = 2.5, .keep = keep, .nkeep = 3 };
}

static void
fixture_quarantined(void *arg, uint32_t sid, const char *why)
{
	struct fixture *f = arg;

	(void)sid;
	(void)why;
	f->quarantined++;
}

static void
fixture_damaged(void *arg, const char *file, const char *why)
{
	struct fixture *f = arg;

	(void)file;
	(void)why;
	f->damaged++;
}

/* Open the store. */
static inline struct keeper *
fixture_open(struct fixture *f, bool crashed)
{
	struct keeper_conf kc = { .dir = f->dir,
		.rrd_dir = f->rrd_dir,
		.flush_ms = 600,
		.checkpoint_ms = 1000,
		.max_pending = 1 << 20,
		.shape = fixture_shape,
		.quarantined = fixture_quarantined,
		.damaged = fixture_damaged,
		.arg = f };
	struct keeper *k;
	struct err e = { "" };

	if (keeper_open(&k, &kc, crashed, &e) == -1) {
		fprintf(stderr, "keeper_open: %s\n", e.msg);
		abort();
	}
	return k;
}

static inline void
fixture_must(int rc, const struct err *e)
{
	if (rc == -1) {
		fprintf(stderr, "%s\n", e->msg);
		abort();
	}
}

/* Take in all that the journal has. */
static inline void
fixture_apply(struct fixture *f, struct keeper *k)
{
	struct err e = { "" };
	int rc;

	fixture_must(keeper_durable(k, f->journal_lsn, f->catalog_lsn, &e), &e);
	while ((rc = keeper_apply(k, 1, 1000000, &e)) == 1)
		;
	fixture_must(rc, &e);
}

/* Write all and make a checkpoint. */
static inline uint64_t
fixture_finish(struct keeper *k)
{
	uint64_t from = 0;
	struct err e = { "" };

	fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
	fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
	return from;
}

/* Compare all rows of all files with their sums. */
static inline void
fixture_scrub(struct keeper *k)
{
	struct err e = { "" };
	int64_t now_ms = k->scrub.due_ms;

	k->stats.scrubbed_ms = 0;
	while (k->stats.scrubbed_ms == 0)
		fixture_must(scrub_some(k, now_ms = now_ms + 1000000, 1, &e), &e);
}

/* The path of series i's file. */
static inline void
fixture_path(const struct fixture *f, unsigned i, char path[PATH_MAX])
{
	char name[RRDFILE_PATH];
	struct series_def def = fixture_def(i, 1);

	rrdfile_name(name, def.node, def.source, def.instance);
	(void)snprintf(path, PATH_MAX, "%s/%s", f->rrd_dir, name);
}

/* The whole of series i's file; the caller frees it. */
static inline char *
fixture_read(const struct fixture *f, unsigned i, size_t *n)
{
	char path[PATH_MAX], *data = NULL;
	struct err e = { "" };

	fixture_path(f, i, path);
	if (fs_read(path, 64 << 20, &data, n, &e) == -1)
		return NULL;
	return data;
}

/* Whether all files of two stores are the same, byte for byte. */
static inline bool
fixture_same(const struct fixture *a, const struct fixture *b)
{
	bool same = true;

	for (unsigned i = 0; i < a->nseries; i++) {
		size_t n = 0, m = 0;
		char *x = fixture_read(a, i, &n), *y = fixture_read(b, i, &m);
		if (x == NULL || y == NULL || n != m || memcmp(x, y, n) != 0) {
			fprintf(stderr, "series %u differs\n", i);
			same = false;
		}
		free(x);
		free(y);
	}
	return same;
}

/* Two processes that wait for each other at each step do so faster on one processor. */
static inline void
fixture_one_processor(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET((unsigned)(cpu >= 0 ? cpu : 0), &set);
	(void)sched_setaffinity(0, sizeof set, &set);
}

#endif
