/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets blocks one below the other. A heading stays with what follows; a text leaves no single line
 * behind on either page. */
#include "collector/report/paper/pdf_flow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/paper/pdf_beside.h"
#include "collector/report/paper/pdf_plan.h"
#include "collector/report/paper/pdf_press.h"
#include "zw/alloc.h"

/* A section begins on a new page, but where the last one filled less than this of its. */
#define SECTION_Y (PAGE_TOP + 0.4 * (PAGE_BOTTOM - PAGE_TOP))
#define ITEM_INDENT 16.0

/* Style, width and indent of a text block. */
static enum style
text_style(const struct block *b)
{
	return b->kind == BLOCK_NOTE ? STYLE_NOTE : STYLE_BODY;
}

static enum style
heading_style(const struct block *b)
{
	return b->level == 1 ? STYLE_H1 : b->level == 2 ? STYLE_H2 : STYLE_H3;
}

/* What stands above and below a heading. */
static double
heading_above(const struct press *p, const struct block *b)
{
	return press_fresh(p) ? 0 : b->level == 1 ? 30 : b->level == 2 ? 14 : 9;
}

static double
heading_below(const struct block *b)
{
	return b->level == 1 ? 15 : b->level == 2 ? 6 : 4;
}

/* "3.2  Servers", as wide as the page; returns its height. */
static double
set_heading(struct press *p, const struct block *b)
{
	char *text = xasprintf("%s  %s", b->label, b->text);

	(void)press_text(p, heading_style(b), text, PAGE_MEASURE);
	free(text);
	return press_height(p);
}

/* Set a text block; returns its height. */
static double
set_text(struct press *p, const struct block *b)
{
	double indent = b->kind == BLOCK_ITEM ? ITEM_INDENT : 0;

	(void)press_text(p, text_style(b), b->text, PAGE_TEXT - indent);
	pango_layout_set_height(p->layout, -1000);
	return press_height(p);
}

/* How much of the blocks from i on must stand on the page on which i begins. */
static double
least(struct press *p, size_t i)
{
	const struct block *b = press_block(p, i);

	if (b == NULL)
		return 0;
	switch (b->kind) {
	case BLOCK_HEADING:
		return heading_above(p, b) + set_heading(p, b) + heading_below(b) + least(p, i + 1);
	case BLOCK_CARD:
		return beside_cards_height(p, i);
	case BLOCK_TABLE:
		return table_least(p, i);
	case BLOCK_CHART:
		return beside_charts_height(p, i);
	case BLOCK_SHEET:
		return least(p, i + 1);
	case BLOCK_PARAGRAPH:
	case BLOCK_NOTE:
	case BLOCK_ITEM:
		break;
	}
	double height = set_text(p, b);
	int lines = pango_layout_get_line_count(p->layout);
	size_t n = b->text == NULL ? 0 : strlen(b->text);
	if (n > 0 && b->text[n - 1] == ':') /* it announces what follows */
		return height + least(p, i + 1);
	return lines <= 3 ? height : height * 2 / lines;
}

/* Heading, with its place for links and bookmarks. */
static void
put_heading(struct press *p, size_t i)
{
	static const char *const tags[] = { "H1", "H2", "H3" };
	const struct block *b = press_block(p, i);
	char name[32];

	if (b->level == 1 && p->y > SECTION_Y)
		press_page(p);
	press_room(p, least(p, i));
	p->y += heading_above(p, b);
	p->page_of[i] = p->page;
	double height = set_heading(p, b);
	snprintf(name, sizeof name, "name='b%zu'", i);
	press_begin(p, tags[b->level - 1], NULL);
	press_begin(p, CAIRO_TAG_DEST, name);
	press_show(p, PAGE_LEFT, p->y, INK_TEXT);
	press_end(p, CAIRO_TAG_DEST);
	press_end(p, tags[b->level - 1]);
	p->y += height;
	if (b->level == 1)
		press_rule(p, PAGE_LEFT, p->y + 6, 36, 2.4, INK_ACCENT);
	p->y += heading_below(b);
}

