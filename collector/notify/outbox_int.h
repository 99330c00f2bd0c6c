/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outbox_int: what the files of the outbox share. A delivery is a message on its way; a lane is a
 * channel with what is under way on it. */
#ifndef COLLECTOR_OUTBOX_INT_H
#define COLLECTOR_OUTBOX_INT_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "collector/notify/channel.h"
#include "collector/notify/outbox.h"
#include "zw/buf.h"
#include "zw/log.h"

#define OUTBOX_MAX_LANES NOTIFY_MAX_CHANNELS

enum delivery_state {
	DELIVERY_WAITING,
	DELIVERY_DRAWING,
	DELIVERY_SENDING
};

struct delivery;

/* A channel that is open. */
struct lane {
	const struct channel *channel;
	void *state;
	unsigned active;
	bool failing; /* the last try of any message failed */
	struct log_throttle complaint;
};

/* Between a picture that was asked for and its delivery, either of which may end first. */
struct ticket {
	struct delivery *delivery; /* NULL: nobody waits any more */
	bool map;
};

struct delivery {
	TAILQ_ENTRY(delivery) link;
	struct outbox *outbox;
	struct lane *lane;
	struct mail *mail;
	enum delivery_state state;
	bool unreachable; /* the last try did not get as far as the other side */
	bool reached;	  /* somebody has it */
	bool standing;	  /* accepted, and sent again while its incident lasts */
	int64_t from_ms;  /* when it was made, or accepted last: the give-up counts from here */
	struct ticket *ticket;
	struct event *patience; /* for a picture */
	struct buf png, map;
	char **to; /* those who still wait, while sending */
	size_t nto;
};

struct outbox {
	struct event_base *base;
	const struct conf_collector *conf;
	const struct site *site;
	struct render *render;
	struct history *history;
	struct notify_stats *stats;
	struct event *timer;
	struct lane lanes[OUTBOX_MAX_LANES];
	size_t nlanes;
	size_t homeless; /* messages whose channel is not configured; they stay in the history */
	bool (*wanted)(void *arg, const struct mail *m, struct err *why);
	void *wanted_arg;
	void (*ended)(void *arg, const struct mail *m, bool sent); /* or NULL */
	void *ended_arg;
	TAILQ_HEAD(, delivery) all; /* in the order in which they were made */
};

/* outbox.c */
void outbox_count(struct outbox *o);
/* What is counted of the lane's channel. */
struct notify_channel *outbox_channel(const struct outbox *o, const struct lane *l);
void delivery_free(struct delivery *d);
/* Says that a message is no longer on its way; before delivery_free(). */
void delivery_tell(const struct delivery *d, bool sent);
void delivery_send(struct delivery *d); /* its pictures are there, or never will be */
/* outbox_draw.c: asks for the graph and the map; delivery_send() follows. */
void delivery_draw(struct delivery *d);
/* From when to when the mail's graph goes. */
void outbox_graph_span(const struct mail *m, int64_t now_s, int64_t *start_s, int64_t *end_s);
/* outbox_fate.c: a delivery's try is over; the delivery may be gone afterwards. */
void delivery_done(void *arg, const struct channel_result *r);

#endif
