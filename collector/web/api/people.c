/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A handler reads the form, has the accounts do it, notes it in the audit, and answers later. Keys
 * are in the answer that makes them and nowhere else. */
#include "collector/web/api/people.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/web/accounts.h"
#include "collector/web/api/deed.h"
#include "collector/web/api/member.h"
#include "collector/web/pages/userspage.h"
#include "zw/str.h"

#define MAX_ADDRESS 512
#define MAX_ENDS_MS (10 * 366 * INT64_C(86400000))

#define AUTHOR_PARAM                                                                               \
	{                                                                                          \
		"author", "text", "Who does it, where the token of web.token_file is shown.",      \
		    false                                                                          \
	}
#define NO_PARAM                                                                                   \
	{                                                                                          \
		NULL, NULL, NULL, false                                                            \
	}

const struct route_param people_add_params[] = {
	{ "name", "text", "Letters, digits, '.', '_', '-'.", true },
	{ "role", "viewer|operator|admin", "What it may.", true },
	AUTHOR_PARAM,
	NO_PARAM,
};
const struct route_param people_role_params[] = {
	{ "role", "viewer|operator|admin", "What it may from now on.", true },
	AUTHOR_PARAM,
	NO_PARAM,
};
const struct route_param people_act_params[] = { AUTHOR_PARAM, NO_PARAM };
const struct route_param people_token_params[] = {
	{ "name", "text", "Letters, digits, '.', '_', '-'.", true },
	{ "role", "wall|viewer|operator|admin", "What it may.", true },
	{ "ends", "duration", "It ends after so long, as 90d; only a wall's may be without.",
	    false },
	AUTHOR_PARAM,
	NO_PARAM,
};

/* Our address of a path with a key behind it ("/login?link=" ...), as people reach it. */
static void
make_address(const struct collector *c, const char *path, const char *key, char dst[MAX_ADDRESS])
{
	const struct conf_web *web = &c->conf->web;
	const char *scheme = web->certificate != NULL ? "https" : "http", *port;
	char host[256];
	size_t n;

	if (web->url != NULL) {
		n = strlen(web->url);
		while (n > 0 && web->url[n - 1] == '/')
			n--;
		snprintf(dst, MAX_ADDRESS, "%.*s%s%s", (int)n, web->url, path, key);
		return;
	}
	port = strrchr(web->listen, ':');
	bool any =
	    strncmp(web->listen, "0.0.0.0:", 8) == 0 || strncmp(web->listen, "[::]:", 5) == 0;
	if (any && port != NULL && gethostname(host, sizeof host) == 0) {
		host[sizeof host - 1] = '\0';
		snprintf(dst, MAX_ADDRESS, "%s://%s%s%s%s", scheme, host, port, path, key);
		return;
	}
	snprintf(dst, MAX_ADDRESS, "%s://%s%s%s", scheme, web->listen, path, key);
}

/* --- what is asked --------------------------------------------------------------------------- */

int
people_session(const struct collector *c, const struct request *rq, struct reply *re)
{
	static const char *const themes[] = { "auto", "light", "dark" };
	const struct who *who = rq->who;
	struct json j = member_begin(re);

	(void)c;
	json_text(&j, "name", who->name[0] != '\0' ? who->name : NULL);
	json_text(&j, "role", who_role_word(who->role));
	json_text(&j, "proof", who->proof == WHO_BY_COOKIE ? "session" : "token");
	json_text(&j, "language", lang_word(rq->lang));
	json_text(&j, "theme", themes[who->theme]);
	json_end(&j);
	return 200;
}

