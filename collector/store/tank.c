/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tank: writes a series' samples into its file.
 *
 * librrd is given only files that were judged before (rrdfile.c) and only rows that it takes: so
 * an error of it is the disk's or somebody else's, and what was pending stays for another try. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/keeper.h"
#include "collector/store/rewind.h"
#include "collector/store/tank.h"
#include "zw/clock.h"
#include "zw/crc32c.h"
#include "zw/fs.h"
#include "zw/str.h"

#define RETRY_MS 10000
#define MAX_FAILURES 30 /* then the file itself must be what is wrong */
#define FUTURE_S 86400

/* Where the file is. */
void
tank_path(const struct keeper *k, uint32_t sid, char path[PATH_MAX], char name[RRDFILE_PATH])
{
	const struct series_def *def = &catalog_series(k->catalog, sid)->def;
	char tail[RRDFILE_PATH];

	rrdfile_name(tail, def->node, def->source, def->instance);
	if (str_format(path, PATH_MAX, "%s/%s", k->conf.rrd_dir, tail) == -1)
		fatalx("store", "the path %s is too long", k->conf.rrd_dir);
	if (name != NULL)
		(void)str_copy(name, RRDFILE_PATH, tail);
}

/* A day ahead of now. */
int64_t
tank_max_time(void)
{
	return clock_wall_ms() / 1000 + FUTURE_S;
}

/* Complain about a file, not more often than once in a minute for all of them. */
static void
complain(struct keeper *k, uint32_t sid, int64_t now_ms, const char *why)
{
	char path[PATH_MAX];
	unsigned held;

	k->stats.errors++;
	if (!log_throttle_pass(&k->complaint, now_ms, &held))
		return;
	tank_path(k, sid, path, NULL);
	log_warnx("store", "%s: %s (%u more such)", path, why, held);
}

/* There is nothing to put aside: an empty file in its place tells the next start, if this run ends
 * before anybody heard of it (damage.c). */
static void
leave_sign(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd != -1)
		close(fd);
}

