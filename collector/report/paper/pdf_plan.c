/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table's measures. A column is at least as wide as its longest word, its widest number; it would
 * like to be as wide as its widest cell. What room there is beyond the least is shared by what each
 * lacks. Where not even the least fits, the type becomes smaller, and at last words are broken. */
#include "collector/report/paper/pdf_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/paper/pdf_plan_parts.h"
#include "zw/alloc.h"

#define WIDEST_CELL 210.0 /* a cell of text would like no more */
#define WIDEST_WORD 96.0
#define WIDEST_HEAD 62.0
#define READABLE_TEXT 66.0 /* text should not be set in a narrower column, */
#define NARROW_TEXT 44.0   /* and where there is no room, not in one narrower than this */
#define STRETCH 1.3	   /* a table is not made wider than so many times what it would like, */
#define NARROWEST 0.6	   /* but never narrower than this part of the measure */
#define CELL_PAD 2.6	   /* above and below a row's text */

/* What is tried for a table that is wide, one after the other. */
static const struct {
	double scale; /* of the type */
	bool tight;
} tries[] = { { 1, false }, { 0.93, false }, { 0.87, false }, { 0.93, true }, { 0.87, true },
	{ 0.81, true } };
#define TRIES (sizeof tries / sizeof tries[0])
#define MAX_TRIED 60  /* rows of a table of which all are tried */
#define SMALLNESS 1.4 /* what smaller type costs: more than the height that it saves by itself, */
#define SMALL 250.0   /* and that the table differs from the others, in points */

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	free(p->columns);
	free(p->heights);
	free(p->after);
	free(p->sizes);
	free(p);
}

/* Width of a heading's longest word. */
static double
word_width(struct press *p, enum style s, const char *text)
{
	PangoLayout *l = press_text(p, s, text, 1);

	pango_layout_set_wrap(l, PANGO_WRAP_WORD);
	pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_NONE);
	return press_width(p);
}

/* Measure all cells once, at the scale 1: their widths grow with the type, which is not hinted. */
static struct cell_size *
measure_cells(struct press *p, const struct block *b)
{
	struct cell_size *sizes = xcalloc(b->nprinted * b->ncolumns + 1, sizeof *sizes);

	p->scale = 1;
	for (size_t i = 0; i < b->nprinted; i++) {
		for (size_t j = 0; j < b->ncolumns; j++)
			sizes[i * b->ncolumns + j] =
			    cell_measure(p, &b->lines[i], &b->lines[i].cells[j]);
	}
	return sizes;
}

/* What a cell adds to its column's wants; tight: durations and times may take two lines. */
static void
add_cell(struct column_plan *m, const struct cell *c, double width, double part, bool tight)
{
	double least = width;

	switch (c->kind) {
	case CELL_NUMBER:
	case CELL_CHANGE:
		least = width += m->shift[cell_decimals(c)];
		break;
	case CELL_DURATION:
	case CELL_TIME:
		least = tight ? part : width;
		m->full = fmax(m->full, width);
		break;
	case CELL_TEXT:
		least =
		    fmax(fmin(part, WIDEST_WORD), fmin(width, tight ? NARROW_TEXT : READABLE_TEXT));
		break;
	case CELL_STATE:
		least = width > WIDEST_WORD ? part : width;
		break;
	case CELL_EMPTY:
	case CELL_DATE:
		break;
	}
	m->least = fmax(m->least, least);
	m->wanted = fmax(m->wanted, fmax(m->least, fmin(width, WIDEST_CELL)));
}

/* How far a number with so many decimals is moved to the left, so that the decimal signs of the
 * column stand below each other. */
static void
measure_shifts(struct press *p, struct column_plan *m, const struct block *b, size_t column)
{
	int most = 0;

	for (size_t i = 0; i < b->nprinted; i++) {
		const struct cell *c = &b->lines[i].cells[column];
		if ((c->kind == CELL_NUMBER || c->kind == CELL_CHANGE) && isfinite(c->value))
			most = c->decimals > most ? c->decimals : most;
	}
	most = most > CELL_DECIMALS ? CELL_DECIMALS : most;
	(void)press_text(p, STYLE_CELL, "0", 0);
	double digit = press_width(p);
	(void)press_text(p, STYLE_CELL, p->parts->lang == LANG_EN ? "." : ",", 0);
	double sign = press_width(p);
	for (int i = 0; i <= CELL_DECIMALS; i++) {
		int lacks = most - i;
		m->shift[i] = lacks <= 0 ? 0 : lacks * digit + (i == 0 ? sign : 0);
	}
}

