/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox_calls: the system calls of sandbox.h by seccomp; the one door of libseccomp.
 *
 * Three answers. What a program of ours makes is allowed. What libraries try and do without, when
 * it is refused, is refused with an error number. All else raises SIGSYS: the handler writes which
 * call it was and lets the call be made again, which then ends the process, for the handler was
 * reset; none can be installed anew. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

#include "lib/sandbox_int.h"
#include "zw/log.h"

#define MAX_LINE 160

/* fcntl(2)'s locks of open files, which POSIX does not name. */
#define FCNTL_OFD_GETLK 36
#define FCNTL_OFD_SETLK 37
#define FCNTL_OFD_SETLKW 38

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* What every process makes: memory, time, signals to itself, descriptors that it has, its end. */
static const int base_calls[] = { SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(madvise), SCMP_SYS(msync), SCMP_SYS(mincore), SCMP_SYS(membarrier), SCMP_SYS(read),
	SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(preadv2), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close),
	SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
	SCMP_SYS(futex), SCMP_SYS(futex_waitv), SCMP_SYS(set_robust_list),
	SCMP_SYS(get_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(getcpu),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getattr), SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_get_priority_min),
	SCMP_SYS(sched_get_priority_max), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigpending), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getpgrp),
	SCMP_SYS(getpgid), SCMP_SYS(getsid), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
	SCMP_SYS(getrlimit), SCMP_SYS(umask), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* glib asks whether the standard error is the journal. */
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt) };

/* Reading files. Opening has a rule of its own. */
static const int file_calls[] = { SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
	SCMP_SYS(stat64), SCMP_SYS(lstat64), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents),
	SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(chdir), SCMP_SYS(fchdir), SCMP_SYS(statfs),
	SCMP_SYS(fstatfs), SCMP_SYS(statfs64), SCMP_SYS(fstatfs64), SCMP_SYS(fadvise64),
	SCMP_SYS(fadvise64_64), SCMP_SYS(readahead), SCMP_SYS(flock) };

/* Changing files. Not truncate: before version 3 Landlock does not know it; ftruncate needs a file
 * that could be opened for writing. */
static const int change_calls[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(creat),
	SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(pwritev2), SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(syncfs), SCMP_SYS(sync_file_range), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(fchmod),
	SCMP_SYS(copy_file_range) };

/* Rights of files: librrd's, of the new file that it made. */
static const int mode_calls[] = { SCMP_SYS(chmod), SCMP_SYS(fchmodat) };

/* Over a socket that it has, and one of UDP. */
static const int talk_calls[] = { SCMP_SYS(recvfrom), SCMP_SYS(shutdown) };
static const int datagram_calls[] = { SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(sendto),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown) };

/* The sanitizers stop the process to look for leaks, by a helper that traces it. */
static const int sanitizer_calls[] = { SCMP_SYS(ptrace), SCMP_SYS(wait4), SCMP_SYS(clone),
	SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(prctl), SCMP_SYS(mprotect), SCMP_SYS(mmap),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(process_vm_readv), SCMP_SYS(mkdir),
	SCMP_SYS(unlink) };

/* What libraries try and do without. */
static const struct {
	int call;
	int error;
} refused[] = { { SCMP_SYS(clone3), ENOSYS }, { SCMP_SYS(openat2), ENOSYS },
	{ SCMP_SYS(sched_setattr), EPERM }, { SCMP_SYS(sched_setscheduler), EPERM },
	{ SCMP_SYS(sched_setaffinity), EPERM }, { SCMP_SYS(setpriority), EPERM },
	{ SCMP_SYS(mlock), EPERM }, { SCMP_SYS(fchown), EPERM }, { SCMP_SYS(memfd_create), EPERM },
	{ SCMP_SYS(inotify_init1), EPERM } };

/* A filter being made, and the first that failed. */
struct filter {
	scmp_filter_ctx ctx;
	int rc;
};

/* One rule with up to two conditions. A call that this processor does not have is passed over. */
static void
rule(struct filter *f, uint32_t action, int call, unsigned n, const struct scmp_arg_cmp *cmp)
{
	if (f->rc == 0)
		f->rc = seccomp_rule_add_array(f->ctx, action, call, n, cmp);
}

/* Allow a list of calls. */
static void
allow(struct filter *f, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule(f, SCMP_ACT_ALLOW, calls[i], 0, NULL);
}

