/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source cpu: shares of ticks, steps back, processors that come and go, odd files. */
#include "source_fixture.h"

/* The first read knows no difference. */
static void
first_is_unknown(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_cpu, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_count(&f), 5);
	assert_unknown(&f, "total", "busy");
	assert_unknown(&f, "cpu3", "idle");
	/* No tick went by until the second. */
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_unknown(&f, "total", "busy");
	fixture_close(&f);
}

/* Shares add up to 100; guests (the last two columns) are in user and nice already. */
static void
shares(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_cpu);
	fixture_put(&f, "proc/stat",
	    "cpu  100 0 50 1000 10 1 2 3 90 0\ncpu0 100 0 50 1000 10 1 2 3 90 0\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	fixture_put(&f, "proc/stat",
	    "cpu  130 10 70 1900 30 6 7 13 120 0\ncpu0 100 0 50 1000 10 1 2 4 90 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "total", "user", 3);
	assert_value(&f, "total", "nice", 1);
	assert_value(&f, "total", "system", 2);
	assert_value(&f, "total", "idle", 90);
	assert_value(&f, "total", "iowait", 2);
	assert_value(&f, "total", "irq", 0.5);
	assert_value(&f, "total", "softirq", 0.5);
	assert_value(&f, "total", "steal", 1);
	assert_value(&f, "total", "busy", 8);
	assert_value(&f, "cpu0", "steal", 100);
	fixture_close(&f);
}

/* Values have two decimals at most. */
static void
rounded(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_cpu);
	fixture_put(&f, "proc/stat", "cpu 0 0 0 0 0 0 0 0\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	fixture_put(&f, "proc/stat", "cpu 1 0 0 2 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "total", "user", 33.33);
	assert_value(&f, "total", "idle", 66.67);
	assert_value(&f, "total", "busy", 33.33);
	fixture_close(&f);
}

/* iowait and idle may step back (proc.rst): that is no time, not an enormous one. */
static void
steps_back(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_cpu);
	fixture_put(&f, "proc/stat", "cpu 100 0 0 1000 500 0 0 0\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	fixture_put(&f, "proc/stat", "cpu 150 0 0 1050 490 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "total", "iowait", 0);
	assert_value(&f, "total", "user", 50);
	assert_value(&f, "total", "busy", 50);
	fixture_close(&f);
}

/* A processor that was away starts anew, whatever its ticks are. */
static void
hot_plug(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_cpu);
	fixture_put(
	    &f, "proc/stat", "cpu 1 1 1 1 1 1 1 1\ncpu0 1 1 1 1 1 1 1 1\ncpu7 5 5 5 5 5 5 5 5\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_count(&f), 3);
	fixture_put(&f, "proc/stat", "cpu 2 1 1 1 1 1 1 1\ncpu0 2 1 1 1 1 1 1 1\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_false(fixture_has(&f, "cpu7"));
	fixture_put(
	    &f, "proc/stat", "cpu 3 1 1 1 1 1 1 1\ncpu0 3 1 1 1 1 1 1 1\ncpu7 9 5 5 5 5 5 5 5\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_unknown(&f, "cpu7", "user");
	assert_value(&f, "cpu0", "user", 100);
	fixture_put(
	    &f, "proc/stat", "cpu 4 1 1 1 1 1 1 1\ncpu0 4 1 1 1 1 1 1 1\ncpu7 9 6 5 5 5 5 5 5\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "cpu7", "nice", 100);
	fixture_close(&f);
}

/* 256 processors, and an intr line that is longer than all of them. */
static void
many(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_cpu, "proc-256");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_count(&f), 257);
	assert_true(fixture_has(&f, "cpu255"));
	fixture_close(&f);
}

/* Lines cut short, numbers beyond 64 bits and processors that cannot be are left out. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_cpu, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_int_equal(fixture_count(&f), 3);
	assert_true(fixture_has(&f, "total"));
	assert_true(fixture_has(&f, "cpu0"));
	assert_true(fixture_has(&f, "cpu2"));
	fixture_close(&f);
}

/* No file: not on this machine. An empty one, or one without processors: an error. */
static void
missing(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_cpu);
	fixture_open(&f);
	assert_null(f.state);
	fixture_put(&f, "proc/stat", "");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_put(&f, "proc/stat", "intr 1 2 3\n");
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_put(&f, "proc/stat", "cpu 1 2 3 4");
	assert_int_equal(fixture_read(&f, 0), 0);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_is_unknown),
		cmocka_unit_test(shares),
		cmocka_unit_test(rounded),
		cmocka_unit_test(steps_back),
		cmocka_unit_test(hot_plug),
		cmocka_unit_test(many),
		cmocka_unit_test(odd),
		cmocka_unit_test(missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
