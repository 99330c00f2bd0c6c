/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* The oracle of the fault campaigns (tests/campaign/reference.c) finds what it is there to find: a
 * byte that is another, a row that is lost, in twice, or was never sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <rrd.h>
#include <sys/wait.h>

#include "store_fixture.h"
#include "tests/sim/framelog.h"

#define SERIES 3
#define FIELDS 3
#define STEPS 120

/* A store with STEPS steps in it, and the log of frames of a sender of the same. */
struct world {
	struct fixture f;
	struct framelog *log;
	char frames[PATH_MAX];
	uint64_t seq;
};

/* A frame of the sender's session. */
static void
put(struct world *w, bool sent, uint8_t type, struct buf *b)
{
	framelog_put(w->log, "srv00", sent, type, 0, b->data, b->len);
	buf_free(b);
}

/* The collector acknowledges, or welcomes with what it has. */
static void
answer(struct world *w, uint8_t type, uint64_t seq)
{
	struct buf b = { 0 };

	if (type == WIRE_ACK)
		wire_ack_encode(&b, seq);
	else
		wire_welcome_encode(&b, &(struct wire_welcome){ .durable_seq = seq,
					    .window_frames = 1,
					    .window_bytes = WIRE_MAX_PAYLOAD,
					    .node = "srv00" });
	put(w, false, type, &b);
}

/* A step as the fixture makes it. */
static void
send_step(struct world *w, unsigned step)
{
	double values[FIELDS];
	struct buf b = { 0 };
	struct batch_writer bw =
	    batch_begin(&b, ++w->seq, FIXTURE_T0 + (int64_t)step * FIXTURE_STEP);

	for (unsigned i = 0; i < SERIES; i++) {
		if ((i * 17 + step) % 23 < 4)
			continue;
		for (unsigned k = 0; k < FIELDS; k++)
			values[k] = fixture_value(i, k, step);
		batch_add(&bw, i + 1, FIELDS, values);
	}
	put(w, true, WIRE_BATCH, &b);
}

/* The session's beginning. */
static void
greet(struct world *w)
{
	struct wire_hello hello = { .first_seq = 1, .next_seq = 1, .step_s = FIXTURE_STEP };
	struct buf b = { 0 };

	memcpy(hello.stream, w->f.stream, sizeof hello.stream);
	wire_hello_encode(&b, &hello);
	put(w, true, WIRE_HELLO, &b);
	answer(w, WIRE_WELCOME, 0);
	for (unsigned i = 0; i < SERIES; i++) {
		struct series_def def = fixture_def(i, FIELDS);
		struct buf d = { 0 };
		wire_define_encode(&d, &def);
		put(w, true, WIRE_DEFINE, &d);
	}
}

/* Have the store write what it has. */
static void
store(struct world *w)
{
	struct keeper *k = fixture_open(&w->f, false);

	fixture_apply(&w->f, k);
	(void)fixture_finish(k);
	keeper_close(k);
}

/* Both with the same steps, all acknowledged. */
static int
set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct err e;

	fixture_new(&w->f, SERIES, FIELDS);
	(void)snprintf(w->frames, sizeof w->frames, "%s/frames", w->f.dir);
	assert_int_equal(framelog_open(&w->log, w->frames, &e), 0);
	greet(w);
	for (unsigned s = 0; s < STEPS; s++)
		send_step(w, s);
	answer(w, WIRE_ACK, w->seq);
	fixture_batches(&w->f, 0, STEPS);
	store(w);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	framelog_close(w->log);
	fixture_free(&w->f);
	free(w);
	return 0;
}

/* What the program says: its exit code. */
static int
judge(const struct world *w)
{
	char self[PATH_MAX / 2] = "", path[PATH_MAX];
	int status;

	assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	*strrchr(self, '/') = '\0';
	(void)snprintf(path, sizeof path, "%s/../reference", self);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		execl(path, path, "--frames", w->frames, "--rrd", w->f.rrd_dir, "--archive",
		    "10:3600", "--archive", "60:14400", "--archive", "300:86400", (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The file of a series. */
static void
path_of(const struct world *w, unsigned series, char path[PATH_MAX])
{
	char name[RRDFILE_PATH];
	struct series_def def = fixture_def(series, 1);

	rrdfile_name(name, def.node, def.source, def.instance);
	(void)snprintf(path, PATH_MAX, "%s/%s", w->f.rrd_dir, name);
}

/* Without a fault none is found. */
static void
test_same(void **state)
{
	assert_int_equal(judge(*state), 0);
}

/* One bit, anywhere in a file. */
static void
test_flipped(void **state)
{
	struct world *w = *state;
	char path[PATH_MAX];
	struct stat st;
	uint8_t byte;

	path_of(w, 1, path);
	int fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 3; at < st.st_size; at += st.st_size / 23) {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 4;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(judge(w), 1);
		byte ^= 4;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
	assert_int_equal(judge(w), 0);
}

/* A frame that was acknowledged is not in the files. */
static void
test_lost(void **state)
{
	struct world *w = *state;

	send_step(w, STEPS);
	answer(w, WIRE_ACK, w->seq);
	assert_int_equal(judge(w), 1);
	fixture_batches(&w->f, STEPS, STEPS + 1);
	store(w);
	assert_int_equal(judge(w), 0);
	char path[PATH_MAX];
	path_of(w, 2, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(judge(w), 1);
}

/* The last row again, as a replay onto a half-done update would put it: its time was not noted. */
static void
test_doubled(void **state)
{
	struct world *w = *state;
	char path[PATH_MAX], text[64];
	struct rrdfile f;
	struct err e;

	path_of(w, 0, path);
	assert_int_equal(rrdfile_read(path, INT64_MAX, &f, NULL, &e), 0);
	int64_t before = f.last_s - FIXTURE_STEP;
	int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, &before, sizeof before, (off_t)f.live_offset), 8);
	close(fd);
	(void)snprintf(text, sizeof text, "%lld:1:2:3", (long long)f.last_s);
	const char *argv[] = { text };
	assert_int_equal(rrd_update_r(path, NULL, 1, argv), 0);
	assert_int_equal(judge(w), 1);
}

/* A frame that nobody has answered yet may be in the files, or not; in all of them. */
static void
test_open(void **state)
{
	struct world *w = *state;

	for (unsigned s = STEPS; s < STEPS + 3; s++)
		send_step(w, s);
	assert_int_equal(judge(w), 0);
	fixture_batches(&w->f, STEPS, STEPS + 2);
	store(w);
	assert_int_equal(judge(w), 0);
	char path[PATH_MAX];
	path_of(w, 1, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(judge(w), 1);
}

/* What the collector said it does not have must not be in the files. */
static void
test_never_taken(void **state)
{
	struct world *w = *state;

	send_step(w, STEPS);
	answer(w, WIRE_WELCOME, w->seq - 1);
	assert_int_equal(judge(w), 0);
	fixture_batches(&w->f, STEPS, STEPS + 1);
	store(w);
	assert_int_equal(judge(w), 1);
}

/* A file that nobody sent. */
static void
test_more(void **state)
{
	struct world *w = *state;
	char path[PATH_MAX], more[PATH_MAX + 8];

	path_of(w, 0, path);
	(void)snprintf(more, sizeof more, "%s.more", path);
	assert_int_equal(link(path, more), 0);
	assert_int_equal(judge(w), 1);
}

/* A number that means two things is no log of ours. */
static void
test_two_meanings(void **state)
{
	struct world *w = *state;

	w->seq--;
	send_step(w, STEPS + 7);
	assert_int_equal(judge(w), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flipped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_doubled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_never_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_meanings, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
