/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_reader: reads a log by file, beside a process that writes it. What looks broken or ended
 * is read again before that is believed: the writer may have been at it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/alloc.h"

struct seglog_reader {
	char *dir;
	int dirfd;
	int fd; /* of the segment; -1: between two */
	bool known;
	uint8_t id[SEGLOG_ID];
	uint64_t last;	  /* LSN given last */
	uint64_t upto;	  /* of the call before */
	uint64_t current; /* first LSN of the segment being read, or read last; 0: none yet */
	bool followed;	  /* a newer segment exists: the current one is complete */
	struct seglog_scan scan;
	uint64_t again;	   /* offset that is being looked at the second time */
	uint64_t bad;	   /* offset of damage just skipped; 0: none */
	uint64_t bad_from; /* the lowest LSN that was possible there */
	uint64_t damage;
};

enum reader_step {
	READER_FAILED = -1,
	READER_NONE = 0,
	READER_RECORD = 1,
	READER_GO_ON
};

/* Open a log for reading. */
int
seglog_reader_open(struct seglog_reader **out, const char *dir, uint64_t from, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, "cannot open directory %s: %s", dir, strerror(errno));
	struct seglog_reader *r = xcalloc(1, sizeof *r);
	r->dir = xstrdup(dir);
	r->dirfd = fd;
	r->fd = -1;
	r->last = from > 0 ? from - 1 : 0;
	uint64_t *firsts;
	size_t n;
	if (seglog_segment_list(fd, &firsts, &n, e) == -1) {
		seglog_reader_close(r);
		return -1;
	}
	r->known = seglog_segment_id(fd, firsts, n, r->id);
	free(firsts);
	*out = r;
	return 0;
}

/* Close it. */
void
seglog_reader_close(struct seglog_reader *r)
{
	if (r == NULL)
		return;
	if (r->fd != -1)
		close(r->fd);
	close(r->dirfd);
	seglog_scan_free(&r->scan);
	free(r->dir);
	free(r);
}

/* Whose log it is. */
const uint8_t *
seglog_reader_id(const struct seglog_reader *r)
{
	return r->id;
}

/* Which of the segments to read next: its index, or n for none. At first the one in which the
 * next LSN may be, then the next higher. */
static size_t
reader_choose(const struct seglog_reader *r, const uint64_t *firsts, size_t n)
{
	size_t i = 0;

	while (i < n && firsts[i] <= r->current)
		i++;
	while (r->current == 0 && i + 1 < n && firsts[i + 1] <= r->last + 1)
		i++;
	return i;
}

/* Whether an open segment is one of this log: by its header, or, if that is damaged, by a whole
 * record in it. */
static bool
reader_is_ours(
    struct seglog_reader *r, int fd, uint64_t first, const struct seglog_header *h, bool whole)
{
	struct seglog_scan scan = { 0 };
	struct seglog_record rec;

	if (!r->known)
		return false;
	if (whole)
		return h->first == first && memcmp(h->id, r->id, SEGLOG_ID) == 0;
	seglog_scan_start(&scan, fd, seglog_seed(r->id), first, SEGLOG_MAX_LSN);
	enum seglog_scanned what = seglog_scan_next(&scan, &rec);
	seglog_scan_free(&scan);
	return what == SEGLOG_SCAN_RECORD || what == SEGLOG_SCAN_BAD;
}

