/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwfeed */
/* The agent's core against a scripted collector: real spool, real TLS, a collector that loses
 * acknowledgements, dies, lies and is slow. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/feed.h"
#include "pki.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/conn.h"
#include "zw/log.h"

#define SEEN_MAX 4096

static char pki[64];

/* A frame that the collector got. */
struct seen {
	uint8_t type;
	uint8_t flags;
	uint64_t seq;
	int64_t time_s;
	size_t len;
	unsigned session;
};

/* The collector, and what it does. */
struct fake {
	struct event_base *base;
	struct tls *tls;
	struct event *listener;
	int fd;
	uint16_t port;
	struct conn *conn;
	unsigned sessions;
	struct seen seen[SEEN_MAX];
	unsigned nseen;
	uint64_t durable;
	uint64_t highest; /* numbered, in order */
	unsigned window;
	int64_t clock_ms; /* ahead of ours */
	bool acks;
	bool deaf; /* closes at once what it accepts */
	bool mute; /* answers no hello */
	void (*on_frame)(struct fake *k, const struct wire_header *h, uint64_t seq);
};

struct fixture {
	struct event_base *base;
	struct fake fake;
	struct tls *tls;
	struct feed *feed;
	char dir[64];
	char target[64];
	char *targets[2];
	struct conf_texts collectors;
	uint32_t id;
	unsigned acks;
	uint64_t acked;
};

static void
fake_send(struct fake *k, uint8_t type, const struct buf *b)
{
	if (k->conn != NULL)
		(void)conn_send(k->conn, type, 0, b->data, b->len);
}

static void
fake_ack(struct fake *k, uint64_t seq)
{
	struct buf b = { 0 };

	wire_ack_encode(&b, seq);
	fake_send(k, WIRE_ACK, &b);
	buf_free(&b);
}

static void
fake_error(struct fake *k, uint8_t code, uint64_t seq, const char *text)
{
	struct wire_error m = { .code = code, .seq = seq };
	struct buf b = { 0 };

	str_copy(m.text, sizeof m.text, text);
	wire_error_encode(&b, &m);
	fake_send(k, WIRE_ERROR, &b);
	buf_free(&b);
}

static void
fake_welcome(struct fake *k, const uint8_t *p, size_t n)
{
	struct wire_welcome m = { .durable_seq = k->durable,
		.window_frames = k->window,
		.window_bytes = 1 << 20,
		.node = "srv-01" };
	struct wire_hello hello;
	struct buf b = { 0 };

	assert_int_equal(wire_hello_decode(p, n, &hello, NULL), 0);
	m.hello_sent_ms = hello.sent_ms;
	m.hello_recv_ms = m.sent_ms = clock_wall_ms() + k->clock_ms;
	wire_welcome_encode(&b, &m);
	fake_send(k, WIRE_WELCOME, &b);
	buf_free(&b);
	k->highest = k->durable;
}

static void
fake_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct fake *k = arg;
	struct seen s = {
		.type = h->type, .flags = h->flags, .len = h->length, .session = k->sessions
	};
	struct batch_reader r;

	(void)c;
	if (h->type == WIRE_BATCH || h->type == WIRE_EVENT)
		assert_int_equal(wire_seq_peek(payload, h->length, &s.seq), 0);
	if (h->type == WIRE_BATCH && batch_open(&r, payload, h->length, NULL) == 0)
		s.time_s = r.time_s;
	if (k->nseen < SEEN_MAX)
		k->seen[k->nseen++] = s;
	if (h->type == WIRE_HELLO && !k->mute)
		fake_welcome(k, payload, h->length);
	if (s.seq != 0 && !(h->flags & WIRE_FLAG_LIVE)) {
		assert_true(s.seq > k->highest);
		k->highest = s.seq;
		if (k->acks) {
			k->durable = s.seq;
			fake_ack(k, s.seq);
		}
	}
	if (k->on_frame != NULL)
		k->on_frame(k, h, s.seq);
}

