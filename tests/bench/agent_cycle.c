/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent_cycle [N [ROOT]]: what it costs to read all sources. Prints processor time in µs per cycle
 * (user and system), for each source read directly and for whole steps of the runner with its
 * threads and the loop, and the values in a cycle. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/conf.h"
#include "agent/emit.h"
#include "agent/runner.h"
#include "zw/log.h"

/* What the callbacks of a runner count. */
struct count {
	struct event_base *base;
	struct runner *runner;
	uint64_t steps_left;
	uint64_t instances;
	uint64_t values;
};

/* Processor time of the process. */
static double
cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The mounts of one cycle. */
struct mounts {
	const struct source *src;
	struct emit *out;
};

static void
read_item(void *arg, const char *instance, const char *item)
{
	struct mounts *m = arg;
	double values[METRIC_MAX_FIELDS];
	if (m->src->read_item(item, values) == 0)
		emit(m->out, instance, values);
}

/* Reads one source n times. */
static double
bench_source(
    const struct source *src, const char *root, const struct conf_sources *conf, uint64_t n)
{
	void *state = src->open(root, conf);
	if (state == NULL)
		return 0;
	struct emit out = { .src = src };
	struct mounts m = { .src = src, .out = &out };
	double t0 = 0;
	/* The first read is not counted: buffers grow in it. */
	for (uint64_t i = 0; i <= n; i++) {
		if (i == 1)
			t0 = cpu_us();
		buf_clear(&out.values);
		int rc = src->items != NULL ? src->items(state, read_item, &m)
					    : src->read(state, 10, &out);
		if (rc == -1)
			log_warn("bench", "%s", src->name);
	}
	double us = (cpu_us() - t0) / (double)n;
	src->close(state);
	buf_free(&out.values);
	return us;
}

static void
on_values(void *arg, const struct source *src, const char *instance, const double *values)
{
	struct count *c = arg;
	(void)instance;
	(void)values;
	c->instances++;
	c->values += src->nfields;
}

static void
on_stuck(void *arg, const struct source *src, const char *instance, bool stuck)
{
	(void)arg;
	log_warnx("bench", "%s %s %s", src->name, instance, stuck ? "is stuck" : "is back");
}

static void
on_finished(void *arg)
{
	struct count *c = arg;
	if (c->steps_left-- == 0)
		event_base_loopbreak(c->base);
	else
		(void)runner_step(c->runner);
}

int
main(int argc, char **argv)
{
	static const struct runner_ops ops = { on_values, on_stuck, on_finished };
	const char *root = argc > 2 ? argv[2] : "/";
	uint64_t n = 1000;
	struct err e;
	if (argc > 1 && str_to_u64(argv[1], 1, 1000000, &n) == -1)
		fatalx("bench", "usage: agent_cycle [N [ROOT]]");
	struct conf_agent *conf = conf_defaults(&agent_conf_table);
	double sum = 0;
	for (size_t i = 0; i < nsources; i++) {
		double us = bench_source(sources[i], root, &conf->sources, n);
		printf("%-12s %8.1f us\n", sources[i]->name, us);
		sum += us;
	}
	printf("%-12s %8.1f us\n", "all", sum);

	struct count c = { .base = event_base_new(), .steps_left = n };
	if (runner_new(&c.runner, c.base, sources, nsources, root, &conf->sources, &ops, &c, &e) ==
	    -1)
		fatalx("bench", "%s", e.msg);
	double t0 = cpu_us();
	(void)runner_step(c.runner);
	event_base_dispatch(c.base);
	printf("%-12s %8.1f us, %llu instances, %llu values\n", "runner",
	    (cpu_us() - t0) / (double)(n + 1), (unsigned long long)(c.instances / (n + 1)),
	    (unsigned long long)(c.values / (n + 1)));
	(void)runner_free(c.runner);
	event_base_free(c.base);
	conf_free(&agent_conf_table, conf);
	return 0;
}
