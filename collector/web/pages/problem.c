/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row must say all that decides what to do next: how bad, where, what, since when, how long is
 * left, who has it. What to do about it unfolds beside it and works without a script, too. */
#include "collector/web/pages/problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentlist.h"
#include "collector/web/pages/page.h"
#include "zw/units.h"

#define MAX_PROBLEMS 100
#define MAX_NAMED 4
#define TREND_WIDTH 56
#define TREND_HEIGHT 14

bool
problem_is_muted(const struct incident *in)
{
	return in->firing > 0 && in->muted >= in->firing;
}

int
problem_compare(const void *a, const void *b)
{
	const struct incident *x = *(const struct incident *const *)a;
	const struct incident *y = *(const struct incident *const *)b;
	bool x_has = x->ack.author[0] != '\0', y_has = y->ack.author[0] != '\0';
	if (x->now != y->now)
		return x->now > y->now ? -1 : 1;
	if (x_has != y_has)
		return x_has ? 1 : -1;
	if (x->opened_ms != y->opened_ms)
		return x->opened_ms < y->opened_ms ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Whether an alert fires now. */
static bool
fires(const struct alert *a)
{
	return a->state == ALERT_FIRING || a->state == ALERT_CLEARING;
}

/* Whether it is in the zone, or alerts of it fire there. */
static bool
touches(const struct collector *c, const struct incident *in, const char *zone)
{
	if (strcmp(in->zone, zone) == 0)
		return true;
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if (a->incident == in->id && fires(a) && strcmp(a->zone, zone) == 0)
			return true;
	}
	return false;
}

