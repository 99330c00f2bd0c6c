/* link: zwpaper */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets: exact numbers in each language's way, quoting, nothing that acts, one ZIP for one
 * document. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/report/paper/doc_parts.h"
#include "collector/report/paper/sheet.h"
#include "tests/unit/paper_sample.h"

/* The CSV of a table with one row of these cells. */
static char *
csv_of(enum lang l, const struct doc_column *columns, const struct cell *cells, size_t n)
{
	struct doc *d = doc_new(l);
	struct buf b = { 0 };

	doc_table(d, "t", NULL, columns, n);
	doc_row(d, cells);
	doc_table_end(d, NULL);
	sheet_csv(&b, &doc_parts(d)->blocks[0], l);
	buf_u8(&b, '\0');
	doc_free(d);
	return (char *)b.data;
}

static void
writes_numbers_whole(void **state)
{
	static const struct doc_column columns[] = { { .title = "Energy", .unit = "kWh" },
		{ .title = "Change" }, { .title = "Down" }, { .title = "Since" },
		{ .title = "Day" }, { .title = "State" }, { .title = "None" } };
	const struct cell cells[] = { cell_number(12345.678901, 1), cell_change(0.1, 0.35, 2),
		cell_duration(3600.5), cell_time(SAMPLE_END_S), cell_date(SAMPLE_END_S),
		cell_state(DOC_UNKNOWN, NULL), cell_number(NAN, 1) };

	(void)state;
	char *en = csv_of(LANG_EN, columns, cells, 7), *ru = csv_of(LANG_RU, columns, cells, 7);
	assert_string_equal(en,
	    "\xef\xbb\xbf\"Energy, kWh\";\"Change\";\"Down, "
	    "s\";\"Since\";\"Day\";\"State\";\"None\"\r\n"
	    "12345.678901;-0.25;3600.5;2026-11-01T00:00:00+04:00;2026-11-01;\"No data\";\r\n");
	assert_non_null(strstr(ru, "\"Energy, кВт·ч\";\"Change\";\"Down, с\""));
	assert_non_null(strstr(ru, "\r\n12345,678901;-0,25;3600,5;2026-11-01T00:00:00+04:00;"));
	free(en);
	free(ru);
}

static void
quotes_texts(void **state)
{
	static const struct doc_column columns[] = { { .title = "a;\"b\"" }, { .title = "b" },
		{ .title = "c" }, { .title = "d" } };
	const struct cell cells[] = { cell_text("=1+1"), cell_text(" @SUM(A1)"),
		cell_text("two\nlines; \"quoted\""), cell_text(NULL) };
	char *csv = csv_of(LANG_AZ, columns, cells, 4);

	(void)state;
	assert_string_equal(csv, "\xef\xbb\xbf\"a;\"\"b\"\"\";\"b\";\"c\";\"d\"\r\n"
				 "\"'=1+1\";\"' @SUM(A1)\";\"two\nlines; \"\"quoted\"\"\";\r\n");
	free(csv);
}

static void
is_the_same_twice(void **state)
{
	struct doc *d = sample_new(LANG_AZ, 50);
	struct buf a = { 0 }, b = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(sheet_write(&a, d, SAMPLE_END_S, &e), 0);
	assert_int_equal(sheet_write(&b, d, SAMPLE_END_S, &e), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_memory_equal(a.data, "PK", 2);
	buf_free(&a);
	buf_free(&b);
	doc_free(d);
}

static void
names_files_apart(void **state)
{
	static const struct doc_column column = { .title = "a" };
	struct doc *d = doc_new(LANG_EN);
	struct buf b = { 0 };
	struct err e;

	(void)state;
	for (int i = 0; i < 3; i++) {
		doc_table(d, "twice", NULL, &column, 1);
		doc_table_end(d, NULL);
	}
	assert_int_equal(sheet_write(&b, d, SAMPLE_END_S, &e), 0);
	assert_non_null(memmem(b.data, b.len, "twice.csv", 9));
	assert_non_null(memmem(b.data, b.len, "twice-2.csv", 11));
	assert_non_null(memmem(b.data, b.len, "twice-3.csv", 11));
	buf_free(&b);
	doc_free(d);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_numbers_whole),
		cmocka_unit_test(quotes_texts),
		cmocka_unit_test(is_the_same_twice),
		cmocka_unit_test(names_files_apart),
	};

	lang_init();
	(void)setenv("TZ", "Asia/Baku", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
