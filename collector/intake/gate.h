/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate: whether a record may go into the journal. Pure: bytes and limits in, a verdict out. */
#ifndef COLLECTOR_GATE_H
#define COLLECTOR_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/wire.h"

/* No sample is older than this: 2000-01-01 UTC. A clock that was never set says 1970. */
#define GATE_FIRST_S INT64_C(946684800)

/* What records are judged by. */
struct gate {
	int64_t latest_ms; /* no time stamp is later */
	/* Values of each series of the session, by id; 0: not defined. WIRE_MAX_SERIES + 1. */
	const uint8_t *nvalues;
};

/* 0 and the number of values in *values, or a wire_error_code and the reason. */
int gate_batch(const struct gate *g, const void *p, size_t n, unsigned *values, struct err *e);
int gate_event(const struct gate *g, const void *p, size_t n, struct err *e);

#endif
