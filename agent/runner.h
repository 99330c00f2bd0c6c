/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runner: reads the sources at each step, each with a deadline, in a thread beside the loop.
 *
 * One thread reads source after source. One that is not back by its deadline keeps its thread and
 * is left out (stuck); a new thread reads the others, at once. When the stuck one answers, its
 * thread ends and the source takes part again in the next step. A read item of a source with
 * items() is a unit of its own. */
#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

#include <stdint.h>

#include "agent/source.h"
#include "zw/err.h"

struct event_base;
struct runner;

struct runner_ops {
	/* In the loop: the values of one instance of a source in the step begun last. */
	void (*values)(void *arg, const struct source *src, const char *instance,
	    const double *values);
	/* A unit got stuck (true) or answers again (false). instance "" is the whole source. */
	void (*stuck)(void *arg, const struct source *src, const char *instance, bool stuck);
	/* All units of the step have answered or are stuck. */
	void (*finished)(void *arg);
};

/* Opens those of the n sources that are not switched off. */
int runner_new(struct runner **out, struct event_base *base, const struct source *const *list,
    size_t n, const char *root, const struct conf_sources *conf, const struct runner_ops *ops,
    void *arg, struct err *e) __attribute__((warn_unused_result));
/* Threads that are stuck for ever are left to the kernel with what they hold. */
void runner_free(struct runner *r);
/* Starts a step, unless one is under way (returns -1, counted by the caller). */
int runner_step(struct runner *r);
unsigned runner_stuck(const struct runner *r); /* units that are stuck now */

#endif
