/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP API, for zonewatchctl and other programs: one function and one row for each end point.
 * Here is what there is one of; lists that may be long are in lists.c.
 * What waits for a child process (graphs, flushes) is in graph.c, the sums are in status.c
 * and storage.c; routes.c lists all. Times: _ms and _s since 1970 UTC; ages by the steady clock. */
#include "collector/web/api/api.h"

#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/api/member.h"
#include "collector/web/route.h"
#include "collector/web/survey.h"
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

/* What is told of a zone; the object stays open. */
static void
put_zone_members(
    struct json *j, const struct collector *c, const struct zone *z, const struct survey_zone *s)
{
	json_text(j, "name", z->name);
	json_text(j, "title", z->title);
	json_text(j, "state", view_word(s->state));
	json_text(j, "severity", view_severity(s->severity));
	member_counts(j, "nodes", &s->counts);
	put_air(j, engine_air(c->engine, z));
}

/* A zone in the list. */
static void
put_zone(
    struct json *j, const struct collector *c, const struct zone *z, const struct survey_zone *s)
{
	json_object(j, NULL);
	put_zone_members(j, c, z, s);
	json_end(j);
}

int
api_zones(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct survey s;
	survey_take(&s, c, rq->steady_ms);
	struct json j = member_begin(re);
	json_array(&j, "zones");
	for (size_t i = 0; i < s.nzones; i++)
		put_zone(&j, c, site_zone_at(c->site, i), &s.zones[i]);
	json_end(&j);
	json_end(&j);
	survey_free(&s);
	return 200;
}

/* GET /api/v1/zones/NAME */
int
api_zone(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct zone *z = site_zone(c->site, rq->name);
	struct survey s;

	if (z == NULL)
		return reply_error(re, 404, "no-such-zone", "there is no zone \"%.64s\"", rq->name);
	survey_take(&s, c, rq->steady_ms);
	struct json j = member_begin(re);
	put_zone_members(&j, c, z, &s.zones[z->index]);
	json_array(&j, "racks");
	for (size_t i = 0; i < z->nracks; i++)
		json_text(&j, NULL, z->racks[i]);
	json_end(&j);
	json_array(&j, "members");
	for (size_t i = 0; i < z->nnodes; i++)
		json_text(&j, NULL, z->nodes[i]->name);
	json_end(&j);
	json_end(&j);
	survey_free(&s);
	return 200;
}

/* GET /api/v1/site */
int
api_site(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct survey s;

	survey_take(&s, c, rq->steady_ms);
	struct json j = member_begin(re);
	json_text(&j, "name", site_title(c->site));
	json_text(&j, "timezone", c->conf->timezone);
	json_array(&j, "languages");
	for (int l = 0; l < LANG_N; l++)
		json_text(&j, NULL, lang_word((enum lang)l));
	json_end(&j);
	json_text(&j, "version", ZW_VERSION);
	json_int(&j, "now_ms", rq->wall_ms);
	json_text(&j, "state", view_word(s.all.state));
	json_text(&j, "severity", view_severity(s.all.severity));
	member_counts(&j, "nodes", &s.all.counts);
	json_array(&j, "zones");
	for (size_t i = 0; i < s.nzones; i++)
		json_text(&j, NULL, site_zone_at(c->site, i)->name);
	json_end(&j);
	json_end(&j);
	survey_free(&s);
	return 200;
}

void
api_put_node(struct json *j, const struct node *n, const struct survey_node *s, int64_t steady_ms)
{
	static const char *const kinds[] = { "server", "device", "link", "summary" };
	json_text(j, "name", n->name);
	json_text(j, "title", n->title);
	json_text(j, "kind", kinds[n->kind]);
	json_text(j, "zone", n->zone != NULL ? n->zone->name : "site");
	json_text(j, "rack", n->rack);
	json_uint(j, "unit", n->unit);
	json_text(j, "state", view_word(s->state));
	json_text(j, "severity", view_severity(s->severity));
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

void
api_put_series(struct json *j, const struct series *se, int64_t steady_ms)
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
	int severity = engine_worst(c->engine, NULL, n->name);
	struct survey_node s = { .state = view_node_with(n, severity, rq->steady_ms),
		.severity = (signed char)severity };
	struct json j = member_begin(re);
	api_put_node(&j, n, &s, rq->steady_ms);
	json_array(&j, "series");
	for (size_t i = 0; i < n->nseries; i++)
		api_put_series(&j, n->series[i], rq->steady_ms);
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
