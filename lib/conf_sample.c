/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_sample: the sample file and the manual page's list of keys, printed from the rows, so that
 * neither can tell another story than the program. */
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

static void sample_table(const struct conf_table *table, unsigned depth, FILE *out);

/* A prefix of a line: tabs, then text. The caller frees it. */
static char *
prefix(unsigned depth, const char *text)
{
	return xasprintf("%.*s%s", (int)depth, "\t\t\t\t\t\t\t\t", text);
}

/* A row's help with what the value may be. The caller frees it. */
static char *
help_text(const struct conf_key *k)
{
	char kind[384];

	conf_print_kind(k, kind, sizeof kind);
	return xasprintf("%s (%s)", k->help != NULL ? k->help : "", kind);
}

/* A row's default as it is written in the file; NULL if there is none. The caller frees it. */
static char *
default_text(const struct conf_key *k)
{
	union {
		char *text;
		double number;
		int64_t integer;
		uint64_t size;
		bool flag;
		struct conf_texts texts;
	} value = { .texts = { 0 } };
	char *text = NULL;
	size_t n = 0;

	if (k->def == NULL || k->sub != NULL)
		return NULL;
	FILE *f = open_memstream(&text, &n);
	if (f == NULL)
		return NULL;
	conf_value_default(k, &value);
	conf_value_print(k, &value, f);
	conf_value_free(k, &value);
	fclose(f);
	return text;
}

/* What stands behind the '=' where there is no default to show. */
static const char *
placeholder(const struct conf_key *k)
{
	switch (k->type) {
	case CONF_list:
		return "( )";
	case CONF_texts:
		return "[ ]";
	case CONF_text:
		return "\"\"";
	default:
		return "...";
	}
}

/* Describe the keys of a list's elements, and those of each variant, as comments. */
static void
sample_elements(const struct conf_table *table, unsigned depth, unsigned level, FILE *out)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		char *help = help_text(k);
		char *def = default_text(k);
		char *line = xasprintf("%s: %s%s%s", k->name, help, def != NULL ? " Default: " : "",
		    def != NULL ? def : "");
		char *lead = xasprintf("#%*s", (int)(level * 2 + 1), "");
		char *p = prefix(depth, lead);
		conf_print_wrapped(out, p, line);
		if (k->sub != NULL)
			sample_elements(k->sub, depth, level + 1, out);
		free(p);
		free(lead);
		free(line);
		free(def);
		free(help);
	}
	const char *help = NULL;
	const char *text;
	for (size_t i = 0;
	     table->variant_at != NULL && (text = table->variant_at(i, &help)) != NULL; i++) {
		char *line = xasprintf(
		    "With %s = \"%s\": %s", table->variant_key, text, help != NULL ? help : "");
		char *lead = xasprintf("#%*s", (int)(level * 2 + 1), "");
		char *p = prefix(depth, lead);
		conf_print_wrapped(out, p, line);
		sample_elements(table->variant(text), depth, level + 1, out);
		free(p);
		free(lead);
		free(line);
	}
}