int64_t
problem_tomorrow(int64_t now_ms)
{
	time_t t = (time_t)(now_ms / 1000);
	struct tm tm;
	if (localtime_r(&t, &tm) == NULL)
		return t + 43200;
	tm.tm_mday++;
	tm.tm_hour = 8;
	tm.tm_min = 0;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

/* The value's course of the last quarter of an hour. */
static void
put_trend(struct buf *b, const struct alert *a)
{
	float least = NAN, most = NAN;
	unsigned known = 0;
	for (unsigned i = 0; i < ALERT_TREND; i++) {
		if (isnan(a->trend[i]))
			continue;
		known++;
		if (!(least <= a->trend[i]))
			least = a->trend[i];
		if (!(most >= a->trend[i]))
			most = a->trend[i];
	}
	if (known < 3 || !(most > least))
		return;
	html_raw(b, " ");
	html_raw(b, "<svg class=\"trend\" aria-hidden=\"true\" width=\"56\" height=\"14\" "
		    "viewBox=\"0 0 56 14\"><polyline points=\"");
	for (unsigned i = 0; i < ALERT_TREND; i++)
		if (!isnan(a->trend[i]))
			html_textf(b, "%.1f,%.1f ", 1 + i * (TREND_WIDTH - 2.0) / (ALERT_TREND - 1),
			    1 + (TREND_HEIGHT - 2.0) *
				    (1 - (double)(a->trend[i] - least) / (double)(most - least)));
	html_raw(b, "\"/></svg>");
}

/* What the value is now. */
static void
put_value(struct buf *b, enum lang l, const struct alert *a)
{
	char value[UNITS_MAX];
	text_value(value, sizeof value, a, l);
	if (value[0] == '\0' || text_is_flag(a))
		return;
	html_raw(b, "<span><span class=\"soft\">");
	page_say(b, l, N_("now"));
	html_raw(b, "</span> <b>");
	html_text(b, value);
	html_raw(b, "</b>");
	put_trend(b, a);
	html_raw(b, "</span>\n");
}

/* The air of its zone; of a problem of the site that of the zone it feels first. */
static const struct zone_air *
air_of(const struct collector *c, const struct incident *in)
{
	const struct zone *z = site_zone(c->site, in->zone);
	const struct zone_air *worst = z != NULL ? engine_air(c->engine, z) : NULL;
	for (size_t i = 0; z == NULL && i < site_nzones(c->site); i++) {
		const struct zone *other = site_zone_at(c->site, i);
		const struct zone_air *a = engine_air(c->engine, other);
		if (a != NULL && !isnan(a->left_s) &&
		    (worst == NULL || a->left_s < worst->left_s) && touches(c, in, other->name))
			worst = a;
	}
	return worst;
}

/* How long the zone's air lasts, where that is what the problem is about. */
static void
put_left(struct buf *b, const struct collector *c, enum lang l, const struct incident *in)
{
	const struct zone_air *a = air_of(c, in);
	char value[UNITS_MAX], left[64];
	if (a == NULL || isnan(a->left_s) ||
	    (in->topic != TOPIC_COOLING && in->topic != TOPIC_AIR && in->topic != TOPIC_POWER))
		return;
	lang_value(value, sizeof value, a->limit, "Cel", l);
	page_span(left, sizeof left, l, (int64_t)a->left_s * 1000);
	html_raw(b, "<strong class=\"left\">"
		    "<svg class=\"clock\" aria-hidden=\"true\" width=\"12\" height=\"12\" "
		    "viewBox=\"0 0 12 12\"><circle cx=\"6\" cy=\"6\" r=\"5\"/>"
		    "<path d=\"M6 3v3l2 1.5\"/></svg> ");
	if (a->left_s > 0)
		page_sayf(b, l, N_("%s in about %s"), value, left);
	else
		page_sayf(b, l, N_("%s is reached"), value);
	html_raw(b, "</strong>\n");
}

/* How many alerts it has; of them silenced. Of what is over but still open: when it closes. */
static void
put_alerts(
    struct buf *b, const struct collector *c, const struct request *rq, const struct incident *in)
{
	enum lang l = rq->lang;
	char text[96];
	html_raw(b, in->firing == 0 ? "<span class=\"over\">✓ " : "<span>");
	if (in->firing == 0) {
		incidentlist_over(text, sizeof text, c, in, rq->wall_ms, l);
		html_text(b, text);
	} else {
		html_textf(b, lang_plural(l, "%u alert", "%u alerts", in->firing), in->firing);
	}
	if (in->firing > 0 && in->muted > 0) {
		html_raw(b, ", ");
		page_sayf(b, l, N_("%u silenced"), in->muted);
	}
	html_raw(b, "</span>\n");
}

/* Who has it. */
static void
put_owner(
    struct buf *b, const struct collector *c, const struct request *rq, const struct incident *in)
{
	const struct ack *a = &in->ack;
	enum lang l = rq->lang;
	(void)c;
	if (a->author[0] == '\0') {
		html_raw(b, "<p class=\"owner nobody\">");
		page_say(b, l, N_("nobody has it"));
		html_raw(b, "</p>\n");
		return;
	}
	html_raw(b, "<p class=\"owner\"><span aria-hidden=\"true\">✓</span> <b>");
	html_text(b, a->author);
	html_raw(b, "</b> ");
	page_say(b, l, N_("has it since"));
	html_raw(b, " ");
	page_moment(b, l, a->at_ms, rq->wall_ms);
	if (a->until_ms != 0) {
		html_raw(b, " ");
		page_say(b, l, N_("until"));
		html_raw(b, " ");
		page_moment(b, l, a->until_ms, rq->wall_ms);
	}
	if (a->comment[0] != '\0') {
		html_raw(b, "<br><q>");
		html_text(b, a->comment);
		html_raw(b, "</q>");
	}
	html_raw(b, "</p>\n");
}

/* A form's beginning: where it goes, and what is said when it is done. */
static void
form_begin(struct buf *b, enum lang l, const char *action, uint64_t id, const char *done)
{
	char where[64];
	html_raw(b, "<form class=\"sheet\" method=\"post\" action=\"");
	snprintf(where, sizeof where, action[0] == 'a' ? "/incident/%llu/acknowledge" : "/silences",
	    (unsigned long long)id);
	html_text(b, where);
	html_raw(b, "\" data-inline=\"");
	page_say(b, l, done);
	html_raw(b, "\">\n");
}

/* Takes it on: a comment if one likes, then Enter. */
static void
put_acknowledge(struct buf *b, const struct request *rq, const struct incident *in)
{
	enum lang l = rq->lang;
	html_raw(b, "<details class=\"drop\" id=\"acknowledge-");
	html_textf(b, "%llu", (unsigned long long)in->id);
	html_raw(b, "\">\n<summary class=\"first\">");
	page_say(b, l, N_("Acknowledge"));
	html_raw(b, "</summary>\n");
	form_begin(b, l, "acknowledge", in->id, N_("Acknowledged."));
	bits_field(b, l,
	    &(struct bits_field){ .name = "comment",
		.label = N_("Comment"),
		.hint = N_("what is being done"),
		.max = 200 });
	bits_author(b, rq);
	bits_button(b, l, N_("Acknowledge"));
	html_raw(b, "</form>\n</details>\n");
}

/* A button that silences for so long. */
static void
put_for(struct buf *b, const char *name, const char *value, const char *text)
{
	html_raw(b, "<button name=\"");
	html_raw(b, name);
	html_raw(b, "\" value=\"");
	html_text(b, value);
	html_raw(b, "\">");
	html_text(b, text);
	html_raw(b, "</button>\n");
}

/* What a silence of it covers, and the fields that say so: the cause's node, else the cause's rule
 * in the zone. */
static void
put_cover(struct buf *b, const struct collector *c, enum lang l, const struct incident *in)
{
	const struct alert *a = engine_alert(c->engine, in->root);
	html_raw(b, "<p class=\"hint\">");
	if (in->node[0] != '\0')
		page_sayf(b, l, N_("Nobody is told of anything of %s."), in->node);
	else if (a != NULL)
		page_sayf(b, l, N_("Nobody is told of “%s” in this place."), text_title(a, l));
	else
		page_say(b, l, N_("Nobody is told of anything of this place."));
	html_raw(b, "</p>\n");
	if (in->node[0] != '\0') {
		html_hidden(b, "node", in->node);
		return;
	}
	html_hidden(b, "zone", in->zone);
	if (a != NULL)
		html_hidden(b, "rule", a->rule);
}

/* Silences it: a reason, and for how long. */
static void
put_silence(
    struct buf *b, const struct collector *c, const struct request *rq, const struct incident *in)
{
	enum lang l = rq->lang;
	char text[64], until[32];
	html_raw(b, "<details class=\"drop\" id=\"silence-");
	html_textf(b, "%llu", (unsigned long long)in->id);
	html_raw(b, "\">\n<summary>");
	page_say(b, l, N_("Silence"));
	html_raw(b, "</summary>\n");
	form_begin(b, l, "silence", in->id, N_("Silenced."));
	put_cover(b, c, l, in);
	bits_field(b, l,
	    &(struct bits_field){
		.name = "reason", .label = N_("Reason"), .max = 200, .needed = true });
	bits_author(b, rq);
	html_raw(b, "<p class=\"buttons\">");
	page_span(text, sizeof text, l, 3600000);
	snprintf(text, sizeof text, "1 %s", lang_text(l, "h"));
	put_for(b, "for", "1h", text);
	snprintf(text, sizeof text, "4 %s", lang_text(l, "h"));
	put_for(b, "for", "4h", text);
	snprintf(until, sizeof until, "%lld", (long long)problem_tomorrow(rq->wall_ms));
	put_for(b, "until", until, lang_text(l, N_("until tomorrow 08:00")));
	html_raw(b, "</p>\n</form>\n</details>\n");
}

/* Whether a node is among those named already. */
static bool
is_named(const char *const *named, size_t n, const char *node)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(named[i], node) == 0)
			return true;
	return false;
}

