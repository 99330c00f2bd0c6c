/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* The HTTP server over real sockets: who gets in, which headers every answer has, what happens to
 * clients that leave, come in crowds or never finish. One thread: the client's side is read
 * without blocking between turns of the server's loop. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/accounts.h"
#include "collector/web/http.h"
#include "zw/clock.h"

#include "fake_collector.h"

#define TOKEN "0123456789abcdef-token"
#define BEARER "Authorization: Bearer " TOKEN "\r\n"
#define HOST "Host: 127.0.0.1:80\r\n"

static const char conf_text[] =
    "site = \"Test <b>site</b>\";\n"
    "zones = ( { name = \"a\"; title = \"Zone <script>alert(1)</script>\"; } );\n"
    "nodes = ( { name = \"srv01\"; title = \"Server \\\"1\\\"\"; zone = \"a\"; },\n"
    "          { name = \"srv02\"; zone = \"a\"; } );\n";

struct fixture {
	struct event_base *base;
	struct collector c;
	struct conf_collector *conf;
	struct auth_hosts hosts;
	struct http *http;
	char answer[65536];
};

/* A change of the engine's; there is none here. */
static void
changed(void *arg, const struct alert_change *ch)
{
	(void)arg;
	(void)ch;
}

/* A configuration of two nodes. */
static struct conf_collector *
load_conf(void)
{
	char path[] = "/tmp/zw-web-XXXXXX";
	unsigned errors = 0;
	void *conf;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, conf_text, sizeof conf_text - 1), sizeof conf_text - 1);
	close(fd);
	assert_int_equal(
	    conf_load(&collector_conf_table, path, &conf, collector_conf_check, stderr, &errors),
	    0);
	unlink(path);
	return conf;
}

/* A server with one series in its site. */
static struct fixture *
start(unsigned max_connections)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->base = event_base_new();
	f->conf = load_conf();
	f->c.conf = f->conf;
	f->c.started_ms = clock_wall_ms() - 61000;
	f->c.site = site_new(f->conf);
	f->c.engine = engine_new(f->conf, f->c.site, clock_steady_ms(), changed, NULL);
	struct series_def def = { .node = "srv01", .source = "memory", .step_s = 10, .nfields = 2 };
	const struct field_row used = { "used", FIELD_GAUGE, "By", 0, 1e15, "Memory in use" };
	const struct field_row out = { "out", FIELD_COUNTER, "By", 0, 1e15, "Bytes <sent>" };
	field_from_row(&def.fields[0], &used);
	field_from_row(&def.fields[1], &out);
	struct series *se = site_define(f->c.site, 1, &def);
	const double values[] = { 1073741824, 5 };
	site_update(se, clock_wall_ms() / 1000, clock_steady_ms(), 2, values);
	auth_hosts_init(&f->hosts, "127.0.0.1:0", NULL);
	struct sockaddr_in sa = { .sin_family = AF_INET };
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct http_options o = { &f->c, &f->hosts, max_connections };
	const struct accounts_options people = { .path = "/nonexistent/accounts.json",
		.token = TOKEN,
		.idle_ms = 3600000,
		.longest_ms = 86400000 };
	struct err e;
	assert_int_equal(accounts_new(&f->c.accounts, f->base, &people, &e), 0);
	assert_int_equal(http_new(&f->http, f->base, (struct sockaddr *)&sa, sizeof sa, &o, &e), 0);
	return f;
}

/* Its end; everything is freed, or the sanitizer says so. */
static void
stop(struct fixture *f)
{
	http_free(f->http);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	accounts_free(f->c.accounts);
	auth_hosts_clear(&f->hosts);
	engine_free(f->c.engine);
	site_free(f->c.site);
	conf_free(&collector_conf_table, f->conf);
	event_base_free(f->base);
	libevent_global_shutdown();
	free(f);
}

/* A client's socket. */
static int
dial(struct fixture *f)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sa.sin_port = htons((uint16_t)http_port(f->http));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Lets the server turn until the answer is whole (closed, or `until` seen in it), or time is up.
 * Returns whether the connection was closed. */
