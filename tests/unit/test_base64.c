/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base64 by RFC 4648's examples; every length there and back; one text for each run of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "zw/base64.h"

/* RFC 4648, section 10. */
static void
test_examples(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&b);
		base64_put(&b, rows[i][0], strlen(rows[i][0]), false);
		assert_int_equal(b.len, strlen(rows[i][1]));
		assert_memory_equal(b.data != NULL ? (const char *)b.data : "", rows[i][1], b.len);
	}
	buf_clear(&b);
	base64_put(&b, "\xfb\xff\xfe\xff", 4, true);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "-__-_w", 6);
	buf_free(&b);
}

/* There and back. */
static void
test_back(void **state)
{
	uint8_t in[256];
	struct buf text = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 167 + 11);
	for (size_t n = 0; n <= sizeof in; n++) {
		buf_clear(&text);
		buf_clear(&out);
		base64_put(&text, in, n, false);
		buf_u8(&text, 0);
		assert_int_equal(base64_take(&out, (const char *)text.data, text.len - 1), 0);
		assert_int_equal(out.len, n);
		if (n > 0)
			assert_memory_equal(out.data, in, n);
	}
	buf_free(&text);
	buf_free(&out);
}

/* What is no such text leaves the buffer as it was. */
static void
test_refused(void **state)
{
	static const char *const bad[] = { "Zg=", "Zg",
		"Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm-v", "Zm9v\n",
		"Zm9vYmF\x80" };
	struct buf b = { 0 };

	(void)state;
	buf_text(&b, "kept");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(base64_take(&b, bad[i], strlen(bad[i])), -1);
		assert_int_equal(b.len, 4);
	}
	assert_int_equal(base64_take(&b, "Zg\0=", 4), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
