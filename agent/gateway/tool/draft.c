/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft: an OID does not tell where its table ends and its index begins. But all columns of a table
 * stand under one entry, which is child 1 of the table (RFC 2578, section 7.1.12), and have the
 * same indices; so of all places where an OID could be parted, the one is taken at which most
 * columns have this index. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/draft.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define FIRST_COLUMNS 100 /* columns looked for */
#define EXAMPLES 4	  /* values shown of a column */
#define MAX_FIELDS 60
#define ENTERPRISE 7 /* sub-identifiers of 1.3.6.1.4.1.N */

/* Where an object stands. */
struct place {
	unsigned entry; /* sub-identifiers of the table's entry; 0: a scalar */
};

/* Only what a maker made. */
static bool
is_private(struct oid o)
{
	static const uint32_t enterprises[] = { 1, 3, 6, 1, 4, 1 };

	return o.n > ENTERPRISE && oid_is_under(o, (struct oid){ enterprises, 6 }) &&
	       o.id[6] != 8072 && o.id[6] != 2021;
}

/* How many columns under an entry have the index of o. */
static unsigned
columns_with(const struct walk *w, struct oid o, unsigned entry)
{
	struct oid_buf b;
	unsigned n = 0;

	memcpy(b.id, o.id, o.n * sizeof b.id[0]);
	b.n = o.n;
	for (uint32_t c = 1; c <= FIRST_COLUMNS; c++) {
		b.id[entry] = c;
		n += walk_find(w, oid_of(&b)) != NULL;
	}
	return n;
}

/* Where it stands: a scalar ends in 0 and is alone under its object. */
static struct place
place_of(const struct walk *w, struct oid o)
{
	struct place best = { 0 };
	unsigned most = 0;

	for (unsigned entry = ENTERPRISE; entry + 2 <= o.n; entry++) {
		if (o.id[entry - 1] != 1)
			continue;
		unsigned n = columns_with(w, o, entry);
		if (n > most) {
			most = n;
			best.entry = entry;
		}
	}
	if (o.id[o.n - 1] == 0 && most <= 1)
		best.entry = 0;
	/* Without an entry it is a scalar whatever it ends in. */
	return best;
}

/* Whether a value is a number, also one that is written as text. */
static bool
is_number(const struct varbind *v)
{
	char text[64];
	double d;

	if (v->type == VARBIND_STRING) {
		if (v->bytes.n == 0 || v->bytes.n >= sizeof text)
			return false;
		memcpy(text, v->bytes.p, v->bytes.n);
		text[v->bytes.n] = '\0';
		return str_to_double(text, &d) == 0;
	}
	return v->type == VARBIND_INTEGER || v->type == VARBIND_COUNTER32 ||
	       v->type == VARBIND_GAUGE32 || v->type == VARBIND_COUNTER64 ||
	       v->type == VARBIND_TICKS || v->type == VARBIND_REAL;
}

/* A value in a comment: one line, short. */
static void
print_example(FILE *f, const struct varbind *v)
{
	char text[48];

	varbind_format(text, sizeof text, v);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	fprintf(f, " %s", text);
}

/* One field, with values that were seen. */
static void
print_field(FILE *f, const struct walk *w, size_t at, struct oid column, bool last)
{
	char oid[OID_MAX_TEXT];
	const struct varbind *v = walk_at(w, at);
	bool counter = v->type == VARBIND_COUNTER32 || v->type == VARBIND_COUNTER64;
	unsigned shown = 0;

	fprintf(f, "\t\t\t{ name = \"v%u\"; oid = \"%s\";%s unit = \"1\"; }%s\t#",
	    (unsigned)column.id[column.n - 1], oid_format(oid, column),
	    counter ? " kind = \"counter\";" : "", last ? "" : ",");
	for (size_t i = at; i < walk_count(w) && shown < EXAMPLES; i++) {
		const struct varbind *x = walk_at(w, i);
		if (!oid_is_under(x->oid, column))
			break;
		print_example(f, x);
		shown++;
	}
	fputc('\n', f);
}

/* The next object after the subtree that the i-th is in. */
static size_t
after(const struct walk *w, size_t i, struct oid prefix)
{
	while (i < walk_count(w) && oid_is_under(walk_at(w, i)->oid, prefix))
		i++;
	return i;
}

/* The columns of a table from the i-th object on: the numbers as fields, the first that is text as
 * the row's title. */
