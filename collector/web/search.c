/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every word must be found in a thing's name or in what stands beside it. Words that a node has
 * need not be looked for in its series again, so that "srv07 temp" looks at little. */
#include "collector/web/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/alert/text_reason.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "collector/web/words.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentlist.h"
#include "zw/alloc.h"
#include "zw/fold.h"
#include "zw/str.h"

/* A question taken apart, and what it found. */
struct search {
	const struct collector *c;
	enum lang lang;
	struct words words;
	size_t found[SEARCH_KINDS];
	struct search_result *out;
};

/* How well a name fits that has all words. */
static enum search_rank
rank_of_name(const struct search *s, const char *name)
{
	char folded[FOLD_MAX];

	(void)fold_text(folded, sizeof folded, name);
	const char *at = strstr(folded, s->words.whole);
	if (at == NULL)
		return SEARCH_WITHIN;
	if (at == folded)
		return strcmp(folded, s->words.whole) == 0 ? SEARCH_EXACT : SEARCH_PREFIX;
	return strchr(" -_./:", at[-1]) != NULL ? SEARCH_WORD : SEARCH_WITHIN;
}

/* Room for a hit of this kind, filled in but for its address; NULL: there are enough. */
static struct search_hit *
add(struct search *s, enum search_kind kind, enum search_rank rank, const char *name,
    const char *text)
{
	if (s->found[kind] >= SEARCH_EACH) {
		s->out->more = true;
		return NULL;
	}
	s->found[kind]++;
	struct search_hit *h = &s->out->hits[s->out->n++];
	h->kind = kind;
	h->rank = rank;
	(void)str_copy(h->name, sizeof h->name, name);
	(void)str_copy(h->text, sizeof h->text, text);
	return h;
}

/* A hit if all words are in the name or beside it. */
static struct search_hit *
judge(struct search *s, enum search_kind kind, const char *name, const char *text)
{
	unsigned in_name = words_in(&s->words, name, s->words.all);

	if (in_name == s->words.all)
		return add(s, kind, rank_of_name(s, name), name, text);
	if ((in_name | words_in(&s->words, text, s->words.all & ~in_name)) == s->words.all)
		return add(s, kind, SEARCH_BESIDE, name, text);
	return NULL;
}

/* The address: a path of ours and a name. */
static void
point(struct search_hit *h, const char *path, const char *name)
{
	struct buf b = { 0 };

	if (h == NULL)
		return;
	html_query(&b, name);
	snprintf(h->address, sizeof h->address, "%s%.*s", path, (int)b.len,
	    b.data != NULL ? (const char *)b.data : "");
	buf_free(&b);
}

/* Zones. */
static void
find_zones(struct search *s)
{
	char title[200];

	for (size_t i = 0; i < site_nzones(s->c->site); i++) {
		const struct zone *z = site_zone_at(s->c->site, i);
		text_zone(title, sizeof title, z, "", s->lang);
		point(judge(s, SEARCH_ZONE, z->name, title), "/zone/", z->name);
	}
}

/* Hits among the fields of a series; need: the words that neither it nor its node has. */
static void
find_fields(struct search *s, const struct node *n, const struct series *se, unsigned need)
{
	const struct words_fields *k = words_of_fields(&s->words, se);
	char name[NAME_MAX_NODE + sizeof se->name + NAME_MAX_FIELD + 4];

	if (k->any == 0 || (need & ~k->any) != 0)
		return;
	for (unsigned i = 0; i < se->nfields; i++) {
		if (k->bits[i] == 0 || (need & ~(unsigned)k->bits[i]) != 0)
			continue;
		const struct field *f = &se->fields[i];
		snprintf(name, sizeof name, "%s/%s %s", n->name, se->name, f->name);
		point(add(s, SEARCH_SERIES, SEARCH_BESIDE, name, f->label), "/node/", n->name);
	}
}

/* Hits among a node's series: what neither the node nor the series has must be a field's. */
static void
find_series(struct search *s, const struct node *n, unsigned by_node)
{
	char name[NAME_MAX_NODE + sizeof n->series[0]->name + 2];

	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned by_series = words_in(&s->words, se->name, s->words.all);
		unsigned need = s->words.all & ~(by_node | by_series);
		if (need == 0 && by_series != 0) {
			snprintf(name, sizeof name, "%s/%s", n->name, se->name);
			point(add(s, SEARCH_SERIES, SEARCH_WITHIN, name, ""), "/node/", n->name);
		} else {
			find_fields(s, n, se, need);
		}
		if (s->found[SEARCH_SERIES] >= SEARCH_EACH)
			return;
	}
}

/* Nodes and links, and what they send. */
static void
find_nodes(struct search *s)
{
	char text[300];

	for (size_t i = 0; i < site_nnodes(s->c->site); i++) {
		const struct node *n = site_node_at(s->c->site, i);
		if (n->kind == NODE_SUMMARY)
			continue;
		snprintf(text, sizeof text, "%s%s%s",
		    strcmp(n->title, n->name) != 0 ? n->title : "", n->peer[0] != '\0' ? " " : "",
		    n->peer);
		enum search_kind kind = n->kind == NODE_LINK ? SEARCH_LINK : SEARCH_NODE;
		point(judge(s, kind, n->name, text), "/node/", n->name);
		if (s->found[SEARCH_SERIES] < SEARCH_EACH)
			find_series(s, n,
			    words_in(&s->words, n->name, s->words.all) |
				words_in(&s->words, n->title, s->words.all));
	}
}

