/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One cell of a table: how it is set, and how wide it is. */
#include <math.h>
#include <string.h>

#include "collector/report/paper/pdf_plan_parts.h"

bool
cell_is_number(const struct doc_column *column, const struct cell *c)
{
	return column->number || c->kind == CELL_NUMBER || c->kind == CELL_CHANGE;
}

bool
cell_is_loud(const struct cell *c)
{
	return c->kind == CELL_STATE && (c->state == DOC_CRITICAL || c->state == DOC_WARNING);
}

size_t
cell_decimals(const struct cell *c)
{
	return c->decimals < 0		     ? 0
	       : c->decimals > CELL_DECIMALS ? CELL_DECIMALS
					     : (size_t)c->decimals;
}

double
cell_sign(const struct press *p, const struct cell *c)
{
	return c->kind == CELL_STATE ? 10.5 * p->scale : 0;
}

/* A length of time may only be broken between its two numbers: "3 h|20 min". */
static void
keep_together(char text[CELL_TEXT_MAX])
{
	static const char solid[] = "\xc2\xa0"; /* U+00A0 */
	unsigned blanks = 0;

	for (char *at = text; (at = strchr(at, ' ')) != NULL; at++) {
		if (blanks++ % 2 == 1 || strlen(text) + 2 > CELL_TEXT_MAX)
			continue;
		memmove(at + 2, at + 1, strlen(at + 1) + 1);
		memcpy(at, solid, 2);
	}
}

/* Set within a width of the text itself; 0: not broken. Returns the text's length. */
static size_t
set_text(struct press *p, const struct doc_line *l, const struct cell *c, double width)
{
	char buf[CELL_TEXT_MAX];
	const char *text = cell_format(c, p->parts->lang, buf);

	if (c->kind == CELL_STATE) /* its sign is drawn */
		text = c->text != NULL ? c->text : state_word(c->state, p->parts->lang);
	if (c->kind == CELL_DURATION)
		keep_together(buf);
	(void)press_text(p, l->total || cell_is_loud(c) ? STYLE_STRONG : STYLE_CELL, text, width);
	return strlen(text);
}

void
cell_set(struct press *p, const struct doc_line *l, const struct cell *c, double width)
{
	/* What fits by measure shall fit when it is set, too. */
	(void)set_text(p, l, c, fmax(width - cell_sign(p, c), 1) + CELL_SLACK);
}

/* Width of its longest part that is not broken. */
static double
least_width(struct press *p, const struct doc_line *l, const struct cell *c)
{
	(void)set_text(p, l, c, 1);
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD);
	pango_layout_set_ellipsize(p->layout, PANGO_ELLIPSIZE_NONE);
	return press_width(p) + cell_sign(p, c);
}

struct cell_size
cell_measure(struct press *p, const struct doc_line *l, const struct cell *c)
{
	struct cell_size size = { 0 };

	if (set_text(p, l, c, 0) == 0)
		return size;
	size.least = size.width = press_width(p) + cell_sign(p, c);
	size.height = press_height(p);
	if (c->kind == CELL_TEXT || c->kind == CELL_STATE || c->kind == CELL_DURATION ||
	    c->kind == CELL_TIME)
		size.least = least_width(p, l, c);
	return size;
}
