/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_draft: which rows a device has, and their names. A name must be the same at the next walk,
 * whatever has come and gone between, for the history is filed under it. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/rows_impl.h"
#include "zw/alloc.h"

/* What the drafting goes by. */
struct drafting {
	struct rows *r;
	struct rows_drafts *out;
	const struct walk *w;
	const struct rows_opts *o;
	const struct profile *p;
	const struct profile_group *g;
};

/* Whether a text has something of which a name can be made. */
static bool
is_nameable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
		    (*text >= 'A' && *text <= 'Z'))
			return true;
	return false;
}

/* Whether a row belongs to a child device of the configuration. */
static bool
is_child(const struct conf_child *c, const struct rows_draft *d)
{
	struct oid_buf first, last;
	bool in = c->index.n == 0;

	for (size_t i = 0; i < c->index.n && !in; i++)
		in = oid_parse_range(c->index.v[i], &first, &last) == 0 &&
		     oid_in_range(d->index, oid_of(&first), oid_of(&last));
	return in && profile_pattern(c->source, d->source) && profile_pattern(c->row, d->title);
}

/* The child device of a row: the configuration's first that fits, else the profile's. */
static const char *
find_child(struct drafting *b, const struct rows_draft *d)
{
	char text[ROWS_MAX_TEXT], name[NAME_MAX_NODE + 1];
	struct rows_asker a = rows_ask_walk(b->w, d->index);
	const struct conf_list *list = b->o != NULL ? b->o->children : NULL;

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const struct conf_child *c = &((const struct conf_child *)list->v)[i];
		if (is_child(c, d))
			return profile_text(&b->r->pool, c->name, strlen(c->name));
	}
	if (b->g->scalars != NULL)
		return b->g->scalars->child != NULL ? b->g->scalars->child : "";
	if (!rows_template(&a, &b->g->child, text, sizeof text) || !is_nameable(text))
		return "";
	str_to_name(name, sizeof name, text);
	return profile_text(&b->r->pool, name, strlen(name));
}

/* Names a table's row: instance and title. */
static void
name_row(struct drafting *b, struct rows_draft *d)
{
	char name[ROWS_MAX_TEXT], title[ROWS_MAX_TEXT], index[OID_MAX_TEXT];
	struct rows_asker a = rows_ask_walk(b->w, d->index);
	const struct profile_template *t =
	    b->g->table->instance != NULL ? &b->g->instance : &b->g->key;

	if (!rows_template(&a, t, name, sizeof name) || !is_nameable(name))
		(void)str_copy(name, sizeof name, oid_format(index, d->index));
	str_to_name(d->instance, sizeof d->instance, name);
	bool titled =
	    b->g->table->title != NULL && rows_template(&a, &b->g->title, title, sizeof title);
	const char *text = titled ? title : name;
	d->title = profile_text(&b->r->pool, text, strlen(text));
}

/* Whether any of a row's fields is there, and any that is more than shown. */
static bool
has_fields(struct drafting *b, struct rows_draft *d)
{
	bool any = false;

	for (size_t i = 0; i < b->g->nfields; i++) {
		const struct profile_field *f = &b->g->fields[i];
		if (rows_look(b->w, &f->column, d->index) == NULL)
			continue;
		any = true;
		if (!f->conf->show_only && !(i == 0 && d->type != NULL && d->type->conf->show_only))
			d->sent = true;
	}
	return any;
}

/* What a row measures: false when it fits none of the table's types. */
static bool
find_type(struct drafting *b, struct rows_draft *d)
{
	char text[ROWS_MAX_TEXT];
	struct rows_asker a = rows_ask_walk(b->w, d->index);
	const struct profile_template *t = &b->g->type_from;
	struct slot said = { .type = VARBIND_NO_INSTANCE };

	if (b->g->ntypes == 0)
		return true;
	if (t->n == 1 && t->v[0].column.oid.n > 0) {
		if (!a.ask(a.arg, &t->v[0].column, d->index, &said))
			return false;
	} else {
		if (!rows_template(&a, t, text, sizeof text))
			return false;
		struct varbind v = { .type = VARBIND_STRING };
		v.bytes.p = (const uint8_t *)text;
		v.bytes.n = strlen(text);
		rows_take(&said, &v);
	}
	for (size_t i = 0; i < b->g->ntypes; i++)
		if (rows_said_is(&said, &b->g->types[i].is, true)) {
			d->type = &b->g->types[i];
			return true;
		}
	return false;
}

/* Keeps a draft. */
static void
keep(struct drafting *b, struct rows_draft *d)
{
	struct rows_drafts *out = b->out;

	d->child = find_child(b, d);
	d->turn = out->n;
	if (out->n == out->cap) {
		out->cap = out->cap > 0 ? out->cap * 2 : 64;
		out->v = xreallocarray(out->v, out->cap, sizeof *out->v);
	}
	out->v[out->n++] = *d;
}

/* Drafts a group of scalars. */
static void
draft_scalars(struct drafting *b)
{
	struct rows_draft d = { .profile = b->p, .group = b->g, .source = b->g->source };
	struct rows_asker a = rows_ask_walk(b->w, d.index);

	d.title = b->g->scalars->title != NULL ? b->g->scalars->title : "";
	if (b->g->scalars->instance != NULL)
		(void)str_copy(d.instance, sizeof d.instance, b->g->scalars->instance);
	if (rows_all_hold(&a, &b->g->only) && has_fields(b, &d))
		keep(b, &d);
}

