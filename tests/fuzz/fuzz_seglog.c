/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes seglog's reader and recovery with a directory of two segments.
 *
 * The first byte chooses: 0: the input is a segment file as it stands; else it is a list of
 * records, {LSN's increment, type, length, what is broken}, that get their right checksums first,
 * so that the fuzzer comes past them. Whatever it is: records come in ascending order, recovery
 * finds at most what the reader found, and after it nothing is damaged any more. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/seglog_int.h"
#include "tests/fuzz/fuzz_memfs.h"
#include "zw/log.h"
#include "zw/str.h"

#define FUZZ_MAX (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t fuzz_id[SEGLOG_ID] = "fuzzed log......";

/* Stop if something is not as it must be. */
static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Write a file in the scratch directory. */
static void
put(const char *dir, uint64_t first, const struct buf *b)
{
	char name[SEGLOG_NAME];

	seglog_segment_name(name, first);
	memfs_put(dir, name, b->data, b->len);
}

/* A header and a mark. */
static void
begin(struct buf *b, uint64_t first, uint64_t before)
{
	struct seglog_header h = { .first = first, .before = before };
	uint8_t head[SEGLOG_HEADER];

	memcpy(h.id, fuzz_id, SEGLOG_ID);
	seglog_header_encode(head, &h);
	buf_put(b, head, sizeof head);
	seglog_mark_encode(b, fuzz_id, first, false);
}

/* The records that the input lists. */
static void
build(struct buf *b, struct cursor *c)
{
	uint64_t lsn = 0;

	begin(b, 1, 0);
	while (cursor_left(c) >= 4 && b->len < FUZZ_MAX) {
		lsn += cursor_u8(c);
		uint8_t type = cursor_u8(c), len = cursor_u8(c), broken = cursor_u8(c);
		size_t n = len < cursor_left(c) ? len : cursor_left(c), at = b->len;
		const uint8_t *p = cursor_bytes(c, n);
		if (type == SEGLOG_MARK)
			seglog_mark_encode(b, fuzz_id, lsn, (broken & 1) != 0);
		else
			seglog_record_encode(b, seglog_seed(fuzz_id), lsn, type, p, n);
		if (broken >= 0x80)
			b->data[at + broken % (b->len - at)] ^= broken;
		else if (broken >= 0x70)
			memset(buf_extend(b, broken), 0, broken);
	}
}

/* Read all; how many records. */
static uint64_t
read_all(const char *dir, uint64_t *damage)
{
	struct seglog_reader *r;
	struct seglog_record rec;
	struct err e;
	uint64_t n = 0, last = 0;
	int rc;

	must(seglog_reader_open(&r, dir, 1, &e) == 0);
	while ((rc = seglog_read(r, UINT64_MAX, &rec, damage, &e)) == 1) {
		must(rec.lsn > last && rec.len <= SEGLOG_MAX_DATA);
		last = rec.lsn;
		n++;
	}
	must(rc == 0);
	seglog_reader_close(r);
	return n;
}

/* Counts what opening finds. */
static void
found(void *arg, const struct seglog_record *rec)
{
	(void)rec;
	(*(uint64_t *)arg)++;
}

/* Open, which recovers; how many records that found. */
static uint64_t
recover(const char *dir, uint64_t *damage)
{
	struct seglog *s;
	struct err e;
	uint64_t n = 0;
	struct seglog_opts o = {
		.dir = dir, .subject = "fuzz", .segment_bytes = 4096, .found = found, .arg = &n
	};

	must(seglog_open(&s, &o, &e) == 0);
	*damage = seglog_damage(s);
	seglog_close(s);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	struct buf b = { 0 };
	uint64_t damage = 0, again = 0;

	log_init("fuzz", LOG_LEVEL_ERROR);
	if (size < 2 || size > FUZZ_MAX)
		return 0;
	const char *dir = MEMFS;
	memfs_clear();
	bool raw = cursor_u8(&c) == 0, second = (cursor_u8(&c) & 1) != 0;
	if (raw)
		buf_put(&b, c.p, cursor_left(&c));
	else
		build(&b, &c);
	put(dir, 1, &b);
	buf_clear(&b);
	if (second) {
		begin(&b, 1000000, 5);
		seglog_record_encode(&b, seglog_seed(fuzz_id), 1000000, 3, "x", 1);
		put(dir, 1000000, &b);
	}
	uint64_t n = read_all(dir, &damage);
	uint64_t left = recover(dir, &damage);
	must(left <= n);
	damage = 0;
	must(read_all(dir, &damage) == left && damage == 0);
	must(recover(dir, &again) == left && again == 0);
	buf_free(&b);
	return 0;
}
