/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts are fields of states with a bad one, told by what they are called; set points are levels
 * that somebody sets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/cooling_parts.h"
#include "collector/report/figures/mode.h"
#include "collector/report/figures/span.h"
#include "zw/alloc.h"

/* What a contact is of; the first that fits. */
static const struct {
	const char *pattern;
	enum cooling_contact_kind kind;
} kinds[] = { { "*leak*", COOLING_WATER }, { "*water*", COOLING_WATER },
	{ "*condensate*", COOLING_WATER }, { "*smoke*", COOLING_SMOKE },
	{ "*filter*", COOLING_FILTER }, { "*door*", COOLING_DOOR }, { "*access*", COOLING_DOOR } };

/* Whether a field is a contact, and of what. */
static bool
is_contact(const struct series *se, unsigned field, enum cooling_contact_kind *kind)
{
	if (se->fields[field].kind != FIELD_STATE || strncmp(se->source, "trap", 4) == 0 ||
	    strcmp(se->source, "device") == 0 || strcmp(se->source, "status") == 0)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (cooling_named(se, field, kinds[i].pattern)) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

/* The series that tells how a value is: "status-Leakage.Status" of "water-Leakage.Value". NULL:
 * there is none. */
static const struct series *
status_of(const struct series *se)
{
	size_t n = strlen(se->instance), tail = strlen(".Value");
	const struct node *of = se->node;

	if (n < tail || strcmp(se->instance + n - tail, ".Value") != 0)
		return NULL;
	for (size_t i = 0; i < of->nseries; i++) {
		const struct series *s = of->series[i];
		if (strcmp(s->source, "status") == 0 &&
		    strncmp(s->instance, se->instance, n - tail) == 0 &&
		    strcmp(s->instance + n - tail, ".Status") == 0)
			return s;
	}
	return NULL;
}

/* What its rows tell. */
static void
judge(struct cooling_contact *c, const struct span *s, const struct mode *m)
{
	bool was = false;

	for (size_t r = 0; r < s->nrows; r++) {
		double part = mode_part(m, s, c->field, r);
		c->total_s += (double)s->step_s;
		if (isnan(part))
			continue;
		c->known_s += (double)s->step_s;
		c->bad_s += part * (double)s->step_s;
		c->times += part > 0 && !was;
		was = part > 0;
		if (was)
			c->last_at_s = s->from_s + (int64_t)r * s->step_s;
	}
}

/* A contact, if the field is one. Where a value has no bad state, its status may have. */
static void
read_contact(struct cooling *v, const struct series *se, unsigned field)
{
	struct cooling_contact c = { .series = se, .field = field };
	struct span *s;
	struct mode m;

	if (!is_contact(se, field, &c.kind))
		return;
	c.label = se->fields[field].label;
	mode_bad(&m, se, field);
	if (!m.any && status_of(se) != NULL) {
		c.series = se = status_of(se);
		c.field = 0;
		mode_bad(&m, se, 0);
	}
	if (!m.any)
		return;
	if (span_read(&s, se, v->from_s, v->to_s, COOLING_STEP_S, NULL) == 0) {
		judge(&c, s, &m);
		span_free(s);
	} else {
		c.total_s = (double)(v->to_s - v->from_s);
	}
	v->contacts = xreallocarray(v->contacts, v->ncontacts + 1, sizeof *v->contacts);
	v->contacts[v->ncontacts++] = c;
}

/* Water before smoke before the rest; of these what was bad longest. */
static int
by_badness(const void *x, const void *y)
{
	const struct cooling_contact *a = x, *b = y;
	int rc;

	if ((a->times > 0) != (b->times > 0))
		return a->times > 0 ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->bad_s != b->bad_s)
		return a->bad_s > b->bad_s ? -1 : 1;
	if ((rc = strcmp(a->series->node->name, b->series->node->name)) != 0)
		return rc;
	if ((rc = strcmp(a->series->name, b->series->name)) != 0)
		return rc;
	return a->field < b->field ? -1 : a->field > b->field;
}

void
cooling_read_contacts(struct cooling *v, const struct figures_ask *a)
{
	for (size_t i = 0; i < site_nnodes(a->plant->site); i++) {
		const struct node *n = site_node_at(a->plant->site, i);
		if (n->kind != NODE_DEVICE || !plant_in_zone(n, a->zone))
			continue;
		for (size_t k = 0; k < n->nseries; k++)
			for (unsigned f = 0; f < n->series[k]->nfields; f++)
				read_contact(v, n->series[k], f);
	}
	if (v->ncontacts > 0)
		qsort(v->contacts, v->ncontacts, sizeof *v->contacts, by_badness);
}

/* Keeps a change, in the order of time; the oldest goes when there is no room. */
static void
keep_change(struct cooling *v, const struct cooling_setpoint *c)
{
	size_t at = v->nsetpoints;

	v->setpoint_changes++;
	while (at > 0 && v->setpoints[at - 1].at_s > c->at_s)
		at--;
	if (v->nsetpoints == COOLING_SETPOINTS) {
		if (at == 0)
			return;
		memmove(v->setpoints, v->setpoints + 1, (at - 1) * sizeof *c);
		v->setpoints[at - 1] = *c;
		return;
	}
	memmove(&v->setpoints[at + 1], &v->setpoints[at], (v->nsetpoints - at) * sizeof *c);
	v->setpoints[at] = *c;
	v->nsetpoints++;
}

void
cooling_read_setpoint(
    struct cooling *v, const struct series *se, const struct span *s, unsigned field)
{
	double before = NAN;
	bool known = false;

	for (size_t r = 0; r < s->nrows; r++) {
		double low = s->values[SPAN_MIN][field][r], high = s->values[SPAN_MAX][field][r];
		/* While it is changed a row has both values: the next one tells the new. */
		known |= !isnan(low);
		if (isnan(low) || fabs(high - low) > 1e-6)
			continue;
		if (!isnan(before) && fabs(low - before) > 1e-6) {
			struct cooling_setpoint c = { se, field, s->from_s + (int64_t)r * s->step_s,
				before, low };
			keep_change(v, &c);
		}
		before = low;
	}
	v->nsetpoint_fields += known;
}
