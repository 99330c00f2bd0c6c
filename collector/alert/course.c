/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of an alert: pending, firing, clearing, resolved. Holding times count in the time of the
 * samples; where a condition outlives its last sample a little, the tick lets the time pass. An
 * alert that chatters is held as firing, whatever its condition does, until that was steady. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* Let the alert's texts be those of the configuration in force. */
void
course_take_texts(struct alert *a, const struct subject *s)
{
	const struct watch *w = s->watch;
	a->rule = w->conf->name;
	a->title = w->title;
	a->advice = w->conf->advice;
	a->unit = s->unit;
	a->severity = w->severity;
	a->topic = cause_topic(w, s->binding != NULL ? s->binding->series : NULL, s->node);
}

/* What was found, as the alert shows it. A value that is unknown leaves the last one. */
static void
take_finding(const struct engine *e, struct subject *s, struct alert *a, const struct finding *f)
{
	if (!isnan(f->value))
		a->value = f->value;
	if (f->sid != 0)
		a->sid = f->sid;
	memcpy(a->trend, s->trend, sizeof a->trend);
	alert_put_words(e, a);
	if (f->verdict != VERDICT_BAD)
		return;
	a->limit = f->why.limit;
	a->why = f->why.why;
	(void)str_copy(a->reason, sizeof a->reason, f->why.text);
	if (!isnan(f->why.beyond) && !isnan(f->value) && !(f->why.beyond <= s->worst)) {
		s->worst = f->why.beyond;
		a->peak = f->value;
		a->peak_ms = f->at_ms;
	}
}

/* Make an alert that begins with this finding. */
struct alert *
course_make(struct engine *e, struct subject *s, const struct finding *f)
{
	struct alert *a = xcalloc(1, sizeof *a);
	course_take_texts(a, s);
	a->id = ++e->last_alert;
	(void)str_copy(a->zone, sizeof a->zone, watch_zone_name(s->zone));
	if (s->rack != NULL)
		(void)str_copy(a->rack, sizeof a->rack, s->rack);
	if (s->node != NULL)
		(void)str_copy(a->node, sizeof a->node, s->node->name);
	if (s->binding != NULL)
		(void)str_copy(a->series, sizeof a->series, s->binding->series->name);
	(void)str_copy(a->field, sizeof a->field, subject_field(s));
	a->state = ALERT_PENDING;
	a->value = a->peak = NAN;
	a->changes = 1;
	a->since_ms = f->began_ms;
	s->worst = NAN;
	take_finding(e, s, a, f);
	return a;
}

/* A condition holds: make the alert, which is pending, unless there are too many. */
static void
begin(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	if (!ration_open(e, s, now_ms))
		return;
	struct alert *a = course_make(e, s, f);
	if (s->dropped_ms != 0 && now_ms - s->dropped_ms < ENGINE_FLEETING_MS)
		a->flags |= ALERT_FLEETING;
	s->alert = a;
	s->since_ms =
	    f->began_ms < f->at_ms && s->watch->kind->needs_field ? f->began_ms : f->at_ms;
	s->told = f->why.beyond;
	subject_open(e, s);
	if (s->watch->conf->for_ > 0)
		engine_tell(e, CHANGE_PENDING, a, NULL, now_ms);
}

/* It comes and goes too often: from now on it is held. */
static void
hold(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	a->state = ALERT_FIRING;
	if ((a->flags & ALERT_CHATTERING) != 0)
		return;
	a->flags |= ALERT_CHATTERING;
	engine_tell(e, CHANGE_CHATTERING, a, incident_of(e, a), now_ms);
}

