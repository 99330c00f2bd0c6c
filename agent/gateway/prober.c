/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prober: asks each probe once in its interval, at a moment of its own in it, which its node and
 * name decide: so hundreds of probes are spread evenly, and each stays where it is over a restart.
 *
 * The answer is stamped with the multiple of the interval that the asking belongs to. The sleeps
 * are on the monotonic clock; schedule.c sees to a wall clock that is set. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/prober.h"
#include "agent/schedule.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/crc32c.h"
#include "zw/log.h"
#include "zw/str.h"

#define MARGIN_MS 50 /* an answer is there so long before the next asking */

enum up {
	UP_UNKNOWN,
	UP_DOWN,
	UP_UP
};

/* One probe. */
struct job {
	struct prober *prober;
	const struct conf_probe *conf;
	const struct probe_kind *kind;
	void *state;
	struct event *timer;
	struct schedule schedule; /* of the wall clock less the phase */
	int64_t phase_ms;
	int64_t stamp_ms; /* of the asking under way */
	bool asks;
	bool full; /* fields were left out, and that was said */
	enum up up;
	struct series_def def;
	struct probe_result last;
	int64_t last_ms; /* wall; 0: no answer yet */
};

struct prober {
	struct probe_env *env;
	const struct prober_ops *ops;
	void *arg;
	size_t n;
	struct job *jobs;
};

/* What up's numbers mean, for all kinds. */
static const struct metric_state up_states[] = { { 0, METRIC_CRITICAL, "down" },
	{ 1, METRIC_OK, "up" } };

/* Describes the series. */
static void
job_define(struct job *j)
{
	const struct probe_kind *k = j->kind;
	struct series_def *d = &j->def;

	(void)str_copy(d->node, sizeof d->node, j->conf->node);
	(void)str_copy(d->source, sizeof d->source, k->name);
	(void)str_copy(d->instance, sizeof d->instance, j->conf->name != NULL ? j->conf->name : "");
	d->step_s = (uint32_t)(j->conf->interval / 1000);
	d->nfields = k->nfields;
	for (unsigned i = 0; i < k->nfields; i++)
		field_from_row(&d->fields[i], &k->fields[i]);
	for (size_t i = 0; i < sizeof up_states / sizeof up_states[0]; i++)
		(void)metric_state_add(d, 0, &up_states[i]);
	for (unsigned i = 0; i < k->nstates; i++)
		(void)metric_state_add(d, k->states[i].field, &k->states[i].state);
}

/* The moment in the interval. */
static int64_t
job_phase(const struct job *j)
{
	const struct series_def *d = &j->def;
	uint32_t crc = crc32c(0, d->node, strlen(d->node));

	crc = crc32c(crc, d->source, strlen(d->source));
	crc = crc32c(crc, d->instance, strlen(d->instance));
	return (int64_t)((uint64_t)crc * (uint64_t)j->conf->interval >> 32);
}

/* The field of performance data in the series, which grows for a new one; -1: there is none. What
 * it is must not change any more, so one that the plugin has not known a value of yet, and so not
 * told the unit of, waits. */
static int
job_field(struct job *j, const struct field *f, double value)
{
	struct series_def *d = &j->def;

	for (unsigned i = j->kind->nfields; i < d->nfields; i++)
		if (strcmp(d->fields[i].name, f->name) == 0)
			return (int)i;
	if (isnan(value))
		return -1;
	if (d->nfields == METRIC_MAX_FIELDS) {
		if (!j->full)
			log_warnx("probe",
			    "%s of %s has more than %d values; the others are left out", d->source,
			    d->node, METRIC_MAX_FIELDS);
		j->full = true;
		return -1;
	}
	d->fields[d->nfields] = *f;
	return (int)d->nfields++;
}

