/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in: by name and password; by a one-time link, which sets the password; by a token. A
 * password is checked in a thread, so the answer comes by a ticket, to a copy of what was asked. */
#include "collector/web/pages/loginpage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/web/accounts.h"
#include "collector/web/api/deed.h"
#include "collector/web/auth.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define HERE "zw_here"	 /* a session was begun in this browser */
#define TRIED "zw_tried" /* and it was asked again just now */
#define WALL_S (400L * 86400)

/* --- cookies --------------------------------------------------------------------------------- */

/* Whether browsers come by HTTPS. */
static bool
is_secure(const struct collector *c)
{
	const struct conf_web *web = &c->conf->web;
	return web->certificate != NULL ||
	       (web->url != NULL && strncmp(web->url, "https:", 6) == 0);
}

void
loginpage_cookies(
    const struct collector *c, enum who_role role, const char *key, char *dst, size_t size)
{
	long life_s = role == WHO_WALL ? WALL_S : (long)(c->conf->web.session_longest / 1000);
	const char *secure = is_secure(c) ? "; Secure" : "";

	snprintf(dst, size,
	    AUTH_COOKIE "=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=Strict%s\n" HERE
			"=1; Path=/; Max-Age=%ld; HttpOnly; SameSite=Lax%s",
	    key, life_s, secure, life_s, secure);
}

bool
loginpage_is_astray(const char *cookie, const char *target)
{
	char word[8];

	return target != NULL && (page_is_local(target) || strncmp(target, "/login", 6) == 0) &&
	       request_cookie(cookie, HERE, word, sizeof word) &&
	       !request_cookie(cookie, TRIED, word, sizeof word);
}

int
loginpage_again(struct reply *re)
{
	struct buf *b = &re->body;

	re->type = REPLY_HTML;
	(void)str_copy(re->cookie, sizeof re->cookie,
	    TRIED "=1; Path=/; Max-Age=5; HttpOnly; SameSite=Strict");
	html_raw(b, "<!doctype html>\n<html lang=\"");
	html_raw(b, lang_word(re->lang));
	html_raw(b, "\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<meta http-equiv=\"refresh\" content=\"0; url=");
	html_text(b, re->target);
	html_raw(b, "\">\n<title>zonewatch</title>\n</head>\n<body><p><a href=\"");
	html_text(b, re->target);
	html_raw(b, "\">");
	page_say(b, re->lang, N_("Go on"));
	html_raw(b, "</a></p></body>\n</html>\n");
	return 200;
}

/* --- forms ----------------------------------------------------------------------------------- */

/* Where it goes on, carried along. */
static void
put_next(struct buf *b, const char *next)
{
	if (next == NULL || !page_is_local(next))
		return;
	html_hidden(b, "next", next);
}

/* A labelled field. */
static void
put_field(struct buf *b, enum lang l, const char *label, const char *attributes)
{
	html_raw(b, "<label>");
	page_say(b, l, label);
	html_raw(b, " <input ");
	html_raw(b, attributes);
	html_raw(b, "></label>\n");
}

/* A button. */
static void
put_button(struct buf *b, enum lang l, const char *text)
{
	html_raw(b, "<button type=\"submit\">");
	page_say(b, l, text);
	html_raw(b, "</button>\n");
}

/* Both ways in: with a name, and, folded, with a token. Bodies of forms, so that neither stands in
 * an address. */
