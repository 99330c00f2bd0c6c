/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: the parent's side of zonewatch-store. Keeps the child alive, tells it how far the logs are
 * durable, and passes requests to write series at once. A child that starts again begins where its
 * checkpoint says, so nothing is kept for it here but the two LSNs and the requests not answered.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/child.h"
#include "collector/store/store.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/log.h"

#define FLUSH_TIMEOUT_S 5
#define STOP_MS 50000 /* the service manager waits 60 s */

/* A request to write series now. */
struct flush {
	TAILQ_ENTRY(flush) link;
	struct store *store;
	struct event *timer;
	uint32_t request;
	struct buf sids;
	void (*done)(void *arg, int ok);
	void *arg;
};
TAILQ_HEAD(flushes, flush);

struct store {
	struct event_base *base;
	struct child *child;
	const struct store_ops *ops;
	void *arg;
	uint64_t journal_lsn;
	uint64_t catalog_lsn;
	uint32_t last_request;
	struct flushes flushes;
	struct store_stats stats;
};

/* Answer a request and forget it. */
static void
flush_finish(struct flush *f, int ok)
{
	TAILQ_REMOVE(&f->store->flushes, f, link);
	event_free(f->timer);
	buf_free(&f->sids);
	void (*done)(void *arg, int ok) = f->done;
	void *arg = f->arg;
	free(f);
	done(arg, ok);
}

/* The child does not answer a request in time. */
static void
flush_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush_finish(arg, 0);
}

/* Tell the child how far it may read. */
static void
send_durable(struct store *s)
{
	struct buf b = { 0 };

	buf_be64(&b, s->journal_lsn);
	buf_be64(&b, s->catalog_lsn);
	(void)child_send(s->child, STORE_DURABLE, 0, b.data, b.len);
	buf_free(&b);
}

/* Whether a signal is one by which a program dies of its own doing. */
static bool
is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGABRT || sig == SIGILL;
}

/* The child runs. What was asked of the one before it is asked again. */
static void
on_started(void *arg, struct child *c)
{
	struct store *s = arg;
	uint8_t crashed = is_fault(child_last_signal(c));
	struct flush *f;

	(void)child_send(c, STORE_START, 0, &crashed, 1);
	send_durable(s);
	TAILQ_FOREACH (f, &s->flushes, link)
		(void)child_send(c, STORE_FLUSH, f->request, f->sids.data, f->sids.len);
}

/* The counters, in order. */
static void
take_stats(struct store_stats *st, const uint8_t *data, size_t n)
{
	struct cursor c = cursor_over(data, n);
	uint64_t *const fields[] = { &st->applied_lsn, &st->pending, &st->values, &st->updates,
		&st->files, &st->late, &st->quarantined, &st->checkpoint_ms, &st->errors,
		&st->scrubbed_ms, &st->damaged_rows };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		uint64_t v = cursor_be64(&c);
		if (!c.bad)
			*fields[i] = v;
	}
}

/* The child moved a file away. */
static void
take_quarantined(struct store *s, const uint8_t *data, size_t n)
{
	char why[512];
	struct cursor c = cursor_over(data, n);
	uint32_t sid = cursor_be32(&c);

	cursor_str(&c, why, sizeof why);
	if (!c.bad)
		s->ops->quarantined(s->arg, sid, why);
}

/* The child found a file damaged. */
static void
take_damaged(struct store *s, const uint8_t *data, size_t n)
{
	char file[256], why[512];
	struct cursor c = cursor_over(data, n);

	cursor_str(&c, file, sizeof file);
	cursor_str(&c, why, sizeof why);
	if (!c.bad)
		s->ops->damaged(s->arg, file, why);
}

/* A message of the child. */
static void
on_message(void *arg, uint8_t type, uint32_t request, const uint8_t *data, size_t n)
{
	struct store *s = arg;
	struct cursor c = cursor_over(data, n);
	struct flush *f;

	switch (type) {
	case STORE_FLUSHED:
		TAILQ_FOREACH (f, &s->flushes, link)
			if (f->request == request) {
				flush_finish(f, 1);
				break;
			}
		break;
	case STORE_CHECKPOINT: {
		uint64_t lsn = cursor_be64(&c);
		if (!c.bad)
			s->ops->checkpoint(s->arg, lsn);
		break;
	}
	case STORE_QUARANTINED:
		take_quarantined(s, data, n);
		break;
	case STORE_DAMAGED:
		take_damaged(s, data, n);
		break;
	case STORE_STATS:
		take_stats(&s->stats, data, n);
		break;
	default:
		log_warnx("store", "the child says something unknown (%u)", type);
	}
}

/* The child died; it starts again by itself. */
static void
on_died(void *arg, const char *what)
{
	struct store *s = arg;

	(void)what; /* the log has it */
	s->stats.pending = 0;
}

static const struct child_ops store_child_ops = { on_started, on_message, on_died };

/* Start the child. */
struct store *
store_new(struct event_base *base, const char *conf_path, const struct store_ops *ops, void *arg)
{
	const char *const argv[] = { "zonewatch-store", "-c", conf_path, NULL };
	struct store *s = xcalloc(1, sizeof *s);

	s->base = base;
	s->ops = ops;
	s->arg = arg;
	TAILQ_INIT(&s->flushes);
	s->child = child_new(base, argv, &store_child_ops, s);
	return s;
}

/* Fail all requests. */
static void
fail_all(struct store *s)
{
	while (!TAILQ_EMPTY(&s->flushes))
		flush_finish(TAILQ_FIRST(&s->flushes), 0);
}

/* End it. */
void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	send_durable(s);
	(void)child_send(s->child, STORE_STOP, 0, NULL, 0);
	child_free(s->child, STOP_MS);
	fail_all(s);
	free(s);
}

/* How far the logs are durable. */
void
store_durable(struct store *s, uint64_t journal_lsn, uint64_t catalog_lsn)
{
	s->journal_lsn = journal_lsn;
	s->catalog_lsn = catalog_lsn;
	send_durable(s);
}

/* Have series written now. */
void
store_flush(
    struct store *s, const uint32_t *sids, size_t n, void (*done)(void *arg, int ok), void *arg)
{
	const struct timeval wait = { .tv_sec = FLUSH_TIMEOUT_S };
	struct flush *f = xcalloc(1, sizeof *f);

	f->store = s;
	f->request = ++s->last_request;
	f->done = done;
	f->arg = arg;
	f->timer = evtimer_new(s->base, flush_timeout, f);
	if (f->timer == NULL)
		fatalx("store", "out of memory");
	for (size_t i = 0; i < n; i++)
		buf_be32(&f->sids, sids[i]);
	/* While there is no child the request waits for it. */
	(void)child_send(s->child, STORE_FLUSH, f->request, f->sids.data, f->sids.len);
	evtimer_add(f->timer, &wait);
	TAILQ_INSERT_TAIL(&s->flushes, f, link);
}

/* The child's counters. */
const struct store_stats *
store_stats(const struct store *s)
{
	return &s->stats;
}

/* The child's process. */
int
store_pid(const struct store *s)
{
	return child_pid(s->child);
}
