/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_reason: why a handshake failed, in words that lead to what can be mended: which name was
 * asked for and which ones the certificate has, whose signature is missing, what the other side
 * said of our certificate, or that there is no TLS at all. A part of tls.c's door to OpenSSL. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/tls_impl.h"
#include "zw/clock.h"

/* A name in a certificate, as text; "" for one that no server is called by. */
static void
name_text(const GENERAL_NAME *g, char *dst, size_t size)
{
	const ASN1_STRING *s = g->type == GEN_DNS     ? g->d.dNSName
			       : g->type == GEN_IPADD ? g->d.iPAddress
						      : NULL;
	int len = s != NULL ? ASN1_STRING_length(s) : 0;

	dst[0] = '\0';
	if (s != NULL && g->type == GEN_DNS && len > 0 && (size_t)len < size) {
		memcpy(dst, ASN1_STRING_get0_data(s), (size_t)len);
		dst[len] = '\0';
	} else if (s != NULL && g->type == GEN_IPADD && (len == 4 || len == 16)) {
		inet_ntop(
		    len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s), dst, (socklen_t)size);
	}
}

/* The names that a server with this certificate may be called by, as many as there is room for. */
void
tls_list_names(const X509 *x, char *dst, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	char text[128];
	size_t n = 0;

	dst[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name_text(sk_GENERAL_NAME_value(names, i), text, sizeof text);
		if (text[0] == '\0')
			continue;
		if (str_format(dst + n, size - n, "%s%s", n > 0 ? ", " : "", text) == -1) {
			dst[n] = '\0';
			break;
		}
		n += strlen(dst + n);
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}

/* Whether a certificate is good, but somebody else's. */
bool
tls_is_other_name(long verdict)
{
	return verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

/* Out of date: by our clock, which may be the one that is wrong. */
static void
say_dates(long verdict, const char *peer, struct err *e)
{
	char now[32] = "?";
	time_t t = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		strftime(now, sizeof now, "%Y-%m-%d %H:%M UTC", &tm);
	err_set(e, "the %s's certificate: %s, by this machine's clock (%s)", peer,
	    X509_verify_cert_error_string(verdict), now);
}

/* What is wrong with the other side's certificate, in words that lead to what can be mended. */
static void
say_verdict(SSL *ssl, long verdict, const char *peer, struct err *e)
{
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	switch (verdict) {
	case X509_V_ERR_INVALID_PURPOSE:
		err_set(e, "the %s's certificate is an authority's or not made for its side", peer);
		return;
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		if (t != NULL && t->pinned)
			err_set(e, "the %s is not one of the authority with this hash", peer);
		else
			err_set(e,
			    "the %s's certificate is not signed by the authority in tls.ca (%s)",
			    peer, t != NULL ? t->ca : "?");
		return;
	}
	if (verdict == X509_V_ERR_CERT_NOT_YET_VALID || verdict == X509_V_ERR_CERT_HAS_EXPIRED) {
		say_dates(verdict, peer, e);
		return;
	}
	if (!tls_is_other_name(verdict)) {
		err_set(
		    e, "the %s's certificate: %s", peer, X509_verify_cert_error_string(verdict));
		return;
	}
	char *ip = X509_VERIFY_PARAM_get1_ip_asc(param);
	const char *host = ip != NULL ? ip : X509_VERIFY_PARAM_get0_host(param, 0);
	const char *names = t != NULL ? t->names : "";
	err_set(e, "the %s's certificate is not for %s but for %s", peer, host ? host : "it",
	    names[0] != '\0' ? names : "no host at all");
	OPENSSL_free(ip);
}

/* What OpenSSL says is wrong: what the other side sent, or said of us. */
static void
say_reason(unsigned long code, bool server, const char *peer, struct err *e)
{
	const char *reason = ERR_reason_error_string(code);

	switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_WRONG_VERSION_NUMBER:
		err_set(e, "%s",
		    server ? "it speaks no TLS" : "it speaks no TLS; is this the agents' port?");
		return;
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_UNSUPPORTED_PROTOCOL:
		err_set(e, "the %s speaks no TLS 1.3", peer);
		return;
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		err_set(e, "the %s takes in nobody without a certificate now", peer);
		return;
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
		err_set(e, "the %s does not know our certificate's authority", peer);
		return;
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
		err_set(e, "the %s says that our certificate is out of date (or its clock wrong)",
		    peer);
		return;
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
		err_set(e, "the %s says that our certificate is not made for our side", peer);
		return;
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
		err_set(e, "the %s does not take our certificate; its log says why", peer);
		return;
	}
	err_set(e, "TLS: %s", reason != NULL ? reason : "unknown reason");
}

/* The other side's last word, if a write met the reset before we read it: in TLS 1.3 a client may
 * have sent before it hears that its certificate is refused. */
static unsigned long
last_word(SSL *ssl)
{
	char byte;

	if (ssl == NULL || !SSL_is_init_finished(ssl))
		return 0;
	ERR_clear_error();
	return SSL_read(ssl, &byte, 1) <= 0 ? ERR_get_error() : 0;
}

/* What went wrong, the peer's certificate first: it is what people can mend. */
void
tls_reason(struct bufferevent *bev, struct err *e)
{
	int saved = errno; /* libevent puts the socket's error here for the callback */
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	bool server = ssl != NULL && SSL_is_server(ssl);
	const char *peer = server ? "agent" : "collector";
	long verdict = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long first = 0;

	for (unsigned long code; (code = bufferevent_get_openssl_error(bev)) != 0;)
		if (first == 0)
			first = code;
	if (first == 0 && verdict == X509_V_OK)
		first = last_word(ssl);
	if (verdict != X509_V_OK)
		say_verdict(ssl, verdict, peer, e);
	else if (first != 0 && ERR_GET_LIB(first) != ERR_LIB_SYS)
		say_reason(first, server, peer, e);
	else
		err_set(e, "%s", saved ? strerror(saved) : "connection lost");
	ERR_clear_error();
}
