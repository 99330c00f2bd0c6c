/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a recurring window, from anybody: what is taken is within its bounds, reads back from
 * its own print, and its edges lie where it says. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/silence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t now = INT64_C(1790000000000);
	struct silence s = { .starts_ms = 0 }, back = { .starts_ms = 0 };
	char text[256], print[64];
	struct err e;

	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (silence_parse_window(text, &s, &e) == -1)
		return 0;
	assert(s.days > 0 && s.days < 128 && s.from_min < 1440);
	assert(s.minutes > 0 && s.minutes <= 7 * 1440);
	silence_print_window(print, sizeof print, &s);
	assert(silence_parse_window(print, &back, &e) == 0);
	assert(back.days == s.days && back.from_min == s.from_min && back.minutes == s.minutes);
	int64_t next = silence_next_ms(&s, now);
	assert(next == 0 || next > now);
	if (next != 0)
		assert(silence_is_active(&s, next) != silence_is_active(&s, next - 1));
	return 0;
}
