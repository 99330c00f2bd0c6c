/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine remembers beside the alerts' rows, as bytes for the history: what the kinds note,
 * hysteresis of a group's members, clocks and counts of alerts that are open. A subject is known by
 * a text, "s/RULE/NODE/SERIES/FIELD" or "g/RULE/ZONE/FIELD/RACK", a member by "m/...". The bytes
 * are of this machine and this version; others are passed over. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MEMORY_VERSION 2
#define MAX_KEY 320

/* Before the bytes of the kind and those on neighbours. */
struct head {
	uint32_t version;
	uint32_t state_version;
	uint32_t state_size;
	uint32_t npeers;
	uint64_t alert; /* 0: none is open */
	int64_t judged_ms;
	int64_t trend_ms;
	int64_t since_ms;
	int64_t flip_ms;
	int64_t told_ms;
	int64_t noted_ms; /* of a group */
	double told;
	double worst;
	double limit;
	double last; /* of the own value */
	float trend[ALERT_TREND];
	struct flips flips;
	uint32_t has_flips;
	uint32_t bad;
	uint32_t judged; /* of a member */
	uint32_t pad;
};

/* What a neighbour's value was. */
struct kept_peer {
	uint32_t sid;
	uint32_t field;
	double base;
};

/* The name of a subject. */
static int
key_of(char key[MAX_KEY], const struct subject *s)
{
	const char *rule = s->watch->conf->name, *field = subject_field(s);
	if (s->node == NULL)
		return str_format(key, MAX_KEY, "g/%s/%s/%s/%s", rule, watch_zone_name(s->zone),
		    field, s->rack != NULL ? s->rack : "");
	return str_format(key, MAX_KEY, "s/%s/%s/%s/%s", rule, s->node->name,
	    s->binding != NULL ? s->binding->series->name : "", field);
}

/* The name of a member. */
static int
key_of_member(char key[MAX_KEY], const struct member *m)
{
	const struct series *se = m->binding->series;
	bool field = m->watch->kind->needs_field;
	return str_format(key, MAX_KEY, "m/%s/%s/%s/%s", m->watch->conf->name, se->node->name,
	    se->name, field ? se->fields[m->field].name : "");
}

/* Give head, state and neighbours as one piece. */
static void
put_all(const char *key, struct head *h, const struct watch *w, const void *state,
    const struct wants *want, void (*put)(void *, const char *, const void *, size_t), void *arg)
{
	const struct peers *p = want != NULL ? want->peers : NULL;
	h->version = MEMORY_VERSION;
	h->state_version = w->kind->state_version;
	h->state_size = state != NULL ? (uint32_t)w->kind->state_size : 0;
	h->npeers = p != NULL ? (uint32_t)p->n : 0;
	h->last = want != NULL ? want->last : NAN;
	size_t n = sizeof *h + h->state_size + h->npeers * sizeof(struct kept_peer);
	char *bytes = xcalloc(1, n), *to = bytes + sizeof *h;
	memcpy(bytes, h, sizeof *h);
	if (h->state_size > 0)
		memcpy(to, state, h->state_size);
	to += h->state_size;
	for (size_t i = 0; i < h->npeers; i++) {
		struct kept_peer kp = { p->v[i].binding->series->sid, p->v[i].field,
			want->base[i] };
		memcpy(to + i * sizeof kp, &kp, sizeof kp);
	}
	put(arg, key, bytes, n);
	free(bytes);
}

/* The group of a subject, or NULL. */
static struct group *
group_of_subject(const struct engine *e, const struct subject *s)
{
	for (size_t i = 0; s->node == NULL && i < e->ngroups; i++) {
		if (e->groups[i]->subject == s)
			return e->groups[i];
	}
	return NULL;
}

