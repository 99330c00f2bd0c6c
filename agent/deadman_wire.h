/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_wire: what agents tell each other as a datagram of fixed size, signed by HMAC-SHA-256
 * with a key that all share. Pure.
 *
 *   0   4  "ZWD" and the version, 1
 *   4   8  sequence: greater with each datagram of a sender, also over its restarts
 *  12   8  wall time, ms
 *  20   8  age of the sender's own delivery, ms; all ones: none
 *  28   8  age of the last delivery that it knows of at first hand
 *  36   1  1: somebody holds; 3: and has mailed
 *  37   8  age of the holder's own word
 *  45   8  id of what is mailed about
 *  53  64  name of the sender, NUL-padded
 * 117  64  name of the holder
 * 181  32  HMAC-SHA-256 of what is before
 *
 * A datagram is taken once: its sequence must be greater than that of the one before, and its time
 * within DEADMAN_WIRE_WINDOW_MS of ours, so that one from before a restart is not taken again. */
#ifndef AGENT_DEADMAN_WIRE_H
#define AGENT_DEADMAN_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/deadman.h"
#include "zw/err.h"

#define DEADMAN_WIRE_SIZE 213
#define DEADMAN_WIRE_WINDOW_MS 60000

/* Names in the order of ranks, and the key; all borrowed. */
struct deadman_wire {
	const char *const *names;
	unsigned n;
	const char *key;
};

/* Of each sender the last that was taken. */
struct deadman_seen {
	uint64_t seq;
	int64_t time_ms;
};

int deadman_wire_encode(const struct deadman_wire *w, uint64_t seq, int64_t wall_ms, unsigned self,
    const struct deadman_said *said, uint8_t out[DEADMAN_WIRE_SIZE])
    __attribute__((warn_unused_result));
/* Judges n bytes against what was seen of their sender (seen[w->n], which is updated): 0 with
 * sender and content, or -1 with the reason. */
int deadman_wire_decode(const struct deadman_wire *w, struct deadman_seen *seen, int64_t wall_ms,
    const void *p, size_t n, unsigned *from, struct deadman_said *said, struct err *e)
    __attribute__((warn_unused_result));

#endif
