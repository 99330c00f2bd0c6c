/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gallery: the named graphs that say that a section of reports shows them: read once, then told in
 * each language. So the site's own definitions change page, mail and report alike. */
#ifndef COLLECTOR_GRAPHS_GALLERY_H
#define COLLECTOR_GRAPHS_GALLERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/lang.h"

struct annals;
struct availability;
struct chart;
struct gallery;
struct period;
struct plant;
struct zone;

#define GALLERY_ID 200
#define GALLERY_CAPTION 600

/* What all graphs are of; borrowed as long as the gallery is. */
struct gallery_of {
	const struct plant *plant;
	const struct zone *zone; /* NULL: the whole site */
	const struct period *period;
	const struct annals *annals; /* of the period */
	const struct availability *availability;
};

/* Never NULL. A file that has errors, or a graph that cannot be made, is left out, and told to the
 * log. */
struct gallery *gallery_new(const struct gallery_of *of);
void gallery_free(struct gallery *g); /* NULL is fine */

/* A part of a graph. */
struct gallery_chart {
	char id[GALLERY_ID]; /* "zone-temperature-A", "node-overview-2" */
	char caption[GALLERY_CAPTION];
	int64_t step_s; /* of the rows that it is of; 0: of none, or of days or months */
	bool year;	/* of more than the period */
	double share;	/* of the text's width: 1, or 0.5 */
	struct chart *chart;
};

size_t gallery_size(const struct gallery *g); /* NULL has none */
/* Makes the i-th if it belongs to the section and anything is known of it; the chart is the
 * caller's. */
bool gallery_chart(
    struct gallery_chart *to, const struct gallery *g, size_t i, const char *section, enum lang l);

#endif
