/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pen: text, lines and fields on a cairo surface, at the report's sizes and colours. */
#ifndef COLLECTOR_CHART_PEN_H
#define COLLECTOR_CHART_PEN_H

#include <stdbool.h>
#include <stdint.h>

#include <cairo.h>
#include <pango/pangocairo.h>

/* Sizes of type, in points. */
#define PEN_SMALL 6.6
#define PEN_TEXT 7.4
#define PEN_TITLE 9.2
#define PEN_HEAD 11.0

/* Colours of the pages' light theme. */
#define PEN_INK 0x17202bU
#define PEN_SOFT 0x55606eU
#define PEN_EDGE 0x868f9bU
#define PEN_GRID 0xe1e5eaU
#define PEN_PAPER 0xffffffU
#define PEN_CRITICAL 0xc81e2bU
#define PEN_WARNING 0x8f5f00U
#define PEN_MAINTENANCE 0x6e40c9U

/* Where the text stands to its x. */
enum pen_align {
	PEN_LEFT,
	PEN_MIDDLE,
	PEN_RIGHT
};

struct pen {
	cairo_t *cr; /* borrowed */
	PangoContext *context;
	PangoLayout *layout;
	PangoFontDescription *font;
};

void pen_begin(struct pen *p, cairo_t *cr);
void pen_end(struct pen *p);
void pen_colour(struct pen *p, uint32_t rgb, double alpha);
/* A colour mixed with white: 1 is the colour itself. */
uint32_t pen_tint(uint32_t rgb, double part);
/* The width of a text at this size. */
double pen_width(struct pen *p, double size, bool bold, const char *text);
/* Text on a baseline, in one line; cut with an ellipsis at `most` points (0: never). */
void pen_text(struct pen *p, double x, double y, enum pen_align align, double size, bool bold,
    uint32_t rgb, double most, const char *text);
void pen_line(struct pen *p, double x0, double y0, double x1, double y1, double width);
void pen_rect(struct pen *p, double x, double y, double w, double h);
/* Slanted lines over a field: rising to the right (1), falling (-1), both (0). */
void pen_hatch(struct pen *p, double x, double y, double w, double h, double gap, int slant,
    uint32_t rgb, double width);
/* The sign of a line by its place: disc, square, triangle, diamond, ...; white edged. */
void pen_sign(struct pen *p, unsigned place, double x, double y, double size, uint32_t rgb);

#endif
