/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_impl: what the files of tls share. */
#ifndef LIB_TLS_IMPL_H
#define LIB_TLS_IMPL_H

#include <openssl/ssl.h>

#include "zw/tls.h"

struct tls {
	SSL_CTX *ctx;
	bool server;
	bool enrolling; /* a server lets those in who have no certificate yet */
	bool pinned;	/* a client trusts the one authority with the digest `pin` */
	uint8_t pin[DIGEST_SIZE];
	char *ca;	 /* the authority's file, for messages; NULL: pinned */
	char names[200]; /* in the last certificate that lacks the name that was asked for */
};

/* The rules that hold for both sides. */
int tls_set_rules(SSL_CTX *ctx);
/* A server's context is to hear who wants to enrol. */
void tls_hear_strangers(SSL_CTX *ctx);
/* What OpenSSL does not insist on in a peer's certificate: a verify_callback. */
int tls_verify_leaf(int ok, X509_STORE_CTX *ctx);
/* Our own certificate with any between it and its authority, then its private key. */
int tls_load_certificate(struct tls *t, const char *path, struct err *e);
int tls_load_key(struct tls *t, const char *path, struct err *e);
/* The names that a server with this certificate may be called by, as many as there is room for. */
void tls_list_names(const X509 *x, char *dst, size_t size);
/* Whether OpenSSL's verdict is that a certificate is good, but somebody else's. */
bool tls_is_other_name(long verdict);

#endif
