/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A turn: copy the data, have the thread make the text and replace the file, answer those who wait.
 * Each change has a number; a turn writes all up to the number at its begin. */
#include "collector/web/accounts_save.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/worker.h"

struct waiter {
	TAILQ_ENTRY(waiter) link;
	uint64_t number;
	void (*done)(void *arg, bool ok);
	void *arg;
};

struct accounts_save {
	const char *path;
	const struct accounts_data *d;
	struct worker *worker;
	struct event *soon; /* begins a turn, or answers who waits for nothing */
	TAILQ_HEAD(, waiter) waiters;
	uint64_t changed; /* number of the last change */
	uint64_t written; /* that is on disk */
	bool writing;
	bool used;
	bool failing;
	bool ending;
};

/* Goes to the thread and comes back. */
struct turn {
	struct accounts_save *s;
	uint64_t number;
	struct accounts_data d;
	bool ok;
	struct err e;
};

/* A copy of a list. */
static void *
copy_of(const void *p, size_t n, size_t size)
{
	void *copy = xcalloc(n + 1, size);
	if (n > 0)
		memcpy(copy, p, n * size);
	return copy;
}

/* In the thread. */
static void
turn_run(void *arg)
{
	struct turn *t = arg;
	char *text = accounts_file_text(&t->d);

	t->ok = fs_replace(t->s->path, text, strlen(text), &t->e) == 0;
	explicit_bzero(text, strlen(text));
	free(text);
}

/* Answers those whose changes are on disk, or, if the write failed, all that waited for it. */
static void
settle(struct accounts_save *s, uint64_t number, bool ok)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(&s->waiters)) != NULL && w->number <= number) {
		TAILQ_REMOVE(&s->waiters, w, link);
		w->done(w->arg, ok);
		free(w);
	}
}

/* Has a turn begin in the loop. */
static void
wake(struct accounts_save *s)
{
	if (!s->ending && !s->writing)
		event_active(s->soon, EV_TIMEOUT, 0);
}

/* Back in the loop. */
static void
turn_done(void *arg)
{
	struct turn *t = arg;
	struct accounts_save *s = t->s;

	s->writing = false;
	if (t->ok)
		s->written = t->number;
	else if (!s->failing)
		log_warnx("accounts", "%s; it is tried again each minute", t->e.msg);
	if (t->ok && s->failing)
		log_info("accounts", "%s is written again", s->path);
	s->failing = !t->ok;
	settle(s, t->number, t->ok);
	if (s->changed > t->number)
		wake(s);
	accounts_data_clear(&t->d);
	free(t);
}

/* Hands the data to the thread. */
static void
turn_begin(struct accounts_save *s)
{
	struct turn *t = xcalloc(1, sizeof *t);

	t->s = s;
	t->number = s->changed;
	t->d = *s->d;
	t->d.people = copy_of(s->d->people, s->d->npeople, sizeof *s->d->people);
	t->d.tokens = copy_of(s->d->tokens, s->d->ntokens, sizeof *s->d->tokens);
	t->d.sessions = copy_of(s->d->sessions, s->d->nsessions, sizeof *s->d->sessions);
	s->used = false;
	s->writing = true;
	worker_submit(s->worker, turn_run, turn_done, t);
}

/* The loop's turn after a change. */
static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct accounts_save *s = arg;
	(void)fd;
	(void)what;
	if (s->writing)
		return;
	if (s->changed > s->written)
		turn_begin(s);
	else
		settle(s, s->written, true);
}

int
accounts_save_new(struct accounts_save **out, struct event_base *base, const char *path,
    const struct accounts_data *d, struct err *e)
{
	struct accounts_save *s = xcalloc(1, sizeof *s);

	*out = NULL;
	s->path = path;
	s->d = d;
	TAILQ_INIT(&s->waiters);
	if (worker_new(&s->worker, base, "accounts", e) == -1) {
		free(s);
		return -1;
	}
	s->soon = event_new(base, -1, 0, on_soon, s);
	if (s->soon == NULL)
		fatalx("accounts", "cannot make an event");
	*out = s;
	return 0;
}

void
accounts_save_free(struct accounts_save *s)
{
	if (s == NULL)
		return;
	s->ending = true;
	/* One may be under way with less than all. */
	if (s->used || s->changed > s->written)
		turn_begin(s);
	worker_free(s->worker);
	settle(s, UINT64_MAX, s->changed <= s->written);
	event_free(s->soon);
	free(s);
}

void
accounts_save_changed(struct accounts_save *s)
{
	s->changed++;
	wake(s);
}

void
accounts_save_used(struct accounts_save *s)
{
	s->used = true;
}

void
accounts_save_tick(struct accounts_save *s)
{
	if (s->used)
		s->changed++;
	if (s->changed > s->written)
		wake(s);
}

void
accounts_save_wait(struct accounts_save *s, void (*done)(void *arg, bool ok), void *arg)
{
	struct waiter *w = xcalloc(1, sizeof *w);

	w->number = s->changed;
	w->done = done;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&s->waiters, w, link);
	wake(s);
}
