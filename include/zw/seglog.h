/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog: a log of numbered records in segment files: the agent's spool and the collector's
 * journal are the same code.
 *
 * Records are numbered from 1 (their LSN) for ever. An append goes to memory; a commit writes all
 * that was appended so far with one pwrite and one fdatasync, and may run in another thread than
 * the appends. After a crash the log ends at its last whole record (a torn tail is cut silently);
 * damage anywhere else is skipped to the next whole record, counted, and a copy of the segment is
 * kept in DIR/quarantine.
 *
 * DIR/%016x.seg is a segment, named by its first LSN: a header of 64 bytes (magic "ZWSEGLOG",
 * version, first LSN, the log's random id, crc32c), then records: u32 length of the data, u32
 * crc32c of all that follows, u64 LSN, u8 type, the data; numbers big-endian, unpadded. A length
 * of 0 with crc 0 is the preallocated end. */
#ifndef ZW_SEGLOG_H
#define ZW_SEGLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"

#define SEGLOG_ID 16
#define SEGLOG_RECORD_HEADER 17
#define SEGLOG_MAX_DATA (128 * 1024)

struct seglog;

struct seglog_opts {
	const char *dir;	/* made, mode 0700, if absent; copied */
	const char *subject;	/* word for the log ("journal"); borrowed for ever */
	uint64_t segment_bytes; /* a segment is closed when it reaches this */
	uint64_t skip;		/* numbers left out at each open: records that were shown to others
				 * before they were durable keep their numbers to themselves */
};

struct seglog_record {
	uint64_t lsn;
	uint8_t type;
	const uint8_t *data; /* valid until the reader's next call */
	size_t len;
};

/* Opens and recovers a log for writing; one process at a time (flock). The returned log is freed
 * by seglog_close(). -1: cannot be opened or read at all. */
int seglog_open(struct seglog **out, const struct seglog_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* Does not commit. NULL is fine. */
void seglog_close(struct seglog *s);

/* The log's random identity, made with it. */
const uint8_t *seglog_id(const struct seglog *s);
uint64_t seglog_first(const struct seglog *s);	 /* LSN of the oldest record kept; next if empty */
uint64_t seglog_next(const struct seglog *s);	 /* LSN that the next append will get */
uint64_t seglog_durable(const struct seglog *s); /* highest LSN that is on disk; 0: none */
uint64_t seglog_bytes(const struct seglog *s);	 /* on disk, all segments */
uint64_t seglog_damage(const struct seglog *s);	 /* damaged places met since open */

/* Adds a record to those awaiting a commit; never blocks. Returns its LSN. The caller bounds
 * what awaits by seglog_pending(). len <= SEGLOG_MAX_DATA. */
uint64_t seglog_append(struct seglog *s, uint8_t type, const void *data, size_t len);
size_t seglog_pending(const struct seglog *s); /* bytes appended and not yet in a commit */

/* A commit in three steps: begin and end on the appending thread, run anywhere. Only one at a
 * time. begin returns NULL when nothing awaits. run returns 0, or -1 and the reason: a write or
 * fdatasync failed, the log takes no further commits and the program must stop acknowledging,
 * exit and recover (a failed fsync must not be retried). end makes the records durable in the
 * log's eyes and frees the commit; it returns the highest durable LSN. */
struct seglog_commit;
struct seglog_commit *seglog_commit_begin(struct seglog *s);
int seglog_commit_run(struct seglog_commit *c, struct err *e) __attribute__((warn_unused_result));
uint64_t seglog_commit_end(struct seglog_commit *c);
/* All three at once, for tools and for programs whose loop may wait. */
int seglog_commit_now(struct seglog *s, struct err *e) __attribute__((warn_unused_result));

/* Forget segments all of whose records have an LSN <= lsn; the newest segment always stays. */
void seglog_trim(struct seglog *s, uint64_t lsn);

/* Rewrites the oldest closed segment that was not yet thinned, keeping the records for which
 * keep() is true (LSNs stay, with gaps): 1 and how many were dropped, 0 if there is none, -1 on
 * an error, the segment being as it was. */
int seglog_thin(struct seglog *s, bool (*keep)(void *arg, const struct seglog_record *r), void *arg,
    uint64_t *dropped, struct err *e) __attribute__((warn_unused_result));

/* Reading goes by file and is independent of the writer: any process may read a log while
 * another writes it. */
struct seglog_reader;

/* A reader before the first record with an LSN >= from. */
int seglog_reader_open(struct seglog_reader **out, const char *dir, uint64_t from, struct err *e)
    __attribute__((warn_unused_result));
void seglog_reader_close(struct seglog_reader *r);
/* The next record with an LSN <= upto: 1 and *rec, 0 if there is none (yet), -1 on an error.
 * Damaged places are skipped and counted in *damage (may be NULL). upto must be durable. */
int seglog_read(struct seglog_reader *r, uint64_t upto, struct seglog_record *rec, uint64_t *damage,
    struct err *e) __attribute__((warn_unused_result));
/* The id of the log being read; valid after a successful open of a log that has a segment. */
const uint8_t *seglog_reader_id(const struct seglog_reader *r);

#endif
