/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch: many objects or whole subtrees of one agent, in requests of a size that it can stand. The
 * sizes shrink when it chokes (no answer, tooBig, a cut answer) and are remembered; they grow again
 * slowly. */
#ifndef AGENT_GATEWAY_FETCH_H
#define AGENT_GATEWAY_FETCH_H

#include "agent/gateway/snmpio.h"
#include "agent/gateway/walk.h"

/* What an agent stands; lives as long as the device, and its pacing. */
struct fetch_limits {
	unsigned varbinds;    /* of a GET; starts at the configured most */
	unsigned repetitions; /* of a GETBULK, times columns: most bindings of an answer */
	unsigned most_varbinds;
	unsigned outstanding; /* most requests at once */
	int64_t pause_ms;     /* between an answer and the next request */
	unsigned good;	      /* answers since the last change */
	unsigned proven;      /* most varbinds that were answered, 0: none yet */
	unsigned proven_bulk; /* the same of a GETBULK's answers */
	bool suspect;	      /* it was silent: ask for one object first */
};

struct fetch_limits fetch_limits(unsigned varbinds, unsigned outstanding, int64_t pause_ms);

struct fetch;

/* The first trouble that was not mended by asking for less; SNMPIO_OK if none. asked and answered
 * count objects. given_up: the agent is silent or refuses us, so that not all was asked for; else
 * the trouble is that of some objects, and all others were answered. */
struct fetch_result {
	enum snmpio_status status;
	bool given_up;
	size_t asked;
	size_t answered;
	const char *reason;
};

/* GET of n objects (borrowed until the end). got() for each that was answered, exceptions
 * included, with its number; in v1 what does not exist comes as VARBIND_NO_INSTANCE. A device that
 * is silent at a size that it stood before is dead, not choking: the fetch ends after that one
 * series of tries, and the next one asks for one object first. */
struct fetch *fetch_get(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *oids, size_t n, void (*got)(void *arg, size_t i, const struct varbind *v),
    void (*done)(void *arg, const struct fetch_result *r), void *arg);
/* Everything under n roots (borrowed until the end) into w, until it is full, by GETBULK over
 * several roots at once. Ends also on an agent whose OIDs do not increase. */
struct fetch *fetch_walk(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *roots, size_t n, struct walk *w,
    void (*done)(void *arg, const struct fetch_result *r), void *arg);
/* The first object under each of n roots, by GETNEXT, into w. */
struct fetch *fetch_first(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *roots, size_t n, struct walk *w,
    void (*done)(void *arg, const struct fetch_result *r), void *arg);
/* Without done(), and before the peer is freed. After done() a fetch has freed itself. NULL is
 * fine. */
void fetch_cancel(struct fetch *f);

#endif
