/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: loads a configuration: finds its files, has them read and filled into the tables' structs,
 * and prints every complaint at once; frees and compares what was loaded. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

struct load {
	struct conf_errors *ce;
	struct conf_file *files[CONF_MAX_FILES + CONF_MAX_INCLUDES + 1];
	size_t n;
	const char *include; /* the main file's key that names further files; NULL: none */
	bool broken;	     /* a file could not be parsed */
};

/* The setting by which a file names others, or NULL. */
static config_setting_t *
include_of(const struct load *l, const struct conf_file *f)
{
	return l->include == NULL
		   ? NULL
		   : config_setting_get_member(config_root_setting(&f->config), l->include);
}

/* Read one file; one that cannot be parsed is left out. Only the first, the main file, may name
 * others: so there are no circles. */
static void
load_file(struct load *l, const char *path)
{
	bool ok;
	struct conf_file *f = conf_file_read(path, l->ce, &ok);

	if (ok) {
		const config_setting_t *s = l->n > 0 ? include_of(l, f) : NULL;
		if (s != NULL)
			conf_errors_add(l->ce, conf_file_of(s), config_setting_source_line(s),
			    l->include, "only the main file can include others so");
		l->files[l->n++] = f;
		return;
	}
	l->broken = true;
	conf_file_free(f);
}

/* Whether a directory's entry is a part of the configuration. */
static int
is_part(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".conf") == 0;
}

/* By bytes, whatever the locale. */
static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Read the parts in a directory, in the order of their names. None is fine. */
static void
load_dir(struct load *l, const char *dir)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_part, compare_names);

	if (n == -1) {
		if (errno != ENOENT)
			conf_errors_add(l->ce, dir, 0, "", "cannot be read: %s", strerror(errno));
		return;
	}
	if (n > CONF_MAX_FILES)
		conf_errors_add(l->ce, dir, 0, "", "has more than %d files", CONF_MAX_FILES);
	for (int i = 0; i < n; i++) {
		if (n <= CONF_MAX_FILES) {
			char *path = xasprintf("%s/%s", dir, names[i]->d_name);
			load_file(l, path);
			free(path);
		}
		free(names[i]);
	}
	free(names);
}

/* Read the files that the main file names, before its parts. What is no text or one too many,
 * conf_fill() complains of. */
static void
load_includes(struct load *l, const char *dir)
{
	const config_setting_t *all = l->n > 0 ? include_of(l, l->files[0]) : NULL;
	int n = all != NULL && config_setting_is_aggregate(all) ? config_setting_length(all) : 0;

	for (int i = 0; i < n && i < CONF_MAX_INCLUDES; i++) {
		const config_setting_t *s = config_setting_get_elem(all, (unsigned)i);
		const char *name = config_setting_get_string(s);
		if (name == NULL || *name == '\0')
			continue;
		bool whole = *name == '/' || strcmp(dir, ".") == 0;
		char *path = whole ? xstrdup(name) : xasprintf("%s/%s", dir, name);
		if (access(path, F_OK) == 0) {
			load_file(l, path);
		} else {
			conf_errors_add(l->ce, conf_file_of(s), config_setting_source_line(s),
			    l->include, "cannot open %s: %s", path, strerror(errno));
			l->broken = true;
		}
		free(path);
	}
}

/* The key by which the main file names others, or NULL. */
static const char *
include_key(const struct conf_table *table)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if (table->keys[i].flags & CONF_INCLUDE)
			return table->keys[i].name;
	return NULL;
}

/* Read the main file, what it includes, and its parts. */
static void
load_files(struct load *l, const char *path, const char *dir, const char *parts)
{
	load_file(l, path);
	conf_errors_including(l->ce, true);
	load_includes(l, dir);
	conf_errors_including(l->ce, false);
	if (parts == NULL)
		return;
	char *all = strchr(path, '/') == NULL ? xstrdup(parts) : xasprintf("%s/%s", dir, parts);
	load_dir(l, all);
	free(all);
}

