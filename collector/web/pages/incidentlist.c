/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open incidents are the engine's, as they are now; the past is the history's. */
#include "collector/web/pages/incidentlist.h"

#include <stdio.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/story.h"
#include "zw/fold.h"

static const char *const severities[] = { "critical", "warning", "info", NULL };

/* An alert without its severity, which stands beside it: "Inlet air too warm – srv18, above 32 °C".
 */
static void
say_alert(char *dst, size_t size, const struct alert *a, enum lang l)
{
	char who[160], reason[ALERT_MAX_TEXT];

	text_who(who, sizeof who, a, l);
	text_beside(reason, sizeof reason, a, l);
	snprintf(dst, size, "%s%s%s%s%s", text_title(a, l), *who != '\0' ? " – " : "", who,
	    *reason != '\0' ? ", " : "", reason);
}

void
incidentlist_cause(
    char *dst, size_t size, const struct collector *c, const struct incident *in, enum lang l)
{
	const struct alert *a = engine_alert(c->engine, in->root);

	if (a != NULL)
		say_alert(dst, size, a, l);
	else
		snprintf(dst, size, "%s", in->cause);
}

void
incidentlist_past_cause(char *dst, size_t size, const struct json_t *row, enum lang l)
{
	const struct json_t *cause = story_row(row, "cause_alert", 0);
	struct alert a;

	if (cause == NULL) {
		snprintf(dst, size, "%s", story_text(row, "cause"));
		return;
	}
	story_alert(cause, &a);
	say_alert(dst, size, &a, l);
}

void
incidentlist_over(char *dst, size_t size, const struct collector *c, const struct incident *in,
    int64_t now_ms, enum lang l)
{
	int64_t closes_ms = engine_closes_ms(c->engine, in);
	char clock[16];

	if (closes_ms <= now_ms) {
		snprintf(dst, size, "%s", lang_text(l, N_("over; closes soon")));
		return;
	}
	/* When, not in how long: the page does not count down. */
	lang_clock(clock, sizeof clock, closes_ms);
	clock[5] = '\0';
	snprintf(dst, size, lang_text(l, N_("over; closes at %s")), clock);
}

/* The cell that tells what it is, with its number and who has it. */
static void
cause_cell(struct buf *b, enum lang l, uint64_t id, const char *cause, const char *owner)
{
	html_raw(b, "<td class=\"wide\"><a href=\"/incident/");
	html_textf(b, "%llu", (unsigned long long)id);
	html_raw(b, "\">");
	html_text(b, cause);
	html_raw(b, "</a> <small>");
	html_textf(b, "#%llu", (unsigned long long)id);
	if (*owner != '\0') {
		html_raw(b, " · ");
		page_sayf(b, l, "%s has it", owner);
	}
	html_raw(b, "</small></td>");
}

/* Since when, and how long that is or was. */
static void
time_cells(struct buf *b, enum lang l, int64_t from_ms, int64_t to_ms, int64_t now_ms)
{
	html_raw(b, "<td class=\"nowrap\">");
	bits_time(b, l, from_ms, now_ms);
	html_raw(b, "</td><td class=\"nowrap number\">");
	bits_span(b, l, from_ms, to_ms != 0 ? to_ms : now_ms);
	html_raw(b, "</td>");
}

/* One that is open. */
static void
open_row(struct buf *b, const struct collector *c, const struct request *rq,
    const struct incident *in, const char *cause)
{
	enum lang l = rq->lang;

	html_raw(b, "<tr><td>");
	bits_severity(b, l, in->severity, in->firing == 0);
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_zone(b, c, l, in->zone);
	html_raw(b, "</td>");
	cause_cell(b, l, in->id, cause, in->ack.author);
	time_cells(b, l, in->opened_ms, 0, rq->wall_ms);
	html_raw(b, "<td class=\"number\">");
	if (in->firing == 0) {
		char over[96];
		incidentlist_over(over, sizeof over, c, in, rq->wall_ms, l);
		html_textf(b, "✓ %s", over);
	} else {
		page_sayf(b, l, "%u of %u", in->firing, in->total);
	}
	if (in->firing > 0 && in->muted == in->firing) {
		html_raw(b, "<br><small>");
		page_say(b, l, "silenced");
		html_raw(b, "</small>");
	}
	html_raw(b, "</td></tr>\n");
}

/* Whether the filters let it through. */
static bool
passes(const struct request *rq, const struct incident *in, const char *cause)
{
	const char *zone = bits_param(rq, "zone"), *severity = bits_param(rq, "severity");
	const char *text = bits_param(rq, "q");
	char part[256];

	if ((zone != NULL && strcmp(zone, in->zone) != 0) ||
	    (severity != NULL && story_severity(severity) != in->severity))
		return false;
	if (text == NULL)
		return true;
	(void)fold_text(part, sizeof part, text);
	return fold_finds(cause, part) >= 0 || fold_finds(in->cause, part) >= 0 ||
	       fold_finds(in->ack.author, part) >= 0;
}

