/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool: the agent's records between their making and the collector's acknowledgement.
 *
 * Two logs (zw/seglog.h): DIR/records, whose LSNs are the stream's numbers and whose id is the
 * stream's, and DIR/series. Records go to memory at once, and the spool's thread, which also thins,
 * drops and trims, writes them after COMMIT_MS, or when it is done with those before: a power cut
 * takes what the disk has not said yet that it has. A record is sent before it is on disk; so at
 * each start numbers are left out (agent/spool_start.h), and none means two records.
 *
 * DIR/acked remembers now and then how far the collector has acknowledged, so that a restart
 * without a collector does not count as lost what is not needed: stream id, be64 number, crc32c. */
#include <assert.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spool.h"
#include "agent/spool_room.h"
#include "agent/spool_runs.h"
#include "agent/spool_series.h"
#include "agent/spool_start.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/crc32c.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/wire.h"

#define COMMIT_MS 500
#define ACKED_MS 60000 /* the collector tells it anew in each session; this only saves reading */
#define NO_SPACE_MS 1000
#define SEGMENT_MAX (1024 * 1024)
#define SEGMENT_MIN (64 * 1024)
#define MAX_PENDING (4 * 1024 * 1024) /* bytes in memory while the disk does not take any */
#define ACKED_BYTES (SEGLOG_ID + 8 + 4)
#define MAX_DAMAGED 8 /* spools put aside */

struct spool_job {		      /* what the thread does at a time */
	struct seglog_commit *commit; /* NULL: nothing awaits */
	int64_t since_ms;	      /* monotonic, of its oldest record */
	int rc;			      /* of the commit */
	struct err e;
	uint64_t acked;
	bool save_acked;
	int64_t now_ms;
	struct spool_loss loss;
};

struct spool {
	char *dir;
	char *records_dir;
	struct seglog *log;
	struct spool_series *series;
	struct spool_limits limits;
	struct worker *worker;
	struct event *timer;
	int64_t due_ms;	  /* monotonic, of the timer; 0: it is not set */
	int64_t since_ms; /* the same of the oldest record that is in no commit yet */
	bool busy;	  /* the job is in the thread */
	bool closing;
	struct spool_job job;
	struct log_throttle no_space;

	uint64_t acked;
	uint64_t acked_saved;
	int64_t acked_saved_ms; /* monotonic */
	struct spool_runs held;
	uint64_t dropped;
	uint64_t damaged; /* places met */
	uint64_t unkept;  /* dropped because memory was full, and not yet told */

	struct seglog_reader *reader;
	uint64_t read_last;
	void (*lost)(void *arg, uint64_t records, bool thinned);
	void *lost_arg;
};

