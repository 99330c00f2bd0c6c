/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidents: what happened, how soon somebody had it, how long it lasted.
 *
 * Totals, MTTA and MTTR are of incidents that opened in the period and of which somebody was told,
 * as on the page of figures (alert/history_stats.c): one that has but muted or late alerts is
 * counted apart (untold). Listed are also those that were open when the period began.
 * MTTA = mean of (first acknowledged - opened) over those that anybody acknowledged; MTTR = mean of
 * (closed - opened) over those that closed; how many are left out is told. */
#ifndef COLLECTOR_FIGURES_INCIDENTS_H
#define COLLECTOR_FIGURES_INCIDENTS_H

#include <stdbool.h>

#include "collector/report/figures/figures.h"

#define INCIDENTS_LONGEST 5

struct incidents_one {
	const struct annals_incident *incident; /* the annals' */
	double lasted_s;      /* to its end, or (open) to that of the period or data */
	double acked_after_s; /* NAN: nobody did */
	bool open;	      /* at the end of the period or data */
	bool carried;	      /* it opened before the period */
	const char *action;   /* the last comment, else that of the acknowledgement; "" */
	const char *who;      /* who said so, else who acknowledged it; "" */
};

/* Of times, in seconds; NAN where count is 0. */
struct incidents_times {
	unsigned count;
	double mean_s;
	double median_s;
	double max_s;
};

struct incidents_zone {
	const struct zone *zone; /* NULL: the site's own */
	unsigned of_severity[3]; /* by enum wire_severity */
	unsigned total;
	double lasted_s; /* all together */
};

struct incidents {
	int64_t from_s;		    /* of the period */
	int64_t to_s;		    /* its end, or that of the data */
	struct incidents_one *ones; /* by their beginning */
	size_t nones;
	/* Of those told that opened in the period: */
	unsigned total;
	unsigned of_severity[3];
	unsigned unacknowledged;
	unsigned open;
	struct incidents_times mtta;
	struct incidents_times mttr;
	unsigned untold;	      /* others that opened in it */
	unsigned carried;	      /* open when it began */
	struct incidents_zone *zones; /* most first; those without one are left out */
	size_t nzones;
	const struct incidents_one *longest[INCIDENTS_LONGEST]; /* told ones; NULL: no more */
};

int incidents_new(struct incidents **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void incidents_free(struct incidents *v); /* NULL is fine */

#endif
