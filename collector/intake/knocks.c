/* SPDX-License-Identifier: GPL-3.0-or-later */
/* knocks: allowances of addresses. Behind one may stand hundreds of agents (a gateway's network, a
 * simulator) that all come back at once, so the common one is wide; who is known to abuse it makes
 * it narrow for those behind the same address, who then wait a little. */
#include "collector/intake/knocks.h"

#include <string.h>

#define BURST 1024
#define DAILY (INT64_C(64) * 86400)
#define SLOW_BURST 4
#define SLOW_DAILY (INT64_C(4) * 86400)
#define SLOW_MS 10000

/* The entry of an address, made in the place of the one that was quiet longest. */
static struct knock *
find(struct knocks *k, const uint8_t source[KNOCKS_BYTES], int64_t now_ms)
{
	struct knock *oldest = &k->kept[0];

	for (size_t i = 0; i < KNOCKS_KEPT; i++) {
		struct knock *one = &k->kept[i];
		if (memcmp(one->source, source, KNOCKS_BYTES) == 0) {
			one->used_ms = now_ms;
			return one;
		}
		if (one->used_ms < oldest->used_ms)
			oldest = one;
	}
	*oldest = (struct knock){ .used_ms = now_ms };
	memcpy(oldest->source, source, KNOCKS_BYTES);
	return oldest;
}

bool
knocks_take(struct knocks *k, const uint8_t source[KNOCKS_BYTES], int64_t now_ms)
{
	struct knock *one = find(k, source, now_ms);

	if (now_ms < one->slow_until_ms &&
	    !allowance_take(&one->slow, SLOW_BURST, SLOW_DAILY, now_ms))
		return false;
	return allowance_take(&one->allowance, BURST, DAILY, now_ms);
}

void
knocks_slow(struct knocks *k, const uint8_t source[KNOCKS_BYTES], int64_t now_ms)
{
	find(k, source, now_ms)->slow_until_ms = now_ms + SLOW_MS;
}
