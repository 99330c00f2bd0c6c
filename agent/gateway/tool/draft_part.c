/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft_part: the scalars and the tables of a walk as lists of series. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/draft_int.h"
#include "zw/alloc.h"

#define MAX_ROWS 400 /* a longer table is a list or a log */

/* Whether a scalar begins another series: it stands under another parent. */
static bool
is_elsewhere(struct oid a, struct oid b)
{
	return a.n != b.n || memcmp(a.id, b.id, (a.n - 2) * sizeof a.id[0]) != 0;
}

/* One scalar, in a series with those before it that stand under the same parent; number: of the
 * series. False when there is no room left. */
static bool
print_scalar(struct draft *d, size_t i, struct oid *before, unsigned *number)
{
	const struct oid o = walk_at(d->w, i)->oid;
	char source[NAME_MAX_SOURCE + 1], name[NAME_MAX_FIELD + 1];
	bool full = d->fields == DRAFT_MAX_FIELDS;
	struct guess g;

	guess_values(&g, d->w, i, i + 1);
	if (g.kind == GUESS_NOTHING)
		return true;
	if (full && *number >= DRAFT_MAX_SERIES)
		return false;
	if (*number == 0 || full || (*number < DRAFT_MAX_SERIES && is_elsewhere(o, *before))) {
		if (*number > 0)
			draft_end(d);
		snprintf(source, sizeof source, "scalars%u", ++*number);
		draft_begin(d, source, (struct oid){ o.id, o.n - 2 }, "");
	}
	snprintf(name, sizeof name, "v%u", d->fields + 1);
	draft_field(d, name, o, i, i + 1, &g);
	*before = o;
	return true;
}

/* All numbers that stand alone. */
void
draft_scalars(struct draft *d)
{
	struct oid before = { 0 };
	unsigned number = 0;
	bool more = false;

	d->more = false;
	for (size_t k = 0; k < d->shape.n; k++) {
		const struct shape_part *p = &d->shape.v[k];
		if (p->entry == 0 && draft_wants(d, walk_at(d->w, p->first)->oid) &&
		    !print_scalar(d, p->first, &before, &number)) {
			more = true;
			break;
		}
	}
	if (number > 0)
		draft_end(d);
	if (more)
		fputs("\n\t# There are more; walk their OIDs alone.", d->f);
}

/* A column. */
struct column {
	struct oid oid;
	size_t first;
	size_t end;
	bool index; /* it only repeats the row's index */
	bool name;
	struct guess guess;
};

/* Whether each value is a part of its row's index; such columns come first in a table. */
static bool
is_index(const struct walk *w, const struct column *c)
{
	bool all = true;

	for (size_t i = c->first; i < c->end && all; i++) {
		const struct varbind *v = walk_at(w, i);
		struct oid index = oid_tail(v->oid, c->oid.n);
		bool in = false;
		int64_t n = v->type == VARBIND_INTEGER	 ? v->i
			    : v->type == VARBIND_GAUGE32 ? (int64_t)v->u
							 : -1;
		for (unsigned k = 0; k < index.n; k++)
			in = in || (int64_t)index.id[k] == n;
		all = in;
	}
	return all && c->oid.id[c->oid.n - 1] <= 2;
}

/* The columns of a table; returns how many there are. */
static size_t
find_columns(const struct draft *d, const struct shape_part *p, struct column *out, size_t max)
{
	size_t n = 0;

	for (size_t i = p->first; i < p->end && n < max;) {
		struct column *c = &out[n++];
		*c = (struct column){ .oid = shape_prefix(d->w, i, p->entry + 1), .first = i };
		i = c->end = shape_after(d->w, i, c->oid);
		guess_values(&c->guess, d->w, c->first, c->end);
		c->index = is_index(d->w, c);
		c->name = c->guess.kind == GUESS_NOTHING && guess_is_name(d->w, c->first, c->end);
	}
	return n;
}

/* Whether it becomes a field. */
static bool
is_field(const struct draft *d, const struct column *c)
{
	return c->guess.kind != GUESS_NOTHING && !c->index && draft_wants(d, c->oid);
}

