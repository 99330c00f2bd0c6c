/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* SIGKILL before each system call that changes the disk: while RRDs are made and updated, while
 * checkpoints are written, while the store recovers from such a kill, and while a log is appended
 * to, begins segments, is trimmed and recovers. (What a kill within an update of an RRD leaves is
 * in test_crashstates.c: librrd writes through a mapping there, without system calls.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* In memory: a kill leaves the same there, and nothing waits for the disk. */
#define FIXTURE_TMP "/dev/shm"
#include "store_fixture.h"

#define SERIES 3
#define FIELDS 3
#define HALF 70
#define STEPS 140
#define MAX_POINTS 4000

/* Whether a system call changes what is on disk, or makes it last. */
static bool
changes(long nr)
{
	static const int calls[] = { SYS_write, SYS_pwrite64, SYS_pwritev, SYS_fdatasync, SYS_fsync,
		SYS_syncfs, SYS_rename, SYS_renameat, SYS_renameat2, SYS_unlink, SYS_unlinkat,
		SYS_ftruncate, SYS_fallocate, SYS_openat, SYS_mkdir, SYS_link, SYS_linkat,
		SYS_munmap };

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (nr == calls[i])
			return true;
	return false;
}

/* Let the child go on to its next system call: false when it is at its end. *nr: what it is about
 * to do; -1 when it has done it. */
static bool
next_call(pid_t pid, long *nr)
{
	struct __ptrace_syscall_info info;
	int status;

	assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	if (!WIFSTOPPED(status))
		return false;
	assert_int_equal(WSTOPSIG(status), SIGTRAP | 0x80);
	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0);
	*nr = info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
	return true;
}

/* A child that is about to run work(arg). */
static pid_t
begin(void (*work)(void *arg), void *arg)
{
	int status;

	fflush(NULL);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		work(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD), 0);
	return pid;
}

/* Kill it. */
static void
end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* Run work(arg) in a child and kill it before its n-th changing call: true; false when it came to
 * its end before. */
static bool
killed_at(unsigned n, void (*work)(void *arg), void *arg)
{
	pid_t pid = begin(work, arg);
	long nr;

	while (next_call(pid, &nr)) {
		if (!changes(nr) || --n > 0)
			continue;
		end(pid);
		return true;
	}
	return false;
}

/* How often work(arg), in a child, makes this call; killed before it does so the first time. */
static unsigned
count_calls(long call, bool killed, void (*work)(void *arg), void *arg)
{
	pid_t pid = begin(work, arg);
	unsigned n = 0;
	long nr;

	while (next_call(pid, &nr)) {
		n += nr == call;
		if (killed && n > 0) {
			end(pid);
			break;
		}
	}
	return n;
}

/* --- the store ------------------------------------------------------------------------------- */

/* Half of the journal, a checkpoint, the other half, another one. */
static void
keep(void *arg)
{
	struct fixture *f = arg;
	struct keeper *k = fixture_open(f, false);
	struct fixture half = *f;

	half.journal_lsn = HALF;
	fixture_apply(&half, k);
	(void)fixture_finish(k);
	fixture_apply(f, k);
	(void)fixture_finish(k);
	keeper_close(k);
}

