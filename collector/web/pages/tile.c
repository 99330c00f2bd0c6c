/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in order is a count; what is not has a name. So 500 nodes take no more room than 40. */
#include "collector/web/pages/tile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/notify/facts.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/survey.h"
#include "zw/alloc.h"
#include "zw/units.h"

#define MAX_CHIPS 6
#define MAX_LINK_CHIPS 24
#define MAX_SQUARES 100
#define MAX_FIGURES 5
#define LEAST_RUNTIME 15 /* min, of a UPS */

enum view_state *
tile_states(const struct collector *c, int64_t steady_ms)
{
	size_t n = site_nnodes(c->site);
	enum view_state *states = xcalloc(n + 1, sizeof *states);
	struct survey all;
	survey_take(&all, c, steady_ms);
	for (size_t i = 0; i < n; i++)
		states[i] = all.nodes[i].state;
	survey_free(&all);
	return states;
}

/* "8 ✓ OK", "1 ✕ critical": those of which there are some, the worst first. */
static void
put_counts(struct buf *b, enum lang l, const struct view_counts *counts)
{
	html_raw(b, "<ul class=\"counts\">\n");
	for (int s = VIEW_CRITICAL; s >= VIEW_OK; s--) {
		if (counts->by[s] == 0)
			continue;
		html_raw(b, "<li class=\"");
		html_raw(b, view_word((enum view_state)s));
		html_raw(b, "\"><span aria-hidden=\"true\">");
		html_raw(b, view_sign((enum view_state)s));
		html_raw(b, "</span> <b>");
		html_textf(b, "%zu", counts->by[s]);
		html_raw(b, "</b> ");
		page_say(b, l, view_phrase((enum view_state)s));
		html_raw(b, "</li>\n");
	}
	html_raw(b, "</ul>\n");
}

void
tile_chip(struct buf *b, enum lang l, const struct node *n, enum view_state s)
{
	html_raw(b, "<a class=\"chip ");
	html_raw(b, view_word(s));
	html_raw(b, "\" href=\"/node/");
	html_query(b, n->name);
	html_raw(b, "\" title=\"");
	html_text(b, n->title);
	html_raw(b, "\"><span aria-hidden=\"true\">");
	html_raw(b, view_sign(s));
	html_raw(b, "</span> ");
	html_text(b, n->kind == NODE_LINK ? n->title : n->name);
	html_raw(b, "<span class=\"unseen\">: ");
	page_say(b, l, view_phrase(s));
	html_raw(b, "</span></a>\n");
}

/* Whether a node belongs to the tile: to a zone, or to the site and no link; or (links) is one. */
static bool
is_of(const struct node *n, const struct zone *z, bool links)
{
	if (n->kind == NODE_SUMMARY)
		return false;
	return links ? n->kind == NODE_LINK : n->zone == z && n->kind != NODE_LINK;
}

/* How many of them are in each state. */
static struct view_counts
count(const struct collector *c, const struct zone *z, bool links, const enum view_state *states)
{
	struct view_counts counts = { 0 };
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (!is_of(n, z, links))
			continue;
		counts.total++;
		counts.by[states[n->index]]++;
	}
	return counts;
}

/* The names of what is not in order, the worst first. */
static void
put_chips(struct buf *b, const struct collector *c, enum lang l, const struct zone *z, bool links,
    const enum view_state *states)
{
	size_t shown = 0, all = 0, most = links ? MAX_LINK_CHIPS : MAX_CHIPS;
	for (int s = VIEW_CRITICAL; s > VIEW_OK; s--) {
		for (size_t i = 0; i < site_nnodes(c->site); i++) {
			const struct node *n = site_node_at(c->site, i);
			if (states[n->index] != (enum view_state)s || !is_of(n, z, links))
				continue;
			if (all++ == 0)
				html_raw(b, "<p class=\"chips\">\n");
			if (shown == most)
				continue;
			shown++;
			tile_chip(b, l, n, (enum view_state)s);
		}
	}
	if (all > shown)
		page_sayf(b, l, N_("and %zu more"), all - shown);
	if (all > 0)
		html_raw(b, "</p>\n");
}

