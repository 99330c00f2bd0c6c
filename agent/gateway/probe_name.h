/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_name: the addresses of the host that a probe asks, looked up in threads as the system does
 * it (hosts file, DNS), so that a resolver that does not answer holds up nobody but those who wait
 * for it. Addresses that are known are used on while they are looked up anew, each minute. */
#ifndef AGENT_GATEWAY_PROBE_NAME_H
#define AGENT_GATEWAY_PROBE_NAME_H

#include "agent/gateway/probe_env.h"

#define PROBE_NAME_MAX_ADDRESSES 8

struct probe_address {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct probe_name;

/* A host (copied) and a port as number, "" if there is none. ready() is called from the loop when a
 * look-up that somebody waits for is over. NULL and the reason. */
struct probe_name *probe_name_new(struct probe_env *env, const char *host, const char *port,
    void (*ready)(void *arg), void *arg, struct err *e);
void probe_name_free(struct probe_name *n); /* NULL is fine */
/* The addresses that are known: their number, 0 if none yet; then ready() will be called unless
 * *why is set, which tells why there are none. */
size_t probe_name_get(struct probe_name *n, const struct probe_address **list, const char **why);
/* A numeric address, with or without a port: 0, or -1. */
int probe_name_numeric(const char *text, const char *default_port, struct probe_address *out)
    __attribute__((warn_unused_result));
/* Whether both are the same host, whatever their ports. */
bool probe_name_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/* An address without port, for people. */
void probe_name_format(char *dst, size_t size, const struct probe_address *a);

#endif
