/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group: the series or nodes of a zone or of the site that a rule judges as one: by their
 * average, maximum or minimum, or by how many of them are bad by themselves. Readings only mark it
 * dirty; it is judged at the tick, once for all that arrived since. */

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* The values of a group at a moment. */
struct sum {
	double total;
	double least;
	double most;
	uint32_t least_sid;
	uint32_t most_sid;
	size_t n;
	int64_t newest_ms; /* event time of the newest value */
};

/* How many nodes of a group are bad. */
struct count {
	unsigned bad;
	unsigned open; /* not yet known; may be bad */
	uint32_t sid;  /* of the worst */
	double beyond;
	char text[128]; /* what is wrong with the worst */
	int64_t newest_ms;
};

/* A group and its subject. */
struct group *
group_new(struct engine *e, const struct watch *w, const struct zone *z)
{
	struct group *g = xcalloc(1, sizeof *g);
	g->subject = subject_new(e, w, z, NULL, NULL, 0);
	if (w->sum == SUM_COUNT)
		(void)str_copy(g->subject->unit, sizeof g->subject->unit, "{nodes}");
	g->expires_ms = INT64_MAX;
	e->groups = xreallocarray(e->groups, e->ngroups + 1, sizeof g);
	e->groups[e->ngroups++] = g;
	return g;
}

/* Free the group; its subject is in the engine's list, its members in their bindings. */
void
group_free(struct group *g)
{
	if (g == NULL)
		return;
	free(g->members);
	free(g);
}

/* The group is as slow as its slowest series. */
void
group_add(struct group *g, struct member *m)
{
	const struct series *se = m->binding->series;
	struct subject *s = g->subject;
	int64_t step_ms = (int64_t)se->step_s * 1000;
	m->group = g;
	const struct field *f = &se->fields[m->field];
	if (s->watch->kind->needs_field)
		units_of_field(m->unit, sizeof m->unit, f->kind, f->unit);
	if (s->unit[0] == '\0')
		(void)str_copy(s->unit, sizeof s->unit, m->unit);
	if (g->nmembers == 0 || step_ms > s->step_ms)
		s->step_ms = step_ms;
	g->members = xreallocarray(g->members, g->nmembers + 1, sizeof m);
	g->members[g->nmembers++] = m;
}

/* Soon after the start not all have spoken: then nobody knows that all is well. */
static bool
is_starting(const struct engine *e, const struct group *g, int64_t now_ms)
{
	return now_ms - e->watch_ms <= SITE_STALE_STEPS * g->subject->step_ms;
}

/* Note when this member's value will be too old to count. */
static void
note_expiry(struct group *g, const struct binding *b)
{
	int64_t until_ms = b->live_ms + SITE_STALE_STEPS * 1000 * (int64_t)b->series->step_s;
	if (until_ms < g->expires_ms)
		g->expires_ms = until_ms;
}

/* The values that may be used now. */
static struct sum
sum_up(struct group *g, int64_t now_ms)
{
	struct sum sum = { .least = INFINITY, .most = -INFINITY };
	for (size_t i = 0; i < g->nmembers; i++) {
		const struct binding *b = g->members[i]->binding;
		if (!binding_usable(b, g->members[i]->field, now_ms))
			continue;
		double v = b->series->last.values[g->members[i]->field];
		note_expiry(g, b);
		sum.total += v;
		sum.n++;
		if (v < sum.least) {
			sum.least = v;
			sum.least_sid = b->series->sid;
		}
		if (v > sum.most) {
			sum.most = v;
			sum.most_sid = b->series->sid;
		}
		if (b->at_ms > sum.newest_ms)
			sum.newest_ms = b->at_ms;
	}
	return sum;
}

/* What the rule asks of them. */
static double
sum_value(const struct sum *sum, enum watch_sum how)
{
	if (sum->n == 0)
		return NAN;
	if (how == SUM_AVERAGE)
		return sum->total / (double)sum->n;
	return how == SUM_MINIMUM ? sum->least : sum->most;
}

/* The reason with a word before it: "average above 32 °C". */
static void
say(struct rule_reason *why, const char *word, const char *text)
{
	char whole[sizeof why->text];
	size_t n = strlen(word);
	assert(n + 2 < sizeof whole);
	memcpy(whole, word, n);
	whole[n] = ' ';
	(void)str_copy(whole + n + 1, sizeof whole - n - 1, text);
	memcpy(why->text, whole, sizeof whole);
}

/* Judge the group by the sum of its values. */
static void
judge_sum(struct engine *e, struct group *g, int64_t now_ms)
{
	static const char *const words[] = { "average", "maximum", "minimum" };
	struct subject *s = g->subject;
	const struct watch *w = s->watch;
	struct sum sum = sum_up(g, now_ms);
	struct rule_input in = {
		.known = sum.n > 0,
		.value = sum_value(&sum, w->sum),
		.unit = s->unit,
		.was_bad = s->bad,
		.was_limit = s->limit,
	};
	struct finding f = { .value = in.value, .at_ms = sum.newest_ms, .began_ms = sum.newest_ms };
	f.verdict = w->kind->judge(w->conf->variant, NULL, &in, &f.why);
	f.sid = in.value < f.why.limit ? sum.least_sid : sum.most_sid;
	if (sum.n < g->nmembers && is_starting(e, g, now_ms)) {
		g->dirty = true;
		if (f.verdict == VERDICT_OK || w->sum == SUM_AVERAGE)
			f.verdict = VERDICT_UNKNOWN;
	}
	say(&f.why, words[w->sum], f.why.text);
	subject_judge(e, s, &f, now_ms);
}

