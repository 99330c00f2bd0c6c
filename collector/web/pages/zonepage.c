/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zone: its problems, its air, its floor with racks and cooling units, what stands where, what
 * its plant measures, and what is not told of it now. */
#include "collector/web/pages/zonepage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/measure.h"
#include "collector/site/site.h"
#include "collector/web/api/query.h"
#include "collector/web/live.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/floor.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/problem.h"
#include "collector/web/pages/tile.h"
#include "zw/str.h"
#include "zw/units.h"

#define MAX_VALUES 9

/* Whether a node is plant: what cools and feeds. */
static bool
is_plant(const struct node *n)
{
	return n->role == ROLE_COOLING || n->role == ROLE_UPS || n->role == ROLE_PDU ||
	       n->role == ROLE_GENERATOR || n->role == ROLE_SENSOR;
}

/* Whether a series is about the equipment and not about asking it. */
static bool
is_own(const struct series *se)
{
	static const char *const others[] = { "snmp", "system", "agent", "event" };
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(se->source, others[i]) == 0)
			return false;
	return strncmp(se->source, "trap", 4) != 0 && se->last.time_s != 0;
}

/* What people want to know of plant, and what it is called; the rest is on the node's page. */
static const struct {
	const char *field;
	const char *text;
} told[] = {
	{ "mode", N_("mode") },
	{ "supply", N_("supply air") },
	{ "return", N_("return air") },
	{ "rack_inlet", N_("rack inlet") },
	{ "fan_speed", N_("fan") },
	{ "cool_output", N_("cooling output") },
	{ "cooling", N_("cooling") },
	{ "leak", N_("leak") },
	{ "output_source", N_("output source") },
	{ "runtime", N_("runtime") },
	{ "charge", N_("charge") },
	{ "battery_temp", N_("battery temperature") },
	{ "load", N_("load") },
	{ "power", N_("power") },
	{ "current", N_("current") },
	{ "temperature", N_("temperature") },
	{ "humidity", N_("humidity") },
};
#define NTOLD (sizeof told / sizeof told[0])

/* One value: "supply air 19.3 °C". */
static void
put_value(struct buf *b, enum lang l, const struct series *se, unsigned k, const char *name)
{
	char value[UNITS_MAX];
	struct metric_state st;
	double v = se->last.values[k];
	if (site_state(se, k, v, &st))
		site_value(value, sizeof value, se, k);
	else
		lang_value(value, sizeof value, v, se->fields[k].unit, l);
	html_raw(b, "<span class=\"value\"><span>");
	html_text(b, name);
	html_raw(b, "</span> <b>");
	html_text(b, text_word(value, l));
	html_raw(b, "</b></span> ");
}

/* The values of a node that matter, in the order of told[]; of a probe that has but a value, those
 * by the names of their instances. */
static void
put_values(struct buf *b, enum lang l, const struct node *n)
{
	size_t shown = 0;
	for (size_t t = 0; t < NTOLD; t++) {
		for (size_t i = 0; i < n->nseries && shown < MAX_VALUES; i++) {
			const struct series *se = n->series[i];
			unsigned k = site_field(se, told[t].field);
			if (k == se->nfields || !is_own(se) || isnan(se->last.values[k]))
				continue;
			shown++;
			put_value(b, l, se, k, lang_text(l, told[t].text));
			break;
		}
	}
	for (size_t i = 0; i < n->nseries && shown < MAX_VALUES; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, "value");
		if (k == se->nfields || !is_own(se) || isnan(se->last.values[k]) ||
		    se->instance[0] == '\0')
			continue;
		char name[200];
		/* What the rules derive has a name for programs, and a label for people. */
		bool made = strchr(se->source, '_') != NULL && se->fields[k].label[0] != '\0';
		snprintf(name, sizeof name, "%s %s",
		    made ? lang_text(l, se->fields[k].label) : text_word(se->source, l),
		    se->instance);
		shown++;
		put_value(b, l, se, k, name);
	}
	if (shown == 0)
		html_text(b, "–");
}

