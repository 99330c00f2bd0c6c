/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint: its records, bytes to structs and back. Pure. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/checkpoint.h"
#include "collector/store/checkpoint_record.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"

#define WORD 8

/* Whether the word is zero. */
static bool
is_zero(const uint8_t *p)
{
	static const uint8_t zero[WORD];

	return memcmp(p, zero, WORD) == 0;
}

/* Runs: number of zero words, number of other words, those. A header is whole words. */
void
checkpoint_pack(struct buf *b, const uint8_t *header, size_t n)
{
	size_t words = n / WORD;

	buf_varint(b, words);
	for (size_t i = 0; i < words;) {
		size_t zeros = i;
		while (zeros < words && is_zero(header + zeros * WORD))
			zeros++;
		size_t others = zeros;
		while (others < words && !is_zero(header + others * WORD))
			others++;
		buf_varint(b, zeros - i);
		buf_varint(b, others - zeros);
		buf_put(b, header + zeros * WORD, (others - zeros) * WORD);
		i = others;
	}
}

/* The header again. */
int
checkpoint_unpack(const uint8_t *packed, size_t n, uint8_t **header, size_t *header_bytes)
{
	struct cursor c = cursor_over(packed, n);
	uint64_t words = cursor_varint(&c);

	if (c.bad || words > RRDFILE_MAX_HEADER / WORD)
		return -1;
	uint8_t *out = xcalloc(words + 1, WORD);
	for (uint64_t i = 0; i < words && !c.bad;) {
		uint64_t zeros = cursor_varint(&c), others = cursor_varint(&c);
		if (zeros > words - i || others > words - i - zeros || zeros + others == 0) {
			c.bad = true;
			break;
		}
		const uint8_t *p = cursor_bytes(&c, others * WORD);
		if (p != NULL)
			memcpy(out + (i + zeros) * WORD, p, others * WORD);
		i += zeros + others;
	}
	if (c.bad || cursor_left(&c) != 0) {
		free(out);
		return -1;
	}
	*header = out;
	*header_bytes = words * WORD;
	return 0;
}

/* Begin a record; its place is given to checkpoint_record_end(). */
size_t
checkpoint_record_begin(struct buf *b, enum checkpoint_type type)
{
	size_t at = b->len;

	buf_be32(b, 0);
	buf_be32(b, 0);
	buf_u8(b, (uint8_t)type);
	return at;
}

/* Fill in a record's length and checksum. */
void
checkpoint_record_end(struct buf *b, size_t at)
{
	uint32_t len = (uint32_t)(b->len - at - CHECKPOINT_RECORD_HEADER);
	uint32_t crc = crc32c(0, b->data + at + 8, len + 1);

	for (unsigned i = 0; i < 4; i++) {
		b->data[at + i] = (uint8_t)(len >> (24 - 8 * i));
		b->data[at + 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
	}
}

/* A payload. */
static int
decode_payload(const uint8_t *p, size_t n, struct checkpoint_record *r)
{
	struct cursor c = cursor_over(p, n);

	if (r->type == CHECKPOINT_COMMIT) {
		const uint8_t *id = cursor_bytes(&c, SEGLOG_ID);
		if (id != NULL)
			memcpy(r->journal_id, id, SEGLOG_ID);
		r->from = cursor_be64(&c);
		r->lsn = cursor_be64(&c);
		r->wall_ms = cursor_be64(&c);
	} else {
		r->sid = cursor_be32(&c);
		if (r->type == CHECKPOINT_IMAGE)
			r->lsn = cursor_be64(&c);
		cursor_str(&c, r->path, sizeof r->path);
		if (r->sid == 0 || r->sid > CHECKPOINT_MAX_SID)
			return -1;
	}
	if (r->type == CHECKPOINT_IMAGE) {
		r->file_bytes = cursor_be64(&c);
		r->packed_bytes = cursor_left(&c);
		r->packed = cursor_bytes(&c, r->packed_bytes);
	}
	return c.bad || cursor_left(&c) != 0 ? -1 : 0;
}

/* The record at the start of these bytes: its length, or 0 if there is none. */
size_t
checkpoint_record_decode(const uint8_t *p, size_t n, struct checkpoint_record *r)
{
	struct cursor c = cursor_over(p, n);
	uint32_t len = cursor_be32(&c), crc = cursor_be32(&c);
	uint8_t type = cursor_u8(&c);

	*r = (struct checkpoint_record){ .type = type };
	if (c.bad || type < CHECKPOINT_CREATED || type > CHECKPOINT_GONE ||
	    len > RRDFILE_MAX_HEADER * 2 || len > cursor_left(&c))
		return 0;
	if (crc32c(0, p + 8, (size_t)len + 1) != crc || decode_payload(p + 9, len, r) == -1)
		return 0;
	return CHECKPOINT_RECORD_HEADER + (size_t)len;
}

/* All whole records. */
void
checkpoint_scan(const uint8_t *data, size_t n,
    void (*visit)(void *arg, const struct checkpoint_record *r, size_t offset, size_t length,
	unsigned damage_before),
    void *arg, size_t *end, unsigned *damage)
{
	struct checkpoint_record r;
	bool bad = false;

	*end = 0;
	*damage = 0;
	if (n < CHECKPOINT_MAGIC_BYTES)
		return;
	*end = CHECKPOINT_MAGIC_BYTES;
	if (memcmp(data, CHECKPOINT_MAGIC, CHECKPOINT_MAGIC_BYTES) != 0)
		bad = true;
	for (size_t at = CHECKPOINT_MAGIC_BYTES; at < n;) {
		size_t len = checkpoint_record_decode(data + at, n - at, &r);
		if (len == 0) {
			bad = true;
			at++;
			continue;
		}
		if (bad)
			(*damage)++;
		bad = false;
		visit(arg, &r, at, len, *damage);
		at += len;
		*end = at;
	}
}
