/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The alert engine's outside: it is made of configuration and site, takes in readings and ticks,
 * and tells what changed. Pure: whoever calls it knows the time and does what is to be done. */

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* Make what judges that a whole node may be silent: itself, or its rack. */
static void
add_silence(struct engine *e, const struct watch *w, struct node *n)
{
	const struct watch *own = NULL;
	if (w->scope == SCOPE_RACK && n->zone != NULL && n->rack != NULL &&
	    group_of(e, w, n->zone, n->rack) == NULL)
		(void)group_new(e, w, n->zone, n->rack);
	if (w->scope == SCOPE_NODE)
		own = limits_of(e, w, n->zone, n, NULL);
	if (own != NULL)
		(void)subject_new(e, own, n->zone, n, NULL, 0);
}

/* Make the subjects of a rule that exist without any series, for zones and nodes from these on:
 * groups, and nodes that may be silent. */
static void
add_subjects(struct engine *e, const struct watch *w, size_t zone, size_t node)
{
	if (w->kind == NULL)
		return;
	if (w->scope == SCOPE_SITE && zone == 0 && e->nzones == 0)
		(void)group_new(e, w, NULL, NULL);
	for (size_t i = zone; w->scope == SCOPE_ZONE && i < site_nzones(e->site); i++) {
		if (watch_covers_zone(w, site_zone_at(e->site, i)))
			(void)group_new(e, w, site_zone_at(e->site, i), NULL);
	}
	if (w->kind->needs_field || w->conf->source != NULL)
		return;
	for (size_t i = node; i < site_nnodes(e->site); i++) {
		struct node *n = site_node_at(e->site, i);
		if (watch_covers_node(w, n))
			add_silence(e, w, n);
	}
}

/* Take note of the nodes and the zone that the site got since the last time. */
void
engine_take_new(struct engine *e)
{
	size_t nodes = site_nnodes(e->site), zones = site_nzones(e->site);
	if (nodes == e->nnodes && zones == e->nzones)
		return;
	e->nodes = xreallocarray(e->nodes, nodes + 1, sizeof *e->nodes);
	memset(e->nodes + e->nnodes, 0, (nodes + 1 - e->nnodes) * sizeof *e->nodes);
	for (size_t i = 0; i < e->nwatches; i++)
		add_subjects(e, &e->watches[i], e->nzones, e->nnodes);
	e->nnodes = nodes;
	e->nzones = zones;
}

/* Make the rules ready, and the subjects that need no series. */
struct engine *
engine_new(const struct conf_collector *conf, struct site *site, int64_t now_ms,
    void (*changed)(void *arg, const struct alert_change *ch), void *arg)
{
	struct engine *e = xcalloc(1, sizeof *e);
	const struct conf_rule *rules = conf->rules.v;
	e->conf = conf;
	e->site = site;
	e->changed = changed;
	e->arg = arg;
	e->watch_ms = now_ms;
	e->tick_ms = now_ms;
	e->done = xcalloc(ENGINE_KEPT, sizeof(struct alert *));
	e->past = xcalloc(ENGINE_KEPT, sizeof(struct incident *));
	e->watches = xcalloc(conf->rules.n + 1, sizeof *e->watches);
	e->nwatches = conf->rules.n;
	e->of_rule = xcalloc(conf->rules.n + 1, sizeof *e->of_rule);
	for (size_t i = 0; i < e->nwatches; i++)
		watch_init(&e->watches[i], &rules[i], i);
	engine_take_new(e);
	air_init(e);
	unassigned_init(e);
	return e;
}

/* Orphans are in no other list. */
static void
free_alerts(struct engine *e)
{
	for (size_t i = 0; i < e->nopen; i++) {
		free(e->open[i]->alert);
		if (e->open[i]->watch == NULL)
			subject_free(e->open[i]);
	}
	for (size_t i = 0; i < e->ndone; i++)
		free(e->done[i]);
	for (size_t i = 0; i < e->ncurrent; i++)
		free(e->current[i]);
	for (size_t i = 0; i < e->npast; i++)
		free(e->past[i]);
	free(e->open);
	free(e->done);
	free(e->current);
	free(e->past);
}

