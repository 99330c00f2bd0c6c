/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_tcp: a connection, and what a server says first, if that is expected. The addresses of a
 * name are tried one after the other while there is time. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/gateway/probe_env.h"
#include "agent/gateway/probe_name.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/conn.h"

#define TCP_MAX_EXPECT 256

struct tcp_conf {
	char *address;
	char *expect;
};

static const struct conf_key tcp_keys[] = {
	{ .name = "address",
	    .type = CONF_text,
	    .offset = offsetof(struct tcp_conf, address),
	    .flags = CONF_REQUIRED | CONF_ADDRESS,
	    .unit = "host:port",
	    .help = "Where to connect to. [addr]:port for IPv6." },
	{ .name = "expect",
	    .type = CONF_text,
	    .offset = offsetof(struct tcp_conf, expect),
	    .unit = "text",
	    .help = "What the server must begin to speak with, as \"220 \" or \"SSH-2.0-\"; "
		    "default: it need not say anything." },
};

static const struct conf_table tcp_table = {
	.name = "tcp",
	.size = sizeof(struct tcp_conf),
	.keys = tcp_keys,
	.nkeys = sizeof tcp_keys / sizeof tcp_keys[0],
};

enum {
	TCP_UP,
	TCP_TIME,
	TCP_FIELDS
};

static const struct field_row tcp_fields[TCP_FIELDS] = {
	[TCP_UP] = { "up", FIELD_STATE, "1", NAN, NAN, "Connection" },
	[TCP_TIME] = { "time", FIELD_GAUGE, "s", 0, NAN,
	    "Until the connection stood and what is expected was said" },
};

struct tcp {
	const struct tcp_conf *conf;
	struct event_base *base;
	struct probe_name *name;
	struct event *end;
	struct event *io;
	int fd;
	probe_done done; /* NULL: it does not ask */
	void *arg;
	int64_t began_us;
	size_t next; /* address to try */
	bool trying; /* the addresses are known */
	bool stands;
	char got[TCP_MAX_EXPECT];
	size_t ngot;
	char why[128]; /* the last address that failed */
};

/* The words that are expected must fit, and be some. */
static void
tcp_check(const void *conf, const void *probe, struct conf_errors *ce)
{
	const struct tcp_conf *c = conf;

	(void)probe;
	if (c->expect != NULL && (c->expect[0] == '\0' || strlen(c->expect) > TCP_MAX_EXPECT))
		conf_complain(ce, c, "expect", "must be 1 to %d bytes long", TCP_MAX_EXPECT);
}

/* Drops the connection. */
static void
tcp_hang_up(struct tcp *s)
{
	if (s->io != NULL)
		event_free(s->io);
	s->io = NULL;
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	s->stands = false;
	s->ngot = 0;
}

/* Ends the asking; why is NULL if all is well. */
static void
tcp_finish(struct tcp *s, const char *why)
{
	struct probe_result r;
	probe_done done = s->done;

	probe_result_clear(&r, TCP_FIELDS);
	r.values[TCP_UP] = why == NULL;
	if (why == NULL)
		r.values[TCP_TIME] = (double)(clock_mono_us() - s->began_us) / 1e6;
	else
		probe_say(&r, "%s: %s", s->conf->address, why);
	evtimer_del(s->end);
	tcp_hang_up(s);
	s->done = NULL;
	done(s->arg, &r);
}

/* The time is over; or everything failed. */
static void
tcp_end(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *s = arg;
	const char *why = "does not answer";

	(void)fd, (void)what;
	if (s->stands)
		why = "takes the connection, but does not say what is expected";
	else if (s->why[0] != '\0')
		why = s->why;
	else if (!s->trying)
		why = "the name is not resolved in time";
	tcp_finish(s, why);
}

static void tcp_try(struct tcp *s);

/* Waits for the next thing on the connection. */
static int
tcp_watch(struct tcp *s, short what, event_callback_fn cb)
{
	if (s->io != NULL)
		event_free(s->io);
	s->io = event_new(s->base, s->fd, what, cb, s);
	return s->io != NULL && event_add(s->io, NULL) == 0 ? 0 : -1;
}

/* This address is no good: the next. */
static void
tcp_failed(struct tcp *s, const char *why)
{
	(void)str_copy(s->why, sizeof s->why, why);
	tcp_hang_up(s);
	tcp_try(s);
}

