/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch: what all kinds of a fetch have in common: so many requests at once, a pause between them,
 * and sizes that follow what the agent stands. An agent that is silent may be dead, or may drop
 * what is too big for it: it is believed to choke only if it answered meanwhile, or never stood
 * such a size; else the fetch ends, so that a dead device costs one series of tries and no more. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/fetch_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define GROW_AFTER 1000 /* good answers */

struct fetch_limits
fetch_limits(unsigned varbinds, unsigned outstanding, int64_t pause_ms)
{
	unsigned most = varbinds < 1 ? 1 : varbinds;

	if (most > SNMPIO_MAX_VARBINDS)
		most = SNMPIO_MAX_VARBINDS;
	return (struct fetch_limits){ .varbinds = most,
		.repetitions = most,
		.most_varbinds = most,
		.outstanding = outstanding < 1 ? 1 : outstanding,
		.pause_ms = pause_ms };
}

/* The limit that holds for this fetch. */
static unsigned *
limit_of(const struct fetch *f)
{
	return f->kind->bulk ? &f->l->repetitions : &f->l->varbinds;
}

/* The size that the agent stood. */
static unsigned *
proven_of(const struct fetch *f)
{
	return f->kind->bulk ? &f->l->proven_bulk : &f->l->proven;
}

/* How many bindings a batch asks for. */
static unsigned
size_of(const struct fetch_batch *b)
{
	return (unsigned)b->n * b->repetitions;
}

struct fetch_batch *
fetch_batch_new(struct fetch *f, size_t n)
{
	struct fetch_batch *b = xcalloc(1, sizeof *b);

	b->f = f;
	b->n = n;
	b->repetitions = 1;
	b->index = xcalloc(n + 1, sizeof *b->index);
	return b;
}

void
fetch_batch_free(struct fetch_batch *b)
{
	free(b->index);
	free(b);
}

void
fetch_trouble(struct fetch *f, enum snmpio_status s, const char *reason)
{
	if (f->result.status != SNMPIO_OK)
		return;
	f->result.status = s;
	str_copy(f->reason, sizeof f->reason, reason);
}

/* Free it all; requests under way are forgotten. */
static void
destroy(struct fetch *f)
{
	struct fetch_batch *b;

	while ((b = TAILQ_FIRST(&f->running)) != NULL) {
		TAILQ_REMOVE(&f->running, b, entry);
		snmpio_cancel(f->peer, b);
		fetch_batch_free(b);
	}
	while ((b = TAILQ_FIRST(&f->pending)) != NULL) {
		TAILQ_REMOVE(&f->pending, b, entry);
		fetch_batch_free(b);
	}
	event_free(f->turn);
	free(f->columns);
	free(f);
}

/* Call done() for the last time. */
static void
finish(struct fetch *f)
{
	char reason[sizeof f->reason];
	struct fetch_result r = f->result;
	void (*done)(void *, const struct fetch_result *) = f->done;
	void *arg = f->arg;

	str_copy(reason, sizeof reason, f->reason);
	r.reason = reason;
	destroy(f);
	done(arg, &r);
}

/* Send what the limits allow. */
static void
launch(struct fetch *f)
{
	bool careful = f->l->suspect && f->answers == 0;
	unsigned most = careful ? 1 : f->l->outstanding;

	while (!f->over && f->nrunning < most) {
		struct fetch_batch *b = f->kind->next(f, careful ? 1 : *limit_of(f));
		if (b == NULL)
			break;
		TAILQ_INSERT_TAIL(&f->running, b, entry);
		f->nrunning++;
		f->kind->send(f, b);
	}
}

/* Send, or end when there is nothing left. The fetch may be gone after it. */
static void
pump(struct fetch *f)
{
	launch(f);
	if (f->over || f->nrunning == 0)
		finish(f);
}