/* A figure with what it is, which is in the reader's language already. */
static void
figure_text(struct buf *b, const char *label, const char *text, const char *class)
{
	html_raw(b, "<div class=\"figure ");
	html_raw(b, class);
	html_raw(b, "\"><dt>");
	html_text(b, label);
	html_raw(b, "</dt><dd>");
	html_text(b, text);
	html_raw(b, "</dd></div>\n");
}

/* A figure with what it is. */
static void
figure(struct buf *b, enum lang l, const char *label, const char *text, const char *class)
{
	figure_text(b, lang_text(l, label), text, class);
}

/* How the air is: by its limit and what is recommended. */
static const char *
heat_of(const struct zone_air *a)
{
	if (a->hottest >= a->limit)
		return "hot";
	return a->hottest > 27 ? "warm" : "";
}

/* How long it lasts. */
static void
put_left(struct buf *b, enum lang l, const struct zone_air *a)
{
	char text[64], limit[UNITS_MAX], label[128];
	lang_value(limit, sizeof limit, a->limit, "Cel", l);
	snprintf(label, sizeof label, lang_text(l, N_("To %s")), limit);
	page_span(text, sizeof text, l, (int64_t)a->left_s * 1000);
	figure_text(b, label, a->left_s > 0 ? text : lang_text(l, N_("reached")), "hot");
}

/* The hottest inlet and how fast it gets warmer, to a tenth: figures of several zones stand beside
 * each other. */
static void
put_inlets(struct buf *b, enum lang l, const struct zone_air *a)
{
	char text[96] = "–", number[UNITS_MAX];
	if (a->inlets > 0) {
		lang_number(number, sizeof number, a->hottest, 1, l);
		snprintf(text, sizeof text, "%s °C", number);
	}
	figure(b, l, N_("Hottest inlet"), text, a->inlets > 0 ? heat_of(a) : "");
	snprintf(text, sizeof text, "–");
	if (!isnan(a->rate)) {
		lang_number(number, sizeof number, fabs(a->rate) < 0.05 ? 0 : a->rate, 1, l);
		snprintf(text, sizeof text, "%s%s %s", a->rate >= 0.05 ? "+" : "", number,
		    lang_text(l, "°C/min"));
	}
	figure(b, l, N_("Rate of rise"), text, a->rate >= THERMAL_RISING ? "warm" : "");
}

void
tile_air(struct buf *b, enum lang l, const struct zone_air *a)
{
	char text[96] = "–";
	if (a == NULL || (a->inlets == 0 && a->units == 0))
		return;
	html_raw(b, "<dl class=\"figures\">\n");
	put_inlets(b, l, a);
	if (a->units > 0)
		snprintf(text, sizeof text, "%u / %u", a->units - a->off, a->units);
	figure(b, l, N_("Cooling"), text, a->off > 0 ? "hot" : "");
	if (!isnan(a->left_s)) {
		put_left(b, l, a);
	} else {
		snprintf(text, sizeof text, "–");
		if (!isnan(a->power) && a->power > 0)
			lang_value(text, sizeof text, a->power, "W", l);
		figure(b, l, N_("IT load"), text, "");
	}
	html_raw(b, "</dl>\n");
}

/* A UPS by where its power comes from, and how long that lasts. */
static void
put_ups(struct buf *b, const struct collector *c, enum lang l, const struct node *n)
{
	const struct facts from = { c->conf, c->site, c->engine };
	struct text_power p = facts_power(&from, n);
	char text[96], span[64];
	const char *heat = "";
	snprintf(text, sizeof text, "%s", text_word("on mains", l));
	if (p.on_battery) {
		page_span(span, sizeof span, l,
		    isnan(p.runtime_min) ? 0 : (int64_t)(p.runtime_min * 60000));
		snprintf(text, sizeof text, "%s %s", text_word("on battery", l),
		    isnan(p.runtime_min) ? "" : span);
		heat = p.runtime_min < LEAST_RUNTIME ? "hot" : "warm";
	} else if (!isnan(p.load)) {
		lang_value(span, sizeof span, round(p.load), "%", l);
		snprintf(text, sizeof text, "%s %s", text_word("on mains", l), span);
	}
	figure_text(b, n->name, text, heat);
}