/* Names one more. */
static void
put_named(struct buf *b, const struct collector *c, const char **named, size_t *n, const char *node)
{
	named[(*n)++] = node;
	bits_node(b, c, node);
	html_raw(b, "\n");
}

/* The node that is its cause; where that is none, those of which alerts fire by themselves. */
static void
put_nodes(struct buf *b, const struct collector *c, const struct incident *in)
{
	const char *named[MAX_NAMED];
	size_t n = 0;
	if (in->node[0] != '\0') {
		bits_node(b, c, in->node);
		html_raw(b, "\n");
		return;
	}
	/* The worst first; of these what rather is the cause. */
	for (int rank = 2 * (TOPIC_MONITOR + 1) - 1; rank >= 0 && n < MAX_NAMED; rank--) {
		int severity = rank > TOPIC_MONITOR ? WIRE_CRITICAL : WIRE_WARNING;
		enum alert_topic topic = (enum alert_topic)(rank % (TOPIC_MONITOR + 1));
		if (severity == WIRE_WARNING && n > 0)
			return;
		for (size_t i = 0; i < engine_nalerts(c->engine) && n < MAX_NAMED; i++) {
			const struct alert *a = engine_alert_at(c->engine, i);
			if (a->incident == in->id && (int)a->severity == severity &&
			    a->topic == topic && fires(a) && a->node[0] != '\0' &&
			    (a->flags & ALERT_CONSEQUENCE) == 0 && !is_named(named, n, a->node))
				put_named(b, c, named, &n, a->node);
		}
	}
}

/* What it is about: cause, values, size. */
static void
put_what(
    struct buf *b, const struct collector *c, const struct request *rq, const struct incident *in)
{
	const struct alert *a = engine_alert(c->engine, in->root);
	char cause[ALERT_MAX_TEXT * 2];
	incidentlist_cause(cause, sizeof cause, c, in, rq->lang);
	html_raw(b, "<div class=\"what\">\n<h2><a href=\"/incident/");
	html_textf(b, "%llu", (unsigned long long)in->id);
	html_raw(b, "\">");
	html_text(b, cause);
	html_raw(b, "</a></h2>\n<p class=\"meta\">");
	put_nodes(b, c, in);
	if (a != NULL)
		put_value(b, rq->lang, a);
	put_left(b, c, rq->lang, in);
	put_alerts(b, c, rq, in);
	html_raw(b, "</p>\n</div>\n");
}

