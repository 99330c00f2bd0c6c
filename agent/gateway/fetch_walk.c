/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch_walk: whole subtrees, by GETBULK over several of them at once. Each root is a column that
 * goes forwards by itself; one whose answers are bad is asked for alone, then object by object, so
 * that what is good of it is got and the others are not held up. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/fetch_int.h"
#include "zw/alloc.h"

#define MAX_CAREFUL 1000 /* objects of a column that are asked for one by one */

/* How many columns still go on and are not asked for now. */
static size_t
idle(const struct fetch *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += !f->columns[i].over && !f->columns[i].busy;
	return n;
}

/* A request for as many columns as the requests at once and the size allow. */
static struct fetch_batch *
next(struct fetch *f, size_t most)
{
	size_t left = idle(f), free_slots = f->l->outstanding - f->nrunning;
	size_t want = free_slots > 0 ? (left + free_slots - 1) / free_slots : left;
	struct fetch_batch *b;

	if (left == 0)
		return NULL;
	if (want > most)
		want = most;
	b = fetch_batch_new(f, want);
	b->n = 0;
	for (size_t i = 0; i < f->n && b->n < want; i++) {
		struct fetch_column *c = &f->columns[i];
		if (c->over || c->busy || (c->alone && b->n > 0))
			continue;
		c->busy = true;
		b->index[b->n++] = i;
		if (c->alone)
			break;
	}
	b->repetitions = (unsigned)(most / b->n);
	if (f->columns[b->index[0]].careful || b->repetitions < 1)
		b->repetitions = 1;
	return b;
}

/* Send it; a plain GETNEXT when one row is asked for, which any agent knows. */
static void
send(struct fetch *f, struct fetch_batch *b)
{
	struct oid views[SNMPIO_MAX_VARBINDS];

	for (size_t i = 0; i < b->n; i++)
		views[i] = oid_of(&f->columns[b->index[i]].at);
	snmpio_send(f->peer, b->repetitions > 1 ? SNMPIO_GETBULK : SNMPIO_GETNEXT, views, b->n,
	    b->repetitions, fetch_replied, b);
}

/* The batch's columns may be asked for again. */
static void
release(struct fetch *f, const struct fetch_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		f->columns[b->index[i]].busy = false;
}

/* One object of a column. */
static void
step(struct fetch *f, size_t index, const struct varbind *v)
{
	struct fetch_column *c = &f->columns[index];

	if (c->over)
		return;
	if (v->type == VARBIND_END_OF_MIB || !oid_is_under(v->oid, f->oids[index])) {
		c->over = true;
		return;
	}
	if (!walk_add(f->w, v)) {
		fetch_trouble(f, SNMPIO_TOO_BIG, "it has more than can be kept");
		f->over = true;
		return;
	}
	f->result.answered++;
	if (c->careful && ++c->steps >= MAX_CAREFUL) {
		c->over = true;
		fetch_trouble(f, SNMPIO_BAD_REPLY, "its answers to GETBULK are bad");
	}
	c->at.n = 0;
	if (oid_append(&c->at, v->oid) == -1)
		c->over = true;
}

/* Take the rows. */
static void
take(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	release(f, b);
	for (size_t i = 0; i < r->n && !f->over; i++)
		step(f, b->index[i % b->n], &r->v[i]);
}

/* For less: the limits say it to next(). */
static void
again(struct fetch *f, struct fetch_batch *b)
{
	release(f, b);
}

/* Ask more carefully; when that was done, the column ends here. v1 says so that it is at its end.
 */
static void
fault(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	size_t at = r->error_index >= 1 ? (size_t)r->error_index - 1 : b->n;
	bool end = r->status == SNMPIO_NO_SUCH_NAME;

	release(f, b);
	if (end && at < b->n) {
		f->columns[b->index[at]].over = true;
		return;
	}
	for (size_t i = 0; i < b->n; i++) {
		struct fetch_column *c = &f->columns[b->index[i]];
		if (b->n > 1)
			c->alone = true;
		else if (b->repetitions > 1)
			c->alone = c->careful = true;
		else {
			c->over = true;
			if (!end)
				fetch_trouble(f, r->status, r->reason);
		}
	}
}

static const struct fetch_kind kind = {
	.next = next, .send = send, .take = take, .fault = fault, .again = again, .bulk = true
};

struct fetch *
fetch_walk(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *roots, size_t n, struct walk *w,
    void (*done)(void *arg, const struct fetch_result *r), void *arg)
{
	struct fetch *f = fetch_new(p, l, base, &kind, roots, n);

	f->w = w;
	f->done = done;
	f->arg = arg;
	f->columns = xcalloc(n + 1, sizeof *f->columns);
	for (size_t i = 0; i < n; i++) {
		struct oid start = roots[i];
		/* A root that is an instance itself: what comes after its object. */
		if (start.n > 2 && start.id[start.n - 1] == 0)
			start.n--;
		if (start.n < 2 || oid_append(&f->columns[i].at, start) == -1)
			f->columns[i].over = true;
	}
	fetch_start(f);
	return f;
}
