/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A binding: the subjects and members that the rules made of one series. It is made when the
 * series is first heard of and widened with it, so that a reading meets its own rules only. */

#include <math.h>
#include <stdlib.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

/* Put a subject among its series', those that quarantine first. */
static void
add_subject(struct binding *b, struct subject *s)
{
	b->subjects = xgrow(b->subjects, b->nsubjects, sizeof s);
	b->subjects[b->nsubjects] = s;
	if (s->watch->kind->quarantines) {
		b->subjects[b->nsubjects] = b->subjects[b->nguards];
		b->subjects[b->nguards++] = s;
	}
	b->nsubjects++;
}

/* Make a member of a group. */
static void
add_member(struct engine *e, struct binding *b, const struct watch *w, unsigned field)
{
	struct node *n = b->series->node;
	const struct watch *own = limits_of(e, w, n->zone, n, b->series);
	struct group *g = group_of(e, w, n->zone, n->rack);
	if (w->scope == SCOPE_RACK && g == NULL && n->zone != NULL && n->rack != NULL)
		g = group_new(e, w, n->zone, n->rack);
	if (g == NULL || own == NULL)
		return;
	struct member *m = xcalloc(1, sizeof *m);
	m->binding = b;
	m->watch = own;
	m->field = field;
	m->limit = NAN;
	if (watch_counts(w) && w->kind->state_size > 0)
		m->state = xcalloc(1, w->kind->state_size);
	if (watch_counts(w))
		m->wants = look_wants(e, w, n->zone, b, field);
	group_add(g, m);
	b->members = xgrow(b->members, b->nmembers, sizeof m);
	b->members[b->nmembers++] = m;
}

/* Make what a rule judges of this field: a subject of its own, or a member of a group. */
static void
bind_field(struct engine *e, struct binding *b, const struct watch *w, unsigned field)
{
	struct node *n = b->series->node;
	if (w->scope != SCOPE_NODE) {
		add_member(e, b, w, field);
		return;
	}
	const struct watch *own = limits_of(e, w, n->zone, n, b->series);
	if (own == NULL)
		return;
	struct subject *s = subject_new(e, own, n->zone, n, b, field);
	if (w->kind->needs_field)
		add_subject(b, s);
}

/* Bind the fields that came since the last time; silence is the whole series', so once. */
static void
bind_watch(struct engine *e, struct binding *b, const struct watch *w, bool first)
{
	const struct series *se = b->series;
	if (w->kind == NULL || !watch_covers_series(w, se))
		return;
	if (!w->kind->needs_field) {
		if (first)
			bind_field(e, b, w, 0);
		return;
	}
	for (unsigned i = b->nfields; i < se->nfields; i++) {
		if (watch_covers_field(w, &se->fields[i]))
			bind_field(e, b, w, i);
	}
}

/* A series' binding, made when it is first heard of and widened with it. */
struct binding *
binding_of(struct engine *e, struct series *se)
{
	struct binding *b = se->rules;
	bool first = b == NULL || b->engine != e;
	if (!first && b->nfields == se->nfields)
		return b;
	if (first) {
		b = xcalloc(1, sizeof *b);
		b->engine = e;
		b->series = se;
		se->rules = b;
		e->bindings = xgrow(e->bindings, e->nbindings, sizeof b);
		e->bindings[e->nbindings++] = b;
	}
	for (size_t i = 0; i < e->nwatches; i++)
		bind_watch(e, b, &e->watches[i], first);
	b->nfields = se->nfields;
	return b;
}

/* Bind what a node has and no rule knew of yet. */
void
binding_all_of(struct engine *e, struct node *n)
{
	struct node_watch *nw = &e->nodes[n->index];
	while (nw->nbound < n->nseries)
		(void)binding_of(e, n->series[nw->nbound++]);
}

/* Free it, and let go of its series. */
void
binding_free(struct binding *b)
{
	if (b == NULL)
		return;
	if (b->series->rules == b)
		b->series->rules = NULL;
	for (size_t i = 0; i < b->nmembers; i++) {
		free(b->members[i]->state);
		free(b->members[i]->wants);
		free(b->members[i]);
	}
	for (unsigned i = 0; b->past != NULL && i < METRIC_MAX_FIELDS; i++)
		free(b->past[i]);
	free(b->past);
	free(b->members);
	free(b->subjects);
	free(b);
}

/* A reading older than its arrival by more than 3 steps belongs to a backlog: it corrects the
 * history and alarms nobody. But a backlog comes faster than time goes, so its lateness shrinks;
 * a lateness that stays is a wrong clock, and a host with a wrong clock must not be out of watch.
 * Its readings are taken for as old as their arrival. */
static bool
is_timely(struct binding *b)
{
	const struct reading *r = &b->series->last;
	int64_t step_ms = (int64_t)b->series->step_s * 1000;
	int64_t lag_ms = r->recv_ms - r->time_s * 1000;
	int64_t change = lag_ms > b->lag_ms ? lag_ms - b->lag_ms : b->lag_ms - lag_ms;
	b->lag_ms = lag_ms;
	b->at_ms = r->time_s * 1000;
	if (lag_ms <= SITE_STALE_STEPS * step_ms) {
		b->same_lag = 0;
		return true;
	}
	b->same_lag = change < step_ms / 4 ? b->same_lag + 1 : 0;
	b->at_ms = r->recv_ms;
	return b->same_lag >= ENGINE_SAME_LAG;
}

/* Note a reading. */
bool
binding_reading(struct binding *b)
{
	const struct series *se = b->series;
	for (unsigned i = 0; i < se->nfields; i++) {
		if (!isnan(se->last.values[i])) {
			b->known_ms = se->last.recv_ms;
			break;
		}
	}
	b->live = is_timely(b);
	if (b->live)
		b->live_ms = se->last.recv_ms;
	return b->live;
}

/* Note which fields the rules that quarantine hold to be bad. */
void
binding_quarantine(struct binding *b, bool warm)
{
	b->quarantined = 0;
	for (size_t i = 0; i < b->nguards; i++) {
		const struct subject *s = b->subjects[i];
		if (warm ? s->warm_bad : s->bad)
			b->quarantined |= UINT64_C(1) << s->field;
	}
}

/* Whether it is one to judge by. */
bool
binding_knows(const struct binding *b, unsigned field)
{
	return (b->quarantined >> field & 1) == 0 && site_is_plausible(b->series, field);
}

/* Whether a value may be judged now. */
bool
binding_usable(const struct binding *b, unsigned field, int64_t now_ms)
{
	int64_t step_ms = (int64_t)b->series->step_s * 1000;
	return b->live && now_ms - b->live_ms <= SITE_STALE_STEPS * step_ms &&
	       binding_knows(b, field);
}

/* Whether it is left out for long enough, by a node that was there all the time. */
bool
binding_is_gone(const struct binding *b, int64_t now_ms)
{
	const struct engine *e = b->engine;
	const struct series *se = b->series;
	int64_t alive_ms = e->nodes[se->node->index].alive_ms;
	int64_t limit_ms = (int64_t)se->step_s * 1000 * ENGINE_GONE_STEPS;
	if (limit_ms < ENGINE_GONE_MS)
		limit_ms = ENGINE_GONE_MS;
	return alive_ms != 0 && now_ms - alive_ms > limit_ms && now_ms - e->watch_ms > limit_ms &&
	       now_ms - se->last.recv_ms > limit_ms;
}
