/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference_log: what of the simulator's log of frames is acknowledged, in its order. */
#ifndef CAMPAIGN_REFERENCE_LOG_H
#define CAMPAIGN_REFERENCE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/campaign/reference_rrd.h"
#include "zw/err.h"

struct reference_log;
struct reference_stream;

/* A numbered frame; the payload is borrowed from the log's bytes. */
struct reference_frame {
	struct reference_stream *stream;
	uint64_t seq;
	uint8_t type;
	bool refused;
	const uint8_t *payload;
	size_t n;
};

struct reference_counts {
	uint64_t sent; /* numbers */
	uint64_t acknowledged;
	uint64_t refused;     /* skipped by the collector, as it said */
	uint64_t never_taken; /* sent, and the next session's welcome did not know it */
	uint64_t again;	      /* sent more than once */
	uint64_t streams;
	uint64_t sessions; /* that were welcomed */
};

/* Reads the log; the bytes are borrowed for its life. NULL and the reason when it contradicts
 * itself or the protocol: a number that means two things, an acknowledgement of what was not sent,
 * a series that changes. */
struct reference_log *reference_log_read(const uint8_t *data, size_t n, struct err *e);
void reference_log_free(struct reference_log *l);

const struct reference_counts *reference_log_counts(const struct reference_log *l);
/* The i-th frame that is acknowledged and not refused; NULL past the last. */
const struct reference_frame *reference_log_taken(const struct reference_log *l, size_t i);
/* What a stream means by a number; NULL: nothing. */
struct reference_series *reference_log_series(
    struct reference_log *l, const struct reference_stream *s, uint32_t id);
/* The i-th series and the stream that told of it last; NULL past the last. */
struct reference_series *reference_log_each(
    struct reference_log *l, size_t i, struct reference_stream **stream);
/* The i-th frame sent after the last answer; NULL past the last. */
const struct reference_frame *reference_log_open(const struct reference_stream *s, size_t i);
uint64_t reference_log_open_count(const struct reference_log *l);
/* Between low and high open frames are in a file of the stream: false if that contradicts what
 * other files said. */
bool reference_log_settle(struct reference_stream *s, unsigned low, unsigned high);
/* Whether "node/series.rrd" is of a series; the i-th node; who sends a stream; rows that
 * were late. */
bool reference_log_named(const struct reference_log *l, const char *name);
const char *reference_log_node(const struct reference_log *l, size_t i);
const char *reference_log_sender(const struct reference_stream *s);
uint64_t reference_log_late(const struct reference_log *l);

#endif
