/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and requests (RFC 2986). A request comes from whoever can open a connection, so of it no
 * more is taken than a public key, and of that only kinds that are known to be good and cheap to
 * judge: a crafted RSA key could hold the loop with its exponent, a curve of its own making with
 * its size. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/cert_impl.h"
#include "zw/fs.h"
#include "zw/wire.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 4096
#define RSA_MAX_EXPONENT_BITS 32

/* A new key's PEM. */
int
cert_key_pem(struct buf *pem, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long n = 0;

	if (key != NULL && bio != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
		n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		buf_put(pem, text, (size_t)n);
	else
		err_set(e, "cannot make a key: %s", cert_reason());
	if (n > 0)
		OPENSSL_cleanse(text, (size_t)n);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return n > 0 ? 0 : -1;
}

/* A private key in a new file. */
int
cert_key_make(const char *path, struct err *e)
{
	struct buf pem = { 0 };
	int rc = -1;

	if (cert_key_pem(&pem, e) == -1)
		return -1;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		err_set(e, "cannot make %s: %s", path, strerror(errno));
	} else if (fchmod(fd, 0600) == -1 || fs_pwrite(fd, pem.data, pem.len, 0) == -1 ||
		   fsync(fd) == -1) {
		err_set(e, "cannot write %s: %s", path, strerror(errno));
		(void)unlink(path);
	} else {
		rc = fs_sync_parent(path, e);
	}
	if (fd != -1)
		close(fd);
	OPENSSL_cleanse(pem.data, pem.len);
	buf_free(&pem);
	return rc;
}

/* How a key signs: Ed25519 has its digest built in. */
static const EVP_MD *
digest_for(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448") ? NULL : EVP_sha256();
}

/* A request signed by the key in this file. */
int
cert_request(struct buf *der, const char *key_path, struct err *e)
{
	EVP_PKEY *key = cert_load_key(key_path, e);
	X509_REQ *req = key != NULL ? X509_REQ_new() : NULL;
	unsigned char *out = NULL;
	int n = 0;

	if (req != NULL && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
	    X509_REQ_set_pubkey(req, key) == 1 && X509_REQ_sign(req, key, digest_for(key)) > 0)
		n = i2d_X509_REQ(req, &out);
	if (n > 0)
		buf_put(der, out, (size_t)n);
	else if (key != NULL)
		err_set(e, "%s: cannot make a request by it: %s", key_path, cert_reason());
	OPENSSL_free(out);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
	return n > 0 ? 0 : -1;
}

/* Whether an RSA key is of a size that is safe, and its exponent of one that is cheap. */
static int
judge_rsa(const EVP_PKEY *key, struct err *e)
{
	BIGNUM *exponent = NULL;
	int bits = EVP_PKEY_get_bits(key);

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return err_set(e, "the request's RSA key has %d bits, not %d to %d", bits,
		    RSA_MIN_BITS, RSA_MAX_BITS);
	bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
		  BN_num_bits(exponent) <= RSA_MAX_EXPONENT_BITS && BN_is_odd(exponent) &&
		  !BN_is_one(exponent);
	BN_free(exponent);
	return ok ? 0 : err_set(e, "the request's RSA key has an exponent that nobody uses");
}

/* Whether a curve is one of two, named and not spelled out. */
static int
judge_ec(const EVP_PKEY *key, struct err *e)
{
	char name[32] = "", form[32] = "";

	if (EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1 ||
	    EVP_PKEY_get_utf8_string_param(
		key, OSSL_PKEY_PARAM_EC_ENCODING, form, sizeof form, NULL) != 1 ||
	    strcmp(form, OSSL_PKEY_EC_ENCODING_GROUP) != 0 ||
	    (strcmp(name, SN_X9_62_prime256v1) != 0 && strcmp(name, SN_secp384r1) != 0))
		return err_set(e, "the request's key is on another curve than P-256 and P-384");
	return 0;
}

/* Whether a key is of a kind that is good enough. */
static int
judge_key(const EVP_PKEY *key, struct err *e)
{
	if (EVP_PKEY_is_a(key, "EC"))
		return judge_ec(key, e);
	if (EVP_PKEY_is_a(key, "RSA"))
		return judge_rsa(key, e);
	if (EVP_PKEY_is_a(key, "ED25519"))
		return 0;
	return err_set(
	    e, "the request's key is none of EC P-256, P-384, Ed25519, RSA of 2048 to 4096 bits");
}

/* The whole of these bytes as one request. */
static X509_REQ *
request_of_der(const uint8_t *der, size_t n)
{
	const unsigned char *p = der;
	X509_REQ *req = n <= WIRE_MAX_REQUEST ? d2i_X509_REQ(NULL, &p, (long)n) : NULL;

	if (req != NULL && p != der + n) {
		X509_REQ_free(req);
		req = NULL;
	}
	return req;
}

/* A request that was judged: its key. */
EVP_PKEY *
cert_request_key(const uint8_t *der, size_t n, uint8_t digest[DIGEST_SIZE], struct err *e)
{
	X509_REQ *req = request_of_der(der, n);
	EVP_PKEY *key = req != NULL ? X509_REQ_get_pubkey(req) : NULL;
	int rc = -1;

	ERR_clear_error();
	if (req == NULL)
		err_set(e, "no request of at most %d bytes (PKCS#10 in DER)", WIRE_MAX_REQUEST);
	else if (key == NULL)
		err_set(e, "the request's key cannot be read");
	else if (judge_key(key, e) == 0 && cert_key_digest(key, digest, e) == 0) {
		rc = X509_REQ_verify(req, key) == 1 ? 0 : -1;
		if (rc == -1)
			err_set(e, "the request is not signed by its own key");
	}
	if (rc == -1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	X509_REQ_free(req);
	ERR_clear_error();
	return key;
}

/* Judges a request from outside. */
int
cert_request_check(const uint8_t *der, size_t n, uint8_t digest[DIGEST_SIZE], struct err *e)
{
	EVP_PKEY *key = cert_request_key(der, n, digest, e);

	EVP_PKEY_free(key);
	return key != NULL ? 0 : -1;
}
