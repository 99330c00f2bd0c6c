/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn: whole frames over one TLS connection in the event loop.
 *
 * A conn goes through its phases forwards only: connecting (client), shaking hands, open, flushing
 * (what is queued leaves, what comes is thrown away, so that no reset of TCP overtakes our last
 * words), over. One timer serves the deadline of whichever phase it is in; the idle limit is
 * looked at when it fires, not re-armed at each read. The memory goes by the timer's finalizer,
 * which libevent runs after the callbacks that are under way, or in event_base_free(). */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conn.h"

#define CONN_READ_MAX (128 * 1024) /* bytes read and not yet delivered */
#define CONN_FLUSH_MS 1000
#define CONN_FLUSH_MAX (256 * 1024) /* and so much of what still comes is thrown away */
#define CONN_TURN 64		    /* frames that are delivered before others have their turn */
#define CONN_NAME_MAX 72

enum phase {
	PHASE_CONNECTING,
	PHASE_HANDSHAKE,
	PHASE_OPEN,
	PHASE_FLUSHING,
	PHASE_OVER
};

struct conn {
	struct event_base *base;
	struct tls *tls;
	const struct conn_ops *ops;
	void *arg;
	struct conn_limits limits;
	enum phase phase;
	int fd;			 /* ours until bev has it */
	struct event *connected; /* while connecting */
	struct bufferevent *bev;
	struct event *timer;
	struct event *more; /* frames lie there that were not delivered in the turn before */
	size_t flushed;	    /* thrown away in its last phase */
	uint32_t max_payload;
	int64_t heard_ms; /* monotonic time of the peer's last byte */
	bool paused;
	bool said_goodbye;
	bool reached; /* somebody took the connection */
	uint64_t received;
	const struct conn_watch *watch;
	char server_name[256];
	char peer[CONN_NAME_MAX];
	char why[160];
};

/* The memory of a conn that is over. */
static void
conn_finalize(struct event *timer, void *arg)
{
	(void)timer;
	free(arg);
}

/* The end, from wherever: tell the user once, let go of everything but the memory. */
static void
conn_over(struct conn *c, const char *why)
{
	if (c->phase == PHASE_OVER)
		return;
	c->phase = PHASE_OVER;
	if (c->connected != NULL)
		event_free(c->connected);
	if (c->more != NULL)
		event_free(c->more);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	if (c->fd != -1)
		close(c->fd);
	c->connected = NULL;
	c->more = NULL;
	c->bev = NULL;
	c->fd = -1;
	c->ops->closed(c, why, c->arg);
	event_free_finalize(0, c->timer, conn_finalize);
}

/* Arm the timer of the phase. */
static void
conn_deadline(struct conn *c, int64_t ms)
{
	struct timeval tv = clock_timeval(ms);

	evtimer_add(c->timer, &tv);
}

/* The timer: a phase took too long, or it is time to see whether the peer is silent. */
static void
conn_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	int64_t left;

	(void)fd, (void)what;
	switch (c->phase) {
	case PHASE_CONNECTING:
		conn_over(c, "no answer to the connection request");
		return;
	case PHASE_HANDSHAKE:
		conn_over(c, "TLS handshake took too long");
		return;
	case PHASE_OPEN:
		/* Whom we do not listen to cannot be silent. */
		if (c->paused)
			c->heard_ms = clock_mono_ms();
		left = c->heard_ms + c->limits.idle_ms - clock_mono_ms();
		if (left <= 0)
			conn_over(c, "nothing heard from the peer");
		else
			conn_deadline(c, left);
		return;
	case PHASE_FLUSHING:
		conn_over(c, c->why);
		return;
	case PHASE_OVER:
		return;
	}
}

/* Deliver the frame at the front of the input: 1, 0 if it is not there yet, -1 if it is bad. */
static int
deliver_one(struct conn *c, struct evbuffer *in, struct err *e)
{
	uint8_t head[WIRE_HEADER];
	struct wire_header h;

	if (evbuffer_copyout(in, head, sizeof head) < (ssize_t)sizeof head)
		return 0;
	if (wire_header_decode(head, c->max_payload, &h, e) == -1)
		return -1;
	size_t size = sizeof head + h.length;
	if (evbuffer_get_length(in) < size)
		return 0;
	const uint8_t *frame = evbuffer_pullup(in, (ssize_t)size);
	if (frame == NULL || !wire_payload_intact(&h, frame + sizeof head))
		return err_set(e, "a frame's checksum is wrong");
	c->received += size;
	if (c->watch != NULL)
		c->watch->frame(
		    c->watch->arg, false, h.type, h.flags, frame + sizeof head, h.length);
	c->ops->frame(c, &h, frame + sizeof head, c->arg);
	if (c->phase != PHASE_OVER)
		evbuffer_drain(in, size);
	return 1;
}

