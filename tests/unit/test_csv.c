/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zw */
/* Cells of text: quoted, and never a formula. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "zw/csv.h"

/* What becomes of texts. */
static void
cells(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "", "\"\"" },
		{ "srv-07", "\"srv-07\"" },
		{ "a,b\nc", "\"a,b\nc\"" },
		{ "the \"hot\" one", "\"the \"\"hot\"\" one\"" },
		{ "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"" },
		{ "+1", "\"'+1\"" },
		{ "-1", "\"'-1\"" },
		{ "@SUM(A1)", "\"'@SUM(A1)\"" },
		{ " \t=1", "\"' \t=1\"" },
		{ "1-1", "\"1-1\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b = { 0 };
		csv_text(&b, rows[i].text);
		buf_u8(&b, '\0');
		assert_string_equal(b.data, rows[i].want);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cells) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