#define ALLOW(f, calls) allow((f), (calls), sizeof(calls) / sizeof(calls)[0])

/* Allow a call without these bits in an argument; with one of them it is refused. */
static void
allow_without(struct filter *f, int call, unsigned arg, uint64_t bits, int error)
{
	struct scmp_arg_cmp none = SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, 0);

	rule(f, SCMP_ACT_ALLOW, call, 1, &none);
	for (uint64_t bit = 1; bit != 0 && bit <= bits; bit <<= 1) {
		struct scmp_arg_cmp has = SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bit, bit);
		if ((bits & bit) != 0)
			rule(f, SCMP_ACT_ERRNO((unsigned)error), call, 1, &has);
	}
}

/* An argument that is this. */
static struct scmp_arg_cmp
equal(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = arg, .op = SCMP_CMP_EQ, .datum_a = value };
}

/* Allow a call with one of these values in an argument. */
static void
allow_with(struct filter *f, int call, unsigned arg, const uint64_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scmp_arg_cmp eq = equal(arg, values[i]);
		rule(f, SCMP_ACT_ALLOW, call, 1, &eq);
	}
}

/* Handlers for all signals but SIGSYS. Its number is compared bit by bit: of an argument the kernel
 * takes the lower half, and an "unequal" of the whole would let others' upper halves through. */
static void
add_handlers(struct filter *f)
{
	for (uint64_t bit = 1; bit <= 64; bit <<= 1) {
		struct scmp_arg_cmp differs =
		    SCMP_A0(SCMP_CMP_MASKED_EQ, bit, ~(uint64_t)SIGSYS & bit);
		rule(f, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 1, &differs);
	}
}

/* What is allowed to all, with certain arguments only. */
static void
add_careful(struct filter *f)
{
	static const uint64_t controls[] = { TCGETS, FIONREAD, FIONBIO };
	/* Not whom a descriptor's signals go to, nor which: that would be a kill(2) of others. */
	static const uint64_t descriptors[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL,
		F_SETFL, F_GETLK, F_SETLK, F_SETLKW, FCNTL_OFD_GETLK, FCNTL_OFD_SETLK,
		FCNTL_OFD_SETLKW };
	static const uint64_t names[] = { PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_SECCOMP,
		PR_GET_NO_NEW_PRIVS, PR_SET_VMA };
	const uint64_t own[] = { (uint64_t)getpid() };
	struct scmp_arg_cmp self = equal(0, 0);
	struct scmp_arg_cmp local = equal(0, AF_UNIX);

	add_handlers(f);
	rule(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, &self);
	rule(f, SCMP_ACT_ALLOW, SCMP_SYS(setrlimit), 0, NULL);
	allow_with(f, SCMP_SYS(ioctl), 1, controls, sizeof controls / sizeof controls[0]);
	allow_with(f, SCMP_SYS(fcntl), 1, descriptors, sizeof descriptors / sizeof descriptors[0]);
	allow_with(
	    f, SCMP_SYS(fcntl64), 1, descriptors, sizeof descriptors / sizeof descriptors[0]);
	/* Names of users are asked of a daemon by such a socket, and read from the file without. */
	rule(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1, &local);
	if (SANDBOX_SANITIZED)
		return;
	allow_with(f, SCMP_SYS(tgkill), 0, own, 1);
	allow_with(f, SCMP_SYS(prctl), 0, names, sizeof names / sizeof names[0]);
	/* No code but what was loaded. */
	allow_without(f, SCMP_SYS(mmap), 2, PROT_EXEC, EPERM);
	allow_without(f, SCMP_SYS(mmap2), 2, PROT_EXEC, EPERM);
	allow_without(f, SCMP_SYS(mprotect), 2, PROT_EXEC, EPERM);
}

/* Opening files for reading only. */
static void
add_reading(struct filter *f)
{
	static const uint64_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

	if (SANDBOX_SANITIZED)
		return;
	allow_without(f, SCMP_SYS(open), 1, writing, EACCES);
	allow_without(f, SCMP_SYS(openat), 2, writing, EACCES);
}

/* Threads of this process, and no process. */
static void
add_threads(struct filter *f)
{
	static const uint64_t thread = 0x00010000; /* CLONE_THREAD */
	struct scmp_arg_cmp has = SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread);

	if (!SANDBOX_SANITIZED)
		rule(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &has);
}

