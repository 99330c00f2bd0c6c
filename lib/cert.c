/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cert: what is told of certificates, and their ways in and out of files and DER. Requests are in
 * cert_request.c, issuing in cert_issue.c, an agent's files in cert_pair.c. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "zw/str.h"

#define CERT_MAX_PEM (1024 * 1024) /* bytes of a PEM file */
#define CERT_MAX_DER 65536	   /* bytes of a certificate */
#define CERT_HASH_PREFIX "sha256:"

/* The reason of OpenSSL's oldest error, and an empty queue. */
const char *
cert_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return reason ? reason : "unknown reason";
}

/* A PEM file, open. */
BIO *
cert_open(const char *path, bool secret, struct err *e)
{
	struct stat st;
	BIO *bio = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_size > CERT_MAX_PEM) {
		err_set(e, "%s: no regular file of at most %d bytes", path, CERT_MAX_PEM);
	} else if (secret && (st.st_mode & 077)) {
		err_set(e, "%s: mode %04o lets others read it; chmod 600 it", path,
		    (unsigned)st.st_mode & 07777);
	} else {
		bio = BIO_new_fd(fd, BIO_CLOSE);
		if (bio == NULL)
			err_set(e, "%s: %s", path, cert_reason());
	}
	if (bio == NULL && fd != -1)
		close(fd);
	return bio;
}

/* A daemon asks nobody for a password. */
int
cert_no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return -1;
}

/* The next certificate of a file. */
int
cert_next(BIO *bio, X509 **x)
{
	*x = PEM_read_bio_X509(bio, NULL, cert_no_password, NULL);
	if (*x != NULL)
		return 1;
	unsigned long code = ERR_peek_last_error();
	bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
	if (end)
		ERR_clear_error();
	return end ? 0 : -1;
}

/* The first certificate of a file. */
X509 *
cert_load(const char *path, struct err *e)
{
	BIO *bio = cert_open(path, false, e);
	X509 *x = NULL;

	if (bio == NULL)
		return NULL;
	if (cert_next(bio, &x) != 1)
		err_set(e, "%s: no certificate that can be used: %s", path, cert_reason());
	BIO_free(bio);
	return x;
}

/* A private key from a file. */
EVP_PKEY *
cert_load_key(const char *path, struct err *e)
{
	BIO *bio = cert_open(path, true, e);

	if (bio == NULL)
		return NULL;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, cert_no_password, NULL);
	BIO_free(bio);
	if (key == NULL)
		err_set(e, "%s: no private key without a password: %s", path, cert_reason());
	return key;
}

/* The whole of these bytes as one certificate. */
X509 *
cert_of_der(const uint8_t *der, size_t n, struct err *e)
{
	const unsigned char *p = der;
	X509 *x = n <= CERT_MAX_DER ? d2i_X509(NULL, &p, (long)n) : NULL;

	if (x != NULL && p != der + n) {
		X509_free(x);
		x = NULL;
	}
	if (x == NULL)
		err_set(e, "no certificate");
	ERR_clear_error();
	return x;
}

/* Milliseconds since 1970. */
int64_t
cert_time_ms(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

/* Drop zeros in front, all but the last byte. */
static void
serial_trim(uint8_t *serial, size_t *n)
{
	size_t zeros = 0;

	while (zeros + 1 < *n && serial[zeros] == 0)
		zeros++;
	memmove(serial, serial + zeros, *n - zeros);
	*n -= zeros;
}

/* SHA-256 of a key as a subjectPublicKeyInfo. */
int
cert_key_digest(const EVP_PKEY *key, uint8_t digest[DIGEST_SIZE], struct err *e)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	if (n <= 0)
		return err_set(e, "a key that cannot be written: %s", cert_reason());
	digest_make(der, (size_t)n, digest);
	OPENSSL_free(der);
	return 0;
}

/* What is told of a certificate. */
int
cert_facts_of(const X509 *x, struct cert_facts *f, struct err *e)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	int n = serial != NULL ? ASN1_STRING_length(serial) : 0;
	unsigned char *spki = NULL;

	*f = (struct cert_facts){ 0 };
	if (n < 1 || n > CERT_SERIAL)
		return err_set(
		    e, "the certificate's serial number has %d bytes, not 1 to %d", n, CERT_SERIAL);
	memcpy(f->serial, ASN1_STRING_get0_data(serial), (size_t)n);
	f->nserial = (size_t)n;
	serial_trim(f->serial, &f->nserial);
	f->not_before_ms = cert_time_ms(X509_get0_notBefore(x));
	f->not_after_ms = cert_time_ms(X509_get0_notAfter(x));
	/* The bytes as they came: the key may be of a kind that OpenSSL does not know. */
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	ERR_clear_error();
	if (len <= 0)
		return err_set(e, "the certificate has no key");
	digest_make(spki, (size_t)len, f->key_digest);
	OPENSSL_free(spki);
	return 0;
}

