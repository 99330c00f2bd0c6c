/* link: zwsnmp */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_head: what a message's first bytes say, and that no cut of it is read past its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/gateway/trapd_head.h"

static const uint8_t v2c[] = { 0x30, 0x0f, 0x02, 0x01, 0x01, 0x04, 0x06, 's', 'e', 'c', 'r', 'e',
	't', 0xa7, 0x02, 0x05, 0x00 };

/* As net-snmp writes it: msgID, size, flags, USM; engine, boots, time, user. */
static const uint8_t v3[] = { 0x30, 0x33, 0x02, 0x01, 0x03, 0x30, 0x0f, 0x02, 0x02, 0x12, 0x34,
	0x02, 0x03, 0x00, 0xff, 0xe3, 0x04, 0x01, 0x07, 0x02, 0x01, 0x03, 0x04, 0x1b, 0x30, 0x19,
	0x04, 0x08, 0x80, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x02, 0x01, 0x05, 0x02, 0x02,
	0x01, 0x00, 0x04, 0x02, 'z', 'w', 0x04, 0x00, 0x04, 0x00, 0x30, 0x00 };

static void
test_v2c(void **state)
{
	struct trapd_head h;

	(void)state;
	assert_int_equal(trapd_head_read(&h, v2c, sizeof v2c), 0);
	assert_int_equal(h.version, 2);
	assert_int_equal(h.community_len, 6);
	assert_memory_equal(h.community, "secret", 6);
	assert_int_equal(h.pdu, 0xa7);
}

static void
test_v3(void **state)
{
	struct trapd_head h;

	(void)state;
	assert_int_equal(trapd_head_read(&h, v3, sizeof v3), 0);
	assert_int_equal(h.version, 3);
	assert_int_equal(h.flags, 7);
	assert_int_equal(h.engine_len, 8);
	assert_memory_equal(h.engine, "\x80\0\0\0\1\2\3\4", 8);
	assert_int_equal(h.user_len, 2);
	assert_memory_equal(h.user, "zw", 2);
	assert_int_equal(h.boots, 5);
}

/* Each cut, in memory that ends there: a sanitizer sees a read past it. */
static void
test_cuts(void **state)
{
	struct trapd_head h;

	(void)state;
	for (size_t n = 0; n < sizeof v3; n++) {
		uint8_t *cut = malloc(n + 1);
		memcpy(cut, v3, n);
		cut = realloc(cut, n > 0 ? n : 1);
		assert_int_equal(trapd_head_read(&h, cut, n), -1);
		free(cut);
	}
	for (size_t n = 0; n < sizeof v2c; n++)
		assert_int_equal(trapd_head_read(&h, v2c, n), -1);
}

static void
test_other(void **state)
{
	static const uint8_t version2[] = { 0x30, 0x05, 0x02, 0x01, 0x02, 0x04, 0x00 };
	static const uint8_t negative[] = { 0x30, 0x05, 0x02, 0x01, 0x81, 0x04, 0x00 };
	static const uint8_t endless[] = { 0x30, 0x80, 0x02, 0x01, 0x01, 0x04, 0x00 };
	static const uint8_t long_length[] = { 0x30, 0x85, 0, 0, 0, 0, 5, 0x02, 0x01, 0x01 };
	static const uint8_t big[] = { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01 };
	static const uint8_t no_pdu[] = { 0x30, 0x05, 0x02, 0x01, 0x01, 0x04, 0x00 };
	uint8_t other_model[sizeof v3];
	struct trapd_head h;

	(void)state;
	assert_int_equal(trapd_head_read(&h, version2, sizeof version2), -1);
	assert_int_equal(trapd_head_read(&h, negative, sizeof negative), -1);
	assert_int_equal(trapd_head_read(&h, endless, sizeof endless), -1);
	assert_int_equal(trapd_head_read(&h, long_length, sizeof long_length), -1);
	assert_int_equal(trapd_head_read(&h, big, sizeof big), -1);
	assert_int_equal(trapd_head_read(&h, no_pdu, sizeof no_pdu), -1);
	memcpy(other_model, v3, sizeof v3);
	other_model[21] = 4; /* msgSecurityModel */
	assert_int_equal(trapd_head_read(&h, other_model, sizeof other_model), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2c),
		cmocka_unit_test(test_v3),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
