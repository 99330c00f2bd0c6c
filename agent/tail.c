/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tail: copies of the newest records of the spool, for the uplink: what was appended a moment ago
 * cannot be read back from the disk before it is committed. */
#include <stdlib.h>
#include <string.h>

#include "agent/tail.h"
#include "zw/alloc.h"

#define TAIL_MAX_RECORDS 256
#define TAIL_MAX_BYTES (1024 * 1024)

/* Copy a record. */
struct copy *
copy_new(uint8_t type, uint64_t seq, const void *data, size_t n)
{
	struct copy *c = xmalloc(sizeof *c + n);

	c->type = type;
	c->seq = seq;
	c->len = n;
	memcpy(c->data, data, n);
	return c;
}

/* An empty tail. */
void
tail_init(struct tail *t)
{
	*t = (struct tail){ 0 };
	TAILQ_INIT(&t->list);
}

/* The oldest copy. */
struct copy *
tail_first(const struct tail *t)
{
	return TAILQ_FIRST(&t->list);
}

/* Forget the oldest. */
void
tail_pop(struct tail *t)
{
	struct copy *c = TAILQ_FIRST(&t->list);

	TAILQ_REMOVE(&t->list, c, link);
	t->records--;
	t->bytes -= c->len;
	free(c);
}

/* Add the newest. */
uint64_t
tail_push(struct tail *t, struct copy *c)
{
	uint64_t lost = 0;

	TAILQ_INSERT_TAIL(&t->list, c, link);
	t->records++;
	t->bytes += c->len;
	while (t->records > TAIL_MAX_RECORDS || t->bytes > TAIL_MAX_BYTES) {
		lost = tail_first(t)->seq;
		tail_pop(t);
	}
	return lost;
}

/* Forget all. */
uint64_t
tail_clear(struct tail *t)
{
	uint64_t lost = 0;

	while (tail_first(t) != NULL) {
		lost = tail_first(t)->seq;
		tail_pop(t);
	}
	return lost;
}
