/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file is compared in one go, of 10 to 100 ms for most; then nine times as long is rested. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/keeper.h"
#include "collector/store/rowsum.h"
#include "collector/store/scrub.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/str.h"

#define WAIT_MS (10 * 60 * 1000) /* for a journal */
#define SLICE_US 5000
#define REST 9 /* times as long as was worked */
#define COPY_BYTES (256 * 1024)

/* A file that is looked at, with all its names. */
struct subject {
	struct keeper *k;
	struct tank *t;
	char path[PATH_MAX];
	char name[RRDFILE_PATH];
	char sums[PATH_MAX];
	struct rowsum rowsum;
	uint64_t rows; /* found changed */
	bool kept;     /* the file as it was is in quarantine */
	bool failed;   /* a row could not be made unknown */
};

/* Where a file's sums are. */
static void
sums_path(const struct keeper *k, uint32_t sid, char path[PATH_MAX])
{
	if (str_format(path, PATH_MAX, "%s/store/sums/%" PRIu32, k->conf.dir, sid) == -1)
		fatalx("store", "the path %s is too long", k->conf.dir);
}

/* Name a file; its header is the caller's. */
static void
name(struct subject *su, struct keeper *k, struct tank *t, const struct rrdfile *f,
    const uint8_t *header)
{
	*su = (struct subject){ .k = k, .t = t };
	tank_path(k, t->sid, su->path, su->name);
	sums_path(k, t->sid, su->sums);
	su->rowsum = (struct rowsum){ .path = su->sums,
		.rrd = su->path,
		.identity = rowsum_identity(su->name, f, header),
		.f = f,
		.header = header };
}

/* Do something with the sums of a file whose header is read first. */
static enum rowsum_result
with(struct keeper *k, struct tank *t, int64_t was_s,
    enum rowsum_result (*act)(const struct rowsum *s))
{
	enum rowsum_result r = ROWSUM_FAILED;
	struct subject *su = xmalloc(sizeof *su);
	char path[PATH_MAX];
	struct rrdfile f;
	uint8_t *header = NULL;

	tank_path(k, t->sid, path, NULL);
	if (rrdfile_read(path, INT64_MAX, &f, &header, NULL) == 0) {
		name(su, k, t, &f, header);
		su->rowsum.was_s = was_s;
		r = act(&su->rowsum);
	}
	free(header);
	free(su);
	return r;
}

/* A file was made. */
void
scrub_made(struct keeper *k, struct tank *t)
{
	if (with(k, t, 0, rowsum_make_new) == ROWSUM_FAILED)
		scrub_gone(k, t); /* another file's, of this name */
}

/* A checkpoint is made. */
void
scrub_follow(struct keeper *k, struct tank *t)
{
	(void)with(k, t, 0, rowsum_follow);
}

/* What does not tell of the rows as they are now would call them changed. */
void
scrub_rewound(struct keeper *k, struct tank *t, int64_t was_s)
{
	if (with(k, t, was_s, rowsum_follow) == ROWSUM_FAILED)
		scrub_gone(k, t);
}

/* The file is another from now on, or gone. */
void
scrub_gone(struct keeper *k, struct tank *t)
{
	char path[PATH_MAX];

	sums_path(k, t->sid, path);
	(void)unlink(path);
}

/* The file is what its header says now. */
bool
scrub_recovered(struct keeper *k, struct tank *t, const struct rrdfile *f, const uint8_t *header)
{
	struct subject *su = xmalloc(sizeof *su);

	name(su, k, t, f, header);
	bool foreign = rowsum_put_back(&su->rowsum) == ROWSUM_FOREIGN;
	free(su);
	return foreign;
}

/* Flush the sums. */
void
scrub_sync(struct keeper *k, struct tank *t)
{
	char path[PATH_MAX];
	unsigned held;

	sums_path(k, t->sid, path);
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return;
	if (fdatasync(fd) == -1 && errno != EINVAL) {
		k->stats.errors++;
		if (log_throttle_pass(&k->complaint, clock_mono_ms(), &held))
			log_warn(
			    "store", "cannot flush %s: it is made anew (%u more such)", path, held);
		scrub_gone(k, t);
	}
	close(fd);
}

/* Whether quarantine has as much as a disk that goes bad may put there. */
static bool
is_full(const struct keeper *k)
{
	char path[PATH_MAX];
	unsigned n = 0;

	if (str_format(path, sizeof path, "%s/quarantine", k->conf.dir) == -1)
		return true;
	DIR *d = opendir(path);
	for (const struct dirent *de; d != NULL && (de = readdir(d)) != NULL;)
		n += de->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return d == NULL || n >= SCRUB_MAX_KEPT;
}

