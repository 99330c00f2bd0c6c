/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wall's page: a frame, templates, and the words in the reader's language; wall.js fills it
 * from the topic "wall". The token may stand in the address, for ever: a kiosk that starts anew has
 * no cookie, and gets one with the page. Language, theme and distance may stand there too, for a
 * screen has no account to keep them. */
#include "collector/web/pages/wallpage.h"

#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/accounts.h"
#include "collector/web/assets.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/loginpage.h"
#include "collector/web/pages/page.h"
#include "zw/str.h"

#define NEAREST_M 1
#define FARTHEST_M 20

/* The words that wall.js says, as attributes of <body>. */
static const struct {
	const char *name;
	const char *text;
} words[] = {
	{ "ok", N_("OK") },
	{ "never-seen", N_("no values yet") },
	{ "no-data", N_("no data") },
	{ "warning", N_("warning") },
	{ "critical", N_("critical") },
	{ "maintenance", N_("maintenance") },
	{ "silence", N_("silenced") },
	{ "mail-waiting", N_("mails waiting") },
	{ "mail-ok", N_("mail OK") },
	{ "mail-off", N_("mail is off") },
	{ "store-dead", N_("The store is not running") },
	{ "run", N_("runs") },
	{ "standby", N_("standby") },
	{ "off", N_("off") },
	{ "silent", N_("silent") },
	{ "limit-in", N_("%s °C in") },
	{ "limit-reached", N_("%s °C is reached") },
	{ "battery", N_("on battery") },
	{ "mains", N_("on mains") },
	{ "bypass", N_("bypass") },
	{ "runtime", N_("runtime") },
	{ "load", N_("load") },
	{ "charge", N_("charge") },
	{ "minutes", N_("min") },
	{ "seconds", N_("s") },
	{ "hours", N_("h") },
	{ "days", N_("d") },
	{ "kw", N_("kW") },
	{ "more", N_("+%s more") },
	{ "calm", N_("No open incident") },
	{ "lost", N_("Connection to the collector lost since %s") },
	{ "lost-data", N_("nothing below is live") },
	{ "connecting", N_("Connecting to the collector") },
	{ "refused",
	    N_("Signed out: the token is no longer valid. Open the wall with a new one.") },
	{ "sound-off", N_("sound is off: press a key") },
	{ "muted", N_("muted") },
	{ "no-inlet", N_("no inlet value") },
	{ "hottest", N_("hottest inlet") },
	{ "hour", N_("1 h") },
	{ "nobody", N_("acknowledged by nobody") },
};

/* What the page is to look like. */
struct look {
	enum lang lang;
	const char *theme;
	double distance;
};

/* By the address, else the configuration. */
static struct look
look_of(const struct collector *c, const struct request *rq)
{
	const char *theme = request_param(rq, "theme"), *lang = request_param(rq, "lang");
	const char *distance = request_param(rq, "distance");
	struct look l = { rq->lang, "dark", c->conf->web.distance };
	double m;
	if (theme != NULL && strcmp(theme, "light") == 0)
		l.theme = "light";
	if (lang != NULL && strcmp(lang_word(lang_of(lang)), lang) == 0)
		l.lang = lang_of(lang);
	if (distance != NULL && str_to_double(distance, &m) == 0 && m >= NEAREST_M &&
	    m <= FARTHEST_M)
		l.distance = m;
	return l;
}

/* Everything up to the body. */
static void
put_head(struct buf *b, const struct collector *c, const struct look *l)
{
	html_raw(b, "<!doctype html>\n<html lang=\"");
	html_raw(b, lang_word(l->lang));
	html_raw(b, "\" data-theme=\"");
	html_raw(b, l->theme);
	html_raw(b, "\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n");
	page_asset(b, "<link rel=\"icon\" href=\"", "icon.svg", "\">\n");
	page_asset(b, "<link rel=\"stylesheet\" href=\"", "wall.css", "\">\n");
	page_asset(b, "<link rel=\"stylesheet\" href=\"", "wall-zone.css", "\">\n");
	page_asset(b, "<script type=\"module\" src=\"", "wall.js", "\"></script>\n<title>");
	html_text(b, site_title(c->site));
	html_raw(b, "</title>\n</head>\n");
}

/* <body> with the words. */
static void
put_words(struct buf *b, const struct collector *c, const struct look *l)
{
	char number[32];
	str_from_double(number, l->distance);
	html_raw(b, "<body data-distance=\"");
	html_text(b, number);
	html_raw(b, "\" data-lang=\"");
	html_raw(b, lang_word(l->lang));
	html_raw(b, "\" data-site=\"");
	html_text(b, site_title(c->site));
	lang_number(number, sizeof number, 1.5, 1, l->lang);
	number[2] = '\0';
	html_raw(b, "\" data-point=\"");
	html_text(b, number + 1);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		html_raw(b, "\"\n data-say-");
		html_raw(b, words[i].name);
		html_raw(b, "=\"");
		page_say(b, l->lang, words[i].text);
	}
	html_raw(b, "\">\n");
}

/* The strip on top: site, counts, what is under way, age, clock. */
static void
put_top(struct buf *b, const struct collector *c, enum lang l)
{
	html_raw(b,
	    "<header id=\"top\">\n<div id=\"here\">\n<h1 id=\"site\"><i class=\"sign\"></i><span>");
	html_text(b, site_title(c->site));
	html_raw(b, "</span></h1>\n<ul id=\"notes\"></ul>\n</div>\n<ul id=\"counts\"></ul>\n"
		    "<p id=\"age\"><span class=\"label\">");
	page_say(b, l, "data age");
	html_raw(b, "</span><b id=\"oldest\">–</b><i id=\"heart\"></i></p>\n"
		    "<time id=\"clock\">–</time>\n</header>\n"
		    "<p id=\"band\" role=\"alert\" hidden></p>\n");
}

