/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the link of a mail leads. Open or long over, it is one page: rows are the history's, and
 * what is known of it now is the engine's. The forms post to acts.c, which sends the browser back
 * here. */
#include "collector/web/pages/incidentpage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/notify/facts.h"
#include "collector/alert/text_reason.h"
#include "collector/notify/text_story.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentlist.h"
#include "collector/web/pages/incidentparts.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/story.h"
#include "zw/str.h"
#include "zw/units.h"

#define MAX_ROWS 200 /* of each list: one page, and little work for the loop */

/* The zone's name. */
static const char *
zone_of(const struct incidentparts *p)
{
	return p->in != NULL ? p->in->zone : story_text(p->s->root, "zone");
}

/* The worst it had. */
static enum wire_severity
worst_of(const struct incidentparts *p)
{
	return p->in != NULL ? p->in->severity : story_severity(story_text(p->s->root, "severity"));
}

/* How bad it is now, as the list of problems has it; the worst it had, if it is over. */
static enum wire_severity
severity_of(const struct incidentparts *p)
{
	return p->in != NULL && p->closed_ms == 0 ? p->in->now : worst_of(p);
}

/* The sentence that mails have, too. */
static void
put_sentence(struct buf *b, const struct incidentparts *p)
{
	const struct collector *c = p->s->c;
	const struct facts from = { c->conf, c->site, c->engine };
	struct text_facts f = { .lang = p->s->rq->lang, .act = PLAN_OPEN };
	char text[2048];

	if (p->in == NULL)
		return;
	facts_gather(&from, p->in, p->s->rq->wall_ms, &f);
	f.lang = p->s->rq->lang;
	f.act = p->closed_ms != 0 ? PLAN_CLOSE : PLAN_OPEN;
	text_story(text, sizeof text, &f);
	html_raw(b, "<p class=\"story\">");
	html_text(b, text);
	html_raw(b, "</p>\n");
}

/* How long until the servers must go off. */
static void
put_countdown(struct buf *b, const struct incidentparts *p)
{
	const struct zone *z = site_zone(p->s->c->site, zone_of(p));
	const struct zone_air *air = z != NULL ? engine_air(p->s->c->engine, z) : NULL;
	enum lang l = p->s->rq->lang;
	char text[200];

	if (p->closed_ms != 0 || air == NULL || air->inlets == 0)
		return;
	story_left(text, sizeof text, air, l);
	if (*text != '\0')
		bits_fact_text(b, l, "Countdown", text);
	lang_value(text, sizeof text, air->hottest, "Cel", l);
	bits_fact(b, l, "Hottest inlet");
	html_textf(b, "%s ", text);
	bits_node(b, p->s->c, air->node);
	bits_fact_end(b);
	if (air->units > 0) {
		bits_fact(b, l, "Cooling units");
		page_sayf(b, l, "%u of %u cool", air->units - air->off, air->units);
		bits_fact_end(b);
	}
}

/* Who has it. */
static void
put_owner(struct buf *b, const struct incidentparts *p)
{
	const struct json_t *row = p->s->root;
	enum lang l = p->s->rq->lang;
	bool live = p->in != NULL;
	const char *author = live ? p->in->ack.author : story_text(row, "ack_author");
	const char *comment = live ? p->in->ack.comment : story_text(row, "ack_comment");
	int64_t until_ms = live ? p->in->ack.until_ms : story_int(row, "ack_until_ms");

	bits_fact(b, l, "Acknowledged");
	if (*author == '\0') {
		page_say(b, l, "by nobody");
		bits_fact_end(b);
		return;
	}
	html_text(b, author);
	html_raw(b, " ");
	bits_time(b, l, live ? p->in->ack.at_ms : story_int(row, "ack_ms"), p->s->rq->wall_ms);
	if (until_ms != 0) {
		html_raw(b, ", ");
		page_say(b, l, "until");
		html_raw(b, " ");
		bits_time(b, l, until_ms, p->s->rq->wall_ms);
	}
	if (*comment != '\0') {
		html_raw(b, "<br><small>");
		html_text(b, comment);
		html_raw(b, "</small>");
	}
	bits_fact_end(b);
}

