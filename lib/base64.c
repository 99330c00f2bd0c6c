/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base64: strict in what is read, so that each run of bytes has one text. */
#include "zw/base64.h"

#include <string.h>

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Append the text of n bytes. */
void
base64_put(struct buf *b, const void *p, size_t n, bool url)
{
	const char *alphabet = url ? safe : plain;
	const uint8_t *in = p;

	for (size_t i = 0; i < n; i += 3) {
		size_t take = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)in[i] << 16;
		if (take > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (take > 2)
			bits |= in[i + 2];
		for (size_t k = 0; k <= take; k++)
			buf_u8(b, (uint8_t)alphabet[bits >> (18 - 6 * k) & 63]);
		for (size_t k = take; k < 3 && !url; k++)
			buf_u8(b, '=');
	}
}

/* The value of a character, or -1. */
static int
value(char c)
{
	const char *at = c != '\0' ? strchr(plain, c) : NULL;
	return at != NULL ? (int)(at - plain) : -1;
}

/* Four characters, of which the last `pad` are padding, in three bytes or less. */
static int
take_four(struct buf *b, const char *text, size_t pad)
{
	uint32_t bits = 0;

	for (size_t k = 0; k < 4; k++) {
		int v = k < 4 - pad ? value(text[k]) : text[k] == '=' ? 0 : -1;
		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
	}
	if (pad > 0 && (bits & (pad == 1 ? 0xff : 0xffff)) != 0)
		return -1;
	for (size_t k = 0; k < 3 - pad; k++)
		buf_u8(b, (uint8_t)(bits >> (16 - 8 * k)));
	return 0;
}

/* Append the bytes of a text. */
int
base64_take(struct buf *b, const char *text, size_t n)
{
	size_t before = b->len;

	if (n % 4 != 0)
		return -1;
	for (size_t i = 0; i < n; i += 4) {
		size_t pad = 0;
		if (i + 4 == n)
			pad = text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
		if (take_four(b, text + i, pad) == -1) {
			b->len = before;
			return -1;
		}
	}
	return 0;
}
