/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog in good days: numbering, segments, commits, readers beside a writer, trimming, thinning,
 * want of space. What happens to damaged logs is in test_seglog_damage.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "flush_fixture.h"
#include "seglog_fixture.h"

struct seen {
	uint64_t n;
	uint64_t last;
};

/* What opening finds must be true and in order. */
static void
found(void *arg, const struct seglog_record *rec)
{
	struct seen *seen = arg;

	assert_true(rec->lsn > seen->last);
	assert_true(fixture_is_true(rec));
	seen->last = rec->lsn;
	seen->n++;
}

static struct seglog *
open_log(const char *dir, uint64_t segment, uint64_t skip, struct seen *seen)
{
	struct seglog *s = NULL;
	struct err e;
	struct seglog_opts o = { .dir = dir,
		.subject = "test",
		.segment_bytes = segment,
		.skip = skip,
		.found = seen != NULL ? found : NULL,
		.arg = seen };

	if (seen != NULL)
		*seen = (struct seen){ 0 };
	assert_int_equal(seglog_open(&s, &o, &e), 0);
	return s;
}

/* Read all that is there from an LSN on; returns how many. */
static unsigned
read_all(const char *dir, uint64_t from, uint64_t upto)
{
	struct seglog_reader *r;
	struct seglog_record rec;
	struct err e;
	uint64_t last = from > 0 ? from - 1 : 0, damage = 0;
	unsigned n = 0;

	assert_int_equal(seglog_reader_open(&r, dir, from, &e), 0);
	while (seglog_read(r, upto, &rec, &damage, &e) == 1) {
		assert_true(rec.lsn > last && rec.lsn <= upto);
		assert_true(fixture_is_true(&rec));
		last = rec.lsn;
		n++;
	}
	assert_int_equal(damage, 0);
	seglog_reader_close(r);
	return n;
}

static void
test_append_and_reopen(void **state)
{
	char dir[64];
	struct seen seen;
	struct seglog *s = open_log(fixture_dir(dir), 8192, 0, &seen);
	uint8_t id[SEGLOG_ID];

	(void)state;
	memcpy(id, seglog_id(s), SEGLOG_ID);
	assert_int_equal(seglog_next(s), 1);
	assert_int_equal(seglog_first(s), 1);
	assert_int_equal(seglog_durable(s), 0);
	fixture_append(s, 100, 7);
	assert_int_equal(seglog_durable(s), 98);
	assert_true(seglog_pending(s) > 0);
	assert_int_equal(read_all(dir, 1, 98), 98);
	assert_int_equal(read_all(dir, 50, 60), 11);
	seglog_close(s); /* 99 and 100 are not committed */
	for (int i = 0; i < 5; i++) {
		s = open_log(dir, 8192, 0, &seen);
		assert_int_equal(seen.n, 98);
		assert_int_equal(seglog_next(s), 99);
		assert_int_equal(seglog_durable(s), 98);
		assert_int_equal(seglog_damage(s), 0);
		assert_memory_equal(id, seglog_id(s), SEGLOG_ID);
		seglog_close(s);
	}
	s = open_log(dir, 8192, 0, &seen);
	fixture_append(s, 50, 50);
	assert_int_equal(read_all(dir, 0, UINT64_MAX), 148);
	seglog_close(s);
	fixture_remove(dir);
}

static void
test_skip_and_jump(void **state)
{
	char dir[64];
	struct seen seen;
	struct err e;
	struct seglog *s = open_log(fixture_dir(dir), 65536, 4096, &seen);

	(void)state;
	assert_int_equal(seglog_next(s), 1);
	fixture_append(s, 3, 3);
	seglog_close(s);
	s = open_log(dir, 65536, 4096, &seen);
	assert_int_equal(seglog_next(s), 4 + 4096);
	fixture_append(s, 2, 2);
	seglog_jump(s, 1000000);
	seglog_jump(s, 5); /* never back */
	assert_int_equal(seglog_next(s), 1000000);
	fixture_append(s, 2, 2);
	seglog_close(s);
	s = open_log(dir, 65536, 4096, &seen);
	assert_int_equal(seen.n, 7);
	assert_int_equal(seen.last, 1000001);
	assert_int_equal(seglog_damage(s), 0);
	assert_int_equal(seglog_commit_now(s, &e), 0); /* nothing to do */
	seglog_close(s);
	fixture_remove(dir);
}

