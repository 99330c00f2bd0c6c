/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker: one thread that runs jobs in order, for what must not hold the event loop (fsync,
 * SQLite, name resolution). run() is called in the thread, done() later in the loop. */
#ifndef ZW_WORKER_H
#define ZW_WORKER_H

#include <stddef.h>

#include "zw/err.h"

struct event_base;
struct worker;

/* The thread blocks all signals and is named `name` (at most 15 bytes). */
int worker_new(struct worker **out, struct event_base *base, const char *name, struct err *e)
    __attribute__((warn_unused_result));
/* Finishes all submitted jobs, calls their done() (which must not submit more), then frees. NULL
 * is fine. */
void worker_free(struct worker *w);
/* Waits for nothing, for jobs that may hang: none is begun any more, no done() is called. Each
 * job's arg goes to drop(), in the thread, when the one under way is back; all is freed then. NULL
 * is fine. */
void worker_abandon(struct worker *w, void (*drop)(void *arg));
/* done may be NULL. Returns the number of jobs not yet done, this one included. */
size_t worker_submit(struct worker *w, void (*run)(void *arg), void (*done)(void *arg), void *arg);

#endif
