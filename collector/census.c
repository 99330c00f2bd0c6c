/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalog's series are put into a site and before an engine, as the collector does at its
 * start; then each rule, zone and row is looked at. */
#include "collector/census.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "collector/alert/explain.h"
#include "collector/conf.h"
#include "collector/journal/catalog.h"
#include "collector/site/site.h"
#include "zw/str.h"
#include "zw/table.h"

/* What is counted of a zone. */
struct tally {
	size_t nodes;
	size_t inlets;
	size_t cooling;
};

/* Nobody is told. */
static void
ignore(void *arg, const struct alert_change *ch)
{
	(void)arg;
	(void)ch;
}

/* The site with all series of the catalog; NULL: there is none, or it is empty. */
static struct site *
read_site(const struct conf_collector *conf)
{
	struct catalog *catalog = NULL;
	char dir[PATH_MAX];
	struct err e;
	size_t known = 0;

	collector_conf_path(conf, "catalog", dir, sizeof dir);
	if (access(dir, R_OK | X_OK) == -1 || catalog_open_reader(&catalog, dir, &e) == -1)
		return NULL;
	struct site *site = site_new(conf);
	for (uint32_t sid = 1; sid <= catalog_count(catalog); sid++) {
		const struct catalog_series *s = catalog_series(catalog, sid);
		known += s != NULL && site_define(site, sid, &s->def) != NULL;
	}
	catalog_close(catalog);
	if (known == 0) {
		site_free(site);
		return NULL;
	}
	return site;
}

/* Whether any of the patterns covers the text; none given covers all. */
static bool
covers(const struct conf_texts *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (str_covers(patterns->v[i], text))
			return true;
	return patterns->n == 0;
}

/* How many fields of a series hold the inlet air's temperature. */
static size_t
count_inlets(const struct conf_collector *conf, const struct series *se)
{
	const struct conf_measure *m = conf->measures.v;
	size_t n = 0;

	for (unsigned f = 0; f < se->nfields; f++)
		for (size_t i = 0; i < conf->measures.n; i++) {
			if (strcmp(m[i].name, "inlet") != 0 ||
			    !str_covers(m[i].source, se->source) ||
			    !str_covers(m[i].instance, se->instance) ||
			    !str_covers(m[i].field, se->fields[f].name) ||
			    !covers(&m[i].nodes, se->node->name))
				continue;
			n++;
			break;
		}
	return n;
}

/* Count what a zone has. */
static struct tally
count_zone(const struct conf_collector *conf, const struct site *site, const struct zone *z)
{
	struct tally t = { .nodes = z->nnodes };

	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		t.cooling += n->role == ROLE_COOLING && site_serves(n, z);
		for (size_t k = 0; n->zone == z && n->kind != NODE_SUMMARY && k < n->nseries; k++)
			t.inlets += count_inlets(conf, n->series[k]);
	}
	return t;
}

/* Whether the zone holds what warms its air: racks, servers. A zone of links or of the equipment
 * alone needs no inlet. */
static bool
holds_heat(const struct site *site, const struct zone *z)
{
	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		if (n->zone == z && (n->rack != NULL || n->kind == NODE_SERVER))
			return true;
	}
	return z->nracks > 0;
}

/* Warn of zones that nobody watches. */
static void
review_zones(const struct conf_collector *conf, const struct site *site, struct conf_errors *ce)
{
	const struct conf_zone *zones = conf->zones.v;

	for (size_t i = 0; i < conf->zones.n; i++) {
		const struct zone *z = site_zone(site, zones[i].name);
		if (z == NULL || !holds_heat(site, z))
			continue;
		struct tally t = count_zone(conf, site, z);
		if (t.inlets == 0)
			conf_warn(ce, &zones[i], NULL,
			    "nothing measures its inlet air: nobody is told when it gets hot, and "
			    "there is no countdown");
		if (t.cooling == 0)
			conf_warn(ce, &zones[i], NULL,
			    "no cooling unit is known that serves it: that one failed can only be "
			    "told by the air");
	}
}

