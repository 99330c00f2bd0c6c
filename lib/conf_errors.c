/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_errors: the complaints about a configuration, and where each of its elements came from.
 *
 * Complaints are gathered while files are read and tables filled, and printed once at the end in
 * the order of files and lines, so that one run tells everything. */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

struct complaint {
	const char *file; /* of files[] */
	unsigned line;
	size_t seq;
	char *text;
};

struct keyline {
	const char *key; /* of the table's row */
	const char *file;
	unsigned line;
};

struct place {
	const void *element;
	const struct conf_table *table;
	char *path;
	const char *file;
	unsigned line;
	struct keyline *keys;
	size_t nkeys;
};

struct settled {
	const char *file;
	unsigned line;
};

struct conf_errors {
	char **files;
	size_t nfiles;
	size_t included_from; /* files that the main one names, by their places in files[] */
	size_t included_to;
	struct complaint *complaints;
	size_t ncomplaints; /* kept */
	unsigned count;	    /* made, warnings left out */
	unsigned made;	    /* all */
	struct place *places;
	size_t nplaces;
	size_t places_cap;
	struct settled *settled;
	size_t nsettled;
};

struct conf_errors *
conf_errors_new(void)
{
	return xcalloc(1, sizeof(struct conf_errors));
}

void
conf_errors_free(struct conf_errors *ce)
{
	if (ce == NULL)
		return;
	for (size_t i = 0; i < ce->nfiles; i++)
		free(ce->files[i]);
	for (size_t i = 0; i < ce->ncomplaints; i++)
		free(ce->complaints[i].text);
	for (size_t i = 0; i < ce->nplaces; i++) {
		free(ce->places[i].path);
		free(ce->places[i].keys);
	}
	free(ce->files);
	free(ce->complaints);
	free(ce->places);
	free(ce->settled);
	free(ce);
}

/* The rank of a file in the printing order; as many as there are if it is not known. */
static size_t
file_rank(const struct conf_errors *ce, const char *name)
{
	for (size_t i = 0; i < ce->nfiles; i++)
		if (strcmp(ce->files[i], name) == 0)
			return i;
	return ce->nfiles;
}

/* Register a file's name once. */
const char *
conf_errors_file(struct conf_errors *ce, const char *name)
{
	size_t i = file_rank(ce, name);

	if (i == ce->nfiles) {
		ce->files = xreallocarray(ce->files, ce->nfiles + 1, sizeof *ce->files);
		ce->files[ce->nfiles++] = xstrdup(name);
	}
	return ce->files[i];
}

/* Whether what there is to say of a line was said. */
static bool
is_settled(const struct conf_errors *ce, const char *file, unsigned line)
{
	for (size_t i = 0; i < ce->nsettled; i++)
		if (ce->settled[i].line == line && strcmp(ce->settled[i].file, file) == 0)
			return true;
	return false;
}

/* Let no more be said of a line. */
void
conf_errors_settle(struct conf_errors *ce, const char *file, unsigned line)
{
	if (ce->nsettled == CONF_MAX_COMPLAINTS)
		return;
	ce->settled = xreallocarray(ce->settled, ce->nsettled + 1, sizeof *ce->settled);
	ce->settled[ce->nsettled].file = conf_errors_file(ce, file);
	ce->settled[ce->nsettled++].line = line;
}

/* Keep a complaint, unless there are too many. */
__attribute__((format(printf, 6, 0))) static void
vadd(struct conf_errors *ce, bool warning, const char *file, unsigned line, const char *path,
    const char *fmt, va_list ap)
{
	char *what;

	if (is_settled(ce, file, line))
		return;
	ce->count += !warning;
	ce->made++;
	if (ce->ncomplaints == CONF_MAX_COMPLAINTS)
		return;
	if (vasprintf(&what, fmt, ap) == -1)
		what = xstrdup("out of memory");
	char at[16] = "";
	if (line > 0 && str_format(at, sizeof at, "%u:", line) == -1)
		at[0] = '\0';
	struct complaint c = { .file = conf_errors_file(ce, file),
		.line = line,
		.seq = ce->ncomplaints,
		.text = xasprintf("%s:%s %s%s%s%s", file, at, warning ? "warning: " : "", path,
		    *path != '\0' ? ": " : "", what) };
	free(what);
	ce->complaints = xreallocarray(ce->complaints, ce->ncomplaints + 1, sizeof *ce->complaints);
	ce->complaints[ce->ncomplaints++] = c;
}

/* Keep a complaint about a place in a file. */
void
conf_errors_add(
    struct conf_errors *ce, const char *file, unsigned line, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(ce, false, file, line, path, fmt, ap);
	va_end(ap);
}

/* Remember where an element came from. */
size_t
conf_errors_place(struct conf_errors *ce, const void *element, const struct conf_table *table,
    const char *path, const char *file, unsigned line)
{
	if (ce->nplaces == ce->places_cap) {
		ce->places_cap = ce->places_cap == 0 ? 64 : ce->places_cap * 2;
		ce->places = xreallocarray(ce->places, ce->places_cap, sizeof *ce->places);
	}
	ce->places[ce->nplaces] = (struct place){ .element = element,
		.table = table,
		.path = xstrdup(path),
		.file = conf_errors_file(ce, file),
		.line = line };
	return ce->nplaces++;
}

/* Remember where one of its keys stands. */
void
conf_errors_key(
    struct conf_errors *ce, size_t place, const char *key, const char *file, unsigned line)
{
	struct place *p = &ce->places[place];

