/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faults: a library that the campaigns preload into the daemons: it lets calls of libc fail, write
 * less than was asked, or take long, from the n-th on or the n-th alone. What and when is in a file
 * that is mapped (ZW_FAULTS), so that it can be armed and disarmed while they run. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum {
	WRITE = 1,
	SYNC = 2,
	RENAME = 4,
	OPEN = 8,
	MEMORY = 16,
	ALLOCATE = 32
};

/* tests/campaign/resources.py writes this. */
struct plan {
	uint32_t armed;
	uint32_t calls;	  /* bits: which */
	uint32_t nth;	  /* from 1 */
	uint32_t forever; /* from then on; else that one alone */
	uint32_t error;	  /* errno; 0: none */
	uint32_t brief;	  /* writes are cut to half */
	uint32_t delay_ms;
	_Atomic uint32_t count;
	_Atomic uint32_t fired;
	char path[128];	  /* a part of the file's path; "": all */
	char program[32]; /* as comm has it; "": all */
};

static struct plan *plan;
static int mine; /* the plan is for this program: 0 not known yet, 1, -1 */
static __thread int inside;

/* Map the plan. Also in each child. */
__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("ZW_FAULTS");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd == -1)
		return;
	void *p = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		plan = p;
}

/* Whether the plan names this program. */
static int
is_mine(void)
{
	if (plan->program[0] == '\0')
		return 1;
	if (mine == 0)
		mine =
		    strncmp(program_invocation_short_name, plan->program, sizeof plan->program) == 0
			? 1
			: -1;
	return mine == 1;
}

/* Whether a path is the plan's. */
static int
is_there(const char *path)
{
	return plan->path[0] == '\0' || strstr(path, plan->path) != NULL;
}

/* Whether a descriptor's file is. */
static int
is_there_fd(int fd)
{
	char link[64], path[4096];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || path[0] != '/' || strncmp(path, "/dev/", 5) == 0)
		return 0; /* sockets and pipes are no disk */
	path[n] = '\0';
	return is_there(path);
}

/* Whether this call is to go wrong; waits, if that is what is wrong. */
static int
strikes(uint32_t call, int fd, const char *path)
{
	if (plan == NULL || !plan->armed || (plan->calls & call) == 0 || inside)
		return 0;
	inside = 1;
	int hit = is_mine() && (fd == -1 || is_there_fd(fd)) && (path == NULL || is_there(path));
	inside = 0;
	if (!hit)
		return 0;
	uint32_t n = atomic_fetch_add(&plan->count, 1) + 1;
	if (n != plan->nth && !(plan->forever && n > plan->nth))
		return 0;
	atomic_fetch_add(&plan->fired, 1);
	if (plan->delay_ms > 0) {
		struct timespec ts = { plan->delay_ms / 1000, plan->delay_ms % 1000 * 1000000L };
		nanosleep(&ts, NULL);
	}
	errno = (int)plan->error;
	return plan->error != 0 || plan->brief;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
write(int fd, const void *p, size_t n)
{
	static __typeof__(&write) next;
	if (next == NULL)
		next = NEXT(write);
	if (strikes(WRITE, fd, NULL)) {
		if (plan->error != 0)
			return -1;
		n = n > 1 ? n / 2 : n;
	}
	return next(fd, p, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	static __typeof__(&pwrite) next;
	if (next == NULL)
		next = NEXT(pwrite);
	if (strikes(WRITE, fd, NULL)) {
		if (plan->error != 0)
			return -1;
		n = n > 1 ? n / 2 : n;
	}
	return next(fd, p, n, at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

int
fsync(int fd)
{
	static __typeof__(&fsync) next;
	if (next == NULL)
		next = NEXT(fsync);
	return strikes(SYNC, fd, NULL) && plan->error != 0 ? -1 : next(fd);
}

int
fdatasync(int fd)
{
	static __typeof__(&fdatasync) next;
	if (next == NULL)
		next = NEXT(fdatasync);
	return strikes(SYNC, fd, NULL) && plan->error != 0 ? -1 : next(fd);
}

int
syncfs(int fd)
{
	static __typeof__(&syncfs) next;
	if (next == NULL)
		next = NEXT(syncfs);
	return strikes(SYNC, fd, NULL) && plan->error != 0 ? -1 : next(fd);
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	static __typeof__(&fallocate) next;
	if (next == NULL)
		next = NEXT(fallocate);
	return strikes(ALLOCATE, fd, NULL) && plan->error != 0 ? -1 : next(fd, mode, at, n);
}

int
fallocate64(int fd, int mode, off64_t at, off64_t n)
{
	return fallocate(fd, mode, at, n);
}

/* The error is what it returns. */
int
posix_fallocate(int fd, off_t at, off_t n)
{
	static __typeof__(&posix_fallocate) next;
	if (next == NULL)
		next = NEXT(posix_fallocate);
	return strikes(ALLOCATE, fd, NULL) && plan->error != 0 ? (int)plan->error : next(fd, at, n);
}

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	return posix_fallocate(fd, at, n);
}

int
rename(const char *from, const char *to)
{
	static __typeof__(&rename) next;
	if (next == NULL)
		next = NEXT(rename);
	return strikes(RENAME, -1, to) && plan->error != 0 ? -1 : next(from, to);
}

int
renameat(int fromfd, const char *from, int tofd, const char *to)
{
	static __typeof__(&renameat) next;
	if (next == NULL)
		next = NEXT(renameat);
	return strikes(RENAME, tofd, NULL) && plan->error != 0 ? -1 : next(fromfd, from, tofd, to);
}

/* Files that are to be written. */
static int
open_strikes(int fd, const char *path, int flags)
{
	if ((flags & O_ACCMODE) == O_RDONLY)
		return 0;
	return (fd < 0 || path[0] == '/' ? strikes(OPEN, -1, path) : strikes(OPEN, fd, NULL)) &&
	       plan->error != 0;
}

int
open(const char *path, int flags, ...)
{
	static __typeof__(&open) next;
	va_list ap;
	va_start(ap, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (next == NULL)
		next = NEXT(open);
	return open_strikes(-1, path, flags) ? -1 : next(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open(path, flags | O_LARGEFILE, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	static __typeof__(&openat) next;
	va_list ap;
	va_start(ap, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (next == NULL)
		next = NEXT(openat);
	return open_strikes(dir, path, flags) ? -1 : next(dir, path, flags, mode);
}

int
openat64(int dir, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return openat(dir, path, flags, mode);
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

/* Whether this one fails. */
static int
no_memory(void)
{
	if (plan == NULL || !plan->armed || !strikes(MEMORY, -1, NULL))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return no_memory() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return no_memory() ? NULL : __libc_realloc(p, n);
}
