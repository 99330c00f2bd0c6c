/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tail: copies of the newest records of the spool, which may not be on disk yet; bounded. */
#ifndef AGENT_TAIL_H
#define AGENT_TAIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* A copy of a record; freed by free(). */
struct copy {
	TAILQ_ENTRY(copy) link;
	uint64_t seq;
	size_t len;
	uint8_t type;
	uint8_t data[];
};
TAILQ_HEAD(copies, copy);

struct tail {
	struct copies list;
	size_t records;
	size_t bytes;
};

struct copy *copy_new(uint8_t type, uint64_t seq, const void *data, size_t n);

void tail_init(struct tail *t);
/* The oldest, or NULL. */
struct copy *tail_first(const struct tail *t);
/* Takes the copy. The oldest make room for it: returns the highest number among them, or 0. */
uint64_t tail_push(struct tail *t, struct copy *c);
void tail_pop(struct tail *t);
/* Forget all: returns the highest number among them, or 0. */
uint64_t tail_clear(struct tail *t);

#endif
