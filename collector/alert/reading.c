/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings: in time, late, or read again at the start: each goes to the subjects and members that
 * hang on its series. */

#include <math.h>

#include "collector/alert/engine.h"

/* A subject of a series as its kind looks at it. */
static struct look
look_of(const struct subject *s, bool late)
{
	bool was = late ? s->late != NULL : s->bad;
	return (struct look){
		.watch = s->watch,
		.binding = s->binding,
		.field = s->field,
		.unit = s->unit,
		.state = s->state,
		.wants = s->wants,
		.was_bad = was,
		.limit = !late ? s->limit
			 : was ? s->late->limit
			       : NAN,
	};
}

/* Judge a subject by the value that came. */
static void
judge_value(struct engine *e, struct subject *s, bool live, int64_t now_ms)
{
	struct binding *b = s->binding;
	double value = b->series->last.values[s->field];
	bool known = binding_knows(b, s->field);
	bool late = !live && watch_is_plain(s->watch);
	struct look l = look_of(s, late);
	struct finding f;
	f.verdict = look_at(&l, now_ms, live || late, &f.why);
	f.value = known || s->watch->kind->quarantines ? value : NAN;
	f.sid = b->series->sid;
	f.at_ms = f.began_ms = live ? b->at_ms : b->series->last.time_s * 1000;
	if (live && known)
		subject_trend(s, f.at_ms, value);
	if (late)
		late_value(e, s, &f, now_ms);
	if (!live)
		return;
	if (s->late != NULL)
		late_end(e, s, &f, now_ms);
	course_judge(e, s, &f, now_ms);
}

/* What the rules that quarantine hold of the series' fields. */
static void
set_quarantine(struct binding *b)
{
	b->quarantined = 0;
	for (size_t i = 0; i < b->nguards; i++) {
		if (b->subjects[i]->bad)
			b->quarantined |= UINT64_C(1) << b->subjects[i]->field;
	}
}

/* Judge a series by its new reading; its groups wait for the tick. */
void
engine_reading(struct engine *e, struct series *se, int64_t now_ms)
{
	engine_take_new(e);
	struct binding *b = binding_of(e, se);
	bool live = binding_reading(b);
	for (size_t i = 0; i < b->nguards; i++)
		judge_value(e, b->subjects[i], live, now_ms);
	if (b->nguards > 0)
		set_quarantine(b);
	if (live)
		air_reading(e, se, b->at_ms);
	for (size_t i = 0; i < b->nmembers; i++)
		group_reading(b->members[i], live, now_ms);
	for (size_t i = b->nguards; i < b->nsubjects; i++)
		judge_value(e, b->subjects[i], live, now_ms);
}

/* Judge what is older than the last reading; for that moment it stands in its place. */
void
engine_late(struct engine *e, struct series *se, int64_t time_s, unsigned nvalues,
    const double *values, int64_t now_ms)
{
	engine_take_new(e);
	struct binding *b = binding_of(e, se);
	struct reading last = se->last;
	for (unsigned i = 0; i < se->nfields; i++) {
		bool counter = se->fields[i].kind == FIELD_COUNTER;
		se->last.values[i] = i < nvalues && !counter ? values[i] : NAN;
	}
	for (size_t i = b->nguards; i < b->nsubjects; i++) {
		struct subject *s = b->subjects[i];
		struct look l = look_of(s, true);
		struct finding f;
		if (!watch_is_plain(s->watch))
			continue;
		f.verdict = look_again(&l, now_ms, &f.why);
		f.value = se->last.values[s->field];
		f.sid = se->sid;
		f.at_ms = f.began_ms = time_s * 1000;
		late_value(e, s, &f, now_ms);
	}
	se->last = last;
}

/* How often a condition came and went stands in no row; nor does, of what chatters, how it is now.
 */
static void
follow(struct subject *s, enum verdict v, double limit, int64_t now_ms)
{
	const struct alert *a = s->alert;
	bool bad = v == VERDICT_BAD, changed = bad != s->warm_bad;
	s->warm_bad = bad;
	s->warm_limit = bad ? limit : NAN;
	if (a == NULL || !alert_is_firing(a) || now_ms <= a->fired_ms)
		return;
	if (changed)
		flip_restore(s, s->binding->at_ms);
	if ((a->flags & ALERT_CHATTERING) == 0 || bad == s->bad)
		return;
	s->bad = bad;
	s->limit = bad ? limit : NAN;
	s->since_ms = s->binding->at_ms;
	s->flip_ms = now_ms;
}

/* Let a subject note a reading that was judged before. */
static void
warm(struct subject *s, bool live, int64_t now_ms)
{
	const struct binding *b = s->binding;
	struct look l = look_of(s, false);
	l.was_bad = s->warm_bad;
	l.limit = s->warm_limit;
	struct rule_reason why;
	enum verdict v = look_at(&l, now_ms, live, &why);
	if (!live || v == VERDICT_UNKNOWN)
		return;
	subject_trend(s, b->at_ms, b->series->last.values[s->field]);
	s->judged_ms = now_ms;
	follow(s, v, why.limit, now_ms);
}

/* Take in what was judged before the program ended. Groups note their sums as the ticks did. */
void
engine_warm(struct engine *e, struct series *se, int64_t now_ms)
{
	engine_take_new(e);
	struct binding *b = binding_of(e, se);
	if (now_ms / 1000 != e->warmed_ms / 1000) {
		for (size_t i = 0; i < e->ngroups; i++) {
			if (e->groups[i]->dirty)
				group_note(e, e->groups[i], e->warmed_ms);
		}
		e->warmed_ms = now_ms;
	}
	bool live = binding_reading(b);
	set_quarantine(b);
	for (size_t i = 0; i < b->nsubjects; i++)
		warm(b->subjects[i], live, now_ms);
	for (size_t i = 0; i < b->nmembers; i++)
		group_reading(b->members[i], live, now_ms);
}
