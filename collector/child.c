/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child: starts a helper process, keeps it alive and carries messages, all in the event loop.
 *
 * The child inherits its end of a socket pair as descriptor 3, the standard error, and nothing
 * else. When it dies it is started again, later each time, until it has lived for a while. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/child.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define HEADER 9  /* u32 length, u8 type, u32 request */
#define COUNTED 5 /* bytes of the header that the length counts */
#define MAX_UNSENT (16 * 1024 * 1024)
#define FIRST_DELAY_MS 100
#define LAST_DELAY_MS 30000
#define SETTLED_MS 10000 /* after so long the next death is a first one */

extern char **environ;

struct child {
	struct event_base *base;
	char **argv;
	const struct child_ops *ops;
	void *arg;
	pid_t pid; /* -1: none */
	struct bufferevent *bev;
	struct event *reaper; /* SIGCHLD */
	struct event *starter;
	int64_t started_ms; /* monotonic */
	int64_t delay_ms;
	int status; /* of the last that died */
	bool again; /* it ran before */
};

static void start_cb(evutil_socket_t fd, short what, void *arg);
static void reap_cb(evutil_socket_t fd, short what, void *arg);

/* The program's file: beside the running program (a build tree), in the libexec directory beside
 * the running program's (wherever the whole was installed), else where it was to be installed. A
 * path is taken as it is. */
static int
find_program(char dst[PATH_MAX], const char *name)
{
	static const char *const beside[] = { "", "../libexec/zonewatch/" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (strchr(name, '/') != NULL)
		return str_copy(dst, PATH_MAX, name);
	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
			if (str_format(dst, PATH_MAX, "%s/%s%s", self, beside[i], name) == 0 &&
			    access(dst, X_OK) == 0)
				return 0;
	}
	return str_format(dst, PATH_MAX, "%s/%s", ZW_LIBEXECDIR, name);
}

/* Where such a program is. */
int
child_path(char *dst, const char *name, struct err *e)
{
	if (find_program(dst, name) == -1)
		return err_set(e, "the path of %s is too long", name);
	if (access(dst, X_OK) == -1)
		return err_set(e, "%s: %s; is zonewatch installed whole?", dst, strerror(errno));
	return 0;
}

/* Whether there is such a program. */
int
child_check(const char *name, struct err *e)
{
	char path[PATH_MAX];

	return child_path(path, name, e);
}

/* Start the program with `fd` as its descriptor 3. The signals are as a fresh program expects
 * them. Returns its pid, or -1 and errno. */
static pid_t
spawn(const struct child *c, const char *path, int fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid = -1;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -1;
	}
	int rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, fd, CHILD_FD);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, CHILD_FD + 1);
	if (rc == 0)
		rc =
		    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(&attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attr, &all);
	if (rc == 0)
		rc = posix_spawn(&pid, path, &actions, &attr, c->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	errno = rc;
	return rc == 0 ? pid : -1;
}

/* Hand over the messages that have come whole. A child that breaks the rules is killed. */
static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct child *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	uint8_t head[HEADER];

	while (c->bev == bev && evbuffer_copyout(in, head, HEADER) == HEADER) {
		struct cursor cur = cursor_over(head, HEADER);
		uint32_t len = cursor_be32(&cur);
		uint8_t type = cursor_u8(&cur);
		uint32_t request = cursor_be32(&cur);
		if (len < COUNTED || len - COUNTED > CHILD_MAX_MESSAGE) {
			log_warnx("child", "%s sends nonsense and is killed", c->argv[0]);
			child_kill(c);
			evbuffer_drain(in, evbuffer_get_length(in));
			return;
		}
		size_t whole = HEADER + (size_t)len - COUNTED;
		if (evbuffer_get_length(in) < whole)
			return;
		uint8_t *p = evbuffer_pullup(in, (ev_ssize_t)whole);
		/* The callback may end the child and with it this buffer. */
		uint8_t *copy = xmemdup(p, whole);
		evbuffer_drain(in, whole);
		c->ops->message(c->arg, type, request, copy + HEADER, whole - HEADER);
		free(copy);
	}
}

/* The child closed its end: its death is what follows. */
static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_disable(bev, EV_READ | EV_WRITE);
}

/* Close our end of the pair. */
static void
close_pair(struct child *c)
{
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	c->bev = NULL;
}

/* Plan the next start. */
static void
plan_start(struct child *c)
{
	struct timeval tv = { .tv_sec = c->delay_ms / 1000, .tv_usec = c->delay_ms % 1000 * 1000 };

	evtimer_add(c->starter, &tv);
	c->delay_ms = c->delay_ms * 2 < LAST_DELAY_MS ? c->delay_ms * 2 : LAST_DELAY_MS;
}

