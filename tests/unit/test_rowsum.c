/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* Rows that somebody changes are found and become unknown, and nothing else does: not after
 * crashes, not after rounds of the archives, and not when clocks were ahead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/store/rowsum.h"
#include "store_fixture.h"

#define SERIES 3
#define FIELDS 2
#define ROW_BYTES (FIELDS * sizeof(double))

/* A file of the store as it is now. */
struct image {
	char *data;
	size_t n;
	struct rrdfile f;
};

static struct image
look(const struct fixture *f, unsigned series)
{
	struct image im;

	im.data = fixture_read(f, series, &im.n);
	assert_non_null(im.data);
	assert_int_equal(rrdfile_check((uint8_t *)im.data, im.n, im.n, INT64_MAX, &im.f, NULL), 0);
	return im;
}

/* Change a byte of a file in place. */
static void
spoil(const struct fixture *f, unsigned series, size_t at)
{
	char path[PATH_MAX], c;

	fixture_path(f, series, path);
	int fd = open(path, O_RDWR);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pread(fd, &c, 1, (off_t)at), 1);
	c = (char)(c ^ (1 << (at % 8)));
	assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
	close(fd);
}

/* Where row `row` of an archive begins. */
static size_t
row_at(const struct image *im, unsigned archive, uint64_t row)
{
	return (size_t)rrdfile_rows_at(&im->f, archive) + (size_t)row * ROW_BYTES;
}

/* How many files lie in quarantine. */
static unsigned
in_quarantine(const struct fixture *f)
{
	char path[PATH_MAX];
	unsigned n = 0;

	(void)snprintf(path, sizeof path, "%s/quarantine", f->dir);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (const struct dirent *de; (de = readdir(d)) != NULL;)
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

/* A store with all archives gone round, scrubbed once. */
static struct keeper *
begin(struct fixture *f, unsigned steps)
{
	fixture_new(f, SERIES, FIELDS);
	fixture_batches(f, 0, steps);
	struct keeper *k = fixture_open(f, false);
	fixture_apply(f, k);
	(void)fixture_finish(k);
	fixture_scrub(k);
	assert_int_equal(f->damaged, 0);
	return k;
}

static void
finish(struct fixture *f, struct keeper *k)
{
	keeper_close(k);
	fixture_free(f);
}

/* Any row of any archive, but for the oldest few, that are about to be written over: its block
 * becomes unknown, all else stays, and the file as it was is kept. */
static void
test_any_row(void **state)
{
	struct fixture f;
	unsigned kept = 0;

	(void)state;
	struct keeper *k = begin(&f, 9000);
	srandom(1);
	for (unsigned i = 0; i < 300; i++) {
		struct image was = look(&f, 1);
		unsigned archive = (unsigned)random() % was.f.narchives;
		uint64_t rows = was.f.archives[archive].rows;
		uint64_t newest = rrdfile_newest(&was.f, (uint8_t *)was.data, archive);
		uint64_t row = (uint64_t)random() % rows;
		uint64_t first = row - row % ROWSUM_BLOCK;
		uint64_t last = first + ROWSUM_BLOCK < rows ? first + ROWSUM_BLOCK : rows;
		if (newest / ROWSUM_BLOCK == row / ROWSUM_BLOCK) {
			last = newest + 1;
			if (row > newest)
				row = newest;
		}
		spoil(&f, 1, row_at(&was, archive, row) + (size_t)random() % ROW_BYTES);
		fixture_scrub(k);
		assert_int_equal(f.damaged, ++kept);
		struct image now = look(&f, 1);
		size_t a = row_at(&was, archive, first), b = row_at(&was, archive, last);
		assert_int_equal(was.n, now.n);
		/* With it, the few that are about to be written over. */
		size_t c = row_at(&was, archive, newest + 1), d = row_at(&was, archive, rows);
		size_t block = row_at(&was, archive, (newest / ROWSUM_BLOCK + 1) * ROWSUM_BLOCK);
		assert_memory_equal(was.data, now.data, was.f.header_bytes);
		for (size_t at = was.f.header_bytes; at < was.n; at += sizeof(double)) {
			double v;
			memcpy(&v, now.data + at, sizeof v);
			if ((at >= a && at < b) || (at >= c && at < block && at < d))
				assert_true(isnan(v));
			else
				assert_memory_equal(was.data + at, now.data + at, sizeof v);
		}
		free(was.data);
		free(now.data);
		fixture_scrub(k); /* once is enough */
		assert_int_equal(f.damaged, kept);
	}
	assert_int_equal(in_quarantine(&f), SCRUB_MAX_KEPT);
	assert_int_equal(f.quarantined, 0);
	finish(&f, k);
}

/* What is changed while nobody runs, and zeroed pages. */
static void
test_while_down(void **state)
{
	struct fixture f;
	static const char zeros[4096];
	char path[PATH_MAX];

	(void)state;
	struct keeper *k = begin(&f, 9000);
	keeper_close(k);
	struct image was = look(&f, 2);
	fixture_path(&f, 2, path);
	int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, zeros, sizeof zeros, 8192), sizeof zeros);
	close(fd);
	k = fixture_open(&f, false);
	fixture_apply(&f, k);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 1);
	assert_true(k->stats.damaged_rows >= sizeof zeros / ROW_BYTES);
	assert_true(k->stats.damaged_rows <= sizeof zeros / ROW_BYTES + 4 * ROWSUM_BLOCK);
	struct image now = look(&f, 2);
	for (size_t at = was.f.header_bytes; at < was.n; at += sizeof(double)) {
		double v;
		memcpy(&v, now.data + at, sizeof v);
		assert_true(memcmp(now.data + at, was.data + at, sizeof v) == 0 || isnan(v));
	}
	free(was.data);
	free(now.data);
	finish(&f, k);
}

