/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A longer row goes to each row of the grid that it covers, shorter ones to one by their part. */
#include "collector/report/figures/raster.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "collector/report/figures/span.h"
#include "zw/alloc.h"

#define MAX_ROWS 4000000

struct raster
raster_of(int64_t from_s, int64_t to_s)
{
	return (struct raster){ .from_s = from_s, .to_s = to_s };
}

void
raster_clear(struct raster *g)
{
	free(g->sum);
	free(g->known);
	free(g->there);
	free(g->low);
	free(g->high);
	free(g->least);
	free(g->most);
	*g = (struct raster){ .from_s = g->from_s, .to_s = g->to_s };
}

/* Room for rows of this length. */
static void
lay(struct raster *g, int64_t step_s)
{
	g->step_s = step_s;
	g->from_s -= g->from_s % step_s;
	g->to_s += (step_s - g->to_s % step_s) % step_s;
	g->n = g->to_s > g->from_s ? (size_t)((g->to_s - g->from_s) / step_s) : 0;
	if (g->n > MAX_ROWS)
		g->n = MAX_ROWS;
	g->sum = xcalloc(g->n + 1, sizeof *g->sum);
	g->known = xcalloc(g->n + 1, sizeof *g->known);
	g->there = xcalloc(g->n + 1, sizeof *g->there);
	g->low = xcalloc(g->n + 1, sizeof *g->low);
	g->high = xcalloc(g->n + 1, sizeof *g->high);
	g->least = xcalloc(g->n + 1, sizeof *g->least);
	g->most = xcalloc(g->n + 1, sizeof *g->most);
	for (size_t i = 0; i < g->n; i++)
		g->low[i] = g->high[i] = g->least[i] = g->most[i] = NAN;
}

/* One known row. */
static void
take_row(struct raster *g, int64_t from_s, int64_t to_s, double v, double low, double high)
{
	int64_t first = (from_s > g->from_s ? from_s - g->from_s : 0) / g->step_s;

	for (int64_t i = first; i < (int64_t)g->n; i++) {
		int64_t a = g->from_s + i * g->step_s, b = a + g->step_s;
		if (a >= to_s)
			break;
		a = a > from_s ? a : from_s;
		b = b < to_s ? b : to_s;
		if (b <= a)
			continue;
		double part = (double)(b - a) / (double)g->step_s;
		g->sum[i] += v * part;
		g->known[i] += part;
		g->low[i] = fmin(g->low[i], low);
		g->high[i] = fmax(g->high[i], high);
		g->least[i] = fmin(g->least[i], v);
		g->most[i] = fmax(g->most[i], v);
	}
}

/* It was there from its first known row on. */
static void
note_there(struct raster *g, int64_t first_s)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->from_s + (int64_t)(i + 1) * g->step_s > first_s)
			g->there[i]++;
}

void
raster_take(struct raster *g, const struct span *s, unsigned field, double factor)
{
	bool known = false;

	for (size_t r = 0; r < s->nrows; r++) {
		int64_t at = s->from_s + (int64_t)r * s->step_s;
		double v = s->values[SPAN_AVERAGE][field][r] * factor;
		double low = s->values[SPAN_MIN][field][r] * factor;
		double high = s->values[SPAN_MAX][field][r] * factor;
		if (isnan(v))
			continue;
		if (g->step_s == 0)
			lay(g, s->step_s);
		if (!known)
			note_there(g, at);
		known = true;
		take_row(g, at, at + s->step_s, v, isnan(low) ? v : low, isnan(high) ? v : high);
	}
	g->taken += known;
}

double
raster_whole(const struct raster *g, size_t row)
{
	return g->known[row] > 0 && g->known[row] > g->there[row] - 0.01 ? g->sum[row] : NAN;
}

/* Seconds that a row has of a time. */
static double
overlap(const struct raster *g, size_t row, int64_t from_s, int64_t to_s)
{
	int64_t a = g->from_s + (int64_t)row * g->step_s, b = a + g->step_s;

	a = a > from_s ? a : from_s;
	b = b < to_s ? b : to_s;
	return b > a ? (double)(b - a) : 0;
}

double
raster_integral(const struct raster *g, int64_t from_s, int64_t to_s)
{
	double sum = 0;

	for (size_t i = 0; i < g->n; i++)
		sum += g->sum[i] * overlap(g, i, from_s, to_s);
	return sum;
}

double
raster_coverage(const struct raster *g, int64_t from_s, int64_t to_s)
{
	double known = 0, there = 0;

	for (size_t i = 0; i < g->n; i++) {
		known += g->known[i] * overlap(g, i, from_s, to_s);
		there += g->there[i] * overlap(g, i, from_s, to_s);
	}
	return there > 0 ? known / there : NAN;
}

int64_t
raster_step(const struct raster *g, size_t rows)
{
	static const int64_t steps[] = { 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
		86400 };
	int64_t span = g->to_s - g->from_s;

	if (g->step_s == 0 || rows == 0)
		return g->step_s;
	if (span / g->step_s <= (int64_t)rows)
		return g->step_s;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i] % g->step_s == 0 && span / steps[i] <= (int64_t)rows)
			return steps[i];
	return (span / (int64_t)rows / g->step_s + 1) * g->step_s;
}
