/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two lists and a form under each. What is done to a row folds out of it, so that nobody removes an
 * account by a slip. */
#include "collector/web/pages/userspage.h"

#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/web/accounts.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"

static const char *const roles[] = { "viewer", "operator", "admin", NULL };
static const char *const token_roles[] = { "wall", "viewer", "operator", "admin", NULL };

/* A form's beginning: "/users/NAME/WHAT". */
static void
form(struct buf *b, const char *list, const char *name, const char *what)
{
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/");
	html_raw(b, list);
	html_raw(b, "/");
	html_query(b, name);
	html_raw(b, "/");
	html_raw(b, what);
	html_raw(b, "\">\n");
}

/* Its end: a button that says whose it is to those who hear it alone. */
static void
form_end(struct buf *b, enum lang l, const char *text, const char *name, bool danger)
{
	html_raw(b, danger ? "<button class=\"danger\">" : "<button class=\"quiet\">");
	page_say(b, l, text);
	html_raw(b, "<span class=\"unseen\"> ");
	html_text(b, name);
	html_raw(b, "</span></button>\n</form>\n");
}

/* A moment, or what it means that there is none. */
static void
cell_time(struct buf *b, const struct request *rq, int64_t ms, const char *none)
{
	html_raw(b, "<td class=\"nowrap\">");
	if (ms != 0)
		bits_time(b, rq->lang, ms, rq->wall_ms);
	else
		page_say(b, rq->lang, none);
	html_raw(b, "</td>");
}

/* How an account stands. */
static void
put_state(struct buf *b, const struct request *rq, const struct accounts_person *p)
{
	char span[64];

	html_raw(b, "<td>");
	if (p->locked_ms > 0) {
		lang_duration(span, sizeof span, p->locked_ms, rq->lang);
		html_raw(b, "<span aria-hidden=\"true\">✕</span> ");
		page_sayf(b, rq->lang, N_("locked for %s: too many wrong passwords"), span);
	} else if (p->password) {
		html_raw(b, "<span aria-hidden=\"true\">●</span> ");
		page_say(b, rq->lang, N_("has a password"));
	} else {
		html_raw(b, "<span aria-hidden=\"true\">○</span> ");
		page_say(b, rq->lang, N_("no password yet"));
	}
	if (p->link_until_ms != 0) {
		html_raw(b, "<br><small>");
		page_say(b, rq->lang, N_("link valid until"));
		html_raw(b, " ");
		bits_time(b, rq->lang, p->link_until_ms, rq->wall_ms);
		html_raw(b, "</small>");
	}
	html_raw(b, "</td>");
}

/* When it signed in last, and where it still is. */
static void
put_last(struct buf *b, const struct request *rq, const struct accounts_person *p)
{
	html_raw(b, "<td class=\"nowrap\">");
	if (p->last_ms != 0)
		bits_time(b, rq->lang, p->last_ms, rq->wall_ms);
	else
		page_say(b, rq->lang, N_("never"));
	if (p->sessions > 0) {
		html_raw(b, "<br><small>");
		html_textf(b, lang_plural(rq->lang, "%lu session", "%lu sessions", p->sessions),
		    (unsigned long)p->sessions);
		html_raw(b, "</small>");
	}
	html_raw(b, "</td>");
}

