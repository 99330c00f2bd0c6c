/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake: the listener for agents. Strangers cost something before they are known, so handshakes
 * are limited, in all and by source; who comes when the limit is reached waits in a room of its
 * own, so that 38 agents that reconnect at once all get in. One timer looks after all deadlines
 * that are not a connection's own. */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "collector/conf.h"
#include "collector/enroll/enroll.h"
#include "collector/intake/session.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/handover.h"

#define INTAKE_TICK_MS 250
#define INTAKE_BACKLOG 512
#define INTAKE_HALF_OPEN 64
#define INTAKE_HALF_OPEN_SOURCE 8
#define INTAKE_WAITING 256
#define INTAKE_WAITING_SOURCE 128
#define INTAKE_WAITING_MS 10000
#define INTAKE_REST_MS 200 /* after a failure to accept */
#define INTAKE_LOG_MS 10000
#define INTAKE_TWINS_MS 600000

struct waiting {
	TAILQ_ENTRY(waiting) link;
	int fd;
	struct source source;
	int64_t since_ms;
};

/* Where an address counts. */
static struct source
source_of(const struct sockaddr *sa)
{
	struct source s = { .family = (uint8_t)sa->sa_family };
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in4, sa, sizeof in4);
		memcpy(s.addr, &in4.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof in6);
		memcpy(s.addr, &in6.sin6_addr, sizeof s.addr);
	}
	return s;
}

/* Whether two count as one. */
static bool
source_same(const struct source *a, const struct source *b)
{
	return a->family == b->family && memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

/* Whether the source may knock once more. */
static bool
intake_knock(struct intake *in, const struct source *source)
{
	uint8_t key[KNOCKS_BYTES] = { source->family };

	memcpy(key + 1, source->addr, sizeof source->addr);
	return knocks_take(&in->knocks, key, clock_mono_ms());
}

/* Somebody there connects all the time. */
void
intake_slow(struct intake *in, const struct source *source)
{
	uint8_t key[KNOCKS_BYTES] = { source->family };

	memcpy(key + 1, source->addr, sizeof source->addr);
	knocks_slow(&in->knocks, key, clock_mono_ms());
}

/* Whether one more handshake with this source may begin: then it does. */
static bool
may_shake_hands(struct intake *in, const struct source *source)
{
	const struct session *s;
	unsigned same = 0;

	if (in->half_open >= INTAKE_HALF_OPEN)
		return false;
	TAILQ_FOREACH (s, &in->sessions, link)
		if ((s->state == SESSION_HANDSHAKE || s->enrolling) &&
		    source_same(&s->source, source))
			same++;
	return same < INTAKE_HALF_OPEN_SOURCE && intake_knock(in, source);
}

/* Let go of one who waits. */
static int
waiting_remove(struct intake *in, struct waiting *w)
{
	int fd = w->fd;

	TAILQ_REMOVE(&in->waiting, w, link);
	in->nwaiting--;
	free(w);
	return fd;
}

/* Whether there is room to wait. */
static bool
may_wait(const struct intake *in, const struct source *source)
{
	const struct waiting *w;
	unsigned same = 0;

	TAILQ_FOREACH (w, &in->waiting, link)
		same += source_same(&w->source, source);
	return in->nwaiting < INTAKE_WAITING && same < INTAKE_WAITING_SOURCE;
}

/* Begin the handshakes for which there is room now. */
void
intake_admit_waiting(struct intake *in)
{
	struct waiting *w, *next;

	for (w = TAILQ_FIRST(&in->waiting); w != NULL && in->half_open < INTAKE_HALF_OPEN;
	     w = next) {
		next = TAILQ_NEXT(w, link);
		if (!may_shake_hands(in, &w->source))
			continue;
		struct source source = w->source;
		session_new(in, waiting_remove(in, w), &source);
	}
}

/* A connection: now, later or not at all. */
static void
intake_accepted(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	struct intake *in = arg;
	struct source source = source_of(sa);
	unsigned held;

	(void)l, (void)len;
	bool full = in->stats.connections + in->nwaiting >= in->conf->intake.max_connections;
	if (!full && may_shake_hands(in, &source)) {
		session_new(in, fd, &source);
		return;
	}
	if (!full && may_wait(in, &source)) {
		struct waiting *w = xcalloc(1, sizeof *w);
		*w = (struct waiting){ .fd = fd, .source = source, .since_ms = clock_mono_ms() };
		TAILQ_INSERT_TAIL(&in->waiting, w, link);
		in->nwaiting++;
		return;
	}
	in->stats.refused++;
	close(fd);
	if (log_throttle_pass(&in->refuse_throttle, clock_mono_ms(), &held))
		log_warnx("intake",
		    "too many connections (%u, %u of them waiting); one more is "
		    "closed (%u more before)",
		    in->stats.connections + in->nwaiting, in->nwaiting, held);
}

/* Out of descriptors, most likely: trying again at once would only spin. */
static void
intake_cannot_accept(struct evconnlistener *l, void *arg)
{
	struct intake *in = arg;
	int error = errno;
	unsigned held;

	evconnlistener_disable(l);
	in->listen_again_ms = clock_mono_ms() + INTAKE_REST_MS;
	if (log_throttle_pass(&in->refuse_throttle, clock_mono_ms(), &held))
		log_warnx("intake", "cannot accept a connection: %s", strerror(error));
}

/* Free the sessions that are over. */
static void
intake_bury(struct intake *in)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&in->over)) != NULL) {
		TAILQ_REMOVE(&in->over, s, link);
		session_free(s);
	}
}

