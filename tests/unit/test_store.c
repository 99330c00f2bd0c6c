/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* The store's promise: whatever happens to its process, the RRDs are those of a run without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <rrd.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "store_fixture.h"
#include "zw/clock.h"

#define STEPS 3000
#define KILLS 60

/* A store that took everything without a break. */
static void
uninterrupted(struct fixture *f, unsigned nseries, unsigned nfields, unsigned steps)
{
	fixture_new(f, nseries, nfields);
	fixture_batches(f, 0, steps);
	struct keeper *k = fixture_open(f, false);
	fixture_apply(f, k);
	assert_int_equal(fixture_finish(k), f->journal_lsn);
	keeper_close(k);
}

/* What librrd reads of a field. */
static double
fetch_one(const struct fixture *f, unsigned series, unsigned field, int64_t at)
{
	char path[PATH_MAX], name[RRDFILE_PATH];
	struct series_def def = fixture_def(series, 1);
	time_t start = (time_t)at - FIXTURE_STEP, end = (time_t)at;
	unsigned long step = 1, n = 0;
	char **names;
	rrd_value_t *data;

	rrdfile_name(name, def.node, def.source, def.instance);
	(void)snprintf(path, sizeof path, "%s/%s", f->rrd_dir, name);
	rrd_clear_error();
	assert_int_equal(rrd_fetch_r(path, "AVERAGE", &start, &end, &step, &n, &names, &data), 0);
	assert_int_equal(start + (time_t)step, at);
	double v = data[field];
	for (unsigned long i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(data);
	return v;
}

/* Values arrive in the RRD; a reset counter is unknown and never a spike. */
static void
test_values(void **state)
{
	(void)state;
	struct fixture f;
	unsigned seen = 0, unknown = 0;

	uninterrupted(&f, 2, 3, 340);
	for (unsigned s = 60; s < 330; s++) {
		int64_t at = FIXTURE_T0 + (int64_t)s * FIXTURE_STEP;
		if ((17 + s) % 23 < 5 || (17 + s) % 23 == 22)
			continue; /* this or the step before is missing */
		double want = fixture_value(1, 0, s), got = fetch_one(&f, 1, 0, at);
		if (isnan(want))
			assert_true(isnan(got));
		else
			assert_true(fabs(got - want) <= fabs(want) * 1e-15);
		double a = fixture_value(1, 1, s - 1), b = fixture_value(1, 1, s);
		double rate = fetch_one(&f, 1, 1, at);
		if (isnan(a) || isnan(b) || b < a) {
			assert_true(isnan(rate));
			unknown++;
		} else
			assert_true(fabs(rate - (b - a) / FIXTURE_STEP) < 1e-9);
		seen++;
	}
	assert_true(seen > 100 && unknown > 3);
	fixture_free(&f);
}

/* One value of series 0 at a moment. */
static void
put_one(struct fixture *f, int64_t time_s, double value)
{
	struct buf b = { 0 };
	struct err e;

	buf_put(&b, f->stream, WIRE_STREAM_ID);
	buf_be64(&b, (uint64_t)time_s * 1000 + 700);
	buf_str(&b, "srv00");
	struct batch_writer w = batch_begin(&b, ++f->seq, time_s);
	batch_add(&w, 1, 1, &value);
	f->journal_lsn = seglog_append(f->journal, WIRE_BATCH, b.data, b.len);
	buf_free(&b);
	fixture_must(seglog_commit_now(f->journal, &e), &e);
}

/* A gateway polls at once after a trap: samples between the steps count for the time that they
 * stand for, and disturb no other. */
static void
test_off_the_grid(void **state)
{
	(void)state;
	struct fixture f;

	fixture_new(&f, 1, 1);
	for (unsigned s = 0; s < 100; s++) {
		int64_t at = FIXTURE_T0 + (int64_t)s * FIXTURE_STEP;
		put_one(&f, at, s < 50 ? 10 : 30);
		if (s == 49)
			put_one(&f, at + 4, 20); /* 4 s at 20, then 6 s at 30 */
	}
	struct keeper *k = fixture_open(&f, false);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	assert_int_equal(k->stats.late, 0);
	assert_int_equal(k->stats.errors, 0);
	keeper_close(k);
	assert_true(fetch_one(&f, 0, 0, FIXTURE_T0 + 490) == 10);
	assert_true(fabs(fetch_one(&f, 0, 0, FIXTURE_T0 + 500) - (4 * 20 + 6 * 30) / 10.0) < 1e-9);
	assert_true(fetch_one(&f, 0, 0, FIXTURE_T0 + 510) == 30);
	fixture_free(&f);
}

/* Writing in many small calls gives the same bytes as in few, and a restart in between, too. */
static void
test_calls_do_not_matter(void **state)
{
	(void)state;
	struct fixture a, b;
	uint64_t from;
	struct err e;

	uninterrupted(&a, 5, 4, 500);
	fixture_new(&b, 5, 4);
	for (unsigned s = 0; s < 500; s += 20) {
		fixture_batches(&b, s, s + 20);
		struct keeper *k = fixture_open(&b, false);
		fixture_apply(&b, k);
		fixture_must(keeper_write(k, 100 + s % 7 * 90, 1000000, &e), &e);
		if (s % 3 == 0)
			fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
		keeper_close(k); /* what is pending, or written without an image, is lost with it */
	}
	struct keeper *k = fixture_open(&b, false);
	fixture_apply(&b, k);
	(void)fixture_finish(k);
	assert_int_equal(k->stats.quarantined, 0);
	keeper_close(k);
	assert_true(fixture_same(&a, &b));
	fixture_free(&a);
	fixture_free(&b);
}

/* The child of the kill test: little else than librrd's updates, a checkpoint now and then. */
static void
work(struct fixture *f)
{
	struct keeper *k = fixture_open(f, false);
	struct err e = { "" };
	uint64_t from;
	int rc, turn = 0;

	fixture_must(keeper_durable(k, f->journal_lsn, f->catalog_lsn, &e), &e);
	do {
		fixture_must(rc = keeper_apply(k, 1, 3000, &e), &e);
		fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
		if (turn++ % 8 == 7)
			fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
	} while (rc == 1);
	fixture_scrub(k);
	(void)fixture_finish(k);
	fixture_scrub(k);
	if (k->stats.damaged_rows > 0 || f->damaged > 0)
		abort(); /* nobody changed a row */
	keeper_close(k);
}

/* Whether the last process ended within a write of a file. */
static bool
was_writing(const struct fixture *f)
{
	char path[PATH_MAX], *data = NULL;
	uint32_t sid = 0;
	size_t n;

	(void)snprintf(path, sizeof path, "%s/store/working", f->dir);
	if (fs_read(path, 64, &data, &n, NULL) == 0 && n == sizeof sid)
		memcpy(&sid, data, n);
	free(data);
	return sid != 0;
}

/* Kill it at random moments; then let it end, and compare with the uninterrupted run. */
static void
test_kill(void **state)
{
	(void)state;
	struct fixture a, b;
	unsigned killed = 0, tries = 0, writing = 0;

	srandom((unsigned)time(NULL));
	uninterrupted(&a, 6, 16, STEPS);
	fixture_new(&b, 6, 16);
	fixture_batches(&b, 0, STEPS);
	for (; killed < KILLS && tries < 4 * KILLS; tries++) {
		int status;
		/* Now and then all that was noted is done: begin with an earlier end of the
		 * journal. */
		struct fixture part = b;
		part.journal_lsn = b.journal_lsn * (1 + tries) / (KILLS + 30);
		if (part.journal_lsn > b.journal_lsn)
			part.journal_lsn = b.journal_lsn;
		pid_t pid = fork();
		if (pid == 0) {
			work(&part);
			_exit(0);
		}
		usleep((useconds_t)(random() % 25000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		assert_true(!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL);
		killed += WIFSIGNALED(status);
		writing += WIFSIGNALED(status) && was_writing(&b);
	}
	assert_int_equal(killed, KILLS);
	print_message("%u of %u kills while writing\n", writing, killed);
	work(&b);
	assert_true(fixture_same(&a, &b));
	assert_int_equal(b.quarantined, 0);
	fixture_free(&a);
	fixture_free(&b);
}

/* A series that gets more fields keeps its history, also when the widening is cut short. */
static void
test_widen(void **state)
{
	(void)state;
	struct fixture f;
	size_t n, m;

	uninterrupted(&f, 2, 2, 100);
	char *narrow = fixture_read(&f, 0, &n);
	double before = fetch_one(&f, 0, 0, FIXTURE_T0 + 80 * FIXTURE_STEP);
	assert_false(isnan(before));
	f.nfields = 4; /* the agent has a new spool and more fields */
	f.stream[0] = 'x';
	fixture_define(&f, 0, 4);
	fixture_define(&f, 1, 4);
	fixture_batches(&f, 100, 130);
	struct keeper *k = fixture_open(&f, false);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	assert_int_equal(k->stats.quarantined, 0);
	keeper_close(k);
	assert_true(fetch_one(&f, 0, 0, FIXTURE_T0 + 80 * FIXTURE_STEP) == before);
	double now = fetch_one(&f, 0, 3, FIXTURE_T0 + 125 * FIXTURE_STEP);
	assert_true(fabs(now - fixture_value(0, 3, 125)) < 1e-9);
	/* As a crash leaves it that came after the image and before the renaming. */
	char *wide = fixture_read(&f, 0, &m);
	char path[PATH_MAX], wider[PATH_MAX + 8];
	(void)snprintf(path, sizeof path, "%s/srv00/src-i0.rrd", f.rrd_dir);
	(void)snprintf(wider, sizeof wider, "%s.new", path);
	assert_int_equal(rename(path, wider), 0);
	FILE *out = fopen(path, "w");
	assert_int_equal(fwrite(narrow, 1, n, out), n);
	fclose(out);
	k = fixture_open(&f, false);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	assert_int_equal(k->stats.quarantined, 0);
	keeper_close(k);
	size_t again_n;
	char *again = fixture_read(&f, 0, &again_n);
	assert_int_equal(again_n, m);
	assert_memory_equal(again, wide, m);
	free(narrow);
	free(wide);
	free(again);
	fixture_free(&f);
}

/* Two fields until step 20, four from then on. */
static void
check_widened(const struct fixture *f)
{
	for (unsigned step = 5; step < 40; step += 30) {
		double now = fetch_one(f, 0, 0, FIXTURE_T0 + step * FIXTURE_STEP);
		assert_true(fabs(now - fixture_value(0, 0, step)) < 1e-9);
	}
	assert_true(isnan(fetch_one(f, 0, 3, FIXTURE_T0 + 5 * FIXTURE_STEP)));
	double wide = fetch_one(f, 0, 3, FIXTURE_T0 + 35 * FIXTURE_STEP);
	assert_true(fabs(wide - fixture_value(0, 3, 35)) < 1e-9);
}

/* A series gets more fields while its file cannot be written: what comes then waits with the rest.
 */
static void
test_widen_later(void **state)
{
	struct fixture f;
	struct err e = { "" };
	char node[PATH_MAX];

	(void)state;
	fixture_new(&f, 1, 2);
	fixture_batches(&f, 0, 20);
	(void)snprintf(node, sizeof node, "%s/srv00", f.rrd_dir);
	fixture_must(fs_mkdirs(f.rrd_dir, 0700, &e), &e);
	int fd = open(node, O_CREAT | O_WRONLY, 0600); /* in the directory's place */
	struct keeper *k = fixture_open(&f, false);
	fixture_apply(&f, k);
	fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
	f.nfields = 4;
	f.stream[0] = 'x';
	fixture_define(&f, 0, 4);
	fixture_batches(&f, 20, 40);
	fixture_apply(&f, k);
	close(fd);
	assert_int_equal(unlink(node), 0);
	(void)fixture_finish(k);
	check_widened(&f);
	assert_int_equal(k->stats.late, 0);
	assert_int_equal(k->stats.pending, 0);
	keeper_close(k);
	fixture_free(&f);
}

/* One gets them before its file is made. */
static void
test_widen_before_it_is_made(void **state)
{
	struct fixture f;

	(void)state;
	fixture_new(&f, 1, 2);
	fixture_batches(&f, 0, 20);
	struct keeper *k = fixture_open(&f, false);
	fixture_apply(&f, k);
	f.nfields = 4;
	f.stream[0] = 'x';
	fixture_define(&f, 0, 4);
	fixture_batches(&f, 20, 40);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	check_widened(&f);
	assert_int_equal(k->stats.errors, 0);
	keeper_close(k);
	fixture_free(&f);
}

/* Damage of one file costs that file only, and is told. */
static void
test_damage(void **state)
{
	(void)state;
	struct fixture f;
	char path[PATH_MAX];

	uninterrupted(&f, 6, 2, 50);
	(void)snprintf(path, sizeof path, "%s/srv00/src-i0.rrd", f.rrd_dir);
	assert_int_equal(truncate(path, 100), 0);
	(void)snprintf(path, sizeof path, "%s/srv01/src-i1.rrd", f.rrd_dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof path, "%s/srv02/src-i2.rrd", f.rrd_dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	(void)snprintf(path, sizeof path, "%s/srv00/src-i3.rrd", f.rrd_dir);
	assert_int_equal(unlink(path), 0);
	fixture_batches(&f, 50, 60);
	struct keeper *k = fixture_open(&f, false);
	assert_int_equal(f.quarantined, 4);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	for (unsigned i = 0; i < 6; i++)
		assert_true(k->tanks[i + 1]->state == TANK_READY);
	assert_int_equal(k->stats.errors, 0);
	/* While it runs, too. */
	(void)snprintf(path, sizeof path, "%s/srv01/src-i4.rrd", f.rrd_dir);
	assert_int_equal(truncate(path, 2000), 0);
	fixture_batches(&f, 60, 70);
	fixture_apply(&f, k);
	(void)fixture_finish(k);
	assert_int_equal(f.quarantined, 5);
	assert_true(k->tanks[5]->state == TANK_READY);
	keeper_close(k);
	assert_false(isnan(fetch_one(&f, 5, 0, FIXTURE_T0 + 68 * FIXTURE_STEP)));
	fixture_free(&f);
}

/* The file that the last process died of is moved away, and no other. */
static void
test_culprit(void **state)
{
	(void)state;
	struct fixture f;

	uninterrupted(&f, 3, 2, 50);
	struct keeper *k = fixture_open(&f, false);
	*k->mark = 2;
	keeper_close(k);
	k = fixture_open(&f, true);
	assert_int_equal(f.quarantined, 1);
	assert_int_equal(*k->mark, 0);
	assert_true(k->tanks[2]->state == TANK_ABSENT && k->tanks[1]->state == TANK_READY);
	keeper_close(k);
	fixture_free(&f);
}

/* No time stamp may wedge a file or be written twice. */
static void
test_times(void **state)
{
	(void)state;
	struct fixture f;

	fixture_new(&f, 1, 1);
	for (unsigned s = 100; s < 110; s++)
		fixture_batch_at(&f, s, FIXTURE_T0 + s * 10);
	/* A batch says its own arrival: it is the fixture's, so move the time only. */
	struct buf b = { 0 };
	double v = 1;
	const int64_t times[] = { FIXTURE_T0 + 1050, FIXTURE_T0 + 90000000, 4102444800, 5, 0,
		FIXTURE_T0 - 50000000, FIXTURE_T0 + 1100 };
	for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
		buf_clear(&b);
		buf_put(&b, f.stream, WIRE_STREAM_ID);
		buf_be64(&b, (uint64_t)(FIXTURE_T0 + 1100) * 1000);
		buf_str(&b, "srv00");
		struct batch_writer w = batch_begin(&b, ++f.seq, times[i]);
		batch_add(&w, 1, 1, &v);
		f.journal_lsn = seglog_append(f.journal, WIRE_BATCH, b.data, b.len);
	}
	buf_free(&b);
	struct err e;
	assert_int_equal(seglog_commit_now(f.journal, &e), 0);
	struct keeper *k = fixture_open(&f, false);
	fixture_apply(&f, k);
	assert_int_equal(k->stats.late, 6);
	(void)fixture_finish(k);
	assert_int_equal(k->stats.errors, 0);
	keeper_close(k);
	assert_true(fetch_one(&f, 0, 0, FIXTURE_T0 + 1100) == 1);
	fixture_free(&f);
}

/* A lost checkpoint: sound files are taken as they are, nothing is written twice. */
static void
test_lost_checkpoint(void **state)
{
	(void)state;
	struct fixture a, b;
	char path[PATH_MAX];

	uninterrupted(&a, 4, 3, 200);
	fixture_new(&b, 4, 3);
	fixture_batches(&b, 0, 150);
	struct keeper *k = fixture_open(&b, false);
	fixture_apply(&b, k);
	(void)fixture_finish(k);
	keeper_close(k);
	(void)snprintf(path, sizeof path, "%s/store/checkpoint", b.dir);
	assert_int_equal(unlink(path), 0);
	fixture_batches(&b, 150, 200);
	k = fixture_open(&b, false);
	fixture_apply(&b, k);
	(void)fixture_finish(k);
	keeper_close(k);
	assert_int_equal(b.quarantined, 0);
	assert_true(fixture_same(&a, &b));
	fixture_free(&a);
	fixture_free(&b);
}

/* A journal that was deleted begins anew: the files go on. */
static void
test_new_journal(void **state)
{
	(void)state;
	struct fixture a, b;
	char path[PATH_MAX];
	struct err e;

	uninterrupted(&a, 2, 2, 150);
	uninterrupted(&b, 2, 2, 100);
	seglog_close(b.journal);
	(void)snprintf(path, sizeof path, "%s/journal", b.dir);
	assert_int_equal(nftw(path, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
	struct seglog_opts o = { .dir = path, .subject = "journal", .segment_bytes = 1 << 20 };
	assert_int_equal(seglog_open(&b.journal, &o, &e), 0);
	fixture_batches(&b, 100, 150);
	struct keeper *k = fixture_open(&b, false);
	fixture_apply(&b, k);
	assert_int_equal(fixture_finish(k), b.journal_lsn);
	keeper_close(k);
	k = fixture_open(&b, false); /* and that is noted */
	fixture_apply(&b, k);
	assert_int_equal(k->stats.applied_lsn, 0);
	keeper_close(k);
	assert_true(fixture_same(&a, &b));
	fixture_free(&a);
	fixture_free(&b);
}

/* Two writers at once are refused. */
static void
test_lock(void **state)
{
	(void)state;
	struct fixture f;
	struct err e;

	fixture_new(&f, 1, 1);
	struct keeper *k = fixture_open(&f, false), *second;
	assert_int_equal(keeper_open(&second, &k->conf, false, &e), -1);
	assert_non_null(strstr(e.msg, "another store"));
	keeper_close(k);
	fixture_free(&f);
}

/* Archives follow the configuration and the step. */
static void
test_plan(void **state)
{
	(void)state;
	const struct rrdlib_keep keep[] = { { 10, 172800 }, { 60, 1209600 }, { 300, 7776000 } };
	struct rrdfile_archive out[RRDFILE_MAX_ARCHIVES];

	assert_int_equal(rrdlib_plan(10, keep, 3, out), 7);
	assert_int_equal(out[0].rows, 17280);
	assert_int_equal(out[1].steps, 6);
	assert_int_equal(out[3].cf, RRDFILE_MAX);
	assert_int_equal(rrdlib_plan(60, keep, 3, out), 4);
	assert_int_equal(out[0].steps, 1);
	assert_int_equal(out[0].rows, 20160);
	assert_int_equal(rrdlib_plan(3600, keep, 3, out), 1);
	assert_int_equal(out[0].rows, 2160);
}

/* The latest time of each series goes on, or stays: how many went back. */
static unsigned
went_back(const struct keeper *k, unsigned n, int64_t last_s[])
{
	unsigned back = 0;

	for (unsigned i = 0; i < n; i++) {
		if (k->tanks[i + 1] == NULL)
			continue;
		back += k->tanks[i + 1]->last_s < last_s[i];
		last_s[i] = k->tanks[i + 1]->last_s;
	}
	return back;
}

/* Rows are taken out of a file if the collector's own clock went back, and not otherwise: an agent
 * whose clock says what it likes cannot have it done, whatever it sends in whatever order. */
static void
test_liar(void **state)
{
	(void)state;
	static const int spans[] = { 2, 120, 700, 7200, 500 * 86400 };
	int64_t came_s = FIXTURE_T0, last_s[3] = { 0 };
	struct fixture f;
	struct err e;

	fixture_new(&f, 3, 2);
	struct keeper *k = fixture_open(&f, false);
	srandom(7);
	for (unsigned step = 0; step < 4000; step++) {
		int span = spans[random() % 5];
		came_s += random() % 3;
		fixture_batch_came(&f, step, came_s - span + random() % (2 * span), came_s);
		if (step % 20 != 0)
			continue;
		assert_int_equal(seglog_commit_now(f.journal, &e), 0);
		fixture_apply(&f, k);
		assert_int_equal(went_back(k, 3, last_s), 0);
	}
	/* The other way round it can be seen: the collector's clock had been ahead. */
	for (unsigned step = 4000; step < 4023; step++)
		fixture_batch_came(&f, step, came_s - 90000 + step, came_s - 90000 + step);
	assert_int_equal(seglog_commit_now(f.journal, &e), 0);
	fixture_apply(&f, k);
	assert_int_equal(went_back(k, 3, last_s), 3);
	keeper_close(k);
	fixture_free(&f);
}

/* Each file has its own phase, and these are spread. */
static void
test_phases(void **state)
{
	(void)state;
	unsigned in_slot[10] = { 0 };

	for (uint32_t sid = 1; sid <= 1000; sid++) {
		int64_t due = keeper_due(sid, 10000, 123456789);
		assert_true(due > 123456789 && due <= 123456789 + 10000);
		assert_int_equal(keeper_due(sid, 10000, due), due + 10000);
		in_slot[due % 10000 / 1000]++;
	}
	for (unsigned i = 0; i < 10; i++)
		assert_in_range(in_slot[i], 90, 110);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_off_the_grid),
		cmocka_unit_test(test_calls_do_not_matter),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_widen),
		cmocka_unit_test(test_widen_later),
		cmocka_unit_test(test_widen_before_it_is_made),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_culprit),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_liar),
		cmocka_unit_test(test_lost_checkpoint),
		cmocka_unit_test(test_new_journal),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_phases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
