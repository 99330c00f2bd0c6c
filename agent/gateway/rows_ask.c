/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_ask: templates and conditions of a profile, for a row of a walk or for a trap. */
#include <stdio.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"
#include "zw/str.h"

/* Where a column's value is for a row: false when the index is too short or too long. */
static bool
locate(const struct profile_column *c, struct oid index, struct oid_buf *out)
{
	out->n = 0;
	if (oid_append(out, c->oid) == -1)
		return false;
	switch (c->at) {
	case PROFILE_AT_ROW:
		return oid_append(out, index) == 0;
	case PROFILE_AT_FIXED:
		return oid_append(out, c->fixed) == 0;
	case PROFILE_AT_PART:
		if (c->to > index.n)
			return false;
		index = oid_tail(index, c->from - 1);
		index.n = c->to - c->from + 1;
		return oid_append(out, index) == 0;
	case PROFILE_AT_NEAR:
		break;
	}
	if (index.n == 0 || oid_append(out, index) == -1)
		return false;
	int64_t last = (int64_t)index.id[index.n - 1] + c->add;
	out->id[out->n - 1] = (uint32_t)last;
	return last >= 0 && last <= UINT32_MAX;
}

/* A column's value in the walk. */
const struct varbind *
rows_look(const struct walk *w, const struct profile_column *c, struct oid index)
{
	struct oid_buf o;

	if (c->oid.n == 0 || !locate(c, index, &o))
		return NULL;
	const struct varbind *v = walk_find(w, oid_of(&o));
	return v != NULL && v->type < VARBIND_NO_OBJECT ? v : NULL;
}

/* The same for an asker. */
static bool
ask_walk(const void *arg, const struct profile_column *c, struct oid index, struct slot *out)
{
	const struct varbind *v = rows_look(arg, c, index);

	if (v == NULL)
		return false;
	rows_take(out, v);
	return rows_said_any(out);
}

/* Ask the walk. */
struct rows_asker
rows_ask_walk(const struct walk *w, struct oid index)
{
	return (struct rows_asker){ .ask = ask_walk, .arg = w, .index = index };
}

/* A piece's text. */
static bool
piece_text(const struct rows_asker *a, const struct profile_piece *p, char *dst, size_t size)
{
	char text[OID_MAX_TEXT];
	struct slot said = { .type = VARBIND_NO_INSTANCE };

	if (p->text != NULL) {
		(void)str_copy(dst, size, p->text);
		return false;
	}
	if (p->column.oid.n > 0) {
		bool any = a->ask(a->arg, &p->column, a->index, &said);
		if (any)
			rows_said_text(dst, size, &said);
		return any && dst[0] != '\0';
	}
	struct oid o = p->index == 0 ? a->index : oid_tail(a->index, p->index - 1);
	if (p->index > 0 && o.n > 1)
		o.n = 1;
	(void)str_copy(dst, size, oid_format(text, o));
	return dst[0] != '\0';
}

/* Make a template's text: false when none of what it asks for is there. */
bool
rows_template(const struct rows_asker *a, const struct profile_template *t, char *dst, size_t size)
{
	char text[ROWS_MAX_TEXT];
	bool any = t->n == 1 && t->v[0].text != NULL; /* it asks for nothing */
	size_t at = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < t->n; i++) {
		text[0] = '\0';
		any |= piece_text(a, &t->v[i], text, sizeof text);
		const char *from = text;
		while (at == 0 && *from == ' ')
			from++;
		size_t n = strlen(from);
		if (n >= size - at)
			n = size - at - 1;
		while (n > 0 && !str_is_text(from, n))
			n--; /* no half of a character */
		memcpy(dst + at, from, n);
		at += n;
	}
	while (at > 0 && dst[at - 1] == ' ')
		at--;
	dst[at] = '\0';
	return any;
}

/* Whether one condition holds. */
static bool
holds(const struct rows_asker *a, const struct profile_condition *c)
{
	struct slot said = { .type = VARBIND_NO_INSTANCE };

	return rows_said_holds(a->ask(a->arg, &c->column, a->index, &said) ? &said : NULL, c);
}

/* Whether all hold. */
bool
rows_all_hold(const struct rows_asker *a, const struct profile_conditions *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!holds(a, &c->v[i]))
			return false;
	return true;
}

/* Whether any holds. */
bool
rows_any_holds(const struct rows_asker *a, const struct profile_conditions *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (holds(a, &c->v[i]))
			return true;
	return false;
}
