/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schedule: samples are taken at the multiples of the step on the wall clock, so that the rows of
 * all nodes fall together, and no stamp is given twice. The sleeps between are on the monotonic
 * clock; a clock that was set is noticed when one of them ends. */
#include "agent/schedule.h"

#define BACK_MS 1000 /* set back by more than this is worth an event */
#define LATE_MS 1000 /* a sample may be this late for its stamp, or half a step */

/* The first multiple of the step after t. */
static int64_t
next_multiple(int64_t step_ms, int64_t t)
{
	return (t / step_ms + 1) * step_ms;
}

void
schedule_start(
    struct schedule *s, int64_t step_ms, int64_t now_ms, int64_t lead_ms, int64_t after_ms)
{
	*s = (struct schedule){ .step_ms = step_ms };
	s->next_ms = next_multiple(step_ms, now_ms + lead_ms - 1);
	if (after_ms >= s->next_ms && after_ms - s->next_ms < SCHEDULE_FORGET_MS)
		s->next_ms = next_multiple(step_ms, after_ms);
}

/* The awaited moment is not there. */
static struct schedule_turn
too_early(struct schedule *s, int64_t now_ms)
{
	struct schedule_turn t = { 0 };
	int64_t back = s->next_ms - s->step_ms - now_ms;
	if (back > BACK_MS && !s->behind) {
		s->behind = true;
		t.back_ms = back;
	}
	if (back > SCHEDULE_FORGET_MS) {
		s->behind = false;
		s->next_ms = next_multiple(s->step_ms, now_ms);
	}
	t.wait_ms = s->next_ms - now_ms;
	if (t.wait_ms > s->step_ms)
		t.wait_ms = s->step_ms;
	return t;
}

struct schedule_turn
schedule_turn(struct schedule *s, int64_t now_ms)
{
	if (now_ms < s->next_ms)
		return too_early(s, now_ms);
	struct schedule_turn t = { 0 };
	int64_t stamp = now_ms - now_ms % s->step_ms;
	int64_t late = now_ms - stamp;
	s->behind = false;
	t.missed = (uint64_t)((stamp - s->next_ms) / s->step_ms);
	s->next_ms = stamp + s->step_ms;
	t.wait_ms = s->next_ms - now_ms;
	if (late <= LATE_MS || late <= s->step_ms / 2) {
		t.sample = true;
		t.stamp_ms = stamp;
	} else {
		t.missed++;
	}
	return t;
}
