/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of the gateway's profiles share: a profile and a walk from texts, values by name. */
#ifndef TESTS_PROFILE_FIXTURE_H
#define TESTS_PROFILE_FIXTURE_H

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/gateway/rows.h"
#include "zw/alloc.h"

/* A directory with profiles, and what was said of them. */
struct fixture {
	char dir[64];
	struct profiles *all;
	char *said;
	unsigned errors;
};

/* A new directory. */
static inline void
fixture_open(struct fixture *f)
{
	*f = (struct fixture){ .dir = "/tmp/zw-profiles-XXXXXX" };
	if (mkdtemp(f->dir) == NULL)
		abort();
}

/* A file of it. */
static inline void
fixture_file(const struct fixture *f, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	FILE *out = fopen(path, "w");
	if (out == NULL)
		abort();
	fputs(text, out);
	fclose(out);
}

/* Loads the directory, and another behind it. */
static inline void
fixture_load(struct fixture *f, const char *other)
{
	const char *dirs[] = { f->dir, other };
	size_t n;
	FILE *out = open_memstream(&f->said, &n);

	f->errors = profiles_load(&f->all, dirs, other != NULL ? 2 : 1, out);
	fclose(out);
}

/* Removes all. */
static inline void
fixture_close(struct fixture *f)
{
	char path[512];
	DIR *d = opendir(f->dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", f->dir, entry->d_name);
		(void)unlink(path);
	}
	if (d != NULL)
		closedir(d);
	(void)rmdir(f->dir);
	profiles_free(f->all);
	free(f->said);
}

/* A walk of a text as a recording has it. */
static inline struct walk *
fixture_walk(const char *text, size_t *bad)
{
	char path[] = "/tmp/zw-walk-XXXXXX";
	struct walk *w = walk_new();
	struct err e;
	int fd = mkstemp(path);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
	if (walk_read(w, path, bad, &e) == -1) {
		walk_free(w);
		w = NULL;
	}
	unlink(path);
	return w;
}

/* Puts what the walk has into all slots. */
static inline void
fixture_take(struct rows *r, const struct walk *w)
{
	for (size_t i = 0; i < rows_nslots(r); i++) {
		const struct varbind *v = walk_find(w, rows_slot(r, i)->oid);
		rows_slot(r, i)->fresh = false;
		if (v != NULL)
			rows_take(rows_slot(r, i), v);
	}
}

/* Where a value is, by "source-instance" and field: false if it is not there. */
static inline bool
fixture_find(const struct rows *r, const char *series, const char *field, size_t *row, unsigned *f)
{
	char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];

	for (*row = 0; *row < rows_count(r); ++*row) {
		const struct row *at = rows_at(r, *row);
		series_name(name, at->def.source, at->def.instance);
		for (*f = 0; strcmp(name, series) == 0 && *f < at->nvalues; ++*f)
			if (strcmp(rows_field(r, *row, *f)->name, field) == 0)
				return true;
	}
	return false;
}

/* The value by its name; MISSING with a raw "absent" if there is none of this name. */
static inline struct row_value
fixture_value(const struct rows *r, const char *series, const char *field)
{
	struct row_value v = { .status = VALUE_MISSING, .value = NAN, .raw = "absent" };
	size_t row;
	unsigned f;

	if (fixture_find(r, series, field, &row, &f))
		rows_value(r, row, f, &v);
	return v;
}

#endif
