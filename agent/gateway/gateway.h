/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gateway: the devices, probes and traps of one configuration, at work. */
#ifndef AGENT_GATEWAY_GATEWAY_H
#define AGENT_GATEWAY_GATEWAY_H

#include "agent/gateway/alarms.h"
#include "agent/gateway/conf.h"
#include "agent/gateway/device.h"
#include "agent/gateway/prober.h"
#include "agent/gateway/publisher.h"
#include "agent/gateway/traps.h"

struct feed;
struct gateway;

struct gateway_opts {
	struct event_base *base;
	const struct conf_gateway *conf; /* borrowed */
	const struct profiles *profiles; /* borrowed */
	struct snmpio *io;		 /* borrowed */
	struct feed *feed;		 /* borrowed */
	const char *node;		 /* the gateway's own, of its certificate; copied */
	int64_t not_after_ms;		 /* when that ends */
};

/* Reads the secrets' files, opens all sockets and begins to ask. */
int gateway_new(struct gateway **out, const struct gateway_opts *o, struct err *e)
    __attribute__((warn_unused_result));
void gateway_free(struct gateway *g);
/* The certificate is another now. */
void gateway_set_not_after(struct gateway *g, int64_t not_after_ms);

/* For showing. */
const char *gateway_node(const struct gateway *g);
struct device *const *gateway_devices(const struct gateway *g, size_t *n);
const struct prober *gateway_prober(const struct gateway *g);
const struct trapd *gateway_trapd(const struct gateway *g); /* NULL: no traps are received */
const struct traps *gateway_traps(const struct gateway *g);
struct alarms *gateway_alarms(const struct gateway *g);
const struct snmpio *gateway_io(const struct gateway *g);
const struct feed *gateway_feed(const struct gateway *g);

#endif
