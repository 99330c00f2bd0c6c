/* link: zwpaper */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents: numbers of headings and items, and cells as each language writes them. */
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
#include "collector/report/paper/page.h"
#include "tests/unit/paper_sample.h"

static void
numbers_headings(void **state)
{
	static const struct {
		int level;
		const char *number;
	} rows[] = { { 1, "1" }, { 2, "1.1" }, { 3, "1.1.1" }, { 3, "1.1.2" }, { 2, "1.2" },
		{ 3, "1.2.1" }, { 1, "2" }, { 2, "2.1" } };
	struct doc *d = doc_new(LANG_EN);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		doc_heading(d, rows[i].level, "id", "text");
		assert_string_equal(doc_parts(d)->blocks[i].label, rows[i].number);
	}
	doc_appendix(d);
	doc_heading(d, 1, "method", "Method");
	doc_heading(d, 2, "gaps", "Gaps");
	assert_string_equal(doc_parts(d)->blocks[8].label, "A");
	assert_string_equal(doc_parts(d)->blocks[9].label, "A.1");
	doc_free(d);
}

/* Of a very long table print has the first rows and says so. */
static void
bounds_tables(void **state)
{
	const struct doc_column columns[] = { { "No.", NULL, 1, true } };
	struct doc *d = doc_new(LANG_EN);
	struct buf b = { 0 };

	(void)state;
	doc_table(d, "long", NULL, columns, 1);
	for (int i = 0; i < 100000; i++)
		doc_row(d, &(struct cell){ .kind = CELL_NUMBER, .value = i });
	doc_table_end(d, "none");
	const struct doc_parts *parts = doc_parts(d);
	assert_int_equal(parts->blocks[0].nlines, 100000);
	assert_int_equal(parts->blocks[0].nprinted, DOC_MOST_PRINTED);
	assert_int_equal(parts->nblocks, 2);
	assert_int_equal(parts->blocks[1].kind, BLOCK_NOTE);
	assert_string_equal(parts->blocks[1].text, "The first 600 are shown; the CSV has all.");
	struct err e;
	assert_int_equal(page_write(&b, d, 0, &e), 0);
	assert_true(b.len < 200000);
	buf_free(&b);
	doc_free(d);
}

static void
numbers_items(void **state)
{
	struct doc *d = doc_new(LANG_EN);

	(void)state;
	doc_item(d, true, "one");
	doc_item(d, true, "two");
	doc_paragraph(d, "between");
	doc_item(d, true, "one again");
	doc_item(d, false, "dot");
	const struct block *b = doc_parts(d)->blocks;
	assert_string_equal(b[0].label, "1.");
	assert_string_equal(b[1].label, "2.");
	assert_string_equal(b[3].label, "1.");
	assert_string_equal(b[4].label, "•");
	doc_free(d);
}

static void
formats_cells(void **state)
{
	const struct {
		struct cell cell;
		const char *shown[LANG_N]; /* en, az, ru */
	} rows[] = {
		{ cell_number(12345.678, 1),
		    { "12\u202f345.7", "12\u202f345,7", "12\u202f345,7" } },
		{ cell_number(1234.5, 1), { "1234.5", "1234,5", "1234,5" } },
		{ cell_number(-0.04, 1), { "0.0", "0,0", "0,0" } },
		{ cell_number(-3.5, 1), { "−3.5", "−3,5", "−3,5" } },
		{ cell_number(NAN, 1), { "–", "–", "–" } },
		{ cell_change(99.5, 99.25, 2), { "+0.25", "+0,25", "+0,25" } },
		{ cell_change(99.25, 99.5, 2), { "−0.25", "−0,25", "−0,25" } },
		{ cell_change(1, 1, 2), { "0.00", "0,00", "0,00" } },
		{ cell_change(1, NAN, 2), { "–", "–", "–" } },
		{ cell_duration(11100), { "3 h 5 min", "3 saat 5 dəq", "3 ч 5 мин" } },
		{ cell_duration(0), { "0 s", "0 san", "0 с" } },
		{ cell_duration(NAN), { "–", "–", "–" } },
		{ cell_time(SAMPLE_END_S),
		    { "2026-11-01 00:00", "01.11.2026 00:00", "01.11.2026 00:00" } },
		{ cell_date(SAMPLE_END_S), { "2026-11-01", "01.11.2026", "01.11.2026" } },
		{ cell_time(0), { "–", "–", "–" } },
		{ cell_state(DOC_OK, NULL), { "✓ OK", "✓ Normal", "✓ Норма" } },
		{ cell_state(DOC_CRITICAL, "missed"), { "✕ missed", "✕ missed", "✕ missed" } },
		{ cell_text(NULL), { "", "", "" } },
		{ cell_text("ə ğ"), { "ə ğ", "ə ğ", "ə ğ" } },
	};
	char text[CELL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (int l = 0; l < LANG_N; l++)
			assert_string_equal(
			    cell_format(&rows[i].cell, (enum lang)l, text), rows[i].shown[l]);
	}
}

