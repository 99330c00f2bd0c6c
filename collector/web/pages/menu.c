/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of every page. It works without a script: what folds is <details>, what is chosen is a
 * link. On a narrow screen the entries are behind one that says "Menu". */
#include "collector/web/pages/menu.h"

#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/str.h"

/* Where one can go; key: the letter behind "g" that leads there. */
static const struct entry {
	const char *href;
	const char *text;
	const char *key;
	enum who_role role;
} entries[] = {
	{ "/", N_("Problems"), "p", WHO_VIEWER },
	{ "/zones", N_("Zones"), "z", WHO_VIEWER },
	{ "/links", N_("Links"), "l", WHO_VIEWER },
	{ "/incidents", N_("Incidents"), "i", WHO_VIEWER },
	{ "/silences", N_("Silences"), "s", WHO_VIEWER },
	{ "/graph", N_("Graphs"), "g", WHO_VIEWER },
	{ "/reports", N_("Reports"), "r", WHO_VIEWER },
	{ "/system", N_("System"), "y", WHO_VIEWER },
	{ "/users", N_("Users"), "u", WHO_ADMIN },
	{ "/audit", N_("Audit"), "a", WHO_ADMIN },
};
#define NENTRIES (sizeof entries / sizeof entries[0])

/* How each language calls itself. */
static const char *const tongues[LANG_N] = {
	[LANG_EN] = "English",
	[LANG_AZ] = "Azərbaycanca",
	[LANG_RU] = "Русский",
};

static const struct {
	const char *word;
	const char *text;
} themes[] = {
	[WHO_THEME_AUTO] = { "auto", N_("As the system") },
	[WHO_THEME_LIGHT] = { "light", N_("Light") },
	[WHO_THEME_DARK] = { "dark", N_("Dark") },
};
#define NTHEMES (sizeof themes / sizeof themes[0])

/* The links to the pages. */
static void
put_entries(struct buf *b, const struct request *rq, const char *here)
{
	for (size_t i = 0; i < NENTRIES; i++) {
		const struct entry *e = &entries[i];
		if (rq->who->role < e->role)
			continue;
		html_raw(b, "<a href=\"");
		html_text(b, e->href);
		html_raw(b, "\" data-key=\"");
		html_text(b, e->key);
		bool is_here = here != NULL && strcmp(e->href, here) == 0;
		html_raw(b, is_here ? "\" aria-current=\"page\">" : "\">");
		page_say(b, rq->lang, e->text);
		html_raw(b, "</a>\n");
	}
}

/* The address that was asked for, to come back to. */
static void
put_here(struct buf *b, const struct request *rq)
{
	html_raw(b, "?next=");
	if (rq->nsegments == 0)
		html_raw(b, "/");
	for (size_t i = 0; i < rq->nsegments; i++) {
		html_raw(b, "/");
		html_query(b, rq->segments[i]);
	}
}

/* One choice of a language or theme. */
static void
put_choice(struct buf *b, const struct request *rq, const char *what, const char *word,
    const char *text, bool chosen)
{
	html_raw(b, "<a class=\"choice\" href=\"/");
	html_raw(b, what);
	html_raw(b, "/");
	html_raw(b, word);
	put_here(b, rq);
	html_raw(b, chosen ? "\" aria-current=\"true\"" : "\"");
	if (strcmp(what, "language") == 0) {
		html_raw(b, " lang=\"");
		html_raw(b, word);
		html_raw(b, "\"");
	}
	html_raw(b, ">");
	html_text(b, text);
	html_raw(b, "</a>\n");
}

