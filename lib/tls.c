/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls: mutual TLS 1.3 and the identity that it proves; the door to OpenSSL.
 *
 * Both sides trust the site's own authority and nothing else. The chain is judged by OpenSSL; on
 * top of it the leaf must not be an authority itself (the trusted one would pass as anybody), and
 * must say in its extended key usage which side it is made for: OpenSSL lets a certificate without
 * that extension pass as both. There are no tickets and no early data: a session begins with a
 * whole handshake or not at all, so a certificate that is replaced is out of use at once. Why one
 * failed is told in tls_reason.c. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/tls_impl.h"
#include "zw/alloc.h"

#define TLS_MAX_PEM (1024 * 1024) /* bytes of a PEM file */
#define TLS_MAX_CHAIN 65536	  /* bytes of the peer's chain; 256 node names are 25 KB */
#define TLS_MAX_DEPTH 4

/* The reason of OpenSSL's oldest error, and an empty queue. */
static const char *
openssl_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return reason ? reason : "unknown reason";
}

/* A PEM file, open, so that its mode is judged on what is read and OpenSSL opens nothing. */
static BIO *
pem_open(const char *path, bool secret, struct err *e)
{
	struct stat st;
	BIO *bio = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_size > TLS_MAX_PEM) {
		err_set(e, "%s: no regular file of at most %d bytes", path, TLS_MAX_PEM);
	} else if (secret && (st.st_mode & 077)) {
		err_set(e, "%s: mode %04o lets others read it; chmod 600 it", path,
		    (unsigned)st.st_mode & 07777);
	} else {
		bio = BIO_new_fd(fd, BIO_CLOSE);
		if (bio == NULL)
			err_set(e, "%s: %s", path, openssl_reason());
	}
	if (bio == NULL && fd != -1)
		close(fd);
	return bio;
}

/* A daemon asks nobody for a password. */
static int
no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return -1;
}

/* The next certificate of a file: 1 and *x, 0 when there are no more, -1 when one is damaged. */
static int
next_certificate(BIO *bio, X509 **x)
{
	*x = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	if (*x != NULL)
		return 1;
	unsigned long code = ERR_peek_last_error();
	bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
	if (end)
		ERR_clear_error();
	return end ? 0 : -1;
}

/* Trust a certificate, and name it to agents as what is accepted. */
static bool
trust(struct tls *t, X509 *x)
{
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(t->ctx), x) == 1 &&
	       (!t->server || SSL_CTX_add_client_CA(t->ctx, x) == 1);
}

/* Every certificate of a file is an authority's that we trust. */
static int
load_authority(struct tls *t, const char *path, struct err *e)
{
	BIO *bio = pem_open(path, false, e);
	unsigned n = 0;
	X509 *x;
	int rc;

	if (bio == NULL)
		return -1;
	while ((rc = next_certificate(bio, &x)) == 1) {
		bool ok = trust(t, x);
		X509_free(x);
		if (!ok) {
			rc = -1;
			break;
		}
		n++;
	}
	BIO_free(bio);
	if (rc == -1)
		return err_set(
		    e, "%s: certificate %u cannot be used: %s", path, n + 1, openssl_reason());
	return n > 0 ? 0 : err_set(e, "%s: no certificate of an authority in it", path);
}

/* Our own certificate, and any between it and the authority. */
int
tls_load_certificate(struct tls *t, const char *path, struct err *e)
{
	BIO *bio = pem_open(path, false, e);
	X509 *x = NULL;

	if (bio == NULL)
		return -1;
	bool ok = next_certificate(bio, &x) == 1 && SSL_CTX_use_certificate(t->ctx, x) == 1;
	X509_free(x);
	while (ok) {
		int rc = next_certificate(bio, &x);
		if (rc == 0)
			break;
		ok = rc == 1 && SSL_CTX_add1_chain_cert(t->ctx, x) == 1;
		X509_free(x);
	}
	BIO_free(bio);
	return ok ? 0
		  : err_set(e, "%s: no certificate that can be used: %s", path, openssl_reason());
}

