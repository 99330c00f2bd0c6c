/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures and the frame around them. What graph.js needs stands in data-attributes: the series of a
 * figure, limits as JSON, the words. */
#include "collector/web/pages/plot.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/assets.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/plot_int.h"
#include "collector/web/view.h"
#include "zw/json.h"
#include "zw/str.h"
#include "zw/units.h"

#define MAX_SPAN_S (20LL * 366 * 86400)

/* What can be chosen. */
static const struct {
	const char *last;
	const char *text;
} spans[] = { { "1h", N_("1 hour") }, { "6h", N_("6 hours") }, { "24h", N_("24 hours") },
	{ "7d", N_("7 days") }, { "30d", N_("30 days") }, { "365d", N_("1 year") },
	{ "1826d", N_("5 years") } };
#define NSPANS (sizeof spans / sizeof spans[0])

static const char *const compares[] = { "day", "week", "month" };

/* A local time of a form: "2026-11-22T14:00"; 0: it is none. */
static int64_t
local_s(const char *text)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M", &tm) : NULL;
	return end == NULL || *end != '\0' ? 0 : (int64_t)mktime(&tm);
}

/* A number of seconds, or a local time; 0: neither is given. */
static int64_t
moment(const struct request *rq, const char *seconds, const char *local)
{
	const char *text = request_param(rq, seconds);
	int64_t s;
	if (text != NULL && str_to_i64(text, 1, INT64_C(1) << 36, &s) == 0)
		return s;
	return local_s(request_param(rq, local));
}

struct plot_span
plot_span(const struct request *rq, const char *last)
{
	struct plot_span s = { .compare = "" };
	int64_t now = rq->wall_ms / 1000, ms;
	const char *asked = request_param(rq, "last"), *with = request_param(rq, "compare");
	for (size_t i = 0; with != NULL && i < sizeof compares / sizeof compares[0]; i++)
		if (strcmp(with, compares[i]) == 0)
			s.compare = compares[i];
	s.from_s = moment(rq, "from", "begin");
	s.to_s = moment(rq, "to", "end");
	if (s.from_s > 0 && s.to_s == 0)
		s.to_s = now;
	if (s.from_s > 0 && s.to_s > s.from_s && s.to_s - s.from_s <= MAX_SPAN_S)
		return s;
	if (asked == NULL || str_to_duration(asked, &ms) == -1 || ms < 60000 ||
	    ms > MAX_SPAN_S * 1000 || str_copy(s.last, sizeof s.last, asked) == -1)
		(void)str_copy(s.last, sizeof s.last, last);
	if (str_to_duration(s.last, &ms) == -1)
		ms = 3600000;
	s.to_s = now;
	s.from_s = now - ms / 1000;
	return s;
}

/* Whether two fields can stand in one figure. */
static bool
fits(const struct field *a, const struct field *b)
{
	return strcmp(a->unit, b->unit) == 0 && a->kind == b->kind;
}

/* The first field of a figure. */
static const struct field *
first_of(const struct plot *p)
{
	for (unsigned i = 0; i < p->series[0]->nfields; i++)
		if ((p->chosen[0] >> i & 1) != 0)
			return &p->series[0]->fields[i];
	return &p->series[0]->fields[0];
}

/* Adds a field to a figure, if it has room for its series. */
static bool
add_field(struct plot *p, const struct series *se, unsigned field)
{
	size_t i = 0;
	while (i < p->nseries && p->series[i] != se)
		i++;
	if (i == PLOT_MAX_SERIES)
		return false;
	if (i == p->nseries) {
		p->series[i] = se;
		p->chosen[i] = 0;
		p->nseries++;
	}
	p->chosen[i] |= UINT64_C(1) << field;
	return true;
}

