/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of rule gets to see of a value: its meaning, a second value, what was usual at this
 * hour, what the neighbours say. */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

#define HOUR_SLOT_MS 900000 /* time zones differ by quarters of an hour */

/* The hour of the week at a moment, local time; kept for as long as it stays the same. */
static unsigned
hour_of(struct engine *e, int64_t at_ms)
{
	if (at_ms / HOUR_SLOT_MS != e->hour_slot) {
		time_t t = (time_t)(at_ms / 1000);
		struct tm tm = { 0 };
		(void)localtime_r(&t, &tm);
		e->hour_slot = at_ms / HOUR_SLOT_MS;
		e->hour = (unsigned)(tm.tm_wday * 24 + tm.tm_hour);
	}
	return e->hour;
}

/* A series by source and instance among a node's; NULL. */
static struct series *
series_of(const struct node *n, const char *source, const char *instance)
{
	for (size_t i = 0; n != NULL && i < n->nseries; i++) {
		struct series *se = n->series[i];
		if (strcmp(se->source, source) == 0 && strcmp(se->instance, instance) == 0)
			return se;
	}
	return NULL;
}

/* Where a second value is: beside the first (NULL: of a group), on the node, or on the zone's own
 * node. */
static struct series *
find_other(const struct engine *e, const struct rule_other *o, const struct zone *z,
    struct series *se, unsigned *field)
{
	struct series *found = se;
	if (o->field == NULL)
		return NULL;
	if (o->source != NULL) {
		const char *instance = o->instance;
		if (instance == NULL)
			instance = se != NULL ? se->instance : "";
		found = se != NULL ? series_of(se->node, o->source, instance) : NULL;
		if (found == NULL)
			found = series_of(site_summary(e->site, z), o->source, instance);
	}
	if (found == NULL || (*field = site_field(found, o->field)) >= found->nfields)
		return NULL;
	return found;
}

/* How many series and fields there are in which it could be. */
static size_t
count_places(const struct engine *e, const struct zone *z, const struct series *se)
{
	const struct node *own = site_summary(e->site, z);
	return (se != NULL ? se->nfields + se->node->nseries : 0) +
	       (own != NULL ? own->nseries : 0) + 1;
}

/* Look for the second values anew where there is more to look at than the last time. */
static void
find_others(const struct engine *e, const struct watch *w, const struct zone *z, struct series *se,
    struct wants *want)
{
	const struct rule_kind *k = w->kind;
	size_t places = count_places(e, z, se);
	if (places == want->looked)
		return;
	want->looked = places;
	if (k->other != NULL) {
		struct rule_other o = k->other(w->conf->variant);
		want->other = find_other(e, &o, z, se, &want->other_field);
	}
	if (k->gate != NULL) {
		struct rule_other o = k->gate(w->conf->variant);
		want->gate = find_other(e, &o, z, se, &want->gate_field);
	}
}

/* Whether a second value counts now. It need not be of a series that any rule is about. */
static bool
is_usable(const struct engine *e, const struct series *se, unsigned field, int64_t now_ms)
{
	const struct binding *b = se != NULL ? se->rules : NULL;
	if (se == NULL || se->last.time_s == 0)
		return false;
	if (b != NULL && b->engine == e && b->live_ms != 0)
		return binding_usable(b, field, now_ms);
	return now_ms - se->last.recv_ms <= SITE_STALE_STEPS * 1000 * (int64_t)se->step_s &&
	       site_is_plausible(se, field);
}

/* Fill in the second values. */
static void
put_others(const struct engine *e, const struct watch *w, const struct zone *z, struct series *se,
    struct wants *want, int64_t now_ms, struct rule_input *in)
{
	find_others(e, w, z, se, want);
	if (is_usable(e, want->other, want->other_field, now_ms)) {
		in->other_known = true;
		in->other = want->other->last.values[want->other_field];
	}
	if (is_usable(e, want->gate, want->gate_field, now_ms)) {
		in->gate_known = true;
		in->gate = want->gate->last.values[want->gate_field];
	}
}