/* A label and a place for its value. */
static void
put_pair(struct buf *b, enum lang l, const char *class, const char *label)
{
	html_raw(b, "<div class=\"");
	html_raw(b, class);
	html_raw(b, "\"><dt>");
	page_say(b, l, label);
	html_raw(b, "</dt><dd></dd></div>\n");
}

/* What wall.js fills in, for each zone and each line. */
static void
put_templates(struct buf *b, enum lang l)
{
	html_raw(b,
	    "<template id=\"t-zone\">\n<section class=\"zone\">\n<header>"
	    "<div class=\"title\"><h2></h2><p class=\"kw\"></p></div><p class=\"stale\"></p>"
	    "<ul class=\"units\"></ul>"
	    "<p class=\"state\"><i class=\"sign\"></i><b></b></p></header>\n"
	    "<div class=\"air\"><p class=\"inlet\"><b></b><small>°C</small></p>"
	    "<p class=\"rate\"><i></i><b></b><small>");
	page_say(b, l, N_("°C/min"));
	html_raw(b, "</small></p><p class=\"where\"><span class=\"label\">");
	page_say(b, l, "hottest inlet");
	html_raw(b,
	    "</span> <b></b></p></div>\n<p class=\"left\"><span></span><b></b><small></small>"
	    "</p>\n<dl>\n");
	put_pair(b, l, "supply", N_("supply air"));
	put_pair(b, l, "return", N_("return air"));
	put_pair(b, l, "dew", N_("dew point"));
	put_pair(b, l, "humidity", N_("humidity"));
	html_raw(b, "</dl>\n<figure><svg preserveAspectRatio=\"none\" aria-hidden=\"true\"></svg>"
		    "</figure>\n<ul class=\"tiles\"></ul>\n</section>\n"
		    "</template>\n"
		    "<template id=\"t-tile\"><li class=\"tile\"><i class=\"sign\"></i>"
		    "<span class=\"name\"></span><b class=\"value\"></b></li></template>\n"
		    "<template id=\"t-unit\"><li class=\"unit\"><i class=\"fan\"></i>"
		    "<span class=\"name\"></span><b class=\"value\"></b>"
		    "<span class=\"figure\"></span></li></template>\n<template id=\"t-ups\"><li "
		    "class=\"ups\"><i class=\"sign\"></i>"
		    "<span class=\"name\"></span><b class=\"source\"></b><span "
		    "class=\"runtime\"><small></small> <b></b></span>"
		    "<span class=\"figures\"></span></li></template>\n"
		    "<template id=\"t-incident\"><li class=\"incident\"><i class=\"sign\"></i>"
		    "<b class=\"word\"></b><p class=\"head\"><b class=\"place\"></b> <span "
		    "class=\"title\"></span></p><p class=\"detail\"></p><b class=\"soon\"></b>"
		    "<p class=\"when\"><time></time> <span class=\"age\"></span></p>"
		    "<span class=\"owner\"></span></li></template>\n");
}

/* The wall before it has data; without script, the way to the pages. */
static void
put_body(struct buf *b, const struct collector *c, const struct look *l)
{
	put_words(b, c, l);
	html_raw(b, "<div id=\"wall\">\n");
	put_top(b, c, l->lang);
	html_raw(b, "<main>\n<div id=\"zones\"></div>\n"
		    "<section id=\"power\"><h2 class=\"unseen\">");
	page_say(b, l->lang, "Power");
	html_raw(b, "</h2><ul id=\"supplies\"></ul><ul id=\"plant\"></ul>"
		    "<dl id=\"energy\">");
	put_pair(b, l->lang, "it", N_("IT power"));
	put_pair(b, l->lang, "pue", N_("PUE, interim"));
	html_raw(b, "</dl></section>\n<section id=\"links\"><h2 class=\"unseen\">");
	page_say(b, l->lang, "Links");
	html_raw(b, "</h2><ul></ul></section>\n"
		    "<section id=\"incidents\"><h2 class=\"unseen\">");
	page_say(b, l->lang, "Incidents");
	html_raw(b, "</h2><ol></ol><p id=\"more\"></p><p id=\"sound\" hidden></p></section>\n"
		    "</main>\n</div>\n");
	put_templates(b, l->lang);
	html_raw(b, "<noscript><p><a href=\"/\">");
	page_say(b, l->lang, "The wall display needs a script; the pages do not.");
	html_raw(b, "</a></p></noscript>\n</body>\n</html>\n");
}

/* Lets a token of the address in: with a session, by which the stream is asked for. 0, or the
 * status of the error that is the answer. */
static int
enter(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *token = request_param(rq, "token");
	if (token == NULL)
		return reply_error(
		    re, 401, "no-token", "%s", lang_text(rq->lang, "Please sign in."));
	struct who who = accounts_token(c->accounts, token, rq->peer, rq->wall_ms);
	char key[ACCOUNTS_SECRET];
	struct err e;
	if (who.role < WHO_WALL)
		return reply_error(re, 401, "no-token", "%s",
		    lang_text(rq->lang, "That token is not valid, or no longer."));
	if (accounts_enter(c->accounts, &who, token, rq->peer, rq->wall_ms, key, &e) == -1)
		return reply_error(re, 500, "token", "%s", e.msg);
	loginpage_cookies(c, who.role, key, re->cookie, sizeof re->cookie);
	return 0;
}

int
wallpage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	int status = rq->who->role < WHO_WALL ? enter(c, rq, re) : 0;
	if (status != 0)
		return status;
	struct look l = look_of(c, rq);
	re->type = REPLY_HTML;
	put_head(&re->body, c, &l);
	put_body(&re->body, c, &l);
	return 200;
}
