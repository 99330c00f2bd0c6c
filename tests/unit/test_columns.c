/* link: zwreport zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns: the archive that fits is chosen, what comes is what librrd has, on one grid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "collector/report/ask.h"
#include "collector/report/columns.h"
#include "collector/store/rrdfile.h"
#include "render_fixture.h"

/* The last 3000 s of one series' averages. */
static struct ask *
ask_new(enum render_format format)
{
	struct ask *a = xcalloc(1, sizeof *a);

	a->format = format;
	a->with = RENDER_WITH_ALL;
	a->start_s = FIXTURE_T0;
	a->end_s = FIXTURE_T0 + 2990;
	a->width = 600;
	a->height = 150;
	a->limit = NAN;
	a->nseries = 1;
	a->series[0] = fixture_def(0, 3);
	return a;
}

/* The answer as a text; freed by the caller. */
static char *
answer(const struct ask *a)
{
	struct buf b = { 0 };
	struct err e = { "" };
	int rc = a->format == RENDER_CSV ? columns_csv(&b, a, &e) : columns_json(&b, a, &e);

	if (rc == -1)
		fail_msg("%s", e.msg);
	buf_u8(&b, '\0');
	return (char *)b.data;
}

/* The number behind a key. */
static long long
number(const char *json, const char *key)
{
	char name[64];
	const char *at;

	snprintf(name, sizeof name, "\"%s\":", key);
	at = strstr(json, name);
	if (at == NULL)
		fail_msg("%s lacks %s", json, key);
	return at == NULL ? 0 : strtoll(at + strlen(name), NULL, 10);
}

/* Element i of the first column by a function; NAN: null. */
static double
cell(const char *json, const char *function, size_t i)
{
	char name[64];
	const char *at;

	snprintf(name, sizeof name, "\"%s\":[[", function);
	at = strstr(json, name);
	assert_non_null(at);
	at += strlen(name);
	for (; i > 0; i--) {
		at += strcspn(at, ",]");
		assert_int_equal(*at, ',');
		at++;
	}
	return strncmp(at, "null", 4) == 0 ? NAN : strtod(at, NULL);
}

/* Of archives of 10 s for an hour, 60 s for 4 h and 300 s for a day. */
static void
test_choice(void **state)
{
	(void)state;
	static const struct {
		int64_t back_s, end_back_s;
		unsigned points;
		int64_t step_s, want;
	} rows[] = {
		{ 3000, 0, 1200, 0, 10 },     /* room for all */
		{ 3000, 0, 300, 0, 10 },      /* just so */
		{ 3000, 0, 299, 0, 60 },      /* one too few */
		{ 3000, 0, 10, 0, 300 },      /* each row 300 s */
		{ 3000, 0, 2, 0, 300 },	      /* none is so coarse: the coarsest that is there */
		{ 3000, 0, 0, 0, 10 },	      /* all there are */
		{ 3000, 0, 1200, 11, 60 },    /* a step is wanted */
		{ 3000, 0, 1200, 60, 60 },    /* exactly */
		{ 3000, 0, 1200, 9999, 300 }, /* none so coarse */
		{ 7200, 0, 1200, 0, 60 },     /* 10 s do not reach back */
		{ 7200, 7000, 1200, 0, 60 },  /* nor for an old piece */
		{ 40000, 0, 50000, 0, 300 },
		{ 900000, 0, 1200, 0, 300 }, /* none reaches back: the one that goes farthest */
	};
	struct rrdfile f;
	struct err e;
	char name[RRDFILE_PATH];
	struct series_def def = fixture_def(0, 3);

	rrdfile_name(name, def.node, def.source, def.instance);
	assert_int_equal(rrdfile_read(name, FIXTURE_T0 + 86400, &f, NULL, &e), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t got = columns_archive(&f, f.last_s - rows[i].back_s,
		    f.last_s - rows[i].end_back_s, rows[i].points, rows[i].step_s);
		if (got != rows[i].want)
			fail_msg(
			    "row %zu: %lld, not %lld", i, (long long)got, (long long)rows[i].want);
	}
}

