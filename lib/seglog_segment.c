/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_segment: the names and headers of seglog's segment files, and how a record is written.
 * A directory may hold anything; only regular files with a segment's name are opened. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/str.h"

#define SEGLOG_VERSION 1
#define SEGLOG_MAX_SEGMENTS 1000000  /* names taken from a directory */
#define SEGLOG_SALVAGE (1024 * 1024) /* bytes searched for a mark */

static const char seglog_magic[8] = { 'Z', 'W', 'S', 'E', 'G', 'L', 'O', 'G' };

/* Four bytes as a number. */
uint32_t
seglog_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Eight bytes as a number. */
uint64_t
seglog_be64(const uint8_t *p)
{
	return (uint64_t)seglog_be32(p) << 32 | seglog_be32(p + 4);
}

/* What the checksums of a log's records begin with. */
uint32_t
seglog_seed(const uint8_t id[SEGLOG_ID])
{
	return crc32c(0, id, SEGLOG_ID);
}

/* A header's bytes. */
void
seglog_header_encode(uint8_t out[SEGLOG_HEADER], const struct seglog_header *h)
{
	static const uint8_t zeros[12];
	struct buf b = { 0 };

	buf_put(&b, seglog_magic, sizeof seglog_magic);
	buf_be32(&b, SEGLOG_VERSION);
	buf_be32(&b, h->flags);
	buf_be64(&b, h->first);
	buf_be64(&b, h->before);
	buf_put(&b, h->id, SEGLOG_ID);
	buf_put(&b, zeros, sizeof zeros);
	buf_be32(&b, crc32c(0, b.data, b.len));
	memcpy(out, b.data, SEGLOG_HEADER);
	buf_free(&b);
}

/* Whether these bytes are a sound header of this version, and what it says. */
bool
seglog_header_decode(const uint8_t in[SEGLOG_HEADER], struct seglog_header *h)
{
	struct cursor c =
	    cursor_over(in + sizeof seglog_magic, SEGLOG_HEADER - sizeof seglog_magic);

	uint32_t version = cursor_be32(&c);
	h->flags = cursor_be32(&c);
	h->first = cursor_be64(&c);
	h->before = cursor_be64(&c);
	memcpy(h->id, cursor_bytes(&c, SEGLOG_ID), SEGLOG_ID);
	return memcmp(in, seglog_magic, sizeof seglog_magic) == 0 && version == SEGLOG_VERSION &&
	       seglog_be32(in + SEGLOG_HEADER - 4) == crc32c(0, in, SEGLOG_HEADER - 4);
}

/* The name of the segment that begins with this LSN. */
void
seglog_segment_name(char dst[SEGLOG_NAME], uint64_t first)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++)
		dst[i] = hex[first >> (60 - 4 * i) & 15];
	memcpy(dst + 16, ".seg", 5);
}

