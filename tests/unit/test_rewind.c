/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* Rows of times to come are taken out of an RRD; librrd itself says what is in it before, and after
 * it went on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/rewind.h"

#define T0 1700000000 /* a multiple of 10 */
#define ROWS 100

/* A file of 1 s for 100 s, 10 s for 200 s, 7 s for 70 s. */
static void
make(const char *path)
{
	const char *argv[] = { "DS:a:GAUGE:3:U:U", "DS:b:DERIVE:3:0:U", "RRA:AVERAGE:0.5:1:100",
		"RRA:AVERAGE:0.5:10:20", "RRA:MAX:0.5:7:10" };

	(void)unlink(path);
	assert_int_equal(rrd_create_r2(path, 1, T0, 1, NULL, NULL, 5, argv), 0);
}

/* Samples of from < t <= to: a is the second, b grows by 3 each. */
static void
feed(const char *path, long from, long to)
{
	for (long t = from + 1; t <= to; t++) {
		char text[64];
		snprintf(text, sizeof text, "%ld:%ld:%ld", T0 + t, t, 3 * t);
		const char *argv[] = { text };
		rrd_clear_error();
		assert_int_equal(rrd_update_r(path, NULL, 1, argv), 0);
	}
}

/* What an archive says of a time: NAN if unknown. */
static double
value(const char *path, const char *cf, unsigned long step, long t, unsigned source)
{
	time_t start = T0 + t - (time_t)step, end = T0 + t;
	unsigned long n, got = step;
	char **names;
	rrd_value_t *data;

	assert_int_equal(rrd_fetch_r(path, cf, &start, &end, &got, &n, &names, &data), 0);
	assert_int_equal(got, step);
	double v = data[source];
	for (unsigned long i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(data);
	return v;
}

/* 60 s are right, then the clock is so much ahead for a while, then it is right again. */
static void
ahead_for(const char *path, long ahead, long seconds, long again)
{
	int64_t last = 0;
	struct err e;

	make(path);
	feed(path, 0, 60);
	feed(path, 60 + ahead, 60 + ahead + seconds);
	assert_int_equal(rewind_file(path, T0 + again, &last, &e), 0);
	assert_int_equal(last, T0 + again);
	assert_int_equal(rrd_last_r(path), T0 + again);
	feed(path, again, again + 30);
}

static void
test_goes_on(void **state)
{
	static const long cases[][3] = { { 20, 5, 65 }, { 20, 15, 70 }, { 33, 1, 61 },
		{ 3600, 20, 63 }, { 86400, 3, 90 }, { 1000, 150, 66 } };
	char path[] = "/tmp/zw-rewind-XXXXXX";

	(void)state;
	assert_true(mkstemp(path) != -1);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		long again = cases[i][2];
		ahead_for(path, cases[i][0], cases[i][1], again);
		for (long t = again + 1; t <= again + 30; t++) {
			assert_true(value(path, "AVERAGE", 1, t, 0) == (double)t);
			if (t > again + 1)
				assert_true(value(path, "AVERAGE", 1, t, 1) == 3.0);
		}
		/* What had been there is there, as far as the time ahead was not round and over it.
		 */
		for (long t = again + 30 - ROWS + 20; t > 0 && t <= 60; t++) {
			double v = value(path, "AVERAGE", 1, t, 0);
			assert_true(
			    v == (double)t || (cases[i][0] + cases[i][1] >= 30 && isnan(v)));
		}
		for (long t = 61; t <= again; t++)
			assert_true(isnan(value(path, "AVERAGE", 1, t, 0)));
		/* A row of 10 s that came whole afterwards. */
		long row = (again + 10) / 10 * 10 + 10;
		assert_true(fabs(value(path, "AVERAGE", 10, row, 0) - ((double)row - 4.5)) < 1e-9);
		/* And nothing of times to come. */
		for (long t = again + 31; t < again + 60; t++)
			assert_true(isnan(value(path, "AVERAGE", 1, t, 0)));
	}
	(void)unlink(path);
}

/* Made once more from the same header, whatever the rows hold, it is the same: so a crash can be
 * undone by the header alone. */
static void
test_again_is_the_same(void **state)
{
	char path[] = "/tmp/zw-rewind-XXXXXX";
	struct rrdfile f;
	uint8_t *header = NULL, once[4096], twice[4096];
	struct err e;

	(void)state;
	assert_true(mkstemp(path) != -1);
	make(path);
	feed(path, 0, 60);
	feed(path, 500, 510);
	assert_int_equal(rrdfile_read(path, INT64_MAX, &f, &header, &e), 0);
	assert_true(f.header_bytes < sizeof once);
	memcpy(once, header, f.header_bytes);
	memcpy(twice, header, f.header_bytes);
	assert_int_equal(rewind_header(&f, once, T0 + 64), T0 + 64);
	assert_int_equal(rewind_header(&f, twice, T0 + 64), T0 + 64);
	assert_memory_equal(once, twice, f.header_bytes);
	struct rrdfile after;
	assert_int_equal(rrdfile_check(once, f.header_bytes, f.file_bytes, T0 + 64, &after, &e), 0);
	free(header);
	/* Nothing to do: nothing is done. */
	int64_t last;
	assert_int_equal(rewind_file(path, T0 + 5000, &last, &e), 0);
	assert_int_equal(last, T0 + 510);
	(void)unlink(path);
	assert_int_equal(rewind_file(path, T0, &last, &e), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_again_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