/* Load a configuration, or tell everything that is wrong with it. */
int
conf_load(const struct conf_table *table, const char *path, void **out,
    void (*check)(void *conf, struct conf_errors *ce), FILE *errors, unsigned *nerrors)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".") : xasprintf("%.*s", (int)(slash - path), path);
	struct load *l = xcalloc(1, sizeof *l);
	void *conf = xcalloc(1, table->size);

	*out = NULL;
	l->ce = conf_errors_new();
	l->include = include_key(table);
	load_files(l, path, dir, table->parts);
	conf_fill(table, l->files, l->n, l->broken, dir, conf, l->ce);
	if (check != NULL && !l->broken)
		check(conf, l->ce);
	unsigned count = conf_errors_count(l->ce);
	if (nerrors != NULL)
		*nerrors = count;
	if (errors != NULL)
		conf_errors_print(l->ce, errors);
	if (count == 0) {
		*out = conf;
		conf = NULL;
	}
	conf_free(table, conf);
	for (size_t i = 0; i < l->n; i++)
		conf_file_free(l->files[i]);
	conf_errors_free(l->ce);
	free(l);
	free(dir);
	return count == 0 ? 0 : -1;
}

/* Set every default of a zeroed struct. */
static void
set_defaults(const struct conf_table *table, void *dst)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		if (k->type == CONF_group)
			set_defaults(k->sub, (char *)dst + k->offset);
		else
			conf_value_default(k, (char *)dst + k->offset);
	}
}

void *
conf_defaults(const struct conf_table *table)
{
	void *conf = xcalloc(1, table->size);

	set_defaults(table, conf);
	return conf;
}

/* Free what a struct holds, not the struct. */
static void
clear(const struct conf_table *table, void *conf)
{
	const struct conf_table *vt = conf_variant_of(table, conf);

	if (table->variant_key != NULL) {
		void **variant = (void *)((char *)conf + table->variant_offset);
		if (vt != NULL && *variant != NULL)
			clear(vt, *variant);
		free(*variant);
		*variant = NULL;
	}
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		void *value = (char *)conf + k->offset;
		if (k->type == CONF_group) {
			clear(k->sub, value);
		} else if (k->type == CONF_list) {
			struct conf_list *l = value;
			for (size_t j = 0; j < l->n; j++)
				clear(k->sub, (char *)l->v + j * k->sub->size);
			free(l->v);
			*l = (struct conf_list){ 0 };
		} else {
			conf_value_free(k, value);
		}
	}
}

void
conf_free(const struct conf_table *table, void *conf)
{
	if (conf == NULL)
		return;
	clear(table, conf);
	free(conf);
}

static bool same(const struct conf_table *table, const void *a, const void *b);

/* Whether the members of one row are the same in two structs. */
bool
conf_same_key(const struct conf_key *k, const void *a, const void *b)
{
	const void *x = (const char *)a + k->offset;
	const void *y = (const char *)b + k->offset;

	if (k->type == CONF_group)
		return same(k->sub, x, y);
	if (k->type != CONF_list)
		return conf_value_equal(k, x, y);
	const struct conf_list *l = x;
	const struct conf_list *m = y;
	if (l->n != m->n)
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (!same(k->sub, (const char *)l->v + i * k->sub->size,
			(const char *)m->v + i * k->sub->size))
			return false;
	return true;
}

/* Whether two structs of a table are the same. */
static bool
same(const struct conf_table *table, const void *a, const void *b)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if (!conf_same_key(&table->keys[i], a, b))
			return false;
	const struct conf_table *vt = conf_variant_of(table, a);
	if (vt == NULL)
		return true;
	void *const *x = (const void *)((const char *)a + table->variant_offset);
	void *const *y = (const void *)((const char *)b + table->variant_offset);
	return vt == conf_variant_of(table, b) && same(vt, *x, *y);
}

/* Add the names of differing rows that need a restart, below a path. */
static unsigned
restart_needed(const struct conf_table *table, const void *a, const void *b, const char *path,
    char *dst, size_t size)
{
	unsigned count = 0;

	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		char name[CONF_MAX_PATH];
		if (str_format(
			name, sizeof name, "%s%s%s", path, *path != '\0' ? "." : "", k->name) == -1)
			continue;
		if (k->type == CONF_group)
			count += restart_needed(k->sub, (const char *)a + k->offset,
			    (const char *)b + k->offset, name, dst, size);
		if (!(k->flags & CONF_RESTART) || conf_same_key(k, a, b))
			continue;
		size_t at = strlen(dst);
		if (snprintf(dst + at, size - at, "%s%s", at > 0 ? ", " : "", name) < 0)
			dst[at] = '\0';
		count++;
	}
	return count;
}

/* Tell what differs and needs a restart. */
unsigned
conf_restart_needed(
    const struct conf_table *table, const void *a, const void *b, char *dst, size_t size)
{
	dst[0] = '\0';
	return restart_needed(table, a, b, "", dst, size);
}
