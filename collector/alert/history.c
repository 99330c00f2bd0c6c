/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop's side of the history. What happens is collected; history_commit() closes the
 * collection and gives it, as one job, to the thread that owns the database. One job is under way
 * at a time; what comes meanwhile becomes the next, so a slow disk makes greater transactions and
 * not a longer queue. A job that fails stays and is tried again. */
#include "collector/alert/history.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/alert/history_ask.h"
#include "collector/alert/history_db.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/worker.h"

#define MAX_OPS 10000
#define PEOPLE_OPS 2000 /* more, for what people did and are told is kept */
#define LAZY_MS 10000
#define LAZY_LSNS 10000
#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 60000
#define PRUNE_FIRST_MS 600000
#define PRUNE_EVERY_MS 86400000

struct history {
	struct history_db *db; /* of the thread alone, while there is one */
	struct worker *worker;
	struct history_asker *asker;
	struct event *retry;
	struct history_job collecting; /* since the last history_commit() */
	struct history_job queued;     /* closed, waits for the job under way */
	struct history_job running;
	bool busy;	  /* running is in the thread */
	bool failed;	  /* its last try did not succeed; set by the thread, read when not busy */
	bool prune;	  /* the thread is to prune after it */
	struct err cause; /* of that failure; likewise */
	struct err why;	  /* the same, for those who ask at any time */
	int64_t retry_ms;
	int64_t prune_mono_ms;
	int64_t cursor_mono_ms; /* when a cursor was stored last */
	uint64_t cursor;	/* which is durable */
	int64_t next_mail;
	unsigned dropped; /* entries for which there was no room */
	void (*stored)(void *arg, struct mail *m);
	void *stored_arg;
	void (*durable)(void *arg, uint64_t cursor);
	void *durable_arg;
	void (*saved)(void *arg, uint64_t lsn);
	void *saved_arg;
};

static void history_pump(struct history *h);

/* In the thread: one transaction. */
static void
history_run(void *arg)
{
	struct history *h = arg;
	struct err e;

	h->failed = history_db_store(h->db, &h->running, &h->cause) == -1;
	if (!h->failed && h->prune && history_db_prune(h->db, clock_wall_ms(), &e) == -1)
		log_warnx("history", "%s", e.msg);
}

/* Gives each mail of a job to its taker, once; the job keeps a copy while it is not stored. */
static void
history_tell(struct history *h, struct history_job *j, bool done)
{
	struct history_op *op;

	TAILQ_FOREACH (op, &j->ops, link) {
		if (op->kind != HISTORY_MAIL || op->told || op->duplicate || op->withdrawn ||
		    h->stored == NULL)
			continue;
		struct mail *m = op->mail;
		op->mail = done ? NULL : mail_copy(m);
		op->told = true;
		h->stored(h->stored_arg, m);
	}
}

/* Tells those who wait for a job how it went, once. A callee may wait anew. */
static void
history_answer(struct history_job *j, bool ok)
{
	struct history_waiter *waiters = j->waiters;
	size_t n = j->nwaiters;

	j->waiters = NULL;
	j->nwaiters = 0;
	for (size_t i = 0; i < n; i++)
		waiters[i].done(waiters[i].arg, ok);
	free(waiters);
}

/* The thread could not store: tell once, hand the mails on, try again later. */
static void
history_failed(struct history *h)
{
	h->why = h->cause;
	if (h->retry_ms == 0)
		log_warnx("history", "%s; kept in memory and tried again", h->why.msg);
	h->retry_ms = h->retry_ms == 0 ? RETRY_FIRST_MS : 2 * h->retry_ms;
	if (h->retry_ms > RETRY_LAST_MS)
		h->retry_ms = RETRY_LAST_MS;
	struct timeval tv = { h->retry_ms / 1000, h->retry_ms % 1000 * 1000 };
	event_add(h->retry, &tv);
	history_tell(h, &h->running, false);
	history_tell(h, &h->queued, false);
	history_answer(&h->running, false);
	history_answer(&h->queued, false);
}

/* The thread stored the job. */
static void
history_succeeded(struct history *h)
{
	struct history_job done;

	history_job_init(&done);
	history_job_append(&done, &h->running);
	if (h->retry_ms != 0)
		log_info("history", "stored again, %zu entries that waited", done.nops);
	if (h->dropped != 0)
		log_warnx("history", "%u entries are lost: there was no room for them", h->dropped);
	h->retry_ms = 0;
	h->dropped = 0;
	h->prune = false;
	history_tell(h, &done, true);
	if (done.cursor != 0) {
		h->cursor = done.cursor;
		h->cursor_mono_ms = clock_mono_ms();
		if (h->durable != NULL)
			h->durable(h->durable_arg, h->cursor);
	}
	if (done.states.set && h->saved != NULL)
		h->saved(h->saved_arg, done.states.lsn);
	history_answer(&done, true);
	history_job_clear(&done);
}

