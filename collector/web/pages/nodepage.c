/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node: what is wrong with it, what it measured last, and how that went. */
#include "collector/web/pages/nodepage.h"

#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "collector/web/pages/alertlist.h"
#include "collector/web/live.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/view.h"
#include "zw/units.h"

#define MAX_EVENTS 10

/* The spans that the graphs may show; the first is the default. */
static const struct {
	const char *last;
	const char *text;
} spans[] = { { "1h", "1 hour" }, { "6h", "6 hours" }, { "24h", "1 day" }, { "7d", "7 days" },
	{ "30d", "30 days" } };
#define NSPANS (sizeof spans / sizeof spans[0])

/* A term and what it is. */
static void
put_fact(struct buf *b, const char *term, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	html_raw(b, "<div><dt>");
	html_text(b, term);
	html_raw(b, "</dt><dd>");
	html_text(b, text);
	html_raw(b, "</dd></div>\n");
}

/* What is known of the node itself. */
static void
put_facts(struct buf *b, const struct node *n, int64_t steady_ms)
{
	static const char *const kinds[] = { "server", "device", "link", "summary" };
	char age[UNITS_MAX] = "never";
	char last[UNITS_MAX + 8] = "never";

	if (n->seen_ms != 0) {
		units_duration(age, sizeof age, steady_ms - n->seen_ms);
		snprintf(last, sizeof last, "%s ago", age);
	}
	html_raw(b, "<dl class=\"facts\">\n");
	put_fact(b, "Name", n->name);
	put_fact(b, "Kind", kinds[n->kind]);
	put_fact(b, "Zone", n->zone != NULL ? n->zone->title : "site");
	put_fact(b, "Rack", n->rack);
	put_fact(b, "Last data", last);
	put_fact(b, "Session", n->connected ? "connected" : "none");
	put_fact(b, "Gateway", n->via != NULL ? n->via->title : NULL);
	put_fact(b, "From", n->peer);
	put_fact(b, "Agent", n->agent);
	for (size_t i = 0; i < n->ndepends; i++)
		put_fact(b, "Depends on", n->depends[i]->title);
	html_raw(b, "</dl>\n");
}

/* The links that change the graphs' span. */
static void
put_spans(struct buf *b, const struct node *n, const char *last)
{
	html_raw(b, "<nav class=\"spans\" aria-label=\"Span of the graphs\">");
	for (size_t i = 0; i < NSPANS; i++) {
		html_raw(b, "<a href=\"/node/");
		html_query(b, n->name);
		html_raw(b, "?last=");
		html_query(b, spans[i].last);
		html_raw(b, strcmp(spans[i].last, last) == 0 ? "\" aria-current=\"true\">" : "\">");
		html_text(b, spans[i].text);
		html_raw(b, "</a>");
	}
	html_raw(b, "</nav>\n");
}

/* The sign of a state that is not as it should be. */
static void
put_severity(struct buf *b, const struct series *se, unsigned i)
{
	struct metric_state st;
	if (!site_state(se, i, se->last.values[i], &st) || st.severity == METRIC_OK)
		return;
	enum view_state state = st.severity == METRIC_CRITICAL	? VIEW_CRITICAL
				: st.severity == METRIC_WARNING ? VIEW_WARNING
								: VIEW_STALE;
	html_raw(b, "<span class=\"badge ");
	html_text(b, view_word(state));
	html_raw(b, "\"><span aria-hidden=\"true\">");
	html_text(b, view_sign(state));
	html_raw(b, "</span> <span class=\"unseen\">");
	html_text(b, metric_severity_name(st.severity));
	html_raw(b, "</span></span> ");
}

/* The latest values of a series, a row for each field. */
static void
put_values(struct buf *b, const struct series *se)
{
	html_raw(b, "<div class=\"scroll\"><table class=\"values\">\n<thead class=\"unseen\"><tr>"
		    "<th scope=\"col\">Field</th><th scope=\"col\">Value</th></tr></thead>\n"
		    "<tbody>\n");
	for (unsigned i = 0; i < se->nfields; i++) {
		const struct field *f = &se->fields[i];
		char value[UNITS_MAX];
		site_value(value, sizeof value, se, i);
		html_raw(b, "<tr><th scope=\"row\" title=\"");
		html_text(b, f->label);
		html_raw(b, "\">");
		html_text(b, f->name);
		html_raw(b, "</th><td class=\"number\">");
		put_severity(b, se, i);
		html_text(b, value);
		html_raw(b, "</td></tr>\n");
	}
	html_raw(b, "</tbody>\n</table></div>\n");
}

