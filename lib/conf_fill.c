/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_fill: fills the structs of tables from the settings of all files, and complains of what is
 * unknown, missing, given twice, of another type or out of range.
 *
 * A group may stand in several files (each gives some of its keys); a list's elements are
 * gathered from all of them. So each step takes the settings of one name from every file. */
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_CANDIDATES 96

struct fill {
	struct conf_errors *ce;
	const char *dir;
	bool broken;
};

/* Settings of one name, from every file. */
struct found {
	config_setting_t **v;
	size_t n;
};

/* What stands for one group in the files; for an element of a list that is one setting. */
struct group {
	const struct conf_table *table; /* whose rows are filled: its own or its variant's */
	struct found from;
	const char *path;
	void *dst;
	size_t place; /* of dst, and of the struct whose variant it is */
	size_t outer;
	bool shared; /* another file could hold more of it */
};

static void fill_group(struct fill *f, const struct group *g);

/* The row of this name, or NULL. */
const struct conf_key *
conf_find_key(const struct conf_table *table, const char *name)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if (strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

/* "nodes[srv-01].zone" of a group's path and a key; cut where it is too long. */
static void
join(char dst[CONF_MAX_PATH], const char *path, const char *key)
{
	if (snprintf(dst, CONF_MAX_PATH, "%s%s%s", path, *path != '\0' ? "." : "", key) < 0)
		dst[0] = '\0';
}

#define COMPLAIN(f_, s_, path_, ...)                                                               \
	conf_errors_add(                                                                           \
	    (f_)->ce, conf_file_of(s_), config_setting_source_line(s_), path_, __VA_ARGS__)

/* The settings of a key in every file, remembered as its place; v is freed by the caller. */
static struct found
find_settings(struct fill *f, const struct group *g, const char *name)
{
	struct found r = { .v = xcalloc(g->from.n + 1, sizeof(config_setting_t *)) };

	for (size_t i = 0; i < g->from.n; i++) {
		config_setting_t *s = config_setting_get_member(g->from.v[i], name);
		if (s == NULL)
			continue;
		r.v[r.n++] = s;
		conf_errors_key(
		    f->ce, g->place, name, conf_file_of(s), config_setting_source_line(s));
		if (g->outer != g->place)
			conf_errors_key(
			    f->ce, g->outer, name, conf_file_of(s), config_setting_source_line(s));
	}
	return r;
}

/* Complain that too few are given, unless a file that could not be parsed may have them. */
static void
check_count(struct fill *f, const struct group *g, const struct conf_key *k, bool given, size_t n)
{
	char limits[96];

	if ((f->broken && g->shared) || (double)n >= k->min)
		return;
	conf_value_limits(k, limits, sizeof limits);
	if (!given)
		conf_complain(f->ce, g->dst, k->name, "must be given");
	else if (n == 0)
		conf_complain(f->ce, g->dst, k->name, "must not be empty");
	else
		conf_complain(f->ce, g->dst, k->name, "has %zu elements: must be %s", n, limits);
}

/* The most elements of a list or texts. */
static size_t
most_elements(const struct conf_key *k)
{
	return k->max > 0 ? (size_t)k->max : CONF_MAX_ELEMENTS;
}

/* Fill a scalar. */
static void
fill_scalar(struct fill *f, const struct group *g, const struct conf_key *k,
    const struct found *from, const char *path)
{
	void *dst = (char *)g->dst + k->offset;
	struct err e = { .msg = "" };

	if (from->n == 0) {
		if ((k->flags & CONF_REQUIRED) && !(f->broken && g->shared))
			conf_complain(f->ce, g->dst, k->name, "must be given");
		conf_value_default(k, dst);
		return;
	}
	for (size_t i = 1; i < from->n; i++)
		COMPLAIN(f, from->v[i], path, "given twice; first in %s:%u",
		    conf_file_of(from->v[0]), config_setting_source_line(from->v[0]));
	if (conf_value_read(k, from->v[0], f->dir, dst, &e) == 0)
		return;
	COMPLAIN(f, from->v[0], path, "%s", e.msg);
	if (k->type != CONF_text || *(char **)dst == NULL)
		conf_value_default(k, dst);
}

/* Fill a list of texts. */
static void
fill_texts(struct fill *f, const struct group *g, const struct conf_key *k,
    const struct found *from, const char *path)
{
	struct conf_texts *t = (void *)((char *)g->dst + k->offset);
	size_t most = most_elements(k);
	struct err e = { .msg = "" };
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++) {
		if (!config_setting_is_list(from->v[i]) && !config_setting_is_array(from->v[i])) {
			COMPLAIN(
			    f, from->v[i], path, "must be a list of texts, as in [ \"a\", \"b\" ]");
			n = most;
			continue;
		}
		for (int j = 0; j < config_setting_length(from->v[i]); j++) {
			config_setting_t *s = config_setting_get_elem(from->v[i], (unsigned)j);
			if (++n > most) {
				COMPLAIN(f, s, path, "has more than %zu elements", most);
				return;
			}
			t->v = xreallocarray(t->v, t->n + 1, sizeof *t->v);
			t->v[t->n] = NULL;
			if (conf_value_read(k, s, f->dir, &t->v[t->n], &e) == -1)
				COMPLAIN(f, s, path, "%s", e.msg);
			if (t->v[t->n] != NULL)
				t->n++;
		}
	}
	if (from->n == 0)
		conf_value_default(k, t);
	check_count(f, g, k, from->n > 0, from->n == 0 ? t->n : n);
}

