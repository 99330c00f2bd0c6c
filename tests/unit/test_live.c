/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* The hub of topics over real sockets, with topics of its own: what a follower is told, when
 * somebody cannot keep up, and that nothing is left of those who left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_collector.h"
#include "web_fixture.h"
#include "collector/web/live_pieces.h"

/* What the topics say now. */
static struct {
	int a;
	bool has_b;
	unsigned made;
	uint64_t version;
	int big;
} now_said;

/* Two pieces, of which one comes and goes. */
static void
put_things(const struct live_view *v, struct live_pieces *out)
{
	(void)v;
	now_said.made++;
	if (now_said.has_b) {
		json_text(live_begin(out, "b \"q\""), "is", "line\nbreak");
		live_end(out);
	}
	json_int(live_begin(out, "a"), "n", now_said.a);
	live_end(out);
}

/* A piece that no client takes at once. */
static void
put_big(const struct live_view *v, struct live_pieces *out)
{
	static char filler[100001];
	(void)v;
	memset(filler, 'x', sizeof filler - 1);
	struct json *j = live_begin(out, "big");
	json_int(j, "n", now_said.big++);
	json_text(j, "filler", filler);
	live_end(out);
}

/* A page that is a version. */
static void
put_page(const struct live_view *v, struct live_pieces *out)
{
	assert_string_equal(v->arg, "srv01");
	live_version(out, now_said.version);
}

/* Whether there is such a node. */
static bool
knows_node(const struct collector *c, const char *arg)
{
	return site_node(c->site, arg) != NULL;
}

/* Instead of live_topics.c's, which the linker then leaves out. */
const struct live_topic live_topics[] = {
	{ "things", WHO_VIEWER, NULL, put_things, 0 },
	{ "big", WHO_VIEWER, NULL, put_big, 0 },
	{ "node", WHO_VIEWER, knows_node, put_page, 0 },
};
const size_t live_ntopics = sizeof live_topics / sizeof live_topics[0];

/* Follows a topic: the socket. */
static int
follow(struct fixture *f, const char *topic)
{
	char request[512];
	int fd = dial(f);
	int n = snprintf(request, sizeof request,
	    "GET /api/v1/live?topic=%s HTTP/1.1\r\n" HOST BEARER "\r\n", topic);
	assert_int_equal(send(fd, request, (size_t)n, 0), n);
	return fd;
}

/* All at first, then what changed, then that nothing did. */
static void
tells(void **state)
{
	(void)state;
	struct fixture *f = start(16);
	memset(&now_said, 0, sizeof now_said);
	now_said.a = 1;
	int fd = follow(f, "things");
	listen_to(f, fd, "\n\n", 2000);
	assert_has(f->answer, "200 OK");
	assert_has(f->answer, "Content-Type: text/event-stream\r\n");
	assert_has(f->answer, "Cache-Control: no-store\r\n");
	assert_lacks(f->answer, "Content-Length");
	assert_has(f->answer, "event: state\ndata: {\"now_ms\":");
	assert_has(f->answer, "\"full\":true,\"set\":{\"a\":{\"n\":1}},\"drop\":[]}\n\n");
	now_said.has_b = true;
	listen_to(f, fd, "\n\n", 1000);
	assert_has(f->answer, "\"full\":false,\"set\":{\"b "
			      "\\\"q\\\"\":{\"is\":\"line\\u000abreak\"}},\"drop\":[]}\n\n");
	now_said.a = 2;
	now_said.has_b = false;
	listen_to(f, fd, "\n\n", 1000);
	assert_has(f->answer, "\"set\":{\"a\":{\"n\":2}},\"drop\":[\"b \\\"q\\\"\"]}\n\n");
	int64_t begin = clock_mono_ms();
	listen_to(f, fd, "\n\n", 4000);
	assert_has(f->answer, "event: beat\ndata: {\"now_ms\":");
	assert_in_range(clock_mono_ms() - begin, LIVE_BEAT_MS - 300, LIVE_BEAT_MS + 600);
	close(fd);
	stop(f);
}

/* One topic is made once a turn for all, and not at all for nobody. */
static void
shares(void **state)
{
	(void)state;
	struct fixture *f = start(16);
	memset(&now_said, 0, sizeof now_said);
	int a = follow(f, "things");
	int b = follow(f, "things");
	listen_to(f, a, "\n\n", 1000);
	listen_to(f, b, "\n\n", 1000);
	assert_int_equal(live_count(f->c.live), 2);
	unsigned before = now_said.made;
	now_said.a = 7;
	listen_to(f, a, "\"n\":7", 1000);
	listen_to(f, b, "\"n\":7", 1000);
	assert_in_range(now_said.made - before, 1, 2);
	close(a);
	close(b);
	listen_to(f, dial(f), NULL, 300);
	assert_int_equal(live_count(f->c.live), 0);
	before = now_said.made;
	listen_to(f, dial(f), NULL, 600);
	assert_int_equal(now_said.made, before);
	stop(f);
}

