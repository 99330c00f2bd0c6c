/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_identity: who a certificate names and what is told of it: our own, the verified peer's, and
 * one that nobody verified. */
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "lib/tls_impl.h"
#include "zw/alloc.h"

/* Forget the names. */
void
tls_identity_clear(struct tls_identity *id)
{
	free(id->nodes);
	*id = (struct tls_identity){ 0 };
}

/* Add the node that a URI names; a URI of another kind names nobody and is left alone. */
static int
identity_add(struct tls_identity *id, const ASN1_IA5STRING *uri, struct err *e)
{
	const size_t prefix = sizeof TLS_NODE_URI - 1;
	const char *s = (const char *)ASN1_STRING_get0_data(uri);
	int len = ASN1_STRING_length(uri);
	char name[NAME_MAX_NODE + 1] = "";

	if (s == NULL || len < (int)prefix || memcmp(s, TLS_NODE_URI, prefix) != 0)
		return 0;
	size_t n = (size_t)len - prefix;
	if (n == 0 || n > NAME_MAX_NODE || memchr(s + prefix, '\0', n) != NULL)
		return err_set(e, "the certificate has a malformed name of a node");
	memcpy(name, s + prefix, n);
	if (!str_is_name(name, NAME_MAX_NODE))
		return err_set(e, "the certificate has a malformed name of a node");
	for (size_t i = 0; i < id->n; i++)
		if (strcmp(id->nodes[i], name) == 0)
			return 0;
	if (id->n == TLS_MAX_NODES)
		return err_set(e, "the certificate names more than %d nodes", TLS_MAX_NODES);
	id->nodes = xreallocarray(id->nodes, id->n + 1, sizeof *id->nodes);
	memcpy(id->nodes[id->n++], name, sizeof name);
	return 0;
}

/* The nodes in a certificate's subjectAltName. */
static int
identity_of(const X509 *x, struct tls_identity *id, struct err *e)
{
	int critical = 0;
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);
	int rc = 0;

	*id = (struct tls_identity){ 0 };
	if (names == NULL && critical != -1)
		rc = err_set(e, "the certificate's subjectAltName is malformed or there twice");
	for (int i = 0; rc == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		if (g->type == GEN_URI)
			rc = identity_add(id, g->d.uniformResourceIdentifier, e);
	}
	if (rc == 0 && id->n == 0)
		rc = err_set(e, "the certificate names no node (URI:%sNAME)", TLS_NODE_URI);
	if (rc == -1)
		tls_identity_clear(id);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return rc;
}

/* Who we are ourselves. */
int
tls_own_identity(const struct tls *t, struct tls_identity *id, struct err *e)
{
	return identity_of(SSL_CTX_get0_certificate(t->ctx), id, e);
}

/* When our own certificate ends. */
int64_t
tls_own_not_after_ms(const struct tls *t)
{
	return cert_time_ms(X509_get0_notAfter(SSL_CTX_get0_certificate(t->ctx)));
}

/* And what else is told of it. */
int
tls_own_facts(const struct tls *t, struct cert_facts *f, struct err *e)
{
	return cert_facts_of(SSL_CTX_get0_certificate(t->ctx), f, e);
}

/* The names in a certificate that nobody verified. */
int
tls_identity_of_der(const uint8_t *der, size_t n, struct tls_identity *id, struct err *e)
{
	X509 *x = cert_of_der(der, n, e);

	*id = (struct tls_identity){ 0 };
	int rc = x != NULL ? identity_of(x, id, e) : -1;
	X509_free(x);
	return rc;
}

/* The peer's certificate, if it is verified; NULL and the reason. The caller frees it. */
static X509 *
peer_certificate(struct bufferevent *bev, struct err *e)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	X509 *x = NULL;

	if (ssl == NULL || !SSL_is_init_finished(ssl) || SSL_get_verify_result(ssl) != X509_V_OK)
		err_set(e, "the peer is not verified");
	else if ((x = SSL_get1_peer_certificate(ssl)) == NULL)
		err_set(e, "the peer showed no certificate");
	return x;
}

/* Who the peer proved to be. */
int
tls_peer_identity(struct bufferevent *bev, struct tls_identity *id, struct err *e)
{
	X509 *x = peer_certificate(bev, e);

	*id = (struct tls_identity){ 0 };
	int rc = x != NULL ? identity_of(x, id, e) : -1;
	X509_free(x);
	return rc;
}

/* By which certificate. */
int
tls_peer_facts(struct bufferevent *bev, struct cert_facts *f, struct err *e)
{
	X509 *x = peer_certificate(bev, e);

	*f = (struct cert_facts){ 0 };
	int rc = x != NULL ? cert_facts_of(x, f, e) : -1;
	X509_free(x);
	return rc;
}
