/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables and the graph of an incident's page. */
#include "collector/web/pages/incidentparts.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/view.h"
#include "zw/alloc.h"
#include "zw/units.h"

#define SHOWN 30 /* alerts, until all are asked for */
#define SHOWN_ALL 200
#define NEIGHBOURS 40	  /* nodes above or below */
#define MARGIN_MS 1800000 /* of a graph, before and after */
#define GRAPH_WIDTH 1100  /* of the plot */
#define NARROW_WIDTH 300  /* likewise, on a telephone */
#define GRAPH_HEIGHT 200

bool
incidentparts_alert(const struct story *s, uint64_t id, struct alert *a)
{
	const struct alert *now = id != 0 ? engine_alert(s->c->engine, id) : NULL;
	size_t n = story_count(s->root, "alerts");

	if (now != NULL) {
		*a = *now;
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		const struct json_t *row = story_row(s->root, "alerts", i);
		if ((uint64_t)story_int(row, "id") == id) {
			story_alert(row, a);
			return true;
		}
	}
	return false;
}

/* The alert of a row, as it is now if it is open. */
static bool
row_alert(const struct story *s, size_t i, struct alert *a)
{
	const struct json_t *row = story_row(s->root, "alerts", i);
	const struct alert *now = engine_alert(s->c->engine, (uint64_t)story_int(row, "id"));

	if (now != NULL)
		*a = *now;
	else
		story_alert(row, a);
	return a->id != 0;
}

bool
incidentparts_all(const struct incidentparts *p)
{
	return bits_param(p->s->rq, "all") != NULL;
}

void
incidentparts_more(struct buf *b, const struct incidentparts *p, size_t shown, size_t there)
{
	html_raw(b, "<p class=\"hint\">");
	page_sayf(b, p->s->rq->lang, "%zu of %zu are shown.", shown, there);
	if (!incidentparts_all(p)) {
		html_raw(b, " <a href=\"/incident/");
		html_textf(b, "%llu?all=1", (unsigned long long)p->id);
		html_raw(b, "\">");
		page_say(b, p->s->rq->lang, "Show all");
		html_raw(b, "</a>");
	}
	html_raw(b, "</p>\n");
}

/* The address of the cause's picture in this width, as an attribute's value. */
static void
put_source(
    struct buf *b, const struct incidentparts *p, int64_t from_ms, int64_t to_ms, unsigned width)
{
	const struct alert *a = &p->cause;
	char limit[32];

	html_raw(b, "/api/v1/graph?series=");
	html_query(b, a->node);
	html_raw(b, "/");
	html_query(b, a->series);
	html_raw(b, "&amp;field=");
	html_query(b, a->field);
	html_textf(b, "&start=%lld&end=%lld", (long long)from_ms / 1000, (long long)to_ms / 1000);
	if (!isnan(a->limit)) {
		str_from_double(limit, a->limit);
		html_textf(b, "&limit=%s", limit);
	}
	html_textf(b, "&mark=%lld&width=%u&height=%d&format=svg", (long long)a->since_ms / 1000,
	    width, GRAPH_HEIGHT);
}

