/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A subject: what one rule judges as one thing, and where an alert that was restored finds it. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

/* The name of the field that the subject is about: its own, or of a group that of the rule, if that
 * is no pattern; else "". */
const char *
subject_field(const struct subject *s)
{
	const struct watch *w = s->watch;
	if (!w->kind->needs_field)
		return "";
	if (s->binding != NULL)
		return s->binding->series->fields[s->field].name;
	return w->conf->field != NULL && strchr(w->conf->field, '*') == NULL ? w->conf->field : "";
}

/* Whether the alert is on this subject: same rule, zone, rack, node, series, field. */
bool
subject_is_about(const struct alert *a, const struct subject *s)
{
	const struct watch *w = s->watch;
	const struct series *se = s->binding != NULL ? s->binding->series : NULL;
	return strcmp(a->rule, w->conf->name) == 0 &&
	       strcmp(a->zone, watch_zone_name(s->zone)) == 0 &&
	       strncmp(a->rack, s->rack != NULL ? s->rack : "", sizeof a->rack - 1) == 0 &&
	       strcmp(a->node, s->node != NULL ? s->node->name : "") == 0 &&
	       strcmp(a->series, se != NULL ? se->name : "") == 0 &&
	       strcmp(a->field, subject_field(s)) == 0;
}

/* A restored alert goes on as it was. While it chatters its condition may be gone at the moment. */
static void
take_alert(struct subject *s, struct alert *a)
{
	s->alert = a;
	s->bad =
	    a->state != ALERT_CLEARING && !((a->flags & ALERT_CHATTERING) != 0 && a->clear_ms != 0);
	s->limit = s->bad ? a->limit : NAN;
	s->since_ms = s->bad || a->clear_ms == 0 ? a->since_ms : a->clear_ms;
	s->told = NAN;
	s->worst = isnan(a->peak) || isnan(a->limit) ? NAN : fabs(a->peak - a->limit);
	s->flip_ms = a->clear_ms > a->fired_ms ? a->clear_ms : a->fired_ms;
	if (s->watch->kind->needs_field) {
		memcpy(s->trend, a->trend, sizeof s->trend);
		s->trend_ms = 0;
	}
	if (a->fired_ms != 0)
		flip_restore(s, a->fired_ms, true);
	if (a->clear_ms != 0)
		flip_restore(s, a->clear_ms, false);
	course_take_texts(a, s);
}

/* What ended lately on the subject counts for whether it chatters. */
static void
take_flips(struct engine *e, struct subject *s, const struct alert *a)
{
	if (e->tick_ms - a->resolved_ms > ENGINE_MANY_MS || (a->flags & ALERT_LATE) != 0)
		return;
	flip_restore(s, a->fired_ms, true);
	flip_restore(s, a->clear_ms != 0 ? a->clear_ms : a->resolved_ms, false);
}

/* The orphan, if any, that waited for this subject gives up its alert and its place. */
static void
claim_orphan(struct engine *e, struct subject *s)
{
	for (size_t i = 0; e->norphans > 0 && i < e->nopen; i++) {
		struct subject *orphan = e->open[i];
		if (orphan->watch != NULL || !subject_is_about(orphan->alert, s))
			continue;
		take_alert(s, orphan->alert);
		e->open[i] = s;
		e->norphans--;
		free(orphan);
		break;
	}
	for (size_t i = 0; i < e->ndone; i++) {
		const struct alert *a = e->done[i];
		if (e->tick_ms - a->resolved_ms > ENGINE_MANY_MS)
			break;
		if (subject_is_about(a, s))
			take_flips(e, s, a);
	}
}

/* Fill in what all subjects have. */
static struct subject *
make(struct engine *e, const struct watch *w, const struct zone *z)
{
	struct subject *s = xcalloc(1, sizeof *s);
	s->watch = w;
	s->zone = z;
	s->limit = s->told = s->worst = NAN;
	s->step_ms = SITE_DEFAULT_STEP;
	for (size_t i = 0; i < ALERT_TREND; i++)
		s->trend[i] = NAN;
	if (w->kind->state_size > 0)
		s->state = xcalloc(1, w->kind->state_size);
	e->subjects = xgrow(e->subjects, e->nsubjects, sizeof s);
	e->subjects[e->nsubjects++] = s;
	return s;
}

/* Make a subject; an alert that was restored and waits for it becomes its own. */
struct subject *
subject_new(struct engine *e, const struct watch *w, const struct zone *z, struct node *n,
    struct binding *b, unsigned field)
{
	struct subject *s = make(e, w, z);
	s->node = n;
	s->binding = b;
	s->field = field;
	if (b != NULL)
		s->step_ms = (int64_t)b->series->step_s * 1000;
	if (w->kind->needs_field && b != NULL) {
		const struct field *f = &b->series->fields[field];
		units_of_field(s->unit, sizeof s->unit, f->kind, f->unit);
		s->wants = look_wants(e, w, z, b, field);
	}
	if (!w->kind->needs_field && w->scope == SCOPE_NODE) {
		e->silences = xreallocarray(e->silences, e->nsilences + 1, sizeof s);
		e->silence_due =
		    xreallocarray(e->silence_due, e->nsilences + 1, sizeof *e->silence_due);
		e->silence_due[e->nsilences] = 0;
		e->silences[e->nsilences++] = s;
	}
	claim_orphan(e, s);
	return s;
}

