/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spawn: a program run once: started without a shell, its lines as they come, its end, and its
 * death when it takes too long or says more than a MiB. It and what it starts are a process group
 * of their own, behind everybody else for the processor. */
#ifndef COLLECTOR_SPAWN_H
#define COLLECTOR_SPAWN_H

#include <stdint.h>

#include "zw/err.h"

#define SPAWN_MAX_LINE 512

struct event_base;
struct spawn;

struct spawn_ops {
	/* A line of its standard output, without its end; of the longest the first 511 bytes. */
	void (*line)(void *arg, const char *line);
	/* Called once, as the last, in the loop: NULL if it ended with code 0, else why not, with
	 * the last line of its standard error. It may free the spawn. */
	void (*ended)(void *arg, const char *why);
	const char *subject; /* of the log's lines; NULL: "reports" */
};

/* argv[0] is looked for as child_new() does; argv is used during the call only. -1 and the reason
 * if it cannot be started; ended() is not called then. */
int spawn_new(struct spawn **out, struct event_base *base, const char *const *argv,
    int64_t deadline_ms, const struct spawn_ops *ops, void *arg, struct err *e)
    __attribute__((warn_unused_result));
/* Kills it if it still runs, and waits for that; ended() is not called. NULL is fine. */
void spawn_free(struct spawn *s);

#endif
