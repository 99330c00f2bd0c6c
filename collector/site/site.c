/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site: what the configuration says there is (zones, nodes, dependencies) and what the agents
 * said of it last (series, values, sessions). The intake and the pipeline write into it, the alert
 * engine and the pages read it. Every text of the configuration is copied, so that the
 * configuration may be replaced. */

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/hash.h"
#include "zw/str.h"

/* Where a device's children are, by a pattern over their names. */
struct child_row {
	const char *pattern;
	const char *title; /* or NULL */
	struct zone *zone; /* NULL: the site itself */
	bool ignore;
};

/* How a node is found by its name. */
struct node_entry {
	struct node node; /* first: one is cast into the other */
	int64_t step_ms;  /* the least of its series; 0: it has none */
	bool configured;
	struct child_row *rows; /* of a device */
	size_t nrows;
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
	size_t nzones;		 /* without the one of those without a zone, which stands behind */
	struct zone *unassigned; /* NULL until there is one */
	struct node **nodes;	 /* in the order of the configuration, then children as they came */
	size_t nnodes;
	struct node *
	    *summaries; /* by the zone's index, then the site's; NULL: nothing is derived */
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
	s->zones = xcalloc(list->n + 1, sizeof *s->zones); /* pointers into it stay valid */
	for (size_t i = 0; i < list->n; i++) {
		struct zone *z = &s->zones[i];
		z->index = (unsigned)i;
		z->name = site_keep(s, zones[i].name);
		z->title = zones[i].title != NULL ? site_keep(s, zones[i].title) : z->name;
		z->limit = zones[i].limit > 0 ? zones[i].limit : NAN;
		z->racks = xcalloc(zones[i].racks.n + 1, sizeof *z->racks);
		for (size_t j = 0; j < zones[i].racks.n; j++)
			z->racks[z->nracks++] = site_keep(s, zones[i].racks.v[j]);
	}
}

