/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The maildir transport: for tests, for trying out, and for a machine whose own mail system picks
 * the messages up. */
#include "collector/notify/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/str.h"
#include "zw/worker.h"

struct maildir {
	const char *dir;
	struct worker *worker;
	bool closing;
};

/* A message on its way. */
struct drop {
	struct maildir *maildir;
	char *name;
	struct buf message;
	int rc;
	struct err err;
	void (*done)(void *arg, const char *why);
	void *arg;
};

/* The three directories. */
static int
maildir_make(const char *dir, struct err *e)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (str_format(path, sizeof path, "%s/%s", dir, parts[i]) == -1)
			return err_set(e, "%s: path too long", dir);
		if (fs_mkdirs(path, 0700, e) == -1)
			return -1;
	}
	return 0;
}

/* All bytes, flushed. */
static int
maildir_write(const char *path, const void *p, size_t n, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return err_set(e, "cannot make %s: %s", path, strerror(errno));
	if (fs_pwrite(fd, p, n, 0) == -1 || fsync(fd) == -1) {
		err_set(e, "cannot write %s: %s", path, strerror(errno));
		close(fd);
		unlink(path);
		return -1;
	}
	close(fd);
	return 0;
}

/* Into tmp, then into new. */
static int
maildir_deliver(const char *dir, const char *name, const void *p, size_t n, struct err *e)
{
	char from[PATH_MAX], to[PATH_MAX], where[PATH_MAX];

	if (str_format(from, sizeof from, "%s/tmp/%s", dir, name) == -1 ||
	    str_format(to, sizeof to, "%s/new/%s", dir, name) == -1 ||
	    str_format(where, sizeof where, "%s/new", dir) == -1)
		return err_set(e, "%s: path too long", dir);
	if (maildir_make(dir, e) == -1 || maildir_write(from, p, n, e) == -1)
		return -1;
	if (rename(from, to) == -1)
		return err_set(e, "cannot rename %s: %s", from, strerror(errno));
	return fs_sync_dir(where, e);
}

/* In the thread. */
static void
drop_run(void *arg)
{
	struct drop *p = arg;

	p->rc = maildir_deliver(p->maildir->dir, p->name, p->message.data, p->message.len, &p->err);
}

/* In the loop. */
static void
drop_done(void *arg)
{
	struct drop *p = arg;

	if (!p->maildir->closing || p->rc == 0)
		p->done(p->arg, p->rc == 0 ? NULL : p->err.msg);
	buf_free(&p->message);
	free(p->name);
	free(p);
}

void
maildir_send(struct maildir *d, const char *name, struct buf *message,
    void (*done)(void *arg, const char *why), void *arg)
{
	struct drop *p = xcalloc(1, sizeof *p);

	p->maildir = d;
	p->name = xstrdup(name);
	p->message = *message;
	*message = (struct buf){ 0 };
	p->done = done;
	p->arg = arg;
	worker_submit(d->worker, drop_run, drop_done, p);
}

int
maildir_new(struct maildir **out, struct event_base *base, const char *dir, struct err *e)
{
	struct maildir *d = xcalloc(1, sizeof *d);

	d->dir = dir;
	if (worker_new(&d->worker, base, "maildir", e) == -1) {
		free(d);
		return -1;
	}
	*out = d;
	return 0;
}

void
maildir_free(struct maildir *d)
{
	if (d == NULL)
		return;
	d->closing = true;
	worker_free(d->worker);
	free(d);
}
