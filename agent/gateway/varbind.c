/* SPDX-License-Identifier: GPL-3.0-or-later */
/* varbind: bindings for people. The texts of devices are hostile: padded with NULs, in Latin-1, cut
 * in the middle of a character, or no text at all. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/varbind.h"
#include "zw/str.h"

/* Whether it carries a value. */
bool
varbind_has_value(const struct varbind *v)
{
	return v->type != VARBIND_NULL && v->type < VARBIND_NO_OBJECT;
}

/* A type's name, as the RFCs have it. */
const char *
varbind_type_name(enum varbind_type t)
{
	static const char *const names[] = { "NULL", "INTEGER", "Counter32", "Gauge32", "TimeTicks",
		"Counter64", "OCTET STRING", "IpAddress", "OBJECT IDENTIFIER", "Opaque",
		"noSuchObject", "noSuchInstance", "endOfMibView" };

	return (unsigned)t < sizeof names / sizeof names[0] ? names[t] : "unknown";
}

/* Bytes as hex with colons, so many as fit. */
static void
put_hex(char *dst, size_t size, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < n && at + 4 <= size; i++) {
		if (i > 0)
			dst[at++] = ':';
		dst[at++] = digits[p[i] >> 4];
		dst[at++] = digits[p[i] & 15];
	}
	dst[at] = '\0';
}

/* Whether bytes are meant for people: no control characters but those of layout. */
static bool
is_printable(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f)
			return false;
	return true;
}

/* The length of the character of UTF-8 at p; 0: there is none. */
static size_t
utf8_at(const uint8_t *p, size_t n)
{
	for (size_t len = 1; len <= 4 && len <= n; len++)
		if (str_is_text((const char *)p, len))
			return len;
	return 0;
}

/* Whether the bytes are UTF-8 but for a last character that was cut. */
static bool
is_utf8(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = p[i] < 0x20 ? 1 : utf8_at(p + i, n - i);
		if (len == 0)
			return n - i < 4 && p[i] >= 0xc2 && i > 0;
		i += len;
	}
	return true;
}

/* One byte or character into dst; returns the bytes that were read of p, 0 when dst is full. */
static size_t
put_char(char *dst, size_t size, size_t *at, const uint8_t *p, size_t n, bool utf8)
{
	size_t len = p[0] < 0x20 ? 0 : utf8 ? utf8_at(p, n) : p[0] < 0x80;
	size_t need = len > 0 ? len : utf8 || p[0] < 0xa0 ? 1 : 2;

	if (*at + need >= size)
		return 0;
	if (len > 0) {
		memcpy(dst + *at, p, len);
	} else if (need == 1) {
		dst[*at] = ' ';
	} else {
		dst[*at] = (char)(0xc0 | p[0] >> 6);
		dst[*at + 1] = (char)(0x80 | (p[0] & 0x3f));
	}
	*at += need;
	return len > 0 ? len : 1;
}

/* Make a text of a device's bytes. */
void
varbind_text(char *dst, size_t size, const uint8_t *p, size_t n)
{
	const uint8_t *nul = n > 0 ? memchr(p, '\0', n) : NULL;
	size_t at = 0, len = nul != NULL ? (size_t)(nul - p) : n, step;

	/* What follows a NUL is padding or rubbish, unless nothing stands before it. */
	if (!is_printable(p, len) || (len == 0 && n > 1 && p[n - 1] != '\0')) {
		put_hex(dst, size, p, n);
		return;
	}
	while (len > 0 && p[0] <= ' ') {
		p++;
		len--;
	}
	bool utf8 = is_utf8(p, len);
	for (size_t i = 0; i < len; i += step)
		if ((step = put_char(dst, size, &at, p + i, len - i, utf8)) == 0)
			break;
	while (at > 0 && dst[at - 1] == ' ')
		at--;
	dst[at] = '\0';
}

/* The value for people. */
void
varbind_format(char *dst, size_t size, const struct varbind *v)
{
	char text[OID_MAX_TEXT];

	dst[0] = '\0';
	switch (v->type) {
	case VARBIND_INTEGER:
		(void)snprintf(dst, size, "%" PRId64, v->i);
		break;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_TICKS:
	case VARBIND_COUNTER64:
		(void)snprintf(dst, size, "%" PRIu64, v->u);
		break;
	case VARBIND_REAL:
		str_from_double(text, v->d);
		(void)str_copy(dst, size, text);
		break;
	case VARBIND_STRING:
		varbind_text(dst, size, v->bytes.p, v->bytes.n);
		break;
	case VARBIND_ADDRESS:
		if (v->bytes.n == 4)
			(void)snprintf(dst, size, "%u.%u.%u.%u", v->bytes.p[0], v->bytes.p[1],
			    v->bytes.p[2], v->bytes.p[3]);
		else
			put_hex(dst, size, v->bytes.p, v->bytes.n);
		break;
	case VARBIND_OID:
		(void)str_copy(dst, size, oid_format(text, v->oid_value));
		break;
	case VARBIND_NULL:
	case VARBIND_NO_OBJECT:
	case VARBIND_NO_INSTANCE:
	case VARBIND_END_OF_MIB:
		(void)str_copy(dst, size, varbind_type_name(v->type));
	}
}
