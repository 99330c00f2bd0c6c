/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three forms and a list. Who came by a token has no account, and is told so. */
#include "collector/web/pages/accountpage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/web/accounts.h"
#include "collector/web/api/deed.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/alloc.h"
#include "zw/str.h"

static const char *const theme_words[] = { "auto", "light", "dark" };

/* The account of who asks; else the answer is made. */
static int
own(const struct collector *c, const struct request *rq, struct reply *re,
    struct accounts_person *p)
{
	if (rq->who->name[0] != '\0' && accounts_find(c->accounts, rq->who->name, rq->wall_ms, p))
		return 200;
	return deed_refuse(rq, re, 404, "no-account",
	    N_("You are signed in with a token, which has no account of its own."));
}

/* Who came by a token has nothing to set here; an administrator may give people accounts. */
static int
put_nobody(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;

	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, N_("My account")), .here = "/account" });
	html_raw(b, "<h1>");
	page_say(b, rq->lang, "My account");
	html_raw(b, " <small>");
	html_text(b, bits_word(rq->lang, who_role_word(rq->who->role)));
	html_raw(b, "</small></h1>\n<p>");
	page_say(b, rq->lang, "You are signed in with a token, which has no account of its own.");
	html_raw(b, "</p>\n");
	if (rq->who->role >= WHO_ADMIN) {
		html_raw(b, "<p><a href=\"/users\">");
		page_say(b, rq->lang, "Users");
		html_raw(b, "</a></p>\n");
	}
	page_end(b);
	return 200;
}

/* A heading of a part. */
static void
part(struct buf *b, enum lang l, const char *title)
{
	html_raw(b, "<section>\n<h2>");
	page_say(b, l, title);
	html_raw(b, "</h2>\n");
}

/* One entry of a choice. */
static void
option(struct buf *b, const char *value, const char *text, bool chosen)
{
	html_raw(b, "<option value=\"");
	html_raw(b, value);
	html_raw(b, chosen ? "\" selected>" : "\">");
	html_text(b, text);
	html_raw(b, "</option>");
}

/* Language and theme. */
static void
put_wishes(struct buf *b, const struct request *rq, const struct accounts_person *p)
{
	enum lang l = rq->lang;

	part(b, l, N_("Language and theme"));
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/account\">\n<label>");
	page_say(b, l, N_("Language"));
	html_raw(b, " <select name=\"language\">");
	option(b, "", lang_text(l, N_("As the browser")), !p->has_lang);
	option(b, "az", "Azərbaycanca", p->has_lang && p->lang == LANG_AZ);
	option(b, "ru", "Русский", p->has_lang && p->lang == LANG_RU);
	option(b, "en", "English", p->has_lang && p->lang == LANG_EN);
	html_raw(b, "</select></label>\n<label>");
	page_say(b, l, N_("Theme"));
	html_raw(b, " <select name=\"theme\">");
	option(b, "auto", lang_text(l, N_("As the system")), p->theme == WHO_THEME_AUTO);
	option(b, "light", lang_text(l, N_("Light")), p->theme == WHO_THEME_LIGHT);
	option(b, "dark", lang_text(l, N_("Dark")), p->theme == WHO_THEME_DARK);
	html_raw(b, "</select></label>\n");
	bits_button(b, l, N_("Save"));
	html_raw(b, "</form>\n</section>\n");
}

/* A field for a password. */
static void
put_secret(struct buf *b, enum lang l, const char *label, const char *attributes)
{
	html_raw(b, "<label>");
	page_say(b, l, label);
	html_raw(b, " <input type=\"password\" maxlength=\"256\" required ");
	html_raw(b, attributes);
	html_raw(b, "></label>\n");
}

/* The password. */
static void
put_password(
    struct buf *b, const struct request *rq, const struct accounts_person *p, const char *wrong)
{
	enum lang l = rq->lang;

