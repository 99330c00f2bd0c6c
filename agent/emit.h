/* SPDX-License-Identifier: GPL-3.0-or-later */
/* emit: the values that a read gives, kept in one buffer until the loop takes them. */
#ifndef AGENT_EMIT_H
#define AGENT_EMIT_H

#include <stdbool.h>

#include "agent/source.h"
#include "zw/buf.h"

/* Where emit() of source.h puts them. Starts as { .src = ... }; buf_free(&e.values) ends it. */
struct emit {
	const struct source *src; /* whose read this is */
	struct buf values;
};

/* One instance's values. */
struct emitted {
	const struct source *src;
	char instance[NAME_MAX_NODE + 1];
	double values[METRIC_MAX_FIELDS]; /* src->nfields */
};

/* The next after *at, which starts as 0; false at the end. Buffers may be joined end to end. */
bool emit_next(const struct buf *b, size_t *at, struct emitted *e);

#endif