static void
test_one_writer(void **state)
{
	char dir[64];
	struct err e;
	struct seglog *s = open_log(fixture_dir(dir), 65536, 0, NULL), *second;
	struct seglog_opts o = { .dir = dir, .subject = "test", .segment_bytes = 4096 };

	(void)state;
	assert_int_equal(seglog_open(&second, &o, &e), -1);
	assert_non_null(strstr(e.msg, "in use"));
	seglog_close(s);
	o.dir = "/proc/no-such";
	assert_int_equal(seglog_open(&second, &o, &e), -1);
	fixture_remove(dir);
}

static void
test_reader_follows(void **state)
{
	char dir[64];
	struct seglog_reader *r;
	struct seglog_record rec;
	struct err e;
	uint64_t damage = 0, n = 0;
	struct seglog *s = open_log(fixture_dir(dir), 4096, 0, NULL);

	(void)state;
	assert_int_equal(seglog_reader_open(&r, dir, 1, &e), 0);
	assert_int_equal(seglog_read(r, 0, &rec, &damage, &e), 0);
	assert_int_equal(seglog_read(r, UINT64_MAX, &rec, &damage, &e), 0);
	for (unsigned i = 0; i < 200; i++) {
		fixture_append(s, 1 + i % 9, 1 + i % 9);
		if (i % 3 == 2)
			continue;
		/* sometimes with an upto beyond, sometimes short of what is there */
		uint64_t upto = i % 5 == 0 ? UINT64_MAX : seglog_durable(s) - i % 2;
		while (seglog_read(r, upto, &rec, &damage, &e) == 1) {
			assert_int_equal(rec.lsn, ++n);
			assert_true(fixture_is_true(&rec));
		}
		assert_int_equal(n, upto == UINT64_MAX ? seglog_durable(s) : upto);
	}
	assert_int_equal(damage, 0);
	assert_memory_equal(seglog_reader_id(r), seglog_id(s), SEGLOG_ID);
	seglog_reader_close(r);
	seglog_close(s);
	fixture_remove(dir);
}

static void
test_trim(void **state)
{
	char dir[64];
	struct seglog_reader *r;
	struct seglog_record rec;
	struct seen seen;
	struct err e;
	struct seglog *s = open_log(fixture_dir(dir), 4096, 0, NULL);

	(void)state;
	fixture_append(s, 100, 10);
	assert_int_equal(seglog_reader_open(&r, dir, 1, &e), 0);
	assert_int_equal(seglog_read(r, 100, &rec, NULL, &e), 1);
	uint64_t second = seglog_boundary(s, 1), bytes = seglog_bytes(s);
	seglog_trim(s, second - 2);
	assert_int_equal(seglog_first(s), 1);
	seglog_trim(s, second - 1);
	assert_int_equal(seglog_first(s), second);
	assert_true(seglog_bytes(s) < bytes);
	seglog_trim(s, 60);
	uint64_t oldest = seglog_first(s);
	assert_true(oldest <= 61 && oldest > second);
	/* A reader in a trimmed segment reads that on, then the oldest that exists. */
	uint64_t last = 1;
	while (seglog_read(r, 100, &rec, NULL, &e) == 1) {
		assert_true(rec.lsn == last + 1 || (last == second - 1 && rec.lsn == oldest));
		last = rec.lsn;
	}
	assert_int_equal(last, 100);
	seglog_reader_close(r);
	seglog_trim(s, UINT64_MAX);
	assert_true(seglog_first(s) <= 100);
	assert_int_equal(seglog_boundary(s, 1), 0);
	seglog_close(s);
	s = open_log(dir, 4096, 0, &seen);
	assert_int_equal(seen.last, 100);
	assert_int_equal(seglog_next(s), 101);
	assert_int_equal(seglog_damage(s), 0);
	seglog_close(s);
	fixture_remove(dir);
}

