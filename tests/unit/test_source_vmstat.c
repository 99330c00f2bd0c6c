/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source vmstat. */
#include "source_fixture.h"

/* The totals of both files; "oom_kill_hint" is not "oom_kill". */
static void
values(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_vmstat, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "intr", 18840951);
	assert_value(&f, "", "ctxt", 91823741);
	assert_value(&f, "", "forks", 120931);
	assert_value(&f, "", "procs_running", 3);
	assert_value(&f, "", "procs_blocked", 1);
	assert_value(&f, "", "pgpgin", 17878577.0 * 1024);
	assert_value(&f, "", "pgpgout", 87277213.0 * 1024);
	assert_value(&f, "", "pgfault", 526332480);
	assert_value(&f, "", "pgmajfault", 15990);
	assert_value(&f, "", "oom_kill", 2);
	fixture_close(&f);
}

/* Numbers that are none are unknown, one beyond 64 bits is the greatest, the rest is read. */
static void
odd(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_vmstat, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_unknown(&f, "", "pgfault");
	assert_unknown(&f, "", "pgmajfault");
	assert_unknown(&f, "", "ctxt");
	assert_value(&f, "", "oom_kill", 18446744073709551615.0);
	assert_value(&f, "", "pgpgin", 1024);
	fixture_close(&f);
}

/* Neither file has anything. */
static void
nothing(void **state)
{
	(void)state;
	struct fixture f = fixture_empty(&source_vmstat);
	fixture_put(&f, "proc/stat", "cpu 1\n");
	fixture_open(&f);
	assert_null(f.state);
	fixture_put(&f, "proc/vmstat", "nothing here\n");
	fixture_open(&f);
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(odd),
		cmocka_unit_test(nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
