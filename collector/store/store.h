/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: the parent's side of zonewatch-store, the only writer of RRDs.
 *
 * The child follows the journal and the catalog by file; the parent only says how far they are
 * durable, and hears what was checkpointed. Messages (child.h): */
#ifndef COLLECTOR_STORE_H
#define COLLECTOR_STORE_H

#include <stdint.h>

#include "zw/err.h"

enum store_message {
	/* parent -> child */
	STORE_DURABLE = 1, /* be64 journal LSN, be64 catalog LSN: may be read up to here */
	STORE_FLUSH = 2,   /* be32 sid ... (none: all): write these into their RRDs, then answer */
	/* child -> parent */
	STORE_FLUSHED = 3,     /* the answer, same request number */
	STORE_CHECKPOINT = 4,  /* be64 journal LSN that is not needed any more */
	STORE_QUARANTINED = 5, /* be32 sid, then text: why this RRD was moved away */
	STORE_STATS = 6,       /* struct store_stats as be64 each, in order */
	/* parent -> child */
	STORE_START = 7, /* first of all. u8: 1 when the child before this one died by a fault */
	STORE_STOP = 8,	 /* write everything that is durable, make a checkpoint, end */
	/* child -> parent */
	STORE_DAMAGED = 9 /* text: a file below store.dir, then text: what is wrong with it */
};

struct store_stats {
	uint64_t applied_lsn; /* highest journal LSN taken in */
	uint64_t pending;     /* values gathered, not yet in an RRD */
	uint64_t values;      /* written into RRDs since the child's start */
	uint64_t updates;     /* calls of librrd for them */
	uint64_t files;	      /* RRDs known */
	uint64_t late;	      /* samples older than the RRD's newest, left out */
	uint64_t quarantined;
	uint64_t checkpoint_ms; /* wall clock of the last checkpoint */
	uint64_t errors;	/* of librrd */
	uint64_t scrubbed_ms;	/* wall clock: when all rows had been compared last */
	uint64_t damaged_rows;	/* found changed, since the child's start */
};

struct conf_collector;
struct event_base;
struct store;

struct store_ops {
	void (*checkpoint)(void *arg, uint64_t lsn);
	void (*quarantined)(void *arg, uint32_t sid, const char *why);
	/* Another file was found damaged. */
	void (*damaged)(void *arg, const char *file, const char *why);
};

struct store *store_new(
    struct event_base *base, const char *conf_path, const struct store_ops *ops, void *arg);
/* Lets the child write and checkpoint everything that is durable, then ends it. */
void store_free(struct store *s);
void store_durable(struct store *s, uint64_t journal_lsn, uint64_t catalog_lsn);
/* Have these series' samples written now (n 0: all); done(arg, ok) in the loop, ok false after 5 s.
 * A child that dies meanwhile is asked again. */
void store_flush(
    struct store *s, const uint32_t *sids, size_t n, void (*done)(void *arg, int ok), void *arg);
const struct store_stats *store_stats(const struct store *s);
int store_pid(const struct store *s); /* -1: not running */

#endif
