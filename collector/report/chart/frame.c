/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around the values: title, legend, axes with their words, and limits. Only the
 * horizontal lines that the eye needs; no box. */
#include "collector/report/chart/easel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/ticks.h"
#include "zw/alloc.h"
#include "zw/day.h"

#define ROW 10.5      /* of the legend */
#define SWATCH 11     /* a key's width */
#define TICK_ROW 9.5  /* of words below the axis */
#define LINES_NAMED 6 /* at most so many are named at their ends */
#define LIMIT_FAR 3   /* a limit so many times the values' span away is left out of sight */

void
frame_title(struct easel *e)
{
	if (e->c->title == NULL || *e->c->title == '\0')
		return;
	pen_text(&e->pen, e->all.x, e->all.y + 9, PEN_LEFT, PEN_TITLE, true, PEN_INK, e->all.w,
	    e->c->title);
	e->all.y += 16;
	e->all.h -= 16;
}

/* Widen a span by a value. */
static void
widen(double *low, double *high, double v)
{
	if (isnan(v) || isinf(v))
		return;
	*low = isnan(*low) || v < *low ? v : *low;
	*high = isnan(*high) || v > *high ? v : *high;
}

/* The sums that stacked areas reach. */
static void
extent_of_stack(const struct chart *c, double *low, double *high)
{
	for (size_t k = 0; k < c->nvalues; k++) {
		double sum = 0;
		bool any = false;
		for (size_t i = 0; i < c->nlines; i++) {
			double v = c->lines[i].mid == NULL ? NAN : c->lines[i].mid[k];
			any = any || !isnan(v);
			sum += isnan(v) ? 0 : v;
			widen(low, high, any ? sum : NAN);
		}
	}
}

void
frame_extent(const struct chart *c, double *low, double *high)
{
	*low = *high = NAN;
	if (c->kind == CHART_STACKED) {
		extent_of_stack(c, low, high);
		return;
	}
	for (size_t i = 0; i < c->nlines; i++) {
		const struct chart_line *l = &c->lines[i];
		for (size_t k = 0; l->mid != NULL && k < c->nvalues; k++) {
			widen(low, high, l->mid[k]);
			if (l->low != NULL)
				widen(low, high, l->low[k]);
			if (l->high != NULL)
				widen(low, high, l->high[k]);
		}
	}
}

/* Limits near enough to be shown are part of what the axis spans. */
static void
add_limits(const struct chart *c, double *low, double *high)
{
	double l0 = *low, h0 = *high;
	double span = fmax(h0 - l0, 0.1 * fmax(fabs(h0), fabs(l0)));

	for (size_t i = 0; i < c->nlimits; i++) {
		double v = c->limits[i].value;
		if (isnan(l0) || (v <= h0 + LIMIT_FAR * span && v >= l0 - LIMIT_FAR * span))
			widen(low, high, v);
	}
}

/* An entry of the legend: a field with its sign, and a word. */
struct key {
	enum {
		KEY_LINE,
		KEY_BAND,
		KEY_MARK
	} kind;
	size_t place; /* of the line, or the kind of mark */
	const char *word;
};

/* All that the legend names. */
static size_t
list_keys(const struct easel *e, struct key keys[CHART_MAX_LINES + 4])
{
	static const enum chart_mark_kind kinds[] = { CHART_INCIDENT, CHART_MAINTENANCE,
		CHART_GAP };
	const struct chart *c = e->c;
	size_t n = 0;

	for (size_t i = 0; !e->direct && c->nlines > 1 && i < c->nlines; i++)
		keys[n++] = (struct key){ KEY_LINE, i, c->lines[i].label };
	for (size_t i = 0; c->kind == CHART_LINES && i < c->nlines; i++)
		if (c->lines[i].low != NULL && c->lines[i].high != NULL) {
			const char *own = c->nlines == 1 ? c->lines[i].label : "";
			keys[n++] = (struct key){ KEY_BAND, i,
				own[0] != '\0' ? own : lang_text(c->lang, N_("mean, min–max")) };
			break;
		}
	for (size_t i = 0; c->kind != CHART_BARS && i < 3; i++)
		if (marks_any(e, kinds[i]) && easel_known(e))
			keys[n++] = (struct key){ KEY_MARK, kinds[i], marks_word(e, kinds[i]) };
	return n;
}

