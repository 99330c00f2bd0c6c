/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames over a connection, and every way in which a peer may spoil it. A listener on loopback
 * accepts; the other end is a conn too, or a plain socket that does as a script says. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "pki.h"
#include "zw/clock.h"
#include "zw/conn.h"

static char dir[64];

/* What one end saw. */
struct end {
	struct event_base *base;
	struct conn *conn;
	void (*on_ready)(struct end *end);
	unsigned ready;
	unsigned frames;
	unsigned closed;
	unsigned drained;
	uint64_t bytes;
	uint8_t last_type;
	uint8_t last_flags;
	char why[200];
	char identity[64];
	void (*on_frame)(struct end *end);
	bool stop_when_closed;
	unsigned stop_at_frames;
};

struct fixture {
	struct event_base *base;
	struct tls *server_tls;
	struct tls *client_tls;
	int listener;
	struct sockaddr_in addr;
	struct end server;
	struct end client;
	struct conn_limits limits;
};

static void
end_ready(struct conn *c, void *arg)
{
	struct end *end = arg;
	struct tls_identity id;

	end->conn = c;
	end->ready++;
	if (end->on_ready != NULL)
		end->on_ready(end);
	if (conn_peer_identity(c, &id, NULL) == 0)
		str_copy(end->identity, sizeof end->identity, id.nodes[0]);
	tls_identity_clear(&id);
}

static void
end_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct end *end = arg;

	(void)c;
	for (uint32_t i = 0; i < h->length; i++)
		assert_int_equal(payload[i], (uint8_t)(i * 7 + h->length));
	end->frames++;
	end->bytes += h->length;
	end->last_type = h->type;
	end->last_flags = h->flags;
	if (end->on_frame != NULL)
		end->on_frame(end);
	if (end->stop_at_frames != 0 && end->frames == end->stop_at_frames)
		event_base_loopbreak(end->base);
}

static void
end_closed(struct conn *c, const char *why, void *arg)
{
	struct end *end = arg;

	(void)c;
	end->conn = NULL;
	end->closed++;
	str_copy(end->why, sizeof end->why, why);
	if (end->stop_when_closed)
		event_base_loopbreak(end->base);
}

static void
end_drained(struct conn *c, void *arg)
{
	(void)c;
	((struct end *)arg)->drained++;
}

static const struct conn_ops ops = {
	.ready = end_ready,
	.frame = end_frame,
	.closed = end_closed,
	.drained = end_drained,
};

static int
make_pki(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	pki_make(dir, "srv-01");
	return 0;
}

static int
remove_pki(void **state)
{
	(void)state;
	pki_remove(dir);
	return 0;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	socklen_t len = sizeof f->addr;
	struct err e;

	f->base = event_base_new();
	f->server.base = f->client.base = f->base;
	f->limits =
	    (struct conn_limits){ .handshake_ms = 2000, .idle_ms = 0, .output_bytes = 1 << 20 };
	const char *ca = pki_path(dir, "ca.crt");
	if (tls_server_new(&f->server_tls, ca, pki_path(dir, "collector.crt"),
		pki_path(dir, "collector.key"), &e) == -1 ||
	    tls_client_new(&f->client_tls, ca, pki_path(dir, "nodes/srv-01.crt"),
		pki_path(dir, "nodes/srv-01.key"), &e) == -1)
		fail_msg("%s", e.msg);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	f->addr.sin_family = AF_INET;
	f->addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&f->addr, sizeof f->addr), 0);
	assert_int_equal(listen(f->listener, 8), 0);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&f->addr, &len), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->server.conn != NULL)
		conn_abort(f->server.conn, "end of the test");
	if (f->client.conn != NULL)
		conn_abort(f->client.conn, "end of the test");
	close(f->listener);
	event_base_free(f->base);
	tls_free(f->server_tls);
	tls_free(f->client_tls);
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

static void
accept_one(struct fixture *f)
{
	struct err e;
	int fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);

	f->server.conn = conn_accept(f->base, f->server_tls, fd, &ops, &f->server, &f->limits, &e);
	assert_non_null(f->server.conn);
}

