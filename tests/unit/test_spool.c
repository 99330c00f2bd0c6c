/* link: zwfeed */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's spool: what is not acknowledged survives, numbers are never used twice, a full spool
 * thins before it drops and says so, and the table of series keeps its ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>

#include "agent/spool.h"
#include "agent/spool_runs.h"
#include "seglog_fixture.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/wire.h"

#define AGE_MS (INT64_C(7) * 86400 * 1000)

struct rig {
	char dir[64];
	struct event_base *base;
	struct spool *s;
	uint64_t thinned;
	uint64_t dropped;
	int64_t time_s;
};

static void
lost(void *arg, uint64_t records, bool thinned)
{
	struct rig *r = arg;

	*(thinned ? &r->thinned : &r->dropped) += records;
}

static void
rig_open(struct rig *r, uint64_t max_bytes)
{
	struct err e;

	r->base = event_base_new();
	assert_int_equal(spool_open(&r->s, r->base, r->dir, max_bytes, AGE_MS, &e), 0);
	spool_on_loss(r->s, lost, r);
}

static void
rig_close(struct rig *r)
{
	spool_close(r->s);
	event_base_free(r->base);
	r->s = NULL;
}

static void
rig_start(struct rig *r)
{
	*r = (struct rig){ .time_s = clock_wall_ms() / 1000 - 86400 };
	fixture_dir(r->dir);
	rig_open(r, 1 << 20);
}

static void
rig_end(struct rig *r)
{
	rig_close(r);
	fixture_remove(r->dir);
}

/* Let the loop run for so long. */
static void
rig_wait(struct rig *r, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(r->base, &tv);
	event_base_dispatch(r->base);
}

/* A batch of `width` series' worth of noise, ten seconds after the last. */
static void
rig_append(struct rig *r, unsigned width)
{
	struct buf b = { 0 };
	uint64_t seq = spool_next(r->s);
	struct batch_writer w = batch_begin(&b, seq, r->time_s += 10);

	for (uint32_t id = 1; id <= width; id++)
		batch_add(&w, id, 1, (double[]){ 1.0 / (double)(seq + id) });
	spool_append(r->s, WIRE_BATCH, b.data, b.len);
	buf_free(&b);
}

static void
rig_event(struct rig *r)
{
	struct wire_event ev = { .seq = spool_next(r->s), .time_ms = r->time_s * 1000 };
	struct buf b = { 0 };

	str_copy(ev.code, sizeof ev.code, "test");
	wire_event_encode(&b, &ev);
	spool_append(r->s, WIRE_EVENT, b.data, b.len);
	buf_free(&b);
}

/* How many records are on disk after a number; all are what they should be. */
static uint64_t
rig_count(struct rig *r, uint64_t after)
{
	struct seglog_record rec;
	struct err e;
	uint64_t n = 0, seq;
	int rc;

	while ((rc = spool_read(r->s, after, &rec, &e)) == 1) {
		assert_true(rec.lsn > after);
		assert_int_equal(wire_seq_peek(rec.data, rec.len, &seq), 0);
		assert_int_equal(seq, rec.lsn);
		after = rec.lsn;
		n++;
	}
	assert_int_equal(rc, 0);
	return n;
}

/* Until all that was appended is on disk, and all that is lost was told. */
static void
rig_settle(struct rig *r)
{
	for (unsigned i = 0; i < 300; i++) {
		rig_wait(r, 50);
		if (rig_count(r, 0) == spool_records(r->s))
			return;
	}
	fail_msg("the spool does not settle");
}

