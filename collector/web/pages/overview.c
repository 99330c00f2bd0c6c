/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first page: what is wrong now, then every zone with every node. One glance must say which
 * zone is ill and why, so the bad comes first and each state has a sign of its own. */
#include "collector/web/pages/overview.h"

#include <math.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/pages/alertlist.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/view.h"
#include "zw/units.h"

/* How many nodes of the site are in each state. */
static void
put_totals(struct buf *b, const struct collector *c, int64_t steady_ms)
{
	struct view_counts all = view_count(c, NULL, steady_ms);
	for (size_t i = 0; i < site_nzones(c->site); i++) {
		struct view_counts one = view_count(c, site_zone_at(c->site, i), steady_ms);
		all.total += one.total;
		for (int s = 0; s < VIEW_NSTATES; s++)
			all.by[s] += one.by[s];
	}
	html_raw(b, "<ul class=\"totals\" aria-label=\"Nodes by state\">\n");
	for (int s = VIEW_CRITICAL; s >= VIEW_OK; s--) {
		html_raw(b, all.by[s] > 0 ? "<li class=\"" : "<li class=\"none ");
		html_text(b, view_word((enum view_state)s));
		html_raw(b, "\"><strong>");
		html_textf(b, "%zu", all.by[s]);
		html_raw(b, "</strong> <span>");
		html_textf(
		    b, "%s %s", view_sign((enum view_state)s), view_phrase((enum view_state)s));
		html_raw(b, "</span></li>\n");
	}
	html_raw(b, "</ul>\n");
}

/* An age by its greatest unit only, as the map has little room. */
static void
put_short_age(struct buf *b, int64_t ms)
{
	char text[UNITS_MAX];
	units_duration(text, sizeof text, ms);
	size_t number = strcspn(text, " ") + 1;
	html_textf(b, " · %.*s", (int)(number + strcspn(text + number, " ")), text);
}

/* One node of the map, by its name, which is short; its title, which may not be, shows on it. */
static void
put_node(struct buf *b, const struct collector *c, const struct node *n, int64_t steady_ms)
{
	enum view_state state = view_node(c, n, steady_ms);
	html_raw(b, "<li><a class=\"node ");
	html_text(b, view_word(state));
	html_raw(b, "\" href=\"/node/");
	html_query(b, n->name);
	html_raw(b, "\" title=\"");
	html_text(b, n->title);
	html_raw(b, "\"><span class=\"sign\" aria-hidden=\"true\">");
	html_text(b, view_sign(state));
	html_raw(b, "</span><span class=\"name\">");
	html_text(b, n->name);
	html_raw(b, "</span><span class=\"word\">");
	html_text(b, view_phrase(state));
	if (n->seen_ms != 0)
		put_short_age(b, steady_ms - n->seen_ms);
	html_raw(b, "</span></a></li>\n");
}

/* The air of a zone in a line: its hottest inlet, how fast it warms, what is left. */
static void
put_air(struct buf *b, const struct zone_air *a)
{
	char value[UNITS_MAX], left[UNITS_MAX];
	if (a == NULL || a->inlets == 0)
		return;
	units_format(value, sizeof value, a->hottest, "Cel");
	html_raw(b, "<p class=\"air\">");
	html_textf(b, "hottest inlet %s", value);
	if (!isnan(a->rate) && fabs(a->rate) >= 0.05)
		html_textf(b, ", %+.1f K/min", a->rate);
	if (a->units > 0 && a->off > 0)
		html_textf(b, "; %u of %u cooling units off", a->off, a->units);
	if (!isnan(a->left_s)) {
		units_format(value, sizeof value, a->limit, "Cel");
		units_duration(left, sizeof left, (int64_t)a->left_s * 1000);
		html_raw(b, "; <strong>");
		if (a->left_s > 0)
			html_textf(b, "%s in about %s", value, left);
		else
			html_textf(b, "%s is reached", value);
		html_raw(b, "</strong>");
	}
	html_raw(b, "</p>\n");
}

/* The nodes of a zone, or those of none. */
static void
put_zone(
    struct buf *b, const struct collector *c, enum lang l, const struct zone *z, int64_t steady_ms)
{
	struct view_counts counts = view_count(c, z, steady_ms);
	enum view_state state = view_zone(c, z, steady_ms);
	html_raw(b, "<section class=\"zone ");
	html_text(b, view_word(state));
	html_raw(b, "\">\n<h2>");
	html_text(b, z != NULL ? z->title : "Site");
	html_raw(b, " ");
	page_badge(b, l, state);
	html_raw(b, " <small>");
	html_textf(b, "%zu %s", counts.total, counts.total == 1 ? "node" : "nodes");
	html_raw(b, "</small></h2>\n");
	if (z != NULL)
		put_air(b, engine_air(c->engine, z));
	html_raw(b, "<ul class=\"nodes\">\n");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->zone == z && n->kind != NODE_SUMMARY)
			put_node(b, c, n, steady_ms);
	}
	html_raw(b, "</ul>\n</section>\n");
}

/* Whether some node stands in no zone. */
static bool
has_loose_nodes(const struct collector *c)
{
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->zone == NULL && n->kind != NODE_SUMMARY)
			return true;
	}
	return false;
}

int
overview_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	page_begin(re, c, rq,
	    &(struct page){
		.title = lang_text(rq->lang, "Overview"), .here = "/", .live = "problems" });
	html_raw(b, "<h1 class=\"unseen\">Overview</h1>\n");
	if (alertlist_incidents(b, c, rq->lang, true, rq->wall_ms) == 0)
		html_raw(b, "<p class=\"calm\">✓ No open incident.</p>\n");
	put_totals(b, c, rq->steady_ms);
	html_raw(b, "<div class=\"zones\">\n");
	for (size_t i = 0; i < site_nzones(c->site); i++)
		put_zone(b, c, rq->lang, site_zone_at(c->site, i), rq->steady_ms);
	if (has_loose_nodes(c))
		put_zone(b, c, rq->lang, NULL, rq->steady_ms);
	html_raw(b, "</div>\n");
	page_end(b);
	return 200;
}

int
overview_incidents(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, "Incidents"),
		.here = "/incidents",
		.live = "problems" });
	html_raw(b, "<h1>Incidents</h1>\n");
	if (alertlist_incidents(b, c, rq->lang, true, rq->wall_ms) == 0)
		html_raw(b, "<p class=\"calm\">✓ No open incident.</p>\n");
	alertlist_alerts(b, c, rq->lang, NULL, true, rq->wall_ms);
	alertlist_incidents(b, c, rq->lang, false, rq->wall_ms);
	alertlist_alerts(b, c, rq->lang, NULL, false, rq->wall_ms);
	page_end(b);
	return 200;
}
