/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper: the store child's work.
 *
 * What makes it exact: a series' samples are taken in ascending order of time, judged by nothing
 * but themselves and those before them, so a replay takes the same ones; an RRD's bytes depend on
 * its rows and not on how they were put into calls; and every header image goes with the LSN of
 * the last sample in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/journal/journal.h"
#include "collector/store/keeper.h"
#include "collector/store/recover.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/str.h"

#define MAX_ROWS 1024 /* pending of one series: more are written early */
#define FUTURE_S 300  /* a sample may be this much ahead of its arrival; intake.future at most */
#define FRESH_S 60    /* measured at most this long before it came: not of a backlog */
#define LATE_S 120    /* or longer: a backlog */
#define LATE_FLUSH_MS 30000
#define PAST_S (400 * 86400) /* or behind: librrd walks each step that is skipped */

/* Lock DIR/store for this process: two writers would destroy the RRDs. */
static int
lock_store(struct keeper *k, struct err *e)
{
	char path[PATH_MAX];

	if (str_format(path, sizeof path, "%s/store/lock", k->conf.dir) == -1)
		return err_set(e, "the path %s is too long", k->conf.dir);
	k->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (k->lock_fd == -1)
		return err_set(e, "cannot open %s: %s", path, strerror(errno));
	if (flock(k->lock_fd, LOCK_EX | LOCK_NB) == -1)
		return err_set(e, "%s is locked: another store is running", path);
	return 0;
}

