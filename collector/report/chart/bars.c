/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bars: a group for each category, a bar in it for each line. They stand, or lie where the names of
 * few categories are too long to stand below them. Each place has a pattern of its own. Values are
 * written at their bars where there is room. */
#include "collector/report/chart/easel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"

#define LYING_MOST 40  /* categories of lying bars */
#define LYING_ROW 13.5 /* of each */
#define GROUP 0.72     /* the part of a category that its bars take */
#define BAR_WIDEST 34

/* A bar's field: its colour and its pattern. */
static void
fill(struct easel *e, size_t line, const struct box *b)
{
	uint32_t rgb = easel_colour(line);
	static const double tints[] = { 0.92, 0.30, 0.62, 0.16 };

	pen_colour(&e->pen, pen_tint(rgb, tints[line % 4]), 1);
	pen_rect(&e->pen, b->x, b->y, b->w, b->h);
	if (line % 4 == 0)
		return;
	if (line % 4 != 2)
		pen_hatch(&e->pen, b->x, b->y, b->w, b->h, 3, line % 4 == 1 ? 1 : -1, rgb, 0.5);
	pen_colour(&e->pen, rgb, 1);
	cairo_rectangle(e->pen.cr, b->x, b->y, b->w, b->h);
	cairo_set_line_width(e->pen.cr, 0.5);
	cairo_stroke(e->pen.cr);
}

void
bars_key(struct easel *e, size_t line, const struct box *b)
{
	if (e->c->kind == CHART_BARS) {
		fill(e, line, b);
		return;
	}
	pen_colour(&e->pen, pen_tint(easel_colour(line), EASEL_AREA), 1);
	pen_rect(&e->pen, b->x, b->y, b->w, b->h);
}

/* The name of a category. */
static const char *
name_of(const struct chart *c, size_t i)
{
	for (size_t k = 0; c->categories != NULL && k <= i; k++)
		if (c->categories[k] == NULL)
			return "";
	return c->categories == NULL ? "" : c->categories[i];
}

/* About how wide the widest name is, before there is a pen: letters at 0.56 of their height. */
static double
guess_widest(const struct chart *c)
{
	size_t most = 0;

	for (size_t i = 0; i < c->nvalues; i++) {
		size_t n = 0;
		for (const char *s = name_of(c, i); *s != '\0'; s++)
			n += (*s & 0xc0) != 0x80;
		most = n > most ? n : most;
	}
	return (double)most * PEN_TEXT * 0.56;
}

/* Whether names too long for their places make the bars lie. Names with a digit first are dates
 * or numbers: some of them are left out instead. */
static bool
is_upright(const struct chart *c, double width)
{
	const char *first = c->nvalues > 0 ? name_of(c, 0) : "";

	return c->nvalues == 0 || c->nvalues > LYING_MOST || (*first >= '0' && *first <= '9') ||
	       guess_widest(c) < (width - 30) / (double)c->nvalues;
}

double
bars_height(const struct chart *c, double width)
{
	if (is_upright(c, width))
		return fmax(110, fmin(190, width * 0.36));
	double row = LYING_ROW + 6.0 * (double)(c->nlines > 1 ? c->nlines - 1 : 0);
	return (double)c->nvalues * row + 26 + (c->nlines > 1 ? 12 : 0);
}

/* The scale of values over so many points. */
static void
choose_scale(struct easel *e, unsigned ticks)
{
	const struct chart *c = e->c;
	struct scale_wish w = { .from = c->from,
		.to = c->to,
		.decimals = c->decimals,
		.ticks = ticks,
		.unit = c->unit,
		.lang = c->lang,
		.from_zero = isnan(c->from) };

	w.low = e->low;
	w.high = e->high;
	for (size_t i = 0; i < c->nlimits && !isnan(w.high); i++) {
		w.low = fmin(w.low, c->limits[i].value);
		w.high = fmax(w.high, c->limits[i].value);
	}
	scale_choose(&e->scale, &w);
}

/* The widest of names or of the axis's numbers. */
static double
widest(struct easel *e, bool names)
{
	char text[SCALE_LABEL];
	size_t n = names ? e->c->nvalues : scale_ticks(&e->scale);
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		scale_label(text, sizeof text, &e->scale,
		    scale_first(&e->scale) + (double)i * e->scale.step, e->c->lang);
		most = fmax(
		    most, pen_width(&e->pen, PEN_TEXT, false, names ? name_of(e->c, i) : text));
	}
	return most;
}

/* How far a value is along the axis: 0 to 1. */
static double
along(const struct easel *e, double v)
{
	return fmax(0, fmin(1, (v - e->scale.from) / (e->scale.to - e->scale.from)));
}

