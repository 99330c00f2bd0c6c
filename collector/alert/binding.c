/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A binding: the subjects and members that the rules made of one series. It is made when the
 * series is first heard of and widened with it, so that a reading meets its own rules only. */

#include <math.h>
#include <stdlib.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

/* The group of a rule's zone (NULL: the site's), or NULL. */
static struct group *
group_of(const struct engine *e, const struct watch *w, const struct zone *z)
{
	for (size_t i = 0; i < e->ngroups; i++) {
		const struct subject *s = e->groups[i]->subject;
		if (s->watch == w && (w->scope == SCOPE_SITE || s->zone == z))
			return e->groups[i];
	}
	return NULL;
}

/* Make what a rule judges of this field: a subject of its own, or a member of a group. */
static void
bind_field(struct engine *e, struct binding *b, const struct watch *w, unsigned field)
{
	if (w->scope == SCOPE_NODE) {
		struct node *n = b->series->node;
		struct subject *s = subject_new(e, w, n->zone, n, b, field);
		if (!w->kind->needs_field)
			return;
		b->subjects = xreallocarray(b->subjects, b->nsubjects + 1, sizeof s);
		b->subjects[b->nsubjects++] = s;
		return;
	}
	const struct zone *z = b->series->node->zone;
	struct group *g = group_of(e, w, z);
	if (g == NULL || (w->scope == SCOPE_ZONE && z == NULL))
		return;
	struct member *m = xcalloc(1, sizeof *m);
	m->binding = b;
	m->field = field;
	m->limit = NAN;
	group_add(g, m);
	b->members = xreallocarray(b->members, b->nmembers + 1, sizeof m);
	b->members[b->nmembers++] = m;
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
		e->bindings = xreallocarray(e->bindings, e->nbindings + 1, sizeof b);
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
	for (size_t i = 0; i < b->nmembers; i++)
		free(b->members[i]);
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

/* Whether a value may be judged now. */
bool
binding_usable(const struct binding *b, unsigned field, int64_t now_ms)
{
	int64_t step_ms = (int64_t)b->series->step_s * 1000;
	return b->live && now_ms - b->live_ms <= SITE_STALE_STEPS * step_ms &&
	       site_is_plausible(b->series, field);
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

/* Ask the rule's kind. */
enum verdict
binding_judge(const struct binding *b, unsigned field, const struct watch *w, const char *unit,
    bool was_bad, double limit, struct rule_reason *why)
{
	const struct field *f = &b->series->fields[field];
	struct rule_input in = {
		.known = site_is_plausible(b->series, field),
		.value = b->series->last.values[field],
		.unit = unit,
		.field = f->label[0] != '\0' ? f->label : f->name,
		.was_bad = was_bad,
		.was_limit = limit,
	};
	struct metric_state state;
	if (in.known && site_state(b->series, field, in.value, &state))
		in.state = &state;
	return w->kind->judge(w->conf->variant, NULL, &in, why);
}
