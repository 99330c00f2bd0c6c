/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's time is compared with ours: one that wrapped is as far on as our clock says, one that
 * restarted is not. Slow answers and poor clocks make the two differ by a little. */
#include "agent/gateway/uptime.h"

#define SLACK_CS 6000 /* 1 min */

/* Take a reading. */
bool
uptime_take(struct uptime *u, uint32_t cs, int64_t now_ms)
{
	bool restarted = false;

	if (u->known && cs < u->last_cs) {
		int64_t passed_cs = (now_ms - u->read_ms) / 10;
		/* As it would be if it had only wrapped. */
		int64_t grown = (int64_t)UINT32_MAX + 1 - u->last_cs + cs;
		restarted = grown > passed_cs + passed_cs / 50 + SLACK_CS;
		u->wraps = restarted ? 0 : u->wraps + 1;
	}
	*u = (struct uptime){ .known = true, .last_cs = cs, .wraps = u->wraps, .read_ms = now_ms };
	return restarted;
}

/* How long it has been up. */
double
uptime_s(const struct uptime *u)
{
	return ((double)u->wraps * 4294967296.0 + u->last_cs) / 100;
}