/* Throw away what comes now; who goes on and on is not listened to till the end. */
static void
conn_discard_input(struct conn *c, struct evbuffer *in)
{
	c->flushed += evbuffer_get_length(in);
	evbuffer_drain(in, evbuffer_get_length(in));
	if (c->flushed > CONN_FLUSH_MAX)
		conn_over(c, c->why);
}

/* Deliver what is there: some of it, and the rest when others had their turn, for thousands of tiny
 * frames fit into the buffer. */
static void
conn_deliver(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct timeval now = { 0, 0 };
	struct err e;
	int got = 1;

	for (unsigned n = 0; got == 1 && c->phase == PHASE_OPEN && !c->paused; n++) {
		if (n == CONN_TURN) {
			evtimer_add(c->more, &now);
			return;
		}
		got = deliver_one(c, in, &e);
		if (got == -1 && c->ops->malformed != NULL)
			c->ops->malformed(c, e.msg, c->arg);
		if (got == -1 && c->phase == PHASE_OPEN)
			conn_abort(c, e.msg);
	}
	if (c->phase == PHASE_FLUSHING)
		conn_discard_input(c, in);
}

/* Bytes came. */
static void
conn_readable(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	c->heard_ms = clock_mono_ms();
	conn_deliver(c);
}

/* Its turn again. */
static void
conn_more(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	conn_deliver(arg);
}

/* All that was queued is with the kernel. */
static void
conn_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->phase == PHASE_FLUSHING && !c->said_goodbye) {
		c->said_goodbye = true;
		tls_goodbye(bev);
	} else if (c->phase == PHASE_OPEN && c->ops->drained != NULL) {
		c->ops->drained(c, c->arg);
	}
}

/* The peer is to read why TLS refused it: bytes that nobody read would make the kernel send a
 * reset behind it. */
static void
conn_drain(struct bufferevent *bev)
{
	evutil_socket_t fd = bufferevent_getfd(bev);
	char sink[4096];

	shutdown(fd, SHUT_WR);
	for (unsigned i = 0; i < 16 && recv(fd, sink, sizeof sink, MSG_DONTWAIT) > 0; i++)
		;
}

/* How it ended, when the peer just closed. */
static const char *
conn_eof(const struct conn *c)
{
	if (c->phase != PHASE_HANDSHAKE)
		return "closed by the peer";
	return c->server_name[0] != '\0'
		   ? "it closed during the TLS handshake; is this the agents' port?"
		   : "closed by the peer during the handshake";
}

/* The handshake is done, or the connection is. */
static void
conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	struct err e;

	if (what & BEV_EVENT_CONNECTED) {
		c->phase = PHASE_OPEN;
		c->heard_ms = clock_mono_ms();
		evtimer_del(c->timer);
		if (c->limits.idle_ms > 0)
			conn_deadline(c, c->limits.idle_ms);
		if (c->paused)
			bufferevent_disable(c->bev, EV_READ);
		c->ops->ready(c, c->arg);
		return;
	}
	if (c->phase == PHASE_FLUSHING)
		conn_over(c, c->why);
	else if (what & BEV_EVENT_EOF)
		conn_over(c, conn_eof(c));
	else {
		tls_reason(bev, &e);
		if (c->phase == PHASE_HANDSHAKE)
			conn_drain(bev);
		conn_over(c, e.msg);
	}
}

