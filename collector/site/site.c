/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site: what the configuration says there is (zones, nodes, dependencies) and what the agents
 * said of it last (series, values, sessions). The intake and the pipeline write into it, the alert
 * engine and the pages read it. Every text of the configuration is copied, so that the
 * configuration may be replaced. */

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/hash.h"
#include "zw/str.h"

/* How a node is found by its name. */
struct node_entry {
	struct node node; /* first: one is cast into the other */
	int64_t step_ms;  /* the least of its series; 0: it has none */
	UT_hash_handle hh;
};

/* How a series is found by its number. */
struct series_entry {
	struct series series;
	UT_hash_handle hh;
};

struct site {
	const char *title;
	struct zone *zones;
	size_t nzones;
	struct node **nodes; /* in the order of the configuration */
	size_t nnodes;
	struct node_entry *by_name;
	struct series_entry *by_sid;
	char **texts; /* copies that zones and nodes point into */
	size_t ntexts;
};

/* Keep a copy of a text until the site's end; NULL stays NULL. */
static const char *
site_keep(struct site *s, const char *text)
{
	if (text == NULL)
		return NULL;
	s->texts = xreallocarray(s->texts, s->ntexts + 1, sizeof *s->texts);
	s->texts[s->ntexts] = xstrdup(text);
	return s->texts[s->ntexts++];
}

/* The zones of the configuration. */
static void
site_add_zones(struct site *s, const struct conf_list *list)
{
	const struct conf_zone *zones = list->v;
	s->nzones = list->n;
	s->zones = xcalloc(list->n + 1, sizeof *s->zones);
	for (size_t i = 0; i < list->n; i++) {
		struct zone *z = &s->zones[i];
		z->index = (unsigned)i;
		z->name = site_keep(s, zones[i].name);
		z->title = zones[i].title != NULL ? site_keep(s, zones[i].title) : z->name;
	}
}

/* A kind by its word; the configuration allows no other. */
static enum node_kind
node_kind_of(const char *text)
{
	if (text != NULL && strcmp(text, "device") == 0)
		return NODE_DEVICE;
	if (text != NULL && strcmp(text, "link") == 0)
		return NODE_LINK;
	return NODE_SERVER;
}

/* A node of the configuration, and its place in its zone. */
static void
site_add_node(struct site *s, const struct conf_node *conf)
{
	struct node_entry *entry = xcalloc(1, sizeof *entry);
	struct node *n = &entry->node;
	n->index = (unsigned)s->nnodes;
	n->name = site_keep(s, conf->name);
	n->title = conf->title != NULL ? site_keep(s, conf->title) : n->name;
	n->kind = node_kind_of(conf->kind);
	n->rack = site_keep(s, conf->rack);
	n->unit = (unsigned)conf->unit;
	n->zone = conf->zone != NULL ? site_zone(s, conf->zone) : NULL;
	HASH_ADD_KEYPTR(hh, s->by_name, n->name, strlen(n->name), entry);
	s->nodes[s->nnodes++] = n;
	if (n->zone != NULL) {
		struct zone *z = n->zone;
		z->nodes = xreallocarray(z->nodes, z->nnodes + 1, sizeof(struct node *));
		z->nodes[z->nnodes++] = n;
	}
}

/* Second pass, when all nodes are known. A name that is none was complained of already. */
static void
site_link_node(struct site *s, struct node *n, const struct conf_texts *depends)
{
	if (depends->n == 0)
		return;
	n->depends = xcalloc(depends->n, sizeof(struct node *));
	for (size_t i = 0; i < depends->n; i++) {
		struct node *on = site_node(s, depends->v[i]);
		if (on != NULL && on != n)
			n->depends[n->ndepends++] = on;
	}
}

