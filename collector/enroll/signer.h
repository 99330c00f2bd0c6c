/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer: certificates, each made by a process of its own, zonewatch-issuer, which alone reads the
 * authority's key. Few at once; the others wait. */
#ifndef COLLECTOR_ENROLL_SIGNER_H
#define COLLECTOR_ENROLL_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/str.h"

#define SIGNER_AT_ONCE 2
#define SIGNER_MAX 64 /* those that wait included */

struct event_base;
struct signer;

/* The certificate in DER, borrowed; or NULL and why not. Called once, in the loop, never within
 * signer_ask(). */
typedef void signer_done(void *arg, const struct buf *leaf, const char *why);

/* Paths of the authority's certificate and key; borrowed. */
struct signer *signer_new(struct event_base *base, const char *ca, const char *key);
/* done() is not called for what is under way. NULL is fine. */
void signer_free(struct signer *s);
/* A certificate for a request, naming these nodes, good for so many days; all copied. -1 and the
 * reason: too many. */
int signer_ask(struct signer *s, const uint8_t *request, size_t n,
    const char (*nodes)[NAME_MAX_NODE + 1], size_t nnodes, unsigned days, signer_done *done,
    void *arg, struct err *e) __attribute__((warn_unused_result));

#endif
