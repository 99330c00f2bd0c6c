/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_recover: takes in what a directory holds when a log is opened, whatever happened to it,
 * and leaves it clean: what is damaged is skipped, told, kept in quarantine and cut out. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/log.h"

struct recovery {
	struct seglog *s;
	const struct seglog_opts *o;
	struct seglog_scan scan;
	uint64_t last;	  /* LSN of the last record so far */
	uint64_t highest; /* of all seen, also behind the cut */
	bool told;	  /* of what is missing before the next segment */
	bool clean;	  /* a mark stands behind the last record, as after a close */
	bool usable;	  /* the newest segment can be appended to */
};

/* What was found in one segment. */
struct finding {
	struct seglog_segment *g;
	uint64_t cut;	     /* the log ends here */
	unsigned broken;     /* places */
	bool torn;	     /* something stood behind the cut */
	bool records_behind; /* whole records stand behind the cut */
};

/* Count damage, say it. */
static void
recover_tell(struct recovery *r, uint64_t first, unsigned places, const char *what)
{
	r->s->damage += places;
	log_warnx(r->s->subject, "%s/%016llx.seg %s", r->s->dir, (unsigned long long)first, what);
}

/* Get out of the way what is no segment of this log. */
static void
recover_remove(struct recovery *r, uint64_t first, const char *what)
{
	char name[SEGLOG_NAME];

	recover_tell(r, first, 1, what);
	seglog_segment_name(name, first);
	seglog_quarantine(r->s, name, true);
	r->told = true;
}

/* Where the newest segment ends: before what is broken behind its last mark, else behind its last
 * record. */
static void
recover_find_cut(struct recovery *r, struct finding *f)
{
	struct seglog_record rec;
	uint64_t bad = 0;

	for (;;) {
		uint64_t at = seglog_scan_tell(&r->scan);
		enum seglog_scanned what = seglog_scan_next(&r->scan, &rec);
		if (what == SEGLOG_SCAN_RECORD && rec.type == SEGLOG_MARK) {
			bad = 0;
			f->records_behind = false;
		} else if (what == SEGLOG_SCAN_RECORD) {
			f->records_behind = bad != 0;
			r->highest = rec.lsn > r->highest ? rec.lsn : r->highest;
		} else if (what != SEGLOG_SCAN_BAD) {
			f->torn = bad != 0 || what == SEGLOG_SCAN_TORN;
			f->cut = bad != 0 ? bad : at;
			return;
		} else if (bad == 0) {
			bad = at;
		}
	}
}

/* Take in the records of one segment. */
static void
recover_read(struct recovery *r, struct finding *f)
{
	struct seglog_segment *g = f->g;
	struct seglog_record rec;

	while (seglog_scan_tell(&r->scan) < f->cut) {
		enum seglog_scanned what = seglog_scan_next(&r->scan, &rec);
		f->broken += what == SEGLOG_SCAN_BAD || what == SEGLOG_SCAN_TORN ||
			     what == SEGLOG_SCAN_ERROR;
		if (what != SEGLOG_SCAN_RECORD && what != SEGLOG_SCAN_BAD)
			break;
		if (what == SEGLOG_SCAN_BAD)
			continue;
		g->end = seglog_scan_tell(&r->scan);
		r->clean = !f->torn && seglog_mark_closes(&rec);
		if (rec.type == SEGLOG_MARK)
			continue;
		if (g->oldest == 0)
			g->oldest = rec.lsn;
		g->newest = r->last = rec.lsn;
		if (r->o->found != NULL)
			r->o->found(r->o->arg, &rec);
	}
	r->highest = r->last > r->highest ? r->last : r->highest;
}

/* Cut the damage out of a segment: whether that succeeded. What was told need not be told again,
 * so its header says that something is missing. */
static bool
recover_repair(struct recovery *r, struct seglog_segment *g, uint64_t cut)
{
	uint64_t dropped = 0;
	struct err e = { "the directory cannot be flushed" };

	g->h.flags |= SEGLOG_REPAIRED;
	if (seglog_rewrite(r->s, g, cut, NULL, NULL, &dropped, &e) == 0 &&
	    seglog_rewrite_place(r->s, g, &e) == 0 && fsync(r->s->dirfd) == 0)
		return true;
	log_warnx(r->s->subject, "the damage stays: %s", e.msg);
	return false;
}

/* Whether the segments before this one lack records that it knows of. */
static void
recover_check_gap(struct recovery *r, uint64_t first, const struct seglog_header *h)
{
	struct seglog_segment *g = TAILQ_LAST(&r->s->segments, seglog_segments);
	bool missing = g != NULL && r->last < h->before &&
		       (g->h.flags & (SEGLOG_THINNED | SEGLOG_REPAIRED)) == 0;

	if (missing && !r->told)
		recover_tell(r, first, 1, "follows records that are missing");
	if (missing)
		(void)recover_repair(r, g, UINT64_MAX);
	r->told = false;
}

/* Judge what was found in a segment, and keep it. */
static void
recover_take(struct recovery *r, struct finding *f, bool header, bool newest)
{
	struct seglog_segment *g = f->g;
	char name[SEGLOG_NAME];

	if (!header)
		recover_tell(r, g->h.first, 1, "has a damaged header");
	if (f->broken > 0)
		recover_tell(r, g->h.first, f->broken, "is damaged; records are lost");
	if (f->records_behind)
		recover_tell(
		    r, g->h.first, 1, "is cut within its last commit, which was not whole");
	r->usable = newest;
	if (f->broken > 0 || !header || f->records_behind) {
		seglog_segment_name(name, g->h.first);
		seglog_quarantine(r->s, name, false);
		r->usable = recover_repair(r, g, f->cut) && newest;
	}
	if (f->broken > 0)
		r->told = true;
	TAILQ_INSERT_TAIL(&r->s->segments, g, link);
}

