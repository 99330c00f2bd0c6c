/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_fixture: a handshake between two contexts over a socketpair. */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "zw/tls.h"

/* One side of a handshake. */
struct side {
	struct event_base *base;
	struct bufferevent *bev;
	bool server;
	bool connected;
	bool over;
	bool answered; /* the client got the server's byte: it was let in */
	struct err why;
};

static inline void
side_read(struct bufferevent *bev, void *arg)
{
	struct side *s = arg;
	char c;

	if (bufferevent_read(bev, &c, 1) != 1)
		return;
	s->answered = true;
	event_base_loopbreak(s->base);
}

static inline void
side_event(struct bufferevent *bev, short what, void *arg)
{
	struct side *s = arg;

	if (what & BEV_EVENT_CONNECTED) {
		s->connected = true;
		if (s->server)
			bufferevent_write(bev, "!", 1);
		return;
	}
	s->over = true;
	if (what & BEV_EVENT_ERROR)
		tls_reason(bev, &s->why);
	event_base_loopbreak(s->base);
}

struct outcome {
	bool server_took;
	bool client_took; /* and heard from the server */
	struct err server_why;
	struct err client_why;
	struct tls_identity id;
	bool identified;
	bool enrolling; /* by the server's word */
	bool enrolled;	/* by the client's */
	struct err id_why;
};

/* A handshake between two contexts. */
static inline void
shake(struct tls *st, struct tls *ct, const char *server_name, struct outcome *o)
{
	struct event_base *base = event_base_new();
	struct side server = { .base = base, .server = true }, client = { .base = base };
	struct timeval limit = { .tv_sec = 5 };
	struct err e;
	int fds[2];

	*o = (struct outcome){ 0 };
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	server.bev = tls_accept(st, base, fds[0], &e);
	assert_non_null(server.bev);
	client.bev = tls_connect(ct, base, fds[1], server_name, &e);
	assert_non_null(client.bev);
	bufferevent_setcb(server.bev, side_read, NULL, side_event, &server);
	bufferevent_setcb(client.bev, side_read, NULL, side_event, &client);
	bufferevent_enable(server.bev, EV_READ | EV_WRITE);
	bufferevent_enable(client.bev, EV_READ | EV_WRITE);
	event_base_loopexit(base, &limit);
	event_base_dispatch(base);
	o->server_took = server.connected && !server.over;
	o->client_took = client.answered;
	o->server_why = server.why;
	o->client_why = client.why;
	o->enrolling = tls_is_enrolling(server.bev);
	o->enrolled = tls_is_enrolling(client.bev);
	if (o->server_took)
		o->identified = tls_peer_identity(server.bev, &o->id, &o->id_why) == 0;
	bufferevent_free(server.bev);
	bufferevent_free(client.bev);
	event_base_free(base);
}

#endif
