/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long answers in parts: the next is made when the client has taken the last, so that one answer is
 * neither all in memory nor all of a turn of the loop. */
#include "collector/web/http_int.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "collector/web/conns.h"
#include "collector/web/gzip.h"
#include "zw/alloc.h"
#include "zw/log.h"

struct parts {
	struct http_held held;
	struct event *later;
	struct gzip *gzip; /* NULL: as it is */
	struct buf first;  /* what goes before the parts */
	size_t sent;	   /* of it */
	bool (*more)(void *arg, struct buf *b);
	void *arg;
	void (*more_free)(void *arg);
};

static void on_part(evutil_socket_t fd, short what, void *arg);

/* Has the next part made in the loop's next turn. An event made active would still run in this
 * one, after whatever else is due, and all parts of a long answer one after the other. */
static void
defer(struct parts *p)
{
	static const struct timeval at_once = { 0, 0 };
	event_add(p->later, &at_once);
}

/* Its end, good or bad. */
static void
parts_free(struct parts *p)
{
	if (p->more_free != NULL)
		p->more_free(p->arg);
	gzip_free(p->gzip);
	buf_free(&p->first);
	event_free(p->later);
	free(p);
}

/* The client has left. */
static void
on_gone(struct http_held *held)
{
	parts_free((struct parts *)held);
}

/* The last part is in the client's hands: the next, but in a turn of its own. */
static void
on_taken(struct evhttp_connection *evcon, void *arg)
{
	struct parts *p = arg;
	(void)evcon;
	defer(p);
}

/* Makes the next part; whether there is another after it. */
static bool
make_part(struct parts *p, struct buf *b)
{
	size_t left = p->first.len - p->sent;
	if (left > 0) {
		size_t n = left < GZIP_PART ? left : GZIP_PART;
		buf_put(b, p->first.data + p->sent, n);
		p->sent += n;
		return p->more != NULL || n < left;
	}
	return p->more != NULL && p->more(p->arg, b);
}

/* Sends a part, or lets the loop turn when it gave nothing to send. */
static void
send_part(struct parts *p, struct buf *b)
{
	struct conns_one *c = http_conn(p->held.http, p->held.rq);
	if (b->len == 0) {
		defer(p);
		return;
	}
	struct evbuffer *out = evbuffer_new();
	if (out == NULL || evbuffer_add(out, b->data, b->len) == -1)
		fatalx("web", "out of memory");
	if (c != NULL)
		conns_answering(c);
	evhttp_send_reply_chunk_with_cb(p->held.rq, out, on_taken, p);
	evbuffer_free(out);
}

/* The last part, and the end. */
static void
send_last(struct parts *p, struct buf *b)
{
	struct http *h = p->held.http;
	struct evhttp_request *rq = p->held.rq;
	http_let_go(&p->held);
	if (b->len > 0) {
		struct evbuffer *out = evbuffer_new();
		if (out == NULL || evbuffer_add(out, b->data, b->len) == -1)
			fatalx("web", "out of memory");
		evhttp_send_reply_chunk(rq, out);
		evbuffer_free(out);
	}
	parts_free(p);
	http_finish(h, rq);
}

/* A part's turn. */
static void
on_part(evutil_socket_t fd, short what, void *arg)
{
	struct parts *p = arg;
	struct buf plain = { 0 }, small = { 0 };
	(void)fd;
	(void)what;
	bool again = make_part(p, &plain);
	if (p->gzip != NULL)
		gzip_part(p->gzip, &small, plain.data, plain.len, !again);
	struct buf *b = p->gzip != NULL ? &small : &plain;
	if (again)
		send_part(p, b);
	else
		send_last(p, b);
	buf_free(&plain);
	buf_free(&small);
}

void
http_send_parts(struct http *h, struct evhttp_request *rq, bool head, struct reply *re, int status)
{
	bool small = http_gzips(rq, re);
	http_headers(h, rq, re, status);
	if (small)
		evhttp_add_header(
		    evhttp_request_get_output_headers(rq), "Content-Encoding", "gzip");
	if (head) {
		if (re->more_free != NULL)
			re->more_free(re->more_arg);
		http_send_head(h, rq, status);
		return;
	}
	struct parts *p = xcalloc(1, sizeof *p);
	p->later = event_new(h->base, -1, 0, on_part, p);
	if (p->later == NULL)
		fatalx("web", "out of memory");
	p->gzip = small ? gzip_new(true) : NULL;
	p->first = re->body;
	re->body = (struct buf){ 0 };
	p->more = re->more;
	p->arg = re->more_arg;
	p->more_free = re->more_free;
	http_hold(h, rq, &p->held, on_gone);
	evhttp_send_reply_start(rq, status, reply_phrase(status));
	defer(p);
}
