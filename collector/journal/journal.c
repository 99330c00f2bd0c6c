/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal: the collector's write-ahead log. All that is appended in a turn of the loop, or while a
 * commit is under way, becomes durable by the next commit: one write and one flush for many agents.
 * The catalog's commit runs first in the same job, so that no record is durable before the
 * definition it needs. */
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "collector/journal/journal.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/worker.h"

#define JOURNAL_SEGMENT (UINT64_C(8) << 20)
#define JOURNAL_MAX_AWAITING ((size_t)4 << 20) /* bytes appended and not yet being written */
#define JOURNAL_MAX_CONSUMERS 8
#define SPACE_RETRY_MS 1000
#define HEAD_MIN (WIRE_STREAM_ID + 8 + 1)

struct mark {
	uint8_t stream[WIRE_STREAM_ID];
	uint64_t seq;	  /* highest appended */
	uint64_t durable; /* highest durable */
	UT_hash_handle hh;
};

struct consumer {
	const char *name; /* borrowed for ever */
	uint64_t released;
};

struct journal {
	struct seglog *log;
	struct catalog *catalog;
	struct worker *worker;
	struct event *start;  /* begins a commit at the end of the turn */
	struct event *resume; /* tries again when the disk was full */
	struct journal_ops ops;
	void *arg;
	struct mark *marks;
	struct consumer consumers[JOURNAL_MAX_CONSUMERS];
	size_t nconsumers;
	struct log_throttle full;
	bool committing;
	bool closing;
	/* The commit under way; run in the worker. */
	struct seglog_commit *records;
	struct seglog_commit *definitions;
	bool defined; /* the definitions are durable; only the records are to be tried again */
	int result;   /* 0, 1: no space, -1: failed */
	struct err why;
	char dir[PATH_MAX];
};

/* The mark of a stream, made if new. */
static struct mark *
mark_of(struct journal *j, const uint8_t stream[WIRE_STREAM_ID])
{
	struct mark *m;

	HASH_FIND(hh, j->marks, stream, WIRE_STREAM_ID, m);
	if (m == NULL) {
		m = xcalloc(1, sizeof *m);
		memcpy(m->stream, stream, WIRE_STREAM_ID);
		HASH_ADD(hh, j->marks, stream, WIRE_STREAM_ID, m);
	}
	return m;
}

/* Take a record of the log apart. */
int
journal_record_decode(const struct seglog_record *rec, struct journal_record *out, struct err *e)
{
	struct cursor c = cursor_over(rec->data, rec->len);

	if (rec->type != WIRE_BATCH && rec->type != WIRE_EVENT)
		return err_set(
		    e, "record %llu is of type %u", (unsigned long long)rec->lsn, rec->type);
	*out = (struct journal_record){ .lsn = rec->lsn, .type = rec->type };
	out->stream = cursor_bytes(&c, WIRE_STREAM_ID);
	out->recv_ms = (int64_t)cursor_be64(&c);
	cursor_str(&c, out->sender, sizeof out->sender);
	out->len = cursor_left(&c);
	out->payload = cursor_bytes(&c, out->len);
	if (c.bad)
		return err_set(e, "record %llu is malformed", (unsigned long long)rec->lsn);
	return 0;
}

/* What a record says of its stream: a record by its own number, marks for many. */
static void
journal_mark(struct journal *j, const struct seglog_record *rec)
{
	struct journal_record jr;
	uint64_t seq;

	if (rec->type == JOURNAL_MARKS) {
		struct cursor c = cursor_over(rec->data, rec->len);
		const uint8_t *stream;
		while (cursor_left(&c) > 0 && (stream = cursor_bytes(&c, WIRE_STREAM_ID)) != NULL) {
			seq = cursor_be64(&c);
			struct mark *m = c.bad ? NULL : mark_of(j, stream);
			if (m != NULL && seq > m->seq)
				m->seq = m->durable = seq;
		}
	} else if (journal_record_decode(rec, &jr, NULL) == 0 &&
		   wire_seq_peek(jr.payload, jr.len, &seq) == 0) {
		struct mark *m = mark_of(j, jr.stream);
		m->seq = seq > m->seq ? seq : m->seq;
		m->durable = seq > m->durable ? seq : m->durable;
	}
}

/* At the opening: every record that is there. */
static void
journal_found(void *arg, const struct seglog_record *rec)
{
	journal_mark(arg, rec);
}

