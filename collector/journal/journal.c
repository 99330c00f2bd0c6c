/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal: group commits of what arrives.
 *
 * All that is appended in one turn of the loop goes into one commit, in the journal's thread; what
 * comes meanwhile goes into the next. The catalog's log is committed first in the same job, so a
 * number is on disk before a record that names it. When the disk is full the commit stays as it
 * is and is tried again each second: nothing is acknowledged, and when too much awaits the intake
 * stops reading, so the agents keep theirs. */
#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "collector/journal/journal.h"
#include "collector/journal/marks.h"
#include "collector/journal/record.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/worker.h"

#define SEGMENT_BYTES (4 * 1024 * 1024)
#define MAX_AWAITING (4 * 1024 * 1024) /* bytes in memory */
#define CRASH_SKIP 100000
#define NO_SPACE_S 1
#define MAX_CONSUMERS 8

struct consumer {
	char *name;
	uint64_t released; /* LSN */
};

struct journal {
	char *dir;
	struct seglog *log;
	struct catalog *catalog;
	struct marks *marks;
	const struct journal_ops *ops;
	void *arg;
	struct worker *worker;
	struct event *kick;  /* at the end of the loop's turn */
	struct event *retry; /* when the disk was full */
	struct log_throttle no_space;
	int64_t stuck_ms; /* monotonic: since when the disk is full; 0: it is not */
	uint64_t last;
	bool failed;
	bool closing;

	/* the commit under way: the thread's while busy */
	bool busy;
	struct seglog_commit *catalog_commit;
	struct seglog_commit *commit;
	int rc;
	struct err e;

	struct consumer consumers[MAX_CONSUMERS];
	unsigned nconsumers;
};

/* A trim on its way to the thread. */
struct trim {
	struct seglog *log;
	uint64_t lsn;
};

/* A record that is on disk. */
static void
journal_found(void *arg, const struct seglog_record *rec)
{
	struct journal *j = arg;
	struct journal_record jr;
	uint64_t seq;

	if (rec->type == JOURNAL_MARKS)
		marks_load(j->marks, rec->data, rec->len);
	else if (journal_record_decode(rec, &jr, NULL) == 0 &&
		 wire_seq_peek(jr.payload, jr.len, &seq) == 0)
		marks_commit(j->marks, jr.stream, seq);
}

/* In the thread: the catalog, then the journal. */
static void
journal_work(void *arg)
{
	struct journal *j = arg;

	j->rc = j->catalog_commit != NULL ? seglog_commit_run(j->catalog_commit, &j->e) : 0;
	if (j->rc == 0 && j->commit != NULL)
		j->rc = seglog_commit_run(j->commit, &j->e);
}

/* A record of a commit is durable. */
static void
journal_tell(void *arg, const struct seglog_record *rec)
{
	struct journal *j = arg;
	struct journal_record jr;
	uint64_t seq;

	j->last = rec->lsn;
	if (rec->type == JOURNAL_MARKS)
		return;
	if (journal_record_decode(rec, &jr, NULL) == -1)
		return; /* made by journal_append(), so it does not happen */
	if (wire_seq_peek(jr.payload, jr.len, &seq) == 0)
		marks_commit(j->marks, jr.stream, seq);
	j->ops->durable(j->arg, &jr);
}

/* Conclude a commit that is on disk. */
static void
journal_conclude(struct journal *j)
{
	struct seglog_commit *c = j->commit;

	if (j->catalog_commit != NULL)
		seglog_commit_end(j->catalog_commit);
	j->catalog_commit = NULL;
	if (c == NULL)
		return;
	seglog_commit_each(c, journal_tell, j);
	j->commit = NULL;
	j->last = seglog_commit_end(c);
	j->ops->committed(j->arg, j->last);
}

/* Take what awaits into a commit; false if there is nothing. One that waits for space goes on as it
 * is: a record that came since may name a series that came since, too. */
static bool
journal_begin(struct journal *j)
{
	if (j->catalog_commit == NULL && j->commit == NULL) {
		j->catalog_commit = seglog_commit_begin(catalog_log(j->catalog));
		j->commit = seglog_commit_begin(j->log);
	}
	return j->catalog_commit != NULL || j->commit != NULL;
}

static void journal_done(void *arg);

