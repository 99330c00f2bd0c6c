/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marks: the highest number of each stream, appended and durable. */
#ifndef COLLECTOR_JOURNAL_MARKS_H
#define COLLECTOR_JOURNAL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/wire.h"

struct marks;

struct marks *marks_new(void);
void marks_free(struct marks *m);
uint64_t marks_appended(const struct marks *m, const uint8_t stream[WIRE_STREAM_ID]);
uint64_t marks_durable(const struct marks *m, const uint8_t stream[WIRE_STREAM_ID]);
/* A number was appended; neither of these ever goes back. */
void marks_append(struct marks *m, const uint8_t stream[WIRE_STREAM_ID], uint64_t seq);
/* A number is durable (and so appended). */
void marks_commit(struct marks *m, const uint8_t stream[WIRE_STREAM_ID], uint64_t seq);
/* The data of a record of marks: what was appended. False if there is nothing to say. */
bool marks_encode(const struct marks *m, struct buf *b);
/* Take in such data from the disk, as far as it is well formed. */
void marks_load(struct marks *m, const void *p, size_t n);

#endif
