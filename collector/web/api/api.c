/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP API, for zonewatchctl and other programs: one function and one row for each end point.
 * What waits for a child process (graphs, flushes) is in graph.c, the sums are in status.c
 * and storage.c; routes.c lists all. Times: _ms and _s since 1970 UTC; ages by the steady clock. */
#include "collector/web/api/api.h"

#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/filter.h"
#include "collector/web/api/member.h"
#include "collector/web/route.h"
#include "collector/web/view.h"
#include "zw/units.h"

/* The air of a zone and the countdown; null where it has no inlet. */
static void
put_air(struct json *j, const struct zone_air *a)
{
	if (a == NULL || a->inlets == 0) {
		json_null(j, "air");
		return;
	}
	json_object(j, "air");
	json_uint(j, "inlets", a->inlets);
	json_uint(j, "rising", a->rising);
	json_number(j, "hottest", a->hottest);
	json_text(j, "node", a->node);
	json_number(j, "mean", a->mean);
	json_number(j, "rate", a->rate);
	json_number(j, "limit", a->limit);
	json_uint(j, "cooling_units", a->units);
	json_uint(j, "cooling_off", a->off);
	member_moment(j, "cooling_off_ms", a->off_ms);
	json_number(j, "supply", a->supply);
	json_number(j, "power", a->power);
	json_number(j, "left_s", a->left_s);
	json_number(j, "earliest_s", a->earliest_s);
	json_number(j, "latest_s", a->latest_s);
	json_uint(j, "learned", a->learned);
	json_end(j);
}

