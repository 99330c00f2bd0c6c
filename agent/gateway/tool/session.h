/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session: one agent that a command speaks to, and its fetches as calls that wait. */
#ifndef AGENT_GATEWAY_TOOL_SESSION_H
#define AGENT_GATEWAY_TOOL_SESSION_H

#include "agent/gateway/fetch.h"
#include "agent/gateway/tool/tool.h"

struct session {
	struct event_base *base;
	struct snmpio *io;
	struct snmpio_peer *peer;
	struct fetch_limits limits;
	struct secrets secrets;
	struct sockaddr_storage address;
	unsigned address_len;
	const struct conf_device *device; /* of the configuration, or NULL */
	int64_t timeout_ms;
	unsigned retries;
	/* Of the last fetch; reason is kept here. */
	struct fetch_result result;
	char reason[160];
};

/* ADDRESS is an IP address, or the name of a device of the configuration, whose credential and
 * pace are taken then where no option says otherwise. 0, or -1 and a complaint. */
int session_open(struct session *s, struct tool *t, const char *address)
    __attribute__((warn_unused_result));
void session_close(struct session *s);
/* Says why the last fetch failed: "ADDRESS: WHY", and how to find out more. */
void session_complain(const struct session *s, const char *address);
/* As fetch.h has them; true when all went well, else s->result says what did not. */
bool session_first(struct session *s, const struct oid *roots, size_t n, struct walk *w);
bool session_walk(struct session *s, const struct oid *roots, size_t n, struct walk *w);
bool session_get(struct session *s, const struct oid *oids, size_t n,
    void (*got)(void *arg, size_t i, const struct varbind *v), void *arg);

#endif