size_t
plot_split(const struct series *se, uint64_t chosen, struct plot *all, size_t n, size_t max)
{
	for (unsigned i = 0; i < se->nfields; i++) {
		size_t k = 0;
		if (chosen != 0 && (chosen >> i & 1) == 0)
			continue;
		while (k < n &&
		       !(fits(first_of(&all[k]), &se->fields[i]) && add_field(&all[k], se, i)))
			k++;
		if (k < n || n == max)
			continue;
		all[n] = (struct plot){ 0 };
		(void)add_field(&all[n++], se, i);
	}
	return n;
}

/* "NODE/SERIES:FIELD,FIELD" of the i-th series. */
static void
put_selector(struct buf *b, const struct plot *p, size_t i)
{
	const struct series *se = p->series[i];
	const char *before = ":";
	html_query(b, se->node->name);
	html_raw(b, "/");
	html_query(b, se->name);
	for (unsigned k = 0; k < se->nfields; k++) {
		if ((p->chosen[i] >> k & 1) == 0)
			continue;
		html_raw(b, before);
		html_query(b, se->fields[k].name);
		before = ",";
	}
}

/* The address of the page that shows this figure alone, without the time. */
static void
put_address(struct buf *b, const struct plot *p)
{
	html_raw(b, "/graph?");
	for (size_t i = 0; i < p->nseries; i++) {
		html_raw(b, "s=");
		put_selector(b, p, i);
		html_raw(b, "&amp;");
	}
}

/* The picture of the renderer. */
static void
put_picture(struct buf *b, const struct plot *p, const struct plot_span *span, unsigned width,
    unsigned height)
{
	html_raw(b, "/api/v1/graph?");
	for (size_t i = 0; i < p->nseries; i++) {
		html_raw(b, "series=");
		put_selector(b, p, i);
		html_raw(b, "&amp;");
	}
	if (span->last[0] != '\0') {
		html_raw(b, "last=");
		html_query(b, span->last);
	} else
		html_textf(b, "from=%lld&to=%lld", (long long)span->from_s, (long long)span->to_s);
	html_textf(b, "&format=svg&width=%u&height=%u", width, height);
}

/* JSON into an attribute's value, without the line's end; frees it. */
static void
put_json(struct buf *b, struct buf *text)
{
	buf_u8(text, '\0');
	text->data[strcspn((char *)text->data, "\n")] = '\0';
	html_text(b, (const char *)text->data);
	buf_free(text);
}

/* The limits of its fields, as JSON in an attribute. */
static void
put_limits(struct buf *b, const struct plot *p, const struct plot_limits *limits)
{
	struct buf text = { 0 };
	struct json j = json_over(&text);
	json_array(&j, NULL);
	for (size_t i = 0; limits != NULL && i < limits->n; i++) {
		const struct plot_limit *li = &limits->rows[i];
		for (size_t k = 0; k < p->nseries; k++) {
			if (p->series[k] != li->series || (p->chosen[k] >> li->field & 1) == 0)
				continue;
			json_object(&j, NULL);
			json_number(&j, "value", li->value);
			json_flag(&j, "above", li->above);
			json_text(&j, "severity", view_severity(li->severity));
			json_text(&j, "title", li->title);
			json_end(&j);
		}
	}
	json_end(&j);
	html_raw(b, " data-limits=\"");
	put_json(b, &text);
	html_raw(b, "\"");
}

/* What a figure is called: the series; of several, what they have in common. */
static void
put_title(struct buf *b, const struct plot *p, enum lang l)
{
	const struct field *f = first_of(p);
	bool same = true, alone = (p->chosen[0] & (p->chosen[0] - 1)) == 0;
	for (size_t i = 1; i < p->nseries; i++)
		same = same && strcmp(p->series[i]->name, p->series[0]->name) == 0;
	if (p->nseries == 1) {
		html_text(b, p->series[0]->name);
		if (alone)
			html_textf(b, " · %s", f->name);
	} else if (same)
		html_textf(
		    b, "%s%s%s", p->series[0]->name, alone ? " · " : "", alone ? f->name : "");
	else
		page_say(b, l, f->label[0] != '\0' ? f->label : f->name);
}

