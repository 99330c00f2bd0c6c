/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text and HTML are written side by side by the same calls, so that they cannot tell different
 * stories. The HTML is legible without pictures and style sheets: a mail program may drop both. */
#include "collector/notify/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/notify/mime.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/units.h"

#define SUBJECT_MAX 240 /* bytes */
#define LABEL_WIDTH 10

/* Both forms of a mail's body while it grows. */
struct doc {
	struct buf text;
	struct buf html;
};

static void
put(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

/* Append text as HTML says it. */
static void
put_html(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			put(b, "&amp;");
			break;
		case '<':
			put(b, "&lt;");
			break;
		case '>':
			put(b, "&gt;");
			break;
		case '"':
			put(b, "&quot;");
			break;
		case '\'':
			put(b, "&#39;");
			break;
		default:
			buf_u8(b, (uint8_t)*s);
		}
	}
}

/* Append text of one line: what would end it becomes a blank. */
static void
put_line(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		buf_u8(b, *s == '\n' || *s == '\r' ? ' ' : (uint8_t)*s);
}

/* The head: what it is about, over a bar in the colour of its severity. */
static void
doc_begin(struct doc *d, const char *title, const char *colour)
{
	put_line(&d->text, title);
	put(&d->text, "\n\n");
	put(&d->html,
	    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n"
	    "<body style=\"font-family:sans-serif;font-size:14px;color:#222\">\n"
	    "<h2 style=\"font-size:18px;margin:0 0 12px;padding-left:10px;border-left:6px solid ");
	put(&d->html, colour);
	put(&d->html, "\">");
	put_html(&d->html, title);
	put(&d->html, "</h2>\n<table style=\"border-collapse:collapse\">\n");
}

/* A fact of the table. */
static void
doc_row(struct doc *d, const char *label, const char *value)
{
	char head[LABEL_WIDTH + 1];

	snprintf(head, sizeof head, "%-*.*s", LABEL_WIDTH, LABEL_WIDTH, label);
	put(&d->text, head);
	put_line(&d->text, value);
	put(&d->text, "\n");
	put(&d->html, "<tr><td style=\"padding:2px 16px 2px 0;color:#666\">");
	put_html(&d->html, label);
	put(&d->html, "</td><td style=\"padding:2px 0\">");
	put_html(&d->html, value);
	put(&d->html, "</td></tr>\n");
}

/* The table's end, then where the graph goes with what it shows, in a line of its own. */
static void
doc_graph(struct doc *d, const struct text_facts *f)
{
	char of[3 * NAME_MAX_NODE + NAME_MAX_SOURCE + NAME_MAX_FIELD + 64] = "the last hours";

	put(&d->html, "</table>\n");
	if (!f->graph)
		return;
	if (f->series != NULL && f->alert != NULL)
		snprintf(of, sizeof of, "%s %s%s%s%s", f->series->node->name, f->series->name,
		    *f->alert->field == '\0' ? "" : "/", f->alert->field,
		    *f->alert->node == '\0' ? " (the worst one)" : "");
	put(&d->html, "<p><img " MIME_GRAPH_SRC " alt=\"Graph of ");
	put_html(&d->html, of);
	put(&d->html, "\"><br><small>Graph of ");
	put_html(&d->html, of);
	put(&d->html, "</small></p>\n");
}

/* A headed list begins. */
static void
doc_heading(struct doc *d, const char *heading)
{
	put(&d->text, "\n");
	put(&d->text, heading);
	put(&d->text, "\n");
	put(&d->html, "<h3 style=\"font-size:14px;margin:16px 0 4px\">");
	put_html(&d->html, heading);
	put(&d->html, "</h3>\n");
}

/* A line under a heading. */
static void
doc_item(struct doc *d, const char *s)
{
	put(&d->text, "  ");
	put_line(&d->text, s);
	put(&d->text, "\n");
	put(&d->html, "<div>");
	put_html(&d->html, s);
	put(&d->html, "</div>\n");
}

/* A link to the node's page, or to the incidents; only the web's own, for the address is somebody's
 * text. */
