/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record: what a record of the journal looks like inside: who sent it when, then its payload. */
#include <string.h>

#include "collector/journal/journal.h"
#include "collector/journal/record.h"
#include "zw/buf.h"

/* The bytes of a record. */
void
record_encode(struct buf *b, const uint8_t stream[WIRE_STREAM_ID], const char *sender,
    int64_t recv_ms, const void *payload, size_t n)
{
	size_t len = strnlen(sender, NAME_MAX_NODE);

	buf_put(b, stream, WIRE_STREAM_ID);
	buf_be64(b, (uint64_t)recv_ms);
	buf_u8(b, (uint8_t)len);
	buf_put(b, sender, len);
	if (n > 0)
		buf_put(b, payload, n);
}

/* Take a record apart. */
int
journal_record_decode(const struct seglog_record *rec, struct journal_record *out, struct err *e)
{
	struct cursor c = cursor_over(rec->data, rec->len);

	if (rec->type == JOURNAL_MARKS)
		return err_set(e, "marks, not a record of a stream");
	*out = (struct journal_record){ .lsn = rec->lsn, .type = rec->type };
	out->stream = cursor_bytes(&c, WIRE_STREAM_ID);
	out->recv_ms = (int64_t)cursor_be64(&c);
	size_t len = cursor_u8(&c);
	const uint8_t *sender = cursor_bytes(&c, len);
	if (c.bad || len > NAME_MAX_NODE)
		return err_set(e, "malformed record of the journal");
	memcpy(out->sender, sender, len);
	if (!str_is_name(out->sender, NAME_MAX_NODE) || strlen(out->sender) != len)
		return err_set(e, "a record of the journal has no sender");
	out->payload = c.p;
	out->len = cursor_left(&c);
	return 0;
}