static void
put_form(struct buf *b, enum lang l, const char *next, const char *name)
{
	html_raw(b, "<form class=\"sign-in\" method=\"post\" action=\"/login\">\n");
	put_next(b, next);
	html_raw(b, "<label>");
	page_say(b, l, N_("Name"));
	html_raw(b, " <input name=\"name\" autocomplete=\"username\" autocapitalize=\"none\" "
		    "spellcheck=\"false\" maxlength=\"63\" required value=\"");
	html_text(b, name);
	html_raw(b, name[0] == '\0' ? "\" autofocus></label>\n" : "\"></label>\n");
	put_field(b, l, N_("Password"),
	    name[0] == '\0' ? "name=\"password\" type=\"password\" "
			      "autocomplete=\"current-password\" maxlength=\"256\" required"
			    : "name=\"password\" type=\"password\" "
			      "autocomplete=\"current-password\" maxlength=\"256\" required "
			      "autofocus");
	put_button(b, l, N_("Sign in"));
	html_raw(b, "</form>\n<details class=\"other-way\">\n<summary>");
	page_say(b, l, N_("With a token"));
	html_raw(b, "</summary>\n<form class=\"sign-in\" method=\"post\" action=\"/login\">\n");
	put_next(b, next);
	put_field(b, l, N_("Token"),
	    "name=\"token\" type=\"password\" autocomplete=\"off\" maxlength=\"256\" required");
	put_button(b, l, N_("Sign in"));
	html_raw(b, "</form>\n<p class=\"hint\">");
	page_say(b, l,
	    N_("The first line of the file web.token_file on the collector, or a wall's token. The "
	       "first account is made there by:"));
	html_raw(b, " <code>zonewatchctl user add NAME --role admin</code></p>\n</details>\n");
}

void
loginpage_form(struct buf *b, enum lang l, const char *next)
{
	put_form(b, l, next, "");
}

/* What was wrong, before a form. */
static void
put_wrong(struct buf *b, const char *text)
{
	if (text == NULL)
		return;
	html_raw(b, "<p class=\"alarm\" role=\"alert\">");
	html_text(b, text);
	html_raw(b, "</p>\n");
}

/* The form that sets a password; a manager of passwords knows it by its fields. */
static void
put_welcome(struct buf *b, enum lang l, const char *name, const char *link, const char *wrong)
{
	page_alone(b, l, lang_text(l, N_("Set your password")));
	put_wrong(b, wrong);
	html_raw(b, "<form class=\"sign-in\" method=\"post\" action=\"/login\">\n");
	html_hidden(b, "link", link);
	html_raw(b, "<label>");
	page_say(b, l, N_("Name"));
	html_raw(b, " <input name=\"name\" autocomplete=\"username\" readonly value=\"");
	html_text(b, name);
	html_raw(b, "\"></label>\n");
	put_field(b, l, N_("New password"),
	    "name=\"password\" type=\"password\" autocomplete=\"new-password\" minlength=\"10\" "
	    "maxlength=\"256\" aria-describedby=\"rule\" required autofocus");
	put_field(b, l, N_("The same once more"),
	    "name=\"again\" type=\"password\" autocomplete=\"new-password\" minlength=\"10\" "
	    "maxlength=\"256\" required");
	html_raw(b, "<p class=\"hint\" id=\"rule\">");
	page_say(b, l,
	    N_("10 characters at least; any characters. A password manager may make and fill it."));
	html_raw(b, "</p>\n");
	put_button(b, l, N_("Save and sign in"));
	html_raw(b, "</form>\n");
	page_alone_end(b);
}

/* --- tokens ---------------------------------------------------------------------------------- */

/* Where a sign-in leads. */
static const char *
next_of(const struct request *rq)
{
	const char *next = request_param(rq, "next");
	return next != NULL && page_is_local(next) ? next : "/";
}

/* The page with the form, what is wrong, and the status. */
static int
refuse(struct buf *b, enum lang l, const char *next, const char *name, const char *wrong)
{
	page_alone(b, l, lang_text(l, N_("Sign in")));
	put_wrong(b, wrong);
	put_form(b, l, next, name);
	page_alone_end(b);
	return 401;
}

/* How long to wait, in words. */
static void
put_wait(char *dst, size_t size, enum lang l, int64_t ms)
{
	char span[64];

	lang_duration(span, sizeof span, (ms + 999) / 1000 * 1000, l);
	snprintf(dst, size, lang_text(l, N_("Too many tries. Try again in %s.")), span);
}

/* Begins a session for who shows this token, as an address with ?token= does, and goes on to `to`:
 * 303, or the status of the error that was answered. */
