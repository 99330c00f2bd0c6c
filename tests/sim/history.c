/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills a collector's store with a past: reads the site from its configuration, decides what
 * happened, writes a file a series, the catalog, the history and the true figures. */
#include "tests/sim/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/journal/catalog.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/str.h"

#define DAY 86400

/* The catalog's numbers of what was filled in stand under a stream of its own. */
static const uint8_t stream_id[WIRE_STREAM_ID + 1] = "simulated-past-1";

/* A past that is being written. */
struct filling {
	struct era *h;
	struct catalog *catalog;
	struct history_truth *truth;
	size_t node;
	uint32_t id;
};

/* The place of a node. */
size_t
history_find(const struct era *h, const char *name)
{
	size_t i = 0;

	while (i < h->nnodes && strcmp(h->nodes[i].name, name) != 0)
		i++;
	return i;
}

/* The i-th of a kind. */
size_t
history_nth(const struct era *h, enum history_kind kind, unsigned number)
{
	size_t i = 0;

	while (i < h->nnodes && (h->nodes[i].kind != kind || h->nodes[i].number != number))
		i++;
	return i;
}

/* One more node. */
static void
add_node(struct era *h, const char *name, enum history_kind kind, unsigned zone)
{
	if (h->nnodes == HISTORY_MAX_NODES)
		return;
	struct history_node *n = &h->nodes[h->nnodes++];
	*n = (struct history_node){ .kind = kind, .zone = zone, .born_s = h->from_s };
	(void)str_copy(n->name, sizeof n->name, name);
	for (size_t i = 0; i + 1 < h->nnodes; i++)
		n->number += h->nodes[i].kind == kind;
}

/* The place of a zone; HISTORY_MAX_ZONES: it has no servers, or is the site. */
static unsigned
zone_number(const struct era *h, const char *name)
{
	for (unsigned z = 0; z < h->nzones; z++)
		if (strcmp(h->zones[z], name) == 0)
			return z;
	return HISTORY_MAX_ZONES;
}

/* What a node of the configuration is. */
static enum history_kind
kind_of(const struct node *n)
{
	size_t len = strlen(n->name);

	if (n->kind == NODE_LINK)
		return HISTORY_LINK;
	if (n->kind == NODE_DEVICE)
		return len > 3 && strcmp(n->name + len - 3, "-gw") == 0 ? HISTORY_GATEWAY
									: HISTORY_DEVICE;
	return strncmp(n->name, "sim", 3) == 0 ? HISTORY_SERVER : HISTORY_AGENT;
}

/* Zones with servers, as the site has them. */
static void
read_zones(struct era *h, const struct site *site)
{
	for (size_t i = 0; i < site_nzones(site); i++) {
		const struct zone *z = site_zone_at(site, i);
		bool servers = false;
		for (size_t k = 0; k < z->nnodes; k++)
			servers |= z->nodes[k]->kind == NODE_SERVER;
		if (servers && h->nzones < HISTORY_MAX_ZONES)
			(void)str_copy(h->zones[h->nzones++], sizeof h->zones[0], z->name);
	}
}

/* The nodes of the site, what hangs on the environment controller, and the summaries. */
static void
read_nodes(struct era *h, const struct site *site)
{
	char name[NAME_MAX_NODE + 1];

	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		if (n->kind != NODE_SUMMARY)
			add_node(h, n->name, kind_of(n),
			    n->zone != NULL ? zone_number(h, n->zone->name) : HISTORY_MAX_ZONES);
	}
	for (unsigned z = 0; z < h->nzones && history_find(h, "env-1") < h->nnodes; z++)
		if (str_format(name, sizeof name, "env-1.zone-%c", 'a' + (int)z) == 0)
			add_node(h, name, HISTORY_DEVICE, z);
	for (unsigned z = 0; z < h->nzones; z++)
		if (str_format(name, sizeof name, "zone.%s", h->zones[z]) == 0)
			add_node(h, name, HISTORY_SUMMARY, z);
	add_node(h, "site", HISTORY_SUMMARY, HISTORY_MAX_ZONES);
}

/* Who came later: the whole of a fourth zone after a third of the time, and in the middle a server:
 * the last one of the zone before. */
static void
set_births(struct era *h)
{
	int64_t length = h->end_s - h->from_s;
	int64_t zone = (h->from_s + length * 35 / 100) / 3600 * 3600;
	int64_t server = (h->from_s + length * 60 / 100) / 3600 * 3600;
	size_t last = h->nnodes;

	for (size_t i = 0; i < h->nnodes; i++) {
		if (h->nodes[i].zone == 3)
			h->nodes[i].born_s = zone;
		if (h->nodes[i].kind == HISTORY_SERVER && h->nodes[i].zone == 2)
			last = i;
	}
	if (last < h->nnodes)
		h->nodes[last].born_s = server;
}

