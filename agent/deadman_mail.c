/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_mail: zonewatch-tell is told the facts on its standard input, a pipe that takes them all
 * at once, and where and how to mail by a file in the syntax of the configuration. Its end is seen
 * by a pidfd, so that no other child is reaped by mistake; who takes too long is killed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/deadman_conf.h"
#include "agent/deadman_mail.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"

#define PROGRAM "zonewatch-tell"
#define GRACE_MS 5000 /* beyond its own timeout */

extern char **environ;

struct deadman_mail {
	struct event_base *base;
	const struct conf_deadman_mail *conf;
	const char *dir;
	void (*done)(void *arg, bool sent);
	void *arg;
	pid_t pid; /* -1: none */
	int pidfd;
	struct event *ended;
	struct event *failed; /* when it could not even be started */
};

int
deadman_mail_program(char *dst, size_t size, struct err *e)
{
	static const char *const beside[] = { "", "../libexec/zonewatch/" };
	char self[PATH_MAX], path[2 * PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; i < 3; i++) {
		const char *dir = i < 2 ? self : ZW_LIBEXECDIR;
		if (i < 2 && slash == NULL)
			continue;
		if (slash != NULL)
			*slash = '\0';
		if (str_format(
			path, sizeof path, "%s/%s%s", dir, i < 2 ? beside[i] : "", PROGRAM) == -1 ||
		    access(path, X_OK) == -1)
			continue;
		return dst == NULL || str_copy(dst, size, path) == 0
			   ? 0
			   : err_set(e, "the path of " PROGRAM " is too long");
	}
	return err_set(e,
	    ZW_LIBEXECDIR "/" PROGRAM " is not there; is the package zonewatch-agent installed?");
}

/* Writes the file that says where and how. */
static int
write_conf(const struct deadman_mail *m, char *path, size_t size, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int rc;

	if (f == NULL)
		fatalx("deadman", "out of memory");
	conf_dump(&deadman_mail_table, m->conf, f);
	rc = fclose(f) == 0 && str_format(path, size, "%s/tell.conf", m->dir) == 0
		 ? fs_replace(path, text, n, e)
		 : err_set(e, "the path of %s/tell.conf is too long", m->dir);
	free(text);
	return rc;
}

/* A pipe with the facts in it: its end to read, or -1. */
static int
facts_pipe(const struct deadman_facts *f, struct err *e)
{
	struct buf b = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_set(e, "pipe: %s", strerror(errno));
	deadman_facts_encode(&b, f);
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	ssize_t n = write(ends[1], b.data, b.len);
	close(ends[1]);
	if (n != (ssize_t)b.len) {
		close(ends[0]);
		ends[0] = err_set(e, "cannot hand over what to mail");
	}
	buf_free(&b);
	return ends[0];
}

/* Starts it with fd as its standard input, our standard error, and nothing else: 0, or an errno. */
static int
spawn(const char *path, const char *conf, int fd, pid_t *pid)
{
	char *argv[] = { xstrdup(PROGRAM), xstrdup(conf), NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&fa) != 0 || posix_spawnattr_init(&attr) != 0)
		fatalx("deadman", "out of memory");
	int rc = posix_spawn_file_actions_adddup2(&fa, fd, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&fa, 3);
	if (rc == 0)
		rc =
		    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(&attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attr, &all);
	if (rc == 0)
		rc = posix_spawn(pid, path, &fa, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	free(argv[0]);
	free(argv[1]);
	return rc;
}

/* Lets go of what watches it. */
static void
let_go(struct deadman_mail *m)
{
	if (m->ended != NULL)
		event_free(m->ended);
	if (m->pidfd != -1)
		close(m->pidfd);
	m->ended = NULL;
	m->pidfd = -1;
	m->pid = -1;
}

/* It has ended, or its time has. */
static void
on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct deadman_mail *m = arg;
	int status = -1;

	(void)fd;
	if ((what & EV_TIMEOUT) != 0) {
		log_warnx("deadman", PROGRAM " does not end and is killed");
		(void)kill(m->pid, SIGKILL);
	}
	/* After SIGKILL this is a moment. */
	while (waitpid(m->pid, &status, 0) == -1 && errno == EINTR)
		;
	let_go(m);
	m->done(m->arg, WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* It could not be started. */
static void
on_failed(evutil_socket_t fd, short what, void *arg)
{
	struct deadman_mail *m = arg;

	(void)fd;
	(void)what;
	m->done(m->arg, false);
}

/* Starts it and watches it. */
static int
start(struct deadman_mail *m, const struct deadman_facts *f, struct err *e)
{
	char path[PATH_MAX], conf[PATH_MAX];
	struct timeval tv = clock_timeval(m->conf->timeout + GRACE_MS);
	int fd, rc;

	if (deadman_mail_program(path, sizeof path, e) == -1 ||
	    write_conf(m, conf, sizeof conf, e) == -1)
		return -1;
	fd = facts_pipe(f, e);
	if (fd == -1)
		return -1;
	rc = spawn(path, conf, fd, &m->pid);
	close(fd);
	if (rc != 0) {
		m->pid = -1;
		return err_set(e, "%s: %s", path, strerror(rc));
	}
	m->pidfd = pidfd_open(m->pid, 0);
	m->ended = m->pidfd == -1 ? NULL : event_new(m->base, m->pidfd, EV_READ, on_ended, m);
	if (m->ended != NULL && event_add(m->ended, &tv) == 0)
		return 0;
	(void)kill(m->pid, SIGKILL);
	(void)waitpid(m->pid, NULL, 0);
	let_go(m);
	return err_set(e, "cannot watch " PROGRAM);
}

void
deadman_mail_send(struct deadman_mail *m, const struct deadman_facts *f)
{
	struct err e;

	if (start(m, f, &e) == 0)
		return;
	log_warnx("deadman", "cannot mail: %s", e.msg);
	event_active(m->failed, EV_TIMEOUT, 0);
}

struct deadman_mail *
deadman_mail_new(struct event_base *base, const struct conf_deadman_mail *conf, const char *dir,
    void (*done)(void *arg, bool sent), void *arg)
{
	struct deadman_mail *m = xcalloc(1, sizeof *m);

	m->base = base;
	m->conf = conf;
	m->dir = dir;
	m->done = done;
	m->arg = arg;
	m->pid = m->pidfd = -1;
	m->failed = evtimer_new(base, on_failed, m);
	if (m->failed == NULL)
		fatalx("deadman", "out of memory");
	return m;
}

void
deadman_mail_free(struct deadman_mail *m)
{
	if (m == NULL)
		return;
	let_go(m);
	event_free(m->failed);
	free(m);
}