/* Our private key, which must be nobody else's to read and fit the certificate. */
int
tls_load_key(struct tls *t, const char *path, struct err *e)
{
	BIO *bio = pem_open(path, true, e);
	int rc = 0;

	if (bio == NULL)
		return -1;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (key == NULL)
		rc =
		    err_set(e, "%s: no private key without a password: %s", path, openssl_reason());
	else if (SSL_CTX_use_PrivateKey(t->ctx, key) != 1 || SSL_CTX_check_private_key(t->ctx) != 1)
		rc = err_set(e, "%s: not the key of the certificate: %s", path, openssl_reason());
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}

/* What OpenSSL does not insist on: the leaf is no authority, and is made for this side. */
static int
verify_leaf(int ok, X509_STORE_CTX *ctx)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 *leaf = X509_STORE_CTX_get_current_cert(ctx);
	struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	/* OpenSSL keeps no certificate that it refuses. */
	if (!ok && t != NULL && leaf != NULL && tls_is_other_name(X509_STORE_CTX_get_error(ctx)))
		tls_list_names(leaf, t->names, sizeof t->names);
	if (!ok || X509_STORE_CTX_get_error_depth(ctx) != 0)
		return ok;
	uint32_t flags = leaf ? X509_get_extension_flags(leaf) : EXFLAG_INVALID;
	uint32_t need = SSL_is_server(ssl) ? XKU_SSL_CLIENT : XKU_SSL_SERVER;

	if ((flags & (EXFLAG_CA | EXFLAG_SS | EXFLAG_INVALID)) || !(flags & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(leaf) & need)) {
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_INVALID_PURPOSE);
		return 0;
	}
	return 1;
}

/* The rules that hold for both sides. */
static int
set_rules(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
				     SSL_OP_NO_RENEGOTIATION |
				     SSL_OP_IGNORE_UNEXPECTED_EOF); /* frames carry their length */
	/* Else one read goes on for as long as a peer sends key updates, and the loop waits. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_leaf);
	SSL_CTX_set_verify_depth(ctx, TLS_MAX_DEPTH);
	SSL_CTX_set_max_cert_list(ctx, TLS_MAX_CHAIN);
	SSL_CTX_set_security_level(ctx, 2);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		       SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		       SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
		       SSL_CTX_set_max_early_data(ctx, 0) == 1
		   ? 0
		   : -1;
}

/* Both kinds of context: the rules, whom we trust, who we are. */
static int
tls_new(
    struct tls **out, bool server, const char *ca, const char *cert, const char *key, struct err *e)
{
	struct tls *t = xcalloc(1, sizeof *t);

	*out = NULL;
	t->server = server;
	t->ca = xstrdup(ca);
	ERR_clear_error();
	t->ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (t->ctx == NULL || set_rules(t->ctx) == -1) {
		err_set(e, "OpenSSL: %s", openssl_reason());
		goto fail;
	}
	SSL_CTX_set_app_data(t->ctx, t);
	if (load_authority(t, ca, e) == -1 || tls_load_certificate(t, cert, e) == -1 ||
	    tls_load_key(t, key, e) == -1)
		goto fail;
	*out = t;
	return 0;
fail:
	tls_free(t);
	return -1;
}

/* A context for accepting. */
int
tls_server_new(struct tls **out, const char *ca, const char *cert, const char *key, struct err *e)
{
	return tls_new(out, true, ca, cert, key, e);
}

/* A context for connecting. */
int
tls_client_new(struct tls **out, const char *ca, const char *cert, const char *key, struct err *e)
{
	return tls_new(out, false, ca, cert, key, e);
}

/* What was made from it keeps what it needs. */
void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->ctx != NULL)
		SSL_CTX_set_app_data(t->ctx, NULL); /* connections may have it still */
	SSL_CTX_free(t->ctx);
	free(t->ca);
	free(t);
}

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
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(t->ctx)), &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

