/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_series: a log of definitions, each with the series' id, which is its for ever. They are
 * kept as they are encoded, for a definition has room for far more than most need, and found by a
 * hash of what stands behind the id. */
#include <stdlib.h>
#include <string.h>

#include "agent/spool_series.h"
#include "zw/alloc.h"
#include "zw/hash.h"
#include "zw/seglog.h"
#include "zw/wire.h"

#define SERIES_SEGMENT (256 * 1024)

/* One definition; the id is a varint at its beginning, of `skip` bytes. */
struct entry {
	uint32_t id;
	size_t n;
	size_t skip;
	UT_hash_handle hh; /* by the bytes behind the id */
	uint8_t data[];
};

struct spool_series {
	struct seglog *log;
	struct entry **all; /* of id i + 1 */
	struct entry *by_data;
	uint32_t n;
	uint32_t durable; /* of them; the rest waits for a flush */
	bool damaged;
};

/* Keep an encoded definition under the next id. */
static void
series_keep(struct spool_series *t, const uint8_t *data, size_t n)
{
	struct entry *en = xcalloc(1, sizeof *en + n);
	struct cursor c = cursor_over(data, n);

	en->id = t->n + 1;
	en->n = n;
	(void)cursor_varint(&c);
	en->skip = (size_t)(c.p - data);
	memcpy(en->data, data, n);
	t->all = xreallocarray(t->all, t->n + 1, sizeof en);
	t->all[t->n++] = en;
	HASH_ADD_KEYPTR(hh, t->by_data, en->data + en->skip, n - en->skip, en);
}

/* A definition that is on disk. */
static void
series_found(void *arg, const struct seglog_record *rec)
{
	struct spool_series *t = arg;
	struct series_def def;
	struct err e;

	if (t->damaged)
		return;
	if (t->n >= WIRE_MAX_SERIES || rec->type != WIRE_DEFINE ||
	    wire_define_decode(rec->data, rec->len, &def, &e) == -1 || def.id != t->n + 1) {
		t->damaged = true;
		return;
	}
	series_keep(t, rec->data, rec->len);
	t->durable = t->n;
}

/* Open the table. */
int
spool_series_open(struct spool_series **out, const char *dir, struct err *e)
{
	struct spool_series *t = xcalloc(1, sizeof *t);
	struct seglog_opts o = {
		.dir = dir,
		.subject = "spool",
		.segment_bytes = SERIES_SEGMENT,
		.found = series_found,
		.arg = t,
	};

	if (seglog_open(&t->log, &o, e) == -1) {
		spool_series_close(t);
		return -1;
	}
	t->damaged |= seglog_damage(t->log) > 0;
	*out = t;
	return 0;
}

/* Close it. */
void
spool_series_close(struct spool_series *t)
{
	if (t == NULL)
		return;
	HASH_CLEAR(hh, t->by_data);
	for (uint32_t i = 0; i < t->n; i++)
		free(t->all[i]);
	free(t->all);
	seglog_close(t->log);
	free(t);
}

/* Whether it has holes. */
bool
spool_series_damaged(const struct spool_series *t)
{
	return t->damaged;
}

/* The definition as it would be under the next id, in b, and the id that it has, or 0. All ids take
 * their own number of bytes, so what is behind is compared. */
static uint32_t
series_look(const struct spool_series *t, const struct series_def *def, struct buf *b)
{
	struct series_def mine = *def;
	struct entry *known;

	mine.id = t->n + 1;
	wire_define_encode(b, &mine);
	struct cursor c = cursor_over(b->data, b->len);
	(void)cursor_varint(&c);
	HASH_FIND(hh, t->by_data, c.p, cursor_left(&c), known);
	return known != NULL ? known->id : 0;
}

/* The id that a definition has. */
uint32_t
spool_series_find(const struct spool_series *t, const struct series_def *def)
{
	struct buf b = { 0 };
	uint32_t id = series_look(t, def, &b);

	buf_free(&b);
	return id;
}

/* The same, or a new one. */
uint32_t
spool_series_define(struct spool_series *t, const struct series_def *def)
{
	struct buf b = { 0 };
	uint32_t id = series_look(t, def, &b);

	if (id == 0 && t->n < WIRE_MAX_SERIES) {
		series_keep(t, b.data, b.len);
		id = t->n;
	}
	buf_free(&b);
	return id;
}

/* Write what waits, in one commit. What a commit that fails took is forgotten by the log, so it is
 * given to it again the next time. */
int
spool_series_flush(struct spool_series *t, struct err *e)
{
	if (t->durable == t->n)
		return 0;
	for (uint32_t i = t->durable; i < t->n; i++)
		seglog_append(t->log, WIRE_DEFINE, t->all[i]->data, t->all[i]->n);
	if (seglog_commit_now(t->log, e) == -1)
		return -1;
	t->durable = t->n;
	return 0;
}

/* A definition that is on disk. */
const uint8_t *
spool_series_get(const struct spool_series *t, uint32_t id, size_t *n)
{
	if (id < 1 || id > t->durable)
		return NULL;
	*n = t->all[id - 1]->n;
	return t->all[id - 1]->data;
}
