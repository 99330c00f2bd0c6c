/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All links. Availability is of the history: the part of the time in which no critical alert of the
 * link fired. The page is made when the history has answered. */
#include "collector/web/pages/linkspage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentlist.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/story.h"
#include "collector/web/pages/tile.h"
#include "zw/alloc.h"
#include "zw/units.h"

#define DAY_MS INT64_C(86400000)
#define MAX_OUTAGES 2000

/* A link as its row shows it. */
struct row {
	const struct node *node;
	enum view_state state;
	const struct alert *why; /* the worst that fires; NULL: nothing does */
	double latency;		 /* in the unit of its field; NAN */
	const char *unit;
	double loss;  /* %; NAN */
	double day;   /* availability of 24 h, 0..1 */
	double month; /* of 30 d */
};

/* What can be sorted by. */
enum key {
	BY_STATE,
	BY_NAME,
	BY_LATENCY,
	BY_LOSS,
	BY_DAY,
	BY_MONTH
};
static const char *const keys[] = { "state", "name", "latency", "loss", "day", "month" };
#define NKEYS (sizeof keys / sizeof keys[0])

int
linkspage_compare(const void *a, const void *b)
{
	const struct linkspage_outage *x = a, *y = b;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->from_ms < y->from_ms ? -1 : x->from_ms > y->from_ms;
}

int64_t
linkspage_down(
    const struct linkspage_outage *v, size_t n, unsigned node, int64_t from_ms, int64_t to_ms)
{
	int64_t down = 0, end = from_ms;
	for (size_t i = 0; i < n; i++) {
		if (v[i].node != node)
			continue;
		int64_t a = v[i].from_ms > end ? v[i].from_ms : end;
		int64_t z = v[i].to_ms < to_ms ? v[i].to_ms : to_ms;
		if (z > a) {
			down += z - a;
			end = z;
		}
	}
	return down;
}

/* The outages that the history knows of, sorted; freed by free(). */
static struct linkspage_outage *
outages(const struct story *s, size_t *n)
{
	size_t all = story_count(s->root, "outages");
	struct linkspage_outage *v = xcalloc(all + 1, sizeof *v);
	*n = 0;
	for (size_t i = 0; i < all; i++) {
		const struct json_t *row = story_row(s->root, "outages", i);
		const struct node *node = site_node(s->c->site, story_text(row, "node"));
		if (node == NULL)
			continue;
		int64_t end_ms = story_int(row, "resolved_ms");
		v[(*n)++] = (struct linkspage_outage){ .node = node->index,
			.from_ms = story_int(row, "fired_ms"),
			.to_ms = end_ms != 0 ? end_ms : s->rq->wall_ms };
	}
	qsort(v, *n, sizeof *v, linkspage_compare);
	return v;
}

/* The worst alert that fires on a node. */
static const struct alert *
worst_of(const struct collector *c, const struct node *n)
{
	const struct alert *worst = NULL;
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if ((a->state == ALERT_FIRING || a->state == ALERT_CLEARING) &&
		    strcmp(a->node, n->name) == 0 &&
		    (worst == NULL || a->severity > worst->severity))
			worst = a;
	}
	return worst;
}

/* The latency and loss that were measured last: of what probes first, echo before the others. */
static void
measure(const struct node *n, struct row *r)
{
	static const char *const fields[] = { "rtt", "time" };
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, "loss");
		if (se->last.time_s == 0)
			continue;
		if (k < se->nfields && !isnan(se->last.values[k]) &&
		    !(r->loss >= se->last.values[k]))
			r->loss = se->last.values[k];
		for (size_t f = 0; f < 2 && isnan(r->latency); f++) {
			k = site_field(se, fields[f]);
			if (k == se->nfields || isnan(se->last.values[k]))
				continue;
			r->latency = se->last.values[k];
			r->unit = se->fields[k].unit;
		}
	}
}

