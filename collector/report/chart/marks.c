/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times that are shaded behind the values: each kind has its tint, its hatching and a band on top,
 * so that they are told apart in grey. However many there are, no more is drawn than the columns of
 * the plot. */
#include "collector/report/chart/easel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

#define COLUMN 0.5     /* points: what can be told apart */
#define HEAD 8.5       /* of the row of labels */
#define BAND 2.2       /* on top of what is shaded */
#define HATCH_FROM 3.0 /* narrower ones are tinted only */

static const struct look {
	uint32_t rgb;
	double tint;
	double gap;
	int slant;
	const char *word;
} looks[] = {
	[CHART_INCIDENT] = { PEN_CRITICAL, 0.16, 4, 1, N_("incident") },
	[CHART_MAINTENANCE] = { PEN_MAINTENANCE, 0.12, 4, -1, N_("maintenance") },
	[CHART_GAP] = { PEN_EDGE, 0.20, 3.2, 0, N_("no data") },
};

const char *
marks_word(const struct easel *e, enum chart_mark_kind kind)
{
	return lang_text(e->c->lang, looks[kind].word);
}

/* Whether a row of values is unknown: of all lines, or of stacked areas in one of those that have
 * any, for then the sum is. */
static bool
row_unknown(const struct chart *c, const bool *has, size_t row)
{
	size_t lines = 0, known = 0;

	for (size_t i = 0; i < c->nlines; i++) {
		if (!has[i])
			continue;
		lines++;
		known += !isnan(c->lines[i].mid[row]);
	}
	return c->kind == CHART_STACKED ? known < lines : lines > 0 && known == 0;
}

/* Which lines have any value. */
static void
find_lines(const struct chart *c, bool has[CHART_MAX_LINES])
{
	for (size_t i = 0; i < c->nlines; i++) {
		has[i] = false;
		for (size_t k = 0; c->lines[i].mid != NULL && k < c->nvalues && !has[i]; k++)
			has[i] = !isnan(c->lines[i].mid[k]);
	}
}

bool
marks_any(const struct easel *e, enum chart_mark_kind kind)
{
	const struct chart *c = e->c;
	bool has[CHART_MAX_LINES];

	for (size_t i = 0; i < c->nmarks; i++)
		if (c->marks[i].kind == kind && c->marks[i].to_s > c->start_s &&
		    c->marks[i].from_s < c->end_s)
			return true;
	if (kind != CHART_GAP)
		return false;
	find_lines(c, has);
	for (size_t i = 0; i < c->nvalues; i++)
		if (row_unknown(c, has, i))
			return true;
	return false;
}

double
marks_head(const struct easel *e)
{
	for (size_t i = 0; i < e->c->nmarks; i++)
		if (e->c->marks[i].label != NULL)
			return HEAD;
	return 0;
}

/* One shaded field. */
static void
shade(struct easel *e, const struct look *l, double x, double y, double w, double h, bool band)
{
	pen_colour(&e->pen, pen_tint(l->rgb, l->tint), 1);
	pen_rect(&e->pen, x, y, w, h);
	if (w >= HATCH_FROM)
		pen_hatch(&e->pen, x, y, w, h, l->gap, l->slant, pen_tint(l->rgb, 0.42), 0.35);
	if (!band)
		return;
	pen_colour(&e->pen, l->rgb, 1);
	pen_rect(&e->pen, x, y, w, BAND);
}

void
marks_key(struct easel *e, enum chart_mark_kind kind, const struct box *b)
{
	shade(e, &looks[kind], b->x, b->y, b->w, b->h, kind != CHART_GAP);
}

/* Mark the columns from x0 to x1 of the plot. */
static void
fill(bool *on, size_t n, double x0, double x1)
{
	size_t from = x0 <= 0 ? 0 : (size_t)(x0 / COLUMN);
	size_t to = x1 <= 0 ? 0 : (size_t)ceil(x1 / COLUMN);

	if (x1 < 0)
		return;
	if (to <= from)
		to = from + 1;
	for (size_t i = from; i < to && i < n; i++)
		on[i] = true;
}