/* What cannot be followed is said; more than allowed are told to come again. */
static void
refuses(void **state)
{
	(void)state;
	struct fixture *f = start(16);
	int fds[4];
	assert_int_equal(get(f, "/api/v1/live"), 400);
	assert_int_equal(get(f, "/api/v1/live?topic=nosuch"), 404);
	assert_int_equal(get(f, "/api/v1/live?topic=things:x"), 404);
	assert_int_equal(get(f, "/api/v1/live?topic=node"), 404);
	assert_int_equal(get(f, "/api/v1/live?topic=node:srv09"), 404);
	assert_int_equal(
	    ask(f, "GET /api/v1/live?topic=things HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
	    401);
	assert_int_equal(ask(f, "HEAD /api/v1/live?topic=things HTTP/1.1\r\n" HOST BEARER
				"Connection: close\r\n\r\n"),
	    200);
	assert_string_equal(body(f), "");
	assert_int_equal(live_count(f->c.live), 0);
	for (int i = 0; i < 4; i++) {
		fds[i] = follow(f, "node:srv01");
		listen_to(f, fds[i], "\n\n", 1000);
		assert_has(f->answer, "\"page\":{\"version\":\"0000000000000000\"}");
	}
	assert_int_equal(get(f, "/api/v1/live?topic=things"), 503);
	assert_has(f->answer, "Retry-After: 5\r\n");
	close(fds[0]);
	listen_to(f, fds[1], "x", 100);
	now_said.version = 0xabc;
	fds[0] = follow(f, "node:srv01");
	listen_to(f, fds[0], "\"0000000000000abc\"", 1000);
	assert_has(f->answer, "200 OK");
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	stop(f);
}

/* Who reads too slowly is dropped; who reads goes on. */
static void
drops(void **state)
{
	(void)state;
	struct fixture *f = start(16);
	int little = 4096;
	int slow = follow(f, "big");
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
	int quick = follow(f, "big");
	int64_t end = clock_mono_ms() + 20000;
	while (live_dropped(f->c.live) == 0 && clock_mono_ms() < end) {
		listen_to(f, quick, "\n\n", 1000);
		assert_has(f->answer, "\n\n");
	}
	assert_int_equal(live_dropped(f->c.live), 1);
	assert_int_equal(live_count(f->c.live), 1);
	listen_to(f, quick, "\n\n", 1000);
	assert_has(f->answer, "\n\n");
	close(slow);
	close(quick);
	stop(f);
}

/* Thousands who come and leave at once leave nothing behind: the sanitizer looks. */
static void
leaves(void **state)
{
	(void)state;
	struct fixture *f = start(16);
	for (int i = 0; i < 10000; i++) {
		int fd = follow(f, i % 2 == 0 ? "things" : "node:srv01");
		int64_t end = clock_mono_ms() + 1000;
		/* Some leave before they are answered. */
		while (i % 3 != 0 && live_count(f->c.live) == 0 && clock_mono_ms() < end)
			event_base_loop(f->base, EVLOOP_NONBLOCK);
		if (i % 5 == 0)
			shutdown(fd, SHUT_WR);
		struct linger reset = { 1, 0 };
		if (i % 4 == 0)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(fd);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		while (live_count(f->c.live) > 2)
			event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	int64_t end = clock_mono_ms() + 5000;
	while (live_count(f->c.live) > 0 && clock_mono_ms() < end)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(live_count(f->c.live), 0);
	/* And the server ends while some are there. */
	int fds[3];
	for (int i = 0; i < 3; i++) {
		fds[i] = follow(f, "things");
		listen_to(f, fds[i], "\n\n", 1000);
	}
	assert_int_equal(live_count(f->c.live), 3);
	stop(f);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

/* Pieces: order and doubles do not matter, changes are found. */
static void
pieces(void **state)
{
	(void)state;
	struct live_pieces a = { 0 }, b = { 0 };
	struct buf out = { 0 };
	for (int i = 0; i < 100; i++) {
		char key[16];
		snprintf(key, sizeof key, "k%d", i);
		json_int(live_begin(&a, key), "v", i);
		live_end(&a);
		snprintf(key, sizeof key, "k%d", 99 - i);
		json_int(live_begin(&b, key), "v", 99 - i);
		live_end(&b);
	}
	json_int(live_begin(&b, "k5"), "v", 12345);
	live_end(&b);
	live_pieces_sort(&a);
	live_pieces_sort(&b);
	assert_int_equal(b.n, 100);
	assert_int_equal(live_pieces_change(&out, &a, &b, 1), 0);
	assert_int_equal(out.len, 0);
	live_pieces_clear(&b);
	json_int(live_begin(&b, "k7"), "v", 8);
	live_end(&b);
	live_pieces_sort(&b);
	assert_int_equal(live_pieces_change(&out, &a, &b, 1), 100);
	live_pieces_clear(&b);
	assert_int_equal(live_pieces_change(&out, &b, &b, 1), 0);
	/* Too many are left out, not written past the end. */
	for (int i = 0; i < LIVE_MAX_PIECES + 10; i++) {
		char key[16];
		snprintf(key, sizeof key, "%d", i);
		live_begin(&b, key);
		live_end(&b);
	}
	assert_int_equal(b.n, LIVE_MAX_PIECES);
	buf_free(&out);
	live_pieces_free(&a);
	live_pieces_free(&b);
}

/* States are told at once, values when it is time. */
static void
calm(void **state)
{
	(void)state;
	struct live_pieces a = { 0 }, b = { 0 };
	struct buf out = { 0 };
	a.now_ms = 100000;
	live_versions(&a, 1, 1);
	b.values = a.values;
	b.values_ms = a.values_ms;
	b.now_ms = a.now_ms + LIVE_CALM_MS - 1;
	live_versions(&b, 1, 2);
	assert_int_equal(live_pieces_change(&out, &a, &b, 1), 0);
	live_pieces_clear(&b);
	live_versions(&b, 2, 2);
	assert_int_equal(live_pieces_change(&out, &a, &b, 1), 1);
	live_pieces_clear(&b);
	b.now_ms++;
	live_versions(&b, 1, 2);
	assert_int_equal(live_pieces_change(&out, &a, &b, 1), 1);
	buf_free(&out);
	live_pieces_free(&a);
	live_pieces_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(calm),
		cmocka_unit_test(tells),
		cmocka_unit_test(shares),
		cmocka_unit_test(refuses),
		cmocka_unit_test(drops),
		cmocka_unit_test(leaves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