/* The page of an incident. */
static void
point_incident(struct search_hit *h, uint64_t id)
{
	if (h != NULL)
		snprintf(h->address, sizeof h->address, "/incident/%llu", (unsigned long long)id);
}

/* Incidents that are open, by what they are called and by their number. */
static void
find_incidents(struct search *s)
{
	char cause[200], beside[ALERT_MAX_TEXT + 40];

	for (size_t i = 0; i < engine_nincidents(s->c->engine); i++) {
		const struct incident *in = engine_incident_at(s->c->engine, i);
		if (in->closed_ms != 0)
			break;
		incidentlist_cause(cause, sizeof cause, s->c, in, s->lang);
		snprintf(beside, sizeof beside, "#%llu %s", (unsigned long long)in->id, in->cause);
		struct search_hit *h = judge(s, SEARCH_INCIDENT, cause, beside);
		point_incident(h, in->id);
		if (h != NULL)
			snprintf(h->text, sizeof h->text, "#%llu", (unsigned long long)in->id);
	}
}

/* Alerts that fire or may. */
static void
find_alerts(struct search *s)
{
	char text[300];

	for (size_t i = 0; i < engine_nalerts(s->c->engine); i++) {
		const struct alert *a = engine_alert_at(s->c->engine, i);
		if (a->state >= ALERT_RESOLVED || a->incident == 0)
			continue;
		snprintf(text, sizeof text, "%.63s %.95s %.63s", a->node, a->series, a->rule);
		point_incident(judge(s, SEARCH_ALERT, text_title(a, s->lang), text), a->incident);
	}
}

/* Rules, with the incidents that they made. */
static void
find_rules(struct search *s)
{
	const struct conf_rule *rules = s->c->conf->rules.v;

	for (size_t i = 0; i < s->c->conf->rules.n; i++) {
		const struct conf_rule *r = &rules[i];
		const char *title = r->title != NULL ? lang_text(s->lang, r->title) : "";
		point(judge(s, SEARCH_RULE, r->name, title), "/incidents?q=", r->name);
	}
}

/* Silences that are in force or to come. */
static void
find_silences(struct search *s, int64_t now_ms)
{
	char text[300], name[200];

	for (size_t i = 0; s->c->silences != NULL && i < silences_count(s->c->silences); i++) {
		const struct silence *one = silences_at(s->c->silences, i);
		if (one->ends_ms != 0 && one->ends_ms <= now_ms)
			continue;
		snprintf(name, sizeof name, "%.180s", one->reason);
		snprintf(text, sizeof text, "%.60s %.60s %.60s %.60s %.40s", one->match.zone,
		    one->match.node, one->match.source, one->match.rule, one->author);
		point(judge(s, SEARCH_SILENCE, name, text), "/silences", "");
	}
}

/* Whether an event with this text was found already: the latest stands for all. */
static bool
is_told(const struct search *s, const char *text)
{
	for (size_t i = s->out->n; i > 0 && s->out->hits[i - 1].kind == SEARCH_EVENT; i--)
		if (strncmp(s->out->hits[i - 1].name, text, sizeof s->out->hits[0].name - 1) == 0)
			return true;
	return false;
}

/* What agents and gateways told of. */
static void
find_events(struct search *s)
{
	char text[300];

	for (size_t i = 0; s->c->events != NULL && i < events_count(s->c->events); i++) {
		const struct events_entry *e = events_at(s->c->events, i);
		if (is_told(s, e->text))
			continue;
		snprintf(text, sizeof text, "%.63s %.31s", e->node->name, e->code);
		struct search_hit *h = judge(s, SEARCH_EVENT, e->text, text);
		point(h, "/node/", e->node->name);
		if (h != NULL)
			h->rank = SEARCH_BESIDE; /* what is comes before what was told */
	}
}

/* The best first. */
static int
compare(const void *x, const void *y)
{
	const struct search_hit *a = x, *b = y;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

struct search_result *
search_run(const struct collector *c, const char *question, enum lang l, int64_t now_ms)
{
	struct search *s = xcalloc(1, sizeof *s);
	struct search_result *out = xcalloc(1, sizeof *out);

	s->c = c;
	s->lang = l;
	s->out = out;
	words_split(&s->words, question, " ");
	if (s->words.n > 0) {
		find_zones(s);
		find_nodes(s);
		find_incidents(s);
		find_alerts(s);
		find_rules(s);
		find_silences(s, now_ms);
		find_events(s);
		qsort(out->hits, out->n, sizeof out->hits[0], compare);
	}
	free(s);
	return out;
}

const char *
search_word(enum search_kind kind)
{
	static const char *const words[SEARCH_KINDS] = { "zone", "node", "link", "incident",
		"alert", "series", "rule", "silence", "event" };

	return words[kind];
}
