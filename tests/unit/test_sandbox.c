/* link: zwsandbox */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process may do in its sandbox, and what not: each case is a process of its own that enters
 * one, does one thing, and tells by its exit code the error number, or dies of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/sandbox_int.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/sandbox.h"

#define ENTERED_NOT 255
#define DEAD 1000 /* + signal */

/* A directory with what is read, what is written, and what is neither. */
struct place {
	char dir[64];
};

static int
setup(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);
	char shell[256];

	snprintf(p->dir, sizeof p->dir, "/tmp/zw-sandbox-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(shell, sizeof shell,
	    "cd %s && mkdir in out other && echo 1 >in/a && echo 1 >out/a && echo 1 >other/a && "
	    "echo 1 >out/b",
	    p->dir);
	assert_int_equal(system(shell), 0);
	assert_int_equal(chdir(p->dir), 0);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char shell[128];

	snprintf(shell, sizeof shell, "rm -rf %s", p->dir);
	assert_int_equal(system(shell), 0);
	free(p);
	return 0;
}

/* An error number, or 0. */
static int
error_of(long rc)
{
	return rc == -1 ? errno : 0;
}

/* Opens and closes. */
static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	int error = error_of(fd);

	if (fd != -1)
		close(fd);
	return error;
}

static int
read_in(void)
{
	return try_open("in/a", O_RDONLY);
}

static int
read_other(void)
{
	return try_open("other/a", O_RDONLY);
}

static int
read_shadow(void)
{
	return try_open("/etc/shadow", O_RDONLY);
}

static int
write_in(void)
{
	return try_open("in/a", O_WRONLY);
}

static int
make_in(void)
{
	return try_open("in/new", O_WRONLY | O_CREAT);
}

static int
unlink_in(void)
{
	return error_of(unlink("in/a"));
}

static int
truncate_in(void)
{
	return error_of(truncate("in/a", 0));
}

static int
work_out(void)
{
	return try_open("out/new", O_RDWR | O_CREAT | O_TRUNC) != 0 || mkdir("out/d", 0700) == -1 ||
	       rename("out/new", "out/d/c") == -1 || unlink("out/d/c") == -1 ||
	       rmdir("out/d") == -1;
}

/* As a checkpoint of many files does it. */
static int
flush_all(void)
{
	int fd = open("out", O_RDONLY | O_DIRECTORY);
	int error = fd == -1 ? errno : error_of(syncfs(fd));

	if (fd != -1)
		close(fd);
	return error;
}

static int
link_out(void)
{
	return error_of(symlink("/etc/shadow", "out/l"));
}

static int
move_in(void)
{
	return error_of(rename("out/b", "in/b"));
}

static int
run(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	return error_of(execv("/bin/true", argv));
}

static int
connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd == -1 ? errno : error_of(connect(fd, (struct sockaddr *)&to, sizeof to));
}

