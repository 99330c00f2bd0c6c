/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter: the counters of SNMP agents (RFC 2578, sections 7.1.6 and 7.1.10) as numbers that only
 * grow: wraps are added up, a counter that began anew is unknown once. Pure. */
#ifndef AGENT_GATEWAY_COUNTER_H
#define AGENT_GATEWAY_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* Starts as zeros. */
struct counter {
	bool known;
	uint64_t raw;	/* last reading */
	uint64_t total; /* last reading, with all wraps since the first */
	uint64_t grown; /* between the last two readings */
	bool has_grown; /* whether that is known */
	uint64_t fell;	/* the reading before it went backwards without a reason; 0: it did not */
};

/* Takes a reading of a counter of 32 or 64 bits and returns the total: exact to 2^53. NAN, once,
 * where it must be taken for begun anew: `restarted` says so (the agent's sysUpTime or its
 * discontinuity time), or it went backwards and a wrap is not sure: a wrap is believed only of a
 * counter of 32 bits that was as near to its end as eight times its growth before. What went
 * backwards and then stands where it was, or beyond, only stumbled: it begins anew once more. */
double counter_take(struct counter *c, uint64_t raw, unsigned bits, bool restarted);

#endif
