/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an agent's credentials lie, and how the next ones take their place. Each step is one
 * rename(2) of what is durable, in this order: KEY.new, [CA], CERT, KEY. Between any two of them
 * what is there can be used, or is finished by cert_pair_recover(): only a CERT without its KEY
 * cannot, and then KEY.new is its key. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/str.h"

/* The key that is not yet in use. */
static int
new_key_path(char dst[PATH_MAX], const struct cert_pair *p, struct err *e)
{
	if (str_format(dst, PATH_MAX, "%s.new", p->key) == -1)
		return err_set(e, "%.64s...: the path is too long", p->key);
	return 0;
}

/* KEY.new becomes KEY. */
static int
finish(const struct cert_pair *p, const char *new_key, struct err *e)
{
	if (rename(new_key, p->key) == -1)
		return err_set(e, "cannot rename %s to %s: %s", new_key, p->key, strerror(errno));
	return fs_sync_parent(p->key, e);
}

/* Whether a certificate is of the key in this file; false also when it cannot be read. */
static bool
is_of_key(const X509 *x, const char *key_path)
{
	EVP_PKEY *key = cert_load_key(key_path, NULL);
	bool same = key != NULL && X509_check_private_key(x, key) == 1;

	EVP_PKEY_free(key);
	ERR_clear_error();
	return same;
}

/* Finish what a kill left half done. */
int
cert_pair_recover(const struct cert_pair *p, struct err *e)
{
	char new_key[PATH_MAX];

	if (new_key_path(new_key, p, e) == -1)
		return -1;
	if (access(new_key, F_OK) == -1)
		return 0;
	X509 *x = cert_load(p->cert, NULL);
	ERR_clear_error();
	int rc = 0;
	if (x != NULL && !is_of_key(x, p->key) && is_of_key(x, new_key))
		rc = finish(p, new_key, e);
	X509_free(x);
	return rc;
}

/* Makes KEY.new and a request by it. */
int
cert_pair_renew(const struct cert_pair *p, struct buf *request, struct err *e)
{
	char new_key[PATH_MAX];
	struct buf pem = { 0 };

	/* What a kill left may be the only key of the certificate that is there. */
	if (new_key_path(new_key, p, e) == -1 || cert_pair_recover(p, e) == -1 ||
	    cert_key_pem(&pem, e) == -1)
		return -1;
	int rc = fs_replace(new_key, pem.data, pem.len, e);
	OPENSSL_cleanse(pem.data, pem.len);
	buf_free(&pem);
	return rc == 0 ? cert_request(request, new_key, e) : -1;
}

/* Trust what is to judge the certificate: this authority, or those of a file. */
static int
trust(X509_STORE *store, const char *path, const X509 *authority, struct err *e)
{
	if (authority != NULL) {
		X509 *x = X509_dup(authority);
		int ok = x != NULL && X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
		return ok ? 0 : err_set(e, "the authority cannot be used: %s", cert_reason());
	}
	BIO *bio = cert_open(path, false, e);
	X509 *x = NULL;
	int rc;
	if (bio == NULL)
		return -1;
	while ((rc = cert_next(bio, &x)) == 1) {
		int ok = X509_STORE_add_cert(store, x);
		X509_free(x);
		if (ok != 1)
			rc = -1;
		if (rc == -1)
			break;
	}
	BIO_free(bio);
	return rc == 0 ? 0 : err_set(e, "%s: cannot be used: %s", path, cert_reason());
}

/* Whether it is signed by whom it must be, as a client's. Its dates are not OpenSSL's to judge: it
 * begins by the collector's clock, and ours may be behind. */