static void
test_keep_and_ack(void **state)
{
	struct rig r;
	struct seglog_record rec;
	struct err e;
	uint8_t stream[WIRE_STREAM_ID];

	(void)state;
	rig_start(&r);
	memcpy(stream, spool_stream(r.s), sizeof stream);
	assert_int_equal(spool_first(r.s), 1);
	assert_int_equal(spool_next(r.s), 1);
	for (unsigned i = 0; i < 20; i++)
		rig_append(&r, 5);
	assert_int_equal(spool_records(r.s), 20);
	assert_int_equal(spool_read(r.s, 0, &rec, &e), 0); /* nothing on disk yet */
	assert_int_equal(spool_durable(r.s), 0);
	rig_wait(&r, 50);
	assert_in_range(spool_unwritten_ms(r.s), 50, 10000);
	rig_wait(&r, 850);
	assert_int_equal(spool_unwritten_ms(r.s), 0);
	assert_int_equal(spool_durable(r.s), 20);
	assert_int_equal(rig_count(&r, 0), 20);
	assert_int_equal(rig_count(&r, 15), 5);
	assert_int_equal(rig_count(&r, 3), 17); /* back again */
	rig_append(&r, 5);
	spool_ack(r.s, 7);
	spool_ack(r.s, 3);
	assert_int_equal(spool_first(r.s), 8);
	assert_int_equal(spool_records(r.s), 14);
	rig_close(&r); /* commits 21, remembers 7 */
	rig_open(&r, 1 << 20);
	assert_memory_equal(stream, spool_stream(r.s), sizeof stream);
	assert_int_equal(spool_first(r.s), 8);
	assert_int_equal(spool_records(r.s), 14);
	uint64_t next = spool_next(r.s);
	assert_true(next > 22 && (next - 22) % (1 << 20) == 0);
	assert_int_equal(rig_count(&r, 7), 14);
	rig_append(&r, 5);
	rig_append(&r, 5);
	assert_int_equal(spool_records(r.s), 16);
	spool_ack(r.s, next);
	assert_int_equal(spool_records(r.s), 1);
	/* The collector knows more than this disk. */
	spool_ack(r.s, next + 1000000);
	assert_int_equal(spool_next(r.s), next + 1000001);
	assert_int_equal(spool_first(r.s), next + 1000001);
	assert_int_equal(spool_records(r.s), 0);
	rig_append(&r, 1);
	rig_wait(&r, 900);
	assert_int_equal(rig_count(&r, next + 1000000), 1);
	assert_int_equal(spool_dropped(r.s), 0);
	rig_end(&r);
}

/* An acknowledgement remembered for another stream, or garbled, is none. */
static void
test_acked_file(void **state)
{
	struct rig r;
	char path[128];

	(void)state;
	for (int i = 0; i < 4; i++) {
		rig_start(&r);
		for (unsigned k = 0; k < 10; k++)
			rig_append(&r, 1);
		spool_ack(r.s, 6);
		rig_close(&r);
		snprintf(path, sizeof path, "%s/acked", r.dir);
		int fd = open(path, O_RDWR);
		uint8_t byte;
		off_t at = i == 1 ? 3 : 20; /* in the stream's id, in the number */
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= i == 1 || i == 2 ? 0x80 : 0;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		if (i == 3)
			assert_int_equal(ftruncate(fd, 5), 0);
		close(fd);
		rig_open(&r, 1 << 20);
		assert_int_equal(spool_records(r.s), i == 0 ? 4 : 10);
		rig_end(&r);
	}
}

/* Past its size the spool thins: one batch a minute stays, and every event; then drops. */
static void
test_thin_and_drop(void **state)
{
	struct rig r;
	uint64_t made = 0, events = 0;

	(void)state;
	rig_start(&r);
	for (unsigned round = 0; r.thinned == 0; round++) {
		assert_true(round < 40);
		for (unsigned i = 0; i < 60; i++, made++)
			rig_append(&r, 100);
		rig_event(&r);
		made++;
		events++;
		rig_settle(&r);
		assert_true(spool_bytes(r.s) <= 1 << 20);
	}
	assert_int_equal(r.dropped, 0);
	uint64_t left = rig_count(&r, 0);
	assert_int_equal(left, made - r.thinned);
	assert_int_equal(spool_records(r.s), left);
	assert_int_equal(spool_dropped(r.s), r.thinned);
	/* The thinned part: no two batches in a minute, no event missing. */
	struct seglog_record rec;
	struct batch_reader b;
	struct err e;
	uint64_t after = 0, seen = 0, gaps = 0;
	while (spool_read(r.s, after, &rec, &e) == 1) {
		gaps += rec.lsn > after + 1;
		if (rec.type == WIRE_EVENT)
			seen++;
		else
			assert_int_equal(batch_open(&b, rec.data, rec.len, &e), 0);
		after = rec.lsn;
	}
	assert_int_equal(seen, events);
	assert_true(gaps > 5);
	for (unsigned round = 0; r.dropped == 0; round++) {
		assert_true(round < 300);
		for (unsigned i = 0; i < 300; i++, made++)
			rig_append(&r, 100);
		rig_settle(&r);
		assert_true(spool_bytes(r.s) <= 1 << 20);
	}
	assert_int_equal(rig_count(&r, 0), made - r.thinned - r.dropped);
	assert_int_equal(spool_records(r.s), made - r.thinned - r.dropped);
	assert_true(spool_first(r.s) > 1);
	rig_end(&r);
}

