/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* librrd locks a file while it reads it: an update that meets such a reader waits for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector/store/pending.h"
#include "collector/store/rrdlib.h"

#define T0 1700000000

/* In a process of its own: has the file locked as a reader for a while; tells when it has. */
static void
read_slowly(const char *path, int ready)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct timespec while_ns = { .tv_nsec = 15000000 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || fcntl(fd, F_SETLK, &lock) == -1 || write(ready, "!", 1) != 1)
		_exit(1);
	(void)nanosleep(&while_ns, NULL);
	_exit(0);
}

static void
test_a_reader_holds_an_update_up(void **state)
{
	const struct rrdlib_keep keep = { 10, 3600 };
	const struct rrdlib_shape shape = { .heartbeat = 2.5, .keep = &keep, .nkeep = 1 };
	struct series_def def = { .node = "n",
		.source = "load",
		.step_s = 10,
		.nfields = 1,
		.fields = { { .name = "load1", .min = NAN, .max = NAN } } };
	char dir[] = "/tmp/zw-rrdlib-XXXXXX", path[64], c;
	struct pending rows = { 0 };
	struct buf text = { 0 };
	struct err e;
	int ready[2], status;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/load.rrd", dir);
	assert_int_equal(rrdlib_create(path, &def, &shape, T0, &e), 0);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		read_slowly(path, ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	*pending_add(&rows, 1, T0 + 10) = 4;
	if (rrdlib_update(path, &def, &rows, &text, &e) == -1)
		fail_msg("%s", e.msg);
	assert_int_equal(rrd_last_r(path), T0 + 10);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	pending_free(&rows);
	buf_free(&text);
	(void)close(ready[0]);
	(void)close(ready[1]);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reader_holds_an_update_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