/* A length of time that is whole rows of every archive, by which fine_s is rounded. */
static int
whole_rows(const struct conf_collector *conf, int64_t *out, struct err *e)
{
	const struct conf_archive *a = conf->store.archives.v;

	*out = HISTORY_CELL;
	for (size_t i = 0; i < conf->store.archives.n; i++) {
		int64_t step = a[i].step / 1000;
		if (step > *out && step % *out == 0)
			*out = step;
		if (*out % step != 0 || (step > HISTORY_CELL && step % HISTORY_CELL != 0))
			return err_set(e,
			    "rows of %lld s do not go with cells of %d s and the other archives",
			    (long long)step, HISTORY_CELL);
	}
	return 0;
}

/* Times: the beginning and fine_s are whole rows of all archives. */
static int
set_times(struct era *h, struct err *e)
{
	int64_t whole;
	time_t now = (time_t)(h->o.end_s != 0 ? h->o.end_s : (int64_t)time(NULL));
	struct tm tm;

	if (whole_rows(h->conf, &whole, e) == -1)
		return -1;
	if (h->o.step_s == 0 || HISTORY_CELL % h->o.step_s != 0)
		return err_set(
		    e, "cells of %d s are no whole samples of %u s", HISTORY_CELL, h->o.step_s);
	localtime_r(&now, &tm);
	h->utc_offset_s = (int)tm.tm_gmtoff;
	h->end_s = (int64_t)now;
	h->whole_s = whole;
	h->fine_s = h->end_s / whole * whole;
	h->from_s = (h->fine_s - h->o.length_s) / whole * whole;
	h->ncells = (size_t)((h->end_s - h->from_s) / HISTORY_CELL + 1);
	if (h->o.length_s < 3 * DAY)
		return err_set(e, "a past has at least 3 days");
	return 0;
}

/* Put a series into the catalog, its file and the figures. */
static int
fill_series(void *arg, const struct series_def *def, struct err *e)
{
	struct filling *f = arg;
	const struct history_node *n = &f->h->nodes[f->node];
	struct series_def numbered = *def;
	struct history_cells c;

	numbered.id = ++f->id;
	if (catalog_define(f->catalog, stream_id, &numbered, e) == 0)
		return -1;
	history_cells_new(&c, f->h->ncells, def->nfields);
	if (n->kind == HISTORY_DEVICE || n->kind == HISTORY_SUMMARY)
		history_plant(f->h, n, def, &c);
	else
		history_model(f->h, n, def, &c);
	int rc = history_file(f->h, def, &c, e);
	history_count_series(f->h, f->node, def, &c);
	if (rc == 0)
		history_truth_series(f->truth, f->node, def, &c);
	history_cells_free(&c);
	return rc;
}

/* All series of all nodes. */
static int
fill_store(struct filling *f, struct err *e)
{
	char dir[4096];
	int rc = 0;

	collector_conf_path(f->h->conf, "catalog", dir, sizeof dir);
	if (access(dir, F_OK) == 0)
		return err_set(e, "%s is there already: a past goes into an empty store", dir);
	if (fs_mkdirs(dir, 0750, e) == -1 || catalog_open_writer(&f->catalog, dir, e) == -1)
		return -1;
	for (f->node = 0; f->node < f->h->nnodes && rc == 0; f->node++)
		history_shapes(f->h, f->node, fill_series, f, &rc, e);
	if (rc == 0)
		rc = seglog_commit_now(catalog_log(f->catalog), e);
	catalog_close(f->catalog);
	return rc;
}

/* With the site and its times known. */
static int
fill_all(struct era *h, struct err *e)
{
	struct filling f = { .h = h };
	int rc;

	history_plot(h);
	history_world_new(h);
	history_late_new(h);
	f.truth = history_truth_new(h);
	rc = fill_store(&f, e);
	if (rc == 0)
		rc = history_story(h, f.truth, e);
	if (rc == 0 && h->o.truth != NULL)
		rc = history_truth_write(f.truth, h->o.truth, e);
	history_truth_free(f.truth);
	history_tallies_free(h);
	history_world_free(h);
	return rc;
}

/* All of it. */
int
history_fill(const struct history_opts *o, struct err *e)
{
	void *conf = NULL;
	unsigned nerrors = 0;
	struct era *h;
	int rc;

	if (conf_load(&collector_conf_table, o->conf, &conf, collector_conf_check, stderr,
		&nerrors) == -1)
		return err_set(e, "%s has errors", o->conf);
	h = xcalloc(1, sizeof *h);
	h->o = *o;
	h->conf = conf;
	if (h->conf->timezone != NULL)
		(void)setenv("TZ", h->conf->timezone, 1);
	tzset();
	rc = set_times(h, e);
	if (rc == 0) {
		struct site *site = site_new(h->conf);
		read_zones(h, site);
		read_nodes(h, site);
		site_free(site);
		set_births(h);
		rc = fill_all(h, e);
	}
	free(h);
	conf_free(&collector_conf_table, conf);
	return rc;
}
