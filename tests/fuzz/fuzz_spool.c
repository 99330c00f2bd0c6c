/* link: zwfeed */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's spool over directories that nobody would write: the input is a list of records with
 * right checksums, {log, LSN's increment, type, length}, and, behind a zero, bytes as they stand.
 * Whatever it is: it opens or says why not; what is read comes in ascending order and fits a frame;
 * it takes a record afterwards and gives it back after it was closed. */
#include <assert.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool.h"
#include "lib/seglog_int.h"
#include "tests/fuzz/fuzz_memfs.h"
#include "tests/fuzz/fuzz_worker.h"
#include "zw/batch.h"
#include "zw/log.h"
#include "zw/wire.h"

#define FUZZ_MAX (32 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t fuzz_id[SEGLOG_ID] = "fuzzed spool....";

/* A log's first segment. */
static void
put(const char *dir, const char *log, const struct buf *b)
{
	char path[160], name[SEGLOG_NAME];

	assert(snprintf(path, sizeof path, "%s/%s", dir, log) > 0);
	(void)mkdir(path, 0700);
	seglog_segment_name(name, 1);
	memfs_put(path, name, b->data, b->len);
}

/* A header and a mark. */
static void
begin(struct buf *b)
{
	struct seglog_header h = { .first = 1 };
	uint8_t head[SEGLOG_HEADER];

	memcpy(h.id, fuzz_id, SEGLOG_ID);
	seglog_header_encode(head, &h);
	buf_put(b, head, sizeof head);
	seglog_mark_encode(b, fuzz_id, 1, false);
}

/* The records that the input lists. */
static void
build(struct buf logs[2], struct cursor *c)
{
	uint64_t lsn[2] = { 0 };

	while (cursor_left(c) >= 4 && logs[0].len + logs[1].len < FUZZ_MAX) {
		uint8_t which = cursor_u8(c);
		struct buf *b = &logs[which & 1];
		if (which == 0xff) {
			buf_put(b, c->p, cursor_left(c));
			return;
		}
		lsn[which & 1] += cursor_u8(c);
		uint8_t type = cursor_u8(c), len = cursor_u8(c);
		size_t n = len < cursor_left(c) ? len : cursor_left(c);
		seglog_record_encode(
		    b, seglog_seed(fuzz_id), lsn[which & 1], type, cursor_bytes(c, n), n);
	}
}

/* Read all: the number of the last. */
static uint64_t
read_all(struct spool *s)
{
	struct seglog_record rec;
	uint64_t last = 0;
	struct err e;

	while (spool_read(s, last, &rec, &e) == 1) {
		assert(rec.lsn > last && rec.lsn < spool_next(s));
		assert(rec.len <= WIRE_MAX_PAYLOAD);
		last = rec.lsn;
	}
	for (uint32_t id = 1; id < 100; id++) {
		size_t n;
		(void)spool_series(s, id, &n);
	}
	return last;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dir = MEMFS;
	struct cursor c = cursor_over(data, size < FUZZ_MAX ? size : FUZZ_MAX);
	struct buf logs[2] = { { 0 } };
	struct spool *s;
	struct err e;

	log_init("fuzz", LOG_LEVEL_ERROR);
	memfs_clear();
	begin(&logs[0]);
	begin(&logs[1]);
	build(logs, &c);
	put(dir, "records", &logs[0]);
	put(dir, "series", &logs[1]);
	static struct event_base *base;
	if (base == NULL)
		base = event_base_new();
	if (spool_open(&s, base, dir, 1 << 20, INT64_C(600000), &e) == 0) {
		(void)read_all(s);
		struct buf b = { 0 };
		uint64_t seq = spool_next(s);
		batch_begin(&b, seq, 1);
		spool_append(s, WIRE_BATCH, b.data, b.len);
		buf_free(&b);
		spool_close(s);
		assert(spool_open(&s, base, dir, 1 << 20, INT64_C(600000), &e) == 0);
		assert(spool_next(s) > seq && read_all(s) == seq);
		spool_ack(s, seq);
		spool_close(s);
	}
	buf_free(&logs[0]);
	buf_free(&logs[1]);
	return 0;
}
