/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scrub: the rows of all RRDs are compared with their checksums (rowsum.h), slowly and round and
 * round. Rows that the disk or somebody else changed become unknown: a gap is better than a wrong
 * value. The file as it was is kept in quarantine, and it is told. */
#ifndef COLLECTOR_SCRUB_H
#define COLLECTOR_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/err.h"

#define SCRUB_MAX_KEPT 100 /* files in quarantine; no more copies are put beside so many */

struct keeper;
struct rrdfile;
struct tank;

/* Where a round is. `= { 0 }` before the first, which begins at once. */
struct scrub {
	uint32_t next;
	int64_t due_ms;	  /* monotonic */
	int64_t began_ms; /* when it could have begun */
};

/* What becomes of a file's sums; that they cannot be kept is no error: they are made anew when the
 * round comes there. */
void scrub_made(struct keeper *k, struct tank *t);
void scrub_gone(struct keeper *k, struct tank *t);
/* The header was put back, or is taken as it is. True when the sums say that the file is another.
 */
bool scrub_recovered(
    struct keeper *k, struct tank *t, const struct rrdfile *f, const uint8_t *header);
/* Sums what was written since the last checkpoint. */
void scrub_follow(struct keeper *k, struct tank *t);
/* The file was rewound; its last update was then. */
void scrub_rewound(struct keeper *k, struct tank *t, int64_t was_s);
/* Flushes a file's sums, or forgets them. */
void scrub_sync(struct keeper *k, struct tank *t);

/* Compares some files, if it is time and all that was in the journal at our start is in them: until
 * then they may hold rows that are newer than their headers. -1: the program must end and recover.
 */
int scrub_some(struct keeper *k, int64_t now_ms, int64_t wall_ms, struct err *e)
    __attribute__((warn_unused_result));

#endif
