/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_icmp: a few echoes, spaced, to a host: whether it answers, how fast, how evenly, how many
 * are lost. The answer is given as soon as all are back, or when the time is over: what has not
 * come until then is lost. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include <event2/event.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/probe_ping.h"
#include "agent/gateway/probe_rtt.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define ICMP_MAX_COUNT 20

struct icmp_conf {
	char *address;
	int64_t count;
	int64_t spacing;
	int64_t size;
};

static const struct conf_key icmp_keys[] = {
	{ .name = "address",
	    .type = CONF_text,
	    .offset = offsetof(struct icmp_conf, address),
	    .flags = CONF_REQUIRED,
	    .unit = "address",
	    .help = "Whom to ask: an IP address, or a name, which is looked up anew each minute." },
	{ .name = "count",
	    .type = CONF_integer,
	    .offset = offsetof(struct icmp_conf, count),
	    .def = "5",
	    .min = 1,
	    .max = ICMP_MAX_COUNT,
	    .unit = "echoes",
	    .help = "How many echo requests are sent each time." },
	{ .name = "spacing",
	    .type = CONF_duration,
	    .offset = offsetof(struct icmp_conf, spacing),
	    .def = "200ms",
	    .min = 10,
	    .max = 60000,
	    .unit = "duration",
	    .help = "How far they are apart. What has not come back when the probe's timeout is "
		    "over, counted from the first, is lost." },
	{ .name = "size",
	    .type = CONF_integer,
	    .offset = offsetof(struct icmp_conf, size),
	    .def = "56",
	    .min = PROBE_PING_MIN_SIZE,
	    .max = PROBE_PING_MAX_SIZE,
	    .unit = "bytes",
	    .help = "Their payload, without headers." },
};

static const struct conf_table icmp_table = {
	.name = "icmp",
	.size = sizeof(struct icmp_conf),
	.keys = icmp_keys,
	.nkeys = sizeof icmp_keys / sizeof icmp_keys[0],
};

enum {
	ICMP_UP,
	ICMP_RTT,
	ICMP_RTT_MIN,
	ICMP_RTT_MAX,
	ICMP_JITTER,
	ICMP_LOSS,
	ICMP_FIELDS
};

static const struct field_row icmp_fields[ICMP_FIELDS] = {
	[ICMP_UP] = { "up", FIELD_STATE, "1", NAN, NAN, "Echo" },
	[ICMP_RTT] = { "rtt", FIELD_GAUGE, "s", 0, NAN, "Mean round trip" },
	[ICMP_RTT_MIN] = { "rtt_min", FIELD_GAUGE, "s", 0, NAN, "Shortest round trip" },
	[ICMP_RTT_MAX] = { "rtt_max", FIELD_GAUGE, "s", 0, NAN, "Longest round trip" },
	[ICMP_JITTER] = { "jitter", FIELD_GAUGE, "s", 0, NAN,
	    "Mean difference of successive round trips" },
	[ICMP_LOSS] = { "loss", FIELD_GAUGE, "%", 0, 100, "Echoes without an answer in time" },
};

struct icmp {
	const struct icmp_conf *conf;
	struct probe_ping *ping;
	struct probe_name *name;
	struct event *next; /* the next echo */
	struct event *end;  /* the time is over, or all is done */
	probe_done done;    /* NULL: it does not ask */
	void *arg;
	struct probe_address to;
	size_t sent;
	size_t answered;
	bool unsent; /* the last could not be sent, because of e */
	struct err e;
	struct probe_ping_echo echoes[ICMP_MAX_COUNT];
	int64_t us[ICMP_MAX_COUNT]; /* -1: not answered */
};

/* All echoes must be out, and back, in time. */
static void
icmp_check(const void *conf, const void *probe, struct conf_errors *ce)
{
	const struct icmp_conf *c = conf;
	const struct conf_probe *p = probe;

	if (p->timeout > 0 && c->spacing > 0 && (c->count - 1) * c->spacing >= p->timeout)
		conf_complain(ce, c, "count",
		    "%lld echoes %lld ms apart do not fit into the timeout of %lld ms",
		    (long long)c->count, (long long)c->spacing, (long long)p->timeout);
}

/* What is known. Where no echo could even be sent for want of rights, nothing is: that is our
 * trouble, not the link's. */
static void
icmp_values(const struct icmp *s, double *values)
{
	struct probe_rtt t = probe_rtt(s->us, s->sent);

	if (s->unsent && s->sent > 0 && !probe_ping_may(s->ping, &s->to))
		return;
	values[ICMP_UP] = s->answered > 0;
	values[ICMP_RTT] = t.mean;
	values[ICMP_RTT_MIN] = t.min;
	values[ICMP_RTT_MAX] = t.max;
	values[ICMP_JITTER] = t.jitter;
	values[ICMP_LOSS] = s->sent > 0 ? t.loss : 100;
}