/* A link's row. */
static struct row
make_row(const struct story *s, const struct node *n, const struct linkspage_outage *v, size_t nv)
{
	const struct collector *c = s->c;
	int64_t now_ms = s->rq->wall_ms;
	struct row r = { .node = n,
		.state = view_node(c, n, s->rq->steady_ms),
		.why = worst_of(c, n),
		.latency = NAN,
		.unit = "",
		.loss = NAN };
	if (!site_is_stale(n, s->rq->steady_ms))
		measure(n, &r);
	r.day = 1 - (double)linkspage_down(v, nv, n->index, now_ms - DAY_MS, now_ms) / DAY_MS;
	r.month = 1 - (double)linkspage_down(v, nv, n->index, now_ms - 30 * DAY_MS, now_ms) /
			  (double)(30 * DAY_MS);
	return r;
}

/* Order of numbers, what is not known last. */
static int
compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return a < b ? -1 : a > b;
}

/* Order of rows, for qsort_r(). */
static int
compare_rows(const void *a, const void *b, void *arg)
{
	const struct row *x = a, *y = b;
	enum key key = *(const enum key *)arg;
	int d = 0;
	if (key == BY_STATE)
		d = (int)y->state - (int)x->state;
	else if (key == BY_LATENCY)
		d = compare_numbers(-x->latency, -y->latency);
	else if (key == BY_LOSS)
		d = compare_numbers(-x->loss, -y->loss);
	else if (key == BY_DAY)
		d = compare_numbers(x->day, y->day);
	else if (key == BY_MONTH)
		d = compare_numbers(x->month, y->month);
	return d != 0 ? d : strverscmp(x->node->name, y->node->name);
}

/* A head by which the rows can be sorted. */
static void
put_head(struct buf *b, const struct request *rq, enum key key, enum key now, const char *text,
    bool number)
{
	const char *state = bits_param(rq, "state");
	html_raw(b, number ? "<th scope=\"col\" class=\"number\"" : "<th scope=\"col\"");
	html_raw(b, key == now ? " aria-sort=\"ascending\"><a href=\"/links?sort="
			       : "><a href=\"/links?sort=");
	html_raw(b, keys[key]);
	if (state != NULL) {
		html_raw(b, "&amp;state=");
		html_query(b, state);
	}
	html_raw(b, "\">");
	page_say(b, rq->lang, text);
	html_raw(b, key == now ? " <span aria-hidden=\"true\">▾</span></a></th>" : "</a></th>");
}

/* A cell that says what it is where the heads have no room. */
static void
put_cell(struct buf *b, enum lang l, const char *label, const char *class)
{
	html_raw(b, "<td class=\"");
	html_raw(b, class);
	html_raw(b, "\" data-label=\"");
	page_say(b, l, label);
	html_raw(b, "\">");
}

/* A share as per cent; a hundred only if it is all. */
static void
put_share(struct buf *b, enum lang l, const char *label, double v)
{
	char text[UNITS_MAX];
	double cent = v * 100;
	if (cent < 100 && cent > 99.99)
		cent = 99.99;
	lang_number(text, sizeof text, cent, cent >= 100 ? 0 : 2, l);
	put_cell(b, l, label, cent >= 99.9 ? "number" : "number low");
	html_textf(b, "%s %%", text);
	html_raw(b, "</td>");
}

/* A value with its unit, or a dash. */
static void
put_value(struct buf *b, enum lang l, const char *label, double v, const char *unit)
{
	char text[UNITS_MAX] = "–";
	if (!isnan(v))
		lang_value(text, sizeof text, v, unit, l);
	put_cell(b, l, label, "number");
	html_text(b, text);
	html_raw(b, "</td>");
}

