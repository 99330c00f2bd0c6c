/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog: opening, appending and trimming a log of numbered records. Where a record will stand is
 * decided when it is appended, so that its caller can know when a segment begins; the writing is
 * done by seglog_commit.c, the reading of what a crash left by seglog_recover.c. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"

/* Open the directory and keep other writers out. */
static int
seglog_lock(struct seglog *s, struct err *e)
{
	if (fs_mkdirs(s->dir, 0700, e) == -1)
		return -1;
	s->dirfd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dirfd == -1)
		return err_set(e, "cannot open directory %s: %s", s->dir, strerror(errno));
	s->lockfd = openat(s->dirfd, "lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (s->lockfd == -1)
		return err_set(e, "cannot open %s/lock: %s", s->dir, strerror(errno));
	if (flock(s->lockfd, LOCK_EX | LOCK_NB) == -1)
		return err_set(e, "%s is in use by another process", s->dir);
	return 0;
}

/* Open and recover a log. */
int
seglog_open(struct seglog **out, const struct seglog_opts *o, struct err *e)
{
	struct seglog *s = xcalloc(1, sizeof *s);

	s->dir = xstrdup(o->dir);
	s->subject = o->subject;
	s->segment_bytes = o->segment_bytes;
	s->dirfd = s->lockfd = s->fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	TAILQ_INIT(&s->segments);
	if (seglog_lock(s, e) == -1 || seglog_recover(s, o, e) == -1) {
		s->failed = true; /* nothing is written at its close */
		seglog_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* Say in the file that all of it was on disk. A help only, so it may fail. */
static void
seglog_mark_end(struct seglog *s)
{
	struct buf b = { 0 };

	seglog_mark_encode(&b, s->id, s->durable + 1, true);
	if (fs_pwrite(s->fd, b.data, b.len, s->offset) == -1)
		log_debug(s->subject, "cannot mark the end of %s", s->dir);
	buf_free(&b);
}

/* Close; what awaits a commit is forgotten. */
void
seglog_close(struct seglog *s)
{
	struct seglog_segment *g;

	if (s == NULL)
		return;
	assert(!s->committing);
	if (s->fd != -1 && !s->failed && s->offset > SEGLOG_HEADER)
		seglog_mark_end(s);
	while ((g = TAILQ_FIRST(&s->segments)) != NULL) {
		TAILQ_REMOVE(&s->segments, g, link);
		free(g);
	}
	if (s->fd != -1)
		close(s->fd);
	if (s->lockfd != -1)
		close(s->lockfd);
	if (s->dirfd != -1)
		close(s->dirfd);
	pthread_mutex_destroy(&s->lock);
	buf_free(&s->pending.b);
	free(s->pending.splits);
	free(s->dir);
	free(s);
}

/* The log's random identity. */
const uint8_t *
seglog_id(const struct seglog *s)
{
	return s->id;
}

/* The oldest record on disk. */
uint64_t
seglog_first(struct seglog *s)
{
	struct seglog_segment *g;
	uint64_t first = 0;

	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH (g, &s->segments, link) {
		first = g->oldest;
		if (first != 0)
			break;
	}
	pthread_mutex_unlock(&s->lock);
	return first != 0 ? first : s->next;
}

/* The bytes of all segments. */
uint64_t
seglog_bytes(struct seglog *s)
{
	struct seglog_segment *g;
	uint64_t bytes = 0;

	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH (g, &s->segments, link)
		bytes += g->size > g->end ? g->size : g->end;
	pthread_mutex_unlock(&s->lock);
	return bytes;
}

/* Where the i-th segment begins. */
uint64_t
seglog_boundary(struct seglog *s, unsigned i)
{
	struct seglog_segment *g;
	uint64_t first = 0;

	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH (g, &s->segments, link) {
		if (i-- == 0) {
			first = g->h.first;
			break;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return first;
}

/* The LSN of the next record. */
uint64_t
seglog_next(const struct seglog *s)
{
	return s->next;
}

/* How far the log is on disk. */
uint64_t
seglog_durable(const struct seglog *s)
{
	return s->durable;
}

/* Damaged places met. */
uint64_t
seglog_damage(const struct seglog *s)
{
	return s->damage;
}

/* What awaits a commit. */
size_t
seglog_pending(const struct seglog *s)
{
	return s->pending.b.len;
}

/* Number on from there. */
void
seglog_jump(struct seglog *s, uint64_t next)
{
	if (next > s->next && next <= SEGLOG_MAX_LSN)
		s->next = next;
}

/* Whether a record of this length would begin a segment. One too long for any segment gets a
 * segment to itself. */
bool
seglog_rotates(const struct seglog *s, size_t len)
{
	uint64_t need = SEGLOG_RECORD_HEADER + len;

	if (s->pending.b.len == 0)
		need += SEGLOG_MARK_BYTES;
	return s->plan_new ||
	       (s->plan > SEGLOG_HEADER + SEGLOG_MARK_BYTES && s->plan + need > s->segment_bytes);
}

/* Have the next record begin a segment. */
void
seglog_rotate(struct seglog *s)
{
	s->plan_new = true;
}

/* Note that a segment begins here. */
static void
seglog_split(struct seglog *s)
{
	struct seglog_batch *p = &s->pending;

	if (p->nsplits == p->splitcap) {
		p->splitcap = p->splitcap == 0 ? 4 : p->splitcap * 2;
		p->splits = xreallocarray(p->splits, p->splitcap, sizeof *p->splits);
	}
	p->splits[p->nsplits++] =
	    (struct seglog_split){ .at = p->b.len, .first = s->last + 1, .before = s->last };
	s->plan = SEGLOG_HEADER;
	s->plan_new = false;
}

/* Add a record to those awaiting a commit. */
uint64_t
seglog_append(struct seglog *s, uint8_t type, const void *data, size_t len)
{
	struct seglog_batch *p = &s->pending;
	size_t before = p->b.len;
	uint64_t lsn = s->next++;
	bool rotates = seglog_rotates(s, len);

	assert(type != SEGLOG_MARK && len <= SEGLOG_MAX_DATA);
	if (rotates)
		seglog_split(s);
	if (rotates || before == 0)
		seglog_mark_encode(&p->b, s->id, lsn, false);
	seglog_record_encode(&p->b, s->seed, lsn, type, data, len);
	s->plan += p->b.len - before;
	s->last = p->last = lsn;
	return lsn;
}

/* Drop the segments that nobody needs. */
void
seglog_trim(struct seglog *s, uint64_t lsn)
{
	struct seglog_segment *g;
	char name[SEGLOG_NAME];

	pthread_mutex_lock(&s->lock);
	while ((g = TAILQ_FIRST(&s->segments)) != NULL && TAILQ_NEXT(g, link) != NULL &&
	       g->newest <= lsn) {
		seglog_segment_name(name, g->h.first);
		if (unlinkat(s->dirfd, name, 0) == -1 && errno != ENOENT) {
			log_warn(s->subject, "cannot remove %s/%s", s->dir, name);
			break;
		}
		TAILQ_REMOVE(&s->segments, g, link);
		free(g);
	}
	pthread_mutex_unlock(&s->lock);
}
