/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An incident: the alerts that belong together by their cause, and what people get a mail about. An
 * alert that fires goes to the incident of one that explains it, or that it explains; else to that
 * of its family in its zone; else, while much happens there at once, to the zone's newest; else it
 * opens one. One of them is the cause, which may come after what follows from it. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/roster.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* The open incident of an alert, or NULL. */
struct incident *
incident_of(const struct engine *e, const struct alert *a)
{
	for (size_t i = 0; a->incident != 0 && i < e->ncurrent; i++) {
		if (e->current[i]->id == a->incident)
			return e->current[i];
	}
	return NULL;
}

/* Put among those that are open, newest first. */
static void
add_current(struct engine *e, struct incident *in)
{
	size_t i = e->ncurrent;
	e->current = xreallocarray(e->current, e->ncurrent + 1, sizeof(struct incident *));
	for (; i > 0 && e->current[i - 1]->opened_ms < in->opened_ms; i--)
		e->current[i] = e->current[i - 1];
	e->current[i] = in;
	e->ncurrent++;
}

/* Put among those that are closed, newest first; the oldest goes when there are too many. */
static void
add_past(struct engine *e, struct incident *in)
{
	if (e->npast == ENGINE_KEPT) {
		free(e->past[--e->npast]);
		e->past[e->npast] = NULL;
	}
	size_t i = e->npast;
	for (; i > 0 && e->past[i - 1]->closed_ms < in->closed_ms; i--)
		e->past[i] = e->past[i - 1];
	e->past[i] = in;
	e->npast++;
}

/* "Inlet air too warm: srv07 thermal/inlet 33.4 °C, above 32 °C". */
static void
describe(char *dst, size_t size, const struct alert *a)
{
	char value[UNITS_MAX + 1] = " ";
	alert_value(value + 1, sizeof value - 1, a);
	if (value[1] == '\0' || alert_value_is_said(a))
		value[0] = '\0';
	bool group = a->node[0] == '\0';
	const char *who = group ? a->zone : a->node;
	bool zone = group && strcmp(a->zone, "site") != 0;
	bool field = a->series[0] != '\0' && a->field[0] != '\0';
	if (str_format(dst, size, "%s: %s%s%s%s%s%s%s, %s", a->title, zone ? "zone " : "", who,
		a->series[0] != '\0' ? " " : "", a->series, field ? "/" : "", field ? a->field : "",
		value, a->reason) == 0)
		return;
	/* It was cut: not within a character. */
	for (size_t n = strlen(dst); n > 0 && !str_is_text(dst, n); n--)
		dst[n - 1] = '\0';
}

/* What was restored and fires goes on doing so in its incident. */
static void
adopt_restored(struct engine *e)
{
	if (roster_of(e)->complete)
		return;
	e->roster->complete = true;
	for (size_t i = 0; i < e->nopen; i++) {
		struct alert *a = e->open[i]->alert;
		struct incident *in = incident_of(e, a);
		if (in == NULL || !alert_is_firing(a) || a->severity == WIRE_INFO ||
		    roster_find(e, a) != NULL)
			continue;
		struct cause c = cause_of(e, a);
		struct fire *f = roster_add(e, in, a, &c);
		if (in->root == a->id)
			f->in->root = f;
	}
	for (size_t i = 0; i < e->ncurrent; i++) {
		struct entry *en = (struct entry *)e->current[i];
		en->lost_cause = en->root == NULL;
	}
}

/* Say of an alert that it follows from the other. */
static void
mark(struct alert *a, const struct alert *because)
{
	a->flags |= ALERT_CONSEQUENCE;
	(void)str_copy(a->because, sizeof a->because, because->node);
}

/* Whether something still fires on the node of which it is a consequence. */
static bool
is_held(struct engine *e, const struct alert *a)
{
	const struct node *n = a->because[0] != '\0' ? site_node(e->site, a->because) : NULL;
	return n != NULL && n->index < e->nnodes && e->nodes[n->index].fires != NULL;
}