/* Which zones a node serves. A name that is none was complained of already. */
static void
site_add_serves(struct site *s, struct node *n, const struct conf_texts *zones)
{
	n->serves = xcalloc(zones->n + 1, sizeof *n->serves);
	for (size_t i = 0; i < zones->n; i++) {
		const struct zone *z = site_zone(s, zones->v[i]);
		if (z != NULL)
			n->serves[n->nserves++] = z;
		else if (strcmp(zones->v[i], "site") == 0)
			n->serves_all = true;
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

/* A new node, and its place among all and in its zone. */
static struct node_entry *
site_add_node(struct site *s, const char *name, const char *title, struct zone *z)
{
	struct node_entry *entry = xcalloc(1, sizeof *entry);
	struct node *n = &entry->node;
	n->index = (unsigned)s->nnodes;
	n->name = site_keep(s, name);
	n->title = title != NULL ? site_keep(s, title) : n->name;
	n->zone = z;
	HASH_ADD_KEYPTR(hh, s->by_name, n->name, strlen(n->name), entry);
	s->nodes = xreallocarray(s->nodes, s->nnodes + 1, sizeof n);
	s->nodes[s->nnodes++] = n;
	if (z != NULL) {
		z->nodes = xreallocarray(z->nodes, z->nnodes + 1, sizeof n);
		z->nodes[z->nnodes++] = n;
	}
	return entry;
}

/* A node of the configuration. */
static void
site_add_configured(struct site *s, const struct conf_node *conf)
{
	struct zone *z = conf->zone != NULL ? site_zone(s, conf->zone) : NULL;
	struct node_entry *entry = site_add_node(s, conf->name, conf->title, z);
	const struct conf_child *children = conf->children.v;
	struct node *n = &entry->node;
	n->kind = node_kind_of(conf->kind);
	n->role = site_role_of(conf->role);
	n->role_given = n->role != ROLE_NONE;
	site_add_serves(s, n, &conf->serves);
	n->rack = site_keep(s, conf->rack);
	n->unit = (unsigned)conf->unit;
	entry->configured = true;
	entry->rows = xcalloc(conf->children.n + 1, sizeof *entry->rows);
	for (size_t i = 0; i < conf->children.n; i++) {
		const struct conf_child *c = &children[i];
		entry->rows[entry->nrows++] = (struct child_row){
			.pattern = site_keep(s, c->name),
			.title = site_keep(s, c->title),
			.zone = c->zone != NULL ? site_zone(s, c->zone) : NULL,
			.ignore = c->ignore,
		};
	}
}

/* A node depends on a further one. */
static void
site_add_depends(struct node *n, struct node *on)
{
	for (size_t i = 0; i < n->ndepends; i++)
		if (n->depends[i] == on)
			return;
	n->depends = xreallocarray(n->depends, n->ndepends + 1, sizeof on);
	n->depends[n->ndepends++] = on;
	on->ndependants++;
}

/* A node is a child of a device, without which nothing comes of it. */
static void
site_add_parent(struct node *n, struct node *device)
{
	n->parent = device;
	device->nchildren++;
	site_add_depends(n, device);
}

/* Second pass, when all nodes are known. A name that is none was complained of already. */
static void
site_link_node(struct site *s, struct node *n, const struct conf_texts *depends)
{
	struct node *device = site_device_of(s, n->name);
	for (size_t i = 0; i < depends->n; i++) {
		struct node *on = site_node(s, depends->v[i]);
		if (on != NULL && on != n)
			site_add_depends(n, on);
	}
	if (device != NULL)
		site_add_parent(n, device);
}

/* Whether a rule watches the collector itself, whose values are of the node "site". */
static bool
site_watches_itself(const struct conf_collector *conf)
{
	const struct conf_rule *rules = conf->rules.v;

	for (size_t i = 0; i < conf->rules.n; i++)
		if (rules[i].source != NULL && strcmp(rules[i].source, "collector") == 0)
			return true;
	return false;
}

/* The nodes of what is derived: "zone.NAME" of each zone from the first on, and "site". */
static void
site_add_summaries(struct site *s, size_t first)
{
	s->summaries = xcalloc(s->nzones + 1, sizeof(struct node *));
	for (size_t i = first; i <= s->nzones; i++) {
		const struct zone *z = i < s->nzones ? &s->zones[i] : NULL;
		char name[NAME_MAX_NODE + 8] = "site";
		if (z != NULL)
			snprintf(name, sizeof name, "zone.%s", z->name);
		if (strlen(name) > NAME_MAX_NODE || site_node(s, name) != NULL)
			continue;
		struct node *n =
		    &site_add_node(s, name, z != NULL ? z->title : s->title, NULL)->node;
		n->kind = NODE_SUMMARY;
		n->zone = z != NULL ? &s->zones[i] : NULL;
		n->connected = true;
		s->summaries[i] = n;
	}
}

/* The node of what is derived of a zone. */
struct node *
site_summary(const struct site *s, const struct zone *z)
{
	size_t i = z != NULL ? z->index : s->nzones;
	return s->summaries != NULL && i <= s->nzones && !(z != NULL && z == s->unassigned)
		   ? s->summaries[i]
		   : NULL;
}

/* Make the site of a configuration. */
struct site *
site_new(const struct conf_collector *conf)
{
	struct site *s = xcalloc(1, sizeof *s);
	const struct conf_node *nodes = conf->nodes.v;
	s->title = site_keep(s, conf->site != NULL ? conf->site : "");
	site_add_zones(s, &conf->zones);
	for (size_t i = 0; i < conf->nodes.n; i++)
		site_add_configured(s, &nodes[i]);
	for (size_t i = 0; i < conf->nodes.n; i++)
		site_link_node(s, s->nodes[i], &nodes[i].depends);
	if (conf->derived.n > 0)
		site_add_summaries(s, 0);
	else if (site_watches_itself(conf))
		site_add_summaries(s, s->nzones);
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
		free(se->series.states);
		free(se);
	}
	HASH_ITER (hh, s->by_name, ne, ne_next) {
		HASH_DEL(s->by_name, ne);
		free(ne->node.depends);
		free(ne->node.series);
		free(ne->node.serves);
		free(ne->rows);
		free(ne);
	}
	for (size_t i = 0; i < site_nzones(s); i++) {
		free(s->zones[i].nodes);
		free(s->zones[i].racks);
	}
	for (size_t i = 0; i < s->ntexts; i++)
		free(s->texts[i]);
	free(s->texts);
	free(s->summaries);
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
	return s->nzones + (s->unassigned != NULL);
}

/* One of them. */
struct zone *
site_zone_at(const struct site *s, size_t i)
{
	assert(i < site_nzones(s));
	return &s->zones[i];
}

/* Few enough (at most 64) to be walked. */
struct zone *
site_zone(const struct site *s, const char *name)
{
	for (size_t i = 0; i < site_nzones(s); i++) {
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

/* The node of a configured device, if the first n bytes of a name are one's. */
static struct node *
site_device(const struct site *s, const char *name, size_t n)
{
	struct node_entry *entry;
	HASH_FIND(hh, s->by_name, name, n, entry);
	return entry != NULL && entry->configured && entry->node.kind == NODE_DEVICE ? &entry->node
										     : NULL;
}

/* Of devices whose names begin alike the one with the longest. */
struct node *
site_device_of(const struct site *s, const char *name)
{
	struct node *device = NULL;
	for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
		struct node *longer = site_device(s, name, (size_t)(dot - name));
		if (longer != NULL && dot[1] != '\0')
			device = longer;
	}
	return device;
}

/* The zone of those that have none, made with the first. */
static struct zone *
site_need_unassigned(struct site *s)
{
	struct zone *z = &s->zones[s->nzones];
	if (s->unassigned == NULL) {
		z->index = (unsigned)s->nzones;
		z->name = site_keep(s, SITE_UNASSIGNED);
		z->title = site_keep(s, "Unassigned");
		z->limit = NAN;
		s->unassigned = z;
	}
	return z;
}

/* The zone of those that have none. */
struct zone *
site_unassigned(const struct site *s)
{
	return s->unassigned;
}

/* The first row that covers a child. */
static const struct child_row *
site_child_row(const struct node *device, const char *child)
{
	const struct node_entry *entry = (const struct node_entry *)device;
	for (size_t i = 0; i < entry->nrows; i++) {
		if (str_covers(entry->rows[i].pattern, child))
			return &entry->rows[i];
	}
	return NULL;
}

/* A new child; what a pattern calls several of has the child's name behind it. */
static struct node *
site_add_child(struct site *s, struct node *device, const char *name, const struct child_row *row)
{
	const char *child = name + strlen(device->name) + 1;
	char *title = NULL;
	if (row != NULL && row->title != NULL)
		title = strchr(row->pattern, '*') != NULL ? xasprintf("%s %s", row->title, child)
							  : xstrdup(row->title);
	struct zone *z = row != NULL ? row->zone : site_need_unassigned(s);
	struct node *n = &site_add_node(s, name, title, z)->node;
	free(title);
	n->kind = NODE_DEVICE;
	n->rack = device->rack;
	n->unit = device->unit;
	site_add_parent(n, device);
	return n;
}

/* A child device by its name, made when it is met first. */
struct node *
site_child(struct site *s, const char *name, struct err *e)
{
	struct node *n = site_node(s, name);
	struct node *device = site_device_of(s, name);
	if (n != NULL)
		return n;
	if (device == NULL || !str_is_name(name, NAME_MAX_NODE)) {
		err_set(e, "%s is no child of a device of this site", name);
		return NULL;
	}
	const struct child_row *row = site_child_row(device, name + strlen(device->name) + 1);
	if (row != NULL && row->ignore) {
		err_set(e, "the configuration leaves the child device %s out", name);
		return NULL;
	}
	if (device->nchildren >= SITE_MAX_CHILDREN) {
		err_set(
		    e, "device %s has more than %d child devices", device->name, SITE_MAX_CHILDREN);
		return NULL;
	}
	return site_add_child(s, device, name, row);
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
	se->states = xstrdup("");
	HASH_ADD(hh, s->by_sid, series.sid, sizeof se->sid, entry);
	n->series = xreallocarray(n->series, n->nseries + 1, sizeof(struct series *));
	n->series[n->nseries++] = se;
	return se;
}

/* The node's fastest series sets its step, and its device's: that must not be found silent later
 * than its children. A child's parent has none itself. */
static void
note_step(struct node *n, int64_t step_ms)
{
	struct node_entry *entry = (struct node_entry *)n;
	if (entry->step_ms == 0 || step_ms < entry->step_ms)
		entry->step_ms = step_ms;
	if (n->parent != NULL)
		note_step(n->parent, step_ms);
}

/* The node has more fields, and so has the device that it is a child of. */
static void
note_fields(struct node *n, size_t more)
{
	for (; n != NULL; n = n->parent)
		n->nfields += more;
}

/* Mixes a text with its end into a hash (FNV-1a). */
static uint64_t
mix(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	while (*s++ != '\0');
	return h;
}

/* What stands for the names and labels of a series' fields. */
static uint64_t
shape_of(const struct series *se)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < se->nfields; i++)
		h = mix(mix(h, se->fields[i].name), se->fields[i].label);
	return h;
}