/* Both ends connected. */
static void
join(struct fixture *f)
{
	struct conn_limits patient = f->limits;
	struct err e;

	patient.idle_ms = 0;
	f->client.conn = conn_connect(f->base, f->client_tls, (struct sockaddr *)&f->addr,
	    sizeof f->addr, "localhost", &ops, &f->client, &patient, &e);
	assert_non_null(f->client.conn);
	accept_one(f);
	for (int i = 0; i < 100 && (!f->server.ready || !f->client.ready); i++)
		run(f, 20);
	assert_int_equal(f->server.ready, 1);
	assert_int_equal(f->client.ready, 1);
}

/* A plain socket to the server. */
static int
join_plain(struct fixture *f)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&f->addr, sizeof f->addr), 0);
	accept_one(f);
	return fd;
}

static int
send_frame(struct conn *c, uint8_t type, uint8_t flags, uint32_t n)
{
	uint8_t *p = malloc(n + 1);

	for (uint32_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + n);
	int rc = conn_send(c, type, flags, p, n);
	free(p);
	return rc;
}

static void
test_frames_arrive_whole_and_in_order(void **state)
{
	struct fixture *f = *state;
	static const uint32_t sizes[] = { 0, 1, 11, 12, 13, 4096, 16384, 16385, 65000,
		WIRE_MAX_PAYLOAD, 3 };
	uint64_t sum = 0;

	join(f);
	assert_string_equal(f->server.identity, "srv-01");
	f->server.stop_at_frames = 11;
	for (size_t i = 0; i < 11; i++) {
		assert_int_equal(
		    send_frame(f->client.conn, WIRE_BATCH, WIRE_FLAG_LIVE, sizes[i]), 0);
		sum += sizes[i];
	}
	run(f, 3000);
	assert_int_equal(f->server.frames, 11);
	assert_int_equal(f->server.bytes, sum);
	assert_int_equal(conn_received(f->server.conn), sum + 11 * WIRE_HEADER);
	assert_int_equal(f->server.last_flags, WIRE_FLAG_LIVE);
	run(f, 50);
	assert_true(f->client.drained > 0);
	assert_int_equal(conn_unsent(f->client.conn), 0);
	assert_int_equal(send_frame(f->client.conn, WIRE_BATCH, 0, WIRE_MAX_PAYLOAD + 1), -1);
	assert_non_null(strstr(conn_peer_name(f->server.conn), "127.0.0.1:"));
}

static void
test_close_says_its_last_words(void **state)
{
	struct fixture *f = *state;

	join(f);
	/* What the peer sends in the meantime must not turn the close into a reset. */
	for (int i = 0; i < 8; i++)
		send_frame(f->client.conn, WIRE_BATCH, 0, 60000);
	send_frame(f->server.conn, WIRE_ERROR, 0, 100);
	conn_close(f->server.conn, "enough");
	assert_int_equal(send_frame(f->server.conn, WIRE_ACK, 0, 1), -1);
	f->server.stop_when_closed = true;
	int64_t begin = clock_mono_ms();
	run(f, 3000);
	assert_int_equal(f->client.frames, 1);
	assert_int_equal(f->client.last_type, WIRE_ERROR);
	assert_int_equal(f->client.closed, 1);
	assert_string_equal(f->client.why, "closed by the peer");
	assert_int_equal(f->server.closed, 1);
	assert_string_equal(f->server.why, "enough");
	assert_true(clock_mono_ms() - begin < 900);
	assert_int_equal(f->server.frames, 0);
}

static void
test_close_waits_a_second_at_most(void **state)
{
	struct fixture *f = *state;

	join(f);
	conn_pause(f->client.conn, true); /* it will never close */
	for (int i = 0; i < 10; i++)
		send_frame(f->server.conn, WIRE_ACK, 0, 60000);
	f->server.stop_when_closed = true;
	conn_close(f->server.conn, "slow");
	int64_t begin = clock_mono_ms();
	run(f, 3000);
	assert_int_equal(f->server.closed, 1);
	assert_in_range(clock_mono_ms() - begin, 900, 1500);
}

