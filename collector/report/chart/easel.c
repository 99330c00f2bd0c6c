/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where moments and values are on a chart that is being drawn, and in which colours. */
#include "collector/report/chart/easel.h"

#include <math.h>

/* The pages' colours of graphs (assets/plot.js); neighbours differ in grey, too. */
static const uint32_t palette[CHART_PALETTE] = { 0x0072b2, 0xd55e00, 0x00795a, 0xa8447f, 0x7a5c00,
	0x3c5bd0, 0x8b1a1a, 0x555555 };

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
	double low, high;

	frame_extent(e->c, &low, &high);
	return !isnan(low);
}
