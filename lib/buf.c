/* SPDX-License-Identifier: GPL-3.0-or-later */
/* buf: a growing byte buffer to encode into, and a cursor to decode from that cannot overrun. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/str.h"

#define VARINT_MAX 10 /* bytes of 64 bits by sevens */

/* Free the bytes. */
void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

/* Forget the bytes, keep the memory. */
void
buf_clear(struct buf *b)
{
	b->len = 0;
}

/* Room for n more bytes. */
uint8_t *
buf_extend(struct buf *b, size_t n)
{
	if (b->cap - b->len < n) {
		size_t cap = b->cap ? b->cap : 64;
		while (cap - b->len < n) {
			assert(cap <= SIZE_MAX / 2);
			cap *= 2;
		}
		b->data = xreallocarray(b->data, cap, 1);
		b->cap = cap;
	}
	uint8_t *p = b->data + b->len;
	b->len += n;
	return p;
}

/* Append bytes. */
void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n > 0)
		memcpy(buf_extend(b, n), p, n);
}

void
buf_text(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_u8(struct buf *b, uint8_t v)
{
	*buf_extend(b, 1) = v;
}

/* Append the n low bytes of v, highest first. */
static void
buf_be(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *p = buf_extend(b, n);

	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

void
buf_be16(struct buf *b, uint16_t v)
{
	buf_be(b, v, 2);
}

void
buf_be32(struct buf *b, uint32_t v)
{
	buf_be(b, v, 4);
}

void
buf_be64(struct buf *b, uint64_t v)
{
	buf_be(b, v, 8);
}

/* Append a number by sevens of bits. */
void
buf_varint(struct buf *b, uint64_t v)
{
	uint8_t tmp[VARINT_MAX];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		tmp[n++] = (uint8_t)(v | 0x80);
	tmp[n++] = (uint8_t)v;
	buf_put(b, tmp, n);
}

/* Append a signed number: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
void
buf_svarint(struct buf *b, int64_t v)
{
	buf_varint(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

/* Append a length and a string. */
void
buf_str(struct buf *b, const char *s)
{
	size_t n = strlen(s);

	buf_varint(b, n);
	buf_put(b, s, n);
}

/* Append a double's bits. */
void
buf_double(struct buf *b, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	buf_be64(b, bits);
}

/* A cursor at the first of n borrowed bytes. */
struct cursor
cursor_over(const void *p, size_t n)
{
	const uint8_t *start = p;

	return (struct cursor){ .p = start, .end = n > 0 ? start + n : start };
}

/* Bytes not yet read; 0 once bad. */
size_t
cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->p);
}

/* The next n bytes, or NULL. */
const uint8_t *
cursor_bytes(struct cursor *c, size_t n)
{
	if (c->bad || cursor_left(c) < n) {
		c->bad = true;
		return NULL;
	}
	const uint8_t *p = c->p;
	c->p += n;
	return p;
}

/* A number of n bytes, highest first. */
static uint64_t
cursor_be(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)cursor_be(c, 1);
}

uint16_t
cursor_be16(struct cursor *c)
{
	return (uint16_t)cursor_be(c, 2);
}

uint32_t
cursor_be32(struct cursor *c)
{
	return (uint32_t)cursor_be(c, 4);
}

uint64_t
cursor_be64(struct cursor *c)
{
	return cursor_be(c, 8);
}

/* A number by sevens of bits; one that is longer than it needs to be, or over 64 bits, is bad. */
uint64_t
cursor_varint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 7 * VARINT_MAX; shift += 7) {
		uint8_t byte = cursor_u8(c);
		if (c->bad || (shift == 63 && byte > 1) || (shift > 0 && byte == 0))
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return v;
	}
	c->bad = true;
	return 0;
}

/* A signed number of buf_svarint(). */
int64_t
cursor_svarint(struct cursor *c)
{
	uint64_t v = cursor_varint(c);

	return (int64_t)((v >> 1) ^ ((v & 1) ? UINT64_MAX : 0));
}

/* A double's bits. */
double
cursor_double(struct cursor *c)
{
	uint64_t bits = cursor_be64(c);
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

/* A string into dst[size]. */
void
cursor_str(struct cursor *c, char *dst, size_t size)
{
	uint64_t n = cursor_varint(c);

	dst[0] = '\0';
	if (n >= size) {
		c->bad = true;
		return;
	}
	const uint8_t *p = cursor_bytes(c, (size_t)n);
	if (p == NULL)
		return;
	if (!str_is_text((const char *)p, (size_t)n)) {
		c->bad = true;
		return;
	}
	memcpy(dst, p, (size_t)n);
	dst[n] = '\0';
}
