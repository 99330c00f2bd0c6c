/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str: bounded strings and names; ASCII rules whatever the locale. Numbers are in str_number.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"

/* Copy with a bound. */
int
str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);
	bool fits = n < size;

	if (!fits)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return fits ? 0 : -1;
}

/* Format with a bound. */
int
str_format(char *dst, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(dst, size, fmt, ap);
	va_end(ap);
	return n >= 0 && (size_t)n < size ? 0 : -1;
}

/* ASCII letters and digits. */
static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether s may name something, and so a file. */
bool
str_is_name(const char *s, size_t max)
{
	size_t n = 0;

	if (!is_alnum((unsigned char)s[0]) && s[0] != '_')
		return false;
	for (; s[n] != '\0'; n++) {
		unsigned char c = (unsigned char)s[n];
		if (n >= max || (!is_alnum(c) && c != '_' && c != '.' && c != '-') ||
		    (c == '.' && s[n + 1] == '.'))
			return false;
	}
	return true;
}

/* Make a name of any text: what may not be in one becomes '-', without doubles or ends. */
void
str_to_name(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src != '\0' && n + 1 < size; src++) {
		unsigned char c = (unsigned char)*src;
		bool good = is_alnum(c) || c == '_' || (c == '.' && n > 0 && dst[n - 1] != '.');
		if (good)
			dst[n++] = (char)c;
		else if (n > 0 && dst[n - 1] != '-')
			dst[n++] = '-';
	}
	while (n > 0 && (dst[n - 1] == '-' || dst[n - 1] == '.'))
		n--;
	dst[n] = '\0';
	if (n == 0)
		(void)str_copy(dst, size, "root");
}

/* The length in bytes of the UTF-8 character at s, of n bytes; 0: it is none (RFC 3629). */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	unsigned char c = s[0];
	size_t len = c < 0x80		     ? 1
		     : c >= 0xc2 && c < 0xe0 ? 2
		     : c >= 0xe0 && c < 0xf0 ? 3
		     : c >= 0xf0 && c < 0xf5 ? 4
					     : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] >= 0xa0) || /* overlong, surrogates */
	    (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] >= 0x90))
		return 0;
	return len;
}

/* Whether the bytes are UTF-8 without control characters. */
bool
str_is_text(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0; i < n;) {
		size_t len = utf8_length(p + i, n - i);
		if (len == 0 || p[i] < 0x20 || p[i] == 0x7f || (p[i] == 0xc2 && p[i + 1] < 0xa0))
			return false;
		i += len;
	}
	return true;
}

/* Whether the three bytes are a character that turns the text around it, or begins a line. */
static bool
is_turning(const unsigned char *p)
{
	if (p[0] != 0xe2)
		return false;
	if (p[1] == 0x80)
		return p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae);
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

/* Put a '?' for each of them. */
void
str_straighten(char *s)
{
	char *to = s;

	while (*s != '\0') {
		const unsigned char *p = (const unsigned char *)s;
		if (is_turning(p)) {
			*to++ = '?';
			s += 3;
		} else if (p[0] == 0xd8 && p[1] == 0x9c) { /* the Arabic one has two bytes */
			*to++ = '?';
			s += 2;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* An ASCII letter's small form. */
static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Compare without regard to ASCII case. */
int
str_casecmp(const char *a, const char *b)
{
	for (; *a != '\0' && lower(*a) == lower(*b); a++, b++)
		;
	return lower(*a) - lower(*b);
}

#define DISTANCE_MAX 64

/* The least of three. */
static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap of neighbours) that make b of a: three rows at a time. */
unsigned
str_distance(const char *a, const char *b)
{
	unsigned row[3][DISTANCE_MAX + 1];
	size_t na = strnlen(a, DISTANCE_MAX), nb = strnlen(b, DISTANCE_MAX);

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *before = row[(i - 1) % 3], *two = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = least(before[j] + 1, now[j - 1] + 1,
			    before[j - 1] + (lower(a[i - 1]) != lower(b[j - 1])));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two[j - 2] + 1 < now[j])
				now[j] = two[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

/* Escape what would not be seen or would break a quoted string. */
void
str_escape(char *dst, size_t size, const char *src, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < n;) {
		const unsigned char *p = (const unsigned char *)src + i;
		size_t len = utf8_length(p, n - i);
		bool plain = len > 0 && str_is_text(src + i, len) && *p != '"' && *p != '\\';
		size_t need = plain ? len : 4;
		if (at + need + 1 > size)
			break;
		if (plain) {
			memcpy(dst + at, p, len);
		} else {
			dst[at] = '\\';
			dst[at + 1] = 'x';
			dst[at + 2] = hex[*p >> 4];
			dst[at + 3] = hex[*p & 15];
			len = 1;
		}
		at += need;
		i += len;
	}
	dst[at] = '\0';
}

/* Walks both; on a mismatch the last '*' takes one byte more. At most quadratic. */
bool
str_covers(const char *pattern, const char *text)
{
	const char *star = NULL;
	const char *resume = NULL;
	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