static bool
keep_third(void *arg, const struct seglog_record *rec)
{
	unsigned *seen = arg;

	(*seen)++;
	return rec->lsn % 3 == 0;
}

static bool
keep_none(void *arg, const struct seglog_record *rec)
{
	(void)arg;
	(void)rec;
	return false;
}

static void
test_thin(void **state)
{
	char dir[64];
	struct seen seen;
	struct err e;
	uint64_t dropped, all = 0;
	unsigned shown = 0, rounds = 0;
	struct seglog *s = open_log(fixture_dir(dir), 4096, 0, NULL);

	(void)state;
	assert_int_equal(seglog_thin(s, keep_third, &shown, &dropped, &e), 0);
	fixture_append(s, 100, 10);
	uint64_t second = seglog_boundary(s, 1), bytes = seglog_bytes(s), newest = second;
	for (unsigned i = 1; seglog_boundary(s, i) != 0; i++)
		newest = seglog_boundary(s, i);
	assert_int_equal(seglog_thin(s, keep_none, NULL, &dropped, &e), 1);
	assert_int_equal(dropped, second - 1);
	assert_int_equal(seglog_first(s), second);
	for (; seglog_thin(s, keep_third, &shown, &dropped, &e) == 1; rounds++)
		all += dropped;
	assert_true(rounds > 3);
	assert_int_equal(shown, newest - second);
	assert_true(seglog_bytes(s) < bytes / 2);
	unsigned left = read_all(dir, 1, 100);
	assert_int_equal(left, 100 - all - (second - 1));
	seglog_close(s);
	s = open_log(dir, 4096, 0, &seen);
	assert_int_equal(seglog_damage(s), 0);
	assert_int_equal(seen.n, left);
	assert_int_equal(seen.last, 100);
	/* Thinned segments stay so, also when opened anew. */
	assert_int_equal(seglog_thin(s, keep_third, &shown, &dropped, &e), 0);
	seglog_close(s);
	fixture_remove(dir);
}

