/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_int: what the files of seglog share: the segment file and the scanner that finds whole
 * records in one, whatever is in it. Not for others. */
#ifndef ZW_SEGLOG_INT_H
#define ZW_SEGLOG_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/seglog.h"

#define SEGLOG_HEADER 64
#define SEGLOG_NAME 21			 /* "0123456789abcdef.seg" and NUL */
#define SEGLOG_TMP_NEW "new.tmp"	 /* a segment being made */
#define SEGLOG_TMP_REWRITE "rewrite.tmp" /* one being rewritten */
#define SEGLOG_MARK 0			 /* record type of the log's own mark */
#define SEGLOG_MARK_DATA (SEGLOG_ID + 1)
#define SEGLOG_MARK_BYTES (SEGLOG_RECORD_HEADER + SEGLOG_MARK_DATA)
#define SEGLOG_MAX_LSN (UINT64_MAX / 2)

/* --- seglog_segment.c: names and headers ----------------------------------------------------- */

#define SEGLOG_THINNED 1  /* header flag: records were left out on purpose */
#define SEGLOG_REPAIRED 2 /* header flag: damage was cut out, and told */

struct seglog_header {
	uint32_t flags;
	uint64_t first;	 /* no record has a lower LSN */
	uint64_t before; /* LSN of the last record in the segments before; 0: none */
	uint8_t id[SEGLOG_ID];
};

void seglog_header_encode(uint8_t out[SEGLOG_HEADER], const struct seglog_header *h);
bool seglog_header_decode(const uint8_t in[SEGLOG_HEADER], struct seglog_header *h);

void seglog_segment_name(char dst[SEGLOG_NAME], uint64_t first);
/* The LSNs that the names of segments in a directory give, ascending; the caller frees *out. */
int seglog_segment_list(int dirfd, uint64_t **out, size_t *n, struct err *e)
    __attribute__((warn_unused_result));
/* Opens a segment, if it is a regular file: descriptor, or -1 and errno (ELOOP for what is no
 * regular file). *whole: the header is sound, and in *h; its LSN may still be another's. */
int seglog_segment_open(int dirfd, uint64_t first, int flags, struct seglog_header *h, bool *whole)
    __attribute__((warn_unused_result));
/* The id of the log that these segments belong to: that of the newest sound header, else of a
 * mark. False: none can be told. */
bool seglog_segment_id(int dirfd, const uint64_t *firsts, size_t n, uint8_t id[SEGLOG_ID]);

/* A record or mark as it stands in the file, appended to b. */
void seglog_record_encode(
    struct buf *b, uint32_t seed, uint64_t lsn, uint8_t type, const void *data, size_t len);
/* A mark. */
void seglog_mark_encode(struct buf *b, const uint8_t id[SEGLOG_ID], uint64_t lsn, bool closing);
/* Whether a mark is that of a clean close. */
bool seglog_mark_closes(const struct seglog_record *rec);
/* Checksums of a log's records continue from this. */
uint32_t seglog_seed(const uint8_t id[SEGLOG_ID]);
uint32_t seglog_be32(const uint8_t *p);
uint64_t seglog_be64(const uint8_t *p);

/* --- seglog_scan.c: whole records in a file -------------------------------------------------- */

enum seglog_scanned {
	SEGLOG_SCAN_RECORD, /* *rec is the next whole record or mark; the scan stands behind it */
	SEGLOG_SCAN_BAD,  /* something broken, and a whole record after it; the scan stands there */
	SEGLOG_SCAN_TORN, /* something broken, nothing whole after it; the scan stays before it */
	SEGLOG_SCAN_END,  /* nothing but zeros from here to the end; the scan stays */
	SEGLOG_SCAN_ERROR /* errno; the scan stays */
};

struct seglog_scan {
	int fd; /* borrowed */
	uint32_t seed;
	uint64_t lowest;  /* the next LSN may be from this ... */
	uint64_t highest; /* ... to this */
	uint64_t base;	  /* file offset of buf[0] */
	uint8_t *buf;
	size_t cap;
	size_t len;
	size_t pos;
	uint64_t budget; /* bytes that may still be checksummed in search of a record */
};

void seglog_scan_start(struct seglog_scan *s, int fd, uint32_t seed, uint64_t lowest,
    uint64_t highest); /* reuses the memory of *s, at first all zero */
void seglog_scan_free(struct seglog_scan *s);
enum seglog_scanned seglog_scan_next(struct seglog_scan *s, struct seglog_record *rec);
uint64_t seglog_scan_tell(const struct seglog_scan *s);
/* Goes to an offset; what was read of the file is forgotten. */
void seglog_scan_seek(struct seglog_scan *s, uint64_t offset);

/* --- the log itself -------------------------------------------------------------------------- */

/* A segment on disk. */
struct seglog_segment {
	TAILQ_ENTRY(seglog_segment) link;
	struct seglog_header h;
	uint64_t lowest; /* LSN from which its records count: h.first, or behind those before */
	uint64_t oldest; /* LSN of its first record; 0: it has none */
	uint64_t newest; /* of its last */
	uint64_t end;	 /* offset behind its last record */
	uint64_t size;	 /* of the file */
};
TAILQ_HEAD(seglog_segments, seglog_segment);

/* Where in the bytes awaiting a commit a new segment begins. */
struct seglog_split {
	size_t at;
	uint64_t first;
	uint64_t before;
};

/* Records on their way to the disk. */
struct seglog_batch {
	struct buf b;
	struct seglog_split *splits;
	size_t nsplits;
	size_t splitcap;
	uint64_t last; /* LSN */
};

struct seglog_commit {
	struct seglog *log;
	struct seglog_batch batch;
	size_t written;	   /* bytes that are on disk */
	size_t split_done; /* segments begun */
	int rc;		   /* of the last run */
};

struct seglog {
	char *dir;
	const char *subject;
	uint64_t segment_bytes;
	int dirfd;
	int lockfd;
	uint8_t id[SEGLOG_ID];
	uint32_t seed;
	uint64_t damage;

	/* the appending thread's */
	uint64_t next;
	uint64_t durable;
	uint64_t last; /* LSN appended last */
	struct seglog_batch pending;
	uint64_t plan; /* offset where the next record goes, once all is written */
	bool plan_new; /* it goes into a new segment */
	bool committing;
	bool failed;

	/* the committing thread's; who thins or trims only looks at closed segments */
	int fd; /* of the newest segment; -1: none to write to */
	uint64_t offset;

	pthread_mutex_t lock; /* over the list */
	struct seglog_segments segments;
};

/* seglog_recover.c: fills in everything from what the directory holds. */
int seglog_recover(struct seglog *s, const struct seglog_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* seglog_rewrite.c: writes the records of *g below the offset `upto` for which keep() is true
 * (NULL: all) anew into a temporary file, and describes the result in *g. */
int seglog_rewrite(struct seglog *s, struct seglog_segment *g, uint64_t upto,
    bool (*keep)(void *arg, const struct seglog_record *r), void *arg, uint64_t *dropped,
    struct err *e) __attribute__((warn_unused_result));
/* Puts what seglog_rewrite() made in the segment's place; the directory is yet to be flushed. */
int seglog_rewrite_place(struct seglog *s, const struct seglog_segment *g, struct err *e)
    __attribute__((warn_unused_result));
/* seglog_quarantine.c: keeps what has this name in DIR/quarantine, under a second name, or, if
 * move is true, only there. */
void seglog_quarantine(struct seglog *s, const char *name, bool move);

#endif
