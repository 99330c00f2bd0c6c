/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_commit: takes what was appended to the disk. A segment is preallocated and flushed,
 * name and all, before a record goes into it, and the one before is flushed first; so a mark at
 * its start tells the truth. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"

/* Whether a write failed for want of space. */
static bool
commit_no_space(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

/* Reserve a file's blocks; a file system that cannot will be asked block by block. */
static int
commit_preallocate(int fd, uint64_t bytes)
{
	int rc;

	do {
		rc = fallocate(fd, 0, 0, (off_t)bytes);
	} while (rc == -1 && errno == EINTR);
	return rc == -1 && commit_no_space(errno) ? -1 : 0;
}

/* Fill a file that is to be a segment: 0, or -1 and errno. */
static int
commit_fill_segment(const struct seglog *s, int fd, const struct seglog_header *h)
{
	uint8_t head[SEGLOG_HEADER];

	seglog_header_encode(head, h);
	if (commit_preallocate(fd, s->segment_bytes) == -1)
		return -1;
	if (fs_pwrite(fd, head, sizeof head, 0) == -1)
		return -1;
	return fsync(fd);
}

/* Put a new segment's file in its place: its descriptor, or -1 and errno. */
static int
commit_make_segment(const struct seglog *s, const struct seglog_header *h)
{
	char name[SEGLOG_NAME];
	int fd = openat(s->dirfd, SEGLOG_TMP_NEW,
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	seglog_segment_name(name, h->first);
	if (commit_fill_segment(s, fd, h) == 0 &&
	    renameat(s->dirfd, SEGLOG_TMP_NEW, s->dirfd, name) == 0)
		return fd;
	int error = errno;
	unlinkat(s->dirfd, SEGLOG_TMP_NEW, 0);
	close(fd);
	errno = error;
	return -1;
}

/* Make a new segment the newest. An empty one of the same name was replaced. */
static void
commit_use_segment(struct seglog *s, int fd, const struct seglog_header *h)
{
	struct seglog_segment *g = xcalloc(1, sizeof *g), *was;

	*g = (struct seglog_segment){
		.h = *h, .lowest = h->first, .end = SEGLOG_HEADER, .size = s->segment_bytes
	};
	if (s->fd != -1 && ftruncate(s->fd, (off_t)s->offset) == -1)
		log_warn(s->subject, "cannot cut the unused end of a segment in %s", s->dir);
	pthread_mutex_lock(&s->lock);
	was = TAILQ_LAST(&s->segments, seglog_segments);
	if (was != NULL)
		was->size = was->end;
	if (was != NULL && was->h.first == h->first) {
		TAILQ_REMOVE(&s->segments, was, link);
		free(was);
	}
	TAILQ_INSERT_TAIL(&s->segments, g, link);
	pthread_mutex_unlock(&s->lock);
	if (s->fd != -1)
		close(s->fd);
	s->fd = fd;
	s->offset = SEGLOG_HEADER;
}

/* Begin the segment that a split asks for: 0, 1 for want of space, -1. */
static int
commit_rotate(struct seglog *s, const struct seglog_split *split, struct err *e)
{
	struct seglog_header h = { .first = split->first, .before = split->before };

	memcpy(h.id, s->id, SEGLOG_ID);
	int fd = commit_make_segment(s, &h);
	if (fd == -1) {
		int rc = commit_no_space(errno) ? 1 : -1;
		err_set(e, "cannot make a segment in %s: %s", s->dir, strerror(errno));
		return rc;
	}
	commit_use_segment(s, fd, &h);
	if (fsync(s->dirfd) == -1)
		return err_set(e, "cannot flush directory %s: %s", s->dir, strerror(errno));
	return 0;
}

/* The disk did not take what was written; the page cache still has it, and the next start would
 * find it there and count it as durable. */
static void
commit_take_back(const struct seglog *s)
{
	if (ftruncate(s->fd, (off_t)s->offset) == -1)
		log_warn(s->subject, "cannot cut what was not flushed in %s", s->dir);
}

/* Write and flush what goes into one segment: 0, 1 for want of space, -1. */
static int
commit_write(struct seglog_commit *c, size_t end, uint64_t last, struct err *e)
{
	struct seglog *s = c->log;
	const uint8_t *p = c->batch.b.data + c->written;
	size_t n = end - c->written;

	if (fs_pwrite(s->fd, p, n, s->offset) == -1) {
		int rc = commit_no_space(errno) ? 1 : -1;
		err_set(e, "cannot write into %s: %s", s->dir, strerror(errno));
		return rc;
	}
	if (fdatasync(s->fd) == -1) {
		err_set(e, "cannot flush a segment in %s: %s", s->dir, strerror(errno));
		commit_take_back(s);
		return -1;
	}
	s->offset += n;
	c->written = end;
	pthread_mutex_lock(&s->lock);
	struct seglog_segment *g = TAILQ_LAST(&s->segments, seglog_segments);
	g->end = s->offset;
	g->newest = last;
	if (g->oldest == 0)
		g->oldest = seglog_be64(p + 8); /* of the mark, which is that of the first */
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* Take everything appended so far. */
struct seglog_commit *
seglog_commit_begin(struct seglog *s)
{
	assert(!s->committing);
	if (s->failed || s->pending.b.len == 0)
		return NULL;
	struct seglog_commit *c = xcalloc(1, sizeof *c);
	c->log = s;
	c->batch = s->pending;
	s->pending = (struct seglog_batch){ 0 };
	s->committing = true;
	return c;
}

/* Write and flush; goes on where it stopped for want of space. */
int
seglog_commit_run(struct seglog_commit *c, struct err *e)
{
	struct seglog_batch *b = &c->batch;

	c->rc = 0;
	while (c->rc == 0 && c->written < b->b.len) {
		if (c->split_done < b->nsplits && b->splits[c->split_done].at == c->written) {
			c->rc = commit_rotate(c->log, &b->splits[c->split_done], e);
			c->split_done += c->rc == 0;
			if (c->rc != 0)
				break;
		}
		bool more = c->split_done < b->nsplits;
		c->rc = commit_write(c, more ? b->splits[c->split_done].at : b->b.len,
		    more ? b->splits[c->split_done].before : b->last, e);
	}
	return c->rc;
}

/* Show the records of a commit. */
void
seglog_commit_each(
    struct seglog_commit *c, void (*fn)(void *arg, const struct seglog_record *rec), void *arg)
{
	const struct buf *b = &c->batch.b;

	for (size_t at = 0; at < b->len;) {
		const uint8_t *p = b->data + at;
		struct seglog_record rec = {
			.lsn = seglog_be64(p + 8),
			.type = p[16],
			.data = p + SEGLOG_RECORD_HEADER,
			.len = seglog_be32(p),
		};
		at += SEGLOG_RECORD_HEADER + rec.len;
		if (rec.type != SEGLOG_MARK)
			fn(arg, &rec);
	}
}

/* Bytes of a commit. */
size_t
seglog_commit_bytes(const struct seglog_commit *c)
{
	return c->batch.b.len;
}

/* A commit that found no space is given up: take its beginnings off the disk, and see that what
 * comes next begins a segment. */
static void
commit_forget(struct seglog_commit *c)
{
	struct seglog *s = c->log;
	struct seglog_batch *p = &s->pending;
	const struct seglog_segment *g = TAILQ_LAST(&s->segments, seglog_segments);

	if (s->fd != -1 && ftruncate(s->fd, (off_t)s->offset) == -1)
		s->failed = true;
	if (g != NULL && g->newest > s->durable)
		s->durable = g->newest; /* the part that went into segments before */
	s->plan_new = true;
	if (p->b.len == 0) {
		s->last = s->durable;
		return;
	}
	if (p->nsplits > 0 && p->splits[0].at == 0) {
		p->splits[0].before = s->durable;
		p->splits[0].first = s->durable + 1;
		return;
	}
	p->splits = xreallocarray(p->splits, p->nsplits + 1, sizeof *p->splits);
	memmove(p->splits + 1, p->splits, p->nsplits * sizeof *p->splits);
	p->splits[0] =
	    (struct seglog_split){ .first = seglog_be64(p->b.data + 8), .before = s->durable };
	p->splitcap = ++p->nsplits;
}

/* Draw the conclusions of a run and free the commit. */
uint64_t
seglog_commit_end(struct seglog_commit *c)
{
	struct seglog *s = c->log;

	if (c->rc == 0)
		s->durable = c->batch.last;
	else if (c->rc == 1)
		commit_forget(c);
	else
		s->failed = true;
	s->committing = false;
	buf_free(&c->batch.b);
	free(c->batch.splits);
	free(c);
	return s->durable;
}

/* All at once. */
int
seglog_commit_now(struct seglog *s, struct err *e)
{
	struct seglog_commit *c = seglog_commit_begin(s);

	if (c == NULL)
		return s->failed ? err_set(e, "%s failed earlier", s->dir) : 0;
	int rc = seglog_commit_run(c, e);
	seglog_commit_end(c);
	return rc == 0 ? 0 : -1;
}
