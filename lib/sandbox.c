/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox: the files of sandbox.h by Landlock, whose system calls have no wrappers in Debian 12's C
 * library, and whose header there knows version 2 only. Versions (each has what the one before
 * has): 1 files; 2 rename between directories; 3 truncate; 4 TCP; 5 ioctl of devices; 6 signals and
 * abstract sockets. Debian 12's kernel has 2. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/sandbox_int.h"
#include "zw/alloc.h"
#include "zw/log.h"

/* linux/landlock.h */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_ALL_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,	    /* since 2 */
	FS_TRUNCATE = 1 << 14,	    /* since 3 */
	FS_IOCTL_DEV = 1 << 15,	    /* since 5 */
	NET_TCP = 1 << 0 | 1 << 1,  /* bind, connect; since 4 */
	SCOPE_ALL = 1 << 0 | 1 << 1 /* abstract sockets, signals; since 6 */
};
enum {
	RULE_PATH_BENEATH = 1,
	CREATE_VERSION = 1,
	ABI_REFER = 2,
	ABI_TRUNCATE = 3,
	ABI_TCP = 4,
	ABI_IOCTL = 5,
	ABI_SCOPE = 6
};

#define FS_READ (FS_READ_FILE | FS_READ_DIR)
#define FS_UPDATE (FS_READ | FS_WRITE_FILE | FS_TRUNCATE)
#define FS_CHANGE                                                                                  \
	(FS_UPDATE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER)
/* Of these a rule on a file, not a directory, may consist. */
#define FS_OF_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs;
	uint64_t net;	/* since 4 */
	uint64_t scope; /* since 6 */
};
struct path_attr {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/* Allow a path. */
void
sandbox_path(struct sandbox *s, enum sandbox_access access, const char *path)
{
	if (path == NULL)
		return;
	if (s->npaths == SANDBOX_MAX_PATHS)
		fatalx("sandbox", "more than %d paths", SANDBOX_MAX_PATHS);
	s->paths[s->npaths++] = (struct sandbox_path){ .path = xstrdup(path), .access = access };
}

/* Allow what is in a directory. */
void
sandbox_below(struct sandbox *s, enum sandbox_access access, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);

	sandbox_path(s, access, path);
	free(path);
}

/* Free the copies. */
void
sandbox_free(struct sandbox *s)
{
	for (size_t i = 0; i < s->npaths; i++)
		free(s->paths[i].path);
	s->npaths = 0;
}

/* Allow what libraries read of the system. */
void
sandbox_system(struct sandbox *s)
{
	static const char *const paths[] = { "/usr", "/lib", "/lib64", "/etc/fonts",
		"/var/cache/fontconfig", "/etc/localtime", "/etc/timezone", "/etc/locale.alias",
		"/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/alternatives", "/etc/nsswitch.conf",
		"/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/gai.conf",
		"/etc/services", "/etc/protocols", "/etc/passwd", "/etc/group",
		"/etc/ssl/openssl.cnf", "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo",
		"/proc/stat", "/dev/urandom", "/dev/random", "/dev/zero" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		sandbox_path(s, SANDBOX_READ, paths[i]);
	sandbox_path(s, SANDBOX_UPDATE, "/dev/null");
	s->nsystem = s->npaths;
}

/* Whether a file took another's place. */
bool
sandbox_changed(const struct sandbox *s)
{
	struct stat st;

	for (size_t i = s->nsystem; s->files && i < s->npaths; i++)
		if (stat(s->paths[i].path, &st) == 0 &&
		    (st.st_dev != s->paths[i].dev || st.st_ino != s->paths[i].inode))
			return true;
	return false;
}

/* No more rights, no core, no look into it. */
int
sandbox_plain(struct err *e)
{
	const struct rlimit none = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set(e, "cannot give up new rights: %s", strerror(errno));
	bool hidden = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
	if (setrlimit(RLIMIT_CORE, &none) == -1 || !hidden)
		return err_set(e, "cannot forbid cores: %s", strerror(errno));
	return 0;
}

/* The kernel's version. One without it says so by one of two numbers; what says another is a filter
 * around this process, as a unit's SystemCallFilter= that lacks these calls. */
int
sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	if (abi >= 0)
		return (int)abi;
	if (errno != ENOSYS && errno != EOPNOTSUPP)
		log_warn("sandbox",
		    "Landlock is forbidden by what started this program (in systemd "
		    "SystemCallFilter=)");
	return 0;
}

