/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raster: the rows of several spans put on one grid of time, as sums, extremes, and how many of
 * them were known. Pure. */
#ifndef COLLECTOR_RASTER_H
#define COLLECTOR_RASTER_H

#include <stddef.h>
#include <stdint.h>

struct span;

/* Row i is of [from_s + i * step_s, ...). */
struct raster {
	int64_t from_s;
	int64_t to_s;
	int64_t step_s; /* 0: nothing was taken yet */
	size_t n;
	size_t taken;  /* fields that were taken, of which anything is known */
	double *sum;   /* of the averages of those known, each by the part of the row it covers */
	double *known; /* how many of them */
	double *there; /* how many there were: all that were known before, or are */
	double *low;   /* of the extremes; NAN: nothing is known */
	double *high;
	double *least; /* of the averages, likewise */
	double *most;
};

/* Of a length of time; rows are as long as those of the span that is taken first. */
struct raster raster_of(int64_t from_s, int64_t to_s);
void raster_clear(struct raster *g);
/* Takes a field times a factor. */
void raster_take(struct raster *g, const struct span *s, unsigned field, double factor);
/* The sum where all that were there by then are known; NAN otherwise. */
double raster_whole(const struct raster *g, size_t row);
/* The integral of the sums over a time: of W, joules. */
double raster_integral(const struct raster *g, int64_t from_s, int64_t to_s);
/* Which part of a time is known of those that were there, 0-1; NAN: none were. */
double raster_coverage(const struct raster *g, int64_t from_s, int64_t to_s);
/* A step for a picture of at most so many rows, a multiple of the grid's. */
int64_t raster_step(const struct raster *g, size_t rows);

#endif
