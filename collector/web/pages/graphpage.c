/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graphs of one's own choice. What is added or left out is another address, so the page needs no
 * script for that; a script searches while one types. Below them, ready-made ones. */
#include "collector/web/pages/graphpage.h"

#include <stdio.h>
#include <string.h>

#include "collector/alert/text_reason.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/query.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/plot.h"

#define MAX_PLOTS 32
#define MAX_OFFERED 200

/* What is shown. */
struct choice {
	const struct collector *c;
	const struct request *rq;
	const char *texts[QUERY_MAX_SERIES]; /* as the address has them */
	const struct series *series[QUERY_MAX_SERIES];
	uint64_t chosen[QUERY_MAX_SERIES];
	size_t n;
	bool apart; /* a figure for each */
	struct plot_span span;
};

/* Reads the series; what does not exist is said on the page. Returns the first such text. */
static const char *
read_series(struct choice *ch)
{
	const char *unknown = NULL;
	struct err e;
	for (size_t i = 0; i < ch->rq->nparams && ch->n < QUERY_MAX_SERIES; i++) {
		const struct request_param *p = &ch->rq->params[i];
		if (strcmp(p->name, "s") != 0 || *p->value == '\0')
			continue;
		ch->series[ch->n] = query_series_of(ch->c, p->value, &ch->chosen[ch->n], &e);
		if (ch->series[ch->n] == NULL)
			unknown = unknown != NULL ? unknown : p->value;
		else
			ch->texts[ch->n++] = p->value;
	}
	return unknown;
}

/* The address of the same without one of the series (n: with all), up to the time. */
static void
put_path(struct buf *b, const struct choice *ch, size_t without, bool apart)
{
	html_raw(b, "/graph?");
	for (size_t i = 0; i < ch->n; i++) {
		if (i == without)
			continue;
		html_raw(b, "s=");
		html_query(b, ch->texts[i]);
		html_raw(b, "&");
	}
	if (apart)
		html_raw(b, "layout=apart&");
	if (ch->span.compare[0] != '\0') {
		html_raw(b, "compare=");
		html_raw(b, ch->span.compare);
		html_raw(b, "&");
	}
}

/* The same with the time, in an attribute. */
static void
put_link(struct buf *b, const struct choice *ch, size_t without, bool apart)
{
	struct buf path = { 0 };
	put_path(&path, ch, without, apart);
	buf_u8(&path, '\0');
	html_text(b, (const char *)path.data);
	buf_free(&path);
	if (ch->span.last[0] != '\0')
		html_textf(b, "last=%s", ch->span.last);
	else
		html_textf(
		    b, "from=%lld&to=%lld", (long long)ch->span.from_s, (long long)ch->span.to_s);
}

/* The series that are shown, each with its way out. */
static void
put_chosen(struct buf *b, const struct choice *ch)
{
	enum lang l = ch->rq->lang;
	if (ch->n == 0)
		return;
	html_raw(b, "<ul class=\"chosen\">\n");
	for (size_t i = 0; i < ch->n; i++) {
		html_raw(b, "<li><a href=\"/node/");
		html_query(b, ch->series[i]->node->name);
		html_raw(b, "\">");
		html_text(b, ch->series[i]->node->title);
		html_raw(b, "</a> ");
		const char *rest = strchr(ch->texts[i], '/');
		html_text(b, rest != NULL ? rest + 1 : "");
		html_raw(b, " <a class=\"out\" href=\"");
		put_link(b, ch, i, ch->apart);
		html_raw(b, "\" aria-label=\"");
		page_sayf(b, l, N_("Leave out %s"), ch->texts[i]);
		html_raw(b, "\">✕</a></li>\n");
	}
	html_raw(b, "</ul>\n");
	if (ch->n < 2)
		return;
	html_raw(b, "<p class=\"layout\"><a href=\"");
	put_link(b, ch, ch->n, !ch->apart);
	html_raw(b, "\">");
	page_say(b, l, ch->apart ? N_("Put into one graph") : N_("A graph for each"));
	html_raw(b, "</a></p>\n");
}

