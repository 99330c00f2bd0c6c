/* SPDX-License-Identifier: GPL-3.0-or-later */
/* traps: what received traps and informs mean: an event, an alarm raised or ended, samples, a poll
 * at once. */
#ifndef AGENT_GATEWAY_TRAPS_H
#define AGENT_GATEWAY_TRAPS_H

#include "agent/gateway/alarms.h"
#include "agent/gateway/device.h"
#include "agent/gateway/trapd.h"

#define TRAPS_KEPT 200

struct traps;

/* A trap that was received, for showing. */
struct traps_entry {
	int64_t time_ms;
	char node[NAME_MAX_NODE + 1]; /* "": from no device of ours */
	char from[64];
	char oid[OID_MAX_TEXT];
	char name[NAME_MAX_SOURCE + 1]; /* of the profile's trap, or "" */
	enum metric_severity severity;
	bool known;
	char text[512];
};

struct traps_opts {
	const struct profiles *profiles;
	struct publisher *publisher;
	struct alarms *alarms;
	struct device *const *devices;
	size_t ndevices;
};

/* All is borrowed. */
struct traps *traps_new(const struct traps_opts *o);
void traps_free(struct traps *t);
/* For trapd_opts.trap. */
void traps_take(void *arg, const struct trapd_trap *trap);
/* The latest first; the i-th, or NULL. */
const struct traps_entry *traps_at(const struct traps *t, size_t i);
uint64_t traps_unknown(const struct traps *t);

#endif
