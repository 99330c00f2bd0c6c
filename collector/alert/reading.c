/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings, in time or late: each goes to the subjects and members that hang on its series. */

#include <math.h>

#include "collector/alert/engine.h"

/* A subject as its kind looks at a late value: by what was late before. */
static struct look
look_of_late(const struct subject *s)
{
	return look_of_subject(s, s->late != NULL, s->late != NULL ? s->late->limit : NAN);
}

/* Judge a subject by the value that came. */
static void
judge_value(struct engine *e, struct subject *s, bool live, int64_t now_ms)
{
	struct binding *b = s->binding;
	double value = b->series->last.values[s->field];
	bool late = !live && watch_is_plain(s->watch);
	struct look l = late ? look_of_late(s) : look_of_subject(s, s->bad, s->limit);
	struct finding f;
	f.verdict = look_at(&l, now_ms, live || late, &f.why);
	f.value = l.known || s->watch->kind->quarantines ? value : NAN;
	f.sid = b->series->sid;
	f.at_ms = f.began_ms = live ? b->at_ms : b->series->last.time_s * 1000;
	if (live && l.known)
		subject_trend(s, f.at_ms, value);
	if (late)
		late_value(e, s, &f, now_ms);
	if (!live)
		return;
	if (s->late != NULL)
		late_end(e, s, &f, now_ms);
	course_judge(e, s, &f, now_ms);
}

/* Judge a series by its new reading; its groups wait for the tick. */
void
engine_reading(struct engine *e, struct series *se, int64_t now_ms)
{
	engine_take_new(e);
	warm_end(e);
	struct binding *b = binding_of(e, se);
	bool live = binding_reading(b);
	for (size_t i = 0; i < b->nguards; i++)
		judge_value(e, b->subjects[i], live, now_ms);
	if (b->nguards > 0)
		binding_quarantine(b, false);
	if (live)
		air_reading(e, b);
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
	warm_end(e);
	struct binding *b = binding_of(e, se);
	struct reading last = se->last;
	for (unsigned i = 0; i < se->nfields; i++) {
		bool counter = se->fields[i].kind == FIELD_COUNTER;
		se->last.values[i] = i < nvalues && !counter ? values[i] : NAN;
	}
	for (size_t i = b->nguards; i < b->nsubjects; i++) {
		struct subject *s = b->subjects[i];
		struct look l = look_of_late(s);
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