/* Start a commit, unless one is under way. */
static void
journal_commit(struct journal *j)
{
	if (j->busy || j->failed || j->closing || !journal_begin(j))
		return;
	j->busy = true;
	worker_submit(j->worker, journal_work, journal_done, j);
}

/* The journal cannot be written any more. */
static void
journal_fail(struct journal *j)
{
	j->failed = true;
	log_warnx("journal", "%s", j->e.msg);
	if (j->ops->failed != NULL)
		j->ops->failed(j->arg, j->e.msg);
}

/* In the loop: the thread is done. */
static void
journal_done(void *arg)
{
	struct journal *j = arg;
	unsigned held;

	j->busy = false;
	if (j->rc == -1) {
		journal_fail(j);
	} else if (j->rc == 1) {
		if (j->stuck_ms == 0)
			j->stuck_ms = clock_mono_ms();
		if (log_throttle_pass(&j->no_space, clock_steady_ms(), &held))
			log_warnx(
			    "journal", "nothing is acknowledged for want of space: %s", j->e.msg);
		struct timeval tv = { NO_SPACE_S, 0 };
		event_add(j->retry, &tv);
	} else {
		if (j->stuck_ms != 0)
			log_info("journal", "there is space again: what waited is kept");
		j->stuck_ms = 0;
		journal_conclude(j);
		journal_commit(j);
	}
}

/* The end of the turn in which something was appended, or a second after the disk was full. */
static void
journal_kicked(evutil_socket_t fd, short what, void *arg)
{
	struct journal *j = arg;

	(void)fd;
	(void)what;
	if (!event_pending(j->retry, EV_TIMEOUT, NULL))
		journal_commit(j);
}

/* Open the logs. */
static int
journal_open_logs(struct journal *j, const char *dir, struct err *e)
{
	char *catalog = xasprintf("%s/catalog", dir);
	struct seglog_opts o = {
		.dir = j->dir,
		.subject = "journal",
		.segment_bytes = SEGMENT_BYTES,
		.crash_skip = CRASH_SKIP,
		.found = journal_found,
		.arg = j,
	};
	int rc = catalog_open_writer(&j->catalog, catalog, e);

	free(catalog);
	if (rc == -1 || seglog_open(&j->log, &o, e) == -1)
		return -1;
	j->last = seglog_durable(j->log);
	return 0;
}

/* Open all. */
int
journal_open(struct journal **out, struct event_base *base, const char *dir,
    const struct journal_ops *ops, void *arg, struct err *e)
{
	struct journal *j = xcalloc(1, sizeof *j);

	j->dir = xasprintf("%s/journal", dir);
	j->marks = marks_new();
	j->ops = ops;
	j->arg = arg;
	j->no_space.every_ms = 60000;
	j->consumers[j->nconsumers++].name = xstrdup("store");
	j->consumers[j->nconsumers++].name = xstrdup("alert");
	if (journal_open_logs(j, dir, e) == -1)
		goto fail;
	j->kick = event_new(base, -1, 0, journal_kicked, j);
	j->retry = event_new(base, -1, 0, journal_kicked, j);
	if (j->kick == NULL || j->retry == NULL) {
		err_set(e, "cannot make an event");
		goto fail;
	}
	if (worker_new(&j->worker, base, "journal", e) == -1)
		goto fail;
	*out = j;
	return 0;
fail:
	journal_close(j);
	return -1;
}

/* Commit what awaits, in this thread. What is told may append; that is bounded. */
static void
journal_close_commit(struct journal *j)
{
	for (int i = 0; i < 8 && !j->failed && journal_begin(j); i++) {
		journal_work(j);
		if (j->rc == 0) {
			journal_conclude(j);
			continue;
		}
		log_warnx(
		    "journal", "the last records are not kept, nor acknowledged: %s", j->e.msg);
		break;
	}
	if (j->catalog_commit != NULL)
		seglog_commit_end(j->catalog_commit);
	if (j->commit != NULL)
		seglog_commit_end(j->commit);
}

/* Close all. */
void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	bool opened = j->worker != NULL;
	j->closing = true;
	worker_free(j->worker);
	if (opened)
		journal_close_commit(j);
	if (j->kick != NULL)
		event_free(j->kick);
	if (j->retry != NULL)
		event_free(j->retry);
	seglog_close(j->log);
	catalog_close(j->catalog);
	marks_free(j->marks);
	for (unsigned i = 0; i < j->nconsumers; i++)
		free(j->consumers[i].name);
	free(j->dir);
	free(j);
}