/* One segment that is a regular file. */
static void
recover_file(struct recovery *r, int fd, uint64_t first, bool newest, const struct seglog_header *h,
    bool whole)
{
	struct finding f = { .cut = UINT64_MAX };

	if (whole)
		recover_check_gap(r, first, h);
	f.g = xcalloc(1, sizeof *f.g);
	f.g->h.first = first;
	f.g->h.flags = whole ? h->flags : 0;
	f.g->h.before = whole ? h->before : r->last;
	memcpy(f.g->h.id, r->s->id, SEGLOG_ID);
	f.g->end = SEGLOG_HEADER;
	f.g->lowest = first > r->last ? first : r->last + 1;
	seglog_scan_start(&r->scan, fd, r->s->seed, f.g->lowest, SEGLOG_MAX_LSN);
	if (newest)
		recover_find_cut(r, &f);
	seglog_scan_start(&r->scan, fd, r->s->seed, f.g->lowest, SEGLOG_MAX_LSN);
	recover_read(r, &f);
	f.g->size = (uint64_t)lseek(fd, 0, SEEK_END);
	if (!whole && f.g->oldest == 0) {
		free(f.g);
		recover_remove(r, first, "is no segment");
		return;
	}
	recover_take(r, &f, whole, newest);
}

/* One name of a segment. */
static int
recover_name(struct recovery *r, uint64_t first, bool newest, bool known, struct err *e)
{
	struct seglog_header h;
	bool whole;
	int fd = seglog_segment_open(r->s->dirfd, first, O_RDONLY, &h, &whole);

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 && errno != ELOOP)
		return err_set(e, "cannot open %s/%016llx.seg: %s", r->s->dir,
		    (unsigned long long)first, strerror(errno));
	if (fd == -1)
		recover_remove(r, first, "is no regular file");
	else if (!known)
		recover_remove(r, first, "is no segment");
	else if (whole && (h.first != first || memcmp(h.id, r->s->id, SEGLOG_ID) != 0))
		recover_remove(r, first, "is another segment or another log's");
	else
		recover_file(r, fd, first, newest, &h, whole);
	if (fd != -1)
		close(fd);
	return 0;
}

/* Make the newest segment ready to be appended to. What a kill left in it may have been written and
 * not flushed; from here on it counts as durable, so it is flushed first. */
static int
recover_newest(struct recovery *r, struct err *e)
{
	struct seglog *s = r->s;
	struct seglog_segment *g = TAILQ_LAST(&s->segments, seglog_segments);
	struct seglog_header h;
	bool whole;

	s->plan_new = true;
	if (g == NULL || !r->usable)
		return 0;
	s->fd = seglog_segment_open(s->dirfd, g->h.first, O_RDWR, &h, &whole);
	if (s->fd == -1 || ftruncate(s->fd, (off_t)g->end) == -1)
		return err_set(e, "cannot write to %s/%016llx.seg: %s", s->dir,
		    (unsigned long long)g->h.first, strerror(errno));
	if (fdatasync(s->fd) == -1)
		return err_set(e, "cannot flush %s/%016llx.seg: %s", s->dir,
		    (unsigned long long)g->h.first, strerror(errno));
	/* For want of space it is found out by the next commit. */
	if (g->end < s->segment_bytes && fallocate(s->fd, 0, 0, (off_t)s->segment_bytes) == 0)
		g->size = s->segment_bytes;
	s->offset = s->plan = g->end;
	s->plan_new = g->oldest == 0;
	return 0;
}

/* Where the numbering goes on. */
static void
recover_numbers(struct recovery *r)
{
	struct seglog *s = r->s;
	const struct seglog_segment *g = TAILQ_LAST(&s->segments, seglog_segments);

	s->next = 1;
	if (g == NULL)
		return;
	s->durable = r->last > g->h.before ? r->last : g->h.before;
	s->last = s->durable;
	s->next = (s->durable > r->highest ? s->durable : r->highest) + 1;
	if (g->h.first > s->next)
		s->next = g->h.first;
	s->next += r->o->skip;
	if (!r->clean || s->damage > 0)
		s->next += r->o->crash_skip;
}

/* Whose log this is; a new one's id is random. */
static int
recover_id(struct seglog *s, const uint64_t *firsts, size_t n, bool *known, struct err *e)
{
	*known = seglog_segment_id(s->dirfd, firsts, n, s->id);
	if (!*known && getrandom(s->id, SEGLOG_ID, 0) != SEGLOG_ID)
		return err_set(e, "no random numbers: %s", strerror(errno));
	s->seed = seglog_seed(s->id);
	return 0;
}

/* Take in all segments. */
int
seglog_recover(struct seglog *s, const struct seglog_opts *o, struct err *e)
{
	struct recovery r = { .s = s, .o = o };
	uint64_t *firsts = NULL;
	size_t n = 0;
	bool known;
	int rc = -1;

	unlinkat(s->dirfd, SEGLOG_TMP_NEW, 0);
	unlinkat(s->dirfd, SEGLOG_TMP_REWRITE, 0);
	if (seglog_segment_list(s->dirfd, &firsts, &n, e) == -1 ||
	    recover_id(s, firsts, n, &known, e) == -1)
		goto out;
	for (size_t i = 0; i < n; i++)
		if (recover_name(&r, firsts[i], i + 1 == n, known, e) == -1)
			goto out;
	recover_numbers(&r);
	rc = recover_newest(&r, e);
out:
	free(firsts);
	seglog_scan_free(&r.scan);
	return rc;
}
