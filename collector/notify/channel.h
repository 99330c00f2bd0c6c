/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel: a way by which messages leave: mail (smtp or maildir), webhook, alertmanager, trap,
 * syslog. A const struct each, at the end of its file channel_NAME.c, and one word in CHANNELS. The
 * outbox owns order, retries, the give-up and the ledger for all of them. */
#ifndef COLLECTOR_CHANNEL_H
#define COLLECTOR_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/history.h"
#include "zw/err.h"

struct conf_collector;
struct event_base;

#define CHANNELS(X)                                                                                \
	X(mail)                                                                                    \
	X(webhook)                                                                                 \
	X(alertmanager)                                                                            \
	X(trap)                                                                                    \
	X(syslog)

enum channel_fate {
	CHANNEL_RETRY,	  /* it may go another time */
	CHANNEL_ACCEPTED, /* the other side has it */
	CHANNEL_REFUSED	  /* it never will go */
};

/* What became of each recipient, in the order of the message's `to`. */
struct channel_result {
	size_t n;
	const enum channel_fate *fates;
	const char *const *replies; /* of each; NULL: `reply` is of all */
	bool unreachable;	    /* the other side could not be asked at all */
	const char *reply;	    /* its words, or what went wrong */
};

/* Who asks for a channel, and its end. */
typedef void (*channel_done)(void *arg, const struct channel_result *r);

struct channel {
	const char *name;
	const char *help;
	unsigned lanes; /* messages under way at once */
	/* The other side forgets: what it accepted is sent to it again, notify.again later, until
	 * the incident's end is accepted. */
	bool again;
	/* Whether a recipient's address is one. */
	int (*check)(const struct conf_collector *conf, const char *address, struct err *e);
	/* hostname: of us. What open() refuses, the program cannot start with. */
	int (*open)(void **state, struct event_base *base, const struct conf_collector *conf,
	    const char *hostname, struct err *e);
	/* Breaks off what is under way; done() may still be called for what was accepted. */
	void (*close)(void *state);
	/* Sends a message to all in to[]; m and to are borrowed till done(), which is called later
	 * in the loop, once. png and map may be NULL; only mail shows them. */
	void (*send)(void *state, const struct mail *m, char *const *to, size_t nto,
	    const uint8_t *png, size_t png_len, const uint8_t *map, size_t map_len,
	    channel_done done, void *arg);
};

#define CHANNEL_DECLARE(name) extern const struct channel channel_##name;
CHANNELS(CHANNEL_DECLARE)
#undef CHANNEL_DECLARE

const struct channel *channel_find(const char *name); /* or NULL */

#endif