void
incidentparts_graph(struct buf *b, const struct incidentparts *p)
{
	const struct alert *a = &p->cause;
	enum lang l = p->s->rq->lang;
	int64_t now_ms = p->s->rq->wall_ms;
	char path[sizeof a->node + sizeof a->series + 2];

	if (!p->has_cause || a->series[0] == '\0' || a->node[0] == '\0')
		return;
	snprintf(path, sizeof path, "%s/%s", a->node, a->series);
	if (site_series_named(p->s->c->site, path) == NULL)
		return;
	int64_t to_ms = p->closed_ms != 0 ? p->closed_ms + MARGIN_MS : now_ms;
	if (to_ms > now_ms)
		to_ms = now_ms;
	/* To the minute, so that a renewed page asks for the same picture. */
	to_ms = (to_ms + 59999) / 60000 * 60000;
	int64_t from_ms = (a->since_ms - MARGIN_MS) / 60000 * 60000;
	html_raw(b, "<figure class=\"graph\"><picture><source media=\"(max-width: 45rem)\" "
		    "srcset=\"");
	put_source(b, p, from_ms, to_ms, NARROW_WIDTH);
	html_raw(b, "\"><img loading=\"lazy\" src=\"");
	put_source(b, p, from_ms, to_ms, GRAPH_WIDTH);
	html_raw(b, "\" width=\"1180\" height=\"280\" alt=\"");
	page_sayf(b, l, "Graph of %s %s, with the moment when it began", path, a->field);
	html_raw(b, "\"></picture><figcaption><a href=\"/graph?s=");
	html_query(b, path);
	html_raw(b, ":");
	html_query(b, a->field);
	html_textf(b, "&from=%lld&to=%lld", (long long)from_ms / 1000, (long long)to_ms / 1000);
	html_raw(b, "\">");
	page_say(b, l, N_("Look closer, compare"));
	html_raw(b, "</a></figcaption></figure>\n");
}

/* What an alert is on: a link to its node, or the zone. */
static void
put_where(struct buf *b, const struct story *s, const struct alert *a)
{
	if (a->node[0] != '\0')
		bits_node(b, s->c, a->node);
	else if (a->rack[0] != '\0')
		page_sayf(b, s->rq->lang, "rack %s", a->rack);
	else
		bits_zone(b, s->c, s->rq->lang, a->zone);
	if (a->series[0] == '\0')
		return;
	html_raw(b, "<br><small>");
	html_textf(b, "%s %s", a->series, a->field);
	html_raw(b, "</small>");
}

/* A number with its unit, or a dash. */
static void
value_cell(struct buf *b, enum lang l, double v, const char *unit)
{
	char text[UNITS_MAX] = "–";

	if (!isnan(v))
		lang_value(text, sizeof text, v, unit != NULL ? unit : "", l);
	html_raw(b, "<td class=\"number\">");
	html_text(b, text);
	html_raw(b, "</td>");
}

/* One alert. */
static void
alert_row(struct buf *b, const struct incidentparts *p, const struct alert *a)
{
	enum lang l = p->s->rq->lang;
	bool over = text_is_over(a);
	char text[ALERT_MAX_TEXT];

	html_raw(b, over ? "<tr class=\"past\"><td>" : "<tr><td>");
	bits_severity(b, l, a->severity, over);
	html_raw(b, "</td><td>");
	put_where(b, p->s, a);
	html_raw(b, "</td><td class=\"wide\">");
	html_text(b, text_title(a, l));
	text_beside(text, sizeof text, a, l);
	html_raw(b, "<br><small>");
	html_text(b, text);
	if (a->id == p->root) {
		html_text(b, *text != '\0' ? " · " : "");
		page_say(b, l, "the cause");
	}
	html_raw(b, "</small></td><td class=\"number\">");
	text_value(text, sizeof text, a, l);
	html_text(b, *text != '\0' ? text : "–");
	html_raw(b, "</td>");
	value_cell(b, l, a->limit, a->unit);
	value_cell(b, l, a->peak, a->unit);
	html_raw(b, "<td>");
	html_text(b, bits_word(l, alert_state_word(a->state)));
	bits_flags(b, l, a);
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_time(b, l, a->since_ms, p->s->rq->wall_ms);
	html_raw(b, "<br><small>");
	bits_span(b, l, a->since_ms, over ? a->resolved_ms : p->s->rq->wall_ms);
	html_raw(b, "</small></td></tr>\n");
}

/* In which order they are read: the cause, what fires by severity, what waits, what is over. */
static unsigned
rank_of(const struct alert *a, uint64_t root)
{
	if (a->id == root)
		return 0;
	if (text_is_over(a))
		return 3 + WIRE_CRITICAL;
	return a->state == ALERT_PENDING ? 2 + WIRE_CRITICAL : 1 + WIRE_CRITICAL - a->severity;
}

