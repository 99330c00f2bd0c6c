/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exposition: a writer of what Prometheus reads: its text format 0.0.4, or OpenMetrics 1.0. Pure.
 *
 * Families come one after the other, each with all its samples. */
#ifndef COLLECTOR_WEB_API_EXPOSITION_H
#define COLLECTOR_WEB_API_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"

enum exposition_type {
	EXPOSITION_GAUGE,
	EXPOSITION_COUNTER,  /* its name has no "_total": that is added */
	EXPOSITION_INFO,     /* likewise "_info"; its samples are 1 */
	EXPOSITION_HISTOGRAM /* by exposition_histogram() */
};

struct exposition {
	struct buf *b; /* borrowed */
	bool open;     /* OpenMetrics */
	char family[192];
};

/* Whether an Accept header (may be NULL) asks for OpenMetrics. */
bool exposition_wants_open(const char *accept);
/* Begins a family. unit: its name's last part, or NULL. */
void exposition_family(struct exposition *x, const char *name, enum exposition_type type,
    const char *unit, const char *help);
/* A sample of the family. labels: name, value, ... up to a NULL name; values may be of anybody.
 * time_ms 0: none is told. */
void exposition_sample(struct exposition *x, const char *const *labels, double v, int64_t time_ms);
/* The same of a number that a double may not hold. */
void exposition_count(struct exposition *x, const char *const *labels, uint64_t v);
/* A family of one histogram: by[i] of the n classes are up to bounds[i], the last has no bound. */
void exposition_histogram(struct exposition *x, const char *name, const char *help,
    const double *bounds, const uint64_t *by, size_t n, double sum);
/* What stands at the end of all. */
void exposition_end(struct exposition *x);

#endif
