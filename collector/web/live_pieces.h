/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live_pieces: what a topic is made of at one moment, and what changed since another. Pure. */
#ifndef COLLECTOR_WEB_LIVE_PIECES_H
#define COLLECTOR_WEB_LIVE_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "collector/web/live.h"
#include "zw/buf.h"

#define LIVE_MAX_PIECES 8192

/* Where a piece's key (with its end) and its text are. */
struct live_piece {
	size_t key;
	size_t text;
	size_t n;
};

/* `= { 0 }` is empty. */
struct live_pieces {
	struct buf keys;
	struct buf text;
	struct live_piece *v;
	size_t n;
	size_t room;
	struct json j;	   /* of the piece that is open */
	int64_t now_ms;	   /* monotonic; of live_versions() */
	uint64_t values;   /* the version of values that was told last */
	int64_t values_ms; /* and when */
};

void live_pieces_clear(struct live_pieces *p); /* keeps the memory */
void live_pieces_free(struct live_pieces *p);
/* By key, one of each; before the two below. */
void live_pieces_sort(struct live_pieces *p);
/* Appends the event with all of it; and with what is other than in old: how many pieces that are,
 * 0 and nothing appended if none. */
void live_pieces_full(struct buf *out, const struct live_pieces *now, int64_t now_ms);
size_t live_pieces_change(
    struct buf *out, const struct live_pieces *old, const struct live_pieces *now, int64_t now_ms);

#endif
