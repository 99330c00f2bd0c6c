/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8: where a character ends, for the writers that escape. */
#ifndef ZW_UTF8_H
#define ZW_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed UTF-8 character at s (RFC 3629: no surrogates, no overlong form); 0
 * if there is none. n > 0. */
size_t utf8_length(const char *s, size_t n);

#endif