	p->keys = xreallocarray(p->keys, p->nkeys + 1, sizeof *p->keys);
	p->keys[p->nkeys++] =
	    (struct keyline){ .key = key, .file = conf_errors_file(ce, file), .line = line };
}

/* The place of an element that may have this key. A group that is its parent's first member has
 * the parent's address, so the table decides. */
static const struct place *
find_place(const struct conf_errors *ce, const void *element, const char *key)
{
	const struct place *found = NULL;

	for (size_t i = 0; i < ce->nplaces; i++) {
		const struct place *p = &ce->places[i];
		if (p->element != element)
			continue;
		if (key == NULL || conf_find_key(p->table, key) != NULL)
			return p;
		if (found == NULL)
			found = p;
	}
	return found;
}

/* Keep a complaint or warning of a key of an element, where it stands or else where the element
 * begins. */
__attribute__((format(printf, 5, 0))) static void
vcomplain(struct conf_errors *ce, bool warning, const void *element, const char *key,
    const char *fmt, va_list ap)
{
	const struct place *p = find_place(ce, element, key);
	const char *file = p != NULL ? p->file : ce->nfiles > 0 ? ce->files[0] : "configuration";
	unsigned line = p != NULL ? p->line : 0;
	char path[CONF_MAX_PATH] = "";

	for (size_t i = 0; p != NULL && key != NULL && i < p->nkeys; i++) {
		if (strcmp(p->keys[i].key, key) != 0)
			continue;
		file = p->keys[i].file;
		line = p->keys[i].line;
		break;
	}
	const char *above = p != NULL ? p->path : "";
	if (snprintf(path, sizeof path, "%s%s%s", above, *above != '\0' && key != NULL ? "." : "",
		key != NULL ? key : "") < 0)
		path[0] = '\0';
	vadd(ce, warning, file, line, path, fmt, ap);
}

/* Complain of a key of an element. */
void
conf_complain(struct conf_errors *ce, const void *element, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(ce, false, element, key, fmt, ap);
	va_end(ap);
}

/* Warn of a key of an element. */
void
conf_warn(struct conf_errors *ce, const void *element, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(ce, true, element, key, fmt, ap);
	va_end(ap);
}

/* Whether a key of an element stands in a file, be its value right or wrong. */
bool
conf_is_given(const struct conf_errors *ce, const void *element, const char *key)
{
	const struct place *p = find_place(ce, element, key);

	for (size_t i = 0; p != NULL && i < p->nkeys; i++)
		if (strcmp(p->keys[i].key, key) == 0)
			return true;
	return false;
}

/* Files that are registered from here on are included, or are so no longer. */
void
conf_errors_including(struct conf_errors *ce, bool on)
{
	if (on)
		ce->included_from = ce->nfiles;
	ce->included_to = on ? SIZE_MAX : ce->nfiles;
}

/* Whether an element comes from a file that the main one names. */
bool
conf_is_included(const struct conf_errors *ce, const void *element)
{
	const struct place *p = find_place(ce, element, NULL);
	size_t rank = p != NULL ? file_rank(ce, p->file) : 0;

	return p != NULL && rank >= ce->included_from && rank < ce->included_to;
}

unsigned
conf_errors_count(const struct conf_errors *ce)
{
	return ce->count;
}

struct ranked {
	size_t rank;
	const struct complaint *c;
};

/* The order of files, lines, and of their making. */
static int
compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a;
	const struct ranked *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->c->line != y->c->line)
		return x->c->line < y->c->line ? -1 : 1;
	return x->c->seq < y->c->seq ? -1 : 1;
}

/* Print all complaints, one a line. */
void
conf_errors_print(struct conf_errors *ce, FILE *out)
{
	struct ranked *r = xcalloc(ce->ncomplaints + 1, sizeof *r);

	for (size_t i = 0; i < ce->ncomplaints; i++)
		r[i] = (struct ranked){ .rank = file_rank(ce, ce->complaints[i].file),
			.c = &ce->complaints[i] };
	qsort(r, ce->ncomplaints, sizeof *r, compare_ranked);
	for (size_t i = 0; i < ce->ncomplaints; i++)
		fprintf(out, "%s\n", r[i].c->text);
	if (ce->made > ce->ncomplaints)
		fprintf(out, "... and %zu more\n", ce->made - ce->ncomplaints);
	free(r);
}

/* The candidate nearest to the word, if it is near: a third of its letters may be wrong, and a
 * slip of one or two always. */
const char *
conf_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(word);
	unsigned limit = len < 4 ? 1 : len < 9 ? 2 : (unsigned)(len / 3);
	unsigned best_distance = limit + 1;

	if (len == 0 || len > 64)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (candidates[i] == NULL || strlen(candidates[i]) > 64)
			continue;
		if (str_casecmp(word, candidates[i]) == 0)
			return candidates[i];
		unsigned d = str_distance(word, candidates[i]);
		if (d < best_distance && d < strlen(candidates[i])) {
			best = candidates[i];
			best_distance = d;
		}
	}
	return best;
}

/* A complaint's tail with the word that was likely meant. */
void
conf_errors_hint(char *dst, size_t size, const char *word, const char *const *candidates, size_t n)
{
	const char *best = conf_nearest(word, candidates, n);

	dst[0] = '\0';
	if (best != NULL && snprintf(dst, size, "; did you mean \"%s\"?", best) < 0)
		dst[0] = '\0';
}
