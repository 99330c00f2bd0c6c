/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of a node by source. Of a node with very many series the sources are folded, and a word
 * typed leaves those that have it. */
#include "collector/web/pages/nodevalues.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/alert/explain.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/plot.h"
#include "zw/csv.h"
#include "zw/str.h"
#include "zw/units.h"

#define MANY 40	  /* series; with more the sources are folded */
#define SOME 8	  /* with more there is a field to look for one */
#define AT_ONCE 6 /* figures of a series; of more there is a link */

/* A value in the reader's language: a state by its name. */
static void
value_of(char *dst, size_t size, const struct series *se, unsigned i, enum lang l)
{
	const struct field *f = &se->fields[i];
	struct metric_state st;
	char unit[METRIC_MAX_UNIT + 8];

	if (se->last.time_s == 0) {
		(void)str_copy(dst, size, "–");
		return;
	}
	if (site_state(se, i, se->last.values[i], &st) && st.text[0] != '\0') {
		(void)str_copy(dst, size, lang_text(l, st.text));
		return;
	}
	units_of_field(unit, sizeof unit, f->kind, f->unit);
	lang_value(dst, size, se->last.values[i], f->kind == FIELD_STATE ? "1" : unit, l);
}

/* The sign of a state that is not as it should be. */
static void
put_severity(struct buf *b, const struct series *se, unsigned i, enum lang l)
{
	struct metric_state st;

	if (!site_state(se, i, se->last.values[i], &st) || st.severity == METRIC_OK)
		return;
	page_badge(b, l,
	    st.severity == METRIC_CRITICAL  ? VIEW_CRITICAL
	    : st.severity == METRIC_WARNING ? VIEW_WARNING
					    : VIEW_STALE);
	html_raw(b, " ");
}

/* The latest values of a series, a row for each field. */
static void
put_values(struct buf *b, const struct series *se, enum lang l)
{
	html_raw(b, "<div class=\"scroll\" tabindex=\"0\"><table class=\"values\">\n<thead "
		    "class=\"unseen\"><tr>"
		    "<th scope=\"col\">");
	page_say(b, l, N_("Field"));
	html_raw(b, "</th><th scope=\"col\">");
	page_say(b, l, N_("Value"));
	html_raw(b, "</th></tr></thead>\n<tbody>\n");
	for (unsigned i = 0; i < se->nfields; i++) {
		char value[UNITS_MAX + 32];
		value_of(value, sizeof value, se, i, l);
		html_raw(b, "<tr><th scope=\"row\" lang=\"en\" translate=\"no\" title=\"");
		html_text(b, se->fields[i].label);
		html_raw(b, "\">");
		html_text(b, se->fields[i].name);
		html_raw(b, "</th><td class=\"number\">");
		put_severity(b, se, i, l);
		html_text(b, value);
		html_raw(b, "</td></tr>\n");
	}
	html_raw(b, "</tbody>\n</table></div>\n");
}

/* A series: its latest values beside its graphs. */
static void
put_series(struct buf *b, const struct request *rq, const struct plot_span *span,
    const struct series *se, const struct plot_limits *limits)
{
	struct plot plots[PLOT_MAX_OF_SERIES];
	size_t n = plot_split(se, 0, plots, 0, PLOT_MAX_OF_SERIES);
	char every[UNITS_MAX];

	page_span(every, sizeof every, rq->lang, se->step_s * INT64_C(1000));
	html_raw(b, "<section class=\"series\" id=\"");
	html_text(b, se->name);
	html_raw(b, "\" data-find=\"");
	html_text(b, se->name);
	for (unsigned i = 0; i < se->nfields; i++) {
		html_raw(b, " ");
		html_text(b, se->fields[i].name);
		html_raw(b, " ");
		html_text(b, se->fields[i].label);
	}
	html_raw(b, "\">\n<h3><span translate=\"no\">");
	html_text(b, se->name);
	html_raw(b, "</span> <small>");
	page_sayf(b, rq->lang, N_("every %s"), every);
	html_raw(b, "</small></h3>\n<div class=\"pair\">\n");
	put_values(b, se, rq->lang);
	html_raw(b, "<div class=\"plots\">\n");
	for (size_t i = 0; i < n && i < AT_ONCE; i++)
		plot_put(b, rq, span, &plots[i], limits, false);
	html_raw(b, "</div>\n</div>\n</section>\n");
}

