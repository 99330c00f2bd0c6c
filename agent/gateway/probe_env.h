/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_env: what probes share: the loop, and parts (sockets, a curl multi handle, threads) that
 * the first probe to want one makes. */
#ifndef AGENT_GATEWAY_PROBE_ENV_H
#define AGENT_GATEWAY_PROBE_ENV_H

#include <stddef.h>
#include <sys/socket.h>

#include "agent/gateway/probe.h"

/* A part, known by the address of this struct. */
struct probe_part {
	void *(*make)(struct probe_env *env, struct err *e); /* or NULL and the reason */
	void (*free)(void *part);			     /* after all probes were closed */
};

struct event_base *probe_env_base(const struct probe_env *env);
/* The part, made if need be; NULL and the reason. */
void *probe_env_part(struct probe_env *env, const struct probe_part *part, struct err *e);

#endif
