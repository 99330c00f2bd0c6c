/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names are sorted once, so that a thousand nodes that depend on each other are looked up quickly;
 * the list in its order serves for "did you mean". */
#include "collector/conf_names.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

/* By the text. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* Add a name; those that are missing have been complained of. */
void
names_add(struct names *s, const char *text, size_t index)
{
	if (text == NULL)
		return;
	s->list = xreallocarray(s->list, s->n + 1, sizeof *s->list);
	s->sorted = xreallocarray(s->sorted, s->n + 1, sizeof *s->sorted);
	s->list[s->n] = text;
	s->sorted[s->n++] = (struct name){ .text = text, .index = index };
}

void
names_sort(struct names *s)
{
	if (s->n > 0)
		qsort(s->sorted, s->n, sizeof *s->sorted, compare_names);
}

void
names_free(struct names *s)
{
	free(s->list);
	free(s->sorted);
}

/* The name's entry, or NULL. */
const struct name *
names_find(const struct names *s, const char *text)
{
	const struct name key = { .text = text };

	return s->n == 0 ? NULL : bsearch(&key, s->sorted, s->n, sizeof key, compare_names);
}

/* Complain that there is no zone or node of a name. */
void
names_unknown(const struct check *k, const void *element, const char *key, const char *what,
    const struct names *s, const char *text)
{
	const char *near = conf_nearest(text, s->list, s->n);

	conf_complain(k->ce, element, key, "there is no %s \"%s\"%s%s%s", what, text,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* Whether a text is that word. */
bool
names_is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

/* Check that all texts of a key name zones. */
void
names_check_zones(const struct check *k, const struct conf_texts *t, const void *element)
{
	for (size_t i = 0; i < t->n; i++)
		if (names_find(&k->zones, t->v[i]) == NULL)
			names_unknown(k, element, "zones", "zone", &k->zones, t->v[i]);
}
