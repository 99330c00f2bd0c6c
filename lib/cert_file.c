/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate's file as DER, for whom the file's first certificate is what is told on. */
#include <openssl/crypto.h>

#include "lib/cert_impl.h"

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
