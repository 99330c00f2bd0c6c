/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* Every state that a crash within librrd's update can leave in a file is made, by stepping through
 * it instruction by instruction; from each the store must recover to the bytes of a run without the
 * crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "store_fixture.h"

#define MAX_STATES 4000
#define REPLAY_EACH 16 /* states */
#define BASE 40	       /* steps before the update */

struct states {
	char *v[MAX_STATES];
	size_t n;
	size_t size; /* of the file */
};

/* A file of the store, whole. */
static char *
slurp(const struct fixture *f, const char *below, size_t *n)
{
	char path[PATH_MAX], *data = NULL;
	struct err e;

	(void)snprintf(path, sizeof path, "%s/%s", f->dir, below);
	assert_int_equal(fs_read(path, 64 << 20, &data, n, &e), 0);
	return data;
}

/* And back. */
static void
spit(const struct fixture *f, const char *below, const char *data, size_t n)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", f->dir, below);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, data, n), (ssize_t)n);
	close(fd);
}

#define RRD "rrd/srv00/src-i0.rrd"
#define CHECKPOINT "store/checkpoint"

/* Recover and take in everything; the bytes that come of it. */
static char *
recover(struct fixture *f, bool checkpoint, size_t *n)
{
	struct keeper *k = fixture_open(f, false);
	struct err e;

	fixture_apply(f, k);
	fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
	if (checkpoint)
		(void)fixture_finish(k);
	assert_int_equal(k->stats.errors, 0);
	keeper_close(k);
	return slurp(f, RRD, n);
}

/* The process that is stepped through: all is taken in, then comes the update. */
static void
tracee(struct fixture *f)
{
	struct keeper *k = fixture_open(f, false);
	struct err e;

	fixture_apply(f, k);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
	raise(SIGUSR1);
	_exit(0);
}

/* Step through the update and keep each state of the file. */
static void
collect(struct fixture *f, struct states *st)
{
	char path[PATH_MAX];
	int status;
	pid_t pid = fork();

	if (pid == 0)
		tracee(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	(void)snprintf(path, sizeof path, "%s/%s", f->dir, RRD);
	int fd = open(path, O_RDONLY);
	char *file = mmap(NULL, st->size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(file, MAP_FAILED);
	close(fd);
	char *last = xmemdup(file, st->size);
	for (;;) {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) == SIGUSR1)
			break;
		if (memcmp(file, last, st->size) == 0)
			continue;
		memcpy(last, file, st->size);
		assert_true(st->n < MAX_STATES);
		st->v[st->n++] = xmemdup(file, st->size);
	}
	assert_true(WIFSTOPPED(status)); /* it came to its end */
	kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	free(last);
	munmap(file, st->size);
}

/* All states of one update: the batches at these steps. */
static void
check_update(const unsigned *steps, size_t nsteps)
{
	struct fixture f;
	struct states st = { .n = 0 };
	size_t n, m, torn = 0, replayed = 0;

	fixture_new(&f, 1, 2);
	fixture_batches(&f, 0, BASE);
	free(recover(&f, true, &st.size));
	char *before = slurp(&f, RRD, &n);
	char *images = slurp(&f, CHECKPOINT, &m);
	for (size_t i = 0; i < nsteps; i++)
		fixture_batches(&f, steps[i], steps[i] + 1);
	collect(&f, &st);
	spit(&f, RRD, before, n);
	spit(&f, CHECKPOINT, images, m);
	char *want = recover(&f, false, &n);
	assert_int_equal(n, st.size);
	assert_true(st.n > 10);
	for (size_t i = 0; i < st.n; i++) {
		spit(&f, RRD, st.v[i], st.size);
		spit(&f, CHECKPOINT, images, m);
		char *got = recover(&f, false, &n);
		assert_int_equal(n, st.size);
		assert_memory_equal(got, want, n);
		assert_int_equal(f.quarantined, 0);
		free(got);
		if (i % REPLAY_EACH != 0)
			continue;
		/* As it is without the images: it must be wrong at times, or nothing is tested. */
		spit(&f, RRD, st.v[i], st.size);
		spit(&f, CHECKPOINT, "", 0);
		got = recover(&f, false, &n);
		torn += n != st.size || memcmp(got, want, n) != 0;
		replayed++;
		free(got);
		f.quarantined = 0; /* some are not what the checksums are of */
	}
	print_message("%zu states; wrong by replay alone: %zu of %zu\n", st.n, torn, replayed);
	assert_true(torn > replayed / 4);
	for (size_t i = 0; i < st.n; i++)
		free(st.v[i]);
	free(before);
	free(images);
	free(want);
	fixture_free(&f);
}

/* One row that ends no other archive's row. */
static void
test_one_row(void **state)
{
	(void)state;
	check_update((const unsigned[]){ 51 }, 1);
}

/* Rows that end rows of a minute and of five, and leave some out. */
static void
test_rows_of_all_archives(void **state)
{
	(void)state;
	check_update((const unsigned[]){ 41, 42, 50, 51, 60 }, 5);
}

/* A gap longer than the heartbeat, which fills rows with unknown. */
static void
test_gap(void **state)
{
	(void)state;
	check_update((const unsigned[]){ 96, 97 }, 2);
}

int
main(void)
{
	fixture_one_processor();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_row),
		cmocka_unit_test(test_rows_of_all_archives),
		cmocka_unit_test(test_gap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
