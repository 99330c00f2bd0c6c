/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The TLS of the page: browsers have no certificate, and some that a control room still runs speak
 * TLS 1.2 (RFC 8446 is of 2018). Sessions are resumed by tickets, of which the key lives as long as
 * the process: a browser opens several connections for one page. */
#include "lib/tls_impl.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "zw/alloc.h"

/* Of TLS 1.2 those with forward secrecy and authenticated encryption (RFC 9325, 4.2). */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

/* The only protocol behind it, for clients that ask (RFC 7301). */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
    unsigned inlen, void *arg)
{
	static const unsigned char http[] = "\x08http/1.1";
	unsigned char *found;
	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&found, outlen, http, sizeof http - 1, in, inlen) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

/* The rules. */
static int
set_rules(SSL_CTX *ctx)
{
	static const unsigned char id[] = "zonewatch-page";

	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
				     SSL_OP_IGNORE_UNEXPECTED_EOF); /* HTTP says its lengths */
	/* Else one read goes on for as long as a peer sends key updates, and the loop waits. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(ctx, 2);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
		       SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 &&
		       SSL_CTX_set_session_id_context(ctx, id, sizeof id - 1) == 1 &&
		       SSL_CTX_set_max_early_data(ctx, 0) == 1
		   ? 0
		   : -1;
}

int
tls_page_new(struct tls **out, const char *cert, const char *key, struct err *e)
{
	struct tls *t = xcalloc(1, sizeof *t);

	*out = NULL;
	t->server = true;
	ERR_clear_error();
	t->ctx = SSL_CTX_new(TLS_server_method());
	if (t->ctx == NULL || set_rules(t->ctx) == -1) {
		err_set(e, "OpenSSL: cannot make a context");
		ERR_clear_error();
		goto fail;
	}
	if (tls_load_certificate(t, cert, e) == -1 || tls_load_key(t, key, e) == -1)
		goto fail;
	*out = t;
	return 0;
fail:
	tls_free(t);
	return -1;
}

/* What is open keeps the context that it was made from. */
int
tls_page_reload(struct tls *t, const char *cert, const char *key, struct err *e)
{
	struct tls *fresh;

	if (tls_page_new(&fresh, cert, key, e) == -1)
		return -1;
	SSL_CTX *old = t->ctx;
	t->ctx = fresh->ctx;
	fresh->ctx = old;
	tls_free(fresh);
	return 0;
}

struct bufferevent *
tls_page_accept(const struct tls *t, struct event_base *base)
{
	SSL *ssl;

	ERR_clear_error();
	ssl = SSL_new(t->ctx);
	if (ssl == NULL)
		return NULL;
	/* No deferred callbacks: one that waits at the program's end keeps its connection. */
	struct bufferevent *bev = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	ERR_clear_error();
	return bev;
}
