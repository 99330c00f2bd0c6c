/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outcome: what came of rules that were tried, in figures, for people and for programs. */
#ifndef COLLECTOR_OUTCOME_H
#define COLLECTOR_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/notify/trial.h"
#include "collector/report/replay.h"

/* An incident that there was. */
struct known {
	char zone[ALERT_MAX_ZONE];
	int64_t opened_ms;
	int64_t closed_ms; /* 0: open */
	bool missed;	   /* no incident of the trial is like it */
};

/* All of a comparison. */
struct outcome {
	const struct replay_sum *sum;
	const struct trial *in_force;
	const struct trial *proposed; /* NULL: none */
	struct known *known;	      /* in the span */
	size_t nknown;
	bool from_history; /* else they are what the rules in force would have had */
	double seconds;
};

/* Sets `missed` by the trial's incidents: one of the same zone, or of the site, that was open at
 * the same time within 5 minutes. Returns how many are missed. */
size_t outcome_match(struct known *known, size_t n, const struct trial *t);
void outcome_print(const struct outcome *o, FILE *f);
void outcome_print_json(const struct outcome *o, FILE *f);

#endif
