/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn: whole frames over one TLS connection in the event loop.
 *
 * Frames that do not decode close the connection. A conn never calls back after closed(), and is
 * freed after the callbacks under way (or by event_base_free()), so a callback may close it.
 * SIGPIPE must be ignored. */
#ifndef ZW_CONN_H
#define ZW_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/tls.h"
#include "zw/wire.h"

struct conn;
struct event_base;

struct conn_ops {
	/* The handshake is done and the peer's certificate verified. */
	void (*ready)(struct conn *c, void *arg);
	/* A whole frame; its checksum is right. payload is valid during the call. */
	void (*frame)(
	    struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg);
	/* The connection is over; c is freed after this turn. Called once, also after conn_close().
	 */
	void (*closed)(struct conn *c, const char *why, void *arg);
	/* All that was queued is sent: there is room for more. May be NULL. */
	void (*drained)(struct conn *c, void *arg);
	/* What came is no frame: the chance to say so and conn_close(), else it is closed at once.
	 * May be NULL. */
	void (*malformed)(struct conn *c, const char *why, void *arg);
};

struct conn_limits {
	int64_t handshake_ms; /* until ready */
	int64_t idle_ms;      /* without a byte from the peer; 0: no limit */
	size_t output_bytes;  /* unsent; more closes the connection */
};

/* Takes the descriptor. Returns NULL and the reason, the descriptor being closed. ops borrowed
 * for ever, limits copied. */
struct conn *conn_accept(struct event_base *base, struct tls *t, int fd, const struct conn_ops *ops,
    void *arg, const struct conn_limits *limits, struct err *e);
/* Sees each frame of a connection: what is about to be queued, and what came. */
struct conn_watch {
	void (*frame)(
	    void *arg, bool sent, uint8_t type, uint8_t flags, const void *payload, size_t n);
	void *arg;
};
/* Borrowed for the connection's life; NULL: nobody. */
void conn_set_watch(struct conn *c, const struct conn_watch *watch);
/* A non-blocking connect to the address (struct sockaddr of len bytes, copied). */
struct sockaddr;
struct conn *conn_connect(struct event_base *base, struct tls *t, const struct sockaddr *sa,
    unsigned len, const char *server_name, const struct conn_ops *ops, void *arg,
    const struct conn_limits *limits, struct err *e);

/* Queue a frame: 0, or -1 if the connection is closing or its output is full (then it closes). */
int conn_send(struct conn *c, uint8_t type, uint8_t flags, const void *payload, size_t n);
size_t conn_unsent(const struct conn *c);
/* Stop and resume reading: back-pressure to the peer by TCP. */
void conn_pause(struct conn *c, bool paused);
/* Close after what is queued was sent and the peer has closed too (at most a second); no frame
 * arrives any more. closed() comes then, or at once when the handshake was not done. */
void conn_close(struct conn *c, const char *why);
/* Close at once: closed() is called before it returns. */
void conn_abort(struct conn *c, const char *why);
/* As conn_abort(), after giving the kernel what it takes without the loop: for a program's end. */
void conn_finish(struct conn *c, const char *why);
/* From now on a frame's payload has at most so many bytes. */
void conn_limit_payload(struct conn *c, uint32_t bytes);
/* The verified peer's nodes. */
int conn_peer_identity(struct conn *c, struct tls_identity *id, struct err *e)
    __attribute__((warn_unused_result));
/* Facts of its certificate. */
struct cert_facts;
int conn_peer_facts(struct conn *c, struct cert_facts *f, struct err *e)
    __attribute__((warn_unused_result));
/* Whether it shows none and asks for one: tls_is_enrolling(). */
bool conn_is_enrolling(const struct conn *c);
/* Whether somebody took the connection at all; also in closed(). */
bool conn_reached(const struct conn *c);
/* "192.0.2.7:41234", for logs. */
const char *conn_peer_name(const struct conn *c);
/* Bytes of frames received so far, without TLS. */
uint64_t conn_received(const struct conn *c);
/* "host:port" or "[addr]:port" into its parts, the port a number. */
int conn_split_address(const char *text, char host[256], char port[8], struct err *e)
    __attribute__((warn_unused_result));

#endif