	part(b, l, N_("Password"));
	if (wrong != NULL) {
		html_raw(b, "<p class=\"alarm\" role=\"alert\">");
		page_say(b, l, wrong);
		html_raw(b, "</p>\n");
	}
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/account/password\">\n"
		    "<input class=\"unseen\" name=\"username\" autocomplete=\"username\" "
		    "tabindex=\"-1\" aria-hidden=\"true\" readonly value=\"");
	html_text(b, p->name);
	html_raw(b, "\">\n");
	put_secret(
	    b, l, N_("Password until now"), "name=\"old\" autocomplete=\"current-password\"");
	put_secret(b, l, N_("New password"),
	    "name=\"password\" autocomplete=\"new-password\" minlength=\"10\" "
	    "aria-describedby=\"rule\"");
	put_secret(b, l, N_("The same once more"),
	    "name=\"again\" autocomplete=\"new-password\" minlength=\"10\"");
	bits_button(b, l, N_("Change the password"));
	html_raw(b, "</form>\n<p class=\"hint\" id=\"rule\">");
	page_say(b, l,
	    N_("10 characters at least; any characters. A password manager may make and fill it."));
	html_raw(b, " ");
	page_say(b, l, N_("All your other sessions end."));
	html_raw(b, "</p>\n</section>\n");
}

/* A session. */
static void
put_session(struct buf *b, const struct request *rq, const struct accounts_session *s)
{
	enum lang l = rq->lang;

	html_raw(b, "<tr><td>");
	html_text(b, s->peer);
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_time(b, l, s->made_ms, rq->wall_ms);
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_time(b, l, s->used_ms, rq->wall_ms);
	html_raw(b, "</td><td>");
	if (s->id == rq->who->session) {
		html_raw(b, "<span aria-hidden=\"true\">●</span> ");
		page_say(b, l, N_("this one"));
	} else {
		html_raw(b, "<form method=\"post\" action=\"/account/sessions\">"
			    "<button class=\"quiet\" name=\"id\" value=\"");
		html_textf(b, "%llu", (unsigned long long)s->id);
		html_raw(b, "\">");
		page_say(b, l, N_("End"));
		html_raw(b, "<span class=\"unseen\"> ");
		html_text(b, s->peer);
		html_raw(b, "</span></button></form>");
	}
	html_raw(b, "</td></tr>\n");
}

/* Where one is signed in. */
static void
put_sessions(const struct collector *c, struct buf *b, const struct request *rq,
    const struct accounts_person *p)
{
	static const char *const heads[] = { N_("Address"), N_("Since"), N_("Last used"), "",
		NULL };
	struct accounts_session s;

	part(b, rq->lang, N_("Sessions"));
	bits_table(b, rq->lang, NULL, heads);
	for (size_t i = 0; accounts_session_at(c->accounts, p->name, i, &s); i++)
		put_session(b, rq, &s);
	bits_table_end(b);
	if (p->sessions > 1) {
		html_raw(b, "<form class=\"act\" method=\"post\" action=\"/account/sessions\">\n"
			    "<button class=\"quiet\" name=\"all\" value=\"1\">");
		page_say(b, rq->lang, N_("End all others"));
		html_raw(b, "</button>\n</form>\n");
	}
	html_raw(b, "</section>\n");
}

/* The page; wrong: what a form was refused for, or NULL. */
static void
put_page(const struct collector *c, const struct request *rq, struct reply *re,
    const struct accounts_person *p, const char *wrong)
{
	struct buf *b = &re->body;

	page_begin(re, c, rq,
	    &(struct page){ .title = lang_text(rq->lang, N_("My account")), .here = "/account" });
	html_raw(b, "<h1>");
	html_text(b, p->name);
	html_raw(b, " <small>");
	html_text(b, bits_word(rq->lang, who_role_word(p->role)));
	html_raw(b, "</small></h1>\n");
	put_password(b, rq, p, wrong);
	put_wishes(b, rq, p);
	put_sessions(c, b, rq, p);
	page_end(b);
}

int
accountpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct accounts_person p;

	if (rq->who->name[0] == '\0')
		return put_nobody(c, rq, re);
	int status = own(c, rq, re, &p);
	if (status == 200)
		put_page(c, rq, re, &p, NULL);
	return status;
}

