/* link: zwcollector */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a wish for a named graph are refused, or are one within its bounds, which goes to
 * bytes and back unchanged. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/graphs/wanted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wanted w, again;
	struct buf b = { 0 };
	struct err e;

	if (wanted_decode(data, size, &w, &e) == -1)
		return 0;
	assert(w.lang < LANG_N && w.format <= WANTED_LIST);
	assert(memchr(w.name, '\0', sizeof w.name) != NULL);
	assert(memchr(w.period, '\0', sizeof w.period) != NULL);
	if (w.format != WANTED_LIST) {
		assert(w.width <= 4000 && w.height <= 4000 && w.name[0] != '\0');
		assert(w.from_s >= 0 && w.to_s >= 0 && w.last_s >= 0);
	}
	wanted_encode(&b, &w);
	assert(b.len == size && memcmp(b.data, data, size) == 0);
	assert(wanted_decode(b.data, b.len, &again, &e) == 0);
	buf_free(&b);
	return 0;
}
