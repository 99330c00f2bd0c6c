/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed: samples in, an acknowledged stream out: the core that the agent, the gateway and the
 * simulator share. It joins the series table, the spool and the uplink. */
#ifndef AGENT_FEED_H
#define AGENT_FEED_H

#include <stdint.h>

#include "zw/buf.h"
#include "zw/conf.h"
#include "zw/err.h"
#include "zw/metric.h"
#include "zw/wire.h"

struct conn_watch;
struct event_base;
struct feed;
struct tls;

struct feed_opts {
	const char *program;   /* name and version, for the hello; borrowed for ever */
	const char *spool_dir; /* copied */
	uint64_t spool_max_bytes;
	int64_t spool_max_age_ms;
	const struct conf_texts *collectors; /* "host:port"; copied */
	struct tls *tls;		     /* borrowed for the feed's life */
	uint32_t step_s;
	bool eager; /* tries again within 0.5 s however often it failed: for the campaigns */
	const struct conn_watch *watch; /* borrowed; NULL: nobody sees the frames */
};

struct feed_stats {
	bool connected;
	uint64_t spool_records; /* not yet acknowledged */
	uint64_t spool_bytes;
	uint64_t unwritten;    /* bytes of them that are in memory only */
	int64_t unwritten_ms;  /* age of the oldest of these; 0: there are none */
	uint64_t durable;      /* highest number that is on disk */
	uint64_t dropped;      /* records dropped or thinned away since the start */
	uint64_t damaged;      /* places of the spool that were found damaged of late */
	uint64_t rejected;     /* records the collector refused */
	double clock_offset_s; /* collector's clock less ours, of this session; NAN if unknown */
	double round_trip_s;   /* of the last ping; NAN if unknown */
	int64_t unacked_ms;    /* age of the oldest unacknowledged record */
	int64_t
	    delivered_ms; /* steady: when something was acknowledged, or nothing waited; 0: never */
};

int feed_new(struct feed **out, struct event_base *base, const struct feed_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* Commits the spool. NULL is fine. */
void feed_free(struct feed *f);

/* The id of the series (def->id is ignored): the same for ever for the same node, source,
 * instance, step, fields and states. 0 when the table is full. The ids of a moment become durable
 * together, at its end, before one is used on the wire; while that fails, their values are left
 * out. */
uint32_t feed_define(struct feed *f, const struct series_def *def);
/* The id that it has, or 0. */
uint32_t feed_find(const struct feed *f, const struct series_def *def);
/* One moment's values: begin, add in any order of ids, end. end gives them to spool and uplink. */
void feed_begin(struct feed *f, int64_t time_s);
void feed_add(struct feed *f, uint32_t id, unsigned nvalues, const double *values);
void feed_end(struct feed *f);
/* seq is filled in. */
void feed_event(struct feed *f, const struct wire_event *ev);
void feed_stats(const struct feed *f, struct feed_stats *st);
/* What became of a request for a certificate: what came, borrowed; or NULL and why not. */
typedef void feed_certified(void *arg, const struct wire_certificate *m, const char *why);
/* Asks for the node's next certificate, within the session; false: there is none now. */
bool feed_renew(struct feed *f, const struct buf *request, feed_certified *done, void *arg);
/* Whoever asked is gone: done() is not called. */
void feed_forget_renewal(struct feed *f);
/* The files of TLS were replaced: the next session shows them. */
void feed_renewed(struct feed *f);
/* Called for each acknowledgement (the simulator's oracle); may be NULL. */
void feed_on_ack(struct feed *f, void (*ack)(void *arg, uint64_t seq), void *arg);
/* The number that the last feed_end() or feed_event() used last. */
uint64_t feed_last_seq(const struct feed *f);

#endif
