/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_int: what the files of plot share. */
#ifndef COLLECTOR_WEB_PAGES_PLOT_INT_H
#define COLLECTOR_WEB_PAGES_PLOT_INT_H

#include <stdbool.h>

#include "collector/web/pages/plot.h"
#include "zw/lang.h"

/* A rule's limit on a field. */
struct plot_limit {
	const struct series *series;
	unsigned field;
	double value;
	bool above; /* bad beyond; else below */
	int severity;
	const char *title; /* in the reader's language */
};

/* All that graph.js says, as JSON. */
void plot_words(struct buf *b, enum lang l);

#endif