/* Text for an address: "192.0.2.7:41234", "[2001:db8::7]:41234". */
static void
name_address(char dst[CONN_NAME_MAX], const struct sockaddr *sa, socklen_t len)
{
	char host[INET6_ADDRSTRLEN + 20] = "?", port[8] = "?";
	int rc;

	getnameinfo(sa, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
	rc = sa->sa_family == AF_INET6 ? str_format(dst, CONN_NAME_MAX, "[%s]:%s", host, port)
				       : str_format(dst, CONN_NAME_MAX, "%s:%s", host, port);
	if (rc == -1)
		str_copy(dst, CONN_NAME_MAX, "?");
}

/* One that owns the descriptor and has its deadline. */
static struct conn *
conn_new(struct event_base *base, struct tls *t, int fd, const struct conn_ops *ops, void *arg,
    const struct conn_limits *limits)
{
	struct conn *c = xcalloc(1, sizeof *c);

	c->base = base;
	c->tls = t;
	c->ops = ops;
	c->arg = arg;
	c->limits = *limits;
	c->max_payload = WIRE_MAX_PAYLOAD;
	c->fd = fd;
	c->timer = evtimer_new(base, conn_timeout, c);
	c->more = evtimer_new(base, conn_more, c);
	if (c->timer == NULL || c->more == NULL) {
		if (c->timer != NULL)
			event_free(c->timer);
		if (c->more != NULL)
			event_free(c->more);
		close(fd);
		free(c);
		return NULL;
	}
	/* Frames are small and someone waits for each. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	conn_deadline(c, limits->handshake_ms);
	return c;
}

/* Free one that nobody was told of. */
static void
conn_discard(struct conn *c)
{
	if (c->connected != NULL)
		event_free(c->connected);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	if (c->fd != -1)
		close(c->fd);
	event_free(c->timer);
	event_free(c->more);
	free(c);
}

/* Begin the handshake: the descriptor is connected. */
static int
conn_shake_hands(struct conn *c, bool accepting, struct err *e)
{
	int fd = c->fd;

	c->reached = true;
	c->fd = -1; /* whether it works or not */
	c->bev = accepting ? tls_accept(c->tls, c->base, fd, e)
			   : tls_connect(c->tls, c->base, fd, c->server_name, e);
	if (c->bev == NULL)
		return -1;
	c->phase = PHASE_HANDSHAKE;
	bufferevent_setcb(c->bev, conn_readable, conn_written, conn_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, CONN_READ_MAX);
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE) == -1)
		return err_set(e, "cannot watch the connection");
	return 0;
}

/* Take a descriptor that a listener accepted. */
struct conn *
conn_accept(struct event_base *base, struct tls *t, int fd, const struct conn_ops *ops, void *arg,
    const struct conn_limits *limits, struct err *e)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;
	struct conn *c = conn_new(base, t, fd, ops, arg, limits);

	if (c == NULL) {
		err_set(e, "no timer for the connection");
		return NULL;
	}
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		err_set(e, "%s", strerror(errno));
	else if (evutil_make_socket_nonblocking(fd) == -1)
		err_set(e, "%s", strerror(errno));
	else if (conn_shake_hands(c, true, e) == 0) {
		name_address(c->peer, (struct sockaddr *)&ss, len);
		return c;
	}
	conn_discard(c);
	return NULL;
}

/* The connection request was answered. */
static void
conn_answered(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	int error = 0;
	socklen_t len = sizeof error;
	struct err e;

	(void)what;
	event_free(c->connected);
	c->connected = NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		conn_over(c, strerror(error));
	else if (conn_shake_hands(c, false, &e) == -1)
		conn_over(c, e.msg);
}

/* Start connecting; refused or not is told by closed(). */
struct conn *
conn_connect(struct event_base *base, struct tls *t, const struct sockaddr *sa, unsigned len,
    const char *server_name, const struct conn_ops *ops, void *arg,
    const struct conn_limits *limits, struct err *e)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1) {
		err_set(e, "socket: %s", strerror(errno));
		return NULL;
	}
	if (connect(fd, sa, len) == -1 && errno != EINPROGRESS) {
		err_set(e, "%s", strerror(errno));
		close(fd);
		return NULL;
	}

	struct conn *c = conn_new(base, t, fd, ops, arg, limits);
	if (c == NULL) {
		err_set(e, "no timer for the connection");
		return NULL;
	}
	name_address(c->peer, sa, len);
	c->connected = event_new(base, fd, EV_WRITE, conn_answered, c);
	if (str_copy(c->server_name, sizeof c->server_name, server_name) == -1 ||
	    c->connected == NULL || event_add(c->connected, NULL) == -1) {
		err_set(e, "cannot watch the connection, or its name is too long");
		conn_discard(c);
		return NULL;
	}
	return c;
}