/* In the loop, when the thread is through. */
static void
history_done(void *arg)
{
	struct history *h = arg;

	h->busy = false;
	if (h->failed) {
		history_failed(h);
		return;
	}
	history_succeeded(h);
	history_pump(h);
}

/* Starts what waits, if nothing is under way. */
static void
history_pump(struct history *h)
{
	if (h->busy || h->retry_ms != 0 || h->worker == NULL)
		return;
	if (history_job_is_empty(&h->running))
		history_job_append(&h->running, &h->queued);
	if (history_job_is_empty(&h->running))
		return;
	if (clock_mono_ms() >= h->prune_mono_ms) {
		h->prune_mono_ms = clock_mono_ms() + PRUNE_EVERY_MS;
		h->prune = true;
	}
	h->busy = true;
	worker_submit(h->worker, history_run, history_done, h);
}

/* The time to try again what failed. */
static void
history_again(evutil_socket_t fd, short what, void *arg)
{
	struct history *h = arg;

	(void)fd;
	(void)what;
	if (h->busy)
		return;
	/* What waited meanwhile goes along, in its order. */
	history_job_append(&h->running, &h->queued);
	h->busy = true;
	worker_submit(h->worker, history_run, history_done, h);
}

/* Moves a damaged file and what belongs to it out of the way. */
static int
history_set_aside(const char *path, const struct err *why, struct err *e)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	int64_t now = clock_wall_ms() / 1000;
	char from[PATH_MAX], to[PATH_MAX];

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (str_format(from, sizeof from, "%s%s", path, parts[i]) == -1 ||
		    str_format(to, sizeof to, "%s.damaged-%" PRId64 "%s", path, now, parts[i]) ==
			-1)
			return err_set(e, "%s: path too long", path);
		if (rename(from, to) == -1 && errno != ENOENT)
			return err_set(e, "cannot rename %s: %s", from, strerror(errno));
	}
	log_warnx("history", "%s: %s; moved to %s.damaged-%" PRId64 ", a new one is begun", path,
	    why->msg, path, now);
	return 0;
}

/* Whether something else than a file lies in the place of one of the files: SQLite takes that for
 * a failing disk. */
static bool
history_is_blocked(const char *path, struct err *e)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char part[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (str_format(part, sizeof part, "%s%s", path, parts[i]) == 0 &&
		    (i == 0 ? stat(part, &st) : lstat(part, &st)) == 0 && !S_ISREG(st.st_mode)) {
			err_set(e, "%s is not a regular file", part);
			return true;
		}
	return false;
}

/* Opens the file and reads what was open, once. */
static int
history_load(
    struct history *h, const char *path, struct history_restored *r, bool *damaged, struct err *e)
{
	*damaged = history_is_blocked(path, e);
	if (*damaged)
		return -1;
	if (history_db_open(&h->db, path, damaged, e) == -1)
		return -1;
	if (history_db_restore(h->db, r, damaged, e) == 0)
		return 0;
	history_db_close(h->db);
	h->db = NULL;
	return -1;
}

/* Open the file, or begin a new one, and start the thread. */
int
history_open(struct history **out, struct event_base *base, const char *dir,
    struct history_restored *restored, struct err *e)
{
	struct history *h = xcalloc(1, sizeof *h);
	char path[PATH_MAX];
	bool damaged = false;
	struct err why;

