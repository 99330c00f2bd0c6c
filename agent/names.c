/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names: a mount point may be any text of 4095 bytes, an instance may not (str_is_name()). The
 * same thing must get the same instance at each start, for it is the name of its RRD.
 *
 * Most rounds see what the round before saw, in the same order: then nothing is searched,
 * allocated or named. */
#include "agent/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/conf.h"
#include "zw/crc32c.h"

#define SUFFIX 9 /* "-" and eight hexadecimal digits */

bool
names_match(const struct conf_texts *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++) {
		const char *p = patterns->v[i];
		size_t n = strlen(p);
		bool open_end = n > 0 && p[n - 1] == '*';
		if (open_end ? strncmp(p, name, n - 1) == 0 : strcmp(p, name) == 0)
			return true;
	}
	return false;
}

void
names_begin(struct names *s)
{
	s->round++;
	s->next = 0;
}

/* Puts a new thing at the end. */
static struct name *
add(struct names *s, const char *raw)
{
	if (s->n == NAMES_MAX)
		return NULL;
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 8 : s->cap * 2;
		s->v = xreallocarray(s->v, s->cap, sizeof(struct name *));
	}
	struct name *name = xcalloc(1, sizeof *name);
	name->raw = xstrdup(raw);
	name->data = s->data_size > 0 ? xcalloc(1, s->data_size) : NULL;
	s->v[s->n++] = name;
	s->changed = true;
	return name;
}

struct name *
names_see(struct names *s, const char *raw, bool *fresh)
{
	struct name *name = NULL;
	for (size_t k = 0; k < s->n && name == NULL; k++) {
		size_t i = s->next + k < s->n ? s->next + k : s->next + k - s->n;
		if (strcmp(s->v[i]->raw, raw) == 0) {
			name = s->v[i];
			s->next = i + 1;
		}
	}
	*fresh = name == NULL;
	if (name == NULL)
		name = add(s, raw);
	if (name != NULL)
		name->seen = s->round;
	return name;
}

/* Frees one thing. */
static void
name_free(struct name *name)
{
	free(name->raw);
	free(name->label);
	free(name->data);
	free(name);
}

/* The text that the instance is made of. */
static const char *
text(const struct name *name)
{
	return name->label != NULL ? name->label : name->raw;
}

/* Orders by length, then by bytes; what is called the same, by what the kernel calls it. */
static int
by_length(const void *a, const void *b)
{
	const struct name *x = *(const struct name *const *)a;
	const struct name *y = *(const struct name *const *)b;
	size_t nx = strlen(text(x));
	size_t ny = strlen(text(y));
	if (nx != ny)
		return nx < ny ? -1 : 1;
	int order = strcmp(text(x), text(y));
	return order != 0 ? order : strcmp(x->raw, y->raw);
}

/* Whether one of the first n has this instance. */
static bool
taken(struct name *const *v, size_t n, const char *instance)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i]->instance, instance) == 0)
			return true;
	return false;
}

/* Puts the checksum behind the name; the salt is for a checksum that is taken as well. */
static void
add_suffix(struct name *name, unsigned salt)
{
	char cut[NAME_MAX_NODE + 1 - SUFFIX];
	str_to_name(cut, sizeof cut, text(name));
	unsigned crc = crc32c(salt, text(name), strlen(text(name)));
	int rc = str_format(name->instance, sizeof name->instance, "%s-%08x", cut, crc);
	assert(rc == 0);
}

/* Names all that are not hidden. */
static void
assign(struct names *s)
{
	struct name **v = xcalloc(s->n + 1, sizeof(struct name *));
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (!s->v[i]->hidden)
			v[n++] = s->v[i];
	if (n > 1)
		qsort(v, n, sizeof(struct name *), by_length);
	for (size_t i = 0; i < n; i++) {
		str_to_name(v[i]->instance, sizeof v[i]->instance, text(v[i]));
		for (unsigned salt = 0; taken(v, i, v[i]->instance); salt++)
			add_suffix(v[i], salt);
	}
	free(v);
}

void
names_end(struct names *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i]->seen == s->round) {
			s->v[kept++] = s->v[i];
		} else {
			name_free(s->v[i]);
			s->changed = true;
		}
	}
	s->n = kept;
	if (s->changed)
		assign(s);
	s->changed = false;
}

void
names_clear(struct names *s)
{
	for (size_t i = 0; i < s->n; i++)
		name_free(s->v[i]);
	free(s->v);
	*s = (struct names){ .data_size = s->data_size };
}
