/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_impl: what tls.c, tls_page.c and tls_reason.c share. */
#ifndef LIB_TLS_IMPL_H
#define LIB_TLS_IMPL_H

#include <openssl/ssl.h>

#include "zw/tls.h"

struct tls {
	SSL_CTX *ctx;
	bool server;
	char *ca;	 /* the authority's file, for messages */
	char names[200]; /* in the last certificate that lacks the name that was asked for */
};

/* Our own certificate with any between it and its authority, then its private key. */
int tls_load_certificate(struct tls *t, const char *path, struct err *e);
int tls_load_key(struct tls *t, const char *path, struct err *e);
/* The names that a server with this certificate may be called by, as many as there is room for. */
void tls_list_names(const X509 *x, char *dst, size_t size);
/* Whether OpenSSL's verdict is that a certificate is good, but somebody else's. */
bool tls_is_other_name(long verdict);

#endif