/* Drafts one row of a table. */
static void
draft_row(struct drafting *b, struct oid index)
{
	struct rows_draft d = { .profile = b->p, .group = b->g, .source = b->g->source };
	struct rows_asker a = rows_ask_walk(b->w, index);

	d.index = index;
	if (!rows_all_hold(&a, &b->g->only) || rows_any_holds(&a, &b->g->skip) ||
	    !find_type(b, &d) || !has_fields(b, &d))
		return;
	if (b->out->n >= ROWS_MAX) {
		b->r->left_out++;
		return;
	}
	d.index = profile_oid(&b->r->pool, index);
	if (d.type != NULL && d.type->conf->source != NULL)
		d.source = d.type->conf->source;
	name_row(b, &d);
	keep(b, &d);
}

/* The order of indexes, for qsort(). */
static int
index_cmp(const void *a, const void *b)
{
	return oid_cmp(*(const struct oid *)a, *(const struct oid *)b);
}

/* Drafts the rows of a table: every index that one of its own columns has. */
static void
draft_table(struct drafting *b)
{
	struct oid *v = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < b->g->nfields; i++) {
		const struct profile_column *c = &b->g->fields[i].column;
		if (c->at != PROFILE_AT_ROW)
			continue;
		for (size_t at = walk_from(b->w, c->oid); at < walk_count(b->w); at++) {
			const struct varbind *vb = walk_at(b->w, at);
			if (!oid_is_under(vb->oid, c->oid))
				break;
			if (vb->oid.n == c->oid.n || vb->type >= VARBIND_NO_OBJECT)
				continue;
			if (n == cap) {
				cap = cap > 0 ? cap * 2 : 64;
				v = xreallocarray(v, cap, sizeof *v);
			}
			v[n++] = oid_tail(vb->oid, c->oid.n);
		}
	}
	if (n > 0)
		qsort(v, n, sizeof *v, index_cmp);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || oid_cmp(v[i - 1], v[i]) != 0)
			draft_row(b, v[i]);
	free(v);
}

/* The order of drafts: by what their series are called, then as they came. */
static int
name_cmp(const struct rows_draft *a, const struct rows_draft *b)
{
	int c = strcmp(a->child, b->child);

	c = c != 0 ? c : strcmp(a->source, b->source);
	return c != 0 ? c : strcmp(a->instance, b->instance);
}

/* The same for qsort() of pointers. */
static int
draft_cmp(const void *a, const void *b)
{
	const struct rows_draft *x = *(struct rows_draft *const *)a;
	const struct rows_draft *y = *(struct rows_draft *const *)b;
	int c = name_cmp(x, y);

	return c != 0 ? c : x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* The drafts that make series, by name; freed by the caller. */
static struct rows_draft **
by_name(struct rows_drafts *d, size_t *n)
{
	struct rows_draft **v = xcalloc(d->n + 1, sizeof *v);

	*n = 0;
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].sent && !d->v[i].dropped)
			v[(*n)++] = &d->v[i];
	qsort(v, *n, sizeof *v, draft_cmp);
	return v;
}

/* Appends the index to a name, which is cut for it. */
static void
append_index(struct rows_draft *d)
{
	char text[OID_MAX_TEXT], tail[NAME_MAX_NODE];
	size_t n = strlen(d->instance);

	str_to_name(tail, sizeof tail, oid_format(text, d->index));
	size_t len = strlen(tail);
	if (n + 1 + len > NAME_MAX_NODE)
		n = len + 1 < NAME_MAX_NODE ? NAME_MAX_NODE - len - 1 : 0;
	if (n > 0)
		d->instance[n++] = '-';
	memcpy(d->instance + n, tail, len + 1);
}

/* Tells n drafts of one name apart. What another profile than the first's has is the same thing
 * again. Those of one profile get their index, all of them, so that the names do not depend on the
 * order; if that made a name that is taken, the later ones get it once more; the last resort is to
 * leave one out. */
static void
tell_apart(struct rows *r, struct rows_draft *const *v, size_t n, int round)
{
	size_t own = 0;

	for (size_t i = 0; i < n; i++) {
		v[i]->dropped = v[i]->profile != v[0]->profile;
		own += !v[i]->dropped;
	}
	for (size_t i = round > 0; i < n && own > 1; i++) {
		if (v[i]->dropped)
			continue;
		if (v[i]->index.n > 0 && round < 2) {
			append_index(v[i]);
		} else if (i > 0) {
			v[i]->dropped = true;
			r->left_out++;
		}
	}
}

/* Makes all names different. */
static void
settle_names(struct rows *r, struct rows_drafts *d)
{
	for (int round = 0; round < 3; round++) {
		size_t n;
		struct rows_draft **v = by_name(d, &n);
		for (size_t i = 0, j; i < n; i = j) {
			for (j = i + 1; j < n && name_cmp(v[i], v[j]) == 0; j++)
				;
			if (j > i + 1)
				tell_apart(r, v + i, j - i, round);
		}
		free(v);
	}
}

/* Find the rows and name them. */
void
rows_draft(struct rows *r, struct rows_drafts *out, const struct profile *const *p, size_t n,
    const struct walk *w, const struct rows_opts *o)
{
	struct drafting b = { .r = r, .out = out, .w = w, .o = o };

	for (size_t i = 0; i < n; i++) {
		b.p = p[i];
		for (size_t j = 0; j < p[i]->ngroups; j++) {
			b.g = &p[i]->groups[j];
			if (b.g->scalars != NULL)
				draft_scalars(&b);
			else
				draft_table(&b);
		}
	}
	settle_names(r, out);
}