/* Languages and themes. Where an account has them, its page is where they are chosen. */
static void
put_choices(struct buf *b, const struct request *rq)
{
	if (!rq->who->has_lang) {
		html_raw(b, "<p class=\"choices\"><span>");
		page_say(b, rq->lang, N_("Language"));
		html_raw(b, "</span>\n");
		for (int l = 0; l < LANG_N; l++)
			put_choice(b, rq, "language", lang_word((enum lang)l), tongues[l],
			    rq->lang == (enum lang)l);
		html_raw(b, "</p>\n");
	}
	html_raw(b, "<p class=\"choices\"><span>");
	page_say(b, rq->lang, N_("Theme"));
	html_raw(b, "</span>\n");
	for (size_t i = 0; i < NTHEMES; i++)
		put_choice(b, rq, "theme", themes[i].word, lang_text(rq->lang, themes[i].text),
		    rq->who->theme == (enum who_theme)i);
	html_raw(b, "</p>\n");
}

/* Who is signed in, and what is his. */
static void
put_account(struct buf *b, const struct request *rq)
{
	const char *name = rq->who->name;
	html_raw(b, "<details class=\"drop account\">\n<summary>");
	if (name[0] != '\0')
		html_text(b, name);
	else
		page_say(b, rq->lang, N_("Account"));
	html_raw(b, "</summary>\n<div class=\"sheet\">\n");
	if (name[0] != '\0') {
		html_raw(b, "<a href=\"/account\">");
		page_say(b, rq->lang, N_("My account"));
		html_raw(b, "</a>\n");
	}
	put_choices(b, rq);
	html_raw(b, "<button type=\"button\" class=\"quiet keys-open\" hidden>");
	page_say(b, rq->lang, N_("Keys"));
	html_raw(b, "</button>\n<form method=\"post\" action=\"/logout\"><button class=\"quiet\">");
	page_say(b, rq->lang, N_("Sign out"));
	html_raw(b, "</button></form>\n</div>\n</details>\n");
}

/* What says whether the page is live; app.js fills it in. */
static void
put_live(struct buf *b, enum lang l)
{
	static const char *const words[][2] = {
		{ "live", N_("live") },
		{ "late", N_("late") },
		{ "lost", N_("connection lost") },
		{ "held", N_("held") },
	};
	html_raw(b, "<p id=\"live\" class=\"live\" role=\"status\" hidden");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		html_raw(b, " data-");
		html_raw(b, words[i][0]);
		html_raw(b, "=\"");
		page_say(b, l, words[i][1]);
		html_raw(b, "\"");
	}
	html_raw(b, "></p>\n");
}

/* One line of the help on keys. */
static void
put_key(struct buf *b, enum lang l, const char *keys, const char *text)
{
	html_raw(b, "<div><dt>");
	for (; *keys != '\0'; keys += strcspn(keys, " "), keys += *keys == ' ') {
		html_raw(b, "<kbd>");
		html_textf(b, "%.*s", (int)strcspn(keys, " "), keys);
		html_raw(b, "</kbd> ");
	}
	html_raw(b, "</dt><dd>");
	page_say(b, l, text);
	html_raw(b, "</dd></div>\n");
}

/* The help on keys, which "?" opens; there they can be switched off (WCAG 2.1.4). */
static void
put_keys(struct buf *b, const struct request *rq)
{
	enum lang l = rq->lang;
	html_raw(b, "<dialog id=\"keys\" aria-labelledby=\"keys-title\">\n<h2 id=\"keys-title\">");
	page_say(b, l, N_("Keys"));
	html_raw(b, "</h2>\n<dl>\n");
	put_key(b, l, "/", N_("Search"));
	put_key(b, l, "?", N_("This help"));
	put_key(b, l, "j k", N_("Next and previous row"));
	put_key(b, l, "Enter", N_("Open the row"));
	for (size_t i = 0; i < NENTRIES; i++) {
		char keys[8];
		if (rq->who->role >= entries[i].role &&
		    str_format(keys, sizeof keys, "g %s", entries[i].key) == 0)
			put_key(b, l, keys, entries[i].text);
	}
	html_raw(
	    b, "</dl>\n<form method=\"dialog\">\n<label><input type=\"checkbox\" id=\"keys-on\"> ");
	page_say(b, l, N_("Single keys do this"));
	html_raw(b, "</label>\n<button>");
	page_say(b, l, N_("Close"));
	html_raw(b, "</button>\n</form>\n</dialog>\n");
}

