/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metric: what a source measures, described once and understood by every program.
 *
 * node + source + instance is a series: a fixed list of fields, one RRD, one DS per field. */
#ifndef ZW_METRIC_H
#define ZW_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/str.h"

#define METRIC_MAX_FIELDS 64
#define METRIC_MAX_UNIT 15
#define METRIC_MAX_LABEL 79
#define METRIC_MAX_STATES 1023 /* bytes of the states of all fields of a series */

enum field_kind {
	FIELD_GAUGE,   /* a level: stored as it is */
	FIELD_COUNTER, /* only grows; stored and shown as a rate per second. Exact to 2^53 */
	FIELD_STATE    /* a small number that stands for a state; never averaged into another */
};

/* A field as it is written in a table of the source's code. */
struct field_row {
	const char *name; /* at most NAME_MAX_FIELD, unique in the series */
	enum field_kind kind;
	const char *unit; /* UCUM-like: "%", "By", "s", "Cel", "1"; a counter's is that counted */
	double min;	  /* plausible range, of the rate for counters; NAN: no limit */
	double max;
	const char *help; /* a sentence, shown as the label */
};

/* The same as it travelled. */
struct field {
	char name[NAME_MAX_FIELD + 1];
	enum field_kind kind;
	char unit[METRIC_MAX_UNIT + 1];
	double min;
	double max;
	char label[METRIC_MAX_LABEL + 1];
};

/* A series as its agent defines it. `id` is the agent's own number for it, unique in its stream
 * and never used again for another. An empty node means the agent's own; an empty instance means
 * that the source has only one. */
struct series_def {
	uint32_t id;
	char node[NAME_MAX_NODE + 1];
	char source[NAME_MAX_SOURCE + 1];
	char instance[NAME_MAX_NODE + 1];
	uint32_t step_s; /* interval of the samples */
	unsigned nfields;
	struct field fields[METRIC_MAX_FIELDS];
	/* What the numbers of its FIELD_STATEs mean; metric_state() reads it. "" if not known. */
	char states[METRIC_MAX_STATES + 1];
};

/* How bad a state is. The order is that of the wire, not of badness. */
enum metric_severity {
	METRIC_OK,
	METRIC_WARNING,
	METRIC_CRITICAL,
	METRIC_UNKNOWN /* it says nothing, or is no state that was told of */
};

/* One state of a field. */
struct metric_state {
	int32_t code; /* the value */
	enum metric_severity severity;
	char text[32];
};

/* "ok", "warning", "critical", "unknown". */
const char *metric_severity_name(enum metric_severity s);
/* Tells the meaning of a state: appends it to def->states. False when there is no room; then the
 * text is left out, and if that is still too long, nothing is told. Of a severity OK with an empty
 * text nothing needs to be told. */
bool metric_state_add(struct series_def *def, unsigned field, const struct metric_state *st);
/* The text of the state of a trap that has not ended: all that is to be said stands in the label.
 */
#define METRIC_RAISED "raised"
/* The meaning of a value of that field: false (and METRIC_UNKNOWN, "") when it was not told. */
bool metric_state(const char *states, unsigned field, double value, struct metric_state *out);
/* Whether the text is one that metric_state_add() can make for so many fields. */
bool metric_states_check(const char *states, unsigned nfields);

/* Takes over what `from` tells of the states of its fields; what `into` told of them goes. map[i]
 * is the place in `into` of from's field i. */
void metric_states_join(struct series_def *into, const struct series_def *from, const uint8_t *map);

/* "gauge", "counter", "state"; NULL for another number. */
const char *field_kind_name(enum field_kind kind);
/* Copy a row of a table into a field. The row is ours, so a text too long is an assertion. */
void field_from_row(struct field *f, const struct field_row *row);
/* Whether all names, limits and counts of a definition are acceptable: 0, or -1 and the reason. */
struct err;
int series_def_check(const struct series_def *def, struct err *e)
    __attribute__((warn_unused_result));
/* "source" or "source-instance": the name under the node in paths, RRDs and addresses. */
void series_name(
    char dst[NAME_MAX_SOURCE + NAME_MAX_NODE + 2], const char *source, const char *instance);

#endif
