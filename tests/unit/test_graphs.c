/* link: zwgraphs */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named graphs: rows of several series on one grid, definitions and what is wrong with them, and
 * what is asked, as bytes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/report/figures/span.h"
#include "collector/report/graphs/definition.h"
#include "collector/report/graphs/grid.h"
#include "collector/report/graphs/wanted.h"
#include "zw/alloc.h"

#define GRAPHS ZW_TEST_DATA "/../../conf/graphs"

/* A span of one field by hand: row i is rows[i]; extremes are one below and two above it. */
static struct span *
span_of(int64_t from_s, int64_t step_s, const double *rows, size_t n)
{
	struct span *s = xcalloc(1, sizeof *s);

	s->from_s = from_s;
	s->step_s = step_s;
	s->to_s = from_s + (int64_t)n * step_s;
	s->nrows = n;
	s->nfields = 1;
	for (int cf = 0; cf < 3; cf++) {
		s->values[cf][0] = xcalloc(n, sizeof(double));
		for (size_t i = 0; i < n; i++)
			s->values[cf][0][i] = rows[i] + (cf == SPAN_MIN	     ? -1
							    : cf == SPAN_MAX ? 2
									     : 0);
	}
	return s;
}

/* Frees it. */
static void
drop(struct span *s)
{
	for (int cf = 0; cf < 3; cf++)
		free(s->values[cf][0]);
	free(s);
}

/* Adds rows to a grid. */
static void
add(struct grid *g, int64_t from_s, int64_t step_s, const double *rows, size_t n, double scale)
{
	struct span *s = span_of(from_s, step_s, rows, n);

	grid_add(g, s, 0, scale);
	drop(s);
}

static void
rows_are_weighed_by_time(void **state)
{
	static const double fine[] = { 1, 3, 5, NAN, NAN, NAN, 7, NAN }, coarse[] = { 10, 20 };

	(void)state;
	struct grid *g = grid_new(1000, 1400, 100, GRID_MEAN);
	add(g, 1000, 50, fine, 8, 1); /* 2, (5), unknown, (7) */
	grid_finish(g);
	assert_int_equal(g->n, 4);
	assert_true(g->mid[0] == 2 && g->low[0] == 0 && g->high[0] == 5);
	assert_true(g->mid[1] == 5 && isnan(g->mid[2]) && isnan(g->high[2]) && g->mid[3] == 7);
	grid_free(g);
	g = grid_new(1000, 1400, 100, GRID_MEAN);
	add(g, 1000, 200, coarse, 2, 0.5); /* a row is in both of its grid's */
	grid_finish(g);
	assert_true(g->mid[0] == 5 && g->mid[1] == 5 && g->mid[2] == 10 && g->mid[3] == 10);
	assert_true(g->high[0] == 6);
	grid_free(g);
	g = grid_new(1000, 1400, 100, GRID_MEAN);
	add(g, 5000, 100, coarse, 2, 1); /* of another time */
	grid_finish(g);
	assert_true(isnan(g->mid[0]) && isnan(grid_mean(g)));
	grid_free(g);
}

/* A negative factor turns extremes round. */
static void
scale_may_be_negative(void **state)
{
	static const double rows[] = { 4 };

	(void)state;
	struct grid *g = grid_new(0, 10, 10, GRID_MAX);
	add(g, 0, 10, rows, 1, -1);
	grid_finish(g);
	assert_true(g->mid[0] == -4 && g->low[0] == -6 && g->high[0] == -3);
	grid_free(g);
}

static void
a_sum_needs_all_that_had_begun(void **state)
{
	static const double a[] = { 1, 1, 1, NAN, 1 }, b[] = { NAN, 2, 2, 2, 2 };
	struct grid *g = grid_new(0, 500, 100, GRID_SUM);

	(void)state;
	add(g, 0, 100, a, 5, 1);
	add(g, 0, 100, b, 5, 1);
	grid_finish(g);
	assert_true(g->mid[0] == 1); /* b had not begun */
	assert_true(g->mid[1] == 3 && g->mid[2] == 3 && g->mid[4] == 3);
	assert_true(isnan(g->mid[3])); /* a part is not known: the sum is not */
	grid_free(g);
	/* What is gone for more than a day is no part of it any more. */
	static const double gone[] = { 1, 1, NAN, NAN, NAN }, there[] = { 2, 2, 2, 2, 2 };
	g = grid_new(0, 5 * 86400, 86400, GRID_SUM);
	add(g, 0, 86400, gone, 5, 1);
	add(g, 0, 86400, there, 5, 1);
	grid_finish(g);
	assert_true(g->mid[1] == 3 && g->mid[2] == 2 && g->mid[4] == 2);
	grid_free(g);
	/* The least and the greatest are of what is known. */
	g = grid_new(0, 500, 100, GRID_MAX);
	add(g, 0, 100, a, 5, 1);
	add(g, 0, 100, b, 5, 1);
	grid_finish(g);
	assert_true(g->mid[0] == 1 && g->mid[3] == 2 && g->mid[4] == 2);
	grid_free(g);
}