/* Make the site of a configuration. */
struct site *
site_new(const struct conf_collector *conf)
{
	struct site *s = xcalloc(1, sizeof *s);
	const struct conf_node *nodes = conf->nodes.v;
	s->title = site_keep(s, conf->site != NULL ? conf->site : "");
	site_add_zones(s, &conf->zones);
	s->nodes = xcalloc(conf->nodes.n + 1, sizeof(struct node *));
	for (size_t i = 0; i < conf->nodes.n; i++)
		site_add_node(s, &nodes[i]);
	for (size_t i = 0; i < conf->nodes.n; i++)
		site_link_node(s, s->nodes[i], &nodes[i].depends);
	return s;
}

/* Free it, and all series. */
void
site_free(struct site *s)
{
	struct series_entry *se, *se_next;
	struct node_entry *ne, *ne_next;
	if (s == NULL)
		return;
	HASH_ITER (hh, s->by_sid, se, se_next) {
		HASH_DEL(s->by_sid, se);
		free(se);
	}
	HASH_ITER (hh, s->by_name, ne, ne_next) {
		HASH_DEL(s->by_name, ne);
		free(ne->node.depends);
		free(ne->node.series);
		free(ne);
	}
	for (size_t i = 0; i < s->nzones; i++)
		free(s->zones[i].nodes);
	for (size_t i = 0; i < s->ntexts; i++)
		free(s->texts[i]);
	free(s->texts);
	free(s->zones);
	free(s->nodes);
	free(s);
}

/* What the site is called. */
const char *
site_title(const struct site *s)
{
	return s->title;
}

/* How many zones there are. */
size_t
site_nzones(const struct site *s)
{
	return s->nzones;
}

/* One of them. */
struct zone *
site_zone_at(const struct site *s, size_t i)
{
	assert(i < s->nzones);
	return &s->zones[i];
}

/* Few enough (at most 64) to be walked. */
struct zone *
site_zone(const struct site *s, const char *name)
{
	for (size_t i = 0; i < s->nzones; i++) {
		if (strcmp(s->zones[i].name, name) == 0)
			return &s->zones[i];
	}
	return NULL;
}

/* How many nodes there are. */
size_t
site_nnodes(const struct site *s)
{
	return s->nnodes;
}

/* One of them. */
struct node *
site_node_at(const struct site *s, size_t i)
{
	assert(i < s->nnodes);
	return s->nodes[i];
}

/* A node by its name. */
struct node *
site_node(const struct site *s, const char *name)
{
	struct node_entry *entry;
	HASH_FIND_STR(s->by_name, name, entry);
	return entry != NULL ? &entry->node : NULL;
}

/* A series by its number. */
struct series *
site_series(const struct site *s, uint32_t sid)
{
	struct series_entry *entry;
	HASH_FIND(hh, s->by_sid, &sid, sizeof sid, entry);
	return entry != NULL ? &entry->series : NULL;
}

/* A series by its path. */
struct series *
site_series_named(const struct site *s, const char *path)
{
	char name[NAME_MAX_NODE + 1];
	const char *slash = strchr(path, '/');
	if (slash == NULL || (size_t)(slash - path) >= sizeof name)
		return NULL;
	memcpy(name, path, (size_t)(slash - path));
	name[slash - path] = '\0';
	struct node *n = site_node(s, name);
	for (size_t i = 0; n != NULL && i < n->nseries; i++) {
		if (strcmp(n->series[i]->name, slash + 1) == 0)
			return n->series[i];
	}
	return NULL;
}

/* A new series of a node, without fields. */
static struct series *
site_add_series(struct site *s, struct node *n, uint32_t sid, const struct series_def *def)
{
	struct series_entry *entry = xcalloc(1, sizeof *entry);
	struct series *se = &entry->series;
	se->sid = sid;
	se->node = n;
	(void)str_copy(se->source, sizeof se->source, def->source);
	(void)str_copy(se->instance, sizeof se->instance, def->instance);
	series_name(se->name, def->source, def->instance);
	HASH_ADD(hh, s->by_sid, series.sid, sizeof se->sid, entry);
	n->series = xreallocarray(n->series, n->nseries + 1, sizeof(struct series *));
	n->series[n->nseries++] = se;
	return se;
}

