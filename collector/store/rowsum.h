/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rowsum: checksums of an RRD's rows, which librrd's format has none of.
 *
 * Each file has another beside the checkpoint, DIR/store/sums/SID, that holds a crc32c of each
 * ROWSUM_BLOCK rows of each archive. All numbers are big-endian:
 *
 *      0  "ZWSUMS1\n"
 *   1024  a state of 1 KiB, and
 *   2048  another: the newer one that is whole counts
 *   4096  be32 of each block, archive after archive; a last block may have fewer rows
 *
 *   state: be32 crc32c of the rest, be64 number, be32 identity (crc32c of the file's name and of
 *   the part of its header that never changes), be64 last update, be32 archives, and of each be32
 *   newest row, be32 crc32c of its block's rows up to it
 *
 * Sums are taken when a checkpoint is made, of the rows that came since the one before, so that no
 * row is summed twice and a changed one never gets a new sum. Of the block that is being written
 * round again only the rows up to the newest are summed: the rest, at most ROWSUM_BLOCK - 1 of the
 * oldest rows of an archive, is about to be written over. When a file is rewound the blocks of the
 * rows that are taken out are summed at once: the rows may be written again before a checkpoint.
 *
 * Two states, because the header of an RRD that was not yet in a checkpoint is put back after a
 * crash (checkpoint.h): the state that goes with the older header is still there then. */
#ifndef COLLECTOR_ROWSUM_H
#define COLLECTOR_ROWSUM_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/store/rrdfile.h"

#define ROWSUM_BLOCK 16 /* rows */

/* An RRD's sums: their file, and what they are of. */
struct rowsum {
	const char *path;	 /* of the sums; borrowed */
	const char *rrd;	 /* borrowed */
	uint32_t identity;	 /* see rowsum_identity() */
	const struct rrdfile *f; /* the RRD's header, judged; borrowed */
	const uint8_t *header;	 /* its bytes; borrowed */
	int64_t was_s;		 /* it was just rewound (rewind.h): its last update before; or 0 */
};

/* Rows that are not what they were: n of an archive from one on, not round its end. */
struct rowsum_bad {
	unsigned archive;
	uint64_t row;
	uint64_t n;
};

enum rowsum_result {
	ROWSUM_OK,
	ROWSUM_NONE,	/* there are no sums that go with the file */
	ROWSUM_BROKEN,	/* the sums' own file is damaged */
	ROWSUM_FOREIGN, /* they are of a file of this name and shape, but not of this one */
	ROWSUM_FAILED	/* a file cannot be read or written; errno */
};

/* Of the name below the directory of RRDs and of the header (live_offset bytes of it). */
uint32_t rowsum_identity(const char *name, const struct rrdfile *f, const uint8_t *header);

/* Sums all rows as they are, and flushes the sums. */
enum rowsum_result rowsum_make(const struct rowsum *s);
/* The same of a file that was just made: all rows of an archive are the same, so one is read. The
 * checkpoint that knows of the file must flush the sums, too. */
enum rowsum_result rowsum_make_new(const struct rowsum *s);
/* Sums the rows that came since the last time; after a rewind also those that it made unknown. */
enum rowsum_result rowsum_follow(const struct rowsum *s);
/* The header was put back to what it was before, or is taken as it is: so is the state, if there is
 * one of then. Without one the sums are removed: NONE or FOREIGN. */
enum rowsum_result rowsum_put_back(const struct rowsum *s);
/* Compares all rows that have a sum: bad() is called for each run of blocks that differ, and in
 * their archives for the rows that have none. Rows newer than the sums are left out. bad() may
 * rowsum_accept(). */
enum rowsum_result rowsum_verify(
    const struct rowsum *s, void (*bad)(void *arg, const struct rowsum_bad *b), void *arg);
/* Sums these rows as they are now. */
enum rowsum_result rowsum_accept(const struct rowsum *s, const struct rowsum_bad *b);

#endif
