/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusals: which of the refused connections the log tells of. Sources are strangers' to choose, so
 * what is kept is bounded: the one that was quiet longest makes room. */
#include <string.h>

#include "collector/intake/refusals.h"

#define SAME_MS 10000
#define ALL_MS 1000
#define ALL_BURST 20

/* Go on with a hash (FNV-1a) over some bytes; who makes two that are the same hides himself. */
static uint64_t
hash(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

/* The one with the key, or in its stead the one that was used last of all. */
static struct refusal *
find(struct refusals *r, uint64_t key)
{
	struct refusal *oldest = &r->kept[0];

	for (size_t i = 0; i < REFUSALS_KEPT; i++) {
		if (r->kept[i].key == key)
			return &r->kept[i];
		if (r->kept[i].used_ms < oldest->used_ms)
			oldest = &r->kept[i];
	}
	*oldest = (struct refusal){ .key = key, .throttle.every_ms = SAME_MS };
	return oldest;
}

/* Nothing was refused yet. */
void
refusals_init(struct refusals *r)
{
	*r = (struct refusals){ .all = { .every_ms = ALL_MS, .burst = ALL_BURST } };
}

/* Tell of it, or count it. */
bool
refusals_pass(struct refusals *r, const void *source, size_t n, const char *why, int64_t now_ms,
    unsigned *held)
{
	uint64_t key = hash(hash(UINT64_C(14695981039346656037), source, n), why, strlen(why));
	struct refusal *one = find(r, key != 0 ? key : 1);
	unsigned same = 0, any = 0;

	one->used_ms = now_ms;
	if (!log_throttle_pass(&one->throttle, now_ms, &same))
		return false;
	if (!log_throttle_pass(&r->all, now_ms, &any))
		return false;
	*held = same + any;
	return true;
}
