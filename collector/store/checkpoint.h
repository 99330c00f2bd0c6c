/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint: what the RRDs were when they were last known to be whole.
 *
 * librrd's update is not atomic: a crash within it leaves a header that is neither old nor new.
 * So the header of each file (a few KiB; the rows are not needed) is kept here as it was after an
 * update that is durable. After a crash the headers are put back and the journal is replayed from
 * there: each row is written again to where it was, and the bytes are those of a run without the
 * crash (facts/reliability.md, 5.3).
 *
 * DIR/store/checkpoint is "ZWCHECK1", then records: be32 length of the payload, be32 crc32c of
 * type and payload, u8 type, payload:
 *
 *   1 created  be32 sid, str path: the file is about to be made. Without an image it is made anew
 *   2 image    be32 sid, be64 LSN, str path, be64 size of the file, the header packed
 *   3 commit   16 bytes journal's id, be64 LSN from which on (exclusive) the journal is needed,
 *              be64 LSN taken in, be64 wall ms
 *   4 gone     be32 sid, str path: the file is in quarantine
 *
 * The newest record of a sid counts. The file is rewritten when it has doubled. */
#ifndef COLLECTOR_CHECKPOINT_H
#define COLLECTOR_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/store/rrdfile.h"
#include "zw/buf.h"
#include "zw/err.h"
#include "zw/seglog.h"

#define CHECKPOINT_MAX_SID (1u << 22)

enum checkpoint_type {
	CHECKPOINT_NONE = 0,
	CHECKPOINT_CREATED = 1,
	CHECKPOINT_IMAGE = 2,
	CHECKPOINT_COMMIT = 3,
	CHECKPOINT_GONE = 4
};

/* A record, decoded. */
struct checkpoint_record {
	enum checkpoint_type type;
	uint32_t sid;
	char path[RRDFILE_PATH]; /* below the directory of RRDs */
	uint64_t lsn;		 /* image: rows up to here are in the file; commit: see from */
	uint64_t file_bytes;
	const uint8_t *packed; /* image; borrowed from the input */
	size_t packed_bytes;
	uint8_t journal_id[SEGLOG_ID]; /* commit */
	uint64_t from;
	uint64_t wall_ms;
};

/* What is known of a series' file. */
struct checkpoint_entry {
	enum checkpoint_type type; /* NONE: nothing */
	bool stale;		   /* a newer record may have been in a damaged place */
	uint64_t lsn;
	uint64_t file_bytes;
	uint64_t offset; /* of the record in the checkpoint's file */
	uint32_t length;
};

struct checkpoint;

/* Opens or makes DIR/store/checkpoint; DIR/store must exist. Freed by checkpoint_close(). */
int checkpoint_open(struct checkpoint **out, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
void checkpoint_close(struct checkpoint *c);

/* What is known of sid's file, if it is at this path; or NULL. */
const struct checkpoint_entry *checkpoint_of(struct checkpoint *c, uint32_t sid, const char *path);
/* The header of an image: 0 and *header (freed by the caller) of *n bytes. */
int checkpoint_header(struct checkpoint *c, uint32_t sid, uint8_t **header, size_t *n,
    struct err *e) __attribute__((warn_unused_result));
/* The last commit, or NULL. */
const struct checkpoint_record *checkpoint_last(const struct checkpoint *c);
/* Damaged places met at the opening. */
unsigned checkpoint_damage(const struct checkpoint *c);

/* Records to be written by the next checkpoint_write(). */
void checkpoint_created(struct checkpoint *c, uint32_t sid, const char *path);
void checkpoint_image(struct checkpoint *c, uint32_t sid, const char *path, uint64_t lsn,
    uint64_t file_bytes, const uint8_t *header, size_t n);
void checkpoint_gone(struct checkpoint *c, uint32_t sid, const char *path);
void checkpoint_commit(struct checkpoint *c, const uint8_t journal_id[SEGLOG_ID], uint64_t from,
    uint64_t lsn, uint64_t wall_ms);
/* Writes them and makes them durable. 1: there is no space now; they still await. -1: the disk
 * fails; the program must end and recover (a failed fsync must not be repeated). */
int checkpoint_write(struct checkpoint *c, struct err *e) __attribute__((warn_unused_result));

/* Pure: calls visit() for each whole record; what is no record is skipped. *end gets where the
 * last whole one ends, *damage how many bad places were before it (what follows it is a torn tail).
 */
void checkpoint_scan(const uint8_t *data, size_t n,
    void (*visit)(void *arg, const struct checkpoint_record *r, size_t offset, size_t length,
	unsigned damage_before),
    void *arg, size_t *end, unsigned *damage);
/* Pure: a header with its many zero words left out, and back: the latter 0 and *header (freed by
 * the caller), or -1. */
void checkpoint_pack(struct buf *b, const uint8_t *header, size_t n);
int checkpoint_unpack(const uint8_t *packed, size_t n, uint8_t **header, size_t *header_bytes)
    __attribute__((warn_unused_result));

#endif
