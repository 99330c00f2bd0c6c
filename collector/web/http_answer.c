/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an answer leaves. evhttp 2.1.12 sends a body with the answer to HEAD, unless there is none:
 * the length is stated here. */
#include "collector/web/http_int.h"

#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "collector/web/conns.h"

struct conns_one *
http_conn(const struct http *h, struct evhttp_request *rq)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(rq);
	return evcon == NULL ? NULL
			     : conns_find(h->conns, evhttp_connection_get_bufferevent(evcon));
}

/* The answer is out: the connection waits for the next request. */
static void
on_sent(struct evhttp_request *rq, void *arg)
{
	struct conns_one *c = http_conn(arg, rq);
	if (c != NULL)
		conns_answered(c);
}

void
http_finish(struct http *h, struct evhttp_request *rq)
{
	struct conns_one *c = http_conn(h, rq);
	if (c != NULL)
		conns_answering(c);
	evhttp_request_set_on_complete_cb(rq, on_sent, h);
	evhttp_send_reply_end(rq);
}

/* Cookies, one a line. */
static void
add_cookies(struct evkeyvalq *out, const char *cookies)
{
	while (*cookies != '\0') {
		char one[sizeof(((struct reply *)NULL)->cookie)];
		size_t n = strcspn(cookies, "\n");
		snprintf(one, sizeof one, "%.*s", (int)n, cookies);
		evhttp_add_header(out, "Set-Cookie", one);
		cookies += n;
		cookies += *cookies == '\n';
	}
}

/* A page loads and runs nothing but our style sheets, scripts, icons
 * and graphs, and asks nobody else; an SVG opened by itself may style itself. */
void
http_headers(struct evhttp_request *rq, const struct reply *re, int status, long long n)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(rq);
	bool svg = strcmp(re->type, REPLY_SVG) == 0;
	char length[24];
	snprintf(length, sizeof length, "%lld", n);
	evhttp_add_header(out, "Content-Type", re->type);
	if (n >= 0)
		evhttp_add_header(out, "Content-Length", length);
	evhttp_add_header(out, "Content-Security-Policy",
	    svg ? "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
		: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
		  "connect-src 'self'; base-uri 'none'; form-action 'self'; "
		  "frame-ancestors 'none'");
	evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(out, "Referrer-Policy", "same-origin");
	evhttp_add_header(out, "Cross-Origin-Resource-Policy", "same-origin");
	evhttp_add_header(out, "Cache-Control", re->keep ? "max-age=3600" : "no-store");
	if (strcmp(re->type, REPLY_EVENTS) == 0)
		evhttp_add_header(out, "X-Accel-Buffering", "no"); /* a proxy shall pass it on */
	if (re->location != NULL)
		evhttp_add_header(out, "Location", re->location);
	add_cookies(out, re->cookie);
	if (status == 401)
		evhttp_add_header(out, "WWW-Authenticate", "Bearer realm=\"zonewatch\"");
	if (status == 405)
		evhttp_add_header(out, "Allow", "GET, HEAD, POST");
	if (status == 503)
		evhttp_add_header(out, "Retry-After", "5");
}

void
http_send(struct http *h, struct evhttp_request *rq, bool head, const struct reply *re, int status,
    const void *data, size_t n)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(rq);
	http_headers(rq, re, status, (long long)n);
	struct conns_one *c = http_conn(h, rq);
	if (c != NULL)
		conns_answering(c);
	if (c == NULL || conns_is_spare(c))
		evhttp_add_header(out, "Connection", "close");
	if (!head && n > 0)
		evbuffer_add(evhttp_request_get_output_buffer(rq), data, n);
	evhttp_request_set_on_complete_cb(rq, on_sent, h);
	evhttp_send_reply(rq, status, reply_phrase(status), NULL);
}
