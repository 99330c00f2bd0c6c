/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_story: what is being told of a simulated past, and who helps to tell it. */
#ifndef SIM_HISTORY_STORY_H
#define SIM_HISTORY_STORY_H

#include "collector/alert/history.h"
#include "tests/sim/history.h"

#define STORY_MAX_ALERTS 64 /* of an incident */

struct story {
	const struct era *h;
	struct history_truth *truth;
	struct history *db;
	uint64_t last_alert;
	uint64_t last_incident;
	uint64_t last_silence;
	unsigned waiting;
	/* The incident under way. */
	struct alert alerts[STORY_MAX_ALERTS];
	size_t nalerts;
	const struct history_event *ev;
};

/* After each entry: commits now and then. */
void history_story_breathe(struct story *s);

/* history_notice.c: what the collector notices by itself. That it was away; what else is told of an
 * event; and, at the end, births, changes of limits, the ledger. */
void history_notice_away(struct story *s);
void history_notice_event(struct story *s, const struct history_event *ev);
void history_notice_all(struct story *s);

#endif