/* Rights of a file that a kernel of this version knows. */
static uint64_t
known_rights(int abi)
{
	return FS_ALL_1 | (abi >= ABI_REFER ? FS_REFER : 0) |
	       (abi >= ABI_TRUNCATE ? FS_TRUNCATE : 0) | (abi >= ABI_IOCTL ? FS_IOCTL_DEV : 0);
}

/* An empty set of rules: its descriptor, or -1. */
static int
create(unsigned calls, int abi, struct err *e)
{
	struct ruleset_attr a = { .fs = known_rights(abi) };
	size_t size = abi >= ABI_SCOPE ? sizeof a : abi >= ABI_TCP ? 16 : 8;

	if (abi >= ABI_TCP && (calls & SANDBOX_TCP) == 0)
		a.net = NET_TCP;
	if (abi >= ABI_SCOPE)
		a.scope = SCOPE_ALL;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &a, size, 0);
	if (fd == -1)
		return err_set(e, "cannot begin with Landlock: %s", strerror(errno));
	return fd;
}

/* Add a path; one that does not exist cannot be opened either. */
static int
add(int ruleset, struct sandbox_path *p, uint64_t rights, struct err *e)
{
	struct stat st;
	int fd = open(p->path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return 0;
	struct path_attr a = { .allowed = rights, .fd = fd };
	if (fstat(fd, &st) == 0) {
		p->dev = st.st_dev;
		p->inode = st.st_ino;
		if (!S_ISDIR(st.st_mode))
			a.allowed &= FS_OF_FILE;
	}
	long rc = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &a, 0);
	int error = errno;
	close(fd);
	return rc == 0 ? 0 : err_set(e, "cannot allow %s: %s", p->path, strerror(error));
}

/* Allow the file, or the directory of a file, that an option of a sanitizer names. */
static void
add_option(struct sandbox *s, const char *variable, const char *word, bool directory)
{
	const char *options = getenv(variable);
	const char *at = options == NULL ? NULL : strstr(options, word);

	if (at == NULL)
		return;
	at += strlen(word);
	size_t n = strcspn(at, ":");
	while (directory && n > 0 && at[n - 1] != '/')
		n--;
	char *path = xasprintf("%.*s", (int)n, at);
	sandbox_path(s, directory ? SANDBOX_WRITE : SANDBOX_READ, path);
	free(path);
}

/* What the sanitizers read, and where they write their reports. */
static void
add_sanitizers(struct sandbox *s)
{
	sandbox_path(s, SANDBOX_READ, "/proc/self");
	sandbox_path(s, SANDBOX_READ, "/proc/self/exe");
	add_option(s, "ASAN_OPTIONS", "log_path=", true);
	add_option(s, "LSAN_OPTIONS", "suppressions=", false);
}

/* All paths. */
static int
add_all(int ruleset, struct sandbox *s, int abi, struct err *e)
{
	static const uint64_t rights[] = { [SANDBOX_READ] = FS_READ,
		[SANDBOX_UPDATE] = FS_UPDATE,
		[SANDBOX_WRITE] = FS_CHANGE,
		[SANDBOX_RUN] = FS_READ | FS_EXECUTE };
	uint64_t known = known_rights(abi);

	for (size_t i = 0; i < s->npaths; i++)
		if (add(ruleset, &s->paths[i], rights[s->paths[i].access] & known, e) == -1)
			return -1;
	return 0;
}

/* Whether something is to be written: version 1 forbids every rename between directories, and with
 * it the quarantine. */
static bool
writes(const struct sandbox *s)
{
	for (size_t i = 0; i < s->npaths; i++)
		if (s->paths[i].access == SANDBOX_WRITE)
			return true;
	return false;
}

/* Restrict files. */
int
sandbox_landlock(struct sandbox *s, int abi, struct err *e)
{
	if (abi < 1 || (abi < ABI_REFER && writes(s))) {
		log_info("sandbox", "this kernel's Landlock (%d) is left out: %s", abi,
		    abi < 1 ? "it has none, or it is off" : "it forbids to rename");
		return 0;
	}
	int fd = create(s->calls, abi, e);
	if (fd == -1)
		return -1;
	if (SANDBOX_SANITIZED)
		add_sanitizers(s);
	int rc = add_all(fd, s, abi, e);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		rc = err_set(e, "cannot enter Landlock: %s", strerror(errno));
	close(fd);
	s->files = rc == 0;
	return rc;
}

/* Files without system calls. */
int
sandbox_files(struct sandbox *s, struct err *e)
{
	if (sandbox_plain(e) == -1)
		return -1;
	return sandbox_landlock(s, sandbox_landlock_abi(), e);
}
