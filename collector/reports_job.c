/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report's way: asked for, flushed, made by the program, moved to its place by the thread; or
 * failed. */
#include "collector/reports_int.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/spawn.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/worker.h"

#define PROGRAM "zonewatch-report"
#define DEADLINE_MS 120000
#define FRESH_S 3600 /* samples of that time may still be on their way into the RRDs */
#define MAX_FAILED 8 /* of those that somebody asked for, kept to be seen */

/* Between a flush that was asked for and the report that waits for it. */
struct flushing {
	struct reports *reports; /* NULL: gone */
};

/* A report that was made, on the way to its place. */
struct adoption {
	struct reports *reports;
	char name[SHELF_MAX_NAME];
	char from[PATH_MAX];
	struct shelf_report report;
	int rc;
	struct err err;
};

/* Forgets one. */
static void
job_remove(struct reports *r, struct reports_job *j)
{
	size_t i = 0;

	while (r->jobs[i] != j)
		i++;
	for (; i + 1 < r->njobs; i++)
		r->jobs[i] = r->jobs[i + 1];
	r->njobs--;
	free(j);
	r->version++;
}

struct reports_job *
reports_job_waiting(const struct reports *r, const char *name)
{
	for (size_t i = 0; i < r->njobs; i++)
		if (r->jobs[i] != r->now && strcmp(r->jobs[i]->name, name) == 0)
			return r->jobs[i];
	return NULL;
}

struct reports_job *
reports_job_add(struct reports *r, const struct period *p, const char *zone, unsigned langs)
{
	struct reports_job *j = xcalloc(1, sizeof *j);
	const struct shelf_report *before;

	j->number = ++r->numbers;
	j->period = *p;
	(void)str_copy(j->zone, sizeof j->zone, zone);
	shelf_name(j->name, p, zone);
	before = reports_find(r, j->name);
	j->langs = langs | (before != NULL ? before->langs : 0);
	j->asked_ms = clock_wall_ms();
	r->jobs = xreallocarray(r->jobs, r->njobs + 1, sizeof(struct reports_job *));
	r->jobs[r->njobs++] = j;
	r->version++;
	return j;
}

/* How long after its n-th failure it is tried again. */
static int64_t
delay_ms(unsigned tries)
{
	static const int64_t minutes[] = { 1, 10, 60 };
	size_t last = sizeof minutes / sizeof minutes[0] - 1;
	size_t i = tries == 0 ? 0 : tries - 1;

	return minutes[i < last ? i : last] * 60000;
}

/* Makes room among the failed ones that somebody asked for. */
static void
forget_failed(struct reports *r)
{
	struct reports_job *oldest = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < r->njobs; i++) {
		struct reports_job *j = r->jobs[i];
		if (j->state != REPORTS_FAILED || j->scheduled)
			continue;
		n++;
		oldest = oldest == NULL ? j : oldest;
	}
	if (n > MAX_FAILED)
		job_remove(r, oldest);
}

/* The one under way is over, and the next may begin. */
static void
job_over(struct reports *r)
{
	r->now = NULL;
	event_active(r->tick, EV_TIMEOUT, 0);
}

/* The one under way did not succeed. */
static void
job_failed(struct reports *r, const char *why)
{
	struct reports_job *j = r->now;
	char again[48] = "";

	job_over(r);
	j->state = REPORTS_FAILED;
	j->tries++;
	(void)str_copy(j->why, sizeof j->why, why);
	if (j->scheduled) {
		j->next_ms = clock_wall_ms() + delay_ms(j->tries);
		snprintf(
		    again, sizeof again, "; again in %" PRId64 " min", delay_ms(j->tries) / 60000);
	}
	log_warnx("reports", "%s could not be made: %s%s", j->name, why, again);
	forget_failed(r);
	r->version++;
}

/* Its files are where they belong. */
static void
job_succeeded(struct reports *r, const struct shelf_report *one)
{
	struct reports_job *j = r->now;

	job_over(r);
	reports_list_put(r, one);
	log_info("reports", "%s is made", j->name);
	if (j->scheduled)
		reports_routine_made(r, j);
	job_remove(r, j);
}

/* In the thread: moves the files to their place. */
static void
adoption_run(void *arg)
{
	struct adoption *a = arg;

	a->rc = shelf_adopt(&a->report, a->reports->dir, a->from, a->name, &a->err);
}

/* In the loop. */
static void
adoption_done(void *arg)
{
	struct adoption *a = arg;
	struct reports *r = a->reports;

	if (r->closing) {
		if (a->rc == 0)
			shelf_report_clear(&a->report);
	} else if (a->rc == 0) {
		job_succeeded(r, &a->report);
	} else {
		job_failed(r, a->err.msg);
	}
	free(a);
}