/* An account. */
static void
put_person(struct buf *b, const struct request *rq, const struct accounts_person *p)
{
	enum lang l = rq->lang;

	html_raw(b, "<tr><th scope=\"row\">");
	html_text(b, p->name);
	html_raw(b, "</th><td>");
	html_text(b, bits_word(l, who_role_word(p->role)));
	html_raw(b, "</td>");
	put_state(b, rq, p);
	put_last(b, rq, p);
	html_raw(b, "<td><details><summary>");
	page_say(b, l, N_("Edit"));
	html_raw(b, "<span class=\"unseen\"> ");
	html_text(b, p->name);
	html_raw(b, "</span></summary>\n");
	form(b, "users", p->name, "role");
	bits_choice(b, l, "role", N_("Role"), NULL, roles, who_role_word(p->role));
	form_end(b, l, N_("Give this role"), p->name, false);
	form(b, "users", p->name, "link");
	form_end(b, l, N_("New one-time link"), p->name, false);
	if (p->locked_ms > 0) {
		form(b, "users", p->name, "unlock");
		form_end(b, l, N_("Unlock"), p->name, false);
	}
	form(b, "users", p->name, "remove");
	form_end(b, l, N_("Remove"), p->name, true);
	html_raw(b, "</details></td></tr>\n");
}

/* The accounts. */
static void
put_people(const struct collector *c, const struct request *rq, struct buf *b)
{
	static const char *const heads[] = { N_("Name"), N_("Role"), N_("Password"),
		N_("Last signed in"), "", NULL };
	struct accounts_person p;
	size_t n = 0;

	html_raw(b, "<section>\n<h2>");
	page_say(b, rq->lang, N_("Accounts"));
	html_raw(b, "</h2>\n");
	for (; accounts_at(c->accounts, n, rq->wall_ms, &p); n++) {
		if (n == 0)
			bits_table(b, rq->lang, NULL, heads);
		put_person(b, rq, &p);
	}
	if (n > 0) {
		bits_table_end(b);
	} else {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, rq->lang,
		    N_("There is no account yet: everybody uses the collector's token."));
		html_raw(b, "</p>\n");
	}
	html_raw(b, "<h3>");
	page_say(b, rq->lang, N_("New account"));
	html_raw(b, "</h3>\n<form class=\"act\" method=\"post\" action=\"/users\">\n");
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "name", .label = N_("Name"), .max = 63, .needed = true });
	bits_choice(b, rq->lang, "role", N_("Role"), NULL, roles, "viewer");
	bits_button(b, rq->lang, N_("Make a one-time link"));
	html_raw(b, "</form>\n<p class=\"hint\">");
	page_say(b, rq->lang,
	    N_("Viewers read everything; operators acknowledge, comment and silence too; admins "
	       "also make accounts and tokens."));
	html_raw(b, "</p>\n</section>\n");
}

/* A token. */
static void
put_token(struct buf *b, const struct request *rq, const struct accounts_token *t)
{
	html_raw(b, "<tr><th scope=\"row\">");
	html_text(b, t->name);
	html_raw(b, "</th><td>");
	html_text(b, bits_word(rq->lang, who_role_word(t->role)));
	html_raw(b, "</td><td>");
	html_text(b, t->author);
	html_raw(b, "<br><small>");
	bits_time(b, rq->lang, t->made_ms, rq->wall_ms);
	html_raw(b, "</small></td>");
	if (t->ends_ms != 0 && t->ends_ms <= rq->wall_ms) {
		html_raw(b, "<td>");
		page_say(b, rq->lang, N_("has ended"));
		html_raw(b, "</td>");
	} else {
		cell_time(b, rq, t->ends_ms, N_("never"));
	}
	cell_time(b, rq, t->used_ms, N_("never"));
	html_raw(b, "<td><details><summary>");
	page_say(b, rq->lang, N_("Edit"));
	html_raw(b, "<span class=\"unseen\"> ");
	html_text(b, t->name);
	html_raw(b, "</span></summary>\n");
	form(b, "tokens", t->name, "remove");
	form_end(b, rq->lang, N_("Remove"), t->name, true);
	html_raw(b, "</details></td></tr>\n");
}

