/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The preview is part of the page as it is asked for with the form's values: without a script a
 * button asks for it, with one silences.js does while somebody types. */
#include "collector/web/pages/silencespage.h"

#include <stdio.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/str.h"

#define PREVIEW_NODES 60
#define PREVIEW_ALERTS 20
#define SHOWN 200 /* silences */

static const char *const kinds[] = { "silence", "maintenance", "out-of-service", NULL };
static const char *const patterns[] = { "zone", "node", "source", "rule", NULL };

/* What it covers, as people read it. */
static void
put_match(struct buf *b, enum lang l, const struct silence_match *m)
{
	static const char *const labels[] = { N_("Zone"), N_("Node"), N_("Source"), N_("Rule") };
	const char *const values[] = { m->zone, m->node, m->source, m->rule };

	for (size_t i = 0; i < 4; i++) {
		if (values[i][0] == '\0')
			continue;
		html_raw(b, "<span class=\"match\"><small>");
		page_say(b, l, labels[i]);
		html_raw(b, "</small> ");
		html_text(b, values[i]);
		html_raw(b, "</span> ");
	}
}

/* When it holds. */
static void
put_when(struct buf *b, const struct request *rq, const struct silence *s)
{
	enum lang l = rq->lang;
	char window[96] = "";

	if (s->days != 0) {
		silence_print_window(window, sizeof window, s);
		html_raw(b, "<strong>");
		html_text(b, window);
		html_raw(b, "</strong><br><small>");
	}
	bits_time(b, l, s->starts_ms, rq->wall_ms);
	html_raw(b, " – ");
	if (s->ends_ms != 0)
		bits_time(b, l, s->ends_ms, rq->wall_ms);
	else
		page_say(b, l, "without an end");
	if (s->days != 0)
		html_raw(b, "</small>");
	if (s->ends_ms > rq->wall_ms && s->starts_ms <= rq->wall_ms && s->days == 0) {
		html_raw(b, "<br><small>");
		page_say(b, l, "left:");
		html_raw(b, " ");
		bits_span(b, l, rq->wall_ms, s->ends_ms);
		html_raw(b, "</small>");
	}
}

/* Where a form of a row goes. */
static void
form(struct buf *b, uint64_t id, const char *act)
{
	html_raw(b, "<form class=\"inline\" method=\"post\" action=\"/silence/");
	html_textf(b, "%llu/%s", (unsigned long long)id, act);
	html_raw(b, "\">");
}

/* To end or extend it. */
static void
put_row_forms(struct buf *b, const struct request *rq, const struct silence *s)
{
	if (s->id == 0) {
		html_raw(b, "<small>");
		page_say(b, rq->lang, "of the configuration");
		html_raw(b, "</small>");
		return;
	}
	if (rq->who->role < WHO_OPERATOR || (s->ends_ms != 0 && s->ends_ms <= rq->wall_ms))
		return;
	html_raw(b, "<details><summary>");
	page_say(b, rq->lang, "Edit");
	html_raw(b, "</summary>");
	if (s->ends_ms != 0) {
		form(b, s->id, "extend");
		bits_author(b, rq);
		bits_field(b, rq->lang,
		    &(struct bits_field){ .name = "for",
			.label = N_("Longer by"),
			.value = "1h",
			.max = 12,
			.needed = true });
		bits_button(b, rq->lang, "Extend");
		html_raw(b, "</form>");
	}
	form(b, s->id, "end");
	bits_author(b, rq);
	bits_button(b, rq->lang, "End now");
	html_raw(b, "</form></details>");
}

/* 0: in force, 1: to come or between its windows, 2: over. */
static unsigned
rank_of(const struct silence *s, int64_t now_ms)
{
	if (silence_is_active(s, now_ms))
		return 0;
	return s->ends_ms != 0 && s->ends_ms <= now_ms ? 2 : 1;
}

