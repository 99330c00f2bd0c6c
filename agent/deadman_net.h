/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_net: the dead-man's switch of an agent or gateway: says here when nothing can be
 * delivered, and takes part among the others in mailing that the collector is silent. */
#ifndef AGENT_DEADMAN_NET_H
#define AGENT_DEADMAN_NET_H

#include <stddef.h>

#include "zw/err.h"

struct conf_deadman;
struct conf_texts;
struct deadman_net;
struct event_base;
struct feed;

/* All borrowed. */
struct deadman_net_opts {
	struct event_base *base;
	const struct conf_deadman *conf;
	const struct conf_texts *collectors;
	struct feed *feed;
	const char *node;
	const char *dir; /* for what it remembers over a restart */
};

int deadman_net_new(struct deadman_net **out, const struct deadman_net_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* NULL is fine. */
void deadman_net_free(struct deadman_net *n);
/* For the service manager: "" or "nothing delivered since 12:00:03; ". */
void deadman_net_status(const struct deadman_net *n, char *dst, size_t size);

#endif
