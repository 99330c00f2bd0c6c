/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Those that are open come from memory; closed ones are in the reports and in the API. */
#include "collector/web/pages/actionspage.h"

#include <inttypes.h>
#include <stdio.h>

#include "collector/alert/actions.h"
#include "collector/collector.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"

#define DAY_MS INT64_C(86400000)

/* Who sees to it, of what, until when. */
static void
put_facts(struct buf *b, const struct action *a, enum lang l, int64_t now_ms)
{
	char day[64];

	html_raw(b, "<br><small>");
	if (a->owner[0] != '\0')
		html_text(b, a->owner);
	if (a->zone[0] != '\0') {
		html_raw(b, a->owner[0] != '\0' ? " · " : "");
		html_text(b, a->zone);
	}
	if (a->due_ms > 0) {
		html_raw(b, a->owner[0] != '\0' || a->zone[0] != '\0' ? " · " : "");
		lang_date(day, sizeof day, a->due_ms, l);
		html_text(b, day);
		if (a->due_ms + DAY_MS <= now_ms) {
			html_raw(b, " · <strong>");
			page_say(b, l, "Overdue");
			html_raw(b, "</strong>");
		}
	}
	html_raw(b, "</small>");
}

/* The form that ends one. */
static void
put_close(struct buf *b, const struct action *a, const struct request *rq)
{
	html_raw(b, "<details><summary>");
	page_say(b, rq->lang, "It is done");
	html_raw(b, "</summary>\n<form class=\"act\" method=\"post\" action=\"/action/");
	html_textf(b, "%" PRIu64, a->id);
	html_raw(b, "/close\">\n");
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "note", .label = N_("What came of it"), .max = 200 });
	bits_author(b, rq);
	bits_button(b, rq->lang, "It is done");
	html_raw(b, "</form>\n</details>\n");
}

/* The form for another. */
static void
put_new(struct buf *b, const struct collector *c, const struct request *rq)
{
	const struct bits_field fields[] = {
		{ .name = "text", .label = N_("What is to be done"), .max = 200, .needed = true },
		{ .name = "owner", .label = N_("Owner") },
		{ .name = "due", .label = N_("Due"), .type = "date" },
	};

	html_raw(b, "<details><summary>");
	page_say(b, rq->lang, "Another action");
	html_raw(b, "</summary>\n<form class=\"act\" method=\"post\" action=\"/actions\">\n");
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		bits_field(b, rq->lang, &fields[i]);
	bits_scope(b, c, rq->lang);
	bits_author(b, rq);
	bits_button(b, rq->lang, "Note it");
	html_raw(b, "</form>\n</details>\n");
}

void
actionspage_put(struct buf *b, const struct collector *c, const struct request *rq)
{
	bool may = rq->who->role >= WHO_OPERATOR;
	size_t n = c->actions != NULL ? actions_count(c->actions) : 0;

	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, rq->lang, "Open actions");
	html_raw(b, "</h2>\n");
	if (n == 0) {
		html_raw(b, "<p class=\"hint\">");
		page_say(b, rq->lang, "No action is open.");
		html_raw(b, "</p>\n");
	} else {
		html_raw(b, "<ul>\n");
	}
	for (size_t i = 0; i < n; i++) {
		const struct action *a = actions_at(c->actions, i);
		html_raw(b, "<li>");
		html_textf(b, "%" PRIu64 ". %s", a->id, a->text);
		put_facts(b, a, rq->lang, rq->wall_ms);
		if (may)
			put_close(b, a, rq);
		html_raw(b, "</li>\n");
	}
	if (n > 0)
		html_raw(b, "</ul>\n");
	if (may)
		put_new(b, c, rq);
	html_raw(b, "</section>\n");
}
