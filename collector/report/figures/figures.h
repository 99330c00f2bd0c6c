/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures: all that a report says in numbers, of its period and of the one before. Language-free:
 * the sections (paper/section_*.c) put them into words. Each part is one module of this folder:
 * PART_new() computes it from plant and annals, PART_free() frees it; what cannot be known is NAN
 * or 0 of known time, never invented. */
#ifndef COLLECTOR_FIGURES_H
#define COLLECTOR_FIGURES_H

#include <stdint.h>

#include "collector/report/figures/annals.h"
#include "collector/report/figures/period.h"
#include "collector/report/figures/plant.h"

struct availability;
struct incidents;
struct alarms;
struct environment;
struct power;
struct cooling;
struct links;
struct capacity;
struct changes;
struct completeness;
struct gallery;

/* One period's. */
struct figures_of {
	struct period period;
	struct annals *annals;
	struct completeness *completeness;
	struct availability *availability;
	struct incidents *incidents;
	struct alarms *alarms;
	struct environment *environment;
	struct power *power;
	struct cooling *cooling;
	struct links *links;
	struct capacity *capacity;
	struct changes *changes;
};

struct figures {
	const struct plant *plant;
	const struct zone *zone; /* NULL: the whole site */
	struct figures_of now;
	struct figures_of before;
	/* The charts that definitions add, graphs/gallery.h; borrowed; NULL: none. Whoever makes
	 * the report puts it here. */
	const struct gallery *gallery;
};

/* What every part is computed from. */
struct figures_ask {
	const struct plant *plant;
	const struct zone *zone;
	const struct period *period;
	const struct annals *annals;
	const struct figures_of *of; /* the parts that come before it in figures.c */
	int64_t step_s;		     /* of availability's rows at least; 0: as reports have them */
};

/* progress(arg, percent) is called now and then; may be NULL. */
int figures_new(struct figures **out, const struct plant *p, const struct zone *z,
    const struct period *period, void (*progress)(void *arg, int percent), void *arg, struct err *e)
    __attribute__((warn_unused_result));
void figures_free(struct figures *f); /* NULL is fine */

#endif