static void
rounds_completeness_down(void **state)
{
	static const struct {
		double part;
		const char *shown;
	} rows[] = { { 1, "100,00 %" }, { 0.99997, "99,99 %" }, { 0.9953, "99,53 %" },
		{ 0, "0,00 %" }, { NAN, "" } };
	char text[CELL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct doc_front f = { .completeness = rows[i].part };
		assert_string_equal(front_completeness(&f, LANG_AZ, text), rows[i].shown);
	}
}

static void
says_what_a_chart_shows(void **state)
{
	struct doc *d = doc_new(LANG_AZ);

	(void)state;
	doc_chart(d, "inlet", sample_chart(LANG_AZ, 22), "Giriş havası", 1);
	char *says = chart_says(&doc_parts(d)->blocks[0], LANG_AZ);
	assert_string_equal(says, "Giriş havası. Zona A: 19,3 °C … 25,2 °C");
	free(says);
	doc_free(d);
}

static void
leaves_out_broken_letters(void **state)
{
	struct doc *d = doc_new(LANG_AZ);

	(void)state;
	doc_paragraph(d, "cut \xc9");
	doc_paragraph(d, "\xff\xc9\x99 \xe2\x80 whole");
	assert_string_equal(doc_parts(d)->blocks[0].text, "cut ");
	assert_string_equal(doc_parts(d)->blocks[1].text, "\xc9\x99  whole");
	doc_free(d);
}

static void
draws_a_low_chart(void **state)
{
	struct doc *d = doc_new(LANG_EN);
	struct chart *c = chart_new(CHART_CALENDAR, LANG_EN);
	const double one[2] = { 100, 99 };
	struct buf b = { 0 };
	struct err e;

	(void)state;
	c->start_s = SAMPLE_END_S - 2 * 86400;
	c->end_s = SAMPLE_END_S;
	chart_line(c, "only", one, NULL, NULL, 2);
	doc_chart(d, "low", c, NULL, 0.5);
	assert_int_equal(page_write(&b, d, SAMPLE_END_S, &e), 0);
	assert_non_null(memmem(b.data, b.len, "<svg", 4));
	buf_free(&b);
	doc_free(d);
}

/* Whether the page has the text. */
static bool
has(const struct buf *b, const char *text)
{
	return memmem(b->data, b->len, text, strlen(text)) != NULL;
}

static void
writes_a_page(void **state)
{
	struct doc *d = sample_new(LANG_AZ, 5);
	struct buf a = { 0 }, b = { 0 };
	struct err e;

	(void)state;
	doc_paragraph(d, "<script>alert(1)</script> & \"quoted\"");
	assert_int_equal(page_write(&a, d, SAMPLE_END_S, &e), 0);
	assert_int_equal(page_write(&b, d, SAMPLE_END_S, &e), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_true(has(&a, "<html lang=\"az\">"));
	assert_false(has(&a, "<script"));
	assert_true(has(&a, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;"));
	assert_true(has(&a, "<th scope=\"row\" class=\"s\">srv-000</th>"));
	buf_free(&a);
	buf_free(&b);
	doc_free(d);
}

/* Lines do not end before a unit or a dash; a section's asides come together, later. */
static void
ties_and_sets_aside(void **state)
{
	struct doc *d = doc_new(LANG_EN);

	(void)state;
	doc_heading(d, 1, "air", "Air");
	doc_paragraph(d, "70 % at 27 °C – and more");
	doc_aside(d, "One.");
	doc_asidef(d, "%d and %s.", 2, "three");
	doc_heading(d, 1, "power", "Power");
	doc_aside(d, "Four.");
	size_t before = doc_parts(d)->nblocks;
	doc_asides(d);
	const struct doc_parts *p = doc_parts(d);
	assert_string_equal(p->blocks[1].text, "70\xc2\xa0% at 27\xc2\xa0°C\xc2\xa0– and more");
	assert_int_equal(before, 3);
	assert_int_equal(p->nblocks, 5);
	assert_int_equal(p->blocks[3].kind, BLOCK_NOTE);
	assert_string_equal(p->blocks[3].text, "Air: One. 2 and three.");
	assert_string_equal(p->blocks[4].text, "Power: Four.");
	doc_free(d);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ties_and_sets_aside),
		cmocka_unit_test(numbers_headings),
		cmocka_unit_test(bounds_tables),
		cmocka_unit_test(numbers_items),
		cmocka_unit_test(formats_cells),
		cmocka_unit_test(rounds_completeness_down),
		cmocka_unit_test(says_what_a_chart_shows),
		cmocka_unit_test(leaves_out_broken_letters),
		cmocka_unit_test(draws_a_low_chart),
		cmocka_unit_test(writes_a_page),
	};

	lang_init();
	(void)setenv("TZ", "Asia/Baku", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