int
api_zones(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct json j = member_begin(re);
	json_array(&j, "zones");
	for (size_t i = 0; i < site_nzones(c->site); i++) {
		const struct zone *z = site_zone_at(c->site, i);
		struct view_counts counts = view_count(c, z, rq->steady_ms);
		json_object(&j, NULL);
		json_text(&j, "name", z->name);
		json_text(&j, "title", z->title);
		json_text(&j, "state", view_word(view_zone(c, z, rq->steady_ms)));
		json_text(&j, "severity", view_severity(engine_worst(c->engine, z->name, NULL)));
		member_counts(&j, "nodes", &counts);
		put_air(&j, engine_air(c->engine, z));
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

/* A node's members, but for its series; the object stays open. */
static void
put_node(struct json *j, const struct collector *c, const struct node *n, int64_t steady_ms)
{
	static const char *const kinds[] = { "server", "device", "link", "summary" };
	json_text(j, "name", n->name);
	json_text(j, "title", n->title);
	json_text(j, "kind", kinds[n->kind]);
	json_text(j, "zone", n->zone != NULL ? n->zone->name : "site");
	json_text(j, "rack", n->rack);
	json_uint(j, "unit", n->unit);
	json_text(j, "state", view_word(view_node(c, n, steady_ms)));
	json_text(j, "severity", view_severity(engine_worst(c->engine, NULL, n->name)));
	json_flag(j, "connected", n->connected);
	member_age(j, "age_s", n->seen_ms, steady_ms);
	json_text(j, "peer", n->peer[0] != '\0' ? n->peer : NULL);
	json_text(j, "agent", n->agent[0] != '\0' ? n->agent : NULL);
	json_text(j, "parent", n->parent != NULL ? n->parent->name : NULL);
	json_text(j, "via", n->via != NULL ? n->via->name : NULL);
	json_array(j, "depends");
	for (size_t i = 0; i < n->ndepends; i++)
		json_text(j, NULL, n->depends[i]->name);
	json_end(j);
}

int
api_nodes(const struct collector *c, const struct request *rq, struct reply *re)
{
	int status = 200;
	if (!filter_is_known(c, rq, re, &status))
		return status;
	struct json j = member_begin(re);
	json_array(&j, "nodes");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->kind == NODE_SUMMARY || !filter_passes(rq, n))
			continue;
		json_object(&j, NULL);
		put_node(&j, c, n, rq->steady_ms);
		json_uint(&j, "nseries", n->nseries);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

/* A series with its fields, as an object. */
static void
put_series(struct json *j, const struct series *se, int64_t steady_ms)
{
	json_object(j, NULL);
	json_uint(j, "id", se->sid);
	json_text(j, "node", se->node->name);
	json_text(j, "name", se->name);
	json_text(j, "source", se->source);
	json_text(j, "instance", se->instance);
	json_uint(j, "step_s", se->step_s);
	member_age(j, "age_s", se->last.recv_ms, steady_ms);
	json_array(j, "fields");
	for (unsigned i = 0; i < se->nfields; i++) {
		const struct field *f = &se->fields[i];
		char unit[METRIC_MAX_UNIT + 3];
		units_of_field(unit, sizeof unit, f->kind, f->unit);
		json_object(j, NULL);
		json_text(j, "name", f->name);
		json_text(j, "kind", field_kind_name(f->kind));
		json_text(j, "unit", unit);
		json_number(j, "min", f->min);
		json_number(j, "max", f->max);
		json_text(j, "label", f->label);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

int
api_node(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct node *n = site_node(c->site, rq->name);
	if (n == NULL)
		return reply_error(re, 404, "no-such-node", "there is no node \"%.64s\"", rq->name);
	struct json j = member_begin(re);
	put_node(&j, c, n, rq->steady_ms);
	json_array(&j, "series");
	for (size_t i = 0; i < n->nseries; i++)
		put_series(&j, n->series[i], rq->steady_ms);
	json_end(&j);
	json_end(&j);
	return 200;
}

int
api_series(const struct collector *c, const struct request *rq, struct reply *re)
{
	int status = 200;
	if (!filter_is_known(c, rq, re, &status))
		return status;
	struct json j = member_begin(re);
	json_array(&j, "series");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		for (size_t k = 0; k < n->nseries && filter_passes(rq, n); k++)
			put_series(&j, n->series[k], rq->steady_ms);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

/* The latest value of each field of a series. */
static void
put_values(struct json *j, const struct series *se, bool stale, int64_t steady_ms)
{
	for (unsigned i = 0; i < se->nfields; i++) {
		const struct field *f = &se->fields[i];
		char unit[METRIC_MAX_UNIT + 3];
		units_of_field(unit, sizeof unit, f->kind, f->unit);
		json_object(j, NULL);
		json_text(j, "node", se->node->name);
		json_text(j, "series", se->name);
		json_text(j, "field", f->name);
		json_number(j, "value", se->last.values[i]);
		json_text(j, "unit", unit);
		member_state(j, se, i, se->last.values[i]);
		json_int(j, "time_s", se->last.time_s);
		member_age(j, "age_s", se->last.recv_ms, steady_ms);
		json_flag(j, "stale", stale);
		json_end(j);
	}
}

/* Whether the query's series is this one, or its source, or all. */
static bool
series_passes(const char *wanted, const struct series *se)
{
	return wanted == NULL || strcmp(wanted, se->name) == 0 || strcmp(wanted, se->source) == 0;
}

/* Whether some series passes, or none is asked for. */
static bool
known_series(const struct collector *c, const struct request *rq)
{
	const char *wanted = request_param(rq, "series");
	for (size_t i = 0; wanted != NULL && i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		for (size_t k = 0; k < n->nseries && filter_passes(rq, n); k++)
			if (series_passes(wanted, n->series[k]))
				return true;
	}
	return wanted == NULL;
}

int
api_last(const struct collector *c, const struct request *rq, struct reply *re)
{
	int status = 200;
	if (!filter_is_known(c, rq, re, &status))
		return status;
	const char *series = request_param(rq, "series");
	if (!known_series(c, rq))
		return reply_error(re, 404, "no-such-series",
		    "there is no series \"%.128s\"; the list of series has their names", series);
	struct json j = member_begin(re);
	json_array(&j, "values");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (!filter_passes(rq, n))
			continue;
		bool stale = site_is_stale(n, rq->steady_ms);
		for (size_t k = 0; k < n->nseries; k++) {
			const struct series *se = n->series[k];
			if (se->last.time_s != 0 && series_passes(series, se))
				put_values(&j, se, stale, rq->steady_ms);
		}
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

int
api_list(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	struct json j = member_begin(re);
	json_array(&j, "routes");
	for (size_t i = 0; i < api_routes.n; i++) {
		json_object(&j, NULL);
		json_text(&j, "method", api_routes.rows[i].method == REQUEST_POST ? "POST" : "GET");
		json_text(&j, "path", api_routes.rows[i].pattern);
		json_text(&j, "role", who_role_word(api_routes.rows[i].role));
		json_text(&j, "help", api_routes.rows[i].help);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}