static void
test_rotate(void **state)
{
	char dir[64];
	uint8_t big[SEGLOG_MAX_DATA] = { 0 };
	struct err e;
	struct seglog *s = open_log(fixture_dir(dir), 4096, 0, NULL);

	(void)state;
	assert_true(seglog_rotates(s, 1));
	fixture_append(s, 1, 0);
	assert_false(seglog_rotates(s, 1));
	assert_true(seglog_rotates(s, 4096));
	seglog_append(s, 9, big, sizeof big);
	assert_true(seglog_rotates(s, 1));
	fixture_append(s, 1, 0);
	seglog_rotate(s);
	assert_true(seglog_rotates(s, 0));
	fixture_append(s, 1, 0);
	assert_int_equal(seglog_commit_now(s, &e), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(seglog_boundary(s, i), i + 1);
	assert_int_equal(seglog_boundary(s, 4), 0);
	seglog_close(s);
	fixture_remove(dir);
}

static void *
run_commit(void *arg)
{
	struct err e;

	return seglog_commit_run(arg, &e) == 0 ? arg : NULL;
}

static void
check_each(void *arg, const struct seglog_record *rec)
{
	uint64_t *last = arg;

	assert_int_equal(rec->lsn, *last + 1);
	assert_true(fixture_is_true(rec));
	*last = rec->lsn;
}

/* Appends and questions go on while a commit runs elsewhere. */
static void
test_commit_in_thread(void **state)
{
	char dir[64];
	pthread_t thread;
	uint64_t last = 0;
	void *ok;
	struct seglog *s = open_log(fixture_dir(dir), 8192, 0, NULL);

	(void)state;
	assert_null(seglog_commit_begin(s));
	for (unsigned i = 0; i < 50; i++) {
		fixture_append(s, 20, 0);
		struct seglog_commit *c = seglog_commit_begin(s);
		assert_non_null(c);
		assert_int_equal(seglog_pending(s), 0);
		assert_int_equal(pthread_create(&thread, NULL, run_commit, c), 0);
		fixture_append(s, 10, 0);
		seglog_trim(s, last / 2);
		assert_true(seglog_bytes(s) < UINT64_MAX && seglog_first(s) <= seglog_next(s));
		pthread_join(thread, &ok);
		assert_ptr_equal(ok, c);
		seglog_commit_each(c, check_each, &last);
		assert_int_equal(seglog_commit_end(c), last);
		assert_int_equal(seglog_durable(s), last);
	}
	seglog_close(s);
	s = open_log(dir, 8192, 0, NULL);
	assert_int_equal(seglog_durable(s), last);
	assert_int_equal(seglog_damage(s), 0);
	seglog_close(s);
	fixture_remove(dir);
}

/* A write that fails for another reason than want of space ends the log for good. */
static void
test_write_fails(void **state)
{
	char dir[64];
	struct err e;
	struct seglog *s = open_log(fixture_dir(dir), 65536, 0, NULL);
	struct rlimit was, small = { .rlim_cur = 70000 };

	(void)state;
	fixture_append(s, 10, 10);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small.rlim_max = was.rlim_max;
	small.rlim_cur = 1000;
	setrlimit(RLIMIT_FSIZE, &small);
	fixture_append(s, 200, 0);
	assert_int_equal(seglog_commit_now(s, &e), -1);
	setrlimit(RLIMIT_FSIZE, &was);
	/* Failed for good, although writing would succeed now. */
	fixture_append(s, 1, 0);
	assert_null(seglog_commit_begin(s));
	assert_int_equal(seglog_commit_now(s, &e), -1);
	assert_int_equal(seglog_durable(s), 10);
	seglog_close(s);
	s = open_log(dir, 65536, 0, NULL);
	assert_true(seglog_durable(s) >= 10);
	assert_int_equal(seglog_damage(s), 0);
	seglog_close(s);
	fixture_remove(dir);
}

/* A disk that does not take what was written: what the page cache still has of it is not found at
 * the next start, for nobody knows whether it is on disk. */
static void
test_flush_fails(void **state)
{
	char dir[64];
	struct err e;
	struct seen seen;
	struct seglog *s = open_log(fixture_dir(dir), 65536, 0, NULL);

	(void)state;
	fixture_append(s, 10, 10);
	fixture_append(s, 5, 0);
	flush_fails = true;
	assert_int_equal(seglog_commit_now(s, &e), -1);
	flush_fails = false;
	seglog_close(s);
	s = open_log(dir, 65536, 0, &seen);
	assert_int_equal(seglog_durable(s), 10);
	assert_int_equal(seen.n, 10);
	assert_int_equal(seglog_damage(s), 0);
	seglog_close(s);
	fixture_remove(dir);
}

/* In a child: append, commit, report what is durable, until killed. */
static void
append_until_killed(const char *dir, int fd)
{
	struct seglog *s = open_log(dir, 16384, 0, NULL);

	for (unsigned i = 0;; i++) {
		fixture_append(s, 1 + i % 7, 1 + i % 7);
		uint64_t durable = seglog_durable(s);
		if (write(fd, &durable, sizeof durable) != sizeof durable)
			_exit(1);
	}
}

/* What was durable before SIGKILL is there after it. */
static void
test_kill(void **state)
{
	char dir[64];
	struct seen seen;
	uint64_t durable = 0, told;

	(void)state;
	fixture_dir(dir);
	for (unsigned i = 0; i < 25; i++) {
		int fds[2], status;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0)
			append_until_killed(dir, fds[1]);
		close(fds[1]);
		usleep(2000 + i * 1777 % 20000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(fds[0], &told, sizeof told) == sizeof told)
			durable = told;
		close(fds[0]);
		struct seglog *s = open_log(dir, 16384, 0, &seen);
		assert_true(seglog_durable(s) >= durable);
		assert_int_equal(seen.n, seglog_durable(s));
		assert_int_equal(seglog_damage(s), 0);
		seglog_close(s);
	}
	assert_true(durable > 0);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append_and_reopen),
		cmocka_unit_test(test_skip_and_jump),
		cmocka_unit_test(test_one_writer),
		cmocka_unit_test(test_reader_follows),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_thin),
		cmocka_unit_test(test_rotate),
		cmocka_unit_test(test_commit_in_thread),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_flush_fails),
		cmocka_unit_test(test_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
