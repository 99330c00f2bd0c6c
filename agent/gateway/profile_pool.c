/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_pool: many small things that live and die together. */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/profile_impl.h"
#include "zw/alloc.h"

#define BLOCK_SIZE 16384 /* bytes */

struct profile_block {
	struct profile_block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char data[];
};

/* A piece of memory of the pool. */
void *
profile_get(struct profile_pool *pool, size_t n, size_t size)
{
	size_t align = alignof(max_align_t);
	size_t want = (n * size + align - 1) / align * align;
	struct profile_block *b = pool->blocks;

	if (b == NULL || b->size - b->used < want) {
		size_t room = want > BLOCK_SIZE / 4 ? want : BLOCK_SIZE;
		b = xcalloc(1, sizeof *b + room);
		b->size = room;
		b->next = pool->blocks;
		pool->blocks = b;
		/* A block of its own is full at once: the one before it goes on being filled. */
		if (b->next != NULL && room == want) {
			pool->blocks = b->next;
			b->next = pool->blocks->next;
			pool->blocks->next = b;
		}
	}
	void *p = b->data + b->used;
	b->used += want;
	return p;
}

/* A copy of n bytes as a text. */
char *
profile_text(struct profile_pool *pool, const char *text, size_t n)
{
	char *copy = profile_get(pool, n + 1, 1);

	memcpy(copy, text, n);
	return copy;
}

/* A copy of an OID. */
struct oid
profile_oid(struct profile_pool *pool, struct oid o)
{
	uint32_t *id = profile_get(pool, o.n > 0 ? o.n : 1, sizeof *id);

	if (o.n > 0)
		memcpy(id, o.id, o.n * sizeof *id);
	return (struct oid){ .id = id, .n = o.n };
}

/* Free all. */
void
profile_pool_free(struct profile_pool *pool)
{
	while (pool->blocks != NULL) {
		struct profile_block *next = pool->blocks->next;
		free(pool->blocks);
		pool->blocks = next;
	}
}