/* What is too old goes. */
static void
test_age(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r);
	r.time_s -= 30 * 86400;
	for (unsigned i = 0; i < 500; i++)
		rig_append(&r, 100);
	rig_settle(&r);
	for (unsigned i = 0; i < 100; i++)
		rig_append(&r, 100);
	rig_settle(&r);
	assert_true(r.dropped > 100 && r.dropped < 500);
	assert_int_equal(r.thinned, 0);
	assert_int_equal(spool_records(r.s), 600 - r.dropped);
	rig_end(&r);
}

static struct series_def
series(const char *source, const char *instance, unsigned nfields)
{
	struct series_def def = { .step_s = 10, .nfields = nfields };

	str_copy(def.source, sizeof def.source, source);
	str_copy(def.instance, sizeof def.instance, instance);
	for (unsigned i = 0; i < nfields; i++) {
		def.fields[i] = (struct field){ .min = NAN, .max = i == 1 ? 100 : NAN };
		assert_int_equal(
		    str_format(def.fields[i].name, sizeof def.fields[i].name, "f%u", i), 0);
	}
	return def;
}

/* The id-th definition, decoded; fails when there is none. */
static struct series_def
kept(const struct rig *r, uint32_t id)
{
	struct series_def def;
	struct err e;
	size_t n = 0;
	const uint8_t *p = spool_series(r->s, id, &n);

	assert_non_null(p);
	assert_int_equal(wire_define_decode(p, n, &def, &e), 0);
	assert_int_equal(def.id, id);
	return def;
}

static void
flush(struct rig *r)
{
	struct err e;

	assert_int_equal(spool_flush_series(r->s, &e), 0);
}

static void
test_series(void **state)
{
	struct rig r;
	struct series_def a = series("cpu", "", 3), b = series("disk", "sda", 2);
	size_t n;

	(void)state;
	rig_start(&r);
	flush(&r);
	assert_null(spool_series(r.s, 0, &n));
	assert_null(spool_series(r.s, 1, &n));
	assert_int_equal(spool_define(r.s, &a), 1);
	assert_int_equal(spool_define(r.s, &b), 2);
	assert_int_equal(spool_define(r.s, &a), 1);
	assert_null(spool_series(r.s, 1, &n)); /* in memory only */
	flush(&r);
	assert_string_equal(kept(&r, 1).source, "cpu");
	a.id = 77; /* is no part of it */
	assert_int_equal(spool_define(r.s, &a), 1);
	a.fields[1].max = 101;
	assert_int_equal(spool_define(r.s, &a), 3);
	a.step_s = 30;
	assert_int_equal(spool_define(r.s, &a), 4);
	a.fields[2].kind = FIELD_STATE;
	str_copy(a.states, sizeof a.states, "2:1oon line;2con battery");
	assert_int_equal(spool_define(r.s, &a), 5);
	flush(&r);
	b.step_s = 60;
	assert_int_equal(spool_define(r.s, &b), 6);
	/* Killed: those that were flushed are there, and what only was in memory is not. */
	rig_close(&r);
	rig_open(&r, 1 << 20);
	assert_null(spool_series(r.s, 6, &n));
	assert_int_equal(spool_define(r.s, &a), 5);
	assert_string_equal(kept(&r, 2).source, "disk");
	assert_true(isnan(kept(&r, 3).fields[0].min));
	assert_string_equal(kept(&r, 5).states, a.states);
	b.step_s = 10;
	assert_int_equal(spool_define(r.s, &b), 2);
	rig_end(&r);
}

/* Many at once: ids whose varint has one byte and two, all found again, in one flush. */
static void
test_series_many(void **state)
{
	struct rig r;
	struct series_def def = series("ups", "", 4);

	(void)state;
	rig_start(&r);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 1; i <= WIRE_MAX_SERIES; i++) {
			snprintf(def.instance, sizeof def.instance, "row%u", i);
			assert_int_equal(spool_define(r.s, &def), i);
		}
		str_copy(def.instance, sizeof def.instance, "too-many");
		assert_int_equal(spool_define(r.s, &def), 0);
		flush(&r);
		rig_close(&r);
		rig_open(&r, 1 << 20);
	}
	assert_string_equal(kept(&r, 300).instance, "row300");
	rig_end(&r);
}

