/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire: frames come back as they were, and what is malformed is refused. The vectors are those of
 * zonewatch-wire(7). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "zw/batch.h"
#include "zw/wire.h"

/* The hex text of a frame of this type over this payload. */
static void
frame_hex(char *dst, size_t size, uint8_t type, const struct buf *payload)
{
	uint8_t h[WIRE_HEADER];
	size_t at = 0;

	wire_header_encode(h, type, 0, payload->data, (uint32_t)payload->len);
	for (size_t i = 0; i < WIRE_HEADER; i++)
		at += (size_t)snprintf(dst + at, size - at, "%02x", h[i]);
	for (size_t i = 0; i < payload->len; i++)
		at += (size_t)snprintf(dst + at, size - at, "%02x", payload->data[i]);
}

/* A definition with one field of each kind. */
static struct series_def
sample_def(void)
{
	struct series_def def = { .id = 7, .step_s = 10, .nfields = 2 };

	strcpy(def.source, "network");
	strcpy(def.instance, "eth0");
	strcpy(def.fields[0].name, "rx_bytes");
	def.fields[0].kind = FIELD_COUNTER;
	strcpy(def.fields[0].unit, "By");
	def.fields[0].min = 0;
	def.fields[0].max = 1e11;
	strcpy(def.fields[0].label, "Bytes received");
	strcpy(def.fields[1].name, "carrier");
	def.fields[1].kind = FIELD_STATE;
	strcpy(def.fields[1].unit, "1");
	def.fields[1].min = NAN;
	def.fields[1].max = NAN;
	strcpy(def.fields[1].label, "Link is up");
	return def;
}

/* The vectors of the manual page. */
static void
test_vectors(void **state)
{
	struct buf b = { 0 };
	char hex[1024];

	(void)state;
	wire_ack_encode(&b, 300);
	frame_hex(hex, sizeof hex, WIRE_ACK, &b);
	assert_string_equal(hex, "5a01060000000002"
				 "07389e05"
				 "ac02");
	buf_clear(&b);
	double v[] = { 23.45, 0, NAN };
	struct batch_writer w = batch_begin(&b, 1, 1790000000);
	batch_add(&w, 7, 3, v);
	frame_hex(hex, sizeof hex, WIRE_BATCH, &b);
	assert_string_equal(hex, "5a0104000000000c"
				 "afd2edd9"
				 "0180f7c4d506"
				 "0603"
				 "080e"
				 "2909");
	buf_free(&b);
}

static void
test_hello_welcome(void **state)
{
	struct wire_hello h = { .first_seq = 5,
		.next_seq = 9,
		.sent_ms = -1,
		.step_s = 10,
		.agent = "zonewatch-agent 0.1.0" },
			  h2;
	struct wire_welcome w = { .durable_seq = 8,
		.hello_sent_ms = 1,
		.hello_recv_ms = 2,
		.sent_ms = 3,
		.window_frames = 256,
		.window_bytes = 1 << 20,
		.node = "srv01" },
			    w2;
	struct buf b = { 0 };

	(void)state;
	memset(h.stream, 0xa5, sizeof h.stream);
	wire_hello_encode(&b, &h);
	assert_int_equal(wire_hello_decode(b.data, b.len, &h2, NULL), 0);
	assert_memory_equal(h.stream, h2.stream, sizeof h.stream);
	assert_true(h2.first_seq == 5 && h2.next_seq == 9 && h2.sent_ms == -1 && h2.step_s == 10);
	assert_string_equal(h2.agent, h.agent);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(wire_hello_decode(b.data, n, &h2, NULL), -1);
	buf_u8(&b, 0);
	assert_int_equal(wire_hello_decode(b.data, b.len, &h2, NULL), -1);
	buf_clear(&b);
	wire_welcome_encode(&b, &w);
	assert_int_equal(wire_welcome_decode(b.data, b.len, &w2, NULL), 0);
	assert_true(w2.durable_seq == 8 && w2.window_frames == 256 && w2.sent_ms == 3);
	assert_string_equal(w2.node, "srv01");
	buf_free(&b);
}

