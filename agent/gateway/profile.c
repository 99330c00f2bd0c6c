/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile: the set of profiles, as the files of some directories have it, and which of them a
 * device has. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define CONF_KEYS "agent/gateway/profile.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

#define PROFILES_MAX 4096 /* files */

const struct conf_table profile_conf_table = CONF_TABLE(profile, NULL);

/* A file that may be a profile. */
struct profile_file {
	char *path;
	char *name; /* without .conf */
};

struct profiles {
	struct profile **v; /* in the order of their names */
	size_t n;
	struct oid *probes;
	size_t nprobes;
};

/* Free a profile. */
static void
profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	conf_free(&profile_conf_table, p->conf);
	profile_pool_free(&p->pool);
	free(p);
}

/* Checks across keys, for conf_load(). */
static void
check(void *conf, struct conf_errors *ce)
{
	struct profile *p = profile_compile(conf, ce);

	p->conf = NULL; /* it stays conf_load()'s */
	profile_free(p);
}

/* Loads one file; NULL and the number of complaints. */
static struct profile *
load(const struct profile_file *file, FILE *errors, unsigned *nerrors)
{
	void *conf;
	unsigned n = 0;

	if (conf_load(&profile_conf_table, file->path, &conf, check, errors, &n) == -1) {
		*nerrors += n;
		return NULL;
	}
	struct profile *p = profile_compile(conf, NULL);
	if (strcmp(profile_name(p), file->name) == 0)
		return p;
	fprintf(errors, "%s: name: is \"%s\"; the file's name says \"%s\"\n", file->path,
	    profile_name(p), file->name);
	++*nerrors;
	profile_free(p);
	return NULL;
}

/* Takes note of a directory's profiles; one of a name that is known takes its place. */
static void
list_dir(const char *dir, struct profile_file *files, size_t *n, FILE *errors, unsigned *nerrors)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL) {
		if (errno != ENOENT) {
			fprintf(errors, "%s: %s\n", dir, strerror(errno));
			++*nerrors;
		}
		return;
	}
	while ((entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name), i = 0;
		if (len < 6 || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name + len - 5, ".conf") != 0)
			continue;
		entry->d_name[len - 5] = '\0';
		while (i < *n && strcmp(files[i].name, entry->d_name) != 0)
			i++;
		if (i == PROFILES_MAX) {
			fprintf(errors, "%s: there are more than %d profiles\n", dir, PROFILES_MAX);
			++*nerrors;
			break;
		}
		if (i == *n)
			files[(*n)++] = (struct profile_file){ .name = xstrdup(entry->d_name) };
		free(files[i].path);
		files[i].path = xasprintf("%s/%s.conf", dir, entry->d_name);
	}
	closedir(d);
}

/* The order of files: by name. */
static int
file_cmp(const void *a, const void *b)
{
	const struct profile_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The order of OIDs, for qsort(). */
static int
probe_cmp(const void *a, const void *b)
{
	return oid_cmp(*(const struct oid *)a, *(const struct oid *)b);
}

/* A single object without its instance, which is what comes next to it. */
static struct oid
object_of(struct oid o)
{
	o.n--;
	return o;
}

/* Takes note of the OIDs that a profile's match asks for. */
static void
add_probes(struct profiles *all, const struct profile *p)
{
	for (size_t i = 0; i < p->nmatch; i++) {
		const struct profile_match *m = &p->match[i];
		size_t n = all->nprobes + m->nprobe + m->nabsent + m->when.n;
		all->probes = xreallocarray(all->probes, n + 1, sizeof *all->probes);
		for (size_t j = 0; j < m->nprobe; j++)
			all->probes[all->nprobes++] = m->probe[j];
		for (size_t j = 0; j < m->nabsent; j++)
			all->probes[all->nprobes++] = m->absent[j];
		for (size_t j = 0; j < m->when.n; j++)
			all->probes[all->nprobes++] = object_of(m->when.v[j].column.oid);
	}
}

/* All probes once. */
static void
collect_probes(struct profiles *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		add_probes(all, all->v[i]);
	if (all->nprobes == 0)
		return;
	qsort(all->probes, all->nprobes, sizeof *all->probes, probe_cmp);
	for (size_t i = 0; i < all->nprobes; i++)
		if (n == 0 || oid_cmp(all->probes[n - 1], all->probes[i]) != 0)
			all->probes[n++] = all->probes[i];
	all->nprobes = n;
}

/* Says which profiles cover one that is not there: most likely a name that was mistyped, but none
 * of them is the worse for it. Files that are broken count as there. */
static void
check_covers(const struct profiles *all, const struct profile_file *files, size_t n, FILE *errors)
{
	const char **names = xcalloc(n + 1, sizeof *names);

	for (size_t i = 0; i < n; i++)
		names[i] = files[i].name;
	for (size_t i = 0; i < all->n; i++) {
		const struct conf_texts *t = &all->v[i]->conf->covers;
		for (size_t j = 0; j < t->n; j++) {
			const struct profile_file key = { .name = t->v[j] };
			if (bsearch(&key, files, n, sizeof *files, file_cmp) != NULL)
				continue;
			const char *near = conf_nearest(t->v[j], names, n);
			fprintf(errors, "%s.conf: covers: there is no profile \"%s\"%s%s%s\n",
			    profile_name(all->v[i]), t->v[j],
			    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
			    near != NULL ? "\"?" : "");
		}
	}
	free(names);
}

/* Load all profiles. */
unsigned
profiles_load(struct profiles **out, const char *const *dirs, size_t ndirs, FILE *errors)
{
	struct profile_file *files = xcalloc(PROFILES_MAX, sizeof *files);
	struct profiles *all = xcalloc(1, sizeof *all);
	size_t n = 0;
	unsigned nerrors = 0;

	for (size_t i = 0; i < ndirs; i++)
		list_dir(dirs[i], files, &n, errors, &nerrors);
	qsort(files, n, sizeof *files, file_cmp);
	all->v = xcalloc(n + 1, sizeof *all->v);
	for (size_t i = 0; i < n; i++) {
		struct profile *p = load(&files[i], errors, &nerrors);
		if (p != NULL)
			all->v[all->n++] = p;
	}
	check_covers(all, files, n, errors);
	for (size_t i = 0; i < n; i++) {
		free(files[i].path);
		free(files[i].name);
	}
	free(files);
	collect_probes(all);
	*out = all;
	return nerrors;
}

/* Free all profiles. */
void
profiles_free(struct profiles *all)
{
	if (all == NULL)
		return;
	for (size_t i = 0; i < all->n; i++)
		profile_free(all->v[i]);
	free(all->v);
	free(all->probes);
	free(all);
}

/* How many. */
size_t
profiles_count(const struct profiles *all)
{
	return all->n;
}

/* The i-th. */
const struct profile *
profiles_at(const struct profiles *all, size_t i)
{
	return all->v[i];
}

/* One by its name. */
const struct profile *
profiles_named(const struct profiles *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(profile_name(all->v[i]), name) == 0)
			return all->v[i];
	return NULL;
}