/* One unit of the plant. */
static void
plant_row(struct buf *b, const struct collector *c, const struct request *rq, const struct node *n,
    const enum view_state *states)
{
	html_raw(b, "<tr><td>");
	page_badge(b, rq->lang, states[n->index]);
	html_raw(b, "</td><td>");
	bits_node(b, c, n->name);
	html_raw(b, "<br><small>");
	html_text(b, n->title);
	html_raw(b, "</small></td><td class=\"wide\">");
	put_values(b, rq->lang, n);
	html_raw(b, "</td><td class=\"number\">");
	if (n->seen_ms != 0)
		page_ago(b, rq->lang, rq->wall_ms - (rq->steady_ms - n->seen_ms), rq->wall_ms);
	html_raw(b, "</td></tr>\n");
}

/* What cools and feeds the zone. */
static void
put_plant(struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z,
    const enum view_state *states)
{
	static const char *const heads[] = { N_("State"), N_("Node"), N_("Values"),
		">" N_("Last data"), NULL };
	size_t n = 0;
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *node = site_node_at(c->site, i);
		bool own =
		    node->zone == z || (z != NULL && node->zone == NULL && site_serves(node, z));
		if (!is_plant(node) || !own)
			continue;
		if (n++ == 0)
			bits_table(b, rq->lang, N_("Cooling, power and environment"), heads);
		plant_row(b, c, rq, node, states);
	}
	if (n > 0)
		bits_table_end(b);
}

/* Whether a silence is about the zone or something in it. */
static bool
covers(const struct silence *s, const struct zone *z)
{
	if (s->match.zone[0] != '\0')
		return str_covers(s->match.zone, z != NULL ? z->name : "site");
	for (size_t i = 0; z != NULL && s->match.node[0] != '\0' && i < z->nnodes; i++)
		if (str_covers(s->match.node, z->nodes[i]->name))
			return true;
	return false;
}

/* What nobody is told of now, and why. */
static void
put_silences(
    struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z)
{
	bool any = false;
	for (size_t i = 0; c->silences != NULL && i < silences_count(c->silences); i++) {
		const struct silence *s = silences_at(c->silences, i);
		if (!silence_is_active(s, rq->wall_ms) || !covers(s, z))
			continue;
		html_raw(b, any ? "<li>" : "<ul class=\"quiet-list\">\n<li>");
		any = true;
		html_raw(b, "<a href=\"/silences\">");
		html_text(b, bits_word(rq->lang, silence_word(s->kind)));
		html_raw(b, "</a> ");
		html_text(b, s->match.node[0] != '\0' ? s->match.node : "");
		html_textf(b, " %s: %s ", s->author, s->reason);
		int64_t end_ms = silence_next_ms(s, rq->wall_ms);
		if (end_ms != 0) {
			html_raw(b, "<small>");
			page_say(b, rq->lang, N_("until"));
			html_raw(b, " ");
			page_moment(b, rq->lang, end_ms, rq->wall_ms);
			html_raw(b, "</small>");
		}
		html_raw(b, "</li>\n");
	}
	if (any)
		html_raw(b, "</ul>\n");
}

/* One link of a row of them. */
static void
put_way(struct buf *b, enum lang l, const char *href, const char *name, const char *text)
{
	html_raw(b, "<a class=\"button quiet\" href=\"");
	html_raw(b, href);
	html_query(b, name);
	html_raw(b, "\">");
	page_say(b, l, text);
	html_raw(b, "</a>\n");
}