/* What states mean travels behind the fields; a definition without it is one of old. */
static void
test_states(void **state)
{
	struct series_def def = sample_def(), got;
	struct buf plain = { 0 }, b = { 0 };
	struct err e;

	(void)state;
	wire_define_encode(&plain, &def);
	assert_int_equal(wire_define_decode(plain.data, plain.len, &got, &e), 0);
	assert_string_equal(got.states, "");
	assert_true(
	    metric_state_add(&def, 1, &(struct metric_state){ 0, METRIC_CRITICAL, "down" }));
	wire_define_encode(&b, &def);
	assert_int_equal(wire_define_decode(b.data, b.len, &got, &e), 0);
	assert_string_equal(got.states, def.states);
	assert_memory_equal(b.data, plain.data, plain.len);
	for (size_t n = 0; n < b.len; n++) /* cut anywhere but before it */
		assert_int_equal(
		    wire_define_decode(b.data, n, &got, NULL), n == plain.len ? 0 : -1);
	buf_u8(&plain, 0); /* there, but empty: not as anybody encodes it */
	assert_int_equal(wire_define_decode(plain.data, plain.len, &got, NULL), -1);
	strcpy(def.states, "2:0cdown"); /* of a field that it does not have */
	buf_clear(&b);
	wire_define_encode(&b, &def);
	assert_int_equal(wire_define_decode(b.data, b.len, &got, &e), -1);
	assert_string_equal(e.msg, "the meaning of its states is malformed");
	memset(def.states, 'o', METRIC_MAX_STATES);
	memcpy(def.states, "1:0", 3); /* one text as long as all */
	buf_clear(&b);
	wire_define_encode(&b, &def);
	assert_int_equal(wire_define_decode(b.data, b.len, &got, &e), -1);
	buf_free(&b);
	buf_free(&plain);
}

static void
test_define(void **state)
{
	struct series_def def = sample_def(), got;
	struct buf b = { 0 };
	struct err e;

	(void)state;
	wire_define_encode(&b, &def);
	assert_int_equal(wire_define_decode(b.data, b.len, &got, &e), 0);
	assert_int_equal(got.id, 7);
	assert_string_equal(got.fields[1].name, "carrier");
	assert_true(isnan(got.fields[1].min) && got.fields[0].max == 1e11);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(wire_define_decode(b.data, n, &got, NULL), -1);
	/* What a hostile agent would like to have as a file name, a DS or a range. */
	static const char *const names[] = { "../x", "a/b", ".hidden", "a:b", "", "x\n" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct series_def bad = sample_def();
		strcpy(bad.source, names[i]);
		buf_clear(&b);
		wire_define_encode(&b, &bad);
		assert_int_equal(wire_define_decode(b.data, b.len, &got, NULL), -1);
	}
	def.fields[0].min = 5;
	def.fields[0].max = 5;
	assert_int_equal(series_def_check(&def, &e), -1);
	assert_string_equal(e.msg, "field rx_bytes has an impossible range");
	def = sample_def();
	strcpy(def.fields[1].name, "rx_bytes");
	assert_int_equal(series_def_check(&def, &e), -1);
	assert_string_equal(e.msg, "field rx_bytes is there twice");
	buf_free(&b);
}

static void
test_others(void **state)
{
	struct wire_event ev = { .seq = 4,
		.time_ms = 1790000000123,
		.severity = WIRE_WARNING,
		.series = 7,
		.code = "source-stuck",
		.text = "the mount /srv does not answer" },
			  ev2;
	struct wire_error er = { .code = WIRE_E_TIME, .seq = 4, .text = "no" }, er2;
	struct wire_ping pi = { .sent_ms = 77 }, pi2;
	struct wire_pong po = { .ping_sent_ms = 77, .recv_ms = 78 }, po2;
	struct buf b = { 0 };
	uint64_t seq;

	(void)state;
	wire_event_encode(&b, &ev);
	assert_int_equal(wire_event_decode(b.data, b.len, &ev2, NULL), 0);
	assert_string_equal(ev2.code, "source-stuck");
	assert_string_equal(ev2.text, ev.text);
	assert_true(ev2.time_ms == ev.time_ms && ev2.severity == WIRE_WARNING);
	assert_int_equal(wire_seq_peek(b.data, b.len, &seq), 0);
	assert_int_equal(seq, 4);
	buf_clear(&b);
	wire_error_encode(&b, &er);
	assert_int_equal(wire_error_decode(b.data, b.len, &er2, NULL), 0);
	assert_true(er2.code == WIRE_E_TIME && er2.seq == 4);
	buf_clear(&b);
	wire_ping_encode(&b, &pi);
	assert_int_equal(wire_ping_decode(b.data, b.len, &pi2, NULL), 0);
	assert_true(pi2.sent_ms == 77);
	buf_clear(&b);
	wire_pong_encode(&b, &po);
	assert_int_equal(wire_pong_decode(b.data, b.len, &po2, NULL), 0);
	assert_true(po2.ping_sent_ms == 77 && po2.recv_ms == 78);
	buf_free(&b);
}

