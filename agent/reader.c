/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reader: the threads that read. One of them, the worker, takes units from the queue. When a unit
 * takes long, the loop makes its thread go alone and starts another worker (runner.c); a thread
 * that is alone ends as soon as its read returns.
 *
 * Whatever happens in a read happens without the lock, on values of the thread's own. */
#include "agent/reader.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/clock.h"

#define STACK (128 * 1024)
#define MAX_ALONE 64 /* threads that may hang before items are not read any more */
#define MAX_UNITS 4096

/* Wakes the loop. */
static void
wake(const struct readers *rs)
{
	uint64_t one = 1;
	ssize_t n = write(rs->wake_fd, &one, sizeof one);
	(void)n; /* fails only when the counter is full, and then the loop is awake anyway */
}

bool
reader_step_done(const struct readers *rs)
{
	if (!TAILQ_EMPTY(&rs->queue))
		return false;
	const struct reader *rd;
	TAILQ_FOREACH (rd, &rs->list, link)
		if (rd->unit != NULL && rd->step == rs->step && !rd->unit->stuck)
			return false;
	return true;
}

void
reader_enqueue(struct readers *rs, struct unit *u)
{
	if (u->queued || u->busy)
		return;
	u->queued = true;
	TAILQ_INSERT_TAIL(&rs->queue, u, queue);
}

void
reader_note(struct readers *rs, int what, const struct unit *u)
{
	struct note *n = xcalloc(1, sizeof *n);
	n->what = what;
	n->src = u->of->src;
	n->error = u->error;
	memcpy(n->instance, u->instance, sizeof n->instance);
	TAILQ_INSERT_TAIL(&rs->notes, n, link);
}

/* Takes an item out of all lists; one that is being read is freed by its thread. */
static void
remove_item(struct readers *rs, struct unit *u)
{
	if (u->of->next == u)
		u->of->next = TAILQ_NEXT(u, all);
	TAILQ_REMOVE(&rs->units, u, all);
	rs->nunits--;
	if (u->queued)
		TAILQ_REMOVE(&rs->queue, u, queue);
	if (u->stuck) {
		rs->stuck--;
		reader_note(rs, NOTE_BACK, u);
	}
	u->gone = true;
	if (!u->busy) {
		free(u->item);
		free(u);
	}
}

/* A thread inside items(). */
struct listing {
	struct readers *rs;
	struct opened *of;
};

/* Whether the unit is this item. */
static bool
is_item(const struct unit *u, const struct opened *of, const char *instance, const char *item)
{
	return u->of == of && u->item != NULL && strcmp(u->item, item) == 0 &&
	       strcmp(u->instance, instance) == 0;
}

/* The unit of an item. Lists mostly stay as they are, so it is looked for behind the one before;
 * NULL if there is none. */
static struct unit *
find_item(const struct readers *rs, const struct opened *of, const char *instance, const char *item)
{
	if (of->next != NULL && is_item(of->next, of, instance, item))
		return of->next;
	struct unit *u;
	TAILQ_FOREACH (u, &rs->units, all)
		if (is_item(u, of, instance, item))
			break;
	return u;
}

/* Called by items(): makes sure that there is a unit for the item. */
static void
list_item(void *arg, const char *instance, const char *item)
{
	struct listing *l = arg;
	struct readers *rs = l->rs;
	pthread_mutex_lock(&rs->lock);
	struct unit *u = find_item(rs, l->of, instance, item);
	if (u == NULL && rs->nunits < MAX_UNITS) {
		u = xcalloc(1, sizeof *u);
		u->of = l->of;
		u->item = xstrdup(item);
		str_copy(u->instance, sizeof u->instance, instance);
		TAILQ_INSERT_TAIL(&rs->units, u, all);
		rs->nunits++;
	}
	if (u != NULL) {
		u->listed = l->of->listings;
		l->of->next = TAILQ_NEXT(u, all);
	}
	pthread_mutex_unlock(&rs->lock);
}

/* Lock held: queues the items that were listed and removes the others. */
static void
settle_items(struct readers *rs, struct opened *of, bool current)
{
	struct unit *u = TAILQ_FIRST(&rs->units);
	while (u != NULL) {
		struct unit *next = TAILQ_NEXT(u, all);
		if (u->of == of && u->item != NULL) {
			if (u->listed != of->listings)
				remove_item(rs, u);
			else if (current)
				reader_enqueue(rs, u);
		}
		u = next;
	}
}

/* Without the lock: reads the unit. 0 or -1 and errno. */
static int
read_unit(struct reader *rd, struct unit *u, double interval_s)
{
	struct opened *of = u->of;
	rd->out.src = of->src;
	buf_clear(&rd->out.values);
	if (u->item != NULL) {
		double values[METRIC_MAX_FIELDS];
		if (of->src->read_item(u->item, values) == -1)
			return -1;
		emit(&rd->out, u->instance, values);
		return 0;
	}
	if (of->src->items == NULL)
		return of->src->read(of->state, interval_s, &rd->out);
	struct listing l = { .rs = rd->rs, .of = of };
	of->listings++;
	return of->src->items(of->state, list_item, &l);
}

