/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reload: loads in a thread, compares in the loop. Requests that come meanwhile are one more. */
#include "collector/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conf_diff.h"
#include "zw/conf_files.h"
#include "zw/daemon.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"
#include "zw/worker.h"

#define T (&collector_conf_table)
#define TOLD 40	      /* differences that are told in the log */
#define NOTED 12      /* and in the audit */
#define COMPLAINTS 50 /* errors in the log */
#define MAX_RUNNING (3 * 1024 * 1024)
#define LAST "ZONEWATCH_LAST" /* environment: the configuration to go back to */
#define WHY "ZONEWATCH_WHY"   /* why one went back */

struct reload {
	struct conf_collector *conf;
	struct conf_loaded *loaded;
	const struct reload_ops *ops;
	void *arg;
	struct worker *worker;
	struct conf_files *files; /* as they were looked at last */
	bool under_way, again, closing;
	/* Of the thread while it is under way. */
	void *fresh;
	struct conf_files *fresh_files;
	uint64_t mark;
	char *complaints;
	unsigned nerrors;
};

/* In the thread: read, judge, look at the files. */
static void
load(void *arg)
{
	struct reload *r = arg;
	size_t size = 0;
	FILE *f = open_memstream(&r->complaints, &size);

	r->fresh = NULL;
	r->fresh_files = NULL;
	r->nerrors = 1;
	if (f == NULL)
		return;
	uint64_t before = conf_files_mark_all(T, r->conf, r->loaded->path);
	if (conf_load(T, r->loaded->path, &r->fresh, r->ops->check, f, &r->nerrors) == 0)
		r->fresh_files = conf_files_new(T, r->fresh);
	fclose(f);
	/* Files that changed meanwhile are news still. */
	bool steady = before == conf_files_mark_all(T, r->conf, r->loaded->path);
	r->mark = !steady ? 0
			  : conf_files_mark_all(
				T, r->fresh != NULL ? r->fresh : r->conf, r->loaded->path);
}

/* The complaints as lines of the log, as many as are of use. */
static void
log_complaints(char *text)
{
	char *save = NULL;
	unsigned n = 0;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (n++ < COMPLAINTS)
			log_warnx("conf", "%s", line);
	if (n > COMPLAINTS)
		log_warnx("conf", "... and %u more", n - COMPLAINTS);
}

/* The old configuration stays. */
static void
refuse(struct reload *r, const char *why)
{
	struct conf_loaded *l = r->loaded;

	l->refused_ms = clock_wall_ms();
	l->errors = r->nerrors;
	l->mark = r->mark;
	(void)str_copy(l->why, sizeof l->why, why);
	log_warnx("collector", "not reloaded, the old configuration stays: %u error%s, told above",
	    l->errors, l->errors == 1 ? "" : "s");
	r->ops->note(r->arg, "reload-refused", l->why);
	daemon_ready("not reloaded, see the log");
}

/* The first complaint, which is no warning. */
static void
first_error(char *dst, size_t size, const char *text)
{
	const char *line = text != NULL ? text : "out of memory";

	while (strchr(line, '\n') != NULL &&
	       memmem(line, strcspn(line, "\n"), ": warning: ", 11) != NULL)
		line = strchr(line, '\n') + 1;
	char *one = xasprintf("%.*s", (int)strcspn(line, "\n"), line);
	str_escape(dst, size, one, strlen(one));
	free(one);
}

