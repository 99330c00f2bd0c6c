/* SPDX-License-Identifier: GPL-3.0-or-later */
/* batch: the payload of WIRE_BATCH: the values of many series at one moment, in few bytes.
 *
 *   varint  sequence number
 *   varint  time, seconds since 1970 UTC, a multiple of the series' step
 *   per series, until the payload ends, in ascending order of id:
 *     varint  id, less the id before it, less 1 (the first: less 1)
 *     varint  number of values n
 *     (n + 1) / 2 bytes: a code of four bits for each value, low half first (a spare half is 0)
 *     the values' bytes, each as its code says
 *
 * Codes: 0 the number 0; 1-5 and 6 an unsigned integer of 1-5 and 7 bytes; 7 and 8 unsigned
 * hundredths in 1 and 2 bytes; 9 signed hundredths in 3 bytes; 10 signed thousandths in 2 bytes;
 * 11 signed integer in 1 byte; 12 unsigned multiple of 4096 in 3 bytes; 13 signed millionths in 4
 * bytes; 14 unknown (NaN); 15 IEEE 754 binary64 (finite). All little-endian. The encoder takes the
 * shortest code that gives the very same double back, so nothing is rounded here. */
#ifndef ZW_BATCH_H
#define ZW_BATCH_H

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/metric.h"

/* Writes into a borrowed buf. Series must come in ascending order of id. */
struct batch_writer {
	struct buf *b;
	uint32_t last_id;
};

struct batch_writer batch_begin(struct buf *b, uint64_t seq, int64_t time_s);
void batch_add(struct batch_writer *w, uint32_t id, unsigned nvalues, const double *values);

/* Reads from borrowed bytes. */
struct batch_reader {
	struct cursor c;
	uint64_t seq;
	int64_t time_s;
	uint32_t id; /* of the series that batch_next() gave last */
	unsigned nvalues;
	double values[METRIC_MAX_FIELDS];
};

/* 0 and r at the first series, or -1 and the reason. */
int batch_open(struct batch_reader *r, const void *p, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* 1 and the next series in r, 0 at the end, -1 when the rest is malformed. */
int batch_next(struct batch_reader *r) __attribute__((warn_unused_result));

#endif