/* Where it is: its zone; one of the site names the zones that feel it. */
static void
put_where(
    struct buf *b, const struct collector *c, const struct request *rq, const struct incident *in)
{
	size_t n = 0;
	html_raw(b, "<p class=\"where\">");
	bits_zone(b, c, rq->lang, in->zone);
	for (size_t i = 0; strcmp(in->zone, "site") == 0 && i < site_nzones(c->site); i++) {
		const struct zone *z = site_zone_at(c->site, i);
		if (n == MAX_NAMED || !touches(c, in, z->name))
			continue;
		html_raw(b, n++ == 0 ? "<br><small>" : ", ");
		bits_zone(b, c, rq->lang, z->name);
	}
	html_raw(b, n > 0 ? "</small></p>\n" : "</p>\n");
}

/* One problem. */
static void
put_problem(
    struct buf *b, const struct collector *c, const struct request *rq, const struct incident *in)
{
	enum view_state state = page_severity((int)in->now);
	bool quiet = in->ack.author[0] != '\0' || problem_is_muted(in);
	html_raw(b, "<article tabindex=\"-1\" class=\"problem ");
	html_raw(b, in->firing == 0 ? "over" : state == VIEW_OK ? "info" : view_word(state));
	html_raw(b, quiet ? " had\" id=\"incident-" : "\" id=\"incident-");
	html_textf(b, "%llu", (unsigned long long)in->id);
	html_raw(b, "\">\n<p class=\"how\">");
	if (in->firing > 0)
		bits_severity(b, rq->lang, in->now, false);
	else
		bits_severity(b, rq->lang, in->severity, true);
	html_raw(b, "</p>\n");
	put_where(b, c, rq, in);
	put_what(b, c, rq, in);
	html_raw(b, "<p class=\"since\">");
	page_moment(b, rq->lang, in->opened_ms, rq->wall_ms);
	html_raw(b, "<br><small>");
	page_ago(b, rq->lang, in->opened_ms, rq->wall_ms);
	html_raw(b, "</small></p>\n<div class=\"does\">\n");
	put_owner(b, c, rq, in);
	if (rq->who->role >= WHO_OPERATOR && in->firing > 0) {
		html_raw(b, "<div class=\"doing\">\n");
		if (in->ack.author[0] == '\0')
			put_acknowledge(b, rq, in);
		if (!problem_is_muted(in))
			put_silence(b, c, rq, in);
		html_raw(b, "</div>\n");
	}
	html_raw(b, "</div>\n</article>\n");
}

/* Those of one list. */
static void
put_list(struct buf *b, const struct collector *c, const struct request *rq,
    const struct incident *const *list, size_t n)
{
	html_raw(b, "<div class=\"problems\">\n");
	for (size_t i = 0; i < n; i++)
		put_problem(b, c, rq, list[i]);
	html_raw(b, "</div>\n");
}

/* The open ones that are, or are not, silenced, in their order; returns how many there are in all.
 */
static size_t
gather(const struct collector *c, const char *zone, bool muted,
    const struct incident *list[MAX_PROBLEMS], size_t *shown)
{
	size_t n = 0;
	*shown = 0;
	for (size_t i = 0; i < engine_nincidents(c->engine); i++) {
		const struct incident *in = engine_incident_at(c->engine, i);
		if (in->closed_ms != 0 || problem_is_muted(in) != muted ||
		    (zone != NULL && !touches(c, in, zone)))
			continue;
		n++;
		if (*shown < MAX_PROBLEMS)
			list[(*shown)++] = in;
	}
	qsort(list, *shown, sizeof list[0], problem_compare);
	return n;
}

size_t
problem_list(struct buf *b, const struct collector *c, const struct request *rq, const char *zone)
{
	const struct incident *list[MAX_PROBLEMS];
	size_t shown, n = gather(c, zone, false, list, &shown);
	if (n > 0)
		put_list(b, c, rq, list, shown);
	if (n > shown) {
		html_raw(b, "<p class=\"hint\"><a href=\"/incidents\">");
		page_sayf(b, rq->lang, N_("and %zu more"), n - shown);
		html_raw(b, "</a></p>\n");
	}
	size_t muted = gather(c, zone, true, list, &shown);
	if (muted == 0)
		return n;
	html_raw(b, "<details class=\"folded\" id=\"silenced\">\n<summary>");
	page_sayf(b, rq->lang, N_("Silenced: %zu"), muted);
	html_raw(b, "</summary>\n");
	put_list(b, c, rq, list, shown);
	html_raw(b, "</details>\n");
	return n;
}
