/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart: a picture of values, drawn by cairo and pango as vectors onto any surface: PDF, SVG, PNG.
 * The same for reports, mails and `zonewatchctl graph`. Plain data in; texts are in the reader's
 * language; colours are those of the pages, told apart in grey, too (dashes, hatching, signs). */
#ifndef COLLECTOR_CHART_H
#define COLLECTOR_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/lang.h"

typedef struct _cairo cairo_t; /* cairo's own */

#define CHART_MAX_LINES 64 /* rows of a calendar; of lines no more than a reader can follow */

enum chart_kind {
	CHART_LINES,   /* time to the right; each line may have a band of its extremes */
	CHART_STACKED, /* areas on top of each other */
	CHART_BARS,    /* a bar for each category (months, zones, days) */
	CHART_CALENDAR /* a field for each day and row: how good it was */
};

/* How a line is drawn; colours come from the palette by its place. */
struct chart_line {
	char *label;
	double *mid; /* nvalues; NAN: a gap */
	double *low; /* may be NULL: no band */
	double *high;
};

struct chart_limit {
	double value;
	char *label; /* "27 °C recommended" */
	bool critical;
};

/* A time that is shaded: an incident, maintenance, no data because of ... */
enum chart_mark_kind {
	CHART_INCIDENT,
	CHART_MAINTENANCE,
	CHART_GAP
};

struct chart_mark {
	enum chart_mark_kind kind;
	int64_t from_s, to_s;
	char *label; /* short: "#14"; may be NULL */
};

/* Owned by chart_free(): all that it points to. */
struct chart {
	enum chart_kind kind;
	enum lang lang;
	char *title;	 /* may be NULL: the caption says it */
	char *unit;	 /* of the values, UCUM-like as zw/units.h has it */
	int decimals;	 /* of the axis; -1: as fits */
	double from, to; /* of the axis of values; NAN: as the values want, with round ends */
	int64_t start_s, end_s; /* of time axes */
	size_t nvalues;	   /* of each line: evenly from start_s to end_s; of bars: one a category */
	char **categories; /* of bars: nvalues of them, and a NULL */
	struct chart_line lines[CHART_MAX_LINES];
	size_t nlines;
	struct chart_limit limits[4];
	size_t nlimits;
	struct chart_mark *marks;
	size_t nmarks;
};

struct chart *chart_new(enum chart_kind kind, enum lang l);
void chart_free(struct chart *c); /* NULL is fine */
/* Adds a line; texts and values are copied. low and high may be NULL. */
void chart_line(struct chart *c, const char *label, const double *mid, const double *low,
    const double *high, size_t n);
void chart_limit(struct chart *c, double value, const char *label, bool critical);
void chart_mark(
    struct chart *c, enum chart_mark_kind kind, int64_t from_s, int64_t to_s, const char *label);

/* Into the box, in points (1/72 inch) at the report's sizes of type. */
void chart_draw(
    const struct chart *c, cairo_t *cr, double x, double y, double width, double height);
/* The height that looks well at this width. */
double chart_height(const struct chart *c, double width);

enum chart_format {
	CHART_SVG,
	CHART_PNG,
	CHART_PDF
};
/* A picture by itself, with title and legend; width and height in pixels (of PDF: 3/4 point). The
 * same chart gives the same bytes. */
int chart_picture(struct buf *b, const struct chart *c, enum chart_format f, unsigned width,
    unsigned height, struct err *e) __attribute__((warn_unused_result));

/* Several charts under one title. */
struct chart_sheet {
	const char *title; /* may be NULL */
	const char *below; /* smaller, under it: the time, the place; may be NULL */
	const struct chart *const *charts;
	size_t ncharts;
	unsigned columns; /* beside each other; 0: 1 */
	unsigned width;	  /* as of chart_picture() */
	unsigned height;  /* 0: as looks well */
};
int chart_sheet(struct buf *b, const struct chart_sheet *s, enum chart_format f, struct err *e)
    __attribute__((warn_unused_result));

#endif
