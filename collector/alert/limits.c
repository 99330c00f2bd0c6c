/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits: a rule as it is on one subject. The rows of `limits` are gone through in order, and what
 * a row gives counts until a later one gives the same. What the rows that fit make of a rule is
 * made once; the keys of its kind are found by their names, so that a row suits every kind. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

/* Whether any of the patterns covers the text; none given covers all. */
static bool
covers(const struct conf_texts *patterns, const char *text)
{
	for (size_t i = 0; text != NULL && i < patterns->n; i++) {
		if (str_covers(patterns->v[i], text))
			return true;
	}
	return patterns->n == 0;
}

/* Which rows may concern each rule. */
static void
find_rows(struct engine *e)
{
	const struct conf_limit *rows = e->conf->limits.v;
	e->limits = xcalloc(e->nwatches + 1, sizeof *e->limits);
	for (size_t r = 0; r < e->nwatches; r++) {
		struct limits *l = &e->limits[r];
		for (size_t i = 0; i < e->conf->limits.n; i++) {
			if (!str_covers(rows[i].rule, e->watches[r].conf->name))
				continue;
			l->rows = xreallocarray(l->rows, l->nrows + 1, sizeof *l->rows);
			l->rows[l->nrows++] = i;
		}
	}
}

/* Whether a row is about such a subject. What has no node or series is none of a row that names
 * some. */
static bool
row_fits(const struct conf_limit *row, const struct zone *z, const struct node *n,
    const struct series *se)
{
	if (!covers(&row->zones, watch_zone_name(z)))
		return false;
	if (!covers(&row->nodes, n != NULL ? n->name : NULL))
		return false;
	return covers(&row->series, se != NULL ? se->source : NULL) ||
	       covers(&row->series, se != NULL ? se->name : NULL);
}

/* The place of a key of the kind in its variant; NULL: it has none of this name and type. */
static void *
key_of(const struct limited *l, const char *name, enum conf_type type)
{
	const struct conf_table *t = l->watch.kind->table;
	for (size_t i = 0; t != NULL && i < t->nkeys; i++) {
		if (t->keys[i].type == type && strcmp(t->keys[i].name, name) == 0)
			return (char *)l->conf.variant + t->keys[i].offset;
	}
	return NULL;
}

/* Take over a number that a row gives. */
static bool
take_number(struct limited *l, const char *name, double v)
{
	double *to = isnan(v) ? NULL : key_of(l, name, CONF_number);
	if (to == NULL)
		return false;
	*to = v;
	return true;
}

/* Let the rule be without a number that it may have. */
static void
forget_number(struct limited *l, const char *name)
{
	double *to = key_of(l, name, CONF_number);
	if (to != NULL)
		*to = NAN;
}

/* Take over what a row gives. */
static void
take_row(struct limited *l, const struct conf_limit *row)
{
	struct conf_rule *r = &l->conf;
	int severity = watch_severity(row->severity);
	int64_t *after = row->after >= 0 ? key_of(l, "after", CONF_duration) : NULL;
	(void)take_number(l, "above", row->above);
	(void)take_number(l, "below", row->below);
	if (take_number(l, "deadband", row->deadband))
		forget_number(l, "clear");
	(void)take_number(l, "clear", row->clear);
	if (after != NULL)
		*after = row->after;
	if (row->count > 0)
		r->count = row->count;
	if (row->for_ >= 0)
		r->for_ = row->for_;
	if (row->clear_for >= 0)
		r->clear_for = row->clear_for;
	if (severity >= 0) {
		r->severity = row->severity;
		l->watch.severity = (enum wire_severity)severity;
	}
	l->off = l->off || row->off;
}

/* A limit that was moved past the rule's `clear` takes it along: the distance stays. */
static void
move_clear(struct limited *l, const struct conf_rule *base)
{
	double *clear = key_of(l, "clear", CONF_number);
	const double *above = key_of(l, "above", CONF_number);
	const double *below = key_of(l, "below", CONF_number);
	if (clear == NULL || isnan(*clear))
		return;
	const char *was = base->variant;
	const char *now = l->conf.variant;
	double above0 = above != NULL ? *(const double *)(was + ((const char *)above - now)) : NAN;
	double below0 = below != NULL ? *(const double *)(was + ((const char *)below - now)) : NAN;
	if (above != NULL && *clear > *above && !isnan(above0))
		*clear = *above - fabs(above0 - *clear);
	else if (below != NULL && *clear < *below && !isnan(below0))
		*clear = *below + fabs(*clear - below0);
}

/* Make of a rule what these rows say. */
static struct limited *
make(const struct engine *e, const struct watch *w, const size_t *rows, size_t n)
{
	const struct conf_limit *all = e->conf->limits.v;
	struct limited *l = xcalloc(1, sizeof *l);
	l->watch = *w;
	l->conf = *w->conf;
	l->watch.conf = &l->conf;
	if (w->conf->variant != NULL && w->kind->table != NULL)
		l->conf.variant = xmemdup(w->conf->variant, w->kind->table->size);
	l->rows = xmemdup(rows, n * sizeof *rows);
	l->nrows = n;
	for (size_t i = 0; i < n; i++)
		take_row(l, &all[rows[i]]);
	if (l->conf.variant != NULL)
		move_clear(l, w->conf);
	return l;
}

/* The rule on this subject. */
const struct watch *
limits_of(struct engine *e, const struct watch *w, const struct zone *z, const struct node *n,
    const struct series *se)
{
	const struct conf_limit *all = e->conf->limits.v;
	w = w->base;
	if (e->conf->limits.n == 0 || w->index >= e->nwatches || w->kind == NULL)
		return w;
	if (e->limits == NULL)
		find_rows(e);
	struct limits *ls = &e->limits[w->index];
	size_t count = 0;
	if (ls->nrows == 0)
		return w;
	size_t *fit = xcalloc(ls->nrows, sizeof *fit);
	for (size_t i = 0; i < ls->nrows; i++) {
		if (row_fits(&all[ls->rows[i]], z, n, se))
			fit[count++] = ls->rows[i];
	}
	struct limited *l = NULL;
	for (size_t i = 0; count > 0 && l == NULL && i < ls->nmade; i++) {
		if (ls->made[i]->nrows == count &&
		    memcmp(ls->made[i]->rows, fit, count * sizeof *fit) == 0)
			l = ls->made[i];
	}
	if (count > 0 && l == NULL) {
		l = make(e, w, fit, count);
		ls->made = xreallocarray(ls->made, ls->nmade + 1, sizeof(struct limited *));
		ls->made[ls->nmade++] = l;
	}
	free(fit);
	if (l == NULL)
		return w;
	return l->off ? NULL : &l->watch;
}

/* Free all that was made. */
void
limits_free(struct engine *e)
{
	for (size_t r = 0; e->limits != NULL && r < e->nwatches; r++) {
		struct limits *ls = &e->limits[r];
		for (size_t i = 0; i < ls->nmade; i++) {
			if (ls->made[i]->conf.variant != ls->made[i]->watch.base->conf->variant)
				free(ls->made[i]->conf.variant);
			free(ls->made[i]->rows);
			free(ls->made[i]);
		}
		free(ls->made);
		free(ls->rows);
	}
	free(e->limits);
	e->limits = NULL;
}
