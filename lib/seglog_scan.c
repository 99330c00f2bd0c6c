/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_scan: walks the records of a segment file and finds the next whole one behind whatever
 * is broken. Reads with pread in pieces: a file that shrinks under a mapping would kill us. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"

#define SCAN_CHUNK (64 * 1024)
#define SCAN_BAD_SECTOR 4096
/* Bytes checksummed per file in search of a record. Honest damage needs far less; data made to
 * look like headers everywhere must not keep us for hours. */
#define SCAN_BUDGET (64 * 1024 * 1024)
/* Behind damage, an LSN further ahead than this is taken for noise. */
#define SCAN_MAX_AHEAD (UINT64_C(1) << 40)

/* Begin behind the header of a file. */
void
seglog_scan_start(struct seglog_scan *s, int fd, uint32_t seed, uint64_t lowest, uint64_t highest)
{
	s->fd = fd;
	s->seed = seed;
	s->lowest = lowest;
	s->highest = highest;
	s->budget = SCAN_BUDGET;
	seglog_scan_seek(s, SEGLOG_HEADER);
}

/* Free the memory. */
void
seglog_scan_free(struct seglog_scan *s)
{
	free(s->buf);
	*s = (struct seglog_scan){ .fd = -1 };
}

/* The offset of the next record. */
uint64_t
seglog_scan_tell(const struct seglog_scan *s)
{
	return s->base + s->pos;
}

/* Go somewhere, to read afresh. */
void
seglog_scan_seek(struct seglog_scan *s, uint64_t offset)
{
	s->base = offset;
	s->len = 0;
	s->pos = 0;
}

/* How much of an unreadable sector is of the file: 0 past its end, where a disk that is gone says
 * the same as elsewhere; -1. */
static ssize_t
scan_bad(const struct seglog_scan *s, uint64_t at, size_t room)
{
	size_t bad = SCAN_BAD_SECTOR - at % SCAN_BAD_SECTOR;
	struct stat st;

	if (fstat(s->fd, &st) == -1)
		return -1;
	if (at >= (uint64_t)st.st_size)
		return 0;
	uint64_t left = (uint64_t)st.st_size - at;
	bad = bad < room ? bad : room;
	return (ssize_t)(bad < left ? bad : left);
}

/* Read more of the file behind what is there: bytes, 0 at its end, -1. A bad sector is data that
 * no checksum fits. */
static ssize_t
scan_more(struct seglog_scan *s, size_t room)
{
	for (;;) {
		uint64_t at = s->base + s->len;
		ssize_t n = pread(s->fd, s->buf + s->len, room, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EIO) {
			n = scan_bad(s, at, room);
			if (n > 0)
				memset(s->buf + s->len, 0xff, (size_t)n);
		}
		return n;
	}
}

/* Have n bytes from pos in memory: 1, 0 if the file has fewer, -1. */
static int
scan_need(struct seglog_scan *s, size_t n)
{
	if (s->len - s->pos >= n)
		return 1;
	if (s->len > s->pos)
		memmove(s->buf, s->buf + s->pos, s->len - s->pos);
	s->base += s->pos;
	s->len -= s->pos;
	s->pos = 0;
	size_t want = n > SCAN_CHUNK ? n : SCAN_CHUNK;
	if (s->cap < want) {
		s->buf = xreallocarray(s->buf, want, 1);
		s->cap = want;
	}
	while (s->len < n) {
		ssize_t got = scan_more(s, s->cap - s->len);
		if (got <= 0)
			return (int)got;
		s->len += (size_t)got;
	}
	return 1;
}

/* Whether a whole record stands at pos: 1 and *rec, 0, or -1. */
static int
scan_here(struct seglog_scan *s, struct seglog_record *rec)
{
	int rc = scan_need(s, SEGLOG_RECORD_HEADER);

	if (rc != 1)
		return rc;
	const uint8_t *p = s->buf + s->pos;
	size_t len = seglog_be32(p);
	uint64_t lsn = seglog_be64(p + 8);
	if (len > SEGLOG_MAX_DATA || lsn < s->lowest || lsn > s->highest)
		return 0;
	if (p[16] == SEGLOG_MARK && len != SEGLOG_MARK_DATA)
		return 0;
	s->budget -= len < s->budget ? len : s->budget;
	rc = scan_need(s, SEGLOG_RECORD_HEADER + len);
	if (rc != 1)
		return rc;
	p = s->buf + s->pos;
	if (crc32c(s->seed, p + 8, len + SEGLOG_RECORD_HEADER - 8) != seglog_be32(p + 4))
		return 0;
	*rec = (struct seglog_record){
		.lsn = lsn,
		.type = p[16],
		.data = p + SEGLOG_RECORD_HEADER,
		.len = len,
	};
	return 1;
}

/* Whether there are eight words of zeros. */
static bool
scan_is_zeros(const uint8_t *p)
{
	uint64_t w[8];

	memcpy(w, p, sizeof w);
	return (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]) == 0;
}

/* A record's LSN is not 0, and ends 16 bytes in: none begins in a run of zeros but at its end. What
 * is preallocated is such a run, and long. */
static void
scan_skip_zeros(struct seglog_scan *s)
{
	const uint8_t *p = s->buf + s->pos;
	size_t n = s->len - s->pos, i = 0;
	uint64_t word;

	while (i + 64 <= n && scan_is_zeros(p + i))
		i += 64;
	while (i + sizeof word <= n && (memcpy(&word, p + i, sizeof word), word == 0))
		i += sizeof word;
	if (i >= 16)
		s->pos += i - 15;
}

/* Search for a whole record behind a place where there is none. The scan ends before it, or
 * where it began. */
static enum seglog_scanned
scan_search(struct seglog_scan *s)
{
	uint64_t from = seglog_scan_tell(s), highest = s->highest;
	struct seglog_record rec;
	uint8_t any = 0;
	int rc;

	if (highest > s->lowest + SCAN_MAX_AHEAD)
		s->highest = s->lowest + SCAN_MAX_AHEAD;
	while ((rc = scan_need(s, 1)) == 1 && s->budget > 0) {
		any |= s->buf[s->pos];
		s->pos++;
		scan_skip_zeros(s);
		rc = scan_here(s, &rec);
		if (rc != 0)
			break;
	}
	s->highest = highest;
	if (rc == 1 && s->budget > 0)
		return SEGLOG_SCAN_BAD;
	bool spent = s->budget == 0;
	int saved = errno;
	seglog_scan_seek(s, from);
	errno = saved;
	if (rc == -1)
		return SEGLOG_SCAN_ERROR;
	return any != 0 || spent ? SEGLOG_SCAN_TORN : SEGLOG_SCAN_END;
}

/* The next record, or what is there instead. */
enum seglog_scanned
seglog_scan_next(struct seglog_scan *s, struct seglog_record *rec)
{
	uint64_t budget = s->budget;
	int rc = scan_here(s, rec);

	s->budget = rc == 1 ? budget : s->budget;
	if (rc == -1)
		return SEGLOG_SCAN_ERROR;
	if (rc == 0)
		return scan_search(s);
	s->pos += SEGLOG_RECORD_HEADER + rec->len;
	s->lowest = rec->lsn + (rec->type != SEGLOG_MARK);
	return SEGLOG_SCAN_RECORD;
}
