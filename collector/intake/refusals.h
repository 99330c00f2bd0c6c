/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusals: which of the refused connections the log tells of: the first from a source for a
 * reason, then the same only so often, so that one who knocks all the time hides nobody else; and
 * of all together not more than the log can bear. */
#ifndef COLLECTOR_REFUSALS_H
#define COLLECTOR_REFUSALS_H

#include <stddef.h>

#include "zw/log.h"

#define REFUSALS_KEPT 64

/* One source with one reason. */
struct refusal {
	uint64_t key; /* 0: none */
	int64_t used_ms;
	struct log_throttle throttle;
};

struct refusals {
	struct refusal kept[REFUSALS_KEPT];
	struct log_throttle all;
};

void refusals_init(struct refusals *r);
/* Whether to tell of this one now (monotonic ms); *held gets how many like it, and how many of any
 * kind beyond the bound, were not told of before. */
bool refusals_pass(struct refusals *r, const void *source, size_t n, const char *why,
    int64_t now_ms, unsigned *held);

#endif
