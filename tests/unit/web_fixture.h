/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web_fixture: the HTTP server over real sockets, and a client that never blocks: one thread lets
 * the server turn while it waits. After cmocka.h and fake_collector.h. */
#ifndef WEB_FIXTURE_H
#define WEB_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/event.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/accounts.h"
#include "collector/web/http.h"
#include "collector/web/live.h"
#include "zw/clock.h"

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
	char dir[32]; /* of the history */
	struct http *http;
	size_t n; /* bytes of the answer, which ends with a NUL besides */
	char answer[1 << 20];
};

/* A change of the engine's; there is none here. */
static inline void
changed(void *arg, const struct alert_change *ch)
{
	(void)arg;
	(void)ch;
}

/* A configuration of two nodes. */
static inline struct conf_collector *
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

/* A server with one series in its site; tls may be NULL. */
static inline struct fixture *
start_tls(unsigned max_connections, const struct tls *tls)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct history_restored restored;
	struct err e;
	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	f->base = event_base_new();
	strcpy(f->dir, "/tmp/zw-web-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(history_open(&f->c.history, f->base, f->dir, &restored, &e), 0);
	history_restored_clear(&restored);
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
	struct http_options o = { .collector = &f->c,
		.hosts = &f->hosts,
		.max_connections = max_connections,
		.tls = tls };
	const struct accounts_options people = { .path = "/nonexistent/accounts.json",
		.token = TOKEN,
		.idle_ms = 3600000,
		.longest_ms = 86400000 };
	assert_int_equal(accounts_new(&f->c.accounts, f->base, &people, &e), 0);
	f->c.live = live_new(f->base, &f->c, 4);
	assert_int_equal(http_new(&f->http, f->base, (struct sockaddr *)&sa, sizeof sa, &o, &e), 0);
	return f;
}

/* The same without TLS. */
static inline struct fixture *
start(unsigned max_connections)
{
	return start_tls(max_connections, NULL);
}

/* Its end; everything is freed, or the sanitizer says so. */
static inline void
stop(struct fixture *f)
{
	http_free(f->http);
	live_free(f->c.live);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	accounts_free(f->c.accounts);
	history_close(f->c.history);
	char remove[64];
	snprintf(remove, sizeof remove, "rm -rf %s", f->dir);
	assert_int_equal(system(remove), 0);
	auth_hosts_clear(&f->hosts);
	engine_free(f->c.engine);
	site_free(f->c.site);
	conf_free(&collector_conf_table, f->conf);
	event_base_free(f->base);
	libevent_global_shutdown();
	free(f);
}

/* A client's socket. */
static inline int
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
static inline bool
listen_to(struct fixture *f, int fd, const char *until, int ms)
{
	size_t n = 0;
	int64_t end = clock_mono_ms() + ms;
	f->n = 0;
	f->answer[0] = '\0';
	while (clock_mono_ms() < end) {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		ssize_t got = recv(fd, f->answer + n, sizeof f->answer - 1 - n, 0);
		if (got == 0 || (got == -1 && errno != EAGAIN))
			return true;
		if (got > 0)
			n += (size_t)got;
		f->answer[n] = '\0';
		f->n = n;
		if (until != NULL && strstr(f->answer, until) != NULL)
			return false;
		struct pollfd p = { fd, POLLIN, 0 };
		poll(&p, 1, 1);
	}
	return false;
}

/* A whole exchange on a connection of its own: the status. The answer is in f->answer. */
static inline int
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
static inline int
get(struct fixture *f, const char *path)
{
	char request[512];
	snprintf(request, sizeof request,
	    "GET %s HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n", path);
	return ask(f, request);
}

/* The body of the last answer. */
static inline const char *
body(const struct fixture *f)
{
	const char *b = strstr(f->answer, "\r\n\r\n");
	return b != NULL ? b + 4 : "";
}

#define assert_has(text, part) assert_non_null(strstr(text, part))
#define assert_lacks(text, part) assert_null(strstr(text, part))

#endif