/* A token with a request, and the answer: cut anywhere, empty, too long, with blanks. */
static void
test_enrolment(void **state)
{
	static const uint8_t der[] = "0\x03\x02\x01\x05";
	struct wire_enroll en = { .token = "zwi-abc_DEF-123",
		.agent = "zonewatch-agent 0.1.0",
		.request = der,
		.nrequest = 5 },
			   en2;
	struct wire_certificate ce = { der, 5, der, 3 }, ce2;
	struct buf b = { 0 };

	(void)state;
	wire_enroll_encode(&b, &en);
	assert_int_equal(wire_enroll_decode(b.data, b.len, &en2, NULL), 0);
	assert_string_equal(en2.token, en.token);
	assert_string_equal(en2.agent, en.agent);
	assert_int_equal(en2.nrequest, 5);
	assert_memory_equal(en2.request, der, 5);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(wire_enroll_decode(b.data, n, &en2, NULL), -1);
	buf_u8(&b, 0);
	assert_int_equal(wire_enroll_decode(b.data, b.len, &en2, NULL), -1);
	static const char *const tokens[] = { "", "a b", "a\x01", "\xc3\xa4", "x " };
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		strcpy(en.token, tokens[i]);
		buf_clear(&b);
		wire_enroll_encode(&b, &en);
		assert_int_equal(wire_enroll_decode(b.data, b.len, &en2, NULL), -1);
	}
	strcpy(en.token, "t");
	uint8_t *big = calloc(1, WIRE_MAX_REQUEST + 1);
	en.request = big;
	for (size_t n = WIRE_MAX_REQUEST; n <= WIRE_MAX_REQUEST + 1; n++) {
		en.nrequest = n;
		buf_clear(&b);
		wire_enroll_encode(&b, &en);
		assert_int_equal(
		    wire_enroll_decode(b.data, b.len, &en2, NULL), n <= WIRE_MAX_REQUEST ? 0 : -1);
	}
	free(big);
	buf_clear(&b);
	wire_certificate_encode(&b, &ce);
	assert_int_equal(wire_certificate_decode(b.data, b.len, &ce2, NULL), 0);
	assert_true(ce2.nleaf == 5 && ce2.nauthority == 3);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(wire_certificate_decode(b.data, n, &ce2, NULL), -1);
	buf_u8(&b, 0);
	assert_int_equal(wire_certificate_decode(b.data, b.len, &ce2, NULL), -1);
	ce.nauthority = 0;
	buf_clear(&b);
	wire_certificate_encode(&b, &ce);
	assert_int_equal(wire_certificate_decode(b.data, b.len, &ce2, NULL), -1);
	buf_free(&b);
}

static void
test_header(void **state)
{
	uint8_t h[WIRE_HEADER];
	struct wire_header wh;
	struct err e;

	(void)state;
	wire_header_encode(h, WIRE_BATCH, WIRE_FLAG_LIVE, "abc", 3);
	assert_int_equal(wire_header_decode(h, 3, &wh, &e), 0);
	assert_true(wh.type == WIRE_BATCH && wh.flags == WIRE_FLAG_LIVE && wh.length == 3);
	assert_true(wire_payload_intact(&wh, "abc"));
	assert_false(wire_payload_intact(&wh, "abd"));
	assert_int_equal(wire_header_decode(h, 2, &wh, &e), -1);
	assert_string_equal(e.msg, "a batch frame of 3 bytes is longer than 2");
	for (int byte = 0; byte < 4; byte++) {
		uint8_t bad[WIRE_HEADER];
		memcpy(bad, h, sizeof bad);
		bad[byte] ^= 0x70;
		assert_int_equal(wire_header_decode(bad, 100, &wh, NULL), -1);
	}
	wire_header_encode(h, WIRE_ACK, WIRE_FLAG_LIVE, "", 0);
	assert_int_equal(wire_header_decode(h, 100, &wh, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_hello_welcome),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_define),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_enrolment),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
