/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A subject: what one rule judges as one thing, and the life of its alert: pending, firing,
 * clearing, resolved. Holding times count in the time of the samples; where a condition outlives
 * its last sample a little, the tick lets the time pass. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* The name of the field that the subject is about: its own, or of a group that of the rule, if that
 * is no pattern; else "". */
static const char *
field_of(const struct subject *s)
{
	const struct watch *w = s->watch;
	if (!w->kind->needs_field)
		return "";
	if (s->binding != NULL)
		return s->binding->series->fields[s->field].name;
	return w->conf->field != NULL && strchr(w->conf->field, '*') == NULL ? w->conf->field : "";
}

/* Whether the alert is on this subject: same rule, zone, node, series, field. */
static bool
is_about(const struct alert *a, const struct subject *s)
{
	const struct watch *w = s->watch;
	const struct series *se = s->binding != NULL ? s->binding->series : NULL;
	return strcmp(a->rule, w->conf->name) == 0 &&
	       strcmp(a->zone, watch_zone_name(s->zone)) == 0 &&
	       strcmp(a->node, s->node != NULL ? s->node->name : "") == 0 &&
	       strcmp(a->series, se != NULL ? se->name : "") == 0 &&
	       strcmp(a->field, field_of(s)) == 0;
}

/* Let the alert's texts be those of the configuration in force. */
static void
take_texts(struct alert *a, const struct subject *s)
{
	const struct watch *w = s->watch;
	a->rule = w->conf->name;
	a->title = w->title;
	a->advice = w->conf->advice;
	a->unit = s->unit;
	a->severity = w->severity;
	a->topic = cause_topic(w, s->binding != NULL ? s->binding->series : NULL, s->node);
}

/* A restored alert goes on; it was bad, and stays so until judged. */
static void
take_alert(struct subject *s, struct alert *a)
{
	s->alert = a;
	s->bad = true;
	s->limit = a->limit;
	s->told = NAN;
	a->state = ALERT_FIRING;
	take_texts(a, s);
}

/* The orphan, if any, that waited for this subject gives up its alert and its place. */
static void
claim_orphan(struct engine *e, struct subject *s)
{
	for (size_t i = 0; e->norphans > 0 && i < e->nopen; i++) {
		struct subject *orphan = e->open[i];
		if (orphan->watch != NULL || !is_about(orphan->alert, s))
			continue;
		take_alert(s, orphan->alert);
		e->open[i] = s;
		e->norphans--;
		free(orphan);
		return;
	}
}

/* Make a subject; an alert that was restored and waits for it becomes its own. */
struct subject *
subject_new(struct engine *e, const struct watch *w, const struct zone *z, struct node *n,
    struct binding *b, unsigned field)
{
	struct subject *s = xcalloc(1, sizeof *s);
	s->watch = w;
	s->zone = z;
	s->node = n;
	s->binding = b;
	s->field = field;
	s->limit = NAN;
	s->told = NAN;
	s->step_ms = b != NULL ? (int64_t)b->series->step_s * 1000 : SITE_DEFAULT_STEP;
	if (w->kind->needs_field && b != NULL) {
		const struct field *f = &b->series->fields[field];
		units_of_field(s->unit, sizeof s->unit, f->kind, f->unit);
	}
	e->subjects = xreallocarray(e->subjects, e->nsubjects + 1, sizeof s);
	e->subjects[e->nsubjects++] = s;
	if (!w->kind->needs_field && w->scope == SCOPE_NODE) {
		e->silences = xreallocarray(e->silences, e->nsilences + 1, sizeof s);
		e->silences[e->nsilences++] = s;
	}
	claim_orphan(e, s);
	return s;
}

/* Its alert is open from here on. */
static void
open_add(struct engine *e, struct subject *s)
{
	e->open = xreallocarray(e->open, e->nopen + 1, sizeof s);
	e->open[e->nopen++] = s;
}

