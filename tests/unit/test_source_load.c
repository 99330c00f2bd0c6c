/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source load. */
#include "source_fixture.h"

/* The numbers of the file, to the digit. */
static void
values(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_load, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "load1", 0.21);
	assert_value(&f, "", "load5", 1.06);
	assert_value(&f, "", "load15", 12.02);
	assert_value(&f, "", "running", 3);
	assert_value(&f, "", "threads", 941);
	fixture_close(&f);
}

/* A line without its load averages is an error, one without its threads is not. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_load, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_close(&f);
	f = fixture_empty(&source_load);
	fixture_open(&f);
	assert_null(f.state);
	fixture_put(&f, "proc/loadavg", "1.5 2 3.25");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "load1", 1.5);
	assert_value(&f, "", "load15", 3.25);
	assert_unknown(&f, "", "threads");
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(odd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