/* Files whose content is read again without beginning anew, or by those who need it. */
static bool
is_live_file(const char *key)
{
	static const char *const keys[] = { "tls.ca", "tls.cert", "tls.key", "web.certificate",
		"web.key", "web.token_file", "enroll.ca_key" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* It is in force: remember what it was made of. */
static void
settle(struct reload *r)
{
	struct conf_loaded *l = r->loaded;

	conf_files_free(r->files);
	r->files = r->fresh_files;
	r->fresh_files = NULL;
	l->loaded_ms = clock_wall_ms();
	l->mark = r->mark;
	l->refused_ms = 0;
	l->errors = 0;
	l->why[0] = '\0';
}

/* Take what differs, all of which is live. */
static void
take(struct reload *r, const struct conf_diff *d)
{
	struct err e;

	conf_take_live(T, r->conf, r->fresh);
	if (r->ops->take(r->arg, &e) == -1) {
		conf_take_live(T, r->conf, r->fresh);
		log_warnx("conf", "%s: %s", r->loaded->path, e.msg);
		r->nerrors = 1;
		refuse(r, e.msg);
		return;
	}
	settle(r);
	if (d->total == 0)
		log_info("collector", "the configuration is right, and nothing changed");
	else
		log_info("collector", "reloaded: nobody was disconnected");
	daemon_ready("configuration reloaded");
}

/* Tell what differs: each in a line of the log. */
static void
tell(struct reload *r, const struct conf_diff *d)
{
	conf_diff_log(d, TOLD);
	char *text = conf_diff_text(d, NOTED, "; ");
	if (d->total > 0)
		r->ops->note(r->arg, "reload", text);
	free(text);
}

/* In the loop: it is read. */
static void
loaded(void *arg)
{
	struct reload *r = arg;
	struct conf_diff *d = NULL;
	char why[256];

	r->under_way = false;
	if (r->closing) {
		;
	} else if (r->fresh == NULL) {
		first_error(why, sizeof why, r->complaints);
		log_complaints(r->complaints);
		refuse(r, why);
	} else {
		log_complaints(r->complaints); /* warnings */
		d = conf_diff_new(T, r->conf, r->fresh);
		conf_files_diff(r->files, r->fresh_files, is_live_file, d);
		tell(r, d);
		if (d->fixed > 0) {
			log_info("collector", "the configuration is right; beginning anew with it");
			r->ops->begin_anew(r->arg);
		} else {
			take(r, d);
		}
	}
	conf_diff_free(d);
	conf_files_free(r->fresh_files);
	conf_free(T, r->fresh);
	free(r->complaints);
	r->fresh_files = NULL;
	r->fresh = r->complaints = NULL;
	if (r->again && !r->closing) {
		r->again = false;
		reload_ask(r);
	}
}

int
reload_new(struct reload **out, struct event_base *base, struct conf_collector *conf,
    struct conf_loaded *l, const struct reload_ops *ops, void *arg, struct err *e)
{
	struct reload *r = xcalloc(1, sizeof *r);

	*r = (struct reload){ .conf = conf, .loaded = l, .ops = ops, .arg = arg };
	if (worker_new(&r->worker, base, "reload", e) == -1) {
		free(r);
		return -1;
	}
	r->files = conf_files_new(T, conf);
	*out = r;
	return 0;
}

void
reload_free(struct reload *r)
{
	if (r == NULL)
		return;
	r->closing = true;
	worker_free(r->worker);
	conf_files_free(r->files);
	free(r);
}

void
reload_ask(struct reload *r)
{
	if (r->under_way) {
		r->again = true;
		return;
	}
	r->under_way = true;
	daemon_reloading();
	(void)worker_submit(r->worker, load, loaded, r);
}

/* Writes it whole or not at all. It need not outlive a power cut: each start writes it. */
static int
write_running(const struct conf_collector *conf, const char *path, struct err *e)
{
	char *tmp = xasprintf("%s.tmp", path);
	FILE *f = fopen(tmp, "we");
	long size = -1;

	if (f != NULL) {
		fputs("# The configuration in force, written for the collector's helpers.\n", f);
		conf_dump(T, conf, f);
		size = fflush(f) == 0 ? ftell(f) : -1;
	}
	int rc = 0;
	if (f == NULL || fclose(f) != 0 || size == -1)
		rc = err_set(e, "%s: %s", tmp, strerror(errno));
	else if (size > MAX_RUNNING)
		rc = err_set(e, "the configuration has more than 3 MiB");
	else if (rename(tmp, path) == -1)
		rc = err_set(e, "%s: %s", path, strerror(errno));
	if (rc == -1 && f != NULL)
		(void)unlink(tmp);
	free(tmp);
	return rc;
}

/* Where a configuration is kept: in a directory of its own, for conf.d beside it would be read too,
 * and store.dir may be the directory that has the files' own. */
static char *
kept(const struct conf_collector *conf, const char *name)
{
	return xasprintf("%s/running/%s", conf->store.dir, name);
}

char *
reload_write_running(const struct conf_collector *conf, const char *conf_path)
{
	char *path = kept(conf, "running.conf"), *dir = kept(conf, "");
	struct err e;
	bool written = fs_mkdirs(dir, 0700, &e) == 0 && write_running(conf, path, &e) == 0;

	free(dir);
	if (written)
		return path;
	log_warnx("collector", "helpers read the configuration's own files: %s", e.msg);
	(void)unlink(path);
	free(path);
	return xstrdup(conf_path);
}

void
reload_leave(const struct conf_collector *conf)
{
	char *running = kept(conf, "running.conf"), *last = kept(conf, "last.conf");

	if (rename(running, last) == 0)
		(void)setenv(LAST, last, 1);
	else
		log_warn("collector", "there is nothing to go back to: %s", running);
	(void)unsetenv(WHY);
	free(running);
	free(last);
}

const char *
reload_last(void)
{
	return getenv(LAST);
}

const char *
reload_why(void)
{
	return getenv(LAST) != NULL ? getenv(WHY) : NULL;
}

/* What was in force goes on. */
static void *
resume_last(struct conf_loaded *l, unsigned errors)
{
	void *conf = NULL;
	unsigned n = 0;

	log_warnx("collector", "not reloaded, the old configuration goes on: %s", reload_why());
	l->refused_ms = clock_wall_ms();
	l->errors = errors > 0 ? errors : 1;
	(void)str_copy(l->why, sizeof l->why, reload_why());
	if (conf_load(T, reload_last(), &conf, collector_conf_check, stderr, &n) == -1)
		fatalx("collector", "%s: %u errors", reload_last(), n);
	return conf;
}

void *
reload_resume(const char *conf_path, struct conf_loaded *l)
{
	void *conf = NULL;
	unsigned n = 0;

	if (reload_why() == NULL) {
		if (conf_load(T, conf_path, &conf, collector_conf_check, stderr, &n) == 0)
			return conf;
		reload_go_back("the files changed while they were taken up");
	}
	return resume_last(l, n);
}

void
reload_go_back(const char *why)
{
	(void)setenv(WHY, why, 1);
}

void
reload_arrived(void)
{
	(void)unsetenv(LAST);
	(void)unsetenv(WHY);
}