/* Ends the asking with what is known. */
static void
icmp_finish(struct icmp *s)
{
	struct probe_result r;
	probe_done done = s->done;

	evtimer_del(s->next);
	evtimer_del(s->end);
	for (size_t i = 0; i < s->sent; i++)
		probe_ping_forget(s->ping, &s->echoes[i]);
	probe_result_clear(&r, ICMP_FIELDS);
	icmp_values(s, r.values);
	if (s->answered == 0 && s->e.msg[0] != '\0')
		probe_say(&r, "%s: %s", s->conf->address, s->e.msg);
	else if (s->answered == 0)
		probe_say(&r, "%s does not answer", s->conf->address);
	s->done = NULL;
	done(s->arg, &r);
}

/* The time is over. */
static void
icmp_end(evutil_socket_t fd, short what, void *arg)
{
	struct icmp *s = arg;

	(void)fd, (void)what;
	if (s->sent == 0 && s->e.msg[0] == '\0')
		err_set(&s->e, "the name is not resolved in time");
	icmp_finish(s);
}

/* Ends from the loop, for what is settled within a call. */
static void
icmp_end_soon(struct icmp *s)
{
	struct timeval now = { 0 };

	evtimer_add(s->end, &now);
}

/* A reply. */
static void
icmp_answered(struct probe_ping_echo *echo, int64_t us)
{
	struct icmp *s = echo->arg;

	s->us[echo - s->echoes] = us;
	s->answered++;
	if (s->answered == (size_t)s->conf->count)
		icmp_finish(s);
}

/* Sends the next echo. One that cannot be sent is lost; when none could be, nothing is waited
 * for. */
static void
icmp_next(evutil_socket_t fd, short what, void *arg)
{
	struct icmp *s = arg;
	struct timeval spacing = clock_timeval(s->conf->spacing);
	struct probe_ping_echo *echo = &s->echoes[s->sent];

	(void)fd, (void)what;
	echo->answered = icmp_answered;
	echo->arg = s;
	s->us[s->sent++] = -1;
	if (probe_ping_send(s->ping, echo, &s->to, (size_t)s->conf->size, &s->e) == 0)
		s->unsent = false;
	if (s->sent < (size_t)s->conf->count)
		evtimer_add(s->next, &spacing);
	else if (s->unsent)
		icmp_end_soon(s);
}

/* The address is known, or it is known that there is none. */
static void
icmp_ready(void *arg)
{
	struct icmp *s = arg;
	const struct probe_address *list;
	const char *why;
	struct timeval now = { 0 };

	if (s->done == NULL || s->sent > 0)
		return;
	if (probe_name_get(s->name, &list, &why) > 0) {
		s->to = list[0];
		evtimer_add(s->next, &now);
	} else if (why != NULL) {
		err_set(&s->e, "%s", why);
		icmp_end_soon(s);
	}
}

/* Begins. */
static void
icmp_ask(void *state, int64_t timeout_ms, probe_done done, void *arg)
{
	struct icmp *s = state;
	struct timeval tv = clock_timeval(timeout_ms);

	s->done = done;
	s->arg = arg;
	s->sent = s->answered = 0;
	s->unsent = true;
	s->e.msg[0] = '\0';
	evtimer_add(s->end, &tv);
	icmp_ready(s);
}

/* Also while it asks. */
static void
icmp_close(void *state)
{
	struct icmp *s = state;

	for (size_t i = 0; i < ICMP_MAX_COUNT; i++)
		if (s->ping != NULL)
			probe_ping_forget(s->ping, &s->echoes[i]);
	probe_name_free(s->name);
	if (s->next != NULL)
		event_free(s->next);
	if (s->end != NULL)
		event_free(s->end);
	free(s);
}

/* Nothing is sent yet. */
static void *
icmp_open(struct probe_env *env, const void *conf, struct err *e)
{
	struct icmp *s = xcalloc(1, sizeof *s);
	struct event_base *base = probe_env_base(env);

	s->conf = conf;
	s->next = evtimer_new(base, icmp_next, s);
	s->end = evtimer_new(base, icmp_end, s);
	s->ping = probe_ping_of(env, e);
	s->name = probe_name_new(env, s->conf->address, "", icmp_ready, s, e);
	if (s->next == NULL || s->end == NULL || s->ping == NULL || s->name == NULL) {
		icmp_close(s);
		return NULL;
	}
	return s;
}

const struct probe_kind probe_kind_icmp = {
	.name = "icmp",
	.help = "Echo requests (ping): whether a host answers, its round trip, jitter and loss.",
	.table = &icmp_table,
	.fields = icmp_fields,
	.nfields = ICMP_FIELDS,
	.check = icmp_check,
	.open = icmp_open,
	.ask = icmp_ask,
	.close = icmp_close,
};
