/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From evhttp's request to a handler and back. */
#include "collector/web/http_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "collector/collector.h"
#include "collector/web/accounts.h"
#include "collector/web/conns.h"
#include "collector/web/gzip.h"
#include "collector/web/reply.h"
#include "collector/web/pages/loginpage.h"
#include "collector/web/request.h"
#include "collector/web/route.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/handover.h"
#include "zw/log.h"
#include "zw/str.h"

#define MAX_HEADERS 8192
#define MAX_BODY 16384
#define MAX_TICKETS 256
#define BACKLOG 512
#define LONG_US 1000 /* CPU time of an answer that is worth a line */

/* Our method of evhttp's; -1 if it is none. */
static int
method_of(struct evhttp_request *rq, bool *head)
{
	enum evhttp_cmd_type cmd = evhttp_request_get_command(rq);
	*head = cmd == EVHTTP_REQ_HEAD;
	if (cmd == EVHTTP_REQ_GET || cmd == EVHTTP_REQ_HEAD)
		return REQUEST_GET;
	return cmd == EVHTTP_REQ_POST ? REQUEST_POST : -1;
}

/* Whether the request is meant for this server: by its Host, and by its target if that is
 * absolute. */
static bool
is_ours(const struct http *h, struct evhttp_request *rq)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(rq);
	if (uri != NULL && evhttp_uri_get_host(uri) != NULL)
		return false;
	const char *host = evhttp_find_header(evhttp_request_get_input_headers(rq), "Host");
	return auth_host_known(h->o.hosts, host);
}

/* How many headers of this name there are, and the last one's value. */
static unsigned
count_headers(const struct evkeyvalq *in, const char *name, const char **value)
{
	const struct evkeyval *kv;
	unsigned n = 0;
	TAILQ_FOREACH (kv, in, next)
		if (strcasecmp(kv->key, name) == 0) {
			n++;
			*value = kv->value;
		}
	return n;
}

/* Whether it cannot be said for sure where the request ends and whom it is for: evhttp takes the
 * first of two lengths, passes over codings that it does not know, and takes the body of a GET for
 * the next request (RFC 9112, 6.3 and 11.2). */
static bool
is_ambiguous(struct evhttp_request *rq)
{
	const struct evkeyvalq *in = evhttp_request_get_input_headers(rq);
	enum evhttp_cmd_type cmd = evhttp_request_get_command(rq);
	const char *host = NULL, *length = NULL, *coding = NULL;
	unsigned lengths = count_headers(in, "Content-Length", &length);
	unsigned codings = count_headers(in, "Transfer-Encoding", &coding);
	if (count_headers(in, "Host", &host) > 1 || lengths + codings > 1)
		return true;
	if (lengths == 1 && (*length == '\0' || length[strspn(length, "0123456789")] != '\0'))
		return true;
	if (codings == 1 && strcasecmp(coding, "chunked") != 0)
		return true;
	/* Only of these evhttp reads a body. */
	bool body = cmd == EVHTTP_REQ_POST || cmd == EVHTTP_REQ_PUT || cmd == EVHTTP_REQ_PATCH;
	return !body && (codings == 1 || (lengths == 1 && strspn(length, "0") != strlen(length)));
}

/* The client's address; it lasts as long as the connection. */
static const char *
peer_of(struct evhttp_request *rq)
{
	char *peer = NULL;
	ev_uint16_t port = 0;
	struct evhttp_connection *evcon = evhttp_request_get_connection(rq);
	if (evcon != NULL)
		evhttp_connection_get_peer(evcon, &peer, &port);
	return peer != NULL ? peer : "?";
}

/* A refusal is worth a line, but not one for each. */
static void
log_refusal(struct http *h, struct evhttp_request *rq, const char *why)
{
	unsigned held;
	if (!log_throttle_pass(&h->refusals, clock_steady_ms(), &held))
		return;
	log_warnx("web", "%s from %s (and %u refused before)", why, peer_of(rq), held);
}

/* Whether the client may use the row; else the answer is made. */
static int
judge(struct http *h, struct evhttp_request *rq, const struct route *r, const struct who *who,
    struct reply *re)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(rq);
	/* A page of ours says so in Origin; a foreign one cannot. */
	const char *origin = evhttp_find_header(in, "Origin");
	bool asks = who->proof == WHO_BY_COOKIE || (who->proof == WHO_BY_NOTHING && origin != NULL);
	if (r->method != REQUEST_GET && asks &&
	    !auth_same_origin(origin, evhttp_find_header(in, "Host")))
		return reply_error(re, 403, "token-only",
		    "this changes something, so it needs a token, or a session's cookie with an "
		    "Origin that is this server");
	/* A wall may what is a wall's and what is everybody's, nothing between. */
	if (who->role >= r->role)
		return 0;
	if (who->locked_ms > 0)
		return reply_error(re, 429, "locked",
		    "too many wrong tokens from this address; wait %lld s",
		    (long long)(who->locked_ms + 999) / 1000);
	if (who->role != WHO_NOBODY)
		return reply_error(re, 403, "role", "this needs the role %s; yours is %s",
		    who_role_word(r->role), who_role_word(who->role));
	if (evhttp_find_header(in, "Authorization") != NULL)
		log_refusal(h, rq, "a request with a wrong token");
	else if (!re->api && loginpage_is_astray(evhttp_find_header(in, "Cookie"), re->target))
		return loginpage_again(re);
	return reply_error(re, 401, "no-token", "%s",
	    re->api
		? "this needs a token: Authorization: Bearer TOKEN, as \"zonewatchctl token add\" "
		  "makes them, or as it is on the first line of the collector's web.token_file"
		: "Please sign in.");
}

