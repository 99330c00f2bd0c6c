/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grid: values of several series on common rows of time, as one line. Pure. */
#ifndef COLLECTOR_GRAPHS_GRID_H
#define COLLECTOR_GRAPHS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span;

enum grid_with {
	GRID_MEAN,
	GRID_SUM,
	GRID_MAX,
	GRID_MIN,
	GRID_POOL /* a mean; but what is asked of a time is of all rows of all */
};

/* Row i is of [from_s + i * step_s, from_s + (i + 1) * step_s). */
struct grid {
	int64_t from_s;
	int64_t step_s;
	size_t n;
	enum grid_with with;
	unsigned nseries; /* that were added */
	double *mid;	  /* after grid_finish(); NAN: unknown */
	double *low;
	double *high;
	unsigned *known;  /* series that are, by row */
	unsigned *wanted; /* that should be: those that had begun */
	double **pool;	  /* of GRID_POOL: each series' rows */
	size_t npool;
};

struct grid *grid_new(int64_t from_s, int64_t to_s, int64_t step_s, enum grid_with with);
void grid_free(struct grid *g); /* NULL is fine */
/* Adds a field, times the factor. A row is the mean, over time, of what lies in it, and unknown
 * where less than half of it is known. */
void grid_add(struct grid *g, const struct span *s, unsigned field, double scale);
/* No more are added. A sum is unknown where a series is that had begun and was not gone for good.
 */
void grid_finish(struct grid *g);
/* The mean of known rows; NAN. */
double grid_mean(const struct grid *g);

enum grid_value {
	GRID_VALUE_MEAN,
	GRID_VALUE_MIN,
	GRID_VALUE_MAX,
	GRID_VALUE_P95,
	GRID_VALUE_ENERGY /* kWh of W */
};
/* Of rows within [from_s, to_s); NAN: less than half of them are known. */
double grid_value(const struct grid *g, int64_t from_s, int64_t to_s, enum grid_value what);

#endif
