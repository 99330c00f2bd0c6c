/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame decoders of both sides: the first byte chooses the frame's type (each has several that
 * mean it), the rest is its payload. What decodes is encoded again and must give the same bytes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zw/batch.h"
#include "zw/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A frame of it goes through its header unharmed, and as one of another type it does not. */
static void
check_frame(uint8_t type, const uint8_t *p, size_t n)
{
	uint8_t head[WIRE_HEADER];
	struct wire_header h;

	if (n > WIRE_MAX_PAYLOAD)
		return;
	wire_header_encode(head, type, 0, p, (uint32_t)n);
	assert(wire_header_decode(head, WIRE_MAX_PAYLOAD, &h, NULL) == 0);
	assert(h.type == type && h.flags == 0 && h.length == n && wire_payload_intact(&h, p));
	h.type ^= 1;
	assert(!wire_payload_intact(&h, p));
}

/* The encoder's bytes must be those that were decoded: there is one way to write each message. */
static void
check_same(struct buf *b, const uint8_t *p, size_t n)
{
	assert(b->len == n && (n == 0 || memcmp(b->data, p, n) == 0));
	buf_free(b);
}

/* A batch has several ways to write a value, so its values are compared. */
static void
check_batch(const uint8_t *p, size_t n)
{
	struct batch_reader r, again;
	struct buf b = { 0 };
	struct batch_writer w;

	if (batch_open(&r, p, n, NULL) == -1)
		return;
	w = batch_begin(&b, r.seq, r.time_s);
	while (batch_next(&r) == 1)
		batch_add(&w, r.id, r.nvalues, r.values);
	assert(batch_open(&r, p, n, NULL) == 0);
	assert(batch_open(&again, b.data, b.len, NULL) == 0);
	while (batch_next(&r) == 1) {
		assert(batch_next(&again) == 1);
		assert(again.id == r.id && again.nvalues == r.nvalues);
		for (unsigned i = 0; i < r.nvalues; i++)
			assert(memcmp(&again.values[i], &r.values[i], sizeof(double)) == 0);
	}
	assert(batch_next(&again) == 0);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = { 0 };
	struct wire_header h;
	union {
		struct wire_hello hello;
		struct wire_welcome welcome;
		struct series_def def;
		struct wire_event event;
		struct wire_ping ping;
		struct wire_pong pong;
		struct wire_error error;
		struct wire_enroll enroll;
		struct wire_certificate certificate;
		uint64_t seq;
	} m;

	if (size >= WIRE_HEADER)
		(void)!wire_header_decode(data, WIRE_MAX_PAYLOAD, &h, NULL);
	if (size < 1)
		return 0;
	if (data[0] >= 0xc0)
		check_frame(WIRE_HELLO + data[0] % WIRE_CERTIFICATE, data + 1, size - 1);
	const uint8_t *p = data + 1;
	size_t n = size - 1;
	switch (data[0] % 13) {
	case WIRE_HELLO:
		if (wire_hello_decode(p, n, &m.hello, NULL) == 0) {
			wire_hello_encode(&b, &m.hello);
			check_same(&b, p, n);
		}
		break;
	case WIRE_WELCOME:
		if (wire_welcome_decode(p, n, &m.welcome, NULL) == 0) {
			wire_welcome_encode(&b, &m.welcome);
			check_same(&b, p, n);
		}
		break;
	case WIRE_DEFINE:
		if (wire_define_decode(p, n, &m.def, NULL) == 0) {
			wire_define_encode(&b, &m.def);
			check_same(&b, p, n);
		}
		break;
	case WIRE_EVENT:
		if (wire_event_decode(p, n, &m.event, NULL) == 0) {
			wire_event_encode(&b, &m.event);
			check_same(&b, p, n);
		}
		break;
	case WIRE_ACK:
		if (wire_ack_decode(p, n, &m.seq, NULL) == 0) {
			wire_ack_encode(&b, m.seq);
			check_same(&b, p, n);
		}
		break;
	case WIRE_PING:
		if (wire_ping_decode(p, n, &m.ping, NULL) == 0) {
			wire_ping_encode(&b, &m.ping);
			check_same(&b, p, n);
		}
		break;
	case WIRE_PONG:
		if (wire_pong_decode(p, n, &m.pong, NULL) == 0) {
			wire_pong_encode(&b, &m.pong);
			check_same(&b, p, n);
		}
		break;
	case WIRE_ERROR:
		if (wire_error_decode(p, n, &m.error, NULL) == 0) {
			wire_error_encode(&b, &m.error);
			check_same(&b, p, n);
		}
		break;
	case WIRE_ENROLL:
		if (wire_enroll_decode(p, n, &m.enroll, NULL) == 0) {
			assert(m.enroll.token[0] != '\0' && m.enroll.nrequest <= WIRE_MAX_REQUEST);
			wire_enroll_encode(&b, &m.enroll);
			check_same(&b, p, n);
		}
		break;
	case WIRE_CERTIFICATE:
		if (wire_certificate_decode(p, n, &m.certificate, NULL) == 0) {
			wire_certificate_encode(&b, &m.certificate);
			check_same(&b, p, n);
		}
		break;
	default:
		check_batch(p, n);
		break;
	}
	return 0;
}
