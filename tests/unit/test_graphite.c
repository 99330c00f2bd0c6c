/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Graphite's targets, patterns, moments and slots. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/web/api/graphexpr.h"
#include "collector/web/api/graphslots.h"

#include "fake_collector.h"

#define NOW INT64_C(1790000000)

/* What is a target and what is none. */
static void
targets(void **state)
{
	static const char *const good[] = { "A.srv1.cpu.user", "*.*.{cpu,load}.*",
		" alias( A.b.c.d , 'x, (y)' ) ", "aliasByNode(a.b.c.d,1,3)", "sumSeries(a.b.*.d)",
		"averageSeries(a.b.c.d,e.f.g.h, scale(i.j.k.l,-2.5e3))", "1.2.3.4",
		"summarize(a.b.c.d,'1h')", "summarize(a.b.c.d,\"5min\",\"max\")",
		"minSeries(maxSeries(offset(a,1)))" };
	static const char *const bad[] = { "", "(", "alias(a.b.c.d)", "alias(a,1)", "scale(a,'b')",
		"scale(1,2)", "nothing(a)", "alias(a,'b'", "alias(a,'b)", "scale(a,b,2)", "a b",
		"'text'", "sumSeries()", "sumSeries(1)", "summarize(a)", "scale(a,1,2)", "a)",
		"sum(sum(sum(sum(sum(sum(sum(sum(sum(a)))))))))" };
	static struct graphexpr x;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(graphexpr_parse(&x, good[i], &e), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		e.msg[0] = '\0';
		assert_int_equal(graphexpr_parse(&x, bad[i], &e), -1);
		assert_string_not_equal(e.msg, "");
	}
	char many[1000] = "sumSeries(a";
	for (int i = 0; i < 70; i++)
		strcat(many, ",a");
	assert_int_equal(graphexpr_parse(&x, strcat(many, ")"), &e), -1);
}

/* Patterns. */
static void
patterns(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool covers;
	} rows[] = { { "*", "", true }, { "*", "srv1", true }, { "srv?", "srv1", true },
		{ "srv?", "srv", false }, { "srv[0-4]", "srv3", true },
		{ "srv[!0-4]", "srv3", false }, { "srv[0-4]", "srv5", false },
		{ "{srv1,srv2}", "srv2", true }, { "{srv1,srv2}x", "srv2x", true },
		{ "{srv1,srv2}", "srv3", false }, { "{a,ab}c", "abc", true },
		{ "s*v*1", "srv01", true }, { "s*v*1", "srv02", false }, { "a[", "a", false },
		{ "{a", "a", false }, { "", "", true }, { "", "a", false },
		{ "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(
		    graphexpr_covers(rows[i].pattern, strlen(rows[i].pattern), rows[i].text),
		    rows[i].covers);
}

/* Moments. */
static void
moments(void **state)
{
	int64_t t;

	(void)state;
	assert_int_equal(graphslots_moment("now", NOW, &t), 0);
	assert_int_equal(t, NOW);
	assert_int_equal(graphslots_moment("-1h", NOW, &t), 0);
	assert_int_equal(t, NOW - 3600);
	assert_int_equal(graphslots_moment("now-7d", NOW, &t), 0);
	assert_int_equal(t, NOW - 7 * 86400);
	assert_int_equal(graphslots_moment("1789990000", NOW, &t), 0);
	assert_int_equal(t, 1789990000);
	static const char *const bad[] = { "", "-", "-1", "now+1h", "1h", "-1x", "x",
		"-99999999999999999999h", "-9999999y" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(graphslots_moment(bad[i], NOW, &t), -1);
}

/* Rows into slots. */
static void
slots(void **state)
{
	static const char fine[] =
	    "{\"start\":1790000010,\"end\":1790000040,\"step\":10,\"fields\":"
	    "[\"a\"],\"rows\":[[1],[3],[null],[7.5]]}";
	static const char coarse[] = "{\"start\":1790000060,\"step\":60,\"rows\":[[5]]}";
	double v[6];

	(void)state;
	graphslots_fill(fine, sizeof fine - 1, v, 3, NOW, 20, 0);
	assert_true(v[0] == 2);
	assert_true(v[1] == 7.5);
	assert_true(isnan(v[2]));
	graphslots_fill(fine, sizeof fine - 1, v, 3, NOW, 20, 1);
	assert_true(v[0] == 3);
	graphslots_fill(coarse, sizeof coarse - 1, v, 6, NOW, 10, 0);
	for (int i = 0; i < 6; i++)
		assert_true(v[i] == 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(patterns),
		cmocka_unit_test(moments),
		cmocka_unit_test(slots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
