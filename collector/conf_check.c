/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_check: looks across the keys of the collector's configuration: names that must be there,
 * circles of dependencies, archives in order, rules that could never fire. Called also when single
 * values have errors, so anything may be missing. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/conf_names.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/conn.h"
#include "zw/str.h"

#define MAX_ROWS 10000000 /* of an archive; 80 MB for each field */
#define ZONEINFO "/usr/share/zoneinfo"

/* Check that a pattern could cover the name of something. */
static void
check_pattern(const struct check *k, const void *element, const char *key, const char *what,
    const char *value, size_t max)
{
	char plain[256];
	size_t n = 0;

	if (value == NULL)
		return;
	for (const char *p = value; *p != '\0' && n < sizeof plain - 1; p++)
		if (*p != '*')
			plain[n++] = *p;
	plain[n] = '\0';
	if (*value == '*' && (*plain == '-' || *plain == '.'))
		*plain = '_'; /* something stands before it */
	if (*value == '\0' || (n > 0 && !str_is_name(plain, max)))
		conf_complain(
		    k->ce, element, key, "\"%s\" cannot be the name of a %s", value, what);
}

/* Check a zone's name: "site" is the scope above all zones, "unassigned" that of children without
 * one. */
static void
check_zones(const struct check *k)
{
	const struct conf_zone *zones = k->c->zones.v;

	for (size_t i = 0; i < k->c->zones.n; i++) {
		if (names_is(zones[i].name, "site"))
			conf_complain(k->ce, &zones[i], "name",
			    "\"site\" stands for the whole; the zone needs another name");
		if (names_is(zones[i].name, SITE_UNASSIGNED))
			conf_complain(k->ce, &zones[i], "name",
			    "\"" SITE_UNASSIGNED
			    "\" is where child devices without a zone are; the "
			    "zone needs another name");
	}
}

/* Check that something may stand in a zone of this name. */
static void
check_place(const struct check *k, const void *element, const char *zone)
{
	if (zone == NULL || *zone == '\0')
		return;
	if (strcmp(zone, SITE_UNASSIGNED) == 0)
		conf_complain(k->ce, element, "zone",
		    "\"" SITE_UNASSIGNED "\" is where nothing is meant to stay");
	else if (names_find(&k->zones, zone) == NULL)
		names_unknown(k, element, "zone", "zone", &k->zones, zone);
}

/* Check one row of a device's children. */
static void
check_child(const struct check *k, const struct conf_child *c)
{
	check_place(k, c, c->zone);
	check_pattern(k, c, "name", "child device", c->name, NAME_MAX_NODE);
	if (c->zone == NULL && !c->ignore && !conf_is_given(k->ce, c, "zone"))
		conf_complain(k->ce, c, "zone", "must be given, unless they are to be ignored");
}

/* Check the children of a device, and that nodes with their names do not contradict. */
static void
check_children(const struct check *k, const struct conf_node *n)
{
	const struct conf_child *c = n->children.v;
	const struct conf_node *nodes = k->c->nodes.v;
	size_t len = n->name != NULL ? strlen(n->name) : 0;

	if (n->children.n > 0 && !names_is(n->kind, "device"))
		conf_complain(k->ce, n, "children", "only a node with kind = \"device\" has any");
	for (size_t i = 0; i < n->children.n; i++)
		check_child(k, &c[i]);
	for (size_t i = 0; len > 0 && n->children.n > 0 && i < k->c->nodes.n; i++) {
		const char *name = nodes[i].name;
		if (name == NULL || strncmp(name, n->name, len) != 0 || name[len] != '.')
			continue;
		size_t j = 0;
		while (j < n->children.n &&
		       !str_covers(c[j].name != NULL ? c[j].name : "", name + len + 1))
			j++;
		if (j < n->children.n && c[j].zone != NULL && !names_is(nodes[i].zone, c[j].zone))
			conf_complain(k->ce, &nodes[i], "zone",
			    "is \"%s\", but as a child of %s it is in \"%s\"", nodes[i].zone,
			    n->name, c[j].zone);
	}
}

/* Check where a node stands and what it depends on. */
static void
check_node(const struct check *k, const struct conf_node *n)
{
	check_place(k, n, n->zone);
	check_children(k, n);
	for (size_t i = 0; i < n->serves.n; i++)
		if (names_find(&k->zones, n->serves.v[i]) == NULL)
			names_unknown(k, n, "serves", "zone", &k->zones, n->serves.v[i]);
	for (size_t i = 0; i < n->depends.n; i++) {
		const char *on = n->depends.v[i];
		if (n->name != NULL && strcmp(on, n->name) == 0)
			conf_complain(k->ce, n, "depends", "a node cannot depend on itself");
		else if (names_find(&k->nodes, on) == NULL)
			names_unknown(k, n, "depends", "node", &k->nodes, on);
	}
}

