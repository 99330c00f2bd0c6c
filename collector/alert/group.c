/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group: the series or nodes of a rack, a zone or the site that a rule judges as one: by their
 * average, maximum, minimum or percentile, or by how many of them are bad by themselves. A reading
 * fills its slot and marks the group dirty; it is judged at the tick, once for all that arrived
 * since. */

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* The values of a group at a moment. */
struct sum {
	double value; /* what the rule asks of them */
	uint32_t least_sid;
	uint32_t most_sid;
	size_t n;
	size_t heard; /* members that sent anything yet, be it unknown */
};

/* The group of a rule's rack or zone (NULL: the site's), or NULL. */
struct group *
group_of(const struct engine *e, const struct watch *w, const struct zone *z, const char *rack)
{
	const struct group_list *l = &e->of_rule[w->base->index];
	for (size_t i = 0; i < l->n; i++) {
		const struct subject *s = l->v[i]->subject;
		if (w->scope == SCOPE_SITE)
			return l->v[i];
		if (s->zone != z)
			continue;
		if (w->scope != SCOPE_RACK)
			return l->v[i];
		if (rack != NULL && strcmp(s->rack, rack) == 0)
			return l->v[i];
	}
	return NULL;
}

/* A group and its subject; NULL: the rule is off there. */
struct group *
group_new(struct engine *e, const struct watch *w, const struct zone *z, const char *rack)
{
	const struct watch *own = limits_of(e, w, z, NULL, NULL);
	if (own == NULL)
		return NULL;
	struct group *g = xcalloc(1, sizeof *g);
	g->subject = subject_new_group(e, own, z, rack);
	if (watch_counts(w))
		(void)str_copy(g->subject->unit, sizeof g->subject->unit,
		    w->sum == SUM_SHARE ? "%" : "{nodes}");
	g->expires_ms = INT64_MAX;
	e->groups = xreallocarray(e->groups, e->ngroups + 1, sizeof g);
	e->groups[e->ngroups++] = g;
	struct group_list *l = &e->of_rule[w->base->index];
	l->v = xreallocarray(l->v, l->n + 1, sizeof g);
	l->v[l->n++] = g;
	return g;
}

/* Free the group; its subject is in the engine's list, its members in their bindings. */
void
group_free(struct group *g)
{
	if (g == NULL)
		return;
	free(g->members);
	free(g->slots);
	free(g);
}

/* The group is as slow as its slowest series. */
void
group_add(struct group *g, struct member *m)
{
	const struct series *se = m->binding->series;
	struct subject *s = g->subject;
	int64_t step_ms = (int64_t)se->step_s * 1000;
	const struct field *f = &se->fields[m->field];
	if (s->watch->kind->needs_field)
		units_of_field(m->unit, sizeof m->unit, f->kind, f->unit);
	if (s->unit[0] == '\0')
		(void)str_copy(s->unit, sizeof s->unit, m->unit);
	if (g->nmembers == 0 || step_ms > s->step_ms)
		s->step_ms = step_ms;
	m->group = g;
	m->place = g->nmembers;
	g->members = xgrow(g->members, g->nmembers, sizeof m);
	g->slots = xgrow(g->slots, g->nmembers, sizeof *g->slots);
	g->slots[g->nmembers] =
	    (struct slot){ .value = NAN, .beyond = NAN, .sid = se->sid, .node = se->node->index };
	g->members[g->nmembers++] = m;
}

/* A member as its kind looks at it. */
static struct look
look_of(const struct member *m)
{
	return (struct look){
		.watch = m->watch,
		.binding = m->binding,
		.field = m->field,
		.unit = m->unit,
		.state = m->state,
		.wants = m->wants,
		.known = m->watch->kind->quarantines
			     ? site_is_plausible(m->binding->series, m->field)
			     : binding_knows(m->binding, m->field),
		.was_bad = m->group->slots[m->place].bad,
		.limit = m->limit,
	};
}