/* The form that adds a series. */
static void
put_picker(struct buf *b, const struct choice *ch)
{
	enum lang l = ch->rq->lang;
	if (ch->n == QUERY_MAX_SERIES)
		return;
	html_raw(b, "<form class=\"picker\" method=\"get\" action=\"/graph\">\n");
	for (size_t i = 0; i < ch->n; i++)
		html_hidden(b, "s", ch->texts[i]);
	html_hidden(b, "layout", ch->apart ? "apart" : "");
	html_hidden(b, "last", ch->span.last[0] != '\0' ? ch->span.last : "6h");
	html_raw(b, "<label><span>");
	page_say(b, l, ch->n > 0 ? N_("Compare with") : N_("What to show"));
	html_raw(b, "</span> <input name=\"s\" type=\"search\" list=\"found\" maxlength=\"200\" "
		    "autocomplete=\"off\" required placeholder=\"");
	page_say(b, l, N_("node, series or field"));
	html_raw(b, "\"></label>\n<datalist id=\"found\"></datalist>\n<button type=\"submit\" "
		    "class=\"quiet\">");
	page_say(b, l, N_("Add"));
	html_raw(b, "</button>\n</form>\n");
}

/* What was asked and is no series; of a node those that it has, to choose from. */
static void
put_unknown(struct buf *b, const struct choice *ch, const char *text)
{
	const struct node *n = site_node(ch->c->site, text);
	enum lang l = ch->rq->lang;
	html_raw(b, "<p class=\"alarm\">");
	page_sayf(b, l, N_("There is no series “%s”."), text);
	html_raw(b, "</p>\n");
	if (n == NULL || n->nseries == 0)
		return;
	html_raw(b, "<p>");
	page_sayf(b, l, N_("%s has these:"), n->title);
	html_raw(b, "</p>\n<ul class=\"chosen\">\n");
	for (size_t i = 0; i < n->nseries && i < MAX_OFFERED; i++) {
		const struct series *se = n->series[i];
		html_raw(b, "<li><a href=\"");
		struct buf path = { 0 };
		put_path(&path, ch, ch->n, ch->apart);
		buf_u8(&path, '\0');
		html_text(b, (const char *)path.data);
		buf_free(&path);
		html_raw(b, "s=");
		html_query(b, n->name);
		html_raw(b, "/");
		html_query(b, se->name);
		html_textf(b, "&last=%s", ch->span.last[0] != '\0' ? ch->span.last : "6h");
		html_raw(b, "\">");
		html_text(b, se->name);
		html_raw(b, "</a></li>\n");
	}
	html_raw(b, "</ul>\n");
}

/* The figures. */
static void
put_plots(struct buf *b, const struct choice *ch)
{
	struct plot plots[MAX_PLOTS];
	struct plot_limits limits = { 0 };
	const char *nodes[QUERY_MAX_SERIES + 1] = { NULL };
	size_t nplots = 0, nnodes = 0;
	for (size_t i = 0; i < ch->n; i++) {
		size_t first = ch->apart ? nplots : 0, k = 0;
		nplots = first + plot_split(ch->series[i], ch->chosen[i], plots + first,
				     nplots - first, MAX_PLOTS - first);
		while (k < nnodes && strcmp(nodes[k], ch->series[i]->node->name) != 0)
			k++;
		if (k < nnodes)
			continue;
		nodes[nnodes++] = ch->series[i]->node->name;
		plot_limits_of(&limits, ch->c, ch->series[i]->node, ch->rq->lang);
	}
	struct buf path = { 0 };
	put_path(&path, ch, ch->n, ch->apart);
	buf_u8(&path, '\0');
	plot_begin(b, ch->rq, &ch->span, (const char *)path.data, nodes, ch->c);
	buf_free(&path);
	html_raw(b, nplots == 1 ? "<div class=\"plots one\">\n" : "<div class=\"plots\">\n");
	for (size_t i = 0; i < nplots; i++)
		plot_put(b, ch->rq, &ch->span, &plots[i], &limits, nplots == 1);
	html_raw(b, "</div>\n");
	plot_end(b);
	plot_limits_free(&limits);
}