/* The server speaks: compare as far as it has got. */
static void
tcp_readable(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *s = arg;
	size_t want = strlen(s->conf->expect);
	ssize_t n = recv(fd, s->got + s->ngot, want - s->ngot, 0);

	(void)what;
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		tcp_failed(s, strerror(errno));
		return;
	}
	s->ngot += n > 0 ? (size_t)n : 0;
	if (n == 0)
		tcp_finish(s, "closes the connection without what is expected");
	else if (memcmp(s->got, s->conf->expect, s->ngot) != 0)
		tcp_finish(s, "says something else than is expected");
	else if (s->ngot == want)
		tcp_finish(s, NULL);
	else
		event_add(s->io, NULL);
}

/* The connection stands, or failed. */
static void
tcp_connected(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *s = arg;
	int error = 0;
	socklen_t len = sizeof error;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	s->stands = error == 0;
	if (error != 0)
		tcp_failed(s, strerror(error));
	else if (s->conf->expect == NULL)
		tcp_finish(s, NULL);
	else if (tcp_watch(s, EV_READ, tcp_readable) == -1)
		tcp_failed(s, "cannot watch a socket");
}

/* Connects to one address: 0 if that is under way. */
static int
tcp_connect(struct tcp *s, const struct probe_address *a)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage ss;
	} u = { .ss = a->sa };

	s->fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd == -1)
		return -1;
	if (connect(s->fd, &u.sa, a->len) == -1 && errno != EINPROGRESS)
		return -1;
	return tcp_watch(s, EV_WRITE, tcp_connected);
}

/* The next address that a connection can be begun to. When there is none, end from the loop. */
static void
tcp_try(struct tcp *s)
{
	const struct probe_address *list;
	const char *why;
	struct timeval now = { 0 };
	size_t n = probe_name_get(s->name, &list, &why);

	s->trying = true;
	while (s->next < n) {
		if (tcp_connect(s, &list[s->next++]) == 0)
			return;
		(void)str_copy(s->why, sizeof s->why, strerror(errno));
		tcp_hang_up(s);
	}
	evtimer_add(s->end, &now);
}

/* The addresses are known, or it is known that there are none. */
static void
tcp_ready(void *arg)
{
	struct tcp *s = arg;
	const struct probe_address *list;
	const char *why;

	if (s->done == NULL || s->trying)
		return;
	size_t n = probe_name_get(s->name, &list, &why);
	if (why != NULL)
		(void)str_copy(s->why, sizeof s->why, why);
	if (n > 0 || why != NULL)
		tcp_try(s);
}

/* Begins. */
static void
tcp_ask(void *state, int64_t timeout_ms, probe_done done, void *arg)
{
	struct tcp *s = state;
	struct timeval tv = clock_timeval(timeout_ms);

	s->done = done;
	s->arg = arg;
	s->next = 0;
	s->trying = false;
	s->why[0] = '\0';
	s->began_us = clock_mono_us();
	evtimer_add(s->end, &tv);
	tcp_ready(s);
}

/* Also while it asks. */
static void
tcp_close(void *state)
{
	struct tcp *s = state;

	tcp_hang_up(s);
	probe_name_free(s->name);
	if (s->end != NULL)
		event_free(s->end);
	free(s);
}

/* Nothing is connected yet. */
static void *
tcp_open(struct probe_env *env, const void *conf, struct err *e)
{
	struct tcp *s = xcalloc(1, sizeof *s);
	char host[256], port[8];

	s->conf = conf;
	s->base = probe_env_base(env);
	s->fd = -1;
	s->end = evtimer_new(s->base, tcp_end, s);
	if (conn_split_address(s->conf->address, host, port, e) == 0)
		s->name = probe_name_new(env, host, port, tcp_ready, s, e);
	if (s->end == NULL || s->name == NULL) {
		tcp_close(s);
		return NULL;
	}
	return s;
}

const struct probe_kind probe_kind_tcp = {
	.name = "tcp",
	.help = "A TCP connection: whether a server takes it, how fast, and what it says first.",
	.table = &tcp_table,
	.fields = tcp_fields,
	.nfields = TCP_FIELDS,
	.check = tcp_check,
	.open = tcp_open,
	.ask = tcp_ask,
	.close = tcp_close,
};