/* The least time between two samples of its series. */
static unsigned
step_of(const struct plot *p)
{
	unsigned step = p->series[0]->step_s;
	for (size_t i = 1; i < p->nseries; i++)
		step = p->series[i]->step_s > step ? p->series[i]->step_s : step;
	return step;
}

void
plot_put(struct buf *b, const struct request *rq, const struct plot_span *span,
    const struct plot *p, const struct plot_limits *limits, bool wide)
{
	const struct field *f = first_of(p);
	char unit[32];
	html_raw(b, "<figure data-keep class=\"plot");
	html_raw(b, wide ? " wide\" data-s=\"" : "\" data-s=\"");
	for (size_t i = 0; i < p->nseries; i++) {
		html_raw(b, i > 0 ? " " : "");
		put_selector(b, p, i);
	}
	html_raw(b, "\" data-step=\"");
	html_textf(b, "%u", step_of(p));
	html_raw(b, "\" data-kind=\"");
	html_raw(b, field_kind_name(f->kind));
	html_raw(b, "\"");
	put_limits(b, p, limits);
	html_raw(b, ">\n<figcaption><a href=\"");
	put_address(b, p);
	if (span->last[0] != '\0')
		html_textf(b, "last=%s", span->last);
	else
		html_textf(b, "from=%lld&to=%lld", (long long)span->from_s, (long long)span->to_s);
	html_raw(b, "\" translate=\"no\">");
	put_title(b, p, rq->lang);
	html_raw(b, "</a>");
	units_of_field(unit, sizeof unit, f->kind, f->unit);
	if (f->kind != FIELD_STATE && unit[0] != '\0' && strcmp(unit, "1") != 0) {
		html_raw(b, " <small translate=\"no\">");
		html_text(b, strcmp(unit, "Cel") == 0 ? "°C" : unit);
		html_raw(b, "</small>");
	}
	html_raw(b, "</figcaption>\n<noscript><img loading=\"lazy\" alt=\"\" src=\"");
	put_picture(b, p, span, wide ? 1100 : 480, wide ? 360 : 150);
	html_raw(b, "\"></noscript>\n</figure>\n");
}

/* The links to spans. */
static void
put_spans(struct buf *b, const struct request *rq, const struct plot_span *span, const char *path)
{
	html_raw(b, "<nav class=\"tabs spans\" aria-label=\"");
	page_say(b, rq->lang, N_("Time shown"));
	html_raw(b, "\">");
	for (size_t i = 0; i < NSPANS; i++) {
		html_raw(b, "<a href=\"");
		html_text(b, path);
		html_textf(b, "last=%s", spans[i].last);
		html_raw(b, "\" data-last=\"");
		html_raw(b, spans[i].last);
		html_raw(b, "\"");
		html_raw(
		    b, strcmp(spans[i].last, span->last) == 0 ? " aria-current=\"true\">" : ">");
		page_say(b, rq->lang, spans[i].text);
		html_raw(b, "</a>");
	}
	html_raw(b, "</nav>\n");
}