/* Those that are open. */
static void
put_open(struct buf *b, const struct collector *c, const struct request *rq)
{
	static const char *const heads[] = { N_("Severity"), N_("Zone"), N_("What"), N_("Since"),
		">" N_("Lasts"), ">" N_("Alerts firing"), NULL };
	char cause[600];
	bool any = false;

	for (size_t i = 0; i < engine_nincidents(c->engine); i++) {
		const struct incident *in = engine_incident_at(c->engine, i);
		if (in->closed_ms != 0)
			break; /* the closed ones stand behind */
		incidentlist_cause(cause, sizeof cause, c, in, rq->lang);
		if (!passes(rq, in, cause))
			continue;
		if (!any)
			bits_table(b, rq->lang, N_("Open incidents"), heads);
		any = true;
		open_row(b, c, rq, in, cause);
	}
	if (any) {
		bits_table_end(b);
		return;
	}
	html_raw(b, "<p class=\"calm\">✓ ");
	page_say(b, rq->lang, "No open incident.");
	html_raw(b, "</p>\n");
}

/* One of the past. */
static void
past_row(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	char cause[600];

	html_raw(b, "<tr><td>");
	bits_severity(b, l, story_severity(story_text(row, "severity")), true);
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_zone(b, s->c, l, story_text(row, "zone"));
	html_raw(b, "</td>");
	incidentlist_past_cause(cause, sizeof cause, row, l);
	cause_cell(b, l, (uint64_t)story_int(row, "id"), cause, story_text(row, "ack_author"));
	time_cells(b, l, story_int(row, "opened_ms"), story_int(row, "closed_ms"), s->rq->wall_ms);
	html_raw(b, "<td class=\"number\">");
	html_textf(b, "%lld", (long long)story_int(row, "total"));
	html_raw(b, "</td></tr>\n");
}

/* The past. */
static void
put_past(struct buf *b, const struct story *s)
{
	static const char *const heads[] = { N_("Severity"), N_("Zone"), N_("What"), N_("Began"),
		">" N_("Lasted"), ">" N_("Alerts"), NULL };
	struct bits_span span = bits_asked(s->rq);
	size_t n = story_count(s->root, "incidents"), shown = 0;

	for (size_t i = 0; i < n && i < BITS_PAGE; i++) {
		const struct json_t *row = story_row(s->root, "incidents", i);
		if (story_int(row, "closed_ms") == 0)
			continue; /* it stands above */
		if (shown++ == 0)
			bits_table(b, s->rq->lang, N_("Past incidents"), heads);
		past_row(b, s, row);
	}
	if (shown > 0)
		bits_table_end(b);
	else {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, s->rq->lang, "No past incident here.");
		html_raw(b, "</p>\n");
	}
	bits_pages(b, s->rq, "/incidents", span.page, n > BITS_PAGE);
}

/* What is shown. */
static void
put_filter(struct buf *b, const struct collector *c, const struct request *rq)
{
	enum lang l = rq->lang;

	html_raw(b, "<form class=\"act filter\" method=\"get\" action=\"/incidents\" "
		    "role=\"search\">\n");
	bits_zones(b, c, l, request_param(rq, "zone"));
	bits_choice(
	    b, l, "severity", N_("Severity"), N_("all"), severities, request_param(rq, "severity"));
	bits_field(b, l,
	    &(struct bits_field){ .name = "q",
		.label = N_("Text"),
		.type = "search",
		.value = request_param(rq, "q") });
	bits_days(b, rq);
	bits_button(b, l, "Show");
	html_raw(b, "</form>\n");
}

/* The page, when the past is there. */
static void
put(struct reply *re, const struct story *s)
{
	struct buf *b = &re->body;

	page_begin(re, s->c, s->rq,
	    &(struct page){ .title = lang_text(s->rq->lang, "Incidents"),
		.here = "/incidents",
		.live = "problems" });
	html_raw(b, "<h1>");
	page_say(b, s->rq->lang, "Incidents");
	html_raw(b, "</h1>\n");
	put_filter(b, s->c, s->rq);
	if (bits_asked(s->rq).page == 0)
		put_open(b, s->c, s->rq);
	put_past(b, s);
	page_end(b);
}

int
incidentlist_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct bits_span span = bits_asked(rq);

	return story_ask(c, rq, re,
	    &(struct history_ask){ .what = "stories",
		.from_ms = span.from_ms,
		.to_ms = span.to_ms,
		.zone = bits_param(rq, "zone"),
		.word = bits_param(rq, "severity"),
		.text = bits_param(rq, "q"),
		.lang = rq->lang,
		.skip = span.page * BITS_PAGE,
		.limit = BITS_PAGE + 1 },
	    put, NULL);
}
