/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream: the agents' streams that something is under way of. An agent that reconnects sends again
 * what was not acknowledged; what of it is already on the way to the disk must not be appended
 * twice, and only this table knows of it. */
#include <stdlib.h>
#include <string.h>

#include "collector/intake/stream.h"
#include "zw/alloc.h"
#include "zw/hash.h"

struct row {
	struct stream s;
	UT_hash_handle hh;
};

struct streams {
	struct row *rows;
};

/* No streams yet. */
struct streams *
streams_new(void)
{
	return xcalloc(1, sizeof(struct streams));
}

/* All of them. */
void
streams_free(struct streams *all)
{
	struct row *r, *next;

	if (all == NULL)
		return;
	HASH_ITER (hh, all->rows, r, next) {
		HASH_DEL(all->rows, r);
		free(r);
	}
	free(all);
}

/* A stream by its id. */
struct stream *
streams_find(struct streams *all, const uint8_t id[WIRE_STREAM_ID])
{
	struct row *r;

	HASH_FIND(hh, all->rows, id, WIRE_STREAM_ID, r);
	return r ? &r->s : NULL;
}

/* A stream by its id, made if need be. */
struct stream *
streams_get(struct streams *all, const uint8_t id[WIRE_STREAM_ID], uint64_t durable)
{
	struct stream *found = streams_find(all, id);

	if (found != NULL)
		return found;
	struct row *r = xcalloc(1, sizeof *r);
	memcpy(r->s.id, id, WIRE_STREAM_ID);
	r->s.appended = durable;
	HASH_ADD(hh, all->rows, s.id, WIRE_STREAM_ID, r);
	return &r->s;
}

/* Forget what is of no more use. */
void
streams_sweep(struct streams *all, uint64_t (*durable)(void *arg, const uint8_t id[WIRE_STREAM_ID]),
    void *arg)
{
	struct row *r, *next;

	HASH_ITER (hh, all->rows, r, next) {
		if (r->s.session != NULL || durable(arg, r->s.id) < r->s.appended)
			continue;
		HASH_DEL(all->rows, r);
		free(r);
	}
}
