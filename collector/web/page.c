/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of the pages, sign-in, and the table of their routes. Plain HTML made here, one style
 * sheet, no script: a page works in whatever browser stands in a control room. */
#include "collector/web/page.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/acts.h"
#include "collector/web/assets.h"
#include "collector/web/auth.h"
#include "collector/web/html.h"
#include "collector/web/incidentpage.h"
#include "collector/web/nodepage.h"
#include "collector/web/overview.h"
#include "collector/web/route.h"
#include "zw/str.h"
#include "zw/wire.h"

#define SESSION_S (30L * 86400)

/* Everything up to the body. */
static void
head(struct buf *b, const char *title, unsigned refresh_s)
{
	html_raw(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n");
	if (refresh_s > 0) {
		html_raw(b, "<meta http-equiv=\"refresh\" content=\"");
		html_textf(b, "%u", refresh_s);
		html_raw(b, "\">\n");
	}
	html_raw(b, "<link rel=\"icon\" href=\"/icon.svg\">\n"
		    "<link rel=\"stylesheet\" href=\"/style.css?" ZW_VERSION "\">\n<title>");
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
page_begin(struct reply *re, const struct collector *c, const struct request *rq, const char *title,
    const char *here, unsigned refresh_s)
{
	struct buf *b = &re->body;
	char text[256];
	enum view_state state = view_site(c, rq->steady_ms);
	re->type = REPLY_HTML;
	snprintf(
	    text, sizeof text, "%s %.100s · %.100s", view_sign(state), title, site_title(c->site));
	head(b, text, refresh_s);
	html_raw(b, "<body>\n<header>\n<p class=\"site\"><a href=\"/\">");
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

/* The field for the token, sent as a form's body so that it stays out of the address. */
static void
sign_in(struct buf *b, const char *next)
{
	html_raw(b, "<form method=\"post\" action=\"/login\">\n");
	if (next != NULL && page_is_local(next)) {
		html_raw(b, "<input type=\"hidden\" name=\"next\" value=\"");
		html_text(b, next);
		html_raw(b, "\">\n");
	}
	html_raw(b, "<label for=\"token\">Token</label>\n"
		    "<input id=\"token\" name=\"token\" type=\"password\" "
		    "autocomplete=\"current-password\" required autofocus>\n"
		    "<button type=\"submit\">Sign in</button>\n</form>\n"
		    "<p class=\"hint\">The token is the first line of the collector's "
		    "<code>web.token_file</code>. An address ending in "
		    "<code>/login?token=…</code> signs in at once.</p>\n");
}

void
page_error(struct buf *b, int status, const char *text, const char *next)
{
	char title[64];
	snprintf(title, sizeof title, "%s · zonewatch",
	    status == 401 ? "Sign in" : reply_phrase(status));
	head(b, title, 0);
	html_raw(b, "<body class=\"alone\">\n<main>\n<h1>");
	html_text(b, status == 401 ? "Sign in" : reply_phrase(status));
	html_raw(b, "</h1>\n<p>");
	html_text(b, text);
	html_raw(b, "</p>\n");
	if (status == 401)
		sign_in(b, next);
	else
		html_raw(b, "<p><a href=\"/\">To the overview</a></p>\n");
	html_raw(b, "</main>\n</body>\n</html>\n");
}

/* GET and POST /login */
static int
page_login(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *token = request_param(rq, "token");
	if (!rq->token_right)
		return reply_error(re, 401, "no-token", "%s",
		    token == NULL ? "Please sign in with the collector's token."
				  : "That is not the collector's token.");
	bool secure = c->conf->web.url != NULL && strncmp(c->conf->web.url, "https:", 6) == 0;
	if (str_format(re->cookie, sizeof re->cookie,
		AUTH_COOKIE "=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=Strict%s", token,
		SESSION_S, secure ? "; Secure" : "") == -1)
		return reply_error(re, 500, "token", "the token is too long");
	const char *next = request_param(rq, "next");
	re->location = "/";
	if (next != NULL && page_is_local(next) && str_copy(re->where, sizeof re->where, next) == 0)
		re->location = re->where;
	return 303;
}

/* GET /style.css */
static int
page_style(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	re->type = REPLY_CSS;
	re->keep = true;
	buf_put(&re->body, assets_style, assets_style_size);
	return 200;
}

/* GET /icon.svg */
static int
page_icon(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	re->type = REPLY_SVG;
	re->keep = true;
	buf_put(&re->body, assets_icon, assets_icon_size);
	return 200;
}

/* All pages. */
static const struct route rows[] = {
	{ REQUEST_GET, "/", overview_serve, ROUTE_VIEW, "Zones with their nodes and states." },
	{ REQUEST_GET, "/incidents", overview_incidents, ROUTE_VIEW, "Incidents and alerts." },
	{ REQUEST_GET, "/incident/{}", incidentpage_serve, ROUTE_VIEW, "An incident." },
	{ REQUEST_POST, "/incident/{}/acknowledge", acts_acknowledge, ROUTE_OPERATE, "Its form." },
	{ REQUEST_POST, "/incident/{}/unacknowledge", acts_unacknowledge, ROUTE_OPERATE,
	    "Its form." },
	{ REQUEST_POST, "/incident/{}/comment", acts_comment, ROUTE_OPERATE, "Its form." },
	{ REQUEST_GET, "/silences", incidentpage_silences, ROUTE_VIEW, "Silences, maintenance." },
	{ REQUEST_POST, "/silences", acts_silence, ROUTE_OPERATE, "Its form." },
	{ REQUEST_POST, "/silence/{}/end", acts_silence_end, ROUTE_OPERATE, "Its form." },
	{ REQUEST_GET, "/node/{}", nodepage_serve, ROUTE_VIEW, "A node's values and graphs." },
	{ REQUEST_GET, "/login", page_login, ROUTE_OPEN, "Signs in with token=." },
	{ REQUEST_POST, "/login", page_login, ROUTE_OPEN, "Signs in by the form." },
	{ REQUEST_GET, "/style.css", page_style, ROUTE_OPEN, "The style sheet." },
	{ REQUEST_GET, "/icon.svg", page_icon, ROUTE_OPEN, "The icon." },
};

const struct route_table page_routes = { rows, sizeof rows / sizeof rows[0] };