/* Free all; nothing is told. */
void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	incident_free(e);
	air_free(e);
	free_alerts(e);
	for (size_t i = 0; i < e->ngroups; i++)
		group_free(e->groups[i]);
	for (size_t i = 0; i < e->nbindings; i++)
		binding_free(e->bindings[i]);
	for (size_t i = 0; i < e->nsubjects; i++)
		subject_free(e->subjects[i]);
	for (size_t i = 0; i < e->nwatches; i++)
		free(e->of_rule[i].v);
	for (size_t i = 0; i < e->ntexts; i++)
		free(e->texts[i]);
	look_free(e);
	limits_free(e);
	free(e->of_rule);
	free(e->lates);
	free(e->scratch);
	free(e->groups);
	free(e->bindings);
	free(e->subjects);
	free(e->silences);
	free(e->silence_due);
	free(e->texts);
	for (size_t i = 0; i < e->nwatches; i++)
		watch_clear(&e->watches[i]);
	free(e->watches);
	free(e->nodes);
	unassigned_free(e);
	free(e);
}

/* Tell what somebody changed. */
void
engine_tell_by(struct engine *e, enum alert_change_kind kind, const struct alert *a,
    const struct incident *in, int64_t now_ms, const char *author, const char *text)
{
	struct alert_change ch = {
		.kind = kind,
		.now_ms = now_ms,
		.alert = a,
		.incident = in,
		.author = author,
		.text = text,
	};
	if (e->changed != NULL)
		e->changed(e->arg, &ch);
}

/* Tell what changed. */
void
engine_tell(struct engine *e, enum alert_change_kind kind, const struct alert *a,
    const struct incident *in, int64_t now_ms)
{
	engine_tell_by(e, kind, a, in, now_ms, NULL, NULL);
}

/* Whether it counts as firing. */
bool
alert_is_firing(const struct alert *a)
{
	return a->state == ALERT_FIRING || a->state == ALERT_CLEARING;
}

/* What the value means. That of a zone or of the site is a number of nodes. */
void
alert_put_words(const struct engine *e, struct alert *a)
{
	const struct series *se = a->node[0] != '\0' ? site_series(e->site, a->sid) : NULL;
	struct metric_state st;
	a->words[0] = '\0';
	if (se != NULL && site_state(se, site_field(se, a->field), a->value, &st))
		(void)str_copy(a->words, sizeof a->words, st.text);
}

/* A copy of a text that lasts as long as the engine; the same text is kept once. */
static const char *
intern(struct engine *e, const char *text)
{
	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < e->ntexts; i++) {
		if (strcmp(e->texts[i], text) == 0)
			return e->texts[i];
	}
	e->texts = xreallocarray(e->texts, e->ntexts + 1, sizeof *e->texts);
	e->texts[e->ntexts] = xstrdup(text);
	return e->texts[e->ntexts++];
}

/* Take back an incident. */
void
engine_restore_incident(struct engine *e, const struct incident *in)
{
	incident_restore(e, in);
}

/* Take back an alert: one that fires to its subject, one that ended to those kept. */
void
engine_restore_alert(struct engine *e, const struct alert *a)
{
	struct alert own = *a;
	own.rule = intern(e, a->rule != NULL ? a->rule : "");
	own.title = intern(e, a->title != NULL ? a->title : own.rule);
	own.advice = intern(e, a->advice);
	own.unit = intern(e, a->unit != NULL ? a->unit : "");
	alert_put_words(e, &own);
	if (own.state == ALERT_RESOLVED && own.incident != 0 && incident_of(e, &own) == NULL)
		own.state = ALERT_CLOSED;
	if (a->id > e->last_alert)
		e->last_alert = a->id;
	subject_adopt(e, &own);
	if (own.state == ALERT_RESOLVED || own.state == ALERT_CLOSED)
		subject_keep(e, xmemdup(&own, sizeof own));
}

/* Number on from there. */
void
engine_restore_ids(struct engine *e, uint64_t last_alert, uint64_t last_incident)
{
	if (last_alert > e->last_alert)
		e->last_alert = last_alert;
	if (last_incident > e->last_incident)
		e->last_incident = last_incident;
}