/* Start it; if that fails, later again. */
static void
start(struct child *c)
{
	char path[PATH_MAX];
	int pair[2];

	c->started_ms = clock_mono_ms();
	if (find_program(path, c->argv[0]) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		log_warn("child", "%s cannot be started", c->argv[0]);
		plan_start(c);
		return;
	}
	c->pid = spawn(c, path, pair[1]);
	if (c->pid == -1)
		log_warn("child", "%s cannot be started", path);
	close(pair[1]);
	if (c->pid == -1) {
		close(pair[0]);
		plan_start(c);
		return;
	}
	(void)evutil_make_socket_nonblocking(pair[0]);
	c->bev = bufferevent_socket_new(c->base, pair[0], BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		fatalx("child", "out of memory");
	bufferevent_setcb(c->bev, read_cb, NULL, event_cb, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (c->again)
		log_info("child", "%s is started again", c->argv[0]);
	c->again = true;
	c->ops->started(c->arg, c);
}

/* The time to start it has come. */
static void
start_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start(arg);
}

/* How it ended, for people. */
static void
describe(char dst[64], int status)
{
	if (WIFSIGNALED(status))
		(void)snprintf(dst, 64, "signal %d%s", WTERMSIG(status),
		    WTERMSIG(status) == SIGSYS ? " (a system call that its sandbox forbids)" : "");
	else
		(void)snprintf(dst, 64, "exit code %d", WEXITSTATUS(status));
}

/* Some child ended: perhaps ours. */
static void
reap_cb(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	char how[64];
	int status;

	(void)fd;
	(void)what;
	if (c->pid == -1 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->pid = -1;
	c->status = status;
	/* What it said before its end is still in the pair. */
	if (c->bev != NULL) {
		struct bufferevent *bev = c->bev;
		evbuffer_unfreeze(bufferevent_get_input(bev), 0);
		while (evbuffer_read(bufferevent_get_input(bev), bufferevent_getfd(bev), -1) > 0)
			;
		read_cb(bev, c);
	}
	close_pair(c);
	if (clock_mono_ms() - c->started_ms > SETTLED_MS)
		c->delay_ms = FIRST_DELAY_MS;
	describe(how, status);
	log_warnx("child", "%s ended %s %s; starting it again in %g s", c->argv[0],
	    WIFSIGNALED(status) ? "by" : "with", how, (double)c->delay_ms / 1000);
	plan_start(c);
	c->ops->died(c->arg, how);
}

/* Make it and start it in the next turn of the loop. */
struct child *
child_new(struct event_base *base, const char *const *argv, const struct child_ops *ops, void *arg)
{
	struct child *c = xcalloc(1, sizeof *c);
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	c->argv = xcalloc(n + 1, sizeof *c->argv);
	for (size_t i = 0; i < n; i++)
		c->argv[i] = xstrdup(argv[i]);
	c->base = base;
	c->ops = ops;
	c->arg = arg;
	c->pid = -1;
	c->delay_ms = FIRST_DELAY_MS;
	c->reaper = evsignal_new(base, SIGCHLD, reap_cb, c);
	c->starter = evtimer_new(base, start_cb, c);
	if (c->reaper == NULL || c->starter == NULL)
		fatalx("child", "out of memory");
	evsignal_add(c->reaper, NULL);
	evtimer_add(c->starter, &(struct timeval){ 0 });
	return c;
}

/* Send what is queued still, for as long as the child reads and the time lasts. */
static void
send_rest(struct child *c, int64_t until_ms)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct pollfd p = { .fd = bufferevent_getfd(c->bev), .events = POLLOUT };

	evbuffer_unfreeze(out, 1);
	while (evbuffer_get_length(out) > 0 && clock_mono_ms() < until_ms)
		if (evbuffer_write(out, p.fd) == -1 && (errno != EAGAIN || poll(&p, 1, 100) == -1))
			break;
}

/* Wait for its end, reading on so that it does not wait for us; kill it when the time is over. */
static void
wait_end(struct child *c, int fd, int64_t until_ms)
{
	char sink[4096];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (waitpid(c->pid, &c->status, WNOHANG) == 0) {
		if (clock_mono_ms() >= until_ms) {
			log_warnx("child", "%s does not end and is killed", c->argv[0]);
			kill(c->pid, SIGKILL);
			(void)waitpid(c->pid, &c->status, 0);
			break;
		}
		if (fd == -1 || (poll(&p, 1, 20) == 1 && read(fd, sink, sizeof sink) == 0)) {
			fd = -1;
			(void)poll(NULL, 0, 5);
		}
	}
	c->pid = -1;
}

/* End it and free all. */
void
child_free(struct child *c, int64_t wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;

	if (c == NULL)
		return;
	if (c->bev != NULL && c->pid != -1) {
		send_rest(c, until_ms);
		int fd = bufferevent_getfd(c->bev);
		shutdown(fd, SHUT_WR);
		wait_end(c, fd, until_ms);
	}
	close_pair(c);
	event_free(c->reaper);
	event_free(c->starter);
	for (size_t i = 0; c->argv[i] != NULL; i++)
		free(c->argv[i]);
	free(c->argv);
	free(c);
}

/* Queue a message. */
int
child_send(struct child *c, uint8_t type, uint32_t request, const void *data, size_t n)
{
	struct buf b = { 0 };

	if (c->bev == NULL || c->pid == -1 || n > CHILD_MAX_MESSAGE ||
	    evbuffer_get_length(bufferevent_get_output(c->bev)) > MAX_UNSENT)
		return -1;
	buf_be32(&b, (uint32_t)(n + COUNTED));
	buf_u8(&b, type);
	buf_be32(&b, request);
	int rc = bufferevent_write(c->bev, b.data, b.len);
	if (rc == 0 && n > 0)
		rc = bufferevent_write(c->bev, data, n);
	buf_free(&b);
	return rc;
}

/* Whether it runs. */
bool
child_running(const struct child *c)
{
	return c->pid != -1;
}

/* Its process. */
pid_t
child_pid(const struct child *c)
{
	return c->pid;
}

/* The signal of the last one's death. */
int
child_last_signal(const struct child *c)
{
	return WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0;
}

/* Kill it. */
void
child_kill(struct child *c)
{
	if (c->pid != -1)
		kill(c->pid, SIGKILL);
}
