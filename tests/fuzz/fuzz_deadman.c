/* link: zwfeed */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams of the dead-man's switch from anybody, signed so that what is behind the signature is
 * reached too; and the facts for zonewatch-tell. */
#include <stdlib.h>
#include <string.h>

#include "agent/deadman_facts.h"
#include "agent/deadman_wire.h"
#include "zw/hmac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "srv-01", "srv-02", "srv-03" };
	static const struct deadman_wire w = { .names = names, .n = 3, .key = "0123456789abcdef" };
	static struct deadman_facts facts;
	const struct deadman_opts o = {
		.after_ms = 120000, .stagger_ms = 20000, .n = 3, .self = 1, .mails = true
	};
	struct deadman_seen seen[3] = { 0 };
	struct deadman d;
	struct deadman_said said;
	unsigned from;
	int64_t now = 1000000000;

	if (deadman_facts_decode((const char *)data, size, &facts, NULL) == 0 &&
	    facts.node[0] == '\0')
		abort();
	deadman_init(&d, &o, NULL, now);
	for (; size > 0; now += 10000) {
		uint8_t bytes[DEADMAN_WIRE_SIZE] = { 0 };
		size_t n = size < sizeof bytes - HMAC_SIZE ? size : sizeof bytes - HMAC_SIZE;
		memcpy(bytes, data, n);
		data += n;
		size -= n;
		if (deadman_wire_decode(&w, seen, 0, bytes, n, &from, &said, NULL) == 0)
			abort(); /* nobody signed it */
		if (hmac_make(w.key, strlen(w.key), bytes, sizeof bytes - HMAC_SIZE,
			bytes + sizeof bytes - HMAC_SIZE) == -1)
			abort();
		if (deadman_wire_decode(&w, seen, 0, bytes, sizeof bytes, &from, &said, NULL) == 0)
			deadman_heard(&d, now, from, &said);
		struct deadman_turn t = deadman_turn(&d, now, 0, 7);
		if (t.mail_silent || t.mail_over)
			deadman_mailed(&d, now, now % 3 == 0);
		deadman_say(&d, now, &said);
	}
	return 0;
}
