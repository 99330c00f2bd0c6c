/* SPDX-License-Identifier: GPL-3.0-or-later */
/* framelog: every frame that the simulated servers sent and got, byte by byte, in one file outside
 * of whatever a campaign breaks. A sent frame is in the file before it is in the connection.
 *
 * Records: "ZWFL", be32 length and be32 crc32c of what follows: be64 time in us (CLOCK_MONOTONIC),
 * 'S' sent or 'G' got, u8 length and bytes of the node, u8 type, u8 flags, the frame's payload.
 * A record that a kill cut short is passed over: its frame was not sent. */
#ifndef SIM_FRAMELOG_H
#define SIM_FRAMELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"

struct framelog;

/* A record, decoded; borrowed from the bytes. */
struct framelog_record {
	int64_t time_us;
	bool sent;
	char node[256];
	uint8_t type;
	uint8_t flags;
	const uint8_t *payload;
	size_t n;
};

/* Appends to the file, which is made. */
int framelog_open(struct framelog **out, const char *path, struct err *e)
    __attribute__((warn_unused_result));
void framelog_close(struct framelog *l);
/* The program ends when it cannot be written: an oracle that knows less than all is none. */
void framelog_put(struct framelog *l, const char *node, bool sent, uint8_t type, uint8_t flags,
    const void *payload, size_t n);
/* Pure: the next whole record at or after *at, which is moved behind it; false: there is none. */
bool framelog_next(const uint8_t *data, size_t n, size_t *at, struct framelog_record *r);

#endif