/* The path of something in a spool's directory, which the caller frees. */
static char *
spool_path(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

/* A record that is on disk. */
static void
spool_found(void *arg, const struct seglog_record *rec)
{
	struct spool *s = arg;

	spool_runs_add(&s->held, rec->lsn);
}

/* Read how far the collector had acknowledged. Any doubt means that it had not. */
static void
spool_load_acked(struct spool *s)
{
	char *path = spool_path(s->dir, "acked"), *data = NULL;
	size_t n;
	struct err e;

	if (fs_read(path, ACKED_BYTES, &data, &n, &e) == 0 && n == ACKED_BYTES) {
		struct cursor c = cursor_over(data + SEGLOG_ID, 8 + 4);
		uint64_t seq = cursor_be64(&c);
		if (memcmp(data, seglog_id(s->log), SEGLOG_ID) == 0 &&
		    cursor_be32(&c) == crc32c(0, data, ACKED_BYTES - 4))
			s->acked = s->acked_saved = seq;
	}
	free(data);
	free(path);
	spool_runs_cut(&s->held, s->acked);
	seglog_jump(s->log, s->acked + 1);
}

/* Write it. */
static void
spool_save_acked(const struct spool *s, uint64_t acked)
{
	char *path = spool_path(s->dir, "acked");
	struct buf b = { 0 };
	struct err e;

	buf_put(&b, seglog_id(s->log), SEGLOG_ID);
	buf_be64(&b, acked);
	buf_be32(&b, crc32c(0, b.data, b.len));
	if (fs_replace(path, b.data, b.len, &e) == -1)
		log_debug("spool", "%s", e.msg);
	buf_free(&b);
	free(path);
}

/* In the thread: forget what is acknowledged, make room (the oldest goes), commit. */
static void
spool_work(void *arg)
{
	struct spool *s = arg;
	struct spool_job *j = &s->job;

	uint64_t more = j->commit != NULL ? seglog_commit_bytes(j->commit) : 0;

	seglog_trim(s->log, j->acked);
	spool_room_make(s->log, s->records_dir, &s->limits, more, j->now_ms, &j->loss);
	j->rc = 0;
	if (j->commit != NULL) {
		do {
			j->rc = seglog_commit_run(j->commit, &j->e);
		} while (j->rc == 1 && spool_room_drop(s->log, &j->loss));
	}
	if (j->rc == 0 && j->save_acked)
		spool_save_acked(s, j->acked);
}

/* Have the timer fire in so many milliseconds, or sooner if it is set so. */
static void
spool_arm(struct spool *s, int64_t ms)
{
	int64_t due = clock_mono_ms() + ms;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (s->closing || (s->due_ms != 0 && s->due_ms <= due))
		return;
	s->due_ms = due;
	event_add(s->timer, &tv);
}

/* Have it fire when the oldest record has awaited a commit for COMMIT_MS. */
static void
spool_arm_commit(struct spool *s)
{
	int64_t ms = s->since_ms + COMMIT_MS - clock_mono_ms();

	spool_arm(s, s->job.commit != NULL ? NO_SPACE_MS : ms > 0 ? ms : 0);
}

/* Tell of records that are no more. */
static void
spool_tell(struct spool *s, uint64_t records, bool thinned)
{
	if (records == 0)
		return;
	log_warnx("spool", "%llu records %s", (unsigned long long)records,
	    thinned ? "thinned out, for want of room" : "dropped, for want of room");
	if (s->lost != NULL && !s->closing)
		s->lost(s->lost_arg, records, thinned);
}

/* Draw the conclusions of what the thread lost. */
static void
spool_take_loss(struct spool *s, struct spool_loss *loss)
{
	uint64_t thinned = spool_runs_subtract(&s->held, &loss->thinned);
	uint64_t dropped = spool_runs_cut(&s->held, loss->dropped);

	if (loss->thinned.count > 0 || loss->dropped > 0) {
		seglog_reader_close(s->reader); /* it may still show them */
		s->reader = NULL;
	}
	spool_runs_free(&loss->thinned);
	loss->dropped = 0;
	s->dropped += thinned + dropped;
	dropped += s->unkept;
	s->unkept = 0;
	spool_tell(s, thinned, true);
	spool_tell(s, dropped, false);
}

/* In the loop: the thread is done. */
static void
spool_done(void *arg)
{
	struct spool *s = arg;
	struct spool_job *j = &s->job;
	unsigned held;

	s->busy = false;
	if (j->rc == -1)
		fatalx("spool", "%s; ending, to begin with what is on disk", j->e.msg);
	if (j->rc == 1 && log_throttle_pass(&s->no_space, clock_steady_ms(), &held))
		log_warnx("spool", "records wait in memory: %s", j->e.msg);
	if (j->rc == 0 && j->commit != NULL) {
		seglog_commit_end(j->commit);
		j->commit = NULL;
	}
	if (j->rc == 0 && j->save_acked) {
		s->acked_saved = j->acked;
		s->acked_saved_ms = clock_mono_ms();
	}
	spool_take_loss(s, &j->loss);
	if (j->rc == 1)
		spool_arm(s, NO_SPACE_MS);
	else if (seglog_pending(s->log) > 0)
		spool_arm_commit(s);
	else if (s->acked != s->acked_saved)
		spool_arm(s, ACKED_MS);
}

/* Prepare what the thread is to do. */
static void
spool_prepare(struct spool *s)
{
	struct spool_job *j = &s->job;

	if (j->commit == NULL) {
		j->commit = seglog_commit_begin(s->log);
		j->since_ms = s->since_ms;
	}
	j->acked = s->acked;
	j->save_acked =
	    s->acked != s->acked_saved && clock_mono_ms() >= s->acked_saved_ms + ACKED_MS;
	j->now_ms = clock_steady_ms();
}

/* The timer: give the thread what awaits. */
static void
spool_tick(evutil_socket_t fd, short what, void *arg)
{
	struct spool *s = arg;

	(void)fd;
	(void)what;
	s->due_ms = 0;
	if (s->busy)
		return; /* done() sets the timer again */
	spool_prepare(s);
	s->busy = true;
	worker_submit(s->worker, spool_work, spool_done, s);
}

/* Open the two logs. */
static int
spool_open_logs(struct spool *s, struct err *e)
{
	char *series = spool_path(s->dir, "series");
	struct seglog_opts o = {
		.dir = s->records_dir,
		.subject = "spool",
		.segment_bytes = s->limits.segment_bytes,
		.skip = spool_start_skip(s->dir),
		.found = spool_found,
		.arg = s,
	};
	int rc = spool_series_open(&s->series, series, e);

	free(series);
	return rc == -1 ? -1 : seglog_open(&s->log, &o, e);
}

/* Close them. */
static void
spool_close_logs(struct spool *s)
{
	seglog_close(s->log);
	spool_series_close(s->series);
	spool_runs_free(&s->held);
	s->log = NULL;
	s->series = NULL;
}

/* Put a directory aside under a name that is free. */
static int
spool_put_aside(const char *dir, const char *name, struct err *e)
{
	char *from = spool_path(dir, name);
	int rc = -1;

	for (int i = 1; i <= MAX_DAMAGED && rc == -1; i++) {
		char *to = xasprintf("%s.damaged.%d", from, i);
		rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
		free(to);
	}
	if (rc == -1)
		err_set(e, "%s is damaged and cannot be put aside; remove old %s.damaged.*", from,
		    from);
	free(from);
	return rc;
}

/* Without the series' definitions nobody can tell what the records mean, and their ids must not be
 * used for others: begin a new stream, and keep the old one for people. */
static int
spool_renew(struct spool *s, struct err *e)
{
	s->dropped = s->held.count;
	s->damaged += 1 + seglog_damage(s->log);
	log_warnx("spool",
	    "definitions of series are damaged: %llu records are put aside, a new stream begins",
	    (unsigned long long)s->dropped);
	spool_close_logs(s);
	if (spool_put_aside(s->dir, "records", e) == -1 ||
	    spool_put_aside(s->dir, "series", e) == -1)
		return -1;
	return spool_open_logs(s, e);
}

/* Open all. */
int
spool_open(struct spool **out, struct event_base *base, const char *dir, uint64_t max_bytes,
    int64_t max_age_ms, struct err *e)
{
	struct spool *s = xcalloc(1, sizeof *s);
	uint64_t segment = max_bytes / 16;

	segment = segment > SEGMENT_MAX ? SEGMENT_MAX : segment;
	s->limits = (struct spool_limits){
		.max_bytes = max_bytes,
		.segment_bytes = segment < SEGMENT_MIN ? SEGMENT_MIN : segment,
		.max_age_ms = max_age_ms,
	};
	s->no_space.every_ms = 60000;
	s->dir = xstrdup(dir);
	s->records_dir = spool_path(dir, "records");
	if (spool_open_logs(s, e) == -1)
		goto fail;
	if (spool_series_damaged(s->series) && spool_renew(s, e) == -1)
		goto fail;
	s->damaged += seglog_damage(s->log);
	spool_load_acked(s);
	s->timer = event_new(base, -1, 0, spool_tick, s);
	if (s->timer == NULL || worker_new(&s->worker, base, "spool", e) == -1) {
		if (s->timer == NULL)
			err_set(e, "cannot make a timer");
		goto fail;
	}
	spool_arm(s, COMMIT_MS);
	*out = s;
	return 0;
fail:
	spool_close(s);
	return -1;
}

/* Commit what awaits, or say what cannot be kept. */
static void
spool_close_commit(struct spool *s)
{
	struct spool_job *j = &s->job;
	struct err e;

	for (int i = 0; i < 2; i++) { /* the one that found no space, and what came since */
		spool_prepare(s);
		if (j->commit == NULL)
			break;
		spool_work(s);
		seglog_commit_end(j->commit);
		j->commit = NULL;
		if (j->rc != 0)
			log_warnx("spool", "the last records are lost: %s", j->e.msg);
		spool_take_loss(s, &j->loss);
	}
	if (seglog_commit_now(s->log, &e) == -1)
		log_warnx("spool", "the last records are lost: %s", e.msg);
	if (s->acked != s->acked_saved)
		spool_save_acked(s, s->acked);
}

/* Close all. */
void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	s->closing = true;
	worker_free(s->worker);
	if (s->worker != NULL)
		spool_close_commit(s);
	if (s->timer != NULL)
		event_free(s->timer);
	seglog_reader_close(s->reader);
	spool_close_logs(s);
	free(s->records_dir);
	free(s->dir);
	free(s);
}