/* All deadlines and buckets. */
static void
intake_tick(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;
	int64_t now = clock_mono_ms();
	struct waiting *w;
	struct session *s, *next;

	(void)fd, (void)what;
	if (in->listen_again_ms != 0 && now >= in->listen_again_ms) {
		in->listen_again_ms = 0;
		evconnlistener_enable(in->listener);
	}
	while ((w = TAILQ_FIRST(&in->waiting)) != NULL && now - w->since_ms > INTAKE_WAITING_MS) {
		in->stats.refused++;
		close(waiting_remove(in, w));
	}
	/* Refusing one closes no other, so the next stays where it is. */
	for (s = TAILQ_FIRST(&in->sessions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link);
		session_refill(s, now);
		if (s->state == SESSION_GREETING && now - s->since_ms > SESSION_HELLO_MS)
			session_refuse(s, WIRE_E_ORDER, "no hello");
		if (s->state == SESSION_ENROLLING && now - s->since_ms > SESSION_ENROLL_MS)
			session_refuse(s, WIRE_E_ENROLL, "enrolment took too long");
	}
	intake_bury(in);
	intake_admit_waiting(in);
}

/* A record is on disk. */
void
intake_durable(struct intake *in, const struct journal_record *rec)
{
	struct stream *stream = in != NULL ? streams_find(in->streams, rec->stream) : NULL;

	if (stream != NULL && stream->session != NULL)
		stream->session->ack_due = true;
}

/* There is room in the journal: first what is held, then reading. */
static void
intake_resume(struct intake *in)
{
	struct session *s, *next;

	TAILQ_FOREACH (s, &in->sessions, link)
		if (!session_retry(s))
			return;
	in->journal_full = false;
	for (s = TAILQ_FIRST(&in->sessions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link);
		session_pause(s, PAUSE_JOURNAL, false);
	}
}

/* How far a stream is on disk, for the sweep. */
static uint64_t
durable_of(void *arg, const uint8_t id[WIRE_STREAM_ID])
{
	return journal_durable_seq(arg, id);
}

/* All of a commit is on disk and told. */
void
intake_committed(struct intake *in)
{
	struct session *s, *next;

	if (in == NULL)
		return;
	for (s = TAILQ_FIRST(&in->sessions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link); /* an acknowledgement may close its own session */
		session_acknowledge(s);
	}
	if (in->journal_full)
		intake_resume(in);
	streams_sweep(in->streams, durable_of, in->journal);
}

/* Listen at the configured address. */
static int
intake_listen(struct intake *in, struct err *e)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	const char *listen = in->conf->intake.listen;
	struct addrinfo *ai = NULL;
	char host[256], port[8];

	if (conn_split_address(listen, host, port, e) == -1)
		return -1;
	int rc = getaddrinfo(host, port, &hints, &ai);
	if (rc != 0)
		return err_set(e, "intake.listen %s: %s", listen, gai_strerror(rc));
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	int fd = handover_take(ai->ai_addr);
	in->listener =
	    fd != -1 ? evconnlistener_new(in->base, intake_accepted, in, flags, INTAKE_BACKLOG, fd)
		     : evconnlistener_new_bind(in->base, intake_accepted, in, flags, INTAKE_BACKLOG,
			   ai->ai_addr, (int)ai->ai_addrlen);
	freeaddrinfo(ai);
	if (in->listener == NULL)
		return err_set(e, "cannot listen at %s: %s", listen, strerror(errno));
	evconnlistener_set_error_cb(in->listener, intake_cannot_accept);
	return 0;
}

/* Room for all nodes, with some to spare, for child devices come one by one. */
void
intake_reach(struct intake *in)
{
	size_t n = site_nnodes(in->site);

	if (n < in->nknown)
		return;
	n += n / 4 + 16;
	in->by_node = xreallocarray(in->by_node, n, sizeof *in->by_node);
	in->talk = xreallocarray(in->talk, n, sizeof *in->talk);
	in->twins = xreallocarray(in->twins, n, sizeof *in->twins);
	in->conducts = xreallocarray(in->conducts, n, sizeof *in->conducts);
	for (size_t i = in->nknown; i < n; i++) {
		in->by_node[i] = NULL;
		in->talk[i] = (struct log_throttle){ .every_ms = INTAKE_LOG_MS, .burst = 10 };
		in->twins[i] = (struct twin){ .throttle = { .every_ms = INTAKE_TWINS_MS } };
		in->conducts[i] = (struct conduct){ 0 };
	}
	in->nknown = n;
}

