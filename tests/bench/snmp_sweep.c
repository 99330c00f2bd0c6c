/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwsnmp */
/* snmp_sweep: asks many agents for some objects each, all at once, round after round, as the
 * gateway does, and says how long a round took, what it cost, and how long the event loop was held.
 *
 *   snmp_sweep ADDRESS PORT DEVICES DEAD OBJECTS ROUNDS TIMEOUT_MS [v3]
 *
 * Devices have consecutive addresses; the last DEAD of them do not answer (their port is PORT + 1,
 * where the caller has put a socket that says nothing). With v3 the dead are asked by v3. Objects
 * are ifInOctets.1 and so on. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "agent/gateway/fetch.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MAX_OBJECTS 128
#define PULSE_MS 1

struct sweep {
	struct event_base *base;
	struct snmpio_peer **peers;
	struct fetch_limits *limits;
	size_t n;
	struct oid oids[MAX_OBJECTS];
	uint32_t ids[MAX_OBJECTS][11];
	size_t nobjects;
	size_t under_way;
	uint64_t answered;
	struct event *pulse;
	int64_t pulse_us;
	int64_t held_us;
};

/* An object was answered. */
static void
on_got(void *arg, size_t i, const struct varbind *v)
{
	struct sweep *s = arg;
	(void)i;

	s->answered += varbind_has_value(v);
}

/* A device is done; the round with the last. */
static void
on_done(void *arg, const struct fetch_result *r)
{
	struct sweep *s = arg;
	(void)r;

	if (--s->under_way == 0)
		event_base_loopbreak(s->base);
}

/* How late this is tells how long the loop was held. */
static void
on_pulse(evutil_socket_t fd, short what, void *arg)
{
	struct sweep *s = arg;
	int64_t now = clock_mono_us();
	struct timeval tv = clock_timeval(PULSE_MS);
	(void)fd;
	(void)what;

	if (s->pulse_us != 0 && now - s->pulse_us - PULSE_MS * 1000 > s->held_us)
		s->held_us = now - s->pulse_us - PULSE_MS * 1000;
	s->pulse_us = now;
	event_add(s->pulse, &tv);
}

/* Makes one peer. */
static struct snmpio_peer *
make_peer(struct snmpio *io, uint32_t host, unsigned port, int64_t timeout_ms, bool v3)
{
	static const struct snmpio_credential v2c = { .version = SNMPIO_V2C,
		.community = "public" };
	static const struct snmpio_credential user = { .version = SNMPIO_V3,
		.user = "zw",
		.auth = SNMPIO_AUTH_SHA256,
		.auth_password = "authpass12345",
		.priv = SNMPIO_PRIV_AES,
		.priv_password = "privpass12345" };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(host) };
	struct snmpio_peer *p = NULL;
	struct err e;

	if (snmpio_peer_new(&p, io, (struct sockaddr *)&sin, sizeof sin, v3 ? &user : &v2c,
		timeout_ms, 0, &e) == -1)
		fatalx("sweep", "%s", e.msg);
	return p;
}

/* CPU time of the process, in microseconds. */
static int64_t
cpu_us(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * INT64_C(1000000) + ru.ru_utime.tv_usec +
	       ru.ru_stime.tv_usec;
}

/* One round: everything at once. */
static void
run_round(struct sweep *s, unsigned number)
{
	uint64_t before = s->answered;
	int64_t cpu = cpu_us(), began = clock_mono_us();

	s->held_us = 0;
	s->pulse_us = 0;
	on_pulse(-1, 0, s);
	s->under_way = s->n;
	for (size_t i = 0; i < s->n; i++)
		(void)fetch_get(
		    s->peers[i], &s->limits[i], s->base, s->oids, s->nobjects, on_got, on_done, s);
	event_base_dispatch(s->base);
	int64_t wall = clock_mono_us() - began;
	printf("{\"round\": %u, \"wall_ms\": %.3f, \"cpu_ms\": %.3f, \"answered\": %llu, "
	       "\"held_ms\": %.3f}\n",
	    number, (double)wall / 1000, (double)(cpu_us() - cpu) / 1000,
	    (unsigned long long)(s->answered - before), (double)s->held_us / 1000);
	event_del(s->pulse);
}

int
main(int argc, char **argv)
{
	struct sweep s = { 0 };
	struct snmpio *io = NULL;
	struct in_addr first;
	struct err e;

	if (argc < 8 || inet_pton(AF_INET, argv[1], &first) != 1)
		return 64;
	log_init("snmp_sweep", LOG_LEVEL_ERROR);
	unsigned port = (unsigned)strtoul(argv[2], NULL, 10);
	size_t dead = strtoul(argv[4], NULL, 10);
	unsigned rounds = (unsigned)strtoul(argv[6], NULL, 10);
	int64_t timeout_ms = strtol(argv[7], NULL, 10);
	s.n = strtoul(argv[3], NULL, 10);
	s.nobjects = strtoul(argv[5], NULL, 10);
	if (s.nobjects > MAX_OBJECTS)
		return 64;
	s.base = event_base_new();
	s.pulse = event_new(s.base, -1, 0, on_pulse, &s);
	if (snmpio_new(&io, s.base, NULL, &e) == -1)
		fatalx("sweep", "%s", e.msg);
	for (uint32_t i = 0; i < s.nobjects; i++) {
		const uint32_t id[] = { 1, 3, 6, 1, 2, 1, 2, 2, 1, 10, i + 1 };
		memcpy(s.ids[i], id, sizeof id);
		s.oids[i] = (struct oid){ s.ids[i], 11 };
	}
	s.peers = xcalloc(s.n, sizeof(struct snmpio_peer *));
	s.limits = xcalloc(s.n, sizeof *s.limits);
	for (size_t i = 0; i < s.n; i++) {
		bool is_dead = i >= s.n - dead;
		s.limits[i] = fetch_limits(128, 2, 0);
		s.peers[i] = make_peer(io, ntohl(first.s_addr) + (uint32_t)i,
		    is_dead ? port + 1 : port, timeout_ms, is_dead && argc > 8);
	}
	for (unsigned i = 0; i < rounds; i++)
		run_round(&s, i);
	for (size_t i = 0; i < s.n; i++)
		snmpio_peer_free(s.peers[i]);
	snmpio_free(io);
	event_free(s.pulse);
	event_base_free(s.base);
	free(s.peers);
	free(s.limits);
	return 0;
}