/* Its alert is open no longer. */
static void
open_remove(struct engine *e, const struct subject *s)
{
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

/* What was found, as the alert shows it. A value that is unknown leaves the last one. */
static void
take_finding(const struct engine *e, struct subject *s, const struct finding *f)
{
	struct alert *a = s->alert;
	if (!isnan(f->value))
		a->value = f->value;
	if (f->sid != 0)
		a->sid = f->sid;
	alert_put_words(e, a);
	if (f->verdict != VERDICT_BAD)
		return;
	a->limit = f->why.limit;
	(void)str_copy(a->reason, sizeof a->reason, f->why.text);
}

/* A condition holds: make the alert, which is pending. */
static void
begin(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	const struct watch *w = s->watch;
	struct alert *a = xcalloc(1, sizeof *a);
	s->alert = a;
	take_texts(a, s);
	(void)str_copy(a->zone, sizeof a->zone, watch_zone_name(s->zone));
	if (s->node != NULL)
		(void)str_copy(a->node, sizeof a->node, s->node->name);
	if (s->binding != NULL)
		(void)str_copy(a->series, sizeof a->series, s->binding->series->name);
	(void)str_copy(a->field, sizeof a->field, field_of(s));
	a->state = ALERT_PENDING;
	a->value = NAN;
	a->since_ms = f->began_ms;
	take_finding(e, s, f);
	s->since_ms = f->at_ms;
	s->told = f->why.beyond;
	open_add(e, s);
	if (w->conf->for_ > 0)
		engine_tell(e, CHANGE_PENDING, a, NULL, now_ms);
}

/* It held long enough. */
static void
fire(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	a->id = ++e->last_alert;
	a->state = ALERT_FIRING;
	a->fired_ms = now_ms;
	s->told_ms = now_ms;
	incident_join(e, a, now_ms);
	engine_tell(e, CHANGE_FIRED, a, incident_of(e, a), now_ms);
}

/* The condition went before it had held long enough. */
static void
drop(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	open_remove(e, s);
	s->alert = NULL;
	a->state = ALERT_NONE;
	if (s->watch->conf->for_ > 0)
		engine_tell(e, CHANGE_DROPPED, a, NULL, now_ms);
	free(a);
}

/* It is over: the alert leaves its incident, and is kept for a while. */
static void
resolve(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	open_remove(e, s);
	s->alert = NULL;
	a->state = ALERT_RESOLVED;
	a->resolved_ms = now_ms;
	incident_leave(e, a, now_ms);
	subject_keep(e, a);
}

/* Tell when it got worse than it was ever told to be, but not with every sample. */
static void
note_worse(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	double beyond = f->why.beyond;
	if (isnan(beyond))
		return;
	if (isnan(s->told)) {
		s->told = beyond;
	} else if (beyond > s->told && now_ms - s->told_ms >= ENGINE_WORSE_MS) {
		s->told = beyond;
		s->told_ms = now_ms;
		engine_tell(e, CHANGE_WORSE, s->alert, incident_of(e, s->alert), now_ms);
	}
}

/* The verdict is bad: begin, go on, or fire. */
static void
judged_bad(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	if (s->alert == NULL)
		begin(e, s, f, now_ms);
	else
		take_finding(e, s, f);
	if (s->alert->state == ALERT_CLEARING)
		s->alert->state = ALERT_FIRING;
	if (s->alert->state == ALERT_FIRING) {
		note_worse(e, s, f, now_ms);
		return;
	}
	if (s->told < f->why.beyond)
		s->told = f->why.beyond;
	if (f->at_ms - s->since_ms >= s->watch->conf->for_)
		fire(e, s, now_ms);
}

/* The verdict is good: drop what is pending, clear what fires. */
static void
judged_good(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	if (s->alert == NULL)
		return;
	take_finding(e, s, f);
	if (s->alert->state == ALERT_PENDING) {
		drop(e, s, now_ms);
		return;
	}
	if (s->alert->state == ALERT_FIRING) {
		s->alert->state = ALERT_CLEARING;
		s->since_ms = f->at_ms;
	}
	if (f->at_ms - s->since_ms >= s->watch->conf->clear_for)
		resolve(e, s, now_ms);
}

/* Take in a verdict; one that is none changes nothing. */
void
subject_judge(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	if (f->verdict == VERDICT_UNKNOWN)
		return;
	s->bad = f->verdict == VERDICT_BAD;
	s->limit = s->bad ? f->why.limit : NAN;
	s->judged_ms = now_ms;
	if (s->bad)
		judged_bad(e, s, f, now_ms);
	else
		judged_good(e, s, f, now_ms);
}

/* End an alert about what is no longer there to be judged. */
void
subject_end_gone(struct engine *e, struct subject *s, int64_t now_ms)
{
	s->bad = false;
	s->limit = NAN;
	if (s->alert->state == ALERT_PENDING) {
		drop(e, s, now_ms);
		return;
	}
	(void)str_copy(s->alert->reason, sizeof s->alert->reason, "no longer reported");
	resolve(e, s, now_ms);
}

/* Let time pass for an alert. That a series is silent does not end an alert on its silence. */
void
subject_tick(struct engine *e, struct subject *s, int64_t now_ms)
{
	const struct conf_rule *conf = s->watch->conf;
	if (s->binding != NULL && s->watch->kind->needs_field &&
	    binding_is_gone(s->binding, now_ms)) {
		subject_end_gone(e, s, now_ms);
		return;
	}
	if (now_ms - s->judged_ms > SITE_STALE_STEPS * s->step_ms)
		return;
	if (s->alert->state == ALERT_PENDING && now_ms - s->since_ms >= conf->for_)
		fire(e, s, now_ms);
	else if (s->alert->state == ALERT_CLEARING && now_ms - s->since_ms >= conf->clear_for)
		resolve(e, s, now_ms);
}

/* Find the subject of a restored alert; if it is not known yet, let the alert wait. */
void
subject_adopt(struct engine *e, const struct alert *a)
{
	struct alert *copy = xmemdup(a, sizeof *a);
	for (size_t i = 0; i < e->nsubjects; i++) {
		struct subject *s = e->subjects[i];
		if (s->alert == NULL && is_about(copy, s)) {
			take_alert(s, copy);
			open_add(e, s);
			return;
		}
	}
	struct subject *orphan = xcalloc(1, sizeof *orphan);
	orphan->alert = copy;
	copy->state = ALERT_FIRING;
	open_add(e, orphan);
	e->norphans++;
}

/* Whether the subject may still turn up: the rule covers the node, and the node was not yet heard
 * for long enough to have sent all its series. */
static bool
may_turn_up(const struct engine *e, const struct alert *a, int64_t now_ms)
{
	const struct watch *w = watch_find(e, a->rule);
	const struct node *n = site_node(e->site, a->node);
	if (w == NULL || w->kind == NULL || w->scope != SCOPE_NODE || n == NULL)
		return false;
	if (!watch_covers_node(w, n) || strcmp(a->zone, watch_zone_name(n->zone)) != 0)
		return false;
	if (a->series[0] == '\0')
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
	resolve(e, s, now_ms);
	free(s);
}