static int
enter(const struct collector *c, const struct request *rq, struct reply *re, const char *token,
    const char *to)
{
	char key[ACCOUNTS_SECRET], text[200];
	struct err e;
	struct who who = accounts_token(c->accounts, token, rq->peer, rq->wall_ms);

	re->type = REPLY_HTML;
	if (who.locked_ms > 0) {
		put_wait(text, sizeof text, rq->lang, who.locked_ms);
		refuse(&re->body, rq->lang, to, "", text);
		return 429;
	}
	if (who.role == WHO_NOBODY)
		return refuse(&re->body, rq->lang, to, "",
		    lang_text(rq->lang, N_("That token is none of ours, or has ended.")));
	if (accounts_enter(c->accounts, &who, token, rq->peer, rq->wall_ms, key, &e) == -1)
		return reply_error(re, 500, "session", "%s", e.msg);
	deed_note(c, rq->wall_ms, who.name[0] != '\0' ? who.name : "token", "login", "", rq->peer);
	loginpage_cookies(c, who.role, key, re->cookie, sizeof re->cookie);
	re->location = "/";
	if (str_copy(re->where, sizeof re->where, to) == 0)
		re->location = re->where;
	return 303;
}

/* --- passwords ------------------------------------------------------------------------------- */

/* A sign-in whose password is being checked. */
struct attempt {
	const struct collector *c;
	struct ticket *ticket;
	enum lang lang;
	int64_t wall_ms;
	char name[WHO_MAX_NAME];
	char link[ACCOUNTS_SECRET];
	char peer[64];
	char next[256];
};

/* What an attempt must remember. */
static struct attempt *
attempt_new(const struct collector *c, const struct request *rq, struct reply *re, const char *name)
{
	struct attempt *at = xcalloc(1, sizeof *at);

	at->c = c;
	at->lang = rq->lang;
	at->wall_ms = rq->wall_ms;
	(void)str_copy(at->name, sizeof at->name, name);
	(void)str_copy(at->peer, sizeof at->peer, rq->peer);
	if (str_copy(at->next, sizeof at->next, next_of(rq)) == -1)
		(void)str_copy(at->next, sizeof at->next, "/");
	at->ticket = ticket_take(re);
	return at;
}

/* The session is there. */
static void
let_in(struct attempt *at, enum who_role role, const char *key)
{
	char cookie[sizeof(((struct reply *)NULL)->cookie)];

	loginpage_cookies(at->c, role, key, cookie, sizeof cookie);
	ticket_redirect(at->ticket, at->next, cookie);
	explicit_bzero(cookie, sizeof cookie);
	free(at);
}

/* The form again, with what is wrong. */
static void
turn_away(struct attempt *at, int status, const char *wrong)
{
	struct buf b = { 0 };

	refuse(&b, at->lang, at->next, at->name, wrong);
	ticket_answer(at->ticket, status, REPLY_HTML, b.data, b.len);
	buf_free(&b);
	free(at);
}

/* A password was judged. */
static void
judged(void *arg, const struct accounts_entry *en)
{
	struct attempt *at = arg;
	struct accounts_person p;
	char text[200];

	switch (en->verdict) {
	case ACCOUNTS_YES:
		deed_note(at->c, at->wall_ms, en->who.name, "login", "", at->peer);
		let_in(at, en->who.role, en->key);
		return;
	case ACCOUNTS_LOCKED:
		put_wait(text, sizeof text, at->lang, en->locked_ms);
		turn_away(at, 429, text);
		return;
	case ACCOUNTS_BUSY:
		turn_away(
		    at, 503, lang_text(at->lang, N_("Too many people are signing in; try again.")));
		return;
	case ACCOUNTS_NO:
		break;
	}
	/* A name that is none may be a password in the wrong field: it stands nowhere. */
	bool known = accounts_find(at->c->accounts, at->name, at->wall_ms, &p);
	if (en->worth)
		deed_note(at->c, at->wall_ms, known ? p.name : "?",
		    en->begins ? "lock-out" : "login-failed", "", at->peer);
	turn_away(at, 401, lang_text(at->lang, N_("The name or the password is wrong.")));
}

