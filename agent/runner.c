/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner: the loop's side of reading. It fills the queue at each step, watches how long the
 * threads are in a read, and hands on what they read.
 *
 * In the normal case a step costs one wake-up of the thread, one of the loop, and a timer that
 * never fires. */
#include "agent/runner.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/conf.h"
#include "agent/reader.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MOMENT_MS 100 /* in a read for longer: others are not kept waiting */
#define FAREWELL_MS 250

struct runner {
	struct readers *rs;
	struct buf delivered; /* takes turns with rs->results, so that neither is allocated anew */
	int64_t deadline_ms;
	struct event *wake;
	struct event *timer;
	uint64_t finished_step;
	struct log_throttle no_thread;
	const struct runner_ops *ops;
	void *arg;
};

/* Whether the configuration switches the source off. */
static bool
is_off(const struct conf_sources *conf, const char *name)
{
	for (size_t i = 0; i < conf->off.n; i++)
		if (strcmp(conf->off.v[i], name) == 0)
			return true;
	return false;
}

/* Opens the sources that are there and wanted. */
static void
open_sources(struct readers *rs, const struct source *const *list, size_t n, const char *root,
    const struct conf_sources *conf)
{
	rs->opened = xcalloc(n + 1, sizeof *rs->opened);
	for (size_t i = 0; i < n; i++) {
		if (is_off(conf, list[i]->name))
			continue;
		struct opened *o = &rs->opened[rs->nopened];
		o->src = list[i];
		o->state = list[i]->open(root, conf);
		if (o->state == NULL) {
			log_info("source", "%s: not on this machine", list[i]->name);
			continue;
		}
		o->unit.of = o;
		TAILQ_INSERT_TAIL(&rs->units, &o->unit, all);
		rs->nunits++;
		rs->nopened++;
	}
}

/* The part that threads share. */
static struct readers *
readers_new(int wake_fd)
{
	struct readers *rs = xcalloc(1, sizeof *rs);
	pthread_mutex_init(&rs->lock, NULL);
	pthread_cond_init(&rs->some, NULL);
	pthread_cond_init(&rs->left, NULL);
	rs->refs = 1;
	rs->wake_fd = wake_fd;
	TAILQ_INIT(&rs->units);
	TAILQ_INIT(&rs->queue);
	TAILQ_INIT(&rs->list);
	TAILQ_INIT(&rs->notes);
	return rs;
}

/* Arms the timer. */
static void
arm(struct runner *r, int64_t ms)
{
	struct timeval tv = clock_timeval(ms);
	event_add(r->timer, &tv);
}

/* Tells one note. */
static void
tell(struct runner *r, const struct note *n)
{
	char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
	series_name(name, n->src->name, n->instance);
	switch (n->what) {
	case NOTE_STUCK:
	case NOTE_BACK:
		r->ops->stuck(r->arg, n->src, n->instance, n->what == NOTE_STUCK);
		break;
	case NOTE_FAILED:
		log_warnx("source", "%s cannot be read: %s", name, strerror(n->error));
		break;
	case NOTE_WORKS:
		log_info("source", "%s can be read again", name);
		break;
	}
}

void
runner_drain(struct runner *r)
{
	struct readers *rs = r->rs;
	struct notes notes = TAILQ_HEAD_INITIALIZER(notes);
	pthread_mutex_lock(&rs->lock);
	struct buf empty = r->delivered;
	r->delivered = rs->results;
	rs->results = empty;
	TAILQ_CONCAT(&notes, &rs->notes, link);
	bool done = rs->step != r->finished_step && reader_step_done(rs);
	if (done) {
		r->finished_step = rs->step;
		event_del(r->timer);
	}
	pthread_mutex_unlock(&rs->lock);

	struct emitted e;
	size_t at = 0;
	while (emit_next(&r->delivered, &at, &e))
		r->ops->values(r->arg, e.src, e.instance, e.values);
	buf_clear(&r->delivered);
	struct note *n;
	while ((n = TAILQ_FIRST(&notes)) != NULL) {
		TAILQ_REMOVE(&notes, n, link);
		tell(r, n);
		free(n);
	}
	if (done)
		r->ops->finished(r->arg);
}

/* A thread has something to say. */
static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	uint64_t n;
	ssize_t got = read(fd, &n, sizeof n);
	(void)got;
	runner_drain(arg);
}

/* Lock held: looks how long a thread has been in its read. Returns when to look again, in
 * milliseconds; -1: never. */
static int64_t
judge(struct runner *r, struct reader *rd, int64_t now_ms)
{
	struct readers *rs = r->rs;
	struct unit *u = rd->unit;
	if (u == NULL || u->stuck || u->gone)
		return -1;
	int64_t age = now_ms - rd->begun_ms;
	int64_t moment = r->deadline_ms < MOMENT_MS ? r->deadline_ms : MOMENT_MS;
	if (age < moment)
		return moment - age;
	if (!rd->alone) {
		rd->alone = true;
		rs->alone++;
		rs->worker = NULL;
	}
	if (age < r->deadline_ms)
		return r->deadline_ms - age;
	u->stuck = true;
	rs->stuck++;
	reader_note(rs, NOTE_STUCK, u);
	return -1;
}

