/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track: the latest stretch of a value's way, in few bytes: readings that come close together are
 * gathered into one point, their mean, so that a minute and a day take the same room. Plain data
 * without pointers (it is saved as bytes), zeroed at first; pure. */
#ifndef COLLECTOR_TRACK_H
#define COLLECTOR_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACK_POINTS 40
#define TRACK_SLOTS 36 /* of a window; the rest is for what lies across its edge */
/* Fewer points tell nothing of a course; a window reaches back for so many if its readings are
 * rare, at most TRACK_STRETCH times its length. */
#define TRACK_LEAST 4
#define TRACK_STRETCH 5

struct track_point {
	int64_t at_ms; /* mean of its readings' times */
	double value;  /* and of their values */
	uint32_t n;    /* readings in it; 0: none */
	uint32_t pad;
};

struct track {
	struct track_point points[TRACK_POINTS]; /* a ring */
	uint32_t first;
	uint32_t n;
};

/* A straight line through points. */
struct track_line {
	unsigned n;
	double slope; /* per ms */
	double error; /* of the slope: its standard deviation, by what the points scatter */
	double value; /* of the line at the newest point */
	double least; /* the smallest slope and the greatest that is left when any one point is */
	double most;  /* taken out: what one reading alone has made is not in them */
	unsigned levels; /* different values, as far as 3 */
};

/* Takes note of a reading for windows of this length. One that is older than the newest point is
 * passed over. */
void track_note(struct track *t, int64_t window_ms, int64_t at_ms, double value);
/* How many points the window that ends with the newest has; track_at(0) is its oldest. */
size_t track_count(const struct track *t, int64_t window_ms);
const struct track_point *track_at(const struct track *t, size_t count, size_t i);
/* Which part of the window has readings, 0 to 1; a break that is longer than 2.5 times what is
 * usual between them is none. */
double track_covered(const struct track *t, int64_t window_ms);
/* The line through the last `count` points but the last `skip`; false: there are fewer than 3. */
bool track_fit(const struct track *t, size_t count, size_t skip, struct track_line *line);
/* How far the value has come from the lowest (up) or highest point of the window, >= 0; single
 * points that stick out do not count, be they the newest. */
double track_rise(const struct track *t, size_t count, bool up);

#endif
