/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft_field: a series and its fields as text, with the values that were seen. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/draft_int.h"
#include "zw/alloc.h"

#define EXAMPLES 4	    /* values shown of a column */
#define MAX_EXAMPLE 40	    /* bytes of one */
#define MAX_MAPS 120	    /* of states */
#define MAX_STATE_FIELDS 10 /* of a series */

/* A value in a comment: one line, short, whole characters. */
static void
print_example(FILE *f, const struct varbind *v)
{
	char text[MAX_EXAMPLE];

	varbind_format(text, sizeof text, v);
	size_t n = strlen(text);
	while (n > 0 && !str_is_text(text, n))
		n--;
	fprintf(f, v->type == VARBIND_STRING ? " \"%.*s\"" : " %.*s", (int)n, text);
}

/* The first values of a column. */
void
draft_examples(FILE *f, const struct walk *w, size_t first, size_t end)
{
	for (size_t i = first; i < end && i < first + EXAMPLES; i++)
		print_example(f, walk_at(w, i));
	if (end > first + EXAMPLES)
		fputs(" ...", f);
}

/* Keeps a map of states, if there is room for it. */
static const char *
keep_map(struct draft *d, const struct guess *g, const char *field)
{
	if (d->nmaps == MAX_MAPS || d->states == MAX_STATE_FIELDS)
		return NULL;
	d->maps = xreallocarray(d->maps, d->nmaps + 1, sizeof *d->maps);
	struct draft_map *m = &d->maps[d->nmaps++];
	d->states++;
	m->guess = *g;
	snprintf(m->name, sizeof m->name, "%.15s_%.15s", d->source, field);
	return m->name;
}

/* The remark of the field before, behind its comma. */
static void
flush_remark(struct draft *d, bool comma)
{
	if (d->remark == NULL)
		return;
	fprintf(d->f, "%s\t#%s\n", comma ? "," : "", d->remark);
	free(d->remark);
	d->remark = NULL;
}

/* What is to be remarked of a field: values, and what they may mean. */
static char *
make_remark(const struct draft *d, size_t first, size_t end, const struct guess *g)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return xstrdup("");
	draft_examples(f, d->w, first, end);
	if (g->hint[0] != '\0')
		fprintf(f, "  (%s)", g->hint);
	fclose(f);
	return text;
}

/* Begin a series. */
void
draft_begin(struct draft *d, const char *source, struct oid where, const char *remark)
{
	char oid[OID_MAX_TEXT];

	fprintf(d->f, "%s\t{\n\t\t# %s%s\n\t\tsource = \"%s\";\n", d->more ? ",\n" : "",
	    oid_format(oid, where), remark, source);
	str_copy(d->source, sizeof d->source, source);
	d->fields = d->states = 0;
	d->more = true;
}

/* One field. */
void
draft_field(struct draft *d, const char *name, struct oid o, size_t first, size_t end,
    const struct guess *g)
{
	char text[OID_MAX_TEXT], scale[32];
	const char *map = g->kind == GUESS_STATE ? keep_map(d, g, name) : NULL;

	if (d->fields == 0)
		fputs("\t\tfields = (\n", d->f);
	flush_remark(d, true);
	fprintf(d->f, "\t\t\t{ name = \"%s\"; oid = \"%s\";", name, oid_format(text, o));
	if (map != NULL)
		fprintf(d->f, " kind = \"state\"; states = \"%s\";", map);
	else if (g->kind == GUESS_COUNTER)
		fputs(" kind = \"counter\"; unit = \"1\";", d->f);
	else
		fprintf(d->f, " unit = \"%s\";", g->unit);
	if (g->scale != 1) {
		str_from_double(scale, g->scale);
		fprintf(d->f, " scale = %s;", scale);
	}
	fputs(" }", d->f);
	d->remark = make_remark(d, first, end, g);
	d->fields++;
	d->result.fields++;
	if (d->first.n == 0)
		d->first = o;
}

/* End a series. */
void
draft_end(struct draft *d)
{
	flush_remark(d, false);
	fputs("\t\t);\n\t}", d->f);
	d->result.series++;
}