/* Finds the row and lets it answer: the status, or REPLY_LATER. */
static int
dispatch(struct http *h, struct evhttp_request *rq, struct request *parsed, struct reply *re)
{
	bool method_only;
	const struct route *r = route_find(parsed, &method_only);
	if (r == NULL && method_only) {
		re->allow = parsed->method == REQUEST_POST ? "GET, HEAD" : "POST";
		return reply_error(re, 405, "method", "this address is not for that method");
	}
	if (r == NULL) {
		static const struct route view = { .role = WHO_VIEWER };
		int status = judge(h, rq, &view, parsed->who, re);
		return status != 0 ? status
				   : reply_error(re, 404, "not-found", "%s",
					 re->api ? "no such end point; GET /api/v1 lists them"
						 : "There is no such page.");
	}
	int status = judge(h, rq, r, parsed->who, re);
	if (status != 0)
		return status;
	/* A foreign page's link comes without the cookie of who is signed in: a token in it would
	 * take the place of the session. */
	if (parsed->who->role == WHO_NOBODY && request_param(parsed, "token") != NULL &&
	    loginpage_is_astray(
		evhttp_find_header(evhttp_request_get_input_headers(rq), "Cookie"), re->target))
		return loginpage_again(re);
	if (h->ntickets >= MAX_TICKETS)
		return reply_error(re, 503, "busy", "too many answers are being made; try again");
	return r->serve(h->o.collector, parsed, re);
}

/* Whether the body is a form. A page's always is; the API's says so. */
static bool
is_form(struct evhttp_request *rq, bool api)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = evhttp_find_header(evhttp_request_get_input_headers(rq), "Content-Type");
	return !api || (type != NULL && strncmp(type, form, sizeof form - 1) == 0);
}

/* In which language and theme: the account's, else what this browser was told to keep, else what it
 * asks for. */
static void
prefer(struct request *rq, struct who *who, const char *cookie, const char *accept)
{
	char word[8];
	rq->lang = who->has_lang ? who->lang : request_language(accept);
	if (!who->has_lang && request_cookie(cookie, REQUEST_LANG, word, sizeof word))
		rq->lang = lang_of(word);
	if (who->theme == WHO_THEME_AUTO &&
	    request_cookie(cookie, REQUEST_THEME, word, sizeof word))
		who->theme = strcmp(word, "dark") == 0	  ? WHO_THEME_DARK
			     : strcmp(word, "light") == 0 ? WHO_THEME_LIGHT
							  : WHO_THEME_AUTO;
}

/* Checks and parses a request, then has it answered. */
static int
answer(struct http *h, struct evhttp_request *rq, int method, struct reply *re)
{
	struct err e;
	struct request parsed;
	const char *target = evhttp_request_get_uri(rq);
	re->api = strncmp(target, "/api", 4) == 0;
	re->untagged = strncmp(target, "/login", 6) == 0;
	re->target = method == REQUEST_GET ? target : NULL;
	if (is_ambiguous(rq)) {
		evhttp_add_header(evhttp_request_get_output_headers(rq), "Connection", "close");
		return reply_error(re, 400, "bad-request",
		    "the headers do not say for sure where the request ends");
	}
	if (!is_ours(h, rq)) {
		log_refusal(h, rq, "a request for a foreign host");
		return reply_error(re, 421, "host",
		    "this server is not known under that name; set web.url to the name people use");
	}
	if (method == -1)
		return reply_error(re, 405, "method", "only GET, HEAD and POST are understood");
	if (request_parse(&parsed, (enum request_method)method, target, &e) == -1)
		return reply_error(re, 400, "bad-request", "%s", e.msg);
	re->api = request_is_api(&parsed);
	struct evbuffer *in = evhttp_request_get_input_buffer(rq);
	size_t n = evbuffer_get_length(in);
	const char *body = n > 0 ? (const char *)evbuffer_pullup(in, -1) : NULL;
	if (body != NULL && is_form(rq, re->api) && request_add_form(&parsed, body, n, &e) == -1)
		return reply_error(re, 400, "bad-request", "%s", e.msg);
	parsed.wall_ms = clock_wall_ms();
	parsed.steady_ms = clock_steady_ms();
	struct evkeyvalq *headers = evhttp_request_get_input_headers(rq);
	const char *cookie = evhttp_find_header(headers, "Cookie");
	request_add_cookie(&parsed, cookie);
	parsed.accept = evhttp_find_header(headers, "Accept");
	parsed.peer = peer_of(rq);
	struct who who = accounts_who(h->o.collector->accounts,
	    evhttp_find_header(headers, "Authorization"), cookie, parsed.peer, parsed.wall_ms);
	parsed.who = &who;
	prefer(&parsed, &who, cookie, evhttp_find_header(headers, "Accept-Language"));
	re->lang = parsed.lang;
	return dispatch(h, rq, &parsed, re);
}