/* Save a subject, if there is anything to it. */
static void
save_subject(const struct engine *e, const struct subject *s,
    void (*put)(void *, const char *, const void *, size_t), void *arg)
{
	char key[MAX_KEY];
	bool peers = s->wants != NULL && s->wants->peers != NULL;
	if (s->state == NULL && s->alert == NULL && s->flips == NULL && !peers)
		return;
	if (key_of(key, s) == -1)
		return;
	const struct group *g = s->state != NULL ? group_of_subject(e, s) : NULL;
	struct head h = { 0 };
	h.alert = s->alert != NULL ? s->alert->id : 0;
	h.judged_ms = s->judged_ms;
	h.trend_ms = s->trend_ms;
	h.since_ms = s->since_ms;
	h.flip_ms = s->flip_ms;
	h.told_ms = s->told_ms;
	h.noted_ms = g != NULL ? g->noted_ms : 0;
	h.told = s->told;
	h.worst = s->worst;
	h.limit = s->limit;
	h.bad = s->bad;
	memcpy(h.trend, s->trend, sizeof h.trend);
	h.has_flips = s->flips != NULL;
	if (s->flips != NULL)
		h.flips = *s->flips;
	put_all(key, &h, s->watch, s->state, s->wants, put, arg);
}

/* Save a member that is bad by itself, or remembers. */
static void
save_member(
    const struct member *m, void (*put)(void *, const char *, const void *, size_t), void *arg)
{
	char key[MAX_KEY];
	const struct slot *slot = &m->group->slots[m->place];
	bool peers = m->wants != NULL && m->wants->peers != NULL;
	if (!watch_counts(m->watch) || (!slot->bad && m->state == NULL && !peers))
		return;
	if (key_of_member(key, m) == -1)
		return;
	struct head h = { 0 };
	h.limit = m->limit;
	h.worst = slot->beyond;
	h.bad = slot->bad;
	h.judged = slot->judged;
	put_all(key, &h, m->watch, m->state, m->wants, put, arg);
}

/* Save all. */
void
engine_save(const struct engine *e,
    void (*put)(void *arg, const char *key, const void *bytes, size_t n), void *arg)
{
	for (size_t i = 0; i < e->nsubjects; i++)
		save_subject(e, e->subjects[i], put, arg);
	for (size_t i = 0; i < e->nbindings; i++) {
		const struct binding *b = e->bindings[i];
		for (size_t k = 0; k < b->nmembers; k++)
			save_member(b->members[k], put, arg);
	}
}

/* What a key is made of. */
struct parts {
	char text[MAX_KEY];
	const char *part[5]; /* kind, rule, node or zone, series or field, field or rack */
};

/* Take a key apart; the last part may hold slashes. */
static bool
take_apart(struct parts *p, const char *key)
{
	char *at = p->text;
	if (str_copy(p->text, sizeof p->text, key) == -1)
		return false;
	for (size_t i = 0; i < 5; i++) {
		p->part[i] = at;
		char *end = strchr(at, '/');
		if (i == 4)
			return true;
		if (end == NULL)
			return false;
		*end = '\0';
		at = end + 1;
	}
	return false;
}

/* The binding of the key's series; NULL. */
static struct binding *
binding_named(struct engine *e, const struct parts *p)
{
	struct node *n = site_node(e->site, p->part[2]);
	for (size_t i = 0; n != NULL && i < n->nseries; i++) {
		if (strcmp(n->series[i]->name, p->part[3]) == 0)
			return binding_of(e, n->series[i]);
	}
	return NULL;
}

/* The subject of a key; NULL. */
static struct subject *
subject_named(struct engine *e, const struct parts *p, struct group **group)
{
	*group = NULL;
	for (size_t i = 0; p->part[0][0] == 'g' && i < e->ngroups; i++) {
		struct subject *s = e->groups[i]->subject;
		if (strcmp(s->watch->conf->name, p->part[1]) == 0 &&
		    strcmp(watch_zone_name(s->zone), p->part[2]) == 0 &&
		    strcmp(subject_field(s), p->part[3]) == 0 &&
		    strcmp(s->rack != NULL ? s->rack : "", p->part[4]) == 0) {
			*group = e->groups[i];
			return s;
		}
	}
	if (p->part[0][0] != 's')
		return NULL;
	const struct binding *b = p->part[3][0] != '\0' ? binding_named(e, p) : NULL;
	for (size_t i = 0; b != NULL && i < b->nsubjects; i++) {
		struct subject *s = b->subjects[i];
		if (strcmp(s->watch->conf->name, p->part[1]) == 0 &&
		    strcmp(subject_field(s), p->part[4]) == 0)
			return s;
	}
	for (size_t i = 0; i < e->nsilences; i++) {
		struct subject *s = e->silences[i];
		if (strcmp(s->watch->conf->name, p->part[1]) == 0 && s->node != NULL &&
		    strcmp(s->node->name, p->part[2]) == 0 &&
		    strcmp(s->binding != NULL ? s->binding->series->name : "", p->part[3]) == 0)
			return s;
	}
	return NULL;
}

