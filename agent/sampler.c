/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sampler: the agent's heart beat: schedule -> runner -> feed.
 *
 * The values of a step leave in one batch as soon as all have answered, or after a second (half a
 * step, if that is less) with what is there. What answers later but before the next step leaves
 * in a second batch with the same stamp. */
#include "agent/sampler.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf.h"
#include "agent/runner.h"
#include "agent/schedule.h"
#include "agent/self.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/hash.h"
#include "zw/log.h"
#include "zw/wire.h"

#define PATIENCE_MS 1000
#define MAX_SERIES (2 * WIRE_MAX_SERIES)
#define EARLY_MS 2 /* the loop's timers may be this early */

/* A series that was defined, or refused (id 0). The key is compared as bytes. */
struct series {
	struct series_key {
		const struct source *src;
		char instance[NAME_MAX_NODE + 1];
	} key;
	uint32_t id;
	UT_hash_handle hh;
};

/* One series' values that wait for the batch. */
struct pending {
	uint32_t id;
	unsigned n;
};

struct sampler {
	struct event_base *base;
	const struct conf_agent *conf;
	struct feed *feed;
	struct runner *runner;
	struct self *self;
	struct series *series;
	struct schedule schedule;
	struct event *tick;
	struct event *patience;
	bool warm_up; /* the reading at the start, which is not sent */
	bool retried; /* in this step, a series that was refused */
	bool sent;    /* the step's first batch */
	int64_t stamp_ms;
	int64_t last_ms;
	int64_t begun_us;
	uint64_t missed;
	int64_t not_after_ms;
	struct buf values; /* struct pending and its values, one after another */
	struct log_throttle full;
};

/* Sets a timer. */
static void
arm(struct event *ev, int64_t ms)
{
	struct timeval tv = clock_timeval(ms);
	event_add(ev, &tv);
}

/* The series' definition. */
static void
describe(const struct sampler *s, const struct series_key *key, struct series_def *def)
{
	*def = (struct series_def){ 0 };
	str_copy(def->source, sizeof def->source, key->src->name);
	str_copy(def->instance, sizeof def->instance, key->instance);
	def->step_s = (uint32_t)(s->conf->step / 1000);
	def->nfields = key->src->nfields;
	for (unsigned i = 0; i < def->nfields; i++)
		field_from_row(&def->fields[i], &key->src->fields[i]);
}

/* Defines a series that is new here. */
static uint32_t
define(struct sampler *s, const struct series_key *key)
{
	if (HASH_COUNT(s->series) >= MAX_SERIES)
		return 0;
	struct series_def def;
	describe(s, key, &def);
	struct series *se = xcalloc(1, sizeof *se);
	memcpy(&se->key, key, sizeof se->key);
	se->id = feed_define(s->feed, &def);
	HASH_ADD(hh, s->series, key, sizeof se->key, se);
	return se->id;
}

/* The disk may have had no room for the definition and have it now. One in a step, for a table that
 * is full is searched each time. */
static void
retry(struct sampler *s, struct series *se)
{
	struct series_def def;
	describe(s, &se->key, &def);
	se->id = feed_define(s->feed, &def);
	s->retried = true;
}

/* The id of a series; make: define it if need be. 0: it has none. */
static uint32_t
series_id(struct sampler *s, const struct source *src, const char *instance, bool make)
{
	struct series_key key;
	memset(&key, 0, sizeof key);
	key.src = src;
	str_copy(key.instance, sizeof key.instance, instance);
	struct series *se = NULL;
	HASH_FIND(hh, s->series, &key, sizeof key, se);
	if (se == NULL)
		return make ? define(s, &key) : 0;
	if (se->id == 0 && make && !s->retried)
		retry(s, se);
	return se->id;
}

