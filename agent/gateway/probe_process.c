/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_process: a process and its group, watched by a pidfd, so that no other child of the program
 * is reaped, or reaps ours.
 *
 * A run belongs to the pool, not to its probe: it is there until the kernel gives the process back,
 * which may be long after the deadline, or after the probe is gone. Until then it counts as one of
 * those at once, and its probe starts no other. When the leader has ended, what is left of its
 * group is killed before the leader is reaped: until then its number cannot be another's. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/gateway/probe_process.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"

#define READ_SIZE 65536
#define LOOK_MS 20	 /* how often to look after a process that has no pidfd */
#define FREE_WAIT_MS 200 /* for those that were killed, when all ends */

struct pool;

struct run {
	TAILQ_ENTRY(run) link;
	struct pool *pool;
	struct probe_process *owner; /* NULL: nobody wants to know */
	pid_t pid;
	int pidfd;
	int out;
	struct event *exited;
	struct event *readable;
	struct event *kill;
	struct buf output;
	size_t printed;
	int64_t began_us;
};
TAILQ_HEAD(runs, run);

struct probe_process {
	TAILQ_ENTRY(probe_process) link; /* in the queue */
	struct pool *pool;
	const struct probe_process_spec *spec;
	void (*ended)(void *arg, const struct probe_process_end *end);
	void *arg;
	struct event *deadline;
	struct run *run;
	bool asked; /* ended() is owed */
	bool queued;
	struct probe_process_end soon; /* for the deadline's event, when it is called early */
};
TAILQ_HEAD(processes, probe_process);

struct pool {
	struct event_base *base;
	struct runs runs;
	size_t nruns;
	struct processes queue;
};

/* No processes. */
static void *
pool_make(struct probe_env *env, struct err *e)
{
	struct pool *p = xcalloc(1, sizeof *p);

	(void)e;
	p->base = probe_env_base(env);
	TAILQ_INIT(&p->runs);
	TAILQ_INIT(&p->queue);
	return p;
}

/* Frees what is ours of a run; the process may live on. */
static void
run_free(struct run *r)
{
	TAILQ_REMOVE(&r->pool->runs, r, link);
	r->pool->nruns--;
	if (r->exited != NULL)
		event_free(r->exited);
	if (r->readable != NULL)
		event_free(r->readable);
	if (r->kill != NULL)
		event_free(r->kill);
	if (r->pidfd != -1)
		close(r->pidfd);
	if (r->out != -1)
		close(r->out);
	buf_free(&r->output);
	free(r);
}

/* All are killed, and waited for a little: who cannot die is left to init. */
static void
pool_free(void *part)
{
	struct pool *p = part;
	struct run *r;

	TAILQ_FOREACH (r, &p->runs, link)
		(void)kill(-r->pid, SIGKILL);
	while ((r = TAILQ_FIRST(&p->runs)) != NULL) {
		struct pollfd fd = { .fd = r->pidfd, .events = POLLIN };
		(void)poll(&fd, 1, FREE_WAIT_MS);
		(void)waitpid(r->pid, NULL, WNOHANG);
		run_free(r);
	}
	free(p);
}

static const struct probe_part pool_part = { .make = pool_make, .free = pool_free };

/* In the child: become whom the spec says, and nothing of the gateway. Only functions that may be
 * called between fork() and exec() of a program with threads. */
static int
child_become(const struct probe_process_spec *s, int out)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	if (null == -1 || setpgid(0, 0) == -1 || dup2(null, 0) == -1 || dup2(null, 2) == -1 ||
	    dup2(out, 1) == -1 || close_range(3, ~0u, 0) == -1 || chdir("/") == -1)
		return -1;
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (s->as_other &&
	    (setgroups(s->ngroups, s->groups) == -1 || setresgid(s->gid, s->gid, s->gid) == -1 ||
		setresuid(s->uid, s->uid, s->uid) == -1))
		return -1;
	return 0;
}

/* In the child: the program, or why not, as its output. */
static _Noreturn void
child_run(const struct probe_process_spec *s, int out)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	char *env[] = { path, locale, NULL };

	if (child_become(s, out) == 0)
		(void)execve(s->argv[0], s->argv, env);
	const char *why = strerrordesc_np(errno);
	ssize_t n = why != NULL ? write(1, why, strlen(why)) : 0;
	(void)n;
	_exit(PROBE_PROCESS_NOT_RUN);
}

