/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked, and a turn each second: is a report due, may one begin, are there old ones? */
#include "collector/reports_int.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "collector/agenda.h"
#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/worker.h"

#define TICK_MS 1000

/* Each second: is a report due, may a job begin, are there old ones? */
static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct reports *r = arg;
	int64_t now_ms = clock_wall_ms();

	(void)fd;
	(void)what;
	if (!r->loaded)
		return;
	reports_routine_look(r, now_ms / 1000);
	if (r->now != NULL)
		return;
	struct reports_job *j = reports_job_next(r, now_ms);
	if (j != NULL)
		reports_job_start(r, j);
	else if (clock_mono_ms() >= r->prune_mono_ms)
		reports_list_read(r);
}

int
reports_make(struct reports *r, const struct reports_wish *w, uint64_t *number, struct err *e)
{
	char name[SHELF_MAX_NAME];
	unsigned asked = 0;

	if (w->period.from_s > clock_wall_ms() / 1000)
		return err_set(e, "that time has not begun yet");
	shelf_name(name, &w->period, w->zone);
	if (r->now != NULL && strcmp(r->now->name, name) == 0 && (w->langs & ~r->now->langs) == 0) {
		*number = r->now->number;
		return 0;
	}
	for (size_t i = 0; i < r->njobs; i++)
		asked += r->jobs[i]->state == REPORTS_WAITING && !r->jobs[i]->scheduled;
	struct reports_job *j = reports_job_waiting(r, name);
	if (j == NULL && asked >= REPORTS_MAX_ASKED)
		return err_set(e, "%u reports wait to be made; try again later", asked);
	if (j == NULL)
		j = reports_job_add(r, &w->period, w->zone, w->langs);
	if (!j->scheduled)
		(void)str_copy(j->author, sizeof j->author, w->author);
	j->langs |= w->langs;
	j->state = REPORTS_WAITING;
	j->percent = 0;
	*number = j->number;
	r->version++;
	event_active(r->tick, EV_TIMEOUT, 0);
	return 0;
}

void
reports_restore(struct reports *r, const struct history_restored *h)
{
	struct err e;

	for (size_t i = 0; i < h->nnotes; i++) {
		for (size_t k = 0; k < REPORTS_ROUTINES; k++) {
			struct routine *t = &r->routines[k];
			if (strcmp(h->notes[i].key, t->note) == 0 &&
			    period_parse(&t->made, h->notes[i].value, &e) == 0 &&
			    t->made.kind == t->kind)
				t->known = true;
		}
	}
}

void
reports_use_flush(struct reports *r,
    void (*flush)(void *arg, void (*done)(void *done_arg, int ok), void *done_arg), void *arg)
{
	r->flush = flush;
	r->flush_arg = arg;
}

/* Whether weekly reports come: they are wanted, or a recipient wants one. */
static bool
wants_weeks(const struct conf_report *c)
{
	const struct conf_report_recipient *r = c->recipients.v;
	bool wants = c->weekly;

	for (size_t i = 0; i < c->recipients.n; i++)
		wants = wants || r[i].weekly;
	return wants;
}

int
reports_new(struct reports **out, struct event_base *base, const struct conf_collector *conf,
    const char *conf_path, const struct site *site, struct history *history, struct err *e)
{
	struct reports *r = xcalloc(1, sizeof *r);
	struct timeval tv = clock_timeval(TICK_MS);

	*r = (struct reports){ .base = base,
		.conf = conf,
		.conf_path = conf_path,
		.site = site,
		.history = history,
		.routines = {
		    { .kind = PERIOD_MONTH, .note = "report.monthly", .on = conf->report.monthly },
		    { .kind = PERIOD_WEEK,
			.note = "report.weekly",
			.on = wants_weeks(&conf->report) },
		} };
	if (str_format(r->dir, sizeof r->dir, "%s/reports", conf->store.dir) == -1)
		err_set(e, "store.dir: the path is too long");
	else if (agenda_at(conf->report.at, &r->at_min, e) == 0 &&
		 worker_new(&r->worker, base, "reports", e) == 0) {
		r->tick = event_new(base, -1, EV_PERSIST, tick, r);
		if (r->tick == NULL || event_add(r->tick, &tv) == -1)
			fatalx("reports", "out of memory");
		reports_list_read(r);
		*out = r;
		return 0;
	}
	reports_free(r);
	return -1;
}

void
reports_retake(struct reports *r)
{
	struct err e;

	for (size_t i = 0; i < REPORTS_ROUTINES; i++)
		r->routines[i].on = r->routines[i].kind == PERIOD_MONTH
					? r->conf->report.monthly
					: wants_weeks(&r->conf->report);
	if (agenda_at(r->conf->report.at, &r->at_min, &e) == -1)
		log_warnx("reports", "%s", e.msg); /* it was checked */
	r->version++;
}

void
reports_free(struct reports *r)
{
	if (r == NULL)
		return;
	r->closing = true;
	reports_job_break(r);
	worker_free(r->worker);
	if (r->tick != NULL)
		event_free(r->tick);
	for (size_t i = 0; i < r->njobs; i++)
		free(r->jobs[i]);
	free(r->jobs);
	reports_list_free(r->list, r->n);
	free(r);
}

size_t
reports_njobs(const struct reports *r)
{
	return r->njobs;
}

const struct reports_job *
reports_job_at(const struct reports *r, size_t i)
{
	return r->jobs[i];
}

const struct reports_job *
reports_job_of(const struct reports *r, const char *name)
{
	const struct reports_job *found = NULL;

	for (size_t i = 0; i < r->njobs; i++)
		if (strcmp(r->jobs[i]->name, name) == 0 &&
		    (found == NULL || r->jobs[i]->state != REPORTS_FAILED))
			found = r->jobs[i];
	return found;
}

const char *
reports_dir(const struct reports *r)
{
	return r->dir;
}

unsigned
reports_failing(const struct reports *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->njobs; i++)
		n += r->jobs[i]->scheduled && r->jobs[i]->tries > 0;
	return n;
}

uint64_t
reports_version(const struct reports *r)
{
	return r->version;
}
