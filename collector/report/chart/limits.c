/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits: a dashed line each, with its words where they hide the fewest values: at the right or the
 * left, above it or below. */
#include "collector/report/chart/easel.h"

#include <math.h>

#define ASCENT 5.8  /* of the words, above their base */
#define DESCENT 1.6 /* and below */
#define ROOM 9.0    /* that words want beside a line */

/* Where the words may stand. */
struct spot {
	double left;
	double right;
	double base;
	bool below;
};

/* Where a line of the chart is in a row, from top to bottom; bars and areas reach down to zero. */
static bool
extent_of_row(const struct easel *e, size_t line, size_t row, double *top, double *bottom)
{
	const struct chart_line *l = &e->c->lines[line];
	double v = l->mid == NULL ? NAN : l->mid[row];

	if (isnan(v))
		return false;
	double high = l->high == NULL || isnan(l->high[row]) ? v : l->high[row];
	double low = l->low == NULL || isnan(l->low[row]) ? v : l->low[row];
	if (e->c->kind != CHART_LINES)
		low = fmin(low, 0);
	*top = easel_y(e, high);
	*bottom = easel_y(e, low);
	return true;
}

/* The sum of a row, from top to bottom. */
static bool
extent_of_sum(const struct easel *e, size_t row, double *top, double *bottom)
{
	double sum = 0;

	for (size_t i = 0; i < e->c->nlines; i++)
		if (e->c->lines[i].mid != NULL && !isnan(e->c->lines[i].mid[row]))
			sum += e->c->lines[i].mid[row];
	*top = easel_y(e, sum);
	*bottom = easel_y(e, 0);
	return true;
}

/* How many values the words would hide. */
static size_t
hidden_by(const struct easel *e, const struct spot *s)
{
	size_t n = e->c->nvalues, hits = 0, lines = e->c->kind == CHART_STACKED ? 1 : e->c->nlines;
	double from = (s->left - e->plot.x) / e->plot.w * (double)n - 1;
	double to = (s->right - e->plot.x) / e->plot.w * (double)n + 1;

	for (size_t row = from < 0 ? 0 : (size_t)from; row < n && (double)row < to; row++)
		for (size_t i = 0; i < lines; i++) {
			double top, bottom;
			bool any = e->c->kind == CHART_STACKED
				       ? extent_of_sum(e, row, &top, &bottom)
				       : extent_of_row(e, i, row, &top, &bottom);
			hits += any && top < s->base + DESCENT && bottom > s->base - ASCENT;
		}
	return hits;
}

/* Whether words on that side of a line would meet another limit, or leave the plot. */
static bool
is_barred(const struct easel *e, size_t limit, double y, bool below)
{
	if (below ? e->plot.y + e->plot.h - y < ROOM : y - e->plot.y < ROOM - 1)
		return true;
	for (size_t k = 0; k < e->c->nlimits; k++) {
		double away = easel_y(e, e->c->limits[k].value) - y;
		if (k != limit && (below ? away >= 0 && away < ROOM : away <= 0 && away > -ROOM))
			return true;
	}
	return false;
}

/* The place of the words: the first of the best. */
static struct spot
choose(const struct easel *e, size_t limit, double y, double w)
{
	struct spot best = { 0 };
	size_t least = (size_t)-1;

	for (unsigned i = 0; i < 4; i++) {
		bool left = i >= 2, below = i % 2 == 1;
		double x = left ? e->plot.x + 3 : e->plot.x + e->plot.w - 2 - w;
		struct spot s = { x, x + w, below ? y + 7.4 : y - 2.4, below };
		size_t hits = hidden_by(e, &s) + (is_barred(e, limit, y, below) ? 1000000 : 0);
		if (hits < least) {
			least = hits;
			best = s;
		}
	}
	return best;
}

void
limits_draw(struct easel *e)
{
	static const double near[] = { 6, 2 }, far[] = { 2.5, 2 };

	for (size_t i = 0; i < e->c->nlimits; i++) {
		const struct chart_limit *l = &e->c->limits[i];
		if (!(l->value >= e->scale.from && l->value <= e->scale.to))
			continue;
		double y = easel_round(easel_y(e, l->value));
		uint32_t rgb = l->critical ? PEN_CRITICAL : PEN_WARNING;
		double w = fmin(pen_width(&e->pen, PEN_SMALL, false, l->label), e->plot.w - 6);
		struct spot s = choose(e, i, y, w);
		pen_colour(&e->pen, rgb, 1);
		cairo_set_dash(e->pen.cr, l->critical ? near : far, 2, 0);
		pen_line(&e->pen, e->plot.x, y, e->plot.x + e->plot.w, y, 0.8);
		cairo_set_dash(e->pen.cr, NULL, 0, 0);
		pen_colour(&e->pen, PEN_PAPER, 0.75);
		pen_rect(&e->pen, s.left - 1.5, s.base - ASCENT, w + 3, ASCENT + DESCENT);
		pen_text(&e->pen, s.left, s.base, PEN_LEFT, PEN_SMALL, false, rgb, w + 1, l->label);
	}
}
