/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series have archives of different steps: rows of a common step are made of each, then put
 * together. */
#include "collector/report/graphs/grid.h"

#include <math.h>
#include <stdlib.h>

#include "collector/report/figures/span.h"
#include "zw/alloc.h"

#define GONE_S 86400 /* silent for so long at the end: no part of a sum any more */

struct grid *
grid_new(int64_t from_s, int64_t to_s, int64_t step_s, enum grid_with with)
{
	struct grid *g = xcalloc(1, sizeof *g);

	g->from_s = from_s;
	g->step_s = step_s;
	g->with = with;
	g->n = to_s > from_s ? (size_t)((to_s - from_s + step_s - 1) / step_s) : 0;
	g->mid = xcalloc(g->n + 1, sizeof *g->mid);
	g->low = xcalloc(g->n + 1, sizeof *g->low);
	g->high = xcalloc(g->n + 1, sizeof *g->high);
	g->known = xcalloc(g->n + 1, sizeof *g->known);
	g->wanted = xcalloc(g->n + 1, sizeof *g->wanted);
	for (size_t i = 0; i < g->n; i++) {
		g->mid[i] = with == GRID_MAX ? -INFINITY : with == GRID_MIN ? INFINITY : 0;
		g->low[i] = INFINITY;
		g->high[i] = -INFINITY;
	}
	return g;
}

void
grid_free(struct grid *g)
{
	if (g == NULL)
		return;
	free(g->mid);
	free(g->low);
	free(g->high);
	free(g->known);
	free(g->wanted);
	for (size_t i = 0; i < g->npool; i++)
		free(g->pool[i]);
	free(g->pool);
	free(g);
}

/* One row of one series. */
struct row {
	double mean; /* NAN: unknown */
	double low;
	double high;
};

/* What a series has within a row of the grid. */
static struct row
row_of(const struct span *s, unsigned field, int64_t from_s, int64_t to_s)
{
	struct row row = { 0, INFINITY, -INFINITY };
	double known = 0;
	int64_t first = (from_s - s->from_s) / s->step_s;

	for (int64_t r = first < 0 ? 0 : first; r < (int64_t)s->nrows; r++) {
		int64_t at = s->from_s + r * s->step_s, end = at + s->step_s;
		if (at >= to_s)
			break;
		int64_t share = (end < to_s ? end : to_s) - (at > from_s ? at : from_s);
		double v = s->values[SPAN_AVERAGE][field][r];
		if (isnan(v) || share <= 0)
			continue;
		known += (double)share;
		row.mean += v * (double)share;
		row.low = fmin(row.low, fmin(v, s->values[SPAN_MIN][field][r]));
		row.high = fmax(row.high, fmax(v, s->values[SPAN_MAX][field][r]));
	}
	row.mean = known * 2 >= (double)(to_s - from_s) ? row.mean / known : NAN;
	return row;
}

/* Room for the rows of one more series, all unknown. */
static double *
pool_more(struct grid *g)
{
	double *rows = xcalloc(g->n + 1, sizeof *rows);

	for (size_t i = 0; i < g->n; i++)
		rows[i] = NAN;
	g->pool = xreallocarray(g->pool, g->npool + 1, sizeof *g->pool);
	g->pool[g->npool++] = rows;
	return rows;
}

/* Put a known row to those of other series. */
static void
put(struct grid *g, size_t i, const struct row *row)
{
	switch (g->with) {
	case GRID_MAX:
		g->mid[i] = fmax(g->mid[i], row->mean);
		break;
	case GRID_MIN:
		g->mid[i] = fmin(g->mid[i], row->mean);
		break;
	default:
		g->mid[i] += row->mean;
	}
	g->low[i] = fmin(g->low[i], row->low);
	g->high[i] = fmax(g->high[i], row->high);
	g->known[i]++;
}

void
grid_add(struct grid *g, const struct span *s, unsigned field, double scale)
{
	size_t first = g->n, last = 0;
	double *pool = g->with == GRID_POOL ? pool_more(g) : NULL;

	g->nseries++;
	for (size_t i = 0; i < g->n; i++) {
		int64_t at = g->from_s + (int64_t)i * g->step_s;
		struct row row = row_of(s, field, at, at + g->step_s);
		if (isnan(row.mean))
			continue;
		row.mean *= scale;
		double low = row.low * scale, high = row.high * scale;
		row.low = fmin(low, high);
		row.high = fmax(low, high);
		put(g, i, &row);
		if (pool != NULL)
			pool[i] = row.mean;
		first = first == g->n ? i : first;
		last = i;
	}
	if (first == g->n)
		return;
	if ((int64_t)(g->n - 1 - last) * g->step_s < GONE_S)
		last = g->n - 1;
	for (size_t i = first; i <= last; i++)
		g->wanted[i]++;
}

void
grid_finish(struct grid *g)
{
	for (size_t i = 0; i < g->n; i++) {
		bool lacks = g->with == GRID_SUM && g->known[i] < g->wanted[i];
		if (g->known[i] == 0 || lacks)
			g->mid[i] = g->low[i] = g->high[i] = NAN;
		else if (g->with == GRID_MEAN || g->with == GRID_POOL)
			g->mid[i] /= g->known[i];
	}
}

double
grid_mean(const struct grid *g)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (!isnan(g->mid[i])) {
			sum += g->mid[i];
			n++;
		}
	return n > 0 ? sum / (double)n : NAN;
}

/* Takes the known rows [first, last) to v, which has room for them. */
static size_t
take_rows(double *v, const double *rows, size_t first, size_t last)
{
	size_t n = 0;

	for (size_t i = first; i < last; i++)
		if (!isnan(rows[i]))
			v[n++] = rows[i];
	return n;
}

/* All known rows [first, last): of each series where they are pooled. The caller frees them. */
static double *
rows_of(const struct grid *g, size_t first, size_t last, size_t *n)
{
	size_t all = g->npool > 0 ? g->npool : 1;
	double *v = xcalloc((last - first) * all + 1, sizeof *v);

	*n = 0;
	for (size_t s = 0; s < all; s++)
		*n += take_rows(v + *n, g->npool > 0 ? g->pool[s] : g->mid, first, last);
	return v;
}

/* Of n known rows; it changes their order. */
static double
value_of(double *v, size_t n, int64_t step_s, enum grid_value what)
{
	double sum = 0;

	if (what == GRID_VALUE_P95)
		return stat_percentile(v, n, 95);
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return what == GRID_VALUE_ENERGY ? sum * (double)step_s / 3.6e6 : sum / (double)n;
}

double
grid_value(const struct grid *g, int64_t from_s, int64_t to_s, enum grid_value what)
{
	size_t first = g->n, last = 0, known = 0, n;
	double out = what == GRID_VALUE_MIN ? INFINITY : -INFINITY;

	for (size_t i = 0; i < g->n; i++) {
		int64_t at = g->from_s + (int64_t)i * g->step_s;
		if (at < from_s || at >= to_s)
			continue;
		first = first == g->n ? i : first;
		last = i + 1;
		if (isnan(g->mid[i]))
			continue;
		known++;
		out = what == GRID_VALUE_MIN ? fmin(out, g->low[i]) : fmax(out, g->high[i]);
	}
	if (known == 0 || known * 2 < last - first)
		return NAN;
	if (what == GRID_VALUE_MIN || what == GRID_VALUE_MAX)
		return out;
	double *v = rows_of(g, first, last, &n);
	out = value_of(v, n, g->step_s, what);
	free(v);
	return out;
}
