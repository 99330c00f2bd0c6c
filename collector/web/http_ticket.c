/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests whose answer comes later. When a client leaves while its answer is being made, evhttp
 * 2.1.12 takes the request off the connection, and it is ours to free; when we free the
 * connection, it goes with it: on_closed() tells the two apart. */
#include "collector/web/http_int.h"

#include <stdlib.h>

#include <event2/http.h>

#include "zw/alloc.h"
#include "zw/str.h"

/* An answer that will come. */
struct ticket {
	struct http_held held;
	bool head;
	bool api;
};

/* A connection ends, by whichever side, with a request on it. */
static void
on_closed(struct evhttp_connection *evcon, void *arg)
{
	struct http_held *held = arg;
	(void)evcon;
	if (evhttp_request_get_connection(held->rq) == NULL)
		evhttp_request_free(held->rq);
	held->rq = NULL;
	TAILQ_REMOVE(&held->http->held, held, link);
	held->gone(held);
}

void
http_hold(struct http *h, struct evhttp_request *rq, struct http_held *held,
    void (*gone)(struct http_held *held))
{
	held->http = h;
	held->rq = rq;
	held->gone = gone;
	TAILQ_INSERT_TAIL(&h->held, held, link);
	evhttp_connection_set_closecb(evhttp_request_get_connection(rq), on_closed, held);
}

void
http_let_go(struct http_held *held)
{
	TAILQ_REMOVE(&held->http->held, held, link);
	evhttp_connection_set_closecb(evhttp_request_get_connection(held->rq), NULL, NULL);
}

/* Its client is gone; whoever has the ticket does not know. */
static void
on_gone(struct http_held *held)
{
	held->http->ntickets--;
}

struct ticket *
ticket_take(struct reply *re)
{
	struct http_exchange *x = re->exchange;
	struct ticket *t = xcalloc(1, sizeof *t);
	t->head = x->head;
	t->api = re->api;
	http_hold(x->http, x->rq, &t->held, on_gone);
	x->http->ntickets++;
	return t;
}

/* Sends a ticket's answer, if there is still somebody to get it, and frees it. */
static void
settle(struct ticket *t, struct reply *re, int status, const void *data, size_t n)
{
	struct http *h = t->held.http;
	if (t->held.rq != NULL) {
		http_let_go(&t->held);
		h->ntickets--;
		http_send(h, t->held.rq, t->head, re, status, data, n);
	}
	free(t);
}

void
ticket_answer(struct ticket *t, int status, const char *type, const void *data, size_t n)
{
	struct reply re = { .type = type };
	settle(t, &re, status, data, n);
	buf_free(&re.body);
}

void
ticket_redirect(struct ticket *t, const char *location, const char *cookie)
{
	struct reply re = { .type = REPLY_HTML, .location = location };
	(void)str_copy(re.cookie, sizeof re.cookie, cookie);
	settle(t, &re, 303, NULL, 0);
}

void
ticket_error(struct ticket *t, int status, const char *code, const char *why)
{
	struct reply re = { .api = t->api };
	reply_error(&re, status, code, "%s", why);
	settle(t, &re, status, re.body.data, re.body.len);
	buf_free(&re.body);
}
