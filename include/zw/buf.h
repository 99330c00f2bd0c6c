/* SPDX-License-Identifier: GPL-3.0-or-later */
/* buf: a growing byte buffer to encode into, and a cursor to decode from that cannot overrun. */
#ifndef ZW_BUF_H
#define ZW_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owned by whoever declares it; `= { 0 }` is empty. */
struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

void buf_free(struct buf *b);  /* frees the bytes, leaves an empty buffer */
void buf_clear(struct buf *b); /* keeps the memory */
/* Room for n more bytes; returns where they go, and the length already counts them. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_text(struct buf *b, const char *s); /* its bytes alone: no length, no NUL */
void buf_u8(struct buf *b, uint8_t v);
void buf_be16(struct buf *b, uint16_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);
/* LEB128: seven bits a byte, least significant first, at most ten bytes. */
void buf_varint(struct buf *b, uint64_t v);
/* Zigzag, then LEB128. */
void buf_svarint(struct buf *b, int64_t v);
/* A varint length, then the bytes without a NUL. */
void buf_str(struct buf *b, const char *s);
void buf_double(struct buf *b, double v); /* IEEE 754 binary64, big-endian */

/* Reads from borrowed bytes. The first read past the end, or of a malformed or overlong number,
 * sets bad for good; all later reads return 0. Check bad once at the end. */
struct cursor {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

struct cursor cursor_over(const void *p, size_t n);
size_t cursor_left(const struct cursor *c);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
uint64_t cursor_varint(struct cursor *c);
int64_t cursor_svarint(struct cursor *c);
double cursor_double(struct cursor *c);
/* n bytes, or NULL (and bad). */
const uint8_t *cursor_bytes(struct cursor *c, size_t n);
/* A string of buf_str into dst[size], NUL-terminated. One that does not fit, or is no text by
 * str_is_text(), is bad. */
void cursor_str(struct cursor *c, char *dst, size_t size);

#endif
