/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Late samples: what was wrong while nobody could know. A condition that is seen in them alone
 * becomes an alert of the past, with its times, which nobody is mailed; one that goes over into an
 * alert of the present shows that this began earlier. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* How far apart two samples of the same condition may be. */
static int64_t
reach_ms(const struct subject *s)
{
	return SITE_STALE_STEPS * s->step_ms;
}

/* Forget the condition. */
static void
forget(struct engine *e, struct subject *s)
{
	free(s->late);
	s->late = NULL;
	for (size_t i = 0; i < e->nlates; i++) {
		if (e->lates[i] == s) {
			e->lates[i] = e->lates[--e->nlates];
			return;
		}
	}
}

/* It ended: if it held long enough, an alert of the past. */
static void
finish(struct engine *e, struct subject *s, int64_t ended_ms, int64_t now_ms)
{
	const struct late *l = s->late;
	int64_t hold_ms = s->watch->conf->for_;
	double worst = s->worst;
	if (ended_ms - l->since_ms >= hold_ms && ration_late(e, s, now_ms)) {
		struct finding f = {
			.verdict = VERDICT_BAD,
			.value = l->peak,
			.sid = s->binding->series->sid,
			.at_ms = l->peak_ms,
			.began_ms = l->since_ms,
			.why = { .limit = l->limit, .beyond = l->beyond, .why = l->why },
		};
		(void)str_copy(f.why.text, sizeof f.why.text, l->text);
		struct alert *a = course_make(e, s, &f);
		for (size_t i = 0; i < ALERT_TREND; i++)
			a->trend[i] = NAN;
		a->state = ALERT_RESOLVED;
		a->flags = ALERT_LATE;
		a->fired_ms = l->since_ms + hold_ms;
		a->resolved_ms = a->clear_ms = ended_ms;
		s->worst = worst;
		engine_tell(e, CHANGE_LATE, a, NULL, now_ms);
		subject_keep(e, a);
	}
	forget(e, s);
}

/* Whether an alert that was told of covers this moment: live samples come again in the backlog. */
static bool
is_known(const struct engine *e, const struct subject *s, int64_t at_ms)
{
	if (s->alert != NULL && at_ms >= s->alert->since_ms)
		return true;
	for (size_t i = 0; i < e->ndone; i++) {
		const struct alert *a = e->done[i];
		if (a->since_ms <= at_ms && at_ms <= a->resolved_ms && subject_is_about(a, s))
			return true;
	}
	return false;
}

/* What is known of it, with this sample. */
static void
add(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	struct late *l = s->late;
	if (l == NULL) {
		l = s->late = xcalloc(1, sizeof *l);
		l->since_ms = f->at_ms;
		l->peak = l->beyond = NAN;
		e->lates = xgrow(e->lates, e->nlates, sizeof s);
		e->lates[e->nlates++] = s;
	}
	l->last_ms = f->at_ms;
	l->touched_ms = now_ms;
	l->limit = f->why.limit;
	l->why = f->why.why;
	(void)str_copy(l->text, sizeof l->text, f->why.text);
	if (isnan(l->peak) || f->why.beyond > l->beyond) {
		l->peak = f->value;
		l->peak_ms = f->at_ms;
		l->beyond = f->why.beyond;
	}
}

/* Whether it goes over into the alert that is open, which then began earlier. */
static bool
joins(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	if (a == NULL || s->late->since_ms >= a->since_ms ||
	    a->since_ms - s->late->last_ms > reach_ms(s))
		return false;
	if (a->state == ALERT_PENDING && s->since_ms == a->since_ms)
		s->since_ms = s->late->since_ms;
	a->since_ms = s->late->since_ms;
	engine_tell(e, CHANGE_LATE, a, incident_of(e, a), now_ms);
	forget(e, s);
	return true;
}

/* A late value. */
void
late_value(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	if (f->verdict == VERDICT_UNKNOWN || f->at_ms == 0)
		return;
	if (s->late != NULL &&
	    (f->at_ms - s->late->last_ms > reach_ms(s) || f->at_ms < s->late->last_ms))
		finish(e, s, s->late->last_ms, now_ms);
	if (f->verdict == VERDICT_OK) {
		if (s->late != NULL)
			finish(e, s, f->at_ms, now_ms);
		return;
	}
	if (is_known(e, s, f->at_ms))
		return;
	add(e, s, f, now_ms);
	(void)joins(e, s, now_ms);
}

/* A value in time, soon after late ones: the condition goes on, or ends with it. */
void
late_end(struct engine *e, struct subject *s, struct finding *f, int64_t now_ms)
{
	if (f->at_ms - s->late->last_ms > reach_ms(s))
		return;
	if (f->verdict == VERDICT_OK) {
		finish(e, s, f->at_ms, now_ms);
	} else if (f->verdict == VERDICT_BAD && s->alert == NULL) {
		f->began_ms = s->late->since_ms;
		forget(e, s);
	}
}

/* End what nothing was heard of for a while. */
void
late_tick(struct engine *e, int64_t now_ms)
{
	for (size_t i = e->nlates; i-- > 0;) {
		struct subject *s = e->lates[i];
		if (now_ms - s->late->touched_ms > ENGINE_LATE_MS)
			finish(e, s, s->late->last_ms, now_ms);
	}
}
