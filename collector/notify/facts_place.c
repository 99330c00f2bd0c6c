/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values beside the one that the alert is about: of an aggregate the worst that it is made of, of a
 * single value the same measure elsewhere in the zone. */
#include "collector/notify/facts.h"

#include <math.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/str.h"

/* Whether what is bad is a low value. */
static bool
is_low(const struct alert *a)
{
	return a->why.code == REASON_BELOW || a->why.code == REASON_FALLING ||
	       a->why.code == REASON_UNDER_OTHER ||
	       (a->why.code == REASON_OTHER && strstr(a->reason, "below") != NULL);
}

/* How bad a value is, to tell which is worst: the greater or, if low, the less. Of a rule on states
 * their severity, and what is fine is none of them. NAN: none. */
static double
rank_of(const struct series *se, unsigned field, const struct rule_kind *kind, bool low)
{
	double v = se->last.time_s == 0 ? NAN : se->last.values[field];
	struct metric_state st;

	if (kind == NULL || !kind->states)
		return low ? -v : v;
	if (!site_state(se, field, v, &st) || st.severity == METRIC_OK)
		return NAN;
	return st.severity == METRIC_CRITICAL ? 2 : 1;
}

/* Puts a value among the worst, if it is one of them. */
static void
worst_add(struct text_value *list, size_t *n, const struct text_value *v)
{
	size_t at = *n;

	while (at > 0 && v->rank > list[at - 1].rank)
		at--;
	if (at == TEXT_MAX_WORST)
		return;
	if (*n < TEXT_MAX_WORST)
		(*n)++;
	for (size_t i = *n - 1; i > at; i--)
		list[i] = list[i - 1];
	list[at] = *v;
}

/* Whether the rule looks at the series, as far as its name tells. */
static bool
covers(const struct conf_rule *rule, const struct series *se)
{
	for (size_t i = 0; i < rule->except.n; i++) {
		if (str_covers(rule->except.v[i], se->source))
			return false;
	}
	return (rule->source == NULL || str_covers(rule->source, se->source)) &&
	       (rule->instance == NULL || str_covers(rule->instance, se->instance));
}

/* The worst value of a node among those that the rule looks at; of none its rank is NAN. */
static struct text_value
worst_of(const struct node *node, const struct conf_rule *rule, bool low)
{
	struct text_value worst = { .node = node, .rank = NAN };
	const struct rule_kind *kind = rule_kind(rule->kind);

	for (size_t i = 0; i < node->nseries; i++) {
		const struct series *se = node->series[i];
		for (unsigned k = 0; k < se->nfields && covers(rule, se); k++) {
			if (rule->field != NULL && !str_covers(rule->field, se->fields[k].name))
				continue;
			double rank = rank_of(se, k, kind, low);
			if (isnan(rank) || rank <= worst.rank)
				continue;
			worst = (struct text_value){
				.node = node, .series = se, .field = k, .rank = rank
			};
		}
	}
	return worst;
}

/* Whether the node's values count for the alert's place: its rack, its zone, or the site. */
static bool
is_there(const struct text_facts *f, const struct node *node, int64_t now_ms)
{
	const char *rack = f->alert->rack;

	if ((f->zone != NULL && node->zone != f->zone) || site_is_stale(node, now_ms))
		return false;
	return *rack == '\0' || (node->rack != NULL && strcmp(node->rack, rack) == 0);
}

/* The nodes that make an aggregate bad: the worst of those whose values are live. */
static void
gather_worst(const struct facts *from, int64_t now_ms, struct text_facts *f)
{
	const struct conf_rule *rule = facts_rule(from->conf, f->alert);
	const struct rule_kind *kind = rule != NULL ? rule_kind(rule->kind) : NULL;

	if (kind == NULL || !kind->needs_field)
		return;
	for (size_t i = 0; i < site_nnodes(from->site); i++) {
		const struct node *node = site_node_at(from->site, i);
		if (!is_there(f, node, now_ms))
			continue;
		struct text_value v = worst_of(node, rule, is_low(f->alert));
		if (!isnan(v.rank))
			worst_add(f->worst, &f->nworst, &v);
	}
}

/* The same measure on the other nodes of the zone: the same source, instance and field. */
static void
gather_neighbours(const struct facts *from, int64_t now_ms, struct text_facts *f)
{
	const struct series *own = f->series;
	unsigned field = site_field(own, f->alert->field);
	bool low = is_low(f->alert);

	if (field == own->nfields || own->fields[field].kind == FIELD_STATE)
		return;
	for (size_t i = 0; f->zone != NULL && i < f->zone->nnodes; i++) {
		const struct node *node = f->zone->nodes[i];
		if (node == own->node || site_is_stale(node, now_ms))
			continue;
		struct text_value v = { .node = node, .rank = NAN };
		for (size_t k = 0; k < node->nseries; k++) {
			const struct series *se = node->series[k];
			unsigned at = site_field(se, f->alert->field);
			if (strcmp(se->name, own->name) != 0 || at == se->nfields)
				continue;
			v.series = se;
			v.field = at;
			v.rank = rank_of(se, at, NULL, low);
		}
		if (isnan(v.rank))
			continue;
		worst_add(f->neighbours, &f->nneighbours, &v);
		if (f->alert->why.code == REASON_ABOVE || f->alert->why.code == REASON_BELOW)
			f->beyond += v.rank > (low ? -f->alert->limit : f->alert->limit);
	}
	(void)from;
}

void
facts_place(const struct facts *from, int64_t now_ms, struct text_facts *f)
{
	if (*f->alert->node == '\0')
		gather_worst(from, now_ms, f);
	else if (f->series != NULL && f->series->node == f->node)
		gather_neighbours(from, now_ms, f);
}