/* What a column of units could be used for; nothing for another column. */
static void
print_types(const struct draft *d, const struct column *c)
{
	struct {
		char word[24];
		const char *unit;
	} seen[16];
	size_t n = 0;
	char oid[OID_MAX_TEXT];

	for (size_t i = c->first; i < c->end; i++) {
		const struct varbind *v = walk_at(d->w, i);
		const char *unit = guess_unit(v);
		bool known = n == sizeof seen / sizeof seen[0];
		if (unit == NULL && v->type == VARBIND_STRING && v->bytes.n == 0)
			continue;
		if (unit == NULL)
			return;
		for (size_t k = 0; k < n; k++)
			known = known || strcmp(seen[k].unit, unit) == 0;
		if (known)
			continue;
		varbind_text(seen[n].word, sizeof seen[n].word, v->bytes.p, v->bytes.n);
		seen[n++].unit = unit;
	}
	if (n == 0)
		return;
	fprintf(d->f, "\t\t# Units of the first field? type_from = \"%s\"; types = (\n",
	    oid_format(oid, c->oid));
	for (size_t k = 0; k < n; k++)
		fprintf(d->f, "\t\t#   { is = [ \"%s\" ]; unit = \"%s\"; }%s\n", seen[k].word,
		    seen[k].unit, k + 1 < n ? "," : " );");
}

/* The head of a table: what its rows are told apart by, and its texts. */
static void
print_head(struct draft *d, const struct shape_part *p, const char *source, const struct column *c,
    size_t n, size_t rows)
{
	const struct column *name = NULL;
	char oid[OID_MAX_TEXT], remark[48];

	snprintf(remark, sizeof remark, ", %zu row%s", rows, rows == 1 ? "" : "s");
	draft_begin(d, source, shape_prefix(d->w, p->first, p->entry), remark);
	for (size_t i = 0; i < n && name == NULL && rows > 1; i++)
		if (c[i].name && c[i].end - c[i].first == rows)
			name = &c[i];
	if (name != NULL) {
		fprintf(d->f, "\t\tkey = \"{%s}\";\t#", oid_format(oid, name->oid));
		draft_examples(d->f, d->w, name->first, name->end);
		fprintf(d->f, "\n\t\ttitle = \"{%s}\";\n", oid_format(oid, name->oid));
	}
	for (size_t i = 0; i < n; i++) {
		if (c[i].guess.kind != GUESS_NOTHING || &c[i] == name)
			continue;
		fprintf(d->f, "\t\t# %s:", oid_format(oid, c[i].oid));
		draft_examples(d->f, d->w, c[i].first, c[i].end);
		fputc('\n', d->f);
		print_types(d, &c[i]);
	}
}

/* One table; false when it is none of ours. */
static bool
print_table(struct draft *d, const struct shape_part *p, unsigned number)
{
	struct column *c = xcalloc(DRAFT_MAX_FIELDS, sizeof *c);
	char source[NAME_MAX_SOURCE + 1], name[NAME_MAX_FIELD + 1];
	size_t n = find_columns(d, p, c, DRAFT_MAX_FIELDS), rows = shape_rows(d->w, p), fields = 0;

	for (size_t i = 0; i < n; i++)
		fields += is_field(d, &c[i]);
	if (fields == 0) {
		free(c);
		return false;
	}
	snprintf(source, sizeof source, "table%u", number);
	print_head(d, p, source, c, n, rows);
	for (size_t i = 0; i < n; i++) {
		if (!is_field(d, &c[i]))
			continue;
		snprintf(name, sizeof name, "v%u", (unsigned)c[i].oid.id[c[i].oid.n - 1]);
		draft_field(d, name, c[i].oid, c[i].first, c[i].end, &c[i].guess);
	}
	draft_end(d);
	free(c);
	return true;
}

/* Tables that are too long; behind the others, so that no comma is lost in a comment. */
static void
print_long(const struct draft *d)
{
	char oid[OID_MAX_TEXT];

	for (size_t k = 0; k < d->shape.n; k++) {
		const struct shape_part *p = &d->shape.v[k];
		size_t rows = p->entry != 0 ? shape_rows(d->w, p) : 0;
		if (rows > MAX_ROWS && draft_wants(d, walk_at(d->w, p->first)->oid))
			fprintf(d->f, "\n\t# %s, %zu rows: left out, a list or a log?",
			    oid_format(oid, shape_prefix(d->w, p->first, p->entry)), rows);
	}
}

/* All tables. */
void
draft_tables(struct draft *d)
{
	unsigned number = 0;

	d->more = false;
	for (size_t k = 0; k < d->shape.n; k++) {
		const struct shape_part *p = &d->shape.v[k];
		if (p->entry == 0 || shape_rows(d->w, p) > MAX_ROWS)
			continue;
		if (number == DRAFT_MAX_SERIES) {
			fputs("\n\t# There are more tables; walk their OIDs alone.", d->f);
			break;
		}
		number += print_table(d, p, number + 1);
	}
	print_long(d);
}
