/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog: a log of numbered records in segment files: the agent's spool and the collector's
 * journal are the same code.
 *
 * Records are numbered from 1 (their LSN) for ever, upwards, with gaps. An append goes to memory;
 * a commit writes all that was appended so far with one pwrite and one fdatasync (two of each when
 * it begins a new segment), and may run in another thread than the appends.
 *
 * DIR/%016x.seg is a segment, named by the LSN after the last one before it: a header of 64 bytes,
 * then records, then zeros as far as the file was preallocated. Numbers are big-endian, unpadded.
 *
 * A header is: "ZWSEGLOG", u32 version (1), u32 flags (1 thinned, 2 damage was cut out), u64 LSN
 * of the name, u64 LSN of the last record before this segment, the log's random id (16 bytes), 12
 * zero bytes, u32 crc32c of all this.
 *
 * A record is: u32 length of the data, u32 crc32c of the log's id and all that follows, u64 LSN,
 * u8 type, the data. The id in the checksum means that data which happens to look like a record is
 * not taken for one, whatever is damaged around it.
 *
 * Type 0 is the log's own mark, its data the log's id and a byte (1 at a clean close, else 0), its
 * LSN at most that of the record that follows.
 * Each commit, each segment and a clean close puts one: all that stands before a mark was on disk
 * when the mark was written.
 *
 * Recovery, by seglog_open(): what is broken behind the last mark is a commit that never finished,
 * and the log is cut there, silently; but if whole records follow in that commit, which is rare,
 * that is said. Damage anywhere else (a bad record, header, or end; a segment that is missing, or
 * belongs to another log, or is no regular file) costs what is damaged and no more: it is skipped
 * to the next whole record, counted, said, cut out of the segment, and the segment as it was is
 * kept in DIR/quarantine (at most SEGLOG_QUARANTINE files). A log whose every segment is gone
 * begins anew at 1 with another id; whoever remembers LSNs compares the id, or tells the log by
 * seglog_jump() what it remembers. */
#ifndef ZW_SEGLOG_H
#define ZW_SEGLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"

#define SEGLOG_ID 16
#define SEGLOG_RECORD_HEADER 17
#define SEGLOG_MAX_DATA (128 * 1024)
#define SEGLOG_QUARANTINE 16

struct seglog;
struct seglog_record;

struct seglog_opts {
	const char *dir;	/* made, mode 0700, if absent; copied */
	const char *subject;	/* word for the log ("journal"); borrowed for ever */
	uint64_t segment_bytes; /* a segment is closed when it reaches this */
	uint64_t skip;		/* numbers left out at each open: records that were shown to others
				 * before they were durable keep their numbers to themselves */
	/* The same, at an open after which the last records may be missing: after a crash or with
	 * damage. Keeps LSNs that others may remember from being used again. */
	uint64_t crash_skip;
	/* Called by seglog_open() for every record found, in order, before it returns. May be
	 * NULL. The data is valid during the call only. */
	void (*found)(void *arg, const struct seglog_record *rec);
	void *arg;
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
/* These may be asked in any thread: first, bytes, boundary. The others: in the appending one. */
uint64_t seglog_first(struct seglog *s); /* LSN of the oldest record on disk; next if empty */
uint64_t seglog_bytes(struct seglog *s); /* on disk, all segments */
/* The LSN at which the i-th segment from the oldest (0) begins; 0 past the newest. So
 * seglog_trim(s, seglog_boundary(s, 1) - 1) drops the oldest. */
uint64_t seglog_boundary(struct seglog *s, unsigned i);
uint64_t seglog_next(const struct seglog *s);	 /* LSN that the next append will get */
uint64_t seglog_durable(const struct seglog *s); /* highest LSN that is on disk; 0: none ever */
uint64_t seglog_damage(const struct seglog *s);	 /* damaged places met since open */

/* Adds a record to those awaiting a commit; never blocks. Returns its LSN. The caller bounds
 * what awaits by seglog_pending(). type is not 0, len <= SEGLOG_MAX_DATA. */
uint64_t seglog_append(struct seglog *s, uint8_t type, const void *data, size_t len);
/* Whether a record of this length, appended now, would begin a segment. */
bool seglog_rotates(const struct seglog *s, size_t len);
/* The next record begins a segment, whatever its length. */
void seglog_rotate(struct seglog *s);
/* The next record gets at least this LSN. */
void seglog_jump(struct seglog *s, uint64_t next);
size_t seglog_pending(const struct seglog *s); /* bytes appended and not yet in a commit */

/* A commit in three steps: begin and end on the appending thread, run anywhere. Only one at a
 * time. begin returns NULL when nothing awaits or the log has failed.
 *
 * run returns 0: all is durable. 1: there is no space on the disk (ENOSPC, EDQUOT) for a write
 * that was not begun to be flushed; nothing is lost, nothing of what is missing counts as durable,
 * and run may be called again with the same commit when there may be space. -1 and the reason: a
 * write or fdatasync failed, the log takes no further commits and the program must stop
 * acknowledging, exit and recover (a failed fsync must not be retried).
 *
 * each calls fn for the records of a commit whose run returned 0, in order, from memory; fn may
 * append. end makes the records durable in the log's eyes (unless run failed) and frees the
 * commit; it returns the highest durable LSN. */
struct seglog_commit;
struct seglog_commit *seglog_commit_begin(struct seglog *s);
int seglog_commit_run(struct seglog_commit *c, struct err *e) __attribute__((warn_unused_result));
void seglog_commit_each(
    struct seglog_commit *c, void (*fn)(void *arg, const struct seglog_record *rec), void *arg);
size_t seglog_commit_bytes(const struct seglog_commit *c);
uint64_t seglog_commit_end(struct seglog_commit *c);
/* All three at once, for tools and for programs whose loop may wait. 0 also if nothing awaited.
 * -1 also for want of space; then what awaited is forgotten, and its LSNs with it. */
int seglog_commit_now(struct seglog *s, struct err *e) __attribute__((warn_unused_result));

/* Forget segments all of whose records have an LSN <= lsn; the newest segment always stays. In any
 * thread. */
void seglog_trim(struct seglog *s, uint64_t lsn);

/* Rewrites the oldest closed segment that was not yet thinned, keeping the records for which
 * keep() is true (LSNs stay, with gaps): 1 and how many were dropped, 0 if there is none, -1 on
 * an error, the segment being as it was. In any thread, but not in two at once. */
int seglog_thin(struct seglog *s, bool (*keep)(void *arg, const struct seglog_record *r), void *arg,
    uint64_t *dropped, struct err *e) __attribute__((warn_unused_result));

/* Reading goes by file and is independent of the writer: any process may read a log while
 * another writes it. */
struct seglog_reader;

/* A reader before the first record with an LSN >= from. */
int seglog_reader_open(struct seglog_reader **out, const char *dir, uint64_t from, struct err *e)
    __attribute__((warn_unused_result));
void seglog_reader_close(struct seglog_reader *r);
/* The next record with an LSN <= upto: 1 and *rec, 0 if there is none (yet), -1 on an error (of
 * the disk; it may be called again). Damaged places are skipped and counted in *damage (may be
 * NULL); segments trimmed meanwhile are passed over. upto should be durable: asking beyond it is
 * safe, but may show what a power cut takes back, and costs a look at the disk each time. */
int seglog_read(struct seglog_reader *r, uint64_t upto, struct seglog_record *rec, uint64_t *damage,
    struct err *e) __attribute__((warn_unused_result));
/* The id of the log being read; all zero until a segment was seen. */
const uint8_t *seglog_reader_id(const struct seglog_reader *r);

#endif