/* The search for circles: a node's state, and the way to where it is now. */
struct search {
	const struct check *k;
	unsigned char *state; /* 0 not seen, 1 on the way, 2 done */
	size_t *way;
	size_t depth;
};

/* Complain of a circle: the way from the node that it closes at. */
static void
complain_circle(const struct search *s, size_t first)
{
	const struct conf_node *nodes = s->k->c->nodes.v;
	char text[400] = "";
	size_t at = 0;

	for (size_t i = 0; i < s->depth && s->way[i] != first;)
		at = ++i;
	for (size_t i = at; i < s->depth; i++) {
		size_t used = strlen(text);
		if (snprintf(text + used, sizeof text - used, "%s -> ", nodes[s->way[i]].name) < 0)
			text[used] = '\0';
	}
	conf_complain(s->k->ce, &nodes[s->way[s->depth - 1]], "depends", "goes in a circle: %s%s",
	    text, nodes[first].name);
}

/* Follow what a node depends on. Each step is a node not seen before, so the depth is bounded by
 * their number. */
static void
follow(struct search *s, size_t index)
{
	const struct conf_node *n = (const struct conf_node *)s->k->c->nodes.v + index;

	s->state[index] = 1;
	s->way[s->depth++] = index;
	for (size_t i = 0; i < n->depends.n; i++) {
		const struct name *on = names_find(&s->k->nodes, n->depends.v[i]);
		if (on == NULL || on->index == index)
			continue;
		if (s->state[on->index] == 1)
			complain_circle(s, on->index);
		else if (s->state[on->index] == 0)
			follow(s, on->index);
	}
	s->depth--;
	s->state[index] = 2;
}

/* Check that no node depends on itself by way of others. */
static void
check_circles(const struct check *k)
{
	size_t n = k->c->nodes.n;
	const struct conf_node *nodes = k->c->nodes.v;
	struct search s = {
		.k = k, .state = xcalloc(n + 1, 1), .way = xcalloc(n + 1, sizeof(size_t))
	};

	for (size_t i = 0; i < n; i++)
		if (s.state[i] == 0 && nodes[i].name != NULL)
			follow(&s, i);
	free(s.state);
	free(s.way);
}

/* Check a list of archives: from fine to coarse, each kept longer than the one before. */
static void
check_archives(const struct conf_list *l, struct conf_errors *ce)
{
	const struct conf_archive *before = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct conf_archive *a = (const struct conf_archive *)l->v + i;
		char was[40];
		if (a->step <= 0 || a->keep <= 0) {
			before = NULL;
			continue;
		}
		if (a->step % 1000 != 0)
			conf_complain(ce, a, "step", "must be whole seconds");
		if (a->keep < a->step)
			conf_complain(ce, a, "keep", "is shorter than one row");
		else if (a->keep / a->step > MAX_ROWS)
			conf_complain(ce, a, "keep", "makes more than %d rows", MAX_ROWS);
		if (before != NULL && (a->step <= before->step || a->step % before->step != 0)) {
			str_from_duration(was, sizeof was, before->step);
			conf_complain(ce, a, "step",
			    "must be a multiple of the finer archive's before it, %s", was);
		}
		if (before != NULL && a->keep <= before->keep) {
			str_from_duration(was, sizeof was, before->keep);
			conf_complain(ce, a, "keep",
			    "must be longer than that of the finer archive before it, %s", was);
		}
		before = a;
	}
}

/* Check the store's archives and those of single sources. */
static void
check_store(const struct check *k)
{
	const struct conf_store *s = &k->c->store;

	check_archives(&s->archives, k->ce);
	for (size_t i = 0; i < s->retention.n; i++) {
		const struct conf_retention *r = (const struct conf_retention *)s->retention.v + i;
		check_archives(&r->archives, k->ce);
		if (r->source != NULL && strlen(r->source) > NAME_MAX_SOURCE)
			conf_complain(
			    k->ce, r, "source", "a source has at most %d bytes", NAME_MAX_SOURCE);
	}
}

/* Whether children that are not in the configuration could have names that the pattern covers: it
 * begins like those of some device's children, as far as it is told without a '*'. */
