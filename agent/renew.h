/* SPDX-License-Identifier: GPL-3.0-or-later */
/* renew: an agent's certificate is replaced before it ends: when a third of its life is left a new
 * key is made, its certificate asked for in the session that there is, both installed so that a
 * kill at any moment does no harm (cert_pair), and a new session begun with them. What goes wrong
 * is tried again, the more often the nearer the end. */
#ifndef AGENT_RENEW_H
#define AGENT_RENEW_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/cert.h"

struct event_base;
struct feed;
struct renew;

struct renew_opts {
	struct event_base *base;
	struct tls *tls;   /* borrowed */
	struct feed *feed; /* borrowed; freed after this */
	const char *ca;	   /* the files, borrowed */
	const char *cert;
	const char *key;
	/* The certificate is another now, which ends then. */
	void (*changed)(void *arg, int64_t not_after_ms);
	void *arg;
};

/* Where this process may not write its certificate, it says so once, and nothing is renewed. */
int renew_new(struct renew **out, const struct renew_opts *o, struct err *e)
    __attribute__((warn_unused_result));
void renew_free(struct renew *r); /* NULL is fine */

/* When a certificate with this life is to be renewed: a third before its end, later by at most a
 * thirtieth; at once, but for at most a minute, if that is past. */
int64_t renew_due_ms(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms, uint32_t random);
/* The same for one that just came: not in the next minute, however short its life is, as it is when
 * its authority ends. */
int64_t renew_next_ms(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms, uint32_t random);
/* The wait after so many failures in a row: from a minute, doubled each time, to a day, in the last
 * week to an hour; never more than an eighth of what is left; by a quarter more or less. */
int64_t renew_wait_ms(unsigned failures, int64_t left_ms, uint32_t random);

/* Why it did not work, as it was said last. All zero: nothing was. */
#define RENEW_MAX_WHY 200
struct renew_said {
	char why[RENEW_MAX_WHY];
	int64_t at_ms;
};
/* Whether to say it now: once for each reason, and again each so often. */
bool renew_says(struct renew_said *s, const char *why, int64_t every_ms, int64_t now_ms);

#endif
