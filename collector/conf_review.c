/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_review: what a configuration may say and yet does not mean: a warning limit beyond the
 * critical one, limits without a deadband, rows of `limits` that change nothing. Warnings only. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "zw/str.h"

/* The value of a kind's own key; NAN: it has none, or none is given. */
static double
number_of(const struct conf_rule *r, const char *key)
{
	const struct conf_table *t = rule_kind_table(r->kind);

	for (size_t i = 0; t != NULL && r->variant != NULL && i < t->nkeys; i++) {
		const void *value = (const char *)r->variant + t->keys[i].offset;
		if (strcmp(t->keys[i].name, key) == 0 && t->keys[i].type == CONF_number)
			return *(const double *)value;
	}
	return NAN;
}

/* Whether a rule's kind has a key of its own, or all rules have it. */
static bool
has_key(const struct conf_rule *r, const char *key)
{
	const struct conf_table *t = rule_kind_table(r->kind);

	for (size_t i = 0; t != NULL && i < t->nkeys; i++)
		if (strcmp(t->keys[i].name, key) == 0)
			return true;
	return strcmp(key, "count") == 0;
}

static bool
is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

/* Whether two texts are the same, absent ones too. */
static bool
same(const char *a, const char *b)
{
	return a == b || is(a, b != NULL ? b : "");
}

static bool
same_texts(const struct conf_texts *a, const struct conf_texts *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (!same(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

/* Whether two rules judge the same in the same way, but for limits and severity. */
static bool
is_pair(const struct conf_rule *a, const struct conf_rule *b)
{
	return same(a->kind, b->kind) && same(a->scope, b->scope) &&
	       same(a->aggregate, b->aggregate) && same(a->source, b->source) &&
	       same(a->instance, b->instance) && same(a->field, b->field) && a->count == b->count &&
	       same_texts(&a->zones, &b->zones) && same_texts(&a->nodes, &b->nodes) &&
	       same_texts(&a->except, &b->except);
}

/* Warn if a warning rule's limit lies beyond that of the critical one beside it. element: where it
 * is said, the rule's own keys or a row of `limits`. */
static void
review_limits(const void *element, double above, double below, const struct conf_rule *critical,
    const struct conf_limit *row, struct conf_errors *ce)
{
	bool both = row != NULL && row->rule != NULL && critical->name != NULL &&
		    str_covers(row->rule, critical->name);
	double most = both && !isnan(row->above) ? row->above : number_of(critical, "above");
	double least = both && !isnan(row->below) ? row->below : number_of(critical, "below");

	if (above > most)
		conf_warn(ce, element, "above",
		    "%g is beyond the critical limit of \"%s\" (%g): it warns of nothing", above,
		    critical->name, most);
	if (below < least)
		conf_warn(ce, element, "below",
		    "%g is beyond the critical limit of \"%s\" (%g): it warns of nothing", below,
		    critical->name, least);
}

/* Compare each warning rule with the critical ones beside it, as they are and as `limits` change
 * them. */
static void
review_pairs(const struct conf_collector *c, struct conf_errors *ce)
{
	const struct conf_rule *r = c->rules.v;
	const struct conf_limit *l = c->limits.v;

	for (size_t i = 0; i < c->rules.n * c->rules.n; i++) {
		const struct conf_rule *w = &r[i / c->rules.n], *k = &r[i % c->rules.n];
		if (!is(w->severity, "warning") || !is(k->severity, "critical") || !is_pair(w, k))
			continue;
		review_limits(
		    w->variant, number_of(w, "above"), number_of(w, "below"), k, NULL, ce);
		for (size_t j = 0; j < c->limits.n; j++)
			if (l[j].rule != NULL && w->name != NULL && str_covers(l[j].rule, w->name))
				review_limits(&l[j], l[j].above, l[j].below, k, &l[j], ce);
	}
}

/* Warn of limits that a value may play about. */
static void
review_deadband(const struct conf_rule *r, struct conf_errors *ce)
{
	bool limited = !isnan(number_of(r, "above")) || !isnan(number_of(r, "below"));
	double deadband = number_of(r, "deadband");

	if (r->variant == NULL || (!is(r->kind, "threshold") && !is(r->kind, "comparison")))
		return;
	if (limited && isnan(number_of(r, "clear")) && !(deadband > 0))
		conf_warn(ce, r, NULL,
		    "has neither \"clear\" nor \"deadband\": a value that plays about its limit "
		    "makes many alerts");
}

/* Warn if a key of a row is none of any rule that it covers. */
static void
review_key(const struct conf_collector *c, const struct conf_limit *l, const char *key, bool given,
    struct conf_errors *ce)
{
	const struct conf_rule *r = c->rules.v;

	for (size_t i = 0; i < c->rules.n && given; i++)
		if (r[i].name != NULL && str_covers(l->rule, r[i].name) && has_key(&r[i], key))
			return;
	if (given)
		conf_warn(ce, l, key, "no rule that it covers has this");
}

/* Warn of rows of `limits` that change nothing. */
static void
review_row(const struct conf_collector *c, const struct conf_limit *l, struct conf_errors *ce)
{
	const struct conf_rule *r = c->rules.v;
	const char *names[1024];
	size_t n = 0;
	bool covers = false;

	if (l->rule == NULL)
		return;
	for (size_t i = 0; i < c->rules.n; i++) {
		if (r[i].name == NULL)
			continue;
		covers = covers || str_covers(l->rule, r[i].name);
		if (n < sizeof names / sizeof *names)
			names[n++] = r[i].name;
	}
	if (!covers) {
		const char *near = conf_nearest(l->rule, names, n);
		conf_warn(ce, l, "rule", "\"%s\" covers no rule%s%s%s", l->rule,
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		    near != NULL ? "\"?" : "");
		return;
	}
	review_key(c, l, "above", !isnan(l->above), ce);
	review_key(c, l, "below", !isnan(l->below), ce);
	review_key(c, l, "clear", !isnan(l->clear), ce);
	review_key(c, l, "deadband", !isnan(l->deadband), ce);
	review_key(c, l, "after", l->after >= 0, ce);
}

void
collector_conf_review(void *conf, struct conf_errors *ce)
{
	struct conf_collector *c = conf;
	const struct conf_rule *r = c->rules.v;
	const struct conf_limit *l = c->limits.v;

	collector_conf_check(conf, ce);
	for (size_t i = 0; i < c->rules.n; i++)
		review_deadband(&r[i], ce);
	review_pairs(c, ce);
	for (size_t i = 0; i < c->limits.n; i++)
		review_row(c, &l[i], ce);
}
