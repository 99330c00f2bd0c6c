/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames both ways through real connections (zw/conn.h), TLS taken out from under them: one sends
 * what the input lists, {type, flags, length, bytes}; its bytes must be a header of ours before
 * each payload; they are cut into pieces and maybe spoilt, and go to another, which must deliver
 * exactly the frames before the spoilt byte, whole and in order, and say of what follows that it
 * is malformed. Behind a zero type the input's bytes go as they stand. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "zw/buf.h"
#include "zw/conn.h"

#define FRAMES 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One input's run. */
struct run {
	struct event_base *base;
	struct bufferevent *ends[2]; /* conn's: the sender's, the receiver's */
	struct bufferevent *ours[2]; /* the other ends of them */
	unsigned opened;	     /* of `ends` */
	struct buf sent;	     /* what the sender must have written */
	size_t begins[FRAMES + 1];   /* where each frame begins in it */
	unsigned nframes;
	unsigned got; /* frames delivered */
	bool raw;     /* some bytes are not a frame of ours */
	unsigned malformed, closed;
};

/* The run, for what has no argument of ours. */
static struct run *
run_of(void)
{
	static struct run run;

	return &run;
}

/* Instead of lib/tls.c: an end of a pair, which is as if the handshake were done. */
static struct bufferevent *
open_end(int fd)
{
	struct run *r = run_of();

	close(fd);
	assert(r->opened < 2);
	return r->ends[r->opened++];
}

struct bufferevent *
tls_accept(struct tls *t, struct event_base *base, int fd, struct err *e)
{
	(void)t, (void)base, (void)e;
	return open_end(fd);
}

struct bufferevent *
tls_connect(struct tls *t, struct event_base *base, int fd, const char *server_name, struct err *e)
{
	(void)t, (void)base, (void)server_name, (void)e;
	return open_end(fd);
}

void
tls_flush(struct bufferevent *bev)
{
	(void)bev;
}

void
tls_goodbye(struct bufferevent *bev)
{
	(void)bev;
}

void
tls_reason(struct bufferevent *bev, struct err *e)
{
	(void)bev;
	err_set(e, "the pair has no errors");
}

bool
tls_is_enrolling(struct bufferevent *bev)
{
	(void)bev;
	return false;
}

int
tls_peer_facts(struct bufferevent *bev, struct cert_facts *f, struct err *e)
{
	(void)bev, (void)f;
	return err_set(e, "the pair has no certificates");
}

int
tls_peer_identity(struct bufferevent *bev, struct tls_identity *id, struct err *e)
{
	(void)bev, (void)id;
	return err_set(e, "the pair has no certificates");
}

/* Open. */
static void
ready(struct conn *c, void *arg)
{
	(void)c, (void)arg;
}

/* A frame came: the one whose turn it is. */
static void
delivered(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct run *r = arg;
	uint8_t head[WIRE_HEADER];

	(void)c;
	assert(r->malformed == 0 && r->closed == 0 && h->length <= WIRE_MAX_PAYLOAD);
	wire_header_encode(head, h->type, h->flags, payload, h->length);
	if (r->got < r->nframes) {
		const uint8_t *p = r->sent.data + r->begins[r->got];
		assert(r->begins[r->got + 1] - r->begins[r->got] == sizeof head + h->length);
		assert(memcmp(p, head, sizeof head) == 0);
		assert(memcmp(p + sizeof head, payload, h->length) == 0);
	} else {
		assert(r->raw);
	}
	r->got++;
}

/* What came is no frame. */
static void
malformed(struct conn *c, const char *why, void *arg)
{
	struct run *r = arg;

	(void)c;
	assert(why[0] != '\0');
	r->malformed++;
}

/* Over. */
static void
closed(struct conn *c, const char *why, void *arg)
{
	struct run *r = arg;

	(void)c, (void)why;
	r->closed++;
}

static const struct conn_ops ops = {
	.ready = ready, .frame = delivered, .closed = closed, .malformed = malformed
};

/* A connection over one end of a pair, open. */
static struct conn *
open_conn(struct run *r, unsigned which)
{
	static const struct conn_limits limits = {
		.handshake_ms = 100000, .idle_ms = 0, .output_bytes = SIZE_MAX
	};
	static int peers[2] = { -1, -1 };
	struct bufferevent *pair[2];
	struct err e;

	if (peers[0] == -1)
		assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, peers) == 0);
	assert(bufferevent_pair_new(r->base, 0, pair) == 0);
	r->ends[which] = pair[0];
	r->ours[which] = pair[1];
	bufferevent_enable(pair[1], EV_READ | EV_WRITE);
	struct conn *c = conn_accept(r->base, NULL, dup(peers[0]), &ops, r, &limits, &e);
	assert(c != NULL);
	bufferevent_trigger_event(pair[0], BEV_EVENT_CONNECTED, 0);
	event_base_loop(r->base, EVLOOP_NONBLOCK);
	return c;
}

