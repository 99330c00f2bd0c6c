/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many bytes the RRDs take, before the first is written or of those that there are. RRDs
 * never grow, so the plan is the truth for as long as no series is added. */
#include "collector/ctl/disk.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/table.h"
#include "collector/journal/catalog.h"
#include "collector/site/plan.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/units.h"

/* What a server is taken for while none was seen: about what the agent's own sources make of a
 * machine of 16 cores, 4 disks and 4 interfaces. */
#define ASSUMED_SERIES 48
#define ASSUMED_FIELDS 8
#define ASSUMED_STEP_S 10

/* A sum as the API has it. */
static json_t *
sum_new(const char *name, uint64_t series, uint64_t fields, uint64_t bytes)
{
	return json_pack("{s:s, s:I, s:I, s:I}", "name", name, "series", (json_int_t)series,
	    "fields", (json_int_t)fields, "bytes", (json_int_t)bytes);
}

/* The default archives and what a series of so many fields takes in them. */
static void
add_archives(json_t *plan, const struct plan_archive *archives, size_t n)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(rows,
		    json_pack("{s:I, s:I, s:I, s:i}", "step_s", (json_int_t)archives[i].step_s,
			"rows", (json_int_t)archives[i].rows, "keep_s",
			(json_int_t)(archives[i].step_s * (int64_t)archives[i].rows), "functions",
			(int)archives[i].functions));
	json_t *sizes = json_array();
	for (unsigned fields = 1; fields <= METRIC_MAX_FIELDS; fields *= 2)
		json_array_append_new(sizes, json_pack("{s:i, s:I}", "fields", (int)fields, "bytes",
						 (json_int_t)plan_bytes(archives, n, fields)));
	json_object_set_new(plan, "archives", rows);
	json_object_set_new(plan, "bytes_by_fields", sizes);
}

/* A sum that grows. */
struct total {
	const char *name;
	uint64_t series;
	uint64_t fields;
	uint64_t bytes;
};

/* Adds a series to the sum of this name, begun if it is new. */
static void
total_add(struct total **all, size_t *n, const char *name, unsigned nfields, uint64_t bytes)
{
	size_t i = 0;
	while (i < *n && strcmp((*all)[i].name, name) != 0)
		i++;
	if (i == *n) {
		*all = xreallocarray(*all, *n + 1, sizeof **all);
		(*all)[(*n)++] = (struct total){ .name = name };
	}
	(*all)[i].series++;
	(*all)[i].fields += nfields;
	(*all)[i].bytes += bytes;
}

/* Sums as the API has them. */
static json_t *
totals_json(const struct total *all, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    list, sum_new(all[i].name, all[i].series, all[i].fields, all[i].bytes));
	return list;
}

/* The sums of all series that the site has. */
static void
add_sums(json_t *plan, const struct conf_collector *c, const struct site *site)
{
	struct total *sources = NULL, *nodes = NULL, *total = NULL;
	size_t nsources = 0, nnodes = 0, ntotal = 0;
	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		for (size_t k = 0; k < n->nseries; k++) {
			const struct series *se = n->series[k];
			struct plan_archive archives[PLAN_MAX_ARCHIVES];
			size_t rows = plan_archives(
			    collector_conf_archives(c, se->source), se->step_s, archives);
			uint64_t bytes = plan_bytes(archives, rows, se->nfields);
			total_add(&sources, &nsources, se->source, se->nfields, bytes);
			total_add(&nodes, &nnodes, n->name, se->nfields, bytes);
			total_add(&total, &ntotal, "total", se->nfields, bytes);
		}
	}
	json_object_set_new(plan, "sources", totals_json(sources, nsources));
	json_object_set_new(plan, "nodes", totals_json(nodes, nnodes));
	json_object_set_new(
	    plan, "total", sum_new("total", total->series, total->fields, total->bytes));
	free(sources);
	free(nodes);
	free(total);
}

/* The plan of the series that the collector's catalog has, in the API's own form; NULL if there is
 * none that may be read, or it is empty. */
static json_t *
plan_of_catalog(const struct conf_collector *c)
{
	struct plan_archive archives[PLAN_MAX_ARCHIVES];
	struct catalog *catalog = NULL;
	char dir[PATH_MAX];
	struct err e;
	json_t *plan = NULL;
	size_t known = 0;
	collector_conf_path(c, "catalog", dir, sizeof dir);
	if (access(dir, R_OK | X_OK) == -1 || catalog_open_reader(&catalog, dir, &e) == -1)
		return NULL;
	struct site *site = site_new(c);
	for (uint32_t sid = 1; sid <= catalog_count(catalog); sid++) {
		const struct catalog_series *s = catalog_series(catalog, sid);
		known += s != NULL && site_define(site, sid, &s->def) != NULL;
	}
	if (known > 0) {
		plan = json_object();
		add_archives(
		    plan, archives, plan_archives(&c->store.archives, ASSUMED_STEP_S, archives));
		add_sums(plan, c, site);
	}
	site_free(site);
	catalog_close(catalog);
	return plan;
}

