/* link: zwfeed */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The datagrams: what goes in comes out; what is forged, cut, old, repeated or of strangers does
 * not. HMAC against RFC 4231; the facts there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/deadman_facts.h"
#include "agent/deadman_wire.h"
#include "zw/hmac.h"

#define WALL 1800000000000LL

static const char *const names[] = { "srv-01", "srv-02", "srv-03" };
static const struct deadman_wire wire = { .names = names, .n = 3, .key = "0123456789abcdef" };
static const struct deadman_said said = {
	.own_age_ms = 5000,
	.live_age_ms = -1,
	.held = true,
	.holder = 2,
	.mailed = true,
	.id = UINT64_C(0xfedcba9876543210),
	.hold_age_ms = 1234,
};

/* RFC 4231 4.3. */
static void
test_hmac(void **state)
{
	static const uint8_t want[HMAC_SIZE] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
		0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
		0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 };
	static const char text[] = "what do ya want for nothing?";
	uint8_t got[HMAC_SIZE];

	(void)state;
	assert_int_equal(hmac_make("Jefe", 4, text, sizeof text - 1, got), 0);
	assert_memory_equal(got, want, HMAC_SIZE);
	assert_true(hmac_fits("Jefe", 4, text, sizeof text - 1, got));
	got[31] ^= 1;
	assert_false(hmac_fits("Jefe", 4, text, sizeof text - 1, got));
}

/* There and back. */
static void
test_round_trip(void **state)
{
	struct deadman_seen seen[3] = { 0 };
	struct deadman_said got;
	uint8_t bytes[DEADMAN_WIRE_SIZE];
	unsigned from;
	struct err e;

	(void)state;
	assert_int_equal(deadman_wire_encode(&wire, 7, WALL, 1, &said, bytes), 0);
	assert_int_equal(
	    deadman_wire_decode(&wire, seen, WALL + 20, bytes, sizeof bytes, &from, &got, &e), 0);
	assert_int_equal(from, 1);
	assert_int_equal(got.own_age_ms, 5000);
	assert_int_equal(got.live_age_ms, -1);
	assert_true(got.held && got.mailed);
	assert_int_equal(got.holder, 2);
	assert_true(got.id == said.id);
	assert_int_equal(got.hold_age_ms, 1234);
	struct deadman_said none = { .own_age_ms = -1, .live_age_ms = 0 };
	assert_int_equal(deadman_wire_encode(&wire, 8, WALL, 1, &none, bytes), 0);
	assert_int_equal(
	    deadman_wire_decode(&wire, seen, WALL, bytes, sizeof bytes, &from, &got, &e), 0);
	assert_false(got.held);
	assert_int_equal(got.own_age_ms, -1);
	assert_int_equal(got.live_age_ms, 0);
}

/* Every single bit counts, and every length. */
static void
test_forged(void **state)
{
	struct deadman_said got;
	uint8_t bytes[DEADMAN_WIRE_SIZE + 1] = { 0 };
	unsigned from;
	struct err e;

	(void)state;
	assert_int_equal(deadman_wire_encode(&wire, 7, WALL, 1, &said, bytes), 0);
	for (unsigned bit = 0; bit < DEADMAN_WIRE_SIZE * 8; bit++) {
		struct deadman_seen seen[3] = { 0 };
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(deadman_wire_decode(
				     &wire, seen, WALL, bytes, DEADMAN_WIRE_SIZE, &from, &got, &e),
		    -1);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n <= sizeof bytes; n++) {
		struct deadman_seen seen[3] = { 0 };
		assert_int_equal(deadman_wire_decode(&wire, seen, WALL, bytes, n, &from, &got, &e),
		    n == DEADMAN_WIRE_SIZE ? 0 : -1);
	}
	struct deadman_wire other = wire;
	other.key = "0123456789abcdeg";
	struct deadman_seen seen[3] = { 0 };
	assert_int_equal(
	    deadman_wire_decode(&other, seen, WALL, bytes, DEADMAN_WIRE_SIZE, &from, &got, &e), -1);
	assert_non_null(strstr(e.msg, "signature"));
}