/* A mean by time; of a day, all rows of all. */
static void
pooled_rows_are_asked_together(void **state)
{
	static const double a[] = { 1, 2, 3, NAN, 5 }, b[] = { 11, 12, 13, 14, NAN };
	struct grid *g = grid_new(0, 500, 100, GRID_POOL);

	(void)state;
	add(g, 0, 100, a, 5, 1);
	add(g, 0, 100, b, 5, 1);
	grid_finish(g);
	assert_true(g->mid[0] == 6 && g->mid[3] == 14 && g->mid[4] == 5);
	assert_true(
	    grid_value(g, 0, 500, GRID_VALUE_P95) == 14); /* of 8 rows, and not of 5 means */
	assert_true(grid_value(g, 0, 300, GRID_VALUE_MEAN) == 7);
	assert_true(grid_value(g, 0, 500, GRID_VALUE_MIN) == 0); /* the archives' extremes */
	assert_true(grid_value(g, 0, 500, GRID_VALUE_MAX) == 16);
	assert_true(isnan(grid_value(g, 500, 900, GRID_VALUE_P95)));
	grid_free(g);
}

static void
days_have_values_of_their_rows(void **state)
{
	double rows[100];
	struct grid *g = grid_new(0, 10000, 100, GRID_MEAN);

	(void)state;
	for (int i = 0; i < 100; i++)
		rows[i] = i;
	rows[10] = NAN;
	add(g, 0, 100, rows, 100, 1);
	grid_finish(g);
	assert_true(grid_value(g, 0, 1000, GRID_VALUE_MEAN) == 4.5);
	assert_true(grid_value(g, 0, 1000, GRID_VALUE_MIN) == -1); /* the archives' extremes */
	assert_true(grid_value(g, 0, 1000, GRID_VALUE_MAX) == 11);
	assert_true(grid_value(g, 2000, 10000, GRID_VALUE_P95) == 95); /* of 80 rows the 76th */
	double kwh = grid_value(g, 0, 1000, GRID_VALUE_ENERGY);
	assert_true(fabs(kwh - 45 * 100 / 3.6e6) < 1e-12);
	assert_true(isnan(grid_value(g, 1000, 1100, GRID_VALUE_MEAN)));
	assert_true(isnan(grid_value(g, 20000, 30000, GRID_VALUE_MEAN)));
	grid_free(g);
}

/* Every shipped file is right, and has titles in all languages. */
static void
shipped_definitions_are_right(void **state)
{
	char names[DEFINITION_MOST][DEFINITION_NAME];
	char dir[] = GRAPHS, *dirs[] = { dir };
	struct conf_texts t = { dirs, 1 };
	size_t n = definition_names(names, &t);

	(void)state;
	assert_true(n >= 8);
	for (size_t i = 0; i < n; i++) {
		struct conf_graph *g;
		struct err e = { 0 };
		if (definition_load(&g, &t, names[i], &e) == -1)
			fail_msg("%s", e.msg);
		assert_non_null(g->title_az);
		assert_non_null(g->title_ru);
		const struct conf_graph_panel *p = g->panels.v;
		for (size_t k = 0; k < g->panels.n; k++)
			assert_true(
			    p[k].title == NULL || (p[k].title_az != NULL && p[k].title_ru != NULL));
		definition_free(g);
	}
}

/* What loading this text as a graph complains of. */
static const char *
complaint(const char *text, struct err *e)
{
	char dir[] = "/tmp/graphs-XXXXXX", path[64], *dirs[] = { dir };
	struct conf_texts t = { dirs, 1 };
	struct conf_graph *g;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/x.conf", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	int rc = definition_load(&g, &t, "x", e);
	definition_free(g);
	unlink(path);
	rmdir(dir);
	return rc == 0 ? "" : e->msg;
}

