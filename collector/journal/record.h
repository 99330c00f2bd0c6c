/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record: writes records of the journal; journal_record_decode() reads them. */
#ifndef COLLECTOR_JOURNAL_RECORD_H
#define COLLECTOR_JOURNAL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "zw/wire.h"

/* Bytes before the payload, at most. */
#define RECORD_OVERHEAD (WIRE_STREAM_ID + 8 + 1 + NAME_MAX_NODE)

void record_encode(struct buf *b, const uint8_t stream[WIRE_STREAM_ID], const char *sender,
    int64_t recv_ms, const void *payload, size_t n);

#endif
