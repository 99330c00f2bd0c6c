/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values over time: lines with bands of their extremes, and areas on top of each other. Lines are
 * named at their ends where there are few; each has a sign of its own, so that no colour is needed
 * to tell them apart. */
#include "collector/report/chart/easel.h"

#include <math.h>
#include <stdlib.h>

#include "collector/report/chart/thin.h"
#include "zw/alloc.h"

#define NAME_ROW 8.8 /* between names at the lines' ends */

/* A part of the plot's width to a place. */
static double
x_of(const struct easel *e, double at)
{
	return easel_round(e->plot.x + at * e->plot.w);
}

static double
y_of(const struct easel *e, double v)
{
	return easel_round(easel_y(e, v));
}

/* The band between a line's extremes: there along the upper ones, back along the lower. */
static void
draw_band(struct easel *e, const struct chart_line *l, struct thin_point *points, uint32_t rgb,
    double alpha)
{
	cairo_t *cr = e->pen.cr;
	size_t n = thin_band(points, l->low, l->high, e->c->nvalues, easel_columns(e));

	for (size_t i = 0; i < n;) {
		size_t end = i + 1;
		while (end < n && !points[end].first)
			end++;
		double pad = end == i + 1 ? 0.4 : 0; /* a single one has a width, too */
		cairo_new_sub_path(cr);
		for (size_t k = i; k < end; k++)
			cairo_line_to(cr, x_of(e, points[k].at) - pad, y_of(e, points[k].high));
		if (pad > 0)
			cairo_line_to(cr, x_of(e, points[i].at) + pad, y_of(e, points[i].high));
		if (pad > 0)
			cairo_line_to(cr, x_of(e, points[i].at) + pad, y_of(e, points[i].low));
		for (size_t k = end; k-- > i;)
			cairo_line_to(cr, x_of(e, points[k].at) - pad, y_of(e, points[k].low));
		cairo_close_path(cr);
		i = end;
	}
	pen_colour(&e->pen, rgb, alpha);
	cairo_fill(cr);
}

/* Whether a point lies on the way between its neighbours and need not be said. */
static bool
is_level(const struct easel *e, const struct thin_point *p, size_t i, size_t n)
{
	if (p[i].first || i + 1 >= n || p[i + 1].first)
		return false;
	double y = y_of(e, p[i].low);
	return y == y_of(e, p[i - 1].low) && y == y_of(e, p[i + 1].low);
}

/* The line itself; a value alone between gaps is a dot. */
static void
draw_line(struct easel *e, const double *v, struct thin_point *points, uint32_t rgb, double width)
{
	cairo_t *cr = e->pen.cr;
	size_t n = thin_line(points, v, e->c->nvalues, easel_columns(e));

	for (size_t i = 0; i < n; i++) {
		double x = x_of(e, points[i].at), y = y_of(e, points[i].low);
		bool alone = points[i].first && (i + 1 == n || points[i + 1].first);
		if (is_level(e, points, i, n))
			continue;
		if (points[i].first)
			cairo_move_to(cr, x, y);
		else
			cairo_line_to(cr, x, y);
		if (alone)
			cairo_close_path(cr);
	}
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	pen_colour(&e->pen, rgb, 1);
	cairo_set_line_width(cr, width);
	cairo_stroke(cr);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
}

/* A name beside the plot. */
struct name {
	size_t line;
	double y;
	bool unknown; /* nothing of it is: it stands at the foot */
};

/* From the top down, by place where they are as high. */
static int
compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->y != y->y)
		return x->y < y->y ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

/* Move names apart, then back into the box. */
static void
spread(struct name *names, size_t n, double top, double bottom)
{
	for (size_t i = 1; i < n; i++)
		names[i].y = fmax(names[i].y, names[i - 1].y + NAME_ROW);
	for (size_t i = n; i-- > 0;) {
		double floor_y = i + 1 == n ? bottom : names[i + 1].y - NAME_ROW;
		names[i].y = fmin(names[i].y, floor_y);
	}
	for (size_t i = 0; i < n; i++)
		names[i].y = fmax(names[i].y, i == 0 ? top : names[i - 1].y + NAME_ROW);
}

