/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crossings: the value of one node after the other crosses its limit, for the benchmark of latency.
 *
 *   crossings ADDRESS:PORT PKI ROUNDS
 *
 * As "probe" it speaks for the nodes p1, p2 ...: it sends a value of each of ROUNDS nodes three
 * times as it should be, a second apart, then that of the next one above 50, and 250 ms later as it
 * should be, so that each is an incident of its own; and prints the wall time of each frame above,
 * in seconds. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/conn.h"
#include "zw/log.h"

#define WELL 3
#define MOST 250

struct crossings {
	struct event_base *base;
	struct event *tick;
	struct conn *conn;
	uint64_t rounds;
	uint64_t sent;
	uint64_t seq;
};

/* A frame with one value of the series from first on to the one before end. */
static void
send_values(struct crossings *x, time_t at, uint64_t first, uint64_t end, double v)
{
	struct buf b = { 0 };

	struct batch_writer w = batch_begin(&b, ++x->seq, at);
	for (uint64_t id = first; id < end; id++)
		batch_add(&w, id, 1, &v);
	conn_send(x->conn, WIRE_BATCH, 0, b.data, b.len);
	buf_free(&b);
}

/* Send the next: all that is well, or one that is not. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct crossings *x = arg;
	struct timeval second = { 1, 0 }, pause = { 0, 250000 };
	struct timespec ts;

	(void)fd;
	(void)what;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (x->sent == WELL + 2 * x->rounds) {
		event_base_loopbreak(x->base);
		return;
	}
	if (x->sent < WELL) {
		send_values(x, ts.tv_sec, 1, x->rounds + 1, 20);
	} else {
		uint64_t id = (x->sent - WELL) / 2 + 1;
		bool back = (x->sent - WELL) % 2 == 1;
		if (!back)
			printf("%lld.%09ld\n", (long long)ts.tv_sec, ts.tv_nsec);
		send_values(
		    x, ts.tv_sec + (back ? 1 : 0), id, id + 1, back ? 20 : 60 + (double)(id % 7));
	}
	event_add(x->tick, ++x->sent < WELL + 1 ? &second : &pause);
}

static void
on_ready(struct conn *c, void *arg)
{
	struct crossings *x = arg;
	struct wire_hello h = { .first_seq = 1,
		.next_seq = 1,
		.sent_ms = clock_wall_ms(),
		.step_s = 1,
		.agent = "crossings" };
	struct buf b = { 0 };

	(void)x;
	memcpy(h.stream, &h.sent_ms, sizeof h.sent_ms);
	wire_hello_encode(&b, &h);
	conn_send(c, WIRE_HELLO, 0, b.data, b.len);
	buf_free(&b);
}

static void
on_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct crossings *x = arg;
	struct timeval tv = { 1, 0 };

	(void)payload;
	if (h->type == WIRE_ERROR)
		fatalx("crossings", "refused");
	if (h->type != WIRE_WELCOME)
		return;
	for (uint64_t id = 1; id <= x->rounds; id++) {
		struct series_def def = { .id = id,
			.step_s = 1,
			.nfields = 1,
			.source = "probe",
			.fields = { { .name = "value",
			    .unit = "1",
			    .min = NAN,
			    .max = NAN,
			    .label = "A value" } } };
		snprintf(def.node, sizeof def.node, "p%u", (unsigned)id);
		struct buf b = { 0 };
		wire_define_encode(&b, &def);
		conn_send(c, WIRE_DEFINE, 0, b.data, b.len);
		buf_free(&b);
	}
	event_add(x->tick, &tv);
}

static void
on_closed(struct conn *c, const char *why, void *arg)
{
	(void)c;
	(void)arg;
	fatalx("crossings", "connection closed: %s", why);
}

int
main(int argc, char **argv)
{
	static const struct conn_ops ops = {
		.ready = on_ready, .frame = on_frame, .closed = on_closed
	};
	static const struct conn_limits limits = { .handshake_ms = 5000, .output_bytes = 1 << 20 };
	struct crossings x = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	char ca[512], cert[512], key[512], *colon;
	struct tls *tls;
	struct err e;
	uint64_t port;

	log_init("crossings", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 4 || (colon = strchr(argv[1], ':')) == NULL ||
	    str_to_u64(colon + 1, 1, 65535, &port) == -1 ||
	    str_to_u64(argv[3], 1, MOST, &x.rounds) == -1)
		fatalx("crossings", "ADDRESS:PORT PKI ROUNDS");
	*colon = '\0';
	to.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    str_format(ca, sizeof ca, "%s/ca.crt", argv[2]) == -1 ||
	    str_format(cert, sizeof cert, "%s/nodes/probe.crt", argv[2]) == -1 ||
	    str_format(key, sizeof key, "%s/nodes/probe.key", argv[2]) == -1)
		fatalx("crossings", "ADDRESS:PORT PKI ROUNDS");
	x.base = event_base_new();
	x.tick = event_new(x.base, -1, 0, on_tick, &x);
	if (tls_client_new(&tls, ca, cert, key, &e) == -1)
		fatalx("crossings", "%s", e.msg);
	x.conn = conn_connect(
	    x.base, tls, (const struct sockaddr *)&to, sizeof to, argv[1], &ops, &x, &limits, &e);
	if (x.conn == NULL)
		fatalx("crossings", "%s", e.msg);
	event_base_dispatch(x.base);
	fflush(stdout);
	_Exit(0);
}