/* A reading came: its value, or how it is judged by itself. */
void
group_reading(struct member *m, bool live, int64_t now_ms)
{
	struct group *g = m->group;
	struct slot *slot = &g->slots[m->place];
	const struct binding *b = m->binding;
	bool counts = watch_counts(m->watch);
	if (counts && m->watch->kind->needs_field && (live || m->state != NULL)) {
		struct rule_reason why = { .limit = NAN, .beyond = NAN };
		struct look l = look_of(m);
		enum verdict v = look_at(&l, now_ms, live, &why);
		if (v != VERDICT_UNKNOWN) {
			slot->judged = true;
			slot->bad = v == VERDICT_BAD;
			slot->beyond = why.beyond;
			m->limit = why.limit;
		}
	}
	if (!live)
		return;
	slot->value = binding_knows(b, m->field) ? b->series->last.values[m->field] : NAN;
	slot->until_ms = b->live_ms + SITE_STALE_STEPS * 1000 * (int64_t)b->series->step_s;
	if (b->at_ms > g->at_ms)
		g->at_ms = b->at_ms;
	g->dirty = true;
}

/* Soon after the start not all have spoken: then nobody knows that all is well. */
static bool
is_starting(const struct engine *e, const struct group *g, int64_t now_ms)
{
	return now_ms - e->watch_ms <= SITE_STALE_STEPS * g->subject->step_ms;
}

/* For qsort(). */
static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The nearest rank of n values, in the engine's scratch. */
static double
percentile_of(struct engine *e, size_t n, double percent)
{
	size_t rank = (size_t)ceil(percent / 100 * (double)n);
	qsort(e->scratch, n, sizeof *e->scratch, by_value);
	return e->scratch[rank > 0 ? rank - 1 : 0];
}

/* Room for all values of a group. */
static void
make_room(struct engine *e, size_t n)
{
	if (n <= e->scratch_room)
		return;
	e->scratch = xreallocarray(e->scratch, n, sizeof *e->scratch);
	e->scratch_room = n;
}

/* The values that may be used now, and what the rule asks of them. */
static struct sum
sum_up(struct engine *e, struct group *g, int64_t now_ms)
{
	const struct watch *w = g->subject->watch;
	double total = 0, least = INFINITY, most = -INFINITY;
	struct sum sum = { .value = NAN };
	bool percentile = w->sum == SUM_PERCENTILE;
	if (percentile)
		make_room(e, g->nmembers);
	for (size_t i = 0; i < g->nmembers; i++) {
		const struct slot *slot = &g->slots[i];
		sum.heard += slot->until_ms != 0;
		if (isnan(slot->value) || now_ms > slot->until_ms)
			continue;
		if (slot->until_ms < g->expires_ms)
			g->expires_ms = slot->until_ms;
		if (percentile)
			e->scratch[sum.n] = slot->value;
		total += slot->value;
		sum.n++;
		if (slot->value < least) {
			least = slot->value;
			sum.least_sid = slot->sid;
		}
		if (slot->value > most) {
			most = slot->value;
			sum.most_sid = slot->sid;
		}
	}
	if (sum.n > 0 && percentile)
		sum.value = percentile_of(e, sum.n, w->conf->percentile);
	else if (sum.n > 0)
		sum.value = w->sum == SUM_AVERAGE   ? total / (double)sum.n
			    : w->sum == SUM_MINIMUM ? least
						    : most;
	return sum;
}

/* The reason with words before it: "average above 32 °C". */
static void
say(struct rule_reason *why, enum reason_sum sum, const char *word, const char *text)
{
	char whole[sizeof why->text];
	if (str_format(whole, sizeof whole, "%s%s%s", word, text[0] != '\0' ? " " : "", text) == -1)
		for (size_t n = strlen(whole); n > 0 && !str_is_text(whole, n); n--)
			whole[n - 1] = '\0';
	memcpy(why->text, whole, sizeof whole);
	why->why.sum = sum;
}

/* Say which sum it is. */
static void
say_sum(struct rule_reason *why, const struct watch *w)
{
	static const char *const words[] = { "average", "maximum", "minimum" };
	static const enum reason_sum sums[] = { REASON_AVERAGE, REASON_MAXIMUM, REASON_MINIMUM };
	char percentile[48], number[32], text[sizeof why->text];
	(void)str_copy(text, sizeof text, why->text);
	if (w->sum != SUM_PERCENTILE) {
		say(why, sums[w->sum], words[w->sum], text);
		return;
	}
	str_from_double(number, w->conf->percentile);
	snprintf(percentile, sizeof percentile, "percentile %s", number);
	say(why, REASON_PERCENTILE, percentile, text);
}