/* Sending without an address. */
static void
add_talk(struct filter *f)
{
	struct scmp_arg_cmp nowhere = equal(4, 0);

	ALLOW(f, talk_calls);
	rule(f, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, &nowhere);
}

/* Sockets of UDP; the C library asks the kernel for its addresses before it looks one up. */
static void
add_datagrams(struct filter *f)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct scmp_arg_cmp netlink[] = { equal(0, AF_NETLINK), equal(2, 0) };

	ALLOW(f, datagram_calls);
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		struct scmp_arg_cmp udp[] = { equal(0, (uint64_t)families[i]),
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM) };
		rule(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, udp);
	}
	rule(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, netlink);
}

/* All rules. */
static void
add_rules(struct filter *f, unsigned calls)
{
	ALLOW(f, base_calls);
	ALLOW(f, file_calls);
	add_careful(f);
	if ((calls & SANDBOX_CHANGE) != 0)
		ALLOW(f, change_calls);
	else
		add_reading(f);
	if ((calls & SANDBOX_MODES) != 0)
		ALLOW(f, mode_calls);
	if ((calls & SANDBOX_THREADS) != 0)
		add_threads(f);
	if ((calls & SANDBOX_DATAGRAMS) != 0)
		add_datagrams(f);
	else if ((calls & SANDBOX_TALK) != 0)
		add_talk(f);
	if (SANDBOX_SANITIZED)
		ALLOW(f, sanitizer_calls);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		rule(f, SCMP_ACT_ERRNO((unsigned)refused[i].error), refused[i].call, 0, NULL);
}

/* Add text to a line. */
static size_t
put_text(char line[MAX_LINE], size_t n, const char *text)
{
	while (*text != '\0' && n < MAX_LINE - 2)
		line[n++] = *text++;
	return n;
}

/* Add a number. */
static size_t
put_number(char line[MAX_LINE], size_t n, unsigned long number)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	return put_text(line, n, digits + at);
}

/* A call that is not allowed. Nothing here but write(2) and the same signal once more, which now
 * ends the process: the process may be anywhere. */
static void
say_call(int signal_number, siginfo_t *info, void *context)
{
	char line[MAX_LINE];

	(void)signal_number;
	(void)context;
	size_t n = put_text(line, 0, program_invocation_short_name);
	n = put_text(line, n, "[");
	n = put_number(line, n, (unsigned long)getpid());
	n = put_text(line, n, "]: sandbox: system call ");
	n = put_number(line, n, (unsigned long)(unsigned)info->si_syscall);
	n = put_text(line, n, " " SANDBOX_SAID "; the program ends");
	line[n++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, n);
	(void)written; /* there is nobody to tell */
	(void)raise(SIGSYS);
	_exit(1);
}

/* The filter is what the kernel keeps to. One that knows none is told of and left out. */
static int
load(struct filter *f, struct err *e)
{
	int rc = seccomp_load(f->ctx);

	if (rc == -EINVAL || rc == -ENOSYS || rc == -EFAULT) {
		log_info("sandbox", "this kernel filters no system calls (%s)", strerror(-rc));
		return 0;
	}
	return rc == 0 ? 0 : err_set(e, "cannot filter system calls: %s", strerror(-rc));
}

/* Restrict system calls. */
int
sandbox_seccomp(unsigned calls, struct err *e)
{
	struct sigaction sa = { .sa_sigaction = say_call,
		.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER };
	struct filter f = { .ctx = seccomp_init(SCMP_ACT_TRAP) };

	if (f.ctx == NULL)
		return err_set(e, "cannot begin a filter of system calls");
	/* A tree: half a dozen comparisons for a call instead of a hundred. */
	(void)seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	add_rules(&f, calls);
	if (sigaction(SIGSYS, &sa, NULL) == -1)
		f.rc = -errno;
	int rc = f.rc == 0
		     ? load(&f, e)
		     : err_set(e, "cannot make a filter of system calls: %s", strerror(-f.rc));
	seccomp_release(f.ctx);
	return rc;
}

/* Files, then system calls: Landlock's own are not among those. */
int
sandbox_enter(struct sandbox *s, struct err *e)
{
	if (sandbox_files(s, e) == -1)
		return -1;
	return sandbox_seccomp(s->calls, e);
}