/* Its name. */
const char *
profile_name(const struct profile *p)
{
	return p->conf->name;
}

/* Its title. */
const char *
profile_title(const struct profile *p)
{
	return p->conf->title;
}

/* Its configuration. */
const struct conf_profile *
profile_conf(const struct profile *p)
{
	return p->conf;
}

/* What tells which profiles match. */
size_t
profiles_probes(const struct profiles *all, const struct oid **out)
{
	*out = all->probes;
	return all->nprobes;
}

/* Whether the device answered something under an OID. */
static bool
answers(const struct walk *w, struct oid o)
{
	size_t i = walk_from(w, o), n = walk_count(w);

	for (; i < n && oid_is_under(walk_at(w, i)->oid, o); i++)
		if (walk_at(w, i)->type < VARBIND_NO_OBJECT)
			return true;
	return false;
}

/* Whether a condition of a match holds. */
static bool
match_holds(const struct profile_match *m, struct oid sysobjectid, const struct walk *w)
{
	const struct rows_asker a = rows_ask_walk(w, (struct oid){ 0 });

	if (m->sysobjectid.n > 0 && !oid_is_under(sysobjectid, m->sysobjectid))
		return false;
	for (size_t i = 0; i < m->nprobe; i++)
		if (!answers(w, m->probe[i]))
			return false;
	for (size_t i = 0; i < m->nabsent; i++)
		if (answers(w, m->absent[i]))
			return false;
	return rows_all_hold(&a, &m->when);
}

/* Whether a profile matches. */
static bool
profile_matches(const struct profile *p, struct oid sysobjectid, const struct walk *w)
{
	for (size_t i = 0; i < p->nmatch; i++)
		if (match_holds(&p->match[i], sysobjectid, w))
			return true;
	return false;
}

/* Whether a covers b. */
static bool
covers(const struct profile *a, const struct profile *b)
{
	const struct conf_texts *t = &a->conf->covers;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i], profile_name(b)) == 0)
			return true;
	return false;
}

/* Which profiles a device has. Of two that cover each other the first one stays. */
size_t
profiles_match(const struct profiles *all, struct oid sysobjectid, const struct walk *w,
    const struct profile **out, size_t max)
{
	bool *matches = xcalloc(all->n + 1, sizeof *matches);
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		matches[i] = profile_matches(all->v[i], sysobjectid, w);
	for (size_t i = 0; i < all->n && n < max; i++) {
		bool covered = !matches[i];
		for (size_t j = 0; j < all->n && !covered; j++)
			covered = j != i && matches[j] && covers(all->v[j], all->v[i]) &&
				  !(i < j && covers(all->v[i], all->v[j]));
		if (!covered)
			out[n++] = all->v[i];
	}
	free(matches);
	return n;
}
