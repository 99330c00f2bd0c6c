/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard output and standard error are pipes that are read as they fill. The end is when the
 * program was waited for, whoever still has the pipes. */
#include "collector/spawn.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/child.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define NICE 10
#define READS_AT_ONCE 2 /* of 4 KiB: what fills its pipe without end does not hold the loop */
#define READS_AT_END 16 /* what a pipe holds */
#define MAX_SAID (1024 * 1024) /* bytes; who says more is ended */
#define MAX_TOLD 50	       /* lines of the standard error in the log; more are counted */

extern char **environ;

/* One of the two pipes. */
struct pipe_end {
	struct spawn *spawn;
	int fd; /* -1: closed */
	struct event *event;
	bool errors; /* it is the standard error */
	char line[SPAWN_MAX_LINE];
	size_t n;
};

struct spawn {
	const struct spawn_ops *ops;
	void *arg;
	pid_t pid;     /* -1: waited for */
	bool late;     /* it was killed for that */
	bool loud;     /* or for having said too much */
	size_t said;   /* bytes */
	unsigned told; /* lines of the standard error */
	int64_t deadline_ms;
	struct event *reaper; /* SIGCHLD */
	struct event *timer;
	struct pipe_end out, err;
	char name[64];
	char last[SPAWN_MAX_LINE]; /* of the standard error */
};

/* Whose lines these are in the log. */
static const char *
subject_of(const struct spawn *s)
{
	return s->ops->subject != NULL ? s->ops->subject : "reports";
}

/* A line is whole. */
static void
end_line(struct pipe_end *p)
{
	struct spawn *s = p->spawn;

	p->line[p->n] = '\0';
	if (!str_is_text(p->line, p->n))
		for (size_t i = 0; i < p->n; i++)
			if ((unsigned char)p->line[i] < ' ' || (unsigned char)p->line[i] > '~')
				p->line[i] = '?';
	p->n = 0;
	if (p->line[0] == '\0')
		return;
	if (p->errors) {
		/* It says its name, which is said here anyway. */
		size_t n = strlen(s->name);
		bool named =
		    strncmp(p->line, s->name, n) == 0 && strncmp(p->line + n, ": ", 2) == 0;
		const char *words = p->line + (named ? n + 2 : 0);
		if (s->told++ < MAX_TOLD)
			log_warnx(subject_of(s), "%s: %s", s->name, words);
		(void)str_copy(s->last, sizeof s->last, words);
	} else {
		s->ops->line(s->arg, p->line);
	}
}

/* What was read becomes lines. */
static void
take(struct pipe_end *p, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n')
			end_line(p);
		else if (p->n < sizeof p->line - 1)
			p->line[p->n++] = data[i];
	}
}

/* Closes our end. */
static void
close_pipe(struct pipe_end *p)
{
	if (p->event != NULL)
		event_free(p->event);
	p->event = NULL;
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
}

/* It and all that it started. */
static void
kill_group(const struct spawn *s)
{
	if (s->pid != -1)
		kill(-s->pid, SIGKILL);
}

/* Reads what there is; at the end of file no more is waited for. */
static void
read_some(struct pipe_end *p, int reads)
{
	struct spawn *s = p->spawn;
	char data[4096];
	ssize_t n = 0;

	for (int i = 0; i < reads && p->fd != -1; i++) {
		n = read(p->fd, data, sizeof data);
		if (n <= 0)
			break;
		s->said += (size_t)n;
		if (s->said > MAX_SAID) {
			s->loud = true;
			p->n = 0;
			kill_group(s);
			close_pipe(p);
			return;
		}
		take(p, data, (size_t)n);
	}
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		end_line(p);
		close_pipe(p);
	}
}

/* Its pipe has something. */
static void
read_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_some(arg, READS_AT_ONCE);
}

/* Why it did not succeed; false: it did. */
static bool
describe(const struct spawn *s, int status, char *dst, size_t size)
{
	const char *colon = s->last[0] != '\0' ? ": " : "";

	if (s->late)
		snprintf(dst, size, "not done within %g s%s%s", (double)s->deadline_ms / 1000,
		    colon, s->last);
	else if (s->loud)
		snprintf(dst, size, "%s said more than %d KiB%s%s", s->name, MAX_SAID / 1024, colon,
		    s->last);
	else if (WIFSIGNALED(status))
		snprintf(dst, size, "%s was ended by signal %d%s%s", s->name, WTERMSIG(status),
		    colon, s->last);
	else if (WEXITSTATUS(status) != 0 && s->last[0] != '\0')
		(void)str_copy(dst, size, s->last);
	else if (WEXITSTATUS(status) != 0)
		snprintf(dst, size, "%s ended with exit code %d", s->name, WEXITSTATUS(status));
	else
		return false;
	return true;
}

