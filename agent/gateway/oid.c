/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oid: object identifiers, read, written and compared. */
#include <string.h>

#include "agent/gateway/oid.h"

/* Read a dotted OID. */
int
oid_parse(const char *text, struct oid_buf *out)
{
	const char *p = text[0] == '.' ? text + 1 : text;

	for (out->n = 0;; p++) {
		uint64_t v = 0;
		unsigned digits = 0;
		for (; *p >= '0' && *p <= '9' && digits < 11; p++, digits++)
			v = v * 10 + (unsigned)(*p - '0');
		if (digits == 0 || v > UINT32_MAX || out->n == OID_MAX)
			return -1;
		out->id[out->n++] = (uint32_t)v;
		if (*p == '\0')
			return 0;
		if (*p != '.')
			return -1;
	}
}

/* Write a dotted OID; sub-identifiers that do not fit are left out. */
char *
oid_format(char dst[OID_MAX_TEXT], struct oid o)
{
	size_t at = 0;

	for (unsigned i = 0; i < o.n; i++) {
		char digits[10];
		unsigned n = 0;
		uint32_t v = o.id[i];
		do
			digits[n++] = (char)('0' + v % 10);
		while ((v /= 10) > 0);
		if (at + n + 2 > OID_MAX_TEXT)
			break;
		if (i > 0)
			dst[at++] = '.';
		while (n > 0)
			dst[at++] = digits[--n];
	}
	dst[at] = '\0';
	return dst;
}

/* A view of a buffer. */
struct oid
oid_of(const struct oid_buf *b)
{
	return (struct oid){ .id = b->id, .n = b->n };
}

/* Append to a buffer. */
int
oid_append(struct oid_buf *b, struct oid tail)
{
	if (tail.n > OID_MAX - b->n)
		return -1;
	if (tail.n > 0)
		memcpy(b->id + b->n, tail.id, tail.n * sizeof *tail.id);
	b->n += tail.n;
	return 0;
}

/* Compare in lexicographic order. */
int
oid_cmp(struct oid a, struct oid b)
{
	unsigned n = a.n < b.n ? a.n : b.n;

	for (unsigned i = 0; i < n; i++)
		if (a.id[i] != b.id[i])
			return a.id[i] < b.id[i] ? -1 : 1;
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

/* Whether o is prefix or lies under it. Compared from the end, where OIDs differ most. */
bool
oid_is_under(struct oid o, struct oid prefix)
{
	if (o.n < prefix.n)
		return false;
	for (unsigned i = prefix.n; i > 0; i--)
		if (o.id[i - 1] != prefix.id[i - 1])
			return false;
	return true;
}

/* Read a range; "5" is one with both ends the same. */
int
oid_parse_range(const char *text, struct oid_buf *first, struct oid_buf *last)
{
	char half[OID_MAX_TEXT];
	const char *dash = strchr(text, '-');

	if (dash == NULL) {
		if (oid_parse(text, first) == -1)
			return -1;
		*last = *first;
		return 0;
	}
	size_t n = (size_t)(dash - text);
	if (n >= sizeof half)
		return -1;
	memcpy(half, text, n);
	half[n] = '\0';
	if (oid_parse(half, first) == -1 || oid_parse(dash + 1, last) == -1)
		return -1;
	return first->n == last->n && oid_cmp(oid_of(first), oid_of(last)) <= 0 ? 0 : -1;
}

/* Whether o lies within a range. */
bool
oid_in_range(struct oid o, struct oid first, struct oid last)
{
	if (o.n < first.n)
		return false;
	o.n = first.n;
	return oid_cmp(first, o) <= 0 && oid_cmp(o, last) <= 0;
}

/* What follows the first n sub-identifiers. */
struct oid
oid_tail(struct oid o, unsigned n)
{
	if (n >= o.n)
		return (struct oid){ .id = o.id, .n = 0 };
	return (struct oid){ .id = o.id + n, .n = o.n - n };
}
