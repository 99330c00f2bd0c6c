/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk over the engine's alerts for an incident that is to be told of. */
#include "collector/notify/facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/site/site.h"

#define TOGETHER_MS 2000 /* what fires within it has the same cause */

const struct conf_rule *
facts_rule(const struct conf_collector *conf, const struct alert *a)
{
	const struct conf_rule *rules = conf->rules.v;

	/* Most are the configuration's own text; only restored ones are not. */
	for (size_t i = 0; i < conf->rules.n; i++) {
		if (rules[i].name == a->rule)
			return &rules[i];
	}
	for (size_t i = 0; i < conf->rules.n; i++) {
		if (strcmp(rules[i].name, a->rule) == 0)
			return &rules[i];
	}
	return NULL;
}

/* An alert, with what its place in a message depends on. */
struct rated {
	const struct alert *a; /* NULL: none */
	bool generic;
};

/* Whether its rule looks at all states of all devices, so that only the reason says what it is. */
static bool
is_generic(const struct conf_collector *conf, const struct alert *a)
{
	const struct conf_rule *rule = facts_rule(conf, a);
	const struct rule_kind *kind = rule != NULL ? rule_kind(rule->kind) : NULL;

	return kind != NULL && kind->is_general != NULL && rule->source == NULL &&
	       *a->node != '\0' && kind->is_general(rule->variant);
}

/* Whether it fires. */
static bool
fires(const struct alert *a)
{
	return a->state == ALERT_FIRING || a->state == ALERT_CLEARING;
}

/* Whether a message speaks of the alert: at the end of all, else of those that fire and are not
 * muted; never of one that was pending only, or learned of afterwards. */
static bool
concerns(const struct alert *a, const struct incident *in)
{
	if (a->id == 0 || a->incident != in->id || (a->flags & ALERT_LATE) != 0)
		return false;
	return in->closed_ms != 0 || (fires(a) && (a->flags & ALERT_MUTED) == 0);
}

/* An alert made ready to be compared. */
static struct rated
rate(const struct facts *from, const struct alert *a)
{
	return (struct rated){ .a = a, .generic = is_generic(from->conf, a) };
}

/* Whether a comes before b in a message: what is a consequence of another last, then the worse,
 * then what has a rule of its own (which is more of a cause than a relay that closed for it), then
 * what rather is a cause by its topic, then the earlier. */
static bool
is_before(const struct rated *ra, const struct rated *rb)
{
	const struct alert *a = ra->a, *b = rb->a;
	unsigned ca = a->flags & ALERT_CONSEQUENCE, cb = b->flags & ALERT_CONSEQUENCE;

	if (ca != cb)
		return ca < cb;
	if (a->severity != b->severity)
		return a->severity > b->severity;
	if (llabs(a->fired_ms - b->fired_ms) <= TOGETHER_MS && ra->generic != rb->generic)
		return rb->generic;
	if (a->topic != b->topic && a->topic != TOPIC_MONITOR && b->topic != TOPIC_MONITOR)
		return a->topic > b->topic;
	return a->id < b->id;
}

/* Whether the message is about it, being the incident's root: also if it is over. */
static bool
names(const struct alert *a, const struct incident *in)
{
	if (a->id != in->root || a->id == 0 || a->incident != in->id || a->fired_ms == 0)
		return false;
	return (a->flags & (ALERT_MUTED | ALERT_LATE)) == 0;
}

/* The alert that the message is about: the incident's root if it can be told of, else the first in
 * the order of a message. */
static struct rated
cause_of(const struct facts *from, const struct incident *in)
{
	struct rated best = { 0 };

	for (size_t i = 0; i < engine_nalerts(from->engine); i++) {
		const struct alert *a = engine_alert_at(from->engine, i);
		if (names(a, in))
			return rate(from, a);
		if (!concerns(a, in))
			continue;
		struct rated r = rate(from, a);
		if (best.a == NULL || is_before(&r, &best))
			best = r;
	}
	return best;
}

/* Whether a worse alert on the same value says it already, as "nearly full" beside "full". */
static bool
is_said(const struct facts *from, const struct alert *a, const struct incident *in)
{
	for (size_t i = 0; a->sid != 0 && i < engine_nalerts(from->engine); i++) {
		const struct alert *b = engine_alert_at(from->engine, i);
		if (b->sid == a->sid && b != a && b->severity > a->severity &&
		    b->why.code == a->why.code && *a->node != '\0' && concerns(b, in) &&
		    strcmp(a->node, b->node) == 0 && strcmp(a->field, b->field) == 0)
			return true;
	}
	return false;
}

/* The others in their order; the last go when there are too many. */
static void
gather_others(const struct facts *from, struct text_facts *f)
{
	struct rated list[TEXT_MAX_OTHERS + 1];
	size_t n = 0;

	for (size_t i = 0; i < engine_nalerts(from->engine); i++) {
		const struct alert *a = engine_alert_at(from->engine, i);
		if (a == f->alert || !concerns(a, f->incident) || is_said(from, a, f->incident))
			continue;
		struct rated r = rate(from, a);
		size_t at = n;
		for (; at > 0 && is_before(&r, &list[at - 1]); at--)
			list[at] = list[at - 1];
		list[at] = r;
		if (n < TEXT_MAX_OTHERS) {
			n++;
			continue;
		}
		f->nmore++;
		f->nmore_follow += (list[n].a->flags & ALERT_CONSEQUENCE) != 0;
	}
	for (size_t i = 0; i < n; i++)
		f->others[i] = list[i].a;
	f->nothers = n;
}