/* Lines [from, to) of the text that is set; returns their height. */
static double
put_lines(struct press *p, double x, int from, int to, enum ink ink)
{
	PangoLayoutIter *it = pango_layout_get_iter(p->layout);
	double top = 0, height = 0;

	for (int i = 0; i < to; i++) {
		int y0, y1;
		pango_layout_iter_get_line_yrange(it, &y0, &y1);
		if (i == from)
			top = (double)y0 / PANGO_SCALE;
		height = (double)y1 / PANGO_SCALE - top;
		if (i >= from && !p->dry) {
			press_ink(p, ink);
			cairo_move_to(p->cr, x,
			    p->y - top + (double)pango_layout_iter_get_baseline(it) / PANGO_SCALE);
			pango_cairo_show_layout_line(
			    p->cr, pango_layout_iter_get_line_readonly(it));
		}
		(void)pango_layout_iter_next_line(it);
	}
	pango_layout_iter_free(it);
	return height;
}

/* How many of n lines fit on this page: all, or such that no line is alone on either. */
static int
lines_that_fit(const struct press *p, double height, int n)
{
	int fit = (int)((PAGE_BOTTOM - p->y) * n / height);

	if (fit >= n)
		return n;
	if (n - fit < 2)
		fit = n - 2;
	return fit < 2 ? 0 : fit;
}

/* What stands between a text and the block that follows. */
static double
text_below(const struct block *b, const struct block *next)
{
	if (next != NULL && (next->kind == BLOCK_TABLE || next->kind == BLOCK_CHART))
		return 12;
	if (b->kind == BLOCK_ITEM)
		return next != NULL && next->kind == BLOCK_ITEM ? 3 : 8;
	if (b->kind == BLOCK_NOTE && next != NULL && next->kind == BLOCK_NOTE)
		return 6;
	return b->kind == BLOCK_NOTE ? 10 : 8;
}

/* A paragraph, a note, an item's text; over two pages if need be. */
static void
put_text(struct press *p, size_t i)
{
	const struct block *b = press_block(p, i);
	const struct block *next = press_block(p, i + 1);
	enum ink ink = b->kind == BLOCK_NOTE ? INK_SOFT : INK_TEXT;
	bool item = b->kind == BLOCK_ITEM;
	const char *tag = item ? "LI" : "P";

	press_room(p, least(p, i));
	if (item) {
		press_begin(p, tag, NULL);
		(void)press_text(p, STYLE_BODY, b->label, 0);
		press_leaf(p, "Lbl", PAGE_LEFT, p->y, INK_ACCENT);
	}
	double height = set_text(p, b), indent = item ? ITEM_INDENT : 0;
	int n = pango_layout_get_line_count(p->layout), done = 0;
	while (done < n) {
		int fit = lines_that_fit(p, height * (n - done) / n, n - done);
		fit = fit == 0 && press_fresh(p) ? n - done : fit;
		if (fit > 0) {
			press_begin(p, item ? "LBody" : tag, NULL);
			p->y += put_lines(p, PAGE_LEFT + indent, done, done + fit, ink);
			press_end(p, item ? "LBody" : tag);
		}
		done += fit;
		if (done < n) {
			press_page(p);
			(void)set_text(p, b); /* the frame used the layout */
		}
	}
	if (item)
		press_end(p, tag);
	p->y += text_below(b, next);
}

/* The list's tag opens with the first item and closes behind the last one. */
static void
put_item(struct press *p, size_t i)
{
	const struct block *before = i == 0 ? NULL : press_block(p, i - 1),
			   *next = press_block(p, i + 1);

	if (before == NULL || before->kind != BLOCK_ITEM)
		press_begin(p, "L", NULL);
	put_text(p, i);
	if (next == NULL || next->kind != BLOCK_ITEM)
		press_end(p, "L");
}

void
flow_put(struct press *p)
{
	for (size_t i = 0; i < p->parts->nblocks;) {
		size_t n = 1;
		switch (p->parts->blocks[i].kind) {
		case BLOCK_HEADING:
			put_heading(p, i);
			break;
		case BLOCK_PARAGRAPH:
		case BLOCK_NOTE:
			put_text(p, i);
			break;
		case BLOCK_ITEM:
			put_item(p, i);
			break;
		case BLOCK_CARD:
			n = beside_cards(p, i);
			break;
		case BLOCK_TABLE:
			table_put(p, i);
			break;
		case BLOCK_SHEET:
			break;
		case BLOCK_CHART:
			n = beside_charts(p, i);
			break;
		}
		i += n;
	}
}