/* The row that names the elements of a table, or NULL. */
static const struct conf_key *
naming_key(const struct conf_table *table)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if ((table->keys[i].flags & CONF_UNIQUE) && table->keys[i].type == CONF_text)
			return &table->keys[i];
	return NULL;
}

/* The path of a list's element: by its name, or else by its number. */
static void
element_path(char dst[CONF_MAX_PATH], const char *path, const struct conf_table *table,
    const config_setting_t *s, size_t i)
{
	const struct conf_key *k = naming_key(table);
	const config_setting_t *name = k != NULL ? config_setting_get_member(s, k->name) : NULL;
	const char *text = NULL;

	if (name != NULL && config_setting_type(name) == CONFIG_TYPE_STRING)
		text = config_setting_get_string(name);
	if (text == NULL || !str_is_name(text, NAME_MAX_NODE)) {
		if (snprintf(dst, CONF_MAX_PATH, "%s[#%zu]", path, i + 1) < 0)
			dst[0] = '\0';
	} else if (snprintf(dst, CONF_MAX_PATH, "%s[%s]", path, text) < 0) {
		dst[0] = '\0';
	}
}

/* Complain of elements that have the same text where none may. */
static void
check_unique(struct fill *f, const struct conf_list *l, const struct conf_table *table,
    const struct conf_key *k)
{
	for (size_t i = 1; i < l->n; i++) {
		char *one = (char *)l->v + i * table->size;
		const char *text = *(char **)(void *)(one + k->offset);
		for (size_t j = 0; text != NULL && j < i; j++) {
			char *other = (char *)l->v + j * table->size;
			const char *twin = *(char **)(void *)(other + k->offset);
			if (twin == NULL || strcmp(text, twin) != 0)
				continue;
			conf_complain(f->ce, one, k->name, "\"%s\" is given twice", text);
			break;
		}
	}
}

/* The elements of a list in all files; complains of what is no group, then *clean is false. v is
 * freed by the caller. */
static struct found
gather_elements(struct fill *f, const struct conf_key *k, const struct found *from,
    const char *path, bool *clean)
{
	struct found r = { 0 };
	size_t most = most_elements(k);

	*clean = true;
	for (size_t i = 0; i < from->n; i++) {
		int n =
		    config_setting_is_aggregate(from->v[i]) ? config_setting_length(from->v[i]) : 1;
		if (!config_setting_is_list(from->v[i]) && n > 0) {
			COMPLAIN(f, from->v[i], path,
			    "must be a list of groups, as in ( { ... }, { ... } )");
			*clean = false;
			continue;
		}
		r.v = xreallocarray(r.v, r.n + (size_t)n + 1, sizeof(config_setting_t *));
		for (int j = 0; j < n; j++) {
			config_setting_t *s = config_setting_get_elem(from->v[i], (unsigned)j);
			if (r.n == most) {
				COMPLAIN(f, s, path, "has more than %zu elements", most);
				return r;
			}
			if (config_setting_is_group(s)) {
				r.v[r.n++] = s;
				continue;
			}
			COMPLAIN(f, s, path, "every element must be a group, { ... }");
			*clean = false;
		}
	}
	return r;
}