/* Whether it follows from the incident's cause, or still from another. */
static void
mark_one(struct engine *e, const struct entry *en, struct fire *f)
{
	if (f != en->root && cause_leads_to(e, &en->root->c, &f->c)) {
		mark(f->a, en->root->a);
	} else if (f == en->root || !is_held(e, f->a)) {
		f->a->flags &= ~(unsigned)ALERT_CONSEQUENCE;
		f->a->because[0] = '\0';
	}
}

/* Say of the incident's alerts which follow from its cause, and tell of those that changed. */
static void
mark_all(struct engine *e, struct entry *en, int64_t now_ms)
{
	for (struct fire *f = en->fires; f != NULL; f = f->after) {
		char because[sizeof f->a->because];
		unsigned flags = f->a->flags;
		memcpy(because, f->a->because, sizeof because);
		mark_one(e, en, f);
		bool changed = f->a->flags != flags || strcmp(f->a->because, because) != 0;
		if (changed && f->a->incident != 0)
			engine_tell(e, CHANGE_CAUSE, f->a, &en->in, now_ms);
	}
}

/* From now on this alert is the cause. */
static void
set_root(struct engine *e, struct entry *en, struct fire *f, int64_t now_ms)
{
	struct incident *in = &en->in;
	en->root = f;
	en->lost_cause = false;
	in->root = f->a->id;
	in->topic = f->a->topic;
	(void)str_copy(in->zone, sizeof in->zone, f->a->zone);
	(void)str_copy(in->node, sizeof in->node, f->a->node);
	describe(in->cause, sizeof in->cause, f->a);
	mark_all(e, en, now_ms);
}

/* Whether two alerts are about the same: the one is the other, come again. */
static bool
is_again(const struct alert *a, const struct alert *b)
{
	return strcmp(a->rule, b->rule) == 0 && strcmp(a->zone, b->zone) == 0 &&
	       strcmp(a->rack, b->rack) == 0 && strcmp(a->node, b->node) == 0 &&
	       strcmp(a->series, b->series) == 0 && strcmp(a->field, b->field) == 0;
}

/* Whether it may take the place of what was the cause. */
static bool
may_replace(struct engine *e, const struct fire *f, const struct cause *was)
{
	return is_again(f->a, was->a) || cause_is_rather(e, &f->c, was);
}

/* The one that is rather the cause than any other; NULL: nothing fires. The incident keeps its name
 * to its end: nothing takes the place of a cause that is over (NULL then) but what is rather one,
 * or the same come again. */
static struct fire *
pick(struct engine *e, const struct entry *en)
{
	const struct alert *root = en->root == NULL ? engine_alert(e, en->in.root) : NULL;
	struct cause was = { 0 };
	struct fire *best = en->root;
	if (en->root == NULL && root == NULL && en->in.root != 0)
		return NULL;
	if (root != NULL)
		was = cause_of(e, root);
	for (struct fire *f = en->fires; f != NULL; f = f->after) {
		if (root != NULL && !may_replace(e, f, &was))
			continue;
		if (best == NULL || (f != best && cause_is_rather(e, &f->c, &best->c)))
			best = f;
	}
	return best;
}

/* The same for others. */
const struct alert *
cause_pick(struct engine *e, const struct incident *in)
{
	adopt_restored(e);
	const struct fire *f = in->closed_ms == 0 ? pick(e, (const struct entry *)in) : NULL;
	return f != NULL ? f->a : NULL;
}

/* An alert came or changed: whether it is the cause now, or follows from it. */
static bool
weigh(struct engine *e, struct fire *f, int64_t now_ms)
{
	struct entry *en = f->in;
	if (en->root == NULL && (f->a->flags & ALERT_CONSEQUENCE) != 0)
		return false;
	struct fire *best = en->root;
	if (best == NULL)
		best = pick(e, en);
	else if (best != f && cause_is_rather(e, &f->c, &best->c))
		best = f;
	if (best == en->root) {
		if (best != NULL && best != f && cause_leads_to(e, &best->c, &f->c))
			mark(f->a, best->a);
		return false;
	}
	set_root(e, en, best, now_ms);
	return true;
}

/* What may explain an alert, and which of these does and is rather the cause than the others. */
struct search {
	struct engine *e;
	const struct cause *of;
	struct fire *best;
};

