/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rrdlib: the store's door to librrd: make, widen and update a file. */
#ifndef COLLECTOR_RRDLIB_H
#define COLLECTOR_RRDLIB_H

#include <stddef.h>
#include <stdint.h>

#include "collector/store/rrdfile.h"
#include "zw/buf.h"
#include "zw/err.h"
#include "zw/metric.h"

struct pending;

/* Rows of step_s seconds, kept for keep_s. */
struct rrdlib_keep {
	int64_t step_s;
	int64_t keep_s;
};

/* How the file of a series is made. */
struct rrdlib_shape {
	double heartbeat;		/* steps */
	const struct rrdlib_keep *keep; /* borrowed */
	size_t nkeep;
};

/* What archives a series of this step gets: rows finer than the step are left out, and MIN and MAX
 * where a row is one step (they would equal AVERAGE). Returns their number, at least 1. */
size_t rrdlib_plan(uint32_t step_s, const struct rrdlib_keep *keep, size_t n,
    struct rrdfile_archive out[RRDFILE_MAX_ARCHIVES]);

/* Makes the file (its directory must exist), whose first sample comes after start_s. The file is
 * durable when this returns, and out of the page cache. */
int rrdlib_create(const char *path, const struct series_def *def, const struct rrdlib_shape *shape,
    int64_t start_s, struct err *e) __attribute__((warn_unused_result));
/* Makes `path` of `old`, with those fields of def as sources that old lacks; durable likewise. */
int rrdlib_widen(const char *path, const char *old, unsigned have, const struct series_def *def,
    double heartbeat, struct err *e) __attribute__((warn_unused_result));
/* Writes the rows in one call. All must be after the file's last update. text is the caller's
 * scratch memory. On an error some of the first rows may be in the file. */
int rrdlib_update(const char *path, const struct series_def *def, const struct pending *rows,
    struct buf *text, struct err *e) __attribute__((warn_unused_result));

#endif