/* The plan of a configuration alone, in the API's own form, with what was assumed. */
static json_t *
plan_of_conf(const struct conf_collector *c)
{
	struct plan_archive archives[PLAN_MAX_ARCHIVES];
	size_t n = plan_archives(&c->store.archives, ASSUMED_STEP_S, archives);
	uint64_t each = ASSUMED_SERIES * plan_bytes(archives, n, ASSUMED_FIELDS);
	uint64_t fields = ASSUMED_SERIES * ASSUMED_FIELDS;
	const struct conf_node *nodes = c->nodes.v;
	json_t *plan = json_object();
	json_t *list = json_array();
	add_archives(plan, archives, n);
	for (size_t i = 0; i < c->nodes.n; i++)
		json_array_append_new(list, sum_new(nodes[i].name, ASSUMED_SERIES, fields, each));
	json_object_set_new(plan, "sources", json_array());
	json_object_set_new(plan, "nodes", list);
	json_object_set_new(plan, "total",
	    sum_new("total", c->nodes.n * ASSUMED_SERIES, c->nodes.n * fields, c->nodes.n * each));
	char text[160];
	snprintf(text, sizeof text,
	    "%d series of %d fields, one sample every %d s, on each of %zu nodes", ASSUMED_SERIES,
	    ASSUMED_FIELDS, ASSUMED_STEP_S, c->nodes.n);
	json_object_set_new(plan, "assumed", json_string(text));
	return plan;
}

/* Reads the configuration and plans by it; NULL and complaints on errors. */
static json_t *
plan_locally(struct ctl *ctl)
{
	void *conf;
	unsigned errors = 0;
	if (conf_load(&collector_conf_table, ctl->conf, &conf, collector_conf_check, stderr,
		&errors) == -1) {
		ctl_complain("%s has errors, so nothing can be planned by it", ctl->conf);
		return NULL;
	}
	json_t *plan = plan_of_catalog(conf);
	if (plan == NULL)
		plan = plan_of_conf(conf);
	conf_free(&collector_conf_table, conf);
	return plan;
}

/* The rows of the RRDs. */
static void
print_archives(struct ctl *ctl, const json_t *plan)
{
	static const char *const heads[] = { ">ROW", ">KEPT", ">ROWS", "FUNCTIONS", NULL };
	struct table *t = table_new(heads);
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(plan, "archives"), i, o)
	{
		char row[UNITS_MAX];
		char keep[UNITS_MAX];
		units_duration(row, sizeof row, answer_int(o, "step_s") * 1000);
		units_duration(keep, sizeof keep, answer_int(o, "keep_s") * 1000);
		table_cell(t, row);
		table_cell(t, keep);
		table_cellf(t, "%lld", (long long)answer_int(o, "rows"));
		table_cell(
		    t, answer_int(o, "functions") > 1 ? "average minimum maximum" : "average");
	}
	table_print(t, stdout, ctl->colour, "No archives.");
	table_free(t);
	fputs("\nA series of", stdout);
	json_array_foreach(json_object_get(plan, "bytes_by_fields"), i, o)
	{
		char bytes[UNITS_MAX];
		units_format(bytes, sizeof bytes, (double)answer_int(o, "bytes"), "By");
		printf("%s %lld: %s", i > 0 ? "," : "", (long long)answer_int(o, "fields"), bytes);
	}
	fputs(" (fields: bytes)\n\n", stdout);
}

/* One line of a table of sums. */
static void
sum_row(struct table *t, const char *name, const json_t *o, enum term_color color)
{
	char bytes[UNITS_MAX];
	units_format(bytes, sizeof bytes, (double)answer_int(o, "bytes"), "By");
	table_color(t, color, name);
	table_cellf(t, "%lld", (long long)answer_int(o, "series"));
	table_cellf(t, "%lld", (long long)answer_int(o, "fields"));
	table_cellf(t, "%lld", (long long)answer_int(o, "bytes"));
	table_color(t, color, bytes);
}

/* Sums by source or by node, with the total below the last. */
static void
print_sums(struct ctl *ctl, const json_t *plan, const char *key, const char *head, bool total)
{
	const char *const heads[] = { head, ">SERIES", ">FIELDS", ">BYTES", ">THAT IS", NULL };
	struct table *t = table_new(heads);
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(plan, key), i, o)
	    sum_row(t, answer_text(o, "name"), o, TERM_PLAIN);
	if (total)
		sum_row(t, "TOTAL", json_object_get(plan, "total"), TERM_BOLD);
	table_print(t, stdout, ctl->colour, "");
	table_free(t);
}

/* All of it. */
static void
print_plan(struct ctl *ctl, const json_t *plan)
{
	const char *assumed = answer_text(plan, "assumed");
	print_archives(ctl, plan);
	if (json_array_size(json_object_get(plan, "sources")) > 0) {
		print_sums(ctl, plan, "sources", "SOURCE", false);
		fputc('\n', stdout);
	}
	print_sums(ctl, plan, "nodes", "NODE", true);
	if (*assumed != '\0')
		printf("\nNo series are known here, so this assumes %s.\n", assumed);
}

int
disk_plan_usage(const struct ctl *ctl, struct err *e)
{
	if (strcmp(ctl->args[0], "plan") == 0)
		return 0;
	return err_set(e, "storage %s: there is only \"storage plan\"", ctl->args[0]);
}

int
disk_plan(struct ctl *ctl)
{
	json_t *plan = NULL;
	if ((ctl->given & CTL_CONF) == 0 && ctl->client != NULL) {
		if (answer_get(ctl, "/api/v1/storage", NULL, &plan) == -1 &&
		    !client_unreachable(ctl->client))
			return CTL_FAILED;
	}
	bool remote = plan != NULL;
	if (!remote)
		plan = plan_locally(ctl);
	if (plan == NULL)
		return CTL_FAILED;
	if (!ctl->json) {
		print_plan(ctl, plan);
	} else if (!remote) {
		json_dumpf(plan, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	}
	json_decref(plan);
	return CTL_OK;
}