/* The power of the whole site: what the servers draw, and each UPS. */
static void
put_power(struct buf *b, const struct collector *c, enum lang l, const enum view_state *states)
{
	double sum = NAN;
	unsigned shown = 0;
	for (size_t i = 0; i < site_nzones(c->site); i++) {
		const struct zone_air *a = engine_air(c->engine, site_zone_at(c->site, i));
		if (a != NULL && !isnan(a->power))
			sum = isnan(sum) ? a->power : sum + a->power;
	}
	html_raw(b, "<dl class=\"figures\">\n");
	if (!isnan(sum)) {
		char text[UNITS_MAX];
		lang_value(text, sizeof text, sum, "W", l);
		figure(b, l, N_("IT load"), text, "");
		shown++;
	}
	for (size_t i = 0; i < site_nnodes(c->site) && shown < MAX_FIGURES; i++) {
		const struct node *n = site_node_at(c->site, i);
		enum view_state s = states[n->index];
		if (n->role != ROLE_UPS || s == VIEW_STALE || s == VIEW_NEVER)
			continue;
		put_ups(b, c, l, n);
		shown++;
	}
	html_raw(b, "</dl>\n");
}

/* Every link as a square with its sign: which they are, at a glance. */
static void
put_squares(struct buf *b, const struct collector *c, enum lang l, const enum view_state *states)
{
	html_raw(b, "<p class=\"squares\">\n");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		enum view_state s = states[n->index];
		if (n->kind != NODE_LINK)
			continue;
		html_raw(b, "<a class=\"");
		html_raw(b, view_word(s));
		html_raw(b, "\" href=\"/node/");
		html_query(b, n->name);
		html_raw(b, "\" title=\"");
		html_text(b, n->title);
		html_raw(b, "\"><span aria-hidden=\"true\">");
		html_raw(b, view_sign(s));
		html_raw(b, "</span><span class=\"unseen\">");
		html_textf(b, "%s: ", n->title);
		page_say(b, l, view_phrase(s));
		html_raw(b, "</span></a>\n");
	}
	html_raw(b, "</p>\n");
}

/* A tile's head: a link to its page, and its state. */
static void
tile_begin(struct buf *b, enum lang l, const char *href, const char *name, const char *title,
    enum view_state s)
{
	html_raw(b, "<section class=\"tile card ");
	html_raw(b, view_word(s));
	html_raw(b, "\">\n<h3><a href=\"");
	html_raw(b, href);
	html_query(b, name);
	html_raw(b, "\">");
	html_text(b, title);
	html_raw(b, "</a> ");
	page_badge(b, l, s);
	html_raw(b, "</h3>\n");
}

void
tile_zone(struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z,
    const enum view_state *states)
{
	struct view_counts counts = count(c, z, false, states);
	char title[128];
	if (counts.total == 0)
		return;
	text_zone(title, sizeof title, z, site_title(c->site), rq->lang);
	if (z == NULL)
		snprintf(title, sizeof title, "%s", lang_text(rq->lang, N_("Site")));
	enum view_state s = VIEW_OK;
	for (enum view_state k = VIEW_OK; k <= VIEW_CRITICAL; k++)
		if (counts.by[k] > 0)
			s = k;
	int worst = z != NULL ? engine_worst(c->engine, z->name, NULL) : -1;
	if (worst >= 0 && page_severity(worst) > s)
		s = page_severity(worst);
	tile_begin(b, rq->lang, "/zone/", z != NULL ? z->name : "site", title, s);
	if (z != NULL)
		tile_air(b, rq->lang, engine_air(c->engine, z));
	else
		put_power(b, c, rq->lang, states);
	put_counts(b, rq->lang, &counts);
	put_chips(b, c, rq->lang, z, false, states);
	html_raw(b, "</section>\n");
}

void
tile_links(struct buf *b, const struct collector *c, const struct request *rq,
    const enum view_state *states)
{
	struct view_counts counts = count(c, NULL, true, states);
	enum view_state s = VIEW_OK;
	if (counts.total == 0)
		return;
	for (enum view_state k = VIEW_OK; k <= VIEW_CRITICAL; k++)
		if (counts.by[k] > 0)
			s = k;
	tile_begin(b, rq->lang, "/links", "", lang_text(rq->lang, N_("Links")), s);
	put_counts(b, rq->lang, &counts);
	put_chips(b, c, rq->lang, NULL, true, states);
	if (counts.total <= MAX_SQUARES)
		put_squares(b, c, rq->lang, states);
	html_raw(b, "</section>\n");
}