/* Tells how it ended, once. */
static void
process_ended(struct probe_process *p, const struct probe_process_end *end)
{
	if (!p->asked)
		return;
	p->asked = false;
	evtimer_del(p->deadline);
	p->ended(p->arg, end);
}

/* Ends the asking from the loop. */
static void
process_end_soon(struct probe_process *p, enum probe_process_how how, int code)
{
	struct timeval now = { 0 };

	p->soon = (struct probe_process_end){ .how = how, .code = code, .output = "" };
	evtimer_add(p->deadline, &now);
}

/* Nobody waits for the run's end any more: ask it to end, and kill it if it does not. */
static void
run_end(struct run *r, int64_t grace_ms)
{
	struct timeval tv = clock_timeval(grace_ms);

	(void)kill(-r->pid, grace_ms > 0 ? SIGTERM : SIGKILL);
	if (grace_ms > 0)
		evtimer_add(r->kill, &tv);
}

/* The grace is over. */
static void
run_kill(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd, (void)what;
	(void)kill(-r->pid, SIGKILL);
}

/* Reads what there is, in a bounded turn: the start is kept. False at the end. */
static bool
run_read(struct run *r)
{
	char bytes[READ_SIZE];
	ssize_t n = read(r->out, bytes, sizeof bytes);

	if (n == -1)
		return errno == EINTR;
	size_t room = PROBE_PROCESS_KEPT - r->output.len;
	buf_put(&r->output, bytes, (size_t)n < room ? (size_t)n : room);
	r->printed += (size_t)n;
	return n > 0;
}

/* It prints. At the end of the pipe its exit is awaited. */
static void
run_readable(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd, (void)what;
	if (!run_read(r) && errno != EAGAIN) {
		event_del(r->readable);
		return;
	}
	if (r->printed > PROBE_PROCESS_MOST) {
		struct probe_process_end end = { .how = PROBE_PROCESS_TOO_MUCH,
			.us = clock_mono_us() - r->began_us,
			.output = "" };
		event_del(r->readable);
		run_end(r, 0);
		if (r->owner != NULL)
			process_ended(r->owner, &end);
	}
}

static void pool_next(struct pool *p);

/* The leader has ended: the rest of the group is killed, what is in the pipe is read. */
static void
run_exited(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	struct pool *pool = r->pool;
	struct probe_process_end end = { .how = PROBE_PROCESS_FAILED, .code = ECHILD };
	int status;

	(void)fd, (void)what;
	(void)kill(-r->pid, SIGKILL);
	if (waitpid(r->pid, &status, WNOHANG) == r->pid) {
		end.how = WIFEXITED(status) ? PROBE_PROCESS_EXITED : PROBE_PROCESS_SIGNALLED;
		end.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	}
	while (r->printed <= PROBE_PROCESS_MOST && run_read(r))
		;
	buf_put(&r->output, "", 1);
	end.us = clock_mono_us() - r->began_us;
	end.output = (const char *)r->output.data;
	end.n = r->output.len - 1;
	if (r->owner != NULL) {
		r->owner->run = NULL;
		process_ended(r->owner, &end);
	}
	run_free(r);
	pool_next(pool);
}

/* Without pidfds (Linux before 5.3, valgrind): look whether it has ended, without reaping it. */
static void
run_look(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	siginfo_t si = { 0 };

	if (waitid(P_PID, (id_t)r->pid, &si, WEXITED | WNOHANG | WNOWAIT) == -1 || si.si_pid != 0)
		run_exited(fd, what, r);
}

/* Watches a process that was just made. */
static int
run_watch(struct run *r)
{
	struct event_base *base = r->pool->base;
	struct timeval tv = clock_timeval(LOOK_MS);

	r->pidfd = pidfd_open(r->pid, 0);
	r->exited = r->pidfd != -1 ? event_new(base, r->pidfd, EV_READ, run_exited, r)
				   : event_new(base, -1, EV_PERSIST, run_look, r);
	r->readable = event_new(base, r->out, EV_READ | EV_PERSIST, run_readable, r);
	r->kill = evtimer_new(base, run_kill, r);
	if (r->exited == NULL || r->readable == NULL || r->kill == NULL ||
	    event_add(r->exited, r->pidfd != -1 ? NULL : &tv) == -1 ||
	    event_add(r->readable, NULL) == -1)
		return -1;
	return 0;
}

