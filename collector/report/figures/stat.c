/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows of a span say; all of span.h that is pure. Rows are of one length, so that the mean
 * of known rows is the mean over their time. */
#include <math.h>
#include <stdlib.h>

#include "collector/report/figures/span.h"
#include "zw/alloc.h"

/* Takes the extremes of a row into account. */
static void
take_extremes(struct stats *st, double low, double high, int64_t at_s)
{
	if (!isnan(low) && !(low >= st->min)) {
		st->min = low;
		st->min_at_s = at_s;
	}
	if (!isnan(high) && !(high <= st->max)) {
		st->max = high;
		st->max_at_s = at_s;
	}
}

void
stat_of(struct stats *st, const struct span *s, unsigned field)
{
	stat_between(st, s, field, s->from_s, s->to_s);
}

void
stat_between(struct stats *st, const struct span *s, unsigned field, int64_t from_s, int64_t to_s)
{
	double *known = xcalloc(s->nrows + 1, sizeof *known), sum = 0;
	size_t n = 0;

	*st =
	    (struct stats){ .mean = NAN, .min = NAN, .max = NAN, .p95 = NAN, .step_s = s->step_s };
	for (size_t r = 0; r < s->nrows; r++) {
		int64_t at = s->from_s + (int64_t)r * s->step_s;
		double v = s->values[SPAN_AVERAGE][field][r];
		if (at < from_s || at + s->step_s > to_s)
			continue;
		st->total_s += (double)s->step_s;
		if (isnan(v))
			continue;
		known[n++] = v;
		sum += v;
		take_extremes(st, s->values[SPAN_MIN][field][r], s->values[SPAN_MAX][field][r], at);
	}
	st->known_s = (double)n * (double)s->step_s;
	if (n > 0) {
		st->mean = sum / (double)n;
		st->p95 = stat_percentile(known, n, 95);
	}
	free(known);
}

double
stat_integral(const struct span *s, unsigned field)
{
	double sum = 0;

	for (size_t r = 0; r < s->nrows; r++)
		if (!isnan(s->values[SPAN_AVERAGE][field][r]))
			sum += s->values[SPAN_AVERAGE][field][r];
	return sum * (double)s->step_s;
}

double
stat_growth(const struct span *s, unsigned field)
{
	double sum = NAN, last = NAN, last_high = NAN;

	for (size_t r = 0; r < s->nrows; r++) {
		double now = s->values[SPAN_AVERAGE][field][r];
		if (isnan(now))
			continue;
		if (isnan(last)) /* what it grew in the first half of its first row */
			sum = now - s->values[SPAN_MIN][field][r];
		else if (now > last)
			sum += now - last;
		last = now;
		last_high = s->values[SPAN_MAX][field][r];
	}
	return sum + (last_high - last);
}

/* Changes places. */
static void
swap(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

/* Hoare's selection, by the median of three: of millions of values, faster than to sort them, and
 * without memory. */
double
stat_select(double *v, size_t n, size_t place)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2, i = low, j = high;
		if (v[middle] < v[low])
			swap(&v[middle], &v[low]);
		if (v[high] < v[low])
			swap(&v[high], &v[low]);
		if (v[high] < v[middle])
			swap(&v[high], &v[middle]);
		double pivot = v[middle];
		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (pivot < v[j])
				j--;
			if (i > j)
				break;
			swap(&v[i++], &v[j]);
			if (j == 0)
				break;
			j--;
		}
		if (place <= j)
			high = j;
		else if (place >= i)
			low = i;
		else
			return v[place];
	}
	return v[place];
}

double
stat_percentile(double *values, size_t n, double percent)
{
	size_t known = 0, rank;

	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			values[known++] = values[i];
	if (known == 0)
		return NAN;
	/* Less a hair, that 95 % of 20 is the 19th however it is rounded. */
	rank = (size_t)ceil(percent / 100 * (double)known - 1e-9);
	rank = rank < 1 ? 1 : rank > known ? known : rank;
	return stat_select(values, known, rank - 1);
}

double
stat_coverage(const struct stats *st)
{
	return st->total_s > 0 ? st->known_s / st->total_s : NAN;
}