/* When a token ends. */
static void
put_ends(struct buf *b, enum lang l)
{
	static const struct {
		const char *value;
		int days;
	} spans[] = { { "30d", 30 }, { "90d", 90 }, { "365d", 365 }, { "730d", 730 } };
	char text[64];

	html_raw(b, "<label>");
	page_say(b, l, N_("Ends after"));
	html_raw(b, " <select name=\"ends\">");
	for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
		lang_duration(text, sizeof text, spans[i].days * INT64_C(86400000), l);
		html_raw(b, "<option value=\"");
		html_raw(b, spans[i].value);
		html_raw(b, spans[i].days == 90 ? "\" selected>" : "\">");
		html_text(b, text);
		html_raw(b, "</option>");
	}
	html_raw(b, "<option value=\"\">");
	page_say(b, l, N_("never (a wall's only)"));
	html_raw(b, "</option></select></label>\n");
}

/* The tokens. */
static void
put_tokens(const struct collector *c, const struct request *rq, struct buf *b)
{
	static const char *const heads[] = { N_("Name"), N_("Role"), N_("Made by"), N_("Ends"),
		N_("Last used"), "", NULL };
	struct accounts_token t;
	size_t n = 0;

	html_raw(b, "<section>\n<h2>");
	page_say(b, rq->lang, N_("Tokens"));
	html_raw(b, "</h2>\n");
	for (; accounts_token_at(c->accounts, n, &t); n++) {
		if (n == 0)
			bits_table(b, rq->lang, NULL, heads);
		put_token(b, rq, &t);
	}
	if (n > 0)
		bits_table_end(b);
	html_raw(b, "<h3>");
	page_say(b, rq->lang, N_("New token"));
	html_raw(b, "</h3>\n<form class=\"act\" method=\"post\" action=\"/tokens\">\n");
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "name", .label = N_("Name"), .max = 63, .needed = true });
	bits_choice(b, rq->lang, "role", N_("Role"), NULL, token_roles, "wall");
	put_ends(b, rq->lang);
	bits_button(b, rq->lang, N_("Make a token"));
	html_raw(b, "</form>\n<p class=\"hint\">");
	page_say(b, rq->lang,
	    N_("For programs (Authorization: Bearer), and for walls: the token of a wall shows the "
	       "wall and nothing else."));
	html_raw(b, "</p>\n</section>\n");
}

int
userspage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, N_("Users")), .here = "/users" });
	html_raw(&re->body, "<h1>");
	page_say(&re->body, rq->lang, N_("Users"));
	html_raw(&re->body, "</h1>\n");
	put_people(c, rq, &re->body);
	put_tokens(c, rq, &re->body);
	page_end(&re->body);
	return 200;
}

/* A secret to be copied: a field that is read only selects as a whole, in every browser. */
static void
put_secret(struct buf *b, enum lang l, const char *label, const char *secret)
{
	html_raw(b, "<p><label class=\"secret\">");
	page_say(b, l, label);
	html_raw(b, " <input readonly spellcheck=\"false\" autocomplete=\"off\" value=\"");
	html_text(b, secret);
	html_raw(b, "\"></label></p>\n");
}

void
userspage_secret(const struct collector *c, const struct request *rq, struct reply *re,
    const char *name, const char *token, const char *address)
{
	struct buf *b = &re->body;
	enum lang l = rq->lang;

	page_begin(
	    re, c, rq, &(struct page){ .title = lang_text(l, N_("Users")), .here = "/users" });
	html_raw(b, "<h1>");
	html_text(b, name);
	html_raw(b, "</h1>\n<section class=\"card\">\n");
	if (token != NULL)
		put_secret(b, l, N_("Token"), token);
	if (address != NULL)
		put_secret(
		    b, l, token != NULL ? N_("Address of the wall") : N_("One-time link"), address);
	html_raw(b, "<p class=\"hint\">");
	page_say(b, l,
	    token != NULL ? N_("It is shown this once. Copy it now to where it is used.")
			  : N_("It is shown this once. Give it to its owner: who opens it within "
			       "24 hours sets the password."));
	html_raw(b, "</p>\n<p><a href=\"/users\">");
	page_say(b, l, N_("To the users"));
	html_raw(b, "</a></p>\n</section>\n");
	page_end(b);
}
