/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns: values of RRDs for graphs and tables: a column for each field and function, of no more
 * rows than can be seen. */
#ifndef COLLECTOR_COLUMNS_H
#define COLLECTOR_COLUMNS_H

#include "zw/buf.h"
#include "zw/err.h"

struct ask;
struct rrdfile;

/* Seconds of a row of the archive that shows [start_s, end_s) in at most so many rows of at least
 * so many seconds: the finest that is coarse enough and reaches back to the start; else the finest
 * that does; else that which reaches back farthest. points and step_s may be 0. Pure. */
int64_t columns_archive(
    const struct rrdfile *f, int64_t start_s, int64_t end_s, unsigned points, int64_t step_s);

/* {"start_s","end_s","step_s","rows","archive":{"step_s","merged","exact"},"fields":[{...}],
 * "average":[[...],...],"min":...,"max":...}: row i of a column is of the step_s seconds that end
 * at start_s + i * step_s; end_s is the end of the last row. Those functions are there that are
 * asked for. merged: so many rows of the archive are one here; exact: a row is one sample, whose
 * extremes are its average. Unknown is null. */
int columns_json(struct buf *b, const struct ask *a, struct err *e)
    __attribute__((warn_unused_result));
/* The same by RFC 4180, a row a line: local time, the same by ISO 8601, the columns. */
int columns_csv(struct buf *b, const struct ask *a, struct err *e)
    __attribute__((warn_unused_result));

#endif