/* Another file of the same shape in its place: its rows are shown as nobody's. */
static void
test_swapped(void **state)
{
	struct fixture f;
	char a[PATH_MAX], b[PATH_MAX], aside[PATH_MAX + 8];

	(void)state;
	struct keeper *k = begin(&f, 2000);
	keeper_close(k);
	fixture_path(&f, 0, a);
	fixture_path(&f, 1, b);
	(void)snprintf(aside, sizeof aside, "%s.aside", a);
	assert_true(rename(a, aside) == 0 && rename(b, a) == 0 && rename(aside, b) == 0);
	struct image was = look(&f, 0);
	k = fixture_open(&f, false);
	fixture_apply(&f, k);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 2);
	struct image now = look(&f, 0);
	for (unsigned i = 0; i < now.f.narchives; i++) {
		for (uint64_t row = 0; row < now.f.archives[i].rows; row++) {
			double v;
			memcpy(&v, now.data + row_at(&now, i, row), sizeof v);
			assert_true(isnan(v));
		}
	}
	free(was.data);
	free(now.data);
	finish(&f, k);
}

/* The same without a checkpoint: nobody but the sums knows which file is whose. */
static void
test_swapped_unknown(void **state)
{
	struct fixture f;
	char a[PATH_MAX], b[PATH_MAX], aside[PATH_MAX + 8], path[PATH_MAX];

	(void)state;
	struct keeper *k = begin(&f, 2000);
	keeper_close(k);
	fixture_path(&f, 0, a);
	fixture_path(&f, 1, b);
	(void)snprintf(aside, sizeof aside, "%s.aside", a);
	assert_true(rename(a, aside) == 0 && rename(b, a) == 0 && rename(aside, b) == 0);
	(void)snprintf(path, sizeof path, "%s/store/checkpoint", f.dir);
	assert_int_equal(unlink(path), 0);
	k = fixture_open(&f, false);
	assert_int_equal(f.quarantined, 2);
	fixture_apply(&f, k);
	fixture_scrub(k);
	assert_int_equal(k->stats.damaged_rows, 0);
	finish(&f, k);
}

/* Crashes without a checkpoint, clocks that were ahead, more fields: nothing is found, since
 * nobody changed anything; and in the end a change is found all the same. */
