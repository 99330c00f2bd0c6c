/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-store: the only writer of RRDs, a child of the collector's. Follows the journal by file
 * up to where the parent says it is durable, and does the work of keeper.c between messages. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "collector/child.h"
#include "collector/conf.h"
#include "collector/store/keeper.h"
#include "collector/store/store.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/sandbox.h"
#include "zw/str.h"

#define MAX_PENDING (64 * 1024 * 1024)
#define SLICE_US 20000 /* of work between two looks at the messages */
#define START_MS 10000 /* the parent's first message comes by then */
#define STATS_MS 1000
#define TICK_MS 250
#define LOOK_MS 1000
#define CATCH_UP_MS 1000 /* before a flush, at most */
#define FINISH_MS 5000	 /* of writing at the end; what is left is in the journal */

struct program {
	struct conf_collector *conf;
	struct rrdlib_keep *keep; /* scratch of shape_of() */
	struct keeper *keeper;
	int64_t stats_due_ms;
	struct store_stats told;
	struct sandbox box;
	int64_t look_due_ms;
	bool stopping;
	bool orphan; /* the parent is gone */
};

/* How a source's files are made. */
static struct rrdlib_shape
shape_of(void *arg, const char *source)
{
	struct program *p = arg;
	const struct conf_list *list = collector_conf_archives(p->conf, source);
	const struct conf_archive *archives = list->v;

	p->keep = xreallocarray(p->keep, list->n + 1, sizeof *p->keep);
	for (size_t i = 0; i < list->n; i++)
		p->keep[i] = (struct rrdlib_keep){ .step_s = archives[i].step / 1000,
			.keep_s = archives[i].keep / 1000 };
	return (struct rrdlib_shape){
		.heartbeat = p->conf->store.heartbeat, .keep = p->keep, .nkeep = list->n
	};
}

/* Tell the parent that a file was moved away. */
static void
tell_quarantined(void *arg, uint32_t sid, const char *why)
{
	struct buf b = { 0 };

	(void)arg;
	buf_be32(&b, sid);
	buf_str(&b, why);
	(void)child_reply(STORE_QUARANTINED, 0, b.data, b.len);
	buf_free(&b);
}

/* Tell the parent that another file is damaged. */
static void
tell_damaged(void *arg, const char *file, const char *why)
{
	struct buf b = { 0 };

	(void)arg;
	buf_str(&b, file);
	buf_str(&b, why);
	(void)child_reply(STORE_DAMAGED, 0, b.data, b.len);
	buf_free(&b);
}

/* Tell the parent the counters, when they changed. */
static void
tell_stats(struct program *p, int64_t now_ms)
{
	const struct store_stats *st = &p->keeper->stats;
	struct buf b = { 0 };

	if (now_ms < p->stats_due_ms)
		return;
	p->stats_due_ms = now_ms + STATS_MS;
	if (memcmp(st, &p->told, sizeof *st) == 0)
		return;
	const uint64_t fields[] = { st->applied_lsn, st->pending, st->values, st->updates,
		st->files, st->late, st->quarantined, st->checkpoint_ms, st->errors,
		st->scrubbed_ms, st->damaged_rows };
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		buf_be64(&b, fields[i]);
	(void)child_reply(STORE_STATS, 0, b.data, b.len);
	buf_free(&b);
	p->told = *st;
}

/* Make a checkpoint and tell the parent what it need not keep. */
static int
checkpoint(struct program *p, struct err *e)
{
	struct buf b = { 0 };
	uint64_t from;
	int rc = keeper_checkpoint(p->keeper, clock_mono_ms(), clock_wall_ms(), &from, e);

	if (rc == 0 && from > 0) {
		buf_be64(&b, from);
		(void)child_reply(STORE_CHECKPOINT, 0, b.data, b.len);
		buf_free(&b);
	}
	return rc == -1 ? -1 : 0;
}