/* Add or widen a series. */
struct series *
site_define(struct site *s, uint32_t sid, const struct series_def *def)
{
	struct series *se = site_series(s, sid);
	if (se == NULL) {
		struct node *n = site_child(s, def->node, NULL);
		if (n == NULL)
			return NULL;
		se = site_add_series(s, n, sid, def);
		site_note_source(n, def->source);
	}
	assert(def->nfields <= METRIC_MAX_FIELDS);
	se->step_s = def->step_s;
	se->about = strcmp(def->source, SITE_CONDUCT) == 0;
	if (!se->about)
		note_step(se->node, (int64_t)def->step_s * 1000);
	for (unsigned i = se->nfields; i < def->nfields; i++) {
		se->last.values[i] = NAN;
		se->raw[i] = NAN;
	}
	if (def->nfields > se->nfields) {
		note_fields(se->node, def->nfields - se->nfields);
		se->nfields = def->nfields;
	}
	memcpy(se->fields, def->fields, def->nfields * sizeof def->fields[0]);
	se->shape = shape_of(se);
	if (strcmp(se->states, def->states) != 0) {
		free(se->states);
		se->states = xstrdup(def->states);
	}
	return se;
}

/* How often something of the node should come. */
int64_t
site_step_ms(const struct node *n)
{
	const struct node_entry *entry = (const struct node_entry *)n;
	return entry->step_ms != 0 ? entry->step_ms : SITE_DEFAULT_STEP;
}
