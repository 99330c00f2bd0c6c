/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_perf: what a Nagios plugin prints: a line for people, and performance data behind a bar
 * ('label'=value[unit];warn;crit;min;max). Pure. */
#ifndef AGENT_GATEWAY_PROBE_PERF_H
#define AGENT_GATEWAY_PROBE_PERF_H

#include "zw/metric.h"

#define PROBE_PERF_OWN 3 /* fields of the exec probe's own, before these */
#define PROBE_PERF_MAX (METRIC_MAX_FIELDS - PROBE_PERF_OWN)

/* Fields in the order of the output, and their values; NAN: the plugin does not know. */
struct probe_perf {
	unsigned n;
	struct field fields[PROBE_PERF_MAX];
	double values[PROBE_PERF_MAX];
};

/* Reads the output of n bytes; line gets the first line without performance data. `own` are names
 * of fields that are taken. What cannot be read is passed over. */
void probe_perf_read(struct probe_perf *p, const char *output, size_t n,
    const char *const own[PROBE_PERF_OWN], char *line, size_t size);

#endif