/* The stream's id. */
const uint8_t *
spool_stream(const struct spool *s)
{
	return seglog_id(s->log);
}

/* The oldest number not acknowledged. */
uint64_t
spool_first(const struct spool *s)
{
	uint64_t first = spool_runs_first(&s->held);

	return first != 0 ? first : seglog_next(s->log);
}

/* The next number. */
uint64_t
spool_next(const struct spool *s)
{
	return seglog_next(s->log);
}

/* Take a record. When the disk has not taken any for long, its number is used up all the same. */
void
spool_append(struct spool *s, uint8_t type, const void *data, size_t n)
{
	uint64_t seq = seglog_next(s->log), says;

	assert(wire_seq_peek(data, n, &says) == 0 && says == seq);
	if (seglog_pending(s->log) == 0)
		s->since_ms = clock_mono_ms();
	spool_arm_commit(s);
	if (spool_unwritten(s) + n > MAX_PENDING) {
		seglog_jump(s->log, seq + 1);
		s->unkept++;
		s->dropped++;
		return;
	}
	seglog_append(s->log, type, data, n);
	spool_runs_add(&s->held, seq);
}

/* Forget what is safe. */
void
spool_ack(struct spool *s, uint64_t seq)
{
	if (seq <= s->acked)
		return;
	s->acked = seq;
	spool_runs_cut(&s->held, seq);
	seglog_jump(s->log, seq + 1);
	spool_arm(s, ACKED_MS);
}

