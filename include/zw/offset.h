/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offset: how far a peer's clock is off ours, from exchanges of time stamps (RFC 5905, section 8).
 * Pure. */
#ifndef ZW_OFFSET_H
#define ZW_OFFSET_H

#include <stdint.h>

#define OFFSET_KEPT 8

/* The last exchanges; `= { 0 }` is none. */
struct offset {
	double offset_s[OFFSET_KEPT];
	double delay_s[OFFSET_KEPT];
	unsigned n; /* how many there were */
};

/* An exchange, in wall milliseconds: t1 ours at sending, t2 the peer's at receiving, t3 the peer's
 * at answering, t4 ours at receiving that. The peer's may be any numbers; an exchange that cannot
 * be (a clock was stepped in between) is left out; one that shows that a clock was set since makes
 * those before it forgotten. */
void offset_add(struct offset *o, int64_t t1, int64_t t2, int64_t t3, int64_t t4);
/* The peer's clock less ours in seconds, by the least delayed exchange; NAN if there is none. */
double offset_best(const struct offset *o);
/* Seconds that the last exchange was on its way; NAN if there is none. */
double offset_delay(const struct offset *o);

#endif
