/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A watch: a rule of the configuration with its words turned into numbers, and what it covers. */

#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "collector/alert/silence.h"
#include "zw/alloc.h"

/* The index of a word in a list of n, or the default if it is none or NULL. */
static unsigned
word_index(const char *word, const char *const *words, unsigned n, unsigned def)
{
	for (unsigned i = 0; word != NULL && i < n; i++) {
		if (strcmp(word, words[i]) == 0)
			return i;
	}
	return def;
}

/* A severity by its word. */
int
watch_severity(const char *word)
{
	for (int i = WIRE_INFO; word != NULL && i <= WIRE_CRITICAL; i++)
		if (strcmp(word, alert_severity_word((enum wire_severity)i)) == 0)
			return i;
	return -1;
}

/* Make a rule ready. */
void
watch_init(struct watch *w, const struct conf_rule *conf, size_t index)
{
	static const char *const scopes[] = { "node", "rack", "zone", "site" };
	static const char *const sums[] = { "average", "maximum", "minimum", "percentile", "count",
		"share" };
	int severity = watch_severity(conf->severity);
	w->conf = conf;
	w->index = index;
	w->base = w;
	w->kind = rule_kind(conf->kind);
	w->title = conf->title != NULL ? conf->title : conf->name;
	w->severity = severity >= 0 ? (enum wire_severity)severity : WIRE_WARNING;
	w->scope = word_index(conf->scope, scopes, 4, SCOPE_NODE);
	w->sum = word_index(conf->aggregate, sums, 6, SUM_MAXIMUM);
	if (w->kind != NULL && !w->kind->needs_field && w->sum != SUM_SHARE)
		w->sum = SUM_COUNT;
	w->hours = conf->hours.n > 0 ? xcalloc(conf->hours.n, sizeof *w->hours) : NULL;
	for (size_t i = 0; i < conf->hours.n; i++) /* conf_alerting.c complained of wrong ones */
		if (silence_parse_window(conf->hours.v[i], &w->hours[w->nhours], NULL) == 0)
			w->nhours++;
}

/* Free its hours. */
void
watch_clear(struct watch *w)
{
	free(w->hours);
	w->hours = NULL;
	w->nhours = 0;
}

/* Whether it holds at this time. */
bool
watch_is_on(const struct watch *w, int64_t at_ms)
{
	for (size_t i = 0; i < w->nhours; i++) {
		if (silence_is_active(&w->hours[i], at_ms))
			return true;
	}
	return w->nhours == 0;
}

/* Whether it counts nodes that are bad by themselves. */
bool
watch_counts(const struct watch *w)
{
	return w->sum == SUM_COUNT || w->sum == SUM_SHARE;
}

/* Whether a late value can be judged as well as one in time. */
bool
watch_is_plain(const struct watch *w)
{
	const struct rule_kind *k = w->kind;
	return k->needs_field && k->note == NULL && k->other == NULL && k->gate == NULL &&
	       !k->past && !k->neighbours && !k->quarantines;
}

/* A zone's name in alerts. */
const char *
watch_zone_name(const struct zone *z)
{
	return z != NULL ? z->name : "site";
}

/* Whether the rule looks at the zone. */
bool
watch_covers_zone(const struct watch *w, const struct zone *z)
{
	const struct conf_texts *zones = &w->conf->zones;
	for (size_t i = 0; i < zones->n; i++) {
		if (strcmp(zones->v[i], watch_zone_name(z)) == 0)
			return true;
	}
	return zones->n == 0;
}

/* Whether the rule looks at the node. */
bool
watch_covers_node(const struct watch *w, const struct node *n)
{
	const struct conf_texts *nodes = &w->conf->nodes;
	if (!watch_covers_zone(w, n->zone))
		return false;
	if (n->kind == NODE_SUMMARY && w->kind != NULL && !w->kind->needs_field &&
	    w->conf->source == NULL)
		return false; /* it is made here, of others: only its series may fall silent */
	for (size_t i = 0; i < nodes->n; i++) {
		if (str_covers(nodes->v[i], n->name))
			return true;
	}
	return nodes->n == 0;
}

/* Whether the rule looks at the series. */
bool
watch_covers_series(const struct watch *w, const struct series *se)
{
	if (w->conf->source == NULL ? !w->kind->states : !str_covers(w->conf->source, se->source))
		return false;
	for (size_t i = 0; i < w->conf->except.n; i++) {
		if (str_covers(w->conf->except.v[i], se->source))
			return false;
	}
	if (w->conf->instance != NULL && !str_covers(w->conf->instance, se->instance))
		return false;
	return watch_covers_node(w, se->node);
}

/* Whether the rule looks at a field of such a series. */
bool
watch_covers_field(const struct watch *w, const struct field *f)
{
	if (w->kind->states && f->kind != FIELD_STATE)
		return false;
	return w->conf->field == NULL ? w->kind->states : str_covers(w->conf->field, f->name);
}

/* A rule by its name. */
const struct watch *
watch_find(const struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->nwatches; i++) {
		if (strcmp(e->watches[i].conf->name, name) == 0)
			return &e->watches[i];
	}
	return NULL;
}

/* Whether the rule has a field of the series to look at. */
static bool
has_field(const struct watch *w, const struct series *se)
{
	for (unsigned i = 0; i < se->nfields; i++) {
		if (watch_covers_field(w, &se->fields[i]))
			return true;
	}
	return !w->kind->needs_field;
}

/* Whether a rule that looks for series of a name found any among those that are known. */
bool
engine_rule_matches(const struct engine *e, size_t i)
{
	const struct watch *w = &e->watches[i];
	if (w->kind == NULL || (w->conf->source == NULL && w->conf->field == NULL))
		return true;
	for (size_t b = 0; b < e->nbindings; b++) {
		const struct series *se = e->bindings[b]->series;
		if (watch_covers_series(w, se) && has_field(w, se))
			return true;
	}
	return false;
}