/* A thread's task that has no end to wait for. */
static void
discard_run(void *arg)
{
	shelf_discard(arg);
	free(arg);
}

/* A line of the program's: "40 charts". */
static void
program_line(void *arg, const char *line)
{
	struct reports *r = arg;
	int percent, n = 0;

	if (sscanf(line, "%3d %n", &percent, &n) != 1 || percent < 0 || percent > 100)
		return;
	r->now->percent = percent;
	(void)str_copy(r->now->doing, sizeof r->now->doing, n > 0 ? line + n : "");
	r->version++;
}

/* The program has ended. */
static void
program_ended(void *arg, const char *why)
{
	struct reports *r = arg;
	struct adoption *a;

	spawn_free(r->spawn);
	r->spawn = NULL;
	if (why != NULL) {
		worker_submit(r->worker, discard_run, NULL, xstrdup(r->from));
		job_failed(r, why);
		return;
	}
	a = xcalloc(1, sizeof *a);
	a->reports = r;
	(void)str_copy(a->name, sizeof a->name, r->now->name);
	(void)str_copy(a->from, sizeof a->from, r->from);
	worker_submit(r->worker, adoption_run, adoption_done, a);
}

/* "az,ru". */
static void
words_of(char dst[16], unsigned langs)
{
	static const enum lang order[] = { LANG_AZ, LANG_RU, LANG_EN };
	size_t n = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < LANG_N; i++)
		if ((langs & 1U << order[i]) != 0)
			n += (size_t)snprintf(
			    dst + n, 16 - n, "%s%s", n > 0 ? "," : "", lang_word(order[i]));
}

/* Starts the program for the job under way. */
static void
program_start(struct reports *r)
{
	static const struct spawn_ops ops = { .line = program_line, .ended = program_ended };
	struct reports_job *j = r->now;
	char period[PERIOD_NAME], langs[16], stem[PATH_MAX];
	struct err e;

	period_name(&j->period, period);
	words_of(langs, j->langs);
	if (str_format(r->from, sizeof r->from, "%s/making/%" PRIu64, r->dir, j->number) == -1 ||
	    str_format(stem, sizeof stem, "%s/%s", r->from, j->name) == -1) {
		job_failed(r, "the path of store.dir is too long");
		return;
	}
	const char *argv[12] = { PROGRAM, "-c", r->conf_path, "-p", period, "-l", langs, "-o",
		stem };
	if (j->zone[0] != '\0') {
		argv[9] = "-z";
		argv[10] = j->zone;
	}
	if (fs_mkdirs(r->from, 0700, &e) == -1 ||
	    spawn_new(&r->spawn, r->base, argv, DEADLINE_MS, &ops, r, &e) == -1)
		job_failed(r, e.msg);
}

/* What was gathered is written, or will be read without. */
static void
flushed(void *arg, int ok)
{
	struct flushing *f = arg;
	struct reports *r = f->reports;

	free(f);
	if (r == NULL)
		return;
	r->flushing = NULL;
	if (!ok)
		log_warnx("reports",
		    "%s is made without the latest values: the store did not "
		    "write them in time",
		    r->now->name);
	program_start(r);
}

void
reports_job_start(struct reports *r, struct reports_job *j)
{
	int64_t fresh_s = FRESH_S + 2 * r->conf->store.flush / 1000;

	r->now = j;
	j->state = REPORTS_MAKING;
	j->percent = 0;
	j->next_ms = 0;
	(void)str_copy(j->doing, sizeof j->doing, "");
	r->version++;
	if (r->flush == NULL || j->period.to_s < clock_wall_ms() / 1000 - fresh_s) {
		program_start(r);
		return;
	}
	r->flushing = xcalloc(1, sizeof *r->flushing);
	r->flushing->reports = r;
	r->flush(r->flush_arg, flushed, r->flushing);
}

struct reports_job *
reports_job_next(const struct reports *r, int64_t now_ms)
{
	struct reports_job *best = NULL;

	for (size_t i = 0; i < r->njobs; i++) {
		struct reports_job *j = r->jobs[i];
		bool due = j->state == REPORTS_WAITING ||
			   (j->state == REPORTS_FAILED && j->next_ms != 0 && j->next_ms <= now_ms);
		if (due && (best == NULL || (best->scheduled && !j->scheduled)))
			best = j;
	}
	return best;
}

const char *
reports_state_word(enum reports_state s)
{
	static const char *const words[] = { "waiting", "making", "failed" };

	return words[s];
}

void
reports_job_break(struct reports *r)
{
	spawn_free(r->spawn);
	r->spawn = NULL;
	if (r->flushing != NULL)
		r->flushing->reports = NULL;
	r->flushing = NULL;
}
