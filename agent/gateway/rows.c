/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows: the rows of a device, and what is asked for them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"
#include "zw/alloc.h"

/* OIDs that are to be walked. */
struct wanted {
	struct oid *v;
	size_t n;
	size_t cap;
};

/* Takes note of an OID, without its last `cut` sub-identifiers. */
static void
want(struct wanted *w, struct oid o, unsigned cut)
{
	if (o.n <= cut)
		return;
	if (w->n == w->cap) {
		w->cap = w->cap > 0 ? w->cap * 2 : 64;
		w->v = xreallocarray(w->v, w->cap, sizeof *w->v);
	}
	o.n -= cut;
	w->v[w->n++] = o;
}

/* Those of conditions. */
static void
want_conditions(struct wanted *w, const struct profile_conditions *c, unsigned cut)
{
	for (size_t i = 0; i < c->n; i++)
		want(w, c->v[i].column.oid, c->v[i].column.at == PROFILE_AT_ROW ? cut : 0);
}

/* Those of a template. */
static void
want_template(struct wanted *w, const struct profile_template *t)
{
	for (size_t i = 0; i < t->n; i++)
		want(w, t->v[i].column.oid, 0);
}

/* That of a column. */
static void
want_column(struct wanted *w, const struct profile_column *c, unsigned cut)
{
	want(w, c->oid, c->at == PROFILE_AT_ROW ? cut : 0);
}

/* Those of a field. */
static void
want_field(struct wanted *w, const struct profile_field *f, unsigned cut)
{
	want_column(w, &f->column, cut);
	want_conditions(w, &f->none_when, cut);
	want_conditions(w, &f->none_when_all, cut);
	want_conditions(w, &f->fahrenheit, cut);
	for (size_t i = 0; i < f->nfactors; i++)
		want_column(w, &f->factors[i].column, cut);
	want_column(w, &f->states_from, cut);
	want_column(w, &f->discontinuity, cut);
	for (int i = 0; i < PROFILE_LIMITS; i++)
		want_column(w, &f->limits[i], cut);
}

/* Those of a group or table. A scalar is reached by walking what it lies under. */
static void
want_group(struct wanted *w, const struct profile_group *g)
{
	unsigned cut = g->scalars != NULL;

	want_conditions(w, &g->only, cut);
	want_conditions(w, &g->skip, cut);
	want_template(w, &g->key);
	want_template(w, &g->instance);
	want_template(w, &g->title);
	want_template(w, &g->child);
	want_template(w, &g->type_from);
	for (size_t i = 0; i < g->nfields; i++)
		want_field(w, &g->fields[i], cut);
}

/* The order of OIDs, for qsort(). */
static int
wanted_cmp(const void *a, const void *b)
{
	return oid_cmp(*(const struct oid *)a, *(const struct oid *)b);
}

/* What must be walked. */
size_t
rows_wanted(const struct profile *const *p, size_t n, struct oid **out)
{
	struct wanted w = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < p[i]->ngroups; j++)
			want_group(&w, &p[i]->groups[j]);
	if (w.n > 0)
		qsort(w.v, w.n, sizeof *w.v, wanted_cmp);
	for (size_t i = 0; i < w.n; i++)
		if (kept == 0 || !oid_is_under(w.v[i], w.v[kept - 1]))
			w.v[kept++] = w.v[i];
	*out = w.v;
	return kept;
}

/* Make the rows of a device. */
struct rows *
rows_new(const struct profile *const *p, size_t n, const struct walk *w, const struct rows_opts *o)
{
	struct rows *r = xcalloc(1, sizeof *r);
	struct rows_drafts drafts = { 0 };

	rows_draft(r, &drafts, p, n, w, o);
	rows_make(r, &drafts, w, o);
	free(drafts.v);
	return r;
}

/* Free them. */
void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	free(r->lines);
	free(r->slots);
	profile_pool_free(&r->pool);
	free(r);
}

/* How many. */
size_t
rows_count(const struct rows *r)
{
	return r->n;
}

/* The i-th. */
const struct row *
rows_at(const struct rows *r, size_t i)
{
	return &r->lines[i]->row;
}

/* How many rows and fields did not fit. */
unsigned
rows_left_out(const struct rows *r)
{
	return r->left_out;
}

/* How many slots. */
size_t
rows_nslots(const struct rows *r)
{
	return r->nslots;
}

/* The i-th slot. */
struct slot *
rows_slot(struct rows *r, size_t i)
{
	return &r->slots[i];
}

/* Whether a slot says what a key said. */
static bool
says_same(const struct slot *s, const struct slot *key)
{
	if (!rows_said_any(s))
		return true; /* no answer, no other thing */
	if (s->type != key->type)
		return false;
	switch (s->type) {
	case VARBIND_INTEGER:
		return s->i == key->i;
	case VARBIND_STRING:
	case VARBIND_ADDRESS:
	case VARBIND_OID:
		return s->n == key->n && memcmp(s->bytes, key->bytes, s->n) == 0;
	case VARBIND_REAL:
		return s->d >= key->d && s->d <= key->d;
	default:
		return s->u == key->u;
	}
}

/* Whether the row is still of the same thing. */
bool
rows_holds(const struct rows *r, size_t row)
{
	const struct rows_line *line = r->lines[row];

	for (size_t i = 0; i < line->nkeys; i++)
		if (!says_same(&r->slots[line->keys[i].slot], line->keys[i].said))
			return false;
	return true;
}

/* Whether all of the row was answered. */
bool
rows_fresh(const struct rows *r, size_t row)
{
	const struct rows_line *line = r->lines[row];

	for (size_t i = 0; i < line->nslots; i++)
		if (!r->slots[line->slots[i]].fresh)
			return false;
	return true;
}

/* Name, unit and label. */
const struct field *
rows_field(const struct rows *r, size_t row, unsigned field)
{
	const struct rows_line *line = r->lines[row];
	unsigned n = line->row.def.nfields;

	return field < n ? &line->row.def.fields[field] : &line->shown[field - n];
}

/* The slot it comes from. */
const struct slot *
rows_source(const struct rows *r, size_t row, unsigned field)
{
	uint32_t slot = r->lines[row]->cells[field].slot;

	return slot == ROWS_NO_SLOT ? NULL : &r->slots[slot];
}

/* What it is asked by. */
struct oid
rows_oid(const struct rows *r, size_t row, unsigned field)
{
	const struct slot *s = rows_source(r, row, field);

	return s != NULL ? s->oid : (struct oid){ 0 };
}

/* A counter's mark of where it began. */
uint64_t
rows_discontinuity(const struct rows *r, size_t row, unsigned field)
{
	uint32_t slot = r->lines[row]->cells[field].discontinuity;
	double number;

	if (slot == ROWS_NO_SLOT || !rows_said_number(&r->slots[slot], false, &number))
		return 0;
	/* It should be a time of 32 bits; a device may say any number. */
	return number > 0 && number < 0x1p64 ? (uint64_t)number : 0;
}

/* Its limits. */
void
rows_limits(const struct rows *r, size_t row, unsigned field, struct row_limits *out)
{
	const struct rows_cell *c = &r->lines[row]->cells[field];

	*out = c->has_limits ? c->limits : (struct row_limits){ NAN, NAN, NAN, NAN };
}