/* Keeps an answer in the order of the series' fields. */
static void
job_take(struct job *j, const struct probe_result *r)
{
	unsigned own = j->kind->nfields;

	probe_result_clear(&j->last, own);
	for (unsigned i = 0; i < own && i < r->nvalues; i++)
		j->last.values[i] = r->values[i];
	for (unsigned i = 0; i < r->nmore; i++) {
		int at = job_field(j, &r->more[i], r->values[own + i]);
		if (at != -1)
			j->last.values[at] = r->values[own + i];
	}
	j->last.nvalues = j->def.nfields;
	(void)str_copy(j->last.text, sizeof j->last.text, r->text);
	j->last_ms = clock_wall_ms();
}

/* An answer. */
static void
job_answered(void *arg, const struct probe_result *r)
{
	struct job *j = arg;
	struct prober *p = j->prober;

	j->asks = false;
	job_take(j, r);
	p->ops->reading(p->arg, &j->def, j->stamp_ms / 1000, j->last.values);
	if (isnan(j->last.values[0]))
		return;
	enum up up = j->last.values[0] != 0 ? UP_UP : UP_DOWN;
	bool told = j->up == UP_UNKNOWN ? up == UP_DOWN : up != j->up;
	j->up = up;
	if (told)
		p->ops->changed(p->arg, &j->def, up == UP_UP, j->last.text);
}

/* How long an asking may take, so that it is over before the next. */
static int64_t
job_timeout(const struct job *j)
{
	int64_t most = j->conf->interval - MARGIN_MS;

	return j->conf->timeout < most ? j->conf->timeout : most;
}

/* The timer: ask if it is time, and sleep until the next. */
static void
job_turn(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;
	struct schedule_turn t = schedule_turn(&j->schedule, clock_wall_ms() - j->phase_ms);
	struct timeval tv = clock_timeval(t.wait_ms);

	(void)fd, (void)what;
	evtimer_add(j->timer, &tv);
	if (!t.sample || j->asks)
		return;
	j->asks = true;
	j->stamp_ms = t.stamp_ms;
	j->kind->ask(j->state, job_timeout(j), job_answered, j);
}

/* Sets a probe up. */
static int
job_init(struct job *j, struct prober *p, struct event_base *base, const struct conf_probe *c,
    struct err *e)
{
	struct err why = { .msg = "out of memory" };

	*j = (struct job){ .prober = p, .conf = c, .kind = probe_kind(c->kind) };
	job_define(j);
	j->timer = evtimer_new(base, job_turn, j);
	j->state = j->kind->open(p->env, c->variant, &why);
	if (j->timer == NULL || j->state == NULL)
		return err_set(e, "the %s probe of %s: %.300s", c->kind, c->node, why.msg);
	j->phase_ms = job_phase(j);
	schedule_start(&j->schedule, c->interval, clock_wall_ms() - j->phase_ms, 0, 0);
	job_turn(-1, 0, j);
	return 0;
}

/* All probes, or none. */
int
prober_new(struct prober **out, struct event_base *base, const struct conf_list *probes,
    const struct prober_ops *ops, void *arg, struct err *e)
{
	const struct conf_probe *c = probes->v;
	struct prober *p = xcalloc(1, sizeof *p);

	p->ops = ops;
	p->arg = arg;
	p->env = probe_env_new(base);
	p->jobs = xcalloc(probes->n > 0 ? probes->n : 1, sizeof *p->jobs);
	while (p->n < probes->n) {
		struct job *j = &p->jobs[p->n];
		if (job_init(j, p, base, &c[p->n++], e) == -1) {
			prober_free(p);
			return -1;
		}
	}
	*out = p;
	return 0;
}

/* Whatever is under way is dropped. */
void
prober_free(struct prober *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		struct job *j = &p->jobs[i];
		if (j->state != NULL)
			j->kind->close(j->state);
		if (j->timer != NULL)
			event_free(j->timer);
	}
	probe_env_free(p->env);
	free(p->jobs);
	free(p);
}

/* How many there are. */
size_t
prober_count(const struct prober *p)
{
	return p->n;
}

/* One of them. */
const struct series_def *
prober_at(const struct prober *p, size_t i, const struct probe_result **last, int64_t *time_ms)
{
	*last = &p->jobs[i].last;
	*time_ms = p->jobs[i].last_ms;
	return &p->jobs[i].def;
}
