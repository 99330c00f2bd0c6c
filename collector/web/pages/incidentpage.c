/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the link of a mail leads: what it is, what is firing, the countdown, and one form that
 * takes it on. The forms post to acts.c, which sends the browser back here. */
#include "collector/web/pages/incidentpage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/pages/alertlist.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/str.h"
#include "zw/units.h"

/* A row of facts. */
static void
fact(struct buf *b, const char *label, const char *text)
{
	html_raw(b, "<tr><th scope=\"row\">");
	html_text(b, label);
	html_raw(b, "</th><td>");
	html_text(b, text);
	html_raw(b, "</td></tr>\n");
}

/* A row with a moment. */
static void
fact_time(struct buf *b, enum lang l, const char *label, int64_t wall_ms)
{
	html_raw(b, "<tr><th scope=\"row\">");
	html_text(b, label);
	html_raw(b, "</th><td>");
	page_time(b, l, wall_ms);
	html_raw(b, "</td></tr>\n");
}

/* The zone's air and how long it lasts. */
static void
put_air(struct buf *b, const struct zone_air *a)
{
	char text[200], value[UNITS_MAX], left[UNITS_MAX];

	if (a == NULL || a->inlets == 0)
		return;
	units_format(value, sizeof value, a->hottest, "Cel");
	snprintf(text, sizeof text, "hottest inlet %s (%s), %u of %u rising", value, a->node,
	    a->rising, a->inlets);
	fact(b, "Air", text);
	if (a->units > 0) {
		snprintf(text, sizeof text, "%u of %u units cool", a->units - a->off, a->units);
		fact(b, "Cooling", text);
	}
	if (isnan(a->left_s))
		return;
	units_format(value, sizeof value, a->limit, "Cel");
	units_duration(left, sizeof left, (int64_t)a->left_s * 1000);
	snprintf(text, sizeof text, "%s in about %s (%.0f to %.0f s)", value, left, a->earliest_s,
	    a->latest_s);
	fact(b, "Countdown", text);
}

/* Who has it. */
static void
put_ack(struct buf *b, enum lang l, const struct ack *a)
{
	char text[ALERT_MAX_AUTHOR + ALERT_MAX_TEXT + 8];

	if (a->author[0] == '\0') {
		fact(b, "Acknowledged", "by nobody");
		return;
	}
	snprintf(text, sizeof text, "by %s%s%s", a->author, a->comment[0] != '\0' ? ": " : "",
	    a->comment);
	fact(b, "Acknowledged", text);
	fact_time(b, l, "Since", a->at_ms);
	if (a->until_ms != 0)
		fact_time(b, l, "Until", a->until_ms);
}

/* A field of a form. */
static void
field(struct buf *b, const char *name, const char *label, const char *hint, bool required)
{
	html_raw(b, "<label>");
	html_text(b, label);
	html_raw(b, " <input name=\"");
	html_text(b, name);
	html_raw(b, "\" maxlength=\"120\" placeholder=\"");
	html_text(b, hint);
	html_raw(b, required ? "\" required></label>\n" : "\"></label>\n");
}

/* The field for who acts, with the name that was given last. */
static void
author_field(struct buf *b, const struct request *rq)
{
	html_raw(b, "<label>Your name <input name=\"author\" maxlength=\"63\" value=\"");
	html_text(b, rq->author != NULL ? rq->author : "");
	html_raw(b, "\" required></label>\n");
}

/* A form's beginning: where it goes to. */
static void
form(struct buf *b, const char *what, uint64_t id, const char *act)
{
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/");
	html_text(b, what);
	html_textf(b, "/%llu/%s", (unsigned long long)id, act);
	html_raw(b, "\">\n");
}

/* Its end. */
static void
form_end(struct buf *b, const char *button)
{
	html_raw(b, "<button type=\"submit\">");
	html_text(b, button);
	html_raw(b, "</button>\n</form>\n");
}

/* What can be done about it. */
static void
put_forms(struct buf *b, const struct request *rq, const struct incident *in)
{
	form(b, "incident", in->id, in->ack.author[0] == '\0' ? "acknowledge" : "unacknowledge");
	author_field(b, rq);
	if (in->ack.author[0] == '\0') {
		field(b, "comment", "Comment", "what is being done", false);
		field(b, "for", "For", "2h; empty: to its end", false);
		form_end(b, "Acknowledge");
	} else {
		form_end(b, "Take the acknowledgement back");
	}
	form(b, "incident", in->id, "comment");
	author_field(b, rq);
	field(b, "comment", "Remark", "", true);
	form_end(b, "Add");
}

