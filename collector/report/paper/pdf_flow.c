/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets blocks one below the other. A heading stays with what follows; a text leaves no single line
 * behind on either page; cards and half-wide charts stand beside each other. */
#include "collector/report/paper/pdf_flow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/pdf_plan.h"
#include "collector/report/paper/pdf_press.h"
#include "zw/alloc.h"

/* A section begins on a new page, but where the last one filled less than this of its. */
#define SECTION_Y (PAGE_TOP + 0.4 * (PAGE_BOTTOM - PAGE_TOP))
#define ITEM_INDENT 16.0
#define CARD_GAP 9.0
#define CARD_PAD 8.0
#define CARDS_A_ROW 4
#define CHART_GAP 16.0
#define MAX_CHART 330.0

/* The i-th block, or NULL past the last. */
static const struct block *
block_at(const struct press *p, size_t i)
{
	return i < p->parts->nblocks ? &p->parts->blocks[i] : NULL;
}

/* How many blocks from i on are cards. */
static size_t
cards_from(const struct press *p, size_t i)
{
	size_t n = 0;

	while (block_at(p, i + n) != NULL && block_at(p, i + n)->kind == BLOCK_CARD)
		n++;
	return n;
}

/* How many cards stand in a row of n in all: rows as even as can be. */
static size_t
cards_a_row(size_t n)
{
	size_t rows = (n + CARDS_A_ROW - 1) / CARDS_A_ROW;

	return (n + rows - 1) / rows;
}

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

/* Height of the texts of a card of that width. */
static double
card_height(struct press *p, const struct block *b, double width)
{
	(void)press_text(p, STYLE_LABEL, b->label, width - 2 * CARD_PAD - 14);
	double height = press_height(p);
	(void)press_text(p, STYLE_VALUE, b->value, 0);
	height += press_height(p) + 2;
	(void)press_text(p, STYLE_LABEL, b->below, width - 2 * CARD_PAD);
	return height + (b->below == NULL ? 0 : press_height(p) + 2) + 2 * CARD_PAD;
}

/* Width of each card of so many in a row. */
static double
card_width(size_t n)
{
	return (PAGE_MEASURE - CARD_GAP * (double)(n - 1)) / (double)n;
}

/* Height of a row of n cards from i on. */
static double
cards_height(struct press *p, size_t i, size_t n, double width)
{
	double height = 0;

	for (size_t k = 0; k < n; k++)
		height = fmax(height, card_height(p, block_at(p, i + k), width));
	return height;
}

/* Whether the chart at i has its neighbour beside it. */
static bool
is_pair(const struct press *p, size_t i)
{
	const struct block *a = block_at(p, i), *b = block_at(p, i + 1);

	return b != NULL && b->kind == BLOCK_CHART && a->share < 0.75 && b->share < 0.75;
}

/* Width of a chart. */
static double
chart_width(const struct block *b)
{
	return b->share < 0.75 ? (PAGE_MEASURE - CHART_GAP) / 2 : PAGE_MEASURE;
}

/* Heights of a chart's caption and picture. */
static double
chart_heights(struct press *p, const struct block *b, double *caption)
{
	double width = chart_width(b);

	*caption = 0;
	if (b->text != NULL && *b->text != '\0') {
		(void)press_text(p, STYLE_CAPTION, b->text, width);
		*caption = press_height(p) + 4;
	}
	return fmin(chart_height(b->chart, width), MAX_CHART);
}

/* Height of one chart or two beside each other. */
static double
charts_height(struct press *p, size_t i)
{
	double caption, height = chart_heights(p, block_at(p, i), &caption) + caption;

	if (is_pair(p, i))
		height = fmax(height, chart_heights(p, block_at(p, i + 1), &caption) + caption);
	return height;
}