	history_job_init(&h->collecting);
	history_job_init(&h->queued);
	history_job_init(&h->running);
	*restored = (struct history_restored){ 0 };
	if (str_format(path, sizeof path, "%s/history.db", dir) == -1) {
		err_set(e, "%s: path too long", dir);
		goto fail;
	}
	if (fs_mkdirs(dir, 0700, e) == -1)
		goto fail;
	if (history_load(h, path, restored, &damaged, &why) == -1) {
		struct err was = why;
		if (damaged && history_set_aside(path, &why, e) == -1)
			goto fail;
		if (!damaged || history_load(h, path, restored, &damaged, &why) == -1) {
			err_set(e, "%s: %s", path, why.msg);
			goto fail;
		}
		(void)str_copy(restored->damaged, sizeof restored->damaged, was.msg);
	}
	h->cursor = restored->cursor;
	h->cursor_mono_ms = clock_mono_ms();
	h->prune_mono_ms = clock_mono_ms() + PRUNE_FIRST_MS;
	h->next_mail = history_db_last_mail(h->db) + 1;
	h->retry = evtimer_new(base, history_again, h);
	if (h->retry == NULL) {
		err_set(e, "cannot make a timer");
		goto fail;
	}
	if (worker_new(&h->worker, base, "history", e) == -1 ||
	    history_asker_new(&h->asker, base, path, e) == -1)
		goto fail;
	*out = h;
	return 0;
fail:
	history_restored_clear(restored);
	history_close(h);
	return -1;
}

/* Store what is left, in this thread, and close. */
void
history_close(struct history *h)
{
	if (h == NULL)
		return;
	/* Nothing is told any more, for those who listened may be gone; only who waits for an
	 * answer gets one. A mail lies in the outbox till the next start. */
	h->stored = NULL;
	h->durable = NULL;
	h->saved = NULL;
	history_asker_free(h->asker);
	struct worker *w = h->worker;
	h->worker = NULL; /* so that nothing new is started */
	worker_free(w);
	history_job_append(&h->running, &h->queued);
	if (h->db != NULL && !history_job_is_empty(&h->running)) {
		history_run(h);
		history_answer(&h->running, !h->failed);
		if (h->failed)
			log_warnx("history", "%s; %zu entries are left to the journal's replay",
			    h->cause.msg, h->running.nops);
	}
	if (h->retry != NULL)
		event_free(h->retry);
	history_job_clear(&h->collecting);
	history_job_clear(&h->queued);
	history_job_clear(&h->running);
	history_db_close(h->db);
	free(h);
}

/* The installation's number. */
const char *
history_install(const struct history *h)
{
	return history_db_install(h->db);
}

/* Whether there is room for one more; what has none is counted. */
static bool
history_has_room(struct history *h)
{
	if (history_waiting(h) < MAX_OPS)
		return true;
	if (h->dropped++ == 0)
		log_warnx("history", "%d entries wait to be stored; more are dropped", MAX_OPS);
	return false;
}

/* Collect a change. */
void
history_change(struct history *h, const struct alert_change *ch)
{
	if (history_has_room(h))
		history_job_change(&h->collecting, ch);
}

/* Collect a mail; without room for it, it goes out all the same. */
void
history_mail(struct history *h, struct mail *m)
{
	if (history_has_room(h)) {
		m->id = h->next_mail++;
		history_job_mail(&h->collecting, m);
	} else if (h->stored != NULL) {
		h->stored(h->stored_arg, m);
	} else {
		mail_free(m);
	}
}

/* Close the collection, and store it when the thread is free. */
void
history_commit(struct history *h, uint64_t cursor, bool force)
{
	bool lazy = cursor > h->cursor && (cursor - h->cursor >= LAZY_LSNS ||
					      clock_mono_ms() - h->cursor_mono_ms >= LAZY_MS);
	bool urgent = h->collecting.nmails != 0 || h->collecting.nwaiters != 0;

	if (history_job_is_empty(&h->collecting) && !lazy && !(force && cursor > h->cursor))
		return;
	/* A count must never be stored without the cursor that tells that it was. */
	if (h->collecting.counted > cursor)
		cursor = h->collecting.counted;
	if (cursor > h->cursor)
		h->collecting.cursor = cursor;
	history_job_append(&h->queued, &h->collecting);
	/* Neither a mail nor a person waits until the file can be written again. */
	if (h->retry_ms != 0 && urgent)
		event_active(h->retry, EV_TIMEOUT, 0);
	history_pump(h);
}

/* Who takes the mails. */
void
history_on_mail(struct history *h, void (*stored)(void *arg, struct mail *m), void *arg)
{
	h->stored = stored;
	h->stored_arg = arg;
}

/* Who is told of durable cursors. */
void
history_on_cursor(struct history *h, void (*durable)(void *arg, uint64_t cursor), void *arg)
{
	h->durable = durable;
	h->durable_arg = arg;
}

/* Collect a delivery's outcome, past the collection: it belongs to no position. */
void
history_mail_outcome(struct history *h, int64_t id, const char *state, unsigned tries,
    int64_t next_ms, const char *reply)
{
	if (id == 0 || !history_has_room(h))
		return;
	history_job_outcome(&h->queued, id, state, tries, next_ms, reply, clock_wall_ms());
	history_pump(h);
}

