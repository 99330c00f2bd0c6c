/* link: zwsnmp */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes whatever are a message's head or none; what it points to lies within them. */
#include <assert.h>

#include "agent/gateway/trapd_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the n bytes at p are among the message's. */
static void
check_within(const uint8_t *p, size_t n, const uint8_t *data, size_t size)
{
	assert(n <= size);
	assert(p >= data && p + n <= data + size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trapd_head h;

	if (trapd_head_read(&h, data, size) == -1)
		return 0;
	assert(h.version >= 1 && h.version <= 3);
	if (h.version == 3) {
		check_within(h.engine, h.engine_len, data, size);
		check_within(h.user, h.user_len, data, size);
	} else
		check_within(h.community, h.community_len, data, size);
	return 0;
}
