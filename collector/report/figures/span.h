/* SPDX-License-Identifier: GPL-3.0-or-later */
/* span: all fields of a series over a length of time, from the archive that fits, with how much of
 * it is known. The one place where figures are read from RRDs.
 *
 * A row is known where its average is a number: librrd gives none to a row of which less than half
 * was known (xff 0.5), so a row under 50 % coverage is no data. Extremes come from the archives MIN
 * and MAX, where a row is one sample from AVERAGE. */
#ifndef COLLECTOR_SPAN_H
#define COLLECTOR_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

struct series;

enum span_cf {
	SPAN_AVERAGE,
	SPAN_MIN,
	SPAN_MAX
};

/* Row i is of [from_s + i * step_s, from_s + (i + 1) * step_s). */
struct span {
	int64_t from_s;
	int64_t to_s; /* from_s + nrows * step_s */
	int64_t step_s;
	size_t nrows;
	unsigned nfields;
	int64_t first_s; /* of the first known row of any field; to_s: none */
	/* [enum span_cf][field][row]; NAN: unknown. Not to be changed: extremes may be the
	 * averages. */
	double *values[3][METRIC_MAX_FIELDS];
};

/* Of the finest archive that reaches back to from_s with rows of at least min_step_s seconds (0:
 * any; reports take 300: a month has 8,928 of them), else of the one that reaches back farthest.
 * from_s and to_s are rounded outwards to whole rows. Fields of the file that the series no longer
 * has are left out. -1 and the reason: there is no file, or it is damaged. NULL rows never happen:
 * what is not in the file is unknown. */
int span_read(struct span **out, const struct series *se, int64_t from_s, int64_t to_s,
    int64_t min_step_s, struct err *e) __attribute__((warn_unused_result));
/* The same without extremes: they are the averages. A third of the reading. */
int span_read_averages(struct span **out, const struct series *se, int64_t from_s, int64_t to_s,
    int64_t min_step_s, struct err *e) __attribute__((warn_unused_result));
void span_free(struct span *s); /* NULL is fine */

/* What a field's values say, each row weighing its length. Pure. */
struct stats {
	double known_s; /* seconds of known rows */
	double total_s; /* of all rows */
	double mean;	/* NAN: nothing known; so all below */
	double min;
	double max;
	int64_t min_at_s; /* the beginning of its row */
	int64_t max_at_s;
	double p95;	/* nearest-rank 95th percentile of the rows' averages */
	int64_t step_s; /* of the rows that p95 is of */
};

void stat_of(struct stats *st, const struct span *s, unsigned field);
/* The same of part of it: rows within [from_s, to_s). */
void stat_between(
    struct stats *st, const struct span *s, unsigned field, int64_t from_s, int64_t to_s);
/* Seconds' integral of the averages over known rows: of power in W, joules. */
double stat_integral(const struct span *s, unsigned field);
/* What a counter that only grows has grown by, from its first known sample to its last; where it
 * fell it began anew, and that is no growth. NAN: nothing is known. */
double stat_growth(const struct span *s, unsigned field);
/* Nearest-rank percentile (0-100) of n values, unknown ones left out; it changes their order. */
double stat_percentile(double *values, size_t n, double percent);
/* The value that would stand at a place below n if n known values were in order; it puts them
 * about. */
double stat_select(double *v, size_t n, size_t place);
/* Part of the time that is known, 0 to 1; NAN of no time. */
double stat_coverage(const struct stats *st);

#endif