static void
test_no_false_alarm(void **state)
{
	struct fixture f;
	struct err e = { "" };
	unsigned step = 0;
	uint64_t from;

	(void)state;
	fixture_new(&f, SERIES, FIELDS);
	srandom(7);
	struct keeper *k = fixture_open(&f, false);
	for (unsigned turn = 0; turn < 400; turn++) {
		unsigned more = (unsigned)random() % 60;
		fixture_batches(&f, step, step + more);
		step += more + (random() % 9 == 0 ? (unsigned)random() % 500 : 0);
		fixture_apply(&f, k);
		if (random() % 2 == 0)
			fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
		if (random() % 2 == 0)
			fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
		if (random() % 3 == 0)
			fixture_scrub(k);
		if (random() % 4 == 0) {
			keeper_close(k);
			k = fixture_open(&f, false);
		}
		if (turn == 200) {
			f.nfields++;
			f.stream[0] = 'x';
			for (unsigned i = 0; i < SERIES; i++)
				fixture_define(&f, i, f.nfields);
		}
	}
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 0);
	assert_int_equal(k->stats.damaged_rows, 0);
	assert_int_equal(f.quarantined, 0);
	struct image im = look(&f, 0);
	uint64_t newest = rrdfile_newest(&im.f, (uint8_t *)im.data, 0);
	spoil(&f, 0, (size_t)rrdfile_rows_at(&im.f, 0) + newest * f.nfields * sizeof(double));
	free(im.data);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 1);
	finish(&f, k);
}

/* A clock that was ahead: the file is rewound, and its sums with it. */
static void
test_rewound(void **state)
{
	struct fixture f;
	struct err e = { "" };

	(void)state;
	struct keeper *k = begin(&f, 500);
	for (unsigned turn = 0; turn < 6; turn++) {
		unsigned step = 500 + turn * 40;
		int64_t now = FIXTURE_T0 + (int64_t)step * FIXTURE_STEP;
		for (unsigned s = 0; s < 20; s++) {
			int64_t ahead = now + 7200 + (int64_t)s * FIXTURE_STEP;
			fixture_batch_came(&f, step + s, ahead, ahead);
		}
		for (unsigned s = 0; s < 40; s++)
			fixture_batch_at(&f, step + s, now + (int64_t)s * FIXTURE_STEP);
		assert_int_equal(seglog_commit_now(f.journal, &e), 0);
		fixture_apply(&f, k);
		fixture_scrub(k);
		if (turn % 2 == 0)
			(void)fixture_finish(k);
		if (turn % 3 == 2) {
			keeper_close(k);
			k = fixture_open(&f, false);
			fixture_apply(&f, k);
		}
		fixture_scrub(k);
		assert_int_equal(f.damaged, 0);
	}
	finish(&f, k);
}

/* The same when all archives have gone round: what a clock that was ahead wrote over and the rewind
 * made unknown is not what it was, and nobody changed it. With and without checkpoints and crashes
 * between, by little and by much, and the file may be further on than before at the next one. */
static void
test_rewound_full(void **state)
{
	struct fixture f;
	struct err e = { "" };
	unsigned step = 9000;
	uint64_t from;

	(void)state;
	struct keeper *k = begin(&f, 9000);
	srandom(3);
	for (unsigned turn = 0; turn < 60; turn++) {
		int64_t now = FIXTURE_T0 + (int64_t)step * FIXTURE_STEP;
		int64_t by = 310 + random() % (turn % 7 == 0 ? 20000 : 1500);
		unsigned many = (unsigned)random() % 90;
		for (unsigned s = 0; s < 5; s++)
			fixture_batch_came(&f, step + s, now + by + (int64_t)s * FIXTURE_STEP,
			    now + by + (int64_t)s * FIXTURE_STEP);
		assert_int_equal(seglog_commit_now(f.journal, &e), 0);
		if (random() % 2 == 0)
			fixture_apply(&f, k);
		if (random() % 3 == 0)
			(void)fixture_finish(k);
		for (unsigned s = 0; s < many; s++)
			fixture_batch_at(&f, step + s, now + (int64_t)s * FIXTURE_STEP);
		step += many;
		assert_int_equal(seglog_commit_now(f.journal, &e), 0);
		fixture_apply(&f, k);
		if (random() % 2 == 0)
			fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
		if (random() % 3 == 0)
			fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
		if (random() % 3 == 0) {
			keeper_close(k);
			k = fixture_open(&f, false);
			fixture_apply(&f, k);
		}
		if (random() % 2 == 0)
			fixture_scrub(k);
		assert_int_equal(f.damaged, 0);
	}
	(void)fixture_finish(k);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 0);
	struct image im = look(&f, 1);
	spoil(&f, 1, row_at(&im, 0, (rrdfile_newest(&im.f, (uint8_t *)im.data, 0) + 100) % 360));
	free(im.data);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 1);
	finish(&f, k);
}