static void
wrong_definitions_are_complained_of(void **state)
{
	struct err e;

	(void)state;
	assert_string_equal(
	    complaint("title = \"T\"; panels = ( { lines = ( { measure = \"inlet\"; } ); } );", &e),
	    "");
	assert_non_null(strstr(complaint("title = \"T\"; panels = ( { lines = ( { } ); } );", &e),
	    "a measure is missing, or source and field"));
	assert_non_null(strstr(complaint("title = \"T\"; panels = ( { lines = ( { measure = \"a\"; "
					 "source = \"b\"; field = \"c\"; } ); } );",
				   &e),
	    "not both"));
	assert_non_null(strstr(
	    complaint("title = \"T\"; panels = ( { kind = \"calendar\"; } );", &e), "needs"));
	assert_non_null(strstr(complaint("title = \"T\"; panels = ( { kind = \"calendar\"; of = [ "
					 "\"cat\" ]; } );",
				   &e),
	    "\"cat\" is none of"));
	assert_non_null(strstr(complaint("title = \"T\"; panels = ( { kind = \"bars\"; lines = ( { "
					 "measure = \"a\"; } ); } );",
				   &e),
	    "by day or by month"));
	static const struct {
		const char *key;
		const char *why; /* "": it is fine */
	} rows[] = {
		{ "topics = [ \"air\", \"cat\" ];", "\"cat\" is no topic" },
		{ "topics = [ \"air\", \"power\" ];", "" },
		{ "limits = ( { label = \"a\"; } );", "one of them" },
		{ "limits = ( { label = \"a\"; value = 1.0; servers_off = true; } );",
		    "one of them" },
		{ "limits = ( { label = \"a {value}\"; servers_off = true; near = 2.0; } );", "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[400];
		snprintf(text, sizeof text,
		    "title = \"T\"; report = \"power\"; panels = ( { lines = ( { measure = \"a\"; "
		    "} ); %s } );",
		    rows[i].key);
		const char *why = complaint(text, &e);
		if (rows[i].why[0] == '\0' ? why[0] != '\0' : strstr(why, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].key, why);
	}
	assert_non_null(strstr(
	    complaint(
		"title = \"T\"; scope = \"node\"; report = \"power\"; panels = ( { lines = ( { "
		"measure = \"a\"; } ); } );",
		&e),
	    "no place in it"));
	assert_non_null(
	    strstr(complaint("title = \"T\"; report = \"pwr\"; panels = ( { lines = ( { "
			     "measure = \"a\"; } ); } );",
		       &e),
		"pwr"));
	assert_non_null(
	    strstr(complaint("panels = ( { lines = ( { measure = \"a\"; } ); } );", &e), "title"));
}

static void
names_are_no_paths(void **state)
{
	char dir[] = GRAPHS, *dirs[] = { dir };
	struct conf_texts t = { dirs, 1 };
	struct conf_graph *g;
	struct err e;

	(void)state;
	static const char *const bad[] = { "", "..", "../graphs/zone-power", "a/b", "nosuch" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(definition_load(&g, &t, bad[i], &e), -1);
		assert_null(g);
		assert_non_null(strstr(e.msg, "there is no graph"));
	}
}

static void
what_is_wanted_survives_bytes(void **state)
{
	struct wanted w = { .name = "zone-power",
		.zone = "B",
		.period = "2026-10",
		.from_s = 5,
		.to_s = 9,
		.lang = LANG_RU,
		.format = WANTED_PDF,
		.width = 900 };
	struct wanted back;
	struct buf b = { 0 };
	struct err e;

	(void)state;
	wanted_encode(&b, &w);
	assert_int_equal(wanted_decode(b.data, b.len, &back, &e), 0);
	assert_string_equal(back.name, w.name);
	assert_string_equal(back.zone, "B");
	assert_string_equal(back.node, "");
	assert_string_equal(back.period, "2026-10");
	assert_true(back.from_s == 5 && back.to_s == 9 && back.lang == LANG_RU &&
		    back.format == WANTED_PDF && back.width == 900 && back.height == 0);
	for (size_t i = 0; i < b.len; i++) /* cut short */
		assert_int_equal(wanted_decode(b.data, i, &back, &e), -1);
	static const struct {
		int64_t from_s, to_s;
		uint32_t width, height;
	} bad[] = { { 9, 5, 900, 0 }, { -1, 0, 900, 0 }, { 0, 0, 99, 0 }, { 0, 0, 900, 50 },
		{ 1, INT64_C(1) << 39, 900, 0 } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct wanted x = w;
		x.from_s = bad[i].from_s;
		x.to_s = bad[i].to_s;
		x.width = bad[i].width;
		x.height = bad[i].height;
		buf_clear(&b);
		wanted_encode(&b, &x);
		assert_int_equal(wanted_decode(b.data, b.len, &back, &e), -1);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_weighed_by_time),
		cmocka_unit_test(scale_may_be_negative),
		cmocka_unit_test(a_sum_needs_all_that_had_begun),
		cmocka_unit_test(pooled_rows_are_asked_together),
		cmocka_unit_test(days_have_values_of_their_rows),
		cmocka_unit_test(shipped_definitions_are_right),
		cmocka_unit_test(wrong_definitions_are_complained_of),
		cmocka_unit_test(names_are_no_paths),
		cmocka_unit_test(what_is_wanted_survives_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
