/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Type: Inter, which has all letters of the three languages and figures of one width, and DejaVu
 * Sans for what it lacks. Positions are not rounded to pixels: this is paper. */
#include "collector/report/paper/pdf_press.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/report/paper/pdf_plan.h"
#include "zw/alloc.h"

#define FAMILY "Inter, DejaVu Sans"
#define DISPLAY "Inter Display, Inter, DejaVu Sans"
#define HEAD_Y 40.0
#define FOOT_Y 803.0
#define MAX_LINES 14 /* of a text in a cell; more is cut, with an ellipsis */

/* How a style is set. */
static const struct face {
	const char *family;
	double size;
	PangoWeight weight;
	double spacing; /* from line to line, of the type's own */
	bool figures;	/* of one width */
} faces[STYLES] = {
	[STYLE_BODY] = { FAMILY, 9.6, PANGO_WEIGHT_NORMAL, 1.22, false },
	[STYLE_NOTE] = { FAMILY, 8.0, PANGO_WEIGHT_NORMAL, 1.2, false },
	[STYLE_H1] = { DISPLAY, 21, PANGO_WEIGHT_SEMIBOLD, 1.05, false },
	[STYLE_H2] = { FAMILY, 13, PANGO_WEIGHT_SEMIBOLD, 1.1, false },
	[STYLE_H3] = { FAMILY, 10.4, PANGO_WEIGHT_SEMIBOLD, 1.1, false },
	[STYLE_CAPTION] = { FAMILY, 8.4, PANGO_WEIGHT_SEMIBOLD, 1.12, false },
	[STYLE_CELL] = { FAMILY, 7.8, PANGO_WEIGHT_NORMAL, 1.08, true },
	[STYLE_STRONG] = { FAMILY, 7.8, PANGO_WEIGHT_SEMIBOLD, 1.08, true },
	[STYLE_HEAD] = { FAMILY, 7.2, PANGO_WEIGHT_SEMIBOLD, 1.05, false },
	[STYLE_UNIT] = { FAMILY, 6.8, PANGO_WEIGHT_NORMAL, 1.05, false },
	[STYLE_LABEL] = { FAMILY, 7.4, PANGO_WEIGHT_NORMAL, 1.1, false },
	[STYLE_VALUE] = { DISPLAY, 17, PANGO_WEIGHT_SEMIBOLD, 1.0, true },
	[STYLE_RUNNING] = { FAMILY, 7.2, PANGO_WEIGHT_NORMAL, 1.0, true },
	[STYLE_CONTENTS] = { FAMILY, 10.2, PANGO_WEIGHT_SEMIBOLD, 1.1, true },
	[STYLE_CONTENTS_SUB] = { FAMILY, 9.2, PANGO_WEIGHT_NORMAL, 1.1, true },
	[STYLE_COVER_NAME] = { FAMILY, 12, PANGO_WEIGHT_NORMAL, 1.15, false },
	[STYLE_COVER_TITLE] = { DISPLAY, 38, PANGO_WEIGHT_SEMIBOLD, 1.0, false },
	[STYLE_COVER_PERIOD] = { DISPLAY, 21, PANGO_WEIGHT_MEDIUM, 1.05, false },
	[STYLE_COVER_FACT] = { FAMILY, 9, PANGO_WEIGHT_NORMAL, 1.15, true },
};

/* Red, green, blue: the pages' light theme (collector/web/assets/style.css). */
static const unsigned inks[] = { [INK_TEXT] = 0x17202b,
	[INK_SOFT] = 0x55606e,
	[INK_LINE] = 0xd2d8e0,
	[INK_ACCENT] = 0x0a5cc2,
	[INK_SUNKEN] = 0xf3f5f8,
	[INK_PAPER] = 0xffffff,
	[INK_OK] = 0x177531,
	[INK_WARNING] = 0x8f5f00,
	[INK_CRITICAL] = 0xc81e2b,
	[INK_UNKNOWN] = 0x57606a };

struct press *
press_new(const struct doc_parts *parts, cairo_surface_t *surface)
{
	struct press *p = xcalloc(1, sizeof *p);
	cairo_font_options_t *o = cairo_font_options_create();

	p->parts = parts;
	p->surface = surface;
	p->cr = cairo_create(surface);
	p->context = pango_cairo_create_context(p->cr);
	pango_cairo_context_set_resolution(p->context, 72);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(p->context, o);
	cairo_font_options_destroy(o);
	pango_context_set_round_glyph_positions(p->context, FALSE);
	pango_context_set_language(p->context, pango_language_from_string(lang_word(parts->lang)));
	p->layout = pango_layout_new(p->context);
	p->scale = 1;
	p->page = 1;
	p->page_of = xcalloc(parts->nblocks + 1, sizeof *p->page_of);
	p->plans = xcalloc(parts->nblocks + 1, sizeof *p->plans);
	return p;
}