/* The name tells where from and when. */
int
tank_aside(const struct keeper *k, const char *name, char away[PATH_MAX], struct err *e)
{
	char flat[RRDFILE_PATH];

	(void)str_copy(flat, sizeof flat, name);
	for (char *p = flat; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
	if (str_format(away, PATH_MAX, "%s/quarantine/%s.%" PRId64, k->conf.dir, flat,
		clock_wall_ms()) == -1)
		return err_set(e, "the path of the quarantine is too long");
	return 0;
}

/* Move a file away. */
int
tank_quarantine(struct keeper *k, struct tank *t, const char *why, struct err *e)
{
	char path[PATH_MAX], away[PATH_MAX], name[RRDFILE_PATH];

	tank_path(k, t->sid, path, name);
	if (tank_aside(k, name, away, e) == -1)
		return -1;
	scrub_gone(k, t);
	if (rename(path, away) == 0)
		log_warnx("store", "%s was moved to quarantine: %s", path, why);
	else if (errno == ENOENT) {
		log_warnx("store", "%s is gone; a new one is begun", path);
		leave_sign(away);
	} else if (unlink(path) == 0 || rmdir(path) == 0) {
		log_warnx("store", "%s was removed: %s", path, why);
		leave_sign(away);
	} else
		log_warn("store", "%s cannot be moved away (%s)", path, why);
	t->state = TANK_ABSENT;
	t->sealed = false;
	t->dirty = false;
	t->failures = 0;
	t->applied_lsn = 0;
	k->stats.quarantined++;
	checkpoint_gone(k->checkpoint, t->sid, name);
	if (checkpoint_write(k->checkpoint, e) == -1)
		return -1;
	if (k->conf.quarantined != NULL)
		k->conf.quarantined(k->conf.arg, t->sid, why);
	return 0;
}

/* Make the file, so that its first row is the first sample pending. That it is being made is noted
 * before: after a crash it is then known for half-made. 1, 0 if it cannot be now, -1. */
static int
create(struct keeper *k, struct tank *t, const char *path, const char *name, struct err *e)
{
	const struct series_def *def = &catalog_series(k->catalog, t->sid)->def;
	struct rrdlib_shape shape = k->conf.shape(k->conf.arg, def->source);
	char dir[PATH_MAX];
	struct err why;

	const struct checkpoint_entry *en = checkpoint_of(k->checkpoint, t->sid, name);
	if (en == NULL || en->type != CHECKPOINT_CREATED)
		checkpoint_created(k->checkpoint, t->sid, name);
	int rc = checkpoint_write(k->checkpoint, e);
	if (rc != 0) {
		complain(k, t->sid, clock_mono_ms(), e->msg);
		return rc == 1 ? 0 : -1;
	}
	if (str_format(dir, sizeof dir, "%s/%s", k->conf.rrd_dir, def->node) == -1)
		return err_set(e, "the path %s is too long", k->conf.rrd_dir);
	if (fs_mkdirs(dir, 0750, &why) == -1 || fs_sync_dir(k->conf.rrd_dir, &why) == -1 ||
	    rrdlib_create(path, def, &shape, pending_time(&t->rows, 0) - def->step_s, &why) == -1) {
		(void)unlink(path);
		complain(k, t->sid, clock_mono_ms(), why.msg);
		return 0;
	}
	scrub_made(k, t);
	t->state = TANK_READY;
	return 1;
}

/* Give the file the fields that the series got. The image of the new file is durable before it
 * takes the old one's place: recovery finishes or drops what a crash left (recover.c). 1, 0 if it
 * cannot be now, -1. */
static int
widen(struct keeper *k, struct tank *t, const char *path, const char *name, unsigned have,
    struct err *e)
{
	const struct series_def *def = &catalog_series(k->catalog, t->sid)->def;
	struct rrdlib_shape shape = k->conf.shape(k->conf.arg, def->source);
	char wider[PATH_MAX];
	struct rrdfile f;
	uint8_t *header = NULL;
	struct err why;

	if (str_format(wider, sizeof wider, "%s.new", path) == -1)
		return err_set(e, "the path %s is too long", path);
	if (rrdlib_widen(wider, path, have, def, shape.heartbeat, &why) == -1 ||
	    rrdfile_read(wider, tank_max_time(), &f, &header, &why) == -1) {
		(void)unlink(wider);
		complain(k, t->sid, clock_mono_ms(), why.msg);
		return 0;
	}
	checkpoint_image(
	    k->checkpoint, t->sid, name, t->applied_lsn, f.file_bytes, header, f.header_bytes);
	free(header);
	if (checkpoint_write(k->checkpoint, e) != 0)
		return -1;
	if (rename(wider, path) == -1)
		return err_set(e, "cannot rename %s: %s", wider, strerror(errno));
	scrub_gone(k, t);
	t->sealed = false;
	t->dirty = false;
	char dir[PATH_MAX];
	if (str_format(dir, sizeof dir, "%s/%s", k->conf.rrd_dir, def->node) == -1)
		return err_set(e, "the path %s is too long", path);
	return fs_sync_dir(dir, e) == -1 ? -1 : 1;
}

/* Leave out rows that the file has already; there are none unless somebody else wrote it. */
static void
drop_old(struct keeper *k, struct tank *t, int64_t last_s)
{
	size_t n = 0;

	while (n < t->rows.n && pending_time(&t->rows, n) <= last_s)
		n++;
	if (n > 0) {
		pending_drop(&t->rows, n);
		k->stats.late += n;
	}
}

/* Read and judge the header. ESTALE: it is sound, but not what was left; the image of it is put
 * back when the program begins anew. */
static int
read_sealed(struct keeper *k, const struct tank *t, const char *path, struct rrdfile *f,
    uint8_t **header, struct err *why)
{
	char name[RRDFILE_PATH], file[RRDFILE_PATH + 8], whole[PATH_MAX];

	if (rrdfile_read(path, tank_max_time(), f, header, why) == -1)
		return -1;
	if (tank_is_sealed(t, *header, f->header_bytes))
		return 0;
	free(*header);
	*header = NULL;
	err_set(why, "its header was changed by somebody else; it is put back");
	tank_path(k, t->sid, whole, name);
	(void)snprintf(file, sizeof file, "rrd/%s", name);
	if (k->conf.damaged != NULL)
		k->conf.damaged(k->conf.arg, file, why->msg);
	errno = ESTALE;
	return -1;
}

/* Read the header, or put the file aside. */
int
tank_read(struct keeper *k, struct tank *t, const char *path, struct rrdfile *f, uint8_t **header,
    struct err *e)
{
	struct err why;

	if (read_sealed(k, t, path, f, header, &why) == 0)
		return 1;
	if (errno == ESTALE)
		return err_set(e, "%s: %s", path, why.msg);
	if (errno == ENOENT || errno == EBADMSG)
		return tank_quarantine(k, t, why.msg, e);
	complain(k, t->sid, clock_mono_ms(), why.msg);
	return 0;
}

/* The file as it must be to take the rows: made, sound and wide enough; and the rows as wide as it:
 * it may have been made for more fields than the series had when they came. 1 if it is, 0 if it
 * cannot be had now. */
static int
prepare(struct keeper *k, struct tank *t, const char *path, const char *name, struct err *e)
{
	struct rrdfile f;
	uint8_t *header = NULL;
	int rc = 1;

	for (unsigned turn = 0; rc == 1 && turn < 4; turn++) {
		if (t->state == TANK_ABSENT && (rc = create(k, t, path, name, e)) != 1)
			break;
		if ((rc = tank_read(k, t, path, &f, &header, e)) != 1) {
			if (rc == -1 || t->state != TANK_ABSENT)
				return rc;
			rc = 1; /* it was put aside: another is made */
			continue;
		}
		free(header);
		drop_old(k, t, f.last_s);
		if (f.nsources >= t->rows.width) {
			pending_widen(&t->rows, f.nsources);
			return 1;
		}
		rc = widen(k, t, path, name, f.nsources, e);
	}
	return rc == 1 ? 0 : rc;
}

/* Whether a header is the one that was left. */
bool
tank_is_sealed(const struct tank *t, const uint8_t *header, size_t n)
{
	return !t->sealed || t->seal == crc32c(0, header, n);
}

/* Remember a header. */
void
tank_seal(struct tank *t, const uint8_t *header, size_t n)
{
	t->sealed = true;
	t->seal = crc32c(0, header, n);
}

/* We changed the header. */
static void
reseal(struct tank *t, const char *path)
{
	struct rrdfile f;
	uint8_t *header = NULL;

	t->sealed = false;
	if (rrdfile_read(path, INT64_MAX, &f, &header, NULL) == 0)
		tank_seal(t, header, f.header_bytes);
	free(header);
}

/* Rows are in the file. */
static void
wrote(struct keeper *k, struct tank *t, const char *path)
{
	reseal(t, path);
	k->stats.values += (uint64_t)t->rows.n * t->rows.width;
	k->stats.updates++;
	t->applied_lsn = t->last_lsn;
	t->dirty = true;
	t->failures = 0;
	t->stuck = false;
	pending_clear(&t->rows);
}

/* librrd failed: try later; at last the file must be what is wrong. */
static int
update_failed(struct keeper *k, struct tank *t, int64_t now_ms, const char *why, struct err *e)
{
	t->sealed = false;
	t->dirty = true; /* some of the rows may be in the file */
	t->stuck = true;
	t->due_ms = now_ms + RETRY_MS;
	complain(k, t->sid, now_ms, why);
	if (++t->failures < MAX_FAILURES)
		return 0;
	return tank_quarantine(k, t, why, e);
}

/* Write what is pending. */
static int
write_rows(struct keeper *k, struct tank *t, int64_t now_ms, struct err *e)
{
	const struct series_def *def = &catalog_series(k->catalog, t->sid)->def;
	char path[PATH_MAX], name[RRDFILE_PATH];
	struct err why;

	tank_path(k, t->sid, path, name);
	int rc = prepare(k, t, path, name, e);
	if (rc <= 0) {
		t->stuck = true;
		t->due_ms = now_ms + RETRY_MS;
		return rc;
	}
	if (t->rows.n == 0)
		return 0;
	if (rrdlib_update(path, def, &t->rows, &k->text, &why) == -1)
		return update_failed(k, t, now_ms, why.msg, e);
	wrote(k, t, path);
	return 0;
}

/* Write what is pending, with the file marked as the one worked on. */
int
tank_write(struct keeper *k, struct tank *t, int64_t now_ms, struct err *e)
{
	if (t->rows.n == 0)
		return 0;
	size_t before = pending_bytes(&t->rows);
	k->pending_bytes -= before;
	k->stats.pending -= (uint64_t)t->rows.n * t->rows.width;
	*(volatile uint32_t *)k->mark = t->sid;
	int rc = write_rows(k, t, now_ms, e);
	*(volatile uint32_t *)k->mark = 0;
	k->pending_bytes += pending_bytes(&t->rows);
	k->stats.pending += (uint64_t)t->rows.n * t->rows.width;
	return rc;
}

/* A clock was ahead, and the file has samples of times to come. What is pending goes into it first,
 * so that it does not depend on when files are written what it will hold. */
int
tank_rewind(
    struct keeper *k, struct tank *t, uint64_t lsn, int64_t time_s, int64_t now_ms, struct err *e)
{
	char path[PATH_MAX];
	int64_t was_s = t->last_s;
	unsigned held;
	struct err why;

	if (tank_write(k, t, now_ms, e) == -1)
		return -1;
	if (t->rows.n > 0)
		return 0;
	tank_path(k, t->sid, path, NULL);
	if (t->state == TANK_READY && rewind_file(path, time_s - 1, &t->last_s, &why) == -1) {
		if (errno != ENOENT && errno != EBADMSG) {
			scrub_gone(k, t); /* some rows may be taken out */
			complain(k, t->sid, now_ms, why.msg);
			return 0;
		}
		if (tank_quarantine(k, t, why.msg, e) == -1)
			return -1;
	}
	if (t->state == TANK_ABSENT)
		t->last_s = 0;
	else {
		reseal(t, path);
		scrub_rewound(k, t, was_s);
		t->dirty = true;
	}
	t->applied_lsn = lsn - 1;
	if (log_throttle_pass(&k->ahead, now_ms, &held))
		log_warnx("store",
		    "%s held samples of up to %" PRId64
		    " s later than now, of clocks that were ahead; they are taken out (%u more)",
		    path, was_s - time_s, held);
	return 1;
}
