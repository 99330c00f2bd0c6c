/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When all places are taken, the one that has been idle longest gives way, so that who opens many
 * connections and asks nothing keeps nobody out. The list is in the order in which they began to
 * wait.
 *
 * One timer looks at all connections four times a second, while there are any: it cuts those that
 * are late and drops those that evhttp has freed. A reference to the bufferevent keeps its
 * descriptor from being closed, and so reused, before this side has let go of it as well. */
#include "collector/web/conns.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/tls.h"

#define SWEEP_MS 250
#define MAX_UNREAD 65536
#define CROWDED_MS 20 /* likewise, while there are too many */
#define PAUSE_MS 100  /* without accepting, when the descriptors are out */

struct conns_one {
	TAILQ_ENTRY(conns_one) link;
	struct bufferevent *bev; /* a reference of ours */
	struct evbuffer_cb_entry *watch;
	int64_t deadline_ms; /* monotonic; INT64_MAX: none */
	bool waiting;	     /* for the first byte of a request */
	bool asked;	     /* a request is whole, and its answer not yet out */
	bool spare;
	int fd; /* its place in by_fd; -1: none yet */
};

struct conns {
	TAILQ_HEAD(, conns_one) all;
	struct event *sweep;
	const struct tls *tls;
	struct evconnlistener *listener;
	struct event *knock; /* somebody wants to be accepted */
	struct conns_one **by_fd;
	size_t nfds;
	unsigned n;
	unsigned max;
	bool crowded;	   /* all places are taken: looked at more often */
	int64_t resume_ms; /* monotonic: accept again from then on; 0: accepting */
	struct log_throttle complaint;
};

/* Waits for the next request. */
static void
await(struct conns *cs, struct conns_one *c, int64_t ms)
{
	TAILQ_REMOVE(&cs->all, c, link);
	TAILQ_INSERT_TAIL(&cs->all, c, link);
	c->waiting = true;
	c->asked = false;
	c->deadline_ms = clock_mono_ms() + ms;
}

/* The first bytes of a request set its deadline; a method that begins with P has a body. */
static void
bytes_came(struct evbuffer *b, const struct evbuffer_cb_info *info, void *arg)
{
	struct conns_one *c = arg;
	if (!c->waiting || info->n_added == 0)
		return;
	char first = '\0';
	if (evbuffer_copyout(b, &first, 1) != 1)
		return;
	c->waiting = false;
	c->deadline_ms = clock_mono_ms() + (first == 'P' ? CONNS_REQUEST_MS : CONNS_HEADER_MS);
}

/* Lets go of a connection; evhttp has, or will never know of it. */
static void
drop(struct conns *cs, struct conns_one *c)
{
	TAILQ_REMOVE(&cs->all, c, link);
	cs->n--;
	if (c->fd >= 0 && cs->by_fd[c->fd] == c)
		cs->by_fd[c->fd] = NULL;
	evbuffer_remove_cb_entry(bufferevent_get_input(c->bev), c->watch);
	bufferevent_decref(c->bev);
	free(c);
}

/* evhttp always has an event callback set, and bufferevent_free() takes it away. */
static bool
is_freed(const struct conns_one *c)
{
	bufferevent_event_cb event_cb;
	bufferevent_getcb(c->bev, NULL, NULL, &event_cb, NULL);
	return event_cb == NULL;
}

/* Whether another connection may be accepted now; the listener is told. */
static void
set_accepting(struct conns *cs, int64_t now)
{
	if (cs->listener == NULL)
		return;
	if (cs->n >= cs->max + CONNS_SPARE || now < cs->resume_ms) {
		evconnlistener_disable(cs->listener);
		event_del(cs->knock);
	} else {
		cs->resume_ms = 0;
		evconnlistener_enable(cs->listener);
		event_add(cs->knock, NULL); /* the event that was added last is told first */
	}
}

/* Shuts a connection down; evhttp then finds it ended and frees it. */
static void
cut(struct conns_one *c)
{
	c->deadline_ms = INT64_MAX;
	int fd = bufferevent_getfd(c->bev);
	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

/* Makes a place: of those without a request the one that waits longest, else one that takes its
 * answer slowly. false: all are at work. */
static bool
make_place(struct conns *cs)
{
	int64_t now = clock_mono_ms();
	struct conns_one *c, *slow = NULL;
	TAILQ_FOREACH (c, &cs->all, link) {
		if (c->deadline_ms == INT64_MAX)
			continue;
		if (!c->asked)
			break;
		if (slow == NULL && c->deadline_ms - now < CONNS_REPLY_MS - CONNS_HEADER_MS)
			slow = c;
	}
	c = c != NULL ? c : slow;
	if (c != NULL)
		cut(c);
	return c != NULL;
}

/* Cuts what is late, drops what is gone. */
static void
sweep(struct conns *cs)
{
	int64_t now = clock_mono_ms();
	struct conns_one *next;
	for (struct conns_one *c = TAILQ_FIRST(&cs->all); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (is_freed(c)) {
			drop(cs, c);
			continue;
		}
		if (now >= c->deadline_ms)
			cut(c);
	}
	set_accepting(cs, now);
}

/* Has the timer run. */
static void
start_sweeping(struct conns *cs)
{
	static const struct timeval every = { 0, SWEEP_MS * 1000L };
	static const struct timeval often = { 0, CROWDED_MS * 1000L };
	bool crowded = cs->n >= cs->max || cs->resume_ms != 0;
	if (!event_pending(cs->sweep, EV_TIMEOUT, NULL) || crowded != cs->crowded)
		event_add(cs->sweep, crowded ? &often : &every);
	cs->crowded = crowded;
}

/* The timer. */
static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct conns *cs = arg;
	(void)fd;
	(void)what;
	sweep(cs);
	if (cs->n == 0 && cs->resume_ms == 0)
		event_del(cs->sweep);
	else
		start_sweeping(cs);
}