/* Whether a source is about how the node is asked and what it sent, not about what it does: it
 * comes last, folded. */
static bool
is_about_asking(const char *source)
{
	static const char *const sources[] = { "snmp", "agent", "event", "trap" };
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (strcmp(sources[i], source) == 0)
			return true;
	return false;
}

/* All series of a source. */
static void
put_source(struct buf *b, const struct request *rq, const struct plot_span *span,
    const struct node *n, const char *source, const struct plot_limits *limits)
{
	size_t count = 0;

	for (size_t i = 0; i < n->nseries; i++)
		count += strcmp(n->series[i]->source, source) == 0;
	html_raw(b, "<details class=\"source\" id=\"source-");
	html_text(b, source);
	html_raw(
	    b, n->nseries > MANY || is_about_asking(source) ? "\"><summary>" : "\" open><summary>");
	html_raw(b, "<span translate=\"no\">");
	html_text(b, source);
	html_raw(b, "</span>");
	html_textf(b, " (%zu)", count);
	html_raw(b, "</summary>\n");
	for (size_t i = 0; i < n->nseries; i++)
		if (strcmp(n->series[i]->source, source) == 0)
			put_series(b, rq, span, n->series[i], limits);
	html_raw(b, "</details>\n");
}

/* Whether the i-th series is the first of its source. */
static bool
is_first(const struct node *n, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(n->series[k]->source, n->series[i]->source) == 0)
			return false;
	return true;
}

/* The field to look for a series, and the way to keep all values. */
static void
put_tools(struct buf *b, const struct node *n, enum lang l)
{
	html_raw(b, "<form class=\"picker\" role=\"search\">");
	if (n->nseries > SOME) {
		html_raw(b, "<label><span>");
		page_say(b, l, N_("Look for a series or field"));
		html_raw(b, "</span> <input type=\"search\" class=\"filter\" data-keep "
			    "autocomplete=\"off\"></label> ");
	}
	html_raw(b, "<a href=\"/api/v1/nodes/");
	html_query(b, n->name);
	html_raw(b, "/latest\" download>");
	page_say(b, l, N_("All latest values as CSV"));
	html_raw(b, "</a></form>\n");
}

void
nodevalues_put(
    struct buf *b, const struct collector *c, const struct request *rq, const struct node *n)
{
	struct plot_span span = plot_span(rq, "1h");
	struct plot_limits limits = { 0 };
	const char *const nodes[] = { n->name, NULL };
	char path[NAME_MAX_NODE + 16];

	html_raw(b, "<h2>");
	page_say(b, rq->lang, N_("Values"));
	html_raw(b, "</h2>\n");
	if (n->nseries == 0) {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, rq->lang, N_("Nothing was measured here yet."));
		html_raw(b, "</p>\n");
		return;
	}
	put_tools(b, n, rq->lang);
	plot_limits_of(&limits, c, n, rq->lang);
	snprintf(path, sizeof path, "/node/%s?", n->name);
	plot_begin(b, rq, &span, path, nodes, c);
	for (size_t i = 0; i < 2 * n->nseries; i++) {
		const struct series *se = n->series[i % n->nseries];
		if (is_about_asking(se->source) == (i >= n->nseries) && is_first(n, i % n->nseries))
			put_source(b, rq, &span, n, se->source, &limits);
	}
	plot_end(b);
	plot_limits_free(&limits);
}

/* While the rules are gone through. */
struct seeing {
	struct buf *b;
	enum lang lang;
	size_t n;
};

