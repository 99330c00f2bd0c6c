/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_room: keeps the spool's log within its size and age: thins, then drops. */
#ifndef AGENT_SPOOL_ROOM_H
#define AGENT_SPOOL_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/spool_runs.h"
#include "zw/seglog.h"

struct spool_limits {
	uint64_t max_bytes;
	uint64_t segment_bytes;
	int64_t max_age_ms;
};

/* What was lost. */
struct spool_loss {
	struct spool_runs thinned;
	uint64_t dropped; /* all numbers up to this */
};

/* Thin and drop until this many more bytes of records fit, with the segments that they begin, and
 * what is too old is gone. In the spool's thread. */
void spool_room_make(struct seglog *log, const char *dir, const struct spool_limits *limits,
    uint64_t more, int64_t now_ms, struct spool_loss *loss);
/* Drop the oldest segment; false if there is only one. */
bool spool_room_drop(struct seglog *log, struct spool_loss *loss);

#endif