/* A descriptor that could be had now, or -1. */
static int
spare_fd(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* Somebody wants to be accepted, and the listener is told next. Are the descriptors out, even after
 * those of connections that are over were given back, it must not try: it would spin. */
static void
on_knock(evutil_socket_t fd, short what, void *arg)
{
	struct conns *cs = arg;
	unsigned held;
	int spare = spare_fd(fd);

	(void)what;
	if (spare == -1) {
		sweep(cs);
		spare = spare_fd(fd);
	}
	if (spare != -1) {
		close(spare);
		return;
	}
	if (log_throttle_pass(&cs->complaint, clock_steady_ms(), &held))
		log_warn("web", "cannot accept a connection");
	cs->resume_ms = clock_mono_ms() + PAUSE_MS;
	set_accepting(cs, clock_mono_ms());
	start_sweeping(cs);
}

/* accept(2) failed after all: on_knock() sees to it. The argument is evhttp, which has taken the
 * listener over. */
static void
on_accept_error(struct evconnlistener *l, void *evhttp)
{
	(void)l;
	(void)evhttp;
}

struct conns *
conns_new(struct event_base *base, unsigned max, const struct tls *tls)
{
	struct conns *cs = xcalloc(1, sizeof *cs);
	TAILQ_INIT(&cs->all);
	cs->max = max;
	cs->tls = tls;
	cs->complaint.every_ms = 60000;
	cs->sweep = event_new(base, -1, EV_PERSIST, on_sweep, cs);
	if (cs->sweep == NULL)
		fatalx("web", "cannot make a timer");
	return cs;
}

void
conns_free(struct conns *cs)
{
	if (cs == NULL)
		return;
	while (!TAILQ_EMPTY(&cs->all))
		drop(cs, TAILQ_FIRST(&cs->all));
	event_free(cs->sweep);
	conns_listen(cs, NULL);
	free(cs->by_fd);
	free(cs);
}

void
conns_listen(struct conns *cs, struct evconnlistener *l)
{
	if (cs->knock != NULL)
		event_free(cs->knock);
	cs->knock = NULL;
	cs->listener = l;
	if (l == NULL)
		return;
	evconnlistener_set_error_cb(l, on_accept_error);
	cs->knock = event_new(event_get_base(cs->sweep), evconnlistener_get_fd(l),
	    EV_READ | EV_PERSIST, on_knock, cs);
	if (cs->knock == NULL || event_add(cs->knock, NULL) == -1)
		fatalx("web", "cannot watch the listening socket");
}

struct bufferevent *
conns_bufferevent(struct conns *cs)
{
	if (cs->n >= cs->max)
		sweep(cs);
	struct event_base *base = event_get_base(cs->sweep);
	struct bufferevent *bev = cs->tls != NULL
				      ? tls_page_accept(cs->tls, base)
				      : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		return NULL;
	struct conns_one *c = xcalloc(1, sizeof *c);
	bufferevent_incref(bev);
	c->bev = bev;
	c->fd = -1;
	c->spare = cs->n >= cs->max && !make_place(cs);
	c->watch = evbuffer_add_cb(bufferevent_get_input(bev), bytes_came, c);
	if (c->watch == NULL)
		fatalx("web", "out of memory");
	/* What comes while an answer is made or streams waits in the kernel. */
	bufferevent_setwatermark(bev, EV_READ, 0, MAX_UNREAD);
	TAILQ_INSERT_TAIL(&cs->all, c, link);
	cs->n++;
	await(cs, c, CONNS_HEADER_MS);
	start_sweeping(cs);
	set_accepting(cs, clock_mono_ms());
	return bev;
}

/* It has its descriptor, which it did not have when it was made: it is found by it at once. */
static void
note_fd(struct conns *cs, struct conns_one *c, int fd)
{
	if ((size_t)fd >= cs->nfds) {
		size_t n = (size_t)fd + 64;
		cs->by_fd = xreallocarray(cs->by_fd, n, sizeof(struct conns_one *));
		memset(cs->by_fd + cs->nfds, 0, (n - cs->nfds) * sizeof(struct conns_one *));
		cs->nfds = n;
	}
	cs->by_fd[fd] = c;
	c->fd = fd;
	/* An answer of more than one write must not wait for the client's acknowledgement. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

struct conns_one *
conns_find(struct conns *cs, struct bufferevent *bev)
{
	int fd = bufferevent_getfd(bev);
	if (fd >= 0 && (size_t)fd < cs->nfds && cs->by_fd[fd] != NULL && cs->by_fd[fd]->bev == bev)
		return cs->by_fd[fd];
	struct conns_one *c;
	TAILQ_FOREACH (c, &cs->all, link)
		if (c->bev == bev)
			break;
	if (c != NULL && fd >= 0)
		note_fd(cs, c, fd);
	return c;
}

bool
conns_is_spare(const struct conns_one *c)
{
	return c->spare;
}

void
conns_asked(struct conns_one *c)
{
	c->waiting = false;
	c->asked = true;
	c->deadline_ms = INT64_MAX;
}

void
conns_answering(struct conns_one *c)
{
	c->deadline_ms = clock_mono_ms() + CONNS_REPLY_MS;
}

void
conns_answered(struct conns *cs, struct conns_one *c)
{
	await(cs, c, CONNS_KEEP_MS);
	/* A further request that came with the last is being read already. */
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		c->deadline_ms = clock_mono_ms() + CONNS_HEADER_MS;
}