/* Fill a list of structs. */
static void
fill_list(struct fill *f, const struct group *g, const struct conf_key *k, const struct found *from,
    const char *path)
{
	struct conf_list *l = (void *)((char *)g->dst + k->offset);
	bool clean;
	struct found all = gather_elements(f, k, from, path, &clean);
	char below[CONF_MAX_PATH];

	l->v = all.n > 0 ? xcalloc(all.n, k->sub->size) : NULL;
	l->n = all.n;
	for (size_t i = 0; i < all.n; i++) {
		struct group one = { .table = k->sub,
			.from = { .v = &all.v[i], .n = 1 },
			.path = below,
			.dst = (char *)l->v + i * k->sub->size };
		element_path(below, path, k->sub, all.v[i], i);
		one.place = one.outer = conf_errors_place(f->ce, one.dst, k->sub, below,
		    conf_file_of(all.v[i]), config_setting_source_line(all.v[i]));
		fill_group(f, &one);
	}
	free(all.v);
	if (clean)
		check_count(f, g, k, from->n > 0, all.n);
	for (size_t i = 0; i < k->sub->nkeys; i++)
		if ((k->sub->keys[i].flags & CONF_UNIQUE) && k->sub->keys[i].type == CONF_text)
			check_unique(f, l, k->sub, &k->sub->keys[i]);
}

/* Fill a struct by value, from all files that have some of it. */
static void
fill_sub(struct fill *f, const struct group *g, const struct conf_key *k, const struct found *from,
    const char *path)
{
	struct group sub = { .table = k->sub,
		.path = path,
		.dst = (char *)g->dst + k->offset,
		.shared = g->shared };

	sub.from.v = xcalloc(from->n + 1, sizeof(config_setting_t *));
	for (size_t i = 0; i < from->n; i++) {
		if (config_setting_is_group(from->v[i]))
			sub.from.v[sub.from.n++] = from->v[i];
		else
			COMPLAIN(f, from->v[i], path, "must be a group, { ... }");
	}
	const config_setting_t *at = from->n > 0 ? from->v[0] : g->from.n > 0 ? g->from.v[0] : NULL;
	unsigned line = at != NULL ? config_setting_source_line(at) : 0;
	sub.place = sub.outer = conf_errors_place(
	    f->ce, sub.dst, k->sub, path, at != NULL ? conf_file_of(at) : "", line > 0 ? line : 1);
	fill_group(f, &sub);
	free(sub.from.v);
}

/* Fill the member of one row. */
static void
fill_key(struct fill *f, const struct group *g, const struct conf_key *k)
{
	struct found from = find_settings(f, g, k->name);
	char path[CONF_MAX_PATH];

	join(path, g->path, k->name);
	switch (k->type) {
	case CONF_group:
		fill_sub(f, g, k, &from, path);
		break;
	case CONF_list:
		fill_list(f, g, k, &from, path);
		break;
	case CONF_texts:
		fill_texts(f, g, k, &from, path);
		break;
	default:
		fill_scalar(f, g, k, &from, path);
		break;
	}
	free(from.v);
}

/* Complain of the text that chooses a variant that is not there. */
static void
unknown_variant(struct fill *f, const struct group *g, const char *text)
{
	const char *candidates[MAX_CANDIDATES];
	char words[256] = "", hint[128], quoted[128];
	const char *help;
	size_t n = 0, at = 0;

	for (const char *v; n < MAX_CANDIDATES && (v = g->table->variant_at(n, &help)) != NULL; n++)
		candidates[n] = v;
	for (size_t i = 0; i < n && at < sizeof words; i++) {
		const char *glue = i == 0 ? "" : i + 1 == n ? " or " : ", ";
		int w = snprintf(words + at, sizeof words - at, "%s%s", glue, candidates[i]);
		at += w > 0 ? (size_t)w : 0;
	}
	str_escape(quoted, sizeof quoted, text, strlen(text));
	conf_errors_hint(hint, sizeof hint, text, candidates, n);
	conf_complain(
	    f->ce, g->dst, g->table->variant_key, "\"%s\" is not %s%s", quoted, words, hint);
}

/* The table that a filled struct's own text chooses, or NULL. */
const struct conf_table *
conf_variant_of(const struct conf_table *table, const void *conf)
{
	if (table->variant_key == NULL)
		return NULL;
	const struct conf_key *k = conf_find_key(table, table->variant_key);
	const char *text = *(char *const *)(const void *)((const char *)conf + k->offset);
	return text != NULL ? table->variant(text) : NULL;
}

