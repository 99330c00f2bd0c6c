/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_press: pages to set type on: where the next line goes, what fits, styles of type, tags. A
 * document is set twice: first dry, to learn on which page each heading falls and how many pages
 * there are; then onto the paper. Lengths are points; y runs downwards. */
#ifndef COLLECTOR_PDF_PRESS_H
#define COLLECTOR_PDF_PRESS_H

#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/report/paper/doc_parts.h"
#include "zw/err.h"

#define PAGE_WIDTH 595.276 /* A4 */
#define PAGE_HEIGHT 841.89
#define PAGE_LEFT 54.0
#define PAGE_TOP 74.0
#define PAGE_BOTTOM 784.0			  /* nothing but the foot is below */
#define PAGE_MEASURE (PAGE_WIDTH - 2 * PAGE_LEFT) /* as wide as tables and charts are */
#define PAGE_TEXT 430.0 /* as wide as lines of text are: some 80 letters */

enum style {
	STYLE_BODY,
	STYLE_NOTE,
	STYLE_H1,
	STYLE_H2,
	STYLE_H3,
	STYLE_CAPTION,
	STYLE_CELL,
	STYLE_STRONG, /* a cell of a total */
	STYLE_HEAD,
	STYLE_UNIT,
	STYLE_LABEL, /* of a card */
	STYLE_VALUE,
	STYLE_RUNNING,
	STYLE_CONTENTS,
	STYLE_CONTENTS_SUB,
	STYLE_COVER_NAME,
	STYLE_COVER_TITLE,
	STYLE_COVER_PERIOD,
	STYLE_COVER_FACT
};
#define STYLES (STYLE_COVER_FACT + 1)

enum ink {
	INK_TEXT,
	INK_SOFT,
	INK_LINE,
	INK_ACCENT,
	INK_SUNKEN,
	INK_PAPER,
	INK_OK,
	INK_WARNING,
	INK_CRITICAL,
	INK_UNKNOWN
};

struct plan; /* of a table's columns and rows */

struct press {
	const struct doc_parts *parts;
	cairo_surface_t *surface;
	cairo_t *cr;
	PangoContext *context;
	PangoLayout *layout; /* the one that press_text() sets, again and again */
	bool dry;
	unsigned page;	     /* the one that is being set, from 1 */
	unsigned pages;	     /* of all; known after the dry run */
	unsigned *page_of;   /* of each block: the page it begins on; known after the dry run */
	struct plan **plans; /* of each block that is a table; made when first wanted */
	double y;	     /* where the next thing goes */
	double scale;	     /* of the type of cells: wide tables have smaller type */
};

struct press *press_new(const struct doc_parts *parts, cairo_surface_t *surface);
void press_free(struct press *p); /* NULL is fine; the surface stays the caller's */

/* The i-th block of the document, or NULL past the last. */
const struct block *press_block(const struct press *p, size_t i);

/* The text in that style, broken into lines of at most that width (0: not broken), in the one
 * layout: good until the next call. */
PangoLayout *press_text(struct press *p, enum style s, const char *text, double width);
/* What press_text() has set. */
double press_width(const struct press *p);
double press_height(const struct press *p);
/* Put it there; of a dry press nothing. */
void press_show(struct press *p, double x, double y, enum ink ink);
/* Set a line and put it where it ends, or is centred at, x. */
void press_right(struct press *p, enum style s, const char *text, double x, double y, enum ink ink);

void press_ink(struct press *p, enum ink ink);
/* A hairline from x over width; a filled box. */
void press_rule(struct press *p, double x, double y, double width, double thick, enum ink ink);
void press_box(struct press *p, double x, double y, double width, double height, enum ink ink);
/* A state's sign, so that it can be told in grey: disc, triangle, square, ring. */
void press_sign(struct press *p, enum doc_state s, double x, double y, double size);
enum ink press_state_ink(enum doc_state s);

/* Tags of the document's structure, for screen readers. */
void press_begin(struct press *p, const char *tag, const char *attributes);
void press_end(struct press *p, const char *tag);

/* The text that is set, as an element of its own: press_show() within a tag. */
void press_leaf(struct press *p, const char *tag, double x, double y, enum ink ink);

/* End the page and begin the next one. */
void press_page(struct press *p);
/* End the last page. */
void press_finish(struct press *p);
/* Begin a new page unless there is room for so much on this one. */
void press_room(struct press *p, double height);
/* Whether nothing stands on the page yet. */
bool press_fresh(const struct press *p);

#endif
