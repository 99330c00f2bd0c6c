/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A decoder by RFC 3629's table: the second byte's range depends on the first, all later ones are
 * 80..BF. */
#include "zw/utf8.h"

/* The range of the second byte after the first; its length, or 0 for a byte that begins none. */
static size_t
judge_first(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (c < 0xe0)
		return 2;
	if (c == 0xe0)
		*low = 0xa0;
	if (c == 0xed)
		*high = 0x9f;
	if (c == 0xf0)
		*low = 0x90;
	if (c == 0xf4)
		*high = 0x8f;
	return c < 0xf0 ? 3 : 4;
}

size_t
utf8_length(const char *s, size_t n)
{
	unsigned char low;
	unsigned char high;
	size_t len = judge_first((unsigned char)s[0], &low, &high);
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < low || c > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}
