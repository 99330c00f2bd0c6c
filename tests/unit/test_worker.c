/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker: jobs in order, told of in the loop; and one that is left alone with a job that hangs
 * gives everything back when the job does return. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include <event2/event.h>

#include "zw/clock.h"
#include "zw/worker.h"

#define JOBS 50

struct seen {
	struct worker *worker;
	struct event_base *base;
	pthread_t loop;
	unsigned ran;
	unsigned done;
};

static void
run(void *arg)
{
	struct seen *s = arg;
	assert_false(pthread_equal(pthread_self(), s->loop));
	s->ran++;
}

static void
done(void *arg)
{
	struct seen *s = arg;
	assert_true(pthread_equal(pthread_self(), s->loop));
	if (++s->done == JOBS)
		event_base_loopbreak(s->base);
	else if (s->done == 1)
		worker_submit(s->worker, run, done, s);
}

static void
test_jobs_are_done_in_the_loop(void **state)
{
	struct seen s = { .base = event_base_new(), .loop = pthread_self() };
	const struct timeval limit = { .tv_sec = 10 };
	struct err e;

	(void)state;
	assert_int_equal(worker_new(&s.worker, s.base, "test", &e), 0);
	for (unsigned i = 1; i < JOBS; i++)
		assert_in_range(worker_submit(s.worker, run, done, &s), 1, i);
	event_base_loopexit(s.base, &limit);
	event_base_dispatch(s.base);
	assert_int_equal(s.ran, JOBS);
	assert_int_equal(s.done, JOBS);
	/* What is still to do at the end is done and told of. */
	worker_submit(s.worker, run, NULL, &s);
	worker_submit(s.worker, run, done, &s);
	worker_free(s.worker);
	assert_int_equal(s.ran, JOBS + 2);
	assert_int_equal(s.done, JOBS + 1);
	worker_free(NULL);
	event_base_free(s.base);
}

/* A job that hangs until it is let go. */
struct hanging {
	sem_t begun;
	sem_t go;
	sem_t dropped;
	atomic_uint ran;
};

static void
hang(void *arg)
{
	struct hanging *h = arg;
	h->ran++;
	sem_post(&h->begun);
	sem_wait(&h->go);
}

static void
never(void *arg)
{
	(void)arg;
	fail_msg("nobody was to be told");
}

static void
drop(void *arg)
{
	struct hanging *h = arg;
	sem_post(&h->dropped);
}

static void
wait_for(sem_t *sem)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	assert_int_equal(sem_timedwait(sem, &until), 0);
}

static void
test_one_that_hangs_is_left_alone(void **state)
{
	struct event_base *base = event_base_new();
	struct hanging h = { .ran = 0 };
	struct worker *w = NULL;
	struct err e;

	(void)state;
	sem_init(&h.begun, 0, 0);
	sem_init(&h.go, 0, 0);
	sem_init(&h.dropped, 0, 0);
	assert_int_equal(worker_new(&w, base, "test", &e), 0);
	worker_submit(w, hang, never, &h);
	worker_submit(w, hang, never, &h);
	wait_for(&h.begun);
	int64_t before_ms = clock_mono_ms();
	worker_abandon(w, drop);
	assert_in_range(clock_mono_ms() - before_ms, 0, 1000);
	event_base_free(base);
	sem_post(&h.go);
	wait_for(&h.dropped); /* the one that hung, and the one behind it */
	wait_for(&h.dropped);
	assert_int_equal(h.ran, 1);
	worker_abandon(NULL, drop);
	sem_destroy(&h.begun);
	sem_destroy(&h.go);
	sem_destroy(&h.dropped);
}

/* Without any job its thread ends by itself. */
static void
test_an_idle_one_is_left_alone(void **state)
{
	struct event_base *base = event_base_new();
	struct worker *w = NULL;
	struct err e;

	(void)state;
	assert_int_equal(worker_new(&w, base, "test", &e), 0);
	worker_abandon(w, drop);
	event_base_free(base);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs_are_done_in_the_loop),
		cmocka_unit_test(test_one_that_hangs_is_left_alone),
		cmocka_unit_test(test_an_idle_one_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
