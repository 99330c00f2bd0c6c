/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* The HTTP server over real sockets: who gets in, which headers every answer has, what happens to
 * clients that leave, come in crowds or never finish. One thread: the client's side is read
 * without blocking between turns of the server's loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_collector.h"
#include "web_fixture.h"

/* Nobody without the token, and each refusal in the form of the one who asked. */
static void
door(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(ask(f, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), 401);
	assert_has(body(f), "<h1>Sign in</h1>");
	assert_int_equal(
	    ask(f, "GET /api/v1/status HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), 401);
	assert_has(body(f), "{\"error\":{\"code\":\"no-token\"");
	assert_int_equal(ask(f, "GET /nowhere HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), 401);
	assert_int_equal(get(f, "/nowhere"), 404);
	assert_int_equal(get(f, "/api/v1/nodes/nobody"), 404);
	assert_has(body(f), "\"no-such-node\"");
	assert_int_equal(get(f, "/api/v1/%zz"), 400);
	assert_int_equal(get(f, "/../etc/passwd"), 400);
	assert_int_equal(
	    ask(f, "GET / HTTP/1.1\r\nHost: evil.example\r\n" BEARER "Connection: close\r\n\r\n"),
	    421);
	assert_int_equal(ask(f, "GET / HTTP/1.0\r\n" BEARER "\r\n"), 421);
	assert_int_equal(
	    ask(f, "GET http://evil.example/ HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n"),
	    421);
	assert_int_equal(
	    ask(f, "DELETE / HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n"), 405);
	assert_int_equal(ask(f, "POST /api/v1/nodes HTTP/1.1\r\n" HOST BEARER
				"Content-Length: 0\r\nConnection: close\r\n\r\n"),
	    405);
	stop(f);
}

/* Every answer has the headers; HEAD has no body. */
static void
headers(void **state)
{
	(void)state;
	static const char *const paths[] = { "/", "/assets/style.css", "/nowhere", "/api/v1",
		"/login" };
	struct fixture *f = start(8);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		get(f, paths[i]);
		assert_has(f->answer, "Content-Security-Policy: default-src 'none'");
		assert_has(f->answer, "X-Content-Type-Options: nosniff");
		assert_has(f->answer, "Referrer-Policy: same-origin");
		assert_has(f->answer, "Cache-Control: ");
	}
	assert_int_equal(get(f, "/api/v1/status"), 200);
	size_t n = strlen(body(f));
	assert_int_equal(
	    ask(f, "HEAD /healthz HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n"), 200);
	assert_string_equal(body(f), "");
	assert_has(f->answer, "Content-Length: 3\r\n");
	assert_true(n > 200);
	stop(f);
}

/* What a client has already is not sent again, and what is the same has the same tag. */
static void
tags(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	char tag[64], request[512];
	assert_int_equal(get(f, "/api/v1"), 200);
	const char *at = strstr(f->answer, "ETag: W/\"");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "ETag: W/%60s", tag), 1);
	assert_has(f->answer, "Cache-Control: private, no-cache");
	snprintf(request, sizeof request,
	    "GET /api/v1 HTTP/1.1\r\n" HOST BEARER
	    "If-None-Match: \"x\", %s\r\nConnection: close\r\n\r\n",
	    tag);
	assert_int_equal(ask(f, request), 304);
	assert_string_equal(body(f), "");
	assert_has(f->answer, tag);
	assert_lacks(f->answer, "\nContent-Type");
	snprintf(request, sizeof request,
	    "GET /api/v1 HTTP/1.1\r\n" HOST BEARER
	    "If-None-Match: W/\"x\"\r\nConnection: close\r\n\r\n");
	assert_int_equal(ask(f, request), 200);
	/* No tag where a secret may be in the body, nor on what went wrong. */
	get(f, "/login");
	assert_lacks(f->answer, "ETag");
	assert_has(f->answer, "Cache-Control: no-store");
	get(f, "/nowhere");
	assert_lacks(f->answer, "ETag");
	assert_int_equal(get(f, "/assets/style.css"), 200);
	assert_has(f->answer, "Cache-Control: private, no-cache");
	at = strstr(f->answer, "ETag: W/\"");
	assert_non_null(at);
	char path[64];
	snprintf(path, sizeof path, "/assets/style.css?v=%.16s", at + 9);
	assert_int_equal(get(f, path), 200);
	assert_has(f->answer, "Cache-Control: max-age=31536000, immutable");
	stop(f);
}

/* Text goes by gzip to those who take it. */
static void
smaller(void **state)
{
	(void)state;
	static const struct {
		const char *accept;
		bool gzip;
	} rows[] = {
		{ "gzip, deflate, br", true },
		{ "identity", false },
		{ "gzip;q=0, *", false },
		{ "br;q=1.0, *;q=0.1", true },
	};
	struct fixture *f = start(8);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[512];
		snprintf(request, sizeof request,
		    "GET /api/v1 HTTP/1.1\r\n" HOST BEARER
		    "Accept-Encoding: %s\r\nConnection: close\r\n\r\n",
		    rows[i].accept);
		assert_int_equal(ask(f, request), 200);
		assert_has(f->answer, "Vary: Accept-Encoding");
		bool got = strstr(f->answer, "Content-Encoding: gzip\r\n") != NULL;
		assert_int_equal(got, rows[i].gzip);
		assert_int_equal(memcmp(body(f), "\x1f\x8b", 2) == 0, rows[i].gzip);
	}
	/* Too short to gain. */
	assert_int_equal(ask(f, "GET /api/v1/health HTTP/1.1\r\n" HOST BEARER
				"Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"),
	    200);
	assert_lacks(f->answer, "Content-Encoding");
	/* The length that HEAD tells is that of the body that GET would give. */
	size_t n = 0;
	assert_int_equal(ask(f, "GET /assets/style.css HTTP/1.1\r\n" HOST
				"Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"),
	    200);
	assert_int_equal(
	    sscanf(strstr(f->answer, "Content-Length: "), "Content-Length: %zu", &n), 1);
	assert_int_equal(n, f->n - (size_t)(body(f) - f->answer));
	char head[64];
	snprintf(head, sizeof head, "Content-Length: %zu\r\n", n);
	assert_int_equal(ask(f, "HEAD /assets/style.css HTTP/1.1\r\n" HOST
				"Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"),
	    200);
	assert_has(f->answer, head);
	assert_string_equal(body(f), "");
	stop(f);
}

