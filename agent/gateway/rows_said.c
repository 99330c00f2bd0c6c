/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_said: what a slot says: as a number, as a text, compared with the values of a profile. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/rows_impl.h"
#include "zw/str.h"

/* Keep bytes, cut to the room. */
static void
take_bytes(struct slot *s, const void *p, size_t n)
{
	s->n = (unsigned)(n < ROWS_RAW ? n : ROWS_RAW);
	if (s->n > 0)
		memcpy(s->bytes, p, s->n);
	s->bytes[s->n] = '\0';
}

/* Put an answer into a slot. */
void
rows_take(struct slot *s, const struct varbind *v)
{
	char text[OID_MAX_TEXT];

	s->type = v->type;
	s->fresh = true;
	s->n = 0;
	switch (v->type) {
	case VARBIND_INTEGER:
		s->i = v->i;
		break;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_TICKS:
	case VARBIND_COUNTER64:
		s->u = v->u;
		break;
	case VARBIND_REAL:
		s->d = v->d;
		break;
	case VARBIND_STRING:
		take_bytes(s, v->bytes.p, v->bytes.n);
		break;
	case VARBIND_ADDRESS:
	case VARBIND_OID:
		varbind_format(text, sizeof text, v);
		take_bytes(s, text, strlen(text));
		break;
	case VARBIND_NULL:
	case VARBIND_NO_OBJECT:
	case VARBIND_NO_INSTANCE:
	case VARBIND_END_OF_MIB:
		break;
	}
}

/* Whether it has a value. */
bool
rows_said_any(const struct slot *s)
{
	return s->type != VARBIND_NULL && s->type < VARBIND_NO_OBJECT;
}

/* Whether its value is a text. */
static bool
is_text(const struct slot *s)
{
	return s->type == VARBIND_STRING || s->type == VARBIND_ADDRESS || s->type == VARBIND_OID;
}

/* A whole number as text: this is on the path of every poll. */
static void
number_text(char *dst, size_t size, uint64_t v, bool negative)
{
	char digits[21];
	size_t n = 0, at = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	if (negative && at + 1 < size)
		dst[at++] = '-';
	while (n > 0 && at + 1 < size)
		dst[at++] = digits[--n];
	dst[at] = '\0';
}

/* The value as a text. */
void
rows_said_text(char *dst, size_t size, const struct slot *s)
{
	char text[32];

	if (is_text(s)) {
		varbind_text(dst, size, (const uint8_t *)s->bytes, s->n);
	} else if (s->type == VARBIND_INTEGER) {
		number_text(dst, size, s->i < 0 ? 0 - (uint64_t)s->i : (uint64_t)s->i, s->i < 0);
	} else if (s->type == VARBIND_REAL) {
		str_from_double(text, s->d);
		(void)str_copy(dst, size, text);
	} else if (rows_said_any(s)) {
		number_text(dst, size, s->u, false);
	} else {
		dst[0] = '\0';
	}
}

/* Whether a character may stand right before a number. */
static bool
parts(char c)
{
	return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		 c == '_' || c == '.' || (c & 0x80) != 0);
}

/* The bytes of the number that begins at p: digits, a point or a decimal comma, more digits, an
 * exponent. */
static size_t
number_length(const char *p, char *point)
{
	size_t n = strspn(p, "0123456789"), more;

	*point = p[n];
	if (p[n] == '.' || p[n] == ',') {
		more = strspn(p + n + 1, "0123456789");
		/* 1,234 is more likely a thousand than 1.234 */
		if (more > 0 && (p[n] == '.' || more != 3 || n == 0))
			n += 1 + more;
	}
	if (n > 0 && (p[n] == 'e' || p[n] == 'E')) {
		size_t sign = p[n + 1] == '+' || p[n + 1] == '-';
		more = strspn(p + n + 1 + sign, "0123456789");
		if (more > 0 && more < 4)
			n += 1 + sign + more;
	}
	return n;
}

/* The number of a text at p, with its sign; false if there is none. */
static bool
number_at(const char *p, size_t *len, double *out)
{
	char text[64], point;
	size_t sign = *p == '-' || *p == '+', n = number_length(p + sign, &point);
	size_t from = *p == '+';

	if (n == 0 || (p[sign] < '0' && p[sign] != '.') || sign + n >= sizeof text)
		return false;
	memcpy(text, p + from, sign + n - from);
	text[sign + n - from] = '\0';
	char *comma = point == ',' ? strchr(text, ',') : NULL;
	if (comma != NULL)
		*comma = '.';
	if (text[0] == '.' || (text[0] == '-' && text[1] == '.')) {
		/* ".5" */
		char whole[sizeof text + 1];
		(void)snprintf(
		    whole, sizeof whole, "%s0%s", text[0] == '-' ? "-" : "", strchr(text, '.'));
		*len = sign + n;
		return str_to_double(whole, out) == 0;
	}
	*len = sign + n;
	return str_to_double(text, out) == 0;
}

/* The first number in a text that is no part of a word. */
static bool
text_number(const char *text, bool whole, double *out)
{
	size_t len;

	for (const char *p = text; *p != '\0'; p++) {
		bool digit = *p >= '0' && *p <= '9';
		bool sign = (*p == '-' || *p == '+' || *p == '.') && p[1] != '\0';
		if ((digit || sign) && (p == text || parts(p[-1])) && number_at(p, &len, out))
			return !whole || (p == text && p[len] == '\0');
		if (whole)
			return false;
	}
	return false;
}

/* The value as a number. */
bool
rows_said_number(const struct slot *s, bool whole, double *out)
{
	char text[ROWS_MAX_TEXT];

	switch (s->type) {
	case VARBIND_INTEGER:
		*out = (double)s->i;
		return true;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_TICKS:
	case VARBIND_COUNTER64:
		*out = (double)s->u;
		return true;
	case VARBIND_REAL:
		*out = s->d;
		return isfinite(s->d);
	case VARBIND_STRING:
		rows_said_text(text, sizeof text, s);
		return text_number(text, whole, out);
	default:
		return false;
	}
}

/* Whether it is one of the values. */
bool
rows_said_is(const struct slot *s, const struct profile_values *values, bool whole)
{
	char text[ROWS_MAX_TEXT];
	double number = NAN;
	bool told = false;

	if (values->n == 0 || !rows_said_any(s))
		return false;
	if (!rows_said_number(s, whole, &number))
		number = NAN;
	for (size_t i = 0; i < values->n; i++) {
		const struct profile_value *v = &values->v[i];
		if (v->text == NULL) {
			if (number >= v->low && number <= v->high)
				return true;
			continue;
		}
		if (!told)
			rows_said_text(text, sizeof text, s);
		told = true;
		if (profile_pattern(v->text, text))
			return true;
	}
	return false;
}

/* Whether a condition holds. An empty text is a value to compare with, and none to have. */
bool
rows_said_holds(const struct slot *s, const struct profile_condition *c)
{
	char text[ROWS_MAX_TEXT];
	bool any = s != NULL && rows_said_any(s);

	if (c->op == PROFILE_IS)
		return any && rows_said_is(s, &c->values, true);
	if (c->op == PROFILE_IS_NOT)
		return any && !rows_said_is(s, &c->values, true);
	if (any && is_text(s)) {
		rows_said_text(text, sizeof text, s);
		any = text[0] != '\0';
	}
	return any == (c->op == PROFILE_HAS);
}