/* Keeps one series' values for the batch. */
static void
keep(struct sampler *s, const struct source *src, const char *instance, const double *values)
{
	unsigned held = 0;
	struct pending p = { .id = series_id(s, src, instance, true), .n = src->nfields };
	if (p.id != 0) {
		buf_put(&s->values, &p, sizeof p);
		buf_put(&s->values, values, p.n * sizeof *values);
	} else if (log_throttle_pass(&s->full, clock_steady_ms(), &held)) {
		char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
		series_name(name, src->name, instance);
		log_warnx("agent", "no room for more series: %s is not sent", name);
	}
}

/* Gives all that was kept to the feed; but for the warm-up's late answers, which have no stamp. */
static void
flush(struct sampler *s)
{
	if (s->stamp_ms == 0)
		buf_clear(&s->values);
	if (s->values.len == 0)
		return;
	feed_begin(s->feed, s->stamp_ms / 1000);
	for (size_t at = 0; at < s->values.len;) {
		struct pending p;
		double values[METRIC_MAX_FIELDS];
		memcpy(&p, s->values.data + at, sizeof p);
		at += sizeof p;
		memcpy(values, s->values.data + at, p.n * sizeof *values);
		at += p.n * sizeof *values;
		feed_add(s->feed, p.id, p.n, values);
	}
	feed_end(s->feed);
	buf_clear(&s->values);
}

/* The agent's own values, once a step. */
static void
keep_self(struct sampler *s)
{
	struct self_input in = {
		.cycle_ms = (double)(clock_mono_us() - s->begun_us) / 1000,
		.read_ms = runner_read_ms(s->runner),
		.stuck = runner_stuck(s->runner),
		.missed = s->missed,
		.now_ms = clock_wall_ms(),
		.not_after_ms = s->not_after_ms,
	};
	double values[METRIC_MAX_FIELDS];
	feed_stats(s->feed, &in.feed);
	self_values(s->self, &in, values);
	keep(s, &self_source, "", values);
}

/* Sends what is there. */
static void
send_batch(struct sampler *s)
{
	if (!s->sent)
		keep_self(s);
	s->sent = true;
	flush(s);
}

/* Something happened that the collector should know. */
static void
say(struct sampler *s, enum wire_severity severity, uint32_t series, const char *code,
    const char *text)
{
	struct wire_event ev = {
		.time_ms = clock_wall_ms(), .severity = severity, .series = series
	};
	str_copy(ev.code, sizeof ev.code, code);
	str_copy(ev.text, sizeof ev.text, text);
	if (severity == WIRE_INFO)
		log_info("agent", "%s", text);
	else
		log_warnx("agent", "%s", text);
	feed_event(s->feed, &ev);
}

/* From the runner: values. In the warm-up the series get their ids and that is all. */
static void
on_values(void *arg, const struct source *src, const char *instance, const double *values)
{
	struct sampler *s = arg;
	if (s->warm_up)
		series_id(s, src, instance, true);
	else
		keep(s, src, instance, values);
}

/* From the runner: a unit hangs or does so no more. */
static void
on_stuck(void *arg, const struct source *src, const char *instance, bool stuck)
{
	struct sampler *s = arg;
	char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
	char text[256];
	char deadline[32];
	series_name(name, src->name, instance);
	str_from_duration(deadline, sizeof deadline, s->conf->sources.deadline);
	int rc = stuck ? str_format(
			     text, sizeof text, "%s is stuck: no answer within %s", name, deadline)
		       : str_format(text, sizeof text, "%s answers again", name);
	if (rc == 0)
		say(s, stuck ? WIRE_WARNING : WIRE_INFO, series_id(s, src, instance, false),
		    stuck ? "source-stuck" : "source-back", text);
}

/* Sets the first sample's time after the warm-up. */
static void
start_schedule(struct sampler *s)
{
	int64_t now_ms = clock_wall_ms();
	int64_t step_ms = s->conf->step;
	int64_t lead_ms = step_ms / 2 < PATIENCE_MS ? step_ms / 2 : PATIENCE_MS;
	s->warm_up = false;
	buf_clear(&s->values);
	schedule_start(&s->schedule, step_ms, now_ms, lead_ms, s->last_ms);
	arm(s->tick, schedule_turn(&s->schedule, now_ms).wait_ms + EARLY_MS);
}