/* One silence. */
static void
put_row(struct buf *b, const struct request *rq, const struct silence *s)
{
	static const char *const states[] = { N_("in force"), N_("not now"), N_("over") };
	static const char *const signs[] = { "● ", "○ ", "– " };
	unsigned rank = rank_of(s, rq->wall_ms);

	html_raw(b,
	    rank == 2 ? "<tr class=\"past\"><td class=\"nowrap\">" : "<tr><td class=\"nowrap\">");
	html_text(b, signs[rank]);
	page_say(b, rq->lang, states[rank]);
	html_raw(b, "<br><small>");
	html_text(b, bits_word(rq->lang, silence_word(s->kind)));
	html_raw(b, "</small></td><td>");
	put_match(b, rq->lang, &s->match);
	html_raw(b, "</td><td class=\"wide\">");
	html_text(b, s->reason);
	html_raw(b, "<br><small>");
	html_text(b, s->author);
	if (s->ended_by[0] != '\0') {
		html_raw(b, " · ");
		page_sayf(b, rq->lang, "ended by %s", s->ended_by);
	}
	html_raw(b, "</small></td><td class=\"nowrap\">");
	put_when(b, rq, s);
	html_raw(b, "</td><td>");
	put_row_forms(b, rq, s);
	html_raw(b, "</td></tr>\n");
}

/* All of them, those in force first. */
static void
put_list(struct buf *b, const struct collector *c, const struct request *rq)
{
	static const char *const heads[] = { N_("State"), N_("Covers"), N_("Reason"), N_("When"),
		"", NULL };
	size_t n = silences_count(c->silences), shown = 0;

	if (n == 0) {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, rq->lang, "Nothing is silenced.");
		html_raw(b, "</p>\n");
		return;
	}
	bits_table(b, rq->lang, NULL, heads);
	for (unsigned rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < n && shown < SHOWN; i++) {
			const struct silence *s = silences_at(c->silences, i);
			if (rank_of(s, rq->wall_ms) == rank) {
				put_row(b, rq, s);
				shown++;
			}
		}
	bits_table_end(b);
	if (n > shown) {
		html_raw(b, "<p class=\"hint\">");
		page_sayf(b, rq->lang, "The first %zu of %zu.", shown, n);
		html_raw(b, "</p>\n");
	}
}

/* What the address asks to cover; whether it asks for anything. */
static bool
read_match(const struct request *rq, struct silence_match *m)
{
	char *const into[] = { m->zone, m->node, m->source, m->rule };
	bool any = false;

	for (size_t i = 0; patterns[i] != NULL; i++) {
		const char *text = bits_param(rq, patterns[i]);
		if (text == NULL || str_copy(into[i], SILENCE_MAX_PATTERN, text) == -1)
			continue;
		any = true;
	}
	return any;
}

/* The alerts that would fall silent. */
static void
preview_alerts(struct buf *b, const struct collector *c, enum lang l, const struct silence_match *m)
{
	size_t n = 0;
	char text[ALERT_MAX_TEXT * 3];

	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if (a->state == ALERT_PENDING || a->state >= ALERT_RESOLVED ||
		    !silence_matches(m, a->zone, a->node, a->series, a->rule))
			continue;
		if (n++ == 0)
			html_raw(b, "<ul>\n");
		if (n > PREVIEW_ALERTS)
			continue;
		text_alert(text, sizeof text, a, l);
		html_raw(b, "<li>");
		html_text(b, text);
		html_raw(b, "</li>\n");
	}
	if (n > PREVIEW_ALERTS) {
		size_t more = n - PREVIEW_ALERTS;
		html_raw(b, "<li>");
		html_textf(b, lang_plural(l, "and %zu more", "and %zu more", more), more);
		html_raw(b, "</li>\n");
	}
	if (n > 0)
		html_raw(b, "</ul>\n");
	html_raw(b, "<p>");
	html_textf(b,
	    lang_plural(l, "%zu alert that fires now would be silenced.",
		"%zu alerts that fire now would be silenced.", n),
	    n);
	html_raw(b, "</p>\n");
}

/* What it would cover. */
static void
put_preview(struct buf *b, const struct collector *c, const struct request *rq)
{
	const struct node *nodes[PREVIEW_NODES];
	struct silence_match m = { .zone = "" };
	enum lang l = rq->lang;
	struct err e;

	html_raw(b, "<div id=\"preview\" class=\"preview\" aria-live=\"polite\">\n");
	if (!read_match(rq, &m)) {
		html_raw(b, "<p class=\"hint\">");
		page_say(b, l, "Say what to cover: at least one of zone, node, source, rule.");
		html_raw(b, "</p>\n</div>\n");
		return;
	}
	if (silence_judge_zone(&m, c->site, &e) == -1) {
		html_raw(b, "<p class=\"alarm\">");
		page_say(b, l, "No zone of the site is meant by this.");
		html_raw(b, "</p>\n</div>\n");
		return;
	}
	size_t n = silence_preview(&m, c->site, nodes, PREVIEW_NODES);
	html_raw(b, "<p><strong>");
	html_textf(b, lang_plural(l, "Covers %zu node", "Covers %zu nodes", n), n);
	html_raw(b, "</strong>");
	for (size_t i = 0; i < n && i < PREVIEW_NODES; i++) {
		html_raw(b, i == 0 ? ": " : ", ");
		bits_node(b, c, nodes[i]->name);
	}
	if (n > PREVIEW_NODES) {
		html_raw(b, ", ");
		html_textf(b, lang_plural(l, "and %zu more", "and %zu more", n - PREVIEW_NODES),
		    n - PREVIEW_NODES);
	}
	html_raw(b, "</p>\n");
	preview_alerts(b, c, l, &m);
	html_raw(b, "</div>\n");
}