/* Whether a row of `limits` is about a node and a series of it (NULL: the node itself). */
static bool
row_fits(const struct conf_limit *l, const struct node *n, const struct series *se)
{
	if (!covers(&l->zones, n->zone != NULL ? n->zone->name : "site") ||
	    !covers(&l->nodes, n->name))
		return false;
	if (se == NULL)
		return l->series.n == 0;
	return covers(&l->series, se->source) || covers(&l->series, se->name);
}

/* Whether it is about anything that there is. */
static bool
row_matches(const struct site *site, const struct conf_limit *l)
{
	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		if (row_fits(l, n, NULL))
			return true;
		for (size_t k = 0; k < n->nseries; k++)
			if (row_fits(l, n, n->series[k]))
				return true;
	}
	return false;
}

/* Whether any series is of the rule's source. */
static bool
has_source(const struct site *site, const struct conf_rule *r)
{
	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		for (size_t k = 0; k < n->nseries; k++)
			if (r->source != NULL && str_covers(r->source, n->series[k]->source))
				return true;
	}
	return false;
}

/* Warn of rules that look at nothing. Those of an included file, the shipped ones, are for more
 * devices than a house has; of a house's own, those whose source nobody sends are told of together.
 */
static void
review_rules(const struct conf_collector *conf, struct site *site, struct conf_errors *ce)
{
	const struct conf_rule *r = conf->rules.v;
	struct engine *e = engine_new(conf, site, 0, ignore, NULL);
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < site_nnodes(site); i++)
		for (size_t k = 0; k < site_node_at(site, i)->nseries; k++)
			engine_reading(e, site_node_at(site, i)->series[k], 0);
	for (size_t i = 0; i < conf->rules.n; i++) {
		if (conf_is_included(ce, &r[i]) || engine_rule_matches(e, i))
			continue;
		if (has_source(site, &r[i]))
			conf_warn(ce, &r[i], NULL,
			    "matches no series that was ever seen, though its source is sent");
		else if (n++ == 0)
			first = r[i].name;
	}
	if (n > 0)
		conf_warn(ce, conf, "rules",
		    "%zu of %zu match no series that was ever seen, for nobody sends their source; "
		    "the first is \"%s\"",
		    n, conf->rules.n, first);
	engine_free(e);
}

/* Warn of rows of `limits` about nothing. */
static void
review_limits(const struct conf_collector *conf, const struct site *site, struct conf_errors *ce)
{
	const struct conf_limit *l = conf->limits.v;

	for (size_t i = 0; i < conf->limits.n; i++)
		if (!row_matches(site, &l[i]))
			conf_warn(ce, &l[i], NULL,
			    "no node or series that was ever seen is what it covers");
}

void
census_review(const struct conf_collector *conf, struct conf_errors *ce)
{
	struct site *site = read_site(conf);

	if (site == NULL)
		return;
	review_zones(conf, site, ce);
	review_rules(conf, site, ce);
	review_limits(conf, site, ce);
	site_free(site);
}

int
census_print(const struct conf_collector *conf, FILE *f)
{
	static const char *const heads[] = { "ZONE", ">NODES", ">INLETS", ">COOLING UNITS", NULL };
	struct site *site = read_site(conf);

	if (site == NULL)
		return -1;
	struct table *t = table_new(heads);
	for (size_t i = 0; i < site_nzones(site); i++) {
		const struct zone *z = site_zone_at(site, i);
		struct tally n = count_zone(conf, site, z);
		table_cell(t, z->name);
		table_cellf(t, "%zu", n.nodes);
		table_cellf(t, "%zu", n.inlets);
		table_cellf(t, "%zu", n.cooling);
	}
	table_print(t, f, false, "");
	table_free(t);
	site_free(site);
	return 0;
}
