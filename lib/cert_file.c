/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate's file as DER and what it is called, for whom the file's first certificate is what
 * is told on. */
#include <arpa/inet.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/x509v3.h>

#include "lib/cert_impl.h"
#include "zw/str.h"

/* The first certificate of a PEM file, appended. */
int
cert_of_file(struct buf *der, const char *path, struct err *e)
{
	unsigned char *out = NULL;
	X509 *x = cert_load(path, e);

	if (x == NULL)
		return -1;
	int n = i2d_X509(x, &out);
	if (n > 0)
		buf_put(der, out, (size_t)n);
	else
		err_set(e, "%s: %s", path, cert_reason());
	OPENSSL_free(out);
	X509_free(x);
	return n > 0 ? 0 : -1;
}

/* A name's text, if it is one of a host; dst keeps what it has otherwise. */
static void
take_host(char dst[256], const GENERAL_NAME *g)
{
	const unsigned char *p;
	int n;

	if (g->type == GEN_DNS) {
		p = ASN1_STRING_get0_data(g->d.dNSName);
		n = ASN1_STRING_length(g->d.dNSName);
		if (n > 0 && n < 256 && memchr(p, '\0', (size_t)n) == NULL &&
		    str_is_name((const char *)p, 255)) {
			memcpy(dst, p, (size_t)n);
			dst[n] = '\0';
		}
	} else if (g->type == GEN_IPADD) {
		p = ASN1_STRING_get0_data(g->d.iPAddress);
		n = ASN1_STRING_length(g->d.iPAddress);
		if (n == 4 || n == 16)
			(void)inet_ntop(n == 4 ? AF_INET : AF_INET6, p, dst, 256);
	}
}

/* The first DNS name of the first certificate, else its first address. */
int
cert_host_of_file(char dst[256], const char *path, struct err *e)
{
	static const int kinds[] = { GEN_DNS, GEN_IPADD };
	X509 *x = cert_load(path, e);

	dst[0] = '\0';
	if (x == NULL)
		return -1;
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	for (size_t k = 0; k < 2; k++)
		for (int i = 0; i < sk_GENERAL_NAME_num(names) && dst[0] == '\0'; i++) {
			const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
			if (g->type == kinds[k])
				take_host(dst, g);
		}
	GENERAL_NAMES_free(names);
	X509_free(x);
	return 0;
}
