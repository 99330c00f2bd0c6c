/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream: the agents' streams that something is under way of: the highest number given to the
 * journal, which may be ahead of what is durable, and the session that speaks for it. */
#ifndef COLLECTOR_STREAM_H
#define COLLECTOR_STREAM_H

#include <stdint.h>

#include "zw/wire.h"

struct session;
struct streams; /* all of them */

struct stream {
	uint8_t id[WIRE_STREAM_ID];
	uint64_t appended;	 /* in the journal or on the way to its disk */
	struct session *session; /* NULL: it ended before all was durable */
};

struct streams *streams_new(void);
void streams_free(struct streams *all);
struct stream *streams_find(struct streams *all, const uint8_t id[WIRE_STREAM_ID]); /* or NULL */
/* Finds or makes. */
struct stream *streams_get(struct streams *all, const uint8_t id[WIRE_STREAM_ID], uint64_t durable);
/* Forgets those that nobody speaks for and of which all is durable. */
void streams_sweep(struct streams *all,
    uint64_t (*durable)(void *arg, const uint8_t id[WIRE_STREAM_ID]), void *arg);

#endif