/* Rows that are samples: values at their times, extremes the same. */
static void
test_samples(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_COLUMNS);

	a->points = 1200;
	a->chosen[0] = 4;
	char *json = answer(a);
	assert_int_equal(number(json, "step_s"), 10);
	assert_int_equal(number(json, "rows"), 299);
	assert_int_equal(number(json, "start_s"), FIXTURE_T0 + 10);
	assert_int_equal(number(json, "end_s"), FIXTURE_T0 + 2990);
	assert_non_null(strstr(json, "\"exact\":true"));
	assert_non_null(strstr(json, "\"field\":\"f2\""));
	assert_null(strstr(json, "\"field\":\"f1\""));
	for (unsigned i = 23; i < 299; i++) {
		/* Of 23 steps four are missed, and the next is beyond the heartbeat. */
		double want = (i + 1) % 23 <= 4 ? NAN : fixture_value(0, 2, i + 1);
		for (unsigned f = 0; f < 3; f++) {
			static const char *const keys[] = { "average", "min", "max" };
			double got = cell(json, keys[f], i);
			if (isnan(want) != isnan(got) || (!isnan(want) && got != want))
				fail_msg("%s %u: %g, not %g", keys[f], i, got, want);
		}
	}
	free(json);
	free(a);
}

/* Merged rows have the extremes of what they are made of, and the bound holds. */
static void
test_merged(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_COLUMNS);

	a->chosen[0] = 4;
	for (a->points = 1; a->points <= 400; a->points += a->points < 8 ? 1 : 37) {
		char *json = answer(a);
		long long rows = number(json, "rows"), step = number(json, "step_s");
		long long end = number(json, "end_s");
		if (rows > (long long)a->points + 1)
			fail_msg("%lld rows for %u points", rows, a->points);
		assert_true(end >= a->end_s && end < a->end_s + step);
		assert_int_equal(number(json, "start_s"), end - (rows - 1) * step);
		for (long long i = 0; i < rows; i++) {
			double low = cell(json, "min", (size_t)i),
			       mid = cell(json, "average", (size_t)i);
			double high = cell(json, "max", (size_t)i);
			assert_int_equal(isnan(mid), isnan(low));
			if (!isnan(mid))
				assert_true(low <= mid + 1e-6 && mid <= high + 1e-6 && low >= 0 &&
					    high <= 3);
		}
		free(json);
	}
	free(a);
}

/* Several series, one of them without a file, on one grid. */
static void
test_several(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_COLUMNS);
	struct err e = { "" };
	struct buf b = { 0 };

	a->with = RENDER_WITH_AVERAGE;
	a->series[1] = fixture_def(1, 3);
	a->series[2] = fixture_def(7, 3);
	a->nseries = 3;
	a->points = 600;
	char *json = answer(a);
	assert_null(strstr(json, "\"min\""));
	assert_non_null(strstr(json, "\"node\":\"srv01\""));
	assert_int_equal(number(json, "rows"), 299);
	free(json);
	a->series[0] = a->series[2];
	a->nseries = 1;
	assert_int_equal(columns_json(&b, a, &e), -1);
	assert_non_null(strstr(e.msg, "nothing to read yet"));
	/* Five years by seconds are refused before anything is allocated for them. */
	a->series[0] = fixture_def(0, 3);
	a->start_s = FIXTURE_T0 - 5 * 366 * 86400LL;
	a->points = 0;
	assert_int_equal(columns_json(&b, a, &e), -1);
	assert_non_null(strstr(e.msg, "that is more than"));
	buf_free(&b);
	free(a);
}

/* A line for each row; texts of others cannot leave their cell. */
static void
test_csv(void **state)
{
	(void)state;
	struct ask *a = ask_new(RENDER_CSV);

	setenv("TZ", "Asia/Baku", 1);
	tzset();
	a->chosen[0] = 4;
	a->end_s = a->start_s + 50;
	(void)snprintf(a->series[0].fields[2].unit, sizeof a->series[0].fields[2].unit, "a\"b,c");
	a->with = RENDER_WITH_AVERAGE;
	char *csv = answer(a);
	static const char head[] = "\"local time\",\"time\",\"srv00/src-i0:f2 average "
				   "[a\"\"b,c]\"\r\n"
				   "2023-11-15 02:13:30,2023-11-15T02:13:30+04:00,";
	if (strncmp(csv, head, strlen(head)) != 0)
		fail_msg("%s", csv);
	unsigned lines = 0;
	for (const char *p = csv; (p = strstr(p, "\r\n")) != NULL; p += 2)
		lines++;
	assert_int_equal(lines, 6);
	free(csv);
	free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_csv),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
