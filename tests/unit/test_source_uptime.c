/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source uptime. */
#include "source_fixture.h"

/* Whole seconds; text that is no number is an error. */
static void
values(void **state)
{
	(void)state;
	struct fixture f = fixture_tree(&source_uptime, "proc-a");
	assert_int_equal(fixture_read(&f, 0), 0);
	assert_value(&f, "", "uptime", 95013);
	fixture_close(&f);
	f = fixture_tree(&source_uptime, "proc-odd");
	assert_int_equal(fixture_read(&f, 0), -1);
	fixture_close(&f);
	f = fixture_tree(&source_uptime, "proc-256");
	assert_null(f.state);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
