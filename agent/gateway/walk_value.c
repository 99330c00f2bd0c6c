/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walk_value: the values in recordings, as net-snmp prints them and as snmpsim keeps them. */
#include <string.h>

#include "agent/gateway/walk_value.h"
#include "zw/str.h"

/* A span without blanks at either end. */
static struct walk_span
trim(struct walk_span s)
{
	while (s.p < s.end && (unsigned char)*s.p <= ' ')
		s.p++;
	while (s.end > s.p && (unsigned char)s.end[-1] <= ' ')
		s.end--;
	return s;
}

/* Whether the span starts so; then it is moved behind it. */
static bool
take(struct walk_span *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

/* A span as a text of its own, cut to fit. */
static const char *
text_of(char *dst, size_t size, struct walk_span s)
{
	size_t n = (size_t)(s.end - s.p) < size ? (size_t)(s.end - s.p) : size - 1;

	memcpy(dst, s.p, n);
	dst[n] = '\0';
	return dst;
}

/* An OID, "iso" standing for 1. */
int
walk_value_oid(struct walk_span s, struct oid_buf *out)
{
	char text[OID_MAX * 11 + 2];

	if (s.p < s.end && *s.p == '.')
		s.p++;
	if (take(&s, "iso.")) {
		text[0] = '1';
		text[1] = '.';
		return oid_parse(text_of(text + 2, sizeof text - 2, s) - 2, out);
	}
	return oid_parse(text_of(text, sizeof text, s), out);
}

/* A number, negative or not; a point as of a DISPLAY-HINT "d-1" (RFC 2579) is no part of it. */
static int
read_number(struct walk_span s, bool *negative, uint64_t *out)
{
	unsigned digits = 0;

	*out = 0;
	*negative = s.p < s.end && *s.p == '-';
	if (*negative)
		s.p++;
	for (; s.p < s.end && ((*s.p >= '0' && *s.p <= '9') || (*s.p == '.' && digits > 0)); s.p++)
		if (*s.p != '.') {
			unsigned digit = (unsigned)(*s.p - '0');
			if (++digits > 20 || *out > (UINT64_MAX - digit) / 10)
				return -1;
			*out = *out * 10 + digit;
		}
	return digits > 0 ? 0 : -1;
}

/* A value of INTEGER, also "up(1)". */
static int
read_integer(struct walk_span s, struct varbind *v)
{
	bool negative;
	uint64_t n;
	const char *open = s.p < s.end && *s.p != '-' && (*s.p < '0' || *s.p > '9')
			       ? memchr(s.p, '(', (size_t)(s.end - s.p))
			       : NULL;

	if (open != NULL)
		s.p = open + 1;
	if (read_number(s, &negative, &n) == -1 || n > INT64_MAX)
		return -1;
	v->type = VARBIND_INTEGER;
	v->i = negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

/* A value of an unsigned type; one that was written signed is of 32 bits. */
static int
read_unsigned(struct walk_span s, enum varbind_type type, struct varbind *v)
{
	bool negative;
	uint64_t n;

	if (s.p < s.end && *s.p == '(')
		s.p++; /* Timeticks: (123) 0:00:01.23 */
	if (read_number(s, &negative, &n) == -1)
		return -1;
	v->type = type;
	v->u = negative ? (uint32_t)(0u - n) : n;
	return 0;
}

/* A floating-point number. */
static int
read_real(struct walk_span s, struct varbind *v)
{
	char text[64];

	v->type = VARBIND_REAL;
	s = trim(s);
	for (const char *p = s.p; p < s.end; p++)
		if (*p == ' ')
			s.end = p;
	return str_to_double(text_of(text, sizeof text, s), &v->d);
}

/* Bytes as they are. */
static int
read_bytes(struct walk_span s, enum varbind_type type, struct walk_reading *r)
{
	buf_put(&r->bytes, s.p, (size_t)(s.end - s.p));
	r->v.type = type;
	return 0;
}

/* The value of a hex digit, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Bytes as pairs of hex digits, blanks between them or not. Ends where it is no hex, as the texts
 * that net-snmp may put behind do. */
static int
read_hex(struct walk_span s, enum varbind_type type, struct walk_reading *r)
{
	r->v.type = type;
	for (s = trim(s); s.p < s.end; s.p++) {
		if ((unsigned char)*s.p <= ' ')
			continue;
		int high = hex_digit(*s.p);
		int low = s.p + 1 < s.end ? hex_digit(s.p[1]) : -1;
		if (high == -1 || low == -1)
			return r->bytes.len > 0 ? 0 : -1;
		buf_u8(&r->bytes, (uint8_t)(high * 16 + low));
		s.p++;
	}
	return 0;
}

/* A STRING, in quotes with escapes, or bare as of a DISPLAY-HINT. */
static int
read_string(struct walk_span s, struct walk_reading *r)
{
	struct walk_span bare = trim(s);

	r->v.type = VARBIND_STRING;
	if (bare.end - bare.p < 2 || *bare.p != '"' || bare.end[-1] != '"')
		return read_bytes(bare, VARBIND_STRING, r);
	for (const char *p = bare.p + 1; p < bare.end - 1; p++) {
		if (*p == '\\' && p + 2 < bare.end && (p[1] == '"' || p[1] == '\\'))
			p++;
		buf_u8(&r->bytes, (uint8_t)*p);
	}
	return 0;
}

/* An IPv4 address in decimal, or in hex with colons. */
static int
read_address(struct walk_span s, struct walk_reading *r)
{
	struct oid_buf o;
	char text[64];

	r->v.type = VARBIND_ADDRESS;
	if (memchr(s.p, ':', (size_t)(s.end - s.p)) != NULL) {
		for (s = trim(s); s.p < s.end; s.p++)
			if (s.p + 1 < s.end && hex_digit(s.p[0]) != -1 && hex_digit(s.p[1]) != -1) {
				buf_u8(&r->bytes,
				    (uint8_t)(hex_digit(s.p[0]) * 16 + hex_digit(s.p[1])));
				s.p++;
			}
		return r->bytes.len == 4 ? 0 : -1;
	}
	if (oid_parse(text_of(text, sizeof text, trim(s)), &o) == -1 || o.n != 4)
		return -1;
	for (unsigned i = 0; i < 4; i++)
		buf_u8(&r->bytes, (uint8_t)o.id[i]);
	return o.id[0] <= 255 && o.id[1] <= 255 && o.id[2] <= 255 && o.id[3] <= 255 ? 0 : -1;
}

/* What net-snmp prints where there is no value. */
static bool
read_exception(struct walk_span s, struct varbind *v)
{
	static const struct {
		const char *text;
		enum varbind_type type;
	} rows[] = { { "No Such Object", VARBIND_NO_OBJECT },
		{ "No Such Instance", VARBIND_NO_INSTANCE },
		{ "No more variables", VARBIND_END_OF_MIB }, { "NULL", VARBIND_NULL } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (take(&s, rows[i].text)) {
			v->type = rows[i].type;
			return true;
		}
	return false;
}

/* Unsigned types, as net-snmp calls them. */
static bool
take_unsigned(struct walk_span *s, enum varbind_type *type)
{
	static const struct {
		const char *text;
		enum varbind_type type;
	} rows[] = { { "Gauge32: ", VARBIND_GAUGE32 }, { "Gauge: ", VARBIND_GAUGE32 },
		{ "UInteger32: ", VARBIND_GAUGE32 }, { "Unsigned32: ", VARBIND_GAUGE32 },
		{ "Counter32: ", VARBIND_COUNTER32 }, { "Counter64: ", VARBIND_COUNTER64 },
		{ "Counter: ", VARBIND_COUNTER32 }, { "Timeticks: ", VARBIND_TICKS } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (take(s, rows[i].text)) {
			*type = rows[i].type;
			return true;
		}
	return false;
}

/* A value as net-snmp prints it. */
int
walk_value_printed(struct walk_span s, struct walk_reading *r)
{
	enum varbind_type type;

	s = trim(s);
	if (take(&s, "Wrong Type")) {
		const char *colon = memchr(s.p, ':', (size_t)(s.end - s.p));
		s.p = colon != NULL ? colon + 1 : s.end;
		s = trim(s);
	}
	if (read_exception(s, &r->v))
		return 0;
	if (take_unsigned(&s, &type))
		return read_unsigned(s, type, &r->v);
	if (take(&s, "INTEGER: "))
		return read_integer(s, &r->v);
	if (take(&s, "Hex-STRING:") || take(&s, "BITS:"))
		return read_hex(s, VARBIND_STRING, r);
	if (take(&s, "STRING:") || (s.p < s.end && *s.p == '"'))
		return read_string(s, r);
	if (take(&s, "IpAddress: ") || take(&s, "Network Address: "))
		return read_address(s, r);
	if (take(&s, "Opaque: Float: ") || take(&s, "Opaque: Double: ") || take(&s, "Float: "))
		return read_real(s, &r->v);
	if (take(&s, "Opaque: Int64: "))
		return read_integer(s, &r->v);
	if (take(&s, "Opaque: UInt64: "))
		return read_unsigned(s, VARBIND_COUNTER64, &r->v);
	if (!take(&s, "OID: ") || walk_value_oid(trim(s), &r->value) == -1)
		return -1;
	r->v.type = VARBIND_OID;
	return 0;
}

/* A value of snmpsim: its tag is the ASN.1 type, an x behind it says hex. */
int
walk_value_tagged(struct walk_span tag, struct walk_span s, struct walk_reading *r)
{
	char text[16];
	uint64_t n;
	bool hex = tag.end > tag.p && tag.end[-1] == 'x';

	if (hex)
		tag.end--;
	if (str_to_u64(text_of(text, sizeof text, tag), 0, 255, &n) == -1)
		return -1;
	switch (n) {
	case 2:
		return read_integer(s, &r->v);
	case 4:
	case 68:
		return hex ? read_hex(s, VARBIND_STRING, r) : read_bytes(s, VARBIND_STRING, r);
	case 5:
		r->v.type = VARBIND_NULL;
		return 0;
	case 6:
		r->v.type = VARBIND_OID;
		return walk_value_oid(trim(s), &r->value);
	case 64:
		return hex ? read_hex(s, VARBIND_ADDRESS, r) : read_address(s, r);
	case 65:
		return read_unsigned(s, VARBIND_COUNTER32, &r->v);
	case 66:
		return read_unsigned(s, VARBIND_GAUGE32, &r->v);
	case 67:
		return read_unsigned(s, VARBIND_TICKS, &r->v);
	case 70:
		return read_unsigned(s, VARBIND_COUNTER64, &r->v);
	case 128:
	case 129:
	case 130:
		r->v.type = (enum varbind_type)(VARBIND_NO_OBJECT + (n - 128));
		return 0;
	default:
		return -1;
	}
}