/* Ready for agents. */
int
intake_new(struct intake **out, struct event_base *base, const struct conf_collector *conf,
    struct tls *tls, struct site *site, struct journal *journal, const struct intake_ops *ops,
    void *arg, struct err *e)
{
	static const struct timeval every = { .tv_usec = INTAKE_TICK_MS * 1000 };
	struct intake *in = xcalloc(1, sizeof *in);

	in->base = base;
	in->conf = conf;
	in->tls = tls;
	in->site = site;
	in->journal = journal;
	in->ops = ops;
	in->arg = arg;
	TAILQ_INIT(&in->sessions);
	TAILQ_INIT(&in->over);
	TAILQ_INIT(&in->waiting);
	in->streams = streams_new();
	intake_reach(in);
	refusals_init(&in->refusals);
	in->refuse_throttle.every_ms = INTAKE_LOG_MS;
	in->reject_throttle.every_ms = INTAKE_LOG_MS;
	in->define_throttle.every_ms = INTAKE_LOG_MS;
	in->unknown_throttle.every_ms = INTAKE_LOG_MS;
	in->tick = event_new(base, -1, EV_PERSIST, intake_tick, in);
	if (in->tick == NULL || event_add(in->tick, &every) == -1) {
		err_set(e, "no timer for the intake");
		goto fail;
	}
	if (intake_listen(in, e) == -1)
		goto fail;
	*out = in;
	return 0;
fail:
	intake_free(in);
	return -1;
}

/* Who gives out certificates. */
void
intake_use_enroll(struct intake *in, struct enroll *enroll)
{
	in->enroll = enroll;
}

/* Judge everybody anew. */
void
intake_judge(struct intake *in)
{
	struct session *s, *next;
	struct err e;

	if (in == NULL || in->enroll == NULL)
		return;
	/* Refusing one closes no other, so the next stays where it is. */
	for (s = TAILQ_FIRST(&in->sessions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link);
		if ((s->state == SESSION_GREETING || s->state == SESSION_OPEN) &&
		    enroll_judge(in->enroll, &s->facts, &s->id, &e) == -1)
			session_refuse(s, WIRE_E_REVOKED, e.msg);
	}
}

/* Tell everybody, without the loop, which has ended. */
static void
intake_close_all(struct intake *in)
{
	struct wire_error m = { .code = WIRE_E_STOPPING, .text = "the collector is stopping" };
	struct buf b = { 0 };
	struct session *s;

	wire_error_encode(&b, &m);
	while (!TAILQ_EMPTY(&in->waiting))
		close(waiting_remove(in, TAILQ_FIRST(&in->waiting)));
	while ((s = TAILQ_FIRST(&in->sessions)) != NULL) {
		if (s->state == SESSION_OPEN)
			(void)conn_send(s->conn, WIRE_ERROR, 0, b.data, b.len);
		if (s->conn != NULL)
			conn_finish(s->conn, "the collector is stopping");
	}
	buf_free(&b);
}

/* The end. */
void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	if (in->listener != NULL)
		evconnlistener_free(in->listener);
	intake_close_all(in);
	intake_bury(in);
	if (in->tick != NULL)
		event_free(in->tick);
	streams_free(in->streams);
	free(in->by_node);
	free(in->talk);
	free(in->twins);
	free(in->conducts);
	free(in);
}

/* The counters. */
const struct intake_stats *
intake_stats(const struct intake *in)
{
	return &in->stats;
}

/* What is held against a node. */
struct intake_conduct
intake_conduct(const struct intake *in, const struct node *n)
{
	if (in == NULL || n->index >= in->nknown)
		return (struct intake_conduct){ 0 };
	const struct conduct *c = &in->conducts[n->index];
	return (struct intake_conduct){ .refused = c->refused, .limited_ms = c->limited_ms };
}

/* The socket that listens. */
int
intake_listener(const struct intake *in)
{
	return evconnlistener_get_fd(in->listener);
}

/* The port that is listened at. */
unsigned
intake_port(const struct intake *in)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;
	char port[8] = "0";
	uint64_t number = 0;

	if (getsockname(evconnlistener_get_fd(in->listener), (struct sockaddr *)&ss, &len) == 0)
		getnameinfo(
		    (struct sockaddr *)&ss, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
	str_to_u64(port, 0, 65535, &number);
	return (unsigned)number;
}
