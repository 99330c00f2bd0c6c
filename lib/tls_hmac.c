/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HMAC-SHA-256 by OpenSSL, which has its one door here. */
#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "zw/hmac.h"

int
hmac_make(const void *key, size_t key_len, const void *p, size_t n, uint8_t out[HMAC_SIZE])
{
	unsigned len = 0;

	if (key_len > INT_MAX)
		return -1;
	if (HMAC(EVP_sha256(), key, (int)key_len, p, n, out, &len) == NULL || len != HMAC_SIZE)
		return -1;
	return 0;
}

bool
hmac_fits(const void *key, size_t key_len, const void *p, size_t n, const uint8_t code[HMAC_SIZE])
{
	uint8_t own[HMAC_SIZE];

	return hmac_make(key, key_len, p, n, own) == 0 && CRYPTO_memcmp(own, code, HMAC_SIZE) == 0;
}
