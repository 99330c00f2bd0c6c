/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* checkpoint: what was written is found again, whatever happens to the file's end or middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/store/checkpoint.h"
#include "flush_fixture.h"
#include "zw/fs.h"

#define WORDS 400

static char dir[64];
static char path[128];

static int
setup(void **state)
{
	char below[128];

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/zw-checkpoint-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(below, sizeof below, "%s/store", dir);
	(void)snprintf(path, sizeof path, "%s/store/checkpoint", dir);
	return mkdir(below, 0700);
}

static int
unlink_one(const char *p, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(p);
}

static int
teardown(void **state)
{
	(void)state;
	return nftw(dir, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct checkpoint *
must_open(void)
{
	struct checkpoint *c;
	struct err e = { "" };

	if (checkpoint_open(&c, dir, &e) == -1)
		fail_msg("%s", e.msg);
	return c;
}

/* A header that is told from others by its seed; mostly zeros, as they are. */
static void
make_header(uint8_t h[WORDS * 8], unsigned seed)
{
	memset(h, 0, WORDS * 8);
	for (unsigned i = 0; i < WORDS; i += 1 + (seed + i) % 5)
		h[i * 8 + seed % 8] = (uint8_t)(seed + i + 1);
}

static void
put_image(struct checkpoint *c, uint32_t sid, unsigned seed)
{
	uint8_t h[WORDS * 8];
	char name[RRDFILE_PATH];

	make_header(h, seed);
	(void)snprintf(name, sizeof name, "node/s%u.rrd", sid);
	checkpoint_image(c, sid, name, 1000 + seed, 5000 + seed, h, sizeof h);
}

/* The image of sid is the one of this seed. */
static bool
is_image(struct checkpoint *c, uint32_t sid, unsigned seed)
{
	uint8_t want[WORDS * 8], *got = NULL;
	char name[RRDFILE_PATH];
	size_t n = 0;

	make_header(want, seed);
	(void)snprintf(name, sizeof name, "node/s%u.rrd", sid);
	const struct checkpoint_entry *en = checkpoint_of(c, sid, name);
	if (en == NULL || en->type != CHECKPOINT_IMAGE ||
	    checkpoint_header(c, sid, &got, &n, NULL) == -1)
		return false;
	bool same = n == sizeof want && memcmp(got, want, n) == 0 && en->lsn == 1000 + seed &&
		    en->file_bytes == 5000 + seed;
	free(got);
	return same;
}

static void
must_write(struct checkpoint *c)
{
	struct err e = { "" };

	if (checkpoint_write(c, &e) != 0)
		fail_msg("%s", e.msg);
}

/* The newest record of a series counts, also after reopening. */
static void
test_newest_counts(void **state)
{
	(void)state;
	static const uint8_t id[SEGLOG_ID] = "journal";
	struct checkpoint *c = must_open();

	assert_null(checkpoint_last(c));
	assert_null(checkpoint_of(c, 1, "node/s1.rrd"));
	checkpoint_created(c, 3, "node/s3.rrd");
	put_image(c, 1, 10);
	put_image(c, 2, 20);
	checkpoint_commit(c, id, 70, 90, 123);
	must_write(c);
	put_image(c, 1, 11);
	checkpoint_gone(c, 2, "node/s2.rrd");
	must_write(c);
	put_image(c, 1, 12); /* not written */
	checkpoint_close(c);
	c = must_open();
	assert_int_equal(checkpoint_damage(c), 0);
	assert_true(is_image(c, 1, 11));
	assert_int_equal(checkpoint_of(c, 2, "node/s2.rrd")->type, CHECKPOINT_GONE);
	assert_int_equal(checkpoint_of(c, 3, "node/s3.rrd")->type, CHECKPOINT_CREATED);
	assert_null(checkpoint_of(c, 1, "other/s1.rrd"));
	assert_int_equal(checkpoint_last(c)->from, 70);
	assert_int_equal(checkpoint_last(c)->lsn, 90);
	assert_memory_equal(checkpoint_last(c)->journal_id, id, SEGLOG_ID);
	checkpoint_close(c);
}

/* A torn tail is cut and forgotten, wherever it is torn. */
static void
test_torn(void **state)
{
	(void)state;
	struct checkpoint *c = must_open();
	struct stat st;

	put_image(c, 1, 1);
	must_write(c);
	assert_int_equal(stat(path, &st), 0);
	off_t whole = st.st_size;
	for (off_t cut = 1; cut < 900; cut += 37) {
		put_image(c, 1, 2);
		must_write(c);
		checkpoint_close(c);
		assert_int_equal(stat(path, &st), 0);
		if (cut >= st.st_size - whole)
			cut = st.st_size - whole;
		assert_int_equal(truncate(path, st.st_size - cut), 0);
		c = must_open();
		assert_int_equal(checkpoint_damage(c), 0);
		assert_true(is_image(c, 1, 1));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, whole);
	}
	checkpoint_close(c);
}

/* Damage in the middle costs what is damaged; what was known before it is marked. */
static void
test_damaged(void **state)
{
	(void)state;
	struct checkpoint *c = must_open();
	char byte = 'x';
	FILE *f;

	put_image(c, 1, 1);
	put_image(c, 2, 2);
	put_image(c, 3, 3);
	must_write(c);
	size_t at = checkpoint_of(c, 2, "node/s2.rrd")->offset + 100;
	checkpoint_close(c);
	f = fopen(path, "r+");
	assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
	assert_int_equal(fwrite(&byte, 1, 1, f), 1);
	fclose(f);
	c = must_open();
	assert_int_equal(checkpoint_damage(c), 1);
	assert_true(is_image(c, 1, 1) && checkpoint_of(c, 1, "node/s1.rrd")->stale);
	assert_null(checkpoint_of(c, 2, "node/s2.rrd"));
	assert_true(is_image(c, 3, 3) && !checkpoint_of(c, 3, "node/s3.rrd")->stale);
	checkpoint_close(c);
}

/* The file does not grow for ever, and nothing is lost by its rewriting. */
static void
test_compaction(void **state)
{
	(void)state;
	static const uint8_t id[SEGLOG_ID] = "journal";
	struct checkpoint *c = must_open();
	struct stat st;

	checkpoint_created(c, 200, "node/s200.rrd");
	for (unsigned turn = 0; turn < 60; turn++) {
		for (uint32_t sid = 1; sid <= 40; sid++)
			put_image(c, sid, turn + sid);
		checkpoint_commit(c, id, turn, turn, turn);
		must_write(c);
		for (uint32_t sid = 1; sid <= 40; sid += 13)
			assert_true(is_image(c, sid, turn + sid));
	}
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < (1 << 20) + 3 * 40 * 2000);
	checkpoint_close(c);
	c = must_open();
	assert_int_equal(checkpoint_damage(c), 0);
	for (uint32_t sid = 1; sid <= 40; sid++)
		assert_true(is_image(c, sid, 59 + sid));
	assert_int_equal(checkpoint_of(c, 200, "node/s200.rrd")->type, CHECKPOINT_CREATED);
	assert_int_equal(checkpoint_last(c)->from, 59);
	checkpoint_close(c);
}

