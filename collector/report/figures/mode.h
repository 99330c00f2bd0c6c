/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mode: how long a field of states was in certain ones, from rows that hold several samples: the
 * lowest and highest state of a row are known, and by the average how much each had of it. */
#ifndef COLLECTOR_MODE_H
#define COLLECTOR_MODE_H

#include <stdbool.h>
#include <stddef.h>

struct series;
struct span;

#define MODE_CODES 256 /* states have numbers of 0 to this */

struct mode {
	bool wanted[MODE_CODES];
	bool any;
};

/* The states whose text fits any of the patterns, and none of the others; each list ends with NULL.
 * Case does not matter. */
void mode_words(struct mode *m, const struct series *se, unsigned field, const char *const *words,
    const char *const *but);
/* The states that are bad: warning or critical. */
void mode_bad(struct mode *m, const struct series *se, unsigned field);
/* Which part of a row it was in the wanted states: 0 to 1; NAN: not known. */
double mode_part(const struct mode *m, const struct span *s, unsigned field, size_t row);
/* The state at the end of the last known row, if that was in one state; -1: not known. */
int mode_last(const struct span *s, unsigned field);

#endif
