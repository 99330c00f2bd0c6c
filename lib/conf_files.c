/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_files: a mark is made of what stat(2) says of a file: who replaces one changes its inode,
 * who writes into it its times. Nothing is read. */
#include "zw/conf_files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/str.h"

#define MAX_ENTRIES 4096 /* of a directory that are looked at */

struct conf_files {
	struct named {
		char *key;  /* "tls.cert" */
		char *path; /* of the file */
		uint64_t mark;
	} * v;
	size_t n;
};

/* What stat(2) says, as a number that is not 0; 0: there is no such file. */
static uint64_t
mark_of(const char *path, struct stat *st)
{
	if (stat(path, st) == -1)
		return 0;
	const int64_t facts[] = { (int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
		st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec, st->st_ctim.tv_nsec };
	return (UINT64_C(1) << 32) | crc32c(0, facts, sizeof facts);
}

uint64_t
conf_files_mark(const char *path)
{
	struct stat st;
	uint64_t mark = mark_of(path, &st);

	if (mark == 0 || !S_ISDIR(st.st_mode))
		return mark;
	/* Its own times change with what stands in it, but also with a file beside; only the files
	 * count, in whatever order. */
	mark = UINT64_C(1) << 32;
	DIR *d = opendir(path);
	const struct dirent *e;
	for (unsigned i = 0; d != NULL && i < MAX_ENTRIES && (e = readdir(d)) != NULL; i++) {
		char *file = xasprintf("%s/%s", path, e->d_name);
		if (*e->d_name != '.')
			mark += mark_of(file, &st) * (crc32c(0, e->d_name, strlen(e->d_name)) | 1);
		free(file);
	}
	if (d != NULL)
		closedir(d);
	return mark;
}

/* Take one file in. */
static void
add(struct conf_files *f, const char *key, const char *path)
{
	f->v = xreallocarray(f->v, f->n + 1, sizeof *f->v);
	f->v[f->n++] = (struct named){
		.key = xstrdup(key), .path = xstrdup(path), .mark = conf_files_mark(path)
	};
}

static void walk(
    struct conf_files *f, const struct conf_table *t, const void *conf, const char *path);

/* The files of one row. What the program itself keeps in a directory is no news to it. */
static void
walk_key(struct conf_files *f, const struct conf_key *k, const void *v, const char *name)
{
	const struct conf_texts *t = v;
	const struct conf_list *l = v;
	bool named = (k->flags & CONF_FILE) && !(k->flags & CONF_INCLUDE) &&
		     (k->unit == NULL || strcmp(k->unit, "directory") != 0);

	if (k->type == CONF_group)
		walk(f, k->sub, v, name);
	for (size_t i = 0; k->type == CONF_list && i < l->n; i++)
		walk(f, k->sub, (const char *)l->v + i * k->sub->size, name);
	if (named && k->type == CONF_text && *(char *const *)v != NULL)
		add(f, name, *(char *const *)v);
	for (size_t i = 0; named && k->type == CONF_texts && i < t->n; i++)
		add(f, name, t->v[i]);
}

/* All files of a struct. */
static void
walk(struct conf_files *f, const struct conf_table *t, const void *conf, const char *path)
{
	char name[CONF_MAX_PATH];

	for (size_t i = 0; i < t->nkeys; i++) {
		const struct conf_key *k = &t->keys[i];
		if (str_format(
			name, sizeof name, "%s%s%s", path, *path != '\0' ? "." : "", k->name) == 0)
			walk_key(f, k, (const char *)conf + k->offset, name);
	}
	const struct conf_table *vt = conf_variant_of(t, conf);
	void *const *variant = (const void *)((const char *)conf + t->variant_offset);
	if (vt != NULL && *variant != NULL)
		walk(f, vt, *variant, path);
}

struct conf_files *
conf_files_new(const struct conf_table *table, const void *conf)
{
	struct conf_files *f = xcalloc(1, sizeof *f);

	walk(f, table, conf, "");
	return f;
}

void
conf_files_free(struct conf_files *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].key);
		free(f->v[i].path);
	}
	free(f->v);
	free(f);
}

void
conf_files_look(struct conf_files *f, const char *prefix)
{
	for (size_t i = 0; i < f->n; i++)
		if (strncmp(f->v[i].key, prefix, strlen(prefix)) == 0)
			f->v[i].mark = conf_files_mark(f->v[i].path);
}

void
conf_files_diff(const struct conf_files *old, const struct conf_files *fresh,
    bool (*is_live)(const char *key), struct conf_diff *d)
{
	for (size_t i = 0; i < fresh->n; i++) {
		const struct named *now = &fresh->v[i];
		for (size_t j = 0; j < old->n; j++) {
			const struct named *was = &old->v[j];
			if (strcmp(was->key, now->key) != 0 || strcmp(was->path, now->path) != 0)
				continue;
			if (was->mark != now->mark)
				conf_diff_add(d, is_live != NULL && is_live(now->key),
				    "%s: the file has another content", now->key);
			break;
		}
	}
}

/* The mark of the files that the key with CONF_INCLUDE names. */
static uint64_t
mark_includes(const struct conf_table *table, const void *conf)
{
	uint64_t mark = 0;

	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		const struct conf_texts *t = (const void *)((const char *)conf + k->offset);
		for (size_t j = 0; (k->flags & CONF_INCLUDE) && j < t->n; j++)
			mark = mark * 31 + conf_files_mark(t->v[j]);
	}
	return mark;
}

uint64_t
conf_files_mark_all(const struct conf_table *table, const void *conf, const char *conf_path)
{
	const char *slash = strrchr(conf_path, '/');
	int n = slash == NULL ? 0 : (int)(slash + 1 - conf_path);
	char *parts = xasprintf("%.*s%s", n, conf_path, table->parts != NULL ? table->parts : ".");
	uint64_t mark = conf_files_mark(conf_path) * 31 + mark_includes(table, conf);

	if (table->parts != NULL)
		mark = mark * 31 + conf_files_mark(parts);
	free(parts);
	return mark;
}
