/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zw */
/* Texts as people search for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "zw/fold.h"

/* Folded forms. */
static void
forms(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "SRV-07", "srv-07" },
		{ "Şəbəkə İdarəsi", "sebeke idaresi" },
		{ "ÇĞÖÜIı", "cgouii" },
		{ "Серверная ЁЖ", "серверная еж" },
		{ "Ђорђе", "ђорђе" },
		{ "Été × 2", "été × 2" },
		{ "漢字\xff", "漢字\xff" },
		{ "", "" },
	};
	char out[64];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(fold_text(out, sizeof out, rows[i].text), strlen(rows[i].want));
		assert_string_equal(out, rows[i].want);
	}
	/* Nothing is cut within a character. */
	assert_int_equal(fold_text(out, 4, "aЖЖ"), 3);
	assert_string_equal(out, "aж");
	assert_int_equal(fold_text(out, 1, "a"), 0);
}

/* Parts are found, also where the text is not plain. */
static void
parts(void **state)
{
	(void)state;
	assert_int_equal(fold_finds("Cooling Unit 2", "unit"), 8);
	assert_int_equal(fold_finds("Cooling", "coolings"), -1);
	assert_int_equal(fold_finds("Bakı ofisi", "baki"), 0);
	assert_int_equal(fold_finds("Kanal: Şəki", "seki"), 7);
	assert_int_equal(fold_finds("Зона Б", "зона б"), 0);
	assert_int_equal(fold_finds("aəa", "b"), -1);
	assert_int_equal(fold_finds("anything", ""), 0);
	assert_int_equal(fold_finds("", "x"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forms), cmocka_unit_test(parts) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