/* It held long enough. */
static void
fire(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	a->state = ALERT_FIRING;
	a->flags &= ~(unsigned)ALERT_FLEETING;
	a->fired_ms = now_ms;
	s->told_ms = s->flip_ms = now_ms;
	bool often = flip_note(s, now_ms);
	mute_apply(e, a, now_ms, false);
	if (a->severity != WIRE_INFO)
		incident_join(e, a, now_ms);
	engine_tell(e, CHANGE_FIRED, a, incident_of(e, a), now_ms);
	if ((a->flags & ALERT_MUTED) != 0)
		mute_tell(e, a, now_ms);
	if (often)
		hold(e, s, now_ms);
}

/* The condition went before it had held long enough. */
static void
drop(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	subject_close(e, s);
	s->alert = NULL;
	a->state = ALERT_NONE;
	if ((a->flags & ALERT_FLEETING) == 0)
		s->dropped_ms = now_ms;
	if (s->watch->conf->for_ > 0)
		engine_tell(e, CHANGE_DROPPED, a, NULL, now_ms);
	free(a);
}

/* It is over: the alert leaves its incident, and is kept for a while. */
void
course_resolve(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	subject_close(e, s);
	s->alert = NULL;
	a->state = ALERT_RESOLVED;
	a->flags &= ~(unsigned)ALERT_NO_DATA;
	a->resolved_ms = now_ms;
	if (a->severity == WIRE_INFO && a->incident == 0)
		engine_tell(e, CHANGE_RESOLVED, a, NULL, now_ms);
	else
		incident_leave(e, a, now_ms);
	subject_keep(e, a);
}