static bool
may_cover_children(const struct check *k, const char *pattern)
{
	const struct conf_node *nodes = k->c->nodes.v;
	size_t literal = strcspn(pattern, "*");

	for (size_t i = 0; i < k->c->nodes.n; i++) {
		size_t len = nodes[i].name != NULL ? strlen(nodes[i].name) : 0;
		if (len == 0 || !names_is(nodes[i].kind, "device"))
			continue;
		size_t common = literal < len ? literal : len;
		if (strncmp(pattern, nodes[i].name, common) != 0)
			continue;
		if (pattern[literal] == '*' ? literal <= len || pattern[len] == '.'
					    : literal > len + 1 && pattern[len] == '.')
			return true;
	}
	return false;
}

/* Whether the pattern covers a node of derived values: of a zone, or of the site. */
static bool
may_cover_derived(const struct check *k, const char *pattern)
{
	const struct conf_zone *zones = k->c->zones.v;
	char name[NAME_MAX_NODE + 8];

	if (str_covers(pattern, "site"))
		return true;
	for (size_t i = 0; i < k->c->zones.n; i++)
		if (zones[i].name != NULL &&
		    str_format(name, sizeof name, "zone.%s", zones[i].name) == 0 &&
		    str_covers(pattern, name))
			return true;
	return false;
}

/* Check that each pattern of a rule covers a node where the rule looks. While there is no node at
 * all (a site in the making), nothing can be said. */
static void
check_rule_nodes(const struct check *k, const struct conf_rule *r)
{
	const struct conf_node *nodes = k->c->nodes.v;

	for (size_t i = 0; i < r->nodes.n && k->c->nodes.n > 0; i++) {
		const char *pattern = r->nodes.v[i];
		bool anywhere = false, here = false;
		for (size_t j = 0; j < k->c->nodes.n && !here; j++) {
			if (nodes[j].name == NULL || !str_covers(pattern, nodes[j].name))
				continue;
			anywhere = true;
			here = r->zones.n == 0;
			for (size_t z = 0; z < r->zones.n; z++)
				here = here || names_is(nodes[j].zone, r->zones.v[z]);
		}
		if (!here && (may_cover_children(k, pattern) || may_cover_derived(k, pattern)))
			continue;
		if (!anywhere && strchr(pattern, '*') == NULL)
			names_unknown(k, r, "nodes", "node", &k->nodes, pattern);
		else if (!anywhere)
			conf_complain(k->ce, r, "nodes", "\"%s\" covers no node", pattern);
		else if (!here)
			conf_complain(
			    k->ce, r, "nodes", "\"%s\" covers no node in these zones", pattern);
	}
}

/* Check what goes with a rule's scope. */
static void
check_rule_scope(const struct check *k, const struct conf_rule *r)
{
	bool node = names_is(r->scope, "node");

	if (node && r->aggregate != NULL && !names_is(r->aggregate, "maximum"))
		conf_complain(k->ce, r, "aggregate",
		    "has no meaning in the scope node; set scope = \"zone\" or \"site\"");
	if (r->count != 1 && (node || !names_is(r->aggregate, "count")))
		conf_complain(k->ce, r, "count",
		    "counts only with aggregate = \"count\" in the scope zone or site");
}

/* Check a rule, and have its kind check what is its own. */
static void
check_rule(const struct check *k, const struct conf_rule *r)
{
	const struct rule_kind *kind = rule_kind(r->kind);

	names_check_zones(k, &r->zones, r);
	check_rule_nodes(k, r);
	check_rule_scope(k, r);
	check_pattern(k, r, "source", "source", r->source, NAME_MAX_SOURCE);
	check_pattern(k, r, "field", "field", r->field, NAME_MAX_FIELD);
	if (r->source != NULL && strchr(r->source, '-') != NULL)
		conf_complain(k->ce, r, "source",
		    "\"%s\" has a '-', which no source has: it stands between source and instance",
		    r->source);
	for (size_t i = 0; i < r->except.n; i++)
		check_pattern(k, r, "except", "source", r->except.v[i], NAME_MAX_SOURCE);
	if (kind == NULL)
		return;
	if (kind->needs_field && !kind->states && r->source == NULL)
		conf_complain(k->ce, r, "source", "must be given with kind = \"%s\"", kind->name);
	if (kind->needs_field && !kind->states && r->field == NULL)
		conf_complain(k->ce, r, "field", "must be given with kind = \"%s\"", kind->name);
	if (kind->check != NULL && r->variant != NULL)
		kind->check(r->variant, r, k->ce);
}

/* Check that what is listened on is an address: a listener waits for no name server. */
static void
check_listen(const struct check *k, const void *element, const char *value)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char host[256], port[8];

	if (value == NULL || conn_split_address(value, host, port, NULL) == -1)
		return; /* its row complained */
	if (inet_pton(AF_INET, host, bytes) != 1 && inet_pton(AF_INET6, host, bytes) != 1)
		conf_complain(k->ce, element, "listen",
		    "\"%s\" is no address; 0.0.0.0 and [::] stand for all of this host", host);
}

