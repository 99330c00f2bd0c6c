/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loadgen: many agents' frames as fast as the collector takes them, for the benchmark. Its own CPU
 * is not counted; it keeps nothing, so what is unacknowledged at the end is lost and told.
 *
 *   loadgen HOST:PORT PKI NODES SERIES FIELDS STEPS START [RATE [PER]]
 *
 * NODES nodes load1..n, each with SERIES series of FIELDS gauges and counters at a 10 s step,
 * STEPS samples from START (seconds since 1970), RATE steps each PER (1) seconds or as fast as
 * possible. Prints one line of JSON when all is acknowledged. */
#include <event2/event.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/conn.h"
#include "zw/log.h"

#define STEP_S 10
#define MAX_NODES 1024
#define MAX_FIELDS 32
#define MAX_SHAKING 16 /* handshakes at once; the collector takes no more than 128 */

struct node {
	struct gen *gen;
	struct tls *tls;
	struct conn *conn;
	uint8_t stream[WIRE_STREAM_ID];
	unsigned seed;
	double values[METRIC_MAX_FIELDS * 64];
	bool welcome;
	uint64_t sent;
	uint64_t acked;
	uint32_t window;
};

struct gen {
	struct event_base *base;
	struct event *tick;
	struct node *nodes;
	uint64_t nnodes, nseries, nfields, steps, start, rate, per;
	uint64_t started, ready; /* nodes */
	const char *pki, *host;
	struct sockaddr_in to;
	int64_t began_us;
	uint64_t bytes;
};

static const struct conn_limits limits = {
	.handshake_ms = 60000, .idle_ms = 0, .output_bytes = 64 << 20
};

/* A random number in [0, 1). */
static double
dice(struct node *n)
{
	n->seed = n->seed * 1103515245u + 12345u;
	return (double)(n->seed >> 8) / 16777216.0;
}

/* The next sample of a node: half its fields percentages that wander by hundredths, a quarter
 * counters, a quarter that hardly change. */
static void
send_step(struct node *n)
{
	struct gen *g = n->gen;
	struct buf b = { 0 };
	struct batch_writer w =
	    batch_begin(&b, n->sent + 1, (int64_t)(g->start + n->sent * STEP_S));

	for (uint64_t s = 0; s < g->nseries; s++) {
		double *v = n->values + s * g->nfields;
		for (uint64_t f = 0; f < g->nfields; f++)
			if (f % 4 == 3)
				v[f] += floor(dice(n) * 100000);
			else if (f % 4 == 2)
				v[f] = dice(n) < 0.01 ? floor(dice(n) * 5) : v[f];
			else
				v[f] =
				    fmin(100, fabs(nearbyint((v[f] + dice(n) - 0.5) * 100) / 100));
		batch_add(&w, (uint32_t)s + 1, (unsigned)g->nfields, v);
	}
	n->sent++;
	g->bytes += b.len + WIRE_HEADER + 22; /* and TLS's record */
	if (conn_send(n->conn, WIRE_BATCH, 0, b.data, b.len) == -1)
		fatalx("loadgen", "cannot send");
	buf_free(&b);
}

/* Send what the window and the rate allow. */
static void
pump(struct node *n)
{
	struct gen *g = n->gen;
	uint64_t due = g->steps;

	if (g->rate > 0)
		due = (uint64_t)(clock_mono_us() - g->began_us) * g->rate / 1000000 / g->per + 1;
	while (n->welcome && n->sent < g->steps && n->sent < due && n->sent - n->acked < n->window)
		send_step(n);
}

/* Describe all series of a node. */
static void
send_definitions(struct node *n)
{
	struct gen *g = n->gen;

	for (uint64_t s = 0; s < g->nseries; s++) {
		struct series_def def = {
			.id = (uint32_t)s + 1, .step_s = STEP_S, .nfields = (unsigned)g->nfields
		};
		struct buf b = { 0 };
		(void)str_copy(def.source, sizeof def.source, "bench");
		(void)snprintf(def.instance, sizeof def.instance, "s%" PRIu64, s);
		for (uint64_t f = 0; f < g->nfields; f++) {
			struct field *fl = &def.fields[f];
			(void)snprintf(fl->name, sizeof fl->name, "f%u", (unsigned)f % 100);
			fl->kind = f % 4 == 3 ? FIELD_COUNTER : FIELD_GAUGE;
			fl->min = fl->max = NAN;
			(void)str_copy(fl->unit, sizeof fl->unit, "1");
		}
		wire_define_encode(&b, &def);
		conn_send(n->conn, WIRE_DEFINE, 0, b.data, b.len);
		buf_free(&b);
	}
}

static void
on_ready(struct conn *c, void *arg)
{
	struct node *n = arg;
	struct wire_hello h = { .first_seq = 1,
		.next_seq = 1,
		.sent_ms = clock_wall_ms(),
		.step_s = STEP_S,
		.agent = "loadgen" };
	struct buf b = { 0 };

	memcpy(h.stream, n->stream, sizeof h.stream);
	wire_hello_encode(&b, &h);
	conn_send(c, WIRE_HELLO, 0, b.data, b.len);
	buf_free(&b);
}