/* The same for a group. */
struct subject *
subject_new_group(struct engine *e, const struct watch *w, const struct zone *z, const char *rack)
{
	struct subject *s = make(e, w, z);
	s->rack = rack;
	if (w->kind->needs_field && !watch_counts(w))
		s->wants = look_wants(e, w, z, NULL, 0);
	claim_orphan(e, s);
	return s;
}

/* Free it; its alert is the engine's. */
void
subject_free(struct subject *s)
{
	if (s == NULL)
		return;
	free(s->state);
	free(s->wants);
	free(s->late);
	free(s->flips);
	free(s);
}

/* Its alert is open from here on. */
void
subject_open(struct engine *e, struct subject *s)
{
	e->open = xgrow(e->open, e->nopen, sizeof s);
	e->open[e->nopen++] = s;
}

/* Its alert is open no longer. */
void
subject_close(struct engine *e, struct subject *s)
{
	ration_close(e, s);
	for (size_t i = 0; i < e->nopen; i++) {
		if (e->open[i] != s)
			continue;
		e->nopen--;
		memmove(&e->open[i], &e->open[i + 1], (e->nopen - i) * sizeof s);
		return;
	}
}

/* Keep an alert that ended, for a while. */
void
subject_keep(struct engine *e, struct alert *a)
{
	if (e->ndone == ENGINE_KEPT)
		free(e->done[--e->ndone]);
	size_t i = e->ndone;
	for (; i > 0 && e->done[i - 1]->resolved_ms < a->resolved_ms; i--)
		e->done[i] = e->done[i - 1];
	e->done[i] = a;
	e->ndone++;
}

/* Let the trend begin anew places later, so that it reaches to that time. */
static void
shift_trend(struct subject *s, int64_t at_ms)
{
	int64_t steps = (at_ms - s->trend_ms) / ALERT_TREND_STEP;
	s->trend_ms += steps * ALERT_TREND_STEP;
	for (size_t i = 0; i < ALERT_TREND; i++)
		s->trend[i] = steps < ALERT_TREND && i + (size_t)steps < ALERT_TREND
				  ? s->trend[i + (size_t)steps]
				  : NAN;
}

/* The newest place of the trend always has the newest value. */
void
subject_trend(struct subject *s, int64_t at_ms, double value)
{
	if (s->trend_ms == 0)
		s->trend_ms = at_ms;
	if (at_ms - s->trend_ms >= ALERT_TREND_STEP)
		shift_trend(s, at_ms);
	s->trend[ALERT_TREND - 1] = (float)value;
}

/* Among the subjects of a series, or those of silence. */
static struct subject *
find_subject(const struct engine *e, const struct alert *a)
{
	const struct node *n = a->series[0] != '\0' ? site_node(e->site, a->node) : NULL;
	for (size_t i = 0; n != NULL && i < n->nseries; i++) {
		const struct binding *b = n->series[i]->rules;
		if (b == NULL || b->engine != e || strcmp(n->series[i]->name, a->series) != 0)
			continue;
		for (size_t k = 0; k < b->nsubjects; k++) {
			if (subject_is_about(a, b->subjects[k]))
				return b->subjects[k];
		}
	}
	for (size_t i = 0; i < e->nsilences; i++) {
		if (subject_is_about(a, e->silences[i]))
			return e->silences[i];
	}
	for (size_t i = 0; i < e->ngroups; i++) {
		if (subject_is_about(a, e->groups[i]->subject))
			return e->groups[i]->subject;
	}
	if (e->unassigned != NULL && subject_is_about(a, e->unassigned))
		return e->unassigned;
	return NULL;
}

/* Find the subject of a restored alert; if it is not known yet, let the alert wait. One that ended
 * only counts for whether the subject chatters. */
void
subject_adopt(struct engine *e, const struct alert *a)
{
	struct subject *s = find_subject(e, a);
	bool open = a->state == ALERT_PENDING || alert_is_firing(a);
	if (!open) {
		if (s != NULL)
			take_flips(e, s, a);
		return;
	}
	struct alert *copy = xmemdup(a, sizeof *a);
	if (s != NULL && s->alert == NULL) {
		take_alert(s, copy);
	} else {
		s = xcalloc(1, sizeof *s);
		s->alert = copy;
		e->norphans++;
	}
	subject_open(e, s);
}

/* Whether the subject may still turn up: the rule covers the node, and the node was not yet heard
 * for long enough to have sent all its series. */
static bool
may_turn_up(const struct engine *e, const struct alert *a, int64_t now_ms)
{
	const struct watch *w = watch_find(e, a->rule);
	const struct node *n = site_node(e->site, a->node);
	if (w == NULL || w->kind == NULL)
		return false;
	/* A rack comes with the first series of its nodes. */
	if (w->scope == SCOPE_RACK && a->rack[0] != '\0')
		return now_ms - e->watch_ms <= ENGINE_GONE_MS;
	if (w->scope != SCOPE_NODE || n == NULL || a->series[0] == '\0')
		return false;
	if (!watch_covers_node(w, n) || strcmp(a->zone, watch_zone_name(n->zone)) != 0)
		return false;
	int64_t alive_ms = e->nodes[n->index].alive_ms;
	return alive_ms == 0 || now_ms - alive_ms <= SITE_STALE_STEPS * site_step_ms(n);
}

/* End a restored alert whose subject will not turn up. */
void
subject_tick_orphan(struct engine *e, struct subject *s, int64_t now_ms)
{
	if (may_turn_up(e, s->alert, now_ms))
		return;
	e->norphans--;
	course_end_orphan(e, s, now_ms);
	subject_free(s);
}
