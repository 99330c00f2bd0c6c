/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_process: runs a program and reads what it prints, with a deadline; at most so many at once
 * for all probes. */
#ifndef AGENT_GATEWAY_PROBE_PROCESS_H
#define AGENT_GATEWAY_PROBE_PROCESS_H

#include <sys/types.h>

#include "agent/gateway/probe_env.h"

#define PROBE_PROCESS_AT_ONCE 16
#define PROBE_PROCESS_KEPT 65536    /* bytes of the output that are kept */
#define PROBE_PROCESS_MOST 4194304  /* who prints more is killed */
#define PROBE_PROCESS_GRACE_MS 1000 /* between SIGTERM and SIGKILL */
#define PROBE_PROCESS_NOT_RUN 126   /* exit code of what could not be run; the output says why */

/* What to run, and as whom. */
struct probe_process_spec {
	char **argv; /* NULL-terminated, borrowed; the first is a path */
	bool as_other;
	uid_t uid;
	gid_t gid;
	gid_t groups[64];
	size_t ngroups;
};

enum probe_process_how {
	PROBE_PROCESS_EXITED,	 /* code: exit code */
	PROBE_PROCESS_SIGNALLED, /* code: signal */
	PROBE_PROCESS_LATE,	 /* the time is over: it is being ended */
	PROBE_PROCESS_QUEUED,	 /* the time is over before its turn came */
	PROBE_PROCESS_STUCK,	 /* the one before cannot be ended */
	PROBE_PROCESS_TOO_MUCH,	 /* it printed too much */
	PROBE_PROCESS_FAILED	 /* no process could be made; code: errno */
};

struct probe_process_end {
	enum probe_process_how how;
	int code;
	int64_t us; /* that it ran */
	const char *output;
	size_t n;
};

struct probe_process;

/* Runs nothing yet. The spec is borrowed. ended() is called from the loop. */
struct probe_process *probe_process_new(struct probe_env *env,
    const struct probe_process_spec *spec,
    void (*ended)(void *arg, const struct probe_process_end *end), void *arg, struct err *e);
/* Runs it, or queues it: ended() is called once, at the latest after timeout_ms. */
void probe_process_start(struct probe_process *p, int64_t timeout_ms);
/* Kills what runs. NULL is fine. */
void probe_process_free(struct probe_process *p);

#endif
