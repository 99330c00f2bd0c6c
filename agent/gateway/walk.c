/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walk: bindings in the order of their OIDs. Most come in order and are appended; the others wait
 * in a heap of late ones that is sorted in when somebody looks, so that a walk over several columns
 * at once costs no more than sorting it. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/walk.h"
#include "zw/alloc.h"

/* One binding with all that it points to, in one piece of memory. */
struct walk_entry {
	struct varbind v;
	size_t bytes; /* of this piece */
	size_t turn;  /* the later of two with the same OID is kept */
};

struct walk_list {
	struct walk_entry **v;
	size_t n;
	size_t cap;
};

/* The walk's content, apart from it so that looking may sort. */
struct walk_set {
	struct walk_list sorted;
	struct walk_list late;
	size_t bytes;
	size_t turn;
};

struct walk {
	struct walk_set *set;
};

/* A new walk without anything. */
struct walk *
walk_new(void)
{
	struct walk *w = xmalloc(sizeof *w);

	w->set = xcalloc(1, sizeof *w->set);
	return w;
}

/* Free a list and its entries. */
static void
list_free(struct walk_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
}

/* Free a walk. */
void
walk_free(struct walk *w)
{
	if (w == NULL)
		return;
	list_free(&w->set->sorted);
	list_free(&w->set->late);
	free(w->set);
	free(w);
}

/* Append to a list. */
static void
list_push(struct walk_list *l, struct walk_entry *e)
{
	if (l->n == l->cap) {
		l->cap = l->cap > 0 ? l->cap * 2 : 64;
		l->v = xreallocarray(l->v, l->cap, sizeof *l->v);
	}
	l->v[l->n++] = e;
}

/* Order of two entries: by OID, then by age. */
static int
entry_cmp(const void *a, const void *b)
{
	const struct walk_entry *x = *(struct walk_entry *const *)a;
	const struct walk_entry *y = *(struct walk_entry *const *)b;
	int c = oid_cmp(x->v.oid, y->v.oid);

	return c != 0 ? c : x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* Puts an entry behind those already there; one with the same OID is replaced. */
static void
list_settle(struct walk_set *set, struct walk_list *l, struct walk_entry *e)
{
	struct walk_entry *last = l->n > 0 ? l->v[l->n - 1] : NULL;

	if (last != NULL && oid_cmp(last->v.oid, e->v.oid) == 0) {
		set->bytes -= last->bytes;
		free(last);
		l->v[l->n - 1] = e;
	} else {
		list_push(l, e);
	}
}

/* Sorts the late ones in. */
static void
set_settle(struct walk_set *set)
{
	struct walk_list old = set->sorted, late = set->late, all = { 0 };
	size_t i = 0, j = 0;

	if (late.n == 0)
		return;
	qsort(late.v, late.n, sizeof *late.v, entry_cmp);
	while (i < old.n || j < late.n) {
		bool first = j == late.n || (i < old.n && entry_cmp(&old.v[i], &late.v[j]) < 0);
		list_settle(set, &all, first ? old.v[i++] : late.v[j++]);
	}
	free(old.v);
	free(late.v);
	set->sorted = all;
	set->late = (struct walk_list){ 0 };
}

/* The first of the sorted that is not before o. */
static size_t
set_from(const struct walk_set *set, struct oid o)
{
	size_t low = 0, high = set->sorted.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (oid_cmp(set->sorted.v[mid]->v.oid, o) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The bytes that a binding's value points to. */
static size_t
tail_size(const struct varbind *v)
{
	if (v->type == VARBIND_OID)
		return v->oid_value.n * sizeof *v->oid_value.id;
	return v->type == VARBIND_STRING || v->type == VARBIND_ADDRESS ? v->bytes.n : 0;
}

/* A copy in one piece. */
static struct walk_entry *
entry_new(const struct varbind *v, size_t tail)
{
	size_t ids = v->oid.n * sizeof *v->oid.id;
	struct walk_entry *e = xmalloc(sizeof *e + ids + tail);
	uint32_t *id = (uint32_t *)(e + 1);

	*e = (struct walk_entry){ .v = *v, .bytes = sizeof *e + ids + tail };
	if (ids > 0)
		memcpy(id, v->oid.id, ids);
	e->v.oid.id = id;
	if (v->type == VARBIND_OID) {
		if (tail > 0)
			memcpy(id + v->oid.n, v->oid_value.id, tail);
		e->v.oid_value.id = id + v->oid.n;
	} else if (v->type == VARBIND_STRING || v->type == VARBIND_ADDRESS) {
		if (tail > 0)
			memcpy(id + v->oid.n, v->bytes.p, tail);
		e->v.bytes.p = (const uint8_t *)(id + v->oid.n);
	}
	return e;
}

/* Keep a binding. */
bool
walk_add(struct walk *w, const struct varbind *v)
{
	struct walk_set *set = w->set;
	size_t tail = tail_size(v);

	if (set->sorted.n + set->late.n >= WALK_MAX_VARBINDS)
		set_settle(set);
	if (set->sorted.n >= WALK_MAX_VARBINDS || v->oid.n > OID_MAX ||
	    tail > WALK_MAX_BYTES - set->bytes || set->bytes + tail + 4096 > WALK_MAX_BYTES)
		return false;
	struct walk_entry *e = entry_new(v, tail);
	e->turn = set->turn++;
	set->bytes += e->bytes;
	size_t n = set->sorted.n;
	if (n == 0 || oid_cmp(set->sorted.v[n - 1]->v.oid, e->v.oid) <= 0)
		list_settle(set, &set->sorted, e);
	else
		list_push(&set->late, e);
	return true;
}

/* Forget a subtree. */
void
walk_drop(struct walk *w, struct oid prefix)
{
	struct walk_set *set = w->set;

	set_settle(set);
	size_t from = set_from(set, prefix), to = from;
	while (to < set->sorted.n && oid_is_under(set->sorted.v[to]->v.oid, prefix)) {
		set->bytes -= set->sorted.v[to]->bytes;
		free(set->sorted.v[to++]);
	}
	if (to > from)
		memmove(set->sorted.v + from, set->sorted.v + to,
		    (set->sorted.n - to) * sizeof *set->sorted.v);
	set->sorted.n -= to - from;
}

/* How many. */
size_t
walk_count(const struct walk *w)
{
	set_settle(w->set);
	return w->set->sorted.n;
}

/* The i-th in order. */
const struct varbind *
walk_at(const struct walk *w, size_t i)
{
	set_settle(w->set);
	return &w->set->sorted.v[i]->v;
}

/* The binding of an OID. */
const struct varbind *
walk_find(const struct walk *w, struct oid o)
{
	size_t i = walk_from(w, o);

	if (i == w->set->sorted.n || oid_cmp(w->set->sorted.v[i]->v.oid, o) != 0)
		return NULL;
	return &w->set->sorted.v[i]->v;
}

/* Where to begin to look. */
size_t
walk_from(const struct walk *w, struct oid o)
{
	set_settle(w->set);
	return set_from(w->set, o);
}
