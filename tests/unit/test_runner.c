/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runner with sources that hang on a pipe: the others are not delayed, the one that hangs is
 * told once, left out, and takes part again when it answers. Run under ASan, a thread that touches
 * what was freed is seen. */
#include <errno.h>
#include <event2/event.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/conf.h"
#include "agent/runner.h"
#include "zw/clock.h"

#define DEADLINE_MS 300

/* What the sources do; they run in threads. */
static struct world {
	pthread_mutex_t lock;
	int gate[2]; /* a read of a hanging source takes one byte */
	bool hang;   /* the source "hang" does */
	bool hang_b; /* so does item b */
	bool with_b; /* item b is there */
	int failure; /* errno of the source "fail", or 0 */
	unsigned slow_ms;
	unsigned opened;
	unsigned closed;
} world = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What the loop was told. */
static struct heard {
	unsigned quick;
	unsigned hang;
	unsigned slow;
	unsigned a;
	unsigned b;
	unsigned c;
	unsigned stuck;
	unsigned back;
	unsigned finished;
	double interval_s;
	char what[64];
} heard;

static void
set_flag(bool *flag, bool value)
{
	pthread_mutex_lock(&world.lock);
	*flag = value;
	pthread_mutex_unlock(&world.lock);
}

static bool
get_flag(const bool *flag)
{
	pthread_mutex_lock(&world.lock);
	bool value = *flag;
	pthread_mutex_unlock(&world.lock);
	return value;
}

/* Waits until the test lets it go. */
static void
pass_gate(void)
{
	char c;
	while (read(world.gate[0], &c, 1) == -1 && errno == EINTR)
		continue;
}

static void
open_gate(void)
{
	assert_int_equal(write(world.gate[1], "x", 1), 1);
}

static void *
fake_open(const char *root, const struct conf_sources *conf)
{
	(void)root;
	(void)conf;
	pthread_mutex_lock(&world.lock);
	world.opened++;
	pthread_mutex_unlock(&world.lock);
	return &world;
}

static void *
absent_open(const char *root, const struct conf_sources *conf)
{
	(void)root;
	(void)conf;
	return NULL;
}

static void
fake_close(void *state)
{
	(void)state;
	pthread_mutex_lock(&world.lock);
	world.closed++;
	pthread_mutex_unlock(&world.lock);
}

static int
quick_read(void *state, double interval_s, struct emit *out)
{
	(void)state;
	emit(out, "", &interval_s);
	return 0;
}

static int
hang_read(void *state, double interval_s, struct emit *out)
{
	(void)state;
	emit(out, "", &interval_s);
	if (get_flag(&world.hang))
		pass_gate();
	return 0;
}

static int
slow_read(void *state, double interval_s, struct emit *out)
{
	(void)state;
	usleep(world.slow_ms * 1000);
	emit(out, "", &interval_s);
	return 0;
}

static int
fail_read(void *state, double interval_s, struct emit *out)
{
	(void)state;
	emit(out, "", &interval_s);
	errno = world.failure;
	return world.failure == 0 ? 0 : -1;
}

static int
mounts_items(void *state, void (*add)(void *arg, const char *instance, const char *item), void *arg)
{
	(void)state;
	add(arg, "a", "/a");
	if (get_flag(&world.with_b))
		add(arg, "b", "/b");
	add(arg, "c", "/c");
	return 0;
}

static int
mounts_read_item(const char *item, double *values)
{
	values[0] = item[1];
	if (item[1] == 'b' && get_flag(&world.hang_b))
		pass_gate();
	return 0;
}

static const struct field_row fields[] = { { "v", FIELD_GAUGE, "1", NAN, NAN, "A value." } };

#define FAKE(n) .name = n, .fields = fields, .nfields = 1, .open = fake_open, .close = fake_close
static const struct source quick = { FAKE("quick"), .read = quick_read };
static const struct source hang = { FAKE("hang"), .read = hang_read };
static const struct source slow = { FAKE("slow"), .read = slow_read };
static const struct source failing = { FAKE("fail"), .read = fail_read };
static const struct source mounts = { FAKE("mounts"), .items = mounts_items,
	.read_item = mounts_read_item };
static const struct source absent = {
	.name = "absent", .fields = fields, .nfields = 1, .open = absent_open
};

static void
on_values(void *arg, const struct source *src, const char *instance, const double *values)
{
	(void)arg;
	heard.quick += src == &quick;
	heard.hang += src == &hang;
	heard.slow += src == &slow;
	if (src == &quick)
		heard.interval_s = values[0];
	if (src != &mounts)
		return;
	assert_true(values[0] == instance[0]);
	heard.a += instance[0] == 'a';
	heard.b += instance[0] == 'b';
	heard.c += instance[0] == 'c';
}

static void
on_stuck(void *arg, const struct source *src, const char *instance, bool stuck)
{
	(void)arg;
	heard.stuck += stuck;
	heard.back += !stuck;
	snprintf(heard.what, sizeof heard.what, "%s/%s", src->name, instance);
}

static void
on_finished(void *arg)
{
	(void)arg;
	heard.finished++;
}

