/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node: what is wrong with it, what it is and stands on, what it measured last, and how that
 * went. */
#include "collector/web/pages/nodepage.h"

#include <stdio.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "collector/web/live.h"
#include "collector/web/pages/alertlist.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentlist.h"
#include "collector/web/pages/nodevalues.h"
#include "collector/web/pages/page.h"
#include "collector/web/view.h"
#include "zw/units.h"

#define MAX_EVENTS 10
#define MAX_LINKS 60 /* of nodes that depend on it */
#define MAX_INCIDENTS 20

/* A link to a node, after a comma if it is not the first. */
static void
put_node(struct buf *b, const struct node *n, bool first)
{
	html_raw(b, first ? "" : ", ");
	html_raw(b, "<a href=\"/node/");
	html_query(b, n->name);
	html_raw(b, "\">");
	html_text(b, n->title);
	html_raw(b, "</a>");
}

/* What it stands on, and what stands on it. */
static void
put_depends(struct buf *b, const struct collector *c, const struct node *n, enum lang l)
{
	size_t shown = 0;
	if (n->ndepends > 0) {
		bits_fact(b, l, N_("Depends on"));
		for (size_t i = 0; i < n->ndepends; i++)
			put_node(b, n->depends[i], i == 0);
		bits_fact_end(b);
	}
	if (n->ndependants == 0)
		return;
	bits_fact(b, l, N_("Depend on it"));
	for (size_t i = 0; i < site_nnodes(c->site) && shown < MAX_LINKS; i++) {
		const struct node *other = site_node_at(c->site, i);
		for (size_t k = 0; k < other->ndepends; k++)
			if (other->depends[k] == n)
				put_node(b, other, shown++ == 0);
	}
	if (n->ndependants > shown)
		html_textf(b, " … (%zu)", n->ndependants);
	bits_fact_end(b);
}

/* Where it stands. */
static void
put_place(struct buf *b, const struct collector *c, const struct node *n, enum lang l)
{
	bits_fact(b, l, N_("Zone"));
	bits_zone(b, c, l, n->zone != NULL ? n->zone->name : "site");
	bits_fact_end(b);
	if (n->rack == NULL)
		return;
	bits_fact(b, l, N_("Rack"));
	html_text(b, n->rack);
	if (n->unit > 0) {
		html_raw(b, ", ");
		page_sayf(b, l, N_("unit %u"), n->unit);
	}
	bits_fact_end(b);
}

/* When it was heard of, by whom, since when. */
static void
put_session(struct buf *b, const struct request *rq, const struct node *n)
{
	int64_t shift = rq->wall_ms - rq->steady_ms;
	enum lang l = rq->lang;
	bits_fact(b, l, N_("Last data"));
	if (n->seen_ms == 0)
		page_say(b, l, N_("never"));
	else
		page_ago(b, l, n->seen_ms + shift, rq->wall_ms);
	bits_fact_end(b);
	bits_fact(b, l, n->connected ? N_("Connected since") : N_("Not connected since"));
	int64_t since = n->connected ? n->joined_ms : n->lost_ms;
	if (since == 0)
		html_text(b, "–");
	else
		bits_time(b, l, since + shift, rq->wall_ms);
	bits_fact_end(b);
	if (n->via != NULL) {
		bits_fact(b, l, N_("Gateway"));
		put_node(b, n->via, true);
		bits_fact_end(b);
	}
	if (n->peer[0] != '\0')
		bits_fact_text(b, l, N_("Address"), n->peer);
	if (n->agent[0] != '\0')
		bits_fact_text(b, l, N_("Agent"), n->agent);
}

/* What is known of the node itself. */
static void
put_facts(struct buf *b, const struct collector *c, const struct request *rq, const struct node *n)
{
	static const char *const kinds[] = { N_("server"), N_("device"), N_("link"),
		N_("summary") };
	html_raw(b, "<dl class=\"facts\">\n");
	bits_fact_text(b, rq->lang, N_("Name"), n->name);
	bits_fact_text(b, rq->lang, N_("Kind"), lang_text(rq->lang, kinds[n->kind]));
	put_place(b, c, n, rq->lang);
	put_session(b, rq, n);
	put_depends(b, c, n, rq->lang);
	html_raw(b, "</dl>\n");
}

