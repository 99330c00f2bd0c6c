/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folding by the letters of the three languages, not by Unicode's tables: what else there is stays
 * as it is. Dotted and dotless i are one letter here, as is е with ё: who searches types either. */
#include "zw/fold.h"

#include <stdint.h>
#include <string.h>

#include "zw/utf8.h"

/* Letters that are searched for by another, capitals and small ones. */
static const struct {
	uint16_t from;
	uint16_t to;
} letters[] = {
	{ 0x00c7, 'c' }, { 0x00e7, 'c' },      /* Ç */
	{ 0x00d6, 'o' }, { 0x00f6, 'o' },      /* Ö */
	{ 0x00dc, 'u' }, { 0x00fc, 'u' },      /* Ü */
	{ 0x011e, 'g' }, { 0x011f, 'g' },      /* Ğ */
	{ 0x0130, 'i' }, { 0x0131, 'i' },      /* İ ı */
	{ 0x015e, 's' }, { 0x015f, 's' },      /* Ş */
	{ 0x018f, 'e' }, { 0x0259, 'e' },      /* Ə */
	{ 0x0401, 0x0435 }, { 0x0451, 0x0435 } /* Ё */
};

/* The folded form of a character. */
static uint32_t
fold_char(uint32_t c)
{
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
		if (letters[i].from == c)
			return letters[i].to;
	if (c >= 0xc0 && c <= 0xde && c != 0xd7)
		return c + 0x20;
	if (c >= 0x410 && c <= 0x42f)
		return c + 0x20;
	return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

/* One character of two bytes at s, folded to dst; returns how many bytes that are. */
static size_t
fold_pair(char *dst, const char *s)
{
	uint32_t c = ((uint32_t)((unsigned char)s[0] & 0x1f) << 6) | ((unsigned char)s[1] & 0x3f);

	c = fold_char(c);
	if (c < 0x80) {
		dst[0] = (char)c;
		return 1;
	}
	dst[0] = (char)(0xc0 | c >> 6);
	dst[1] = (char)(0x80 | (c & 0x3f));
	return 2;
}

/* A capital of ASCII as a small letter. */
static char
fold_ascii(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

size_t
fold_text(char *dst, size_t size, const char *src)
{
	size_t used = 0, left = strlen(src);

	while (left > 0) {
		size_t n = (unsigned char)*src < 0x80 ? 1 : utf8_length(src, left);
		if (n == 0)
			n = 1; /* no UTF-8: as it is */
		if (used + n >= size)
			break;
		if (n == 2)
			used += fold_pair(dst + used, src);
		else if (n == 1)
			dst[used++] = fold_ascii(*src);
		else {
			memcpy(dst + used, src, n);
			used += n;
		}
		src += n;
		left -= n;
	}
	dst[used] = '\0';
	return used;
}

/* The same of plain ASCII, which most names are, without a copy; -2: it is none. */
static long
find_ascii(const char *text, const char *part, size_t n)
{
	for (long at = 0;; at++) {
		size_t i = 0;
		while (i < n && fold_ascii(text[at + (long)i]) == part[i])
			i++;
		if (i == n)
			return at;
		if (text[at] == '\0')
			return -1;
		if ((unsigned char)text[at] >= 0x80)
			return -2;
	}
}

long
fold_finds(const char *text, const char *part)
{
	char folded[FOLD_MAX];
	long at = find_ascii(text, part, strlen(part));

	if (at != -2)
		return at;
	(void)fold_text(folded, sizeof folded, text);
	const char *hit = strstr(folded, part);
	return hit == NULL ? -1 : (long)(hit - folded);
}