/* Which columns a kind covers: its marks, and of gaps what is unknown. */
static void
fill_kind(const struct easel *e, enum chart_mark_kind kind, bool *on, size_t n)
{
	const struct chart *c = e->c;
	bool has[CHART_MAX_LINES];

	for (size_t i = 0; i < c->nmarks; i++) {
		const struct chart_mark *m = &c->marks[i];
		if (m->kind == kind && m->to_s >= c->start_s && m->from_s <= c->end_s)
			fill(on, n, easel_x(e, (double)m->from_s) - e->plot.x,
			    easel_x(e, (double)m->to_s) - e->plot.x);
	}
	if (kind != CHART_GAP || c->nvalues == 0)
		return;
	find_lines(c, has);
	double row = e->plot.w / (double)c->nvalues;
	for (size_t i = 0; i < c->nvalues; i++)
		if (row_unknown(c, has, i))
			fill(on, n, (double)i * row, (double)(i + 1) * row);
}

/* Draw a kind, run by run of its columns. */
static void
draw_kind(struct easel *e, enum chart_mark_kind kind)
{
	size_t n = (size_t)ceil(e->plot.w / COLUMN);
	bool *on = xcalloc(n + 1, sizeof *on);

	fill_kind(e, kind, on, n);
	for (size_t i = 0; i < n;) {
		size_t end = i;
		while (end < n && on[end])
			end++;
		if (end > i) {
			double x = (double)i * COLUMN;
			double w = fmin((double)(end - i) * COLUMN, e->plot.w - x);
			shade(e, &looks[kind], e->plot.x + x, e->plot.y, fmax(w, 0.8), e->plot.h,
			    kind != CHART_GAP);
		}
		i = end > i ? end : i + 1;
	}
	free(on);
}

/* In the order of time, incidents first of what begins at once. */
static int
compare(const void *a, const void *b)
{
	const struct chart_mark *const *x = a, *const *y = b;

	if ((*x)->kind != (*y)->kind)
		return (*x)->kind < (*y)->kind ? -1 : 1;
	if ((*x)->from_s != (*y)->from_s)
		return (*x)->from_s < (*y)->from_s ? -1 : 1;
	return (*x)->to_s != (*y)->to_s ? ((*x)->to_s < (*y)->to_s ? -1 : 1)
					: strcmp((*x)->label, (*y)->label);
}

/* Write a label over its mark unless another stands there. */
static void
write_label(struct easel *e, const struct chart_mark *m, bool *taken, size_t n)
{
	double from = fmax(e->plot.x, easel_x(e, (double)m->from_s));
	double to = fmin(e->plot.x + e->plot.w, easel_x(e, (double)m->to_s));
	double w = pen_width(&e->pen, PEN_SMALL, true, m->label);
	double x = fmax(e->plot.x, fmin((from + to) / 2 - w / 2, e->plot.x + e->plot.w - w));
	size_t first = (size_t)(x - e->plot.x), last = (size_t)(x - e->plot.x + w + 3);

	if (w > e->plot.w)
		return;
	for (size_t i = first; i <= last && i < n; i++)
		if (taken[i])
			return;
	for (size_t i = first; i <= last && i < n; i++)
		taken[i] = true;
	pen_text(&e->pen, x, e->plot.y - 2.6, PEN_LEFT, PEN_SMALL, true, looks[m->kind].rgb, 0,
	    m->label);
}

/* The row of labels above the plot. */
static void
write_labels(struct easel *e)
{
	const struct chart *c = e->c;
	const struct chart_mark **order = xcalloc(c->nmarks + 1, sizeof *order);
	size_t k = 0, n = (size_t)e->plot.w + 1;
	bool *taken = xcalloc(n, sizeof *taken);

	for (size_t i = 0; i < c->nmarks; i++)
		if (c->marks[i].label != NULL && c->marks[i].to_s >= c->start_s &&
		    c->marks[i].from_s <= c->end_s)
			order[k++] = &c->marks[i];
	qsort(order, k, sizeof(*order), compare);
	for (size_t i = 0; i < k; i++)
		write_label(e, order[i], taken, n);
	free(taken);
	free(order);
}

void
marks_draw(struct easel *e)
{
	if (e->c->end_s <= e->c->start_s)
		return;
	draw_kind(e, CHART_GAP);
	draw_kind(e, CHART_MAINTENANCE);
	draw_kind(e, CHART_INCIDENT);
	write_labels(e);
}
