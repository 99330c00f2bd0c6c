/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source swap. */
#include "source_fixture.h"

/* Space and flow. */
static void
values(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_swap, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "total", 8388604.0 * 1024);
	assert_value(&f, "", "free", 6291453.0 * 1024);
	assert_value(&f, "", "used", 2097151.0 * 1024);
	assert_value(&f, "", "used_percent", 25);
	assert_value(&f, "", "pages_in", 1201);
	assert_value(&f, "", "pages_out", 52210);
	fixture_close(&f);
}

/* Without swap there is no share, and without counters no flow. */
static void
none(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_swap);
	fixture_put(&f, "proc/meminfo", "SwapTotal: 0 kB\nSwapFree: 0 kB\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "used", 0);
	assert_unknown(&f, "", "used_percent");
	assert_unknown(&f, "", "pages_in");
	fixture_put(&f, "proc/meminfo", "MemTotal: 0 kB\n");
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_close(&f);
	f = fixture_empty(&source_swap);
	fixture_open(&f);
	assert_null(f.state);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