/* Whether an incident has an alert of the node, or is of it. */
static bool
concerns(const struct collector *c, const struct incident *in, const struct node *n)
{
	if (strcmp(in->node, n->name) == 0)
		return true;
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if (a->incident == in->id && strcmp(a->node, n->name) == 0)
			return true;
	}
	return false;
}

/* The incidents that it is in, open ones first, as far as they are remembered. */
static void
put_incidents(
    struct buf *b, const struct collector *c, const struct request *rq, const struct node *n)
{
	static const char *const heads[] = { N_("Severity"), N_("Since"), N_("Incident"), NULL };
	size_t shown = 0;
	char cause[1024];
	for (int open = 1; open >= 0; open--)
		for (size_t i = 0; i < engine_nincidents(c->engine) && shown < MAX_INCIDENTS; i++) {
			const struct incident *in = engine_incident_at(c->engine, i);
			if ((in->closed_ms == 0) != open || !concerns(c, in, n))
				continue;
			if (shown++ == 0)
				bits_table(b, rq->lang, N_("Incidents"), heads);
			incidentlist_cause(cause, sizeof cause, c, in, rq->lang);
			html_raw(b, "<tr><td>");
			bits_severity(b, rq->lang, in->severity, !open);
			html_raw(b, "</td><td class=\"nowrap\">");
			bits_time(b, rq->lang, in->opened_ms, rq->wall_ms);
			html_raw(b, "</td><td class=\"wide\">");
			bits_incident(b, in->id);
			html_raw(b, " ");
			html_text(b, cause);
			html_raw(b, "</td></tr>\n");
		}
	if (shown > 0)
		bits_table_end(b);
}

/* What the node told of lately beside values. */
static void
put_events(struct buf *b, const struct collector *c, enum lang l, const struct node *n)
{
	static const char *const heads[] = { N_("Severity"), N_("When"), N_("What"), NULL };
	size_t shown = 0;
	for (size_t i = 0; i < events_count(c->events) && shown < MAX_EVENTS; i++) {
		const struct events_entry *en = events_at(c->events, i);
		if (en->node != n)
			continue;
		if (shown++ == 0)
			bits_table(b, l, N_("Events"), heads);
		html_raw(b, "<tr><td>");
		page_badge(b, l, page_severity((int)en->severity));
		html_raw(b, "</td><td class=\"nowrap\">");
		page_time(b, l, en->time_ms);
		html_raw(b, "</td><td class=\"wide\">");
		html_text(b, en->text);
		html_raw(b, " <small>");
		html_text(b, en->code);
		html_raw(b, "</small></td></tr>\n");
	}
	if (shown > 0)
		bits_table_end(b);
	html_raw(b, "<p><a href=\"/incidents?q=");
	html_query(b, n->name);
	html_raw(b, "\">");
	page_say(b, l, N_("All its incidents"));
	html_raw(b, "</a></p>\n");
}

int
nodepage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct node *n = site_node(c->site, rq->name);
	if (n == NULL)
		return reply_error(
		    re, 404, "no-such-node", "There is no node \"%.64s\".", rq->name);
	struct buf *b = &re->body;
	char live[LIVE_MAX_ARG];
	snprintf(live, sizeof live, "node:%s", n->name);
	page_begin(re, c, rq,
	    &(struct page){
		.title = n->title, .live = live, .script = "graph.js", .style = "graph.css" });
	html_raw(b, "<h1>");
	html_text(b, n->title);
	html_raw(b, " ");
	page_badge(b, rq->lang, view_node(c, n, rq->steady_ms));
	html_raw(b, "</h1>\n");
	put_facts(b, c, rq, n);
	put_incidents(b, c, rq, n);
	alertlist_alerts(b, c, rq->lang, n->name, true, rq->wall_ms);
	nodevalues_put(b, c, rq, n);
	alertlist_alerts(b, c, rq->lang, n->name, false, rq->wall_ms);
	put_events(b, c, rq->lang, n);
	nodevalues_rules(b, c, rq, n);
	page_end(b);
	return 200;
}