/* Look at one of them. */
static void
consider(struct search *s, struct fire *f)
{
	if (f->a != s->of->a && cause_leads_to(s->e, &f->c, s->of) &&
	    (s->best == NULL || cause_is_rather(s->e, &f->c, &s->best->c)))
		s->best = f;
}

/* Look at what fires on a node. */
static void
consider_node(struct search *s, const struct node *n)
{
	if (n->index >= s->e->nnodes)
		return;
	for (struct fire *f = s->e->nodes[n->index].fires; f != NULL; f = f->next)
		consider(s, f);
}

/* The alert from which this one follows, in whatever zone; NULL. */
static struct fire *
find_cause(struct engine *e, const struct cause *c)
{
	struct search s = { .e = e, .of = c };
	if (c->node != NULL) {
		const struct node *above[64];
		size_t n = cause_above(e, c->node, above, sizeof above / sizeof *above);
		consider_node(&s, c->node);
		for (size_t i = 0; i < n; i++)
			consider_node(&s, above[i]);
	}
	for (struct fire *f = e->roster->groups; f != NULL; f = f->next)
		consider(&s, f);
	for (struct fire *f = e->roster->feeders; f != NULL; f = f->next_feeder)
		consider(&s, f);
	if (c->node == NULL && s.best == NULL)
		for (size_t i = 0; i < e->ncurrent; i++)
			if (((struct entry *)e->current[i])->root != NULL)
				consider(&s, ((struct entry *)e->current[i])->root);
	return s.best;
}

/* The incident, opened lately, whose cause follows from this alert; of several the worst. */
static struct incident *
find_explained(struct engine *e, const struct cause *c, int64_t now_ms)
{
	struct incident *best = NULL;
	for (size_t i = 0; cause_may_lead(c) && i < e->ncurrent; i++) {
		const struct entry *en = (const struct entry *)e->current[i];
		if (en->root == NULL || now_ms - en->in.opened_ms > e->conf->notify.gather ||
		    !cause_leads_to(e, c, &en->root->c))
			continue;
		if (best == NULL || en->in.now > best->now)
			best = e->current[i];
	}
	return best;
}

/* The open one in which the same part of the same node is ill already. */
static struct incident *
find_same_node(const struct engine *e, const struct cause *c, unsigned family)
{
	if (c->node == NULL || c->node->index >= e->nnodes)
		return NULL;
	for (struct fire *f = e->nodes[c->node->index].fires; f != NULL; f = f->next)
		if (f->family == family)
			return &f->in->in;
	return NULL;
}

/* The open one of this family in this zone, rather one that is about it by its cause. The air is
 * the zone's; else two nodes that are ill in the same way are two things. */
static struct incident *
find_family(const struct engine *e, const struct cause *c)
{
	unsigned place = roster_place(c), family = roster_family(c->a->topic);
	struct incident *best = NULL;
	if (family != TOPIC_AIR)
		return find_same_node(e, c, family);
	for (size_t i = 0; i < e->ncurrent; i++) {
		const struct entry *en = (const struct entry *)e->current[i];
		if (en->by_family[place][family] == 0)
			continue;
		if (roster_family(en->in.topic) == family && strcmp(en->in.zone, c->a->zone) == 0)
			return e->current[i];
		if (best == NULL)
			best = e->current[i];
	}
	return best;
}

/* The zone's newest in which much happens just now and which nobody has taken. */
static struct incident *
find_busy(const struct engine *e, const struct alert *a, int64_t now_ms)
{
	for (size_t i = 0; i < e->ncurrent; i++) {
		struct incident *in = e->current[i];
		if (strcmp(in->zone, a->zone) == 0 && in->ack.author[0] == '\0' &&
		    llabs(now_ms - in->joined_ms) < e->conf->notify.gather)
			return in;
	}
	return NULL;
}

/* A new one. */
static struct incident *
open_new(struct engine *e, const struct alert *a, int64_t now_ms)
{
	struct entry *en = xcalloc(1, sizeof *en);
	struct incident *in = &en->in;
	in->id = ++e->last_incident;
	in->opened_ms = now_ms;
	in->severity = a->severity;
	(void)str_copy(in->zone, sizeof in->zone, a->zone);
	add_current(e, in);
	return in;
}