/* The facts under the headline. */
static void
put_facts(struct buf *b, const struct incidentparts *p)
{
	enum lang l = p->s->rq->lang;
	int64_t now_ms = p->s->rq->wall_ms;

	html_raw(b, "<dl class=\"facts\">\n");
	bits_fact(b, l, "Zone");
	bits_zone(b, p->s->c, l, zone_of(p));
	bits_fact_end(b);
	if (p->has_cause && p->cause.node[0] != '\0') {
		bits_fact(b, l, "Node");
		bits_node(b, p->s->c, p->cause.node);
		bits_fact_end(b);
	}
	bits_fact(b, l, "Opened");
	bits_time(b, l, p->opened_ms, now_ms);
	bits_fact_end(b);
	if (p->closed_ms != 0) {
		bits_fact(b, l, "Closed");
		bits_time(b, l, p->closed_ms, now_ms);
		bits_fact_end(b);
	}
	bits_fact(b, l, p->closed_ms != 0 ? N_("Lasted") : N_("Lasts"));
	bits_span(b, l, p->opened_ms, p->closed_ms != 0 ? p->closed_ms : now_ms);
	bits_fact_end(b);
	if (worst_of(p) != severity_of(p)) {
		bits_fact(b, l, "Worst so far");
		bits_severity(b, l, worst_of(p), true);
		bits_fact_end(b);
	}
	put_owner(b, p);
	if (p->in != NULL && p->closed_ms == 0) {
		bits_fact(b, l, "Alerts firing");
		page_sayf(b, l, "%u of %u", p->in->firing, p->in->total);
		if (p->in->firing == 0) {
			char over[96];
			incidentlist_over(over, sizeof over, p->s->c, p->in, now_ms, l);
			html_textf(b, ", %s", over);
		}
		if (p->in->muted > 0) {
			html_raw(b, ", ");
			page_sayf(b, l, "%u silenced", p->in->muted);
		}
		bits_fact_end(b);
	}
	put_countdown(b, p);
	html_raw(b, "</dl>\n");
}

/* A form's beginning. */
static void
form(struct buf *b, enum lang l, uint64_t id, const char *act)
{
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/incident/");
	html_textf(b, "%llu/%s", (unsigned long long)id, act);
	html_raw(b, "\" data-inline=\"");
	page_say(b, l, "Done.");
	html_raw(b, "\">\n");
}

/* To silence what the cause is about, in place. */
static void
put_silence(struct buf *b, const struct incidentparts *p)
{
	enum lang l = p->s->rq->lang;
	const struct alert *a = &p->cause;
	char back[64];

	if (!p->has_cause)
		return;
	snprintf(back, sizeof back, "/incident/%llu", (unsigned long long)p->id);
	html_raw(b, "<details><summary>");
	page_say(b, l, "Silence");
	html_raw(b, "</summary>\n<form class=\"act\" method=\"post\" action=\"/silences\" "
		    "data-inline=\"");
	page_say(b, l, "Done.");
	html_raw(b, "\">\n");
	html_hidden(b, "back", back);
	html_hidden(b, "zone", a->zone);
	html_hidden(b, "node", a->node);
	html_hidden(b, "rule", a->rule);
	bits_author(b, p->s->rq);
	bits_field(b, l,
	    &(struct bits_field){
		.name = "for", .label = N_("For"), .value = "2h", .max = 12, .needed = true });
	bits_field(b, l,
	    &(struct bits_field){
		.name = "reason", .label = N_("Reason"), .max = 250, .needed = true });
	bits_button(b, l, "Silence");
	html_raw(b, "</form>\n<p class=\"hint\">");
	page_sayf(
	    b, l, "Covers the rule %s of %s.", a->rule, a->node[0] != '\0' ? a->node : a->zone);
	html_raw(b, " <a href=\"/silences?zone=");
	html_query(b, a->zone);
	html_raw(b, "&amp;node=");
	html_query(b, a->node);
	html_raw(b, "&amp;rule=");
	html_query(b, a->rule);
	html_raw(b, "\">");
	page_say(b, l, "Cover more, or a recurring window");
	html_raw(b, "</a></p>\n</details>\n");
}

/* What can be done about it. */
static void
put_forms(struct buf *b, const struct incidentparts *p)
{
	enum lang l = p->s->rq->lang;

	if (p->in == NULL || p->closed_ms != 0 || p->s->rq->who->role < WHO_OPERATOR)
		return;
	html_raw(b, "<section class=\"acts\">\n");
	bool has = p->in->ack.author[0] != '\0';
	form(b, l, p->id, has ? "unacknowledge" : "acknowledge");
	bits_author(b, p->s->rq);
	if (has) {
		html_raw(b, "<button class=\"quiet\">");
		page_say(b, l, "Take the acknowledgement back");
		html_raw(b, "</button>\n");
	} else {
		bits_field(b, l,
		    &(struct bits_field){ .name = "comment",
			.label = N_("Comment"),
			.hint = N_("what is being done"),
			.max = 250 });
		bits_field(b, l,
		    &(struct bits_field){ .name = "for",
			.label = N_("For"),
			.hint = N_("2h; empty: to its end"),
			.max = 12 });
		bits_button(b, l, "Acknowledge");
	}
	html_raw(b, "</form>\n");
	form(b, l, p->id, "comment");
	bits_author(b, p->s->rq);
	bits_field(b, l,
	    &(struct bits_field){
		.name = "comment", .label = N_("Remark"), .max = 1000, .needed = true });
	bits_button(b, l, "Add");
	html_raw(b, "</form>\n");
	put_silence(b, p);
	html_raw(b, "</section>\n");
}