/* Grid and numbers of the axis of values, below lying bars or beside standing ones. */
static void
draw_grid(struct easel *e)
{
	char text[SCALE_LABEL];

	for (unsigned i = 0; i < scale_ticks(&e->scale); i++) {
		double v = scale_first(&e->scale) + i * e->scale.step;
		double x = easel_round(e->plot.x + along(e, v) * e->plot.w);
		double y = easel_round(e->plot.y + (1 - along(e, v)) * e->plot.h);
		scale_label(text, sizeof text, &e->scale, v, e->c->lang);
		pen_colour(&e->pen, PEN_GRID, 1);
		if (e->upright)
			pen_line(&e->pen, e->plot.x, y, e->plot.x + e->plot.w, y, 0.5);
		else
			pen_line(&e->pen, x, e->plot.y, x, e->plot.y + e->plot.h, 0.5);
		if (e->upright)
			pen_text(&e->pen, e->plot.x - 5, y + 2.6, PEN_RIGHT, PEN_TEXT, false,
			    PEN_SOFT, 0, text);
		else
			pen_text(&e->pen, x, e->plot.y + e->plot.h + 9, PEN_MIDDLE, PEN_TEXT, false,
			    PEN_SOFT, 0, text);
	}
}

/* Names below standing bars: every one, or every second, fifth, ... where they are too wide. */
static void
draw_names_below(struct easel *e)
{
	double slot = e->plot.w / fmax(1, (double)e->c->nvalues), w = widest(e, true) + 4;
	static const size_t each[] = { 1, 2, 5, 10, 20, 50, 100 };
	size_t k = 0;

	while (k + 1 < sizeof each / sizeof *each && slot * (double)each[k] < w)
		k++;
	for (size_t i = 0; i < e->c->nvalues; i += each[k])
		pen_text(&e->pen, e->plot.x + ((double)i + 0.5) * slot, e->plot.y + e->plot.h + 9.5,
		    PEN_MIDDLE, PEN_TEXT, false, PEN_SOFT, 0, name_of(e->c, i));
}

/* Names beside lying ones. */
static void
draw_names_beside(struct easel *e)
{
	double slot = e->plot.h / fmax(1, (double)e->c->nvalues);

	for (size_t i = 0; i < e->c->nvalues; i++)
		pen_text(&e->pen, e->plot.x - 5, e->plot.y + ((double)i + 0.5) * slot + 2.6,
		    PEN_RIGHT, PEN_TEXT, false, PEN_INK, e->plot.x - 5 - e->all.x,
		    name_of(e->c, i));
}

void
bars_axes(struct easel *e)
{
	e->upright = is_upright(e->c, e->all.w);
	choose_scale(
	    e, e->upright ? (unsigned)fmax(2, e->all.h / 30) : (unsigned)fmax(2, e->all.w / 80));
	double sign = e->scale.sign[0] != '\0' ? 13 : 4;
	double left =
	    e->upright ? fmax(widest(e, false), 8) + 5 : fmin(widest(e, true), e->all.w * 0.4) + 5;
	double top = e->upright ? sign : 2, foot = 14;
	double right = e->upright ? 2 : 34;
	e->plot = (struct box){ e->all.x + left, e->all.y + top, fmax(20, e->all.w - left - right),
		fmax(20, e->all.h - top - foot) };
	if (easel_known(e))
		draw_grid(e);
	if (e->upright)
		draw_names_below(e);
	else
		draw_names_beside(e);
	if (e->scale.sign[0] == '\0')
		return;
	if (e->upright)
		pen_text(&e->pen, e->all.x, e->all.y + 6, PEN_LEFT, PEN_TEXT, false, PEN_SOFT, 0,
		    e->scale.sign);
	else
		pen_text(&e->pen, e->all.x + e->all.w, e->plot.y + e->plot.h + 9, PEN_RIGHT,
		    PEN_TEXT, false, PEN_SOFT, 0, e->scale.sign);
}

/* Where bar `line` of category i lies, up to value v. */
static struct box
box_of(const struct easel *e, size_t i, size_t line, double v)
{
	double whole = e->upright ? e->plot.w : e->plot.h;
	double slot = whole / (double)e->c->nvalues;
	double bar = fmin(BAR_WIDEST, slot * GROUP / (double)e->c->nlines);
	double at = ((double)i + 0.5) * slot + ((double)line - (double)e->c->nlines / 2) * bar;
	double zero = along(e, 0), end = along(e, v);
	double lo = fmin(zero, end), hi = fmax(zero, end);

	if (e->upright)
		return (struct box){ e->plot.x + at, e->plot.y + (1 - hi) * e->plot.h,
			bar * (e->c->nlines > 1 ? 0.9 : 1), (hi - lo) * e->plot.h };
	return (struct box){ e->plot.x + lo * e->plot.w, e->plot.y + at, (hi - lo) * e->plot.w,
		bar * (e->c->nlines > 1 ? 0.9 : 1) };
}