/* What is worse than it ever was is nobody's any more; nor is what is critical again after nothing
 * in it was: who acknowledged it knew of something else. was: the worst that fired just before. */
static void
get_worse(struct engine *e, struct incident *in, enum wire_severity severity,
    enum wire_severity was, int64_t now_ms)
{
	if (severity <= in->severity && (severity < WIRE_CRITICAL || was == WIRE_CRITICAL))
		return;
	if (severity > in->severity)
		in->severity = severity;
	if (in->ack.author[0] == '\0')
		return;
	in->ack = (struct ack){ 0 };
	engine_tell(e, CHANGE_UNACKED, NULL, in, now_ms);
}

/* Put an alert into an incident. */
static void
enter(struct engine *e, struct incident *in, struct alert *a, const struct cause *c, int64_t now_ms)
{
	bool opened = in->total == 0;
	enum wire_severity was = in->now;
	struct fire *f = roster_add(e, in, a, c);
	((struct entry *)in)->quiet_ms = 0;
	in->total++;
	in->joined_ms = in->changed_ms = now_ms;
	a->incident = 0; /* until it is told */
	bool moved = weigh(e, f, now_ms);
	a->incident = in->id;
	if (opened)
		engine_tell(e, CHANGE_OPENED, NULL, in, now_ms);
	get_worse(e, in, a->severity, was, now_ms);
	if (moved && !opened)
		engine_tell(e, CHANGE_CAUSE, NULL, in, now_ms);
}

/* An alert fires: into the incident where it belongs. Of what is only told nobody is. */
void
incident_join(struct engine *e, struct alert *a, int64_t now_ms)
{
	adopt_restored(e);
	if (a->severity == WIRE_INFO || roster_find(e, a) != NULL)
		return;
	struct cause c = cause_of(e, a);
	struct fire *by = find_cause(e, &c);
	struct incident *in = by != NULL ? &by->in->in : find_explained(e, &c, now_ms);
	a->flags &= ~(unsigned)ALERT_CONSEQUENCE;
	if (by != NULL)
		mark(a, by->a);
	if (in == NULL)
		in = find_family(e, &c);
	if (in == NULL)
		in = find_busy(e, a, now_ms);
	if (in == NULL)
		in = open_new(e, a, now_ms);
	enter(e, in, a, &c, now_ms);
}

/* Its alerts are closed with it. */
static void
close_alerts(struct engine *e, const struct incident *in)
{
	for (size_t i = 0; i < e->ndone; i++)
		if (e->done[i]->incident == in->id)
			e->done[i]->state = ALERT_CLOSED;
}

/* Close the i-th open one. */
static void
close_at(struct engine *e, size_t i, int64_t now_ms)
{
	struct incident *in = e->current[i];
	int64_t quiet_ms = ((struct entry *)in)->quiet_ms;
	in->closed_ms = quiet_ms != 0 ? quiet_ms : now_ms;
	e->ncurrent--;
	memmove(&e->current[i], &e->current[i + 1], (e->ncurrent - i) * sizeof(struct incident *));
	add_past(e, in);
	close_alerts(e, in);
	engine_tell(e, CHANGE_CLOSED, NULL, in, now_ms);
}

/* Whether nothing fires in it for long enough: what comes back meanwhile is the same incident, and
 * nobody was told that it was over. */
static bool
is_over(const struct engine *e, struct entry *en, int64_t now_ms)
{
	if (en->in.firing > 0) {
		en->quiet_ms = 0;
		return false;
	}
	if (en->quiet_ms == 0) /* of a restored one, the last change was the last end */
		en->quiet_ms = en->in.changed_ms != 0 ? en->in.changed_ms : now_ms;
	/* What is judged after a restart may be of a moment before the last change. */
	int64_t quiet_ms = now_ms > en->quiet_ms ? now_ms - en->quiet_ms : 0;
	return quiet_ms >= e->conf->notify.close_wait;
}

