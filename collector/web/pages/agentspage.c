/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table, and for administrators a form. What is done to a row folds out of it, so that nobody
 * takes a certificate back by a slip. */
#include "collector/web/pages/agentspage.h"

#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/agents.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"

#define DAY_MS INT64_C(86400000)
#define SOON_MS (21 * DAY_MS)
#define MAX_PATTERNS 2048
#define MAX_REASON 200

/* Whether it is connected, since when not, from where. */
static void
put_connection(struct buf *b, const struct request *rq, const struct node *n)
{
	html_raw(b, "<td>");
	if (n == NULL) {
		page_say(b, rq->lang, N_("not in the configuration"));
	} else if (n->connected) {
		html_raw(b, "<span aria-hidden=\"true\">●</span> ");
		page_say(b, rq->lang, N_("connected"));
		html_raw(b, "<br><small>");
		html_text(b, n->peer);
		html_raw(b, "</small>");
	} else {
		html_raw(b, "<span aria-hidden=\"true\">○</span> ");
		page_say(b, rq->lang, N_("not connected"));
		if (n->seen_ms != 0) {
			html_raw(b, "<br><small>");
			bits_time(
			    b, rq->lang, rq->wall_ms - (rq->steady_ms - n->seen_ms), rq->wall_ms);
			html_raw(b, "</small>");
		}
	}
	html_raw(b, "</td><td>");
	html_text(b, n != NULL ? n->agent : "");
	html_raw(b, "</td>");
}

/* The certificate's end. */
static void
put_end(struct buf *b, const struct request *rq, const struct cert_entry *c)
{
	enum lang l = rq->lang;
	int64_t left_ms = c->facts.not_after_ms - rq->wall_ms;
	char span[64];

	if (c->revoked_ms != 0) {
		html_raw(b, "<span aria-hidden=\"true\">✕</span> ");
		page_say(b, l, N_("taken back"));
		html_raw(b, " ");
		bits_time(b, l, c->revoked_ms, rq->wall_ms);
		return;
	}
	if (left_ms <= 0) {
		html_raw(b, "<span aria-hidden=\"true\">✕</span> ");
		page_say(b, l, N_("has ended"));
		html_raw(b, " ");
	} else {
		lang_duration(span, sizeof span, left_ms / DAY_MS * DAY_MS, l);
		html_raw(b, left_ms < SOON_MS ? "<span aria-hidden=\"true\">▲</span> " : "");
		page_sayf(b, l, N_("%s left"), span);
		html_raw(b, "<br>");
	}
	html_raw(b, "<small>");
	bits_time(b, l, c->facts.not_after_ms, rq->wall_ms);
	html_raw(b, "</small>");
}

/* The certificate: its end, whence it is, its number. */
static void
put_cert(struct buf *b, const struct request *rq, const struct agents_row *row)
{
	char serial[CERT_SERIAL_TEXT];

	html_raw(b, "<td>");
	if (row->cert != NULL)
		put_end(b, rq, row->cert);
	else
		page_say(b, rq->lang, row->closed != NULL ? N_("taken back") : N_("none is known"));
	html_raw(b, "</td><td>");
	if (row->cert != NULL) {
		cert_serial_text(serial, row->cert->facts.serial, row->cert->facts.nserial);
		html_text(b, bits_word(rq->lang, register_origin_word(row->cert->origin)));
		html_raw(b, "<br><small>");
		html_text(b, serial);
		html_raw(b, "</small>");
	}
	html_raw(b, "</td>");
}

/* Whether an invitation waits; one that was used is listed a while longer, but for nobody here. */
static bool
is_open(const struct agents_row *row)
{
	return row->invite != NULL && row->invite->state == INVITE_OPEN;
}

/* A form about a row. */
static void
form(struct buf *b, const char *what, const char *node)
{
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/agents/");
	html_raw(b, what);
	html_raw(b, "\">\n");
	html_hidden(b, "node", node);
}

/* Its end. */
static void
form_end(struct buf *b, enum lang l, const char *text, const char *node, bool danger)
{
	html_raw(b, danger ? "<button class=\"danger\">" : "<button class=\"quiet\">");
	page_say(b, l, text);
	html_raw(b, "<span class=\"unseen\"> ");
	html_text(b, node);
	html_raw(b, "</span></button>\n</form>\n");
}

/* What an administrator may do about a row. */
static void
put_acts(struct buf *b, const struct request *rq, const struct agents_row *row, bool issues)
{
	enum lang l = rq->lang;

	html_raw(b, "<td><details><summary>");
	page_say(b, l, N_("Edit"));
	html_raw(b, "<span class=\"unseen\"> ");
	html_text(b, row->name);
	html_raw(b, "</span></summary>\n");
	if (is_open(row)) {
		form(b, "withdraw", row->name);
		form_end(b, l, N_("Withdraw the invitation"), row->name, false);
	} else if (issues && row->node != NULL) {
		form(b, "invite", row->name);
		form_end(b, l, N_("Invite"), row->name, false);
	}
	form(b, "revoke", row->name);
	bits_field(
	    b, l, &(struct bits_field){ .name = "reason", .label = N_("Why"), .max = MAX_REASON });
	html_raw(b, "<p class=\"hint\">");
	page_say(b, l,
	    N_("All its certificates are taken back and its connection ends at once; it comes in "
	       "again only by a new invitation."));
	html_raw(b, "</p>\n");
	form_end(b, l, N_("Take the certificates back"), row->name, true);
	html_raw(b, "</details></td>");
}

