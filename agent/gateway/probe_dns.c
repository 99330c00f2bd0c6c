/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_dns: one question to one server, over UDP, sent anew now and then until the time is over.
 *
 * Not by libevent's evdns: that asks servers which it takes for down for a name of its own choice
 * on the internet, and does not tell the server's words apart. A socket of its own for each asking,
 * connected, with a port and an identifier at random, takes answers of nobody else. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/gateway/probe_dns_message.h"
#include "agent/gateway/probe_env.h"
#include "agent/gateway/probe_name.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/str.h"

#define AGAIN_MS 1000
#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_MAX 65536

struct dns_conf {
	char *server;
	char *query;
	char *type;
	struct conf_texts expect;
};

static const struct conf_key dns_keys[] = {
	{ .name = "server",
	    .type = CONF_text,
	    .offset = offsetof(struct dns_conf, server),
	    .unit = "address[:port]",
	    .help = "Which server to ask, by its IP address; default: the first nameserver of "
		    "/etc/resolv.conf." },
	{ .name = "query",
	    .type = CONF_text,
	    .offset = offsetof(struct dns_conf, query),
	    .flags = CONF_REQUIRED,
	    .unit = "name",
	    .help =
		"What to ask for: a whole name, for no search domains are appended. For PTR, an "
		"IP address will do." },
	{ .name = "type",
	    .type = CONF_text,
	    .offset = offsetof(struct dns_conf, type),
	    .def = "A",
	    .unit = "A|AAAA|PTR",
	    .help = "The type of the records." },
	{ .name = "expect",
	    .type = CONF_texts,
	    .offset = offsetof(struct dns_conf, expect),
	    .max = 16,
	    .unit = "texts",
	    .help = "Addresses or names, one of which must be among the answers; default: any "
		    "answer will do." },
};

static const struct conf_table dns_table = {
	.name = "dns",
	.size = sizeof(struct dns_conf),
	.keys = dns_keys,
	.nkeys = sizeof dns_keys / sizeof dns_keys[0],
};

enum {
	DNS_UP,
	DNS_TIME,
	DNS_ANSWERS,
	DNS_FIELDS
};

static const struct field_row dns_fields[DNS_FIELDS] = {
	[DNS_UP] = { "up", FIELD_STATE, "1", NAN, NAN, "Answer" },
	[DNS_TIME] = { "time", FIELD_GAUGE, "s", 0, NAN, "Until the answer" },
	[DNS_ANSWERS] = { "answers", FIELD_GAUGE, "1", 0, NAN,
	    "Records of the type in the answer" },
};

struct dns {
	const struct dns_conf *conf;
	struct event_base *base;
	struct probe_address server;
	uint8_t question[PROBE_DNS_MAX_QUESTION];
	size_t nquestion;
	int fd;
	struct event *readable;
	struct event *again;
	struct event *end;
	probe_done done; /* NULL: it does not ask */
	void *arg;
	int64_t began_us;
	char why[128];
};

/* The type by its word. */
static enum probe_dns_type
dns_type(const struct dns_conf *c)
{
	if (strcmp(c->type, "PTR") == 0)
		return PROBE_DNS_PTR;
	return strcmp(c->type, "AAAA") == 0 ? PROBE_DNS_AAAA : PROBE_DNS_A;
}

/* The question of the configuration: its length, or 0. */
static size_t
dns_question(const struct dns_conf *c, uint8_t out[PROBE_DNS_MAX_QUESTION], uint16_t id)
{
	char name[PROBE_DNS_MAX_NAME];

	if (dns_type(c) != PROBE_DNS_PTR || probe_dns_reverse(name, c->query) == -1)
		if (str_copy(name, sizeof name, c->query) == -1)
			return 0;
	return probe_dns_question(out, id, name, dns_type(c));
}

/* Looks across keys. */
static void
dns_check(const void *conf, const void *probe, struct conf_errors *ce)
{
	const struct dns_conf *c = conf;
	struct probe_address a;
	uint8_t question[PROBE_DNS_MAX_QUESTION];

	(void)probe;
	if (c->server != NULL && probe_name_numeric(c->server, "53", &a) == -1)
		conf_complain(ce, c, "server", "\"%s\" is no IP address", c->server);
	if (c->query != NULL && c->type != NULL && dns_question(c, question, 0) == 0)
		conf_complain(ce, c, "query", "\"%s\" is no name", c->query);
	for (size_t i = 0; i < c->expect.n && c->type != NULL; i++)
		if (dns_type(c) != PROBE_DNS_PTR &&
		    (probe_name_numeric(c->expect.v[i], "0", &a) == -1 ||
			(a.sa.ss_family == AF_INET) != (dns_type(c) == PROBE_DNS_A)))
			conf_complain(ce, c, "expect", "\"%s\" is no address of the type %s",
			    c->expect.v[i], c->type);
}

