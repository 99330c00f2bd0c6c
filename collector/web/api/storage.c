/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of the RRDs applied to the series that there are: how many bytes they take for ever. */
#include "collector/web/api/storage.h"

#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/plan.h"
#include "collector/site/site.h"
#include "zw/json.h"
#include "collector/web/api/member.h"
#include "zw/alloc.h"

/* Sum over some series. */
struct sum {
	const char *name;
	uint64_t series;
	uint64_t fields;
	uint64_t bytes;
};

/* Adds a series to a sum. */
static void
add(struct sum *s, const struct series *se, uint64_t bytes)
{
	s->series++;
	s->fields += se->nfields;
	s->bytes += bytes;
}

/* Bytes of the RRD of this series. */
static uint64_t
bytes_of(const struct collector *c, const struct series *se)
{
	struct plan_archive archives[PLAN_MAX_ARCHIVES];
	size_t n =
	    plan_archives(collector_conf_archives(c->conf, se->source), se->step_s, archives);
	return plan_bytes(archives, n, se->nfields);
}

/* The sum of a source, begun if it is new. */
static struct sum *
sum_of_source(struct sum **sums, size_t *n, const char *source)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*sums)[i].name, source) == 0)
			return &(*sums)[i];
	*sums = xreallocarray(*sums, *n + 1, sizeof **sums);
	(*sums)[*n] = (struct sum){ .name = source };
	return &(*sums)[(*n)++];
}

/* Sums by a name. */
static void
put_sums(struct json *j, const char *key, const struct sum *sums, size_t n)
{
	json_array(j, key);
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_text(j, "name", sums[i].name);
		json_uint(j, "series", sums[i].series);
		json_uint(j, "fields", sums[i].fields);
		json_uint(j, "bytes", sums[i].bytes);
		json_end(j);
	}
	json_end(j);
}

/* The default archives, for a series of the agents' usual step. */
static void
put_archives(struct json *j, const struct collector *c)
{
	struct plan_archive archives[PLAN_MAX_ARCHIVES];
	size_t n = plan_archives(&c->conf->store.archives, 10, archives);
	json_array(j, "archives");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_int(j, "step_s", archives[i].step_s);
		json_uint(j, "rows", archives[i].rows);
		json_int(j, "keep_s", archives[i].step_s * (int64_t)archives[i].rows);
		json_uint(j, "functions", archives[i].functions);
		json_end(j);
	}
	json_end(j);
	json_array(j, "bytes_by_fields");
	for (unsigned fields = 1; fields <= METRIC_MAX_FIELDS; fields *= 2) {
		json_object(j, NULL);
		json_uint(j, "fields", fields);
		json_uint(j, "bytes", plan_bytes(archives, n, fields));
		json_end(j);
	}
	json_end(j);
}

int
storage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)rq;
	struct sum *sources = NULL;
	size_t nsources = 0;
	struct sum total = { .name = "total" };
	size_t nnodes = site_nnodes(c->site);
	struct sum *nodes = xcalloc(nnodes + 1, sizeof *nodes);
	for (size_t i = 0; i < nnodes; i++) {
		const struct node *n = site_node_at(c->site, i);
		nodes[i].name = n->name;
		for (size_t k = 0; k < n->nseries; k++) {
			const struct series *se = n->series[k];
			uint64_t bytes = bytes_of(c, se);
			add(&nodes[i], se, bytes);
			add(sum_of_source(&sources, &nsources, se->source), se, bytes);
			add(&total, se, bytes);
		}
	}
	struct json j = member_begin(re);
	put_archives(&j, c);
	put_sums(&j, "sources", sources, nsources);
	put_sums(&j, "nodes", nodes, nnodes);
	json_object(&j, "total");
	json_uint(&j, "series", total.series);
	json_uint(&j, "fields", total.fields);
	json_uint(&j, "bytes", total.bytes);
	json_end(&j);
	json_end(&j);
	free(sources);
	free(nodes);
	return 200;
}
