/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uptime: whether an agent began anew, from its sysUpTime (RFC 3418): hundredths of a second in 32
 * bits, which wrap after 497 days. Pure. */
#ifndef AGENT_GATEWAY_UPTIME_H
#define AGENT_GATEWAY_UPTIME_H

#include <stdbool.h>
#include <stdint.h>

/* Starts as zeros. */
struct uptime {
	bool known;
	uint32_t last_cs;
	uint64_t wraps;
	int64_t read_ms; /* steady */
};

/* Takes a reading: true when the agent restarted since the one before. */
bool uptime_take(struct uptime *u, uint32_t cs, int64_t now_ms);
/* Seconds it has been up, wraps included that were seen. */
double uptime_s(const struct uptime *u);

#endif