/* Names with their signs right of the plot, each as near to its line's end as the others let it. */
static void
draw_names(struct easel *e, struct name *names, size_t n)
{
	double x = e->plot.x + e->plot.w + 4;

	qsort(names, n, sizeof *names, compare);
	spread(names, n, e->plot.y + 3, e->plot.y + e->plot.h - 2);
	for (size_t i = 0; i < n; i++) {
		uint32_t rgb = easel_colour(names[i].line);
		struct box field = { x, names[i].y - 3, 6, 6 };
		if (names[i].unknown)
			pen_text(&e->pen, x + 3, names[i].y + 2.7, PEN_MIDDLE, PEN_TEXT, false,
			    PEN_SOFT, 0, "–");
		else if (e->c->kind == CHART_STACKED)
			bars_key(e, names[i].line, &field);
		else
			pen_sign(&e->pen, (unsigned)names[i].line, x + 3, names[i].y, 4.8, rgb);
		pen_text(&e->pen, x + 8, names[i].y + 2.7, PEN_LEFT, PEN_TEXT, false,
		    names[i].unknown ? PEN_SOFT : PEN_INK, e->beside - 10,
		    e->c->lines[names[i].line].label);
	}
}

/* The last row of a line that is known; -1: none is. */
static long
last_known(const double *v, size_t n)
{
	for (size_t i = n; v != NULL && i-- > 0;)
		if (!isnan(v[i]))
			return (long)i;
	return -1;
}

/* Signs along a line, so that it is found again where lines cross. */
static void
draw_signs(struct easel *e, size_t line)
{
	const double *v = e->c->lines[line].mid;
	size_t n = e->c->nvalues;
	unsigned count = (unsigned)fmax(2, e->plot.w / 130);

	for (unsigned k = 0; k < count; k++) {
		/* Each line's stand a bit aside from the others'. */
		double at = (k + 0.35 + 0.3 * (double)(line % 3) / 2) / count;
		size_t i = (size_t)(at * (double)n);
		if (i < n && !isnan(v[i]))
			pen_sign(&e->pen, (unsigned)line, x_of(e, ((double)i + 0.5) / (double)n),
			    y_of(e, v[i]), 3.8, easel_colour(line));
	}
	long last = last_known(v, n);
	if (last >= 0)
		pen_sign(&e->pen, (unsigned)line, x_of(e, ((double)last + 0.5) / (double)n),
		    y_of(e, v[last]), 4.8, easel_colour(line));
}

/* Draw within the plot only: what an axis with given ends leaves out. */
static void
clip(struct easel *e)
{
	cairo_save(e->pen.cr);
	cairo_rectangle(e->pen.cr, e->plot.x, e->plot.y - 1, e->plot.w + 1, e->plot.h + 2);
	cairo_clip(e->pen.cr);
}

void
plot_lines(struct easel *e)
{
	const struct chart *c = e->c;
	struct thin_point *points = xcalloc(c->nvalues + 1, sizeof *points);
	struct name names[CHART_MAX_LINES];
	size_t n = 0;

	clip(e);
	for (size_t i = 0; i < c->nlines; i++)
		if (c->lines[i].low != NULL && c->lines[i].high != NULL)
			draw_band(
			    e, &c->lines[i], points, easel_colour(i), c->nlines == 1 ? 0.22 : 0.15);
	for (size_t i = c->nlines; i-- > 0;)
		if (c->lines[i].mid != NULL)
			draw_line(e, c->lines[i].mid, points, easel_colour(i),
			    c->nvalues > easel_columns(e) ? 0.8 : 1.3);
	cairo_restore(e->pen.cr);
	for (size_t i = 0; i < c->nlines; i++) {
		long last = last_known(c->lines[i].mid, c->nvalues);
		if (last >= 0 && c->nlines > 1)
			draw_signs(e, i);
		if (last >= 0)
			names[n++] = (struct name){ i, easel_y(e, c->lines[i].mid[last]), false };
		else
			names[n++] = (struct name){ i, e->plot.y + e->plot.h, true };
	}
	if (e->direct)
		draw_names(e, names, n);
	free(points);
}

/* A row that stands for its column; `first`: nothing is known right before it. */
struct pick {
	size_t row;
	bool first;
};

/* The rows that stand for all: in each column those of the least and of the greatest sum. A sum
 * that is NAN is a gap. */