/* The LSN of a segment's name; 0 if it is none. */
static uint64_t
segment_name_parse(const char *name)
{
	char back[SEGLOG_NAME];
	uint64_t v = 0;

	if (strlen(name) != SEGLOG_NAME - 1)
		return 0;
	for (int i = 0; i < 16; i++) {
		char c = name[i];
		v = v << 4 | (uint64_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
	}
	seglog_segment_name(back, v);
	return strcmp(back, name) == 0 && v <= SEGLOG_MAX_LSN ? v : 0;
}

/* Ascending order, for qsort. */
static int
segment_compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

/* The segments that a directory names. */
int
seglog_segment_list(int dirfd, uint64_t **out, size_t *n, struct err *e)
{
	size_t cap = 64;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (d == NULL) {
		err_set(e, "cannot list its directory: %s", strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	*out = xreallocarray(NULL, cap, sizeof **out);
	*n = 0;
	while (*n < SEGLOG_MAX_SEGMENTS && (de = readdir(d)) != NULL) {
		uint64_t first = segment_name_parse(de->d_name);
		if (first == 0)
			continue;
		if (*n == cap)
			*out = xreallocarray(*out, cap *= 2, sizeof **out);
		(*out)[(*n)++] = first;
	}
	closedir(d);
	qsort(*out, *n, sizeof **out, segment_compare);
	return 0;
}

/* Open a segment and look at its header. O_NONBLOCK: a FIFO of that name must not hold us. */
int
seglog_segment_open(int dirfd, uint64_t first, int flags, struct seglog_header *h, bool *whole)
{
	char name[SEGLOG_NAME];
	uint8_t head[SEGLOG_HEADER];
	struct stat st;

	seglog_segment_name(name, first);
	int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		if (errno == EISDIR || errno == ENXIO)
			errno = ELOOP;
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = ELOOP;
		return -1;
	}
	*h = (struct seglog_header){ 0 };
	*whole = pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
		 seglog_header_decode(head, h);
	return fd;
}

/* The id that the first sound mark in a file carries; for a log that lost its headers. */
static bool
segment_salvage_id(int fd, uint8_t id[SEGLOG_ID])
{
	uint8_t *data = xmalloc(SEGLOG_SALVAGE);
	ssize_t n = pread(fd, data, SEGLOG_SALVAGE, 0);
	bool found = false;

	for (ssize_t i = 0; i + SEGLOG_MARK_BYTES <= n && !found; i++) {
		const uint8_t *p = data + i;
		if (seglog_be32(p) != SEGLOG_MARK_DATA || p[16] != SEGLOG_MARK)
			continue;
		uint32_t seed = seglog_seed(p + SEGLOG_RECORD_HEADER);
		found = crc32c(seed, p + 8, SEGLOG_MARK_BYTES - 8) == seglog_be32(p + 4);
		if (found)
			memcpy(id, p + SEGLOG_RECORD_HEADER, SEGLOG_ID);
	}
	free(data);
	return found;
}

/* Whose segments these are. */
bool
seglog_segment_id(int dirfd, const uint64_t *firsts, size_t n, uint8_t id[SEGLOG_ID])
{
	struct seglog_header h;
	bool whole = false;

	for (int salvage = 0; salvage < 2; salvage++) {
		for (size_t i = n; i-- > 0;) {
			int fd = seglog_segment_open(dirfd, firsts[i], O_RDONLY, &h, &whole);
			if (fd == -1)
				continue;
			bool found = whole && h.first == firsts[i];
			if (found)
				memcpy(id, h.id, SEGLOG_ID);
			else if (salvage == 1)
				found = segment_salvage_id(fd, id);
			close(fd);
			if (found)
				return true;
		}
	}
	return false;
}

/* A record's bytes. */
void
seglog_record_encode(
    struct buf *b, uint32_t seed, uint64_t lsn, uint8_t type, const void *data, size_t len)
{
	size_t at = b->len;

	buf_be32(b, (uint32_t)len);
	buf_be32(b, 0);
	buf_be64(b, lsn);
	buf_u8(b, type);
	if (len > 0)
		buf_put(b, data, len);
	uint32_t crc = crc32c(seed, b->data + at + 8, len + SEGLOG_RECORD_HEADER - 8);
	for (int i = 0; i < 4; i++)
		b->data[at + 4 + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
}

/* The log's own mark: its id, and whether the log was closed here. */
void
seglog_mark_encode(struct buf *b, const uint8_t id[SEGLOG_ID], uint64_t lsn, bool closing)
{
	uint8_t data[SEGLOG_MARK_DATA];

	memcpy(data, id, SEGLOG_ID);
	data[SEGLOG_ID] = closing;
	seglog_record_encode(b, seglog_seed(id), lsn, SEGLOG_MARK, data, sizeof data);
}

/* Whether the log was closed at this mark. */
bool
seglog_mark_closes(const struct seglog_record *rec)
{
	return rec->type == SEGLOG_MARK && rec->data[SEGLOG_ID] != 0;
}
