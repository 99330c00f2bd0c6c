/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A turn: copy the register, have the thread make the text and replace the file, answer those who
 * wait. Each change has a number; a turn writes all up to the number at its begin. */
#include "collector/enroll/register_save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <event2/event.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/worker.h"

struct waiter {
	TAILQ_ENTRY(waiter) link;
	uint64_t number;
	void (*done)(void *arg, bool ok);
	void *arg;
};

struct register_save {
	const char *path;
	char *copy;
	const struct reg *r;
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
	struct register_save *s;
	uint64_t number;
	struct reg *r;
	char *text;
	bool last; /* the copy is written with it */
	bool ok;
	struct err e;
};

/* Reads one of the two; 1 if it is not there. */
static int
load_one(struct reg *r, const char *path, struct err *e)
{
	struct stat st;
	struct err why;
	char *text;
	size_t n;

	if (lstat(path, &st) == -1 && errno == ENOENT)
		return 1;
	if (fs_read(path, REGISTER_MAX_FILE, &text, &n, e) == -1)
		return -1;
	int rc = register_parse(r, text, n, &why);
	free(text);
	return rc == 0 ? 0 : err_set(e, "%s is damaged: %s", path, why.msg);
}

/* Puts a damaged one out of the way, for people to look at. */
static int
put_aside(const char *path, struct err *e)
{
	char *aside = xasprintf("%s.damaged-%lld", path, (long long)clock_wall_ms() / 1000);
	int rc = rename(path, aside);

	if (rc == -1)
		err_set(e, "cannot put %s aside: %s", path, strerror(errno));
	free(aside);
	return rc;
}

enum register_loaded
register_load(struct reg *r, const char *path, struct err *why, struct err *e)
{
	char *copy = xasprintf("%s.copy", path);
	enum register_loaded rc = REGISTER_READ;
	struct err second;
	int first = load_one(r, path, why);

	if (first == -1 && put_aside(path, e) == -1)
		rc = REGISTER_FAILED;
	else if (first != 0) {
		int other = load_one(r, copy, first == 1 ? why : &second);
		if (other == 0 && first == 1)
			err_set(why, "%s is gone", path);
		if (other == 0)
			rc = REGISTER_COPY;
		else if (first == -1 || other == -1)
			rc = other == -1 && put_aside(copy, e) == -1 ? REGISTER_FAILED
								     : REGISTER_LOST;
	}
	free(copy);
	return rc;
}

/* In the thread: nobody waits for the copy, which is for a file that was damaged later. */
static void
copy_run(void *arg)
{
	struct turn *t = arg;
	struct err e;

	if (fs_replace(t->s->copy, t->text, strlen(t->text), &e) == -1)
		log_warnx("enroll", "%s", e.msg);
}

/* Back in the loop. */
static void
copy_done(void *arg)
{
	struct turn *t = arg;

	register_free(t->r);
	free(t->text);
	free(t);
}

/* In the thread. */
static void
turn_run(void *arg)
{
	struct turn *t = arg;

	t->text = register_text(t->r);
	t->ok = fs_replace(t->s->path, t->text, strlen(t->text), &t->e) == 0;
	if (t->ok && t->last)
		copy_run(t);
}

/* Answers those whose changes are on disk, or, if the write failed, all that waited for it. */
static void
settle(struct register_save *s, uint64_t number, bool ok)
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
wake(struct register_save *s)
{
	if (!s->ending && !s->writing)
		event_active(s->soon, EV_TIMEOUT, 0);
}

/* Back in the loop. */
static void
turn_done(void *arg)
{
	struct turn *t = arg;
	struct register_save *s = t->s;

	s->writing = false;
	if (t->ok)
		s->written = t->number;
	else if (!s->failing)
		log_warnx("enroll", "%s; it is tried again each minute", t->e.msg);
	if (t->ok && s->failing)
		log_info("enroll", "%s is written again", s->path);
	s->failing = !t->ok;
	settle(s, t->number, t->ok);
	if (s->changed > t->number)
		wake(s);
	if (t->ok && !t->last && !s->ending)
		worker_submit(s->worker, copy_run, copy_done, t);
	else
		copy_done(t);
}

/* Hands the register to the thread. */
static void
turn_begin(struct register_save *s)
{
	struct turn *t = xcalloc(1, sizeof *t);

	t->s = s;
	t->number = s->changed;
	t->r = register_copy(s->r);
	t->last = s->ending;
	s->used = false;
	s->writing = true;
	worker_submit(s->worker, turn_run, turn_done, t);
}

/* The loop's turn after a change. */
static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct register_save *s = arg;

	(void)fd, (void)what;
	if (s->writing)
		return;
	if (s->changed > s->written)
		turn_begin(s);
	else
		settle(s, s->written, true);
}

struct register_save *
register_save_new(
    struct event_base *base, struct worker *worker, const char *path, const struct reg *r)
{
	struct register_save *s = xcalloc(1, sizeof *s);

	s->path = path;
	s->copy = xasprintf("%s.copy", path);
	s->r = r;
	s->worker = worker;
	TAILQ_INIT(&s->waiters);
	s->soon = event_new(base, -1, 0, on_soon, s);
	if (s->soon == NULL)
		fatalx("enroll", "cannot make an event");
	return s;
}

void
register_save_end(struct register_save *s)
{
	if (s == NULL)
		return;
	s->ending = true;
	/* One may be under way with less than all, and without the copy. */
	if (s->used || s->writing || s->changed > s->written)
		turn_begin(s);
}

void
register_save_free(struct register_save *s)
{
	if (s == NULL)
		return;
	settle(s, UINT64_MAX, s->changed <= s->written);
	event_free(s->soon);
	free(s->copy);
	free(s);
}

void
register_save_changed(struct register_save *s)
{
	s->changed++;
	wake(s);
}

void
register_save_used(struct register_save *s)
{
	s->used = true;
}

void
register_save_tick(struct register_save *s)
{
	if (s->used)
		s->changed++;
	if (s->changed > s->written)
		wake(s);
}

void
register_save_wait(struct register_save *s, void (*done)(void *arg, bool ok), void *arg)
{
	struct waiter *w = xcalloc(1, sizeof *w);

	w->number = s->changed;
	w->done = done;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&s->waiters, w, link);
	wake(s);
}