/* Makes the process: 0, or -1 and errno. */
static int
run_start(struct probe_process *p)
{
	int out[2];
	pid_t pid = -1;

	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	(void)fcntl(out[1], F_SETFL, 0); /* programs expect to be blocked */
	pid = fork();
	if (pid == 0)
		child_run(p->spec, out[1]);
	close(out[1]);
	if (pid == -1) {
		close(out[0]);
		return -1;
	}
	(void)setpgid(pid, pid); /* whoever of both comes first */
	struct run *r = xcalloc(1, sizeof *r);
	*r = (struct run){ .pool = p->pool,
		.owner = p,
		.pid = pid,
		.pidfd = -1,
		.out = out[0],
		.began_us = clock_mono_us() };
	TAILQ_INSERT_TAIL(&p->pool->runs, r, link);
	p->pool->nruns++;
	if (run_watch(r) == -1) {
		int saved = errno;
		(void)kill(-pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		run_free(r);
		errno = saved;
		return -1;
	}
	p->run = r;
	return 0;
}

/* A place is free. */
static void
pool_next(struct pool *pool)
{
	struct probe_process *p;

	while (pool->nruns < PROBE_PROCESS_AT_ONCE && (p = TAILQ_FIRST(&pool->queue)) != NULL) {
		TAILQ_REMOVE(&pool->queue, p, link);
		p->queued = false;
		if (run_start(p) == -1)
			process_end_soon(p, PROBE_PROCESS_FAILED, errno);
	}
}

/* The time is over, or it was over from the start. */
static void
process_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct probe_process *p = arg;
	struct probe_process_end end = p->soon;

	(void)fd, (void)what;
	if (p->queued)
		TAILQ_REMOVE(&p->pool->queue, p, link);
	else if (p->run != NULL && end.how == PROBE_PROCESS_LATE) {
		end.us = clock_mono_us() - p->run->began_us;
		run_end(p->run, PROBE_PROCESS_GRACE_MS);
	}
	if (p->queued)
		end.how = PROBE_PROCESS_QUEUED;
	p->queued = false;
	process_ended(p, &end);
}

/* Nothing runs. */
struct probe_process *
probe_process_new(struct probe_env *env, const struct probe_process_spec *spec,
    void (*ended)(void *arg, const struct probe_process_end *end), void *arg, struct err *e)
{
	struct probe_process *p = xcalloc(1, sizeof *p);

	p->spec = spec;
	p->ended = ended;
	p->arg = arg;
	p->pool = probe_env_part(env, &pool_part, e);
	p->deadline = evtimer_new(probe_env_base(env), process_deadline, p);
	if (p->pool == NULL || p->deadline == NULL) {
		probe_process_free(p);
		return NULL;
	}
	return p;
}

/* One at a time. */
void
probe_process_start(struct probe_process *p, int64_t timeout_ms)
{
	struct timeval tv = clock_timeval(timeout_ms);

	p->asked = true;
	if (p->run != NULL) {
		process_end_soon(p, PROBE_PROCESS_STUCK, 0);
		return;
	}
	p->soon = (struct probe_process_end){ .how = PROBE_PROCESS_LATE, .output = "" };
	evtimer_add(p->deadline, &tv);
	TAILQ_INSERT_TAIL(&p->pool->queue, p, link);
	p->queued = true;
	pool_next(p->pool);
}

/* What runs is killed, and reaped by the pool. */
void
probe_process_free(struct probe_process *p)
{
	if (p == NULL)
		return;
	if (p->queued)
		TAILQ_REMOVE(&p->pool->queue, p, link);
	if (p->run != NULL) {
		p->run->owner = NULL;
		run_end(p->run, 0);
	}
	if (p->deadline != NULL)
		event_free(p->deadline);
	free(p);
}
