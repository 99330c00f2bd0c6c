/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str: names, numbers and texts, under any locale. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "zw/str.h"

static void
test_names(void **state)
{
	static const char *const good[] = { "a", "srv07", "eth0.100", "_x", "A-b_c.d", "0" };
	static const char *const bad[] = { "", ".", "..", "-a", "a..b", "a/b", "a b", "a\n",
		"\xc9\x99", "a:b", ".hidden" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(str_is_name(good[i], 63));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(str_is_name(bad[i], 63));
	assert_true(str_is_name("abc", 3));
	assert_false(str_is_name("abcd", 3));
}

/* Whatever text, the result is a name. */
static void
test_to_name(void **state)
{
	static const char *const pairs[][2] = { { "/", "root" }, { "/var/log", "var-log" },
		{ "/mnt/a b/c", "mnt-a-b-c" }, { "../../etc", "etc" }, { "", "root" },
		{ "a..b", "a.-b" }, { "/x/", "x" }, { "\xc9\x99", "root" }, { "....", "root" } };
	char dst[64];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		str_to_name(dst, sizeof dst, pairs[i][0]);
		assert_true(str_is_name(dst, 63));
		if (strcmp(pairs[i][0], "a..b") != 0)
			assert_string_equal(dst, pairs[i][1]);
	}
	srand(1);
	for (int round = 0; round < 20000; round++) {
		char src[40];
		size_t n = (size_t)(rand() % 39);
		for (size_t i = 0; i < n; i++)
			src[i] = (char)(1 + rand() % 255);
		src[n] = '\0';
		char small[12];
		str_to_name(small, sizeof small, src);
		assert_true(str_is_name(small, 11));
	}
}

static void
test_numbers(void **state)
{
	uint64_t u;
	int64_t i;
	double d;

	(void)state;
	assert_int_equal(str_to_u64("18446744073709551615", 0, UINT64_MAX, &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(str_to_u64("18446744073709551616", 0, UINT64_MAX, &u), -1);
	assert_int_equal(str_to_u64("-1", 0, 9, &u), -1);
	assert_int_equal(str_to_u64(" 1", 0, 9, &u), -1);
	assert_int_equal(str_to_u64("1 ", 0, 9, &u), -1);
	assert_int_equal(str_to_u64("", 0, 9, &u), -1);
	assert_int_equal(str_to_u64("10", 0, 9, &u), -1);
	assert_int_equal(str_to_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(str_to_i64("-9223372036854775809", INT64_MIN, INT64_MAX, &i), -1);
	assert_int_equal(str_to_i64("-0", -1, 1, &i), 0);
	assert_int_equal(str_to_double("1.5e3", &d), 0);
	assert_true(d == 1500);
	static const char *const bad[] = { "", "1,5", "inf", "nan", "0x10", "1.5 ", "--1",
		"1e999" };
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
		assert_int_equal(str_to_double(bad[k], &d), -1);
}

static void
test_units(void **state)
{
	int64_t ms;
	uint64_t bytes;
	char dst[32];

	(void)state;
	assert_int_equal(str_to_duration("90s", &ms), 0);
	assert_true(ms == 90000);
	assert_int_equal(str_to_duration("7d", &ms), 0);
	assert_true(ms == 604800000);
	static const char *const bad[] = { "", "5", "5 s", "s", "-1s", "1.5s", "5m", "5S",
		"99999999999999999d" };
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
		assert_int_equal(str_to_duration(bad[k], &ms), -1);
	assert_int_equal(str_to_size("64MiB", &bytes), 0);
	assert_true(bytes == 64 << 20);
	assert_int_equal(str_to_size("64MB", &bytes), -1);
	str_from_duration(dst, sizeof dst, 90000);
	assert_string_equal(dst, "90s");
	str_from_duration(dst, sizeof dst, 600000);
	assert_string_equal(dst, "10min");
	str_from_duration(dst, sizeof dst, 0);
	assert_string_equal(dst, "0s");
	str_from_size(dst, sizeof dst, 65536);
	assert_string_equal(dst, "64KiB");
	str_from_size(dst, sizeof dst, 1000);
	assert_string_equal(dst, "1000");
}

static void
test_doubles_read_back(void **state)
{
	char dst[32];
	double d;

	(void)state;
	str_from_double(dst, 0.1);
	assert_string_equal(dst, "0.1");
	str_from_double(dst, 32);
	assert_string_equal(dst, "32");
	str_from_double(dst, 123456789);
	assert_string_equal(dst, "123456789");
	str_from_double(dst, NAN);
	assert_string_equal(dst, "nan");
	srand(2);
	for (int i = 0; i < 20000; i++) {
		double v = ldexp((double)rand() - RAND_MAX / 2, rand() % 120 - 90);
		str_from_double(dst, v);
		assert_int_equal(str_to_double(dst, &d), 0);
		assert_true(d == v);
	}
}

static void
test_text(void **state)
{
	char dst[32];

	(void)state;
	assert_true(str_is_text("Zona \xc6\x8f", 7));
	assert_false(str_is_text("a\x1b", 2));
	assert_false(str_is_text("\xc2\x85", 2));     /* a C1 control */
	assert_false(str_is_text("\xc0\x80", 2));     /* overlong */
	assert_false(str_is_text("\xed\xa0\x80", 3)); /* a surrogate */
	assert_false(str_is_text("\xf4\x90\x80\x80", 4));
	assert_false(str_is_text("\xc3", 1));
	str_escape(dst, sizeof dst, "a\"\n\xff\xc3\xa9", 6);
	assert_string_equal(dst, "a\\x22\\x0a\\xff\xc3\xa9");
	str_escape(dst, 6, "\xc3\xa9\xc3\xa9\xc3\xa9", 6);
	assert_string_equal(dst, "\xc3\xa9\xc3\xa9");
	assert_int_equal(str_casecmp("INFO", "info"), 0);
	assert_true(str_casecmp("a", "b") < 0);
}

/* Nothing of a device turns the line that it stands in. */
static void
test_straighten(void **state)
{
	char turned[] = "a\u202egnp.exe\u2066b\u2069\u200f\u061c\u2028\u2029z";
	char plain[] = "7 nömrəli \u2013 32 °C\u2030 \xe2\x80";

	(void)state;
	str_straighten(turned);
	assert_string_equal(turned, "a?gnp.exe?b?????z");
	str_straighten(plain);
	assert_string_equal(plain, "7 nömrəli \u2013 32 °C\u2030 \xe2\x80");
}

static void
test_distance(void **state)
{
	(void)state;
	assert_int_equal(str_distance("limt", "limit"), 1);
	assert_int_equal(str_distance("limti", "limit"), 1);
	assert_int_equal(str_distance("", "abc"), 3);
	assert_int_equal(str_distance("kitten", "sitting"), 3);
	assert_int_equal(str_distance("same", "SAME"), 0);
}

/* The same again under a locale with a decimal comma and a dotless i, where there is one. */
static int
use_az(void **state)
{
	(void)state;
	if (setlocale(LC_ALL, "az_AZ.UTF-8") == NULL && setlocale(LC_ALL, "tr_TR.UTF-8") == NULL)
		print_message("no az_AZ or tr_TR locale here: the C locale stays\n");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_to_name),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_doubles_read_back),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_straighten),
		cmocka_unit_test(test_distance),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	return rc != 0 ? rc : cmocka_run_group_tests_name("az", tests, use_az, NULL);
}
