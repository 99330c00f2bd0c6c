/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner: reads the sources at each step, each with a deadline, in a thread beside the loop.
 *
 * One thread reads source after source. What takes longer than a moment keeps its thread, and a
 * new thread reads the others, at once. What is not back by its deadline is stuck: it is left out
 * until it answers; then its thread ends and it takes part again in the next step. A read item of
 * a source with items() is a unit of its own. */
#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/source.h"
#include "zw/err.h"

struct event_base;
struct runner;

struct runner_ops {
	/* In the loop: the values of one instance of a source in the step begun last. */
	void (*values)(
	    void *arg, const struct source *src, const char *instance, const double *values);
	/* A unit got stuck (true) or answers again or is gone (false). instance "" is the whole
	 * source. */
	void (*stuck)(void *arg, const struct source *src, const char *instance, bool stuck);
	/* All units of the step have answered or are stuck. */
	void (*finished)(void *arg);
};

/* Opens those of the n sources that are not switched off. root, conf, list and ops are borrowed
 * until runner_free(). */
int runner_new(struct runner **out, struct event_base *base, const struct source *const *list,
    size_t n, const char *root, const struct conf_sources *conf, const struct runner_ops *ops,
    void *arg, struct err *e) __attribute__((warn_unused_result));
/* True when all of it ended. False: threads that hang are left to the kernel with what they hold,
 * root, conf and list among it; they clean up if they ever return. */
bool runner_free(struct runner *r);
/* Starts a step. Returns 0, or -1 when the step before had not begun to read some units, which it
 * then leaves out. Values of an earlier step are not delivered any more. */
int runner_step(struct runner *r);
/* Delivers what was read by now without waiting for the rest. */
void runner_drain(struct runner *r);
unsigned runner_stuck(struct runner *r); /* units that are stuck now */
/* Time spent in reads during the step begun last, milliseconds. */
double runner_read_ms(struct runner *r);

#endif
