/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hmac: HMAC-SHA-256 (RFC 2104, FIPS 180-4), for what travels in single datagrams. */
#ifndef ZW_HMAC_H
#define ZW_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HMAC_SIZE 32

/* The code over n bytes: 0, or -1 when OpenSSL fails. */
int hmac_make(const void *key, size_t key_len, const void *p, size_t n, uint8_t out[HMAC_SIZE])
    __attribute__((warn_unused_result));
/* Whether it is the code over these bytes; takes as long wherever the two differ. */
bool hmac_fits(
    const void *key, size_t key_len, const void *p, size_t n, const uint8_t code[HMAC_SIZE]);

#endif
