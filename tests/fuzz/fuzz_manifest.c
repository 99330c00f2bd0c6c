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
#include "tests/fuzz/fuzz_dir.h"
#include "zw/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* The directory with the files that a manifest may name; it lasts as long as the process. */
static const char *
shelf(void)
{
	static const char *dir;

	if (dir != NULL)
		return dir;
	setenv("TZ", "Asia/Baku", 1);
	tzset();
	log_init("fuzz", LOG_LEVEL_ERROR);
	dir = fuzz_dir();
	fuzz_dir_put(dir, "2026-10.az.pdf", "%PDF-", 5);
	fuzz_dir_put(dir, "2026-10.ru.csv.zip", "PK\3\4\0", 5);
	fuzz_dir_put(dir, "secret.az.pdf", "12345", 5);
	return dir;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dir = shelf();
	struct shelf_report r;
	struct err e;

	if (size > 65536)
		return 0;
	fuzz_dir_put(dir, "2026-10.json", data, size);
	if (shelf_read(&r, dir, "2026-10", &e) == 0) {
		look(&r);
		shelf_report_clear(&r);
	}
	return 0;
}