static const struct runner_ops ops = { on_values, on_stuck, on_finished };

/* A runner and its loop. */
struct rig {
	struct event_base *base;
	struct runner *r;
	struct conf_sources conf;
};

static void
rig_start(struct rig *g, const struct source *const *list, size_t n)
{
	struct err e;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	world = (struct world){ .lock = lock };
	heard = (struct heard){ 0 };
	assert_int_equal(pipe(world.gate), 0);
	memset(g, 0, sizeof *g);
	g->conf.deadline = DEADLINE_MS;
	g->base = event_base_new();
	assert_int_equal(runner_new(&g->r, g->base, list, n, "/", &g->conf, &ops, NULL, &e), 0);
}

/* Ends it; `whole` is what runner_free() must say. */
static void
rig_end(struct rig *g, bool whole)
{
	assert_int_equal(runner_free(g->r), whole);
	event_base_free(g->base);
	if (!whole)
		return;
	assert_int_equal(world.opened, world.closed);
	close(world.gate[0]);
	close(world.gate[1]);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/* Runs the loop until *counter is at least n; the milliseconds it took. Fails after max_ms. */
static int64_t
await(struct rig *g, const unsigned *counter, unsigned n, int64_t max_ms)
{
	int64_t t0 = clock_mono_ms();
	struct timeval tv = { .tv_usec = 5000 };
	struct event *tick = event_new(g->base, -1, EV_PERSIST, on_time, g->base);
	event_add(tick, &tv);
	while (*counter < n && clock_mono_ms() - t0 < max_ms)
		event_base_dispatch(g->base);
	event_free(tick);
	if (*counter < n)
		fail_msg("nothing after %lld ms", (long long)max_ms);
	return clock_mono_ms() - t0;
}

/* Runs the loop for a while. */
static void
idle(struct rig *g, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
	event_base_once(g->base, -1, EV_TIMEOUT, on_time, g->base, &tv);
	event_base_dispatch(g->base);
}

/* Starts a step and waits for its end. */
static int64_t
step(struct rig *g)
{
	assert_int_equal(runner_step(g->r), 0);
	return await(g, &heard.finished, heard.finished + 1, 5000);
}

/* The ordinary case: each source once a step; the interval is 0 at first. */
static void
ordinary(void **state)
{
	(void)state;
	static const struct source *const list[] = { &quick, &absent, &mounts };
	struct rig g;
	rig_start(&g, list, 3);
	step(&g);
	assert_int_equal(heard.quick, 1);
	assert_int_equal(heard.a, 1);
	assert_int_equal(heard.b, 0);
	assert_true(heard.interval_s == 0);
	usleep(20000);
	set_flag(&world.with_b, true);
	step(&g);
	assert_int_equal(heard.quick, 2);
	assert_int_equal(heard.a, 2);
	assert_int_equal(heard.b, 1);
	assert_true(heard.interval_s >= 0.02 && heard.interval_s < 5);
	assert_int_equal(heard.finished, 2);
	assert_int_equal(runner_stuck(g.r), 0);
	rig_end(&g, true);
}

/* Switched off by the configuration; and a step of nothing ends too. */
static void
off(void **state)
{
	(void)state;
	static const struct source *const list[] = { &quick, &absent };
	struct rig g;
	struct err e;
	char name[] = "quick";
	char *names[] = { name };
	rig_start(&g, list, 2);
	assert_true(runner_free(g.r));
	g.conf.off = (struct conf_texts){ .v = names, .n = 1 };
	assert_int_equal(runner_new(&g.r, g.base, list, 2, "/", &g.conf, &ops, NULL, &e), 0);
	step(&g);
	step(&g);
	assert_int_equal(heard.quick, 0);
	rig_end(&g, true);
}

/* A source that hangs first in the list keeps the next waiting a moment only, is told once, costs
 * later steps nothing, and comes back. */
static void
hanging_source(void **state)
{
	(void)state;
	static const struct source *const list[] = { &hang, &quick, &mounts };
	struct rig g;
	rig_start(&g, list, 3);
	step(&g);
	assert_int_equal(heard.hang, 1);
	set_flag(&world.hang, true);
	assert_int_equal(runner_step(g.r), 0);
	idle(&g, 200);
	runner_drain(g.r);
	assert_int_equal(heard.quick, 2);
	assert_int_equal(heard.stuck, 0);
	assert_int_equal(heard.finished, 1);
	await(&g, &heard.finished, 2, 5000);
	assert_int_equal(heard.stuck, 1);
	assert_string_equal(heard.what, "hang/");
	assert_int_equal(runner_stuck(g.r), 1);
	for (unsigned i = 0; i < 5; i++)
		assert_true(step(&g) < 100);
	assert_int_equal(heard.quick, 7);
	assert_int_equal(heard.hang, 1);
	assert_int_equal(heard.stuck, 1);
	set_flag(&world.hang, false);
	open_gate();
	await(&g, &heard.back, 1, 5000);
	assert_int_equal(runner_stuck(g.r), 0);
	/* The late value is not given; the next step's is. */
	assert_int_equal(heard.hang, 1);
	step(&g);
	assert_int_equal(heard.hang, 2);
	assert_int_equal(heard.quick, 8);
	rig_end(&g, true);
}

/* One item hangs, its neighbours do not. */
static void
hanging_item(void **state)
{
	(void)state;
	static const struct source *const list[] = { &mounts, &quick };
	struct rig g;
	rig_start(&g, list, 2);
	set_flag(&world.with_b, true);
	set_flag(&world.hang_b, true);
	step(&g);
	assert_int_equal(heard.a, 1);
	assert_int_equal(heard.b, 0);
	assert_int_equal(heard.c, 1);
	assert_int_equal(heard.quick, 1);
	assert_string_equal(heard.what, "mounts/b");
	assert_true(step(&g) < 100);
	assert_int_equal(heard.c, 2);
	set_flag(&world.hang_b, false);
	open_gate();
	await(&g, &heard.back, 1, 5000);
	step(&g);
	assert_int_equal(heard.b, 1);
	rig_end(&g, true);
}

/* A stuck mount that is unmounted is not stuck any more, and its thread cleans up later. */
static void
vanishing_item(void **state)
{
	(void)state;
	static const struct source *const list[] = { &mounts };
	struct rig g;
	rig_start(&g, list, 1);
	set_flag(&world.with_b, true);
	set_flag(&world.hang_b, true);
	step(&g);
	assert_int_equal(runner_stuck(g.r), 1);
	set_flag(&world.with_b, false);
	step(&g);
	assert_int_equal(heard.back, 1);
	assert_int_equal(runner_stuck(g.r), 0);
	/* Mounted again at the same place: another mount, which is read. */
	set_flag(&world.hang_b, false);
	set_flag(&world.with_b, true);
	step(&g);
	assert_int_equal(heard.b, 1);
	open_gate();
	idle(&g, 50);
	step(&g);
	assert_int_equal(heard.b, 2);
	assert_int_equal(heard.back, 1);
	rig_end(&g, true);
}

/* Slower than a moment but within the deadline: the values come, late, and nobody is stuck. */
static void
slow_source(void **state)
{
	(void)state;
	static const struct source *const list[] = { &slow, &quick };
	struct rig g;
	rig_start(&g, list, 2);
	world.slow_ms = 200;
	assert_true(step(&g) >= 190);
	assert_int_equal(heard.slow, 1);
	assert_int_equal(heard.quick, 1);
	assert_int_equal(heard.stuck, 0);
	/* A step that begins meanwhile leaves it out, and its value is of the past. */
	assert_int_equal(runner_step(g.r), 0);
	idle(&g, 150);
	runner_drain(g.r);
	assert_int_equal(heard.quick, 2);
	step(&g);
	assert_int_equal(heard.slow, 1);
	assert_int_equal(heard.quick, 3);
	idle(&g, 150);
	step(&g);
	assert_int_equal(heard.slow, 2);
	rig_end(&g, true);
}

/* A step that begins before the queue of the last is empty cuts it short and says so. */
static void
overrun(void **state)
{
	(void)state;
	static const struct source *const list[] = { &slow, &quick };
	struct rig g;
	rig_start(&g, list, 2);
	world.slow_ms = 50;
	assert_int_equal(runner_step(g.r), 0);
	usleep(10000);
	assert_int_equal(runner_step(g.r), -1);
	await(&g, &heard.finished, 1, 5000);
	assert_int_equal(heard.slow, 0);
	assert_int_equal(heard.quick, 1);
	rig_end(&g, true);
}

/* A read that fails gives nothing, and neither hangs nor ends the step. */
static void
failing_source(void **state)
{
	(void)state;
	static const struct source *const list[] = { &failing, &quick };
	struct rig g;
	rig_start(&g, list, 2);
	world.failure = EIO;
	step(&g);
	step(&g);
	assert_int_equal(heard.quick, 2);
	world.failure = 0;
	step(&g);
	assert_int_equal(heard.quick, 3);
	rig_end(&g, true);
}

/* The end does not wait for what hangs; when that answers after all, it cleans up. */
static void
ends_while_stuck(void **state)
{
	(void)state;
	static const struct source *const list[] = { &hang, &quick };
	struct rig g;
	rig_start(&g, list, 2);
	set_flag(&world.hang, true);
	step(&g);
	int64_t t0 = clock_mono_ms();
	rig_end(&g, false);
	assert_true(clock_mono_ms() - t0 < 200);
	assert_int_equal(world.closed, 0);
	open_gate();
	for (unsigned i = 0; i < 200; i++) {
		usleep(10000);
		pthread_mutex_lock(&world.lock);
		unsigned closed = world.closed;
		pthread_mutex_unlock(&world.lock);
		if (closed == world.opened)
			break;
	}
	assert_int_equal(world.closed, 2);
	close(world.gate[0]);
	close(world.gate[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary),
		cmocka_unit_test(off),
		cmocka_unit_test(hanging_source),
		cmocka_unit_test(hanging_item),
		cmocka_unit_test(vanishing_item),
		cmocka_unit_test(slow_source),
		cmocka_unit_test(overrun),
		cmocka_unit_test(failing_source),
		cmocka_unit_test(ends_while_stuck),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