static size_t
pick_rows(struct pick *picks, const double *sum, size_t n, size_t columns)
{
	size_t k = 0;
	bool first = true;

	for (size_t i = 0; i < n;) {
		size_t end = i + 1, lo = i, hi = i;
		if (isnan(sum[i])) {
			first = true;
			i++;
			continue;
		}
		while (n > 2 * columns && end < n && end * columns / n == i * columns / n &&
		       !isnan(sum[end]))
			end++;
		for (size_t j = i; j < end; j++) {
			lo = sum[j] < sum[lo] ? j : lo;
			hi = sum[j] > sum[hi] ? j : hi;
		}
		picks[k++] = (struct pick){ lo < hi ? lo : hi, first };
		if (lo != hi)
			picks[k++] = (struct pick){ lo < hi ? hi : lo, false };
		first = false;
		i = end;
	}
	return k;
}

/* Where a picked row is, on one of the sums. */
static void
go_to(struct easel *e, const struct pick *p, const double *sum)
{
	double at = ((double)p->row + 0.5) / (double)e->c->nvalues;

	cairo_line_to(e->pen.cr, x_of(e, at), y_of(e, sum[p->row]));
}

/* One area between two sums, over the picked rows of one run. */
static void
draw_area(struct easel *e, const struct pick *picks, size_t k, const double *under,
    const double *over, size_t line)
{
	cairo_t *cr = e->pen.cr;

	for (size_t i = 0; i < k; i++)
		go_to(e, &picks[i], over);
	for (size_t i = k; i-- > 0;)
		go_to(e, &picks[i], under);
	cairo_close_path(cr);
	pen_colour(&e->pen, pen_tint(easel_colour(line), EASEL_AREA), 1);
	cairo_fill(cr);
	for (size_t i = 0; i < k; i++)
		go_to(e, &picks[i], over);
	pen_colour(&e->pen, PEN_PAPER, 1);
	cairo_set_line_width(cr, 0.8);
	cairo_stroke(cr);
}

/* The same, run by run. */
static void
draw_areas(struct easel *e, const struct pick *picks, size_t k, const double *under,
    const double *over, size_t line)
{
	for (size_t i = 0; i < k;) {
		size_t end = i + 1;
		while (end < k && !picks[end].first)
			end++;
		draw_area(e, picks + i, end - i, under, over, line);
		i = end;
	}
}

/* The sums of all lines; NAN where none is known. */
static void
sum_up(const struct chart *c, double *sum)
{
	for (size_t k = 0; k < c->nvalues; k++) {
		sum[k] = NAN;
		for (size_t i = 0; i < c->nlines; i++) {
			double v = c->lines[i].mid == NULL ? NAN : c->lines[i].mid[k];
			if (!isnan(v))
				sum[k] = isnan(sum[k]) ? v : sum[k] + v;
		}
	}
}

/* Add a line's values to the sums below it; what is unknown adds nothing, and marks.c shades it. */
static void
add_line(const struct chart *c, size_t line, double *over)
{
	for (size_t k = 0; k < c->nvalues; k++) {
		double v = c->lines[line].mid[k];
		over[k] += isnan(v) ? 0 : v;
	}
}

/* The middle of an area at its last known row. */
static double
name_at(const struct easel *e, size_t line, const double *under, const double *over)
{
	long last = last_known(e->c->lines[line].mid, e->c->nvalues);
	size_t i = last < 0 ? 0 : (size_t)last;

	return easel_y(e, (under[i] + over[i]) / 2);
}

void
plot_stacked(struct easel *e)
{
	const struct chart *c = e->c;
	size_t n = c->nvalues, named = 0;
	double *under = xcalloc(n + 1, sizeof *under), *over = xcalloc(n + 1, sizeof *over);
	struct pick *picks = xcalloc(2 * n + 1, sizeof *picks);
	struct name names[CHART_MAX_LINES];

	sum_up(c, over);
	size_t k = pick_rows(picks, over, n, easel_columns(e));
	for (size_t i = 0; i < n; i++)
		over[i] = 0;
	clip(e);
	for (size_t i = 0; i < c->nlines; i++) {
		if (c->lines[i].mid == NULL || last_known(c->lines[i].mid, n) < 0) {
			names[named++] = (struct name){ i, e->plot.y + e->plot.h, true };
			continue;
		}
		add_line(c, i, over);
		draw_areas(e, picks, k, under, over, i);
		names[named++] = (struct name){ i, name_at(e, i, under, over), false };
		for (size_t j = 0; j < n; j++)
			under[j] = over[j];
	}
	cairo_restore(e->pen.cr);
	if (e->direct)
		draw_names(e, names, named);
	free(picks);
	free(over);
	free(under);
}
