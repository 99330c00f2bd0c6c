/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of the pages. Plain HTML made here, which works without a script; app.js renews it as
 * things change. What stands in the frame is in menu.c, its small parts in page_parts.c. */
#include "collector/web/pages/page.h"

#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/assets.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/loginpage.h"
#include "collector/web/pages/menu.h"
#include "collector/web/route.h"
#include "zw/str.h"

void
page_asset(struct buf *b, const char *before, const char *name, const char *after)
{
	char url[128];
	assets_url(url, sizeof url, name);
	html_raw(b, before);
	html_raw(b, url);
	html_raw(b, after);
}

/* Everything up to the body. */
static void
head(struct buf *b, enum lang l, enum who_theme theme, const char *title, const struct page *p)
{
	static const char *const themes[] = { "light dark", "light", "dark" };
	html_raw(b, "<!doctype html>\n<html lang=\"");
	html_raw(b, lang_word(l));
	html_raw(b, "\" data-theme=\"");
	html_raw(b, theme == WHO_THEME_AUTO ? "auto" : themes[theme]);
	html_raw(b, "\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"");
	html_raw(b, themes[theme]);
	html_raw(b, "\">\n");
	page_asset(b, "<link rel=\"icon\" href=\"", "icon.svg", "\">\n");
	page_asset(b, "<link rel=\"stylesheet\" href=\"", "style.css", "\">\n");
	if (p != NULL && p->style != NULL)
		page_asset(b, "<link rel=\"stylesheet\" href=\"", p->style, "\">\n");
	if (p != NULL)
		page_asset(b, "<script type=\"module\" src=\"", "app.js", "\"></script>\n");
	if (p != NULL && p->script != NULL)
		page_asset(b, "<script type=\"module\" src=\"", p->script, "\"></script>\n");
	html_raw(b, "<title>");
	html_text(b, title);
	html_raw(b, "</title>\n</head>\n");
}

/* What app.js needs to say ages in the reader's language. */
static void
put_units(struct buf *b, enum lang l)
{
	static const char *const units[] = { "s", "min", "h", "d" };
	html_raw(b, " data-ago=\"");
	page_say(b, l, N_("%s ago"));
	html_raw(b, "\" data-units=\"");
	for (size_t i = 0; i < 4; i++) {
		html_raw(b, i > 0 ? "|" : "");
		page_say(b, l, units[i]);
	}
	html_raw(b, "\"");
}

void
page_begin(
    struct reply *re, const struct collector *c, const struct request *rq, const struct page *p)
{
	struct buf *b = &re->body;
	char text[256];
	enum view_state state = view_site(c, rq->steady_ms);
	re->type = REPLY_HTML;
	snprintf(text, sizeof text, "%s %.100s · %.100s", view_sign(state), p->title,
	    site_title(c->site));
	head(b, rq->lang, rq->who->theme, text, p);
	html_raw(b, "<body");
	if (p->live != NULL) {
		html_raw(b, " data-live=\"");
		html_text(b, p->live);
		html_raw(b, "\"");
	}
	put_units(b, rq->lang);
	html_raw(b, ">\n");
	menu_put(b, c, rq, p->here);
	html_raw(b, "<p id=\"said\" role=\"status\"></p>\n");
	html_raw(b, "<main id=\"main\" tabindex=\"-1\">\n");
	if (!view_stores(c)) {
		html_raw(b, "<p class=\"alarm\">✕ ");
		page_say(b, rq->lang,
		    N_("The store is not running: values are kept in the journal, but no graph "
		       "grows."));
		html_raw(b, "</p>\n");
	}
}

void
page_end(struct buf *b)
{
	html_raw(
	    b, "</main>\n<footer><p>zonewatch " ZW_VERSION "</p></footer>\n</body>\n</html>\n");
}

/* A second slash or a backslash would name another server; control characters end no header. */
bool
page_is_local(const char *path)
{
	return path[0] == '/' && path[1] != '/' && strchr(path, '\\') == NULL &&
	       strncmp(path, "/login", 6) != 0 && str_is_text(path, strlen(path));
}

void
page_alone(struct buf *b, enum lang l, const char *title)
{
	char text[160];
	snprintf(text, sizeof text, "%.120s · zonewatch", title);
	head(b, l, WHO_THEME_AUTO, text, NULL);
	html_raw(b, "<body class=\"alone\">\n<main>\n<h1>");
	html_text(b, title);
	html_raw(b, "</h1>\n");
}

void
page_alone_end(struct buf *b)
{
	html_raw(b, "</main>\n</body>\n</html>\n");
}

void
page_error(struct buf *b, enum lang l, int status, const char *text, const char *next)
{
	page_alone(b, l, status == 401 ? lang_text(l, "Sign in") : reply_phrase(status));
	html_raw(b, "<p>");
	html_text(b, lang_text(l, text));
	html_raw(b, "</p>\n");
	if (status == 401)
		loginpage_form(b, l, next);
	else {
		html_raw(b, "<p><a href=\"/\">");
		page_say(b, l, N_("To the problems"));
		html_raw(b, "</a></p>\n");
	}
	page_alone_end(b);
}