static void
doc_link(struct doc *d, const struct text_facts *f)
{
	const char *base = f->url;
	char url[1024];

	if (base == NULL)
		return;
	bool web = strncmp(base, "http://", 7) == 0 || strncmp(base, "https://", 8) == 0;
	size_t n = strlen(base);
	while (n > 0 && base[n - 1] == '/')
		n--;
	if (!web || n > 800)
		(void)str_copy(url, sizeof url, base);
	else
		snprintf(url, sizeof url, "%.*s/%s%s", (int)n, base,
		    f->node != NULL ? "node/" : "incidents", f->node != NULL ? f->node->name : "");

	put(&d->text, "\n");
	put_line(&d->text, url);
	put(&d->text, "\n");
	put(&d->html, web ? "<p><a href=\"" : "<p>");
	if (web) {
		put_html(&d->html, url);
		put(&d->html, "\">");
	}
	put_html(&d->html, url);
	put(&d->html, web ? "</a></p>\n" : "</p>\n");
}

/* The foot; both texts become the mail's. */
static void
doc_end(struct doc *d, struct mail *m)
{
	put(&d->html, "</body></html>\n");
	buf_u8(&d->text, '\0');
	buf_u8(&d->html, '\0');
	m->text = xstrdup((const char *)d->text.data);
	m->html = xstrdup((const char *)d->html.data);
	buf_free(&d->text);
	buf_free(&d->html);
}

const char *
text_severity(enum wire_severity s)
{
	return s == WIRE_CRITICAL ? "CRITICAL" : s == WIRE_WARNING ? "WARNING" : "INFO";
}

/* The bar's colour. */
static const char *
colour_of(enum wire_severity s)
{
	return s == WIRE_CRITICAL ? "#c0392b" : s == WIRE_WARNING ? "#e08e0b" : "#2980b9";
}

void
text_time(char *dst, size_t size, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = { 0 };

	if (localtime_r(&t, &tm) == NULL) {
		snprintf(dst, size, "?");
		return;
	}
	long offset = tm.tm_gmtoff / 60;
	long away = labs(offset);
	snprintf(dst, size, "%04d-%02d-%02d %02d:%02d:%02d %c%02ld:%02ld", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, offset < 0 ? '-' : '+',
	    away / 60, away % 60);
}

/* The zone as people say it: its title, or "Zone b" of one that has only a name. */
static void
zone_words(char *dst, size_t size, const struct text_facts *f)
{
	if (f->zone == NULL)
		snprintf(dst, size, "%.120s", f->site);
	else if (strcmp(f->zone->title, f->zone->name) == 0)
		snprintf(dst, size, "Zone %s", f->zone->name);
	else
		snprintf(dst, size, "%.120s", f->zone->title);
}

/* What an alert is called. */
static const char *
title_of(const struct alert *a)
{
	return a->title != NULL && *a->title != '\0' ? a->title : a->rule;
}

/* "zone average": what an aggregate is, by its reason's first word; "" of anything else. */
static void
sum_words(char *dst, size_t size, const struct alert *a)
{
	static const char *const words[] = { "average", "maximum", "minimum" };
	const char *where = strcmp(a->zone, "site") == 0 ? "site" : "zone";

	*dst = '\0';
	for (size_t i = 0; *a->node == '\0' && i < sizeof words / sizeof words[0]; i++) {
		size_t n = strlen(words[i]);
		if (strncmp(a->reason, words[i], n) == 0 && a->reason[n] == ' ')
			snprintf(dst, size, "%s %s", where, words[i]);
	}
}

/* "srv17 33.4 °C", "zone average 33.4 °C", "srv17" of a silent node, or of what is over: its value
 * is fine now. */
static void
who_words(char *dst, size_t size, const struct alert *a)
{
	char value[UNITS_MAX] = "", sum[32];
	const char *who = a->node;

	sum_words(sum, sizeof sum, a);
	if (*sum != '\0')
		who = sum;
	if (!alert_value_is_said(a) && a->state != ALERT_RESOLVED)
		alert_value(value, sizeof value, a);
	snprintf(dst, size, "%s%s%s", who, *who != '\0' && *value != '\0' ? " " : "", value);
}

/* "CRITICAL Inlet air too warm: srv18 33 °C, above 32 °C". */
static void
alert_line(char *dst, size_t size, const struct alert *a)
{
	char who[NAME_MAX_NODE + UNITS_MAX + 2];

	who_words(who, sizeof who, a);
	snprintf(dst, size, "%s %.100s: %s%s%s", text_severity(a->severity), title_of(a), who,
	    *who != '\0' && *a->reason != '\0' ? ", " : "", a->reason);
}

/* Cut to what a subject may have, between two characters. */
static void
set_subject(struct mail *m, char *subject)
{
	size_t n = strlen(subject);

	if (n > SUBJECT_MAX) {
		n = SUBJECT_MAX;
		while (n > 0 && ((unsigned char)subject[n] & 0xc0) == 0x80)
			n--;
		subject[n] = '\0';
	}
	m->subject = xstrdup(subject);
}

