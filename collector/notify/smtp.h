/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smtp: messages to a relay by libcurl, in threads of their own. Connections are kept for the next
 * message. Every recipient's fate is told apart. */
#ifndef COLLECTOR_SMTP_H
#define COLLECTOR_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"

struct conf_mail;
struct event_base;
struct smtp;

#define SMTP_WHY 200
#define SMTP_ADDRESS 300
#define SMTP_LANES 4 /* messages at once */

enum smtp_fate {
	SMTP_RETRY,    /* it may go another time */
	SMTP_ACCEPTED, /* the relay has it */
	SMTP_REFUSED   /* it never will go */
};

struct smtp_result {
	size_t n;		     /* recipients, in the order they were given */
	const enum smtp_fate *fates; /* of each */
	const int *codes;	     /* the relay's answer to each; 0: none */
	bool unreachable;	     /* there was no session to ask in */
	bool stale;		     /* a kept connection was dead: try at once on a new one */
	char why[SMTP_WHY];	     /* the relay's words, or what went wrong */
};

/* conf is borrowed; its password file is read now. helo: our name in the greeting. */
int smtp_new(struct smtp **out, struct event_base *base, const struct conf_mail *conf,
    const char *helo, struct err *e) __attribute__((warn_unused_result));
/* What is under way is broken off; done() is called only for what the relay took nevertheless. NULL
 * is fine. */
void smtp_free(struct smtp *s);
/* Sends; takes the message's bytes (message is empty then); addresses are copied. done() is called
 * later in the loop, once. At most SMTP_LANES may be under way. */
void smtp_send(struct smtp *s, const char *from, char *const *to, size_t nto, struct buf *message,
    void (*done)(void *arg, const struct smtp_result *r), void *arg);

#endif