/* Looks at all threads; starts a worker if there is work but none. */
static void
check(struct runner *r)
{
	struct readers *rs = r->rs;
	int64_t now_ms = clock_mono_ms();
	int64_t again = -1;
	int rc = 0;
	pthread_mutex_lock(&rs->lock);
	struct reader *rd;
	TAILQ_FOREACH (rd, &rs->list, link) {
		int64_t ms = judge(r, rd, now_ms);
		if (ms >= 0 && (again == -1 || ms < again))
			again = ms;
	}
	if (!TAILQ_EMPTY(&rs->queue)) {
		if (rs->worker == NULL)
			rc = reader_start(rs);
		else
			pthread_cond_broadcast(&rs->some);
		again = MOMENT_MS;
	}
	pthread_mutex_unlock(&rs->lock);
	if (again >= 0)
		arm(r, again);
	unsigned held = 0;
	if (rc != 0 && log_throttle_pass(&r->no_thread, clock_steady_ms(), &held))
		log_warnx("source", "no thread to read in: %s", strerror(rc));
}

/* Something has been read for a while. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	check(arg);
	runner_drain(arg);
}

int
runner_new(struct runner **out, struct event_base *base, const struct source *const *list, size_t n,
    const char *root, const struct conf_sources *conf, const struct runner_ops *ops, void *arg,
    struct err *e)
{
	*out = NULL;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd == -1)
		return err_set(e, "eventfd: %s", strerror(errno));
	struct runner *r = xcalloc(1, sizeof *r);
	r->rs = readers_new(fd);
	r->deadline_ms = conf->deadline;
	r->no_thread.every_ms = 3600 * 1000;
	r->ops = ops;
	r->arg = arg;
	r->wake = event_new(base, fd, EV_READ | EV_PERSIST, on_wake, r);
	r->timer = event_new(base, -1, 0, on_timer, r);
	if (r->wake == NULL || r->timer == NULL || event_add(r->wake, NULL) == -1) {
		runner_free(r);
		return err_set(e, "cannot watch the reading threads");
	}
	open_sources(r->rs, list, n, root, conf);
	if (r->rs->nopened == 0)
		log_warnx("source", "there is nothing to read under %s", root);
	*out = r;
	return 0;
}

/* Lock held: whether a thread is left that will end soon. */
static bool
anybody_leaving(const struct readers *rs)
{
	const struct reader *rd;
	TAILQ_FOREACH (rd, &rs->list, link)
		if (rd->unit == NULL || !rd->unit->stuck)
			return true;
	return false;
}

bool
runner_free(struct runner *r)
{
	if (r == NULL)
		return true;
	struct readers *rs = r->rs;
	if (r->wake != NULL)
		event_free(r->wake);
	if (r->timer != NULL)
		event_free(r->timer);
	buf_free(&r->delivered);
	free(r);

	int64_t until_ms = clock_mono_ms() + FAREWELL_MS;
	struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
	pthread_mutex_lock(&rs->lock);
	rs->ending = true;
	pthread_cond_broadcast(&rs->some);
	while (anybody_leaving(rs))
		if (pthread_cond_clockwait(&rs->left, &rs->lock, CLOCK_MONOTONIC, &until) != 0)
			break;
	bool alone = rs->refs == 1;
	reader_leave(rs);
	return alone;
}

int
runner_step(struct runner *r)
{
	struct readers *rs = r->rs;
	pthread_mutex_lock(&rs->lock);
	int rc = 0;
	struct unit *u;
	while ((u = TAILQ_FIRST(&rs->queue)) != NULL) {
		TAILQ_REMOVE(&rs->queue, u, queue);
		u->queued = false;
		rc = -1;
	}
	rs->step++;
	rs->read_us = 0;
	buf_clear(&rs->results);
	/* Sources with items come last: a machine's mounts are what hangs. */
	for (unsigned items = 0; items < 2; items++)
		for (size_t i = 0; i < rs->nopened; i++)
			if ((rs->opened[i].src->items != NULL) == (items == 1))
				reader_enqueue(rs, &rs->opened[i].unit);
	bool done = reader_step_done(rs);
	pthread_mutex_unlock(&rs->lock);
	check(r);
	/* With nothing to read no thread will say that the step is done. */
	if (done)
		event_active(r->timer, EV_TIMEOUT, 0);
	return rc;
}

unsigned
runner_stuck(struct runner *r)
{
	pthread_mutex_lock(&r->rs->lock);
	unsigned n = r->rs->stuck;
	pthread_mutex_unlock(&r->rs->lock);
	return n;
}

double
runner_read_ms(struct runner *r)
{
	pthread_mutex_lock(&r->rs->lock);
	double ms = (double)r->rs->read_us / 1000;
	pthread_mutex_unlock(&r->rs->lock);
	return ms;
}
