/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_rewrite: makes a segment anew without some of its records, to save space (thinning) or
 * to be rid of damage. The new file takes the old one's place whole or not at all; who reads the
 * old one may go on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/fs.h"

#define REWRITE_CHUNK (256 * 1024)

/* A file being written. */
struct rewrite {
	const struct seglog *s;
	int fd;
	struct buf b;	 /* not yet written */
	uint64_t offset; /* where it goes */
	struct seglog_segment result;
};

/* Write what was gathered. */
static int
rewrite_flush(struct rewrite *w)
{
	int rc = fs_pwrite(w->fd, w->b.data, w->b.len, w->offset);

	w->offset += w->b.len;
	buf_clear(&w->b);
	return rc;
}

/* Begin with the header and a mark, which stands for all segments before. */
static void
rewrite_begin(struct rewrite *w)
{
	const struct seglog_header *h = &w->result.h;
	uint8_t head[SEGLOG_HEADER];

	seglog_header_encode(head, h);
	buf_put(&w->b, head, sizeof head);
	seglog_mark_encode(&w->b, h->id, h->first, false);
}

/* Copy the records that are kept. */
static int
rewrite_copy(struct rewrite *w, struct seglog_scan *scan, uint64_t upto,
    bool (*keep)(void *arg, const struct seglog_record *r), void *arg, uint64_t *dropped)
{
	struct seglog_record rec;

	while (seglog_scan_tell(scan) < upto) {
		enum seglog_scanned what = seglog_scan_next(scan, &rec);
		if (what == SEGLOG_SCAN_ERROR)
			return -1;
		if (what == SEGLOG_SCAN_END || what == SEGLOG_SCAN_TORN)
			break;
		if (what == SEGLOG_SCAN_BAD || rec.type == SEGLOG_MARK)
			continue;
		if (keep != NULL && !keep(arg, &rec)) {
			(*dropped)++;
			continue;
		}
		seglog_record_encode(&w->b, w->s->seed, rec.lsn, rec.type, rec.data, rec.len);
		w->result.newest = rec.lsn;
		if (w->result.oldest == 0)
			w->result.oldest = rec.lsn;
		if (w->b.len > REWRITE_CHUNK && rewrite_flush(w) == -1)
			return -1;
	}
	return 0;
}

/* End with a mark, for all that is in it is flushed before it gets its name. */
static int
rewrite_end(struct rewrite *w)
{
	struct seglog_segment *g = &w->result;
	uint64_t lsn = g->newest != 0 ? g->newest + 1 : g->h.first;

	seglog_mark_encode(&w->b, g->h.id, lsn, false);
	if (rewrite_flush(w) == -1 || fsync(w->fd) == -1)
		return -1;
	g->end = g->size = w->offset;
	return 0;
}

/* Write a segment's records anew into the temporary file. */
int
seglog_rewrite(struct seglog *s, struct seglog_segment *g, uint64_t upto,
    bool (*keep)(void *arg, const struct seglog_record *r), void *arg, uint64_t *dropped,
    struct err *e)
{
	struct rewrite w = { .s = s, .fd = -1, .result = { .h = g->h, .lowest = g->lowest } };
	struct seglog_scan scan = { 0 };
	struct seglog_header h;
	bool whole;
	int rc = -1;
	int fd = seglog_segment_open(s->dirfd, g->h.first, O_RDONLY, &h, &whole);

	if (fd == -1)
		goto out;
	w.fd = openat(s->dirfd, SEGLOG_TMP_REWRITE,
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (w.fd == -1)
		goto out;
	rewrite_begin(&w);
	seglog_scan_start(&scan, fd, s->seed, g->lowest, SEGLOG_MAX_LSN);
	if (rewrite_copy(&w, &scan, upto, keep, arg, dropped) == 0 && rewrite_end(&w) == 0) {
		w.result.link = g->link; /* it may be in the list */
		*g = w.result;
		rc = 0;
	}
out:
	if (rc == -1)
		err_set(e, "cannot rewrite a segment in %s: %s", s->dir, strerror(errno));
	if (fd != -1)
		close(fd);
	if (w.fd != -1)
		close(w.fd);
	if (rc == -1)
		unlinkat(s->dirfd, SEGLOG_TMP_REWRITE, 0);
	seglog_scan_free(&scan);
	buf_free(&w.b);
	return rc;
}

/* Put the temporary file in the segment's place. */
int
seglog_rewrite_place(struct seglog *s, const struct seglog_segment *g, struct err *e)
{
	char name[SEGLOG_NAME];

	seglog_segment_name(name, g->h.first);
	if (renameat(s->dirfd, SEGLOG_TMP_REWRITE, s->dirfd, name) == -1)
		return err_set(e, "cannot replace %s/%s: %s", s->dir, name, strerror(errno));
	return 0;
}

/* The oldest closed segment that was not thinned: a copy of its description, or false. */
static bool
thin_next(struct seglog *s, struct seglog_segment *copy)
{
	struct seglog_segment *g;

	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH (g, &s->segments, link) {
		if (TAILQ_NEXT(g, link) == NULL)
			g = NULL;
		if (g == NULL || (g->h.flags & SEGLOG_THINNED) == 0)
			break;
	}
	if (g != NULL)
		*copy = *g;
	pthread_mutex_unlock(&s->lock);
	return g != NULL;
}

/* Thin one segment. It may be trimmed meanwhile, and is then left so. */
int
seglog_thin(struct seglog *s, bool (*keep)(void *arg, const struct seglog_record *r), void *arg,
    uint64_t *dropped, struct err *e)
{
	struct seglog_segment thin, *g;
	int rc = 0;

	*dropped = 0;
	if (!thin_next(s, &thin))
		return 0;
	thin.h.flags |= SEGLOG_THINNED;
	if (seglog_rewrite(s, &thin, UINT64_MAX, keep, arg, dropped, e) == -1)
		return -1;
	pthread_mutex_lock(&s->lock);
	TAILQ_FOREACH (g, &s->segments, link)
		if (g->h.first == thin.h.first)
			break;
	if (g != NULL)
		rc = seglog_rewrite_place(s, &thin, e);
	if (g != NULL && rc == 0) {
		thin.link = g->link;
		*g = thin;
	}
	pthread_mutex_unlock(&s->lock);
	if (g == NULL)
		unlinkat(s->dirfd, SEGLOG_TMP_REWRITE, 0);
	if (rc == 0 && fsync(s->dirfd) == -1)
		rc = err_set(e, "cannot flush directory %s: %s", s->dir, strerror(errno));
	return rc == 0 ? 1 : -1;
}
