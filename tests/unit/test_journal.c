/* link: zwjournal */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: what is told durable is on disk, in order, once; numbers of streams are known again
 * after a restart, from the newest segments alone; it is trimmed when all consumers agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>

#include "collector/journal/journal.h"
#include "collector/journal/marks.h"
#include "collector/journal/record.h"
#include "seglog_fixture.h"
#include "zw/batch.h"

struct rig {
	char dir[64];
	struct event_base *base;
	struct journal *j;
	uint64_t n; /* durable() */
	uint64_t commits;
	uint64_t last_lsn;
	uint64_t last_seq; /* of stream 1 */
	unsigned echo;	   /* so many more are appended from within durable() */
	uint32_t define;   /* 0, or a series that is defined from within it */
	bool named;	   /* what a record names must be in the catalog's file by then */
	int pipe;
	bool failed;
};

/* A path's part; what goes there finds no space. */
static const char *no_space;

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	char link[64], path[256] = "";

	if (no_space != NULL) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		if (readlink(link, path, sizeof path - 1) > 0 && strstr(path, no_space) != NULL) {
			errno = ENOSPC;
			return -1;
		}
	}
	return syscall(SYS_pwrite64, fd, p, n, at);
}

static void
stream_id(uint8_t dst[WIRE_STREAM_ID], unsigned n)
{
	memset(dst, 0, WIRE_STREAM_ID);
	dst[0] = (uint8_t)n;
	dst[1] = (uint8_t)(n >> 8);
	dst[15] = 7;
}

static bool
append(struct rig *r, unsigned stream, uint64_t seq, unsigned width)
{
	struct buf b = { 0 };
	struct batch_writer w = batch_begin(&b, seq, 1700000000);
	uint8_t id[WIRE_STREAM_ID];

	for (uint32_t k = 1; k <= width; k++)
		batch_add(&w, k, 1, (double[]){ 1.0 / (double)(seq + k) });
	stream_id(id, stream);
	bool ok = journal_append(r->j, WIRE_BATCH, id, "srv01", 1700000001234, seq, b.data, b.len);
	buf_free(&b);
	return ok;
}

/* Series n of stream 1. */
static void
define(struct rig *r, uint32_t n)
{
	struct series_def def = { .id = n, .step_s = 10, .nfields = 1 };
	uint8_t id[WIRE_STREAM_ID];
	struct err e;

	stream_id(id, 1);
	str_copy(def.node, sizeof def.node, "srv01");
	snprintf(def.source, sizeof def.source, "s%u", n);
	def.fields[0] = (struct field){ .name = "busy", .min = NAN, .max = NAN };
	assert_int_equal(catalog_define(journal_catalog(r->j), id, &def, &e), n);
}

/* Whether all that a batch names is in the catalog's file. */
static bool
is_named(const struct rig *r, const struct journal_record *rec)
{
	char path[128];
	struct catalog *reader;
	struct batch_reader b;
	struct err e;
	bool all = true;

	snprintf(path, sizeof path, "%s/catalog", r->dir);
	assert_int_equal(catalog_open_reader(&reader, path, &e), 0);
	assert_int_equal(batch_open(&b, rec->payload, rec->len, &e), 0);
	while (batch_next(&b) == 1)
		all = all && catalog_binding(reader, rec->stream, b.id) != NULL;
	catalog_close(reader);
	return all;
}

static void
durable(void *arg, const struct journal_record *rec)
{
	struct rig *r = arg;
	uint64_t seq;

	assert_true(rec->lsn > r->last_lsn);
	assert_int_equal(rec->lsn, journal_last(r->j));
	assert_int_equal(rec->type, WIRE_BATCH);
	assert_string_equal(rec->sender, "srv01");
	assert_int_equal(rec->recv_ms, 1700000001234);
	assert_int_equal(wire_seq_peek(rec->payload, rec->len, &seq), 0);
	assert_true(journal_durable_seq(r->j, rec->stream) >= seq);
	r->last_lsn = rec->lsn;
	if (rec->stream[0] == 1)
		r->last_seq = seq;
	r->n++;
	if (r->define != 0)
		define(r, r->define);
	r->define = 0;
	assert_true(!r->named || is_named(r, rec));
	if (r->echo > 0) {
		r->echo--;
		assert_true(append(r, 2, r->echo == 0 ? 1000 : 1000 - r->echo, 1));
	}
}

static void
committed(void *arg, uint64_t lsn)
{
	struct rig *r = arg;

	assert_int_equal(lsn, r->last_lsn);
	assert_int_equal(lsn, journal_last(r->j));
	r->commits++;
	if (r->pipe > 0 && write(r->pipe, &r->last_seq, 8) != 8)
		_exit(1);
}

static void
failed(void *arg, const char *why)
{
	struct rig *r = arg;

	assert_non_null(why);
	r->failed = true;
}

static const struct journal_ops ops = {
	.durable = durable,
	.committed = committed,
	.failed = failed,
};

static void
rig_open(struct rig *r)
{
	struct err e;

	r->base = event_base_new();
	r->last_lsn = 0;
	assert_int_equal(journal_open(&r->j, r->base, r->dir, &ops, r, &e), 0);
}

static void
rig_start(struct rig *r)
{
	*r = (struct rig){ 0 };
	fixture_dir(r->dir);
	rig_open(r);
}

static void
rig_close(struct rig *r)
{
	journal_close(r->j);
	event_base_free(r->base);
}

static void
rig_end(struct rig *r)
{
	rig_close(r);
	fixture_remove(r->dir);
}

/* Until so many were told durable. */
static void
rig_run(struct rig *r, uint64_t n)
{
	for (int i = 0; i < 10000 && r->n < n && !r->failed; i++)
		event_base_loop(r->base, EVLOOP_ONCE);
	assert_int_equal(r->n, n);
}

static uint64_t
durable_seq(struct rig *r, unsigned stream)
{
	uint8_t id[WIRE_STREAM_ID];

	stream_id(id, stream);
	return journal_durable_seq(r->j, id);
}

/* How many records a reader finds from an LSN on. */
static uint64_t
rig_count(struct rig *r, uint64_t from)
{
	struct seglog_reader *reader;
	struct seglog_record rec;
	struct journal_record jr;
	struct err e;
	uint64_t n = 0;
	int rc;

	assert_int_equal(seglog_reader_open(&reader, journal_dir(r->j), from, &e), 0);
	while ((rc = seglog_read(reader, journal_last(r->j), &rec, NULL, &e)) == 1) {
		assert_int_equal(
		    journal_record_decode(&rec, &jr, &e), rec.type == JOURNAL_MARKS ? -1 : 0);
		n += rec.type != JOURNAL_MARKS;
	}
	assert_int_equal(rc, 0);
	seglog_reader_close(reader);
	return n;
}

static void
test_group_commit(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r);
	for (uint64_t seq = 1; seq <= 100; seq++)
		assert_true(append(&r, 1 + seq % 2, seq, 3));
	assert_int_equal(durable_seq(&r, 1), 0);
	rig_run(&r, 100);
	assert_int_equal(r.commits, 1); /* all of one turn share one */
	assert_int_equal(durable_seq(&r, 1), 100);
	assert_int_equal(durable_seq(&r, 2), 99);
	assert_int_equal(durable_seq(&r, 3), 0);
	/* What came already is not taken again, also while it is under way. */
	assert_true(append(&r, 1, 100, 3));
	assert_true(append(&r, 1, 101, 3));
	assert_true(append(&r, 1, 101, 3));
	rig_run(&r, 101);
	assert_int_equal(rig_count(&r, 1), 101);
	r.echo = 5;
	assert_true(append(&r, 1, 102, 3));
	rig_run(&r, 107);
	assert_int_equal(durable_seq(&r, 2), 1000);
	rig_end(&r);
}

static void
test_close_commits(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r);
	r.echo = 2;
	for (uint64_t seq = 1; seq <= 10; seq++)
		assert_true(append(&r, 1, seq, 3));
	rig_close(&r);
	assert_int_equal(r.n, 12);
	rig_open(&r);
	assert_int_equal(durable_seq(&r, 1), 10);
	assert_int_equal(durable_seq(&r, 2), 1000);
	assert_int_equal(rig_count(&r, 1), 12);
	assert_int_equal(journal_damage(r.j), 0);
	rig_end(&r);
}

/* Marks carry the numbers of streams beyond the segments they stood in. */
static void
test_marks_and_trim(void **state)
{
	struct rig r;
	uint64_t seq = 0, first;

	(void)state;
	rig_start(&r);
	assert_true(append(&r, 9, 123456, 1));
	rig_run(&r, 1);
	for (unsigned round = 0; round < 30; round++) {
		for (unsigned i = 0; i < 50; i++)
			assert_true(append(&r, 1, ++seq, 1000));
		rig_run(&r, 1 + seq);
	}
	assert_true(journal_bytes(r.j) > 12 * 1024 * 1024);
	first = journal_first(r.j);
	journal_release(r.j, "alert", journal_last(r.j));
	journal_release(r.j, "forward", journal_last(r.j));
	assert_true(append(&r, 1, ++seq, 1));
	rig_run(&r, 1 + seq);
	assert_int_equal(journal_first(r.j), first); /* the store has said nothing */
	journal_release(r.j, "store", journal_last(r.j) / 2);
	assert_true(append(&r, 1, ++seq, 1));
	rig_run(&r, 1 + seq);
	assert_true(journal_first(r.j) > first);
	assert_true(journal_first(r.j) <= journal_last(r.j) / 2 + 1);
	journal_release(r.j, "store", journal_last(r.j));
	journal_release(r.j, "alert", journal_last(r.j));
	journal_release(r.j, "forward", journal_last(r.j));
	assert_true(append(&r, 1, ++seq, 1));
	rig_run(&r, 1 + seq);
	uint64_t last = journal_last(r.j);
	assert_true(journal_first(r.j) > last / 2);
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(journal_last(r.j), last);
	assert_int_equal(durable_seq(&r, 9), 123456);
	assert_int_equal(durable_seq(&r, 1), seq);
	/* A consumer remembers more than this journal has: its numbers are not used again. */
	journal_release(r.j, "store", last + 5000);
	r.n = 0;
	assert_true(append(&r, 1, ++seq, 1));
	rig_run(&r, 1);
	assert_true(journal_last(r.j) > last + 5000);
	rig_end(&r);
}

/* When too much awaits nothing more is taken, until some is on disk. */
static void
test_backpressure(void **state)
{
	struct rig r;
	uint64_t seq = 0;

	(void)state;
	rig_start(&r);
	while (append(&r, 1, seq + 1, 1000))
		seq++;
	assert_true(seq > 300 && seq < 2000);
	rig_run(&r, seq);
	assert_true(append(&r, 1, ++seq, 1000));
	rig_run(&r, seq);
	rig_end(&r);
}

/* The catalog is durable with, or before, what names its series. */
static void
test_catalog_first(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r);
	r.named = true;
	define(&r, 1);
	assert_true(append(&r, 1, 1, 1));
	rig_run(&r, 1);
	assert_true(seglog_durable(catalog_log(journal_catalog(r.j))) >= 2);
	rig_end(&r);
}

/* A commit of the catalog alone finds no space, and more comes meanwhile: what is durable when
 * there is space again names nothing that is not. */
static void
test_catalog_first_when_full(void **state)
{
	struct rig r;
	struct timeval tv = { 0, 300000 };

	(void)state;
	rig_start(&r);
	r.named = true;
	define(&r, 1);
	assert_true(append(&r, 1, 1, 1));
	rig_run(&r, 1);
	r.define = 2;
	assert_true(append(&r, 1, 2, 1));
	no_space = "/catalog/";
	event_base_loopexit(r.base, &tv);
	event_base_dispatch(r.base);
	assert_int_equal(r.n, 2);
	assert_true(journal_stuck_ms(r.j) != 0);
	define(&r, 3);
	assert_true(append(&r, 1, 3, 3));
	no_space = NULL;
	rig_run(&r, 3);
	assert_int_equal(durable_seq(&r, 1), 3);
	rig_end(&r);
}

static void
test_record_decode(void **state)
{
	struct buf b = { 0 };
	struct journal_record jr;
	struct err e;
	uint8_t id[WIRE_STREAM_ID];

	(void)state;
	stream_id(id, 4);
	record_encode(&b, id, "srv01", -5, "hello", 5);
	struct seglog_record rec = { .lsn = 9, .type = WIRE_EVENT, .data = b.data, .len = b.len };
	assert_int_equal(journal_record_decode(&rec, &jr, &e), 0);
	assert_int_equal(jr.recv_ms, -5);
	assert_int_equal(jr.len, 5);
	assert_memory_equal(jr.payload, "hello", 5);
	for (size_t n = 0; n < b.len - 5; n++) {
		rec.len = n;
		assert_int_equal(journal_record_decode(&rec, &jr, &e), -1);
	}
	rec.len = b.len;
	b.data[24] = 64; /* longer than any name */
	assert_int_equal(journal_record_decode(&rec, &jr, &e), -1);
	b.data[24] = 5;
	b.data[25] = '/';
	assert_int_equal(journal_record_decode(&rec, &jr, &e), -1);
	buf_free(&b);
}

/* Streams come and go; the silent ones are forgotten, the talking one is not. */
static void
test_many_streams(void **state)
{
	struct marks *m = marks_new(), *again = marks_new();
	struct buf b = { 0 };
	uint8_t id[WIRE_STREAM_ID];

	(void)state;
	for (unsigned i = 0; i < 3 * JOURNAL_MAX_STREAMS; i++) {
		stream_id(id, 65000);
		marks_append(m, id, 5 + i);
		marks_commit(m, id, 5 + i);
		stream_id(id, i);
		marks_commit(m, id, 77);
	}
	assert_true(marks_encode(m, &b));
	assert_true(b.len <= SEGLOG_MAX_DATA);
	marks_load(again, b.data, b.len);
	stream_id(id, 65000);
	assert_int_equal(marks_durable(again, id), 4 + 3 * JOURNAL_MAX_STREAMS);
	stream_id(id, 3 * JOURNAL_MAX_STREAMS - 1);
	assert_int_equal(marks_durable(again, id), 77);
	stream_id(id, 0);
	assert_int_equal(marks_durable(again, id), 0);
	buf_free(&b);
	marks_free(m);
	marks_free(again);
}