/* The pause is over. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pump(arg);
}

struct fetch *
fetch_new(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct fetch_kind *kind, const struct oid *oids, size_t n)
{
	struct fetch *f = xcalloc(1, sizeof *f);

	f->peer = p;
	f->l = l;
	f->kind = kind;
	f->oids = oids;
	f->n = n;
	f->result.asked = n;
	f->was_suspect = l->suspect;
	TAILQ_INIT(&f->pending);
	TAILQ_INIT(&f->running);
	f->turn = evtimer_new(base, on_turn, f);
	if (f->turn == NULL)
		fatalx("fetch", "out of memory");
	return f;
}

void
fetch_start(struct fetch *f)
{
	launch(f);
	if (f->nrunning == 0)
		event_active(f->turn, EV_TIMEOUT, 0);
}

/* The agent answered: what it stands may be more than what we knew. */
static void
note_good(struct fetch *f, const struct fetch_batch *b)
{
	unsigned *limit = limit_of(f), *proven = proven_of(f);

	f->answers++;
	f->faults = f->silences = 0;
	f->l->suspect = false;
	if (size_of(b) > *proven)
		*proven = size_of(b);
	if (++f->l->good < GROW_AFTER || *limit >= f->l->most_varbinds)
		return;
	f->l->good = 0;
	*limit += *limit / 4 + 1;
	if (*limit > f->l->most_varbinds)
		*limit = f->l->most_varbinds;
}

/* Ask for less from now on. */
static void
shrink(struct fetch *f, const struct fetch_batch *b)
{
	unsigned *limit = limit_of(f), *proven = proven_of(f);
	unsigned size = size_of(b), half = size > 1 ? size / 2 : 1;

	if (*proven < size && half < *proven)
		half = *proven;
	if (*limit > half)
		*limit = half;
	if (*proven > half)
		*proven = half;
	f->l->good = 0;
}

/* Nobody is there, or it does not speak to us: nothing else will be answered either. */
static void
give_up(struct fetch *f, const struct snmpio_reply *r)
{
	f->result.status = SNMPIO_OK; /* this counts more than the trouble of an object before */
	fetch_trouble(f, r->status, r->reason);
	f->result.given_up = true;
	f->over = true;
}

/* No answer: whether it chokes on the size, and is not dead. In a walk each answer is of another
 * length; of a GET what was answered before will be again. */
static bool
chokes(const struct fetch *f, const struct fetch_batch *b)
{
	unsigned proven = *proven_of(f);

	if (size_of(b) == 1)
		return false;
	return (f->answers > 0 && (f->kind->bulk || f->was_suspect)) ||
	       (proven > 0 && size_of(b) > proven);
}

/* No answer to any try. An agent that answers else may be silent about one object. */
static void
silent(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	if (chokes(f, b)) {
		shrink(f, b);
		f->kind->again(f, b);
	} else if (size_of(b) == 1 && f->answers > 0 && f->silences++ == 0) {
		f->kind->fault(f, b, r);
	} else {
		f->l->suspect = true;
		give_up(f, r);
	}
}

/* Go on, at once or after the pause. */
static void
proceed(struct fetch *f)
{
	struct timeval tv = clock_timeval(f->l->pause_ms);

	if (f->l->pause_ms > 0 && !f->over)
		evtimer_add(f->turn, &tv);
	else
		pump(f);
}

/* What to do about an answer that is none. */
static void
judge(struct fetch *f, struct fetch_batch *b, const struct snmpio_reply *r)
{
	switch (r->status) {
	case SNMPIO_OK:
		note_good(f, b);
		f->kind->take(f, b, r);
		return;
	case SNMPIO_TIMEOUT:
		silent(f, b, r);
		return;
	case SNMPIO_TOO_BIG:
		f->answers++;
		if (size_of(b) > 1) {
			shrink(f, b);
			f->kind->again(f, b);
			return;
		}
		f->kind->fault(f, b, r);
		return;
	case SNMPIO_NO_SUCH_NAME:
	case SNMPIO_GEN_ERR:
	case SNMPIO_NO_ACCESS:
	case SNMPIO_BAD_REPLY:
		f->answers++;
		f->l->suspect = false;
		if (r->status != SNMPIO_NO_SUCH_NAME && ++f->faults >= FETCH_MAX_FAULTS)
			give_up(f, r);
		else
			f->kind->fault(f, b, r);
		return;
	default:
		give_up(f, r);
	}
}

void
fetch_replied(void *arg, const struct snmpio_reply *r)
{
	struct fetch_batch *b = arg;
	struct fetch *f = b->f;

	TAILQ_REMOVE(&f->running, b, entry);
	f->nrunning--;
	judge(f, b, r);
	fetch_batch_free(b);
	proceed(f);
}

void
fetch_cancel(struct fetch *f)
{
	if (f != NULL)
		destroy(f);
}
