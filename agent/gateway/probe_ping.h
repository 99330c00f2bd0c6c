/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_ping: echo requests and their replies, over one socket of each family for all probes. */
#ifndef AGENT_GATEWAY_PROBE_PING_H
#define AGENT_GATEWAY_PROBE_PING_H

#include "agent/gateway/probe_env.h"
#include "agent/gateway/probe_name.h"
#include "zw/hash.h"

#define PROBE_PING_MIN_SIZE 8 /* bytes behind the header: the cookie */
#define PROBE_PING_MAX_SIZE 9000

/* One echo, the caller's; while it waits it must stay where it is. */
struct probe_ping_echo {
	/* The first good reply: round trip in microseconds. It waits no more then. */
	void (*answered)(struct probe_ping_echo *echo, int64_t us);
	void *arg;
	bool waiting;
	/* probe_ping's own: */
	uint64_t cookie;
	uint16_t sequence;
	size_t size;
	struct sockaddr_storage to;
	int64_t sent_us;      /* wall */
	int64_t sent_mono_us; /* monotonic */
	UT_hash_handle hh;
};

struct probe_ping;

/* The sockets' part; NULL and the reason. */
struct probe_ping *probe_ping_of(struct probe_env *env, struct err *e);
/* Sends an echo with size bytes of payload, and waits for its reply until probe_ping_forget(). */
int probe_ping_send(struct probe_ping *p, struct probe_ping_echo *echo,
    const struct probe_address *to, size_t size, struct err *e) __attribute__((warn_unused_result));
/* Whether echoes to this address could be sent at all: false when no socket may be opened. */
bool probe_ping_may(const struct probe_ping *p, const struct probe_address *to);
/* Its reply is late from now on. One that does not wait is fine. */
void probe_ping_forget(struct probe_ping *p, struct probe_ping_echo *echo);

#endif
