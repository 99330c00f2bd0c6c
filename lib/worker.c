/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker: one thread that runs jobs in order. Submitted jobs go over a mutex; finished ones come
 * back the same way, and an eventfd wakes the loop. */
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/worker.h"

#define WORKER_STACK (256 * 1024)

struct job {
	TAILQ_ENTRY(job) link;
	void (*run)(void *arg);
	void (*done)(void *arg);
	void *arg;
};
TAILQ_HEAD(jobs, job);

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct jobs todo;
	struct jobs finished;
	bool ending;
	void (*drop)(void *arg); /* of worker_abandon(); the thread frees all */
	size_t outstanding;	 /* of the loop's side only */
	int wake_fd;
	struct event *wake;
};

/* Free what both sides share. */
static void
worker_release(struct worker *w)
{
	if (w->wake_fd != -1)
		close(w->wake_fd);
	pthread_cond_destroy(&w->some);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* In the thread of an abandoned worker: nobody wants these jobs any more. */
static void
worker_drop(struct worker *w, struct jobs *jobs)
{
	struct job *j;

	while ((j = TAILQ_FIRST(jobs)) != NULL) {
		TAILQ_REMOVE(jobs, j, link);
		w->drop(j->arg);
		free(j);
	}
}

/* The thread: take, run, hand back, until told to end and nothing is left. */
static void *
worker_main(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	while (w->drop == NULL) {
		struct job *j = TAILQ_FIRST(&w->todo);
		if (j == NULL && w->ending)
			break;
		if (j == NULL) {
			pthread_cond_wait(&w->some, &w->lock);
			continue;
		}
		TAILQ_REMOVE(&w->todo, j, link);
		pthread_mutex_unlock(&w->lock);
		j->run(j->arg);
		pthread_mutex_lock(&w->lock);
		TAILQ_INSERT_TAIL(&w->finished, j, link);
		uint64_t one = 1;
		ssize_t n = write(w->wake_fd, &one, sizeof one);
		(void)n; /* cannot fail but by overflow, and then the loop is woken anyway */
	}
	bool abandoned = w->drop != NULL;
	pthread_mutex_unlock(&w->lock);
	if (abandoned) {
		worker_drop(w, &w->todo);
		worker_drop(w, &w->finished);
		worker_release(w);
	}
	return NULL;
}

/* In the loop: tell of the jobs that are finished. done() may submit more. */
static void
worker_finish(struct worker *w)
{
	struct jobs mine = TAILQ_HEAD_INITIALIZER(mine);
	struct job *j;

	pthread_mutex_lock(&w->lock);
	TAILQ_CONCAT(&mine, &w->finished, link);
	pthread_mutex_unlock(&w->lock);
	while ((j = TAILQ_FIRST(&mine)) != NULL) {
		TAILQ_REMOVE(&mine, j, link);
		w->outstanding--;
		if (j->done != NULL)
			j->done(j->arg);
		free(j);
	}
}

/* The eventfd's event. */
static void
worker_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	ssize_t r = read(fd, &n, sizeof n);
	(void)r;
	worker_finish(arg);
}

/* Start the thread with all signals blocked: they belong to the loop. */
static int
worker_start(struct worker *w, const char *name)
{
	pthread_attr_t attr;
	sigset_t all, before;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		pthread_setname_np(w->thread, name);
	return rc;
}

/* Make a worker. */
int
worker_new(struct worker **out, struct event_base *base, const char *name, struct err *e)
{
	struct worker *w = xcalloc(1, sizeof *w);

	TAILQ_INIT(&w->todo);
	TAILQ_INIT(&w->finished);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->some, NULL);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake_fd == -1) {
		err_set(e, "cannot make an eventfd: %s", strerror(errno));
		goto fail;
	}
	w->wake = event_new(base, w->wake_fd, EV_READ | EV_PERSIST, worker_wake, w);
	if (w->wake == NULL || event_add(w->wake, NULL) == -1) {
		err_set(e, "cannot watch an eventfd");
		goto fail;
	}
	int rc = worker_start(w, name);
	if (rc != 0) {
		err_set(e, "cannot start thread %s: %s", name, strerror(rc));
		goto fail;
	}
	*out = w;
	return 0;
fail:
	if (w->wake != NULL)
		event_free(w->wake);
	worker_release(w);
	return -1;
}

/* Finish all jobs, tell of them, end the thread. */
void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	worker_finish(w);
	event_free(w->wake);
	worker_release(w);
}

/* Leave the thread to itself. After the lock is let go it may be gone with all it had. */
void
worker_abandon(struct worker *w, void (*drop)(void *arg))
{
	if (w == NULL)
		return;
	event_free(w->wake);
	pthread_detach(w->thread);
	pthread_mutex_lock(&w->lock);
	w->drop = drop;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
}

/* Queue a job. */
size_t
worker_submit(struct worker *w, void (*run)(void *arg), void (*done)(void *arg), void *arg)
{
	struct job *j = xcalloc(1, sizeof *j);

	*j = (struct job){ .run = run, .done = done, .arg = arg };
	pthread_mutex_lock(&w->lock);
	TAILQ_INSERT_TAIL(&w->todo, j, link);
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
	return ++w->outstanding;
}
