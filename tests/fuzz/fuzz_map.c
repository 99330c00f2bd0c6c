/* link: zwreport zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a floor map's text are refused, or are a map within its bounds whose texts are
 * sound; the small ones are drawn. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/map.h"
#include "zw/alloc.h"
#include "zw/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* fontconfig keeps the fonts that it has found for as long as the process lasts. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig.so";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map *m = xcalloc(1, sizeof *m);
	struct buf b = { 0 };
	struct err e;

	if (map_parse((const char *)data, size, m, &e) == 0) {
		assert(m->nzones > 0 && m->nzones <= MAP_MAX_ZONES);
		for (unsigned z = 0; z < m->nzones; z++) {
			assert(m->zones[z].nracks <= MAP_MAX_RACKS);
			for (unsigned r = 0; r < m->zones[z].nracks; r++) {
				const char *name = m->zones[z].racks[r].name;
				assert(str_is_text(name, strlen(name)));
			}
		}
		if (size < 200 && size % 16 == 0)
			assert(map_draw(&b, m, &e) == 0);
	}
	buf_free(&b);
	free(m);
	return 0;
}