/* What was asked, for the log: without what follows the '?', which may be a secret. */
static void
path_of(char dst[64], struct evhttp_request *rq)
{
	const char *target = evhttp_request_get_uri(rq);

	snprintf(dst, 64, "%.*s", (int)strcspn(target, "?"), target);
}

/* evhttp has a whole request. */
static void
on_request(struct evhttp_request *rq, void *arg)
{
	struct http *h = arg;
	struct http_exchange x = { .http = h, .rq = rq };
	struct reply re = { .type = REPLY_HTML, .exchange = &x };
	struct conns_one *c = http_conn(h, rq);
	if (c != NULL)
		conns_asked(c);
	int64_t began_us = clock_cpu_us(), us;
	int method = method_of(rq, &x.head);
	int status;
	char path[64];
	path_of(path, rq);
	if (c == NULL || conns_is_spare(c))
		status = reply_error(&re, 503, "busy", "too many connections; try again");
	else
		status = answer(h, rq, method, &re);
	if (status != REPLY_LATER && re.more != NULL)
		http_send_parts(h, rq, x.head, &re, status);
	else if (status != REPLY_LATER)
		http_send(h, rq, x.head, &re, status, re.body.data, re.body.len);
	buf_free(&re.body);
	us = clock_cpu_us() - began_us;
	if (us >= LONG_US)
		log_debug("web", "%s: %.1f ms", path, (double)us / 1000);
}

/* evhttp accepts a connection. */
static struct bufferevent *
on_accept(struct event_base *base, void *arg)
{
	struct http *h = arg;
	(void)base;
	return conns_bufferevent(h->conns);
}

/* Opens the listening socket and hands it to evhttp. */
static int
bind_listener(
    struct http *h, struct event_base *base, const struct sockaddr *sa, int len, struct err *e)
{
	const unsigned flags = LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE;
	int fd = handover_take(sa);
	struct evconnlistener *l =
	    fd != -1 ? evconnlistener_new(base, NULL, h->conns, flags, BACKLOG, fd)
		     : evconnlistener_new_bind(base, NULL, h->conns, flags, BACKLOG, sa, len);
	if (l == NULL)
		return err_set(e, "%s", strerror(errno));
	h->bound = evhttp_bind_listener(h->evhttp, l);
	if (h->bound == NULL) {
		evconnlistener_free(l);
		return err_set(e, "cannot bind the listener");
	}
	conns_listen(h->conns, l);
	return 0;
}

int
http_new(struct http **out, struct event_base *base, const struct sockaddr *sa, int len,
    const struct http_options *o, struct err *e)
{
	struct http *h = xcalloc(1, sizeof *h);
	h->o = *o;
	h->refusals.every_ms = 60000;
	h->base = base;
	TAILQ_INIT(&h->held);
	h->conns = conns_new(base, o->max_connections, o->tls);
	h->gzip = gzip_new(false);
	h->evhttp = evhttp_new(base);
	if (h->evhttp == NULL)
		fatalx("web", "cannot make an HTTP server");
	evhttp_set_max_headers_size(h->evhttp, MAX_HEADERS);
	evhttp_set_max_body_size(h->evhttp, MAX_BODY);
	evhttp_set_timeout(h->evhttp, CONNS_KEEP_MS / 1000);
	/* All that it knows, so that the refusal of a method is ours, with our headers. */
	evhttp_set_allowed_methods(h->evhttp, 0xffff);
	evhttp_set_bevcb(h->evhttp, on_accept, h);
	evhttp_set_gencb(h->evhttp, on_request, h);
	if (bind_listener(h, base, sa, len, e) == -1) {
		http_free(h);
		*out = NULL;
		return -1;
	}
	*out = h;
	return 0;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	conns_listen(h->conns, NULL);
	evhttp_free(h->evhttp); /* whoever holds a request is told */
	conns_free(h->conns);
	gzip_free(h->gzip);
	free(h);
}

int
http_listener(const struct http *h)
{
	return evhttp_bound_socket_get_fd(h->bound);
}

int
http_port(const struct http *h)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;
	if (getsockname(evhttp_bound_socket_get_fd(h->bound), (struct sockaddr *)&ss, &len) == -1)
		return -1;
	if (ss.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}