static void
abort_in_frame(struct end *end)
{
	conn_abort(end->conn, "do not like it");
}

static void
close_in_frame(struct end *end)
{
	conn_close(end->conn, "had enough");
}

static void
test_a_callback_may_end_its_conn(void **state)
{
	struct fixture *f = *state;

	join(f);
	f->server.on_frame = abort_in_frame;
	f->client.stop_when_closed = true;
	for (int i = 0; i < 5; i++)
		send_frame(f->client.conn, WIRE_BATCH, 0, 1000);
	run(f, 2000);
	assert_int_equal(f->server.frames, 1);
	assert_int_equal(f->server.closed, 1);
	assert_int_equal(f->client.closed, 1);
}

static void
test_no_frame_comes_after_close(void **state)
{
	struct fixture *f = *state;

	join(f);
	f->server.on_frame = close_in_frame;
	f->server.stop_when_closed = true;
	for (int i = 0; i < 5; i++)
		send_frame(f->client.conn, WIRE_BATCH, 0, 1000);
	run(f, 2000);
	assert_int_equal(f->server.frames, 1);
	assert_int_equal(f->server.closed, 1);
}

static void
test_finish_needs_no_loop(void **state)
{
	struct fixture *f = *state;

	join(f);
	send_frame(f->server.conn, WIRE_ERROR, 0, 300);
	conn_finish(f->server.conn, "stopping");
	assert_int_equal(f->server.closed, 1);
	f->client.stop_when_closed = true;
	run(f, 1000);
	assert_int_equal(f->client.frames, 1);
	assert_string_equal(f->client.why, "closed by the peer");
}

static void
test_paused_conn_delivers_nothing_until_resumed(void **state)
{
	struct fixture *f = *state;

	join(f);
	conn_pause(f->server.conn, true);
	for (int i = 0; i < 10; i++)
		send_frame(f->client.conn, WIRE_BATCH, 0, 60000);
	run(f, 100);
	assert_int_equal(f->server.frames, 0);
	conn_pause(f->server.conn, false);
	f->server.stop_at_frames = 10;
	run(f, 2000);
	assert_int_equal(f->server.frames, 10);
}

static void
pause_in_frame(struct end *end)
{
	conn_pause(end->conn, true);
}

/* Two whole frames in one read: the second waits, and comes although no byte follows. */
static void
test_pause_in_a_frame_keeps_the_next(void **state)
{
	struct fixture *f = *state;

	join(f);
	f->server.on_frame = pause_in_frame;
	send_frame(f->client.conn, WIRE_BATCH, 0, 10);
	send_frame(f->client.conn, WIRE_BATCH, 0, 20);
	run(f, 100);
	assert_int_equal(f->server.frames, 1);
	conn_pause(f->server.conn, false);
	run(f, 100);
	assert_int_equal(f->server.frames, 2);
}

static void
test_output_is_bounded(void **state)
{
	struct fixture *f = *state;
	unsigned sent = 0;

	join(f);
	conn_pause(f->client.conn, true);
	while (sent < 1000 && send_frame(f->server.conn, WIRE_ACK, 0, 60000) == 0)
		sent++;
	assert_in_range(sent, 10, 20);
	assert_int_equal(f->server.closed, 1);
	assert_string_equal(f->server.why, "the peer reads too slowly");
}

static void
test_silent_peer_is_given_up(void **state)
{
	struct fixture *f = *state;

	f->limits.idle_ms = 300;
	join(f);
	f->server.stop_when_closed = true;
	int64_t begin = clock_mono_ms();
	run(f, 2000);
	assert_string_equal(f->server.why, "nothing heard from the peer");
	assert_in_range(clock_mono_ms() - begin, 200, 600);
}