int
accountpage_prefer(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *lang = request_param(rq, "language"), *theme = request_param(rq, "theme");
	struct accounts_person p;
	int status = own(c, rq, re, &p);
	bool chosen = lang != NULL && *lang != '\0';
	enum lang l = lang_of(lang);
	size_t t = 0;
	struct err e;

	if (status != 200)
		return status;
	while (t < 3 && (theme == NULL || strcmp(theme, theme_words[t]) != 0))
		t++;
	if (t == 3 || (chosen && strcmp(lang, lang_word(l)) != 0))
		return deed_refuse(rq, re, 400, "bad-parameter",
		    N_("There is no such language, or no such theme."));
	if (accounts_prefer(c->accounts, p.name, chosen ? &l : NULL, (enum who_theme)t, &e) == -1)
		return deed_refuse(rq, re, 404, "no-account", e.msg);
	return deed_later(c, re, "/account");
}

/* A password on its way through the thread. */
struct change {
	const struct collector *c;
	struct ticket *ticket;
	struct request rq;
	struct who who;
	char name[WHO_MAX_NAME];
	char peer[64];
};

/* It is set, or not. The page is made anew, for who may have changed nothing else meanwhile. */
static void
changed(void *arg, const char *wrong)
{
	struct change *ch = arg;
	struct accounts_person p;
	struct reply re = { .type = REPLY_HTML, .lang = ch->rq.lang };

	if (wrong == NULL) {
		deed_note(ch->c, ch->rq.wall_ms, ch->name, "password", "", ch->peer);
		ticket_redirect(ch->ticket, "/account", "");
	} else if (!accounts_find(ch->c->accounts, ch->name, ch->rq.wall_ms, &p)) {
		ticket_error(ch->ticket, 404, "no-account", N_("There is no such account."));
	} else {
		put_page(ch->c, &ch->rq, &re, &p, wrong);
		ticket_answer(ch->ticket, 400, REPLY_HTML, re.body.data, re.body.len);
	}
	buf_free(&re.body);
	explicit_bzero(ch, sizeof *ch); /* it holds the passwords */
	free(ch);
}

int
accountpage_password(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *password = request_param(rq, "password"), *again = request_param(rq, "again");
	struct accounts_person p;
	int status = own(c, rq, re, &p);

	if (status != 200)
		return status;
	if (password == NULL || again == NULL || strcmp(password, again) != 0) {
		put_page(c, rq, re, &p, N_("The two passwords are not the same."));
		return 400;
	}
	struct change *ch = xcalloc(1, sizeof *ch);
	ch->c = c;
	request_copy(&ch->rq, &ch->who, rq);
	(void)str_copy(ch->name, sizeof ch->name, p.name);
	(void)str_copy(ch->peer, sizeof ch->peer, rq->peer);
	ch->rq.peer = ch->peer;
	ch->ticket = ticket_take(re);
	const struct accounts_change change = { .name = ch->name,
		.old = request_param(&ch->rq, "old"),
		.password = request_param(&ch->rq, "password"),
		.session = rq->who->session };
	accounts_password(c->accounts, &change, ch->peer, rq->wall_ms, changed, ch);
	return REPLY_LATER;
}

int
accountpage_sessions(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *id = request_param(rq, "id");
	struct accounts_person p;
	struct accounts_session s;
	uint64_t number = 0;
	int status = own(c, rq, re, &p);

	if (status != 200)
		return status;
	if (id == NULL) {
		accounts_leave_all(c->accounts, p.name, rq->who->session);
		deed_note(c, rq->wall_ms, p.name, "session-end", "", "");
		return deed_later(c, re, "/account");
	}
	(void)str_to_u64(id, 1, UINT64_MAX, &number);
	for (size_t i = 0; accounts_session_at(c->accounts, p.name, i, &s); i++)
		if (s.id == number) { /* one's own, and nobody else's */
			deed_note(c, rq->wall_ms, p.name, "session-end", "", s.peer);
			accounts_leave(c->accounts, number);
			break;
		}
	return deed_later(c, re, "/account");
}
