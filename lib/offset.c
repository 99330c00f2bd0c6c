/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offset: how far a peer's clock is off ours. Of the last exchanges the one that was least delayed
 * says it best, since its delay bounds its error. */
#include <math.h>
#include <stdbool.h>

#include "zw/offset.h"

#define OFFSET_MAX_DELAY_S 60
#define OFFSET_STEP_S 0.5 /* clocks do not drift apart by so much between exchanges */

/* Whether an exchange cannot be of the same clocks as the best one before: its offset is farther
 * away than both delays explain. */
static bool
stepped(const struct offset *o, double offset_s, double delay_s)
{
	unsigned n = o->n < OFFSET_KEPT ? o->n : OFFSET_KEPT, best = 0;

	for (unsigned i = 1; i < n; i++)
		if (o->delay_s[i] < o->delay_s[best])
			best = i;
	return n > 0 && fabs(offset_s - o->offset_s[best]) >
			    (delay_s + o->delay_s[best]) / 2 + OFFSET_STEP_S;
}

/* Computed in floating point: the peer's numbers may be far out, and integers would overflow. */
void
offset_add(struct offset *o, int64_t t1, int64_t t2, int64_t t3, int64_t t4)
{
	double there = (double)t3 - (double)t2;
	double delay = ((double)t4 - (double)t1 - there) / 1000;

	if (delay < 0 || delay > OFFSET_MAX_DELAY_S || there < 0)
		return;
	double offset_s = (((double)t2 - (double)t1) + ((double)t3 - (double)t4)) / 2000;
	if (stepped(o, offset_s, delay)) /* a clock was set: what was before says nothing of it */
		o->n = 0;
	o->offset_s[o->n % OFFSET_KEPT] = offset_s;
	o->delay_s[o->n % OFFSET_KEPT] = delay;
	/* Never back to "none", nor out of step with the ring. */
	o->n = o->n + 1 < 1000 * OFFSET_KEPT ? o->n + 1 : OFFSET_KEPT;
}

/* The least delayed. */
double
offset_best(const struct offset *o)
{
	unsigned n = o->n < OFFSET_KEPT ? o->n : OFFSET_KEPT;
	unsigned best = 0;

	for (unsigned i = 1; i < n; i++)
		if (o->delay_s[i] < o->delay_s[best])
			best = i;
	return n > 0 ? o->offset_s[best] : NAN;
}

/* Of the last. */
double
offset_delay(const struct offset *o)
{
	return o->n > 0 ? o->delay_s[(o->n - 1) % OFFSET_KEPT] : NAN;
}