/* Write series now: first what the journal has of them, as far as there is time. */
static int
flush(struct program *p, uint32_t request, const uint8_t *data, size_t n, struct err *e)
{
	int64_t now_ms = clock_mono_ms();
	struct cursor c = cursor_over(data, n);
	size_t count = n / 4;
	uint32_t *sids = xcalloc(count + 1, sizeof *sids);

	for (size_t i = 0; i < count; i++)
		sids[i] = cursor_be32(&c);
	int rc = keeper_apply(p->keeper, now_ms, CATCH_UP_MS * 1000, e);
	if (rc != -1)
		rc = keeper_flush(p->keeper, sids, count, now_ms, e);
	if (rc != -1)
		(void)child_reply(STORE_FLUSHED, request, NULL, 0);
	free(sids);
	return rc;
}

/* Do what the parent says. */
static int
handle(
    struct program *p, uint8_t type, uint32_t request, const uint8_t *data, size_t n, struct err *e)
{
	struct cursor c = cursor_over(data, n);

	switch (type) {
	case STORE_DURABLE: {
		uint64_t journal = cursor_be64(&c), catalog = cursor_be64(&c);
		return c.bad ? err_set(e, "a message of the parent is malformed")
			     : keeper_durable(p->keeper, journal, catalog, e);
	}
	case STORE_FLUSH:
		return flush(p, request, data, n, e);
	case STORE_STOP:
		p->stopping = true;
		return 0;
	default:
		return err_set(e, "the parent says something unknown (%u)", type);
	}
}

/* Take the messages that are there; wait for one up to timeout_ms. */
static int
messages(struct program *p, int timeout_ms, struct err *e)
{
	uint8_t type, *data;
	uint32_t request;
	size_t n;
	bool eof;
	int rc;

	while (!p->stopping && !p->orphan) {
		rc = child_receive(timeout_ms, &type, &request, &data, &n, &eof);
		if (rc == -1)
			return err_set(e, "the parent cannot be understood");
		p->orphan = eof;
		if (rc == 0)
			break;
		rc = handle(p, type, request, data, n, e);
		free(data);
		if (rc == -1)
			return -1;
		timeout_ms = 0;
	}
	return 0;
}

/* Whether a directory took the place of one that this process may write to: then it must begin anew
 * to be let in. Looked at each second. */
static bool
shut_out(struct program *p, int64_t now_ms)
{
	if (now_ms < p->look_due_ms)
		return false;
	p->look_due_ms = now_ms + LOOK_MS;
	return sandbox_changed(&p->box);
}

/* Work until the parent says stop or is gone. */
static int
run(struct program *p, struct err *e)
{
	bool busy = true;

	while (!p->stopping) {
		if (messages(p, busy ? 0 : TICK_MS, e) == -1)
			return -1;
		if (p->orphan)
			return 0;
		int64_t now_ms = clock_mono_ms();
		if (shut_out(p, now_ms))
			return err_set(e, "a directory of ours was replaced by another");
		int more = keeper_apply(p->keeper, now_ms, SLICE_US, e);
		int due = more == -1 ? -1 : keeper_write(p->keeper, now_ms, SLICE_US, e);
		if (due == -1)
			return -1;
		if (now_ms >= p->keeper->checkpoint_due_ms && checkpoint(p, e) == -1)
			return -1;
		busy = more == 1 || due == 1;
		if (!busy && scrub_some(p->keeper, now_ms, clock_wall_ms(), e) == -1)
			return -1;
		tell_stats(p, now_ms);
	}
	return 0;
}

/* Write what there is time for, file by file. What is left has its place in the journal, which is
 * read again from there at the next start: nobody waits for a thousand new files. */
static int
flush_rest(struct program *p, int64_t until_ms, struct err *e)
{
	uint32_t left = 0;

	for (uint32_t sid = 1; sid < p->keeper->ntanks; sid++) {
		const struct tank *t = p->keeper->tanks[sid];
		int64_t now_ms = clock_mono_ms();
		if (t == NULL || t->rows.n == 0)
			continue;
		if (now_ms >= until_ms)
			left++;
		else if (keeper_flush(p->keeper, &sid, 1, now_ms, e) == -1)
			return -1;
	}
	if (left > 0)
		log_info(
		    "store", "%u files are written after the next start, from the journal", left);
	return 0;
}