/* The link led to a password: its owner is in. */
static void
welcomed(void *arg, const char *wrong)
{
	struct attempt *at = arg;
	struct accounts_person p;
	char key[ACCOUNTS_SECRET];
	struct err e;
	struct buf b = { 0 };

	if (wrong == NULL && accounts_find(at->c->accounts, at->name, at->wall_ms, &p)) {
		struct who who = { .role = p.role };
		(void)str_copy(who.name, sizeof who.name, p.name);
		deed_note(at->c, at->wall_ms, p.name, "password", "", at->peer);
		if (accounts_enter(at->c->accounts, &who, NULL, at->peer, at->wall_ms, key, &e) ==
		    0) {
			let_in(at, p.role, key);
			return;
		}
	}
	put_welcome(&b, at->lang, at->name, at->link,
	    lang_text(at->lang, wrong != NULL ? wrong : N_("Please sign in.")));
	ticket_answer(at->ticket, 400, REPLY_HTML, b.data, b.len);
	buf_free(&b);
	free(at);
}

/* A one-time link: the form, or what came of it. */
static int
serve_link(const struct collector *c, const struct request *rq, struct reply *re, const char *link)
{
	const char *name = accounts_of_link(c->accounts, link, rq->wall_ms);
	const char *password = request_param(rq, "password"), *again = request_param(rq, "again");
	struct accounts_change ch = { .link = link, .password = password };
	enum lang l = rq->lang;

	re->type = REPLY_HTML;
	if (name == NULL)
		return refuse(&re->body, l, NULL, "",
		    lang_text(
			l, N_("That link was used already, or is too old. Ask an admin for a new "
			      "one.")));
	if (rq->method == REQUEST_GET || password == NULL) {
		put_welcome(&re->body, l, name, link, NULL);
		return 200;
	}
	if (again == NULL || strcmp(again, password) != 0) {
		put_welcome(&re->body, l, name, link,
		    lang_text(l, N_("The two passwords are not the same.")));
		return 400;
	}
	struct attempt *at = attempt_new(c, rq, re, name);
	(void)str_copy(at->link, sizeof at->link, link);
	ch.name = at->name;
	accounts_password(c->accounts, &ch, rq->peer, rq->wall_ms, welcomed, at);
	return REPLY_LATER;
}

/* Whether a link would make a wall of who is more than that: nobody follows such a link of his own
 * will. */
static bool
lessens(const struct collector *c, const struct request *rq, const char *token)
{
	return rq->method == REQUEST_GET && rq->who->proof == WHO_BY_COOKIE &&
	       rq->who->role > WHO_WALL &&
	       accounts_token(c->accounts, token, rq->peer, rq->wall_ms).role == WHO_WALL;
}

int
loginpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *link = request_param(rq, "link"), *token = request_param(rq, "token");
	const char *name = request_param(rq, "name"), *password = request_param(rq, "password");

	if (link != NULL)
		return serve_link(c, rq, re, link);
	if (token != NULL && !lessens(c, rq, token))
		return enter(c, rq, re, token, next_of(rq));
	if (rq->method == REQUEST_POST && name != NULL && password != NULL) {
		char trimmed[WHO_MAX_NAME];
		name += strspn(name, " ");
		if (str_copy(trimmed, sizeof trimmed, name) == 0)
			while (*trimmed != '\0' && trimmed[strlen(trimmed) - 1] == ' ')
				trimmed[strlen(trimmed) - 1] = '\0';
		struct attempt *at = attempt_new(c, rq, re, trimmed);
		accounts_login(c->accounts, at->name, password, rq->peer, rq->wall_ms, judged, at);
		return REPLY_LATER;
	}
	if (rq->who->proof == WHO_BY_COOKIE) {
		re->location = "/";
		if (str_copy(re->where, sizeof re->where, next_of(rq)) == 0)
			re->location = re->where;
		return 303;
	}
	re->type = REPLY_HTML;
	refuse(&re->body, rq->lang, request_param(rq, "next"), "", NULL);
	return 200;
}

int
loginpage_leave(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct who *who = rq->who;

	if (who->session != 0) {
		accounts_leave(c->accounts, who->session);
		deed_note(c, rq->wall_ms, who->name[0] != '\0' ? who->name : "token", "logout", "",
		    rq->peer);
	}
	(void)str_copy(re->cookie, sizeof re->cookie,
	    AUTH_COOKIE "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict\n" HERE
			"=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
	re->location = "/login";
	return 303;
}
