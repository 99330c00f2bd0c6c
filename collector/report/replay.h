/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: what the RRDs of a site hold, told again in the order of time, as far as it is known.
 *
 * Read-only. Of each series the finest archive that covers the moment is read; what a row holds is
 * its average, of a state the worst that it was in during the row. Rows are read in chunks of some
 * hours, so that memory stays bounded whatever the span. */
#ifndef COLLECTOR_REPLAY_H
#define COLLECTOR_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

#define REPLAY_MAX_SPANS 64

struct conf_collector;
struct replay;

struct replay_ops {
	/* A series, before its first reading, and again when its rows get another length, which is
	 * def's step. Counters are told as gauges, being stored as rates. -1: it is not wanted. */
	int (*define)(void *arg, uint32_t sid, const struct series_def *def);
	/* Time passed up to there; all readings that follow are of it. */
	void (*pass)(void *arg, int64_t time_s);
	void (*read)(void *arg, uint32_t sid, int64_t time_s, unsigned n, const double *values);
};

/* From when on rows had which length, of the series with the shortest. */
struct replay_span {
	int64_t from_s;
	int64_t step_s;
};

struct replay_sum {
	int64_t start_s; /* of the first reading, less a row */
	int64_t end_s;
	size_t nseries; /* with a file */
	size_t nunread; /* whose file is absent or damaged */
	uint64_t nreadings;
	struct replay_span spans[REPLAY_MAX_SPANS];
	size_t nspans;
};

/* Reads the catalog below store.dir and the headers of all RRDs in `dir`, which must be the
 * working directory. -1: there is no catalog that can be read. */
int replay_open(struct replay **out, const struct conf_collector *conf, int64_t start_s,
    int64_t end_s, struct err *e) __attribute__((warn_unused_result));
void replay_free(struct replay *r); /* NULL is fine */
/* Tells all of it. */
void replay_run(struct replay *r, const struct replay_ops *ops, void *arg, struct replay_sum *sum);
/* When the first that any file may hold begins, not before start_s; end_s: there is nothing. */
int64_t replay_start_s(const struct replay *r);

#endif
