/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OIDs read, written, compared; the texts that devices send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/gateway/varbind.h"
#include "zw/str.h"

/* What is an OID, and what is none. */
static void
test_parse(void **state)
{
	(void)state;
	static const char *const bad[] = { "", ".", "1.", "1..2", "a", "1.3.x", " 1", "1 ", "-1",
		"1.4294967296", "1.99999999999999999999", "..1" };
	struct oid_buf o;
	char text[OID_MAX_TEXT], many[OID_MAX * 2 + 8] = "1";

	assert_int_equal(oid_parse(".1.3.6.1.4294967295.0", &o), 0);
	assert_int_equal(o.n, 6);
	assert_string_equal(oid_format(text, oid_of(&o)), "1.3.6.1.4294967295.0");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(oid_parse(bad[i], &o), -1);
	for (int i = 1; i < OID_MAX; i++)
		strcat(many, ".1");
	assert_int_equal(oid_parse(many, &o), 0);
	assert_int_equal(o.n, OID_MAX);
	assert_int_equal(oid_append(&o, (struct oid){ .id = o.id, .n = 1 }), -1);
	strcat(many, ".1");
	assert_int_equal(oid_parse(many, &o), -1);
	for (unsigned i = 0; i < OID_MAX; i++)
		o.id[i] = UINT32_MAX;
	o.n = OID_MAX;
	assert_true(strlen(oid_format(text, oid_of(&o))) < OID_MAX_TEXT);
}

/* The order, prefixes, tails. */
static void
test_order(void **state)
{
	(void)state;
	static const uint32_t a[] = { 1, 3, 6 }, b[] = { 1, 3, 6, 0 }, c[] = { 1, 3, 7 };
	struct oid x = { a, 3 }, y = { b, 4 }, z = { c, 3 }, none = { NULL, 0 };

	assert_true(oid_cmp(x, y) < 0 && oid_cmp(y, z) < 0 && oid_cmp(z, x) > 0);
	assert_int_equal(oid_cmp(x, x), 0);
	assert_true(oid_is_under(y, x) && oid_is_under(x, x) && oid_is_under(x, none));
	assert_false(oid_is_under(x, y) || oid_is_under(z, x));
	assert_int_equal(oid_tail(y, 3).n, 1);
	assert_int_equal(oid_tail(y, 4).n, 0);
	assert_int_equal(oid_tail(y, 9).n, 0);
}

/* Texts of devices: each becomes one that may be shown and sent. */
static void
test_text(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} rows[] = {
		{ "Fan 1", 5, "Fan 1" },
		{ "  Fan 1 \r\n", 10, "Fan 1" },
		{ "Fan\0\0\0", 6, "Fan" },
		{ "Fan\0rubbish", 11, "Fan" },
		{ "", 0, "" },
		{ "\0\0", 2, "" },
		{ "\x00\x1a\x2b", 3, "00:1a:2b" },
		{ "\x01\x02", 2, "01:02" },
		{ "20 \xc2\xb0\x43", 6, "20 \xc2\xb0\x43" },
		{ "20 \xb0\x43", 5, "20 \xc2\xb0\x43" },		 /* Latin-1 */
		{ "T\xfcr \xc3\xbc", 6, "T\xc3\xbcr \xc3\x83\xc2\xbc" }, /* not UTF-8 as a whole */
		{ "caf\xc3", 4, "caf" },				 /* cut */
		{ "a\xc0\x80z", 4, "a\xc3\x80 z" },			 /* overlong NUL */
		{ "line\nbreak", 10, "line break" },
		{ "\x7f", 1, "7f" },
	};
	char text[64], small[8];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		varbind_text(text, sizeof text, (const uint8_t *)rows[i].bytes, rows[i].n);
		assert_string_equal(text, rows[i].want);
		assert_true(str_is_text(text, strlen(text)));
		varbind_text(small, sizeof small, (const uint8_t *)rows[i].bytes, rows[i].n);
		assert_true(str_is_text(small, strlen(small)));
	}
	for (unsigned c = 0; c < 256; c++) {
		uint8_t bytes[] = { 'x', (uint8_t)c, 'y' };
		varbind_text(text, sizeof text, bytes, sizeof bytes);
		assert_true(str_is_text(text, strlen(text)));
	}
}

/* Ranges of indexes: what lies under an end is within, a shorter index is not. */
static void
test_ranges(void **state)
{
	(void)state;
	static const struct {
		const char *range;
		const char *in;	 /* indexes */
		const char *out; /* none if "" */
	} rows[] = {
		{ "5", "5 5.1 5.9.9", "4 6 50" },
		{ "5-8", "5 8 8.1 6.200", "4.9 9" },
		{ "2.1-2.40", "2.1 2.40 2.7.3", "2 2.0 2.41 3 3.1" },
		{ "2.1-5.99", "2.1 3.200 5.99", "2 3 5 5.100" },
		{ "2-5", "2 2.1 5.100", "1.9 6" },
	};
	static const char *const wrong[] = { "", "-", "5-", "-5", "8-5", "2.1-5", "a", "1-2-3" };
	struct oid_buf first, last, o;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(oid_parse_range(rows[i].range, &first, &last), 0);
		for (int in = 0; in < 2; in++) {
			char text[64], *rest = text, *word;
			snprintf(text, sizeof text, "%s", in ? rows[i].in : rows[i].out);
			while ((word = strsep(&rest, " ")) != NULL) {
				assert_int_equal(oid_parse(word, &o), 0);
				if (oid_in_range(oid_of(&o), oid_of(&first), oid_of(&last)) != in)
					fail_msg("%s, %s", rows[i].range, word);
			}
		}
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(oid_parse_range(wrong[i], &first, &last), -1);
	assert_int_equal(oid_parse_range("5", &first, &last), 0);
	assert_false(oid_in_range((struct oid){ 0 }, oid_of(&first), oid_of(&last)));
}

/* Values for people. */
static void
test_format(void **state)
{
	(void)state;
	static const uint32_t id[] = { 1, 3 };
	struct varbind v = { .type = VARBIND_INTEGER };
	char text[64];

	v.i = -5;
	varbind_format(text, sizeof text, &v);
	assert_string_equal(text, "-5");
	v.type = VARBIND_COUNTER64;
	v.u = UINT64_MAX;
	varbind_format(text, sizeof text, &v);
	assert_string_equal(text, "18446744073709551615");
	v.type = VARBIND_ADDRESS;
	v.bytes.p = (const uint8_t *)"\x7f\0\0\x01";
	v.bytes.n = 4;
	varbind_format(text, sizeof text, &v);
	assert_string_equal(text, "127.0.0.1");
	v.type = VARBIND_OID;
	v.oid_value = (struct oid){ id, 2 };
	varbind_format(text, sizeof text, &v);
	assert_string_equal(text, "1.3");
	v.type = VARBIND_NO_INSTANCE;
	varbind_format(text, sizeof text, &v);
	assert_string_equal(text, "noSuchInstance");
	assert_false(varbind_has_value(&v));
	v.type = VARBIND_NULL;
	assert_false(varbind_has_value(&v));
	assert_string_equal(varbind_type_name((enum varbind_type)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