/* A definition is damaged: a new stream begins, so that no id means two things. */
static void
test_series_damaged(void **state)
{
	struct rig r;
	struct series_def a = series("cpu", "", 3), b = series("disk", "sda", 2);
	uint8_t stream[WIRE_STREAM_ID], x = 0xee;
	char path[128];

	(void)state;
	rig_start(&r);
	memcpy(stream, spool_stream(r.s), sizeof stream);
	spool_define(r.s, &a);
	spool_define(r.s, &b);
	flush(&r);
	rig_append(&r, 1);
	rig_close(&r);
	snprintf(path, sizeof path, "%s/series/0000000000000001.seg", r.dir);
	int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, &x, 1, 64 + 34 + 17 + 4), 1);
	close(fd);
	rig_open(&r, 1 << 20);
	assert_memory_not_equal(stream, spool_stream(r.s), sizeof stream);
	assert_int_equal(spool_records(r.s), 0);
	assert_int_equal(spool_dropped(r.s), 1);
	assert_int_equal(spool_define(r.s, &b), 1);
	rig_end(&r);
}

/* In a child: append until killed, telling what was on disk a moment before. */
static void
append_until_killed(const char *dir, int fd)
{
	struct rig r = { .time_s = 1700000000 };
	struct seglog_record rec;
	struct err e;
	uint64_t last = 0;

	snprintf(r.dir, sizeof r.dir, "%s", dir);
	r.time_s = clock_wall_ms() / 1000 - 86400;
	rig_open(&r, 1 << 20);
	for (;;) {
		rig_append(&r, 3);
		rig_wait(&r, 5);
		while (spool_read(r.s, last, &rec, &e) == 1)
			last = rec.lsn;
		uint64_t told[2] = { last, spool_next(r.s) };
		if (write(fd, told, sizeof told) != (ssize_t)sizeof told)
			_exit(1);
	}
}

/* SIGKILL: what was on disk is there, and no number that was shown comes again. */
static void
test_kill(void **state)
{
	char dir[64];

	(void)state;
	fixture_dir(dir);
	for (unsigned i = 0; i < 3; i++) {
		int fds[2], status;
		uint64_t told[2], durable = 0, next = 0;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0)
			append_until_killed(dir, fds[1]);
		close(fds[1]);
		usleep(900000 + i * 77777);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		while (read(fds[0], told, sizeof told) == (ssize_t)sizeof told) {
			durable = told[0];
			next = told[1];
		}
		close(fds[0]);
		assert_true(durable > 0);
		struct rig r = { 0 };
		snprintf(r.dir, sizeof r.dir, "%s", dir);
		rig_open(&r, 1 << 20);
		assert_true(spool_next(r.s) >= next);
		assert_int_equal(rig_count(&r, durable - 1) >= 1, 1);
		rig_close(&r);
	}
	fixture_remove(dir);
}

/* Sets of numbers against a plain bitmap. */
static void
test_runs(void **state)
{
	uint32_t x = 5;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct spool_runs r = { 0 }, gone = { 0 };
		bool in[200] = { 0 };
		uint64_t n = 0, removed = 0, cut = 0;
		for (uint64_t i = 1; i < 200; i++) {
			x = x * 1664525 + 1013904223;
			if (x >> 30 != 0) {
				spool_runs_add(&r, i);
				in[i] = true;
			}
			x = x * 1664525 + 1013904223;
			if (x >> 31 != 0) {
				spool_runs_add(&gone, i);
				removed += in[i];
				in[i] = false;
			}
			n += in[i];
		}
		assert_int_equal(spool_runs_subtract(&r, &gone), removed);
		assert_int_equal(r.count, n);
		uint64_t upto = x % 250;
		for (uint64_t i = 1; i < 200 && i <= upto; i++)
			cut += in[i];
		assert_int_equal(spool_runs_cut(&r, upto), cut);
		assert_int_equal(r.count, n - cut);
		uint64_t first = upto + 1;
		while (first < 200 && !in[first])
			first++;
		assert_int_equal(spool_runs_first(&r), first < 200 ? first : 0);
		spool_runs_free(&r);
		spool_runs_free(&gone);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep_and_ack),
		cmocka_unit_test(test_acked_file),
		cmocka_unit_test(test_thin_and_drop),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_series_many),
		cmocka_unit_test(test_series_damaged),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