/* The middle of n numbers, which get sorted. */
static double
median_of(double *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double x = v[i];
		size_t k = i;
		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	if (n == 0)
		return NAN;
	return n % 2 != 0 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Fill in what the neighbours say. A change of the own value is where their movement is counted
 * from. */
static void
put_neighbours(
    const struct binding *b, struct wants *want, int64_t now_ms, bool note, struct rule_input *in)
{
	double v[ENGINE_PEERS];
	bool anew = note && in->known && !(in->value == want->last);
	in->moved = 0;
	for (size_t i = 0; i < want->peers->n; i++) {
		const struct peer *p = &want->peers->v[i];
		if (p->binding->series->node == b->series->node)
			continue;
		bool known = binding_usable(p->binding, p->field, now_ms);
		double value = known ? p->binding->series->last.values[p->field] : NAN;
		if (anew || isnan(want->base[i]))
			want->base[i] = value;
		if (!known)
			continue;
		v[in->nneighbours++] = value;
		in->moved = fmax(in->moved, fabs(value - want->base[i]));
	}
	if (anew)
		want->last = in->value;
	in->median = median_of(v, in->nneighbours);
}

/* Fill in what was usual. */
static void
put_past(struct binding *b, unsigned field, struct rule_input *in)
{
	const struct past *p = b->past != NULL ? b->past[field] : NULL;
	unsigned hour = hour_of(b->engine, in->at_ms);
	if (p == NULL || p->weeks[hour] == 0)
		return;
	in->usual = p->mean[hour];
	in->spread = p->spread[hour];
	in->weeks = p->weeks[hour];
}

/* Fill in all. The state lies with the caller. */
static void
fill(const struct look *l, int64_t now_ms, bool note, struct metric_state *state,
    struct rule_input *in)
{
	struct binding *b = l->binding;
	struct series *se = b->series;
	const struct rule_kind *k = l->watch->kind;
	const struct field *f = &se->fields[l->field];
	*in = (struct rule_input){
		.known = l->known,
		.value = se->last.values[l->field],
		.unit = l->unit,
		.step_ms = (int64_t)se->step_s * 1000,
		.was_bad = l->was_bad,
		.was_limit = l->limit,
		.at_ms = b->at_ms,
		.other = NAN,
		.gate = NAN,
		.usual = NAN,
		.spread = NAN,
		.median = NAN,
		.moved = NAN,
	};
	if (k->states)
		in->field = f->label[0] != '\0' ? f->label : f->name;
	if (in->known && f->kind == FIELD_STATE && site_state(se, l->field, in->value, state))
		in->state = state;
	if (k->past)
		put_past(b, l->field, in);
	if (l->wants != NULL && l->wants->peers != NULL)
		put_neighbours(b, l->wants, now_ms, note, in);
	if (k->other != NULL || k->gate != NULL)
		put_others(b->engine, l->watch, se->node->zone, se, l->wants, now_ms, in);
}

/* A subject of a series as its kind looks at it. */
struct look
look_of_subject(const struct subject *s, bool was_bad, double limit)
{
	const struct binding *b = s->binding;
	bool guards = s->watch->kind->quarantines;
	return (struct look){
		.watch = s->watch,
		.binding = s->binding,
		.field = s->field,
		.unit = s->unit,
		.state = s->state,
		.wants = s->wants,
		.known =
		    guards ? site_is_plausible(b->series, s->field) : binding_knows(b, s->field),
		.was_bad = was_bad,
		.limit = limit,
	};
}

/* Let the kind note a value and ask for its verdict. */
enum verdict
look_at(const struct look *l, int64_t now_ms, bool judge, struct rule_reason *why)
{
	const struct rule_kind *k = l->watch->kind;
	struct metric_state state;
	struct rule_input in;
	fill(l, now_ms, true, &state, &in);
	if (k->note != NULL && in.known)
		k->note(l->watch->conf->variant, l->state, &in);
	return judge ? k->judge(l->watch->conf->variant, l->state, &in, why) : VERDICT_UNKNOWN;
}

/* Ask again. */
enum verdict
look_again(const struct look *l, int64_t now_ms, struct rule_reason *why)
{
	const struct rule_kind *k = l->watch->kind;
	struct metric_state state;
	struct rule_input in;
	fill(l, now_ms, false, &state, &in);
	return k->judge(l->watch->conf->variant, l->state, &in, why);
}

/* The second value of a group. */
void
look_other_of_group(
    const struct engine *e, const struct subject *s, int64_t now_ms, struct rule_input *in)
{
	if (s->wants != NULL)
		put_others(e, s->watch, s->zone, NULL, s->wants, now_ms, in);
}

/* The neighbours of a zone, with this one among them. */
static struct peers *
join_peers(struct engine *e, const struct zone *z, struct binding *b, unsigned field)
{
	const struct series *se = b->series;
	const char *name = se->fields[field].name;
	struct peers *p = NULL;
	for (size_t i = 0; p == NULL && i < e->npeers; i++) {
		struct peers *q = e->peers[i];
		if (q->zone == z && strcmp(q->source, se->source) == 0 &&
		    strcmp(q->field, name) == 0)
			p = q;
	}
	if (p == NULL) {
		p = xcalloc(1, sizeof *p);
		p->zone = z;
		(void)str_copy(p->source, sizeof p->source, se->source);
		(void)str_copy(p->field, sizeof p->field, name);
		e->peers = xreallocarray(e->peers, e->npeers + 1, sizeof p);
		e->peers[e->npeers++] = p;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].binding == b && p->v[i].field == field)
			return p;
	}
	if (p->n < ENGINE_PEERS)
		p->v[p->n++] = (struct peer){ .binding = b, .field = field };
	return p;
}