static int
judge_chain(X509 *leaf, const char *ca, const X509 *authority, struct err *e)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc = -1;

	if (store == NULL || ctx == NULL || X509_STORE_CTX_init(ctx, store, leaf, NULL) != 1) {
		err_set(e, "OpenSSL: %s", cert_reason());
	} else if (trust(store, ca, authority, e) == 0) {
		X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
		rc = X509_verify_cert(ctx) == 1 ? 0 : -1;
		if (rc == -1)
			err_set(e, "the certificate that came: %s",
			    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return rc;
}

/* Whether one of the names is this. */
static bool
has_name(const struct tls_identity *id, const char *name)
{
	for (size_t i = 0; i < id->n; i++)
		if (strcmp(id->nodes[i], name) == 0)
			return true;
	return false;
}

/* Whether it names exactly these nodes; any, if nobody says which. */
static int
judge_names(const uint8_t *der, size_t n, const struct tls_identity *nodes, struct err *e)
{
	struct tls_identity id;
	int rc = 0;

	if (tls_identity_of_der(der, n, &id, e) == -1)
		return -1;
	for (size_t i = 0; rc == 0 && nodes != NULL && i < id.n; i++)
		if (!has_name(nodes, id.nodes[i]))
			rc = err_set(e, "the certificate that came names %s, too", id.nodes[i]);
	for (size_t i = 0; rc == 0 && nodes != NULL && i < nodes->n; i++)
		if (!has_name(&id, nodes->nodes[i]))
			rc = err_set(
			    e, "the certificate that came does not name %s", nodes->nodes[i]);
	tls_identity_clear(&id);
	return rc;
}

/* Everything that must be true of a certificate before it takes the place of another. */
static int
judge(X509 *leaf, const struct cert_pair *p, const char *new_key, const X509 *authority,
    struct err *e)
{
	uint32_t flags = X509_get_extension_flags(leaf);
	EVP_PKEY *key = cert_load_key(new_key, e);
	bool fits = key != NULL && X509_check_private_key(leaf, key) == 1;

	ERR_clear_error();
	if (key == NULL)
		return -1;
	EVP_PKEY_free(key);
	if (!fits)
		return err_set(e, "the certificate that came is not of the key in %s", new_key);
	if (flags & (EXFLAG_CA | EXFLAG_SS | EXFLAG_INVALID) || !(flags & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT))
		return err_set(e, "the certificate that came is not made for an agent");
	if (cert_time_ms(X509_get0_notAfter(leaf)) <= clock_wall_ms())
		return err_set(e, "the certificate that came has ended already, by this "
				  "machine's clock");
	return judge_chain(leaf, p->ca, authority, e);
}

/* Replace a file by a certificate, for all to read. */
static int
put(const char *path, const uint8_t *der, size_t n, struct err *e)
{
	struct buf pem = { 0 };
	int rc = cert_pem(&pem, der, n, e);

	if (rc == 0)
		rc = fs_replace(path, pem.data, pem.len, e);
	/* Not so is no harm: whoever uses it owns it. */
	if (rc == 0)
		(void)!chmod(path, 0644);
	buf_free(&pem);
	return rc;
}

/* Installs a certificate that came for KEY.new. */
int
cert_pair_install(const struct cert_pair *p, const uint8_t *leaf, size_t nleaf,
    const uint8_t *authority, size_t nauthority, const struct tls_identity *nodes, struct err *e)
{
	char new_key[PATH_MAX];
	X509 *ca = NULL, *x = NULL;
	int rc = -1;

	if (new_key_path(new_key, p, e) == -1)
		return -1;
	x = cert_of_der(leaf, nleaf, e);
	if (x == NULL)
		goto out;
	if (authority != NULL) {
		ca = cert_of_der(authority, nauthority, e);
		if (ca == NULL)
			goto out;
	}
	if (judge(x, p, new_key, ca, e) == -1 || judge_names(leaf, nleaf, nodes, e) == -1)
		goto out;
	if (authority != NULL && put(p->ca, authority, nauthority, e) == -1)
		goto out;
	if (put(p->cert, leaf, nleaf, e) == -1)
		goto out;
	rc = finish(p, new_key, e);
out:
	X509_free(x);
	X509_free(ca);
	return rc;
}