/* The address of a series' graph. */
static void
put_address(
    struct buf *b, const struct series *se, const char *last, unsigned width, unsigned height)
{
	html_raw(b, "/api/v1/graph?series=");
	html_query(b, se->node->name);
	html_raw(b, "/");
	html_query(b, se->name);
	html_textf(b, "&format=svg&width=%u&height=%u&last=", width, height);
	html_query(b, last);
}

/* The graph of a series; the browser fetches it when it comes into view, a narrow one for a
 * narrow screen. */
static void
put_graph(struct buf *b, const struct series *se, const char *last)
{
	html_raw(b, "<a class=\"graph\" href=\"");
	put_address(b, se, last, 1200, 400);
	html_raw(b, "\"><picture><source media=\"(max-width: 50rem)\" srcset=\"");
	put_address(b, se, last, 260, 120);
	html_raw(b, "\"><img loading=\"lazy\" alt=\"Graph of ");
	html_text(b, se->name);
	html_raw(b, "\" src=\"");
	put_address(b, se, last, 560, 150);
	html_raw(b, "\"></picture></a>\n");
}

/* A series: its latest values beside its graph. */
static void
put_series(struct buf *b, const struct series *se, const char *last)
{
	html_raw(b, "<section class=\"series\">\n<h2>");
	html_text(b, se->name);
	html_raw(b, " <small>");
	html_textf(b, "every %u s", se->step_s);
	html_raw(b, "</small></h2>\n<div class=\"pair\">\n");
	put_values(b, se);
	put_graph(b, se, last);
	html_raw(b, "</div>\n</section>\n");
}

/* The span asked for, if it is one of ours. */
static const char *
span_of(const struct request *rq)
{
	const char *last = request_param(rq, "last");
	for (size_t i = 0; last != NULL && i < NSPANS; i++)
		if (strcmp(spans[i].last, last) == 0)
			return spans[i].last;
	return spans[0].last;
}

/* What the node told of lately beside values. */
static void
put_events(struct buf *b, const struct collector *c, enum lang l, const struct node *n)
{
	size_t shown = 0;
	for (size_t i = 0; i < events_count(c->events) && shown < MAX_EVENTS; i++) {
		const struct events_entry *en = events_at(c->events, i);
		if (en->node != n)
			continue;
		if (shown++ == 0)
			html_raw(b, "<div class=\"scroll\"><table class=\"list\">\n"
				    "<caption>Events</caption>\n<thead><tr>"
				    "<th scope=\"col\">Severity</th><th scope=\"col\">When</th>"
				    "<th scope=\"col\">What</th></tr></thead>\n<tbody>\n");
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
		html_raw(b, "</tbody>\n</table></div>\n");
}

int
nodepage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct node *n = site_node(c->site, rq->name);
	if (n == NULL)
		return reply_error(
		    re, 404, "no-such-node", "There is no node \"%.64s\".", rq->name);
	struct buf *b = &re->body;
	const char *last = span_of(rq);
	char live[LIVE_MAX_ARG];
	snprintf(live, sizeof live, "node:%s", n->name);
	page_begin(re, c, rq, &(struct page){ .title = n->title, .live = live });
	html_raw(b, "<h1>");
	html_text(b, n->title);
	html_raw(b, " ");
	page_badge(b, rq->lang, view_node(c, n, rq->steady_ms));
	html_raw(b, "</h1>\n");
	put_facts(b, n, rq->steady_ms);
	alertlist_alerts(b, c, rq->lang, n->name, true, rq->wall_ms);
	if (n->nseries == 0)
		html_raw(b, "<p class=\"calm\">Nothing was measured here yet.</p>\n");
	else
		put_spans(b, n, last);
	/* The agent's own figures are the last that anybody looks for. */
	for (size_t i = 0; i < 2 * n->nseries; i++) {
		const struct series *se = n->series[i % n->nseries];
		if ((strcmp(se->source, "agent") == 0) == (i >= n->nseries))
			put_series(b, se, last);
	}
	alertlist_alerts(b, c, rq->lang, n->name, false, rq->wall_ms);
	put_events(b, c, rq->lang, n);
	page_end(b);
	return 200;
}
