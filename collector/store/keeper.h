/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper: the store child's work without its socket: follows the journal, gathers samples, writes
 * them into RRDs at their time, makes checkpoints, recovers. One thread; time is an argument. */
#ifndef COLLECTOR_KEEPER_H
#define COLLECTOR_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/journal/catalog.h"
#include "collector/store/checkpoint.h"
#include "collector/store/rrdlib.h"
#include "collector/store/scrub.h"
#include "collector/store/store.h"
#include "collector/store/tank.h"
#include "zw/err.h"
#include "zw/log.h"
#include "zw/seglog.h"

struct keeper_conf {
	const char *dir; /* store.dir; the strings are borrowed */
	const char *rrd_dir;
	int64_t flush_ms;
	int64_t checkpoint_ms;
	int64_t scrub_ms;   /* between two rounds of comparing all rows */
	size_t max_pending; /* bytes of samples gathered; above, files are written early */
	/* How the files of a source are made. */
	struct rrdlib_shape (*shape)(void *arg, const char *source);
	/* An RRD was moved away. */
	void (*quarantined)(void *arg, uint32_t sid, const char *why);
	/* Another file (below dir) was found damaged. Or NULL. */
	void (*damaged)(void *arg, const char *file, const char *why);
	void *arg;
};

struct keeper {
	struct keeper_conf conf;
	int lock_fd;
	uint32_t *mark; /* shared with the next process: the sid that librrd works on, or 0 */
	struct catalog *catalog;
	struct checkpoint *checkpoint;
	struct seglog_reader *reader; /* NULL until the journal has a segment */
	uint8_t journal_id[SEGLOG_ID];
	uint64_t journal_durable;
	uint64_t journal_before; /* durable when we started: files may hold all of it; 0: unknown */
	uint64_t followed;	 /* LSN taken in */
	bool at_end;		 /* all was taken in that could be read, once */
	uint32_t adopted;	 /* files taken as they are, for want of an image */
	uint64_t damage;	 /* damaged places of the journal met */
	struct tank **tanks;	 /* by sid; NULL: not seen yet */
	uint32_t ntanks;
	uint32_t next_tank; /* where writing goes on */
	size_t pending_bytes;
	int64_t checkpoint_due_ms; /* monotonic */
	struct buf text;	   /* scratch */
	struct store_stats stats;
	struct scrub scrub;
	bool no_space; /* the last checkpoint found none */
	struct log_throttle complaint;
	struct log_throttle ahead; /* of files that were rewound */
};

/* Locks DIR/store, reads the checkpoint and the catalog and brings the RRDs back to their images.
 * `crashed`: the process before this one died by a fault, so the file it worked on is moved to
 * quarantine. Freed by keeper_close(), which writes nothing. */
int keeper_open(struct keeper **out, const struct keeper_conf *conf, bool crashed, struct err *e)
    __attribute__((warn_unused_result));
void keeper_close(struct keeper *k);

/* The journal and the catalog may be read up to here. -1: the catalog cannot be read. */
int keeper_durable(struct keeper *k, uint64_t journal_lsn, uint64_t catalog_lsn, struct err *e)
    __attribute__((warn_unused_result));
/* Takes in records for about budget_us: 1 when there are more, 0 when not (or too much is
 * pending), -1 when the disk fails: the program must end and recover. now_ms is monotonic. */
int keeper_apply(struct keeper *k, int64_t now_ms, int64_t budget_us, struct err *e)
    __attribute__((warn_unused_result));
/* Writes the files that are due, for about budget_us: as keeper_apply(). */
int keeper_write(struct keeper *k, int64_t now_ms, int64_t budget_us, struct err *e)
    __attribute__((warn_unused_result));
/* Writes these series (n 0: all) now: 0, or -1 as above. */
int keeper_flush(struct keeper *k, const uint32_t *sids, size_t n, int64_t now_ms, struct err *e)
    __attribute__((warn_unused_result));
/* Makes what was written durable and notes it. *from gets the LSN up to which the journal is not
 * needed any more. 1: there is no space for it now, -1 as above. */
int keeper_checkpoint(struct keeper *k, int64_t now_ms, int64_t wall_ms, uint64_t *from,
    struct err *e) __attribute__((warn_unused_result));

/* When the series' file is due next: each at its own phase of the flush interval, and these are
 * spread evenly whatever the sids (multiples of the golden ratio). Pure. */
int64_t keeper_due(uint32_t sid, int64_t flush_ms, int64_t now_ms);

#endif
