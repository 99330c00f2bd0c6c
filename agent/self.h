/* SPDX-License-Identifier: GPL-3.0-or-later */
/* self: the source "agent": how the agent itself does. It is no row of SOURCES, for it needs what
 * only the sampler and the feed know. */
#ifndef AGENT_SELF_H
#define AGENT_SELF_H

#include <stdint.h>

#include "agent/feed.h"
#include "agent/source.h"

struct self;

/* Name, fields and help; it has no functions. */
extern const struct source self_source;

/* What the sampler knows. */
struct self_input {
	struct feed_stats feed;
	double cycle_ms; /* from the step's begin until its values were sent */
	double read_ms;	 /* of it, in reads */
	unsigned stuck;
	uint64_t missed;
	int64_t now_ms;	      /* wall clock */
	int64_t not_after_ms; /* end of the certificate's life */
};

struct self *self_new(void);
void self_free(struct self *s);
/* Fills self_source.nfields values. */
void self_values(struct self *s, const struct self_input *in, double *values);

#endif