/* The choice of a zone, or of the whole site. */
static void
put_zones(struct buf *b, const struct collector *c, enum lang l)
{
	char title[200];

	html_raw(b, "<label><span>");
	page_say(b, l, N_("Zone"));
	html_raw(b, "</span> <select name=\"zone\"><option value=\"\">");
	page_say(b, l, N_("The whole site"));
	html_raw(b, "</option>");
	for (size_t i = 0; i < site_nzones(c->site); i++) {
		const struct zone *z = site_zone_at(c->site, i);
		html_raw(b, "<option value=\"");
		html_text(b, z->name);
		html_raw(b, "\">");
		text_zone(title, sizeof title, z, "", l);
		html_text(b, title);
		html_raw(b, "</option>");
	}
	html_raw(b, "</select></label>\n");
}

/* The choice of a node, by its name. */
static void
put_nodes(struct buf *b, const struct collector *c, enum lang l)
{
	html_raw(b, "<label><span>");
	page_say(b, l, N_("Node"));
	html_raw(b, "</span> <input name=\"node\" list=\"readynodes\" maxlength=\"128\" "
		    "autocomplete=\"off\"></label>\n<datalist id=\"readynodes\">");
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *n = site_node_at(c->site, i);
		if (n->kind == NODE_SUMMARY || n->parent != NULL)
			continue;
		html_raw(b, "<option value=\"");
		html_text(b, n->name);
		html_raw(b, "\" label=\"");
		html_text(b, n->title);
		html_raw(b, "\"></option>");
	}
	html_raw(b, "</datalist>\n");
}

/* Ready-made graphs: the form that ready.js fills with their names and shows then. */
static void
put_ready(struct buf *b, const struct collector *c, enum lang l)
{
	static const char *const formats[][2] = { { "pdf", "PDF" }, { "svg", "SVG" },
		{ "png", "PNG" } };

	html_raw(b, "<section id=\"ready\" class=\"ready\" data-lang=\"");
	html_raw(b, lang_word(l));
	html_raw(b, "\" hidden>\n<h2>");
	page_say(b, l, N_("Ready-made graphs"));
	html_raw(b, "</h2>\n<form class=\"picker\">\n<label><span>");
	page_say(b, l, N_("Graph"));
	html_raw(b, "</span> <select name=\"graph\"></select></label>\n");
	put_zones(b, c, l);
	put_nodes(b, c, l);
	html_raw(b, "<label><span>");
	page_say(b, l, N_("Month"));
	html_raw(b, "</span> <input name=\"month\" type=\"month\" pattern=\"[0-9]{4}-[0-9]{2}\" "
		    "placeholder=\"2026-10\"></label>\n<button type=\"submit\" class=\"quiet\">");
	page_say(b, l, N_("Show"));
	html_raw(b,
	    "</button>\n</form>\n<p class=\"alarm\" hidden></p>\n<p><img alt=\"\" hidden></p>\n"
	    "<p class=\"files\" hidden>");
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		html_raw(b, "<a href=\"#\" class=\"button quiet\" data-format=\"");
		html_raw(b, formats[i][0]);
		html_raw(b, "\">");
		html_raw(b, formats[i][1]);
		html_raw(b, "</a> ");
	}
	html_raw(b, "</p>\n</section>\n");
}

int
graphpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct choice ch = { .c = c, .rq = rq, .span = plot_span(rq, "6h") };
	const char *layout = request_param(rq, "layout");
	char title[256];
	struct buf *b = &re->body;
	ch.apart = layout != NULL && strcmp(layout, "apart") == 0;
	const char *unknown = read_series(&ch);
	snprintf(title, sizeof title, "%s%s%.120s", lang_text(rq->lang, N_("Graph")),
	    ch.n > 0 ? " · " : "", ch.n > 0 ? ch.texts[0] : "");
	page_begin(re, c, rq,
	    &(struct page){
		.title = title, .here = "/graph", .script = "graph.js", .style = "graph.css" });
	html_raw(b, "<h1>");
	page_say(b, rq->lang, N_("Graph"));
	html_raw(b, "</h1>\n");
	if (unknown != NULL)
		put_unknown(b, &ch, unknown);
	html_raw(b, "<div class=\"graphhead\">\n");
	put_chosen(b, &ch);
	put_picker(b, &ch);
	html_raw(b, "</div>\n");
	if (ch.n > 0)
		put_plots(b, &ch);
	put_ready(b, c, rq->lang);
	page_end(b);
	return unknown != NULL && ch.n == 0 ? 404 : 200;
}
