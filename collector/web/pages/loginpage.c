/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in. */
#include "collector/web/pages/loginpage.h"

#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/web/accounts.h"
#include "collector/web/auth.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/str.h"

#define SESSION_S (30L * 86400)

/* The field for the token, sent as a form's body so that it stays out of the address. */
void
loginpage_form(struct buf *b, enum lang l, const char *next)
{
	(void)l;
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

/* GET and POST /login */
int
loginpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *token = request_param(rq, "token");
	char key[ACCOUNTS_SECRET];
	struct err e;
	struct who who = { 0 };
	if (token != NULL)
		who = accounts_token(c->accounts, token, rq->peer, rq->wall_ms);
	if (who.role == WHO_NOBODY)
		return reply_error(re, 401, "no-token", "%s",
		    token == NULL ? "Please sign in with the collector's token."
				  : "That is not the collector's token.");
	if (accounts_enter(c->accounts, &who, token, rq->peer, rq->wall_ms, key, &e) == -1)
		return reply_error(re, 500, "token", "%s", e.msg);
	bool secure = c->conf->web.url != NULL && strncmp(c->conf->web.url, "https:", 6) == 0;
	if (str_format(re->cookie, sizeof re->cookie,
		AUTH_COOKIE "=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=Strict%s", key, SESSION_S,
		secure ? "; Secure" : "") == -1)
		return reply_error(re, 500, "token", "the token is too long");
	const char *next = request_param(rq, "next");
	re->location = "/";
	if (next != NULL && page_is_local(next) && str_copy(re->where, sizeof re->where, next) == 0)
		re->location = re->where;
	return 303;
}
