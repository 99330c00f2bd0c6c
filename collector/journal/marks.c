/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marks: a table of streams, bounded: agents come and go for years, and each new disk is a new
 * stream. The one that was silent longest makes room. */
#include <stdlib.h>
#include <string.h>

#include "collector/journal/journal.h"
#include "collector/journal/marks.h"
#include "zw/alloc.h"
#include "zw/hash.h"

struct mark {
	uint8_t stream[WIRE_STREAM_ID];
	uint64_t appended;
	uint64_t durable;
	uint64_t used; /* when, in appends */
	UT_hash_handle hh;
};

struct marks {
	struct mark *streams;
	uint64_t clock;
};

/* An empty table. */
struct marks *
marks_new(void)
{
	return xcalloc(1, sizeof(struct marks));
}

/* Free it. */
void
marks_free(struct marks *m)
{
	struct mark *k, *tmp;

	if (m == NULL)
		return;
	HASH_ITER (hh, m->streams, k, tmp) {
		HASH_DEL(m->streams, k);
		free(k);
	}
	free(m);
}

/* A stream's entry, or NULL. */
static struct mark *
marks_find(const struct marks *m, const uint8_t stream[WIRE_STREAM_ID])
{
	struct mark *k;

	HASH_FIND(hh, m->streams, stream, WIRE_STREAM_ID, k);
	return k;
}

/* Forget the stream that was silent longest; one with numbers under way is not silent. */
static void
marks_evict(struct marks *m)
{
	struct mark *k, *tmp, *oldest = NULL;

	HASH_ITER (hh, m->streams, k, tmp)
		if (k->appended == k->durable && (oldest == NULL || k->used < oldest->used))
			oldest = k;
	if (oldest == NULL)
		return;
	HASH_DEL(m->streams, oldest);
	free(oldest);
}

/* A stream's entry, made if need be. */
static struct mark *
marks_get(struct marks *m, const uint8_t stream[WIRE_STREAM_ID])
{
	struct mark *k = marks_find(m, stream);

	if (k == NULL) {
		if (HASH_COUNT(m->streams) >= JOURNAL_MAX_STREAMS)
			marks_evict(m);
		k = xcalloc(1, sizeof *k);
		memcpy(k->stream, stream, WIRE_STREAM_ID);
		HASH_ADD(hh, m->streams, stream, WIRE_STREAM_ID, k);
	}
	k->used = ++m->clock;
	return k;
}

/* The highest number appended. */
uint64_t
marks_appended(const struct marks *m, const uint8_t stream[WIRE_STREAM_ID])
{
	const struct mark *k = marks_find(m, stream);

	return k != NULL ? k->appended : 0;
}

/* The highest number that is durable. */
uint64_t
marks_durable(const struct marks *m, const uint8_t stream[WIRE_STREAM_ID])
{
	const struct mark *k = marks_find(m, stream);

	return k != NULL ? k->durable : 0;
}

/* A number was appended. */
void
marks_append(struct marks *m, const uint8_t stream[WIRE_STREAM_ID], uint64_t seq)
{
	struct mark *k = marks_get(m, stream);

	if (seq > k->appended)
		k->appended = seq;
}

/* A number is durable. */
void
marks_commit(struct marks *m, const uint8_t stream[WIRE_STREAM_ID], uint64_t seq)
{
	struct mark *k = marks_get(m, stream);

	if (seq > k->appended)
		k->appended = seq;
	if (seq > k->durable)
		k->durable = seq;
}

/* What is to stand at the start of a segment. */
bool
marks_encode(const struct marks *m, struct buf *b)
{
	struct mark *k, *tmp;
	size_t before = b->len;

	HASH_ITER (hh, m->streams, k, tmp) {
		if (k->appended == 0 || b->len - before > SEGLOG_MAX_DATA - sizeof *k)
			continue;
		buf_put(b, k->stream, WIRE_STREAM_ID);
		buf_be64(b, k->appended);
	}
	return b->len > before;
}

/* Take in what stood there. */
void
marks_load(struct marks *m, const void *p, size_t n)
{
	struct cursor c = cursor_over(p, n);

	while (cursor_left(&c) >= WIRE_STREAM_ID + 8) {
		const uint8_t *stream = cursor_bytes(&c, WIRE_STREAM_ID);
		marks_commit(m, stream, cursor_be64(&c));
	}
}