/* Print "key = value;" with the value's lines indented, each commented out or not. */
static void
sample_value(const char *key, const char *value, bool active, unsigned depth, FILE *out)
{
	char *whole = xasprintf("%s = %s;", key, value);
	char *p = prefix(depth, active ? "" : "# ");

	if (strchr(whole, '\n') == NULL) {
		char *more = prefix(depth, active ? "    " : "#     ");
		size_t n = strlen(whole);
		size_t first = n;
		if (n > 88)
			for (first = 88; first > 0 && whole[first] != ' '; first--)
				;
		if (first == 0)
			first = n;
		fprintf(out, "%s%.*s\n", p, (int)first, whole);
		if (first < n)
			conf_print_wrapped(out, more, whole + first + 1);
		free(more);
	}
	char *save = NULL;
	bool many = strchr(whole, '\n') != NULL;
	for (char *line = strtok_r(whole, "\n", &save); many && line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		fprintf(out, "%s%s\n", p, line);
	free(p);
	free(whole);
}

/* Print one row: its help, then its value. */
static void
sample_key(const struct conf_table *table, const struct conf_key *k, unsigned depth, FILE *out)
{
	bool active = false;
	const char *example = conf_example_of(table, k->name, &active);
	char *p = prefix(depth, "# ");

	if (k->type == CONF_group) {
		conf_print_wrapped(out, p, k->help);
		char *tabs = prefix(depth, "");
		fprintf(out, "%s%s: {\n", tabs, k->name);
		sample_table(k->sub, depth + 1, out);
		fprintf(out, "%s};\n", tabs);
		free(tabs);
	} else {
		char *help = help_text(k);
		char *def = default_text(k);
		conf_print_wrapped(out, p, help);
		if (k->type == CONF_list)
			sample_elements(k->sub, depth, 1, out);
		sample_value(k->name,
		    example != NULL ? example
		    : def != NULL   ? def
				    : placeholder(k),
		    active, depth, out);
		free(def);
		free(help);
	}
	free(p);
}

/* Print all rows of a table, with an empty line between them. */
static void
sample_table(const struct conf_table *table, unsigned depth, FILE *out)
{
	for (size_t i = 0; i < table->nkeys; i++) {
		if (i > 0)
			fputc('\n', out);
		sample_key(table, &table->keys[i], depth, out);
	}
}

void
conf_print_sample(const struct conf_table *table, FILE *out)
{
	fprintf(out,
	    "# Configuration of zonewatch-%s; see zonewatch-%s.conf(5).\n"
	    "#\n"
	    "# What is commented out with a value shows the default. Durations have a unit: ms, "
	    "s,\n"
	    "# min, h, d; sizes too: KiB, MiB, GiB. \"zonewatch-%s -n -c FILE\" checks a file and\n"
	    "# tells everything that is wrong in it; -D prints all values in force.\n"
	    "\n",
	    table->name, table->name, table->name);
	sample_table(table, 0, out);
}

/* Print text for scdoc, with its own signs escaped. */
static void
scdoc_text(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (strchr("*_\\[]|#<>", *text) != NULL)
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* Print one row: its name and kind, and below it the help and the default. */
static void
scdoc_key(const struct conf_key *k, unsigned depth, FILE *out)
{
	char kind[384];
	char *def = default_text(k);
	char *tabs = prefix(depth, "");

	conf_print_kind(k, kind, sizeof kind);
	fprintf(out, "%s*", tabs);
	scdoc_text(k->name, out);
	fputs("* (", out);
	scdoc_text(kind, out);
	fprintf(out, ")\n%s\t", tabs);
	scdoc_text(k->help, out);
	if (def != NULL && strcmp(def, "\"\"") != 0) {
		fputs(" Default: ", out);
		scdoc_text(def, out);
		fputc('.', out);
	}
	fputs("\n\n", out);
	free(tabs);
	free(def);
}

/* Print a table's rows, those of its parts below them, and those of its variants. */
static void
scdoc_table(const struct conf_table *table, unsigned depth, FILE *out)
{
	const char *help = NULL;
	const char *text;

	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		scdoc_key(k, depth, out);
		if (k->sub != NULL)
			scdoc_table(k->sub, depth + 1, out);
	}
	for (size_t i = 0;
	     table->variant_at != NULL && (text = table->variant_at(i, &help)) != NULL; i++) {
		char *tabs = prefix(depth, "");
		fprintf(out, "%sWith *", tabs);
		scdoc_text(table->variant_key, out);
		fprintf(out, "* = \"");
		scdoc_text(text, out);
		fprintf(out, "\"\n%s\t", tabs);
		scdoc_text(help != NULL ? help : "", out);
		fputs("\n\n", out);
		scdoc_table(table->variant(text), depth + 1, out);
		free(tabs);
	}
}

/* Print the keys: the scalars of the top first, then a heading for each group and list. */
void
conf_print_scdoc(const struct conf_table *table, FILE *out)
{
	fputs("## Top level\n\n", out);
	for (size_t i = 0; i < table->nkeys; i++)
		if (table->keys[i].sub == NULL)
			scdoc_key(&table->keys[i], 0, out);
	for (size_t i = 0; i < table->nkeys; i++) {
		const struct conf_key *k = &table->keys[i];
		if (k->sub == NULL)
			continue;
		char kind[384];
		conf_print_kind(k, kind, sizeof kind);
		fprintf(out, "## %s\n\n", k->name);
		scdoc_text(k->help, out);
		fputs(" (", out);
		scdoc_text(kind, out);
		fputs(")\n\n", out);
		scdoc_table(k->sub, 0, out);
	}
}
