/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers without an end. evhttp frees a connection in its own callbacks and in ours: so a stream
 * that is given up is only marked, and cut in a turn of its own. */
#include "collector/web/http_int.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "collector/web/conns.h"
#include "zw/alloc.h"
#include "zw/log.h"

/* A client that was cut off is given up after so long without an acknowledgement, ms. */
#define UNHEARD_MS 30000

struct stream {
	struct http_held held;
	struct event *later;
	void (*closed)(void *arg); /* NULL: nobody wants to know any more */
	void *arg;
};

/* Nothing of it is left but the memory. */
static void
stream_free(struct stream *s)
{
	event_free(s->later);
	free(s);
}

/* The client has left. */
static void
on_gone(struct http_held *held)
{
	struct stream *s = (struct stream *)held;
	if (s->closed != NULL)
		s->closed(s->arg);
	stream_free(s);
}

/* It was given up, in a turn before this one. */
static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	(void)fd;
	(void)what;
	if (s->held.rq != NULL)
		evhttp_connection_free(evhttp_request_get_connection(s->held.rq));
	else
		on_gone(&s->held);
}

/* HEAD asks for no stream: its answer goes at once, and the stream ends before it begins. */
static struct stream *
refuse_head(struct stream *s, struct http_exchange *x, struct reply *re)
{
	re->type = REPLY_EVENTS;
	http_headers(x->http, x->rq, re, 200);
	http_send_head(x->http, x->rq, 200);
	event_active(s->later, EV_TIMEOUT, 0);
	return s;
}

/* The socket's bufferevent. */
static struct bufferevent *
bev_of(const struct stream *s)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(s->held.rq));
}

struct stream *
stream_take(struct reply *re, void (*closed)(void *arg), void *arg)
{
	struct http_exchange *x = re->exchange;
	struct stream *s = xcalloc(1, sizeof *s);
	int unheard = UNHEARD_MS;
	s->closed = closed;
	s->arg = arg;
	s->later = event_new(x->http->base, -1, 0, on_later, s);
	if (s->later == NULL)
		fatalx("web", "out of memory");
	if (x->head)
		return refuse_head(s, x, re);
	http_hold(x->http, x->rq, &s->held, on_gone);
	(void)setsockopt(
	    bufferevent_getfd(bev_of(s)), IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard, sizeof unheard);
	re->type = REPLY_EVENTS;
	http_headers(x->http, x->rq, re, 200);
	/* A proxy shall pass on what comes at once. */
	evhttp_add_header(evhttp_request_get_output_headers(x->rq), "X-Accel-Buffering", "no");
	evhttp_send_reply_start(x->rq, 200, reply_phrase(200));
	return s;
}

void
stream_send(struct stream *s, const void *data, size_t n)
{
	if (s->held.rq == NULL)
		return;
	struct evbuffer *b = evbuffer_new();
	if (b == NULL || evbuffer_add(b, data, n) == -1)
		fatalx("web", "out of memory");
	evhttp_send_reply_chunk(s->held.rq, b);
	evbuffer_free(b);
}

size_t
stream_pending(const struct stream *s)
{
	return s->held.rq != NULL ? evbuffer_get_length(bufferevent_get_output(bev_of(s))) : 0;
}

void
stream_close(struct stream *s)
{
	s->closed = NULL;
	event_active(s->later, EV_TIMEOUT, 0);
}

void
stream_end(struct stream *s)
{
	struct http *h = s->held.http;
	struct evhttp_request *rq = s->held.rq;
	if (rq == NULL) {
		stream_close(s);
		return;
	}
	http_let_go(&s->held);
	stream_free(s);
	http_finish(h, rq);
}
