/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uptime: what is known of one thing over a length of time, judged as availability.h says. Pure. */
#ifndef COLLECTOR_UPTIME_H
#define COLLECTOR_UPTIME_H

#include "collector/report/figures/stretch.h"

/* What RRDs say, row by row: which part of it the thing was down, 0 to 1; NAN: nothing is known. Of
 * a thing that does not say how it is, 0 where there are samples. */
struct uptime_rows {
	int64_t from_ms;
	int64_t step_ms;
	size_t n; /* 0: there are none */
	const double *down;
};

/* Lists are joined. */
struct uptime_facts {
	int64_t from_ms; /* of the time that is judged */
	int64_t to_ms;
	int64_t first_ms; /* of the first that there ever was of it; before, it is absent */
	struct uptime_rows rows;
	struct stretches silent;  /* it was silent by itself: down, unless rows prove otherwise */
	struct stretches blind;	  /* it could not be heard, whatever it did: not known, likewise */
	struct stretches alarmed; /* down, whatever rows say; in blind time not known */
	struct stretches planned; /* being down then was planned */
	struct stretches whole;	  /* all samples of it came, whenever: proves as rows do */
	struct stretches hints;	  /* where within rows that tell down from up it was down */
	bool rows_say; /* rows tell down from up; down time is theirs, silence is blind */
};

/* Each moment is in exactly one. */
struct uptime {
	struct stretches absent;
	struct stretches unknown;
	struct stretches planned;
	struct stretches unplanned;
	struct stretches up;
};

void uptime_judge(struct uptime *u, const struct uptime_facts *f);
void uptime_free(struct uptime *u);
void uptime_facts_free(struct uptime_facts *f); /* its lists; not the rows */

/* Part of a row that a state was a bad one, of its average between its extremes: exact where it had
 * two states. low_bad, high_bad: whether the extremes are bad ones. NAN if the average is. */
double uptime_share(double average, double low, double high, bool low_bad, bool high_bad);

#endif
