/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire: the frames between agent and collector, zonewatch-wire(7). Batches are in batch.c, those
 * about certificates in wire_enroll.c. */
#include <string.h>

#include "zw/crc32c.h"
#include "lib/wire_int.h"

#define WIRE_MAGIC 'Z'

/* A frame type's word. */
const char *
wire_type_name(uint8_t type)
{
	static const char *const names[] = { NULL, "hello", "welcome", "define", "batch", "event",
		"ack", "ping", "pong", "error", "enroll", "renew", "certificate" };

	return type < sizeof names / sizeof names[0] && names[type] != NULL ? names[type]
									    : "unknown";
}

/* The checksum of a frame. */
static uint32_t
wire_crc(uint8_t type, const void *payload, size_t n)
{
	return crc32c(crc32c(0, &type, 1), payload, n);
}

/* The header over a payload. */
void
wire_header_encode(
    uint8_t out[WIRE_HEADER], uint8_t type, uint8_t flags, const void *payload, uint32_t length)
{
	uint32_t crc = wire_crc(type, payload, length);

	out[0] = WIRE_MAGIC;
	out[1] = WIRE_VERSION;
	out[2] = type;
	out[3] = flags;
	for (int i = 0; i < 4; i++) {
		out[4 + i] = (uint8_t)(length >> (24 - 8 * i));
		out[8 + i] = (uint8_t)(crc >> (24 - 8 * i));
	}
}

/* Judge a header before anything of its payload is taken. */
int
wire_header_decode(
    const uint8_t in[WIRE_HEADER], uint32_t max, struct wire_header *h, struct err *e)
{
	struct cursor c = cursor_over(in, WIRE_HEADER);

	if (cursor_u8(&c) != WIRE_MAGIC)
		return err_set(e, "not a frame of zonewatch");
	uint8_t version = cursor_u8(&c);
	if (version != WIRE_VERSION)
		return err_set(e, "protocol version %u, not %d", version, WIRE_VERSION);
	h->type = cursor_u8(&c);
	h->flags = cursor_u8(&c);
	h->length = cursor_be32(&c);
	h->crc = cursor_be32(&c);
	if (h->type < WIRE_HELLO || h->type > WIRE_CERTIFICATE)
		return err_set(e, "unknown frame type %u", h->type);
	if ((h->flags & ~WIRE_FLAG_LIVE) != 0 || (h->flags != 0 && h->type != WIRE_BATCH))
		return err_set(
		    e, "unknown flags %#x on a %s frame", h->flags, wire_type_name(h->type));
	if (h->length > max)
		return err_set(e, "a %s frame of %u bytes is longer than %u",
		    wire_type_name(h->type), h->length, max);
	return 0;
}

/* Whether the payload belongs to the header. */
bool
wire_payload_intact(const struct wire_header *h, const void *payload)
{
	return wire_crc(h->type, payload, h->length) == h->crc;
}

int
wire_finish(const struct cursor *c, const char *what, struct err *e)
{
	if (c->bad)
		return err_set(e, "malformed %s", what);
	if (c->p != c->end)
		return err_set(e, "%zu bytes too many in a %s", cursor_left(c), what);
	return 0;
}

void
wire_hello_encode(struct buf *b, const struct wire_hello *m)
{
	buf_put(b, m->stream, WIRE_STREAM_ID);
	buf_varint(b, m->first_seq);
	buf_varint(b, m->next_seq);
	buf_be64(b, (uint64_t)m->sent_ms);
	buf_varint(b, m->step_s);
	buf_str(b, m->agent);
}

int
wire_hello_decode(const void *p, size_t n, struct wire_hello *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*m = (struct wire_hello){ 0 };
	const uint8_t *stream = cursor_bytes(&c, WIRE_STREAM_ID);
	if (stream != NULL)
		memcpy(m->stream, stream, WIRE_STREAM_ID);
	m->first_seq = cursor_varint(&c);
	m->next_seq = cursor_varint(&c);
	m->sent_ms = (int64_t)cursor_be64(&c);
	uint64_t step = cursor_varint(&c);
	m->step_s = (uint32_t)step;
	cursor_str(&c, m->agent, sizeof m->agent);
	if (m->first_seq == 0 || m->next_seq < m->first_seq || step == 0 || step > 86400)
		c.bad = true;
	return wire_finish(&c, "hello", e);
}

void
wire_welcome_encode(struct buf *b, const struct wire_welcome *m)
{
	buf_varint(b, m->durable_seq);
	buf_be64(b, (uint64_t)m->hello_sent_ms);
	buf_be64(b, (uint64_t)m->hello_recv_ms);
	buf_be64(b, (uint64_t)m->sent_ms);
	buf_varint(b, m->window_frames);
	buf_varint(b, m->window_bytes);
	buf_str(b, m->node);
}

int
wire_welcome_decode(const void *p, size_t n, struct wire_welcome *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*m = (struct wire_welcome){ 0 };
	m->durable_seq = cursor_varint(&c);
	m->hello_sent_ms = (int64_t)cursor_be64(&c);
	m->hello_recv_ms = (int64_t)cursor_be64(&c);
	m->sent_ms = (int64_t)cursor_be64(&c);
	uint64_t frames = cursor_varint(&c), bytes = cursor_varint(&c);
	cursor_str(&c, m->node, sizeof m->node);
	if (frames == 0 || frames > UINT32_MAX || bytes == 0 || bytes > UINT32_MAX ||
	    !str_is_name(m->node, NAME_MAX_NODE))
		c.bad = true;
	m->window_frames = (uint32_t)frames;
	m->window_bytes = (uint32_t)bytes;
	return wire_finish(&c, "welcome", e);
}