/* 405 says what would do. */
static void
methods(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(get(f, "/api/v1/flush"), 405);
	assert_has(f->answer, "Allow: POST\r\n");
	assert_int_equal(ask(f, "POST /api/v1/nodes HTTP/1.1\r\n" HOST BEARER
				"Content-Length: 0\r\nConnection: close\r\n\r\n"),
	    405);
	assert_has(f->answer, "Allow: GET, HEAD\r\n");
	stop(f);
}

/* The API says what the site holds, exactly. */
static void
answers(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(get(f, "/api/v1/status"), 200);
	assert_has(body(f), "\"site\":\"Test <b>site</b>\"");
	assert_has(body(f), "\"values\":18446744073709551615");
	assert_has(body(f), "\"last_error\":\"relay says \\\"no\\\"\"");
	assert_has(body(f), "\"total\":2");
	assert_int_equal(get(f, "/api/v1/last?node=srv01"), 200);
	assert_has(body(f), "\"field\":\"used\",\"value\":1073741824,\"unit\":\"By\"");
	assert_has(body(f), "\"field\":\"out\",\"value\":null,\"unit\":\"By/s\"");
	assert_int_equal(get(f, "/api/v1/last?zone=b"), 404);
	assert_int_equal(get(f, "/api/v1/nodes?zone=a"), 200);
	assert_has(body(f), "\"name\":\"srv02\"");
	assert_has(body(f), "\"state\":\"never-seen\"");
	assert_int_equal(get(f, "/api/v1/series"), 200);
	assert_has(body(f), "\"name\":\"memory\"");
	assert_int_equal(get(f, "/api/v1/storage"), 200);
	assert_has(body(f), "\"total\":{\"series\":1,\"fields\":2,\"bytes\":");
	assert_int_equal(get(f, "/api/v1"), 200);
	assert_has(body(f), "\"path\":\"/api/v1/flush\",\"role\":\"operator\"");
	stop(f);
}

