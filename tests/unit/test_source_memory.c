/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source memory. */
#include "source_fixture.h"

/* Bytes of the right lines: "Cached" is not "SwapCached", "Writeback" not "WritebackTmp". */
static void
values(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_memory, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "total", 32768000.0 * 1024);
	assert_value(&f, "", "free", 4096000.0 * 1024);
	assert_value(&f, "", "available", 24576000.0 * 1024);
	assert_value(&f, "", "buffers", 512000.0 * 1024);
	assert_value(&f, "", "cached", 18432000.0 * 1024);
	assert_value(&f, "", "dirty", 2048.0 * 1024);
	assert_value(&f, "", "writeback", 12.0 * 1024);
	assert_value(&f, "", "slab", 1024000.0 * 1024);
	assert_value(&f, "", "used", 8192000.0 * 1024);
	assert_value(&f, "", "used_percent", 25);
	fixture_close(&f);
}

/* An old kernel does not say what is available; some do not say the rest. */
static void
old_kernel(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_memory);
	fixture_put(&f, "proc/meminfo",
	    "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 350 kB\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "available", 500 * 1024);
	assert_value(&f, "", "used_percent", 50);
	assert_unknown(&f, "", "slab");
	fixture_put(&f, "proc/meminfo", "MemTotal: 1000 kB\n");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_unknown(&f, "", "available");
	assert_unknown(&f, "", "used");
	assert_unknown(&f, "", "used_percent");
	fixture_put(&f, "proc/meminfo", "MemTotal: 0 kB\nMemAvailable: 7 kB\n");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "used", 0);
	assert_unknown(&f, "", "used_percent");
	fixture_close(&f);
}

/* An empty file is an error; so is one without a total. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_memory, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_close(&f);
	f = fixture_empty(&source_memory);
	fixture_put(&f, "proc/meminfo", "MemFree: 1 kB\nMemTotal: much\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(old_kernel),
		cmocka_unit_test(odd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
