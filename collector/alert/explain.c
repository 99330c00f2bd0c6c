/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine knows of its subjects, for people who ask why something fires, or does not. */
#include "collector/alert/explain.h"

#include <math.h>
#include <string.h>

#include "collector/alert/engine.h"

/* Whether a group looks at the node. */
static bool
group_has(const struct group *g, const struct node *n)
{
	const struct subject *s = g->subject;
	for (size_t i = 0; i < g->nmembers; i++) {
		if (g->members[i]->binding->series->node == n)
			return true;
	}
	if (s->watch == NULL || s->watch->kind->needs_field || g->nmembers > 0)
		return false;
	return watch_covers_node(s->watch, n) && (s->zone == NULL || s->zone == n->zone);
}

/* The group of a subject; NULL: it is of a node. */
static const struct group *
group_at(const struct engine *e, const struct subject *s)
{
	for (size_t i = 0; i < e->ngroups; i++) {
		if (e->groups[i]->subject == s)
			return e->groups[i];
	}
	return NULL;
}

/* Whether a subject can be judged by its own value now. */
static bool
is_known(const struct engine *e, const struct subject *s)
{
	if (s->binding == NULL || !s->watch->kind->needs_field)
		return true;
	return binding_usable(s->binding, s->field, e->tick_ms);
}

/* How it stands with a subject that has no alert. */
static enum rule_sight
quiet_sight(const struct engine *e, const struct subject *s)
{
	const struct binding *b = s->binding;
	if (b != NULL && !s->watch->kind->quarantines && (b->quarantined >> s->field & 1) != 0)
		return SIGHT_QUARANTINED;
	if (!is_known(e, s))
		return SIGHT_NO_DATA;
	return SIGHT_OK;
}

/* How it stands with one that has an alert, and what that waits for. */
static void
see_alert(const struct engine *e, const struct subject *s, struct rule_view *v)
{
	const struct alert *a = s->alert;
	int64_t held_ms = e->tick_ms - s->since_ms;
	v->value = a->value;
	if (a->state == ALERT_PENDING) {
		v->sight = SIGHT_PENDING;
		v->waits_ms = s->watch->conf->for_ - held_ms;
	} else if (a->state == ALERT_CLEARING) {
		v->sight = SIGHT_CLEARING;
		v->waits_ms = s->watch->conf->clear_for - held_ms;
	} else {
		v->sight = SIGHT_FIRING;
	}
	if (v->waits_ms < 0 && v->sight != SIGHT_FIRING)
		v->waits_ms = 0;
}

/* What all views of a rule have. */
static struct rule_view
view_of(const struct watch *w)
{
	return (struct rule_view){ .rule = w->conf,
		.table = w->kind->table,
		.title = w->title,
		.severity = w->severity,
		.field = "",
		.value = NAN,
		.waits_ms = -1 };
}

/* Tell of a subject. */
static void
see_subject(const struct engine *e, const struct subject *s, const struct group *g,
    void (*see)(void *arg, const struct rule_view *v), void *arg)
{
	struct rule_view v = view_of(s->watch);
	v.zone = s->zone;
	v.node = s->node;
	v.rack = s->rack;
	v.alert = s->alert;
	v.members = g != NULL ? g->nmembers : 0;
	(void)str_copy(v.unit, sizeof v.unit, s->unit);
	if (s->binding != NULL) {
		v.series = s->binding->series;
		if (s->watch->kind->needs_field) {
			v.field = subject_field(s);
			v.value =
			    v.series->last.time_s != 0 ? v.series->last.values[s->field] : NAN;
		}
	}
	v.because = s->node != NULL ? engine_because(e, s->node) : NULL;
	v.sight = quiet_sight(e, s);
	if (s->alert != NULL)
		see_alert(e, s, &v);
	else if (v.because != NULL)
		v.sight = SIGHT_UNREACHABLE;
	see(arg, &v);
}

/* Tell of a rule that would look at the series, and is off there. */
static void
see_off(const struct watch *w, const struct series *se,
    void (*see)(void *arg, const struct rule_view *v), void *arg)
{
	struct node *n = se->node;
	for (unsigned i = 0; i < se->nfields; i++) {
		if (!watch_covers_field(w, &se->fields[i]))
			continue;
		struct rule_view v = view_of(w);
		v.zone = n->zone;
		v.node = n;
		v.series = se;
		v.field = se->fields[i].name;
		v.value = se->last.time_s != 0 ? se->last.values[i] : NAN;
		(void)str_copy(v.unit, sizeof v.unit, se->fields[i].unit);
		v.sight = SIGHT_OFF;
		see(arg, &v);
	}
}

/* Tell of all rules. */
void
explain_node(struct engine *e, const struct node *n,
    void (*see)(void *arg, const struct rule_view *v), void *arg)
{
	for (size_t i = 0; i < e->nsubjects; i++) {
		const struct subject *s = e->subjects[i];
		if (s->watch == NULL || s->watch->kind == NULL)
			continue;
		const struct group *g = s->node == NULL ? group_at(e, s) : NULL;
		if (s->node == n || (g != NULL && group_has(g, n)))
			see_subject(e, s, g, see, arg);
	}
	for (size_t r = 0; r < e->nwatches; r++) {
		const struct watch *w = &e->watches[r];
		for (size_t i = 0; w->kind != NULL && w->scope == SCOPE_NODE && i < n->nseries; i++)
			if (w->kind->needs_field && watch_covers_series(w, n->series[i]) &&
			    limits_of(e, w, n->zone, n, n->series[i]) == NULL)
				see_off(w, n->series[i], see, arg);
	}
}

/* One of the rules. */
bool
explain_rule(const struct engine *e, size_t i, const struct conf_rule **rule, size_t *subjects,
    size_t *firing)
{
	if (i >= e->nwatches)
		return false;
	*rule = e->watches[i].conf;
	*subjects = *firing = 0;
	for (size_t k = 0; k < e->nsubjects; k++) {
		const struct subject *s = e->subjects[k];
		if (s->watch == NULL || s->watch->index != i)
			continue;
		(*subjects)++;
		*firing += s->alert != NULL && alert_is_firing(s->alert);
	}
	return true;
}
