/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting: how many nodes of a group, or which share of them, are bad by themselves, or silent. A
 * node counts once, whatever it has. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/str.h"

/* How many nodes of a group are bad. */
struct count {
	unsigned bad;
	unsigned open;		    /* not yet known; may be bad */
	unsigned of;		    /* all */
	const struct member *worst; /* or NULL */
	uint32_t sid;		    /* of the worst */
	double beyond;
	struct rule_reason why; /* what is wrong with the worst */
};

/* Whether this node is met for the first time since the mark was set anew. */
static bool
is_first(struct engine *e, unsigned node)
{
	struct node_watch *nw = &e->nodes[node];
	bool first = nw->mark != e->mark;
	nw->mark = e->mark;
	return first;
}

/* How many different nodes the members are of; counted when there are new ones. */
static size_t
count_all(struct engine *e, struct group *g)
{
	if (g->counted == g->nmembers)
		return g->nnodes;
	e->mark++;
	g->nnodes = 0;
	for (size_t i = 0; i < g->nmembers; i++)
		g->nnodes += is_first(e, g->slots[i].node);
	g->counted = g->nmembers;
	return g->nnodes;
}

/* The verdict on a member. Out of sight it is what it was last: a server that the heat killed still
 * counts among the hot; a sensor that its server no longer has does not. */
static enum verdict
verdict_of(const struct engine *e, struct group *g, size_t i, bool starting, int64_t now_ms)
{
	struct slot *slot = &g->slots[i];
	if (!g->subject->watch->kind->needs_field) {
		struct rule_reason why;
		const struct member *m = g->members[i];
		enum verdict v = absence_of_series(e, m->watch, m->binding, now_ms, &why);
		slot->bad = v == VERDICT_BAD;
		slot->beyond = why.beyond;
		return v;
	}
	if (slot->bad && now_ms > slot->until_ms && binding_is_gone(g->members[i]->binding, now_ms))
		slot->judged = slot->bad = false;
	if (!slot->judged)
		return starting ? VERDICT_UNKNOWN : VERDICT_OK;
	return slot->bad ? VERDICT_BAD : VERDICT_OK;
}

/* By members: first the bad, so that a node is not both bad and open. */
static void
count_members(struct engine *e, struct group *g, bool starting, int64_t now_ms, struct count *c)
{
	bool unknown = false;
	c->of = (unsigned)count_all(e, g);
	e->mark++;
	for (size_t i = 0; i < g->nmembers; i++) {
		enum verdict v = verdict_of(e, g, i, starting, now_ms);
		unknown = unknown || v == VERDICT_UNKNOWN;
		if (v != VERDICT_BAD)
			continue;
		if (c->worst == NULL || g->slots[i].beyond > c->beyond) {
			c->worst = g->members[i];
			c->sid = g->slots[i].sid;
			c->beyond = g->slots[i].beyond;
		}
		c->bad += is_first(e, g->slots[i].node);
	}
	for (size_t i = 0; unknown && i < g->nmembers; i++) {
		if (verdict_of(e, g, i, starting, now_ms) == VERDICT_UNKNOWN)
			c->open += is_first(e, g->slots[i].node);
	}
}

/* One node, which is silent or not. */
static void
count_node(
    struct engine *e, const struct group *g, const struct node *n, int64_t now_ms, struct count *c)
{
	const struct subject *s = g->subject;
	struct rule_reason why;
	if (!watch_covers_node(s->watch, n))
		return;
	if (s->rack != NULL && (n->rack == NULL || strcmp(n->rack, s->rack) != 0))
		return;
	enum verdict v = absence_of_node(e, s->watch, n, now_ms, &why);
	c->of++;
	if (v == VERDICT_BAD && c->bad++ == 0)
		c->why = why;
	if (v == VERDICT_UNKNOWN)
		c->open++;
}

/* By whole nodes. */
static void
count_nodes(struct engine *e, const struct group *g, int64_t now_ms, struct count *c)
{
	const struct zone *z = g->subject->zone;
	size_t n = z != NULL ? z->nnodes : site_nnodes(e->site);
	for (size_t i = 0; i < n; i++)
		count_node(e, g, z != NULL ? z->nodes[i] : site_node_at(e->site, i), now_ms, c);
}

/* What is wrong with the worst. */
static void
ask_worst(const struct engine *e, struct count *c, int64_t now_ms)
{
	if (c->worst == NULL)
		return;
	if (c->worst->watch->kind->needs_field)
		(void)group_ask(c->worst, now_ms, &c->why);
	else
		(void)absence_of_series(e, c->worst->watch, c->worst->binding, now_ms, &c->why);
}

/* "each above 32 °C", and the same as parts. */
static void
say(struct rule_reason *why, const struct count *c)
{
	if (str_format(why->text, sizeof why->text, "each%s%s", c->why.text[0] != '\0' ? " " : "",
		c->why.text) == -1)
		for (size_t n = strlen(why->text); n > 0 && !str_is_text(why->text, n); n--)
			why->text[n - 1] = '\0';
	why->why = (struct reason){
		.code = REASON_COUNT,
		.sum = REASON_EACH,
		.v = { c->bad, c->of, c->why.why.code, c->why.limit },
	};
	char *words = why->why.words;
	if (str_copy(words, sizeof why->why.words, c->why.text) == -1)
		for (size_t n = strlen(words); n > 0 && !str_is_text(words, n); n--)
			words[n - 1] = '\0';
}

/* How many of the group are bad, and what holds of it; whether that must be asked again soon. */
bool
count_find(struct engine *e, struct group *g, bool starting, int64_t now_ms, struct finding *f)
{
	const struct watch *w = g->subject->watch;
	struct count c = { .why = { .limit = NAN, .beyond = NAN } };
	bool share = w->sum == SUM_SHARE;
	if (!w->kind->needs_field && w->conf->source == NULL)
		count_nodes(e, g, now_ms, &c);
	else
		count_members(e, g, starting, now_ms, &c);
	double part = c.of > 0 ? 100.0 / c.of : 0;
	double limit = share ? w->conf->share : (double)w->conf->count;
	double value = share ? part * c.bad : c.bad;
	double most = share ? part * (c.bad + c.open) : c.bad + c.open;
	int64_t at_ms = w->kind->needs_field && g->at_ms != 0 ? g->at_ms : now_ms;
	*f = (struct finding){
		.verdict = VERDICT_OK,
		.value = value,
		.sid = c.sid,
		.at_ms = at_ms,
		.began_ms = at_ms,
		.why = { .limit = limit, .beyond = value },
	};
	if (c.bad > 0 && value >= limit)
		f->verdict = VERDICT_BAD;
	else if (c.open > 0 && most >= limit)
		f->verdict = VERDICT_UNKNOWN;
	if (f->verdict == VERDICT_BAD) {
		ask_worst(e, &c, now_ms);
		say(&f->why, &c);
	}
	return c.open > 0;
}