/* The member of a key; NULL. */
static struct member *
member_named(struct engine *e, const struct parts *p)
{
	const struct binding *b = binding_named(e, p);
	for (size_t i = 0; b != NULL && i < b->nmembers; i++) {
		struct member *m = b->members[i];
		const char *field =
		    m->watch->kind->needs_field ? b->series->fields[m->field].name : "";
		if (strcmp(m->watch->conf->name, p->part[1]) == 0 && strcmp(field, p->part[4]) == 0)
			return m;
	}
	return NULL;
}

/* Take back what the kind noted, and the neighbours' values. */
static void
take_rest(struct engine *e, const struct head *h, const char *bytes, const struct watch *w,
    void *state, struct wants *want)
{
	if (state != NULL && h->state_version == w->kind->state_version &&
	    h->state_size == w->kind->state_size)
		memcpy(state, bytes, h->state_size);
	if (want == NULL)
		return;
	want->last = h->last;
	for (size_t i = 0; i < h->npeers; i++) {
		struct kept_peer kp;
		memcpy(&kp, bytes + h->state_size + i * sizeof kp, sizeof kp);
		struct series *se = site_series(e->site, kp.sid);
		if (se != NULL)
			(void)binding_of(e, se); /* makes it known as a neighbour */
		for (size_t k = 0; want->peers != NULL && k < want->peers->n; k++) {
			const struct peer *p = &want->peers->v[k];
			if (p->binding->series == se && p->field == kp.field)
				want->base[k] = kp.base;
		}
	}
}

/* Take back a subject. The rows of its alert know better what it is; of one that chatters they do
 * not know how its condition is. */
static void
take_subject(struct subject *s, struct group *g, const struct head *h)
{
	s->judged_ms = h->judged_ms;
	s->warm_bad = h->bad != 0;
	s->warm_limit = h->limit;
	if (g != NULL)
		g->noted_ms = h->noted_ms;
	if (s->watch->kind->needs_field) {
		s->trend_ms = h->trend_ms;
		memcpy(s->trend, h->trend, sizeof s->trend);
	}
	for (size_t i = 0; h->has_flips != 0 && i < ENGINE_FLIPS_MANY; i++) {
		if (h->flips.v[i].at_ms != 0)
			flip_restore(s, h->flips.v[i].at_ms, h->flips.v[i].came);
	}
	if (s->alert == NULL || s->alert->id != h->alert)
		return;
	s->told = h->told;
	s->told_ms = h->told_ms;
	s->worst = h->worst;
	if (s->alert->state == ALERT_PENDING)
		s->since_ms = h->since_ms;
	if ((s->alert->flags & ALERT_CHATTERING) == 0)
		return;
	s->bad = h->bad != 0;
	s->limit = h->limit;
	s->since_ms = h->since_ms;
	s->alert->clear_ms = s->bad ? 0 : h->since_ms;
	if (h->flip_ms > s->flip_ms)
		s->flip_ms = h->flip_ms;
}

/* Take back what was saved of one. */
void
engine_load(struct engine *e, const char *key, const void *bytes, size_t n)
{
	struct parts p;
	struct head h;
	struct group *g;
	if (n < sizeof h || !take_apart(&p, key))
		return;
	memcpy(&h, bytes, sizeof h);
	if (h.version != MEMORY_VERSION || h.npeers > ENGINE_PEERS || h.state_size > n ||
	    n != sizeof h + h.state_size + h.npeers * sizeof(struct kept_peer))
		return;
	engine_take_new(e);
	const char *rest = (const char *)bytes + sizeof h;
	if (p.part[0][0] == 'm') {
		struct member *m = member_named(e, &p);
		if (m == NULL)
			return;
		struct slot *slot = &m->group->slots[m->place];
		slot->judged = h.judged != 0;
		slot->bad = h.bad != 0;
		slot->beyond = h.worst;
		m->limit = h.limit;
		take_rest(e, &h, rest, m->watch, m->state, m->wants);
		return;
	}
	struct subject *s = subject_named(e, &p, &g);
	if (s == NULL)
		return;
	take_subject(s, g, &h);
	take_rest(e, &h, rest, s->watch, s->state, s->wants);
}