static size_t
print_table(FILE *f, const struct walk *w, size_t i, unsigned entry_n, unsigned *number)
{
	char oid[OID_MAX_TEXT];
	struct oid entry = { walk_at(w, i)->oid.id, entry_n };
	size_t end = after(w, i, entry), fields[MAX_FIELDS], n = 0, name = end;

	for (size_t at = i; at < end;) {
		struct oid column = { walk_at(w, at)->oid.id, entry_n + 1 };
		if (is_number(walk_at(w, at)) && n < MAX_FIELDS)
			fields[n++] = at;
		else if (name == end && walk_at(w, at)->type == VARBIND_STRING)
			name = at;
		at = after(w, at, column);
	}
	if (n == 0)
		return end;
	fprintf(f, "%s\t{\n\t\t# entry %s\n\t\tsource = \"table%u\";\n", *number > 0 ? ",\n" : "",
	    oid_format(oid, entry), *number + 1);
	++*number;
	if (name != end) {
		struct oid column = { walk_at(w, name)->oid.id, entry_n + 1 };
		fprintf(f, "\t\ttitle = \"{%s}\";\t#", oid_format(oid, column));
		print_example(f, walk_at(w, name));
		fputc('\n', f);
	}
	fprintf(f, "\t\tfields = (\n");
	for (size_t k = 0; k < n; k++)
		print_field(f, w, fields[k],
		    (struct oid){ walk_at(w, fields[k])->oid.id, entry_n + 1 }, k + 1 == n);
	fprintf(f, "\t\t);\n\t}");
	return end;
}

/* All tables. */
static void
print_tables(FILE *f, const struct walk *w)
{
	unsigned number = 0;

	for (size_t i = 0; i < walk_count(w);) {
		struct oid o = walk_at(w, i)->oid;
		struct place p = is_private(o) ? place_of(w, o) : (struct place){ 0 };
		if (p.entry == 0)
			i++;
		else
			i = print_table(f, w, i, p.entry, &number);
	}
}

/* All numbers that stand alone, MAX_FIELDS in a series. */
static void
print_scalars(FILE *f, const struct walk *w)
{
	size_t *at = xcalloc(walk_count(w) + 1, sizeof *at), n = 0;
	char oid[OID_MAX_TEXT];

	for (size_t i = 0; i < walk_count(w); i++) {
		const struct varbind *v = walk_at(w, i);
		if (is_private(v->oid) && is_number(v) && place_of(w, v->oid).entry == 0)
			at[n++] = i;
	}
	for (size_t i = 0; i < n; i++) {
		if (i % MAX_FIELDS == 0)
			fprintf(f, "%s\t{\n\t\tsource = \"scalars%zu\";\n\t\tfields = (\n",
			    i > 0 ? ",\n" : "", i / MAX_FIELDS + 1);
		const struct varbind *v = walk_at(w, at[i]);
		bool last = i + 1 == n || (i + 1) % MAX_FIELDS == 0;
		fprintf(f, "\t\t\t{ name = \"v%zu\"; oid = \"%s\"; unit = \"1\"; }%s\t#", i + 1,
		    oid_format(oid, v->oid), last ? "" : ",");
		print_example(f, v);
		fputc('\n', f);
		if (last)
			fprintf(f, "\t\t);\n\t}");
	}
	free(at);
}

/* The profile's name: the file's without its ending. */
static void
print_name(FILE *f, const char *path)
{
	char name[NAME_MAX_NODE + 1] = "draft";
	const char *base = path != NULL ? strrchr(path, '/') : NULL;

	base = base != NULL ? base + 1 : path;
	if (base != NULL)
		str_to_name(name, sizeof name, base);
	char *dot = strstr(name, ".conf");
	if (dot != NULL)
		*dot = '\0';
	fprintf(f, "name = \"%s\";\n", name);
}

/* Print a profile of the walk. */
void
draft_print(FILE *f, const struct walk *w, const char *path)
{
	static const uint32_t object[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };
	static const uint32_t descr[] = { 1, 3, 6, 1, 2, 1, 1, 1, 0 };
	const struct varbind *id = walk_find(w, (struct oid){ object, 9 });
	const struct varbind *d = walk_find(w, (struct oid){ descr, 9 });
	char text[OID_MAX_TEXT] = "";

	fputs("# A draft by zonewatchctl snmp walk --profile-draft; see zonewatch-profile(5).\n"
	      "# Behind each field stand values that were seen. Keep what matters; give it its "
	      "name,\n"
	      "# unit and scale, its states (kind = \"state\"), and what means that there is no "
	      "value\n"
	      "# (none). Then try it: zonewatchctl snmp poll DEVICE --profiles DIR\n",
	    f);
	if (d != NULL) {
		fputs("#", f);
		print_example(f, d);
		fputc('\n', f);
	}
	print_name(f, path);
	fputs("title = \"WHICH DEVICES\";\n", f);
	if (id != NULL && id->type == VARBIND_OID)
		fprintf(
		    f, "match = ( { sysobjectid = \"%s\"; } );\n", oid_format(text, id->oid_value));
	fputs("scalars = (\n", f);
	print_scalars(f, w);
	fputs("\n);\ntables = (\n", f);
	print_tables(f, w);
	fputs("\n);\n", f);
}
