/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_enroll: how a node that has no certificate yet comes to one. It says by ALPN (RFC 7301) that
 * this is what it wants; then, and only while the server is told to let that be, the server asks
 * for no certificate in this one handshake and shows its authority's own with its chain. The client
 * knows the digest of that, and trusts what it finds with this digest and nothing else: whoever
 * stands in between has another one. */
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "lib/tls_impl.h"
#include "zw/alloc.h"

/* As ALPN writes it: each name behind its length. */
static const unsigned char protocol[] = "\x12" TLS_ALPN_ENROLL;
_Static_assert(sizeof TLS_ALPN_ENROLL - 1 == 0x12, "the length in front of it");

/* Show the authorities that we trust, for the client to find its own among them. */
static bool
show_authorities(SSL *ssl)
{
	STACK_OF(X509) *all =
	    X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
	bool ok = all != NULL;

	for (int i = 0; ok && i < sk_X509_num(all); i++)
		ok = SSL_add1_chain_cert(ssl, sk_X509_value(all, i)) == 1;
	sk_X509_pop_free(all, X509_free);
	return ok;
}

/* A client offers protocols: one that wants to enrol is asked for no certificate. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
    unsigned inlen, void *arg)
{
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	unsigned char *found;

	(void)arg;
	if (t == NULL || !t->enrolling ||
	    SSL_select_next_proto(&found, outlen, protocol, sizeof protocol - 1, in, inlen) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	if (!show_authorities(ssl))
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

/* Each hello begins with the rule: a second one (RFC 8446 4.1.4) may not offer what the first
 * did. */
static int
begin_hello(SSL *ssl, int *alert, void *arg)
{
	(void)alert, (void)arg;
	SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_verify_leaf);
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* A server's context is to hear who wants to enrol. */
void
tls_hear_strangers(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, begin_hello, NULL);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
}

/* Whether they are let in. */
void
tls_server_enrolling(struct tls *t, bool on)
{
	t->enrolling = on;
}

/* Whether this connection is one of enrolment. */
bool
tls_is_enrolling(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	const unsigned char *chosen = NULL;
	unsigned n = 0;

	if (ssl == NULL || !SSL_is_init_finished(ssl))
		return false;
	SSL_get0_alpn_selected(ssl, &chosen, &n);
	return n == sizeof TLS_ALPN_ENROLL - 1 && memcmp(chosen, TLS_ALPN_ENROLL, n) == 0;
}

/* The certificate with the digest that we know, among those that the peer showed. */
static X509 *
find_pinned(STACK_OF(X509) * shown, const uint8_t pin[DIGEST_SIZE])
{
	uint8_t digest[DIGEST_SIZE];

	for (int i = 0; i < sk_X509_num(shown); i++) {
		unsigned char *der = NULL;
		int n = i2d_X509(sk_X509_value(shown, i), &der);
		if (n > 0)
			digest_make(der, (size_t)n, digest);
		OPENSSL_free(der);
		if (n > 0 && digest_equal(digest, pin))
			return sk_X509_value(shown, i);
	}
	return NULL;
}

/* Judge the server by the one authority that we know; the rest is judged as always. */
static int
verify_pinned(X509_STORE_CTX *ctx, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	STACK_OF(X509) *roots = sk_X509_new_null();
	X509 *root = t != NULL ? find_pinned(X509_STORE_CTX_get0_untrusted(ctx), t->pin) : NULL;
	int ok = 0;

	(void)arg;
	if (roots == NULL || root == NULL || sk_X509_push(roots, root) <= 0) {
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_UNTRUSTED);
	} else {
		X509_STORE_CTX_set0_trusted_stack(ctx, roots);
		ok = X509_verify_cert(ctx) == 1;
		/* It is not ours to keep. */
		X509_STORE_CTX_set0_trusted_stack(ctx, NULL);
	}
	sk_X509_free(roots);
	return ok;
}

/* A client's context that knows an authority by its digest. */
int
tls_enroll_new(struct tls **out, const uint8_t ca_digest[DIGEST_SIZE], struct err *e)
{
	struct tls *t = xcalloc(1, sizeof *t);

	*out = NULL;
	t->pinned = true;
	memcpy(t->pin, ca_digest, DIGEST_SIZE);
	ERR_clear_error();
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (t->ctx == NULL || tls_set_rules(t->ctx) == -1 ||
	    SSL_CTX_set_alpn_protos(t->ctx, protocol, sizeof protocol - 1) != 0) {
		err_set(e, "OpenSSL: %s", cert_reason());
		tls_free(t);
		return -1;
	}
	SSL_CTX_set_app_data(t->ctx, t);
	SSL_CTX_set_cert_verify_callback(t->ctx, verify_pinned, NULL);
	*out = t;
	return 0;
}