/* The past of this field is wanted. */
static void
want_past(struct engine *e, struct binding *b, unsigned field)
{
	for (size_t i = e->npasts; i-- > 0 && e->pasts[i] == b;) {
		if (e->past_fields[i] == field)
			return;
	}
	e->pasts = xreallocarray(e->pasts, e->npasts + 1, sizeof b);
	e->past_fields = xreallocarray(e->past_fields, e->npasts + 1, sizeof *e->past_fields);
	e->pasts[e->npasts] = b;
	e->past_fields[e->npasts++] = field;
}

/* What a kind wants beside the value. */
struct wants *
look_wants(struct engine *e, const struct watch *w, const struct zone *z, struct binding *b,
    unsigned field)
{
	const struct rule_kind *k = w->kind;
	if (k->past && b != NULL)
		want_past(e, b, field);
	if (k->other == NULL && k->gate == NULL && !(k->neighbours && b != NULL))
		return NULL;
	struct wants *want = xcalloc(1, sizeof *want);
	want->last = NAN;
	for (size_t i = 0; i < ENGINE_PEERS; i++)
		want->base[i] = NAN;
	if (k->neighbours && b != NULL)
		want->peers = join_peers(e, z, b, field);
	return want;
}

/* The i-th field whose past is wanted. */
bool
engine_wants_past(const struct engine *e, size_t i, uint32_t *sid, const char **field)
{
	if (i >= e->npasts)
		return false;
	const struct series *se = e->pasts[i]->series;
	*sid = se->sid;
	*field = se->fields[e->past_fields[i]].name;
	return true;
}

/* Take what was usual. */
void
engine_set_past(struct engine *e, uint32_t sid, const char *field, const struct past *p)
{
	struct series *se = site_series(e->site, sid);
	unsigned i = se != NULL ? site_field(se, field) : 0;
	if (se == NULL || i >= se->nfields)
		return;
	struct binding *b = binding_of(e, se);
	if (b->past == NULL)
		b->past = xcalloc(METRIC_MAX_FIELDS, sizeof(struct past *));
	free(b->past[i]);
	b->past[i] = xmemdup(p, sizeof *p);
}

/* Free what the engine keeps for it. */
void
look_free(struct engine *e)
{
	for (size_t i = 0; i < e->npeers; i++)
		free(e->peers[i]);
	free(e->peers);
	free(e->pasts);
	free(e->past_fields);
}