/* What is wrong, without the zone: "Inlet air too warm, above 32 °C", "Cooling failure". That a
 * silent node is silent, the title says. */
static void
what_words(char *dst, size_t size, const struct text_facts *f, bool reason)
{
	const struct alert *a = f->alert;

	if (a == NULL)
		snprintf(dst, size, "%s", f->incident->cause);
	else if (f->generic && *a->reason != '\0')
		snprintf(dst, size, "%s", a->reason);
	else if (!reason || *a->reason == '\0' || strcmp(a->reason, "silent") == 0)
		snprintf(dst, size, "%.120s", title_of(a));
	else
		snprintf(dst, size, "%.120s, %s", title_of(a), a->reason);
}

/* Where it is: site, zone, node with its place. */
static void
rows_place(struct doc *d, const struct text_facts *f)
{
	const struct node *n = f->node;
	const struct alert *a = f->alert;
	char line[512];

	doc_row(d, "Site", f->site);
	if (f->zone != NULL) {
		bool same = strcmp(f->zone->title, f->zone->name) == 0;
		snprintf(
		    line, sizeof line, same ? "%s" : "%s (%.150s)", f->zone->name, f->zone->title);
		doc_row(d, "Zone", line);
	}
	if (n != NULL) {
		char place[200] = "", unit[32] = "";
		if (n->rack != NULL && n->unit != 0)
			snprintf(unit, sizeof unit, ", unit %u", n->unit);
		if (n->rack != NULL)
			snprintf(place, sizeof place, ", rack %.100s%s", n->rack, unit);
		bool same = strcmp(n->title, n->name) == 0;
		snprintf(line, sizeof line, "%s%s%.150s%s%s", n->name, same ? "" : " (",
		    same ? "" : n->title, same ? "" : ")", place);
		doc_row(d, "Node", line);
	}
	if (a != NULL && *a->series != '\0') {
		snprintf(
		    line, sizeof line, "%s%s%s", a->series, *a->field == '\0' ? "" : "/", a->field);
		doc_row(d, "Measured", line);
	} else if (a != NULL && *a->node == '\0' && f->series != NULL) {
		char sum[32];
		sum_words(sum, sizeof sum, a);
		snprintf(line, sizeof line, "%s%s%s%s%s", sum, *sum == '\0' ? "" : " of ",
		    f->series->source, *a->field == '\0' ? "" : "/", a->field);
		doc_row(d, "Measured", line);
	}
}

/* The worst of those that an aggregate is made of. */
static void
list_worst(struct doc *d, const struct text_facts *f)
{
	char line[512], value[UNITS_MAX];

	if (f->nworst == 0 || f->alert == NULL)
		return;
	doc_heading(d, "The worst nodes");
	for (size_t i = 0; i < f->nworst; i++) {
		const struct text_value *v = &f->worst[i];
		site_value(value, sizeof value, v->series, v->field);
		snprintf(line, sizeof line, "%s: %s (%s)", v->node->name, value, v->series->name);
		doc_item(d, line);
	}
}

/* The value and its limit with their unit. */
static void
rows_value(struct doc *d, const struct alert *a)
{
	char value[UNITS_MAX];
	const char *unit = a->unit == NULL ? "" : a->unit;

	alert_value(value, sizeof value, a);
	if (*value != '\0')
		doc_row(d, "Value", value);
	if (!isnan(a->limit)) {
		units_format(value, sizeof value, a->limit, unit);
		doc_row(d, "Limit", value);
	}
}

/* The time between two moments as they are shown, which is in whole seconds. */
static int64_t
shown_span(int64_t from_ms, int64_t to_ms)
{
	return (to_ms / 1000 - from_ms / 1000) * 1000;
}

/* "2026-11-22 04:51:01 +04:00 (2 min ago)". */
static void
row_time(struct doc *d, const char *label, int64_t wall_ms, int64_t now_ms)
{
	char when[64], ago[UNITS_MAX], line[160];

	text_time(when, sizeof when, wall_ms);
	int64_t ms = shown_span(wall_ms, now_ms);
	units_duration(ago, sizeof ago, ms);
	if (ms >= 1000)
		snprintf(line, sizeof line, "%s (%s ago)", when, ago);
	else
		snprintf(line, sizeof line, "%s", when);
	doc_row(d, label, line);
}

