/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A turn: copy the register, have the thread add to the file of what was taken back, make the text
 * and replace the file, answer those who wait. Each change has a number; a turn writes all up to
 * the number at its begin. */
#include "collector/enroll/register_save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

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
	char *revoked;
	struct buf lines; /* of what was taken back, to be added to it */
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
	struct buf lines; /* until they are on disk */
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

/* The register of the file, or of its copy. */
static enum register_loaded
load_either(struct reg *r, const char *path, bool *none, struct err *why, struct err *e)
{
	char *copy = xasprintf("%s.copy", path);
	enum register_loaded rc = REGISTER_READ;
	struct err second;
	int first = load_one(r, path, why);

	*none = false;

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
		else
			*none = true;
	}
	free(copy);
	return rc;
}

/* Writes what was taken back anew: if it cannot be, the file is as it was, or there is none, and it
 * is done at the next start. */
static void
renew_revoked(const struct reg *r, const char *path, bool damaged)
{
	struct buf lines = { 0 };
	struct err e;

	register_revoked_all(r, &lines);
	if ((damaged && put_aside(path, &e) == -1) ||
	    (lines.len > 0 && fs_replace(path, lines.data, lines.len, &e) == -1))
		log_warnx("enroll", "%s", e.msg);
	buf_free(&lines);
}

/* Takes back again what was taken back. -1: what is there can neither be read nor put aside. */
static int
load_revoked(struct reg *r, const char *path, struct register_revoked *known, struct err *e)
{
	struct stat st;
	struct err why;
	char *text = NULL;
	size_t n = 0;

	bool there = lstat(path, &st) == 0 || errno != ENOENT;
	if (there && fs_read(path, REGISTER_MAX_FILE, &text, &n, &why) == -1) {
		log_warnx("enroll", "%s", why.msg);
		if (put_aside(path, e) == -1)
			return -1;
		there = false;
		known->damaged++;
	}
	register_revoked_merge(r, text, n, clock_wall_ms(), known);
	free(text);
	if (!there || known->damaged > 0 || known->torn || n > REGISTER_MAX_REVOKED)
		renew_revoked(r, path, there && known->damaged > 0);
	return 0;
}

enum register_loaded
register_load(
    struct reg *r, const char *path, struct register_revoked *known, struct err *why, struct err *e)
{
	char *revoked = xasprintf("%s.revoked", path);
	bool none;
	enum register_loaded rc = load_either(r, path, &none, why, e);

	*known = (struct register_revoked){ 0 };
	if (rc != REGISTER_FAILED && load_revoked(r, revoked, known, e) == -1)
		rc = REGISTER_FAILED;
	if (rc != REGISTER_FAILED && none && known->lines > 0) {
		err_set(why, "%s is gone", path);
		rc = REGISTER_LOST;
	}
	free(revoked);
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
	buf_free(&t->lines);
	free(t->text);
	free(t);
}

/* Adds lines to a file, durably. */
static int
append(const char *path, const struct buf *lines, struct err *e)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	/* What an earlier try left must not be one line with ours. */
	if (fd == -1 || fstat(fd, &st) == -1 ||
	    (st.st_size > 0 && fs_pwrite(fd, "\n", 1, (uint64_t)st.st_size) == -1) ||
	    fs_pwrite(fd, lines->data, lines->len, (uint64_t)st.st_size + (st.st_size > 0)) == -1 ||
	    fdatasync(fd) == -1) {
		err_set(e, "cannot write %s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(fd);
	return fs_sync_parent(path, e);
}

/* In the thread. What was taken back comes first: the file that may lose it is written after. */
static void
turn_run(void *arg)
{
	struct turn *t = arg;

	if (t->lines.len > 0) {
		if (append(t->s->revoked, &t->lines, &t->e) == -1)
			return;
		buf_clear(&t->lines);
	}
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
	if (t->lines.len > 0) {
		buf_put(&t->lines, s->lines.data, s->lines.len);
		buf_clear(&s->lines);
		buf_put(&s->lines, t->lines.data, t->lines.len);
	}
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
	t->lines = s->lines;
	s->lines = (struct buf){ 0 };
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
	s->revoked = xasprintf("%s.revoked", path);
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
	buf_free(&s->lines);
	free(s->copy);
	free(s->revoked);
	free(s);
}

void
register_save_changed(struct register_save *s)
{
	s->changed++;
	wake(s);
}

void
register_save_revoked(struct register_save *s, const char *node, const uint8_t *serial, size_t n)
{
	if (node != NULL)
		register_revoked_node(s->r, node, &s->lines);
	else
		register_revoked_serial(s->r, serial, n, &s->lines);
	register_save_changed(s);
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
