/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A month at five minutes has 8,928 rows, a page 500 points: what falls into one column is drawn as
 * it would look, from its least to its greatest value. A gap of one row stays a gap. */
#include "collector/report/chart/thin.h"

#include <math.h>
#include <stdbool.h>

/* The middle of row i. */
static double
middle(size_t i, size_t n)
{
	return ((double)i + 0.5) / (double)n;
}

/* The end of the rows that share i's column and its run: the first row that does not. */
static size_t
group_end(const double *v, const double *w, size_t i, size_t n, size_t columns)
{
	size_t column = i * columns / n, end = i;

	while (end < n && !isnan(v[end]) && !isnan(w[end]) &&
	       (n <= columns ? end == i : end * columns / n == column))
		end++;
	return end;
}

/* Add a row unless it was the last one added. */
static void
put(struct thin_point *out, size_t *k, size_t *last, size_t i, const double *v, size_t n)
{
	if (*last != (size_t)-1 && i <= *last)
		return;
	out[(*k)++] = (struct thin_point){ middle(i, n), v[i], v[i], *last == (size_t)-1 };
	*last = i;
}

size_t
thin_line(struct thin_point *out, const double *v, size_t n, size_t columns)
{
	size_t k = 0, last = (size_t)-1;

	for (size_t i = 0; i < n;) {
		size_t end = group_end(v, v, i, n, columns);
		if (end == i) { /* a gap */
			last = (size_t)-1;
			i++;
			continue;
		}
		size_t lo = i, hi = i;
		for (size_t j = i; j < end; j++) {
			lo = v[j] < v[lo] ? j : lo;
			hi = v[j] > v[hi] ? j : hi;
		}
		if (last == (size_t)-1)
			put(out, &k, &last, i, v, n);
		put(out, &k, &last, lo < hi ? lo : hi, v, n);
		put(out, &k, &last, lo < hi ? hi : lo, v, n);
		if (end == n || isnan(v[end]))
			put(out, &k, &last, end - 1, v, n);
		i = end;
	}
	return k;
}

size_t
thin_band(struct thin_point *out, const double *low, const double *high, size_t n, size_t columns)
{
	size_t k = 0;
	bool first = true;

	for (size_t i = 0; i < n;) {
		size_t end = group_end(low, high, i, n, columns);
		if (end == i) {
			first = true;
			i++;
			continue;
		}
		struct thin_point p = { (middle(i, n) + middle(end - 1, n)) / 2, low[i], high[i],
			first };
		for (size_t j = i; j < end; j++) {
			p.low = fmin(p.low, low[j]);
			p.high = fmax(p.high, high[j]);
		}
		out[k++] = p;
		first = false;
		i = end;
	}
	return k;
}