/* Whether every node has all acknowledged. */
static bool
all_acked(const struct gen *g)
{
	for (uint64_t i = 0; i < g->nnodes; i++)
		if (g->nodes[i].acked < g->steps)
			return false;
	return true;
}

static void
on_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct node *n = arg;
	struct wire_welcome w;
	struct wire_error er;
	struct err e;

	(void)c;
	if (h->type == WIRE_WELCOME && wire_welcome_decode(payload, h->length, &w, &e) == 0) {
		n->welcome = true;
		n->gen->ready++;
		n->window = w.window_frames;
		send_definitions(n);
	} else if (h->type == WIRE_ACK && wire_ack_decode(payload, h->length, &n->acked, &e) == 0) {
		if (n->acked == n->gen->steps && all_acked(n->gen))
			event_base_loopbreak(n->gen->base);
	} else if (h->type == WIRE_ERROR && wire_error_decode(payload, h->length, &er, &e) == 0) {
		fatalx("loadgen", "refused: %s", er.text);
	}
	pump(n);
}

static void
on_closed(struct conn *c, const char *why, void *arg)
{
	struct node *n = arg;

	(void)c;
	n->conn = NULL;
	if (!all_acked(n->gen))
		fatalx("loadgen", "connection closed: %s", why);
}

/* Connect one node. */
static void
node_start(struct gen *g, uint64_t i)
{
	static const struct conn_ops ops = {
		.ready = on_ready, .frame = on_frame, .closed = on_closed
	};
	struct node *n = &g->nodes[i];
	char ca[512], cert[512], key[512];
	struct err e;

	n->gen = g;
	/* No two nodes of two runs have the same, whenever they begin. */
	n->seed = (unsigned)(i * 2654435761u ^ g->start * 40503u);
	for (size_t k = 0; k < sizeof n->stream; k++)
		n->stream[k] = (uint8_t)(dice(n) * 256);
	if (str_format(ca, sizeof ca, "%s/ca.crt", g->pki) == -1 ||
	    str_format(cert, sizeof cert, "%s/nodes/load%" PRIu64 ".crt", g->pki, i + 1) == -1 ||
	    str_format(key, sizeof key, "%s/nodes/load%" PRIu64 ".key", g->pki, i + 1) == -1)
		fatalx("loadgen", "the path is too long");
	if (tls_client_new(&n->tls, ca, cert, key, &e) == -1)
		fatalx("loadgen", "%s", e.msg);
	n->conn = conn_connect(g->base, n->tls, (const struct sockaddr *)&g->to, sizeof g->to,
	    g->host, &ops, n, &limits, &e);
	if (n->conn == NULL)
		fatalx("loadgen", "%s", e.msg);
}

/* Connects who is to come, and sends what is due. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct gen *g = arg;

	(void)fd;
	(void)what;
	while (g->started < g->nnodes && g->started - g->ready < MAX_SHAKING)
		node_start(g, g->started++);
	for (uint64_t i = 0; i < g->started; i++)
		pump(&g->nodes[i]);
}

/* "ADDRESS:PORT" of IPv4. */
static void
parse_address(struct gen *g, char *text)
{
	char *colon = strchr(text, ':');
	uint64_t port;

	if (colon == NULL || str_to_u64(colon + 1, 1, 65535, &port) == -1)
		fatalx("loadgen", "%s is no ADDRESS:PORT", text);
	*colon = '\0';
	g->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, text, &g->to.sin_addr) != 1)
		fatalx("loadgen", "%s is no address", text);
}

int
main(int argc, char **argv)
{
	struct gen g = { .per = 1 };
	struct timeval tv = { 0, 2000 };

	log_init("loadgen", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	if (argc < 8 || str_to_u64(argv[3], 1, MAX_NODES, &g.nnodes) == -1 ||
	    str_to_u64(argv[4], 1, 64, &g.nseries) == -1 ||
	    str_to_u64(argv[5], 1, MAX_FIELDS, &g.nfields) == -1 ||
	    str_to_u64(argv[6], 1, 10000000, &g.steps) == -1 ||
	    str_to_u64(argv[7], 1, 4000000000, &g.start) == -1 ||
	    (argc > 8 && str_to_u64(argv[8], 0, 1000000, &g.rate) == -1) ||
	    (argc > 9 && str_to_u64(argv[9], 1, 3600, &g.per) == -1))
		fatalx("loadgen", "HOST:PORT PKI NODES SERIES FIELDS STEPS START [RATE [PER]]");
	parse_address(&g, argv[1]);
	g.base = event_base_new();
	g.nodes = xcalloc(g.nnodes, sizeof *g.nodes);
	g.pki = argv[2];
	g.host = argv[1];
	g.began_us = clock_mono_us();
	g.tick = event_new(g.base, -1, EV_PERSIST, on_tick, &g);
	event_add(g.tick, &tv);
	event_base_dispatch(g.base);
	uint64_t values = g.nnodes * g.nseries * g.nfields * g.steps;
	printf("{\"values\": %" PRIu64 ", \"seconds\": %.3f, \"bytes_per_value\": %.3f}\n", values,
	    (double)(clock_mono_us() - g.began_us) / 1e6, (double)g.bytes / (double)values);
	fflush(stdout);
	_Exit(0); /* the connections are of no more interest */
}
