/* SPDX-License-Identifier: GPL-3.0-or-later */
/* panel_rows: what a part's lines, areas or bars are of: values that know no language, so that a
 * report in three languages reads its RRDs once. */
#ifndef COLLECTOR_GRAPHS_PANEL_ROWS_H
#define COLLECTOR_GRAPHS_PANEL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/report/graphs/definition.h"
#include "zw/metric.h"

#define PANEL_LABEL 128

struct grid;
struct maker;

struct panel_line {
	const struct conf_graph_line *own; /* whose label it has; NULL: that below */
	char label[PANEL_LABEL];
	unsigned order; /* of the definition; those with the same stand as the site has them */
	unsigned place;
	bool band;
	struct grid *grid; /* while it is read */
	double *mid;	   /* NAN: unknown */
	double *low;	   /* likewise of the band */
	double *high;
};

struct panel_rows {
	struct panel_line *lines;
	size_t nlines;
	size_t nall;	/* that there would be */
	size_t nvalues; /* of each: rows of step_s, or days, or months */
	int64_t step_s;
	char unit[METRIC_MAX_UNIT + 4]; /* of the first field */
};

/* Reads what a part is of; what cannot be read is unknown. */
struct panel_rows *panel_rows_new(struct maker *m, const struct conf_graph_panel *p);
void panel_rows_free(struct panel_rows *r); /* NULL is fine */
/* Whether anything is known. */
bool panel_rows_known(const struct panel_rows *r);
/* Whether a known value comes so near to this one from below, or is beyond it. */
bool panel_rows_near(const struct panel_rows *r, double value, double near);

/* Where the i-th day or month of the graph's time begins. */
int64_t panel_begin(const struct maker *m, bool months, size_t i);

#endif
