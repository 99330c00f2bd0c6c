/* SPDX-License-Identifier: GPL-3.0-or-later */
/* easel: what the files of the painter share. */
#ifndef COLLECTOR_CHART_EASEL_H
#define COLLECTOR_CHART_EASEL_H

#include "collector/report/chart/chart.h"
#include "collector/report/chart/pen.h"
#include "collector/report/chart/scale.h"

#define CHART_PALETTE 8
#define EASEL_AREA 0.82 /* of a colour, in areas */

/* A box. */
struct box {
	double x;
	double y;
	double w;
	double h;
};

/* A chart being drawn. */
struct easel {
	const struct chart *c;
	struct pen pen;
	struct box all;	 /* what is left of the box given */
	struct box plot; /* within the axes */
	struct scale scale;
	bool direct;   /* lines are named at their ends and not in the legend */
	bool upright;  /* bars stand; else they lie */
	bool below;    /* the axis of time has a second row of words */
	double beside; /* width of the names at the lines' ends */
	double low;    /* least and greatest of what is drawn; NAN: nothing is */
	double high;
};

/* By a line's place. */
uint32_t easel_colour(size_t line);
/* Where a moment and a value are. */
double easel_x(const struct easel *e, double at_s);
double easel_y(const struct easel *e, double v);
/* Rounded, so that vectors are short: an eighth of a point. */
double easel_round(double v);
/* How many columns of values the plot's width can show. */
size_t easel_columns(const struct easel *e);
/* Whether any value is known. */
bool easel_known(const struct easel *e);

/* frame.c: title, legend, axes. */
void frame_title(struct easel *e);
void frame_legend(struct easel *e);
void frame_axes(struct easel *e); /* sets scale and plot, and draws the grid */
void frame_baseline(struct easel *e);
/* Least and greatest of what is drawn; NAN: nothing is. */
void frame_extent(const struct chart *c, double *low, double *high);

/* limits.c */
void limits_draw(struct easel *e);

/* marks.c: what is shaded. */
bool marks_any(const struct easel *e, enum chart_mark_kind kind);
void marks_key(struct easel *e, enum chart_mark_kind kind, const struct box *b);
const char *marks_word(const struct easel *e, enum chart_mark_kind kind);
double marks_head(const struct easel *e); /* the height of their labels' row */
void marks_draw(struct easel *e);

/* The kinds. */
void plot_lines(struct easel *e);
void plot_stacked(struct easel *e);
void bars_axes(struct easel *e);
void bars_draw(struct easel *e);
double bars_height(const struct chart *c, double width);
void bars_key(struct easel *e, size_t line, const struct box *b);
void calendar_draw(struct easel *e);
double calendar_height(const struct chart *c, double width);

#endif