/* One agent. */
static void
put_row(const struct collector *c, const struct request *rq, struct buf *b,
    const struct agents_row *row, bool issues)
{
	html_raw(b, "<tr><th scope=\"row\">");
	if (row->node != NULL)
		bits_node(b, c, row->name);
	else
		html_text(b, row->name);
	if (is_open(row)) {
		html_raw(b, "<br><small>");
		page_say(b, rq->lang, N_("invited until"));
		html_raw(b, " ");
		bits_time(b, rq->lang, row->invite->ends_ms, rq->wall_ms);
		html_raw(b, "</small>");
	}
	html_raw(b, "</th>");
	put_connection(b, rq, row->node);
	put_cert(b, rq, row);
	if (rq->who->role >= WHO_ADMIN)
		put_acts(b, rq, row, issues);
	html_raw(b, "</tr>\n");
}

/* The table. */
static void
put_table(const struct collector *c, const struct request *rq, struct buf *b, bool issues)
{
	static const char *const heads[] = { N_("Node"), N_("Connection"), N_("Program"),
		N_("Certificate"), N_("From"), "", NULL };
	static const char *const read_heads[] = { N_("Node"), N_("Connection"), N_("Program"),
		N_("Certificate"), N_("From"), NULL };
	struct agents_row *rows;
	size_t left_out, n = agents_rows(c, rq->wall_ms, &rows, &left_out);

	bits_table(b, rq->lang, NULL, rq->who->role >= WHO_ADMIN ? heads : read_heads);
	for (size_t i = 0; i < n; i++)
		put_row(c, rq, b, &rows[i], issues);
	bits_table_end(b);
	free(rows);
	if (left_out == 0)
		return;
	html_raw(b, "<p class=\"hint\">");
	page_sayf(b, rq->lang, N_("Not listed: %zu more"), left_out);
	html_raw(b, "</p>\n");
}

/* The form of an invitation. */
static void
put_form(struct buf *b, enum lang l)
{
	html_raw(b, "<section>\n<h2>");
	page_say(b, l, N_("Invite a machine"));
	html_raw(b, "</h2>\n<form class=\"act\" method=\"post\" action=\"/agents/invite\">\n");
	bits_field(b, l,
	    &(struct bits_field){
		.name = "node", .label = N_("Node"), .max = NAME_MAX_NODE, .needed = true });
	bits_field(b, l,
	    &(struct bits_field){ .name = "speaks_for",
		.label = N_("A gateway: speaks for"),
		.hint = "cool-*,ups-1",
		.max = MAX_PATTERNS });
	bits_button(b, l, N_("Make the line to paste"));
	html_raw(b, "</form>\n</section>\n");
}

int
agentspage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	bool issues = c->enroll != NULL && enroll_can_issue(c->enroll, NULL);

	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, N_("Agents")), .here = "/system" });
	html_raw(b, "<h1>");
	page_say(b, rq->lang, N_("Agents"));
	html_raw(b, "</h1>\n");
	if (!issues) {
		html_raw(b, "<p class=\"hint\">");
		page_say(b, rq->lang,
		    N_("The collector gives out no certificates: enroll.ca_key is not set. Taking "
		       "back works."));
		html_raw(b, "</p>\n");
	}
	if (issues && rq->who->role >= WHO_ADMIN)
		put_form(b, rq->lang);
	put_table(c, rq, b, issues);
	page_end(b);
	return 200;
}

void
agentspage_line(const struct collector *c, const struct request *rq, struct reply *re,
    const struct node *node, const char *line, int64_t ends_ms)
{
	struct buf *b = &re->body;
	enum lang l = rq->lang;

	page_begin(
	    re, c, rq, &(struct page){ .title = lang_text(l, N_("Agents")), .here = "/system" });
	html_raw(b, "<h1>");
	html_text(b, node->name);
	html_raw(b, "</h1>\n<section class=\"card\">\n<p><label class=\"secret\">");
	page_say(b, l, N_("To be run there, as root"));
	html_raw(b, " <input readonly spellcheck=\"false\" autocomplete=\"off\" value=\"");
	html_text(b, line);
	html_raw(b, "\"></label></p>\n<p class=\"hint\">");
	page_say(b, l,
	    N_("It is shown this once, and works once. Who has it can become this node until:"));
	html_raw(b, " ");
	bits_time(b, l, ends_ms, rq->wall_ms);
	html_raw(b, "</p>\n<p><a href=\"/agents\">");
	page_say(b, l, N_("To the agents"));
	html_raw(b, "</a></p>\n</section>\n");
	page_end(b);
}