/* Bind what is new of a node, and note since when it sends without a break. */
static void
tick_node(struct engine *e, struct node *n, int64_t now_ms)
{
	struct node_watch *nw = &e->nodes[n->index];
	binding_all_of(e, n);
	if (n->kind != NODE_SUMMARY && (!n->connected || site_is_stale(n, now_ms)))
		nw->alive_ms = 0;
	else if (nw->alive_ms == 0)
		nw->alive_ms = now_ms;
}

/* Let time pass for all that is open. The list changes under it where one ends. */
static void
tick_open(struct engine *e, int64_t now_ms)
{
	size_t i = 0;
	while (i < e->nopen) {
		struct subject *s = e->open[i];
		mute_tick(e, s->alert, i, now_ms);
		if (s->watch == NULL)
			subject_tick_orphan(e, s, now_ms);
		else
			course_tick(e, s, now_ms);
		if (i < e->nopen && e->open[i] == s)
			i++;
	}
}

/* Alerts that were restored without their incident get one. */
static void
tick_homeless(struct engine *e, int64_t now_ms)
{
	for (size_t i = 0; i < e->nopen; i++) {
		struct alert *a = e->open[i]->alert;
		if (alert_is_firing(a) && a->severity != WIRE_INFO && incident_of(e, a) == NULL)
			incident_join(e, a, now_ms);
	}
}

/* Let time pass: silence first, for groups and incidents build on it. */
void
engine_tick(struct engine *e, int64_t now_ms)
{
	if (now_ms - e->tick_ms > ENGINE_STOPPED_MS)
		e->watch_ms = now_ms;
	e->tick_ms = now_ms;
	engine_take_new(e);
	warm_end(e);
	for (size_t i = 0; i < site_nnodes(e->site); i++)
		tick_node(e, site_node_at(e->site, i), now_ms);
	cause_tick(e, now_ms);
	tick_homeless(e, now_ms);
	for (size_t i = 0; i < e->nsilences; i++)
		if (now_ms >= e->silence_due[i])
			e->silence_due[i] = absence_tick(e, e->silences[i], now_ms);
	air_tick(e, now_ms);
	for (size_t i = 0; i < e->ngroups; i++)
		group_tick(e, e->groups[i], now_ms);
	unassigned_tick(e, now_ms);
	tick_open(e, now_ms);
	late_tick(e, now_ms);
	mute_tick_incidents(e, now_ms);
	incident_tick(e, now_ms);
}

/* How many alerts there are to see. */
size_t
engine_nalerts(const struct engine *e)
{
	return e->nopen + e->ndone;
}

/* One of them. */
const struct alert *
engine_alert_at(const struct engine *e, size_t i)
{
	assert(i < e->nopen + e->ndone);
	return i < e->nopen ? e->open[i]->alert : e->done[i - e->nopen];
}

/* How many incidents there are to see. */
size_t
engine_nincidents(const struct engine *e)
{
	return e->ncurrent + e->npast;
}

/* One of them. */
const struct incident *
engine_incident_at(const struct engine *e, size_t i)
{
	assert(i < e->ncurrent + e->npast);
	return i < e->ncurrent ? e->current[i] : e->past[i - e->ncurrent];
}

/* An alert by its number. */
const struct alert *
engine_alert(const struct engine *e, uint64_t id)
{
	for (size_t i = 0; i < engine_nalerts(e); i++) {
		if (engine_alert_at(e, i)->id == id)
			return engine_alert_at(e, i);
	}
	return NULL;
}

/* An incident by its number. */
const struct incident *
engine_incident(const struct engine *e, uint64_t id)
{
	for (size_t i = 0; i < engine_nincidents(e); i++) {
		if (engine_incident_at(e, i)->id == id)
			return engine_incident_at(e, i);
	}
	return NULL;
}

/* The worst that fires in a scope. */
int
engine_worst(const struct engine *e, const char *zone, const char *node)
{
	int worst = -1;
	for (size_t i = 0; i < e->nopen; i++) {
		const struct alert *a = e->open[i]->alert;
		if (!alert_is_firing(a) || (a->flags & ALERT_MUTED) != 0 ||
		    (zone != NULL && strcmp(a->zone, zone) != 0) ||
		    (node != NULL && strcmp(a->node, node) != 0))
			continue;
		if ((int)a->severity > worst)
			worst = (int)a->severity;
	}
	return worst;
}
