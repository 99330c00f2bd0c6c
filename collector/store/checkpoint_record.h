/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint_record: the bytes of a checkpoint's records; for checkpoint.c and the tests. */
#ifndef COLLECTOR_CHECKPOINT_RECORD_H
#define COLLECTOR_CHECKPOINT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "collector/store/checkpoint.h"
#include "zw/buf.h"

#define CHECKPOINT_MAGIC "ZWCHECK1"
#define CHECKPOINT_MAGIC_BYTES 8
#define CHECKPOINT_RECORD_HEADER 9

/* Appends a record's head to b; the payload follows; then end() with what begin() returned. */
size_t checkpoint_record_begin(struct buf *b, enum checkpoint_type type);
void checkpoint_record_end(struct buf *b, size_t at);
/* The record at the start of these bytes: its length, or 0 if there is none. */
size_t checkpoint_record_decode(const uint8_t *p, size_t n, struct checkpoint_record *r);

#endif
