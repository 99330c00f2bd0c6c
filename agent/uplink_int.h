/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an uplink is; inner header of uplink.c (the session) and uplink_order.c (what is sent in it,
 * and when). */
#ifndef AGENT_UPLINK_INT_H
#define AGENT_UPLINK_INT_H

#include <event2/event.h>

#include "agent/tail.h"
#include "agent/uplink.h"
#include "zw/conn.h"
#include "zw/dial.h"
#include "zw/log.h"
#include "zw/offset.h"

#define UPLINK_WINDOW_MAX 1024

enum uplink_state {
	UPLINK_DOWN,	 /* no connection, or one that is being made */
	UPLINK_GREETING, /* hello sent */
	UPLINK_UP	 /* welcome received */
};

/* A numbered frame on its way. */
struct uplink_unacked {
	uint64_t seq;
	size_t bytes;
};

struct uplink {
	const struct feed_opts *o;
	struct event_base *base;
	struct spool *spool;
	struct dial *dial;
	struct conn *conn;
	struct event *timer; /* welcome's deadline, then pings */
	struct event *retry; /* for what is being committed */
	enum uplink_state state;
	bool replaced; /* the collector let somebody in with our certificate instead */
	int64_t up_ms; /* monotonic time of the welcome */

	/* Of uplink_order.c: */
	uint64_t sent; /* highest number sent in order, or durable there */
	uint64_t gap;
	uint64_t last; /* highest number that was given to the spool */
	bool disk;     /* there may be more on disk */
	uint32_t next_define;
	struct tail tail;
	struct copy *newest; /* batch, for the beginning of a session */

	struct uplink_unacked ring[UPLINK_WINDOW_MAX];
	unsigned ring_first;
	unsigned ring_n;
	size_t ring_bytes;
	unsigned window_frames;
	size_t window_bytes;

	/* Of uplink.c: */
	int64_t hello_ms; /* wall time of the hello and of the last ping, for their echos */
	int64_t ping_ms;
	struct offset offset;

	uint64_t rejected;
	struct log_throttle reject_throttle;
	struct log_throttle spool_throttle;
	char complaint[256]; /* the last that was logged, and when */
	int64_t complained_ms;
	void (*ack)(void *arg, uint64_t seq);
	void *ack_arg;
	feed_certified *certified; /* a request for a certificate is under way */
	void *certified_arg;
	bool renewed; /* the session is ended for the sake of a new certificate */
	struct buf scratch;
};

/* The collector has all up to durable, and lets so much be on its way. */
void uplink_order_begin(struct uplink *u, uint64_t durable, unsigned frames, size_t bytes);
/* The session is over: what was sent may have to be sent again. */
void uplink_order_end(struct uplink *u);
/* All up to seq is safe there: it is no longer on its way. */
void uplink_order_acked(struct uplink *u, uint64_t seq);
/* Sends what may be sent. */
void uplink_order_pump(struct uplink *u);
/* Timer `retry`. */
void uplink_order_retry(evutil_socket_t fd, short what, void *arg);

#endif
