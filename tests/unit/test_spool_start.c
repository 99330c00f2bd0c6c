/* link: zwfeed */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each start's numbers begin above those of the starts before it, also of one that wrote nothing.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/spool_start.h"
#include "zw/alloc.h"

/* A directory of the test's own. */
static char *
directory(void)
{
	char *dir = xstrdup("/tmp/spool-start-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

/* Remove it. */
static void
forget(char *dir)
{
	char *path = xasprintf("%s/starts", dir);

	(void)unlink(path);
	assert_int_equal(rmdir(dir), 0);
	free(path);
	free(dir);
}

/* It grows with each start, by a multiple. */
static void
test_grows(void **state)
{
	char *dir = directory();
	uint64_t last = spool_start_skip(dir);

	(void)state;
	assert_true(last >= SPOOL_START_NUMBERS);
	for (int i = 0; i < 50; i++) {
		uint64_t next = spool_start_skip(dir);
		assert_int_equal(next, last + SPOOL_START_NUMBERS);
		assert_int_equal(next % SPOOL_START_NUMBERS, 0);
		last = next;
	}
	forget(dir);
}

/* A count that is damaged is not believed: one byte, and a file cut short. */
static void
test_damaged(void **state)
{
	char *dir = directory(), *path = xasprintf("%s/starts", dir);

	(void)state;
	(void)spool_start_skip(dir);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "\xff", 1, 0), 1);
	close(fd);
	uint64_t skip = spool_start_skip(dir);
	assert_true(skip >= SPOOL_START_NUMBERS && skip <= SPOOL_START_NUMBERS << 20);
	assert_int_equal(truncate(path, 5), 0);
	skip = spool_start_skip(dir);
	assert_true(skip >= SPOOL_START_NUMBERS && skip <= SPOOL_START_NUMBERS << 20);
	assert_int_equal(spool_start_skip(dir), skip + SPOOL_START_NUMBERS);
	free(path);
	forget(dir);
}

/* Where nothing can be written it still leaves numbers out, by chance. */
static void
test_no_directory(void **state)
{
	(void)state;
	uint64_t skip = spool_start_skip("/proc/spool");
	assert_true(skip >= 2 * SPOOL_START_NUMBERS);
	assert_int_equal(skip % SPOOL_START_NUMBERS, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