static int
open_udp(void)
{
	return error_of(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int
open_local(void)
{
	return error_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
send_somewhere(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };

	return error_of(sendto(1, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
}

static int
signal_parent(void)
{
	return error_of(kill(getppid(), SIGUSR1));
}

static int
trace_parent(void)
{
	return error_of(syscall(SYS_ptrace, 16, getppid(), 0, 0));
}

static int
make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? EIO : error_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

/* The upper half of an argument that is an int is not looked at by the kernel. */
static int
catch_forbidden(void)
{
	char action[32] = { 0 };

	return error_of(syscall(SYS_rt_sigaction, (long)SIGSYS | 1L << 32, action, NULL, 8));
}

static int
ignore_other(void)
{
	return signal(SIGUSR1, SIG_IGN) == SIG_ERR ? errno : 0;
}

/* A descriptor's signal is another way to kill: this one would be our parent's end. */
static int
signal_by_descriptor(void)
{
	int ends[2];

	if (pipe(ends) == -1 || fcntl(ends[0], F_SETFL, O_ASYNC) == -1)
		return errno;
	return error_of(fcntl(ends[0], F_SETOWN, getppid()));
}

static int
choose_signal(void)
{
	int ends[2];

	return pipe(ends) == -1 ? errno : error_of(fcntl(ends[0], 10 /* F_SETSIG */, SIGKILL));
}

/* By the upper half of the command, which the kernel does not look at. */
static int
signal_by_half(void)
{
	return error_of(syscall(SYS_fcntl, 1L, (long)F_SETOWN | 1L << 32, (long)getppid()));
}

static int
lock_a_file(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("out/a", O_RDWR);
	int error = fd == -1 ? errno : error_of(fcntl(fd, F_SETLK, &l));

	if (fd != -1)
		close(fd);
	return error;
}

#ifdef __x86_64__
/* The calls of another kind of program, x32, have other numbers. */
static int
call_as_x32(void)
{
	return error_of(syscall(0x40000000L | SYS_kill, (long)getppid(), 0L));
}
#endif

static int
queue_calls(void)
{
	char params[120] = { 0 };

	return error_of(syscall(SYS_io_uring_setup, 1, params));
}

static int
hold_process(void)
{
	return error_of(syscall(SYS_pidfd_open, (long)getppid(), 0L));
}

static int
write_process(void)
{
	return error_of(syscall(SYS_process_vm_writev, (long)getppid(), 0L, 0L, 0L, 0L, 0L));
}

static int
make_memory_file(void)
{
	return error_of(syscall(SYS_memfd_create, "x", 0L));
}

static int
read_is_execute(void)
{
	return error_of(syscall(SYS_personality, 0x0400000L));
}

static int
leave_namespace(void)
{
	return error_of(syscall(SYS_unshare, 0x10000000L));
}

static int
make_pair(void)
{
	int ends[2];

	return error_of(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

static int
mount_something(void)
{
	return error_of(syscall(SYS_mount, "none", "out", "tmpfs", 0, NULL));
}

static void *
count(void *arg)
{
	*(int *)arg = 0;
	return NULL;
}

static int
make_thread(void)
{
	int rc = 1;
	pthread_t t;

	return pthread_create(&t, NULL, count, &rc) != 0 || pthread_join(t, NULL) != 0 ? EAGAIN
										       : rc;
}

static int
make_process(void)
{
	return error_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

/* No more rights, no core. */
static int
is_plain(void)
{
	struct rlimit r;

	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
	       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || getrlimit(RLIMIT_CORE, &r) == -1 ||
	       r.rlim_max != 0;
}

/* Enters the sandbox and does it; the exit code, or DEAD and the signal. said: what it wrote. */
static int
outcome(unsigned calls, bool system_calls, int (*act)(void), char said[512])
{
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct sandbox s = { .calls = calls };
		struct err e;
		dup2(ends[1], STDERR_FILENO);
		sandbox_system(&s);
		sandbox_path(&s, SANDBOX_READ, "in");
		sandbox_path(&s, SANDBOX_WRITE, "out");
		sandbox_path(&s, SANDBOX_WRITE, "missing");
		if ((system_calls ? sandbox_enter(&s, &e) : sandbox_files(&s, &e)) == -1)
			_exit(ENTERED_NOT);
		_exit(act());
	}
	close(ends[1]);
	ssize_t n = read(ends[0], said, 511);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? DEAD + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A program that reads and writes files, has no thread and no socket. */
static void
test_files_and_calls(void **state)
{
	const int dead = DEAD + SIGSYS;
	const struct {
		const char *what;
		int (*act)(void);
		int is;
	} rows[] = { { "read in", read_in, 0 }, { "read other", read_other, EACCES },
		{ "read shadow", read_shadow, EACCES }, { "write in", write_in, EACCES },
		{ "make in", make_in, EACCES }, { "unlink in", unlink_in, EACCES },
		{ "truncate in", truncate_in, dead }, { "work out", work_out, 0 },
		{ "flush all", flush_all, 0 }, { "link out", link_out, dead },
		{ "move in", move_in, EACCES }, { "run", run, dead }, { "tcp", connect_tcp, dead },
		{ "udp", open_udp, dead }, { "local", open_local, EACCES },
		{ "mount", mount_something, dead }, { "send somewhere", send_somewhere, dead },
		{ "plain", is_plain, 0 }, { "catch SIGSYS", catch_forbidden, dead },
		{ "other signals", ignore_other, 0 },
		{ "signal by a descriptor", signal_by_descriptor, dead },
		{ "choose its signal", choose_signal, dead },
		{ "by the upper half", signal_by_half, dead }, { "lock", lock_a_file, 0 },
		{ "io_uring", queue_calls, dead }, { "pidfd", hold_process, dead },
		{ "write a process", write_process, dead }, { "memfd", make_memory_file, EPERM },
		{ "personality", read_is_execute, dead }, { "unshare", leave_namespace, dead },
		{ "socketpair", make_pair, dead } };
	char said[512];

	(void)state;
	if (sandbox_landlock_abi() < 2)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int got = outcome(SANDBOX_CHANGE, true, rows[i].act, said);
		if (got != rows[i].is)
			print_error("%s: %d, not %d\n", rows[i].what, got, rows[i].is);
		assert_int_equal(got, rows[i].is);
		assert_true((strstr(said, SANDBOX_SAID) != NULL) == (got == dead));
	}
}

#ifdef __x86_64__
/* The filter has no rule for such calls: the kernel ends who makes one. */
static void
test_another_machine(void **state)
{
	char said[512];

	(void)state;
	assert_int_equal(outcome(SANDBOX_CHANGE, true, call_as_x32, said), DEAD + SIGSYS);
}
#endif

/* What the sanitizers need themselves is denied in builds without them. */
static void
test_what_sanitizers_need(void **state)
{
	const struct {
		unsigned calls;
		int (*act)(void);
		int is;
	} rows[] = { { 0, write_in, EACCES }, { 0, make_code, EPERM }, { 0, make_thread, EAGAIN },
		{ SANDBOX_THREADS, make_thread, 0 },
		{ SANDBOX_THREADS, make_process, DEAD + SIGSYS },
		{ 0, trace_parent, DEAD + SIGSYS }, { 0, signal_parent, DEAD + SIGSYS } };
	char said[512];

	(void)state;
	if (SANDBOX_SANITIZED)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].act != make_thread || rows[i].calls != 0)
			assert_int_equal(
			    outcome(rows[i].calls, true, rows[i].act, said), rows[i].is);
	/* glibc asks for a thread by a call without the flag that it is one, if that is refused. */
	assert_int_not_equal(outcome(0, true, make_thread, said), 0);
}

/* UDP alone. */
static void
test_datagrams(void **state)
{
	char said[512];

	(void)state;
	assert_int_equal(outcome(SANDBOX_DATAGRAMS, true, open_udp, said), 0);
	assert_int_equal(outcome(SANDBOX_DATAGRAMS, true, connect_tcp, said), DEAD + SIGSYS);
}

/* Files alone: for who does not link libseccomp. */
static void
test_files_alone(void **state)
{
	int abi = sandbox_landlock_abi();
	char said[512];

	(void)state;
	if (abi < 2)
		skip();
	assert_int_equal(outcome(0, false, read_in, said), 0);
	assert_int_equal(outcome(0, false, read_other, said), EACCES);
	assert_int_equal(outcome(0, false, work_out, said), 0);
	assert_int_equal(outcome(0, false, run, said), EACCES);
	assert_int_equal(outcome(0, false, is_plain, said), 0);
	if (abi >= 3)
		assert_int_equal(outcome(0, false, truncate_in, said), EACCES);
	if (abi >= 4)
		assert_int_equal(outcome(0, false, connect_tcp, said), EACCES);
	if (abi >= 4)
		assert_int_equal(outcome(SANDBOX_TCP, false, connect_tcp, said), ECONNREFUSED);
	if (abi >= 6)
		assert_int_equal(outcome(0, false, signal_parent, said), EPERM);
}

/* As an older kernel has it: 1 if it holds, 0 if it is not restricted, 2 if it cannot be. */
static int
as_of(int abi, bool writing)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct sandbox s = { 0 };
		struct err e;
		log_init("test", LOG_LEVEL_ERROR);
		sandbox_path(&s, SANDBOX_READ, "in");
		sandbox_path(&s, writing ? SANDBOX_WRITE : SANDBOX_READ, "out");
		if (sandbox_plain(&e) == -1 || sandbox_landlock(&s, abi, &e) == -1)
			_exit(2);
		if (sandbox_changed(&s)) /* or the program would end and begin again for ever */
			_exit(4);
		if (read_in() != 0 || (writing && work_out() != 0))
			_exit(3);
		_exit(read_other() == EACCES);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
test_versions(void **state)
{
	int abi = sandbox_landlock_abi();

	(void)state;
	if (abi < 2)
		skip();
	assert_int_equal(as_of(0, false), 0);
	assert_int_equal(as_of(1, false), 1);
	assert_int_equal(as_of(1, true), 0); /* it would forbid the quarantine */
	for (int i = 2; i <= abi && i < 12; i++)
		assert_int_equal(as_of(i, true), 1);
}

/* A file in another's place, and one that comes to be. */
static void
test_changed(void **state)
{
	struct sandbox s = { 0 };
	struct err e;
	int status;

	(void)state;
	if (sandbox_landlock_abi() < 2)
		skip();
	pid_t pid = fork();
	if (pid == 0) {
		sandbox_path(&s, SANDBOX_READ, "in/a");
		sandbox_path(&s, SANDBOX_READ, "out/none");
		sandbox_path(&s, SANDBOX_WRITE, "out");
		if (sandbox_files(&s, &e) == -1 || sandbox_changed(&s))
			_exit(1);
		if (try_open("out/none", O_WRONLY | O_CREAT) != 0 || !sandbox_changed(&s))
			_exit(2);
		unlink("out/none");
		if (sandbox_changed(&s))
			_exit(3);
		sandbox_free(&s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_files_and_calls),
		cmocka_unit_test(test_what_sanitizers_need), cmocka_unit_test(test_datagrams),
		cmocka_unit_test(test_files_alone), cmocka_unit_test(test_versions),
#ifdef __x86_64__
		cmocka_unit_test(test_another_machine),
#endif
		cmocka_unit_test(test_changed) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
