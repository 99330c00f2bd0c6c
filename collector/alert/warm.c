/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warming: readings that were judged before the program ended, read again. What the rules remember
 * (windows, hysteresis, how often a condition came and went, how one that chatters stands) was
 * saved some time before the end; these readings move it to where it was. The rows of alerts know
 * the rest, so nothing is decided or told. A group is judged at each second that had readings. */

#include <math.h>

#include "collector/alert/engine.h"

/* Whether an alert of the subject fired at that time. */
static bool
fired_at(const struct engine *e, const struct subject *s, int64_t now_ms)
{
	const struct alert *a = s->alert;
	if (a != NULL && alert_is_firing(a) && now_ms > a->fired_ms)
		return true;
	for (size_t i = 0; i < e->ndone && e->done[i]->resolved_ms >= now_ms; i++) {
		if (now_ms > e->done[i]->fired_ms && (e->done[i]->flags & ALERT_LATE) == 0 &&
		    subject_is_about(e->done[i], s))
			return true;
	}
	return false;
}

/* Of what chatters no row says how it is. */
static void
follow_held(struct subject *s, const struct finding *f, int64_t now_ms)
{
	bool bad = f->verdict == VERDICT_BAD;
	s->bad = bad;
	s->limit = bad ? f->why.limit : NAN;
	s->since_ms = f->at_ms;
	s->flip_ms = now_ms;
	s->alert->clear_ms = bad ? 0 : f->at_ms;
}

/* Move what is remembered of a subject by the verdict of that time. */
static void
follow(struct engine *e, struct subject *s, const struct finding *f, int64_t now_ms)
{
	const struct alert *a = s->alert;
	bool bad = f->verdict == VERDICT_BAD, changed = bad != s->warm_bad;
	if (f->verdict == VERDICT_UNKNOWN)
		return;
	s->judged_ms = now_ms;
	s->warm_bad = bad;
	s->warm_limit = bad ? f->why.limit : NAN;
	if (changed && fired_at(e, s, now_ms))
		flip_restore(s, f->at_ms, bad);
	if (a != NULL && (a->flags & ALERT_CHATTERING) != 0 && now_ms > a->fired_ms &&
	    bad != s->bad)
		follow_held(s, f, now_ms);
}

/* Let a subject note a reading that was judged before. */
static void
warm_value(struct engine *e, struct subject *s, bool live, int64_t now_ms)
{
	const struct binding *b = s->binding;
	struct look l = look_of_subject(s, s->warm_bad, s->warm_limit);
	struct finding f = { .at_ms = b->at_ms };
	f.verdict = look_at(&l, now_ms, live, &f.why);
	if (live && binding_knows(b, s->field))
		subject_trend(s, b->at_ms, b->series->last.values[s->field]);
	follow(e, s, &f, now_ms);
}

/* Let the groups note what their readings gave, as the tick did. */
static void
warm_groups(struct engine *e)
{
	struct finding f;
	for (size_t i = 0; i < e->ngroups; i++) {
		if (group_warm(e, e->groups[i], e->warmed_ms, &f))
			follow(e, e->groups[i]->subject, &f, e->warmed_ms);
	}
}

/* Take in what was judged before the program ended. */
void
engine_warm(struct engine *e, struct series *se, int64_t now_ms)
{
	engine_take_new(e);
	struct binding *b = binding_of(e, se);
	if (e->warmed_ms != 0 && now_ms / 1000 != e->warmed_ms / 1000)
		warm_groups(e);
	e->warmed_ms = now_ms;
	bool live = binding_reading(b);
	for (size_t i = 0; i < b->nguards; i++)
		warm_value(e, b->subjects[i], live, now_ms);
	binding_quarantine(b, true);
	if (live)
		air_reading(e, b);
	for (size_t i = 0; i < b->nmembers; i++)
		group_reading(b->members[i], live, now_ms);
	for (size_t i = b->nguards; i < b->nsubjects; i++)
		warm_value(e, b->subjects[i], live, now_ms);
}

/* All of it was fed. */
void
warm_end(struct engine *e)
{
	if (e->warmed_ms != 0)
		warm_groups(e);
	e->warmed_ms = 0;
}
