/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base64: bytes as text and back (RFC 4648, sections 4 and 5). */
#ifndef ZW_BASE64_H
#define ZW_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"

/* Appends the text of n bytes; url: '-' and '_' for '+' and '/', and no padding. */
void base64_put(struct buf *b, const void *p, size_t n, bool url);
/* Appends the bytes of a padded text of n characters: 0, or -1 (b is as it was) when it is of
 * another alphabet, length or padding, or has bits that are no whole byte. */
int base64_take(struct buf *b, const char *text, size_t n) __attribute__((warn_unused_result));

#endif
