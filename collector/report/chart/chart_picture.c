/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart as a file by itself. cairo numbers surfaces and dates PDFs: both are taken out, so that
 * the same chart gives the same bytes, and names within an SVG are its own, so that several fit
 * into one page. */
#include "collector/report/chart/caption.h"
#include "collector/report/chart/easel.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>

#define SCALE 1.5   /* pixels for a point of the report's: readable on screens */
#define MARGIN 8.0  /* points */
#define GUTTER 14.0 /* between charts */
#define DECIMALS 2  /* of an SVG's paths */
#define SIDE_LEAST 100
#define SIDE_MOST 4000

/* cairo's bytes into a buffer. */
static cairo_status_t
take(void *arg, const unsigned char *data, unsigned n)
{
	buf_put(arg, data, n);
	return CAIRO_STATUS_SUCCESS;
}

/* How wide a chart of the sheet is, in points. */
static double
chart_width(const struct chart_sheet *s, double width)
{
	unsigned columns = s->columns == 0 ? 1 : s->columns;

	return (width - 2 * MARGIN - (columns - 1) * GUTTER) / columns;
}

/* The height of the head, with what is free below it. */
static double
head_height(const struct chart_sheet *s)
{
	return (s->title != NULL ? 15 : 0) + (s->below != NULL ? 11 : 0) +
	       (s->title != NULL || s->below != NULL ? 4 : 0);
}

/* The height of a row of charts: that of the highest. */
static double
row_height(const struct chart_sheet *s, size_t row, double width)
{
	unsigned columns = s->columns == 0 ? 1 : s->columns;
	double most = 0;

	for (size_t i = row * columns; i < (row + 1) * columns && i < s->ncharts; i++)
		most = fmax(most, chart_height(s->charts[i], chart_width(s, width)));
	return most;
}

/* What the charts want together, less head and margins. */
static double
rows_height(const struct chart_sheet *s, double width)
{
	unsigned columns = s->columns == 0 ? 1 : s->columns;
	double sum = 0;

	for (size_t row = 0; row * columns < s->ncharts; row++)
		sum += row_height(s, row, width) + (row > 0 ? GUTTER : 0);
	return sum;
}

/* Title, what is below it, and the charts, whose heights are in the proportion that they want. */
static void
draw_sheet(const struct chart_sheet *s, cairo_t *cr, double width, double height)
{
	unsigned columns = s->columns == 0 ? 1 : s->columns;
	double w = chart_width(s, width), y = MARGIN + head_height(s);
	double stretch = (height - MARGIN - y) / fmax(1, rows_height(s, width));
	struct pen pen;

	pen_begin(&pen, cr);
	if (s->title != NULL)
		pen_text(&pen, MARGIN, MARGIN + 10, PEN_LEFT, PEN_HEAD, true, PEN_INK,
		    width - 2 * MARGIN, s->title);
	if (s->below != NULL)
		pen_text(&pen, MARGIN, MARGIN + (s->title != NULL ? 22 : 8), PEN_LEFT, PEN_TEXT,
		    false, PEN_SOFT, width - 2 * MARGIN, s->below);
	pen_end(&pen);
	for (size_t row = 0; row * columns < s->ncharts; row++) {
		double h = row_height(s, row, width) * stretch;
		for (size_t i = row * columns; i < (row + 1) * columns && i < s->ncharts; i++)
			chart_draw(s->charts[i], cr,
			    MARGIN + (double)(i - row * columns) * (w + GUTTER), y, w, h);
		y += h + GUTTER * stretch;
	}
}

/* Paint onto the surface, which has so many units for a point. */
static int
paint(cairo_surface_t *surface, const struct chart_sheet *s, double scale, double width,
    double height, struct err *e)
{
	cairo_t *cr = cairo_create(surface);

	cairo_scale(cr, scale, scale);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	draw_sheet(s, cr, width / scale, height / scale);
	cairo_show_page(cr);
	cairo_status_t status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_flush(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	return status == CAIRO_STATUS_SUCCESS ? 0
					      : err_set(e, "%s", cairo_status_to_string(status));
}

/* A PDF's date is that of its data's end. */
static void
set_metadata(cairo_surface_t *surface, const struct chart_sheet *s)
{
	const struct chart *c = s->ncharts > 0 ? s->charts[0] : NULL;
	const char *title = s->title != NULL || c == NULL ? s->title : c->title;
	time_t t = c == NULL ? 0 : (time_t)c->end_s;
	struct tm tm;
	char text[40];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, sizeof text, "1970-01-01T00:00:00Z");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, text);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "zonewatch");
	if (title != NULL)
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
}

/* FNV-1a over the text less cairo's numbers of surfaces. */
static uint32_t
hash_of(const char *p, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++) {
		if (n - i > 7 && memcmp(p + i, "surface", 7) == 0) {
			i += 7;
			while (i < n && isdigit((unsigned char)p[i]))
				i++;
			if (i == n)
				break;
		}
		h = (h ^ (uint8_t)p[i]) * 16777619U;
	}
	return h;
}

/* Whether p begins with a text that a name within the picture stands behind. */
static size_t
name_behind(const char *p, size_t n)
{
	static const char *const before[] = { " id=\"", "href=\"#", "url(#" };

	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		size_t k = strlen(before[i]);
		if (n > k && memcmp(p, before[i], k) == 0)
			return k;
	}
	return 0;
}

/* Copy a path's numbers with two decimals: a hundredth of a pixel. Returns how much was read. */
static size_t
shorten_path(struct buf *to, const char *p, size_t n)
{
	size_t i = 0, decimals = 0;
	bool fraction = false;

	for (; i < n && p[i] != '"'; i++) {
		bool digit = isdigit((unsigned char)p[i]);
		decimals = fraction && digit ? decimals + 1 : 0;
		fraction = p[i] == '.' || (fraction && digit);
		if (decimals <= DECIMALS)
			buf_u8(to, (uint8_t)p[i]);
	}
	return i;
}

/* Copy one name of cairo's. Returns how much was read. */
static size_t
rename_part(struct buf *to, const char *prefix, const char *p, size_t n)
{
	size_t i = 0;

	buf_text(to, prefix);
	if (n <= 7 || memcmp(p, "surface", 7) != 0)
		return 0;
	buf_put(to, "s", 1);
	for (i = 7; i < n && isdigit((unsigned char)p[i]); i++)
		;
	return i;
}

/* Copy all up to the end of the element <svg>, which becomes a picture with a name. Returns how
 * much was read. */
static size_t
copy_head(struct buf *to, const struct buf *from, const struct chart_sheet *s)
{
	const uint8_t *begin = memmem(from->data, from->len, "<svg", 4);
	const uint8_t *end =
	    begin == NULL ? NULL : memchr(begin, '>', from->len - (size_t)(begin - from->data));

	if (end == NULL || s->title == NULL)
		return 0;
	buf_put(to, from->data, (size_t)(end - from->data));
	buf_text(to, " role=\"img\">");
	caption_put(to, s);
	return (size_t)(end - from->data) + 1;
}

/* Copy an SVG with names that are the same at each time, and different in each picture. */
static void
tidy(struct buf *to, const struct buf *from, const struct chart_sheet *s)
{
	const char *p = (const char *)from->data;
	char prefix[16];
	size_t n = from->len;

	snprintf(prefix, sizeof prefix, "c%08x-", (unsigned)hash_of(p, n));
	for (size_t i = copy_head(to, from, s); i < n;) {
		size_t k = name_behind(p + i, n - i);
		if (k > 0) {
			buf_put(to, p + i, k);
			i += k;
			i += rename_part(to, prefix, p + i, n - i);
		} else if (n - i > 4 && memcmp(p + i, " d=\"", 4) == 0) {
			buf_put(to, p + i, 4);
			i += 4;
			i += shorten_path(to, p + i, n - i);
		} else {
			buf_u8(to, (uint8_t)p[i++]);
		}
	}
}

/* The formats of vectors. */
static int
draw_vectors(struct buf *b, const struct chart_sheet *s, bool svg, struct err *e)
{
	struct buf raw = { 0 };
	double unit = svg ? 1 : 0.75;
	double width = s->width * unit, height = s->height * unit;
	cairo_surface_t *surface =
	    svg ? cairo_svg_surface_create_for_stream(take, &raw, width, height)
		: cairo_pdf_surface_create_for_stream(take, &raw, width, height);

	if (svg)
		cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
	else
		set_metadata(surface, s);
	int rc = paint(surface, s, SCALE * unit, width, height, e);
	cairo_surface_finish(surface);
	cairo_surface_destroy(surface);
	if (rc == 0 && svg)
		tidy(b, &raw, s);
	else if (rc == 0)
		buf_put(b, raw.data, raw.len);
	buf_free(&raw);
	return rc;
}

/* The picture of points. */
static int
draw_points(struct buf *b, const struct chart_sheet *s, struct err *e)
{
	cairo_surface_t *surface =
	    cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)s->width, (int)s->height);
	int rc = paint(surface, s, SCALE, s->width, s->height, e);

	if (rc == 0 && cairo_surface_write_to_png_stream(surface, take, b) != CAIRO_STATUS_SUCCESS)
		rc = err_set(e, "cairo wrote no PNG");
	cairo_surface_destroy(surface);
	return rc;
}

int
chart_sheet(struct buf *b, const struct chart_sheet *s, enum chart_format f, struct err *e)
{
	struct chart_sheet of = *s;

	if (of.columns > of.ncharts) /* a lonely one is as wide as the sheet */
		of.columns = (unsigned)of.ncharts;
	if (of.height == 0) {
		double width = of.width / SCALE;
		double height = rows_height(s, width) + head_height(s) + 2 * MARGIN;
		of.height = (unsigned)fmax(SIDE_LEAST, fmin(SIDE_MOST, ceil(height * SCALE)));
	}
	if (of.width < SIDE_LEAST || of.width > SIDE_MOST || of.height < SIDE_LEAST ||
	    of.height > SIDE_MOST)
		return err_set(
		    e, "a picture is %d to %d pixels wide and high", SIDE_LEAST, SIDE_MOST);
	if (f == CHART_PNG)
		return draw_points(b, &of, e);
	return draw_vectors(b, &of, f == CHART_SVG, e);
}

int
chart_picture(struct buf *b, const struct chart *c, enum chart_format f, unsigned width,
    unsigned height, struct err *e)
{
	struct chart_sheet s = { .charts = &c, .ncharts = 1, .width = width, .height = height };

	return chart_sheet(b, &s, f, e);
}