void
incidentparts_alerts(struct buf *b, const struct incidentparts *p)
{
	static const char *const heads[] = { N_("Severity"), N_("Where"), N_("What"),
		">" N_("Value"), ">" N_("Limit"), ">" N_("Worst value"), N_("State"), N_("Since"),
		NULL };
	size_t n = story_count(p->s->root, "alerts"), shown = 0;
	size_t most = incidentparts_all(p) ? SHOWN_ALL : SHOWN;
	struct alert a;

	if (n == 0)
		return;
	bits_table(b, p->s->rq->lang, N_("Alerts"), heads);
	unsigned *ranks = xcalloc(n, sizeof *ranks);
	for (size_t i = 0; i < n; i++)
		ranks[i] = row_alert(p->s, i, &a) ? rank_of(&a, p->root) : UINT_MAX;
	for (unsigned rank = 0; rank <= 3 + WIRE_CRITICAL; rank++)
		for (size_t i = 0; i < n && shown < most; i++)
			if (ranks[i] == rank && row_alert(p->s, i, &a)) {
				alert_row(b, p, &a);
				shown++;
			}
	free(ranks);
	bits_table_end(b);
	if (n > shown)
		incidentparts_more(b, p, shown, n);
}

/* A node with its state, as an entry of a list. */
static void
put_neighbour(struct buf *b, const struct story *s, const struct node *n)
{
	html_raw(b, "<li>");
	page_badge(b, s->rq->lang, view_node(s->c, n, s->rq->steady_ms));
	html_raw(b, " ");
	bits_node(b, s->c, n->name);
	if (strcmp(n->title, n->name) != 0) {
		html_raw(b, " <small>");
		html_text(b, n->title);
		html_raw(b, "</small>");
	}
	html_raw(b, "</li>\n");
}

/* Whether one stands right below the other. */
static bool
hangs_on(const struct node *n, const struct node *above)
{
	for (size_t i = 0; i < n->ndepends; i++)
		if (n->depends[i] == above)
			return true;
	return n->via == above && n != above;
}

/* The nodes that hang on it. */
static void
put_below(struct buf *b, const struct story *s, const struct node *node)
{
	size_t found = 0;

	for (size_t i = 0; i < site_nnodes(s->c->site); i++) {
		const struct node *n = site_node_at(s->c->site, i);
		if (!hangs_on(n, node))
			continue;
		if (found++ == 0) {
			html_raw(b, "<h3>");
			page_say(b, s->rq->lang, "What hangs on it");
			html_raw(b, "</h3>\n<ul class=\"nodelist\">\n");
		}
		if (found <= NEIGHBOURS)
			put_neighbour(b, s, n);
	}
	if (found > NEIGHBOURS) {
		html_raw(b, "<li>");
		html_textf(b,
		    lang_plural(s->rq->lang, "and %zu more", "and %zu more", found - NEIGHBOURS),
		    found - NEIGHBOURS);
		html_raw(b, "</li>\n");
	}
	if (found > 0)
		html_raw(b, "</ul>\n");
}

void
incidentparts_place(struct buf *b, const struct incidentparts *p)
{
	const struct node *n = p->has_cause ? site_node(p->s->c->site, p->cause.node) : NULL;
	enum lang l = p->s->rq->lang;

	if (n == NULL || n->kind == NODE_SUMMARY)
		return;
	html_raw(b, "<section>\n<h2>");
	page_say(b, l, "Its place");
	html_raw(b, "</h2>\n<ul class=\"nodelist\">\n");
	put_neighbour(b, p->s, n);
	html_raw(b, "</ul>\n");
	if (n->ndepends > 0) {
		html_raw(b, "<h3>");
		page_say(b, l, "It depends on");
		html_raw(b, "</h3>\n<ul class=\"nodelist\">\n");
		for (size_t i = 0; i < n->ndepends && i < NEIGHBOURS; i++)
			put_neighbour(b, p->s, n->depends[i]);
		html_raw(b, "</ul>\n");
	}
	put_below(b, p->s, n);
	html_raw(b, "</section>\n");
}