/* The group as its kind sees it; warm: by what held of it when it was judged by these values. */
static struct sum
look_at_sum(struct engine *e, struct group *g, bool warm, int64_t now_ms, struct rule_input *in)
{
	struct subject *s = g->subject;
	struct sum sum = sum_up(e, g, now_ms);
	*in = (struct rule_input){
		.known = sum.n > 0,
		.value = sum.value,
		.unit = s->unit,
		.step_ms = s->step_ms,
		.was_bad = warm ? s->warm_bad : s->bad,
		.was_limit = warm ? s->warm_limit : s->limit,
		.at_ms = g->at_ms,
		.other = NAN,
		.gate = NAN,
		.usual = NAN,
		.spread = NAN,
		.median = NAN,
		.moved = NAN,
	};
	look_other_of_group(e, s, now_ms, in);
	return sum;
}

/* Let the kind note a sum, once for each moment that has new values. */
static void
note(struct group *g, const struct rule_input *in)
{
	const struct watch *w = g->subject->watch;
	if (w->kind->note == NULL || !in->known || g->at_ms <= g->noted_ms)
		return;
	g->noted_ms = g->at_ms;
	w->kind->note(w->conf->variant, g->subject->state, in);
}

/* What holds of the sum of the group's values; whether that must be asked again soon, because not
 * all have spoken yet. */
static bool
find_sum(struct engine *e, struct group *g, bool warm, int64_t now_ms, struct finding *f)
{
	struct subject *s = g->subject;
	const struct watch *w = s->watch;
	struct rule_input in;
	struct sum sum = look_at_sum(e, g, warm, now_ms, &in);
	bool starting = !warm && sum.heard < g->nmembers && is_starting(e, g, now_ms);
	*f = (struct finding){ .value = in.value, .at_ms = g->at_ms, .began_ms = g->at_ms };
	note(g, &in);
	f->verdict = w->kind->judge(w->conf->variant, s->state, &in, &f->why);
	f->sid = in.value < f->why.limit ? sum.least_sid : sum.most_sid;
	if (starting &&
	    (f->verdict == VERDICT_OK || w->sum == SUM_AVERAGE || w->sum == SUM_PERCENTILE))
		f->verdict = VERDICT_UNKNOWN;
	say_sum(&f->why, w);
	return starting;
}

/* What holds of the group, and whether that must be asked again soon. */
static bool
find(struct engine *e, struct group *g, bool warm, int64_t now_ms, struct finding *f)
{
	bool again;
	g->expires_ms = INT64_MAX;
	if (watch_counts(g->subject->watch))
		again = count_find(e, g, !warm && is_starting(e, g, now_ms), now_ms, f);
	else
		again = find_sum(e, g, warm, now_ms, f);
	if (!isnan(f->value))
		subject_trend(g->subject, f->at_ms, f->value);
	return again;
}

/* Whether anything changed, or got too old, since it was judged. */
static bool
is_due(const struct group *g, int64_t now_ms)
{
	return g->nmembers > 0 && (g->dirty || now_ms > g->expires_ms);
}

/* Judge a group if there is anything new. */
void
group_tick(struct engine *e, struct group *g, int64_t now_ms)
{
	struct finding f;
	bool silence = !g->subject->watch->kind->needs_field;
	if (g->subject->watch->kind->facts) {
		air_judge(e, g->subject, now_ms);
		return;
	}
	if (!silence && g->subject->alert != NULL && group_is_gone(e, g, now_ms)) {
		course_end_gone(e, g->subject, now_ms);
		return;
	}
	if (!silence && !is_due(g, now_ms))
		return;
	g->dirty = find(e, g, false, now_ms, &f);
	course_judge(e, g->subject, &f, now_ms);
}

/* What a tick found at that time; false: it had nothing to look at. */
bool
group_warm(struct engine *e, struct group *g, int64_t now_ms, struct finding *f)
{
	const struct rule_kind *k = g->subject->watch->kind;
	if (!k->needs_field || k->facts || !is_due(g, now_ms))
		return false;
	g->dirty = find(e, g, true, now_ms, f);
	return true;
}

/* The member's reason, as it would be said now. */
enum verdict
group_ask(const struct member *m, int64_t now_ms, struct rule_reason *why)
{
	struct look l = look_of(m);
	return look_again(&l, now_ms, why);
}

/* Whether nothing of what it was judged by is reported any more. One that was restored and has no
 * member at all is about nodes that left the configuration. */
bool
group_is_gone(const struct engine *e, const struct group *g, int64_t now_ms)
{
	if (g->nmembers == 0)
		return now_ms - e->watch_ms > ENGINE_GONE_MS;
	for (size_t i = 0; i < g->nmembers; i++) {
		if (!binding_is_gone(g->members[i]->binding, now_ms))
			return false;
	}
	return true;
}
