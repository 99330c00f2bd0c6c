/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls: mutual TLS 1.3 and the identity that it proves; the door to OpenSSL.
 *
 * Both sides trust the site's own authority and nothing else. The chain is judged by OpenSSL; on
 * top of it the leaf must not be an authority itself (the trusted one would pass as anybody), and
 * must say in its extended key usage which side it is made for: OpenSSL lets a certificate without
 * that extension pass as both. There are no tickets and no early data: a session begins with a
 * whole handshake or not at all, so a certificate that is replaced is out of use at once. Why one
 * failed is told in tls_reason.c; who a certificate names is in tls_identity.c, how a node without
 * one comes to it in tls_enroll.c. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "lib/tls_impl.h"
#include "zw/alloc.h"

#define TLS_MAX_CHAIN 65536 /* bytes of the peer's chain; 256 node names are 25 KB */
#define TLS_MAX_DEPTH 4

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
	BIO *bio = cert_open(path, false, e);
	unsigned n = 0;
	X509 *x;
	int rc;

	if (bio == NULL)
		return -1;
	while ((rc = cert_next(bio, &x)) == 1) {
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
		    e, "%s: certificate %u cannot be used: %s", path, n + 1, cert_reason());
	return n > 0 ? 0 : err_set(e, "%s: no certificate of an authority in it", path);
}

/* Our own certificate, and any between it and the authority. */
int
tls_load_certificate(struct tls *t, const char *path, struct err *e)
{
	BIO *bio = cert_open(path, false, e);
	X509 *x = NULL;

	if (bio == NULL)
		return -1;
	bool ok = cert_next(bio, &x) == 1 && SSL_CTX_use_certificate(t->ctx, x) == 1;
	X509_free(x);
	while (ok) {
		int rc = cert_next(bio, &x);
		if (rc == 0)
			break;
		ok = rc == 1 && SSL_CTX_add1_chain_cert(t->ctx, x) == 1;
		X509_free(x);
	}
	BIO_free(bio);
	return ok ? 0 : err_set(e, "%s: no certificate that can be used: %s", path, cert_reason());
}

/* Our private key, which must be nobody else's to read and fit the certificate. */
int
tls_load_key(struct tls *t, const char *path, struct err *e)
{
	BIO *bio = cert_open(path, true, e);
	int rc = 0;

	if (bio == NULL)
		return -1;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, cert_no_password, NULL);
	if (key == NULL)
		rc = err_set(e, "%s: no private key without a password: %s", path, cert_reason());
	else if (SSL_CTX_use_PrivateKey(t->ctx, key) != 1 || SSL_CTX_check_private_key(t->ctx) != 1)
		rc = err_set(e, "%s: not the key of the certificate: %s", path, cert_reason());
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}

/* What OpenSSL does not insist on: the leaf is no authority, and is made for this side. */
int
tls_verify_leaf(int ok, X509_STORE_CTX *ctx)
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
int
tls_set_rules(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
				     SSL_OP_NO_RENEGOTIATION |
				     SSL_OP_IGNORE_UNEXPECTED_EOF); /* frames carry their length */
	/* Else one read goes on for as long as a peer sends key updates, and the loop waits. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_verify_leaf);
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
	if (t->ctx == NULL || tls_set_rules(t->ctx) == -1) {
		err_set(e, "OpenSSL: %s", cert_reason());
		goto fail;
	}
	SSL_CTX_set_app_data(t->ctx, t);
	if (server)
		tls_hear_strangers(t->ctx);
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

/* The files were replaced: what is open keeps the context that it was made from. */
int
tls_reload(struct tls *t, const char *ca, const char *cert, const char *key, struct err *e)
{
	struct tls *fresh;

	if (tls_new(&fresh, t->server, ca, cert, key, e) == -1)
		return -1;
	SSL_CTX *old = t->ctx;
	char *old_ca = t->ca;
	t->ctx = fresh->ctx;
	t->ca = fresh->ca;
	fresh->ctx = old;
	fresh->ca = old_ca;
	SSL_CTX_set_app_data(t->ctx, t);
	tls_free(fresh);
	return 0;
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

/* The bufferevent around a handshake; on failure the descriptor is closed. */
static struct bufferevent *
wrap(struct event_base *base, int fd, SSL *ssl, enum bufferevent_ssl_state state, struct err *e)
{
	struct bufferevent *bev = NULL;

	if (ssl != NULL)
		bev = bufferevent_openssl_socket_new(
		    base, fd, ssl, state, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL) {
		err_set(e, "TLS: %s", cert_reason());
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