/* Keep the file as it was. */
static int
keep(struct subject *su)
{
	char away[PATH_MAX];
	struct err why;

	if (is_full(su->k) || tank_aside(su->k, su->name, away, &why) == -1)
		return -1;
	int from = open(su->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int to = open(away, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	uint8_t *some = xmalloc(COPY_BYTES);
	ssize_t n = from == -1 || to == -1 ? -1 : 1;
	for (uint64_t at = 0; n > 0; at += (uint64_t)n) {
		n = pread(from, some, COPY_BYTES, (off_t)at);
		if (n > 0 && fs_pwrite(to, some, (size_t)n, at) == -1)
			n = -1;
	}
	free(some);
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	if (n == -1 && to != -1)
		(void)unlink(away);
	return n == -1 ? -1 : 0;
}

/* Rows are not what they were. */
static void
take_bad(void *arg, const struct rowsum_bad *b)
{
	struct subject *su = arg;

	if (su->rows == 0)
		su->kept = keep(su) == 0;
	su->rows += b->n;
	int fd = open(su->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || rrdfile_blank(fd, su->rowsum.f, b->archive, b->row, b->n) == -1 ||
	    rowsum_accept(&su->rowsum, b) != ROWSUM_OK)
		su->failed = true;
	if (fd != -1)
		close(fd);
}

/* Tell what was found. */
static void
tell(struct subject *su, const char *file, const char *why)
{
	log_warnx("store", "%s: %s", file, why);
	if (su->k->conf.damaged != NULL)
		su->k->conf.damaged(su->k->conf.arg, file, why);
}

/* Tell of rows. */
static void
tell_rows(struct subject *su)
{
	char file[RRDFILE_PATH + 8], why[200];

	(void)snprintf(file, sizeof file, "rrd/%s", su->name);
	(void)snprintf(why, sizeof why,
	    "%" PRIu64 " rows were changed by the disk or somebody else; %s; %s", su->rows,
	    su->failed ? "some could not be made unknown yet" : "they are unknown now",
	    su->kept ? "the file as it was is in quarantine" : "there is no room for a copy of it");
	tell(su, file, why);
	su->k->stats.damaged_rows += su->rows;
	su->t->dirty = true;
}

/* The sums' own file is of no use: who changed it is not known, and the rows may be right. */
static void
tell_sums(struct subject *su)
{
	char file[RRDFILE_PATH + 8];

	(void)snprintf(file, sizeof file, "store/sums/%" PRIu32, su->t->sid);
	tell(su, file, "it is damaged; the checksums are made anew");
}

/* Checksums cannot be read or written, or the rows cannot. */
static void
complain(const struct subject *su, int64_t now_ms, const char *what)
{
	unsigned held;

	su->k->stats.errors++;
	if (log_throttle_pass(&su->k->complaint, now_ms, &held))
		log_warn("store", "%s: %s (%u more such)", su->path, what, held);
}

/* Whether the file may be judged: all that a run before this one wrote into it is written again,
 * and no writing failed midway. What still waits for that is written now. 1, 0, -1. */
static int
is_ripe(struct keeper *k, struct tank *t, int64_t now_ms, struct err *e)
{
	if (t->state != TANK_READY || t->stuck)
		return 0;
	if (t->rows.n == 0 || t->first_lsn > k->journal_before)
		return 1;
	if (tank_write(k, t, now_ms, e) == -1)
		return -1;
	return t->state == TANK_READY && t->rows.n == 0;
}

/* Compare one file. */
static int
scrub_one(struct keeper *k, struct tank *t, int64_t now_ms, struct err *e)
{
	int rc = is_ripe(k, t, now_ms, e);
	struct subject *su = xmalloc(sizeof *su);
	char path[PATH_MAX];
	struct rrdfile f;
	uint8_t *header = NULL;

	tank_path(k, t->sid, path, NULL);
	if (rc == 1 && (rc = tank_read(k, t, path, &f, &header, e)) == 1) {
		name(su, k, t, &f, header);
		enum rowsum_result r = rowsum_verify(&su->rowsum, take_bad, su);
		if (r == ROWSUM_FAILED)
			complain(su, now_ms, "its rows cannot be compared with their checksums");
		if (su->rows > 0)
			tell_rows(su);
		if (r == ROWSUM_BROKEN) {
			tell_sums(su);
			if (unlink(su->sums) == -1)
				(void)rmdir(su->sums);
		}
		if ((r == ROWSUM_BROKEN || r == ROWSUM_NONE) &&
		    rowsum_make(&su->rowsum) == ROWSUM_FAILED)
			complain(su, now_ms, "no checksums of its rows can be made");
	}
	free(header);
	free(su);
	return rc == -1 ? -1 : 0;
}

/* Whether all that files may hold beyond their headers was taken in again. Of a damaged journal
 * there may be less than there was; without one there is nothing to wait for. */
static bool
is_replayed(struct keeper *k, int64_t now_ms)
{
	if (k->journal_before > 0)
		return k->at_end || k->followed >= k->journal_before;
	return now_ms - k->scrub.began_ms >= WAIT_MS;
}

/* Compare some. */
int
scrub_some(struct keeper *k, int64_t now_ms, int64_t wall_ms, struct err *e)
{
	int64_t began = clock_mono_us(), took = 0;

	if (k->scrub.began_ms == 0)
		k->scrub.began_ms = now_ms;
	if (now_ms < k->scrub.due_ms || !is_replayed(k, now_ms))
		return 0;
	for (; took < SLICE_US && k->scrub.next < k->ntanks; took = clock_mono_us() - began) {
		struct tank *t = k->tanks[k->scrub.next++];
		if (t != NULL && scrub_one(k, t, now_ms, e) == -1)
			return -1;
	}
	k->scrub.due_ms = now_ms + took * (1 + REST) / 1000;
	if (k->scrub.next < k->ntanks)
		return 0;
	k->scrub.next = 0;
	k->scrub.due_ms = now_ms + k->conf.scrub_ms;
	k->stats.scrubbed_ms = (uint64_t)wall_ms;
	return 0;
}
