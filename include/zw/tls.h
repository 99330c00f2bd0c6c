/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls: mutual TLS 1.3 and the identity that it proves; the only door to OpenSSL.
 *
 * A node's certificate carries one subjectAltName URI "urn:zonewatch:node:NAME" for each node it
 * may speak for (RFC 5280 4.2.1.6); the collector's carries its host names or addresses as DNS
 * and IP names. Nothing else in a certificate names anybody. */
#ifndef ZW_TLS_H
#define ZW_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/digest.h"
#include "zw/err.h"
#include "zw/str.h"

#define TLS_NODE_URI "urn:zonewatch:node:"
#define TLS_MAX_NODES 1024 /* a gateway's 500 links and then some; OpenSSL takes 100 KiB */

struct bufferevent;
struct event_base;
struct tls;

/* The names that a verified certificate may speak for. */
struct tls_identity {
	size_t n;
	char (*nodes)[NAME_MAX_NODE + 1]; /* freed by tls_identity_clear() */
};

/* Loads the three PEM files; the key must not be readable by group or others. The context is
 * freed by tls_free(), after all bufferevents made from it. */
int tls_server_new(struct tls **out, const char *ca, const char *cert, const char *key,
    struct err *e) __attribute__((warn_unused_result));
int tls_client_new(struct tls **out, const char *ca, const char *cert, const char *key,
    struct err *e) __attribute__((warn_unused_result));
void tls_free(struct tls *t);

/* The names in the context's own certificate (a node's agent learns here who it is), and its
 * notAfter in wall milliseconds. */
int tls_own_identity(const struct tls *t, struct tls_identity *id, struct err *e)
    __attribute__((warn_unused_result));
int64_t tls_own_not_after_ms(const struct tls *t);
struct cert_facts;
int tls_own_facts(const struct tls *t, struct cert_facts *f, struct err *e)
    __attribute__((warn_unused_result));
void tls_identity_clear(struct tls_identity *id);

/* A bufferevent for an accepted or a connected descriptor, which it owns. `server_name` is what
 * the server's certificate must carry exactly (DNS name or address; no wildcards). Returns NULL and
 * the reason, the descriptor being closed. */
struct bufferevent *tls_accept(struct tls *t, struct event_base *base, int fd, struct err *e);
struct bufferevent *tls_connect(
    struct tls *t, struct event_base *base, int fd, const char *server_name, struct err *e);

/* Enrolment (RFC 7301): a client that offers this protocol shows no certificate, and is shown the
 * authority's with the server's. A server lets that be only when told to, for as long as told; else
 * such a handshake fails as one without a certificate does. */
#define TLS_ALPN_ENROLL "zonewatch-enroll/1"
void tls_server_enrolling(struct tls *t, bool on);
/* A client's context for it: trusted is the one authority whose certificate in DER has this
 * SHA-256, wherever in the peer's chain it is; names and dates are judged as always. */
int tls_enroll_new(struct tls **out, const uint8_t ca_digest[DIGEST_SIZE], struct err *e)
    __attribute__((warn_unused_result));
/* Whether the connection is one of enrolment, after BEV_EVENT_CONNECTED. */
bool tls_is_enrolling(struct bufferevent *bev);
/* The files were replaced (a renewal): new connections use them, those that are open go on. On an
 * error the old stay. */
int tls_reload(struct tls *t, const char *ca, const char *cert, const char *key, struct err *e)
    __attribute__((warn_unused_result));
/* Facts of the verified peer's certificate. */
int tls_peer_facts(struct bufferevent *bev, struct cert_facts *f, struct err *e)
    __attribute__((warn_unused_result));

/* The verified peer's nodes, after BEV_EVENT_CONNECTED. -1 when it names none, or one malformed. */
int tls_peer_identity(struct bufferevent *bev, struct tls_identity *id, struct err *e)
    __attribute__((warn_unused_result));
/* Why the handshake or connection failed, for people ("certificate has expired"). */
void tls_reason(struct bufferevent *bev, struct err *e);

/* Gives to the socket now what it takes of the output, without the loop; for a program's end. */
void tls_flush(struct bufferevent *bev);
/* Says close_notify and shuts the sending half; what the peer still sends can be read. */
void tls_goodbye(struct bufferevent *bev);

/* The page's: for browsers, which show no certificate; TLS 1.2 or newer. Freed by tls_free(). */
int tls_page_new(struct tls **out, const char *cert, const char *key, struct err *e)
    __attribute__((warn_unused_result));
/* Its files were replaced, as by tls_reload(). */
int tls_page_reload(struct tls *t, const char *cert, const char *key, struct err *e)
    __attribute__((warn_unused_result));
/* A bufferevent for a connection about to be accepted, which gets its descriptor later by
 * bufferevent_setfd(). NULL: out of memory. */
struct bufferevent *tls_page_accept(const struct tls *t, struct event_base *base);

/* For the fuzzer: the identity in a DER certificate, unverified. */
int tls_identity_of_der(const uint8_t *der, size_t n, struct tls_identity *id, struct err *e)
    __attribute__((warn_unused_result));

#endif