/* For want of space nothing is lost: it awaits. */
static void
test_no_space(void **state)
{
	(void)state;
	struct checkpoint *c = must_open();
	struct rlimit was, small;
	struct err e;

	put_image(c, 1, 1);
	must_write(c);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = 2000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put_image(c, 1, 2);
	put_image(c, 2, 3);
	int first = checkpoint_write(c, &e), second = checkpoint_write(c, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(first, 1);
	assert_int_equal(second, 1);
	put_image(c, 3, 4);
	must_write(c);
	checkpoint_close(c);
	c = must_open();
	assert_int_equal(checkpoint_damage(c), 0);
	assert_true(is_image(c, 1, 2) && is_image(c, 2, 3) && is_image(c, 3, 4));
	checkpoint_close(c);
}

/* What the disk did not take is not found at the next start, where the page cache still has it;
 * what a kill left unflushed is flushed before it counts. */
static void
test_unflushed(void **state)
{
	(void)state;
	struct checkpoint *c = must_open();
	struct err e;

	put_image(c, 1, 1);
	must_write(c);
	put_image(c, 1, 2);
	flush_fails = true;
	assert_int_equal(checkpoint_write(c, &e), -1);
	flush_fails = false;
	checkpoint_close(c);
	flushes = 0;
	c = must_open();
	assert_int_equal(flushes, 1);
	assert_int_equal(checkpoint_damage(c), 0);
	assert_true(is_image(c, 1, 1));
	checkpoint_close(c);
}

/* A file of something else is begun anew. */
static void
test_not_ours(void **state)
{
	(void)state;
	struct err e;

	assert_int_equal(fs_replace(path, "something else entirely", 23, &e), 0);
	struct checkpoint *c = must_open();
	put_image(c, 1, 5);
	must_write(c);
	checkpoint_close(c);
	c = must_open();
	assert_int_equal(checkpoint_damage(c), 0);
	assert_true(is_image(c, 1, 5));
	checkpoint_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_compaction, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unflushed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_ours, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
