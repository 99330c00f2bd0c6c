/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwreport zwstore */
/* graph and rows: pictures and figures of RRDs that the store wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/report/ask.h"
#include "collector/report/graph.h"
#include "collector/report/rows.h"
#include "render_fixture.h"
#include "zw/clock.h"

/* An hour of one series. */
static struct ask *
ask_new(enum render_format format)
{
	struct ask *a = xcalloc(1, sizeof *a);

	a->format = format;
	a->start_s = FIXTURE_T0;
	a->end_s = FIXTURE_T0 + 3000;
	a->width = 600;
	a->height = 150;
	a->limit = NAN;
	a->nseries = 1;
	a->series[0] = fixture_def(0, 3);
	return a;
}

/* Whether the text is in the bytes. */
static bool
has(const struct buf *b, const char *text)
{
	return memmem(b->data, b->len, text, strlen(text)) != NULL;
}

/* Draw, with everything that a text could do harm by. */
static void
test_pictures(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_PNG);
	struct buf b = { 0 };
	struct err e = { "" };

	graph_warm_up();
	assert_int_equal(graph_draw(&b, a, &e), 0);
	assert_memory_equal(b.data, "\x89PNG\r\n\x1a\n", 8);
	buf_clear(&b);
	a->format = RENDER_SVG;
	a->limit = 27.5;
	a->mark_s = a->start_s + 600;
	(void)snprintf(a->title, sizeof a->title, "-x --lazy %%s%%n %s", "\xc4\xb0stilik: a\\b");
	(void)snprintf(a->series[0].fields[0].label, sizeof a->series[0].fields[0].label, "%s",
	    "a:b\\c %s%n %lf \\l --x :dashes");
	assert_int_equal(graph_draw(&b, a, &e), 0);
	assert_true(has(&b, "<svg"));
	buf_clear(&b);
	(void)snprintf(a->field, sizeof a->field, "f0");
	for (a->nseries = 0; a->nseries < 3; a->nseries++)
		a->series[a->nseries] = fixture_def(a->nseries, 3);
	assert_int_equal(graph_draw(&b, a, &e), 0);
	buf_free(&b);
	free(a);
}

/* More lines than colours, as many characters as there are, and hardly room for any. */
static void
test_legends(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_PNG);
	struct buf b = { 0 };
	struct err e = { "" };
	struct field *f = a->series[0].fields;

	(void)snprintf(f[0].label, sizeof f[0].label, "%s",
	    "\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0 % : "
	    "and more");
	for (a->width = 100; a->width <= 800; a->width += 175) {
		assert_int_equal(graph_draw(&b, a, &e), 0);
		buf_clear(&b);
	}
	for (a->nseries = 0; a->nseries < ASK_MAX_SERIES; a->nseries++)
		a->series[a->nseries] = fixture_def(a->nseries % 3, 3);
	assert_int_equal(graph_draw(&b, a, &e), 0);
	buf_free(&b);
	free(a);
}

/* A trimmed picture begins with its values, wherever it was asked to. */
static void
test_trim(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_PNG);
	struct buf whole = { 0 }, one = { 0 }, two = { 0 };
	struct err e = { "" };

	a->start_s = FIXTURE_T0 - 3600;
	assert_int_equal(graph_draw(&whole, a, &e), 0);
	a->trim_s = 600;
	assert_int_equal(graph_draw(&one, a, &e), 0);
	a->start_s = FIXTURE_T0 - 7200;
	assert_int_equal(graph_draw(&two, a, &e), 0);
	assert_true(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	assert_false(one.len == whole.len && memcmp(one.data, whole.data, one.len) == 0);
	buf_free(&whole);
	buf_free(&one);
	buf_free(&two);
	free(a);
}

/* What cannot be drawn is refused with a reason. */
static void
test_refusals(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_PNG);
	struct buf b = { 0 };
	struct err e = { "" };

	a->series[0] = fixture_def(7, 3);
	assert_int_equal(graph_draw(&b, a, &e), -1);
	assert_non_null(strstr(e.msg, "nothing to draw yet"));
	assert_int_equal(rows_json(&b, a, &e), -1);
	assert_int_equal(truncate("srv02/src-i2.rrd", 300), 0);
	a->series[0] = fixture_def(2, 3);
	assert_int_equal(graph_draw(&b, a, &e), -1);
	assert_int_equal(rows_json(&b, a, &e), -1);
	buf_free(&b);
	free(a);
}

/* Rows are those that were stored, at their times. */
static void
test_rows(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_JSON);
	struct buf b = { 0 };
	struct err e = { "" };
	char want[128];

	a->start_s = FIXTURE_T0 + 100 * 10;
	a->end_s = a->start_s + 30;
	(void)snprintf(a->field, sizeof a->field, "f2");
	assert_int_equal(rows_json(&b, a, &e), 0);
	buf_u8(&b, '\0');
	(void)snprintf(want, sizeof want, "{\"start\":%lld,\"end\":%lld,\"step\":10,",
	    (long long)a->start_s + 10, (long long)a->end_s);
	assert_non_null(strstr((char *)b.data, "\"fields\":[\"f2\"]"));
	assert_memory_equal(b.data, want, strlen("{\"start\":"));
	(void)snprintf(want, sizeof want, "[%g],[%g],[%g]", fixture_value(0, 2, 101),
	    fixture_value(0, 2, 102), fixture_value(0, 2, 103));
	if (strstr((char *)b.data, want) == NULL)
		fail_msg("%s lacks %s", (char *)b.data, want);
	buf_clear(&b);
	a->field[0] = '\0';
	a->nseries = 2;
	a->series[1] = fixture_def(1, 3);
	a->step_s = 300;
	a->end_s = a->start_s + 1500;
	a->cf = RENDER_MAX;
	assert_int_equal(rows_json(&b, a, &e), 0);
	buf_u8(&b, '\0');
	assert_non_null(strstr((char *)b.data, "\"step\":300"));
	assert_non_null(strstr((char *)b.data, "\"srv01/src-i1:f0\""));
	buf_free(&b);
	free(a);
}

/* Escaped texts are bounded and cut between characters. */
static void
test_escape(void **state)
{
	(void)state;
	char out[9];

	graph_escape(out, sizeof out, "a:b\\c\n");
	assert_string_equal(out, "a\\:b/c ");
	graph_escape(out, sizeof out, "\xc4\xb0\xc4\xb0\xc4\xb0\xc4\xb0");
	assert_string_equal(out, "\xc4\xb0\xc4\xb0\xc4\xb0");
	graph_escape(out, sizeof out, "::::::");
	assert_string_equal(out, "\\:\\:\\:\\:");
}

/* A request survives its way; a broken one is refused. */
static void
test_ask(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_SVG), *back = xcalloc(1, sizeof *back);
	struct buf b = { 0 };

	a->nseries = 2;
	a->series[1] = fixture_def(1, 2);
	a->limit = 3.5;
	ask_encode(&b, a);
	assert_int_equal(ask_decode(b.data, b.len, back, NULL), 0);
	assert_int_equal(back->nseries, 2);
	assert_string_equal(back->series[1].instance, "i1");
	assert_true(back->limit == 3.5 && back->width == 600);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(ask_decode(b.data, n, back, NULL), -1);
	a->end_s = a->start_s;
	buf_clear(&b);
	ask_encode(&b, a);
	assert_int_equal(ask_decode(b.data, b.len, back, NULL), -1);
	buf_free(&b);
	free(a);
	free(back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_legends),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_ask),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