/* As if the store had never been. */
static void
forget(const struct fixture *f)
{
	static const char *const below[] = { "rrd", "store", "quarantine" };
	char path[PATH_MAX];

	for (unsigned i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", f->dir, below[i]);
		(void)nftw(path, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	}
}

/* Killed at each point; then at some point of the recovery, and again; then let through. */
static void
test_store(void **state)
{
	struct fixture f, want;
	unsigned n = 1, again = 0;

	(void)state;
	fixture_new(&want, SERIES, FIELDS);
	fixture_batches(&want, 0, STEPS);
	keep(&want);
	fixture_new(&f, SERIES, FIELDS);
	fixture_batches(&f, 0, STEPS);
	assert_int_equal(f.journal_lsn, STEPS);
	while (killed_at(n, keep, &f)) {
		again += killed_at(1 + n * 7 % 23, keep, &f);
		again += killed_at(1 + n * 5 % 11, keep, &f);
		keep(&f);
		assert_true(fixture_same(&f, &want));
		assert_int_equal(f.quarantined, 0);
		forget(&f);
		n++;
		assert_true(n < MAX_POINTS);
	}
	assert_true(fixture_same(&f, &want));
	print_message("%u points, %u more while it recovered\n", n - 1, again);
	assert_true(n > 60 && again > n);
	fixture_free(&f);
	fixture_free(&want);
}

/* --- a log ----------------------------------------------------------------------------------- */

#define RECORDS 60
#define EACH 7 /* records in a commit */

struct log_world {
	char dir[64];
	volatile uint64_t *durable; /* shared: what was told to be on disk */
	uint64_t last;		    /* of the records found */
	uint64_t holes;
};

/* Record lsn's data. */
static size_t
log_data(uint64_t lsn, uint8_t dst[400])
{
	size_t n = 200 + lsn * 37 % 200;

	for (size_t i = 0; i < n; i++)
		dst[i] = (uint8_t)(lsn * 31 + i * 7);
	return n;
}

/* A record that is found must be the one that was appended. */
static void
log_found(void *arg, const struct seglog_record *rec)
{
	struct log_world *w = arg;
	uint8_t data[400];

	assert_int_equal(rec->len, log_data(rec->lsn, data));
	assert_memory_equal(rec->data, data, rec->len);
	assert_true(rec->lsn > w->last);
	w->holes += w->last != 0 && rec->lsn != w->last + 1;
	w->last = rec->lsn;
}

/* Open, as a writer that counts on every number. */
static struct seglog *
log_open(struct log_world *w)
{
	struct seglog_opts o = {
		.dir = w->dir, .subject = "log", .segment_bytes = 4096, .found = log_found, .arg = w
	};
	struct seglog *s;
	struct err e;

	w->last = w->holes = 0;
	assert_int_equal(seglog_open(&s, &o, &e), 0);
	return s;
}

/* Append, commit, begin segments, trim. */
static void
log_work(void *arg)
{
	struct log_world *w = arg;
	struct seglog *s = log_open(w);
	uint8_t data[400];
	struct err e;

	if (*w->durable > 5 * EACH) /* so that it does not grow from kill to kill */
		seglog_trim(s, *w->durable - 5 * EACH);
	for (unsigned i = 1; i <= RECORDS; i++) {
		size_t n = log_data(seglog_next(s), data);
		seglog_append(s, 1, data, n);
		if (i % EACH != 0)
			continue;
		if (seglog_commit_now(s, &e) == -1)
			_exit(1);
		*w->durable = seglog_durable(s);
		if (i % (5 * EACH) == 0)
			seglog_trim(s, *w->durable - EACH);
	}
	seglog_close(s);
}

/* Killed at each point of an ever longer log: all that was durable is there, and nothing else but
 * what was appended, whole and in order. */
static void
test_log(void **state)
{
	struct log_world w = { .dir = FIXTURE_TMP "/zw-test-XXXXXX" };
	unsigned n = 1;

	(void)state;
	assert_non_null(mkdtemp(w.dir));
	w.durable = mmap(
	    NULL, sizeof *w.durable, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while (killed_at(n, log_work, &w)) {
		struct seglog *s = log_open(&w);
		assert_true(w.last >= *w.durable);
		assert_true(*w.durable == 0 || w.last <= *w.durable + EACH);
		assert_int_equal(w.holes, 0);
		assert_int_equal(seglog_damage(s), 0);
		seglog_close(s);
		n++;
		assert_true(n < MAX_POINTS);
	}
	print_message("%u points, %llu records durable\n", n - 1, (unsigned long long)*w.durable);
	assert_true(n > 40);
	munmap((void *)(uintptr_t)w.durable, sizeof *w.durable);
	(void)nftw(w.dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Begin, and say what is durable. */
static void
log_begin(void *arg)
{
	struct log_world *w = arg;

	*w->durable = seglog_durable(log_open(w));
}

/* What a kill left unflushed counts as durable at the next start, and is acknowledged: so it is
 * flushed before. A power cut may follow a kill. */
static void
test_log_flushes_what_it_finds(void **state)
{
	struct log_world w = { .dir = FIXTURE_TMP "/zw-test-XXXXXX" };

	(void)state;
	assert_non_null(mkdtemp(w.dir));
	w.durable = mmap(
	    NULL, sizeof *w.durable, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(count_calls(SYS_fdatasync, true, log_work, &w), 1);
	assert_int_equal(*w.durable, 0);
	assert_int_equal(count_calls(SYS_fdatasync, false, log_begin, &w), 1);
	assert_int_equal(*w.durable, EACH);
	munmap((void *)(uintptr_t)w.durable, sizeof *w.durable);
	(void)nftw(w.dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

int
main(void)
{
	fixture_one_processor();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_flushes_what_it_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
