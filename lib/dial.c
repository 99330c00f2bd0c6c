/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dial: which address to connect to next. An address as text is taken at once; a name goes to a
 * thread, which is only made for the first one. Addresses are always given from the timer, so that
 * a user whose connect fails at once may ask for the next without recursion. */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conn.h"
#include "zw/dial.h"
#include "zw/worker.h"

#define DIAL_WAIT_MIN_MS 500
/* With it 500 agents are back within 10 s of a collector's return, long before a rule "no-data"
 * speaks (24 s). */
#define DIAL_WAIT_MAX_MS 8000
#define DIAL_WAIT_FLOOR_MS 50
#define DIAL_USEFUL_ROUND 2
#define DIAL_REST_MIN_MS 60000
#define DIAL_REST_MAX_MS 300000

/* A name on its way through the resolver. */
struct lookup {
	struct dial *dial; /* the loop's only */
	char host[256];
	char port[8];
	struct addrinfo *list;
	int rc;
};

struct dial {
	struct event_base *base;
	const struct conf_texts *targets;
	const struct dial_ops *ops;
	void *arg;
	struct event *timer;
	struct worker *worker;
	struct lookup *lookup; /* the one under way */
	size_t target;	       /* the next to resolve */
	struct addrinfo *list; /* of the target before it */
	struct addrinfo *at;   /* the next to give */
	unsigned round;
	char host[256];
};

/* Full jitter spreads those that lost the same collector. */
int64_t
dial_wait_ms(unsigned round, uint32_t random)
{
	int64_t cap = DIAL_WAIT_MIN_MS;

	while (round-- > 0 && cap < DIAL_WAIT_MAX_MS)
		cap *= 2;
	if (cap > DIAL_WAIT_MAX_MS)
		cap = DIAL_WAIT_MAX_MS;
	return DIAL_WAIT_FLOOR_MS + ((cap - DIAL_WAIT_FLOOR_MS) * (int64_t)random >> 32);
}

/* Twins with one certificate must not come back at the same time either. */
int64_t
dial_rest_ms(uint32_t random)
{
	return DIAL_REST_MIN_MS + ((DIAL_REST_MAX_MS - DIAL_REST_MIN_MS) * (int64_t)random >> 32);
}

/* Look at the list again in ms. */
static void
dial_in(struct dial *d, int64_t ms)
{
	struct timeval tv = clock_timeval(ms);

	evtimer_add(d->timer, &tv);
}

/* What spreads the waits. */
static uint32_t
dial_random(void)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = UINT32_MAX / 2;
	return random;
}

/* The list is through, or to be begun anew: wait, longer each time. */
static void
dial_wait(struct dial *d)
{
	d->target = 0;
	dial_in(d, dial_wait_ms(d->round, dial_random()));
	if (d->round < 16)
		d->round++;
}

/* What both look-ups ask for. */
static int
resolve(const char *host, const char *port, int flags, struct addrinfo **list)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };

	*list = NULL;
	return getaddrinfo(host, port, &hints, list);
}

/* In the thread. */
static void
lookup_run(void *arg)
{
	struct lookup *l = arg;

	l->rc = resolve(l->host, l->port, AI_ADDRCONFIG, &l->list);
}

/* Nobody waits for it any more; from the thread. */
static void
lookup_drop(void *arg)
{
	struct lookup *l = arg;

	if (l->list != NULL)
		freeaddrinfo(l->list);
	free(l);
}

/* In the loop again: the addresses are there, or the reason why not. */
static void
lookup_done(void *arg)
{
	struct lookup *l = arg;
	struct dial *d = l->dial;

	d->lookup = NULL;
	d->list = d->at = l->list;
	if (d->list == NULL)
		d->ops->failed(d->arg, l->host, gai_strerror(l->rc));
	dial_in(d, 0);
	free(l);
}

/* Hand a name to the thread. */
static int
lookup_start(struct dial *d, const char *host, const char *port, struct err *e)
{
	if (d->worker == NULL && worker_new(&d->worker, d->base, "resolver", e) == -1)
		return -1;
	d->lookup = xcalloc(1, sizeof *d->lookup);
	d->lookup->dial = d;
	str_copy(d->lookup->host, sizeof d->lookup->host, host);
	str_copy(d->lookup->port, sizeof d->lookup->port, port);
	worker_submit(d->worker, lookup_run, lookup_done, d->lookup);
	return 0;
}

/* Resolve the next target, at once or in the thread. */
static void
dial_resolve(struct dial *d)
{
	const char *target = d->targets->v[d->target++];
	char port[8];
	struct err e;

	if (d->list != NULL)
		freeaddrinfo(d->list);
	d->list = d->at = NULL;
	if (conn_split_address(target, d->host, port, &e) == -1) {
		d->ops->failed(d->arg, target, e.msg);
	} else if (resolve(d->host, port, AI_NUMERICHOST, &d->list) == 0) {
		d->at = d->list;
	} else if (lookup_start(d, d->host, port, &e) == -1) {
		d->ops->failed(d->arg, target, e.msg);
	} else {
		return;
	}
	dial_in(d, 0);
}

/* The timer: give an address if there is one, else get some, else wait. */
static void
dial_tick(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd, (void)what;
	if (d->at != NULL) {
		struct addrinfo *ai = d->at;
		d->at = ai->ai_next;
		d->ops->address(d->arg, ai->ai_addr, ai->ai_addrlen, d->host);
	} else if (d->target < d->targets->n) {
		dial_resolve(d);
	} else {
		dial_wait(d);
	}
}

/* Asleep until it is asked for an address. */
struct dial *
dial_new(struct event_base *base, const struct conf_texts *targets, const struct dial_ops *ops,
    void *arg)
{
	struct dial *d = xcalloc(1, sizeof *d);

	d->base = base;
	d->targets = targets;
	d->ops = ops;
	d->arg = arg;
	d->timer = evtimer_new(base, dial_tick, d);
	if (d->timer == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

/* A name under way is left to its thread, which may need half a minute for it. */
void
dial_free(struct dial *d)
{
	if (d == NULL)
		return;
	worker_abandon(d->worker, lookup_drop);
	if (d->list != NULL)
		freeaddrinfo(d->list);
	event_free(d->timer);
	free(d);
}

/* The next address, from the timer. */
void
dial_next(struct dial *d)
{
	if (d->lookup == NULL)
		dial_in(d, 0);
}

/* From the first target, after a wait. */
void
dial_again(struct dial *d)
{
	d->at = NULL;
	if (d->lookup == NULL)
		dial_wait(d);
}

/* From the first target, after a long wait. */
int64_t
dial_rest(struct dial *d)
{
	int64_t ms = dial_rest_ms(dial_random());

	d->at = NULL;
	d->target = 0;
	/* A look-up under way would end the wait; there is none while a session lasts. */
	dial_in(d, ms);
	return ms;
}

/* The next wait is a short one. */
void
dial_settled(struct dial *d)
{
	d->round = 0;
}

/* The next waits are short ones: a network that breaks each session after some seconds must not
 * keep an agent silent for longer than the session lasted. */
void
dial_useful(struct dial *d)
{
	if (d->round > DIAL_USEFUL_ROUND)
		d->round = DIAL_USEFUL_ROUND;
}