static bool
listen_to(struct fixture *f, int fd, const char *until, int ms)
{
	size_t n = 0;
	int64_t end = clock_mono_ms() + ms;
	f->answer[0] = '\0';
	while (clock_mono_ms() < end) {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		ssize_t got = recv(fd, f->answer + n, sizeof f->answer - 1 - n, 0);
		if (got == 0 || (got == -1 && errno != EAGAIN))
			return true;
		if (got > 0)
			n += (size_t)got;
		f->answer[n] = '\0';
		if (until != NULL && strstr(f->answer, until) != NULL)
			return false;
		struct pollfd p = { fd, POLLIN, 0 };
		poll(&p, 1, 1);
	}
	return false;
}

/* A whole exchange on a connection of its own: the status. The answer is in f->answer. */
static int
ask(struct fixture *f, const char *request)
{
	int fd = dial(f);
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	shutdown(fd, SHUT_WR);
	listen_to(f, fd, NULL, 3000);
	close(fd);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	return strlen(f->answer) > 12 ? atoi(f->answer + 9) : -1;
}

/* GET of a path with the token. */
static int
get(struct fixture *f, const char *path)
{
	char request[512];
	snprintf(request, sizeof request,
	    "GET %s HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n", path);
	return ask(f, request);
}

/* The body of the last answer. */
static const char *
body(const struct fixture *f)
{
	const char *b = strstr(f->answer, "\r\n\r\n");
	return b != NULL ? b + 4 : "";
}

#define assert_has(text, part) assert_non_null(strstr(text, part))
#define assert_lacks(text, part) assert_null(strstr(text, part))

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
	    ask(f, "HEAD /api/v1/health HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n"),
	    200);
	assert_string_equal(body(f), "");
	assert_has(f->answer, "Content-Length: 16\r\n");
	assert_true(n > 200);
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
		assert_lacks(body(f), "<b>");
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
	assert_has(f->answer, "Set-Cookie: zonewatch=" TOKEN
			      "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict\r\n");
	assert_has(f->answer, "Location: /\r\n");
	assert_int_equal(
	    ask(f, "POST /login HTTP/1.1\r\n" HOST "Content-Length: 28\r\nConnection: close\r\n\r\n"
		   "token=" TOKEN),
	    303);
	assert_int_equal(ask(f, "POST /login HTTP/1.1\r\n" HOST
				"Content-Length: 10\r\nConnection: close\r\n\r\ntoken=0123"),
	    401);
	assert_lacks(f->answer, "Set-Cookie");
	assert_int_equal(ask(f, "GET / HTTP/1.1\r\n" HOST "Cookie: zonewatch=" TOKEN
				"\r\nConnection: close\r\n\r\n"),
	    200);
	assert_int_equal(ask(f, "POST /api/v1/flush HTTP/1.1\r\n" HOST "Cookie: zonewatch=" TOKEN
				"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
	    403);
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

/* More connections than allowed are told so, and those that were there go on. */
static void
crowd(void **state)
{
	(void)state;
	struct fixture *f = start(2);
	const char *rq = "GET /api/v1/health HTTP/1.1\r\n" HOST BEARER "\r\n";
	int a = dial(f);
	int b = dial(f);
	send(a, rq, strlen(rq), 0);
	listen_to(f, a, "\"ok\"", 2000);
	send(b, rq, strlen(rq), 0);
	listen_to(f, b, "\"ok\"", 2000);
	assert_int_equal(get(f, "/api/v1/health"), 503);
	assert_has(body(f), "too many connections");
	send(a, rq, strlen(rq), 0);
	listen_to(f, a, "\"ok\"", 2000);
	assert_has(f->answer, "200 OK");
	close(a);
	listen_to(f, b, "x", 50);
	assert_int_equal(get(f, "/api/v1/health"), 200);
	/* Far more than are even told. */
	int many[60];
	for (int i = 0; i < 60; i++)
		many[i] = dial(f);
	listen_to(f, b, "x", 100);
	for (int i = 0; i < 60; i++)
		close(many[i]);
	listen_to(f, b, "x", 600);
	assert_int_equal(get(f, "/api/v1/health"), 200);
	close(b);
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
		cmocka_unit_test(answers),
		cmocka_unit_test(refuses),
		cmocka_unit_test(pages),
		cmocka_unit_test(session),
		cmocka_unit_test(later),
		cmocka_unit_test(leaving),
		cmocka_unit_test(crowd),
		cmocka_unit_test(slow),
		cmocka_unit_test(rubbish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
