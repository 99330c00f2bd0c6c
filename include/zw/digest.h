/* SPDX-License-Identifier: GPL-3.0-or-later */
/* digest: SHA-256 (FIPS 180-4), for secrets of which only the digest is kept. */
#ifndef ZW_DIGEST_H
#define ZW_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

/* The digest of n bytes. */
void digest_make(const void *p, size_t n, uint8_t out[DIGEST_SIZE]);
/* Takes as long wherever the two differ. */
bool digest_equal(const uint8_t a[DIGEST_SIZE], const uint8_t b[DIGEST_SIZE]);

#endif
