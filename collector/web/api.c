/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP API, for zonewatchctl and other programs: one function and one row for each end point.
 * What waits for a child process (graphs, flushes) is in graph.c, the sums are in status.c
 * and storage.c. The table at the foot of this
 * file is the list of all. Times: _ms and _s since 1970 UTC; ages by the steady clock. */
#include "collector/web/route.h"

#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/acts.h"
#include "collector/web/alertapi.h"
#include "collector/web/filter.h"
#include "collector/web/graph.h"
#include "collector/web/member.h"
#include "collector/web/rules.h"
#include "collector/web/status.h"
#include "collector/web/storage.h"
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

/* GET /api/v1/zones */
static int
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

/* GET /api/v1/nodes[?zone=] */
static int
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

/* GET /api/v1/nodes/NAME */
static int
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

/* GET /api/v1/series[?node=][&zone=] */
static int
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

/* GET /api/v1/last[?node=][&zone=][&series=] */
static int
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

static int api_list(const struct collector *c, const struct request *rq, struct reply *re);

/* All end points. GET /api/v1 prints this table, and so does zonewatchctl's manual. */
static const struct route rows[] = {
	{ REQUEST_GET, "/api/v1", api_list, ROUTE_VIEW, "This list." },
	{ REQUEST_GET, "/api/v1/health", status_health, ROUTE_VIEW,
	    "Answers as long as the collector's loop turns." },
	{ REQUEST_GET, "/api/v1/status", status_serve, ROUTE_VIEW,
	    "The whole in figures: nodes by state, alerts by severity, every queue." },
	{ REQUEST_GET, "/api/v1/zones", api_zones, ROUTE_VIEW, "Zones with their worst alert." },
	{ REQUEST_GET, "/api/v1/nodes", api_nodes, ROUTE_VIEW,
	    "Nodes and their states. zone=, node= choose." },
	{ REQUEST_GET, "/api/v1/nodes/{}", api_node, ROUTE_VIEW, "One node with its series." },
	{ REQUEST_GET, "/api/v1/series", api_series, ROUTE_VIEW,
	    "Series with their fields. zone=, node= choose." },
	{ REQUEST_GET, "/api/v1/last", api_last, ROUTE_VIEW,
	    "Latest values. zone=, node=, series= (a series or a source) choose." },
	{ REQUEST_GET, "/api/v1/alerts", alertapi_alerts, ROUTE_VIEW,
	    "Alerts that are pending or firing, then those resolved lately. zone=, node= choose." },
	{ REQUEST_GET, "/api/v1/incidents", alertapi_incidents, ROUTE_VIEW,
	    "Open incidents, then those closed lately. zone= chooses." },
	{ REQUEST_GET, "/api/v1/incidents/{}", acts_incident, ROUTE_VIEW,
	    "All of an incident: alerts, timeline, acts, messages with the other side's answer." },
	{ REQUEST_POST, "/api/v1/incidents/{}/acknowledge", acts_acknowledge, ROUTE_OPERATE,
	    "Somebody has it. Form: author=, comment=, for= (2h; default: to its end)." },
	{ REQUEST_POST, "/api/v1/incidents/{}/unacknowledge", acts_unacknowledge, ROUTE_OPERATE,
	    "Takes that back. Form: author=." },
	{ REQUEST_POST, "/api/v1/incidents/{}/comment", acts_comment, ROUTE_OPERATE,
	    "A remark in its timeline. Form: author=, comment=." },
	{ REQUEST_POST, "/api/v1/alerts/{}/acknowledge", acts_acknowledge_alert, ROUTE_OPERATE,
	    "Of one alert. Form: author=, comment=, for=." },
	{ REQUEST_GET, "/api/v1/silences", acts_silences, ROUTE_VIEW,
	    "Silences, maintenance windows, what is out of service." },
	{ REQUEST_GET, "/api/v1/silences/preview", acts_silence_preview, ROUTE_VIEW,
	    "What zone=, node=, source=, rule= (patterns) would cover now." },
	{ REQUEST_POST, "/api/v1/silences", acts_silence, ROUTE_OPERATE,
	    "A new one. Form: zone=, node=, source=, rule= (patterns), kind=silence|maintenance|"
	    "out-of-service, author=, reason=, for= or until= or window= (\"Sun 02:00-04:30\"), "
	    "starts=." },
	{ REQUEST_POST, "/api/v1/silences/{}/end", acts_silence_end, ROUTE_OPERATE,
	    "Ends one. Form: author=." },
	{ REQUEST_GET, "/api/v1/past", acts_past, ROUTE_VIEW,
	    "Incidents from=, to= (s since 1970; default: 31 days), zone=, limit=." },
	{ REQUEST_GET, "/api/v1/ledger", acts_ledger, ROUTE_VIEW,
	    "Messages: what was handed over when, to whom, with which answer. from=, to=, "
	    "limit=." },
	{ REQUEST_GET, "/api/v1/audit", acts_audit, ROUTE_VIEW,
	    "What people did. from=, to=, limit=." },
	{ REQUEST_GET, "/api/v1/stats", acts_stats, ROUTE_VIEW,
	    "The quality of the alarms: per day, floods, top ten, MTTA, MTTR. from=, to=." },
	{ REQUEST_GET, "/api/v1/rules", rules_serve, ROUTE_VIEW,
	    "All rules with how many subjects each has; with node=, those that look at it, with "
	    "limits in force there, what they see now and what they wait for." },
	{ REQUEST_GET, "/api/v1/events", alertapi_events, ROUTE_VIEW,
	    "What agents and gateways told of beside values, newest first. zone=, node= choose." },
	{ REQUEST_GET, "/api/v1/graph", graph_serve, ROUTE_VIEW,
	    "A graph of series=NODE/SERIES (up to 8), field=, last=6h or start=, end= (seconds "
	    "since "
	    "1970), width=, height=, format=svg|png|json; json has cf=average|min|max, step=." },
	{ REQUEST_GET, "/api/v1/storage", storage_serve, ROUTE_VIEW,
	    "Bytes of the RRDs by the plan: archives, sources, nodes." },
	{ REQUEST_POST, "/api/v1/flush", graph_flush, ROUTE_OPERATE,
	    "Has all gathered samples written into the RRDs; answers when they are." },
};

const struct route_table api_routes = { rows, sizeof rows / sizeof rows[0] };

/* GET /api/v1 */
static int
api_list(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	struct json j = member_begin(re);
	json_array(&j, "routes");
	for (size_t i = 0; i < api_routes.n; i++) {
		json_object(&j, NULL);
		json_text(&j, "method", rows[i].method == REQUEST_POST ? "POST" : "GET");
		json_text(&j, "path", rows[i].pattern);
		json_text(&j, "role", route_role_name(rows[i].role));
		json_text(&j, "help", rows[i].help);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}