/* Map DIR/store/working, which outlives this process. */
static int
map_mark(struct keeper *k, struct err *e)
{
	char path[PATH_MAX];
	int rc = -1;

	if (str_format(path, sizeof path, "%s/store/working", k->conf.dir) == -1)
		return err_set(e, "the path %s is too long", k->conf.dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_set(e, "cannot open %s: %s", path, strerror(errno));
	if (posix_fallocate(fd, 0, sizeof *k->mark) != 0)
		err_set(e, "cannot make %s", path);
	else {
		void *p = mmap(NULL, sizeof *k->mark, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			err_set(e, "cannot map %s: %s", path, strerror(errno));
		else {
			k->mark = p;
			rc = 0;
		}
	}
	close(fd);
	return rc;
}

/* The series' tank; made when the series is new to us. Its file is then still to be recovered. */
static struct tank *
tank_of(struct keeper *k, uint32_t sid, bool *is_new)
{
	if (sid >= k->ntanks) {
		uint32_t n = sid + sid / 2 + 64;
		k->tanks = xreallocarray(k->tanks, n, sizeof(struct tank *));
		memset(k->tanks + k->ntanks, 0, (n - k->ntanks) * sizeof(struct tank *));
		k->ntanks = n;
	}
	*is_new = k->tanks[sid] == NULL;
	if (*is_new) {
		struct tank *t = xcalloc(1, sizeof *t);
		t->sid = sid;
		t->due_ms = keeper_due(sid, k->conf.flush_ms, clock_mono_ms());
		k->tanks[sid] = t;
		k->stats.files++;
	}
	return k->tanks[sid];
}

/* Bring all files back to their images. */
static int
recover_all(struct keeper *k, bool crashed, struct err *e)
{
	uint32_t culprit = crashed ? *k->mark : 0;
	bool is_new;

	*k->mark = 0;
	for (uint32_t sid = 1; sid <= catalog_count(k->catalog); sid++) {
		if (catalog_series(k->catalog, sid) == NULL)
			continue;
		struct tank *t = tank_of(k, sid, &is_new);
		int rc = sid == culprit ? tank_quarantine(k, t, "librrd died of it", e)
					: recover_tank(k, t, e);
		if (rc == -1)
			return -1;
	}
	recover_sweep(k->conf.rrd_dir);
	return 0;
}

/* Make the directories. */
static int
make_dirs(const struct keeper_conf *conf, struct err *e)
{
	static const char *const below[] = { "store", "quarantine" };
	char path[PATH_MAX];
	struct err why;

	for (unsigned i = 0; i < sizeof below / sizeof below[0]; i++)
		if (str_format(path, sizeof path, "%s/%s", conf->dir, below[i]) == -1 ||
		    fs_mkdirs(path, 0750, e) == -1)
			return -1;
	/* Without checksums it goes on. */
	if (str_format(path, sizeof path, "%s/store/sums", conf->dir) == -1)
		return err_set(e, "the path %s is too long", conf->dir);
	if (fs_mkdirs(path, 0750, &why) == -1 &&
	    (unlink(path) == -1 || fs_mkdirs(path, 0750, &why) == -1))
		log_warnx("store", "no checksums are kept: %s", why.msg);
	return fs_mkdirs(conf->rrd_dir, 0750, e);
}

/* Tell of images that are not there. */
static void
tell_adopted(const struct keeper *k)
{
	char why[120];

	if (k->adopted == 0 || k->conf.damaged == NULL)
		return;
	(void)snprintf(why, sizeof why,
	    "it has no image of %u files; they are taken as they are, and those missing are begun "
	    "anew",
	    k->adopted);
	k->conf.damaged(k->conf.arg, "store/checkpoint", why);
}

/* Open all and recover. */
int
keeper_open(struct keeper **out, const struct keeper_conf *conf, bool crashed, struct err *e)
{
	struct keeper *k = xcalloc(1, sizeof *k);
	char dir[PATH_MAX];

	k->conf = *conf;
	k->lock_fd = -1;
	k->complaint.every_ms = k->ahead.every_ms = 60000;
	k->checkpoint_due_ms = clock_mono_ms() + conf->checkpoint_ms;
	if (make_dirs(conf, e) == -1 || lock_store(k, e) == -1 || map_mark(k, e) == -1 ||
	    checkpoint_open(&k->checkpoint, conf->dir, e) == -1)
		goto fail;
	if (checkpoint_damage(k->checkpoint) > 0 && conf->damaged != NULL)
		conf->damaged(conf->arg, "store/checkpoint", "what was damaged in it is left out");
	if (str_format(dir, sizeof dir, "%s/catalog", conf->dir) == -1) {
		err_set(e, "the path %s is too long", conf->dir);
		goto fail;
	}
	if (catalog_open_reader(&k->catalog, dir, e) == -1 || recover_all(k, crashed, e) == -1)
		goto fail;
	tell_adopted(k);
	/* Files that were taken as they are need an image before they change. */
	if (keeper_checkpoint(k, clock_mono_ms(), clock_wall_ms(), &(uint64_t){ 0 }, e) == -1)
		goto fail;
	*out = k;
	return 0;
fail:
	keeper_close(k);
	return -1;
}

/* Free all; nothing is written. */
void
keeper_close(struct keeper *k)
{
	if (k == NULL)
		return;
	for (uint32_t i = 0; i < k->ntanks; i++)
		if (k->tanks[i] != NULL) {
			pending_free(&k->tanks[i]->rows);
			free(k->tanks[i]);
		}
	free(k->tanks);
	seglog_reader_close(k->reader);
	catalog_close(k->catalog);
	checkpoint_close(k->checkpoint);
	if (k->mark != NULL)
		munmap(k->mark, sizeof *k->mark);
	if (k->lock_fd != -1)
		close(k->lock_fd);
	buf_free(&k->text);
	free(k);
}

/* The LSN of the last record that the journal does not hold any more: it is in the header of the
 * oldest segment (zw/seglog.h). 0: none, or it cannot be told. */
static uint64_t
trimmed_up_to(const char *dir)
{
	char oldest[32] = "~", path[PATH_MAX];
	uint8_t h[32];
	DIR *d = opendir(dir);

	for (struct dirent *de; d != NULL && (de = readdir(d)) != NULL;)
		if (strlen(de->d_name) == 20 && strcmp(de->d_name + 16, ".seg") == 0 &&
		    strcmp(de->d_name, oldest) < 0)
			(void)str_copy(oldest, sizeof oldest, de->d_name);
	if (d != NULL)
		closedir(d);
	if (str_format(path, sizeof path, "%s/%s", dir, oldest) == -1)
		return 0;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return 0;
	ssize_t n = read(fd, h, sizeof h);
	close(fd);
	if (n != (ssize_t)sizeof h || memcmp(h, "ZWSEGLOG", 8) != 0)
		return 0;
	struct cursor c = cursor_over(h + 24, 8);
	return cursor_be64(&c);
}

/* Open the journal where the last checkpoint left it, or at its start if it is another one. */
static int
open_journal(struct keeper *k, struct err *e)
{
	const struct checkpoint_record *last = checkpoint_last(k->checkpoint);
	char dir[PATH_MAX];

	if (str_format(dir, sizeof dir, "%s/journal", k->conf.dir) == -1)
		return err_set(e, "the path %s is too long", k->conf.dir);
	k->followed = last != NULL ? last->from : 0;
	if (seglog_reader_open(&k->reader, dir, k->followed + 1, e) == -1)
		return -1;
	memcpy(k->journal_id, seglog_reader_id(k->reader), SEGLOG_ID);
	uint64_t trimmed = trimmed_up_to(dir);
	if (last == NULL && trimmed > 0)
		log_info("store",
		    "without a checkpoint: beginning with the journal, after LSN %llu",
		    (unsigned long long)trimmed);
	else if (last != NULL && trimmed > k->followed)
		log_warnx("store", "the journal lacks LSN %llu to %llu, which were not written yet",
		    (unsigned long long)k->followed + 1, (unsigned long long)trimmed);
	if (last == NULL || memcmp(last->journal_id, k->journal_id, SEGLOG_ID) == 0)
		return 0;
	log_warnx("store",
	    "the journal is another one than at the last checkpoint; what was in "
	    "the old one after LSN %llu and was not written yet is lost",
	    (unsigned long long)last->from);
	seglog_reader_close(k->reader);
	k->reader = NULL;
	k->followed = 0;
	for (uint32_t i = 0; i < k->ntanks; i++)
		if (k->tanks[i] != NULL) {
			k->tanks[i]->applied_lsn = 0;
			k->tanks[i]->dirty = k->tanks[i]->state == TANK_READY;
		}
	return seglog_reader_open(&k->reader, dir, 1, e);
}

/* How far the logs may be read. */
int
keeper_durable(struct keeper *k, uint64_t journal_lsn, uint64_t catalog_lsn, struct err *e)
{
	if (catalog_follow(k->catalog, catalog_lsn, e) == -1)
		return -1;
	if (journal_lsn > 0 && k->reader == NULL && open_journal(k, e) == -1)
		return -1;
	k->journal_durable = journal_lsn;
	if (k->journal_before == 0)
		k->journal_before = journal_lsn;
	return 0;
}

/* The phases of all files, spread evenly. */
int64_t
keeper_due(uint32_t sid, int64_t flush_ms, int64_t now_ms)
{
	int64_t phase = (int64_t)(((uint64_t)(sid * 2654435769u) * (uint64_t)flush_ms) >> 32);
	int64_t due = now_ms - now_ms % flush_ms + phase;

	return due > now_ms ? due : due + flush_ms;
}

/* Write a file and plan its next writing. */
static int
write_now(struct keeper *k, struct tank *t, int64_t now_ms, struct err *e)
{
	t->due_ms = keeper_due(t->sid, k->conf.flush_ms, now_ms);
	return tank_write(k, t, now_ms, e);
}

/* Whether a sample may go into the file: librrd takes only what is newer than its last update, one
 * sample from the future would close the file for all real ones, and one from the far past would
 * make it walk through all steps since. */
static bool
is_timely(const struct tank *t, int64_t time_s, int64_t recv_s)
{
	return time_s > t->last_s && time_s <= recv_s + FUTURE_S && time_s >= recv_s - PAST_S &&
	       time_s >= RRDFILE_MIN_TIME;
}

/* Whether the file has samples of times to come, so that one that is of now by its own and by our
 * clock finds no place: both had been ahead. Of a file that nobody knows, the journal may hold old
 * records that are in it: there the clock of this moment must say so, too. */
static bool
is_ahead(const struct tank *t, int64_t time_s, int64_t recv_s)
{
	if (t->adopted && t->last_s <= clock_wall_ms() / 1000 + FUTURE_S)
		return false;
	return t->last_s > recv_s + FUTURE_S && time_s > recv_s - FRESH_S &&
	       time_s <= recv_s + FUTURE_S && time_s >= RRDFILE_MIN_TIME;
}

/* The width of a further row. Rows of another one that could not be written wait on: they get its
 * width, or it gets theirs. */
static unsigned
fit_width(struct keeper *k, struct tank *t, unsigned width)
{
	if (t->rows.n == 0)
		return width;
	if (t->rows.width >= width)
		return t->rows.width;
	k->pending_bytes -= pending_bytes(&t->rows);
	k->stats.pending += (uint64_t)t->rows.n * (width - t->rows.width);
	pending_widen(&t->rows, width);
	k->pending_bytes += pending_bytes(&t->rows);
	return width;
}

/* Gather a row; what is pending is written first if it is much or of another width. */
static int
add_row(struct keeper *k, struct tank *t, unsigned width, const struct catalog_binding *bind,
    const struct journal_record *rec, const struct batch_reader *b, int64_t now_ms, struct err *e)
{
	int64_t recv_s = rec->recv_ms / 1000;
	uint64_t lsn = rec->lsn;

	if (t->rows.n > 0 &&
	    (t->rows.n % MAX_ROWS == 0 || !pending_takes(&t->rows, width, b->time_s)) &&
	    write_now(k, t, now_ms, e) == -1)
		return -1;
	width = fit_width(k, t, width);
	if (!pending_takes(&t->rows, width, b->time_s)) {
		k->stats.errors++; /* a lifetime after the first of those that wait */
		return 0;
	}
	if (t->rows.n == 0)
		t->first_lsn = lsn;
	k->pending_bytes -= pending_bytes(&t->rows);
	double *row = pending_add(&t->rows, width, b->time_s);
	k->pending_bytes += pending_bytes(&t->rows);
	for (unsigned i = 0; i < b->nvalues && i < bind->nvalues; i++)
		if (bind->map[i] < width)
			row[bind->map[i]] = b->values[i];
	/* What comes late has waited long enough: a backlog is in the files soon after it came. */
	if (recv_s - b->time_s > LATE_S && t->due_ms > now_ms + LATE_FLUSH_MS && !t->stuck)
		t->due_ms = keeper_due(t->sid, LATE_FLUSH_MS, now_ms);
	t->last_s = b->time_s;
	t->last_lsn = lsn;
	t->adopted = false;
	k->stats.pending += width;
	return 0;
}

/* Take in one series' values of a batch. -1: see keeper_apply(). */
static int
take_sample(struct keeper *k, const struct journal_record *rec, const struct batch_reader *b,
    int64_t now_ms, struct err *e)
{
	const struct catalog_binding *bind = catalog_binding(k->catalog, rec->stream, b->id);
	const struct catalog_series *s =
	    bind != NULL ? catalog_series(k->catalog, bind->sid) : NULL;

	if (s == NULL) {
		k->stats.errors++;
		return 0;
	}
	bool is_new;
	struct tank *t = tank_of(k, bind->sid, &is_new);
	if (is_new && recover_tank(k, t, e) == -1)
		return -1;
	if (rec->lsn <= t->applied_lsn)
		return 0; /* a replay of what is in the file */
	if (is_ahead(t, b->time_s, rec->recv_ms / 1000) &&
	    tank_rewind(k, t, rec->lsn, b->time_s, now_ms, e) == -1)
		return -1;
	if (!is_timely(t, b->time_s, rec->recv_ms / 1000)) {
		k->stats.late++;
		return 0;
	}
	return add_row(k, t, s->def.nfields, bind, rec, b, now_ms, e);
}

/* Take in a record. */
static int
take_record(struct keeper *k, const struct seglog_record *raw, int64_t now_ms, struct err *e)
{
	struct journal_record rec;
	struct batch_reader b;
	struct err why;
	int rc;

	if (raw->type != WIRE_BATCH)
		return 0;
	if (journal_record_decode(raw, &rec, &why) == -1 ||
	    batch_open(&b, rec.payload, rec.len, &why) == -1) {
		k->stats.errors++;
		return 0;
	}
	while ((rc = batch_next(&b)) == 1)
		if (take_sample(k, &rec, &b, now_ms, e) == -1)
			return -1;
	if (rc == -1)
		k->stats.errors++;
	return 0;
}

/* Write files, round and round, until no more than `most` bytes are pending. */
static int
relieve(struct keeper *k, size_t most, int64_t now_ms, struct err *e)
{
	for (uint32_t i = 0; i < k->ntanks && k->pending_bytes > most; i++) {
		k->next_tank = k->next_tank + 1 < k->ntanks ? k->next_tank + 1 : 0;
		struct tank *t = k->tanks[k->next_tank];
		if (t == NULL || t->rows.n == 0 || (t->stuck && t->due_ms > now_ms))
			continue;
		if (tank_write(k, t, now_ms, e) == -1)
			return -1;
		if (t->rows.n == 0) { /* its memory counts, too */
			k->pending_bytes -= pending_bytes(&t->rows);
			pending_free(&t->rows);
		}
	}
	return 0;
}

/* Tell of damage met in the journal since `before` places were. */
static void
tell_damage(struct keeper *k, uint64_t before)
{
	char why[80];

	if (k->damage == before)
		return;
	(void)snprintf(why, sizeof why, "%llu damaged places were met and skipped",
	    (unsigned long long)(k->damage - before));
	log_warnx("store", "journal: %s", why);
	if (k->conf.damaged != NULL)
		k->conf.damaged(k->conf.arg, "journal", why);
}

/* Take in records for a while. */
int
keeper_apply(struct keeper *k, int64_t now_ms, int64_t budget_us, struct err *e)
{
	struct seglog_record raw;
	int64_t end = clock_mono_us() + budget_us;
	int rc = 1;

	if (k->reader == NULL)
		return 0;
	for (unsigned n = 0; rc == 1; n++) {
		if (n % 16 == 15 && clock_mono_us() >= end)
			return 1;
		if (k->pending_bytes > k->conf.max_pending) {
			if (relieve(k, k->conf.max_pending / 4 * 3, now_ms, e) == -1)
				return -1;
			if (k->pending_bytes > k->conf.max_pending)
				return 0; /* nothing can be written now: the journal holds it */
		}
		uint64_t before = k->damage;
		rc = seglog_read(k->reader, k->journal_durable, &raw, &k->damage, e);
		tell_damage(k, before);
		if (rc == 1) {
			if (take_record(k, &raw, now_ms, e) == -1)
				return -1;
			k->followed = raw.lsn;
			k->stats.applied_lsn = raw.lsn;
		}
	}
	k->at_end = k->at_end || rc == 0;
	return rc;
}

/* Write what is due. */
int
keeper_write(struct keeper *k, int64_t now_ms, int64_t budget_us, struct err *e)
{
	int64_t end = clock_mono_us() + budget_us;

	for (uint32_t i = 0; i < k->ntanks; i++) {
		k->next_tank = k->next_tank + 1 < k->ntanks ? k->next_tank + 1 : 0;
		struct tank *t = k->tanks[k->next_tank];
		if (t == NULL || t->rows.n == 0 || t->due_ms > now_ms)
			continue;
		if (write_now(k, t, now_ms, e) == -1)
			return -1;
		if (clock_mono_us() >= end)
			return 1;
	}
	return 0;
}

/* Write some series, or all. */
int
keeper_flush(struct keeper *k, const uint32_t *sids, size_t n, int64_t now_ms, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (sids[i] < k->ntanks && k->tanks[sids[i]] != NULL &&
		    tank_write(k, k->tanks[sids[i]], now_ms, e) == -1)
			return -1;
	for (uint32_t i = 0; n == 0 && i < k->ntanks; i++)
		if (k->tanks[i] != NULL && tank_write(k, k->tanks[i], now_ms, e) == -1)
			return -1;
	return 0;
}
