/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cert: private keys, requests and certificates: made, judged, installed. Together with tls the
 * only door to OpenSSL.
 *
 * Keys are EC P-256 and never leave the directory where they were made. A request is PKCS#10 in
 * DER (RFC 2986) with an empty subject: who it is for is not the requester's to say. Certificates
 * that are issued here are X.509 v3 (RFC 5280): random serial of 128 bits, notBefore five minutes
 * back, CA:FALSE, digitalSignature, clientAuth, a subjectAltName URI for each node. */
#ifndef ZW_CERT_H
#define ZW_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/digest.h"
#include "zw/err.h"
#include "zw/tls.h"

#define CERT_SERIAL 20 /* bytes of a serial number at most (RFC 5280 4.1.2.2) */

/* What is told of a certificate. */
struct cert_facts {
	uint8_t serial[CERT_SERIAL];
	size_t nserial;
	uint8_t key_digest[DIGEST_SIZE]; /* SHA-256 of the subjectPublicKeyInfo */
	int64_t not_before_ms;
	int64_t not_after_ms;
};

/* The serial as people write it: hexadecimal, two digits a byte, capitals, no colons. */
#define CERT_SERIAL_TEXT (2 * CERT_SERIAL + 1)
void cert_serial_text(char dst[CERT_SERIAL_TEXT], const uint8_t *serial, size_t n);
/* 0, or -1 and the reason; colons and either case are taken. */
int cert_serial_parse(uint8_t serial[CERT_SERIAL], size_t *n, const char *text, struct err *e)
    __attribute__((warn_unused_result));

/* Makes a private key in a new file of mode 0600, durable on return. It is an error if the file is
 * there. */
int cert_key_make(const char *path, struct err *e) __attribute__((warn_unused_result));
/* Appends a request signed by the key in this file. */
int cert_request(struct buf *der, const char *key_path, struct err *e)
    __attribute__((warn_unused_result));
/* Judges a request from outside: complete, signed by its own key, of a kind that is good enough
 * (EC P-256 or P-384, Ed25519, RSA of 2048 to 4096 bits). digest gets SHA-256 of its
 * subjectPublicKeyInfo. */
int cert_request_check(const uint8_t *der, size_t n, uint8_t digest[DIGEST_SIZE], struct err *e)
    __attribute__((warn_unused_result));

/* The issuing side: an authority's certificate and its key (0600, of each other). */
struct cert_authority;
int cert_authority_load(struct cert_authority **out, const char *cert, const char *key,
    struct err *e) __attribute__((warn_unused_result));
void cert_authority_free(struct cert_authority *a); /* wipes the key; NULL is fine */
/* Appends a certificate for the request's key that names these nodes and ends days from now, or
 * with the authority. The request is judged again. */
int cert_issue(struct buf *der, const struct cert_authority *a, const uint8_t *request, size_t n,
    const char *const *nodes, size_t nnodes, unsigned days, struct err *e)
    __attribute__((warn_unused_result));

/* "sha256:" and 64 hexadecimal digits: SHA-256 of an authority's certificate in DER, by which
 * enrolment knows it. Of the first certificate in a PEM file. */
#define CERT_HASH_TEXT 72
int cert_hash_of_file(char dst[CERT_HASH_TEXT], const char *path, struct err *e)
    __attribute__((warn_unused_result));
int cert_hash_parse(uint8_t digest[DIGEST_SIZE], const char *text, struct err *e)
    __attribute__((warn_unused_result));

/* Facts and names of a certificate in DER, which nobody verified. */
int cert_facts_of_der(struct cert_facts *f, const uint8_t *der, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* PEM of one certificate in DER, appended. */
int cert_pem(struct buf *pem, const uint8_t *der, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/* The first certificate of a PEM file in DER, appended. */
int cert_of_file(struct buf *der, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* The name that its first certificate has for a host: the first DNS name, else the first address;
 * "": none. */
int cert_host_of_file(char dst[256], const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* Where an agent's credentials lie: three paths, borrowed. A renewal makes key and certificate
 * anew beside the old: KEY.new is durable before it is asked for; CERT is replaced by rename(2);
 * then KEY.new becomes KEY. Killed in between, cert_pair_recover() finishes it. */
struct cert_pair {
	const char *ca;
	const char *cert;
	const char *key;
};

/* At start: if CERT is of KEY.new, finish the installation; a KEY.new of no use stays until the
 * next renewal. 0 also when there is nothing to do. */
int cert_pair_recover(const struct cert_pair *p, struct err *e) __attribute__((warn_unused_result));
/* Makes KEY.new (over an older one) and appends a request by it. */
int cert_pair_renew(const struct cert_pair *p, struct buf *request, struct err *e)
    __attribute__((warn_unused_result));
/* Installs a certificate that came for KEY.new: of that key, signed by the authority in CA (or by
 * `authority` when CA is to be written, at enrolment), naming exactly these nodes (NULL: any), not
 * ended. Nothing changes on an error. */
int cert_pair_install(const struct cert_pair *p, const uint8_t *leaf, size_t nleaf,
    const uint8_t *authority, size_t nauthority, const struct tls_identity *nodes, struct err *e)
    __attribute__((warn_unused_result));

#endif
