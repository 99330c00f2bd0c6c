/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source disk: whole devices only, names, differences, wraps, resets, odd files. */
#include "source_fixture.h"

static const char before[] = "8 0 sda 100 0 2000 50 200 0 4000 70 1 1000 3000 0 0 0 0\n";

/* Partitions and loop devices are left out; LVM is called by its name. */
static void
devices(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_disk, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_count(&f), 4);
	assert_true(fixture_has(&f, "sda"));
	assert_true(fixture_has(&f, "nvme0n1"));
	assert_true(fixture_has(&f, "dm-vg0-root"));
	assert_true(fixture_has(&f, "dm-vg0-swap"));
	assert_value(&f, "sda", "read_ops", 36694);
	assert_value(&f, "sda", "write_ops", 13694);
	assert_value(&f, "sda", "read_bytes", 3575810.0 * 512);
	assert_value(&f, "sda", "write_bytes", 1745544.0 * 512);
	assert_value(&f, "sda", "in_flight", 2);
	assert_unknown(&f, "sda", "read_await");
	assert_unknown(&f, "sda", "utilisation");
	assert_value(&f, "nvme0n1", "read_bytes", 182469135780.0 * 512);
	fixture_close(&f);
}

/* Opens a tree with one disk and reads it once. */
static struct fixture
one_disk(void)
{
	struct fixture f = fixture_empty(&source_disk);
	fixture_put(&f, "sys/block/sda/size", "8\n");
	fixture_put(&f, "proc/diskstats", before);
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	return f;
}

/* Means and shares of the time between two reads. */
static void
differences(void **state)
{
	(void)state;
	struct fixture f = one_disk();
	fixture_put(
	    &f, "proc/diskstats", "8 0 sda 130 0 2000 95 200 0 4000 70 3 3500 8000 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "sda", "read_await", 1.5);
	assert_value(&f, "sda", "write_await", 0);
	assert_value(&f, "sda", "utilisation", 25);
	assert_value(&f, "sda", "queue", 0.5);
	assert_value(&f, "sda", "in_flight", 3);
	/* More busy time than time is full time. */
	fixture_put(
	    &f, "proc/diskstats", "8 0 sda 130 0 2000 95 200 0 4000 70 3 13600 8000 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "sda", "utilisation", 100);
	fixture_close(&f);
}

/* Milliseconds wrap at 32 bits (iostats.rst). */
static void
wrap(void **state)
{
	(void)state;
	struct fixture f = one_disk();
	fixture_put(&f, "proc/diskstats",
	    "8 0 sda 100 0 2000 4294967290 200 0 4000 70 0 4294967000 0 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	fixture_put(&f, "proc/diskstats", "8 0 sda 110 0 2000 94 200 0 4000 70 0 704 0 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "sda", "read_await", 10);
	assert_value(&f, "sda", "utilisation", 10);
	fixture_close(&f);
}

/* Another disk under the same name: no difference is made of two disks. */
static void
replaced(void **state)
{
	(void)state;
	struct fixture f = one_disk();
	fixture_put(&f, "proc/diskstats", "8 0 sda 5 0 200 5 2 0 40 7 0 10 30 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_unknown(&f, "sda", "read_await");
	assert_unknown(&f, "sda", "utilisation");
	assert_value(&f, "sda", "read_ops", 5);
	fixture_put(&f, "proc/diskstats", "8 0 sda 6 0 200 15 2 0 40 7 0 110 30 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_value(&f, "sda", "read_await", 10);
	/* Away, and back. */
	fixture_put(&f, "proc/diskstats", "");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_int_equal(fixture_count(&f), 0);
	fixture_put(&f, "proc/diskstats", "8 0 sda 600 0 200 15 2 0 40 7 0 110 30 0 0 0 0\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_unknown(&f, "sda", "read_await");
	fixture_close(&f);
}

/* A disk that is plugged in shows, and the pattern of the configuration hides. */
static void
plugged(void **state)
{
	(void)state;
	struct fixture f = one_disk();
	fixture_put(&f, "sys/block/sdb/size", "8\n");
	fixture_put(&f, "sys/block/zram0/size", "8\n");
	fixture_put(&f, "proc/diskstats",
	    "8 0 sda 130 0 2000 95 200 0 4000 70 3 3500 8000\n"
	    "8 16 sdb 1 0 2 9 2 0 4 7 3 3 8\n252 0 zram0 1 0 2 9 2 0 4 7 3 3 8\n");
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_int_equal(fixture_count(&f), 2);
	assert_unknown(&f, "sdb", "queue");
	assert_value(&f, "sda", "read_await", 1.5);
	fixture_close(&f);
}

/* Lines that are none, names too long, "..": left out. Numbers too large: the greatest. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_disk, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_int_equal(fixture_read(&f, 10), 0);
	assert_int_equal(fixture_count(&f), 2);
	assert_value(&f, "sdb", "read_ops", 18446744073709551615.0);
	assert_value(&f, "sdc", "in_flight", 9);
	fixture_close(&f);
	f = fixture_tree(&source_disk, "proc-256");
	assert_null(f.state);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices),
		cmocka_unit_test(differences),
		cmocka_unit_test(wrap),
		cmocka_unit_test(replaced),
		cmocka_unit_test(plugged),
		cmocka_unit_test(odd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