int
people_users(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct json j = member_begin(re);
	struct accounts_person p;

	json_array(&j, "users");
	for (size_t i = 0; accounts_at(c->accounts, i, rq->wall_ms, &p); i++) {
		json_object(&j, NULL);
		json_text(&j, "name", p.name);
		json_text(&j, "role", who_role_word(p.role));
		json_flag(&j, "password", p.password);
		member_moment(&j, "made_ms", p.made_ms);
		member_moment(&j, "last_ms", p.last_ms);
		member_moment(&j, "link_until_ms", p.link_until_ms);
		json_int(&j, "locked_ms", p.locked_ms);
		json_uint(&j, "sessions", p.sessions);
		json_text(&j, "language", p.has_lang ? lang_word(p.lang) : NULL);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

int
people_tokens(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct json j = member_begin(re);
	struct accounts_token t;

	json_array(&j, "tokens");
	for (size_t i = 0; accounts_token_at(c->accounts, i, &t); i++) {
		json_object(&j, NULL);
		json_text(&j, "name", t.name);
		json_text(&j, "role", who_role_word(t.role));
		json_text(&j, "author", t.author);
		member_moment(&j, "made_ms", t.made_ms);
		member_moment(&j, "ends_ms", t.ends_ms);
		json_flag(&j, "ended", t.ends_ms != 0 && t.ends_ms <= rq->wall_ms);
		member_moment(&j, "used_ms", t.used_ms);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	return 200;
}

/* --- what is done ---------------------------------------------------------------------------- */

/* Answers what is done; key and address NULL: there are none to show. */
static int
done(const struct collector *c, const struct request *rq, struct reply *re, const char *what,
    const char *name, const char *key, const char *address)
{
	if (re->api) {
		struct json j = member_begin(re);
		json_text(&j, "done", what);
		json_text(&j, "name", name);
		if (key != NULL)
			json_text(&j, strcmp(what, "token-add") == 0 ? "token" : "link",
			    strcmp(what, "token-add") == 0 ? key : address);
		if (key != NULL && strcmp(what, "token-add") == 0)
			json_text(&j, "address", address);
		json_end(&j);
	} else if (key != NULL) {
		userspage_secret(
		    c, rq, re, name, strcmp(what, "token-add") == 0 ? key : NULL, address);
	}
	return deed_later(c, re, "/users");
}

/* The name of the address. */
static const char *
name_of(const struct request *rq)
{
	return rq->name != NULL ? rq->name : "";
}

/* A role of the form; WHO_NOBODY: none of ours. */
static enum who_role
role_of(const struct request *rq)
{
	const char *word = request_param(rq, "role");
	return word != NULL ? who_role_of(word) : WHO_NOBODY;
}

/* A parameter, or "". */
static const char *
param(const struct request *rq, const char *name)
{
	const char *text = request_param(rq, name);
	return text != NULL ? text : "";
}

int
people_add(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *name = param(rq, "name");
	enum who_role role = role_of(rq);
	char key[ACCOUNTS_SECRET], address[MAX_ADDRESS];
	struct err e;

	if (accounts_add(c->accounts, name, role, rq->wall_ms, key, &e) == -1)
		return deed_refuse(rq, re, 400, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "user-add", name, who_role_word(role));
	make_address(c, "/login?link=", key, address);
	return done(c, rq, re, "user-add", name, key, address);
}

int
people_link(const struct collector *c, const struct request *rq, struct reply *re)
{
	char key[ACCOUNTS_SECRET], address[MAX_ADDRESS];
	struct err e;

	if (accounts_link(c->accounts, name_of(rq), rq->wall_ms, key, &e) == -1)
		return deed_refuse(rq, re, 404, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "user-link", name_of(rq), "");
	make_address(c, "/login?link=", key, address);
	return done(c, rq, re, "user-link", name_of(rq), key, address);
}

int
people_role(const struct collector *c, const struct request *rq, struct reply *re)
{
	enum who_role role = role_of(rq);
	struct err e;

	if (accounts_set_role(c->accounts, name_of(rq), role, &e) == -1)
		return deed_refuse(rq, re, 409, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "user-role", name_of(rq), who_role_word(role));
	return done(c, rq, re, "user-role", name_of(rq), NULL, NULL);
}

int
people_remove(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct err e;

	if (accounts_remove(c->accounts, name_of(rq), &e) == -1)
		return deed_refuse(rq, re, 409, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "user-remove", name_of(rq), "");
	return done(c, rq, re, "user-remove", name_of(rq), NULL, NULL);
}

int
people_unlock(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct err e;

	if (accounts_unlock(c->accounts, name_of(rq), &e) == -1)
		return deed_refuse(rq, re, 404, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "user-unlock", name_of(rq), "");
	return done(c, rq, re, "user-unlock", name_of(rq), NULL, NULL);
}

int
people_token_add(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *name = param(rq, "name"), *ends = param(rq, "ends");
	enum who_role role = role_of(rq);
	char key[ACCOUNTS_SECRET], address[MAX_ADDRESS] = "";
	int64_t span_ms = 0;
	struct err e;

	if (*ends != '\0' &&
	    (str_to_duration(ends, &span_ms) == -1 || span_ms <= 0 || span_ms > MAX_ENDS_MS))
		return deed_refuse(rq, re, 400, "bad-parameter",
		    N_("ends= is no duration up to ten years, such as 90d."));
	if (accounts_token_add(c->accounts, name, role, span_ms > 0 ? rq->wall_ms + span_ms : 0,
		deed_author(rq), rq->wall_ms, key, &e) == -1)
		return deed_refuse(rq, re, 400, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "token-add", name, who_role_word(role));
	if (role == WHO_WALL)
		make_address(c, "/wall?token=", key, address);
	return done(c, rq, re, "token-add", name, key, address[0] != '\0' ? address : NULL);
}

int
people_token_remove(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct err e;

	if (accounts_token_remove(c->accounts, name_of(rq), &e) == -1)
		return deed_refuse(rq, re, 404, "refused", e.msg);
	deed_note(c, rq->wall_ms, deed_author(rq), "token-remove", name_of(rq), "");
	return done(c, rq, re, "token-remove", name_of(rq), NULL, NULL);
}