/* Open a segment, if it is one of this log: its descriptor, or -1. */
static int
reader_try(struct seglog_reader *r, uint64_t first, bool *whole)
{
	struct seglog_header h;
	int fd = seglog_segment_open(r->dirfd, first, O_RDONLY, &h, whole);

	if (fd != -1 && !reader_is_ours(r, fd, first, &h, *whole)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The next segment, passing over what is none of this log: its descriptor and *first, or -1 with
 * errno 0 (there is none) or the reason. */
static int
reader_find(struct seglog_reader *r, uint64_t *first, bool *whole, struct err *e)
{
	uint64_t *firsts;
	size_t n;
	int fd = -1;

	if (seglog_segment_list(r->dirfd, &firsts, &n, e) == -1) {
		errno = EIO;
		return -1;
	}
	if (!r->known)
		r->known = seglog_segment_id(r->dirfd, firsts, n, r->id);
	size_t from = reader_choose(r, firsts, n);
	for (size_t i = from; i < n && fd == -1; i++)
		fd = reader_try(r, *first = firsts[i], whole);
	/* At first it may be lower than the name that fitted best. */
	if (r->current == 0 && from < n && (fd == -1 || *first != firsts[from])) {
		for (size_t i = from; i-- > 0;) {
			bool sound;
			int lower = reader_try(r, firsts[i], &sound);
			if (lower == -1)
				continue;
			*whole = sound;
			if (fd != -1)
				close(fd);
			fd = lower;
			*first = firsts[i];
			break;
		}
	}
	free(firsts);
	errno = 0;
	return fd;
}

/* Go to the next segment, if there is one. */
static enum reader_step
reader_enter(struct seglog_reader *r, struct err *e)
{
	uint64_t first;
	bool whole;

	int fd = reader_find(r, &first, &whole, e);
	if (fd == -1)
		return errno == 0 ? READER_NONE : READER_FAILED;
	r->fd = fd;
	r->current = first;
	r->followed = false;
	r->again = r->bad = 0;
	r->damage += !whole;
	seglog_scan_start(&r->scan, fd, seglog_seed(r->id), first, SEGLOG_MAX_LSN);
	return READER_GO_ON;
}

/* Go back to look at an offset again. */
static void
reader_back(struct seglog_reader *r, uint64_t at, uint64_t lowest)
{
	r->scan.lowest = lowest;
	seglog_scan_seek(&r->scan, at);
	r->bad = 0;
}

/* Where no record stands. at: the offset; lowest: the lowest LSN that is possible there. */
static enum reader_step
reader_gap(
    struct seglog_reader *r, enum seglog_scanned what, uint64_t at, uint64_t lowest, struct err *e)
{
	if (r->again != at) { /* it may have been written since it was read */
		reader_back(r, at, lowest);
		r->again = at;
		return READER_GO_ON;
	}
	if (what == SEGLOG_SCAN_BAD) { /* counted when the record behind may be given */
		r->bad = at;
		r->bad_from = lowest;
		return READER_GO_ON;
	}
	if (!r->followed) {
		uint64_t first;
		bool whole;
		int fd = reader_find(r, &first, &whole, e);
		int error = errno;
		reader_back(r, at, lowest);
		r->again = 0;
		if (fd == -1)
			return error == 0 ? READER_NONE : READER_FAILED;
		close(fd);
		r->followed = true; /* so this one is complete: look for the last time */
		return READER_GO_ON;
	}
	r->damage += what == SEGLOG_SCAN_TORN;
	close(r->fd);
	r->fd = -1;
	return READER_GO_ON;
}

/* Look at the next place in the segment. */
static enum reader_step
reader_next(struct seglog_reader *r, uint64_t upto, struct seglog_record *rec, struct err *e)
{
	uint64_t at = seglog_scan_tell(&r->scan), lowest = r->scan.lowest;
	enum seglog_scanned what = seglog_scan_next(&r->scan, rec);

	if (what == SEGLOG_SCAN_ERROR) {
		err_set(e, "cannot read a segment in %s: %s", r->dir, strerror(errno));
		reader_back(r, at, lowest);
		return READER_FAILED;
	}
	if (what != SEGLOG_SCAN_RECORD)
		return reader_gap(r, what, at, lowest, e);
	if (rec->lsn > upto) {
		if (r->bad != 0)
			reader_back(r, r->bad, r->bad_from);
		else
			reader_back(r, at, lowest);
		r->again = 0;
		return READER_NONE;
	}
	r->damage += r->bad != 0;
	r->bad = 0;
	if (rec->type == SEGLOG_MARK || rec->lsn <= r->last)
		return READER_GO_ON;
	r->last = rec->lsn;
	return READER_RECORD;
}

/* The next record. */
int
seglog_read(struct seglog_reader *r, uint64_t upto, struct seglog_record *rec, uint64_t *damage,
    struct err *e)
{
	enum reader_step step = READER_GO_ON;

	/* The writer has gone on: what was read ahead of its end is stale. */
	if (upto > r->upto && r->fd != -1 && r->bad == 0)
		seglog_scan_seek(&r->scan, seglog_scan_tell(&r->scan));
	r->upto = upto;
	while (step == READER_GO_ON && r->last < upto)
		step = r->fd == -1 ? reader_enter(r, e) : reader_next(r, upto, rec, e);
	if (damage != NULL)
		*damage += r->damage;
	r->damage = 0;
	return step == READER_GO_ON ? 0 : (int)step;
}
