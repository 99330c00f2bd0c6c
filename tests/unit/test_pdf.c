/* link: zwpaper */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PDF: tagged beyond what cairo does, broken into pages, and the same bytes of the same
 * document. How it reads is tests/e2e/test_paper.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/report/paper/doc_parts.h"
#include "collector/report/paper/pdf.h"
#include "collector/report/paper/pdf_tags.h"
#include "tests/unit/paper_sample.h"
#include "zw/buf.h"

/* How often a text stands in the file. */
static size_t
count(const struct buf *b, const char *text)
{
	const uint8_t *at = b->data, *end = b->data + b->len;
	size_t n = 0;

	while ((at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL) {
		at += strlen(text);
		n++;
	}
	return n;
}

/* The PDF of a sample. */
static void
make(struct buf *b, enum lang l, size_t rows)
{
	struct doc *d = sample_new(l, rows);
	struct err e;

	assert_int_equal(pdf_write(b, d, SAMPLE_END_S, &e), 0);
	doc_free(d);
}

static void
is_tagged(void **state)
{
	struct buf b = { 0 };

	(void)state;
	make(&b, LANG_RU, 4);
	assert_memory_equal(b.data, "%PDF-1.5", 8);
	assert_int_equal(count(&b, "/Lang (ru)"), 1);
	assert_int_equal(count(&b, "Date (D:20261031200000Z)"), 2);
	assert_int_equal(count(&b, "/S /Figure\n"), 3);
	assert_int_equal(count(&b, "/Alt <FEFF"), 3);
	assert_int_equal(count(&b, "/S /TH\n"), 8 + 4);
	assert_int_equal(count(&b, "/Scope /Column"), 8 + 4);
	assert_int_equal(count(&b, "/S /H1\n"), 1 + 1 + 3); /* cover, contents, sections */
	buf_free(&b);
}

static void
breaks_a_table(void **state)
{
	struct buf few = { 0 }, many = { 0 };

	(void)state;
	make(&few, LANG_AZ, 10);
	make(&many, LANG_AZ, SAMPLE_ROWS);
	size_t more = count(&many, "/Type /Page %") - count(&few, "/Type /Page %");
	assert_in_range(more, 9, 14);
	/* The head is said once, however often it is shown. */
	assert_int_equal(count(&many, "/S /TH\n"), 12);
	assert_int_equal(count(&many, "/S /TR\n"), 1 + SAMPLE_ROWS + 1 + 1 + 5);
	buf_free(&few);
	buf_free(&many);
}

static void
is_the_same_twice(void **state)
{
	(void)state;
	for (int l = 0; l < LANG_N; l++) {
		struct buf a = { 0 }, b = { 0 };
		make(&a, (enum lang)l, 40);
		make(&b, (enum lang)l, 40);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		assert_true(a.len < 400000);
		buf_free(&a);
		buf_free(&b);
	}
}

static void
refuses_another_pdf(void **state)
{
	static const char *const bad[] = {
		"", "%PDF-1.5\n", "%PDF\nstartxref\n12\n%%EOF\n",
		"%PDF\nxref\n0 999999999\nstartxref\n5\n%%EOF\n",
		"%PDF\nxref\n0 2\n0000000000 65535 f \n0000099999 00000 n \nstartxref\n5\n%%EOF\n"
	};
	struct doc *d = doc_new(LANG_EN);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf raw = { 0 }, out = { 0 };
		struct err e;
		buf_put(&raw, bad[i], strlen(bad[i]));
		assert_int_equal(tags_finish(&out, &raw, doc_parts(d), &e), -1);
		buf_free(&raw);
		buf_free(&out);
	}
	doc_free(d);
}

static void
an_empty_document(void **state)
{
	struct doc *d = doc_new(LANG_EN);
	struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(pdf_write(&b, d, 0, &e), 0);
	assert_int_equal(count(&b, "/Type /Page %"), 2);
	buf_free(&b);
	doc_free(d);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_tagged),
		cmocka_unit_test(breaks_a_table),
		cmocka_unit_test(is_the_same_twice),
		cmocka_unit_test(refuses_another_pdf),
		cmocka_unit_test(an_empty_document),
	};

	lang_init();
	(void)setenv("TZ", "Asia/Baku", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