/* What it covers, as fields. */
static void
put_pattern_fields(struct buf *b, const struct request *rq)
{
	static const char *const labels[] = { N_("Zone"), N_("Node"), N_("Source"), N_("Rule") };
	static const char *const hints[] = { "B*", "srv1*", "filesystem-var", "disk-*" };

	for (size_t i = 0; patterns[i] != NULL; i++)
		bits_field(b, rq->lang,
		    &(struct bits_field){ .name = patterns[i],
			.label = labels[i],
			.value = request_param(rq, patterns[i]),
			.hint = hints[i],
			.max = SILENCE_MAX_PATTERN - 1 });
}

/* For how long, or when again and again. */
static void
put_time_fields(struct buf *b, const struct request *rq)
{
	static const struct bits_field fields[] = {
		{ .name = "for", .label = N_("For"), .hint = N_("2h"), .max = 12 },
		{ .name = "starts", .label = N_("Or from"), .type = "datetime-local" },
		{ .name = "until", .label = N_("until"), .type = "datetime-local" },
		{ .name = "window", .label = N_("Or each week"), .hint = N_("Sun 02:00-04:30") },
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct bits_field f = fields[i];
		f.value = request_param(rq, f.name);
		bits_field(b, rq->lang, &f);
	}
}

/* The form for a new one. */
static void
put_new(struct buf *b, const struct collector *c, const struct request *rq)
{
	enum lang l = rq->lang;

	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, "New silence or maintenance");
	html_raw(b, "</h2>\n<form class=\"act\" method=\"post\" action=\"/silences\" "
		    "data-preview=\"preview\">\n<fieldset><legend>");
	page_say(b, l, "What");
	html_raw(b, "</legend>\n");
	bits_choice(b, l, "kind", N_("Kind"), NULL, kinds, request_param(rq, "kind"));
	put_pattern_fields(b, rq);
	html_raw(b, "</fieldset>\n<fieldset><legend>");
	page_say(b, l, "When");
	html_raw(b, "</legend>\n");
	put_time_fields(b, rq);
	html_raw(b, "</fieldset>\n<fieldset><legend>");
	page_say(b, l, "Why");
	html_raw(b, "</legend>\n");
	bits_author(b, rq);
	bits_field(b, l,
	    &(struct bits_field){ .name = "reason",
		.label = N_("Reason"),
		.value = request_param(rq, "reason"),
		.max = 250,
		.needed = true });
	html_raw(b, "</fieldset>\n<p class=\"buttons\">");
	bits_button(b, l, "Silence");
	html_raw(b, "<button type=\"submit\" class=\"quiet\" formmethod=\"get\" formnovalidate>");
	page_say(b, l, "Preview");
	html_raw(b, "</button></p>\n</form>\n<p class=\"hint\">");
	page_say(b, l,
	    "* stands for any text; all that is given must match. Windows: Mon-Fri "
	    "22:00-06:00, daily 13:00-13:15, Sat,Sun 00:00-24:00, Fri 22:00-Mon 06:00.");
	html_raw(b, "</p>\n");
	put_preview(b, c, rq);
	html_raw(b, "</section>\n");
}

int
silencespage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;

	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, "Silences and maintenance"),
		.here = "/silences",
		.live = "silences",
		.script = "silences.js" });
	html_raw(b, "<h1>");
	page_say(b, rq->lang, "Silences and maintenance");
	html_raw(b, "</h1>\n");
	put_list(b, c, rq);
	if (rq->who->role >= WHO_OPERATOR)
		put_new(b, c, rq);
	page_end(b);
	return 200;
}
