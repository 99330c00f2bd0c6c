/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where moments and values are on a chart that is being drawn, and in which colours. */
#include "collector/report/chart/easel.h"

#include <math.h>

/* The hues of the pages' graphs (assets/plot.js), dark and light by turns: neighbours differ in
 * grey, too. */
static const uint32_t palette[CHART_PALETTE] = { 0x0a5a9c, 0xe0701a, 0x0b5d46, 0xc9629f, 0x5e4600,
	0x6f8cf0, 0x8b1a1a, 0x8a9099 };

uint32_t
easel_colour(size_t line)
{
	return palette[line % CHART_PALETTE];
}

double
easel_round(double v)
{
	return round(v * 8) / 8;
}

double
easel_x(const struct easel *e, double at_s)
{
	double span = (double)(e->c->end_s - e->c->start_s);

	return e->plot.x + (span > 0 ? (at_s - (double)e->c->start_s) / span : 0) * e->plot.w;
}

double
easel_y(const struct easel *e, double v)
{
	double part = (v - e->scale.from) / (e->scale.to - e->scale.from);

	return e->plot.y + e->plot.h * (1 - fmax(-0.05, fmin(1.05, part)));
}

size_t
easel_columns(const struct easel *e)
{
	return e->plot.w < 10 ? 10 : (size_t)(e->plot.w);
}

bool
easel_known(const struct easel *e)
{
	return !isnan(e->low);
}