/* The field of a key. */
static void
draw_swatch(struct easel *e, const struct key *k, double x, double y)
{
	struct box b = { x, y - 6.2, SWATCH, 7 };
	uint32_t rgb = easel_colour(k->place);

	if (k->kind == KEY_MARK) {
		marks_key(e, (enum chart_mark_kind)k->place, &b);
	} else if (k->kind == KEY_BAND) {
		pen_colour(&e->pen, pen_tint(rgb, 0.22), 1);
		pen_rect(&e->pen, b.x, b.y, b.w, b.h);
		pen_colour(&e->pen, rgb, 1);
		pen_line(&e->pen, x, b.y + b.h / 2, x + SWATCH, b.y + b.h / 2, 1.2);
	} else if (e->c->kind == CHART_LINES) {
		pen_colour(&e->pen, rgb, 1);
		pen_line(&e->pen, x, y - 2.7, x + SWATCH, y - 2.7, 1.2);
		pen_sign(&e->pen, (unsigned)k->place, x + SWATCH / 2.0, y - 2.7, 4.6, rgb);
	} else {
		bars_key(e, k->place, &b);
	}
}

/* Whether lines are named at their ends. */
static bool
is_direct(const struct easel *e)
{
	return e->c->kind != CHART_BARS && e->c->nlines > 1 && e->c->nlines <= LINES_NAMED &&
	       e->all.w >= 200;
}

void
frame_legend(struct easel *e)
{
	struct key keys[CHART_MAX_LINES + 4];

	e->direct = is_direct(e);
	size_t n = list_keys(e, keys);
	double x = e->all.x, y = e->all.y + 7;
	for (size_t i = 0; i < n; i++) {
		double most = e->all.w - SWATCH - 4;
		double w = fmin(most, pen_width(&e->pen, PEN_TEXT, false, keys[i].word));
		if (x > e->all.x && x + SWATCH + 4 + w > e->all.x + e->all.w) {
			x = e->all.x;
			y += ROW;
		}
		draw_swatch(e, &keys[i], x, y);
		pen_text(&e->pen, x + SWATCH + 4, y, PEN_LEFT, PEN_TEXT, false, PEN_INK, most,
		    keys[i].word);
		x += SWATCH + 4 + w + 12;
	}
	double used = n == 0 ? 0 : y + 5 - e->all.y;
	e->all.y += used;
	e->all.h -= used;
}

/* The scale of the values for so high a plot. */
static void
choose_scale(struct easel *e, double height)
{
	const struct chart *c = e->c;
	struct scale_wish w = { .from = c->from,
		.to = c->to,
		.decimals = c->decimals,
		.unit = c->unit,
		.lang = c->lang,
		.from_zero = c->kind == CHART_STACKED };

	w.low = e->low;
	w.high = e->high;
	add_limits(c, &w.low, &w.high);
	w.ticks = height < 60 ? 2 : height > 260 ? 8 : (unsigned)(height / 26);
	scale_choose(&e->scale, &w);
}

/* The width of the widest number beside the axis. */
static double
widest_label(struct easel *e)
{
	double v = scale_first(&e->scale), most = 0;
	char text[SCALE_LABEL];

	for (unsigned i = 0; i < scale_ticks(&e->scale); i++) {
		scale_label(text, sizeof text, &e->scale, v + i * e->scale.step, e->c->lang);
		most = fmax(most, pen_width(&e->pen, PEN_TEXT, false, text));
	}
	return most;
}

/* The width of the names at the lines' ends. */
static double
widest_name(struct easel *e)
{
	double most = 0;

	for (size_t i = 0; e->direct && i < e->c->nlines; i++)
		most = fmax(most, pen_width(&e->pen, PEN_TEXT, true, e->c->lines[i].label));
	return e->direct ? fmin(most, e->all.w * 0.26) : 0;
}