/* A field of the form for a time of one's own. */
static void
put_local(struct buf *b, enum lang l, const char *name, const char *label, int64_t s)
{
	time_t at = (time_t)s;
	struct tm tm;
	char text[32] = "";
	if (localtime_r(&at, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M", &tm);
	html_raw(b, "<label><span>");
	page_say(b, l, label);
	html_raw(b, "</span> <input type=\"datetime-local\" name=\"");
	html_raw(b, name);
	html_raw(b, "\" value=\"");
	html_raw(b, text);
	html_raw(b, "\"></label>\n");
}

/* The form for a time of one's own; it keeps what else the address says. */
static void
put_form(struct buf *b, const struct request *rq, const struct plot_span *span, const char *path)
{
	static const char *const texts[] = { N_("a day ago"), N_("a week ago"),
		N_("four weeks ago") };
	html_raw(b, "<form class=\"own\" method=\"get\" action=\"");
	html_textf(b, "%.*s", (int)strcspn(path, "?"), path);
	html_raw(b, "\">\n");
	for (size_t i = 0; i < rq->nparams; i++) {
		const char *name = rq->params[i].name;
		if (strcmp(name, "s") != 0 && strcmp(name, "layout") != 0)
			continue;
		html_hidden(b, name, rq->params[i].value);
	}
	put_local(b, rq->lang, "begin", N_("From"), span->from_s);
	put_local(b, rq->lang, "end", N_("To"), span->to_s);
	html_raw(b, "<label><span>");
	page_say(b, rq->lang, N_("Beside it"));
	html_raw(b, "</span> <select name=\"compare\"><option value=\"\">–</option>");
	for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++) {
		html_raw(b, "<option value=\"");
		html_raw(b, compares[i]);
		html_raw(b, strcmp(span->compare, compares[i]) == 0 ? "\" selected>" : "\">");
		page_say(b, rq->lang, texts[i]);
		html_raw(b, "</option>");
	}
	html_raw(b, "</select></label>\n<button type=\"submit\" class=\"quiet\">");
	page_say(b, rq->lang, N_("Show"));
	html_raw(b, "</button>\n</form>\n");
}

/* A button of the script's; its sign, and its name for who cannot see it. */
static void
put_button(struct buf *b, enum lang l, const char *act, const char *sign, const char *name)
{
	html_raw(b, "<button type=\"button\" class=\"quiet\" data-act=\"");
	html_raw(b, act);
	html_raw(b, "\" title=\"");
	page_say(b, l, name);
	html_raw(b, "\" aria-label=\"");
	page_say(b, l, name);
	html_raw(b, "\">");
	html_raw(b, sign);
	html_raw(b, "</button>");
}

void
plot_begin(struct buf *b, const struct request *rq, const struct plot_span *span, const char *path,
    const char *const *nodes, const struct collector *c)
{
	struct buf words = { 0 };
	char url[128];
	plot_words(&words, rq->lang);
	assets_url(url, sizeof url, "dygraph.min.js");
	html_raw(b, "<div class=\"graphs\" data-words=\"");
	put_json(b, &words);
	html_raw(b, "\" data-dygraph=\"");
	html_text(b, url);
	html_raw(b, "\" data-zone=\"");
	html_text(b, c->conf->timezone != NULL ? c->conf->timezone : "UTC");
	html_raw(b, "\" data-path=\"");
	html_textf(b, "%.*s", (int)strcspn(path, "?"), path);
	html_raw(b, "\" data-nodes=\"");
	for (size_t i = 0; nodes != NULL && nodes[i] != NULL; i++)
		html_textf(b, "%s%s", i > 0 ? " " : "", nodes[i]);
	html_raw(b, "\" data-last=\"");
	html_text(b, span->last);
	html_raw(b, "\" data-compare=\"");
	html_text(b, span->compare);
	html_raw(b, "\" data-from=\"");
	html_textf(b, "%lld", (long long)span->from_s);
	html_raw(b, "\" data-to=\"");
	html_textf(b, "%lld", (long long)span->to_s);
	html_raw(b, "\" data-now=\"");
	html_textf(b, "%lld", (long long)rq->wall_ms);
	html_raw(b, "\">\n<div class=\"plotbar\" data-keep>\n");
	put_spans(b, rq, span, path);
	html_raw(b, "<p class=\"moves\" hidden>");
	put_button(b, rq->lang, "back", "◀", N_("Earlier"));
	put_button(b, rq->lang, "forth", "▶", N_("Later"));
	put_button(b, rq->lang, "in", "+", N_("Zoom in"));
	put_button(b, rq->lang, "out", "−", N_("Zoom out"));
	put_button(b, rq->lang, "live", "⇥", N_("To the present"));
	html_raw(b, "</p>\n");
	html_raw(b, "<details class=\"other\"><summary>");
	page_say(b, rq->lang, N_("Another time, compare"));
	html_raw(b, "</summary>\n");
	put_form(b, rq, span, path);
	html_raw(b, "</details>\n</div>\n");
}

void
plot_end(struct buf *b)
{
	html_raw(b, "</div>\n");
}
