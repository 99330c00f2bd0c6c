/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_rtt: what the round trips of one series of echoes say. Pure. */
#ifndef AGENT_GATEWAY_PROBE_RTT_H
#define AGENT_GATEWAY_PROBE_RTT_H

#include <stddef.h>
#include <stdint.h>

/* Seconds; NAN where nothing was answered, of jitter also where only one was. */
struct probe_rtt {
	double mean;
	double min;
	double max;
	double jitter; /* mean absolute difference of neighbours that were both answered */
	double loss;   /* % */
};

/* n round trips in the order of sending, in microseconds; -1: not answered in time. */
struct probe_rtt probe_rtt(const int64_t *us, size_t n);

#endif