/* The marks of all streams, as the first record of a segment; in several if there are many. */
static void
journal_put_marks(struct journal *j)
{
	struct buf b = { 0 };
	struct mark *m, *next;

	HASH_ITER (hh, j->marks, m, next) {
		if (b.len + WIRE_STREAM_ID + 8 > SEGLOG_MAX_DATA) {
			(void)seglog_append(j->log, JOURNAL_MARKS, b.data, b.len);
			buf_clear(&b);
		}
		buf_put(&b, m->stream, WIRE_STREAM_ID);
		buf_be64(&b, m->seq);
	}
	if (b.len > 0)
		(void)seglog_append(j->log, JOURNAL_MARKS, b.data, b.len);
	buf_free(&b);
}

/* In the worker: definitions first, then records. */
static void
journal_run(void *arg)
{
	struct journal *j = arg;

	j->result = 0;
	if (j->definitions != NULL && !j->defined)
		j->result = seglog_commit_run(j->definitions, &j->why);
	j->defined = j->result == 0;
	if (j->result == 0 && j->records != NULL)
		j->result = seglog_commit_run(j->records, &j->why);
}

/* Tell of one record that is durable now. */
static void
journal_tell(void *arg, const struct seglog_record *rec)
{
	struct journal *j = arg;
	struct journal_record jr;

	if (journal_record_decode(rec, &jr, NULL) == -1)
		return; /* marks */
	journal_mark(j, rec);
	j->ops.durable(j->arg, &jr);
}

/* The commit is durable: end it and tell of its records. */
static void
journal_end(struct journal *j)
{
	struct seglog_commit *records = j->records;

	if (j->definitions != NULL)
		(void)seglog_commit_end(j->definitions);
	j->definitions = NULL;
	j->records = NULL;
	j->committing = false;
	if (records != NULL) {
		seglog_commit_each(records, journal_tell, j);
		(void)seglog_commit_end(records);
	}
	j->ops.committed(j->arg, seglog_durable(j->log));
}

static void journal_begin(struct journal *j);

/* In the loop: the worker is done. */
static void
journal_done(void *arg)
{
	struct journal *j = arg;
	unsigned held;

	if (j->result == -1) {
		j->ops.failed(j->arg, j->why.msg);
		return;
	}
	if (j->result == 1) {
		struct timeval tv = { SPACE_RETRY_MS / 1000, SPACE_RETRY_MS % 1000 * 1000 };
		if (log_throttle_pass(&j->full, clock_mono_ms(), &held))
			log_warnx("journal",
			    "no space in %s: nothing is acknowledged until there is", j->dir);
		event_add(j->resume, &tv);
		return;
	}
	journal_end(j);
	if (seglog_pending(j->log) > 0 || seglog_pending(catalog_log(j->catalog)) > 0)
		journal_begin(j);
}

/* Give what awaits to the worker. */
static void
journal_begin(struct journal *j)
{
	if (j->committing || j->closing)
		return;
	j->defined = false;
	j->definitions = seglog_commit_begin(catalog_log(j->catalog));
	j->records = seglog_commit_begin(j->log);
	if (j->definitions == NULL && j->records == NULL)
		return;
	j->committing = true;
	(void)worker_submit(j->worker, journal_run, journal_done, j);
}

/* The turn in which something was appended is over. */
static void
journal_start(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	journal_begin(arg);
}

/* Try the same commit again: there may be space now. */
static void
journal_resume(evutil_socket_t fd, short what, void *arg)
{
	struct journal *j = arg;

	(void)fd;
	(void)what;
	(void)worker_submit(j->worker, journal_run, journal_done, j);
}

/* Open both logs below dir. */
static int
journal_open_logs(struct journal *j, const char *dir, struct err *e)
{
	char catalog[PATH_MAX];
	struct seglog_opts o = { .dir = j->dir,
		.subject = "journal",
		.segment_bytes = JOURNAL_SEGMENT,
		.found = journal_found,
		.arg = j };

	if (str_format(j->dir, sizeof j->dir, "%s/journal", dir) == -1 ||
	    str_format(catalog, sizeof catalog, "%s/catalog", dir) == -1)
		return err_set(e, "%.64s...: the path is too long", dir);
	if (catalog_open_writer(&j->catalog, catalog, e) == -1)
		return -1;
	return seglog_open(&j->log, &o, e);
}