void
press_free(struct press *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->parts->nblocks; i++)
		plan_free(p->plans[i]);
	free(p->plans);
	free(p->page_of);
	g_object_unref(p->layout);
	g_object_unref(p->context);
	cairo_destroy(p->cr);
	free(p);
}

const struct block *
press_block(const struct press *p, size_t i)
{
	return i < p->parts->nblocks ? &p->parts->blocks[i] : NULL;
}

PangoLayout *
press_text(struct press *p, enum style s, const char *text, double width)
{
	const struct face *f = &faces[s];
	bool cell = s == STYLE_CELL || s == STYLE_STRONG || s == STYLE_HEAD || s == STYLE_UNIT;
	PangoFontDescription *font = pango_font_description_new();
	PangoAttrList *attributes = pango_attr_list_new();

	pango_font_description_set_family_static(font, f->family);
	pango_font_description_set_weight(font, f->weight);
	pango_font_description_set_absolute_size(
	    font, f->size * (cell ? p->scale : 1) * PANGO_SCALE);
	if (f->figures)
		pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum 1"));
	pango_layout_set_font_description(p->layout, font);
	pango_layout_set_attributes(p->layout, attributes);
	pango_layout_set_line_spacing(p->layout, (float)f->spacing);
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(p->layout, PANGO_ALIGN_LEFT);
	pango_layout_set_width(p->layout, width <= 0 ? -1 : (int)(width * PANGO_SCALE));
	pango_layout_set_height(p->layout, -MAX_LINES);
	pango_layout_set_ellipsize(
	    p->layout, cell && width > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
	pango_layout_set_text(p->layout, text == NULL ? "" : text, -1);
	pango_attr_list_unref(attributes);
	pango_font_description_free(font);
	return p->layout;
}

double
press_width(const struct press *p)
{
	int w, h;

	pango_layout_get_size(p->layout, &w, &h);
	return (double)w / PANGO_SCALE;
}

double
press_height(const struct press *p)
{
	int w, h;

	pango_layout_get_size(p->layout, &w, &h);
	return (double)h / PANGO_SCALE;
}

void
press_ink(struct press *p, enum ink ink)
{
	unsigned c = inks[ink];

	cairo_set_source_rgb(p->cr, (c >> 16) / 255.0, (c >> 8 & 0xff) / 255.0, (c & 0xff) / 255.0);
}

void
press_show(struct press *p, double x, double y, enum ink ink)
{
	if (p->dry)
		return;
	press_ink(p, ink);
	cairo_move_to(p->cr, x, y);
	pango_cairo_show_layout(p->cr, p->layout);
}

void
press_right(struct press *p, enum style s, const char *text, double x, double y, enum ink ink)
{
	(void)press_text(p, s, text, 0);
	press_show(p, x - press_width(p), y, ink);
}

void
press_rule(struct press *p, double x, double y, double width, double thick, enum ink ink)
{
	press_box(p, x, y - thick / 2, width, thick, ink);
}

void
press_box(struct press *p, double x, double y, double width, double height, enum ink ink)
{
	if (p->dry)
		return;
	press_ink(p, ink);
	cairo_rectangle(p->cr, x, y, width, height);
	cairo_fill(p->cr);
}

enum ink
press_state_ink(enum doc_state s)
{
	static const enum ink of[] = { [DOC_OK] = INK_OK,
		[DOC_WARNING] = INK_WARNING,
		[DOC_CRITICAL] = INK_CRITICAL,
		[DOC_UNKNOWN] = INK_UNKNOWN,
		[DOC_PLAIN] = INK_ACCENT };

	return of[s];
}

/* A line through points of the unit square, in the sign's box. */
static void
stroke(cairo_t *cr, double x, double y, double size, const double (*at)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		cairo_line_to(cr, x + at[i][0] * size, y + at[i][1] * size);
	cairo_stroke(cr);
}

/* What is drawn in white on the sign. */
static void
mark_sign(cairo_t *cr, enum doc_state s, double x, double y, double size)
{
	static const double tick[][2] = { { 0.27, 0.52 }, { 0.44, 0.69 }, { 0.74, 0.34 } };
	static const double bang[][2] = { { 0.5, 0.36 }, { 0.5, 0.65 } };
	static const double dot[][2] = { { 0.5, 0.79 }, { 0.5, 0.8 } };
	static const double down[][2] = { { 0.29, 0.29 }, { 0.71, 0.71 } };
	static const double up[][2] = { { 0.29, 0.71 }, { 0.71, 0.29 } };

	cairo_set_line_width(cr, size * 0.13);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	if (s == DOC_OK)
		stroke(cr, x, y, size, tick, 3);
	if (s == DOC_WARNING) {
		stroke(cr, x, y, size, bang, 2);
		stroke(cr, x, y, size, dot, 2);
	}
	if (s == DOC_CRITICAL) {
		stroke(cr, x, y, size, down, 2);
		stroke(cr, x, y, size, up, 2);
	}
}

void
press_sign(struct press *p, enum doc_state s, double x, double y, double size)
{
	cairo_t *cr = p->cr;

	if (p->dry || s == DOC_PLAIN)
		return;
	cairo_save(cr);
	cairo_new_path(cr);
	press_ink(p, press_state_ink(s));
	if (s == DOC_WARNING) {
		cairo_move_to(cr, x + size / 2, y);
		cairo_line_to(cr, x + size * 1.04, y + size * 0.96);
		cairo_line_to(cr, x - size * 0.04, y + size * 0.96);
		cairo_close_path(cr);
		cairo_fill(cr);
	} else if (s == DOC_CRITICAL) {
		cairo_rectangle(cr, x, y, size, size);
		cairo_fill(cr);
	} else {
		bool ring = s == DOC_UNKNOWN;
		cairo_arc(cr, x + size / 2, y + size / 2, size * (ring ? 0.42 : 0.5), 0, 2 * G_PI);
		cairo_set_line_width(cr, size * 0.14);
		if (ring)
			cairo_stroke(cr);
		else
			cairo_fill(cr);
	}
	press_ink(p, INK_PAPER);
	mark_sign(cr, s, x, y, size);
	cairo_restore(cr);
}

void
press_begin(struct press *p, const char *tag, const char *attributes)
{
	if (!p->dry)
		cairo_tag_begin(p->cr, tag, attributes);
}

void
press_end(struct press *p, const char *tag)
{
	if (!p->dry)
		cairo_tag_end(p->cr, tag);
}

void
press_leaf(struct press *p, const char *tag, double x, double y, enum ink ink)
{
	press_begin(p, tag, NULL);
	press_show(p, x, y, ink);
	press_end(p, tag);
}

/* Head and foot of a page that is no cover. */
static void
put_frame(struct press *p)
{
	const struct doc_front *f = &p->parts->front;
	const double right = PAGE_LEFT + PAGE_MEASURE;
	char text[256];

	if (p->dry || p->page == 1)
		return;
	snprintf(text, sizeof text, "%s%s%s", f->centre == NULL ? "" : f->centre,
	    f->zone == NULL ? "" : " · ", f->zone == NULL ? "" : f->zone);
	(void)press_text(p, STYLE_RUNNING, text, 0);
	press_show(p, PAGE_LEFT, HEAD_Y, INK_SOFT);
	snprintf(text, sizeof text, "%s · %s", f->title == NULL ? "" : f->title,
	    f->period == NULL ? "" : f->period);
	press_right(p, STYLE_RUNNING, text, right, HEAD_Y, INK_SOFT);
	press_rule(p, PAGE_LEFT, HEAD_Y + 14, PAGE_MEASURE, 0.5, INK_LINE);
	snprintf(text, sizeof text, lang_text(p->parts->lang, "Page %u of %u"), p->page, p->pages);
	press_right(p, STYLE_RUNNING, text, right, FOOT_Y, INK_SOFT);
}

void
press_finish(struct press *p)
{
	put_frame(p);
	if (!p->dry)
		cairo_show_page(p->cr);
}

void
press_page(struct press *p)
{
	press_finish(p);
	p->page++;
	p->y = PAGE_TOP;
}

void
press_room(struct press *p, double height)
{
	if (p->y + height > PAGE_BOTTOM && !press_fresh(p))
		press_page(p);
}

bool
press_fresh(const struct press *p)
{
	return p->y <= PAGE_TOP;
}
