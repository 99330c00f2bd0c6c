/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of the pages, sign-in, and the table of their routes. Plain HTML made here, which works
 * without a script; app.js renews it as things change. */
#include "collector/web/pages/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/assets.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/loginpage.h"
#include "collector/web/route.h"
#include "zw/str.h"
#include "zw/wire.h"

/* An asset's address between markup. */
static void
put_asset(struct buf *b, const char *before, const char *name, const char *after)
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
	put_asset(b, "<link rel=\"icon\" href=\"", "icon.svg", "\">\n");
	put_asset(b, "<link rel=\"stylesheet\" href=\"", "style.css", "\">\n");
	if (p != NULL && p->style != NULL)
		put_asset(b, "<link rel=\"stylesheet\" href=\"", p->style, "\">\n");
	if (p != NULL)
		put_asset(b, "<script type=\"module\" src=\"", "app.js", "\"></script>\n");
	if (p != NULL && p->script != NULL)
		put_asset(b, "<script type=\"module\" src=\"", p->script, "\"></script>\n");
	html_raw(b, "<title>");
	html_text(b, title);
	html_raw(b, "</title>\n</head>\n");
}

/* One entry of the navigation. */
static void
entry(struct buf *b, const char *href, const char *text, const char *here)
{
	html_raw(b, "<a href=\"");
	html_text(b, href);
	html_raw(b, strcmp(href, here) == 0 ? "\" aria-current=\"page\">" : "\">");
	html_text(b, text);
	html_raw(b, "</a>");
}

/* How far local time is from UTC then: " +0400". */
static void
put_offset(struct buf *b, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[16] = "";
	if (localtime_r(&t, &tm) != NULL)
		strftime(text, sizeof text, " %z", &tm);
	html_text(b, text);
}

void
page_begin(
    struct reply *re, const struct collector *c, const struct request *rq, const struct page *p)
{
	struct buf *b = &re->body;
	char text[256];
	enum view_state state = view_site(c, rq->steady_ms);
	re->type = REPLY_HTML;
	const char *here = p->here != NULL ? p->here : "";
	snprintf(text, sizeof text, "%s %.100s · %.100s", view_sign(state), p->title,
	    site_title(c->site));
	head(b, rq->lang, rq->who->theme, text, p);
	html_raw(b, "<body");
	if (p->live != NULL) {
		html_raw(b, " data-live=\"");
		html_text(b, p->live);
		html_raw(b, "\"");
	}
	html_raw(b, ">\n<header>\n<p class=\"site\"><a href=\"/\">");
	html_text(b, site_title(c->site));
	html_raw(b, "</a> ");
	page_badge(b, state);
	html_raw(b, "</p>\n<nav aria-label=\"Pages\">");
	entry(b, "/", "Overview", here);
	entry(b, "/incidents", "Incidents", here);
	entry(b, "/silences", "Silences", here);
	html_raw(b, "</nav>\n<p class=\"now\">as of ");
	page_time(b, rq->wall_ms);
	put_offset(b, rq->wall_ms);
	html_raw(b, "</p>\n</header>\n<main>\n");
	if (!view_stores(c))
		html_raw(b, "<p class=\"alarm\">✕ The store is not running: values are kept in the "
			    "journal, but no graph grows.</p>\n");
}

void
page_say(struct buf *b, enum lang l, const char *text)
{
	html_text(b, lang_text(l, text));
}

void
page_sayf(struct buf *b, enum lang l, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, lang_text(l, fmt), ap);
	va_end(ap);
	html_text(b, text);
}

void
page_end(struct buf *b)
{
	html_raw(
	    b, "</main>\n<footer><p>zonewatch " ZW_VERSION "</p></footer>\n</body>\n</html>\n");
}

void
page_badge(struct buf *b, enum view_state s)
{
	html_raw(b, "<span class=\"badge ");
	html_text(b, view_word(s));
	html_raw(b, "\"><span aria-hidden=\"true\">");
	html_text(b, view_sign(s));
	html_raw(b, "</span> ");
	html_text(b, view_phrase(s));
	html_raw(b, "</span>");
}

void
page_badge_pending(struct buf *b)
{
	html_raw(b, "<span class=\"badge pending\"><span aria-hidden=\"true\">…</span> "
		    "pending</span>");
}

enum view_state
page_severity(int severity)
{
	if (severity == WIRE_CRITICAL)
		return VIEW_CRITICAL;
	return severity == WIRE_WARNING ? VIEW_WARNING : VIEW_OK;
}

void
page_time(struct buf *b, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[64] = "?";
	char machine[64] = "";
	if (localtime_r(&t, &tm) != NULL) {
		strftime(text, sizeof text, "%e %b %H:%M:%S", &tm);
		strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%S%z", &tm);
	}
	html_raw(b, "<time datetime=\"");
	html_text(b, machine);
	html_raw(b, "\">");
	html_text(b, text + strspn(text, " "));
	html_raw(b, "</time>");
}

/* A second slash or a backslash would name another server; control characters end no header. */
bool
page_is_local(const char *path)
{
	return path[0] == '/' && path[1] != '/' && strchr(path, '\\') == NULL &&
	       strncmp(path, "/login", 6) != 0 && str_is_text(path, strlen(path));
}

void
page_error(struct buf *b, enum lang l, int status, const char *text, const char *next)
{
	char title[64];
	snprintf(title, sizeof title, "%s · zonewatch",
	    status == 401 ? "Sign in" : reply_phrase(status));
	head(b, l, WHO_THEME_AUTO, title, NULL);
	html_raw(b, "<body class=\"alone\">\n<main>\n<h1>");
	html_text(b, status == 401 ? "Sign in" : reply_phrase(status));
	html_raw(b, "</h1>\n<p>");
	html_text(b, text);
	html_raw(b, "</p>\n");
	if (status == 401)
		loginpage_form(b, l, next);
	else
		html_raw(b, "<p><a href=\"/\">To the overview</a></p>\n");
	html_raw(b, "</main>\n</body>\n</html>\n");
}
