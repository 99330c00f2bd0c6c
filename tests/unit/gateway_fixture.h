/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of the gateway's parts share: time that stands still until the test moves it, events
 * and a worker that live in it, and a feed that only takes notes. They take the place of libevent,
 * lib/clock, lib/worker and agent/feed by having their names, in one test program. */
#ifndef TESTS_GATEWAY_FIXTURE_H
#define TESTS_GATEWAY_FIXTURE_H

#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/feed.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/worker.h"

#define FIXTURE_START_MS 1699999200000 /* a multiple of an hour */

struct fixture_reading {
	int64_t time_s;
	uint32_t id;
	unsigned n;
	double v[METRIC_MAX_FIELDS];
	unsigned batch;
};

struct event {
	TAILQ_ENTRY(event) link;
	event_callback_fn call;
	void *arg;
	bool pending;
	int64_t due_us; /* steady */
};

struct fixture_job {
	TAILQ_ENTRY(fixture_job) link;
	void (*run)(void *arg);
	void (*done)(void *arg);
	void *arg;
};

/* All that happened. */
static struct {
	int64_t steady_us;
	int64_t wall_ahead_ms; /* the wall clock was set by so much */
	TAILQ_HEAD(, event) events;
	TAILQ_HEAD(, fixture_job) jobs;
	struct series_def defs[64];
	uint32_t ndefs;
	struct fixture_reading readings[40000];
	size_t nreadings;
	struct wire_event told[512];
	size_t ntold;
	unsigned batch;
	int64_t batch_s;
} now;

/* Begins a test. */
static inline void
fixture_start(void)
{
	now.steady_us = FIXTURE_START_MS * 1000;
	now.wall_ahead_ms = 0;
	now.ndefs = 0;
	now.nreadings = now.ntold = 0;
	now.batch = 0;
	TAILQ_INIT(&now.events);
	TAILQ_INIT(&now.jobs);
}

/* --- lib/clock --- */

int64_t
clock_wall_ms(void)
{
	return now.steady_us / 1000 + now.wall_ahead_ms;
}

int64_t
clock_wall_us(void)
{
	return clock_wall_ms() * 1000;
}

int64_t
clock_mono_us(void)
{
	return now.steady_us;
}

int64_t
clock_mono_ms(void)
{
	return now.steady_us / 1000;
}

int64_t
clock_steady_ms(void)
{
	return now.steady_us / 1000;
}

struct timeval
clock_timeval(int64_t ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* --- libevent: timers only --- */

struct event *
event_new(
    struct event_base *base, evutil_socket_t fd, short what, event_callback_fn call, void *arg)
{
	struct event *e = xcalloc(1, sizeof *e);
	(void)base;
	(void)fd;
	(void)what;
	e->call = call;
	e->arg = arg;
	TAILQ_INSERT_TAIL(&now.events, e, link);
	return e;
}

int
event_add(struct event *e, const struct timeval *tv)
{
	e->pending = true;
	e->due_us = now.steady_us + tv->tv_sec * 1000000 + tv->tv_usec;
	return 0;
}

int
event_del(struct event *e)
{
	e->pending = false;
	return 0;
}

void
event_free(struct event *e)
{
	TAILQ_REMOVE(&now.events, e, link);
	free(e);
}

int
event_pending(const struct event *e, short what, struct timeval *tv)
{
	(void)what;
	(void)tv;
	return e->pending ? EV_TIMEOUT : 0;
}

/* Lets so much time pass, with all that is due in it. */
static inline void
fixture_pass(int64_t ms)
{
	int64_t until_us = now.steady_us + ms * 1000;

	for (;;) {
		struct event *e, *first = NULL;
		TAILQ_FOREACH (e, &now.events, link)
			if (e->pending && e->due_us <= until_us &&
			    (first == NULL || e->due_us < first->due_us))
				first = e;
		if (first == NULL)
			break;
		if (first->due_us > now.steady_us)
			now.steady_us = first->due_us;
		first->pending = false;
		first->call(-1, EV_TIMEOUT, first->arg);
	}
	now.steady_us = until_us;
}

/* --- lib/worker: jobs are done when the test says so --- */

int
worker_new(struct worker **out, struct event_base *base, const char *name, struct err *e)
{
	(void)base;
	(void)name;
	(void)e;
	*out = NULL;
	return 0;
}

size_t
worker_submit(struct worker *w, void (*run)(void *arg), void (*done)(void *arg), void *arg)
{
	struct fixture_job *j = xcalloc(1, sizeof *j);
	(void)w;
	*j = (struct fixture_job){ .run = run, .done = done, .arg = arg };
	TAILQ_INSERT_TAIL(&now.jobs, j, link);
	return 1;
}

/* Does all jobs; returns their number. */
static inline unsigned
fixture_work(void)
{
	struct fixture_job *j;
	unsigned n = 0;

	while ((j = TAILQ_FIRST(&now.jobs)) != NULL) {
		TAILQ_REMOVE(&now.jobs, j, link);
		j->run(j->arg);
		if (j->done != NULL)
			j->done(j->arg);
		free(j);
		n++;
	}
	return n;
}

void
worker_free(struct worker *w)
{
	(void)w;
	fixture_work();
}

/* --- agent/feed --- */

uint32_t
feed_find(const struct feed *f, const struct series_def *def)
{
	(void)f;
	for (uint32_t i = 0; i < now.ndefs; i++)
		if (memcmp(&now.defs[i], def, sizeof *def) == 0)
			return i + 1;
	return 0;
}

uint32_t
feed_define(struct feed *f, const struct series_def *def)
{
	uint32_t known = feed_find(f, def);

	if (known != 0)
		return known;
	if (now.ndefs == sizeof now.defs / sizeof now.defs[0])
		return 0;
	now.defs[now.ndefs] = *def;
	return ++now.ndefs;
}

void
feed_begin(struct feed *f, int64_t time_s)
{
	(void)f;
	now.batch++;
	now.batch_s = time_s;
}

void
feed_add(struct feed *f, uint32_t id, unsigned n, const double *values)
{
	struct fixture_reading *r = &now.readings[now.nreadings++];
	(void)f;
	*r = (struct fixture_reading){ now.batch_s, id, n, { 0 }, now.batch };
	memcpy(r->v, values, n * sizeof *values);
}

void
feed_end(struct feed *f)
{
	(void)f;
}

void
feed_event(struct feed *f, const struct wire_event *e)
{
	(void)f;
	now.told[now.ntold++] = *e;
}

/* The last reading of a series, by its name "source" or "source-instance"; NULL: none. */
static inline const struct fixture_reading *
fixture_last(const char *node, const char *name)
{
	for (size_t i = now.nreadings; i-- > 0;) {
		const struct series_def *d = &now.defs[now.readings[i].id - 1];
		char whole[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
		series_name(whole, d->source, d->instance);
		if (strcmp(d->node, node) == 0 && strcmp(whole, name) == 0)
			return &now.readings[i];
	}
	return NULL;
}

/* How many events of this code there were. */
static inline unsigned
fixture_told(const char *code)
{
	unsigned n = 0;

	for (size_t i = 0; i < now.ntold; i++)
		n += strcmp(now.told[i].code, code) == 0;
	return n;
}

#endif