/* Facts of a certificate that nobody verified. */
int
cert_facts_of_der(struct cert_facts *f, const uint8_t *der, size_t n, struct err *e)
{
	X509 *x = cert_of_der(der, n, e);

	*f = (struct cert_facts){ 0 };
	if (x == NULL)
		return -1;
	int rc = cert_facts_of(x, f, e);
	X509_free(x);
	return rc;
}

/* PEM of one certificate in DER. */
int
cert_pem(struct buf *pem, const uint8_t *der, size_t n, struct err *e)
{
	X509 *x = cert_of_der(der, n, e);
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text = NULL;
	long len = 0;

	if (x != NULL && bio != NULL && PEM_write_bio_X509(bio, x) == 1)
		len = BIO_get_mem_data(bio, &text);
	else if (x != NULL)
		err_set(e, "cannot write a certificate: %s", cert_reason());
	if (len > 0)
		buf_put(pem, text, (size_t)len);
	BIO_free(bio);
	X509_free(x);
	return len > 0 ? 0 : -1;
}

/* Bytes as hexadecimal. */
static void
hex(char *dst, const uint8_t *p, size_t n, const char *digits)
{
	for (size_t i = 0; i < n; i++) {
		dst[2 * i] = digits[p[i] >> 4];
		dst[2 * i + 1] = digits[p[i] & 15];
	}
	dst[2 * n] = '\0';
}

/* What a hexadecimal digit counts, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A serial as people write it. */
void
cert_serial_text(char dst[CERT_SERIAL_TEXT], const uint8_t *serial, size_t n)
{
	hex(dst, serial, n <= CERT_SERIAL ? n : CERT_SERIAL, "0123456789ABCDEF");
}

/* And read: pairs of digits, with or without colons between them. */
int
cert_serial_parse(uint8_t serial[CERT_SERIAL], size_t *n, const char *text, struct err *e)
{
	const char *p = text;

	*n = 0;
	while (*p != '\0' && *n < CERT_SERIAL) {
		int high = hex_digit(p[0]), low = high != -1 ? hex_digit(p[1]) : -1;
		if (low == -1)
			break;
		serial[(*n)++] = (uint8_t)(high << 4 | low);
		p += 2;
		if (*p == ':' && p[1] != '\0')
			p++;
	}
	if (*n == 0 || *p != '\0')
		return err_set(e,
		    "\"%.64s\" is no serial number: it takes 1 to %d pairs of hexadecimal digits",
		    text, CERT_SERIAL);
	serial_trim(serial, n);
	return 0;
}

/* The hash by which enrolment knows an authority. */
int
cert_hash_of_file(char dst[CERT_HASH_TEXT], const char *path, struct err *e)
{
	uint8_t digest[DIGEST_SIZE];
	unsigned char *der = NULL;
	X509 *x = cert_load(path, e);
	int n = x != NULL ? i2d_X509(x, &der) : 0;

	dst[0] = '\0';
	if (n > 0) {
		digest_make(der, (size_t)n, digest);
		memcpy(dst, CERT_HASH_PREFIX, sizeof CERT_HASH_PREFIX - 1);
		hex(dst + sizeof CERT_HASH_PREFIX - 1, digest, sizeof digest, "0123456789abcdef");
	} else if (x != NULL) {
		err_set(e, "%s: %s", path, cert_reason());
	}
	OPENSSL_free(der);
	X509_free(x);
	return n > 0 ? 0 : -1;
}

/* And read. */
int
cert_hash_parse(uint8_t digest[DIGEST_SIZE], const char *text, struct err *e)
{
	const size_t prefix = sizeof CERT_HASH_PREFIX - 1;
	bool ok =
	    strncmp(text, CERT_HASH_PREFIX, prefix) == 0 && strlen(text) == CERT_HASH_TEXT - 1;

	for (size_t i = 0; ok && i < DIGEST_SIZE; i++) {
		int high = hex_digit(text[prefix + 2 * i]),
		    low = hex_digit(text[prefix + 2 * i + 1]);
		ok = high != -1 && low != -1;
		digest[i] = ok ? (uint8_t)(high << 4 | low) : 0;
	}
	return ok ? 0
		  : err_set(e, "\"%.80s\" is no hash: it takes %s and %d hexadecimal digits", text,
			CERT_HASH_PREFIX, 2 * DIGEST_SIZE);
}
