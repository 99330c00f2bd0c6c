/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire: the frames about certificates, zonewatch-wire(7): a token with a request, and the answer.
 * What they carry in DER is not looked into here; cert.h judges it. */
#include "lib/wire_int.h"

/* Bytes behind their length, from 1 to max of them; borrowed. */
static const uint8_t *
bytes_decode(struct cursor *c, size_t max, size_t *n)
{
	uint64_t len = cursor_varint(c);

	*n = 0;
	if (len == 0 || len > max)
		c->bad = true;
	if (c->bad)
		return NULL;
	const uint8_t *p = cursor_bytes(c, (size_t)len);
	if (p != NULL)
		*n = (size_t)len;
	return p;
}

/* The same, written. */
static void
bytes_encode(struct buf *b, const uint8_t *p, size_t n)
{
	buf_varint(b, n);
	buf_put(b, p, n);
}

/* Whether a token is of printable ASCII without blanks. */
static bool
is_token(const char *s)
{
	size_t n = 0;

	while (s[n] > ' ' && s[n] < 0x7f)
		n++;
	return n > 0 && s[n] == '\0';
}

void
wire_enroll_encode(struct buf *b, const struct wire_enroll *m)
{
	buf_str(b, m->token);
	buf_str(b, m->agent);
	bytes_encode(b, m->request, m->nrequest);
}

int
wire_enroll_decode(const void *p, size_t n, struct wire_enroll *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*m = (struct wire_enroll){ 0 };
	cursor_str(&c, m->token, sizeof m->token);
	cursor_str(&c, m->agent, sizeof m->agent);
	m->request = bytes_decode(&c, WIRE_MAX_REQUEST, &m->nrequest);
	if (!is_token(m->token))
		c.bad = true;
	return wire_finish(&c, "request for enrolment", e);
}

void
wire_certificate_encode(struct buf *b, const struct wire_certificate *m)
{
	bytes_encode(b, m->leaf, m->nleaf);
	bytes_encode(b, m->authority, m->nauthority);
}

int
wire_certificate_decode(const void *p, size_t n, struct wire_certificate *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*m = (struct wire_certificate){ 0 };
	m->leaf = bytes_decode(&c, WIRE_MAX_PAYLOAD, &m->nleaf);
	m->authority = bytes_decode(&c, WIRE_MAX_PAYLOAD, &m->nauthority);
	return wire_finish(&c, "certificate", e);
}
