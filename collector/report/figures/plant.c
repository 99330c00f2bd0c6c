/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site is made as the collector makes it: of the configuration, and of the series of the
 * catalog in the order of their numbers. The catalog is closed again at once. */
#include "collector/report/figures/plant.h"

#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/journal/catalog.h"
#include "collector/report/figures/period.h"
#include "collector/site/measure.h"
#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define FUTURE_S 86400 /* a file may be this much ahead of the clock */

/* Notes how new the samples in a series' file are. */
static void
note_end(struct plant *p, const struct series *se)
{
	char path[RRDFILE_PATH];
	struct rrdfile f;

	rrdfile_name(path, se->node->name, se->source, se->instance);
	if (rrdfile_read(path, clock_wall_ms() / 1000 + FUTURE_S, &f, NULL, NULL) == 0 &&
	    f.last_s > p->data_end_s)
		p->data_end_s = f.last_s;
}

int
plant_open(struct plant **out, const struct conf_collector *conf, struct err *e)
{
	struct plant *p;
	struct catalog *c;
	char dir[PATH_MAX];

	collector_conf_path(conf, "catalog", dir, sizeof dir);
	if (catalog_open_reader(&c, dir, e) == -1)
		return -1;
	p = xcalloc(1, sizeof *p);
	p->conf = conf;
	p->now_s = clock_wall_ms() / 1000;
	p->site = site_new(conf);
	for (uint32_t sid = 1; sid <= catalog_count(c); sid++) {
		const struct catalog_series *s = catalog_series(c, sid);
		if (s != NULL)
			(void)site_define(p->site, sid, &s->def);
	}
	for (uint32_t sid = 1; sid <= catalog_count(c); sid++) {
		const struct series *se = site_series(p->site, sid);
		if (se != NULL)
			note_end(p, se);
	}
	catalog_close(c);
	(void)malloc_trim(0); /* of 500 nodes it had 80 MB */
	*out = p;
	return 0;
}

void
plant_close(struct plant *p)
{
	if (p == NULL)
		return;
	site_free(p->site);
	free(p);
}

int64_t
plant_until(const struct plant *p, const struct period *period)
{
	if (p->data_end_s >= period->to_s || p->now_s >= period->to_s)
		return period->to_s;
	if (p->data_end_s > period->from_s)
		return p->data_end_s;
	return p->now_s > period->from_s ? p->now_s : period->from_s;
}

/* Whether a node serves others by its role, wherever it stands. */
static bool
is_server_of_zones(const struct node *n)
{
	return n->nserves > 0 || n->serves_all || n->role == ROLE_COOLING || n->role == ROLE_UPS ||
	       n->role == ROLE_PDU || n->role == ROLE_GENERATOR;
}

bool
plant_in_zone(const struct node *n, const struct zone *z)
{
	if (z == NULL || n->zone == z)
		return true;
	return n->kind == NODE_DEVICE && is_server_of_zones(n) && site_serves(n, z);
}

void
plant_measure(const struct plant *p, const char *measure, const struct zone *z,
    void (*each)(void *arg, const struct series *se, unsigned field), void *arg)
{
	for (size_t i = 0; i < site_nnodes(p->site); i++) {
		const struct node *n = site_node_at(p->site, i);
		if (n->kind == NODE_SUMMARY || !plant_in_zone(n, z))
			continue;
		for (size_t s = 0; s < n->nseries; s++)
			for (unsigned f = 0; f < n->series[s]->nfields; f++)
				if (measure_holds(p->conf, measure, n->series[s], f))
					each(arg, n->series[s], f);
	}
}

void
plant_sources(const struct plant *p, const char *source, const struct zone *z,
    void (*each)(void *arg, const struct series *se), void *arg)
{
	for (size_t i = 0; i < site_nnodes(p->site); i++) {
		const struct node *n = site_node_at(p->site, i);
		for (size_t s = 0; plant_in_zone(n, z) && s < n->nseries; s++)
			if (str_covers(source, n->series[s]->source))
				each(arg, n->series[s]);
	}
}
