/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crc32c: the Castagnoli checksum (RFC 3720 appendix B.4) of frames and log records. */
#ifndef ZW_CRC32C_H
#define ZW_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of n bytes continued from crc; start with 0. crc32c(0, "123456789", 9) is
 * 0xe3069283. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif
