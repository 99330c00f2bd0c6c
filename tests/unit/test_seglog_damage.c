/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog in bad days: whatever is done to its files, no reader and no recovery crashes, hangs or
 * returns a record that was not written; what is not damaged is all there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "seglog_fixture.h"

#define SEGMENT 8192

struct seen {
	uint64_t n;
	uint64_t last;
	uint8_t have[4096]; /* by LSN */
};

/* Fails on a record that is not true, or not in order. */
static void
take(void *arg, const struct seglog_record *rec)
{
	struct seen *seen = arg;

	assert_true(rec->lsn > seen->last);
	assert_true(fixture_is_true(rec));
	seen->last = rec->lsn;
	seen->n++;
	if (rec->lsn < sizeof seen->have)
		seen->have[rec->lsn] = 1;
}

static struct seglog *
open_log(const char *dir, struct seen *seen)
{
	struct seglog *s = NULL;
	struct err e;
	struct seglog_opts o = { .dir = dir,
		.subject = "test",
		.segment_bytes = SEGMENT,
		.crash_skip = 1000,
		.found = take,
		.arg = seen };

	*seen = (struct seen){ 0 };
	assert_int_equal(seglog_open(&s, &o, &e), 0);
	return s;
}

/* Read everything as another process would. */
static uint64_t
read_all(const char *dir, struct seen *seen)
{
	struct seglog_reader *r;
	struct seglog_record rec;
	struct err e;
	uint64_t damage = 0;

	*seen = (struct seen){ 0 };
	assert_int_equal(seglog_reader_open(&r, dir, 1, &e), 0);
	while (seglog_read(r, UINT64_MAX, &rec, &damage, &e) == 1)
		take(seen, &rec);
	assert_int_equal(seglog_read(r, UINT64_MAX, &rec, &damage, &e), 0);
	seglog_reader_close(r);
	return damage;
}

/* A log of n records, closed. */
static void
make(const char *dir, unsigned n, unsigned each)
{
	struct seen seen;
	struct seglog *s = open_log(dir, &seen);

	fixture_append(s, n, each);
	seglog_close(s);
}

static void
path_of(char dst[128], const char *dir, uint64_t first)
{
	snprintf(dst, 128, "%s/%016llx.seg", dir, (unsigned long long)first);
}

static off_t
size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void
flip(const char *path, off_t at, uint8_t bits)
{
	int fd = open(path, O_RDWR);
	uint8_t b;

	assert_int_equal(pread(fd, &b, 1, at), 1);
	b ^= bits;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
	close(fd);
}

static unsigned
quarantined(const char *dir)
{
	char path[128];
	unsigned n = 0;

	snprintf(path, sizeof path, "%s/quarantine", dir);
	DIR *d = opendir(path);
	for (struct dirent *de = d != NULL ? readdir(d) : NULL; de != NULL; de = readdir(d))
		n += de->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

/* Offset of the end of the records: behind the last byte that is not zero. */
static off_t
end_of(const char *path)
{
	static uint8_t data[4 * SEGMENT];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, data, sizeof data);

	close(fd);
	while (n > 0 && data[n - 1] == 0)
		n--;
	return n;
}

/* A log that was killed, then cut at every byte of its last commit: silently shortened. */
static void
test_torn_tail(void **state)
{
	char dir[64], path[128];
	struct seen seen;

	(void)state;
	for (int zeros = 0; zeros < 2; zeros++) {
		for (off_t cut = 0; cut < 120; cut++) {
			make(fixture_dir(dir), 10, 10);
			path_of(path, dir, 1);
			off_t end = end_of(path);
			struct seglog *s = open_log(dir, &seen);
			uint8_t data[70];
			struct err e;
			memset(data, 0xa5, sizeof data);
			assert_int_equal(seglog_append(s, 7, data, sizeof data), 11);
			assert_int_equal(seglog_commit_now(s, &e), 0);
			seglog_close(s);
			/* The mark, the record, and the close's mark: 34 + 87 + 34 bytes. */
			assert_int_equal(truncate(path, end + cut), 0);
			if (zeros)
				assert_int_equal(truncate(path, SEGMENT), 0);
			assert_int_equal(read_all(dir, &seen), 0);
			assert_int_equal(seen.n, 10);
			s = open_log(dir, &seen);
			assert_int_equal(seen.n, 10);
			assert_int_equal(seglog_damage(s), 0);
			assert_int_equal(seglog_durable(s), 10);
			/* Only where nothing but zeros is left of it, it looks as after a clean
			 * close. */
			assert_int_equal(seglog_next(s), cut < 4 ? 11 : 1011);
			fixture_append(s, 5, 5);
			seglog_close(s);
			assert_int_equal(read_all(dir, &seen), 0);
			assert_int_equal(seen.n, 15);
			assert_int_equal(quarantined(dir), 0);
			fixture_remove(dir);
		}
	}
}

/* One byte changed anywhere: at most what holds it is lost, the rest is there, and the second open
 * finds nothing more to complain of. */
static void
test_flips(void **state)
{
	char dir[64], path[128];
	struct seen seen;
	uint32_t x = 4711;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		make(fixture_dir(dir), 60, 1 + i % 20);
		struct seglog *s = open_log(dir, &seen);
		assert_int_equal(seen.n, 60 - 60 % (1 + i % 20));
		uint64_t all = seen.n, firsts[16], n = 0;
		for (; n < 16 && seglog_boundary(s, (unsigned)n) != 0; n++)
			firsts[n] = seglog_boundary(s, (unsigned)n);
		seglog_close(s);
		assert_true(n >= 2);
		x = x * 1664525 + 1013904223;
		path_of(path, dir, firsts[(x >> 8) % n]);
		off_t end = end_of(path);
		x = x * 1664525 + 1013904223;
		flip(path, i < 70 ? (off_t)i % end : (off_t)(x >> 8) % end,
		    (uint8_t)(1u << (x >> 29)));
		(void)read_all(dir, &seen);
		assert_true(seen.n + 1 >= all);
		s = open_log(dir, &seen);
		uint64_t damage = seglog_damage(s), left = seen.n;
		assert_true(left + 1 >= all && damage <= 1);
		assert_true(left == all || damage == 1);
		assert_int_equal(quarantined(dir), damage);
		assert_true(seglog_next(s) > all);
		fixture_append(s, 10, 10);
		seglog_close(s);
		assert_int_equal(read_all(dir, &seen), 0);
		assert_int_equal(seen.n, left + 10);
		s = open_log(dir, &seen);
		assert_int_equal(seglog_damage(s), 0);
		assert_int_equal(seen.n, left + 10);
		seglog_close(s);
		fixture_remove(dir);
	}
}

/* Many changes at once: blocks zeroed, copied over others, cut, grown. */
static void
test_havoc(void **state)
{
	char dir[64], path[128];
	struct seen seen;
	uint32_t x = 99;
	uint8_t block[512];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		make(fixture_dir(dir), 60, 7);
		struct seglog *s = open_log(dir, &seen);
		uint64_t firsts[16], n = 0;
		for (; n < 16 && seglog_boundary(s, (unsigned)n) != 0; n++)
			firsts[n] = seglog_boundary(s, (unsigned)n);
		seglog_close(s);
		for (unsigned k = 0; k < 1 + i % 5; k++) {
			x = x * 1664525 + 1013904223;
			path_of(path, dir, firsts[(x >> 24) % n]);
			int fd = open(path, O_RDWR);
			off_t size = size_of(path), at = (off_t)(x >> 4) % size;
			ssize_t got = pread(fd, block, sizeof block, (off_t)(x >> 7) % size);
			if (k % 4 == 0)
				memset(block, 0, sizeof block);
			int rc = 0;
			if (k % 4 == 3)
				rc = ftruncate(fd, at);
			else
				rc = pwrite(fd, block, (size_t)got, at) == got ? 0 : -1;
			assert_int_equal(rc, 0);
			close(fd);
		}
		(void)read_all(dir, &seen);
		s = open_log(dir, &seen);
		uint64_t left = seen.n;
		fixture_append(s, 10, 5);
		seglog_close(s);
		assert_int_equal(read_all(dir, &seen), 0);
		assert_int_equal(seen.n, left + 10);
		s = open_log(dir, &seen);
		assert_int_equal(seen.n, left + 10);
		seglog_close(s);
		fixture_remove(dir);
	}
}

enum replacement {
	MISSING,
	EMPTY,
	DIRECTORY,
	FIFO,
	SYMLINK,
	OTHER_SEGMENT,
	OTHER_LOG,
	ZEROS,
	REPLACEMENTS
};

/* Put something in a segment's place. */
static void
replace(const char *path, const char *other, const char *foreign, enum replacement what)
{
	char command[600];
	int rc = 0;

	assert_int_equal(unlink(path), 0);
	command[0] = '\0';
	if (what == EMPTY || what == ZEROS) {
		int fd = open(path, O_CREAT | O_WRONLY, 0600);
		rc = what == ZEROS ? ftruncate(fd, SEGMENT) : 0;
		close(fd);
	} else if (what == DIRECTORY) {
		rc = mkdir(path, 0700);
	} else if (what == FIFO) {
		rc = mkfifo(path, 0600);
	} else if (what == SYMLINK) {
		rc = symlink(other, path);
	} else if (what == OTHER_SEGMENT || what == OTHER_LOG) {
		snprintf(command, sizeof command, "cp %s %s",
		    what == OTHER_SEGMENT ? other : foreign, path);
		rc = system(command);
	}
	assert_int_equal(rc, 0);
}

/* One segment is missing or is something else. */
static void
test_replaced(void **state)
{
	char dir[64], foreign_dir[64], path[128], other[128], foreign[128];
	struct seen seen;

	(void)state;
	make(fixture_dir(foreign_dir), 20, 5);
	for (unsigned i = 0; i < REPLACEMENTS * 3; i++) {
		enum replacement what = i / 3;
		make(fixture_dir(dir), 60, 7);
		struct seglog *s = open_log(dir, &seen);
		unsigned last = 0;
		while (seglog_boundary(s, last + 1) != 0)
			last++;
		assert_true(last >= 2);
		unsigned which = i % 3 == 2 ? last : i % 3;
		uint64_t from = seglog_boundary(s, which), to = seglog_boundary(s, which + 1);
		path_of(path, dir, from);
		path_of(other, dir, seglog_boundary(s, which == 1 ? 0 : 1));
		path_of(foreign, foreign_dir, 1);
		seglog_close(s);
		replace(path, other, foreign, what);
		(void)read_all(dir, &seen);
		s = open_log(dir, &seen);
		for (uint64_t lsn = 1; lsn <= 56; lsn++) {
			bool gone = lsn >= from && (to == 0 || lsn < to);
			assert_int_equal(seen.have[lsn], !gone);
		}
		/* A first or last segment that is gone leaves no trace. */
		assert_int_equal(seglog_damage(s), what == MISSING && which != 1 ? 0 : 1);
		fixture_append(s, 20, 5);
		uint64_t n = seen.n;
		seglog_close(s);
		assert_int_equal(read_all(dir, &seen), 0);
		assert_int_equal(seen.n, n + 20);
		s = open_log(dir, &seen);
		assert_int_equal(seglog_damage(s), 0);
		seglog_close(s);
		fixture_remove(dir);
	}
	fixture_remove(foreign_dir);
}

/* A segment copied under another name, before, between and behind. */
static void
test_duplicated(void **state)
{
	static const uint64_t names[] = { 2, 30, 59, 5000 };
	char dir[64], path[128], copy[128], command[600];
	struct seen seen;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		make(fixture_dir(dir), 60, 10);
		path_of(path, dir, 1);
		path_of(copy, dir, names[i]);
		snprintf(command, sizeof command, "test ! -e %s && cp %s %s", copy, path, copy);
		assert_int_equal(system(command), 0);
		assert_int_equal(read_all(dir, &seen), 0);
		assert_int_equal(seen.n, 60);
		struct seglog *s = open_log(dir, &seen);
		assert_int_equal(seen.n, 60);
		assert_int_equal(seglog_damage(s), 1);
		assert_int_equal(quarantined(dir), 1);
		seglog_close(s);
		fixture_remove(dir);
	}
}

/* All headers destroyed: a mark tells whose records these are. */
static void
test_no_header(void **state)
{
	char dir[64], path[128];
	struct seen seen;
	uint8_t id[SEGLOG_ID];

	(void)state;
	make(fixture_dir(dir), 10, 5);
	struct seglog *s = open_log(dir, &seen);
	memcpy(id, seglog_id(s), SEGLOG_ID);
	seglog_close(s);
	path_of(path, dir, 1);
	int fd = open(path, O_RDWR);
	uint8_t zeros[64 + 34] = { 0 }; /* the header and the first mark */
	assert_int_equal(pwrite(fd, zeros, sizeof zeros, 0), sizeof zeros);
	close(fd);
	(void)read_all(dir, &seen);
	assert_int_equal(seen.n, 10);
	s = open_log(dir, &seen);
	assert_int_equal(seen.n, 10);
	assert_memory_equal(id, seglog_id(s), SEGLOG_ID);
	seglog_close(s);
	fixture_remove(dir);
}