/* The node's fastest series sets its step. */
static void
note_step(struct node *n, int64_t step_ms)
{
	struct node_entry *entry = (struct node_entry *)n;
	if (entry->step_ms == 0 || step_ms < entry->step_ms)
		entry->step_ms = step_ms;
}

/* Add or widen a series. */
struct series *
site_define(struct site *s, uint32_t sid, const struct series_def *def)
{
	struct series *se = site_series(s, sid);
	if (se == NULL) {
		struct node *n = site_node(s, def->node);
		if (n == NULL)
			return NULL;
		se = site_add_series(s, n, sid, def);
	}
	assert(def->nfields <= METRIC_MAX_FIELDS);
	se->step_s = def->step_s;
	note_step(se->node, (int64_t)def->step_s * 1000);
	for (unsigned i = se->nfields; i < def->nfields; i++) {
		se->last.values[i] = NAN;
		se->raw[i] = NAN;
	}
	if (def->nfields > se->nfields)
		se->nfields = def->nfields;
	memcpy(se->fields, def->fields, def->nfields * sizeof def->fields[0]);
	return se;
}

/* A counter's rate over the seconds since the reading before; NaN where it cannot be told. */
static double
rate_of(const struct field *f, double before, double raw, int64_t seconds)
{
	double rate = (raw - before) / (double)seconds;
	if (isnan(rate) || rate < 0)
		return NAN;
	if (!isnan(f->max) && rate > f->max)
		return NAN;
	return rate;
}

/* Take a reading, unless it is older than the last. */
bool
site_update(
    struct series *se, int64_t time_s, int64_t recv_ms, unsigned nvalues, const double *values)
{
	if (time_s <= se->last.time_s)
		return false;
	site_seen(se->node, recv_ms);
	int64_t seconds = time_s - se->last.time_s;
	bool gap = se->last.time_s == 0 || seconds > (int64_t)SITE_STALE_STEPS * se->step_s;
	for (unsigned i = 0; i < se->nfields; i++) {
		double v = i < nvalues ? values[i] : NAN;
		double before = gap ? NAN : se->raw[i];
		bool counter = se->fields[i].kind == FIELD_COUNTER;
		se->last.values[i] = counter ? rate_of(&se->fields[i], before, v, seconds) : v;
		se->raw[i] = counter ? v : NAN;
	}
	se->last.time_s = time_s;
	se->last.recv_ms = recv_ms;
	return true;
}

/* Something arrived. */
void
site_seen(struct node *n, int64_t now_ms)
{
	if (now_ms > n->seen_ms)
		n->seen_ms = now_ms;
}

/* Its agent has a session. */
void
site_connected(struct node *n, const char *peer, const char *agent, int64_t now_ms)
{
	n->connected = true;
	n->lost_ms = 0;
	(void)str_copy(n->peer, sizeof n->peer, peer);
	(void)str_copy(n->agent, sizeof n->agent, agent);
	site_seen(n, now_ms);
}

/* Its agent's session ended. */
void
site_disconnected(struct node *n, int64_t now_ms)
{
	n->connected = false;
	n->lost_ms = now_ms;
	n->peer[0] = '\0';
}

/* How often something of the node should come. */
int64_t
site_step_ms(const struct node *n)
{
	const struct node_entry *entry = (const struct node_entry *)n;
	return entry->step_ms != 0 ? entry->step_ms : SITE_DEFAULT_STEP;
}

/* Whether that did not come for too long. */
bool
site_is_stale(const struct node *n, int64_t now_ms)
{
	return n->seen_ms == 0 || now_ms - n->seen_ms > SITE_STALE_STEPS * site_step_ms(n);
}

/* Whether a value is one to judge by. */
bool
site_is_plausible(const struct series *se, unsigned i)
{
	assert(i < se->nfields);
	const struct field *f = &se->fields[i];
	double v = se->last.values[i];
	return isfinite(v) && !(v < f->min) && !(v > f->max);
}
