/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold: texts as people search for them: whatever the case, in Latin and Cyrillic, and with or
 * without the marks of Azerbaijani letters ("sebeke" finds "Şəbəkə"). Pure. */
#ifndef ZW_FOLD_H
#define ZW_FOLD_H

#include <stddef.h>

#define FOLD_MAX 2048 /* bytes of a text that are looked at */

/* Writes the folded form of at most size - 1 bytes; returns its length. Never longer than src. */
size_t fold_text(char *dst, size_t size, const char *src);
/* Where a folded part begins in a text (an offset into its folded form), or -1. */
long fold_finds(const char *text, const char *part);

#endif
