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

#define ENROLL_TOKEN 48	    /* "zwi-", 43 characters of base64url, the NUL */
#define ENROLL_UNDER_WAY 16 /* requests of strangers at once */

struct conf_collector;
struct enroll;
struct event_base;
struct events;
struct site;
struct tls;

/* What is told when a certificate comes, or does not: leaf and authority in DER, borrowed; or NULL
 * and a text that may be told to the asker. Called once, in the loop, never within the call. */
typedef void enroll_done(
    void *arg, const struct buf *leaf, const struct buf *authority, const char *why);

/* What is told on, all borrowed; each of the functions may be NULL. */
struct enroll_parts {
	struct site *site;
	struct events *events; /* may be NULL */
	/* For the audit: who acts, what it is about, further words. */
	void (*audit)(
	    void *arg, const char *author, const char *kind, const char *what, const char *text);
	/* Sessions should be judged anew. */
	void (*revoked)(void *arg);
	/* A file of ours was found damaged. */
	void (*damaged)(void *arg, const char *file, const char *why);
	void *arg;
};

int enroll_new(struct enroll **out, struct event_base *base, const struct conf_collector *conf,
    const struct enroll_parts *parts, struct err *e) __attribute__((warn_unused_result));
/* Whose requests are under way is told that we stop. NULL is fine. */
void enroll_free(struct enroll *en);
/* The files of tls may be others: reads the authority and the host's name anew; on an error all
 * stays. */
int enroll_retake(struct enroll *en, struct err *e) __attribute__((warn_unused_result));
const struct reg *enroll_register(const struct enroll *en);
/* Strangers are listened to by this while there is an invitation; borrowed, NULL: no more. */
void enroll_use_tls(struct enroll *en, struct tls *tls);
/* Whether certificates can be given out; why not. */
bool enroll_can_issue(const struct enroll *en, struct err *e);
/* The authority's certificate in DER, and its hash as text, "" if it is not known. */
const struct buf *enroll_authority(const struct enroll *en);
const char *enroll_hash(const struct enroll *en);
/* The first name or address in the collector's own certificate; "" if it has none. */
const char *enroll_host(const struct enroll *en);

/* Invites: the token, which is told this once and wiped by the caller. NULL and the reason. Who
 * tells of it waits for enroll_sync(). */
const struct invite *enroll_invite(struct enroll *en, const char *node, const char *const *more,
    size_t nmore, const char *author, char token[ENROLL_TOKEN], struct err *e);
/* Takes open invitations of a node back: how many. */
unsigned enroll_withdraw(struct enroll *en, const char *node, const char *author);
/* Takes certificates back: of a node, or (node NULL) the one with this serial; how many were good,
 * -1 and the reason. Sessions with them end at once. */
int enroll_revoke(struct enroll *en, const char *node, const uint8_t *serial, size_t n,
    const char *author, const char *reason, struct err *e);
/* done() in the loop, never within the call, when all that was done is on disk, or cannot be. */
void enroll_sync(struct enroll *en, void (*done)(void *arg, bool ok), void *arg);

/* A connection of enrolment asks. peer: for the log and the rate. Returns a ticket for
 * enroll_forget(). */
uint64_t enroll_by_token(struct enroll *en, const struct wire_enroll *ask, const char *peer,
    enroll_done *done, void *arg);
/* A session asks for its next certificate, for the nodes that the one it shows names. */
uint64_t enroll_renew(struct enroll *en, const struct tls_identity *nodes,
    const struct cert_facts *shown, const uint8_t *request, size_t n, enroll_done *done, void *arg);
/* An administrator asks for a node, which carries the certificate there. */
uint64_t enroll_issue(struct enroll *en, const char *node, const char *const *more, size_t nmore,
    const char *author, const uint8_t *request, size_t n, enroll_done *done, void *arg);
/* The asker is gone: done() is not called. */
void enroll_forget(struct enroll *en, uint64_t ticket);

/* A session's certificate, at its greeting: 0, or -1 and the reason. Notes it. */
int enroll_judge(struct enroll *en, const struct cert_facts *f, const struct tls_identity *nodes,
    struct err *e) __attribute__((warn_unused_result));

#endif