/* Whether somebody has the alert: by itself, or with its incident. */
static bool
is_acked(const struct alert *a, const struct incident *in)
{
	bool whole = *in->ack.author != '\0' && a->fired_ms <= in->ack.at_ms;

	return whole || (a->flags & ALERT_ACKED) != 0;
}

/* What is wrong beside the incident, and what of it nobody has though somebody has the rest. */
static void
gather_rest(const struct facts *from, struct text_facts *f)
{
	const struct incident *in = f->incident;

	for (size_t i = 0; i < engine_nalerts(from->engine); i++) {
		const struct alert *a = engine_alert_at(from->engine, i);
		if (a->id == 0 || !fires(a) || (a->flags & (ALERT_MUTED | ALERT_LATE)) != 0)
			continue;
		if (a->incident != in->id) {
			if (a->severity > f->elsewhere)
				f->elsewhere = a->severity;
			continue;
		}
		if (a->severity < WIRE_CRITICAL || *in->ack.author == '\0' || is_acked(a, in))
			continue;
		f->unacked++;
		if (f->unacked_ms == 0 || a->fired_ms < f->unacked_ms)
			f->unacked_ms = a->fired_ms;
	}
}

/* Nodes of which nothing is known because of that one. */
static size_t
count_unreachable(const struct facts *from, const struct node *because, int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < site_nnodes(from->site); i++) {
		const struct node *node = site_node_at(from->site, i);
		if (node != because && site_is_stale(node, now_ms) &&
		    engine_because(from->engine, node) == because)
			n++;
	}
	return n;
}

void
facts_gather(
    const struct facts *from, const struct incident *in, int64_t now_ms, struct text_facts *f)
{
	const struct rated cause = cause_of(from, in);
	const struct alert *a = cause.a;

	*f = (struct text_facts){ .site = site_title(from->site),
		.url = from->conf->web.url,
		.zone = site_zone(from->site, in->zone),
		.incident = in,
		.alert = a,
		.now_ms = now_ms,
		.power = { .runtime_min = NAN, .charge = NAN, .load = NAN } };
	gather_others(from, f);
	gather_rest(from, f);
	if (a != NULL && *a->node != '\0')
		f->node = site_node(from->site, a->node);
	facts_plant(from, now_ms, f);
	if (a == NULL)
		return;
	f->generic = cause.generic;
	if (a->sid != 0)
		f->series = site_series(from->site, a->sid);
	if (f->node != NULL && in->closed_ms == 0)
		f->unreachable = count_unreachable(from, f->node, now_ms);
	facts_place(from, now_ms, f);
	f->graph = from->conf->mail.graph && a->sid != 0;
}

void
facts_freshen(struct text_facts *f, const struct told *told)
{
	f->nfresh = 0;
	for (size_t i = 0; i < f->nothers; i++) {
		if (f->others[i]->fired_ms > told->last_ms)
			f->fresh[f->nfresh++] = f->others[i];
	}
}

void
facts_case(const struct engine *e, const struct incident *in, int64_t since_ms, struct plan_case *c)
{
	c->in = in;
	c->now = c->worst = -1;
	c->topics = 0;
	c->urgent_ms = c->began_ms = 0;
	for (size_t i = 0; i < engine_nalerts(e); i++) {
		const struct alert *a = engine_alert_at(e, i);
		if (a->id == 0 || a->incident != in->id ||
		    (a->flags & (ALERT_MUTED | ALERT_LATE)) != 0)
			continue;
		if ((int)a->severity > c->worst)
			c->worst = (int)a->severity;
		if (!fires(a))
			continue;
		if ((int)a->severity > c->now)
			c->now = (int)a->severity;
		if (a->severity == WIRE_CRITICAL)
			c->topics |= 1U << a->topic;
		if (a->severity < WIRE_CRITICAL || is_acked(a, in))
			continue;
		int64_t from_ms = a->fired_ms > since_ms ? a->fired_ms : since_ms;
		if (c->urgent_ms == 0 || from_ms < c->urgent_ms)
			c->urgent_ms = from_ms;
		if (c->began_ms == 0 || a->fired_ms < c->began_ms)
			c->began_ms = a->fired_ms;
	}
}

/* Whether anything of it that people are told of is about cooling or air. */
static bool
is_about_air(const struct engine *e, const struct incident *in)
{
	for (size_t i = 0; i < engine_nalerts(e); i++) {
		const struct alert *a = engine_alert_at(e, i);
		if ((a->topic == TOPIC_AIR || a->topic == TOPIC_COOLING) && concerns(a, in))
			return true;
	}
	return false;
}

enum plan_near
facts_near(const struct facts *from, const struct incident *in)
{
	const struct zone_air *air = facts_air(from, site_zone(from->site, in->zone));

	if (in->closed_ms != 0 || air == NULL || plan_near(air->left_s) == PLAN_FAR)
		return PLAN_FAR;
	if (!is_about_air(from->engine, in))
		return PLAN_FAR;
	/* Reckoned on from the last reading it may be reached before any inlet says so. */
	enum plan_near near = plan_near(air->left_s);
	return near == PLAN_REACHED && !(air->hottest >= air->limit) ? PLAN_AT_HAND : near;
}

void
facts_line(const struct facts *from, const struct incident *in, struct text_line *line)
{
	*line = (struct text_line){ .incident = in,
		.alert = cause_of(from, in).a,
		.zone = site_zone(from->site, in->zone) };
}
