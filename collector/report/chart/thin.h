/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thin: as many points of a line as its width can show, with every extreme kept. Pure. */
#ifndef COLLECTOR_CHART_THIN_H
#define COLLECTOR_CHART_THIN_H

#include <stddef.h>

/* A row's middle by its place in the line: 0 to 1. `first`: nothing is before it, or a gap. */
struct thin_point {
	double at;
	double low; /* of a line: the value */
	double high;
	int first;
};

/* Out must have room for n. Each column of a run of known values leaves its least and its greatest
 * one; a run its first and its last, too. Returns how many there are. */
size_t thin_line(struct thin_point *out, const double *v, size_t n, size_t columns);
/* One for each column of a run: the least of low and the greatest of high. */
size_t thin_band(
    struct thin_point *out, const double *low, const double *high, size_t n, size_t columns);

#endif
