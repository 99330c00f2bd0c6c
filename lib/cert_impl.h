/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cert_impl: what the files of cert and of tls share behind the door to OpenSSL. */
#ifndef LIB_CERT_IMPL_H
#define LIB_CERT_IMPL_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "zw/cert.h"

/* The reason of OpenSSL's oldest error, and an empty queue. */
const char *cert_reason(void);
/* A PEM file, open, so that its mode is judged on what is read and OpenSSL opens nothing; a secret
 * must be its owner's alone. The caller frees it. */
BIO *cert_open(const char *path, bool secret, struct err *e);
/* A daemon asks nobody for a password. */
int cert_no_password(char *buf, int size, int rwflag, void *arg);
/* The next certificate of a file: 1 and *x, 0 when there are no more, -1 when one is damaged. */
int cert_next(BIO *bio, X509 **x);
/* The first certificate of a file; NULL and the reason. The caller frees it. */
X509 *cert_load(const char *path, struct err *e);
/* A private key from a file; NULL and the reason. The caller frees it. */
EVP_PKEY *cert_load_key(const char *path, struct err *e);
/* The whole of these bytes as one certificate; NULL and the reason. The caller frees it. */
X509 *cert_of_der(const uint8_t *der, size_t n, struct err *e);
/* What is told of a certificate. */
int cert_facts_of(const X509 *x, struct cert_facts *f, struct err *e);
/* Milliseconds since 1970, or 0. */
int64_t cert_time_ms(const ASN1_TIME *t);
/* SHA-256 of a key as a subjectPublicKeyInfo. */
int cert_key_digest(const EVP_PKEY *key, uint8_t digest[DIGEST_SIZE], struct err *e);
/* A request that was judged: its key, which the caller frees; NULL and the reason. */
EVP_PKEY *cert_request_key(
    const uint8_t *der, size_t n, uint8_t digest[DIGEST_SIZE], struct err *e);
/* A new key's PEM. */
int cert_key_pem(struct buf *pem, struct err *e);

#endif