/* Two versions of a file: what is on disk for sure, and how it looks now. */
struct version {
	char path[PATH_MAX];
	char *data; /* NULL: it is not there */
	size_t n;
};

/* The file of a series (even) or of its sums (odd). */
static void
version_path(const struct fixture *f, unsigned i, char path[PATH_MAX])
{
	if (i % 2 == 0)
		fixture_path(f, i / 2, path);
	else
		(void)snprintf(path, PATH_MAX, "%s/store/sums/%u", f->dir, i / 2 + 1);
}

/* All is on disk now. */
static void
note_durable(const struct fixture *f, struct version v[2 * SERIES])
{
	struct err e;

	for (unsigned i = 0; i < 2 * SERIES; i++) {
		free(v[i].data);
		v[i].data = NULL;
		version_path(f, i, v[i].path);
		if (fs_read(v[i].path, 64 << 20, &v[i].data, &v[i].n, &e) == -1)
			v[i].data = NULL;
	}
}

/* The power is cut: of each sector either version may be on disk. */
static void
cut_power(const struct version v[2 * SERIES])
{
	for (unsigned i = 0; i < 2 * SERIES; i++) {
		int fd = v[i].data == NULL ? -1 : open(v[i].path, O_WRONLY);
		long keep = random() % 4;
		for (size_t at = 0; fd != -1 && at < v[i].n; at += 512) {
			size_t n = v[i].n - at < 512 ? v[i].n - at : 512;
			if (random() % 4 < keep)
				assert_int_equal(pwrite(fd, v[i].data + at, n, (off_t)at), n);
		}
		if (fd != -1)
			close(fd);
	}
}

/* Power cuts at any moment, between clocks that were ahead: nothing is called changed. */
static void
test_power_cut(void **state)
{
	struct version v[2 * SERIES] = { 0 };
	struct fixture f;
	struct err e = { "" };
	unsigned step = 9000;
	uint64_t from;

	(void)state;
	struct keeper *k = begin(&f, 9000);
	(void)fixture_finish(k);
	note_durable(&f, v);
	srandom(5);
	for (unsigned turn = 0; turn < 100; turn++) {
		int64_t now = FIXTURE_T0 + (int64_t)step * FIXTURE_STEP;
		int64_t by = 310 + random() % 3000;
		unsigned many = (unsigned)random() % 50, ahead = turn % 6 == 0 ? 5 : 0;
		for (unsigned s = 0; s < ahead; s++)
			fixture_batch_came(&f, step + s, now + by + (int64_t)s * FIXTURE_STEP,
			    now + by + (int64_t)s * FIXTURE_STEP);
		for (unsigned s = 0; s < many; s++)
			fixture_batch_at(&f, step + s, now + (int64_t)s * FIXTURE_STEP);
		step += many;
		assert_int_equal(seglog_commit_now(f.journal, &e), 0);
		fixture_apply(&f, k);
		if (random() % 2 == 0)
			fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
		if (random() % 3 == 0) {
			fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
			note_durable(&f, v);
		}
		if (random() % 3 == 0) {
			/* Of a checkpoint that is being made the sums may be there alone. */
			for (unsigned i = 1; random() % 2 == 0 && i < k->ntanks; i++)
				if (k->tanks[i] != NULL && k->tanks[i]->dirty)
					scrub_follow(k, k->tanks[i]);
			keeper_close(k);
			cut_power(v);
			k = fixture_open(&f, false);
			note_durable(&f, v);
			fixture_apply(&f, k);
		}
		if (random() % 3 == 0)
			fixture_scrub(k);
		assert_int_equal(k->stats.damaged_rows, 0);
		assert_int_equal(f.quarantined, 0);
	}
	(void)fixture_finish(k);
	fixture_scrub(k);
	assert_int_equal(k->stats.damaged_rows, 0);
	for (unsigned i = 0; i < 2 * SERIES; i++)
		free(v[i].data);
	finish(&f, k);
}