/* What to do, by the cause's rule. */
static void
put_advice(struct buf *b, const struct incidentparts *p)
{
	if (!p->has_cause || p->cause.advice == NULL || p->cause.advice[0] == '\0')
		return;
	html_raw(b, "<section class=\"advice\">\n<h2>");
	page_say(b, p->s->rq->lang, "What to do");
	html_raw(b, "</h2>\n<p>");
	html_text(b, lang_text(p->s->rq->lang, p->cause.advice));
	html_raw(b, "</p>\n</section>\n");
}

/* The headline. */
static void
put_head(struct buf *b, const struct incidentparts *p)
{
	enum lang l = p->s->rq->lang;
	char cause[600];

	if (p->in != NULL)
		incidentlist_cause(cause, sizeof cause, p->s->c, p->in, l);
	else if (p->has_cause)
		snprintf(cause, sizeof cause, "%s – %s", text_title(&p->cause, l), p->cause.node);
	else
		snprintf(cause, sizeof cause, "%s", story_text(p->s->root, "cause"));
	html_raw(b, "<p class=\"crumb\"><a href=\"/incidents\">");
	page_say(b, l, "Incidents");
	html_raw(b, "</a> › ");
	html_textf(b, "#%llu", (unsigned long long)p->id);
	html_raw(b, "</p>\n<h1>");
	bits_severity(b, l, severity_of(p), p->closed_ms != 0);
	html_raw(b, " ");
	html_text(b, cause);
	html_raw(b, "</h1>\n");
}

/* The incident of the answer, or of the engine alone. */
static struct incidentparts
parts_of(const struct story *s)
{
	struct incidentparts p = { .s = s };

	(void)str_to_u64(s->rq->name, 1, UINT64_MAX, &p.id);
	p.in = engine_incident(s->c->engine, p.id);
	p.root = p.in != NULL ? p.in->root : (uint64_t)story_int(s->root, "root");
	p.opened_ms = p.in != NULL ? p.in->opened_ms : story_int(s->root, "opened_ms");
	p.closed_ms = p.in != NULL ? p.in->closed_ms : story_int(s->root, "closed_ms");
	p.has_cause = incidentparts_alert(s, p.root, &p.cause);
	return p;
}

/* The page. */
static void
put(struct reply *re, const struct story *s)
{
	struct buf *b = &re->body;
	const struct incidentparts p = parts_of(s);
	char title[64], live[64];

	snprintf(
	    title, sizeof title, lang_text(s->rq->lang, "Incident %llu"), (unsigned long long)p.id);
	snprintf(live, sizeof live, "incident:%llu", (unsigned long long)p.id);
	page_begin(re, s->c, s->rq,
	    &(struct page){
		.title = title, .here = "/incidents", .live = p.in != NULL ? live : NULL });
	put_head(b, &p);
	put_sentence(b, &p);
	put_facts(b, &p);
	put_forms(b, &p);
	html_raw(b, "<div class=\"columns\">\n<div>\n");
	incidentparts_graph(b, &p);
	incidentparts_timeline(b, &p);
	html_raw(b, "</div>\n<div>\n");
	put_advice(b, &p);
	incidentparts_place(b, &p);
	html_raw(b, "</div>\n</div>\n");
	incidentparts_alerts(b, &p);
	page_end(b);
}

/* It opened just now, and is not in the history yet; or there is none such. */
static int
missing(struct reply *re, const struct story *s)
{
	uint64_t id = 0;

	(void)str_to_u64(s->rq->name, 1, UINT64_MAX, &id);
	if (engine_incident(s->c->engine, id) != NULL) {
		put(re, s);
		return 200;
	}
	page_error(&re->body, s->rq->lang, 404,
	    lang_text(s->rq->lang, "There is no such incident."), NULL);
	return 404;
}

int
incidentpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct history_ask ask = { .what = "story", .limit = MAX_ROWS };

	if (rq->name == NULL || str_to_u64(rq->name, 1, INT64_MAX, &ask.id) == -1)
		return reply_error(re, 404, "no-such-incident", "%s",
		    lang_text(rq->lang, "There is no such incident."));
	return story_ask(c, rq, re, &ask, put, missing);
}
