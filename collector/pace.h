/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pace: how long turns of the event loop take. All that the collector does waits for the turn that
 * is under way, so no turn may be long; whether that holds is measured always, not only by tests.
 * CPU time is counted: on a busy machine a turn takes longer, and that is not our doing. */
#ifndef COLLECTOR_PACE_H
#define COLLECTOR_PACE_H

#include <stdint.h>

struct event_base;

/* Turns that took up to so long, ms; the last class has no bound. */
#define PACE_CLASSES 12
extern const double pace_bounds[PACE_CLASSES - 1];

struct pace {
	uint64_t by[PACE_CLASSES]; /* turns, each in one class */
	uint64_t us;		   /* CPU time of all turns */
	uint64_t longest_us[2];	   /* of this window, and of the one before it */
	int64_t window_ms;	   /* monotonic: when this one began */
};

/* Runs the loop until it ends or is broken off. */
void pace_run(struct pace *p, struct event_base *base);
/* Takes in a turn (pace_run() does). */
void pace_take(struct pace *p, int64_t us, int64_t mono_ms);
/* The longest turn of the last 10 to 20 s, in ms. */
double pace_longest_ms(const struct pace *p);

#endif