/* Numbers and lines of the values' axis. */
static void
draw_values(struct easel *e)
{
	double v = scale_first(&e->scale);
	char text[SCALE_LABEL];

	for (unsigned i = 0; i < scale_ticks(&e->scale); i++) {
		double at = v + i * e->scale.step, y = easel_round(easel_y(e, at));
		scale_label(text, sizeof text, &e->scale, at, e->c->lang);
		pen_text(
		    &e->pen, e->plot.x - 5, y + 2.6, PEN_RIGHT, PEN_TEXT, false, PEN_SOFT, 0, text);
		pen_colour(&e->pen, PEN_GRID, 1);
		pen_line(&e->pen, e->plot.x, y, e->plot.x + e->plot.w, y, 0.5);
	}
	if (e->scale.sign[0] != '\0')
		pen_text(&e->pen, e->all.x, e->all.y + 6, PEN_LEFT, PEN_TEXT, false, PEN_SOFT, 0,
		    e->scale.sign);
}

/* One tick of time; words that would run out of the box are moved inwards, or left out where they
 * are of what is no longer shown. */
static void
draw_tick(struct easel *e, const struct tick *t)
{
	double bottom = e->plot.y + e->plot.h, x = easel_round(easel_x(e, (double)t->at_s));
	double right = e->plot.x + e->plot.w;
	double middle = easel_x(e, (double)t->middle_s);

	pen_colour(&e->pen, PEN_EDGE, 1);
	pen_line(&e->pen, x, bottom, x, bottom + 3, 0.5);
	if (middle > right + 0.1)
		return;
	middle =
	    fmin(middle, right + e->beside - pen_width(&e->pen, PEN_TEXT, false, t->label) / 2);
	pen_text(&e->pen, middle, bottom + TICK_ROW + 1, PEN_MIDDLE, PEN_TEXT, false, PEN_SOFT, 0,
	    t->label);
	if (t->below[0] != '\0')
		pen_text(&e->pen, middle, bottom + 2 * TICK_ROW, PEN_MIDDLE, PEN_TEXT, true,
		    PEN_SOFT, 0, t->below);
}

/* Ticks and words of time, and a small mark for each day where there is room. */
static void
draw_time(struct easel *e)
{
	const struct chart *c = e->c;
	struct tick *t = xcalloc(TICKS_MAX, sizeof *t);
	double days = (double)(c->end_s - c->start_s) / 86400, bottom = e->plot.y + e->plot.h;

	if (c->end_s <= c->start_s) {
		free(t);
		return;
	}
	size_t n = ticks_of(t, c->start_s, c->end_s, e->plot.w, c->lang);
	pen_colour(&e->pen, PEN_EDGE, 1);
	if (days >= 3 && days * 6 <= e->plot.w)
		for (int64_t at = day_midnight(c->start_s, 0); at <= c->end_s;
		     at = day_midnight(at, 1)) {
			double x = easel_round(easel_x(e, (double)at));
			if (at >= c->start_s)
				pen_line(&e->pen, x, bottom, x, bottom + 1.8, 0.4);
		}
	for (size_t i = 0; i < n; i++)
		draw_tick(e, &t[i]);
	free(t);
}

void
frame_axes(struct easel *e)
{
	double foot = 2 * TICK_ROW + 3, head = marks_head(e);

	choose_scale(e, e->all.h - foot);
	double unit = e->scale.sign[0] != '\0' ? 13 : 4;
	double left = fmax(widest_label(e), 8) + 5;
	e->beside = e->direct ? widest_name(e) + 12 : 4;
	head = fmax(head, unit);
	e->plot = (struct box){ e->all.x + left, e->all.y + head, e->all.w - left - e->beside,
		e->all.h - head - foot };
	e->plot.w = fmax(e->plot.w, 20);
	e->plot.h = fmax(e->plot.h, 20);
	marks_draw(e);
	if (easel_known(e))
		draw_values(e);
	draw_time(e);
}

void
frame_baseline(struct easel *e)
{
	double zero = e->scale.from <= 0 && e->scale.to >= 0 ? 0 : e->scale.from;
	double y = easel_round(easel_y(e, zero));

	pen_colour(&e->pen, PEN_SOFT, 1);
	pen_line(&e->pen, e->plot.x, y, e->plot.x + e->plot.w, y, 0.7);
}