/* The field that looks for anything. */
static void
put_search(struct buf *b, const struct request *rq)
{
	bool searched = rq->nsegments == 1 && strcmp(rq->segments[0], "search") == 0;
	const char *q = searched ? request_param(rq, "q") : NULL;
	html_raw(b, "<form class=\"search\" role=\"search\" action=\"/search\">"
		    "<input type=\"search\" name=\"q\" maxlength=\"100\" "
		    "autocomplete=\"off\" enterkeyhint=\"search\" aria-label=\"");
	page_say(b, rq->lang, N_("Search"));
	html_raw(b, "\" placeholder=\"");
	page_say(b, rq->lang, N_("Node, zone, link, incident"));
	html_raw(b, "\" value=\"");
	html_text(b, q != NULL ? q : "");
	html_raw(b, "\"></form>\n");
}

void
menu_put(struct buf *b, const struct collector *c, const struct request *rq, const char *here)
{
	html_raw(b, "<a class=\"skip\" href=\"#main\">");
	page_say(b, rq->lang, N_("To the content"));
	html_raw(b, "</a>\n<header>\n<div class=\"bar\">\n<p class=\"site\"><a href=\"/\">");
	html_text(b, site_title(c->site));
	html_raw(b, "</a> <span id=\"site-state\">");
	page_badge(b, rq->lang, view_site(c, rq->steady_ms));
	html_raw(b, "</span></p>\n");
	put_search(b, rq);
	put_live(b, rq->lang);
	put_account(b, rq);
	html_raw(b, "<details class=\"drop fold\">\n<summary>");
	page_say(b, rq->lang, N_("Menu"));
	html_raw(b, "</summary>\n<nav class=\"sheet\" aria-label=\"");
	page_say(b, rq->lang, N_("Menu"));
	html_raw(b, "\">\n");
	put_entries(b, rq, here);
	html_raw(b, "</nav>\n</details>\n</div>\n<nav class=\"menu\" aria-label=\"");
	page_say(b, rq->lang, N_("Pages"));
	html_raw(b, "\">\n");
	put_entries(b, rq, here);
	html_raw(b, "</nav>\n</header>\n");
	put_keys(b, rq);
}

/* Sets a cookie of a choice and goes back to where it was made. */
static int
choose(const struct collector *c, const struct request *rq, struct reply *re, const char *cookie,
    const char *word)
{
	const char *url = c->conf->web.url, *next = request_param(rq, "next");
	bool secure = url != NULL && strncmp(url, "https:", 6) == 0;
	if (str_format(re->cookie, sizeof re->cookie,
		"%s=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax%s", cookie, word,
		secure ? "; Secure" : "") == -1)
		return reply_error(re, 500, "cookie", "the cookie is too long");
	re->location = "/";
	if (next != NULL && page_is_local(next) && str_copy(re->where, sizeof re->where, next) == 0)
		re->location = re->where;
	return 303;
}

int
menu_language(const struct collector *c, const struct request *rq, struct reply *re)
{
	for (int l = 0; l < LANG_N; l++)
		if (strcmp(lang_word((enum lang)l), rq->name) == 0)
			return choose(c, rq, re, REQUEST_LANG, lang_word((enum lang)l));
	return reply_error(re, 404, "no-such-language", "There is no such language.");
}

int
menu_theme(const struct collector *c, const struct request *rq, struct reply *re)
{
	for (size_t i = 0; i < NTHEMES; i++)
		if (strcmp(themes[i].word, rq->name) == 0)
			return choose(c, rq, re, REQUEST_THEME, themes[i].word);
	return reply_error(re, 404, "no-such-theme", "There is no such theme.");
}
