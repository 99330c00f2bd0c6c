/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lockout: how long who failed to sign in waits. Pure: moments are arguments.
 *
 * Five failures are free; each after that makes the next try wait, twice as long each time. An
 * address waits up to 15 minutes. A name waits 30 seconds at most, and never for an address from
 * which it has signed in before: who knows a name must not be able to keep its owner out. Loopback
 * is whoever comes through a proxy on this host: it waits a minute at most. */
#ifndef COLLECTOR_WEB_LOCKOUT_H
#define COLLECTOR_WEB_LOCKOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOCKOUT_FREE 5			/* failures that cost nothing */
#define LOCKOUT_FIRST_MS 5000		/* the first wait; each is twice the one before */
#define LOCKOUT_NAME_MS 30000		/* the longest of a name */
#define LOCKOUT_PROXY_MS 60000		/* of loopback, where a proxy may stand for all */
#define LOCKOUT_ADDRESS_MS (15 * 60000) /* of any other address */
#define LOCKOUT_FORGET_MS (30 * 60000)	/* a failure, after so long without another */
#define LOCKOUT_MAX 2048		/* of each kind; beyond that the oldest is forgotten */
#define LOCKOUT_ADDRESS 48		/* bytes of an address, with its end */

struct lockout;

struct lockout *lockout_new(void);
void lockout_free(struct lockout *l); /* NULL is fine */

/* The address as it counts: an IPv6 one by its first 64 bits, which are one household's. */
void lockout_address(char dst[LOCKOUT_ADDRESS], const char *peer);
bool lockout_is_local(const char *address);

/* How much longer a try must wait; 0: not at all. name NULL: it has none (a token). known: the
 * name has signed in from that address before. */
int64_t lockout_left(
    const struct lockout *l, const char *name, const char *address, bool known, int64_t wall_ms);
/* A failure. Returns true if a wait begins by it that was none before. secret: what was wrong, if
 * it is a token: the same again (a program with an old one) is no further guess; NULL: a password.
 */
bool lockout_fail(
    struct lockout *l, const char *name, const char *address, const char *secret, int64_t wall_ms);
/* The name has signed in, or an admin says so: its failures are forgotten. */
void lockout_clear(struct lockout *l, const char *name);
/* How much longer the name is locked for strangers. */
int64_t lockout_of_name(const struct lockout *l, const char *name, int64_t wall_ms);

#endif