static void
test_handshake_has_a_deadline(void **state)
{
	struct fixture *f = *state;

	f->limits.handshake_ms = 200;
	int fd = join_plain(f);
	assert_int_equal(write(fd, "\x16\x03\x01", 3), 3); /* a partial hello */
	f->server.stop_when_closed = true;
	run(f, 2000);
	assert_int_equal(f->server.closed, 1);
	assert_string_equal(f->server.why, "TLS handshake took too long");
	close(fd);
}

static void
test_garbage_and_early_ends_are_reasons(void **state)
{
	struct fixture *f = *state;
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	f->server.stop_when_closed = true;
	int fd = join_plain(f);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	run(f, 2000);
	assert_int_equal(f->server.closed, 1);
	assert_non_null(strstr(f->server.why, "TLS"));
	close(fd);

	fd = join_plain(f);
	close(fd);
	run(f, 2000);
	assert_int_equal(f->server.closed, 2);

	fd = join_plain(f);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
	run(f, 2000);
	assert_int_equal(f->server.closed, 3);
	assert_int_equal(f->server.ready, 0);
}

static void
test_refused_connection_has_a_reason(void **state)
{
	struct fixture *f = *state;
	struct err e;

	close(f->listener);
	f->listener = open("/dev/null", O_RDONLY | O_CLOEXEC);
	f->client.conn = conn_connect(f->base, f->client_tls, (struct sockaddr *)&f->addr,
	    sizeof f->addr, "localhost", &ops, &f->client, &f->limits, &e);
	if (f->client.conn != NULL) {
		f->client.stop_when_closed = true;
		run(f, 2000);
		assert_string_equal(f->client.why, "Connection refused");
	} else {
		assert_string_equal(e.msg, "Connection refused");
	}
}

/* Who is pointed at the wrong port is told so, on both sides. */
static void
test_no_tls_is_told(void **state)
{
	struct fixture *f = *state;
	struct err e;
	int fd = join_plain(f);

	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	f->server.stop_when_closed = true;
	run(f, 2000);
	assert_string_equal(f->server.why, "it speaks no TLS");
	close(fd);

	f->client.conn = conn_connect(f->base, f->client_tls, (struct sockaddr *)&f->addr,
	    sizeof f->addr, "localhost", &ops, &f->client, &f->limits, &e);
	assert_non_null(f->client.conn);
	fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(write(fd, "220 mail.example\r\n", 18), 18);
	f->client.stop_when_closed = true;
	run(f, 2000);
	assert_string_equal(f->client.why, "it speaks no TLS; is this the agents' port?");
	close(fd);
}

/* Speak at once, as an agent does. */
static void
speak_when_ready(struct end *end)
{
	for (int i = 0; i < 4; i++)
		(void)conn_send(end->conn, WIRE_HELLO, 0, "hello", 5);
}

/* A client that is refused has sent before it hears so: the reason must not drown in a reset. */
static void
test_refused_client_hears_why(void **state)
{
	struct fixture *f = *state;
	char other[64];
	struct err e;

	pki_make(other, "srv-01");
	tls_free(f->client_tls);
	if (tls_client_new(&f->client_tls, pki_path(dir, "ca.crt"),
		pki_path(other, "nodes/srv-01.crt"), pki_path(other, "nodes/srv-01.key"), &e) == -1)
		fail_msg("%s", e.msg);
	f->client.on_ready = speak_when_ready;
	for (unsigned i = 1; i <= 20; i++) {
		f->client.conn = conn_connect(f->base, f->client_tls, (struct sockaddr *)&f->addr,
		    sizeof f->addr, "localhost", &ops, &f->client, &f->limits, &e);
		assert_non_null(f->client.conn);
		accept_one(f);
		for (int turn = 0; turn < 200 && (f->client.closed < i || f->server.closed < i);
		     turn++)
			run(f, 10);
		assert_string_equal(
		    f->client.why, "the collector does not know our certificate's authority");
		assert_non_null(strstr(f->server.why, "not signed by the authority in tls.ca (/"));
	}
	pki_remove(other);
}

