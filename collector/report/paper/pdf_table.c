/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets a table: hairlines between rows, the head again on each page. At a page's end never fewer
 * than two rows stand alone, on neither side. */
#include <math.h>
#include <string.h>

#include "collector/report/paper/pdf_plan_parts.h"

#define CAPTION_GAP 3.0
#define AFTER 13.0
#define SHORT_NOTE 34.0
#define WHOLE 200.0 /* a table that is not higher is not broken */

/* The caption's height with what is between it and the head; 0: there is none. */
static double
caption_height(struct press *p, const struct block *b)
{
	if (b->text == NULL || *b->text == '\0')
		return 0;
	(void)press_text(p, STYLE_CAPTION, b->text, PAGE_MEASURE);
	return press_height(p) + CAPTION_GAP;
}

/* Height of the line that stands instead of rows. */
static double
empty_height(struct press *p, const struct block *b)
{
	(void)press_text(p, STYLE_NOTE, b->when_empty, PAGE_TEXT);
	return press_height(p) + 6;
}

/* Height of a short note that follows, which stays with the table's end. */
static double
note_height(struct press *p, size_t at)
{
	const struct block *b = press_block(p, at + 1);

	while (b != NULL && b->kind == BLOCK_SHEET)
		b = press_block(p, ++at + 1);
	if (b == NULL || b->kind != BLOCK_NOTE)
		return 0;
	(void)press_text(p, STYLE_NOTE, b->text, PAGE_TEXT);
	double height = press_height(p);
	return height > SHORT_NOTE ? 0 : height + AFTER;
}

double
table_least(struct press *p, size_t at)
{
	const struct block *b = &p->parts->blocks[at];

	if (b->nprinted == 0)
		return caption_height(p, b) + empty_height(p, b);
	const struct plan *plan = plan_of(p, at);
	double height = caption_height(p, b) + plan->head, whole = height;
	for (size_t i = 0; i < b->nprinted; i++) {
		height += i < (b->nprinted == 3 ? 3 : 2) ? plan->heights[i] : 0;
		whole += plan->heights[i];
	}
	return whole <= WHOLE ? whole + note_height(p, at) : height;
}

/* One title with its unit, standing on the head's lower edge. */
static void
put_title(struct press *p, const struct doc_column *c, double x, double width, double bottom)
{
	const char *unit = column_unit(c, p->parts->lang);
	PangoAlignment side = c->number ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;

	if (*unit != '\0') {
		pango_layout_set_alignment(press_text(p, STYLE_UNIT, unit, width + 0.5), side);
		bottom -= press_height(p);
		press_show(p, x, bottom, INK_SOFT);
	}
	pango_layout_set_alignment(press_text(p, STYLE_HEAD, c->title, width + 0.5), side);
	press_show(p, x, bottom - press_height(p), INK_TEXT);
}

/* The head; again: on a further page, where it is no part of the structure. */
static void
put_head(struct press *p, const struct plan *plan, const struct block *b, bool again)
{
	double x = PAGE_LEFT, bottom = p->y + plan->head - plan->pad;

	if (!again)
		press_begin(p, "TR", NULL);
	for (size_t j = 0; j < b->ncolumns; j++) {
		double width = plan->columns[j].width;
		if (!again)
			press_begin(p, "TH", NULL);
		put_title(p, &b->columns[j], x, width, bottom);
		if (!again)
			press_end(p, "TH");
		x += width + plan->after[j];
	}
	if (!again)
		press_end(p, "TR");
	p->y += plan->head;
	press_rule(p, PAGE_LEFT, p->y, plan->width, 0.9, INK_TEXT);
}

/* One cell at x. */
static void
put_cell(struct press *p, const struct column_plan *m, const struct doc_column *column,
    const struct doc_line *l, const struct cell *c, double x, double y)
{
	bool number = cell_is_number(column, c);

	cell_set(p, l, c, m->width);
	if (number)
		pango_layout_set_alignment(p->layout, PANGO_ALIGN_RIGHT);
	if ((c->kind == CELL_NUMBER || c->kind == CELL_CHANGE) && isfinite(c->value))
		x -= m->shift[cell_decimals(c)];
	press_show(p, x + cell_sign(p, c) - (number ? CELL_SLACK : 0), y,
	    cell_is_loud(c) ? press_state_ink(c->state) : INK_TEXT);
	if (c->kind == CELL_STATE)
		press_sign(p, c->state, x + 0.3, y + 1.55 * p->scale, 7 * p->scale);
}

/* One row. */
static void
put_row(struct press *p, const struct plan *plan, const struct block *b, size_t i)
{
	const struct doc_line *l = &b->lines[i];
	double x = PAGE_LEFT;

	if (l->total)
		press_rule(p, PAGE_LEFT, p->y, plan->width, 0.9, INK_SOFT);
	press_begin(p, "TR", NULL);
	for (size_t j = 0; j < b->ncolumns; j++) {
		press_begin(p, "TD", NULL);
		put_cell(
		    p, &plan->columns[j], &b->columns[j], l, &l->cells[j], x, p->y + plan->pad);
		press_end(p, "TD");
		x += plan->columns[j].width + plan->after[j];
	}
	press_end(p, "TR");
	p->y += plan->heights[i];
	press_rule(p, PAGE_LEFT, p->y, plan->width, 0.4, INK_LINE);
}

/* Caption. */
static void
put_caption(struct press *p, const struct block *b)
{
	double height = caption_height(p, b);

	if (height <= 0)
		return;
	press_leaf(p, "Caption", PAGE_LEFT, p->y, INK_TEXT);
	p->y += height;
}

void
table_put(struct press *p, size_t at)
{
	const struct block *b = &p->parts->blocks[at];

	press_room(p, table_least(p, at));
	if (b->nprinted == 0) {
		put_caption(p, b);
		double height = empty_height(p, b);
		press_leaf(p, "P", PAGE_LEFT, p->y, INK_SOFT);
		p->y += height + AFTER - 6;
		return;
	}
	const struct plan *plan = plan_of(p, at);
	double note = note_height(p, at);
	put_caption(p, b);
	press_begin(p, "Table", NULL);
	p->scale = plan->scale;
	put_head(p, plan, b, false);
	for (size_t i = 0; i < b->nprinted; i++) {
		double height = plan->heights[i];
		if (i + 2 == b->nprinted) /* the last two stay together */
			height += plan->heights[i + 1] + note;
		if (p->y + height > PAGE_BOTTOM && i > 0 && !press_fresh(p)) {
			press_page(p);
			put_head(p, plan, b, true);
		}
		put_row(p, plan, b, i);
	}
	p->scale = 1;
	press_end(p, "Table");
	p->y += AFTER;
}
