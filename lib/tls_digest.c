/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 by OpenSSL, which has its one door here. */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "zw/digest.h"
#include "zw/log.h"

void
digest_make(const void *p, size_t n, uint8_t out[DIGEST_SIZE])
{
	unsigned len = 0;

	/* It fails for want of memory only, or where OpenSSL is broken. */
	if (EVP_Digest(p, n, out, &len, EVP_sha256(), NULL) != 1 || len != DIGEST_SIZE)
		fatalx("digest", "OpenSSL makes no SHA-256");
}

bool
digest_equal(const uint8_t a[DIGEST_SIZE], const uint8_t b[DIGEST_SIZE])
{
	return CRYPTO_memcmp(a, b, DIGEST_SIZE) == 0;
}
