/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_cell: all that a value of a row needs at each poll, from the field, the row's type, what
 * other columns say and the overrides of the configuration. */
#include <math.h>
#include <string.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/rows_make.h"

#define MAX_OVERRIDES 16 /* that may add sentinels to one value */

/* The slot of a column's value, if the walk has it. */
static uint32_t
slot_of_column(struct rows_making *m, const struct profile_column *c)
{
	const struct varbind *v = rows_look(m->w, c, m->d->index);

	return v != NULL ? rows_make_slot(m, v->oid) : ROWS_NO_SLOT;
}

/* Whether an override is of the row under way. */
static bool
is_of_row(const struct rows_making *m, const struct conf_override *o)
{
	return profile_pattern(o->source, m->d->source) &&
	       profile_pattern(o->instance, m->d->instance);
}

/* The i-th override. */
static const struct conf_override *
override_at(const struct rows_making *m, size_t i)
{
	return &((const struct conf_override *)m->overrides->v)[i];
}

/* How many there are. */
static size_t
noverrides(const struct rows_making *m)
{
	return m->overrides != NULL ? m->overrides->n : 0;
}

/* Whether a field is left out by an override. */
bool
rows_cell_is_off(const struct rows_making *m, const char *name)
{
	for (size_t i = 0; i < noverrides(m); i++) {
		const struct conf_override *o = override_at(m, i);
		if (o->off && is_of_row(m, o) && profile_pattern(o->field, name))
			return true;
	}
	return false;
}

/* How often the row is asked for. */
int64_t
rows_cell_interval(const struct rows_making *m)
{
	int64_t interval = m->d->group->interval_ms;

	for (size_t i = 0; i < noverrides(m); i++) {
		const struct conf_override *o = override_at(m, i);
		if (o->interval > 0 && is_of_row(m, o) && strcmp(o->field, "*") == 0)
			interval = o->interval;
	}
	return interval;
}

/* The lists of sentinels of a cell: the field's, the type's, those of overrides. */
static void
find_none(struct rows_making *m, const struct profile_field *f, const struct profile_type *t,
    struct rows_cell *c)
{
	struct profile_values lists[2 + MAX_OVERRIDES];
	size_t n = 0;

	if (f->none.n > 0)
		lists[n++] = f->none;
	if (t != NULL && t->none.n > 0)
		lists[n++] = t->none;
	for (size_t i = 0; i < noverrides(m) && n < 2 + MAX_OVERRIDES; i++) {
		const struct conf_override *o = override_at(m, i);
		if (o->none.n > 0 && is_of_row(m, o) && profile_pattern(o->field, f->conf->name))
			profile_parse_values(&m->r->pool, &o->none, &lists[n++]);
	}
	if (n == 0)
		return;
	struct profile_values *v = profile_get(&m->r->pool, n, sizeof *v);
	memcpy(v, lists, n * sizeof *v);
	c->none = v;
	c->nnone = n;
}

/* Conditions with the slots that they look at. */
static struct rows_whens
find_whens(struct rows_making *m, const struct profile_conditions *c)
{
	struct rows_when *v = profile_get(&m->r->pool, c->n, sizeof *v);

	for (size_t i = 0; i < c->n; i++)
		v[i] = (struct rows_when){ .condition = &c->v[i],
			.slot = slot_of_column(m, &c->v[i].column) };
	return (struct rows_whens){ .v = v, .n = c->n };
}

/* A factor as two that are exact where it is one over a whole number. */
static void
split_factor(double scale, double *multiply, double *divide)
{
	double over = round(1 / scale);

	if (fabs(scale) < 1 && fabs(over * scale - 1) < 1e-12) {
		*divide *= fabs(over);
		scale = over < 0 ? -1 : 1;
	}
	*multiply *= scale;
}

/* How a cell's number becomes its value; false when a column of it has no value. */
static bool
find_scaling(struct rows_making *m, const struct profile_field *f, const struct profile_type *t,
    struct rows_scaling *out)
{
	struct rows_asker a = rows_ask_walk(m->w, m->d->index);
	double scale = f->conf->scale * (t != NULL ? t->conf->scale : 1);

	for (size_t i = 0; i < noverrides(m); i++) {
		const struct conf_override *o = override_at(m, i);
		if (!isnan(o->scale) && is_of_row(m, o) && profile_pattern(o->field, f->conf->name))
			scale = o->scale;
	}
	*out = (struct rows_scaling){ .multiply = 1, .divide = 1, .offset = f->conf->offset };
	if (t != NULL && !isnan(t->conf->offset))
		out->offset = t->conf->offset;
	split_factor(scale, &out->multiply, &out->divide);
	out->convert =
	    t != NULL && t->convert != -1 ? (enum profile_convert)t->convert : f->convert;
	out->fahrenheit = out->convert == PROFILE_FAHRENHEIT ||
			  (f->fahrenheit.n > 0 && rows_all_hold(&a, &f->fahrenheit));
	return rows_find_factors(f, m->w, m->d->index, &out->multiply, &out->divide);
}

/* A cell's plausible range. */
static void
find_range(struct rows_making *m, const struct profile_field *f, const struct profile_type *t,
    struct rows_cell *c)
{
	c->min = t != NULL && !isnan(t->conf->min) ? t->conf->min : f->conf->min;
	c->max = t != NULL && !isnan(t->conf->max) ? t->conf->max : f->conf->max;
	for (size_t i = 0; i < noverrides(m); i++) {
		const struct conf_override *o = override_at(m, i);
		if (!is_of_row(m, o) || !profile_pattern(o->field, f->conf->name))
			continue;
		c->min = isnan(o->min) ? c->min : o->min;
		c->max = isnan(o->max) ? c->max : o->max;
	}
	if (c->min >= c->max)
		c->min = c->max = NAN;
}

/* A cell's states, of a row's own type if it has one; false when it has none though it should. */
static bool
find_states(struct rows_making *m, const struct profile_field *f, const struct profile_type *t,
    struct rows_cell *c)
{
	if (c->kind != FIELD_STATE)
		return true;
	if (t != NULL && t->states != NULL)
		c->states = t->states;
	else
		c->states = rows_find_states(&m->r->pool, f, m->w, m->d->index);
	return c->states != NULL;
}

/* Makes a cell; false when it cannot be. */
bool
rows_cell_make(struct rows_making *m, const struct profile_field *f, const struct profile_type *t,
    const struct varbind *v, struct rows_cell *c)
{
	*c = (struct rows_cell){ .discontinuity = ROWS_NO_SLOT };
	c->kind = t != NULL && t->kind != -1 ? (enum field_kind)t->kind : f->kind;
	if (!find_scaling(m, f, t, &c->scaling) || !find_states(m, f, t, c))
		return false;
	find_range(m, f, t, c);
	find_none(m, f, t, c);
	c->none_when = find_whens(m, &f->none_when);
	c->none_when_all = find_whens(m, &f->none_when_all);
	c->slot = rows_make_slot(m, v->oid);
	if (c->kind == FIELD_COUNTER)
		c->discontinuity = slot_of_column(m, &f->discontinuity);
	if (c->kind == FIELD_GAUGE)
		c->has_limits = rows_find_limits(f, c, m->w, m->d->index, &c->limits);
	return true;
}