/* Whether this node is met for the first time since the mark was set anew. */
static bool
is_first(struct engine *e, const struct node *n)
{
	struct node_watch *nw = &e->nodes[n->index];
	bool first = nw->mark != e->mark;
	nw->mark = e->mark;
	return first;
}

/* Count a node among the bad, once, and keep what is worst. */
static void
count_bad(struct engine *e, struct count *c, const struct node *n, uint32_t sid,
    const struct rule_reason *why)
{
	if (c->text[0] == '\0' || why->beyond > c->beyond) {
		c->sid = sid;
		c->beyond = why->beyond;
		(void)str_copy(c->text, sizeof c->text, why->text);
	}
	if (is_first(e, n))
		c->bad++;
}

/* A member by itself. Out of sight it is what it was last: a server that the heat killed still
 * counts among the hot; a sensor that its server no longer has does not. */
static enum verdict
judge_member(const struct engine *e, struct member *m, int64_t now_ms, struct rule_reason *why)
{
	const struct subject *s = m->group->subject;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!s->watch->kind->needs_field)
		return absence_of_series(e, s->watch, m->binding, now_ms, why);
	if (binding_usable(m->binding, m->field, now_ms)) {
		enum verdict v =
		    binding_judge(m->binding, m->field, s->watch, m->unit, m->bad, m->limit, why);
		if (v != VERDICT_UNKNOWN) {
			m->judged = true;
			m->bad = v == VERDICT_BAD;
			m->limit = why->limit;
		}
	}
	if (m->judged && binding_is_gone(m->binding, now_ms))
		m->judged = m->bad = false;
	if (!m->judged)
		return is_starting(e, m->group, now_ms) ? VERDICT_UNKNOWN : VERDICT_OK;
	return m->bad ? VERDICT_BAD : VERDICT_OK;
}

/* By members: first the bad, so that a node is not both bad and open. */
static void
count_members(struct engine *e, struct group *g, int64_t now_ms, struct count *c)
{
	struct rule_reason why;
	e->mark++;
	for (size_t i = 0; i < g->nmembers; i++) {
		const struct binding *b = g->members[i]->binding;
		if (judge_member(e, g->members[i], now_ms, &why) == VERDICT_BAD)
			count_bad(e, c, b->series->node, b->series->sid, &why);
		if (b->live && b->at_ms > c->newest_ms)
			c->newest_ms = b->at_ms;
	}
	for (size_t i = 0; i < g->nmembers; i++) {
		const struct binding *b = g->members[i]->binding;
		if (judge_member(e, g->members[i], now_ms, &why) == VERDICT_UNKNOWN &&
		    is_first(e, b->series->node))
			c->open++;
	}
}

/* By whole nodes, which are silent or not. */
static void
count_nodes(struct engine *e, const struct group *g, int64_t now_ms, struct count *c)
{
	const struct subject *s = g->subject;
	e->mark++;
	for (size_t i = 0; i < site_nnodes(e->site); i++) {
		const struct node *n = site_node_at(e->site, i);
		struct rule_reason why;
		if ((s->zone != NULL && n->zone != s->zone) || !watch_covers_node(s->watch, n))
			continue;
		enum verdict v = absence_of_node(e, s->watch, n, now_ms, &why);
		if (v == VERDICT_BAD)
			count_bad(e, c, n, 0, &why);
		else if (v == VERDICT_UNKNOWN)
			c->open++;
	}
}

/* Judge the group by how many of it are bad. */
static void
judge_count(struct engine *e, struct group *g, int64_t now_ms)
{
	struct subject *s = g->subject;
	const struct watch *w = s->watch;
	struct count c = { 0 };
	bool nodes = !w->kind->needs_field && w->conf->source == NULL;
	if (nodes)
		count_nodes(e, g, now_ms, &c);
	else
		count_members(e, g, now_ms, &c);
	if (!w->kind->needs_field || c.newest_ms == 0)
		c.newest_ms = now_ms;
	g->dirty = c.open > 0;
	struct finding f = {
		.verdict = VERDICT_OK,
		.value = c.bad,
		.sid = c.sid,
		.at_ms = c.newest_ms,
		.began_ms = c.newest_ms,
		.why = { .limit = (double)w->conf->count, .beyond = c.bad },
	};
	if (c.bad >= w->conf->count)
		f.verdict = VERDICT_BAD;
	else if (c.bad + c.open >= w->conf->count)
		f.verdict = VERDICT_UNKNOWN;
	say(&f.why, "each", c.text);
	subject_judge(e, s, &f, now_ms);
}

/* Whether nothing of what it was judged by is reported any more. One that was restored and has no
 * member at all is about nodes that left the configuration. */
static bool
is_gone(const struct engine *e, const struct group *g, int64_t now_ms)
{
	if (g->nmembers == 0)
		return now_ms - e->watch_ms > ENGINE_GONE_MS;
	for (size_t i = 0; i < g->nmembers; i++) {
		if (!binding_is_gone(g->members[i]->binding, now_ms))
			return false;
	}
	return true;
}

/* Judge a group if anything changed, or got too old. */
void
group_tick(struct engine *e, struct group *g, int64_t now_ms)
{
	bool silence = !g->subject->watch->kind->needs_field;
	if (g->subject->watch->kind->facts) {
		air_judge(e, g->subject, now_ms);
		return;
	}
	if (!silence && g->subject->alert != NULL && is_gone(e, g, now_ms)) {
		subject_end_gone(e, g->subject, now_ms);
		return;
	}
	if (!silence && !g->dirty && now_ms <= g->expires_ms)
		return;
	if (!silence && g->nmembers == 0)
		return;
	g->dirty = false;
	g->expires_ms = INT64_MAX;
	if (g->subject->watch->sum == SUM_COUNT)
		judge_count(e, g, now_ms);
	else
		judge_sum(e, g, now_ms);
}