/* What is not there is said, and so is what does not run. */
static void
refuses(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(get(f, "/api/v1/last?node=srv01&series=memory"), 200);
	assert_int_equal(get(f, "/api/v1/last?node=srv01&series=nosuch"), 404);
	assert_has(body(f), "no-such-series");
	assert_int_equal(get(f, "/api/v1/last?node=srv02&series=memory"), 404);
	assert_int_equal(get(f, "/api/v1/nodes?node=srv01&zone=site"), 404);
	assert_int_equal(get(f, "/api/v1/status"), 200);
	assert_lacks(body(f), "\"state\":\"critical\"");
	assert_has(body(f), "\"off\":null");
	/* A greeting is no value. */
	site_seen(site_node(f->c.site, "srv02"), clock_steady_ms());
	assert_int_equal(get(f, "/api/v1/nodes/srv02"), 200);
	assert_has(body(f), "\"state\":\"never-seen\"");
	fake.store_dead = true;
	fake.mail_off = "no transport configured";
	assert_int_equal(get(f, "/api/v1/status"), 200);
	assert_has(body(f), "\"state\":\"critical\"");
	assert_has(body(f), "\"off\":\"no transport configured\"");
	assert_int_equal(get(f, "/"), 200);
	assert_has(body(f), "The store is not running");
	fake.store_dead = false;
	fake.mail_off = NULL;
	stop(f);
}

/* No text of the configuration or an agent gets out of its place in a page. */
static void
pages(void **state)
{
	(void)state;
	static const char *const paths[] = { "/", "/incidents", "/node/srv01", "/node/srv02",
		"/node/%3Cscript%3E", "/login?token=%3Cscript%3E" };
	struct fixture *f = start(8);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		get(f, paths[i]);
		assert_has(f->answer, "text/html; charset=utf-8");
		assert_lacks(body(f), "<script>");
		assert_lacks(body(f), "Test <b>");
		assert_has(body(f), "</html>");
	}
	assert_int_equal(get(f, "/node/srv01"), 200);
	assert_has(body(f), "Server &quot;1&quot;");
	assert_has(body(f), "1 GiB");
	assert_has(body(f), "title=\"Bytes &lt;sent&gt;\"");
	assert_int_equal(get(f, "/node/srv03"), 404);
	stop(f);
}

