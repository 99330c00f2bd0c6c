/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dial: which address to connect to next: a list of targets in order, each name resolved anew in a
 * thread, all addresses of each, and a jittered wait before the list begins again, for ever. */
#ifndef ZW_DIAL_H
#define ZW_DIAL_H

#include <stdint.h>

#include "zw/conf.h"

struct dial;
struct event_base;
struct sockaddr;

struct dial_ops {
	/* Try this address. host is the name or address as it was written. */
	void (*address)(void *arg, const struct sockaddr *sa, unsigned len, const char *host);
	/* A target gave no address; the next is tried by itself. */
	void (*failed)(void *arg, const char *target, const char *why);
};

/* The targets "host:port" are borrowed for the dial's life, ops for ever. Nothing happens before
 * dial_next(). */
struct dial *dial_new(struct event_base *base, const struct conf_texts *targets,
    const struct dial_ops *ops, void *arg);
/* Does not wait for a name that is being resolved. NULL is fine. */
void dial_free(struct dial *d);
/* Give the next address, soon; after the last target only when a wait is over. */
void dial_next(struct dial *d);
/* A session is over: begin again with the first target after a wait. */
void dial_again(struct dial *d);
/* Somebody with our certificate is connected as well: begin again after a long wait, so that the
 * two do not throw each other out all the time. Returns the wait, 60 s to 5 min. */
int64_t dial_rest(struct dial *d);
/* A session was a good one: the waits are short again. */
void dial_settled(struct dial *d);
/* A session was of use, however short: the next wait is 2 s at most. */
void dial_useful(struct dial *d);

/* The wait before the round-th try: full jitter over 0.5 s doubled each time, up to 8 s; random
 * is 32 random bits. */
int64_t dial_wait_ms(unsigned round, uint32_t random);
/* The wait of dial_rest(): 60 s to 5 min, evenly. */
int64_t dial_rest_ms(uint32_t random);

#endif