/* Fill the struct of the further keys; returns its table, or NULL if there is none. */
static const struct conf_table *
fill_variant(struct fill *f, const struct group *g)
{
	const struct conf_table *vt = conf_variant_of(g->table, g->dst);
	const struct conf_key *k = conf_find_key(g->table, g->table->variant_key);
	const char *text = *(char **)(void *)((char *)g->dst + k->offset);

	if (vt == NULL) {
		if (text != NULL && *text != '\0')
			unknown_variant(f, g, text);
		return NULL;
	}
	struct group v = *g;
	v.table = vt;
	v.dst = xcalloc(1, vt->size > 0 ? vt->size : 1);
	*(void **)(void *)((char *)g->dst + g->table->variant_offset) = v.dst;
	unsigned line = g->from.n > 0 ? config_setting_source_line(g->from.v[0]) : 0;
	v.place = conf_errors_place(
	    f->ce, v.dst, vt, g->path, g->from.n > 0 ? conf_file_of(g->from.v[0]) : "", line);
	for (size_t i = 0; i < vt->nkeys; i++)
		fill_key(f, &v, &vt->keys[i]);
	return vt;
}

/* The group of a table that has a key of this name, for a hint; NULL if there is none. */
static const char *
group_with(const struct conf_table *table, const char *name)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		if (k->sub != NULL && conf_find_key(k->sub, name) != NULL)
			return k->name;
	}
	return NULL;
}

/* Complain of one setting that no row has. */
static void
unknown_key(
    struct fill *f, const struct group *g, const struct conf_table *vt, const config_setting_t *s)
{
	const char *name = config_setting_name(s);
	const char *candidates[MAX_CANDIDATES];
	char path[CONF_MAX_PATH], hint[128];
	size_t n = 0;

	for (size_t i = 0; i < g->table->nkeys && n < MAX_CANDIDATES; i++)
		candidates[n++] = g->table->keys[i].name;
	for (size_t i = 0; vt != NULL && i < vt->nkeys && n < MAX_CANDIDATES; i++)
		candidates[n++] = vt->keys[i].name;
	join(path, g->path, name);
	const char *group = group_with(g->table, name);
	if (group != NULL) {
		COMPLAIN(f, s, path, "unknown key here; there is one in \"%s\"", group);
		return;
	}
	conf_errors_hint(hint, sizeof hint, name, candidates, n);
	COMPLAIN(f, s, path, "unknown key%s", hint);
}

/* Complain of what no row has. */
static void
check_unknown(struct fill *f, const struct group *g, const struct conf_table *vt)
{
	for (size_t i = 0; i < g->from.n; i++) {
		for (int j = 0; j < config_setting_length(g->from.v[i]); j++) {
			config_setting_t *s = config_setting_get_elem(g->from.v[i], (unsigned)j);
			const char *name = config_setting_name(s);
			if (conf_find_key(g->table, name) == NULL &&
			    (vt == NULL || conf_find_key(vt, name) == NULL))
				unknown_key(f, g, vt, s);
		}
	}
}

/* Fill a struct from the settings that stand for it. */
static void
fill_group(struct fill *f, const struct group *g)
{
	const struct conf_table *vt = NULL;

	for (size_t i = 0; i < g->table->nkeys; i++)
		fill_key(f, g, &g->table->keys[i]);
	if (g->table->variant_key != NULL) {
		vt = fill_variant(f, g);
		/* Without its kind no one can tell which further keys are right. */
		if (vt == NULL)
			return;
	}
	check_unknown(f, g, vt);
}

/* Fill the whole from the files' roots. */
void
conf_fill(const struct conf_table *table, struct conf_file *const *files, size_t n, bool broken,
    const char *dir, void *dst, struct conf_errors *ce)
{
	struct fill f = { .ce = ce, .dir = dir, .broken = broken };
	struct group g = { .table = table, .path = "", .dst = dst, .shared = true };
	const char *first = n > 0 ? files[0]->path : conf_errors_file(ce, "");

	g.from.v = xcalloc(n + 1, sizeof(config_setting_t *));
	for (size_t i = 0; i < n; i++)
		g.from.v[g.from.n++] = config_root_setting(&files[i]->config);
	g.place = g.outer = conf_errors_place(ce, dst, table, "", first, 1);
	fill_group(&f, &g);
	free(g.from.v);
}