/* Whether two texts "host:port" are one address to listen at. */
static bool
same_address(const char *a, const char *b)
{
	char ahost[256], aport[8], bhost[256], bport[8];

	if (a == NULL || b == NULL || conn_split_address(a, ahost, aport, NULL) == -1 ||
	    conn_split_address(b, bhost, bport, NULL) == -1)
		return false;
	bool any = names_is(ahost, "0.0.0.0") || names_is(ahost, "::") ||
		   names_is(bhost, "0.0.0.0") || names_is(bhost, "::");
	bool family = (strchr(ahost, ':') == NULL) == (strchr(bhost, ':') == NULL);
	return family && strcmp(aport, bport) == 0 && strcmp(aport, "0") != 0 &&
	       (any || strcmp(ahost, bhost) == 0);
}

/* Check that passwords and tokens do not cross a network readable: the page speaks TLS, or stays on
 * this host, or its URL says that a proxy speaks TLS for it. */
static void
check_secrecy(const struct check *k)
{
	const struct conf_web *w = &k->c->web;
	unsigned char bytes[sizeof(struct in6_addr)];
	char host[256], port[8];

	if (w->certificate != NULL && w->key == NULL)
		conf_complain(k->ce, w, "certificate", "needs its private key, in key");
	if (w->key != NULL && w->certificate == NULL)
		conf_complain(k->ce, w, "key", "is the key of nothing: certificate is missing");
	if (w->certificate != NULL || w->listen == NULL ||
	    (w->url != NULL && strncmp(w->url, "https://", 8) == 0) ||
	    conn_split_address(w->listen, host, port, NULL) == -1)
		return;
	if ((inet_pton(AF_INET, host, bytes) == 1 && bytes[0] != 127) ||
	    (inet_pton(AF_INET6, host, bytes) == 1 && strcmp(host, "::1") != 0))
		conf_complain(k->ce, w, "listen",
		    "\"%s\" is no loopback address, and without TLS passwords would cross the "
		    "network readable: give certificate and key (\"pki.sh DIR web NAME\" makes "
		    "them); or, where a proxy speaks TLS, say so by url = \"https://...\"",
		    host);
}

/* Check the page's address and the time zone's name. */
static void
check_faces(const struct check *k)
{
	const struct conf_collector *c = k->c;
	char path[512];

	check_listen(k, &c->intake, c->intake.listen);
	check_listen(k, &c->web, c->web.listen);
	check_secrecy(k);
	if (same_address(c->intake.listen, c->web.listen))
		conf_complain(k->ce, &c->web, "listen",
		    "is the address of intake.listen; agents and browsers need a port each");
	if (c->web.url != NULL && strncmp(c->web.url, "http://", 7) != 0 &&
	    strncmp(c->web.url, "https://", 8) != 0)
		conf_complain(k->ce, &c->web, "url", "must begin with http:// or https://");
	if (c->timezone == NULL || access(ZONEINFO, X_OK) == -1)
		return;
	if (strstr(c->timezone, "..") != NULL || c->timezone[0] == '/' || *c->timezone == '\0' ||
	    str_format(path, sizeof path, ZONEINFO "/%s", c->timezone) == -1 ||
	    access(path, R_OK) == -1)
		conf_complain(
		    k->ce, c, "timezone", "there is no time zone \"%s\" in " ZONEINFO, c->timezone);
}

void
collector_conf_check(void *conf, struct conf_errors *ce)
{
	struct conf_collector *c = conf;
	struct check k = { .c = c, .ce = ce };
	const struct conf_zone *zones = c->zones.v;
	const struct conf_node *nodes = c->nodes.v;
	const struct conf_rule *rules = c->rules.v;

	for (size_t i = 0; i < c->zones.n; i++)
		names_add(&k.zones, zones[i].name, i);
	names_add(&k.zones, "site", c->zones.n);
	names_add(&k.zones, SITE_UNASSIGNED, c->zones.n);
	names_sort(&k.zones);
	for (size_t i = 0; i < c->nodes.n; i++)
		names_add(&k.nodes, nodes[i].name, i);
	names_sort(&k.nodes);

	check_zones(&k);
	for (size_t i = 0; i < c->nodes.n; i++)
		check_node(&k, &nodes[i]);
	check_circles(&k);
	for (size_t i = 0; i < c->rules.n; i++)
		check_rule(&k, &rules[i]);
	check_store(&k);
	check_faces(&k);
	conf_alerting_check(&k);
	names_free(&k.zones);
	names_free(&k.nodes);
	collector_conf_fill(c);
}
