/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The issuing side: a certificate (RFC 5280) for a request's key. Everything in it but the key is
 * said here; of the request nothing else is looked at. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define SERIAL_BYTES 16
#define BACKDATED_S 300 /* a node's clock may be behind ours */
#define MAX_LEAF 60000	/* bytes: it must fit a frame, and a handshake */
#define DAY_S 86400

struct cert_authority {
	X509 *cert;
	EVP_PKEY *key;
};

/* The authority's certificate and key. */
int
cert_authority_load(struct cert_authority **out, const char *cert, const char *key, struct err *e)
{
	struct cert_authority *a = xcalloc(1, sizeof *a);
	int rc = -1;

	*out = NULL;
	ERR_clear_error();
	a->cert = cert_load(cert, e);
	a->key = a->cert != NULL ? cert_load_key(key, e) : NULL;
	if (a->key == NULL)
		;
	else if (X509_check_ca(a->cert) != 1)
		err_set(e, "%s: its first certificate is no authority's", cert);
	else if (X509_check_private_key(a->cert, a->key) != 1)
		err_set(e, "%s: not the key of the certificate in %s", key, cert);
	else
		rc = 0;
	ERR_clear_error();
	if (rc == -1)
		cert_authority_free(a);
	else
		*out = a;
	return rc;
}

/* OpenSSL wipes what it frees of a key. */
void
cert_authority_free(struct cert_authority *a)
{
	if (a == NULL)
		return;
	EVP_PKEY_free(a->key);
	X509_free(a->cert);
	free(a);
}

/* A random serial number. */
static bool
set_serial(X509 *x)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *n = NULL;
	bool ok = RAND_bytes(bytes, sizeof bytes) == 1 &&
		  (n = BN_bin2bn(bytes, sizeof bytes, NULL)) != NULL &&
		  BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

	BN_free(n);
	return ok;
}

/* From five minutes ago until so many days from now, or until the authority ends. */
static int
set_dates(X509 *x, const struct cert_authority *a, unsigned days, struct err *e)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	int64_t end_ms = ((int64_t)now + (int64_t)days * DAY_S) * 1000;
	int64_t last_ms = cert_time_ms(X509_get0_notAfter(a->cert));

	if (last_ms <= (int64_t)now * 1000)
		return err_set(e, "the authority's certificate has ended; it can sign nothing");
	if (ASN1_TIME_set(X509_getm_notBefore(x), now - BACKDATED_S) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(x),
		(time_t)((end_ms < last_ms ? end_ms : last_ms) / 1000)) == NULL)
		return err_set(e, "cannot write the dates: %s", cert_reason());
	return 0;
}

/* An extension by OpenSSL's words for it. */
static bool
add_words(X509 *x, X509V3_CTX *ctx, int nid, const char *words)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, words);
	bool ok = ext != NULL && X509_add_ext(x, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return ok;
}

/* One more name of a node. */
static bool
add_name(GENERAL_NAMES *names, const char *node)
{
	char uri[sizeof TLS_NODE_URI + NAME_MAX_NODE];
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	bool ok = g != NULL && s != NULL &&
		  str_format(uri, sizeof uri, TLS_NODE_URI "%s", node) == 0 &&
		  ASN1_STRING_set(s, uri, -1) == 1;

	if (ok) {
		GENERAL_NAME_set0_value(g, GEN_URI, s);
		s = NULL;
		ok = sk_GENERAL_NAME_push(names, g) > 0;
		g = ok ? NULL : g;
	}
	ASN1_IA5STRING_free(s);
	GENERAL_NAME_free(g);
	return ok;
}

/* Who it is for. */
static bool
add_names(X509 *x, const char *const *nodes, size_t n)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	bool ok = names != NULL;

	for (size_t i = 0; ok && i < n; i++)
		ok = add_name(names, nodes[i]);
	ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1;
	GENERAL_NAMES_free(names);
	return ok;
}

/* All but the signature. */
static int
fill(X509 *x, const struct cert_authority *a, EVP_PKEY *key, const char *const *nodes, size_t n,
    unsigned days, struct err *e)
{
	X509V3_CTX ctx;
	X509_NAME *subject = X509_get_subject_name(x);

	X509V3_set_ctx(&ctx, a->cert, x, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	if (set_dates(x, a, days, e) == -1)
		return -1;
	/* The subject is for people; who it is for are the names. */
	if (X509_set_version(x, X509_VERSION_3) != 1 || !set_serial(x) ||
	    X509_set_issuer_name(x, X509_get_subject_name(a->cert)) != 1 ||
	    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
		(const unsigned char *)nodes[0], -1, -1, 0) != 1 ||
	    X509_set_pubkey(x, key) != 1 ||
	    !add_words(x, &ctx, NID_basic_constraints, "critical,CA:FALSE") ||
	    !add_words(x, &ctx, NID_key_usage, "critical,digitalSignature") ||
	    !add_words(x, &ctx, NID_ext_key_usage, "clientAuth") ||
	    !add_words(x, &ctx, NID_subject_key_identifier, "hash") ||
	    !add_words(x, &ctx, NID_authority_key_identifier, "keyid") || !add_names(x, nodes, n))
		return err_set(e, "cannot make a certificate: %s", cert_reason());
	return 0;
}

/* Sign it and write it out. */
static int
sign(struct buf *der, const struct cert_authority *a, X509 *x, struct err *e)
{
	bool edwards = EVP_PKEY_is_a(a->key, "ED25519") || EVP_PKEY_is_a(a->key, "ED448");
	unsigned char *out = NULL;
	int n = X509_sign(x, a->key, edwards ? NULL : EVP_sha256()) > 0 ? i2d_X509(x, &out) : 0;
	int rc = -1;

	if (n <= 0)
		err_set(e, "cannot sign a certificate: %s", cert_reason());
	else if (n > MAX_LEAF)
		err_set(e,
		    "it names too many nodes: the certificate would have %d bytes, and %d "
		    "is the most",
		    n, MAX_LEAF);
	else
		rc = 0;
	if (rc == 0)
		buf_put(der, out, (size_t)n);
	OPENSSL_free(out);
	return rc;
}

/* Appends a certificate for the request's key. */
int
cert_issue(struct buf *der, const struct cert_authority *a, const uint8_t *request, size_t n,
    const char *const *nodes, size_t nnodes, unsigned days, struct err *e)
{
	uint8_t digest[DIGEST_SIZE];
	EVP_PKEY *key;
	X509 *x = NULL;
	int rc = -1;

	if (nnodes == 0 || nnodes > TLS_MAX_NODES)
		return err_set(
		    e, "a certificate names 1 to %d nodes, not %zu", TLS_MAX_NODES, nnodes);
	for (size_t i = 0; i < nnodes; i++)
		if (!str_is_name(nodes[i], NAME_MAX_NODE))
			return err_set(e, "\"%.80s\" is no name of a node", nodes[i]);
	key = cert_request_key(request, n, digest, e);
	if (key == NULL)
		return -1;
	x = X509_new();
	if (x == NULL)
		err_set(e, "cannot make a certificate: %s", cert_reason());
	else if (fill(x, a, key, nodes, nnodes, days, e) == 0)
		rc = sign(der, a, x, e);
	X509_free(x);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return rc;
}