/* The next record on disk. */
int
spool_read(struct spool *s, uint64_t after, struct seglog_record *rec, struct err *e)
{
	uint64_t damage = 0;
	int rc;

	if (s->reader != NULL && after < s->read_last) {
		seglog_reader_close(s->reader);
		s->reader = NULL;
	}
	if (s->reader == NULL && seglog_reader_open(&s->reader, s->records_dir, after + 1, e) == -1)
		return -1;
	s->read_last = after;
	do {
		rc = seglog_read(s->reader, seglog_durable(s->log), rec, &damage, e);
	} while (rc == 1 && rec->lsn <= after);
	if (rc == 1)
		s->read_last = rec->lsn;
	s->damaged += damage;
	if (damage > 0)
		log_warnx("spool", "damage was met at %llu places of the backlog",
		    (unsigned long long)damage);
	return rc;
}

/* Records held. */
uint64_t
spool_records(const struct spool *s)
{
	return s->held.count;
}

/* Bytes on disk. */
uint64_t
spool_bytes(const struct spool *s)
{
	return seglog_bytes(s->log);
}

/* Records lost since the start. */
uint64_t
spool_dropped(const struct spool *s)
{
	return s->dropped;
}

/* Bytes that no commit has finished with. */
uint64_t
spool_unwritten(const struct spool *s)
{
	uint64_t n = seglog_pending(s->log);

	return n + (s->job.commit != NULL ? seglog_commit_bytes(s->job.commit) : 0);
}

/* How long the oldest of them waits. */
int64_t
spool_unwritten_ms(const struct spool *s)
{
	if (s->job.commit != NULL)
		return clock_mono_ms() - s->job.since_ms;
	return seglog_pending(s->log) > 0 ? clock_mono_ms() - s->since_ms : 0;
}

/* The highest number whose record the disk has taken. */
uint64_t
spool_durable(const struct spool *s)
{
	return seglog_durable(s->log);
}

/* Damaged places. */
uint64_t
spool_damaged(const struct spool *s)
{
	return s->damaged;
}

/* Who is told of losses. */
void
spool_on_loss(struct spool *s, void (*lost)(void *arg, uint64_t records, bool thinned), void *arg)
{
	s->lost = lost;
	s->lost_arg = arg;
}

/* The id of a series. */
uint32_t
spool_define(struct spool *s, const struct series_def *def)
{
	return spool_series_define(s->series, def);
}

/* The id that it has. */
uint32_t
spool_find(const struct spool *s, const struct series_def *def)
{
	return spool_series_find(s->series, def);
}

/* New ids become durable. */
int
spool_flush_series(struct spool *s, struct err *e)
{
	return spool_series_flush(s->series, e);
}

/* A series. */
const uint8_t *
spool_series(const struct spool *s, uint32_t id, size_t *n)
{
	return spool_series_get(s->series, id, n);
}
