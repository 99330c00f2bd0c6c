/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_worker: a worker (zw/worker.h) without a thread, linked instead of lib/worker.c: a job runs
 * and is done when it is submitted. Starting and ending a thread costs more than the rest of an
 * execution, and what threads may do to each other is not what is fuzzed. */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include <stdlib.h>

#include "zw/alloc.h"
#include "zw/worker.h"

struct worker {
	size_t done; /* jobs so far */
};

int
worker_new(struct worker **out, struct event_base *base, const char *name, struct err *e)
{
	(void)base, (void)name, (void)e;
	*out = xcalloc(1, sizeof **out);
	return 0;
}

void
worker_free(struct worker *w)
{
	free(w);
}

size_t
worker_submit(struct worker *w, void (*run)(void *arg), void (*done)(void *arg), void *arg)
{
	w->done++;
	run(arg);
	if (done != NULL)
		done(arg);
	return 1;
}

#endif
