/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of rows, each with the weight of its length, and all their values for the percentile. */
#include "collector/report/figures/environment_gather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

#define PICTURE_ROWS 800

struct environment_gather *
environment_gather_new(int64_t from_s, int64_t to_s)
{
	struct environment_gather *g = xcalloc(1, sizeof *g);

	g->inlets = raster_of(from_s, to_s);
	for (int i = 0; i < ENVIRONMENT_KINDS; i++)
		g->of[i].min = g->of[i].max = NAN;
	for (int i = 0; i < ENVIRONMENT_MONTHS; i++)
		g->months[i].min = g->months[i].max = NAN;
	return g;
}

void
environment_gather_free(struct environment_gather *g)
{
	if (g == NULL)
		return;
	raster_clear(&g->inlets);
	for (int i = 0; i < ENVIRONMENT_KINDS; i++)
		free(g->of[i].pool.v);
	for (int i = 0; i < ENVIRONMENT_MONTHS; i++)
		free(g->months[i].pool.v);
	free(g);
}

/* Room for so many more values. */
static void
pool_room(struct environment_pool *p, size_t more)
{
	if (p->n + more <= p->room)
		return;
	p->room = p->n + more + p->room / 2;
	p->v = xreallocarray(p->v, p->room, sizeof *p->v);
}

/* Takes the rows within a time. */
static void
sum_take(
    struct environment_sum *u, const struct span *s, unsigned field, int64_t from_s, int64_t to_s)
{
	pool_room(&u->pool, s->nrows);
	u->step_s = s->step_s > u->step_s ? s->step_s : u->step_s;
	for (size_t r = 0; r < s->nrows; r++) {
		int64_t at = s->from_s + (int64_t)r * s->step_s;
		double v = s->values[SPAN_AVERAGE][field][r];
		double low = s->values[SPAN_MIN][field][r], high = s->values[SPAN_MAX][field][r];
		if (at < from_s || at + s->step_s > to_s)
			continue;
		u->total_s += (double)s->step_s;
		if (isnan(v))
			continue;
		u->pool.v[u->pool.n++] = v;
		u->weighted += v * (double)s->step_s;
		u->known_s += (double)s->step_s;
		u->min = fmin(u->min, low);
		u->max = fmax(u->max, high);
	}
}

/* How far an inlet was beyond what is recommended, and how long. */
static void
take_excess(struct environment_gather *g, const struct span *s, unsigned field)
{
	const struct environment_limits *l = &environment_limits[ENVIRONMENT_INLET];

	for (size_t r = 0; r < s->nrows; r++) {
		double v = s->values[SPAN_AVERAGE][field][r];
		if (v > l->recommended_high)
			g->excess_high += (v - l->recommended_high) * (double)s->step_s;
		if (v < l->recommended_low)
			g->excess_low += (l->recommended_low - v) * (double)s->step_s;
	}
}

void
environment_gather_probe(
    struct environment_gather *g, enum environment_kind kind, const struct span *s, unsigned field)
{
	sum_take(&g->of[kind], s, field, s->from_s, s->to_s);
	if (kind != ENVIRONMENT_INLET)
		return;
	raster_take(&g->inlets, s, field, 1);
	take_excess(g, s, field);
}

void
environment_gather_month(struct environment_gather *g, unsigned month, const struct span *s,
    unsigned field, int64_t from_s, int64_t to_s)
{
	sum_take(&g->months[month], s, field, from_s, to_s);
}

/* While the average of any inlet's row was beyond the limits. */
static void
tell_beyond(const struct environment_gather *g, struct environment_zone *z)
{
	const struct environment_limits *l = &environment_limits[ENVIRONMENT_INLET];
	const struct raster *in = &g->inlets;

	for (size_t i = 0; i < in->n; i++) {
		if (!(in->known[i] > 0))
			continue;
		z->known_s += (double)in->step_s;
		if (in->most[i] > l->recommended_high || in->least[i] < l->recommended_low)
			z->beyond_recommended_s += (double)in->step_s;
		if (in->most[i] > l->allowable_high || in->least[i] < l->allowable_low)
			z->beyond_allowable_s += (double)in->step_s;
	}
}

/* One row of the picture of rows [from, to) of the grid. */
static void
tell_row(const struct raster *in, struct environment_band *band, size_t row, size_t from, size_t to)
{
	double sum = 0, known = 0, low = NAN, high = NAN;
	size_t rows = 0;

	for (size_t i = from; i < to && i < in->n; i++) {
		sum += in->sum[i];
		known += in->known[i];
		rows += in->known[i] > 0;
		low = fmin(low, in->low[i]);
		high = fmax(high, in->high[i]);
	}
	bool told = known > 0 && 2 * rows >= to - from;
	band->mean[row] = told ? sum / known : NAN;
	band->min[row] = told ? low : NAN;
	band->max[row] = told ? high : NAN;
}

/* The band of the picture. */
static void
tell_band(const struct environment_gather *g, struct environment_band *band)
{
	const struct raster *in = &g->inlets;
	size_t each;

	band->from_s = in->from_s;
	band->step_s = raster_step(in, PICTURE_ROWS);
	if (band->step_s == 0)
		return;
	each = (size_t)(band->step_s / in->step_s);
	band->n = (in->n + each - 1) / each;
	band->mean = xcalloc(band->n + 1, sizeof *band->mean);
	band->min = xcalloc(band->n + 1, sizeof *band->min);
	band->max = xcalloc(band->n + 1, sizeof *band->max);
	for (size_t i = 0; i < band->n; i++)
		tell_row(in, band, i, i * each, (i + 1) * each);
}

/* The months; their from_s and to_s are there. */
static void
tell_months(struct environment_gather *g, struct environment_zone *z)
{
	for (int i = 0; i < ENVIRONMENT_MONTHS; i++) {
		struct environment_sum *u = &g->months[i];
		struct environment_month *m = &z->months[i];
		m->mean = u->known_s > 0 ? u->weighted / u->known_s : NAN;
		m->known = u->total_s > 0 ? u->known_s / u->total_s : NAN;
		m->min = u->min;
		m->max = u->max;
		m->p95 = stat_percentile(u->pool.v, u->pool.n, 95);
		m->step_s = u->step_s;
	}
}

void
environment_gather_tell(struct environment_gather *g, struct environment_zone *z)
{
	const struct environment_limits *l = &environment_limits[ENVIRONMENT_INLET];
	const struct environment_sum *inlets = &g->of[ENVIRONMENT_INLET];

	for (int i = 0; i < ENVIRONMENT_KINDS; i++) {
		struct environment_sum *u = &g->of[i];
		struct environment_quantity *q = &z->of[i];
		q->known_s = u->known_s;
		q->mean = u->known_s > 0 ? u->weighted / u->known_s : NAN;
		q->min = u->min;
		q->max = u->max;
		q->p95 = stat_percentile(u->pool.v, u->pool.n, 95);
		q->step_s = u->step_s;
	}
	z->rci_high = z->rci_low = NAN;
	if (inlets->known_s > 0) {
		z->rci_high = 100 * (1 - g->excess_high / inlets->known_s /
					     (l->allowable_high - l->recommended_high));
		z->rci_low = 100 * (1 - g->excess_low / inlets->known_s /
					    (l->recommended_low - l->allowable_low));
	}
	tell_beyond(g, z);
	tell_band(g, &z->band);
	tell_months(g, z);
}
