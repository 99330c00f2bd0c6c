/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_fixture: a scratch directory with a log of known records, for the tests of seglog and of
 * what stands on it. Record n's type and data follow from n alone. */
#ifndef SEGLOG_FIXTURE_H
#define SEGLOG_FIXTURE_H

#include <assert.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zw/seglog.h"

#define FIXTURE_MAX 700

/* Remove a file or a whole directory. */
static inline void
fixture_remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return;
	DIR *d = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	for (struct dirent *de = d != NULL ? readdir(d) : NULL; de != NULL; de = readdir(d)) {
		char sub[4096];
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		int n = snprintf(sub, sizeof sub, "%s/%s", path, de->d_name);
		assert(n > 0 && (size_t)n < sizeof sub);
		fixture_remove(sub);
	}
	if (d != NULL)
		closedir(d);
	int rc = remove(path);
	assert(rc == 0);
}

/* A new directory in the caller's storage. */
static inline const char *
fixture_dir(char dst[64])
{
	snprintf(dst, 64, "/tmp/zw-test-XXXXXX");
	char *made = mkdtemp(dst);
	assert(made != NULL);
	return made;
}

/* Record n: its data in dst, length returned; its type. */
static inline size_t
fixture_data(uint64_t n, uint8_t dst[FIXTURE_MAX])
{
	size_t len = (size_t)(n * 2654435761u >> 7) % FIXTURE_MAX;
	uint32_t x = (uint32_t)n * 2246822519u + 1;

	if (n % 13 == 0)
		len = 0;
	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		dst[i] = n % 3 == 0 ? (uint8_t)n : (uint8_t)(x >> 24);
	}
	return len;
}

static inline uint8_t
fixture_type(uint64_t n)
{
	return (uint8_t)(1 + n % 200);
}

/* Whether a record is what fixture_append() wrote under its LSN. */
static inline int
fixture_is_true(const struct seglog_record *rec)
{
	uint8_t data[FIXTURE_MAX];
	size_t len = fixture_data(rec->lsn, data);

	return rec->type == fixture_type(rec->lsn) && rec->len == len &&
	       (len == 0 || memcmp(rec->data, data, len) == 0);
}

/* Append n records, a commit after every `each`. */
static inline void
fixture_append(struct seglog *s, unsigned n, unsigned each)
{
	uint8_t data[FIXTURE_MAX];
	struct err e;

	for (unsigned i = 1; i <= n; i++) {
		uint64_t lsn = seglog_next(s);
		uint64_t got = seglog_append(s, fixture_type(lsn), data, fixture_data(lsn, data));
		assert(got == lsn);
		if (each != 0 && i % each == 0) {
			int rc = seglog_commit_now(s, &e);
			assert(rc == 0);
		}
	}
}

#endif