/* The subject of a restored alert is no more. */
void
course_end_orphan(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	if (a->state != ALERT_PENDING) {
		course_resolve(e, s, now_ms);
		return;
	}
	subject_close(e, s);
	s->alert = NULL;
	a->state = ALERT_NONE;
	engine_tell(e, CHANGE_DROPPED, a, NULL, now_ms);
	free(a);
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

/* The condition came back while it was clearing, or while it chatters. */
static void
come_back(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	struct alert *a = s->alert;
	bool chatters = (a->flags & ALERT_CHATTERING) != 0;
	bool often = flip_note(s, f->at_ms);
	a->changes++;
	a->clear_ms = 0;
	s->flip_ms = now_ms;
	s->since_ms = f->at_ms;
	a->state = ALERT_FIRING;
	if (chatters)
		return;
	engine_tell(e, CHANGE_BACK, a, incident_of(e, a), now_ms);
	if (often)
		hold(e, s, now_ms);
}

/* The verdict is bad: begin, go on, or fire. */
static void
judged_bad(struct engine *e, struct subject *s, const struct finding *f, bool was, int64_t now_ms)
{
	if (s->alert == NULL)
		begin(e, s, f, now_ms);
	else
		take_finding(e, s, s->alert, f);
	if (s->alert == NULL)
		return;
	if (alert_is_firing(s->alert)) {
		if (!was)
			come_back(e, s, f, now_ms);
		note_worse(e, s, f, now_ms);
		return;
	}
	if (!(f->why.beyond <= s->told))
		s->told = f->why.beyond;
	if (f->at_ms - s->since_ms >= s->watch->conf->for_)
		fire(e, s, now_ms);
}

/* The condition of an alert that fires is gone. */
static void
go(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	struct alert *a = s->alert;
	bool often = flip_note(s, f->at_ms);
	a->changes++;
	a->clear_ms = f->at_ms;
	s->flip_ms = now_ms;
	s->since_ms = f->at_ms;
	if (often || (a->flags & ALERT_CHATTERING) != 0) {
		hold(e, s, now_ms);
		return;
	}
	a->state = ALERT_CLEARING;
	if (s->watch->conf->clear_for > 0)
		engine_tell(e, CHANGE_CLEARING, a, incident_of(e, a), now_ms);
}

/* The verdict is good: drop what is pending, clear what fires. */
static void
judged_good(struct engine *e, struct subject *s, const struct finding *f, bool was, int64_t now_ms)
{
	take_finding(e, s, s->alert, f);
	if (s->alert->state == ALERT_PENDING) {
		drop(e, s, now_ms);
		return;
	}
	if (was)
		go(e, s, f, now_ms);
	if (s->alert->state == ALERT_CLEARING &&
	    f->at_ms - s->since_ms >= s->watch->conf->clear_for)
		course_resolve(e, s, now_ms);
}

/* It can be judged again. */
static void
end_no_data(struct engine *e, struct alert *a, int64_t now_ms)
{
	a->flags &= ~(unsigned)ALERT_NO_DATA;
	engine_tell(e, CHANGE_DATA, a, incident_of(e, a), now_ms);
}

/* Take in a verdict; one that is none changes nothing. */
void
course_judge(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	bool was = s->bad;
	struct finding off;
	if (f->verdict == VERDICT_UNKNOWN)
		return;
	if (f->verdict == VERDICT_BAD && !watch_is_on(s->watch, f->at_ms)) {
		off = *f;
		off.verdict = VERDICT_OK;
		f = &off;
	}
	s->bad = f->verdict == VERDICT_BAD;
	s->limit = s->bad ? f->why.limit : NAN;
	s->judged_ms = now_ms;
	if (s->alert != NULL && (s->alert->flags & ALERT_NO_DATA) != 0)
		end_no_data(e, s->alert, now_ms);
	if (s->bad)
		judged_bad(e, s, f, was, now_ms);
	else if (s->alert != NULL)
		judged_good(e, s, f, was, now_ms);
}

/* End an alert about what is no longer there to be judged. */
void
course_end_gone(struct engine *e, struct subject *s, int64_t now_ms)
{
	s->bad = false;
	s->limit = NAN;
	if (s->alert->state == ALERT_PENDING) {
		drop(e, s, now_ms);
		return;
	}
	(void)str_copy(s->alert->reason, sizeof s->alert->reason, "no longer reported");
	s->alert->why = (struct reason){ .code = REASON_GONE };
	course_resolve(e, s, now_ms);
}

/* What chattered is let go when it was steady. */
static void
tick_held(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	if (now_ms - s->flip_ms < ENGINE_STEADY_MS)
		return;
	a->flags &= ~(unsigned)ALERT_CHATTERING;
	if (s->flips != NULL)
		*s->flips = (struct flips){ 0 };
	engine_tell(e, CHANGE_STEADY, a, incident_of(e, a), now_ms);
	if (!s->bad)
		course_resolve(e, s, now_ms);
}

/* What fires and cannot be judged any more is said to be so, once. */
static void
tick_no_data(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct alert *a = s->alert;
	if (!alert_is_firing(a) || (a->flags & ALERT_NO_DATA) != 0 ||
	    now_ms - e->watch_ms <= SITE_STALE_STEPS * s->step_ms)
		return;
	a->flags |= ALERT_NO_DATA;
	engine_tell(e, CHANGE_NO_DATA, a, incident_of(e, a), now_ms);
}

/* Let time pass for an alert. That a series is silent does not end an alert on its silence. */
void
course_tick(struct engine *e, struct subject *s, int64_t now_ms)
{
	const struct conf_rule *conf = s->watch->conf;
	struct alert *a = s->alert;
	if (s->binding != NULL && s->watch->kind->needs_field &&
	    binding_is_gone(s->binding, now_ms)) {
		course_end_gone(e, s, now_ms);
		return;
	}
	if (now_ms - s->judged_ms > SITE_STALE_STEPS * s->step_ms) {
		tick_no_data(e, s, now_ms);
		return;
	}
	if (a->state == ALERT_PENDING && now_ms - s->since_ms >= conf->for_)
		fire(e, s, now_ms);
	else if (a->state == ALERT_CLEARING && now_ms - s->since_ms >= conf->clear_for)
		course_resolve(e, s, now_ms);
	else if ((a->flags & ALERT_CHATTERING) != 0)
		tick_held(e, s, now_ms);
}