/* The names in a certificate that nobody verified. */
int
tls_identity_of_der(const uint8_t *der, size_t n, struct tls_identity *id, struct err *e)
{
	const unsigned char *p = der;
	X509 *x = n <= TLS_MAX_CHAIN ? d2i_X509(NULL, &p, (long)n) : NULL;
	int rc;

	*id = (struct tls_identity){ 0 };
	if (x == NULL || p != der + n)
		rc = err_set(e, "no certificate");
	else
		rc = identity_of(x, id, e);
	X509_free(x);
	ERR_clear_error();
	return rc;
}

/* The bufferevent around a handshake; on failure the descriptor is closed. */
static struct bufferevent *
wrap(struct event_base *base, int fd, SSL *ssl, enum bufferevent_ssl_state state, struct err *e)
{
	struct bufferevent *bev = NULL;

	if (ssl != NULL)
		bev = bufferevent_openssl_socket_new(
		    base, fd, ssl, state, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL) {
		err_set(e, "TLS: %s", openssl_reason());
		close(fd);
	}
	return bev;
}

/* The server's side of a handshake. */
struct bufferevent *
tls_accept(struct tls *t, struct event_base *base, int fd, struct err *e)
{
	ERR_clear_error();
	return wrap(base, fd, SSL_new(t->ctx), BUFFEREVENT_SSL_ACCEPTING, e);
}

/* The server must carry exactly this name: an address as an IP name, else a DNS name. */
static int
expect_server(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	struct in6_addr addr;
	char host[256]; /* OpenSSL's macro for SNI wants it writable */

	if (str_copy(host, sizeof host, name) == -1)
		return -1;
	if (inet_pton(AF_INET, name, &addr) == 1 || inet_pton(AF_INET6, name, &addr) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1 ? 0 : -1;
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
		       SSL_set_tlsext_host_name(ssl, host) == 1
		   ? 0
		   : -1;
}

/* The client's side: it insists on the server's name. */
struct bufferevent *
tls_connect(struct tls *t, struct event_base *base, int fd, const char *server_name, struct err *e)
{
	SSL *ssl;

	ERR_clear_error();
	ssl = SSL_new(t->ctx);
	/* An empty name would switch the check off. */
	if (ssl != NULL && (server_name[0] == '\0' || expect_server(ssl, server_name) == -1)) {
		SSL_free(ssl);
		close(fd);
		err_set(e, "\"%s\" is no name that a certificate can carry", server_name);
		ERR_clear_error();
		return NULL;
	}
	return wrap(base, fd, ssl, BUFFEREVENT_SSL_CONNECTING, e);
}

/* Who the peer proved to be. */
int
tls_peer_identity(struct bufferevent *bev, struct tls_identity *id, struct err *e)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	int rc;

	*id = (struct tls_identity){ 0 };
	if (ssl == NULL || !SSL_is_init_finished(ssl) || SSL_get_verify_result(ssl) != X509_V_OK)
		return err_set(e, "the peer is not verified");
	X509 *x = SSL_get1_peer_certificate(ssl);
	if (x == NULL)
		return err_set(e, "the peer showed no certificate");
	rc = identity_of(x, id, e);
	X509_free(x);
	return rc;
}

/* Write without waiting for the loop; what the socket does not take is lost. */
void
tls_flush(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	struct evbuffer *out = bufferevent_get_output(bev);
	struct evbuffer_iovec v;

	if (ssl == NULL || !SSL_is_init_finished(ssl))
		return;
	ERR_clear_error();
	while (evbuffer_peek(out, -1, NULL, &v, 1) >= 1 && v.iov_len > 0) {
		int n = SSL_write(ssl, v.iov_base, (int)v.iov_len);
		if (n <= 0 || evbuffer_unfreeze(out, 1) == -1 ||
		    evbuffer_drain(out, (size_t)n) == -1)
			break;
	}
	ERR_clear_error();
}

/* Our last word. */
void
tls_goodbye(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (ssl == NULL || !SSL_is_init_finished(ssl))
		return;
	ERR_clear_error();
	SSL_shutdown(ssl);
	ERR_clear_error();
	shutdown(bufferevent_getfd(bev), SHUT_WR);
}