static void
append_until_killed(const char *dir, int fd)
{
	struct rig r = { .pipe = fd };
	uint64_t seq;

	snprintf(r.dir, sizeof r.dir, "%s", dir);
	rig_open(&r);
	for (seq = durable_seq(&r, 1);;) {
		for (unsigned i = 0; i < 20; i++)
			if (append(&r, 1, seq + 1, 50))
				seq++;
		event_base_loop(r.base, EVLOOP_NONBLOCK);
	}
}

/* SIGKILL: everything that was told durable is there, once. */
static void
test_kill(void **state)
{
	struct rig r = { 0 };
	uint64_t told, last = 0;

	(void)state;
	fixture_dir(r.dir);
	for (unsigned i = 0; i < 12; i++) {
		int fds[2], status;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0)
			append_until_killed(r.dir, fds[1]);
		close(fds[1]);
		usleep(20000 + i * 7919 % 40000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		while (read(fds[0], &told, sizeof told) == (ssize_t)sizeof told)
			last = told;
		close(fds[0]);
		rig_open(&r);
		assert_true(durable_seq(&r, 1) >= last);
		assert_int_equal(rig_count(&r, 1), durable_seq(&r, 1));
		assert_int_equal(journal_damage(r.j), 0);
		rig_close(&r);
	}
	assert_true(last > 0);
	fixture_remove(r.dir);
}

/* A disk that is full: nothing is told durable; when there is space again, all is. 77: one may not
 * mount here. */
static int
full_disk(const char *dir)
{
	char ballast[128];
	struct rig r = { 0 };
	struct statvfs fs;
	struct timeval tv = { 0, 300000 };
	uint64_t seq = 0;

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=12m") == -1)
		return 77;
	snprintf(r.dir, sizeof r.dir, "%s", dir);
	snprintf(ballast, sizeof ballast, "%s/ballast", dir);
	rig_open(&r);
	append(&r, 1, ++seq, 10);
	rig_run(&r, 1);
	int fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	if (statvfs(dir, &fs) == -1 ||
	    posix_fallocate(fd, 0, (off_t)(fs.f_bavail * fs.f_bsize)) != 0)
		return 1;
	close(fd);
	/* So much that a new segment is needed. */
	while (append(&r, 1, seq + 1, 1000))
		seq++;
	for (unsigned i = 0; i < 2; i++) {
		event_base_loopexit(r.base, &tv);
		event_base_dispatch(r.base);
	}
	uint64_t before = r.n;
	if (before >= seq || r.failed || durable_seq(&r, 1) != before)
		return 2;
	if (append(&r, 1, seq + 1, 1000))
		return 3;
	unlink(ballast);
	rig_run(&r, seq);
	if (durable_seq(&r, 1) != seq || rig_count(&r, 1) != seq)
		return 4;
	rig_close(&r);
	return 0;
}

static void
test_full_disk(void **state)
{
	char dir[64];
	int status;

	(void)state;
	fixture_dir(dir);
	pid_t pid = fork();
	if (pid == 0)
		_exit(full_disk(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fixture_remove(dir);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A write that fails, and not for want of space: it is said, nothing more is taken or told, and the
 * next start has all that was told before. */
static void
test_failed_write(void **state)
{
	struct rig r;
	struct rlimit was, limit;
	uint64_t seq = 0;

	(void)state;
	rig_start(&r);
	assert_true(append(&r, 1, ++seq, 10));
	rig_run(&r, 1);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	limit = was;
	limit.rlim_cur = 64 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	while (seq < 100)
		assert_true(append(&r, 1, ++seq, 1000));
	for (unsigned i = 0; i < 1000 && !r.failed; i++)
		event_base_loop(r.base, EVLOOP_ONCE);
	assert_true(r.failed);
	assert_false(append(&r, 1, seq + 1, 10));
	assert_int_equal(durable_seq(&r, 1), 1);
	rig_close(&r);
	assert_int_equal(r.n, 1); /* nor by its close */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	rig_open(&r);
	assert_true(durable_seq(&r, 1) >= 1 && durable_seq(&r, 1) < 100);
	assert_int_equal(rig_count(&r, 1), durable_seq(&r, 1));
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_commit),
		cmocka_unit_test(test_close_commits),
		cmocka_unit_test(test_marks_and_trim),
		cmocka_unit_test(test_backpressure),
		cmocka_unit_test(test_catalog_first),
		cmocka_unit_test(test_catalog_first_when_full),
		cmocka_unit_test(test_record_decode),
		cmocka_unit_test(test_many_streams),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_failed_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