/* The other alerts, as many as have room. */
static void
list_others(struct doc *d, const struct text_facts *f, const char *heading)
{
	char line[ALERT_MAX_TEXT * 2];

	if (f->nothers == 0)
		return;
	doc_heading(d, heading);
	for (size_t i = 0; i < f->nothers; i++) {
		alert_line(line, sizeof line, f->others[i]);
		doc_item(d, line);
	}
	if (f->nmore > 0) {
		snprintf(line, sizeof line, "and %zu more", f->nmore);
		doc_item(d, line);
	}
}

/* The incident's number, for the page and zonewatchctl. */
static void
row_incident(struct doc *d, const struct text_facts *f)
{
	char number[24];

	snprintf(number, sizeof number, "%llu", (unsigned long long)f->incident->id);
	doc_row(d, "Incident", number);
}

/* The same, at the end without the value; a link is known by its institution's name rather than by
 * its own. */
static void
who_words_of(char *dst, size_t size, const struct text_facts *f, bool closed)
{
	const struct node *n = f->node;

	*dst = '\0';
	if (n != NULL && n->kind == NODE_LINK && strcmp(n->title, n->name) != 0)
		snprintf(dst, size, "%s, %.120s", n->name, n->title);
	else if (f->alert != NULL && closed)
		snprintf(dst, size, "%s", f->alert->node);
	else if (f->alert != NULL)
		who_words(dst, size, f->alert);
}

void
text_opened(struct mail *m, const struct text_facts *f)
{
	enum wire_severity severity = f->incident->severity;
	const struct alert *a = f->alert;
	char zone[160], what[512], who[240], more[48] = "";
	char line[1024];
	struct doc d = { 0 };

	zone_words(zone, sizeof zone, f);
	what_words(what, sizeof what, f, true);
	who_words_of(who, sizeof who, f, false);
	if (f->nothers > 0)
		snprintf(more, sizeof more, ", %zu more", f->nothers + f->nmore);
	snprintf(line, sizeof line, "[%s] %s: %s%s%s%s%s", text_severity(severity), zone, what,
	    *who == '\0' ? "" : " (", who, *who == '\0' ? "" : ")", more);
	set_subject(m, line);

	snprintf(line, sizeof line, "%s: %s", zone, what);
	doc_begin(&d, line, colour_of(severity));
	doc_row(&d, "Severity", text_severity(severity));
	rows_place(&d, f);
	if (a != NULL)
		rows_value(&d, a);
	row_time(&d, "Since", a == NULL ? f->incident->opened_ms : a->since_ms, f->now_ms);
	row_incident(&d, f);
	doc_graph(&d, f);
	list_worst(&d, f);
	if (a != NULL && a->advice != NULL && *a->advice != '\0') {
		doc_heading(&d, "What to do");
		doc_item(&d, a->advice);
	}
	list_others(&d, f, "Also firing here");
	doc_link(&d, f);
	doc_end(&d, m);
}

void
text_closed(struct mail *m, const struct text_facts *f)
{
	const struct incident *in = f->incident;
	char zone[160], what[512], lasted[UNITS_MAX], who[240], line[1024];
	struct doc d = { 0 };

	zone_words(zone, sizeof zone, f);
	what_words(what, sizeof what, f, false);
	who_words_of(who, sizeof who, f, true);
	int64_t closed_ms = in->closed_ms == 0 ? f->now_ms : in->closed_ms;
	units_duration(lasted, sizeof lasted, shown_span(in->opened_ms, closed_ms));
	snprintf(line, sizeof line, "[RESOLVED] %s: %s%s%s%s (lasted %s)", zone, what,
	    *who == '\0' ? "" : " (", who, *who == '\0' ? "" : ")", lasted);
	set_subject(m, line);

	snprintf(line, sizeof line, "%s: resolved after %s", zone, lasted);
	doc_begin(&d, line, "#27ae60");
	doc_row(&d, "Was", what);
	doc_row(&d, "Severity", text_severity(in->severity));
	rows_place(&d, f);
	row_time(&d, "Opened", in->opened_ms, in->opened_ms);
	row_time(&d, "Ended", closed_ms, closed_ms);
	snprintf(line, sizeof line, "%u", in->total);
	doc_row(&d, "Alerts", line);
	row_incident(&d, f);
	doc_graph(&d, f);
	list_others(&d, f, "Also had");
	doc_link(&d, f);
	doc_end(&d, m);
}