/* How much of the blocks from i on must stand on the page on which i begins. */
static double
least(struct press *p, size_t i)
{
	const struct block *b = block_at(p, i);

	if (b == NULL)
		return 0;
	switch (b->kind) {
	case BLOCK_HEADING:
		return heading_above(p, b) + set_heading(p, b) + heading_below(b) + least(p, i + 1);
	case BLOCK_CARD:
		return cards_height(
		    p, i, cards_a_row(cards_from(p, i)), card_width(cards_a_row(cards_from(p, i))));
	case BLOCK_TABLE:
		return table_least(p, i);
	case BLOCK_CHART:
		return charts_height(p, i);
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
	const struct block *b = block_at(p, i);
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
	return b->kind == BLOCK_NOTE ? 6 : 8;
}

/* A paragraph, a note, an item's text; over two pages if need be. */
static void
put_text(struct press *p, size_t i)
{
	const struct block *b = block_at(p, i);
	const struct block *next = block_at(p, i + 1);
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

/* A card's number: smaller, rather than broken, where the room does not suffice. Returns its
 * height.
 */
static double
put_value(struct press *p, const struct block *b, double x, double y, double room)
{
	(void)press_text(p, STYLE_VALUE, b->value, 0);
	double wide = press_width(p), height = press_height(p),
	       part = wide > room ? room / wide : 1;

	if (p->dry)
		return height;
	cairo_save(p->cr);
	cairo_translate(p->cr, x, y + height * (1 - part) * 0.7);
	cairo_scale(p->cr, part, part);
	press_leaf(p, "P", 0, 0, INK_TEXT);
	cairo_restore(p->cr);
	return height;
}

/* One card. */
static void
put_card(struct press *p, const struct block *b, double x, double width, double height)
{
	const double left = x + CARD_PAD + 2, room = width - 2 * CARD_PAD;
	double y = p->y + CARD_PAD;

	press_box(p, x, p->y, width, height, INK_SUNKEN);
	press_box(p, x, p->y, 2.6, height, press_state_ink(b->state));
	press_begin(p, "Div", NULL);
	(void)press_text(p, STYLE_LABEL, b->label, room - 14);
	press_leaf(p, "P", left, y, INK_SOFT);
	y += press_height(p) + 2;
	y += put_value(p, b, left, y, room) + 2;
	if (b->below != NULL) {
		(void)press_text(p, STYLE_LABEL, b->below, room);
		press_leaf(p, "P", left, y, INK_SOFT);
	}
	press_end(p, "Div");
	press_sign(p, b->state, x + width - CARD_PAD - 9, p->y + CARD_PAD, 9);
}

/* All cards from i on, in rows; returns how many. */
static size_t
put_cards(struct press *p, size_t i)
{
	size_t n = cards_from(p, i), a_row = cards_a_row(n);
	double width = card_width(a_row);

	for (size_t done = 0; done < n; done += a_row) {
		size_t here = n - done < a_row ? n - done : a_row;
		double height = cards_height(p, i + done, here, width);
		press_room(p, height);
		for (size_t k = 0; k < here; k++)
			put_card(p, block_at(p, i + done + k),
			    PAGE_LEFT + (double)k * (width + CARD_GAP), width, height);
		p->y += height + CARD_GAP;
	}
	p->y += 6;
	return n;
}

/* One chart with its caption above. */
static void
put_chart(struct press *p, const struct block *b, double x)
{
	double caption, height = chart_heights(p, b, &caption), width = chart_width(b);

	if (p->dry)
		return;
	if (caption > 0) {
		(void)press_text(p, STYLE_CAPTION, b->text, width);
		press_leaf(p, "Caption", x, p->y, INK_TEXT);
	}
	press_begin(p, "Figure", NULL);
	cairo_save(p->cr);
	chart_draw(b->chart, p->cr, x, p->y + caption, width, height);
	cairo_restore(p->cr);
	press_end(p, "Figure");
}

/* One chart, or two beside each other; returns how many. */
static size_t
put_charts(struct press *p, size_t i)
{
	bool pair = is_pair(p, i);
	double height = charts_height(p, i);

	press_room(p, height);
	put_chart(p, block_at(p, i), PAGE_LEFT);
	if (pair)
		put_chart(
		    p, block_at(p, i + 1), PAGE_LEFT + chart_width(block_at(p, i)) + CHART_GAP);
	p->y += height + 12;
	return pair ? 2 : 1;
}

/* The list's tag opens with the first item and closes behind the last one. */
static void
put_item(struct press *p, size_t i)
{
	const struct block *before = i == 0 ? NULL : block_at(p, i - 1), *next = block_at(p, i + 1);

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
			n = put_cards(p, i);
			break;
		case BLOCK_TABLE:
			table_put(p, i);
			break;
		case BLOCK_SHEET:
			break;
		case BLOCK_CHART:
			n = put_charts(p, i);
			break;
		}
		i += n;
	}
}