/* The measures of a cell. */
static const struct cell_size *
size_at(const struct plan *plan, const struct block *b, size_t line, size_t column)
{
	return &plan->sizes[line * b->ncolumns + column];
}

/* Least and wanted widths of all columns at the press's scale; returns the sum of the least. */
static double
measure(struct press *p, struct plan *plan, const struct block *b, bool tight)
{
	double sum = plan->gaps;

	for (size_t j = 0; j < b->ncolumns; j++) {
		struct column_plan *m = &plan->columns[j];
		const struct doc_column *column = &b->columns[j];
		*m = (struct column_plan){ .weight = column->weight > 0 ? column->weight : 1 };
		measure_shifts(p, m, b, j);
		m->least = word_width(p, STYLE_HEAD, column->title);
		(void)press_text(p, STYLE_UNIT, column_unit(column, p->parts->lang), 0);
		m->least = fmax(m->least, press_width(p));
		(void)press_text(p, STYLE_HEAD, column->title, 0);
		m->wanted = fmax(m->least, fmin(press_width(p), WIDEST_HEAD));
		for (size_t i = 0; i < b->nprinted; i++)
			add_cell(m, &b->lines[i].cells[j], p->scale * size_at(plan, b, i, j)->width,
			    p->scale * size_at(plan, b, i, j)->least, tight);
		m->text = !column->number;
		sum += m->least;
	}
	return sum;
}

/* Width of the table: a small one is not drawn out over the page, for the eye would lose its rows.
 */
static double
table_width(const struct plan *plan, size_t n)
{
	double wanted = plan->gaps;

	for (size_t j = 0; j < n; j++)
		wanted += plan->columns[j].wanted;
	return fmin(PAGE_MEASURE, fmax(wanted * STRETCH, PAGE_MEASURE * NARROWEST));
}

/* Give lengths of time their whole width while there is room: first to those that lack least. */
static void
unbreak(struct plan *plan, size_t n, double room)
{
	for (size_t j = 0; j < n; j++)
		room -= plan->columns[j].least;
	for (;;) {
		struct column_plan *next = NULL;
		for (size_t j = 0; j < n; j++) {
			struct column_plan *m = &plan->columns[j];
			if (m->full > m->least &&
			    (next == NULL || m->full - m->least < next->full - next->least))
				next = m;
		}
		if (next == NULL || next->full - next->least > room)
			return;
		room -= next->full - next->least;
		next->least = next->full;
	}
}

/* Share the room out. */
static void
share(struct plan *plan, size_t n, double room)
{
	double least = 0, wanted = 0, texts = 0, lacks = 0;

	unbreak(plan, n, room);
	for (size_t j = 0; j < n; j++) {
		struct column_plan *m = &plan->columns[j];
		least += m->least;
		wanted += m->wanted;
		lacks += (m->wanted - m->least) * m->weight;
		texts += m->text ? m->wanted * m->weight : 0;
	}
	for (size_t j = 0; j < n; j++) {
		struct column_plan *m = &plan->columns[j];
		if (room >= wanted && texts > 0)
			m->width = m->wanted +
				   (m->text ? (room - wanted) * m->wanted * m->weight / texts : 0);
		else if (room >= wanted)
			m->width = m->wanted * room / wanted;
		else if (room >= least && lacks > 0)
			m->width =
			    m->least + (room - least) * (m->wanted - m->least) * m->weight / lacks;
		else
			m->width = m->least * room / least;
	}
}