/* Some child ended: perhaps ours. */
static void
reap_cb(evutil_socket_t fd, short what, void *arg)
{
	struct spawn *s = arg;
	char why[SPAWN_MAX_LINE + 128];
	int status;

	(void)fd;
	(void)what;
	if (s->pid == -1 || waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	s->pid = -1;
	/* What it said before its end is still in the pipes. */
	read_some(&s->out, READS_AT_END);
	read_some(&s->err, READS_AT_END);
	if (s->told > MAX_TOLD)
		log_warnx(subject_of(s), "%s: %u more lines", s->name, s->told - MAX_TOLD);
	bool failed = describe(s, status, why, sizeof why);
	s->ops->ended(s->arg, failed ? why : NULL);
}

/* It takes too long. */
static void
late_cb(evutil_socket_t fd, short what, void *arg)
{
	struct spawn *s = arg;

	(void)fd;
	(void)what;
	s->late = s->pid != -1;
	kill_group(s);
}

/* What the program starts with: its three descriptors, fresh signals, a group of its own. */
static int
start_actions(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int out, int err)
{
	sigset_t none, all;
	int rc = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

	sigemptyset(&none);
	sigfillset(&all);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, out, 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(actions, err, 2);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(actions, 3);
	if (rc == 0)
		rc = posix_spawnattr_setflags(
		    attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	return rc;
}

/* Starts it: its pid, or -1 and errno. */
static pid_t
start(const char *path, const char *const *argv, int out, int err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	union {
		const char *const *in;
		char *const *out;
	} args = { .in = argv };
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -1;
	}
	int rc = start_actions(&actions, &attr, out, err);
	if (rc == 0)
		rc = posix_spawn(&pid, path, &actions, &attr, args.out, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	errno = rc;
	return rc == 0 ? pid : -1;
}

/* Our end of a pipe, read in the loop. */
static void
open_end(struct pipe_end *p, struct spawn *s, struct event_base *base, int fd, bool errors)
{
	*p = (struct pipe_end){ .spawn = s, .fd = fd, .errors = errors };
	(void)evutil_make_socket_nonblocking(fd);
	p->event = event_new(base, fd, EV_READ | EV_PERSIST, read_cb, p);
	if (p->event == NULL || event_add(p->event, NULL) == -1)
		fatalx("report", "out of memory");
}

/* The events of a program that runs. */
static struct spawn *
watch(struct event_base *base, pid_t pid, int out, int err, int64_t deadline_ms)
{
	struct spawn *s = xcalloc(1, sizeof *s);
	struct timeval tv = clock_timeval(deadline_ms);

	s->pid = pid;
	s->deadline_ms = deadline_ms;
	open_end(&s->out, s, base, out, false);
	open_end(&s->err, s, base, err, true);
	s->reaper = evsignal_new(base, SIGCHLD, reap_cb, s);
	s->timer = evtimer_new(base, late_cb, s);
	if (s->reaper == NULL || s->timer == NULL)
		fatalx("report", "out of memory");
	evsignal_add(s->reaper, NULL);
	evtimer_add(s->timer, &tv);
	/* It may have ended already, before anybody waited for the signal. */
	event_active(s->reaper, EV_SIGNAL, 1);
	return s;
}

int
spawn_new(struct spawn **out, struct event_base *base, const char *const *argv, int64_t deadline_ms,
    const struct spawn_ops *ops, void *arg, struct err *e)
{
	int pipes[2][2] = { { -1, -1 }, { -1, -1 } };
	char path[PATH_MAX];
	pid_t pid = -1;

	if (child_path(path, argv[0], e) == -1)
		return -1;
	if (pipe2(pipes[0], O_CLOEXEC) == -1 || pipe2(pipes[1], O_CLOEXEC) == -1)
		err_set(e, "cannot make a pipe: %s", strerror(errno));
	else if ((pid = start(path, argv, pipes[0][1], pipes[1][1])) == -1)
		err_set(e, "cannot start %s: %s", path, strerror(errno));
	for (int i = 0; i < 2; i++) {
		if (pipes[i][1] != -1)
			close(pipes[i][1]);
		if (pid == -1 && pipes[i][0] != -1)
			close(pipes[i][0]);
	}
	if (pid == -1)
		return -1;
	(void)setpriority(PRIO_PROCESS, (id_t)pid, NICE);
	struct spawn *s = watch(base, pid, pipes[0][0], pipes[1][0], deadline_ms);
	s->ops = ops;
	s->arg = arg;
	(void)str_copy(s->name, sizeof s->name, argv[0]);
	*out = s;
	return 0;
}

void
spawn_free(struct spawn *s)
{
	if (s == NULL)
		return;
	if (s->pid != -1) {
		kill_group(s);
		while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	close_pipe(&s->out);
	close_pipe(&s->err);
	event_free(s->reaper);
	event_free(s->timer);
	free(s);
}
