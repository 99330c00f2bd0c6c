/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cards in rows as even as can be, charts alone or in pairs. */
#include "collector/report/paper/pdf_beside.h"

#include <math.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/pdf_press.h"

#define CARD_GAP 9.0
#define CARD_PAD 8.0
#define CARDS_A_ROW 4
#define CHART_GAP 16.0
#define MAX_CHART 330.0

/* How many blocks from i on are cards. */
static size_t
cards_from(const struct press *p, size_t i)
{
	size_t n = 0;

	while (press_block(p, i + n) != NULL && press_block(p, i + n)->kind == BLOCK_CARD)
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

/* Height of the highest label of n cards from i on: the numbers below stand on one line. */
static double
label_height(struct press *p, size_t i, size_t n, double width)
{
	double height = 0;

	for (size_t k = 0; k < n; k++) {
		(void)press_text(
		    p, STYLE_LABEL, press_block(p, i + k)->label, width - 2 * CARD_PAD - 14);
		height = fmax(height, press_height(p));
	}
	return height;
}

/* Height of the texts of a card of that width. */
static double
card_height(struct press *p, const struct block *b, double width, double label)
{
	(void)press_text(p, STYLE_VALUE, b->value, 0);
	double height = label + press_height(p) + 2;
	(void)press_text(p, STYLE_LABEL, b->below, width - 2 * CARD_PAD);
	return height + (b->below == NULL ? 0 : press_height(p) + 2) + 2 * CARD_PAD;
}

/* Width of each card of so many in a row; a lonely one is half as wide as the page. */
static double
card_width(size_t n)
{
	n = n < 2 ? 2 : n;
	return (PAGE_MEASURE - CARD_GAP * (double)(n - 1)) / (double)n;
}

/* Height of a row of n cards from i on. */
static double
cards_height(struct press *p, size_t i, size_t n, double width)
{
	double height = 0, label = label_height(p, i, n, width);

	for (size_t k = 0; k < n; k++)
		height = fmax(height, card_height(p, press_block(p, i + k), width, label));
	return height;
}

double
beside_cards_height(struct press *p, size_t i)
{
	size_t n = cards_a_row(cards_from(p, i));

	return cards_height(p, i, n, card_width(n));
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
put_card(
    struct press *p, const struct block *b, double x, double width, double height, double label)
{
	const double left = x + CARD_PAD + 2, room = width - 2 * CARD_PAD;
	double y = p->y + CARD_PAD;

	press_box(p, x, p->y, width, height, INK_SUNKEN);
	press_box(p, x, p->y, 2.6, height, press_state_ink(b->state));
	press_begin(p, "Div", NULL);
	(void)press_text(p, STYLE_LABEL, b->label, room - 14);
	press_leaf(p, "P", left, y, INK_SOFT);
	y += label + 2;
	y += put_value(p, b, left, y, room) + 2;
	if (b->below != NULL) {
		(void)press_text(p, STYLE_LABEL, b->below, room);
		press_leaf(p, "P", left, y, INK_SOFT);
	}
	press_end(p, "Div");
	press_sign(p, b->state, x + width - CARD_PAD - 9, p->y + CARD_PAD, 9);
}

size_t
beside_cards(struct press *p, size_t i)
{
	size_t n = cards_from(p, i), a_row = cards_a_row(n);
	double width = card_width(a_row);

	for (size_t done = 0; done < n; done += a_row) {
		size_t here = n - done < a_row ? n - done : a_row;
		double height = cards_height(p, i + done, here, width),
		       label = label_height(p, i + done, here, width);
		press_room(p, height);
		for (size_t k = 0; k < here; k++)
			put_card(p, press_block(p, i + done + k),
			    PAGE_LEFT + (double)k * (width + CARD_GAP), width, height, label);
		p->y += height + CARD_GAP;
	}
	p->y += 6;
	return n;
}

/* Whether the chart at i has its neighbour beside it. */
static bool
is_pair(const struct press *p, size_t i)
{
	const struct block *a = press_block(p, i), *b = press_block(p, i + 1);

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

double
beside_charts_height(struct press *p, size_t i)
{
	double caption, other = 0, height = chart_heights(p, press_block(p, i), &caption);

	if (is_pair(p, i))
		height = fmax(height, chart_heights(p, press_block(p, i + 1), &other));
	return height + fmax(caption, other);
}

/* One chart with its caption above, for which there is so much room: charts of a pair are level. */
static void
put_chart(struct press *p, const struct block *b, double x, double room)
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
	chart_draw(b->chart, p->cr, x, p->y + room, width, height);
	cairo_restore(p->cr);
	press_end(p, "Figure");
}

size_t
beside_charts(struct press *p, size_t i)
{
	bool pair = is_pair(p, i);
	double height = beside_charts_height(p, i), room, other = 0;

	press_room(p, height);
	(void)chart_heights(p, press_block(p, i), &room);
	if (pair)
		(void)chart_heights(p, press_block(p, i + 1), &other);
	room = fmax(room, other);
	put_chart(p, press_block(p, i), PAGE_LEFT, room);
	if (pair)
		put_chart(p, press_block(p, i + 1),
		    PAGE_LEFT + chart_width(press_block(p, i)) + CHART_GAP, room);
	p->y += height + 12;
	return pair ? 2 : 1;
}