/* One link. */
static void
put_row(struct buf *b, const struct story *s, const struct row *r)
{
	enum lang l = s->rq->lang;
	html_raw(b, "<tr><td>");
	page_badge(b, l, r->state);
	html_raw(b, "</td><td class=\"wide\"><a href=\"/node/");
	html_query(b, r->node->name);
	html_raw(b, "\">");
	html_text(b, r->node->title);
	html_raw(b, "</a>");
	if (strcmp(r->node->title, r->node->name) != 0) {
		html_raw(b, " <small>");
		html_text(b, r->node->name);
		html_raw(b, "</small>");
	}
	if (r->why != NULL && r->why->because[0] != '\0') {
		html_raw(b, "<br><small>");
		page_sayf(b, l, N_("because of %s"), r->why->because);
		html_raw(b, "</small>");
	}
	html_raw(b, "</td><td class=\"nowrap\">");
	if (r->why != NULL) {
		page_moment(b, l, r->why->since_ms, s->rq->wall_ms);
		html_raw(b, " <small>");
		page_ago(b, l, r->why->since_ms, s->rq->wall_ms);
		html_raw(b, "</small>");
	}
	html_raw(b, "</td>");
	put_value(b, l, "Latency", r->latency, r->unit);
	put_value(b, l, "Packet loss", r->loss, "%");
	put_share(b, l, "Available, 24 h", r->day);
	put_share(b, l, "Available, 30 d", r->month);
	html_raw(b, "</tr>\n");
}

/* The table. */
static void
put_table(struct buf *b, const struct story *s, const struct row *rows, size_t n, enum key key)
{
	const struct request *rq = s->rq;
	html_raw(
	    b, "<div class=\"scroll\" tabindex=\"0\"><table class=\"list links\">\n<thead><tr>");
	put_head(b, rq, BY_STATE, key, N_("State"), false);
	put_head(b, rq, BY_NAME, key, N_("Link"), false);
	html_raw(b, "<th scope=\"col\">");
	page_say(b, rq->lang, N_("Since"));
	html_raw(b, "</th>");
	put_head(b, rq, BY_LATENCY, key, N_("Latency"), true);
	put_head(b, rq, BY_LOSS, key, N_("Packet loss"), true);
	put_head(b, rq, BY_DAY, key, N_("Available, 24 h"), true);
	put_head(b, rq, BY_MONTH, key, N_("Available, 30 d"), true);
	html_raw(b, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++)
		put_row(b, s, &rows[i]);
	html_raw(b, "</tbody>\n</table></div>\n");
}

/* Whether a link's alert belongs to the incident; how many links do. */
static size_t
links_of(const struct collector *c, uint64_t incident, const struct node *last)
{
	size_t n = 0;
	(void)last;
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *node = site_node_at(c->site, i);
		const struct alert *a = node->kind == NODE_LINK ? worst_of(c, node) : NULL;
		n += a != NULL && a->incident == incident;
	}
	return n;
}

/* Open incidents that several links share. */
static void
put_common(struct buf *b, const struct story *s)
{
	bool any = false;
	for (size_t i = 0; i < engine_nincidents(s->c->engine); i++) {
		const struct incident *in = engine_incident_at(s->c->engine, i);
		size_t n = in->closed_ms == 0 && in->total > 1 ? links_of(s->c, in->id, NULL) : 0;
		char cause[2 * ALERT_MAX_TEXT];
		if (n < 2)
			continue;
		if (!any) {
			html_raw(b, "<section class=\"card\" id=\"common\">\n<h2>");
			page_say(b, s->rq->lang, N_("What several have in common"));
			html_raw(b, "</h2>\n<ul class=\"quiet-list\">\n");
		}
		any = true;
		incidentlist_cause(cause, sizeof cause, s->c, in, s->rq->lang);
		html_raw(b, "<li><a href=\"/incident/");
		html_textf(b, "%llu", (unsigned long long)in->id);
		html_raw(b, "\">");
		html_text(b, cause);
		html_raw(b, "</a> <b>");
		html_textf(
		    b, lang_plural(s->rq->lang, "%zu link", "%zu links", (unsigned long)n), n);
		html_raw(b, "</b> ");
		page_ago(b, s->rq->lang, in->opened_ms, s->rq->wall_ms);
		html_raw(b, "</li>\n");
	}
	if (any)
		html_raw(b, "</ul>\n</section>\n");
}