/* Open and recover. */
int
journal_open(struct journal **out, struct event_base *base, const char *dir,
    const struct journal_ops *ops, void *arg, struct err *e)
{
	struct journal *j = xcalloc(1, sizeof *j);

	j->ops = *ops;
	j->arg = arg;
	j->full.every_ms = 60000;
	j->start = evtimer_new(base, journal_start, j);
	j->resume = evtimer_new(base, journal_resume, j);
	if (j->start == NULL || j->resume == NULL) {
		err_set(e, "cannot make a timer");
		goto fail;
	}
	if (journal_open_logs(j, dir, e) == -1 || worker_new(&j->worker, base, "journal", e) == -1)
		goto fail;
	*out = j;
	return 0;
fail:
	journal_close(j);
	return -1;
}

/* Make durable what awaits, as far as the disk lets, and close. */
void
journal_close(struct journal *j)
{
	struct mark *m, *next;

	if (j == NULL)
		return;
	/* The worker ends the commit under way and tells of it; what awaits is committed here. */
	j->closing = true;
	worker_free(j->worker);
	j->worker = NULL;
	if (j->log != NULL && j->catalog != NULL && !j->committing) {
		j->defined = false;
		j->definitions = seglog_commit_begin(catalog_log(j->catalog));
		j->records = seglog_commit_begin(j->log);
		journal_run(j);
		if (j->result == 0 && (j->definitions != NULL || j->records != NULL))
			journal_end(j);
	}
	if (j->definitions != NULL)
		(void)seglog_commit_end(j->definitions);
	if (j->records != NULL)
		(void)seglog_commit_end(j->records);
	seglog_close(j->log);
	catalog_close(j->catalog);
	HASH_ITER (hh, j->marks, m, next) {
		HASH_DEL(j->marks, m);
		free(m);
	}
	if (j->start != NULL)
		event_free(j->start);
	if (j->resume != NULL)
		event_free(j->resume);
	free(j);
}

struct catalog *
journal_catalog(struct journal *j)
{
	return j->catalog;
}

/* The highest durable number of a stream. */
uint64_t
journal_durable_seq(const struct journal *j, const uint8_t stream[WIRE_STREAM_ID])
{
	const struct mark *m;

	HASH_FIND(hh, j->marks, stream, WIRE_STREAM_ID, m);
	return m != NULL ? m->durable : 0;
}

/* Append a record; the commit follows. */
bool
journal_append(struct journal *j, uint8_t type, const uint8_t stream[WIRE_STREAM_ID],
    const char *sender, int64_t recv_ms, uint64_t seq, const void *payload, size_t n)
{
	struct timeval now = { 0, 0 };
	struct mark *m;
	struct buf b = { 0 };

	if (seglog_pending(j->log) + n > JOURNAL_MAX_AWAITING)
		return false;
	buf_put(&b, stream, WIRE_STREAM_ID);
	buf_be64(&b, (uint64_t)recv_ms);
	buf_str(&b, sender);
	buf_put(&b, payload, n);
	if (seglog_rotates(j->log, b.len)) {
		seglog_rotate(j->log);
		journal_put_marks(j);
	}
	(void)seglog_append(j->log, type, b.data, b.len);
	buf_free(&b);
	m = mark_of(j, stream);
	m->seq = seq > m->seq ? seq : m->seq;
	if (!j->committing)
		event_add(j->start, &now);
	return true;
}

uint64_t
journal_first(const struct journal *j)
{
	return seglog_first(j->log);
}

uint64_t
journal_last(const struct journal *j)
{
	return seglog_durable(j->log);
}

uint64_t
journal_bytes(const struct journal *j)
{
	return seglog_bytes(j->log);
}

uint64_t
journal_damage(const struct journal *j)
{
	return seglog_damage(j->log) + seglog_damage(catalog_log(j->catalog));
}

/* A consumer needs nothing up to this LSN any more. */
void
journal_release(struct journal *j, const char *consumer, uint64_t lsn)
{
	uint64_t least = UINT64_MAX;
	size_t i = 0;

	while (i < j->nconsumers && strcmp(j->consumers[i].name, consumer) != 0)
		i++;
	if (i == j->nconsumers) {
		if (i == JOURNAL_MAX_CONSUMERS)
			fatalx("journal", "more than %d consumers", JOURNAL_MAX_CONSUMERS);
		j->consumers[j->nconsumers++].name = consumer;
	}
	if (lsn > j->consumers[i].released)
		j->consumers[i].released = lsn;
	for (i = 0; i < j->nconsumers; i++)
		least = j->consumers[i].released < least ? j->consumers[i].released : least;
	seglog_trim(j->log, least);
}

const char *
journal_dir(const struct journal *j)
{
	return j->dir;
}