int64_t
engine_closes_ms(const struct engine *e, const struct incident *in)
{
	if (in->closed_ms != 0 || in->firing > 0) /* what is closed may be no entry any more */
		return 0;
	int64_t quiet_ms = ((const struct entry *)in)->quiet_ms;
	return quiet_ms != 0 ? quiet_ms + e->conf->notify.close_wait : 0;
}

/* Close it if nothing fires in it any more. */
static bool
close_if_over(struct engine *e, struct incident *in, int64_t now_ms)
{
	if (!is_over(e, (struct entry *)in, now_ms))
		return false;
	for (size_t i = 0; i < e->ncurrent; i++) {
		if (e->current[i] == in) {
			close_at(e, i, now_ms);
			return true;
		}
	}
	return false;
}

/* An alert is in its incident no more. */
static struct incident *
leave(struct engine *e, const struct alert *a, int64_t now_ms)
{
	struct fire *f = roster_find(e, a);
	if (f == NULL)
		return NULL;
	struct entry *en = f->in;
	if (en->root == f) {
		en->root = NULL;
		en->lost_cause = true;
	}
	roster_remove(e, f);
	en->in.changed_ms = now_ms;
	return &en->in;
}

/* An alert ended; with the last one its incident does. */
void
incident_leave(struct engine *e, struct alert *a, int64_t now_ms)
{
	adopt_restored(e);
	struct incident *in = leave(e, a, now_ms);
	if (in == NULL) /* it ended before anything made the roster complete */
		in = incident_of(e, a);
	engine_tell(e, CHANGE_RESOLVED, a, in, now_ms);
	if (in != NULL && close_if_over(e, in, now_ms))
		a->state = ALERT_CLOSED;
}

/* An alert changed in what its incident counts. One that is not worth telling any more leaves. */
void
incident_touch(struct engine *e, const struct alert *a, int64_t now_ms)
{
	adopt_restored(e);
	struct fire *f = roster_find(e, a);
	if (f == NULL)
		return;
	struct incident *in = &f->in->in;
	enum wire_severity before = in->now;
	unsigned muted = in->muted;
	if (!alert_is_firing(a) || a->severity == WIRE_INFO) {
		(void)leave(e, a, now_ms);
		(void)close_if_over(e, in, now_ms);
		return;
	}
	roster_update(f);
	get_worse(e, in, a->severity, before, now_ms);
	if (in->muted < muted || in->now != before)
		in->changed_ms = now_ms;
	f->in->lost_cause = f->in->lost_cause || f->in->root == f;
	if (weigh(e, f, now_ms) || in->now != before) {
		in->changed_ms = now_ms;
		engine_tell(e, CHANGE_CAUSE, NULL, in, now_ms);
	}
}

/* Take an incident back. */
void
incident_restore(struct engine *e, const struct incident *in)
{
	struct entry *en = xcalloc(1, sizeof *en);
	en->in = *in;
	if (in->id > e->last_incident)
		e->last_incident = in->id;
	if (in->closed_ms != 0) {
		add_past(e, &en->in);
		return;
	}
	en->in.firing = en->in.muted = 0;
	roster_of(e)->complete = false;
	add_current(e, &en->in);
}

/* Another cause for an incident whose own ended or changed. */
static void
look_for_cause(struct engine *e, struct entry *en, int64_t now_ms)
{
	struct fire *f = pick(e, en);
	en->lost_cause = false;
	if (f == en->root)
		return;
	bool another = f->a->id != en->in.root;
	set_root(e, en, f, now_ms);
	if (!another)
		return;
	en->in.changed_ms = now_ms;
	engine_tell(e, CHANGE_CAUSE, NULL, &en->in, now_ms);
}

/* Close those in which nothing fires. */
void
incident_tick(struct engine *e, int64_t now_ms)
{
	adopt_restored(e);
	for (size_t i = e->ncurrent; i-- > 0;) {
		struct entry *en = (struct entry *)e->current[i];
		if (is_over(e, en, now_ms))
			close_at(e, i, now_ms);
		else if (en->lost_cause && en->in.firing > 0)
			look_for_cause(e, en, now_ms);
	}
}

/* Free what is kept beside the incidents. */
void
incident_free(struct engine *e)
{
	roster_free(e);
}