void
wire_define_encode(struct buf *b, const struct series_def *def)
{
	buf_varint(b, def->id);
	buf_str(b, def->node);
	buf_str(b, def->source);
	buf_str(b, def->instance);
	buf_varint(b, def->step_s);
	buf_varint(b, def->nfields);
	for (unsigned i = 0; i < def->nfields; i++) {
		const struct field *f = &def->fields[i];
		buf_str(b, f->name);
		buf_u8(b, (uint8_t)f->kind);
		buf_str(b, f->unit);
		buf_double(b, f->min);
		buf_double(b, f->max);
		buf_str(b, f->label);
	}
	if (def->states[0] != '\0')
		buf_str(b, def->states);
}

/* One field of a definition. */
static void
wire_field_decode(struct cursor *c, struct field *f)
{
	cursor_str(c, f->name, sizeof f->name);
	f->kind = (enum field_kind)cursor_u8(c);
	cursor_str(c, f->unit, sizeof f->unit);
	f->min = cursor_double(c);
	f->max = cursor_double(c);
	cursor_str(c, f->label, sizeof f->label);
}

int
wire_define_decode(const void *p, size_t n, struct series_def *def, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*def = (struct series_def){ 0 };
	uint64_t id = cursor_varint(&c);
	cursor_str(&c, def->node, sizeof def->node);
	cursor_str(&c, def->source, sizeof def->source);
	cursor_str(&c, def->instance, sizeof def->instance);
	uint64_t step = cursor_varint(&c), nfields = cursor_varint(&c);
	if (id == 0 || id > UINT32_MAX || step > UINT32_MAX || nfields > METRIC_MAX_FIELDS)
		c.bad = true;
	if (c.bad)
		return wire_finish(&c, "definition", e);
	def->id = (uint32_t)id;
	def->step_s = (uint32_t)step;
	def->nfields = (unsigned)nfields;
	for (unsigned i = 0; i < def->nfields; i++)
		wire_field_decode(&c, &def->fields[i]);
	if (!c.bad && cursor_left(&c) > 0) { /* definitions without it are older than it */
		cursor_str(&c, def->states, sizeof def->states);
		c.bad = c.bad || def->states[0] == '\0';
	}
	if (wire_finish(&c, "definition", e) == -1)
		return -1;
	return series_def_check(def, e);
}

void
wire_event_encode(struct buf *b, const struct wire_event *m)
{
	buf_varint(b, m->seq);
	buf_be64(b, (uint64_t)m->time_ms);
	buf_u8(b, (uint8_t)m->severity);
	buf_varint(b, m->series);
	buf_str(b, m->code);
	buf_str(b, m->text);
}

int
wire_event_decode(const void *p, size_t n, struct wire_event *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*m = (struct wire_event){ 0 };
	m->seq = cursor_varint(&c);
	m->time_ms = (int64_t)cursor_be64(&c);
	m->severity = (enum wire_severity)cursor_u8(&c);
	uint64_t series = cursor_varint(&c);
	cursor_str(&c, m->code, sizeof m->code);
	cursor_str(&c, m->text, sizeof m->text);
	if (m->seq == 0 || (unsigned)m->severity > WIRE_CRITICAL || series > UINT32_MAX ||
	    !str_is_name(m->code, NAME_MAX_SOURCE))
		c.bad = true;
	m->series = (uint32_t)series;
	return wire_finish(&c, "event", e);
}

void
wire_ack_encode(struct buf *b, uint64_t seq)
{
	buf_varint(b, seq);
}

int
wire_ack_decode(const void *p, size_t n, uint64_t *seq, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*seq = cursor_varint(&c);
	return wire_finish(&c, "acknowledgement", e);
}

void
wire_ping_encode(struct buf *b, const struct wire_ping *m)
{
	buf_be64(b, (uint64_t)m->sent_ms);
}

int
wire_ping_decode(const void *p, size_t n, struct wire_ping *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	m->sent_ms = (int64_t)cursor_be64(&c);
	return wire_finish(&c, "ping", e);
}

void
wire_pong_encode(struct buf *b, const struct wire_pong *m)
{
	buf_be64(b, (uint64_t)m->ping_sent_ms);
	buf_be64(b, (uint64_t)m->recv_ms);
}

int
wire_pong_decode(const void *p, size_t n, struct wire_pong *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	m->ping_sent_ms = (int64_t)cursor_be64(&c);
	m->recv_ms = (int64_t)cursor_be64(&c);
	return wire_finish(&c, "pong", e);
}

void
wire_error_encode(struct buf *b, const struct wire_error *m)
{
	buf_u8(b, m->code);
	buf_varint(b, m->seq);
	buf_str(b, m->text);
}

int
wire_error_decode(const void *p, size_t n, struct wire_error *m, struct err *e)
{
	struct cursor c = cursor_over(p, n);

	*m = (struct wire_error){ 0 };
	m->code = cursor_u8(&c);
	m->seq = cursor_varint(&c);
	cursor_str(&c, m->text, sizeof m->text);
	if (m->code < WIRE_E_IDENTITY || m->code > WIRE_E_ENROLL)
		c.bad = true;
	return wire_finish(&c, "error", e);
}

/* The number that a batch's or an event's payload begins with. */
int
wire_seq_peek(const void *p, size_t n, uint64_t *seq)
{
	struct cursor c = cursor_over(p, n);

	*seq = cursor_varint(&c);
	return c.bad || *seq == 0 ? -1 : 0;
}