/* From the runner: everything that does not hang has answered. */
static void
on_finished(void *arg)
{
	struct sampler *s = arg;
	event_del(s->patience);
	if (s->warm_up)
		start_schedule(s);
	else
		send_batch(s);
}

/* Something takes long: what is there goes. */
static void
on_patience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct sampler *s = arg;
	runner_drain(s->runner);
	if (s->warm_up)
		start_schedule(s);
	else if (!s->sent)
		send_batch(s);
}

/* Begins a step. */
static void
begin(struct sampler *s)
{
	int64_t half_ms = s->conf->step / 2;
	s->begun_us = clock_mono_us();
	s->sent = false;
	s->retried = false;
	arm(s->patience, half_ms < PATIENCE_MS ? half_ms : PATIENCE_MS);
	if (runner_step(s->runner) == -1)
		log_debug("agent", "a step was not read to its end");
}

/* The clock was set back. */
static void
say_stepped(struct sampler *s, int64_t back_ms)
{
	char text[128];
	const char *then = back_ms > SCHEDULE_FORGET_MS
			       ? "samples go on at the new time"
			       : "no samples until it is past the last one";
	if (str_format(text, sizeof text, "the wall clock went back by %.1f s: %s",
		(double)back_ms / 1000, then) == 0)
		say(s, WIRE_WARNING, 0, "clock-stepped", text);
}

/* The time of a sample has come, or is to be looked at again. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct sampler *s = arg;
	struct schedule_turn t = schedule_turn(&s->schedule, clock_wall_ms());
	arm(s->tick, t.wait_ms + EARLY_MS);
	s->missed += t.missed;
	if (t.back_ms > 0)
		say_stepped(s, t.back_ms);
	if (!t.sample)
		return;
	/* Late values of the step before can still be sent with its stamp. */
	runner_drain(s->runner);
	flush(s);
	s->stamp_ms = t.stamp_ms;
	s->last_ms = t.stamp_ms;
	begin(s);
}

int
sampler_new(struct sampler **out, const struct sampler_opts *o, struct err *e)
{
	static const struct runner_ops ops = {
		.values = on_values,
		.stuck = on_stuck,
		.finished = on_finished,
	};
	*out = NULL;
	struct sampler *s = xcalloc(1, sizeof *s);
	s->base = o->base;
	s->conf = o->conf;
	s->feed = o->feed;
	s->not_after_ms = o->not_after_ms;
	s->last_ms = o->after_ms;
	s->full.every_ms = 3600 * 1000;
	s->warm_up = true;
	s->self = self_new();
	s->tick = event_new(o->base, -1, 0, on_tick, s);
	s->patience = event_new(o->base, -1, 0, on_patience, s);
	if (s->tick == NULL || s->patience == NULL) {
		sampler_free(s);
		return err_set(e, "cannot make timers");
	}
	if (runner_new(&s->runner, o->base, sources, nsources, o->conf->root, &o->conf->sources,
		&ops, s, e) == -1) {
		sampler_free(s);
		return -1;
	}
	series_id(s, &self_source, "", true);
	begin(s);
	*out = s;
	return 0;
}

bool
sampler_free(struct sampler *s)
{
	if (s == NULL)
		return true;
	bool whole = runner_free(s->runner);
	if (s->tick != NULL)
		event_free(s->tick);
	if (s->patience != NULL)
		event_free(s->patience);
	struct series *se;
	struct series *next;
	HASH_ITER (hh, s->series, se, next) {
		HASH_DEL(s->series, se);
		free(se);
	}
	buf_free(&s->values);
	self_free(s->self);
	free(s);
	return whole;
}

int64_t
sampler_last_ms(const struct sampler *s)
{
	return s->last_ms;
}

void
sampler_set_not_after(struct sampler *s, int64_t not_after_ms)
{
	s->not_after_ms = not_after_ms;
}

unsigned
sampler_stuck(const struct sampler *s)
{
	return runner_stuck(s->runner);
}