/* One rule. */
static void
put_rule(void *arg, const struct rule_view *v)
{
	static const char *const sights[] = { [SIGHT_OK] = N_("ok"),
		[SIGHT_PENDING] = N_("pending"),
		[SIGHT_FIRING] = N_("firing"),
		[SIGHT_CLEARING] = N_("clearing"),
		[SIGHT_NO_DATA] = N_("no data"),
		[SIGHT_QUARANTINED] = N_("not believed"),
		[SIGHT_UNREACHABLE] = N_("cannot be reached"),
		[SIGHT_OFF] = N_("switched off here") };
	struct seeing *s = arg;
	struct buf *b = s->b;
	char value[UNITS_MAX];
	struct metric_state st;
	unsigned i = v->series != NULL ? site_field(v->series, v->field) : 0;

	s->n++;
	html_raw(b, "<tr><td class=\"wide\">");
	page_say(b, s->lang, v->title);
	html_raw(b, " <small translate=\"no\">");
	html_text(b, v->rule->name);
	html_raw(b, "</small></td><td translate=\"no\">");
	html_text(b, v->series != NULL ? v->series->name : "");
	html_text(b, v->series != NULL && v->field[0] != '\0' ? " · " : "");
	html_text(b, v->field);
	html_raw(b, "</td><td class=\"number\">");
	if (v->series != NULL && i < v->series->nfields &&
	    site_state(v->series, i, v->value, &st) && st.text[0] != '\0')
		page_say(b, s->lang, st.text);
	else if (!isnan(v->value)) {
		lang_value(value, sizeof value, v->value, v->unit, s->lang);
		html_text(b, value);
	}
	html_raw(b, "</td><td>");
	page_say(b, s->lang, sights[v->sight]);
	html_raw(b, "</td></tr>\n");
}

void
nodevalues_rules(
    struct buf *b, const struct collector *c, const struct request *rq, const struct node *n)
{
	static const char *const heads[] = { N_("Rule"), N_("Series"), ">Value", N_("It sees"),
		NULL };
	struct seeing s = { .b = b, .lang = rq->lang };

	html_raw(b, "<details id=\"rules\"><summary>");
	page_say(b, rq->lang, N_("Rules that look at it"));
	html_raw(b, "</summary>\n");
	bits_table(b, rq->lang, NULL, heads);
	explain_node(c->engine, n, put_rule, &s);
	bits_table_end(b);
	html_raw(b, "</details>\n");
}

/* A field's latest value as a line. */
static void
put_line(struct buf *b, const struct series *se, unsigned i)
{
	struct metric_state st;
	char number[32] = "", when[40] = "", unit[METRIC_MAX_UNIT + 8];
	time_t at = (time_t)se->last.time_s;
	struct tm tm;

	if (se->last.time_s > 0 && !isnan(se->last.values[i]))
		str_from_double(number, se->last.values[i]);
	if (se->last.time_s > 0 && gmtime_r(&at, &tm) != NULL)
		strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
	units_of_field(unit, sizeof unit, se->fields[i].kind, se->fields[i].unit);
	csv_text(b, se->name);
	buf_u8(b, ',');
	csv_text(b, se->fields[i].name);
	html_raw(b, ",");
	html_raw(b, number);
	html_raw(b, ",");
	csv_text(b, unit);
	html_raw(b, ",");
	csv_text(b, site_state(se, i, se->last.values[i], &st) ? st.text : "");
	html_raw(b, ",");
	html_raw(b, when);
	html_raw(b, "\r\n");
}

int
nodevalues_export(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct node *n = site_node(c->site, rq->name);
	struct buf *b = &re->body;

	if (n == NULL)
		return reply_error(
		    re, 404, "no-such-node", "There is no node \"%.64s\".", rq->name);
	re->type = REPLY_CSV;
	snprintf(re->filename, sizeof re->filename, "%.64s-latest.csv", n->name);
	html_raw(b, "\"series\",\"field\",\"value\",\"unit\",\"state\",\"time\"\r\n");
	for (size_t s = 0; s < n->nseries; s++)
		for (unsigned i = 0; i < n->series[s]->nfields; i++)
			put_line(b, n->series[s], i);
	return 200;
}
