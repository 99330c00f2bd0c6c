/* SPDX-License-Identifier: GPL-3.0-or-later */
/* buf and crc32c: what is written is read back, and nothing past the end ever is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "zw/buf.h"
#include "zw/crc32c.h"

/* The check value of RFC 3720, at every alignment. */
static void
test_crc(void **state)
{
	char room[32];

	(void)state;
	for (size_t shift = 0; shift < 16; shift++) {
		memcpy(room + shift, "123456789", 9);
		assert_int_equal(crc32c(0, room + shift, 9), 0xe3069283);
		assert_int_equal(
		    crc32c(crc32c(0, room + shift, 4), room + shift + 4, 5), 0xe3069283);
	}
	assert_int_equal(crc32c(0, "", 0), 0);
}

/* Numbers at the edges of every length. */
static void
test_round_trip(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t v = UINT64_C(1) << bit;
		buf_clear(&b);
		buf_varint(&b, v);
		buf_varint(&b, v - 1);
		buf_svarint(&b, -(int64_t)(v >> 1));
		buf_svarint(&b, (int64_t)(v >> 1));
		buf_be64(&b, v);
		struct cursor c = cursor_over(b.data, b.len);
		assert_true(cursor_varint(&c) == v);
		assert_true(cursor_varint(&c) == v - 1);
		assert_true(cursor_svarint(&c) == -(int64_t)(v >> 1));
		assert_true(cursor_svarint(&c) == (int64_t)(v >> 1));
		assert_true(cursor_be64(&c) == v);
		assert_false(c.bad);
		assert_int_equal(cursor_left(&c), 0);
	}
	buf_clear(&b);
	buf_svarint(&b, INT64_MIN);
	buf_varint(&b, UINT64_MAX);
	struct cursor c = cursor_over(b.data, b.len);
	assert_true(cursor_svarint(&c) == INT64_MIN);
	assert_true(cursor_varint(&c) == UINT64_MAX);
	assert_false(c.bad);
	buf_free(&b);
}

/* Truncated, overlong and too large numbers are bad, and stay bad. */
static void
test_malformed(void **state)
{
	static const struct {
		uint8_t bytes[12];
		size_t n;
	} cases[] = {
		{ { 0x80 }, 1 },
		{ { 0x80, 0x00 }, 2 }, /* zero, overlong */
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 },
		    10 }, /* 65 bits */
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, 11 },
		{ { 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct cursor c = cursor_over(cases[i].bytes, cases[i].n);
		assert_true(cursor_varint(&c) == 0);
		assert_true(c.bad);
		assert_int_equal(cursor_left(&c), 0);
		assert_int_equal(cursor_u8(&c), 0);
		assert_null(cursor_bytes(&c, 0));
	}
}

/* Strings that are too long for the room, cut, or no text. */
static void
test_strings(void **state)
{
	struct buf b = { 0 };
	char dst[8];

	(void)state;
	buf_str(&b, "seven77");
	buf_str(&b, "eight888");
	struct cursor c = cursor_over(b.data, b.len);
	cursor_str(&c, dst, sizeof dst);
	assert_string_equal(dst, "seven77");
	cursor_str(&c, dst, sizeof dst);
	assert_true(c.bad);
	assert_string_equal(dst, "");
	c = cursor_over("\x05"
			"ab",
	    3);
	cursor_str(&c, dst, sizeof dst);
	assert_true(c.bad);
	c = cursor_over("\x02"
			"a\n",
	    3);
	cursor_str(&c, dst, sizeof dst);
	assert_true(c.bad);
	c = cursor_over("\x02"
			"\xc3\xa9",
	    3);
	cursor_str(&c, dst, sizeof dst);
	assert_false(c.bad);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
