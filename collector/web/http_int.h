/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_int: what the files of the HTTP server share with each other, and with nobody else. */
#ifndef COLLECTOR_WEB_HTTP_INT_H
#define COLLECTOR_WEB_HTTP_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "collector/web/http.h"
#include "collector/web/reply.h"
#include "zw/log.h"

struct conns;
struct conns_one;
struct evhttp_request;
struct gzip;

/* A request whose answer is still to come, or never ends; a member of whoever holds it. */
struct http_held {
	TAILQ_ENTRY(http_held) link;
	struct http *http;
	struct evhttp_request *rq;	      /* NULL: the client, or the server, is gone */
	void (*gone)(struct http_held *held); /* called once then, in a turn of its own */
};

struct http {
	struct http_options o;
	struct event_base *base;
	struct evhttp *evhttp;
	struct evhttp_bound_socket *bound;
	struct conns *conns;
	struct gzip *gzip;
	TAILQ_HEAD(, http_held) held;
	unsigned ntickets;
	struct log_throttle refusals;
};

/* What a reply's exchange points to while its handler runs. */
struct http_exchange {
	struct http *http;
	struct evhttp_request *rq;
	bool head;
};

/* http_answer.c: the supervised connection of a request, or NULL. */
struct conns_one *http_conn(const struct http *h, struct evhttp_request *rq);
/* Adds the headers that every answer has, but for those of its body's form and length. */
void http_headers(
    const struct http *h, struct evhttp_request *rq, const struct reply *re, int status);
/* Whether the answer gets smaller by gzip, and the client takes that. */
bool http_gzips(struct evhttp_request *rq, const struct reply *re);
/* Sends an answer; the reply's body may be taken for it. */
void http_send(struct http *h, struct evhttp_request *rq, bool head, struct reply *re, int status,
    const void *data, size_t n);
/* The answer to HEAD when nobody knows how long that to GET would be. */
void http_send_head(struct http *h, struct evhttp_request *rq, int status);
/* Ends an answer that was begun with evhttp_send_reply_start(). */
void http_finish(struct http *h, struct evhttp_request *rq);

/* http_parts.c: sends the reply's body and then its parts, if it has any; takes both. */
void http_send_parts(
    struct http *h, struct evhttp_request *rq, bool head, struct reply *re, int status);

/* http_ticket.c: holds a request until http_let_go(), or until gone() is called. */
void http_hold(struct http *h, struct evhttp_request *rq, struct http_held *held,
    void (*gone)(struct http_held *held));
void http_let_go(struct http_held *held);

#endif