/* Take in the journal's rest and write it, as far as there is time. */
static int
finish(struct program *p, struct err *e)
{
	int64_t until_ms = clock_mono_ms() + FINISH_MS;
	int rc = keeper_apply(p->keeper, clock_mono_ms(), FINISH_MS * 1000, e);

	if (rc != -1)
		rc = flush_rest(p, until_ms, e);
	if (rc == 0)
		rc = checkpoint(p, e);
	p->stats_due_ms = 0;
	tell_stats(p, clock_mono_ms());
	return rc;
}

/* The first message says how the child before this one ended. */
static bool
first_message(bool *crashed)
{
	uint8_t type, *data;
	uint32_t request;
	size_t n;
	bool eof;

	int rc = child_receive(START_MS, &type, &request, &data, &n, &eof);
	bool ok = rc == 1 && type == STORE_START && n == 1;
	*crashed = ok && data[0] == 1;
	if (rc == 1)
		free(data);
	return ok;
}

/* From here on: the journal is read, files of the store's own are written, and nothing else. What
 * is to be written must be there by then. */
static int
confine(struct program *p, const char *rrd_dir, struct err *e)
{
	static const char *const own[] = { "store", "quarantine" };
	static const char *const others[] = { "journal", "catalog" };
	const char *dir = p->conf->store.dir;

	p->box.calls = SANDBOX_CHANGE | SANDBOX_MODES | SANDBOX_TALK;
	sandbox_system(&p->box);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		char path[PATH_MAX];
		if (str_format(path, sizeof path, "%s/%s", dir, own[i]) == -1 ||
		    fs_mkdirs(path, 0750, e) == -1)
			return -1;
		sandbox_path(&p->box, SANDBOX_WRITE, path);
	}
	if (fs_mkdirs(rrd_dir, 0750, e) == -1)
		return -1;
	sandbox_path(&p->box, SANDBOX_WRITE, rrd_dir);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		sandbox_below(&p->box, SANDBOX_READ, dir, others[i]);
	return sandbox_enter(&p->box, e);
}

/* Open, work, close. */
static int
store_main(struct program *p, bool crashed)
{
	char rrd_dir[PATH_MAX];
	struct err e = { "" };

	if (p->conf->store.rrd_dir != NULL)
		(void)str_copy(rrd_dir, sizeof rrd_dir, p->conf->store.rrd_dir);
	else
		collector_conf_path(p->conf, "rrd", rrd_dir, sizeof rrd_dir);
	struct keeper_conf kc = { .dir = p->conf->store.dir,
		.rrd_dir = rrd_dir,
		.flush_ms = p->conf->store.flush,
		.checkpoint_ms = p->conf->store.checkpoint,
		.scrub_ms = p->conf->store.scrub,
		.max_pending = MAX_PENDING,
		.shape = shape_of,
		.quarantined = tell_quarantined,
		.damaged = tell_damaged,
		.arg = p };
	int rc = confine(p, rrd_dir, &e);
	if (rc == 0)
		rc = keeper_open(&p->keeper, &kc, crashed, &e);
	if (rc == 0)
		rc = run(p, &e);
	if (rc == 0 && p->stopping)
		rc = finish(p, &e);
	if (rc == -1)
		log_warnx("store", "cannot go on: %s", e.msg);
	keeper_close(p->keeper);
	sandbox_free(&p->box);
	return rc == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct program p = { 0 };
	unsigned nerrors = 0;
	bool crashed;
	void *conf = NULL;

	log_init("zonewatch-store", LOG_LEVEL_INFO);
	if (argc != 3 || strcmp(argv[1], "-c") != 0)
		fatalx("store", "zonewatch-store is started by zonewatch-collector");
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* the terminal's; the parent tells when to stop */
	(void)signal(SIGTERM, SIG_IGN);
	(void)umask(0077);
	if (!first_message(&crashed))
		fatalx("store", "zonewatch-store is started by zonewatch-collector");
	if (conf_load(&collector_conf_table, argv[2], &conf, collector_conf_check, stderr,
		&nerrors) == -1)
		fatalx("store", "the configuration has errors");
	p.conf = conf;
	int rc = store_main(&p, crashed);
	free(p.keep);
	conf_free(&collector_conf_table, conf);
	return rc;
}
