/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_make: from drafts to lines: each row with its cells (rows_cell.c), their names as they
 * travel, and the slots that are asked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/rows_make.h"
#include "zw/alloc.h"

/* A place in the table for an OID. */
static size_t
hash_of(struct oid o)
{
	uint64_t h = 1469598103934665603u; /* FNV-1a, over whole sub-identifiers */

	for (unsigned i = 0; i < o.n; i++)
		h = (h ^ o.id[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* Where an OID is in the table, or should be. */
static size_t
hash_find(const struct rows_making *m, struct oid o)
{
	size_t at = hash_of(o) & (m->nhash - 1);

	while (m->hash[at] != 0 && oid_cmp(m->r->slots[m->hash[at] - 1].oid, o) != 0)
		at = (at + 1) & (m->nhash - 1);
	return at;
}

/* A table twice as large. */
static void
hash_grow(struct rows_making *m)
{
	free(m->hash);
	m->nhash = m->nhash > 0 ? m->nhash * 2 : 1024;
	m->hash = xcalloc(m->nhash, sizeof *m->hash);
	for (size_t i = 0; i < m->r->nslots; i++)
		m->hash[hash_find(m, m->r->slots[i].oid)] = (uint32_t)i + 1;
}

/* The slot of an OID; the row's interval is its, if it is the shortest. */
uint32_t
rows_make_slot(struct rows_making *m, struct oid o)
{
	struct rows *r = m->r;

	if (r->nslots * 2 >= m->nhash)
		hash_grow(m);
	size_t at = hash_find(m, o);
	if (m->hash[at] == 0) {
		if (r->nslots == m->cap) {
			m->cap = m->cap > 0 ? m->cap * 2 : 64;
			r->slots = xreallocarray(r->slots, m->cap, sizeof *r->slots);
		}
		r->slots[r->nslots] = (struct slot){ .oid = profile_oid(&r->pool, o),
			.interval_ms = m->interval_ms,
			.type = VARBIND_NO_INSTANCE };
		m->hash[at] = (uint32_t)++r->nslots;
	}
	struct slot *s = &r->slots[m->hash[at] - 1];
	if (m->interval_ms < s->interval_ms)
		s->interval_ms = m->interval_ms;
	return m->hash[at] - 1;
}

/* Fills a field as it travels. Texts are cut between two characters. */
void
rows_name_field(struct field *out, const char *name, const char *label, const char *unit)
{
	*out = (struct field){ .kind = FIELD_STATE, .min = NAN, .max = NAN };
	(void)str_copy(out->name, sizeof out->name, name);
	(void)str_copy(out->unit, sizeof out->unit, unit);
	if (str_copy(out->label, sizeof out->label, label) == -1)
		for (size_t n = strlen(out->label); n > 0 && !str_is_text(out->label, n);)
			out->label[--n] = '\0';
}

/* Whether a name is taken. */
static bool
is_taken(const struct rows_cells *cells, const char *name)
{
	for (unsigned i = 0; i < cells->n; i++)
		if (strcmp(cells->field[i].name, name) == 0)
			return true;
	return false;
}

/* Puts the state by the device's limits behind a cell. */
static void
add_limit(struct rows_making *m, struct rows_cells *to, const char *label)
{
	char name[NAME_MAX_FIELD + 1], text[2 * METRIC_MAX_LABEL + 32];
	const struct field *f = &to->field[to->n - 1];

	(void)snprintf(name, sizeof name, "%.*s_limit", NAME_MAX_FIELD - 6, f->name);
	if (rows_cell_is_off(m, name))
		return;
	if (to->n == METRIC_MAX_FIELDS || is_taken(to, name)) {
		m->r->left_out++;
		return;
	}
	(void)snprintf(text, sizeof text, "%s: the device's own limits", label);
	rows_name_field(&to->field[to->n], name, text, "1");
	to->cell[to->n++] = (struct rows_cell){ .slot = ROWS_NO_SLOT,
		.kind = FIELD_STATE,
		.min = NAN,
		.max = NAN,
		.discontinuity = ROWS_NO_SLOT };
}

/* Makes the i-th field of the row, if the device has it. */
static void
make_field(struct rows_making *m, size_t i)
{
	const struct rows_draft *d = m->d;
	const struct profile_field *f = &d->group->fields[i];
	const struct profile_type *t = i == 0 ? d->type : NULL;
	const struct varbind *v = rows_look(m->w, &f->column, d->index);
	bool shown = f->conf->show_only || (t != NULL && t->conf->show_only);
	struct rows_cells *to = shown ? m->shown : m->sent;
	const char *label = f->conf->label != NULL ? f->conf->label : f->conf->name;

	if (v == NULL || rows_cell_is_off(m, f->conf->name))
		return;
	if (to->n == METRIC_MAX_FIELDS || !rows_cell_make(m, f, t, v, &to->cell[to->n])) {
		m->r->left_out++;
		return;
	}
	struct rows_cell *c = &to->cell[to->n];
	char whole[2 * METRIC_MAX_LABEL];
	if (f->conf->label == NULL && i == 0 && d->group->table != NULL) {
		label = d->title;
	} else if (c->kind == FIELD_STATE && d->title[0] != '\0') {
		/* An alert on a state says what it is by this alone. */
		(void)snprintf(whole, sizeof whole, "%s: %s", d->title, label);
		label = whole;
	}
	struct field *out = &to->field[to->n++];
	rows_name_field(out, f->conf->name, label,
	    t != NULL && t->conf->unit != NULL ? t->conf->unit : f->conf->unit);
	out->kind = c->kind;
	if (c->kind != FIELD_STATE) {
		out->min = c->min;
		out->max = c->max;
	}
	if (c->has_limits && !shown)
		add_limit(m, to, label);
}

/* Tell a series the meaning of a field's states. */
void
rows_tell_states(struct series_def *def, unsigned field, const struct profile_states *states)
{
	for (size_t i = 0; i < states->n; i++) {
		const struct profile_state *from = &states->v[i];
		struct metric_state st = { .code = from->code, .severity = from->severity };
		if (from->none)
			continue;
		if (str_copy(st.text, sizeof st.text, from->text) == -1)
			for (size_t n = strlen(st.text); n > 0 && !str_is_text(st.text, n);)
				st.text[--n] = '\0';
		(void)metric_state_add(def, field, &st);
	}
}

/* Tells the meaning of all states of a row. */
static void
tell_states(const struct rows_cells *sent, struct series_def *def)
{
	static const char *const limits[] = ROWS_LIMIT_TEXTS;

	for (unsigned i = 0; i < sent->n; i++) {
		const struct rows_cell *c = &sent->cell[i];
		if (c->states != NULL)
			rows_tell_states(def, i, c->states);
		for (int s = METRIC_OK; c->slot == ROWS_NO_SLOT && s <= METRIC_CRITICAL; s++) {
			struct metric_state st = { .code = s, .severity = (enum metric_severity)s };
			(void)str_copy(st.text, sizeof st.text, limits[s]);
			(void)metric_state_add(def, i, &st);
		}
	}
}

/* Takes note of a slot of the row, once. */
static void
note_slot(uint32_t *slots, size_t *n, uint32_t slot)
{
	for (size_t i = 0; i < *n; i++)
		if (slots[i] == slot)
			return;
	if (slot != ROWS_NO_SLOT)
		slots[(*n)++] = slot;
}

/* The columns of a row's key, and what they say now. */
static void
make_keys(struct rows_making *m, struct rows_line *line)
{
	const struct profile_template *t = &m->d->group->key;

	line->keys = profile_get(&m->r->pool, t->n, sizeof *line->keys);
	for (size_t i = 0; i < t->n; i++) {
		const struct varbind *v = rows_look(m->w, &t->v[i].column, m->d->index);
		if (v == NULL)
			continue;
		struct slot *said = profile_get(&m->r->pool, 1, sizeof *said);
		rows_take(said, v);
		line->keys[line->nkeys++] =
		    (struct rows_key){ .slot = rows_make_slot(m, v->oid), .said = said };
	}
}

/* All slots that the row needs. */
static void
make_slots(struct rows_making *m, struct rows_line *line)
{
	uint32_t
	    slots[ROWS_MAX_CELLS * 10 + 64]; /* a cell's own, its discontinuity, 8 conditions' */
	size_t n = 0;

	for (unsigned i = 0; i < line->row.nvalues; i++) {
		const struct rows_cell *c = &line->cells[i];
		note_slot(slots, &n, c->slot);
		note_slot(slots, &n, c->discontinuity);
		for (size_t j = 0; j < c->none_when.n && j < 4; j++)
			note_slot(slots, &n, c->none_when.v[j].slot);
		for (size_t j = 0; j < c->none_when_all.n && j < 4; j++)
			note_slot(slots, &n, c->none_when_all.v[j].slot);
	}
	for (size_t i = 0; i < line->nkeys && i < 64; i++)
		note_slot(slots, &n, line->keys[i].slot);
	line->slots = profile_get(&m->r->pool, n, sizeof *slots);
	if (n > 0)
		memcpy(line->slots, slots, n * sizeof *slots);
	line->nslots = n;
}

/* Fills a line of the cells that were made. */
static void
make_line(struct rows_making *m, struct rows_line *line)
{
	const struct rows_draft *d = m->d;
	struct series_def *def = &line->row.def;
	unsigned n = m->sent->n;

	line->row.profile = d->profile;
	line->row.child = d->child;
	line->row.title = d->title;
	line->row.index = d->index;
	line->row.interval_ms = m->interval_ms;
	line->row.nvalues = n + m->shown->n;
	(void)str_copy(def->source, sizeof def->source, d->source);
	(void)str_copy(def->instance, sizeof def->instance, d->instance);
	def->step_s = m->interval_ms < 1000 ? 1 : (uint32_t)(m->interval_ms / 1000);
	def->nfields = n;
	memcpy(def->fields, m->sent->field, n * sizeof *def->fields);
	tell_states(m->sent, def);
	line->cells = profile_get(&m->r->pool, line->row.nvalues, sizeof *line->cells);
	memcpy(line->cells, m->sent->cell, n * sizeof *line->cells);
	memcpy(line->cells + n, m->shown->cell, m->shown->n * sizeof *line->cells);
	line->shown = profile_get(&m->r->pool, m->shown->n, sizeof *line->shown);
	memcpy(line->shown, m->shown->field, m->shown->n * sizeof *line->shown);
	make_keys(m, line);
	make_slots(m, line);
}

/* Makes one row. */
static void
make_row(struct rows_making *m)
{
	struct rows *r = m->r;

	m->sent->n = m->shown->n = 0;
	m->interval_ms = rows_cell_interval(m);
	for (size_t i = 0; i < m->d->group->nfields; i++)
		make_field(m, i);
	if (m->sent->n + m->shown->n == 0)
		return;
	struct rows_line *line = profile_get(&r->pool, 1, sizeof *line);
	make_line(m, line);
	r->lines[r->n++] = line;
}

/* Make all lines. */
void
rows_make(
    struct rows *r, const struct rows_drafts *d, const struct walk *w, const struct rows_opts *o)
{
	struct rows_making m = { .r = r, .w = w, .overrides = o != NULL ? o->overrides : NULL };

	m.sent = xcalloc(1, sizeof *m.sent);
	m.shown = xcalloc(1, sizeof *m.shown);
	r->lines = xcalloc(d->n + 1, sizeof *r->lines);
	for (size_t i = 0; i < d->n; i++) {
		m.d = &d->v[i];
		if (!m.d->dropped)
			make_row(&m);
	}
	free(m.sent);
	free(m.shown);
	free(m.hash);
}