/* The sums' own file is lost or damaged: it is made anew; the rows stay, and damage is told. */
static void
test_sums(void **state)
{
	struct fixture f;
	char path[PATH_MAX];

	(void)state;
	struct keeper *k = begin(&f, 500);
	struct image was = look(&f, 0);
	(void)snprintf(path, sizeof path, "%s/store/sums/1", f.dir);
	assert_int_equal(unlink(path), 0);
	fixture_scrub(k);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(f.damaged, 0);
	int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "x", 1, 1030), 1);
	assert_int_equal(pwrite(fd, "x", 1, 2060), 1);
	close(fd);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 1);
	assert_int_equal(truncate(path, 0), 0); /* as a crash leaves one that was begun */
	fixture_scrub(k);
	assert_int_equal(f.damaged, 1);
	assert_true(unlink(path) == 0 && mkdir(path, 0700) == 0);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 2);
	assert_true(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 3);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 3);
	assert_int_equal(k->stats.damaged_rows, 0);
	struct image now = look(&f, 0);
	assert_memory_equal(was.data, now.data, was.n);
	spoil(&f, 0, row_at(&now, 1, rrdfile_newest(&now.f, (uint8_t *)now.data, 1)));
	fixture_scrub(k);
	assert_int_equal(f.damaged, 4);
	free(was.data);
	free(now.data);
	finish(&f, k);
}

/* After a crash files hold rows beyond their headers. However long it takes until they are written
 * again, nothing is compared before. */
static void
test_not_before_replay(void **state)
{
	struct fixture f;
	struct err e = { "" };

	(void)state;
	struct keeper *k = begin(&f, 9000);
	fixture_batches(&f, 9000, 9100);
	fixture_apply(&f, k);
	fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
	keeper_close(k);
	k = fixture_open(&f, false);
	fixture_must(keeper_durable(k, f.journal_lsn, f.catalog_lsn, &e), &e);
	for (int64_t now_ms = 1; now_ms < 100000000; now_ms += 1000000)
		fixture_must(scrub_some(k, now_ms, 1, &e), &e);
	assert_int_equal(k->stats.scrubbed_ms, 0);
	fixture_apply(&f, k);
	fixture_scrub(k);
	assert_int_equal(k->stats.damaged_rows, 0);
	assert_int_equal(f.damaged, 0);
	finish(&f, k);
}

/* There is something else in the place of the sums' directory: the store works on all the same. */
static void
test_no_directory(void **state)
{
	struct fixture f;
	char path[PATH_MAX], aside[PATH_MAX + 8];

	(void)state;
	struct keeper *k = begin(&f, 500);
	(void)snprintf(path, sizeof path, "%s/store/sums", f.dir);
	(void)snprintf(aside, sizeof aside, "%s.aside", path);
	assert_int_equal(rename(path, aside), 0);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	fixture_batches(&f, 500, 600);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 0);
	assert_true(k->stats.errors >= SERIES); /* it is told */
	keeper_close(k);
	k = fixture_open(&f, false);
	fixture_apply(&f, k);
	fixture_scrub(k);
	assert_int_equal(k->stats.errors, 0);
	struct image im = look(&f, 0);
	spoil(&f, 0, row_at(&im, 0, rrdfile_newest(&im.f, (uint8_t *)im.data, 0)));
	free(im.data);
	fixture_scrub(k);
	assert_int_equal(f.damaged, 1);
	finish(&f, k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_row),
		cmocka_unit_test(test_while_down),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_swapped_unknown),
		cmocka_unit_test(test_no_false_alarm),
		cmocka_unit_test(test_rewound),
		cmocka_unit_test(test_rewound_full),
		cmocka_unit_test(test_power_cut),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_not_before_replay),
		cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