int
incidentpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	uint64_t id = 0;
	const struct incident *in = NULL;
	char text[96], lasted[UNITS_MAX];

	if (rq->name != NULL && str_to_u64(rq->name, 1, UINT64_MAX, &id) == 0)
		in = engine_incident(c->engine, id);
	if (in == NULL)
		return reply_error(re, 404, "no-such-incident",
		    "There is no such incident among those that are open or closed lately; "
		    "zonewatchctl incident shows older ones.");
	const struct zone *z = site_zone(c->site, in->zone);
	int64_t end_ms = in->closed_ms != 0 ? in->closed_ms : rq->wall_ms;
	snprintf(text, sizeof text, "Incident %llu", (unsigned long long)in->id);
	/* Not while somebody may be typing into a form. */
	char live[64];
	snprintf(live, sizeof live, "incident:%llu", (unsigned long long)in->id);
	page_begin(re, c, rq, &(struct page){ .title = text, .here = "/incidents", .live = live });
	html_raw(b, "<h1>");
	page_badge(b, rq->lang, page_severity((int)in->severity));
	html_raw(b, " ");
	html_text(b, in->cause);
	html_raw(b, "</h1>\n<table class=\"facts\"><tbody>\n");
	fact(b, "Zone", z != NULL ? z->title : in->zone);
	fact_time(b, rq->lang, "Opened", in->opened_ms);
	if (in->closed_ms != 0)
		fact_time(b, rq->lang, "Closed", in->closed_ms);
	units_duration(lasted, sizeof lasted, end_ms - in->opened_ms);
	fact(b, in->closed_ms != 0 ? "Lasted" : "Open for", lasted);
	snprintf(text, sizeof text, "%u firing (%u silenced), %u in all", in->firing, in->muted,
	    in->total);
	fact(b, "Alerts", text);
	put_ack(b, rq->lang, &in->ack);
	if (z != NULL)
		put_air(b, engine_air(c->engine, z));
	html_raw(b, "</tbody></table>\n");
	if (in->closed_ms == 0)
		put_forms(b, rq, in);
	alertlist_of(b, c, rq->lang, in->id, rq->wall_ms);
	page_end(b);
	return 200;
}

/* A silence. */
static void
silence_row(struct buf *b, const struct request *rq, const struct silence *s)
{
	char window[96] = "";
	int64_t now_ms = rq->wall_ms;

	html_raw(b, "<tr><td>");
	bool over = s->ends_ms != 0 && s->ends_ms <= now_ms;
	html_text(b, silence_is_active(s, now_ms) ? "● in force" : over ? "over" : "○ not now");
	html_raw(b, "</td><td>");
	html_text(b, silence_word(s->kind));
	html_raw(b, "</td><td class=\"wide\">");
	html_textf(b, "%s%s %s%s %s%s %s%s", s->match.zone[0] ? "zone " : "", s->match.zone,
	    s->match.node[0] ? "node " : "", s->match.node, s->match.source[0] ? "source " : "",
	    s->match.source, s->match.rule[0] ? "rule " : "", s->match.rule);
	html_raw(b, "<br><small>");
	html_textf(b, "%s: %s", s->author, s->reason);
	html_raw(b, "</small></td><td class=\"nowrap\">");
	if (s->days != 0) {
		silence_print_window(window, sizeof window, s);
		html_text(b, window);
		if (s->ends_ms != 0) {
			html_raw(b, "<br><small>until ");
			page_time(b, rq->lang, s->ends_ms);
			html_raw(b, "</small>");
		}
	} else {
		page_time(b, rq->lang, s->starts_ms);
		html_raw(b, " – ");
		if (s->ends_ms != 0)
			page_time(b, rq->lang, s->ends_ms);
	}
	html_raw(b, "</td><td>");
	if (s->id != 0 && (s->ends_ms == 0 || s->ends_ms > now_ms)) {
		form(b, "silence", s->id, "end");
		author_field(b, rq);
		form_end(b, "End");
	}
	html_raw(b, "</td></tr>\n");
}

/* The form for a new one. */
static void
put_new(struct buf *b, const struct request *rq)
{
	html_raw(b, "<h2>Silence</h2>\n<form class=\"act\" method=\"post\" action=\"/silences\">\n"
		    "<label>Kind <select name=\"kind\"><option value=\"silence\">silence</option>"
		    "<option value=\"maintenance\">maintenance</option>"
		    "<option value=\"out-of-service\">out of service</option></select></label>\n");
	field(b, "zone", "Zone", "B", false);
	field(b, "node", "Node", "srv1*", false);
	field(b, "source", "Source", "filesystem-var", false);
	field(b, "rule", "Rule", "disk-*", false);
	field(b, "for", "For", "2h", false);
	field(b, "window", "Or each", "Sun 02:00-04:30", false);
	author_field(b, rq);
	field(b, "reason", "Reason", "", true);
	form_end(b, "Silence");
	html_raw(b, "<p class=\"hint\">* stands for any text. What it would cover: "
		    "<code>zonewatchctl silence preview</code>.</p>\n");
}

int
incidentpage_silences(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;

	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, "Silences"),
		.here = "/silences",
		.live = "silences" });
	html_raw(b, "<h1>Silences and maintenance</h1>\n");
	if (silences_count(c->silences) == 0)
		html_raw(b, "<p class=\"calm\">Nothing is silenced.</p>\n");
	else
		html_raw(b, "<div class=\"scroll\"><table class=\"list\"><tbody>\n");
	for (size_t i = 0; i < silences_count(c->silences); i++)
		silence_row(b, rq, silences_at(c->silences, i));
	if (silences_count(c->silences) > 0)
		html_raw(b, "</tbody></table></div>\n");
	put_new(b, rq);
	page_end(b);
	return 200;
}