/* The row's height: that of its highest cell. */
static double
row_height(struct press *p, const struct plan *plan, const struct block *b, size_t line)
{
	const struct doc_line *l = &b->lines[line];
	double height = 0;

	for (size_t j = 0; j < b->ncolumns; j++) {
		const struct cell_size *size = size_at(plan, b, line, j);
		double here = p->scale * size->height;
		if (p->scale * size->width > plan->columns[j].width + CELL_SLACK / 2) {
			cell_set(p, l, &l->cells[j], plan->columns[j].width);
			here = press_height(p);
		}
		height = fmax(height, here);
	}
	return height + 2 * CELL_PAD;
}

/* The head's: titles above units, all standing on its lower edge. */
static double
head_height(struct press *p, const struct plan *plan, const struct block *b)
{
	double height = 0;

	for (size_t j = 0; j < b->ncolumns; j++) {
		(void)press_text(p, STYLE_HEAD, b->columns[j].title, plan->columns[j].width + 0.5);
		double h = press_height(p);
		const char *unit = column_unit(&b->columns[j], p->parts->lang);
		(void)press_text(p, STYLE_UNIT, unit, plan->columns[j].width + 0.5);
		height = fmax(height, h + (*unit == '\0' ? 0 : press_height(p)));
	}
	return height + 2 * CELL_PAD;
}

/* Plan it in one of the ways; returns what that costs: its height, more with smaller type.
 * INFINITY: it does not fit. */
static double
try_plan(struct press *p, struct plan *plan, const struct block *b, size_t way)
{
	p->scale = plan->scale = tries[way].scale;
	bool fits = measure(p, plan, b, tries[way].tight) <= PAGE_MEASURE;
	plan->width = table_width(plan, b->ncolumns);
	share(plan, b->ncolumns, plan->width - plan->gaps);
	double height = plan->head = head_height(p, plan, b);
	for (size_t i = 0; i < b->nprinted; i++) {
		plan->heights[i] = row_height(p, plan, b, i);
		height += plan->heights[i];
	}
	return fits ? height + (SMALLNESS * height + SMALL) * (1 - plan->scale) : INFINITY;
}

/* Whether no row has more than one line: it cannot become better. */
static bool
is_flat(struct press *p, const struct plan *plan, const struct block *b)
{
	(void)press_text(p, STYLE_STRONG, "0", 0);
	double line = press_height(p) + 2 * CELL_PAD;

	for (size_t i = 0; i < b->nprinted; i++) {
		if (plan->heights[i] > 1.2 * line)
			return false;
	}
	return true;
}

/* The cheapest way; of a long table the first that fits, for trying takes time. */
static void
choose_plan(struct press *p, struct plan *plan, const struct block *b)
{
	size_t last = TRIES - 1, best = last;
	double least = INFINITY;

	for (size_t i = 0; i < TRIES; i++) {
		double cost = try_plan(p, plan, b, last = i);
		if (cost < least) {
			least = cost;
			best = i;
			if (b->nprinted > MAX_TRIED || is_flat(p, plan, b))
				break;
		}
	}
	if (last != best)
		(void)try_plan(p, plan, b, best);
}

/* Between columns; wider where a text stands behind a number. */
static void
measure_gaps(struct plan *plan, const struct block *b)
{
	const double gap = b->ncolumns > 8 ? 6.5 : 9;

	for (size_t j = 0; j + 1 < b->ncolumns; j++) {
		bool turn = b->columns[j].number && !b->columns[j + 1].number;
		plan->after[j] = turn ? gap + 5 : gap;
		plan->gaps += plan->after[j];
	}
}

const struct plan *
plan_of(struct press *p, size_t at)
{
	const struct block *b = &p->parts->blocks[at];

	if (p->plans[at] != NULL)
		return p->plans[at];
	struct plan *plan = p->plans[at] = xcalloc(1, sizeof *plan);
	plan->columns = xcalloc(b->ncolumns, sizeof *plan->columns);
	plan->after = xcalloc(b->ncolumns, sizeof *plan->after);
	plan->heights = xcalloc(b->nprinted + 1, sizeof *plan->heights);
	plan->pad = CELL_PAD;
	measure_gaps(plan, b);
	plan->sizes = measure_cells(p, b);
	choose_plan(p, plan, b);
	free(plan->sizes);
	plan->sizes = NULL;
	p->scale = 1;
	return plan;
}
