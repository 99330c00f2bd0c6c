/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schedule: when to sample and with which time stamp. Pure: the clock is an argument. */
#ifndef AGENT_SCHEDULE_H
#define AGENT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* A clock that is set back by no more than this is waited for, since stamps of that time were given
 * already; after more it was wrong before, and the collector has refused those stamps. */
#define SCHEDULE_FORGET_MS 60000

/* Wall time in milliseconds throughout. */
struct schedule {
	int64_t step_ms;
	int64_t next_ms; /* the multiple of the step that is awaited */
	bool behind;	 /* the clock was set back and is not past the last stamp yet */
};

/* What to do now. */
struct schedule_turn {
	bool sample;	  /* now, with this stamp: */
	int64_t stamp_ms; /* a multiple of the step */
	int64_t wait_ms;  /* then, or else at once: sleep so long and ask again; > 0 */
	uint64_t missed;  /* multiples of the step that passed without a sample */
	int64_t back_ms;  /* > 0, once: the clock was set back by about this much */
};

/* The first sample is due at the first multiple of the step that is at least lead_ms away and
 * after after_ms (the last stamp of a schedule before; 0: none). */
void schedule_start(
    struct schedule *s, int64_t step_ms, int64_t now_ms, int64_t lead_ms, int64_t after_ms);
struct schedule_turn schedule_turn(struct schedule *s, int64_t now_ms);

#endif