/* One of a stranger, who has the key, and about one. */
static void
test_strangers(void **state)
{
	static const char *const few[] = { "srv-02" };
	struct deadman_wire less = { .names = few, .n = 1, .key = wire.key };
	struct deadman_seen seen[3] = { 0 };
	struct deadman_said got;
	uint8_t bytes[DEADMAN_WIRE_SIZE];
	unsigned from;
	struct err e;

	(void)state;
	assert_int_equal(deadman_wire_encode(&wire, 7, WALL, 0, &said, bytes), 0);
	assert_int_equal(
	    deadman_wire_decode(&less, seen, WALL, bytes, sizeof bytes, &from, &got, &e), -1);
	assert_non_null(strstr(e.msg, "not among the peers"));
	assert_int_equal(deadman_wire_encode(&wire, 7, WALL, 1, &said, bytes), 0);
	assert_int_equal(
	    deadman_wire_decode(&less, seen, WALL, bytes, sizeof bytes, &from, &got, &e), 0);
	assert_int_equal(from, 0);
	assert_false(got.held);
}

/* Sends with this number and clock, received by that clock. */
static int
pass(struct deadman_seen *seen, uint64_t seq, int64_t sent_ms, int64_t at_ms)
{
	struct deadman_said got;
	uint8_t bytes[DEADMAN_WIRE_SIZE];
	unsigned from;

	assert_int_equal(deadman_wire_encode(&wire, seq, sent_ms, 1, &said, bytes), 0);
	return deadman_wire_decode(
	    &wire, seen, at_ms, bytes, sizeof bytes, &from, &got, &(struct err){ 0 });
}

/* Nothing is taken twice, nor late; nor is a sender locked out whose clock was set back. */
static void
test_replay(void **state)
{
	struct deadman_seen seen[3] = { 0 };

	(void)state;
	assert_int_equal(pass(seen, 100, WALL, WALL), 0);
	assert_int_equal(pass(seen, 100, WALL, WALL + 10), -1);
	assert_int_equal(pass(seen, 99, WALL, WALL + 10), -1);
	assert_int_equal(pass(seen, 101, WALL + 20, WALL + 20), 0);
	assert_int_equal(pass(seen, 102, WALL, WALL + 60001), -1);
	assert_int_equal(pass(seen, 102, WALL + 60030, WALL), -1);
	assert_int_equal(pass(seen, 102, WALL + 60000, WALL), 0);
	/* Its numbers are lower now. What it sent before is out of its time by then. */
	assert_int_equal(pass(seen, 50, WALL + 100000, WALL + 100000), -1);
	assert_int_equal(pass(seen, 50, WALL + 121000, WALL + 121000), 0);
	assert_int_equal(pass(seen, 102, WALL + 60000, WALL + 121001), -1);
	/* After a restart of the receiver the window alone judges. */
	struct deadman_seen fresh[3] = { 0 };
	assert_int_equal(pass(fresh, 100, WALL, WALL + 61000), -1);
}

/* The facts. */
static void
test_facts(void **state)
{
	static struct deadman_facts f = { .over = true,
		.id = 77,
		.node = "srv-01",
		.collectors = "a:1, b:2",
		.quiet_ms = WALL,
		.now_ms = WALL + 1,
		.peers = 37,
		.heard = 36,
		.unheard = "srv-09" };
	static struct deadman_facts got;
	static const char *const wrong[] = { "", "node", "node a\nid x\n", "node a\nid 0\n",
		"bad 1\nnode a\nid 1\n", "node a\nid 1\nquiet -1\n", "node \x1b[0m\nid 1\n" };
	struct buf b = { 0 };
	struct err e;

	(void)state;
	deadman_facts_encode(&b, &f);
	assert_int_equal(deadman_facts_decode((const char *)b.data, b.len, &got, &e), 0);
	assert_memory_equal(&got, &f, sizeof f);
	memset(f.unheard, 'x', sizeof f.unheard - 1);
	buf_clear(&b);
	deadman_facts_encode(&b, &f);
	assert_true(b.len <= DEADMAN_FACTS_MAX);
	assert_int_equal(deadman_facts_decode((const char *)b.data, b.len, &got, &e), 0);
	assert_string_equal(got.unheard, f.unheard);
	buf_free(&b);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(deadman_facts_decode(wrong[i], strlen(wrong[i]), &got, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
