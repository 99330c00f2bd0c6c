/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch_get: single objects, by GET, or the first under each of some roots, by GETNEXT. What is at
 * fault is taken out of its batch, or the batch is halved until it is found. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/fetch_int.h"
#include "zw/alloc.h"

/* The first batch that waits, cut to what may be asked for. */
static struct fetch_batch *
next(struct fetch *f, size_t most)
{
	struct fetch_batch *b = TAILQ_FIRST(&f->pending), *head;

	if (b == NULL)
		return NULL;
	if (b->n <= most) {
		TAILQ_REMOVE(&f->pending, b, entry);
		return b;
	}
	head = fetch_batch_new(f, most);
	memcpy(head->index, b->index, most * sizeof *b->index);
	b->n -= most;
	memmove(b->index, b->index + most, b->n * sizeof *b->index);
	return head;
}

/* Send a batch by this command. */
static void
send_as(struct fetch *f, struct fetch_batch *b, enum snmpio_command cmd)
{
	struct oid views[SNMPIO_MAX_VARBINDS];

	for (size_t i = 0; i < b->n; i++)
		views[i] = f->oids[b->index[i]];
	snmpio_send(f->peer, cmd, views, b->n, 1, fetch_replied, b);
}

/* By GET. */
static void
send_get(struct fetch *f, struct fetch_batch *b)
{
	send_as(f, b, SNMPIO_GET);
}

/* By GETNEXT. */
static void
send_next(struct fetch *f, struct fetch_batch *b)
{
	send_as(f, b, SNMPIO_GETNEXT);
}

/* Hand over the values. */
static void
take_get(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	for (size_t i = 0; i < b->n && i < r->n; i++) {
		f->result.answered++;
		f->got(f->arg, b->index[i], &r->v[i]);
	}
}

/* Keep what lies under its root. */
static void
take_next(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	for (size_t i = 0; i < b->n && i < r->n; i++) {
		f->result.answered++;
		if (r->v[i].type != VARBIND_END_OF_MIB &&
		    oid_is_under(r->v[i].oid, f->oids[b->index[i]]) && !walk_add(f->w, &r->v[i]))
			fetch_trouble(f, SNMPIO_TOO_BIG, "it has more than can be kept");
	}
}

/* Put part of a batch before all that waits. */
static void
requeue(struct fetch *f, const struct fetch_batch *b, size_t from, size_t to, size_t without)
{
	struct fetch_batch *part = fetch_batch_new(f, to - from);
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		if (i != without)
			part->index[n++] = b->index[i];
	part->n = n;
	if (n > 0)
		TAILQ_INSERT_HEAD(&f->pending, part, entry);
	else
		fetch_batch_free(part);
}

/* All of it again; next() cuts it. */
static void
again(struct fetch *f, struct fetch_batch *b)
{
	requeue(f, b, 0, b->n, b->n);
}

/* One object that is not there, or is at fault. */
static void
drop(struct fetch *f, size_t index, const struct snmpio_reply *r)
{
	const struct varbind none = { .oid = f->oids[index], .type = VARBIND_NO_INSTANCE };

	if (r->status != SNMPIO_NO_SUCH_NAME) {
		fetch_trouble(f, r->status, r->reason);
		return;
	}
	f->result.answered++;
	if (f->got != NULL)
		f->got(f->arg, index, &none);
}

/* A fault of one of the batch's objects: the agent says of which, or it is searched. */
static void
fault(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	size_t at = r->error_index >= 1 ? (size_t)r->error_index - 1 : b->n;

	if (b->n == 1)
		at = 0;
	if (at < b->n) {
		size_t index = b->index[at];
		requeue(f, b, 0, b->n, at);
		drop(f, index, r);
	} else {
		requeue(f, b, b->n / 2, b->n, b->n);
		requeue(f, b, 0, b->n / 2, b->n);
	}
}

static const struct fetch_kind kind_get = {
	.next = next, .send = send_get, .take = take_get, .fault = fault, .again = again
};

static const struct fetch_kind kind_first = {
	.next = next, .send = send_next, .take = take_next, .fault = fault, .again = again
};

/* Let all objects wait, as one batch. */
static void
enqueue(struct fetch *f)
{
	struct fetch_batch *b;

	if (f->n == 0)
		return;
	b = fetch_batch_new(f, f->n);
	for (size_t i = 0; i < f->n; i++)
		b->index[i] = i;
	TAILQ_INSERT_TAIL(&f->pending, b, entry);
}

struct fetch *
fetch_get(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *oids, size_t n, void (*got)(void *arg, size_t i, const struct varbind *v),
    void (*done)(void *arg, const struct fetch_result *r), void *arg)
{
	struct fetch *f = fetch_new(p, l, base, &kind_get, oids, n);

	f->got = got;
	f->done = done;
	f->arg = arg;
	enqueue(f);
	fetch_start(f);
	return f;
}

struct fetch *
fetch_first(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *roots, size_t n, struct walk *w,
    void (*done)(void *arg, const struct fetch_result *r), void *arg)
{
	struct fetch *f = fetch_new(p, l, base, &kind_first, roots, n);

	f->w = w;
	f->done = done;
	f->arg = arg;
	enqueue(f);
	fetch_start(f);
	return f;
}
