/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cover and the contents. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/paper/pdf_flow.h"
#include "collector/report/paper/pdf_press.h"
#include "zw/lang.h"

#define RIGHT (PAGE_LEFT + PAGE_MEASURE)
#define FACTS_Y 520.0
#define SIGNATURES_Y 712.0

/* A text on the cover, with its tag; y moves below it. */
static void
put_line(struct press *p, const char *tag, enum style s, const char *text, enum ink ink, double *y,
    double gap)
{
	if (text == NULL || *text == '\0')
		return;
	(void)press_text(p, s, text, PAGE_MEASURE);
	press_leaf(p, tag, PAGE_LEFT, *y, ink);
	*y += press_height(p) + gap;
}

/* "Data until   01.11.2026 00:00". */
static void
put_fact(struct press *p, const char *name, const char *value, double *y)
{
	const double at = PAGE_LEFT + 150;

	if (value == NULL || *value == '\0')
		return;
	press_begin(p, "LI", NULL);
	(void)press_text(p, STYLE_COVER_FACT, name, 140);
	press_leaf(p, "Lbl", PAGE_LEFT, *y, INK_SOFT);
	double height = press_height(p);
	(void)press_text(p, STYLE_COVER_FACT, value, RIGHT - at);
	press_leaf(p, "LBody", at, *y, INK_TEXT);
	press_end(p, "LI");
	*y += fmax(height, press_height(p)) + 5.5;
	press_rule(p, PAGE_LEFT, *y - 3, PAGE_MEASURE, 0.4, INK_LINE);
}

/* What the report rests on. */
static void
put_facts(struct press *p)
{
	const struct doc_front *f = &p->parts->front;
	enum lang l = p->parts->lang;
	char text[CELL_TEXT_MAX];
	double y = FACTS_Y;

	press_rule(p, PAGE_LEFT, y - 6, PAGE_MEASURE, 0.9, INK_TEXT);
	press_begin(p, "L", NULL);
	put_fact(p, lang_text(l, "Data completeness"), front_completeness(f, l, text), &y);
	put_fact(p, lang_text(l, "Data until"), front_data_end(f, l, text), &y);
	put_fact(p, lang_text(l, "Scope"),
	    f->zone != NULL ? f->zone : lang_text(l, "The whole site"), &y);
	snprintf(text, sizeof text, "zonewatch %s", f->version == NULL ? "" : f->version);
	put_fact(p, lang_text(l, "Program"), text, &y);
	put_fact(p, lang_text(l, "Configuration revision"), f->revision, &y);
	press_end(p, "L");
}

/* A line to sign on, with who signs. */
static void
put_signature(struct press *p, const char *what, const char *who, double x, double width)
{
	enum lang l = p->parts->lang;

	(void)press_text(p, STYLE_COVER_FACT, what, width);
	press_leaf(p, "P", x, SIGNATURES_Y, INK_SOFT);
	press_rule(p, x, SIGNATURES_Y + 46, width, 0.6, INK_TEXT);
	(void)press_text(p, STYLE_UNIT, lang_text(l, "name, signature, date"), width);
	press_leaf(p, "P", x, SIGNATURES_Y + 50, INK_SOFT);
	if (who != NULL) {
		(void)press_text(p, STYLE_COVER_FACT, who, width);
		press_leaf(p, "P", x, SIGNATURES_Y + 15, INK_TEXT);
	}
}

void
front_cover(struct press *p)
{
	const struct doc_front *f = &p->parts->front;
	const double half = (PAGE_MEASURE - 30) / 2;
	enum lang l = p->parts->lang;
	double y = 66;

	press_box(p, 0, 0, PAGE_WIDTH, 10, INK_ACCENT);
	put_line(p, "P", STYLE_COVER_NAME, f->organisation, INK_SOFT, &y, 3);
	put_line(p, "P", STYLE_COVER_NAME, f->centre, INK_TEXT, &y, 0);
	y = fmax(y + 60, 236);
	put_line(p, "H1", STYLE_COVER_TITLE, f->title, INK_TEXT, &y, 14);
	put_line(p, "P", STYLE_COVER_PERIOD, f->period, INK_ACCENT, &y, 8);
	put_line(p, "P", STYLE_COVER_PERIOD, f->zone, INK_SOFT, &y, 0);
	put_facts(p);
	put_signature(p, lang_text(l, "Prepared by"), f->prepared, PAGE_LEFT, half);
	put_signature(p, lang_text(l, "Approved by"), f->approved, PAGE_LEFT + half + 30, half);
	press_page(p);
}

/* Dots between a title and its page. */
static void
put_dots(struct press *p, double from, double to, double y)
{
	if (p->dry || to <= from)
		return;
	press_ink(p, INK_SOFT);
	for (double x = floor(to / 5) * 5; x > from; x -= 5) {
		cairo_new_path(p->cr);
		cairo_arc(p->cr, x, y, 0.42, 0, 2 * G_PI);
		cairo_fill(p->cr);
	}
}

/* One line of the contents: a link. */
static void
put_entry(struct press *p, size_t i)
{
	const struct block *b = &p->parts->blocks[i];
	bool top = b->level == 1;
	enum style s = top ? STYLE_CONTENTS : STYLE_CONTENTS_SUB;
	double x = PAGE_LEFT + (top ? 0 : 26), at = x + (top ? 26 : 30), room = RIGHT - 40 - at;
	char text[48];

	press_room(p, 24);
	p->y += top && !press_fresh(p) ? 6 : 0;
	snprintf(text, sizeof text, "dest='b%zu'", i);
	press_begin(p, "TOCI", NULL);
	press_begin(p, CAIRO_TAG_LINK, text);
	(void)press_text(p, s, b->label, 0);
	press_leaf(p, "Lbl", x, p->y, top ? INK_ACCENT : INK_SOFT);
	(void)press_text(p, s, b->text, room);
	press_leaf(p, "Span", at, p->y, INK_TEXT);
	double height = press_height(p), width = press_width(p);
	snprintf(text, sizeof text, "%u", p->page_of[i]);
	(void)press_text(p, s, text, 0);
	double number = press_width(p), line = press_height(p);
	press_leaf(p, "Span", RIGHT - number, p->y + height - line, INK_TEXT);
	put_dots(p, at + width + 6, RIGHT - number - 6, p->y + height - line * 0.3);
	press_end(p, CAIRO_TAG_LINK);
	press_end(p, "TOCI");
	p->y += height + (top ? 4 : 2.5);
}

void
front_contents(struct press *p)
{
	p->y = PAGE_TOP;
	(void)press_text(p, STYLE_H1, lang_text(p->parts->lang, "Contents"), PAGE_MEASURE);
	press_leaf(p, "H1", PAGE_LEFT, p->y, INK_TEXT);
	p->y += press_height(p) + 6;
	press_rule(p, PAGE_LEFT, p->y, 36, 2.4, INK_ACCENT);
	p->y += 14;
	press_begin(p, "TOC", NULL);
	for (size_t i = 0; i < p->parts->nblocks; i++) {
		const struct block *b = &p->parts->blocks[i];
		if (b->kind == BLOCK_HEADING && b->level <= 2)
			put_entry(p, i);
	}
	press_end(p, "TOC");
	if (p->parts->nblocks > 0)
		press_page(p);
}
