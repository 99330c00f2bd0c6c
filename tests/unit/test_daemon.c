/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of daemon.c: exit codes of the options that end a program, signals in the loop, and what
 * the service manager hears. What exits runs in a child process. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zw/conf.h"
#include "zw/daemon.h"

struct box {
	int64_t limit;
};

static const struct conf_key keys[] = { { .name = "limit",
    .type = CONF_integer,
    .offset = offsetof(struct box, limit),
    .def = "5",
    .min = 1,
    .max = 9,
    .help = "A limit." } };
static const struct conf_table table = {
	.name = "box", .size = sizeof(struct box), .keys = keys, .nkeys = 1
};
static const struct daemon_about about = {
	.name = "zonewatch-box", .summary = "A test.", .default_conf = "/nonexistent/box.conf"
};

/* Run a daemon's beginning with a configuration's text and an option; what it prints goes to out.
 * Returns its exit code, 42 if it went on. */
static int
run(const char *text, const char *option, char out[4096])
{
	char path[] = "/tmp/zw-daemon-XXXXXX";
	int fd = mkstemp(path), pipes[2], status = 0;
	size_t n = 0;

	assert_true(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char name[] = "box", c[] = "-c", opt[32];
		snprintf(opt, sizeof opt, "%s", option);
		char *argv[] = { name, c, path, *opt != '\0' ? opt : NULL, NULL };
		struct daemon_options o;
		void *conf = NULL;
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		daemon_start(&about, *opt != '\0' ? 4 : 3, argv, &o);
		daemon_conf(&o, &table, NULL, &conf);
		_exit(((const struct box *)conf)->limit == 7 ? 42 : 43);
	}
	close(pipes[1]);
	for (ssize_t r; (r = read(pipes[0], out + n, 4095 - n)) > 0;)
		n += (size_t)r;
	out[n] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(path);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_options(void **state)
{
	char out[4096];

	(void)state;
	assert_int_equal(run("limit = 7;", "", out), 42);
	assert_int_equal(run("limit = 7;", "-n", out), 0);
	assert_string_equal(out, "");
	assert_int_equal(run("limit = 10;", "-n", out), 1);
	assert_non_null(strstr(out, ":1: limit: 10 is out of range: must be 1 to 9\n"));
	assert_int_equal(run("limit = 10;", "", out), 1);
	assert_non_null(strstr(out, ": 1 error"));
	assert_int_equal(run("limit = 7;", "-D", out), 0);
	assert_string_equal(out, "limit = 7;\n");
	assert_int_equal(run("nonsense", "--print-sample", out), 0);
	assert_non_null(strstr(out, "# limit = 5;\n"));
	assert_int_equal(run("", "--version", out), 0);
	assert_int_equal(strncmp(out, "zonewatch-box ", 14), 0);
	assert_int_equal(run("", "--help", out), 0);
	assert_non_null(strstr(out, "A test."));
	assert_int_equal(run("", "--nonsense", out), 64);
	assert_int_equal(run("", "argument", out), 64);
}

struct heard {
	struct event_base *base;
	unsigned stops;
	unsigned reloads;
};

static void
on_stop(void *arg)
{
	struct heard *h = arg;

	h->stops++;
	event_base_loopbreak(h->base);
}

static void
on_reload(void *arg)
{
	struct heard *h = arg;

	h->reloads++;
	event_base_loopbreak(h->base);
}

static void
test_signals(void **state)
{
	struct heard h = { .base = event_base_new() };
	struct daemon_signals *s = daemon_signals_new(h.base, on_stop, on_reload, &h);

	(void)state;
	raise(SIGHUP);
	event_base_dispatch(h.base);
	raise(SIGTERM);
	event_base_dispatch(h.base);
	raise(SIGINT);
	event_base_dispatch(h.base);
	assert_int_equal(h.reloads, 1);
	assert_int_equal(h.stops, 2);
	daemon_signals_free(s);
	s = daemon_signals_new(h.base, on_stop, NULL, &h);
	raise(SIGHUP);
	event_base_loop(h.base, EVLOOP_NONBLOCK);
	daemon_signals_free(s);
	daemon_signals_free(NULL);
	event_base_free(h.base);
}

static void
hear(int fd, const char *expected)
{
	char text[256];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
}

static void
stop_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(arg);
}

static void
test_manager(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct event_base *base = event_base_new();
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char pid[16];

	(void)state;
	snprintf(sa.sun_path, sizeof sa.sun_path, "/tmp/zw-notify-%d", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
	daemon_ready("well");
	hear(fd, "READY=1\nSTATUS=well");
	daemon_status("better");
	hear(fd, "STATUS=better");
	daemon_reloading();
	hear(fd, "RELOADING=1\nMONOTONIC_USEC=");
	daemon_stopping();
	hear(fd, "STOPPING=1");

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	setenv("WATCHDOG_USEC", "100000", 1);
	struct daemon_watchdog *w = daemon_watchdog_new(base);
	const struct timeval soon = { .tv_usec = 300000 };
	event_base_once(base, -1, EV_TIMEOUT, stop_loop, base, &soon);
	event_base_dispatch(base);
	hear(fd, "WATCHDOG=1");
	daemon_watchdog_free(w);
	unsetenv("WATCHDOG_USEC");
	w = daemon_watchdog_new(base);
	assert_non_null(w);
	daemon_watchdog_free(w);
	unsetenv("NOTIFY_SOCKET");
	daemon_ready("unheard");
	close(fd);
	unlink(sa.sun_path);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_manager),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
