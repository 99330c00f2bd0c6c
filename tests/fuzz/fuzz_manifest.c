/* link: zwreports */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the manifest of a report are refused, or name only files of its own that are there,
 * with numbers and texts that may be shown. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/shelf.h"
#include "zw/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes a file. */
static void
put(const char *dir, const char *name, const void *data, size_t n)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert(f != NULL && fwrite(data, 1, n, f) == n && fclose(f) == 0);
}

/* What was taken for a report. */
static void
look(const struct shelf_report *r)
{
	assert(r->nfiles > 0 && r->nfiles <= LANG_N * SHELF_FORMS);
	for (size_t i = 0; i < r->nfiles; i++) {
		assert(strncmp(r->files[i].name, "2026-10.", 8) == 0 && r->files[i].bytes == 5);
		assert(strchr(r->files[i].name, '/') == NULL);
		assert(strlen(r->files[i].sha256) == 0 || strlen(r->files[i].sha256) == 64);
	}
	assert(r->data_end_s >= 0 && r->data_end_s < INT64_C(1) << 40);
	assert(isnan(r->completeness) || (r->completeness >= 0 && r->completeness <= 100));
	for (int l = 0; l < LANG_N; l++)
		assert(r->summary[l] == NULL || strlen(r->summary[l]) < SHELF_MAX_SUMMARY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/zw-fuzz-XXXXXX";
	struct shelf_report r;
	struct err e;

	if (size > 65536)
		return 0;
	setenv("TZ", "Asia/Baku", 1);
	tzset();
	log_init("fuzz", LOG_LEVEL_ERROR);
	assert(mkdtemp(dir) != NULL);
	put(dir, "2026-10.json", data, size);
	put(dir, "2026-10.az.pdf", "%PDF-", 5);
	put(dir, "2026-10.ru.csv.zip", "PK\3\4\0", 5);
	put(dir, "secret.az.pdf", "12345", 5);
	if (shelf_read(&r, dir, "2026-10", &e) == 0) {
		look(&r);
		shelf_report_clear(&r);
	}
	shelf_discard(dir);
	return 0;
}
