/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate: how often strangers may ask for certificates: so often a minute from an address (of IPv6: a
 * network of 64 bits), and so often in all. Pure: time is an argument. */
#ifndef COLLECTOR_ENROLL_RATE_H
#define COLLECTOR_ENROLL_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_OF_ADDRESS 5 /* a minute, and at once */
#define RATE_OF_ALL 30
#define RATE_KEPT 64 /* addresses; beyond, the one unheard of for longest is forgotten */

/* What may be asked yet; see rate.c for the unit. */
struct rate_bucket {
	uint64_t key; /* 0: of nobody */
	int64_t left;
	int64_t at_ms;
};

struct rate {
	struct rate_bucket all;
	struct rate_bucket kept[RATE_KEPT];
};

void rate_init(struct rate *r);
/* Whether this peer ("192.0.2.7:41234", "[2001:db8::7]:41234") may ask now (monotonic ms). */
bool rate_pass(struct rate *r, const char *peer, int64_t now_ms);
/* What was asked was right: it does not count among all. */
void rate_give_back(struct rate *r);

#endif
