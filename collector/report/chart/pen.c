/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What charts are drawn with. The font map is pango's own, kept by it for this thread, so that
 * fonts are found once in a program and not for each chart. No hinting and no rounding of widths:
 * a picture is the same at every size. */
#include "collector/report/chart/pen.h"

#include <math.h>

#define FAMILY "Inter, DejaVu Sans"

void
pen_begin(struct pen *p, cairo_t *cr)
{
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	p->cr = cr;
	p->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	pango_cairo_context_set_font_options(p->context, options);
	pango_cairo_context_set_resolution(p->context, 72);
	pango_context_set_language(p->context, pango_language_from_string("en"));
	pango_context_set_round_glyph_positions(p->context, FALSE);
	p->layout = pango_layout_new(p->context);
	pango_layout_set_single_paragraph_mode(p->layout, TRUE);
	PangoAttrList *list = pango_attr_list_new();
	pango_attr_list_insert(list, pango_attr_font_features_new("tnum=1")); /* takes it */
	pango_layout_set_attributes(p->layout, list);
	pango_attr_list_unref(list);
	p->font = pango_font_description_from_string(FAMILY);
	cairo_font_options_destroy(options);
}

void
pen_end(struct pen *p)
{
	pango_font_description_free(p->font);
	g_object_unref(p->layout);
	g_object_unref(p->context);
}

void
pen_colour(struct pen *p, uint32_t rgb, double alpha)
{
	double r = (rgb >> 16 & 0xff) / 255.0;
	double g = (rgb >> 8 & 0xff) / 255.0;
	double b = (rgb & 0xff) / 255.0;

	if (alpha >= 1)
		cairo_set_source_rgb(p->cr, r, g, b);
	else
		cairo_set_source_rgba(p->cr, r, g, b, alpha);
}

uint32_t
pen_tint(uint32_t rgb, double part)
{
	uint32_t out = 0;

	for (unsigned shift = 0; shift <= 16; shift += 8) {
		double v = 255 - (255 - (double)(rgb >> shift & 0xff)) * part;
		out |= (uint32_t)lround(v) << shift;
	}
	return out;
}

/* Set the layout to a text. */
static void
set(struct pen *p, double size, bool bold, double most, const char *text)
{
	pango_font_description_set_absolute_size(p->font, size * PANGO_SCALE);
	pango_font_description_set_weight(
	    p->font, bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(p->layout, p->font);
	pango_layout_set_ellipsize(
	    p->layout, most > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
	pango_layout_set_width(p->layout, most > 0 ? (int)(most * PANGO_SCALE) : -1);
	pango_layout_set_text(p->layout, text, -1);
}

/* How wide the layout's line is. */
static double
extent(struct pen *p)
{
	PangoRectangle r;

	pango_layout_line_get_extents(pango_layout_get_line_readonly(p->layout, 0), NULL, &r);
	return (double)r.width / PANGO_SCALE;
}

double
pen_width(struct pen *p, double size, bool bold, const char *text)
{
	set(p, size, bold, 0, text);
	return extent(p);
}

void
pen_text(struct pen *p, double x, double y, enum pen_align align, double size, bool bold,
    uint32_t rgb, double most, const char *text)
{
	set(p, size, bold, most, text);
	if (align != PEN_LEFT)
		x -= align == PEN_RIGHT ? extent(p) : extent(p) / 2;
	pen_colour(p, rgb, 1);
	cairo_move_to(p->cr, x, y);
	pango_cairo_show_layout_line(p->cr, pango_layout_get_line_readonly(p->layout, 0));
	cairo_new_path(p->cr);
}

void
pen_line(struct pen *p, double x0, double y0, double x1, double y1, double width)
{
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, x0, y0);
	cairo_line_to(p->cr, x1, y1);
	cairo_stroke(p->cr);
}

void
pen_rect(struct pen *p, double x, double y, double w, double h)
{
	cairo_rectangle(p->cr, x, y, w, h);
	cairo_fill(p->cr);
}

/* Lines of one slant, each cut to the field by its own ends: no clip is needed. */
static void
slanted(struct pen *p, double x, double y, double w, double h, double gap, bool rising)
{
	for (double d = gap / 2; d < w + h; d += gap) {
		/* From the left or lower edge to the upper or right one, with a slope of one. */
		double x0 = d <= h ? 0 : d - h, y0 = d <= h ? d : h;
		double x1 = d <= w ? d : w, y1 = d <= w ? 0 : d - w;
		cairo_move_to(p->cr, x + x0, rising ? y + y0 : y + h - y0);
		cairo_line_to(p->cr, x + x1, rising ? y + y1 : y + h - y1);
	}
}

void
pen_hatch(struct pen *p, double x, double y, double w, double h, double gap, int slant,
    uint32_t rgb, double width)
{
	pen_colour(p, rgb, 1);
	cairo_set_line_width(p->cr, width);
	if (slant >= 0)
		slanted(p, x, y, w, h, gap, true);
	if (slant <= 0)
		slanted(p, x, y, w, h, gap, false);
	cairo_stroke(p->cr);
}

/* A polygon of n corners, the first at this angle. */
static void
polygon(cairo_t *cr, double x, double y, double r, unsigned n, double angle)
{
	for (unsigned i = 0; i < n; i++) {
		double a = angle + 2 * M_PI * i / n;
		cairo_line_to(cr, x + r * cos(a), y + r * sin(a));
	}
	cairo_close_path(cr);
}

void
pen_sign(struct pen *p, unsigned place, double x, double y, double size, uint32_t rgb)
{
	double r = size / 2;

	cairo_new_path(p->cr);
	switch (place % 6) {
	case 0:
		cairo_arc(p->cr, x, y, r, 0, 2 * M_PI);
		break;
	case 1:
		polygon(p->cr, x, y, r * 1.25, 4, M_PI / 4);
		break;
	case 2:
		polygon(p->cr, x, y, r * 1.3, 3, -M_PI / 2);
		break;
	case 3:
		polygon(p->cr, x, y, r * 1.3, 4, 0);
		break;
	case 4:
		polygon(p->cr, x, y, r * 1.3, 3, M_PI / 2);
		break;
	default:
		polygon(p->cr, x, y, r * 1.2, 6, 0);
	}
	pen_colour(p, place / 6 % 2 == 0 ? rgb : PEN_PAPER, 1);
	cairo_fill_preserve(p->cr);
	pen_colour(p, place / 6 % 2 == 0 ? PEN_PAPER : rgb, 1);
	cairo_set_line_width(p->cr, 0.6);
	cairo_stroke(p->cr);
}