/* The catalog. */
struct catalog *
journal_catalog(struct journal *j)
{
	return j->catalog;
}

/* The highest durable number of a stream. */
uint64_t
journal_durable_seq(const struct journal *j, const uint8_t stream[WIRE_STREAM_ID])
{
	return marks_durable(j->marks, stream);
}

/* Bytes in memory. */
static size_t
journal_awaiting(const struct journal *j)
{
	return seglog_pending(j->log) + (j->commit != NULL ? seglog_commit_bytes(j->commit) : 0);
}

/* Begin a segment with the marks. */
static void
journal_put_marks(struct journal *j)
{
	struct buf b = { 0 };

	seglog_rotate(j->log);
	if (marks_encode(j->marks, &b))
		seglog_append(j->log, JOURNAL_MARKS, b.data, b.len);
	buf_free(&b);
}

/* Append a record. */
bool
journal_append(struct journal *j, uint8_t type, const uint8_t stream[WIRE_STREAM_ID],
    const char *sender, int64_t recv_ms, uint64_t seq, const void *payload, size_t n)
{
	struct buf b = { 0 };

	if (j->failed || n > SEGLOG_MAX_DATA - RECORD_OVERHEAD ||
	    journal_awaiting(j) + n + RECORD_OVERHEAD > MAX_AWAITING)
		return false;
	if (seq <= marks_appended(j->marks, stream))
		return true;
	record_encode(&b, stream, sender, recv_ms, payload, n);
	if (seglog_rotates(j->log, b.len))
		journal_put_marks(j);
	seglog_append(j->log, type, b.data, b.len);
	marks_append(j->marks, stream, seq);
	buf_free(&b);
	event_active(j->kick, EV_TIMEOUT, 0);
	return true;
}

/* The oldest LSN. */
uint64_t
journal_first(const struct journal *j)
{
	return seglog_first(j->log);
}

/* The highest durable LSN. */
uint64_t
journal_last(const struct journal *j)
{
	return j->last;
}

/* Since when the disk is full. */
int64_t
journal_stuck_ms(const struct journal *j)
{
	return j->stuck_ms;
}

/* Bytes on disk. */
uint64_t
journal_bytes(const struct journal *j)
{
	return seglog_bytes(j->log);
}

/* Damaged places met, the catalog's too. */
uint64_t
journal_damage(const struct journal *j)
{
	return seglog_damage(j->log) + seglog_damage(catalog_log(j->catalog));
}

/* In the thread: trim. */
static void
journal_trim(void *arg)
{
	struct trim *t = arg;

	seglog_trim(t->log, t->lsn);
	free(t);
}

/* The entry of a consumer. */
static struct consumer *
journal_consumer(struct journal *j, const char *name)
{
	for (unsigned i = 0; i < j->nconsumers; i++)
		if (strcmp(j->consumers[i].name, name) == 0)
			return &j->consumers[i];
	assert(j->nconsumers < MAX_CONSUMERS);
	struct consumer *c = &j->consumers[j->nconsumers++];
	c->name = xstrdup(name);
	return c;
}

/* A consumer needs nothing up to this LSN. */
void
journal_release(struct journal *j, const char *name, uint64_t lsn)
{
	struct consumer *c = journal_consumer(j, name);
	uint64_t least = UINT64_MAX;

	if (lsn > j->last) /* others may remember a little more */
		seglog_jump(j->log, lsn + CRASH_SKIP);
	if (lsn <= c->released)
		return;
	c->released = lsn;
	for (unsigned i = 0; i < j->nconsumers; i++)
		if (j->consumers[i].released < least)
			least = j->consumers[i].released;
	uint64_t second = seglog_boundary(j->log, 1);
	if (second == 0 || least + 1 < second || j->closing)
		return; /* no segment would go */
	struct trim *t = xcalloc(1, sizeof *t);
	*t = (struct trim){ .log = j->log, .lsn = least };
	worker_submit(j->worker, journal_trim, NULL, t);
}

/* The log's directory. */
const char *
journal_dir(const struct journal *j)
{
	return j->dir;
}
