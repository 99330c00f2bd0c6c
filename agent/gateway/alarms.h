/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms: what traps have raised and none has ended yet. Each is a series NODE/trap-NAME with one
 * state, so that the collector's rules judge it as any other; it is kept over a restart. */
#ifndef AGENT_GATEWAY_ALARMS_H
#define AGENT_GATEWAY_ALARMS_H

#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

#define ALARMS_MAX 1024
#define ALARMS_MAX_TEXT 255

struct alarms;
struct event_base;
struct publisher;

struct alarm {
	char node[NAME_MAX_NODE + 1];
	char name[NAME_MAX_NODE + 1];	  /* of the profile's traps */
	char instance[NAME_MAX_NODE + 1]; /* NAME, or NAME-KEY */
	enum metric_severity severity;	  /* METRIC_OK: it ended */
	int64_t since_ms;		  /* wall */
	int64_t told_ms;		  /* wall time of the last trap about it */
	char text[ALARMS_MAX_TEXT + 1];
	uint32_t series;
	int64_t stamp_s; /* of the last reading sent */
};

/* The publisher is borrowed. What the file PATH says is raised again; a damaged line is left out
 * and told. */
struct alarms *alarms_new(
    struct event_base *base, struct publisher *p, const char *path, int64_t hold_ms);
void alarms_free(struct alarms *a);
/* A trap says how it is now; METRIC_OK ends it, or without a key all of that name. The reading
 * leaves at once. Returns the series, 0 when there is none: too many, or nothing that it ends.
 * What a node raises beyond 64 things is one together, "others". */
uint32_t alarms_set(struct alarms *a, const char *node, const char *name, const char *key,
    enum metric_severity severity, const char *text);
/* Whether a node answers; of one that does not nothing is sent, for the collector must see its
 * silence. NULL: all do. */
void alarms_on_alive(struct alarms *a, bool (*alive)(const void *arg, const char *node), void *arg);
/* Ends one by hand: 0, or -1 when there is none such. */
int alarms_end(struct alarms *a, const char *node, const char *instance)
    __attribute__((warn_unused_result));
size_t alarms_count(const struct alarms *a);
const struct alarm *alarms_at(const struct alarms *a, size_t i);

#endif