/* Lock held: a read has returned. Keeps its values if they are still wanted. */
static void
finish(struct reader *rd, struct unit *u, int error)
{
	struct readers *rs = rd->rs;
	bool current = rd->step == rs->step && !rs->ending;
	rd->unit = NULL;
	u->busy = false;
	if (u->gone) {
		free(u->item);
		free(u);
		return;
	}
	bool changed = (error == 0) != (u->error == 0);
	u->error = error;
	if (changed)
		reader_note(rs, error != 0 ? NOTE_FAILED : NOTE_WORKS, u);
	if (error == 0 && u->item == NULL && u->of->src->items != NULL)
		settle_items(rs, u->of, current && !u->stuck);
	if (error == 0 && current && !u->stuck)
		buf_put(&rs->results, rd->out.values.data, rd->out.values.len);
	if (u->stuck) {
		u->stuck = false;
		rs->stuck--;
		reader_note(rs, NOTE_BACK, u);
	}
}

/* Lock held, which is let go meanwhile: reads one unit. */
static void
run(struct reader *rd, struct unit *u)
{
	struct readers *rs = rd->rs;
	u->busy = true;
	rd->unit = u;
	rd->step = rs->step;
	int64_t begun_us = clock_mono_us();
	rd->begun_ms = begun_us / 1000;
	double interval_s = u->last_us == 0 ? 0 : (double)(begun_us - u->last_us) / 1e6;
	pthread_mutex_unlock(&rs->lock);

	int error = read_unit(rd, u, interval_s) == -1 ? errno : 0;
	int64_t took_us = clock_mono_us() - begun_us;

	pthread_mutex_lock(&rs->lock);
	if (error == 0)
		u->last_us = begun_us;
	if (rd->step == rs->step)
		rs->read_us += took_us;
	finish(rd, u, error);
}

/* Lock held: the next unit to read. With too many threads hanging, items (a server's mounts, all
 * dead at once) are not read, so that the sources still are. */
static struct unit *
take(struct readers *rs)
{
	struct unit *u;
	while ((u = TAILQ_FIRST(&rs->queue)) != NULL) {
		TAILQ_REMOVE(&rs->queue, u, queue);
		u->queued = false;
		if (u->item == NULL || rs->alone < MAX_ALONE)
			break;
	}
	return u;
}

/* The thread. */
static void *
reader_main(void *arg)
{
	struct reader *rd = arg;
	struct readers *rs = rd->rs;
	pthread_mutex_lock(&rs->lock);
	while (!rs->ending && !rd->alone) {
		struct unit *u = take(rs);
		if (u == NULL) {
			pthread_cond_wait(&rs->some, &rs->lock);
			continue;
		}
		run(rd, u);
		if (rd->alone || reader_step_done(rs))
			wake(rs);
	}
	if (rd->alone)
		rs->alone--;
	if (rs->worker == rd)
		rs->worker = NULL;
	TAILQ_REMOVE(&rs->list, rd, link);
	buf_free(&rd->out.values);
	free(rd);
	pthread_cond_signal(&rs->left);
	reader_leave(rs);
	return NULL;
}

/* Signals are the loop's: the thread takes none. */
int
reader_start(struct readers *rs)
{
	struct reader *rd = xcalloc(1, sizeof *rd);
	rd->rs = rs;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_t thread;
	int rc = pthread_create(&thread, &attr, reader_main, rd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (rc != 0) {
		free(rd);
		return rc;
	}
	pthread_setname_np(thread, "zw-read");
	TAILQ_INSERT_TAIL(&rs->list, rd, link);
	rs->worker = rd;
	rs->refs++;
	return 0;
}

/* Frees everything; nobody is left. */
static void
readers_free(struct readers *rs)
{
	struct unit *u;
	while ((u = TAILQ_FIRST(&rs->units)) != NULL) {
		TAILQ_REMOVE(&rs->units, u, all);
		if (u->item != NULL) {
			free(u->item);
			free(u);
		}
	}
	struct note *n;
	while ((n = TAILQ_FIRST(&rs->notes)) != NULL) {
		TAILQ_REMOVE(&rs->notes, n, link);
		free(n);
	}
	for (size_t i = 0; i < rs->nopened; i++)
		rs->opened[i].src->close(rs->opened[i].state);
	free(rs->opened);
	buf_free(&rs->results);
	close(rs->wake_fd);
	pthread_cond_destroy(&rs->some);
	pthread_cond_destroy(&rs->left);
	pthread_mutex_destroy(&rs->lock);
	free(rs);
}

void
reader_leave(struct readers *rs)
{
	bool last = --rs->refs == 0;
	pthread_mutex_unlock(&rs->lock);
	if (last)
		readers_free(rs);
}
