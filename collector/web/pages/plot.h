/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot: graphs within a page: a frame with the choice of time, and figures in it. Without script a
 * figure is a picture that the renderer draws; graph.js puts a live one in its place. */
#ifndef COLLECTOR_WEB_PAGES_PLOT_H
#define COLLECTOR_WEB_PAGES_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/web/request.h"
#include "zw/buf.h"

struct collector;
struct node;
struct plot_limit;
struct series;

#define PLOT_MAX_SERIES 8
#define PLOT_MAX_OF_SERIES 16 /* figures that a series may make */

/* Which time is shown. */
struct plot_span {
	int64_t from_s;
	int64_t to_s;
	char last[16];	     /* "6h": up to now, and goes on with it; "": a time of the past */
	const char *compare; /* "day", "week", "month" beside it; "" */
};

/* The lines of one figure: fields of one unit. */
struct plot {
	const struct series *series[PLOT_MAX_SERIES];
	uint64_t chosen[PLOT_MAX_SERIES]; /* a bit for each field */
	size_t nseries;
};

/* Where the lines of rules go, for all figures of a page. */
struct plot_limits {
	struct plot_limit *rows;
	size_t n;
};

/* last=, or from=, to= (seconds), or begin=, end= (local "2026-11-22T14:00"); compare=. What cannot
 * be read is the default: so long as is said (a row of the choice). */
struct plot_span plot_span(const struct request *rq, const char *last);
/* Puts a series' fields (chosen 0: all) into the figures they fit, by unit; returns the number of
 * figures that all holds then, at most max. */
size_t plot_split(const struct series *se, uint64_t chosen, struct plot *all, size_t n, size_t max);

/* The limits of rules that look at a node; added to all. */
void plot_limits_of(
    struct plot_limits *all, const struct collector *c, const struct node *n, enum lang l);
void plot_limits_free(struct plot_limits *all);

/* The frame: choice of time, what scripts need; ended by plot_end(). path with its query, up to the
 * parameters of time ("/graph?s=a/b&"); nodes: whose marks are shown, NULL-terminated. */
void plot_begin(struct buf *b, const struct request *rq, const struct plot_span *span,
    const char *path, const char *const *nodes, const struct collector *c);
void plot_end(struct buf *b);
/* One figure. wide: the only one of its page. */
void plot_put(struct buf *b, const struct request *rq, const struct plot_span *span,
    const struct plot *p, const struct plot_limits *limits, bool wide);

#endif