/* The client as a bare TLS stream: what it writes need not be a frame. */
static struct bufferevent *
join_raw(struct fixture *f)
{
	struct err e;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&f->addr, sizeof f->addr), 0);
	evutil_make_socket_nonblocking(fd);
	struct bufferevent *bev = tls_connect(f->client_tls, f->base, fd, "localhost", &e);
	assert_non_null(bev);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	accept_one(f);
	f->server.ready = 0;
	for (int i = 0; i < 100 && !f->server.ready; i++)
		run(f, 20);
	f->server.stop_when_closed = true;
	return bev;
}

static void
refuse_raw(struct fixture *f, const void *bytes, size_t n, const char *reason)
{
	struct bufferevent *bev = join_raw(f);
	unsigned closed = f->server.closed;

	bufferevent_write(bev, bytes, n);
	run(f, 1000);
	bufferevent_free(bev);
	assert_int_equal(f->server.closed, closed + 1);
	if (strstr(f->server.why, reason) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", f->server.why, reason);
}

static void
test_bad_frames_close(void **state)
{
	struct fixture *f = *state;
	uint8_t raw[WIRE_HEADER + 4];

	wire_header_encode(raw, WIRE_BATCH, 0, "abcd", 4);
	memcpy(raw + WIRE_HEADER, "abce", 4);
	refuse_raw(f, raw, sizeof raw, "checksum");
	wire_header_encode(raw, WIRE_BATCH, 0, "abcd", 4);
	raw[0] = 'X';
	refuse_raw(f, raw, sizeof raw, "not a frame");
	wire_header_encode(raw, WIRE_BATCH, 0, "abcd", 4);
	memset(raw + 4, 0xff, 4); /* 4 GiB are announced */
	refuse_raw(f, raw, sizeof raw, "");
	assert_int_equal(f->server.frames, 0);
}

/* A frame that stops in its middle is no frame. */
static void
test_cut_frame_is_not_delivered(void **state)
{
	struct fixture *f = *state;
	uint8_t raw[WIRE_HEADER + 4];
	struct bufferevent *bev = join_raw(f);

	wire_header_encode(raw, WIRE_BATCH, 0, "abcd", 4);
	memcpy(raw + WIRE_HEADER, "abcd", 4);
	bufferevent_write(bev, raw, sizeof raw - 1);
	run(f, 100);
	bufferevent_free(bev);
	run(f, 1000);
	assert_int_equal(f->server.closed, 1);
	assert_int_equal(f->server.frames, 0);
}

static void
test_addresses_are_split(void **state)
{
	char host[256], port[8];
	struct err e;
	static const char *const bad[] = { "", "host", "host:", ":1", "host:65536", "host:-1",
		"::1:7481", "[::1]", "[::1]x:5", "[::1:5", "[]:5", "host:1x" };

	(void)state;
	assert_int_equal(conn_split_address("collector.example.az:7481", host, port, &e), 0);
	assert_string_equal(host, "collector.example.az");
	assert_string_equal(port, "7481");
	assert_int_equal(conn_split_address("[2001:db8::1]:1", host, port, &e), 0);
	assert_string_equal(host, "2001:db8::1");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (conn_split_address(bad[i], host, port, &e) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_frames_arrive_whole_and_in_order),
		TEST(test_close_says_its_last_words),
		TEST(test_close_waits_a_second_at_most),
		TEST(test_a_callback_may_end_its_conn),
		TEST(test_no_frame_comes_after_close),
		TEST(test_finish_needs_no_loop),
		TEST(test_paused_conn_delivers_nothing_until_resumed),
		TEST(test_pause_in_a_frame_keeps_the_next),
		TEST(test_output_is_bounded),
		TEST(test_silent_peer_is_given_up),
		TEST(test_handshake_has_a_deadline),
		TEST(test_garbage_and_early_ends_are_reasons),
		TEST(test_refused_connection_has_a_reason),
		TEST(test_no_tls_is_told),
		TEST(test_refused_client_hears_why),
		TEST(test_bad_frames_close),
		TEST(test_cut_frame_is_not_delivered),
		cmocka_unit_test(test_addresses_are_split),
	};

	return cmocka_run_group_tests(tests, make_pki, remove_pki);
}
