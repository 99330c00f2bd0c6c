/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* rrdfile: damaged headers are refused; what is accepted does librrd no harm. Each accepted one is
 * read and written by librrd in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <rrd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store_fixture.h"
#include "zw/clock.h"

#define NOW (FIXTURE_T0 + 86400)

static char dir[] = "/tmp/zw-rrdfile-XXXXXX";
static char sound[64], damaged[64];
static uint8_t *bytes;
static size_t size;
static struct rrdfile good;

/* A file with some rows. */
static int
setup(void **state)
{
	(void)state;
	struct fixture f;
	size_t n;

	fixture_new(&f, 1, 4);
	fixture_batches(&f, 0, 200);
	struct keeper *k = fixture_open(&f, false);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	keeper_close(k);
	bytes = (uint8_t *)fixture_read(&f, 0, &n);
	size = n;
	fixture_free(&f);
	if (mkdtemp(dir) == NULL || bytes == NULL)
		return -1;
	(void)snprintf(sound, sizeof sound, "%s/sound.rrd", dir);
	(void)snprintf(damaged, sizeof damaged, "%s/damaged.rrd", dir);
	return rrdfile_check(bytes, size, size, NOW, &good, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	free(bytes);
	return nftw(dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Write a file of these bytes. */
static void
put(const char *path, const uint8_t *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
}

/* Let librrd read and write the file, as the store and the renderer would. */
static void
use(const char *path)
{
	time_t start = FIXTURE_T0, end = FIXTURE_T0 + 2000;
	unsigned long step = 1, n;
	char **names, row[64];
	rrd_value_t *data;
	struct rrdfile f;
	const char *argv[] = { row };

	(void)alarm(10);
	if (rrdfile_read(path, NOW, &f, NULL, NULL) == -1)
		return;
	if (rrd_fetch_r(path, "AVERAGE", &start, &end, &step, &n, &names, &data) == 0) {
		volatile double sum = 0;
		for (size_t i = 0; step > 0 && i < (size_t)(end - start) / step * n; i++)
			sum = sum + data[i];
	}
	rrd_clear_error();
	(void)snprintf(row, sizeof row, "%lld:1:2:3:4", (long long)f.last_s + 30);
	(void)rrd_update_r(path, NULL, 1, argv);
}

/* Whether the file that is in `damaged` is accepted, and does no harm then. */
static bool
is_accepted(void)
{
	struct rrdfile f;
	int status;

	if (rrdfile_read(damaged, NOW, &f, NULL, NULL) == -1)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		use(damaged);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("librrd died of an accepted file: status %d", status);
	return true;
}

/* The file itself is sound. */
static void
test_sound(void **state)
{
	(void)state;
	struct series_def def = fixture_def(0, 4);
	struct rrdfile f;
	uint8_t *header = NULL;

	put(sound, bytes, size);
	assert_int_equal(rrdfile_read(sound, NOW, &f, &header, NULL), 0);
	assert_int_equal(f.nsources, 4);
	assert_int_equal(f.narchives, 7);
	assert_int_equal(f.step_s, 10);
	assert_true(f.sources[1].derive && !f.sources[0].derive);
	assert_memory_equal(header, bytes, f.header_bytes);
	free(header);
	assert_true(rrdfile_fits(&f, &def));
	def.nfields = 3;
	assert_false(rrdfile_fits(&f, &def));
	def = fixture_def(0, 5);
	assert_true(rrdfile_fits(&f, &def));
	def.fields[0].kind = FIELD_COUNTER;
	assert_false(rrdfile_fits(&f, &def));
	assert_int_equal(rrdfile_read(sound, f.last_s - 1, &f, NULL, NULL), -1);
}

/* Every length but the right one is refused. */
static void
test_lengths(void **state)
{
	(void)state;
	struct rrdfile f;
	size_t len;

	for (size_t n = 0; n < size; n += n < good.header_bytes ? 1 : 501)
		assert_int_equal(rrdfile_check(bytes, n, n, NOW, &f, NULL), -1);
	for (size_t n = 0; n < RRDFILE_HEAD; n++)
		assert_int_equal(rrdfile_header_length(bytes, n, &len, NULL), -1);
	assert_int_equal(rrdfile_check(bytes, size, size + 1, NOW, &f, NULL), -1);
	assert_int_equal(rrdfile_check(bytes, size, size - 8, NOW, &f, NULL), -1);
}

/* Each sector of the header zeroed, and each run of 8 bytes. */
static void
test_zeroed(void **state)
{
	(void)state;
	unsigned refused = 0, tried = 0;

	for (size_t len = 512; len >= 8; len /= 8)
		for (size_t at = 0; at < good.header_bytes; at += len == 8 ? 40 : len) {
			uint8_t *copy = xmemdup(bytes, size);
			memset(copy + at, 0, at + len < size ? len : size - at);
			put(damaged, copy, size);
			free(copy);
			refused += !is_accepted();
			tried++;
		}
	assert_true(refused > 10 && tried > 50);
}

/* Bits and words at random. */
static void
test_flipped(void **state)
{
	(void)state;
	static const uint64_t words[] = { 0, 1, UINT64_MAX, INT64_MAX, 1ULL << 63, 1ULL << 32,
		UINT32_MAX, 1000000000 };
	unsigned accepted = 0;

	srandom(7);
	for (unsigned i = 0; i < 400; i++) {
		uint8_t *copy = xmemdup(bytes, size);
		size_t at = (size_t)random() % (good.header_bytes - 8);
		if (i % 2 == 0)
			copy[at] ^= (uint8_t)(1 << random() % 8);
		else
			memcpy(copy + at / 8 * 8, &words[random() % 8], 8);
		put(damaged, copy, size);
		free(copy);
		accepted += is_accepted();
	}
	assert_true(accepted > 0 && accepted < 400);
}

/* What is no regular file is not waited for. */
static void
test_no_file(void **state)
{
	(void)state;
	struct rrdfile f;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/other", dir);
	assert_int_equal(rrdfile_read(path, NOW, &f, NULL, NULL), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(rrdfile_read(path, NOW, &f, NULL, NULL), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(unlink(path), 0);
	put(sound, bytes, size);
	assert_int_equal(symlink(sound, path), 0);
	assert_int_equal(rrdfile_read(path, NOW, &f, NULL, NULL), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(rrdfile_read(dir, NOW, &f, NULL, NULL), -1);
	assert_int_equal(errno, EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_no_file),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
