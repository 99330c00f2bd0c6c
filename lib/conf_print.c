/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_print: a configuration in force, written in the file's own syntax, so that it could be
 * loaded again; and what samples and manual pages share. */
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define WRAP 96

static void dump_table(const struct conf_table *table, const void *conf, unsigned depth, FILE *out);

static void
indent(unsigned depth, FILE *out)
{
	while (depth-- > 0)
		fputc('\t', out);
}

/* Write a list: a group for each element. */
static void
dump_list(const struct conf_key *k, const struct conf_list *l, unsigned depth, FILE *out)
{
	fprintf(out, "%s = (", k->name);
	for (size_t i = 0; i < l->n; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		indent(depth + 1, out);
		fputs("{\n", out);
		dump_table(k->sub, (const char *)l->v + i * k->sub->size, depth + 2, out);
		indent(depth + 1, out);
		fputc('}', out);
	}
	if (l->n > 0) {
		fputc('\n', out);
		indent(depth, out);
	}
	fputs(");\n", out);
}

/* Write the member of one row. */
static void
dump_key(const struct conf_key *k, const void *value, unsigned depth, FILE *out)
{
	if (k->flags & CONF_INCLUDE)
		return; /* what it names is in the rest */
	indent(depth, out);
	if (k->type == CONF_group) {
		fprintf(out, "%s: {\n", k->name);
		dump_table(k->sub, value, depth + 1, out);
		indent(depth, out);
		fputs("};\n", out);
	} else if (k->type == CONF_list) {
		dump_list(k, value, depth, out);
	} else if (!conf_value_is_set(k, value)) {
		fprintf(out, "# %s: not set\n", k->name);
	} else {
		fprintf(out, "%s = ", k->name);
		conf_value_print(k, value, out);
		fputs(";\n", out);
	}
}

/* Write all rows of a struct, its variant's too. */
static void
dump_table(const struct conf_table *table, const void *conf, unsigned depth, FILE *out)
{
	for (size_t i = 0; i < table->nkeys; i++)
		dump_key(&table->keys[i], (const char *)conf + table->keys[i].offset, depth, out);
	const struct conf_table *vt = conf_variant_of(table, conf);
	if (vt == NULL)
		return;
	void *const *variant = (const void *)((const char *)conf + table->variant_offset);
	if (*variant != NULL)
		dump_table(vt, *variant, depth, out);
}

void
conf_dump(const struct conf_table *table, const void *conf, FILE *out)
{
	dump_table(table, conf, 0, out);
}

/* Print text in lines of at most WRAP columns, each after the prefix (a tab counts as 8). */
void
conf_print_wrapped(FILE *out, const char *prefix, const char *text)
{
	size_t width = 0;

	for (const char *p = prefix; *p != '\0'; p++)
		width += *p == '\t' ? 8 : 1;
	while (*text != '\0') {
		size_t most = WRAP - width;
		size_t n = strlen(text);
		if (n > most) {
			n = most;
			while (n > 0 && text[n] != ' ')
				n--;
			if (n == 0)
				n = strcspn(text, " ");
		}
		fprintf(out, "%s%.*s\n", prefix, (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

/* Add a part to a list in parentheses. */
static void
add_part(char *dst, size_t size, const char *part)
{
	size_t at = strlen(dst);

	if (*part != '\0' && snprintf(dst + at, size - at, "%s%s", at > 0 ? "; " : "", part) < 0)
		dst[at] = '\0';
}

/* What a value may be, in a few words: "duration; 1s to 1h; required". */
void
conf_print_kind(const struct conf_key *k, char *dst, size_t size)
{
	static const char *const types[] = { "text", "number", "whole number", "true or false",
		"duration", "size", "list of texts", "group", "list of groups" };
	char limits[256];

	dst[0] = '\0';
	conf_value_limits(k, limits, sizeof limits);
	bool is_choice = k->type == CONF_text && *limits != '\0';
	if (!is_choice)
		add_part(dst, size, types[k->type]);
	bool told = k->type == CONF_flag || k->type == CONF_duration || k->type == CONF_size;
	if (k->unit != NULL && !is_choice && !told && strcmp(k->unit, types[k->type]) != 0) {
		size_t at = strlen(dst);
		if (snprintf(dst + at, size - at, ": %s", k->unit) < 0)
			dst[at] = '\0';
	}
	add_part(dst, size, limits);
	if (k->flags & CONF_REQUIRED)
		add_part(dst, size, "required");
	if (k->flags & CONF_UNIQUE)
		add_part(dst, size, "unique");
	if (k->flags & CONF_RESTART)
		add_part(dst, size, "a change needs a restart");
	if (k->flags & CONF_LIVE)
		add_part(dst, size, "live");
}

/* What the sample shows for a key, or NULL. */
const char *
conf_example_of(const struct conf_table *table, const char *key, bool *active)
{
	for (const struct conf_example *x = table->examples; x != NULL && x->key != NULL; x++) {
		if (strcmp(x->key, key) == 0) {
			*active = x->active;
			return x->text;
		}
	}
	return NULL;
}
