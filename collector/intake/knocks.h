/* SPDX-License-Identifier: GPL-3.0-or-later */
/* knocks: how often handshakes may begin from one address, for each costs more than all that a
 * quiet agent sends in a minute. Bounded: the address that was quiet longest is forgotten. */
#ifndef COLLECTOR_KNOCKS_H
#define COLLECTOR_KNOCKS_H

#include <stddef.h>

#include "collector/intake/conduct.h"

#define KNOCKS_KEPT 64
#define KNOCKS_BYTES 9

/* One address. */
struct knock {
	uint8_t source[KNOCKS_BYTES];
	struct allowance allowance;
	struct allowance slow; /* while it is slowed down */
	int64_t slow_until_ms; /* monotonic */
	int64_t used_ms;
};

struct knocks {
	struct knock kept[KNOCKS_KEPT];
};

/* Whether a handshake may begin now. */
bool knocks_take(struct knocks *k, const uint8_t source[KNOCKS_BYTES], int64_t now_ms);
/* Somebody there connects all the time: for a while only some of it may begin. */
void knocks_slow(struct knocks *k, const uint8_t source[KNOCKS_BYTES], int64_t now_ms);

#endif
