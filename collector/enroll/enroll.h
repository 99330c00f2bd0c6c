/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll: certificates for agents: invitations, requests by token or by session, revocation; the
 * register on disk (store.dir/agents.json, durable before anybody is told), and zonewatch-issuer, a
 * process for each signature, which alone reads the authority's key.
 *
 * Without enroll.ca_key in the configuration nothing is issued: invitations and renewals are
 * refused with a text that says so; revocation works. */
#ifndef COLLECTOR_ENROLL_ENROLL_H
#define COLLECTOR_ENROLL_ENROLL_H

#include "collector/enroll/register.h"
#include "zw/buf.h"
#include "zw/wire.h"

struct conf_collector;
struct enroll;
struct event_base;
struct site;
struct tls;

/* What is told when a certificate comes, or does not: leaf and authority in DER, borrowed; or NULL
 * and a text that may be told to the asker. Called once, in the loop, never within the call. */
typedef void enroll_done(
    void *arg, const struct buf *leaf, const struct buf *authority, const char *why);

int enroll_new(struct enroll **out, struct event_base *base, const struct conf_collector *conf,
    const char *conf_path, const struct site *site, struct tls *tls, struct err *e)
    __attribute__((warn_unused_result));
/* Requests under way are forgotten. NULL is fine. */
void enroll_free(struct enroll *en);
const struct reg *enroll_register(const struct enroll *en);

/* A connection of enrolment asks. peer: for the log and the rate (5 a minute from an address, 30 of
 * all). Returns a ticket for enroll_forget(). */
uint64_t enroll_by_token(struct enroll *en, const struct wire_enroll *ask, const char *peer,
    enroll_done *done, void *arg);
/* A session asks for its next certificate, for the nodes that the one it shows names. */
uint64_t enroll_renew(struct enroll *en, const struct tls_identity *nodes,
    const struct cert_facts *shown, const uint8_t *request, size_t n, enroll_done *done, void *arg);
/* The asker is gone: done() is not called. */
void enroll_forget(struct enroll *en, uint64_t ticket);

/* A session's certificate, at its greeting: 0, or -1 and the reason. Notes it. */
int enroll_judge(struct enroll *en, const struct cert_facts *f, const struct tls_identity *nodes,
    struct err *e) __attribute__((warn_unused_result));

#endif
