/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ping: what a small HTTP server sees of it, and what is made of its answers. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "collector/notify/ping.h"
#include "zw/clock.h"
#include "zw/str.h"

#define MINUTE INT64_C(60000)
#define LONG 200000

struct server {
	int fd;
	int stop[2]; /* a pipe */
	char url[64];
	const char *answer; /* NULL: never */
	size_t padding;	    /* so many bytes behind it */
	char asked[512];    /* the last question */
	pthread_t thread;
};

/* Answers one connection. */
static void
serve(struct server *s, int fd)
{
	static const char filler[1000] = { ' ' };
	ssize_t n = recv(fd, s->asked, sizeof s->asked - 1, 0);

	s->asked[n > 0 ? n : 0] = '\0';
	if (s->answer == NULL) {
		struct pollfd p = { .fd = s->stop[0], .events = POLLIN };
		(void)poll(&p, 1, 30000);
	} else {
		(void)send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
		for (size_t i = 0; i < s->padding; i += sizeof filler)
			if (send(fd, filler, sizeof filler, MSG_NOSIGNAL) == -1)
				break;
	}
	close(fd);
}

static void *
run(void *arg)
{
	struct server *s = arg;

	for (;;) {
		struct pollfd p[] = { { .fd = s->stop[0], .events = POLLIN },
			{ .fd = s->fd, .events = POLLIN } };
		if (poll(p, 2, 60000) < 1 || p[0].revents != 0)
			return NULL;
		int fd = accept(s->fd, NULL, NULL);
		if (fd != -1)
			serve(s, fd);
	}
}

static void
server_start(struct server *s, const char *answer, size_t padding)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t n = sizeof sin;

	*s = (struct server){ .answer = answer, .padding = padding };
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sin, n), 0);
	assert_int_equal(listen(s->fd, 5), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sin, &n), 0);
	assert_int_equal(
	    str_format(s->url, sizeof s->url, "http://127.0.0.1:%u/alive?x=1", ntohs(sin.sin_port)),
	    0);
	assert_int_equal(pipe(s->stop), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

static void
server_stop(struct server *s)
{
	assert_int_equal(write(s->stop[1], "x", 1), 1);
	pthread_join(s->thread, NULL);
	close(s->stop[0]);
	close(s->stop[1]);
	close(s->fd);
}

/* Turns the loop until there were so many answers, or none for 10 s. */
static void
wait_for(struct event_base *base, const struct notify_stats *st, uint64_t n)
{
	int64_t end_ms = clock_mono_ms() + 10000;

	while (st->pings + st->unpinged < n && clock_mono_ms() < end_ms) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(2000);
	}
	assert_int_equal(st->pings + st->unpinged, n);
}

static void
test_answers(void **state)
{
	static const struct {
		const char *answer;
		size_t padding;
		const char *error; /* NULL: it is one */
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 0, NULL },
		{ "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 0, NULL },
		{ "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0, "503" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n", LONG,
		    "" },
		{ "nonsense\r\n\r\n", 0, "" },
		{ "", 0, "" },
	};
	struct event_base *base = event_base_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct notify_stats st = { 0 };
		struct server s;
		struct ping *p;
		struct err e;

		server_start(&s, rows[i].answer, rows[i].padding);
		assert_int_equal(ping_new(&p, base, s.url, &st, &e), 0);
		ping_tick(p, 1000);
		ping_tick(p, 1001); /* it is under way */
		wait_for(base, &st, 1);
		assert_int_equal(st.pings, rows[i].error == NULL);
		assert_int_equal(st.pinged_ms != 0, rows[i].error == NULL);
		if (rows[i].error == NULL)
			assert_string_equal(st.ping_error, "");
		else
			assert_true(*st.ping_error != '\0' && strstr(st.ping_error, rows[i].error));
		assert_non_null(strstr(s.asked, "GET /alive?x=1 HTTP/1.1\r\n"));
		ping_tick(p, 1000 + MINUTE - 1); /* not yet */
		event_base_loop(base, EVLOOP_NONBLOCK);
		ping_tick(p, 1000 + MINUTE);
		wait_for(base, &st, 2);
		ping_free(p);
		server_stop(&s);
	}
	event_base_free(base);
}

/* Nobody is there; then somebody is. */
static void
test_gone_and_back(void **state)
{
	struct event_base *base = event_base_new();
	struct notify_stats st = { 0 };
	struct server s;
	struct ping *p;
	struct err e;
	int64_t now = 1000;

	(void)state;
	server_start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0);
	assert_int_equal(ping_new(&p, base, s.url, &st, &e), 0);
	server_stop(&s);
	ping_tick(p, now);
	wait_for(base, &st, 1);
	assert_int_equal(st.unpinged, 1);
	assert_true(*st.ping_error != '\0');
	ping_free(p);
	server_start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0);
	assert_int_equal(ping_new(&p, base, s.url, &st, &e), 0);
	ping_tick(p, now + MINUTE);
	wait_for(base, &st, 2);
	assert_int_equal(st.pings, 1);
	assert_string_equal(st.ping_error, "");
	ping_free(p);
	server_stop(&s);
	event_base_free(base);
}

/* One that is never answered holds nobody up: neither the loop nor the end. */
static void
test_hanging(void **state)
{
	struct event_base *base = event_base_new();
	struct notify_stats st = { 0 };
	struct server s;
	struct ping *p;
	struct err e;

	(void)state;
	server_start(&s, NULL, 0);
	assert_int_equal(ping_new(&p, base, s.url, &st, &e), 0);
	int64_t began_ms = clock_mono_ms();
	ping_tick(p, 1000);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ping_tick(p, 1000 + MINUTE); /* the first is still under way: no second */
	ping_free(p);
	assert_true(clock_mono_ms() - began_ms < 2000);
	server_stop(&s);
	usleep(300000); /* the thread that was left ends by itself */
	event_base_free(base);
}

static void
test_refused_urls(void **state)
{
	struct event_base *base = event_base_new();
	struct notify_stats st = { 0 };
	struct ping *p;
	struct err e;

	(void)state;
	assert_int_equal(ping_new(&p, base, "file:///etc/passwd", &st, &e), -1);
	assert_non_null(strstr(e.msg, "is no http or https URL"));
	assert_int_equal(ping_new(&p, base, "example.org", &st, &e), -1);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_gone_and_back),
		cmocka_unit_test(test_hanging),
		cmocka_unit_test(test_refused_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
