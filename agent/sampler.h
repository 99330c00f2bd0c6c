/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sampler: at each step has the sources read and gives what they say to the feed. */
#ifndef AGENT_SAMPLER_H
#define AGENT_SAMPLER_H

#include <stdint.h>

#include "agent/feed.h"
#include "zw/err.h"

struct conf_agent;
struct event_base;
struct sampler;

struct sampler_opts {
	struct event_base *base;
	const struct conf_agent *conf; /* borrowed */
	struct feed *feed;	       /* borrowed */
	int64_t not_after_ms;	       /* of the node's certificate */
	int64_t after_ms;	       /* last stamp of a sampler before this one; 0: none */
};

/* Reads all sources at once, so that the first sample has rates already. */
int sampler_new(struct sampler **out, const struct sampler_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* True when all threads ended. False: one hangs, and the configuration must not be freed. */
bool sampler_free(struct sampler *s);
/* The last stamp given, milliseconds; 0: none. */
int64_t sampler_last_ms(const struct sampler *s);
/* The node's certificate is another now. */
void sampler_set_not_after(struct sampler *s, int64_t not_after_ms);
unsigned sampler_stuck(const struct sampler *s);

#endif