static void
fake_ready(struct conn *c, void *arg)
{
	(void)c;
	((struct fake *)arg)->sessions++;
}

static void
fake_closed(struct conn *c, const char *why, void *arg)
{
	struct fake *k = arg;

	(void)why;
	if (k->conn == c)
		k->conn = NULL;
}

static void
fake_accept(evutil_socket_t fd, short what, void *arg)
{
	static const struct conn_ops ops = {
		.ready = fake_ready, .frame = fake_frame, .closed = fake_closed
	};
	static const struct conn_limits limits = { .handshake_ms = 2000, .output_bytes = 1 << 24 };
	struct fake *k = arg;
	struct err e;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)what;
	if (k->deaf) {
		k->sessions++;
		close(peer);
		return;
	}
	if (k->conn != NULL)
		conn_abort(k->conn, "another");
	k->conn = conn_accept(k->base, k->tls, peer, &ops, k, &limits, &e);
}

/* Begin to listen; at the same port when it did before. */
static void
fake_listen(struct fake *k)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(k->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof sin;

	k->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(k->fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	assert_int_equal(bind(k->fd, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(listen(k->fd, 16), 0);
	assert_int_equal(getsockname(k->fd, (struct sockaddr *)&sin, &len), 0);
	k->port = ntohs(sin.sin_port);
	k->listener = event_new(k->base, k->fd, EV_READ | EV_PERSIST, fake_accept, k);
	event_add(k->listener, NULL);
}

static void
fake_stop(struct fake *k)
{
	if (k->conn != NULL)
		conn_abort(k->conn, "the collector dies");
	if (k->listener != NULL) {
		event_free(k->listener);
		close(k->fd);
	}
	k->listener = NULL;
}

static void
on_ack(void *arg, uint64_t seq)
{
	struct fixture *f = arg;

	f->acks++;
	f->acked = seq;
}

static void
feed_start(struct fixture *f)
{
	struct feed_opts o = { .program = "test 1",
		.spool_dir = pki_path(f->dir, "spool"),
		.spool_max_bytes = 64 << 20,
		.spool_max_age_ms = 7 * 86400000LL,
		.collectors = &f->collectors,
		.tls = f->tls,
		.step_s = 10 };
	struct series_def def = { .source = "load",
		.step_s = 10,
		.nfields = 1,
		.fields = { { .name = "one", .unit = "1", .min = NAN, .max = NAN } } };
	struct err e;

	if (feed_new(&f->feed, f->base, &o, &e) == -1)
		fail_msg("%s", e.msg);
	feed_on_ack(f->feed, on_ack, f);
	f->id = feed_define(f->feed, &def);
	assert_int_equal(f->id, 1);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e;

	str_copy(f->dir, sizeof f->dir, "/tmp/zw-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->base = event_base_new();
	f->fake = (struct fake){ .base = f->base, .window = 64, .acks = true };
	const char *ca = pki_path(pki, "ca.crt");
	if (tls_server_new(&f->fake.tls, ca, pki_path(pki, "collector.crt"),
		pki_path(pki, "collector.key"), &e) == -1 ||
	    tls_client_new(&f->tls, ca, pki_path(pki, "nodes/srv-01.crt"),
		pki_path(pki, "nodes/srv-01.key"), &e) == -1)
		fail_msg("%s", e.msg);
	fake_listen(&f->fake);
	assert_int_equal(str_format(f->target, sizeof f->target, "127.0.0.1:%u", f->fake.port), 0);
	f->targets[0] = f->target;
	f->collectors = (struct conf_texts){ .v = f->targets, .n = 1 };
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	feed_free(f->feed);
	fake_stop(&f->fake);
	event_base_free(f->base);
	tls_free(f->fake.tls);
	tls_free(f->tls);
	pki_remove(f->dir);
	free(f);
	return 0;
}

static void
run(struct fixture *f, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_base_loopexit(f->base, &tv);
	event_base_dispatch(f->base);
}

/* Run until it holds, at most five seconds. */
#define RUN_UNTIL(f, what)                                                                         \
	do {                                                                                       \
		int64_t end = clock_mono_ms() + 5000;                                              \
		while (!(what) && clock_mono_ms() < end)                                           \
			run(f, 10);                                                                \
		assert_true(what);                                                                 \
	} while (0)

static void
moment(struct fixture *f, int64_t time_s)
{
	double v = (double)time_s / 100;

	feed_begin(f->feed, time_s);
	feed_add(f->feed, f->id, 1, &v);
	feed_end(f->feed);
}

static uint64_t
waiting(struct fixture *f)
{
	struct feed_stats st;

	feed_stats(f->feed, &st);
	return st.spool_records;
}

static bool
connected(struct fixture *f)
{
	struct feed_stats st;

	feed_stats(f->feed, &st);
	return st.connected;
}

/* How many frames of a type came, with these flags, in this session (0: any). */
static unsigned
count(const struct fake *k, uint8_t type, uint8_t flags, unsigned session)
{
	unsigned n = 0;

	for (unsigned i = 0; i < k->nseen; i++)
		n += k->seen[i].type == type && k->seen[i].flags == flags &&
		     (session == 0 || k->seen[i].session == session);
	return n;
}

static void
test_greets_defines_and_delivers(void **state)
{
	struct fixture *f = *state;

	feed_start(f);
	RUN_UNTIL(f, connected(f));
	for (int i = 0; i < 10; i++)
		moment(f, 1700000000 + 10 * i);
	RUN_UNTIL(f, f->acked == feed_last_seq(f->feed));
	assert_int_equal(f->fake.seen[0].type, WIRE_HELLO);
	assert_int_equal(f->fake.seen[1].type, WIRE_DEFINE);
	assert_int_equal(count(&f->fake, WIRE_BATCH, 0, 0), 10);
	assert_int_equal(count(&f->fake, WIRE_BATCH, WIRE_FLAG_LIVE, 0), 0);
	assert_int_equal(waiting(f), 0);
}

static void
test_backlog_drains_in_order_newest_first_shown_live(void **state)
{
	struct fixture *f = *state;
	struct fake *k = &f->fake;
	unsigned i = 0;

	fake_stop(k);
	feed_start(f);
	for (int t = 0; t < 500; t++)
		moment(f, 1700000000 + 10 * t);
	uint64_t last = feed_last_seq(f->feed);
	run(f, 1500); /* until it is committed */
	fake_listen(k);
	RUN_UNTIL(f, f->acked == last);
	while (i < k->nseen && k->seen[i].type != WIRE_BATCH)
		i++;
	assert_int_equal(k->seen[i].flags, WIRE_FLAG_LIVE);
	assert_int_equal(k->seen[i].seq, last);
	assert_int_equal(count(k, WIRE_BATCH, 0, 0), 500); /* fake_frame() saw to the order */
	assert_int_equal(waiting(f), 0);
}

static void
test_window_is_kept(void **state)
{
	struct fixture *f = *state;
	struct fake *k = &f->fake;

	k->window = 8;
	k->acks = false;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
	for (int t = 0; t < 50; t++)
		moment(f, 1700000000 + 10 * t);
	run(f, 300);
	assert_int_equal(count(k, WIRE_BATCH, 0, 0), 8);
	fake_ack(k, k->highest);
	run(f, 300);
	assert_int_equal(count(k, WIRE_BATCH, 0, 0), 16);
	/* What must wait was shown. */
	assert_true(count(k, WIRE_BATCH, WIRE_FLAG_LIVE, 0) >= 40);
	for (int i = 0; i < 10; i++) {
		fake_ack(k, k->highest);
		run(f, 50);
	}
	assert_int_equal(count(k, WIRE_BATCH, 0, 0), 50);
	fake_ack(k, k->highest);
	RUN_UNTIL(f, waiting(f) == 0);
}

/* More waits than the copies in memory can hold: the rest comes from the disk, all in order. */
static void
test_long_wait_in_a_session(void **state)
{
	struct fixture *f = *state;
	struct fake *k = &f->fake;

	k->window = 4;
	k->acks = false;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
	for (int t = 0; t < 1000; t++)
		moment(f, 1700000000 + 10 * t);
	run(f, 100);
	k->acks = true;
	fake_ack(k, k->highest);
	RUN_UNTIL(f, f->acked == feed_last_seq(f->feed));
	assert_int_equal(count(k, WIRE_BATCH, 0, 0), 1000);
}

static void
test_lost_acknowledgements_cost_nothing(void **state)
{
	struct fixture *f = *state;
	struct fake *k = &f->fake;

	k->acks = false;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
	for (int t = 0; t < 10; t++)
		moment(f, 1700000000 + 10 * t);
	RUN_UNTIL(f, count(k, WIRE_BATCH, 0, 0) == 10);
	assert_int_equal(waiting(f), 10);
	k->durable = k->highest; /* it has them, but dies before it says so */
	conn_abort(k->conn, "dies");
	RUN_UNTIL(f, waiting(f) == 0);
	run(f, 100);
	assert_int_equal(k->sessions, 2);
	assert_int_equal(count(k, WIRE_BATCH, 0, 2), 0);
	k->acks = true;
	moment(f, 1700000200);
	RUN_UNTIL(f, waiting(f) == 0);
}

static void
test_what_was_not_durable_comes_again(void **state)
{
	struct fixture *f = *state;
	struct fake *k = &f->fake;

	k->acks = false;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
	for (int t = 0; t < 10; t++)
		moment(f, 1700000000 + 10 * t);
	RUN_UNTIL(f, count(k, WIRE_BATCH, 0, 0) == 10);
	k->durable = k->highest - 6;
	k->acks = true;
	conn_abort(k->conn, "dies");
	RUN_UNTIL(f, waiting(f) == 0);
	assert_int_equal(count(k, WIRE_BATCH, 0, 2), 6);
	assert_int_equal(count(k, WIRE_DEFINE, 0, 2), 1);
}

static void
test_restart_of_the_agent_keeps_what_waits(void **state)
{
	struct fixture *f = *state;
	struct fake *k = &f->fake;

	fake_stop(k);
	feed_start(f);
	for (int t = 0; t < 20; t++)
		moment(f, 1700000000 + 10 * t);
	feed_free(f->feed);
	f->feed = NULL;
	feed_start(f);
	assert_int_equal(waiting(f), 20);
	moment(f, 1700000200);
	fake_listen(k);
	RUN_UNTIL(f, waiting(f) == 0);
	assert_int_equal(count(k, WIRE_BATCH, 0, 0), 21);
}

static void
test_numbers_go_beyond_what_the_collector_has(void **state)
{
	struct fixture *f = *state;

	f->fake.durable = 1000000;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
	moment(f, 1700000000);
	assert_true(feed_last_seq(f->feed) > 1000000);
	RUN_UNTIL(f, waiting(f) == 0);
	assert_int_equal(count(&f->fake, WIRE_BATCH, 0, 0), 1);
}

static void
test_waits_between_tries_grow(void **state)
{
	struct fixture *f = *state;

	f->fake.deaf = true;
	feed_start(f);
	run(f, 3000);
	/* 0.5, 1, 2 s at most: at least three tries; without a wait there would be thousands. */
	assert_in_range(f->fake.sessions, 2, 40);
	f->fake.deaf = false;
	moment(f, 1700000000);
	int64_t end = clock_mono_ms() + 20000;
	while (waiting(f) != 0 && clock_mono_ms() < end)
		run(f, 20);
	assert_int_equal(waiting(f), 0);
}

static void
test_second_collector_takes_over(void **state)
{
	struct fixture *f = *state;
	char dead[] = "127.0.0.1:1";

	f->targets[1] = f->targets[0];
	f->targets[0] = dead;
	f->collectors.n = 2;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
}

static void
test_refused_records_are_counted(void **state)
{
	struct fixture *f = *state;
	struct feed_stats st;

	f->fake.acks = false;
	feed_start(f);
	RUN_UNTIL(f, connected(f));
	moment(f, 1700000000);
	moment(f, 1700000010);
	RUN_UNTIL(f, count(&f->fake, WIRE_BATCH, 0, 0) == 2);
	fake_error(&f->fake, WIRE_E_TIME, f->fake.highest, "not now");
	fake_ack(&f->fake, f->fake.highest);
	RUN_UNTIL(f, waiting(f) == 0);
	feed_stats(f->feed, &st);
	assert_int_equal(st.rejected, 1);
	assert_true(st.connected);
}

static void
test_refused_session_is_tried_again(void **state)
{
	struct fixture *f = *state;

	feed_start(f);
	RUN_UNTIL(f, connected(f));
	fake_error(&f->fake, WIRE_E_STOPPING, 0, "going\ndown");
	run(f, 50); /* text with a control character: malformed, and the session ends either way */
	assert_false(connected(f));
	RUN_UNTIL(f, connected(f));
	assert_int_equal(f->fake.sessions, 2);
	fake_error(&f->fake, WIRE_E_STOPPING, 0, "going down");
	run(f, 30);
	assert_false(connected(f));
	RUN_UNTIL(f, connected(f));
}

/* The twin of a cloned machine would be thrown out in turn, twice a second. */
static void
test_replaced_session_rests(void **state)
{
	struct fixture *f = *state;

	feed_start(f);
	RUN_UNTIL(f, connected(f));
	fake_error(&f->fake, WIRE_E_REPLACED, 0, "a newer connection has the same identity");
	RUN_UNTIL(f, !connected(f));
	run(f, 3000);
	assert_false(connected(f));
	assert_int_equal(f->fake.sessions, 1);
}

/* A new agent, so that its waits are short. */
static void
feed_restart(struct fixture *f)
{
	feed_free(f->feed);
	feed_start(f);
}

/* What a collector gone mad may send ends the session, and no more. */
static void
mad(struct fixture *f, uint8_t type, const void *p, size_t n)
{
	feed_restart(f);
	RUN_UNTIL(f, connected(f) && f->fake.conn != NULL);
	assert_int_equal(conn_send(f->fake.conn, type, 0, p, n), 0);
	RUN_UNTIL(f, !connected(f));
	RUN_UNTIL(f, connected(f));
}

static void
test_mad_collectors_end_only_the_session(void **state)
{
	struct fixture *f = *state;
	struct buf b = { 0 };
	uint8_t junk[100];

	memset(junk, 0xff, sizeof junk);
	feed_start(f);
	moment(f, 1700000000);
	wire_ack_encode(&b, 1000);
	mad(f, WIRE_ACK, b.data, b.len);
	buf_free(&b);
	mad(f, WIRE_ACK, junk, sizeof junk);
	mad(f, WIRE_WELCOME, junk, sizeof junk);
	mad(f, WIRE_BATCH, junk, 3);
	mad(f, WIRE_ERROR, junk, sizeof junk);
	mad(f, WIRE_PONG, junk, sizeof junk);
	mad(f, 200, junk, 0);
	f->fake.durable = UINT64_MAX - 1;
	feed_restart(f);
	unsigned sessions = f->fake.sessions;
	RUN_UNTIL(f, f->fake.sessions > sessions + 1);
	assert_false(connected(f));
	f->fake.durable = 0;
	feed_restart(f);
	RUN_UNTIL(f, connected(f));
}

static void
test_clock_offset_is_measured(void **state)
{
	struct fixture *f = *state;
	struct feed_stats st;

	f->fake.clock_ms = 5000;
	feed_start(f);
	feed_stats(f->feed, &st);
	assert_true(isnan(st.clock_offset_s));
	RUN_UNTIL(f, connected(f));
	feed_stats(f->feed, &st);
	assert_true(fabs(st.clock_offset_s - 5) < 0.2);
	assert_true(st.round_trip_s >= 0 && st.round_trip_s < 1);
}

static void
test_large_moment_is_split(void **state)
{
	struct fixture *f = *state;
	struct series_def def = { .source = "many", .step_s = 10, .nfields = METRIC_MAX_FIELDS };
	double values[METRIC_MAX_FIELDS];
	uint32_t ids[300];

	feed_start(f);
	for (unsigned i = 0; i < METRIC_MAX_FIELDS; i++) {
		def.fields[i] = (struct field){ .unit = "1", .min = NAN, .max = NAN };
		assert_int_equal(
		    str_format(def.fields[i].name, sizeof def.fields[i].name, "f%u", i), 0);
		values[i] = 1.0 / 3 + i;
	}
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(str_format(def.instance, sizeof def.instance, "i%u", i), 0);
		ids[i] = feed_define(f->feed, &def);
		assert_int_not_equal(ids[i], 0);
	}
	RUN_UNTIL(f, connected(f));
	feed_begin(f->feed, 1700000000);
	for (unsigned i = 300; i-- > 0;) /* any order */
		feed_add(f->feed, ids[i], METRIC_MAX_FIELDS, values);
	feed_add(f->feed, ids[0], METRIC_MAX_FIELDS, values); /* twice */
	feed_add(f->feed, 0, 1, values);		      /* no room in the table */
	feed_end(f->feed);
	RUN_UNTIL(f, f->acked == feed_last_seq(f->feed));
	assert_in_range(count(&f->fake, WIRE_BATCH, 0, 0), 3, 5);
	for (unsigned i = 0; i < f->fake.nseen; i++)
		if (f->fake.seen[i].type == WIRE_BATCH)
			assert_int_equal(f->fake.seen[i].time_s, 1700000000);
	/* An empty moment sends nothing. */
	uint64_t last = feed_last_seq(f->feed);
	feed_begin(f->feed, 1700000010);
	feed_end(f->feed);
	assert_int_equal(feed_last_seq(f->feed), last);
}

static void
test_events_are_numbered_with_the_rest(void **state)
{
	struct fixture *f = *state;
	struct wire_event ev = { .time_ms = 1700000000000,
		.severity = WIRE_WARNING,
		.code = "source-stuck",
		.text = "it hangs" };

	feed_start(f);
	moment(f, 1700000000);
	feed_event(f->feed, &ev);
	moment(f, 1700000010);
	RUN_UNTIL(f, f->acked == feed_last_seq(f->feed));
	assert_int_equal(count(&f->fake, WIRE_EVENT, 0, 0), 1);
	assert_int_equal(count(&f->fake, WIRE_EVENT, WIRE_FLAG_LIVE, 0), 0);
}

static int
make_pki(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_init("test", LOG_LEVEL_ERROR);
	pki_make(pki, "srv-01");
	return 0;
}

static int
remove_pki(void **state)
{
	(void)state;
	pki_remove(pki);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_greets_defines_and_delivers),
		TEST(test_backlog_drains_in_order_newest_first_shown_live),
		TEST(test_window_is_kept),
		TEST(test_long_wait_in_a_session),
		TEST(test_lost_acknowledgements_cost_nothing),
		TEST(test_what_was_not_durable_comes_again),
		TEST(test_restart_of_the_agent_keeps_what_waits),
		TEST(test_numbers_go_beyond_what_the_collector_has),
		TEST(test_waits_between_tries_grow),
		TEST(test_second_collector_takes_over),
		TEST(test_refused_records_are_counted),
		TEST(test_refused_session_is_tried_again),
		TEST(test_replaced_session_rests),
		TEST(test_mad_collectors_end_only_the_session),
		TEST(test_clock_offset_is_measured),
		TEST(test_large_moment_is_split),
		TEST(test_events_are_numbered_with_the_rest),
	};

	return cmocka_run_group_tests(tests, make_pki, remove_pki);
}
