/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_rate: so many messages a second of each source, in bounded memory whatever addresses are
 * forged. A source of which a message was accepted has a bucket of its own; all others share some,
 * and together may cost only so much. Pure. */
#ifndef AGENT_GATEWAY_TRAPD_RATE_H
#define AGENT_GATEWAY_TRAPD_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;
struct trapd_rate;

/* seed is random, so that nobody can choose addresses that share a bucket. */
struct trapd_rate *trapd_rate_new(unsigned rate, unsigned burst, uint64_t seed);
void trapd_rate_free(struct trapd_rate *r);
/* Whether one more message of this source may be looked at; takes a token. */
bool trapd_rate_pass(struct trapd_rate *r, const struct sockaddr *from, int64_t now_ms);
/* A message of it was accepted. */
void trapd_rate_trust(struct trapd_rate *r, const struct sockaddr *from, int64_t now_ms);
/* A hash of the address without the port, for others. */
uint64_t trapd_rate_hash(const struct trapd_rate *r, const struct sockaddr *from);

#endif