/* The zone's inlets in one graph: as many as a graph takes. */
static void
put_inlets(struct buf *b, const struct collector *c, enum lang l, const struct zone *z)
{
	size_t n = 0;
	for (size_t i = 0; z != NULL && i < z->nnodes; i++) {
		for (size_t s = 0; s < z->nodes[i]->nseries && n < QUERY_MAX_SERIES; s++) {
			const struct series *se = z->nodes[i]->series[s];
			unsigned k = 0;
			while (k < se->nfields && !measure_holds(c->conf, "inlet", se, k))
				k++;
			if (k == se->nfields || z->nodes[i]->role == ROLE_COOLING)
				continue;
			html_raw(
			    b, n++ == 0 ? "<a class=\"button quiet\" href=\"/graph?s=" : "&amp;s=");
			html_query(b, z->nodes[i]->name);
			html_raw(b, "/");
			html_query(b, se->name);
			html_raw(b, ":");
			html_query(b, se->fields[k].name);
			break;
		}
	}
	if (n == 0)
		return;
	html_raw(b, "&amp;last=1h\">");
	page_say(b, l, N_("Graph of the inlets"));
	html_raw(b, "</a>\n");
}

/* The links to what else there is of the zone: what is derived of it, with its graphs, and what
 * was. */
static void
put_ways(struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z)
{
	const struct node *summary = site_summary(c->site, z);
	html_raw(b, "<p class=\"ways\">");
	if (summary != NULL)
		put_way(b, rq->lang, "/node/", summary->name, N_("Values and graphs"));
	put_inlets(b, c, rq->lang, z);
	put_way(b, rq->lang, "/incidents?zone=", rq->name, N_("Incidents"));
	html_raw(b, "</p>\n");
}

/* A heading. */
static void
head(struct buf *b, enum lang l, const char *text)
{
	html_raw(b, "<h2>");
	page_say(b, l, text);
	html_raw(b, "</h2>\n");
}

/* All that a zone has beside its problems. */
static void
put_zone(struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z,
    const enum view_state *states)
{
	html_raw(b, "<div class=\"halves\">\n<div>\n<section class=\"card\" id=\"floor\">\n");
	head(b, rq->lang, N_("Floor"));
	tile_air(b, rq->lang, engine_air(c->engine, z));
	floor_put(b, c, rq, z);
	html_raw(b, "</section>\n");
	put_plant(b, c, rq, z, states);
	html_raw(b, "</div>\n<section class=\"card\" id=\"racks\">\n");
	head(b, rq->lang, N_("Racks"));
	floor_racks(b, c, rq, z, states);
	html_raw(b, "</section>\n</div>\n");
}

/* What stands in no zone. */
static void
put_site(struct buf *b, const struct collector *c, const struct request *rq,
    const enum view_state *states)
{
	html_raw(b, "<section class=\"card\">\n<p class=\"chips\">\n");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->zone == NULL && n->kind != NODE_SUMMARY && n->kind != NODE_LINK)
			tile_chip(b, rq->lang, n, states[n->index]);
	}
	html_raw(b, "</p>\n</section>\n");
	put_plant(b, c, rq, NULL, states);
}

int
zonepage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	bool site = strcmp(rq->name, "site") == 0;
	const struct zone *z = site_zone(c->site, rq->name);
	char live[LIVE_MAX_ARG], title[128];
	struct buf *b = &re->body;
	if (z == NULL && !site)
		return reply_error(re, 404, "no-such-zone", "%s",
		    lang_text(rq->lang, N_("There is no such zone.")));
	text_zone(title, sizeof title, z, lang_text(rq->lang, N_("Site")), rq->lang);
	snprintf(live, sizeof live, "zone:%s", rq->name);
	page_begin(re, c, rq, &(struct page){ .title = title, .here = "/zones", .live = live });
	enum view_state *states = tile_states(c, rq->steady_ms);
	html_raw(b, "<h1>");
	html_text(b, title);
	html_raw(b, " ");
	page_badge(b, rq->lang, view_zone(c, z, rq->steady_ms));
	html_raw(b, "</h1>\n");
	put_ways(b, c, rq, z);
	put_silences(b, c, rq, z);
	if (problem_list(b, c, rq, rq->name) == 0) {
		html_raw(b, "<p class=\"calm\">✓ ");
		page_say(b, rq->lang, N_("No open problem"));
		html_raw(b, "</p>\n");
	}
	if (z != NULL)
		put_zone(b, c, rq, z, states);
	else
		put_site(b, c, rq, states);
	free(states);
	page_end(b);
	return 200;
}