/* A thin line from the least to the greatest value of a bar. */
static void
draw_whisker(struct easel *e, const struct chart_line *l, size_t i, const struct box *b)
{
	if (l->low == NULL || l->high == NULL || isnan(l->low[i]) || isnan(l->high[i]))
		return;
	double x = b->x + b->w / 2, y = b->y + b->h / 2;
	double lo = along(e, l->low[i]), hi = along(e, l->high[i]);
	pen_colour(&e->pen, PEN_INK, 1);
	if (e->upright)
		pen_line(&e->pen, x, e->plot.y + (1 - lo) * e->plot.h, x,
		    e->plot.y + (1 - hi) * e->plot.h, 0.7);
	else
		pen_line(
		    &e->pen, e->plot.x + lo * e->plot.w, y, e->plot.x + hi * e->plot.w, y, 0.7);
}

/* A value in the axis's unit, with one more decimal than its ticks at most, if it has any. */
static void
write_value(const struct easel *e, char *dst, size_t size, double v)
{
	struct scale s = e->scale;
	double shown = fabs(v / s.divisor);

	if (e->c->decimals >= 0)
		s.decimals = e->c->decimals;
	else if (shown != floor(shown) && shown < 100)
		s.decimals = shown < 10 && s.decimals > 0 ? 2 : 1;
	scale_label(dst, size, &s, v, e->c->lang);
}

/* The value at a bar's end, where it has room. */
static void
draw_value(struct easel *e, const struct box *b, double v, double room)
{
	char text[SCALE_LABEL];

	write_value(e, text, sizeof text, v);
	double w = pen_width(&e->pen, PEN_SMALL, false, text);
	if (!e->upright && b->h >= 5.5)
		pen_text(&e->pen, b->x + b->w + 3, b->y + b->h / 2 + 2.4, PEN_LEFT, PEN_SMALL,
		    false, PEN_INK, 0, text);
	if (e->upright && w + 1 <= room)
		pen_text(&e->pen, b->x + b->w / 2, v < 0 ? b->y + b->h + 7 : b->y - 2.2, PEN_MIDDLE,
		    PEN_SMALL, false, PEN_INK, 0, text);
}

/* A sign where a value is not known, so that it is not taken for zero. */
static void
draw_unknown(struct easel *e, const struct box *b)
{
	double x = e->upright ? b->x + b->w / 2 : b->x + 5;
	double y =
	    e->upright ? e->plot.y + (1 - along(e, 0)) * e->plot.h - 2.4 : b->y + b->h / 2 + 2.4;

	pen_text(&e->pen, x, y, PEN_MIDDLE, PEN_SMALL, false, PEN_SOFT, 0, "–");
}

/* Limits cross all bars. */
static void
draw_limits(struct easel *e)
{
	static const double dash[] = { 5, 2 };

	if (e->upright) {
		limits_draw(e);
		return;
	}
	for (size_t i = 0; i < e->c->nlimits; i++) {
		const struct chart_limit *l = &e->c->limits[i];
		double x = e->plot.x + along(e, l->value) * e->plot.w;
		pen_colour(&e->pen, l->critical ? PEN_CRITICAL : PEN_WARNING, 1);
		cairo_set_dash(e->pen.cr, dash, 2, 0);
		pen_line(&e->pen, x, e->plot.y - 2, x, e->plot.y + e->plot.h, 0.8);
		cairo_set_dash(e->pen.cr, NULL, 0, 0);
		pen_text(&e->pen, x - 2, e->plot.y + 4, PEN_RIGHT, PEN_SMALL, false,
		    l->critical ? PEN_CRITICAL : PEN_WARNING, 0, l->label);
	}
}

void
bars_draw(struct easel *e)
{
	const struct chart *c = e->c;
	double slot = (e->upright ? e->plot.w : e->plot.h) / (double)c->nvalues;

	for (size_t i = 0; i < c->nvalues; i++)
		for (size_t k = 0; k < c->nlines; k++) {
			double v = c->lines[k].mid == NULL ? NAN : c->lines[k].mid[i];
			struct box b = box_of(e, i, k, isnan(v) ? 0 : v);
			if (isnan(v)) {
				draw_unknown(e, &b);
				continue;
			}
			fill(e, k, &b);
			draw_whisker(e, &c->lines[k], i, &b);
			draw_value(e, &b, v, c->nlines == 1 ? slot : b.w);
		}
	double zero = along(e, 0);
	double x = e->plot.x + zero * e->plot.w, y = e->plot.y + (1 - zero) * e->plot.h;
	pen_colour(&e->pen, PEN_SOFT, 1);
	if (e->upright)
		pen_line(&e->pen, e->plot.x, y, e->plot.x + e->plot.w, y, 0.7);
	else
		pen_line(&e->pen, x, e->plot.y, x, e->plot.y + e->plot.h, 0.7);
	draw_limits(e);
}