/* A record within a record's data is not taken for one when the outer is damaged. */
static void
test_forged_record(void **state)
{
	char dir[64], path[128];
	uint8_t inner[17 + 8];
	struct seen seen;
	struct err e;

	(void)state;
	/* The best that one can do who does not know the log's id: a plain crc32c. */
	static const uint8_t body[] = { 0, 0, 0, 0, 0, 0, 0, 30, 9, 'f', 'o', 'r', 'g', 'e', 'd',
		'!', '!' };
	static const uint8_t head[] = { 0, 0, 0, 8, 0, 0, 0, 0 };
	memcpy(inner, head, 8);
	memcpy(inner + 8, body, sizeof body);
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < sizeof body; i++) {
		crc ^= body[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	crc = ~crc;
	for (int i = 0; i < 4; i++)
		inner[4 + i] = (uint8_t)(crc >> (24 - 8 * i));
	struct seglog *s = open_log(fixture_dir(dir), &seen);
	fixture_append(s, 3, 0);
	path_of(path, dir, 1);
	assert_int_equal(seglog_commit_now(s, &e), 0);
	off_t at = end_of(path);
	seglog_append(s, 9, inner, sizeof inner);
	assert_int_equal(seglog_commit_now(s, &e), 0);
	fixture_append(s, 3, 1);
	seglog_close(s);
	flip(path, at + 34 + 3, 1); /* the outer length */
	(void)read_all(dir, &seen);
	assert_int_equal(seen.n, 6);
	assert_int_equal(seen.have[30], 0);
	s = open_log(dir, &seen);
	assert_int_equal(seen.n, 6);
	seglog_close(s);
	fixture_remove(dir);
}

/* The quarantine is bounded. */
static void
test_quarantine_full(void **state)
{
	char dir[64], path[128];
	struct seen seen;

	(void)state;
	make(fixture_dir(dir), 600, 1);
	for (unsigned i = 0; i < SEGLOG_QUARANTINE + 5; i++) {
		struct seglog *s = open_log(dir, &seen);
		path_of(path, dir, seglog_boundary(s, i));
		seglog_close(s);
		flip(path, 64 + 34 + 100, 0x10);
		s = open_log(dir, &seen);
		assert_int_equal(seglog_damage(s), 1);
		seglog_close(s);
	}
	assert_int_equal(quarantined(dir), SEGLOG_QUARANTINE);
	fixture_remove(dir);
}

/* In a file system of its own, which is full: a commit waits for space and then goes on. Returns
 * 0, or 77 where one may not mount. */
static int
full_disk(const char *dir)
{
	char ballast[128], log[128];
	struct seen seen;
	struct statvfs fs;
	struct err e;

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=200k") == -1)
		return 77;
	snprintf(ballast, sizeof ballast, "%s/ballast", dir);
	snprintf(log, sizeof log, "%s/log", dir);
	struct seglog *s = open_log(log, &seen);
	fixture_append(s, 10, 10);
	if (statvfs(dir, &fs) == -1)
		return 1;
	int fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	if (posix_fallocate(fd, 0, (off_t)(fs.f_bavail * fs.f_bsize)) != 0)
		return 2;
	close(fd);
	fixture_append(s, 60, 0);
	struct seglog_commit *c = seglog_commit_begin(s);
	if (seglog_commit_run(c, &e) != 1 || seglog_commit_run(c, &e) != 1)
		return 3;
	fixture_append(s, 5, 0);
	unlink(ballast);
	if (seglog_commit_run(c, &e) != 0 || seglog_commit_end(c) != 70)
		return 4;
	/* Full again: commit_now forgets, and the log goes on when there is space. */
	fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	if (statvfs(dir, &fs) == -1 ||
	    posix_fallocate(fd, 0, (off_t)(fs.f_bavail * fs.f_bsize)) != 0)
		return 5;
	close(fd);
	fixture_append(s, 60, 0);
	if (seglog_commit_now(s, &e) != -1 || strstr(e.msg, "space") == NULL)
		return 6;
	uint64_t durable = seglog_durable(s);
	unlink(ballast);
	fixture_append(s, 5, 5);
	if (seglog_durable(s) != 140)
		return 7;
	seglog_close(s);
	s = open_log(log, &seen);
	if (seglog_damage(s) != 0 || seen.n != durable + 5 || seglog_next(s) != 141)
		return 8;
	seglog_close(s);
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

static int disk_is_gone; /* for the pread() below */

/* In place of libc's: a disk that is gone says EIO wherever it is read, also behind a file's end.
 */
ssize_t
pread(int fd, void *dst, size_t n, off_t at)
{
	if (disk_is_gone) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, fd, dst, n, at);
}

/* Reading and opening come to an end on it. */
static void
test_disk_gone(void **state)
{
	char dir[64], log[80];
	struct seen seen = { 0 };
	struct seglog_reader *r;
	struct seglog_record rec;
	struct err e;
	int rc;

	(void)state;
	(void)snprintf(log, sizeof log, "%s/log", fixture_dir(dir));
	struct seglog *s = open_log(log, &seen);
	fixture_append(s, 50, 5);
	assert_int_equal(seglog_reader_open(&r, log, 1, &e), 0);
	assert_int_equal(seglog_read(r, 50, &rec, NULL, &e), 1);
	alarm(20);
	disk_is_gone = 1;
	for (unsigned i = 0; i < 100; i++) /* what it has in memory it may give */
		if ((rc = seglog_read(r, 51, &rec, NULL, &e)) != 1)
			break;
	assert_true(rc <= 0);
	disk_is_gone = 0;
	alarm(0);
	seglog_reader_close(r);
	seglog_close(s);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_torn_tail),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_havoc),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_duplicated),
		cmocka_unit_test(test_no_header),
		cmocka_unit_test(test_forged_record),
		cmocka_unit_test(test_quarantine_full),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_disk_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