/* Sign-in gives a cookie; the cookie may look, not act. */
static void
session(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(
	    ask(f, "GET /login?token=" TOKEN " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
	    303);
	/* The cookie is a session's key, not the token. */
	char key[64], request[512];
	assert_lacks(f->answer, TOKEN);
	assert_int_equal(
	    sscanf(strstr(f->answer, "Set-Cookie: "), "Set-Cookie: zonewatch=%60[^;\r\n]", key), 1);
	assert_has(f->answer, "HttpOnly; SameSite=Strict");
	assert_lacks(f->answer, "Secure");
	assert_has(f->answer, "Location: /\r\n");
	assert_int_equal(
	    ask(f, "POST /login HTTP/1.1\r\n" HOST "Content-Length: 28\r\nConnection: close\r\n\r\n"
		   "token=" TOKEN),
	    303);
	assert_int_equal(ask(f, "POST /login HTTP/1.1\r\n" HOST
				"Content-Length: 10\r\nConnection: close\r\n\r\ntoken=0123"),
	    401);
	assert_lacks(f->answer, "Set-Cookie");
	snprintf(request, sizeof request,
	    "GET / HTTP/1.1\r\n" HOST "Cookie: zonewatch=%s\r\nConnection: close\r\n\r\n", key);
	assert_int_equal(ask(f, request), 200);
	snprintf(request, sizeof request,
	    "POST /api/v1/flush HTTP/1.1\r\n" HOST
	    "Cookie: zonewatch=%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	    key);
	assert_int_equal(ask(f, request), 403);
	assert_null(fake.flushed);
	stop(f);
}

/* Answers that come later reach the one who asked; parameters are checked before. */
static void
later(void **state)
{
	(void)state;
	static const char svg[] = "<svg/>";
	struct fixture *f = start(8);
	assert_int_equal(get(f, "/api/v1/graph"), 400);
	assert_int_equal(get(f, "/api/v1/graph?series=srv01/none"), 404);
	assert_int_equal(get(f, "/api/v1/graph?series=srv01/memory&last=x"), 400);
	assert_int_equal(get(f, "/api/v1/graph?series=srv01/memory&width=99"), 400);
	assert_int_equal(get(f, "/api/v1/graph?series=srv01/memory&field=no"), 400);
	assert_int_equal(get(f, "/api/v1/graph?series=srv01/memory&format=gif"), 400);
	assert_has(body(f), "svg or png or json");
	assert_null(fake.drawn);
	int fd = dial(f);
	const char *rq =
	    "GET /api/v1/graph?series=srv01/memory&last=2h&limit=1.5 HTTP/1.1\r\n" HOST BEARER
	    "\r\n";
	send(fd, rq, strlen(rq), 0);
	listen_to(f, fd, "x", 200);
	assert_string_equal(f->answer, "");
	assert_non_null(fake.drawn);
	assert_int_equal(fake.graph.end_s - fake.graph.start_s, 7200);
	assert_true(fake.graph.limit == 1.5);
	fake.drawn(fake.drawn_arg, (const uint8_t *)svg, sizeof svg - 1, NULL);
	listen_to(f, fd, svg, 2000);
	assert_has(f->answer, "Content-Type: image/svg+xml\r\n");
	assert_has(f->answer, "style-src 'unsafe-inline'");
	/* The connection is kept, and a failure says why. */
	send(fd, rq, strlen(rq), 0);
	listen_to(f, fd, "x", 200);
	fake.drawn(fake.drawn_arg, NULL, 0, "the child died");
	listen_to(f, fd, "the child died", 2000);
	assert_has(f->answer, "503 Service Unavailable");
	close(fd);
	stop(f);
}

/* A client that leaves before its answer, and a server that ends before it, cost nothing. */
static void
leaving(void **state)
{
	(void)state;
	const char *rq = "POST /api/v1/flush HTTP/1.1\r\n" HOST BEARER "Content-Length: 0\r\n\r\n";
	struct fixture *f = start(8);
	for (int i = 0; i < 20; i++) {
		int fd = dial(f);
		fake.flushed = NULL;
		send(fd, rq, strlen(rq), 0);
		listen_to(f, fd, "x", 30);
		assert_non_null(fake.flushed);
		close(fd);
		listen_to(f, fd, NULL, i % 2 == 0 ? 1 : 20);
		fake.flushed(fake.flushed_arg, i % 3);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(get(f, "/api/v1/health"), 200);
	int fd = dial(f);
	send(fd, rq, strlen(rq), 0);
	listen_to(f, fd, "x", 30);
	http_free(f->http);
	f->http = NULL;
	fake.flushed(fake.flushed_arg, 1);
	close(fd);
	stop(f);
}

/* Who opens connections and asks nothing keeps nobody out: the one that is idle longest gives way.
 */
static void
crowd(void **state)
{
	(void)state;
	struct fixture *f = start(2);
	const char *rq = "GET /api/v1/health HTTP/1.1\r\n" HOST BEARER "\r\n";
	int a = dial(f);
	int b = dial(f);
	listen_to(f, b, "x", 30);
	send(a, rq, strlen(rq), 0);
	listen_to(f, a, "\"ok\"", 2000);
	assert_int_equal(get(f, "/api/v1/health"), 200);
	assert_true(listen_to(f, b, NULL, 1000)); /* it asked nothing since before */
	send(a, rq, strlen(rq), 0);
	listen_to(f, a, "\"ok\"", 2000);
	assert_has(f->answer, "200 OK");
	/* Far more than there are places for. */
	int many[60];
	for (int i = 0; i < 60; i++) {
		many[i] = dial(f);
		send(many[i], rq, 10, 0);
	}
	assert_int_equal(get(f, "/api/v1/health"), 200);
	for (int i = 0; i < 60; i++)
		close(many[i]);
	close(a);
	close(b);
	stop(f);
}

/* Who comes while all places are at work is told so. */
static void
busy(void **state)
{
	(void)state;
	struct fixture *f = start(1);
	const char *rq = "POST /api/v1/flush HTTP/1.1\r\n" HOST BEARER "Content-Length: 0\r\n\r\n";
	int fd = dial(f);
	send(fd, rq, strlen(rq), 0);
	listen_to(f, fd, "x", 50);
	assert_int_equal(get(f, "/api/v1/health"), 503);
	assert_has(body(f), "too many connections");
	fake.flushed(fake.flushed_arg, 1);
	listen_to(f, fd, "200 OK", 2000);
	assert_has(f->answer, "200 OK");
	assert_int_equal(get(f, "/api/v1/health"), 200);
	close(fd);
	stop(f);
}

/* A request that never ends is cut after its time, however busy it looks. */
static void
slow(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	const char *rq = "GET /api/v1/health HTTP/1.1\r\n" HOST "X-Slow: ";
	int fd = dial(f);
	send(fd, rq, strlen(rq), 0);
	int64_t begin = clock_mono_ms();
	bool closed = false;
	while (!closed && clock_mono_ms() < begin + 9000) {
		send(fd, "a", 1, MSG_NOSIGNAL);
		closed = listen_to(f, fd, NULL, 100);
	}
	int64_t took = clock_mono_ms() - begin;
	assert_true(closed);
	assert_in_range(took, 4500, 6500);
	close(fd);
	stop(f);
}

/* Too large a header or body, and rubbish, are refused. */
static void
rubbish(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	static char large[20000];
	int n = snprintf(large, sizeof large, "GET / HTTP/1.1\r\n" HOST "X: ");
	memset(large + n, 'a', 10000);
	strcpy(large + n + 10000, "\r\n\r\n");
	assert_int_equal(ask(f, large), 400);
	assert_int_equal(
	    ask(f, "POST /login HTTP/1.1\r\n" HOST "Content-Length: 20000\r\n\r\n"), 413);
	ask(f, "\r\n\r\n\r\n");
	ask(f, "G\0T / \x01\xff\r\n\r\n");
	ask(f, "GET\r\n\r\n");
	ask(f, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(get(f, "/api/v1/health"), 200);
	stop(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(door),
		cmocka_unit_test(headers),
		cmocka_unit_test(tags),
		cmocka_unit_test(smaller),
		cmocka_unit_test(methods),
		cmocka_unit_test(answers),
		cmocka_unit_test(refuses),
		cmocka_unit_test(pages),
		cmocka_unit_test(session),
		cmocka_unit_test(later),
		cmocka_unit_test(leaving),
		cmocka_unit_test(crowd),
		cmocka_unit_test(busy),
		cmocka_unit_test(slow),
		cmocka_unit_test(rubbish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