/* Have the listed frames sent, and note what they must be. Returns whether bytes follow that go as
 * they stand. */
static bool
send_frames(struct run *r, struct conn *from, struct cursor *c)
{
	while (cursor_left(c) >= 3 && r->nframes < FRAMES) {
		uint8_t type = cursor_u8(c), flags = cursor_u8(c), len = cursor_u8(c);
		uint8_t head[WIRE_HEADER];
		if (type == 0)
			return true;
		size_t n = len < cursor_left(c) ? len : cursor_left(c);
		const uint8_t *p = n > 0 ? cursor_bytes(c, n) : (const uint8_t *)"";
		type = (uint8_t)(WIRE_HELLO + type % WIRE_CERTIFICATE);
		flags = type == WIRE_BATCH ? flags & WIRE_FLAG_LIVE : 0;
		wire_header_encode(head, type, flags, p, (uint32_t)n);
		r->begins[r->nframes++] = r->sent.len;
		buf_put(&r->sent, head, sizeof head);
		buf_put(&r->sent, p, n);
		r->begins[r->nframes] = r->sent.len;
		assert(conn_send(from, type, flags, p, n) == 0);
	}
	return false;
}

/* Give n bytes to the receiver in pieces of so many. */
static void
give(struct run *r, const uint8_t *p, size_t n, size_t piece)
{
	for (size_t i = 0; i < n && r->closed == 0; i += piece) {
		bufferevent_write(r->ours[1], p + i, piece < n - i ? piece : n - i);
		event_base_loop(r->base, EVLOOP_NONBLOCK);
	}
	event_base_loop(r->base, EVLOOP_NONBLOCK);
}

/* Whether the byte of a frame counts for its sense: all but the flags' when it stays valid. */
static bool
is_harmless(const struct run *r, unsigned frame, size_t at, uint8_t bits)
{
	return at - r->begins[frame] == 3 && bits == WIRE_FLAG_LIVE &&
	       r->sent.data[r->begins[frame] + 2] == WIRE_BATCH;
}

/* The sent bytes, one of them changed: what is before its frame comes, the rest does not. */
static void
give_spoilt(struct run *r, size_t at, uint8_t bits, size_t piece)
{
	struct buf copy = { 0 };
	unsigned frame = 0;

	while (r->begins[frame + 1] <= at)
		frame++;
	if (is_harmless(r, frame, at, bits))
		return;
	buf_put(&copy, r->sent.data, r->sent.len);
	copy.data[at] ^= bits;
	give(r, copy.data, copy.len, piece);
	buf_free(&copy);
	assert(r->got == frame);
	/* A length that grew may have it wait for more. */
	size_t in = at - r->begins[frame];
	assert(r->malformed == 1 || (in >= 4 && in < 8 && r->malformed == 0));
}

/* All of it, and bytes as they stand behind it. */
static void
give_whole(struct run *r, const uint8_t *more, size_t nmore, size_t piece)
{
	give(r, r->sent.data, r->sent.len, piece);
	assert(r->got == r->nframes && r->malformed == 0 && r->closed == 0);
	r->raw = true;
	give(r, more, nmore, piece);
	assert(r->malformed == r->closed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;
	struct cursor c = cursor_over(data, size);
	struct run *r = run_of();

	if (size < 4)
		return 0;
	if (base == NULL)
		base = event_base_new();
	*r = (struct run){ .base = base };
	size_t piece = 1 + cursor_u8(&c), at = cursor_be16(&c);
	uint8_t bits = cursor_u8(&c);
	struct conn *from = open_conn(r, 0), *to = open_conn(r, 1);
	bool more = send_frames(r, from, &c);
	event_base_loop(base, EVLOOP_NONBLOCK);
	struct evbuffer *out = bufferevent_get_input(r->ours[0]);
	assert(evbuffer_get_length(out) == r->sent.len);
	if (r->sent.len > 0)
		assert(memcmp(evbuffer_pullup(out, -1), r->sent.data, r->sent.len) == 0);
	if (r->sent.len > 0 && bits != 0)
		give_spoilt(r, at % r->sent.len, bits, piece);
	else
		give_whole(r, c.p, more ? cursor_left(&c) : 0, piece);
	conn_abort(from, "done");
	if (r->closed < 2)
		conn_abort(to, "done");
	assert(r->closed == 2);
	bufferevent_free(r->ours[0]);
	bufferevent_free(r->ours[1]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	buf_free(&r->sent);
	return 0;
}
