/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uplines: rows of availability as tables and sentences have them. Links are as links.h charges
 * them: what several lost together is not theirs. */
#ifndef COLLECTOR_UPLINES_H
#define COLLECTOR_UPLINES_H

#include "collector/report/figures/availability.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"

/* A thing, or all of a kind. */
struct upline {
	struct availability_time time;
	double part;   /* 0-1 */
	double target; /* likewise */
	unsigned outages;
	double longest_s;
	double shared_s; /* of a link: down with others, by what is none of theirs; else 0 */
};

/* What a kind is called, in English. */
const char *uplines_kind(enum availability_kind kind);
/* What people call a thing. */
void uplines_name(char dst[160], const struct doc *d, const struct availability_one *one);
struct upline uplines_of(const struct figures_of *of, const struct availability_one *one);
struct upline uplines_of_kind(const struct figures_of *of, enum availability_kind kind);
/* A kind's table, if there are any of it. */
void uplines_table(struct doc *d, const struct figures *f, enum availability_kind kind);

#endif
