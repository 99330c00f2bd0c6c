/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch_int: what the files of fetch share. A fetch is cut into batches; a batch is a request. */
#ifndef AGENT_GATEWAY_FETCH_INT_H
#define AGENT_GATEWAY_FETCH_INT_H

#include <sys/queue.h>

#include "agent/gateway/fetch.h"

#define FETCH_MAX_FAULTS 24 /* bad answers one after the other */

struct event;

/* One request: which objects or columns, by their number. */
struct fetch_batch {
	TAILQ_ENTRY(fetch_batch) entry;
	struct fetch *f;
	size_t *index;
	size_t n;
	unsigned repetitions;
};
TAILQ_HEAD(fetch_batches, fetch_batch);

/* A root that is walked. */
struct fetch_column {
	struct oid_buf at; /* the last object that was got */
	bool over;
	bool busy;
	bool alone;	/* its answers were bad: ask for nothing else with it */
	bool careful;	/* and one by one */
	unsigned steps; /* so many times */
};

/* How the kinds of a fetch differ. */
struct fetch_kind {
	/* The next batch to send, or NULL; at most so many bindings may be asked for. */
	struct fetch_batch *(*next)(struct fetch *f, size_t most);
	/* Send it. */
	void (*send)(struct fetch *f, struct fetch_batch *b);
	/* Take a good answer. */
	void (*take)(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r);
	/* An answer that tells of a fault: ask in another way, or give up what is at fault. */
	void (*fault)(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r);
	/* It was too much: ask again, for less. */
	void (*again)(struct fetch *f, struct fetch_batch *b);
	bool bulk; /* limits->repetitions holds, not varbinds */
};

struct fetch {
	struct snmpio_peer *peer;
	struct fetch_limits *l;
	const struct fetch_kind *kind;
	struct event *turn; /* the next request after a pause */
	const struct oid *oids;
	size_t n;
	struct walk *w;
	struct fetch_column *columns;
	struct fetch_batches pending;
	struct fetch_batches running;
	unsigned nrunning;
	unsigned answers;
	unsigned faults;   /* since the last good answer */
	unsigned silences; /* about single objects, the same */
	bool was_suspect;
	bool over; /* nothing more is asked */
	char reason[96];
	struct fetch_result result;
	void (*got)(void *arg, size_t i, const struct varbind *v);
	void (*done)(void *arg, const struct fetch_result *r);
	void *arg;
};

struct fetch *fetch_new(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct fetch_kind *kind, const struct oid *oids, size_t n);
/* Send what may be sent, now. */
void fetch_start(struct fetch *f);
/* The first trouble counts. */
void fetch_trouble(struct fetch *f, enum snmpio_status s, const char *reason);
struct fetch_batch *fetch_batch_new(struct fetch *f, size_t n);
void fetch_batch_free(struct fetch_batch *b);
/* snmpio_done of a batch. */
void fetch_replied(void *arg, const struct snmpio_reply *r);

#endif