/* Who sees the frames. */
void
conn_set_watch(struct conn *c, const struct conn_watch *watch)
{
	c->watch = watch;
}

/* Queue a frame, header and payload in one piece so that they share a TLS record. */
int
conn_send(struct conn *c, uint8_t type, uint8_t flags, const void *payload, size_t n)
{
	struct evbuffer_iovec v;

	if (c->phase != PHASE_OPEN || n > WIRE_MAX_PAYLOAD)
		return -1;
	if (c->watch != NULL)
		c->watch->frame(c->watch->arg, true, type, flags, payload, n);
	struct evbuffer *out = bufferevent_get_output(c->bev);
	size_t size = WIRE_HEADER + n;
	if (evbuffer_get_length(out) + size > c->limits.output_bytes) {
		conn_abort(c, "the peer reads too slowly");
		return -1;
	}
	if (evbuffer_reserve_space(out, (ssize_t)size, &v, 1) != 1) {
		conn_abort(c, "no room to send");
		return -1;
	}
	uint8_t *to = v.iov_base;
	wire_header_encode(to, type, flags, payload, (uint32_t)n);
	if (n > 0)
		memcpy(to + WIRE_HEADER, payload, n);
	v.iov_len = size;
	evbuffer_commit_space(out, &v, 1);
	return 0;
}

/* Bytes that the kernel has not taken yet. */
size_t
conn_unsent(const struct conn *c)
{
	return c->bev ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
}

/* Stop reading, or go on with what has come already. */
void
conn_pause(struct conn *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	if (c->phase != PHASE_OPEN)
		return;
	if (paused) {
		bufferevent_disable(c->bev, EV_READ);
		return;
	}
	c->heard_ms = clock_mono_ms();
	bufferevent_enable(c->bev, EV_READ);
	/* Whole frames may lie there and no further byte come. */
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* Close when what is queued was sent and the peer has closed too, at most in a second. */
void
conn_close(struct conn *c, const char *why)
{
	if (c->phase == PHASE_FLUSHING)
		return;
	if (c->phase != PHASE_OPEN) {
		conn_over(c, why);
		return;
	}
	c->phase = PHASE_FLUSHING;
	str_copy(c->why, sizeof c->why, why);
	conn_deadline(c, CONN_FLUSH_MS);
	/* What is under way is thrown away: unread bytes make the kernel send a reset. */
	bufferevent_enable(c->bev, EV_READ);
	bufferevent_trigger(c->bev, EV_READ | (conn_unsent(c) == 0 ? EV_WRITE : 0),
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* Close at once; closed() is called before this returns. */
void
conn_abort(struct conn *c, const char *why)
{
	conn_over(c, why);
}

/* Give the kernel what it takes now, then close at once; for a program's end. */
void
conn_finish(struct conn *c, const char *why)
{
	if (c->phase == PHASE_OPEN || c->phase == PHASE_FLUSHING) {
		tls_flush(c->bev);
		tls_goodbye(c->bev);
	}
	conn_over(c, why);
}

/* Who the peer proved to be. */
int
conn_peer_identity(struct conn *c, struct tls_identity *id, struct err *e)
{
	*id = (struct tls_identity){ 0 };
	if (c->bev == NULL)
		return err_set(e, "not connected");
	return tls_peer_identity(c->bev, id, e);
}

/* Facts of its certificate. */
int
conn_peer_facts(struct conn *c, struct cert_facts *f, struct err *e)
{
	return c->bev != NULL ? tls_peer_facts(c->bev, f, e) : err_set(e, "not connected");
}

/* Whether it asks for a certificate. */
bool
conn_is_enrolling(const struct conn *c)
{
	return c->bev != NULL && tls_is_enrolling(c->bev);
}

/* Frames are smaller from now on. */
void
conn_limit_payload(struct conn *c, uint32_t bytes)
{
	c->max_payload = bytes;
}

/* Whether somebody took the connection at all. */
bool
conn_reached(const struct conn *c)
{
	return c->reached;
}

/* The peer's address. */
const char *
conn_peer_name(const struct conn *c)
{
	return c->peer;
}

/* Bytes of frames that came. */
uint64_t
conn_received(const struct conn *c)
{
	return c->received;
}