/* Collect who still waits for a mail. */
void
history_mail_rest(struct history *h, int64_t id, const char *rest)
{
	if (id == 0 || !history_has_room(h))
		return;
	history_job_rest(&h->queued, id, rest);
	history_pump(h);
}

/* Collect a line of the ledger; it belongs to no position either. */
void
history_delivery(struct history *h, int64_t mail, const char *to, int64_t at_ms, const char *state,
    const char *reply)
{
	if (mail == 0 || !history_has_room(h))
		return;
	history_job_delivery(&h->queued, mail, to, at_ms, state, reply);
	history_pump(h);
}

/* Marks a mail that was not told yet, so that it never is. */
static void
history_withdraw(struct history_job *j, int64_t id)
{
	struct history_op *op;

	TAILQ_FOREACH (op, &j->ops, link) {
		if (op->kind == HISTORY_MAIL && op->id == id)
			op->withdrawn = true;
	}
}

/* Collect that a message is withdrawn. */
void
history_mail_supersede(struct history *h, int64_t id, const char *why)
{
	if (id == 0)
		return;
	history_withdraw(&h->running, id);
	history_withdraw(&h->queued, id);
	history_withdraw(&h->collecting, id);
	if (history_has_room(h))
		history_job_supersede(&h->collecting, id, why, clock_wall_ms());
}

/* Collect a silence; those of the configuration are not stored. */
void
history_silence(struct history *h, const struct silence *s)
{
	if (s->id != 0 && (history_waiting(h) < MAX_OPS + PEOPLE_OPS || history_has_room(h)))
		history_job_silence(&h->collecting, s);
}

/* Collect an action. */
void
history_action(struct history *h, const struct action *a)
{
	if (history_waiting(h) < MAX_OPS + PEOPLE_OPS || history_has_room(h))
		history_job_action(&h->collecting, a);
}

/* Collect what a group was told. */
void
history_told(struct history *h, const struct told *t)
{
	if (history_has_room(h))
		history_job_told(&h->collecting, t);
}

/* Collect a note. */
void
history_note(struct history *h, const char *key, const char *value)
{
	if (history_has_room(h))
		history_job_note(&h->collecting, key, value);
}

/* Collect a cooling event. */
void
history_heating(struct history *h, const struct thermal_event *ev)
{
	if (history_has_room(h))
		history_job_heating(&h->collecting, ev);
}

/* Collect an act. */
void
history_act(struct history *h, int64_t now_ms, const char *author, const char *kind,
    uint64_t incident, const char *what, const char *text)
{
	if (history_waiting(h) < MAX_OPS + PEOPLE_OPS || history_has_room(h))
		history_job_act(&h->collecting, now_ms, author, kind, incident, what, text);
}

/* Collect a change of the ledger of samples. */
void
history_count(
    struct history *h, uint64_t cursor, const char *node, int64_t hour_s, const struct tally *t)
{
	history_job_count(&h->collecting, cursor, node, hour_s, t);
}

/* Collect all states. */
void
history_states(struct history *h, uint64_t lsn, struct history_state *states, size_t n)
{
	history_job_states(&h->collecting, lsn, states, n);
}

/* Who is told of stored states. */
void
history_on_saved(struct history *h, void (*saved)(void *arg, uint64_t lsn), void *arg)
{
	h->saved = saved;
	h->saved_arg = arg;
}

/* Commit, and tell how that went. */
void
history_sync(struct history *h, uint64_t cursor, void (*done)(void *arg, bool ok), void *arg)
{
	history_job_wait(&h->collecting, done, arg);
	history_commit(h, cursor, false);
}

/* Answer a question. */
void
history_ask(struct history *h, const struct history_ask *ask,
    void (*done)(void *arg, const char *json, size_t n, const char *why), void *arg)
{
	history_asker_ask(h->asker, ask, done, arg);
}

/* How many entries wait. */
size_t
history_waiting(const struct history *h)
{
	const struct history_job *jobs[] = { &h->collecting, &h->queued, &h->running };
	size_t n = 0;

	for (size_t i = 0; i < 3; i++)
		n += jobs[i]->nops + jobs[i]->nwaiters + (jobs[i]->states.set ? 1 : 0);
	return n;
}

/* Why nothing can be stored; "" if it can. */
const char *
history_trouble(const struct history *h)
{
	return h->retry_ms == 0 ? "" : h->why.msg;
}
