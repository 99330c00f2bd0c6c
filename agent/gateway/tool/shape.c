/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape: an OID does not tell where its table ends and its index begins. But all columns of a table
 * stand under one entry, which is the only child of the table and is numbered 1 (RFC 2578, section
 * 7.1.12); each has one type, and they have the same indices. So of all places where an OID could
 * be parted, one is taken that fits all this. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/shape.h"
#include "zw/alloc.h"

#define FIRST_COLUMNS 64 /* columns looked for */
#define SHORTEST 8	 /* sub-identifiers of an entry: 1.3.6.1.2.1.X.Y, at least */

/* What follows: the first object that is not before the prefix's next sibling. */
size_t
shape_after(const struct walk *w, size_t i, struct oid prefix)
{
	struct oid_buf b;

	if (prefix.n == 0 || prefix.id[prefix.n - 1] == UINT32_MAX) {
		while (i < walk_count(w) && oid_is_under(walk_at(w, i)->oid, prefix))
			i++;
		return i;
	}
	memcpy(b.id, prefix.id, prefix.n * sizeof b.id[0]);
	b.n = prefix.n;
	b.id[b.n - 1]++;
	size_t end = walk_from(w, oid_of(&b));
	return end > i ? end : i;
}

/* The beginning of an object's name. */
struct oid
shape_prefix(const struct walk *w, size_t i, unsigned n)
{
	return (struct oid){ walk_at(w, i)->oid.id, n };
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

/* Whether each column from the i-th object on, under an entry, has one type; *types: several types
 * among the columns. */
static bool
has_columns(const struct walk *w, size_t i, unsigned entry, bool *types)
{
	size_t end = shape_after(w, i, shape_prefix(w, i, entry));
	enum varbind_type first = walk_at(w, i)->type;

	*types = false;
	while (i < end) {
		const struct oid column = shape_prefix(w, i, entry + 1);
		enum varbind_type type = walk_at(w, i)->type;
		*types = *types || type != first;
		for (; i < end && oid_is_under(walk_at(w, i)->oid, column); i++)
			if (walk_at(w, i)->type != type && varbind_has_value(walk_at(w, i)))
				return false;
	}
	return true;
}

/* Whether the entry is all that its table has: no object before or behind it. */
static bool
is_only_child(const struct walk *w, size_t i, unsigned entry)
{
	const struct oid table = shape_prefix(w, i, entry - 1);
	size_t end = shape_after(w, i, shape_prefix(w, i, entry));

	return (i == 0 || !oid_is_under(walk_at(w, i - 1)->oid, table)) &&
	       (end == walk_count(w) || !oid_is_under(walk_at(w, end)->oid, table));
}

/* Whether an object has the form of a scalar: it ends in 0, and nothing else is under its parent.
 */
static bool
is_scalar(const struct walk *w, size_t i)
{
	struct oid o = walk_at(w, i)->oid;
	const struct oid parent = { o.id, o.n - 1 };

	return o.id[o.n - 1] == 0 &&
	       (i + 1 == walk_count(w) || !oid_is_under(walk_at(w, i + 1)->oid, parent));
}

/* The length of the entry that the i-th object, which is the first under it, stands under; 0 for
 * none. The outermost one with columns of several types is a table beyond doubt; else it is the one
 * where most columns have the same index. */
static unsigned
entry_of(const struct walk *w, size_t i)
{
	struct oid o = walk_at(w, i)->oid;
	unsigned best = 0, most = 0;

	if (is_scalar(w, i))
		return 0;
	for (unsigned entry = SHORTEST; entry + 2 <= o.n; entry++) {
		bool types;
		if (o.id[entry - 1] != 1 || !is_only_child(w, i, entry) ||
		    !has_columns(w, i, entry, &types))
			continue;
		unsigned n = columns_with(w, o, entry);
		if (types && n > 1)
			return entry;
		if (n >= most) {
			most = n;
			best = entry;
		}
	}
	return best;
}

/* Find them all. */
void
shape_find(struct shape *out, const struct walk *w)
{
	size_t cap = 0;

	*out = (struct shape){ 0 };
	for (size_t i = 0; i < walk_count(w);) {
		if (out->n == cap) {
			cap = cap > 0 ? 2 * cap : 256;
			out->v = xreallocarray(out->v, cap, sizeof *out->v);
		}
		unsigned entry = entry_of(w, i);
		struct shape_part *p = &out->v[out->n++];
		*p = (struct shape_part){ .first = i, .entry = entry };
		p->end = entry == 0 ? i + 1 : shape_after(w, i, shape_prefix(w, i, entry));
		i = p->end;
	}
}

/* Forget them. */
void
shape_clear(struct shape *s)
{
	free(s->v);
	*s = (struct shape){ 0 };
}

/* The longest column. */
size_t
shape_rows(const struct walk *w, const struct shape_part *p)
{
	size_t most = 0;

	for (size_t i = p->first; i < p->end;) {
		size_t end = shape_after(w, i, shape_prefix(w, i, p->entry + 1));
		if (end - i > most)
			most = end - i;
		i = end;
	}
	return most;
}