/* Forgets the socket. */
static void
dns_stop(struct dns *s)
{
	evtimer_del(s->again);
	evtimer_del(s->end);
	if (s->readable != NULL)
		event_free(s->readable);
	s->readable = NULL;
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

/* Ends the asking. a is NULL if there is no answer. */
static void
dns_finish(struct dns *s, const struct probe_dns_answer *a)
{
	const struct dns_conf *c = s->conf;
	struct probe_result r;
	probe_done done = s->done;
	double time = (double)(clock_mono_us() - s->began_us) / 1e6;

	dns_stop(s);
	probe_result_clear(&r, DNS_FIELDS);
	r.values[DNS_UP] = 0;
	if (a != NULL) {
		r.values[DNS_TIME] = time;
		r.values[DNS_ANSWERS] = a->count;
	}
	if (a == NULL)
		probe_say(&r, "%s", s->why[0] != '\0' ? s->why : "the server does not answer");
	else if (a->rcode != 0)
		probe_say(&r, "%s: %s", c->query, probe_dns_rcode(a->rcode));
	else if (a->count == 0)
		probe_say(&r, "%s has no %s record", c->query, c->type);
	else if (c->expect.n > 0 && !a->expected)
		probe_say(&r, "%s is %s, which is not expected", c->query, a->first);
	else
		r.values[DNS_UP] = 1;
	s->done = NULL;
	done(s->arg, &r);
}

/* The time is over, or nothing could be sent. */
static void
dns_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	dns_finish(arg, NULL);
}

/* A datagram: the answer, or something that is not. A port that is closed says so at once, but the
 * server may come back within the time. */
static void
dns_readable(evutil_socket_t fd, short what, void *arg)
{
	struct dns *s = arg;
	uint8_t p[PROBE_DNS_MAX_MESSAGE];
	struct probe_dns_answer a;
	ssize_t n = recv(fd, p, sizeof p, MSG_DONTWAIT);

	(void)what;
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		(void)snprintf(s->why, sizeof s->why, "the server: %s", strerror(errno));
	if (n > 0 && probe_dns_read(p, (size_t)n, s->question, s->nquestion, s->conf->expect.v,
			 s->conf->expect.n, &a) == 0)
		dns_finish(s, &a);
}

/* Sends the question, and will again. */
static void
dns_again(evutil_socket_t fd, short what, void *arg)
{
	struct dns *s = arg;
	struct timeval tv = clock_timeval(AGAIN_MS);

	(void)fd, (void)what;
	if (send(s->fd, s->question, s->nquestion, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		(void)snprintf(s->why, sizeof s->why, "the server: %s", strerror(errno));
	evtimer_add(s->again, &tv);
}

/* A socket for this asking; the kernel takes a port at random. */
static int
dns_connect(struct dns *s)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage ss;
	} u = { .ss = s->server.sa };

	s->fd = socket(u.ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd == -1 || connect(s->fd, &u.sa, s->server.len) == -1)
		return -1;
	s->readable = event_new(s->base, s->fd, EV_READ | EV_PERSIST, dns_readable, s);
	return s->readable != NULL && event_add(s->readable, NULL) == 0 ? 0 : -1;
}

/* Begins. */
static void
dns_ask(void *state, int64_t timeout_ms, probe_done done, void *arg)
{
	struct dns *s = state;
	struct timeval tv = clock_timeval(timeout_ms), now = { 0 };
	uint16_t id = 0;

	s->done = done;
	s->arg = arg;
	s->why[0] = '\0';
	s->began_us = clock_mono_us();
	if (getrandom(&id, sizeof id, 0) != sizeof id)
		id = (uint16_t)s->began_us;
	s->nquestion = dns_question(s->conf, s->question, id);
	if (dns_connect(s) == -1) {
		(void)snprintf(s->why, sizeof s->why, "the server: %s", strerror(errno));
		evtimer_add(s->end, &now);
		return;
	}
	evtimer_add(s->end, &tv);
	dns_again(-1, 0, s);
}

/* Also while it asks. */
static void
dns_close(void *state)
{
	struct dns *s = state;

	if (s->again != NULL && s->end != NULL)
		dns_stop(s);
	if (s->again != NULL)
		event_free(s->again);
	if (s->end != NULL)
		event_free(s->end);
	free(s);
}

/* The first nameserver of the system. */
static int
system_server(struct probe_address *out, struct err *e)
{
	char *text = NULL, *at = NULL;
	size_t n;
	int rc = -1;

	if (fs_read(RESOLV_CONF, RESOLV_CONF_MAX, &text, &n, e) == -1)
		return -1;
	for (char *line = strtok_r(text, "\n", &at); line != NULL && rc == -1;
	     line = strtok_r(NULL, "\n", &at)) {
		char *in = NULL;
		char *word = strtok_r(line, " \t\r", &in);
		char *value = word != NULL ? strtok_r(NULL, " \t\r", &in) : NULL;
		if (value != NULL && strcmp(word, "nameserver") == 0)
			rc = probe_name_numeric(value, "53", out);
	}
	free(text);
	return rc == 0 ? 0 : err_set(e, "%s names no nameserver", RESOLV_CONF);
}

/* Nothing is asked yet. */
static void *
dns_open(struct probe_env *env, const void *conf, struct err *e)
{
	const struct dns_conf *c = conf;
	struct dns *s = xcalloc(1, sizeof *s);
	int rc = 0;

	s->conf = c;
	s->base = probe_env_base(env);
	s->fd = -1;
	s->again = evtimer_new(s->base, dns_again, s);
	s->end = evtimer_new(s->base, dns_end, s);
	if (c->server == NULL)
		rc = system_server(&s->server, e);
	else if (probe_name_numeric(c->server, "53", &s->server) == -1)
		rc = err_set(e, "\"%s\" is no IP address", c->server);
	if (s->again == NULL || s->end == NULL || rc == -1) {
		dns_close(s);
		return NULL;
	}
	return s;
}

const struct probe_kind probe_kind_dns = {
	.name = "dns",
	.help =
	    "A question to a name server: whether and how fast it answers, and if that is right.",
	.table = &dns_table,
	.fields = dns_fields,
	.nfields = DNS_FIELDS,
	.check = dns_check,
	.open = dns_open,
	.ask = dns_ask,
	.close = dns_close,
};