/* The choice of a state, with how many links are in each. */
static void
put_filter(struct buf *b, const struct story *s, const struct view_counts *counts,
    const char *chosen, enum key key)
{
	html_raw(b, "<nav class=\"tabs\" aria-label=\"");
	page_say(b, s->rq->lang, N_("State"));
	html_raw(b, "\">\n");
	for (int st = VIEW_NSTATES; st >= VIEW_OK; st--) {
		bool all = st == VIEW_NSTATES;
		enum view_state state = all ? VIEW_OK : (enum view_state)st;
		if (!all && counts->by[state] == 0)
			continue;
		html_raw(b, "<a href=\"/links?sort=");
		html_raw(b, keys[key]);
		if (!all) {
			html_raw(b, "&amp;state=");
			html_raw(b, view_word(state));
		}
		bool here =
		    all ? chosen == NULL : chosen != NULL && strcmp(chosen, view_word(state)) == 0;
		html_raw(b, here ? "\" aria-current=\"true\">" : "\">");
		if (!all)
			html_textf(b, "%s ", view_sign(state));
		page_say(b, s->rq->lang, all ? N_("all") : view_phrase(state));
		html_textf(b, " %zu", all ? counts->total : counts->by[state]);
		html_raw(b, "</a>\n");
	}
	html_raw(b, "</nav>\n");
}

/* What was asked to sort by. */
static enum key
key_of(const struct request *rq)
{
	const char *word = bits_param(rq, "sort");
	for (size_t i = 0; word != NULL && i < NKEYS; i++)
		if (strcmp(keys[i], word) == 0)
			return (enum key)i;
	return BY_STATE;
}

/* The links as rows; counts: of all, rows: of those in the chosen state. Freed by free(). */
static struct row *
gather(const struct story *s, const char *chosen, struct view_counts *counts, size_t *n)
{
	size_t nv;
	struct linkspage_outage *v = outages(s, &nv);
	struct row *rows = xcalloc(site_nnodes(s->c->site) + 1, sizeof *rows);
	*n = 0;
	for (size_t i = 0; i < site_nnodes(s->c->site); i++) {
		const struct node *node = site_node_at(s->c->site, i);
		if (node->kind != NODE_LINK)
			continue;
		struct row r = make_row(s, node, v, nv);
		counts->total++;
		counts->by[r.state]++;
		if (chosen == NULL || strcmp(chosen, view_word(r.state)) == 0)
			rows[(*n)++] = r;
	}
	free(v);
	return rows;
}

/* The page, when the history has answered. */
static void
put_page(struct reply *re, const struct story *s)
{
	const struct request *rq = s->rq;
	struct buf *b = &re->body;
	struct view_counts counts = { 0 };
	const char *chosen = bits_param(rq, "state");
	enum key key = key_of(rq);
	size_t n;
	page_begin(re, s->c, rq,
	    &(struct page){
		.title = lang_text(rq->lang, N_("Links")), .here = "/links", .live = "links" });
	struct row *rows = gather(s, chosen, &counts, &n);
	qsort_r(rows, n, sizeof *rows, compare_rows, &key);
	html_raw(b, "<h1>");
	page_say(b, rq->lang, "Links");
	html_raw(b, "</h1>\n");
	put_common(b, s);
	if (counts.total == 0) {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, rq->lang, N_("No links are configured."));
		html_raw(b, "</p>\n");
	} else {
		put_filter(b, s, &counts, chosen, key);
		put_table(b, s, rows, n, key);
		html_raw(b, "<p class=\"hint\">");
		page_say(b, rq->lang,
		    N_("Available: the part of the time in which no critical alert of the link "
		       "fired."));
		html_raw(b, "</p>\n");
	}
	free(rows);
	page_end(b);
}

int
linkspage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf links = { 0 };
	buf_u8(&links, ',');
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->kind != NODE_LINK)
			continue;
		buf_text(&links, n->name);
		buf_u8(&links, ',');
	}
	buf_u8(&links, '\0');
	const struct history_ask ask = { .what = "outages",
		.word = (const char *)links.data,
		.from_ms = rq->wall_ms - 30 * DAY_MS,
		.limit = MAX_OUTAGES };
	int status = story_ask(c, rq, re, &ask, put_page, NULL);
	buf_free(&links);
	return status;
}
