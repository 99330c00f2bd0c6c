/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox: what a process may do from now on, for ever: which files (Landlock), which system calls
 * (seccomp), and in no case more rights, a core, or another process's look into its memory.
 *
 * A program says it once, when it has read its configuration and before it reads what others wrote:
 *
 *	struct sandbox s = { .calls = SANDBOX_CHANGE | SANDBOX_TALK };
 *	sandbox_system(&s);
 *	sandbox_path(&s, SANDBOX_WRITE, rrd_dir);
 *	if (sandbox_enter(&s, &e) == -1)
 *		fatalx(...);
 *
 * A file that it may not have answers EACCES. A system call that no line of ours makes ends the
 * process by SIGSYS, after a line on standard error that names its number (SANDBOX_SAID in it).
 * What the kernel lacks is left out and said in the log; what it has and refuses is an error. */
#ifndef ZW_SANDBOX_H
#define ZW_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/err.h"

#define SANDBOX_MAX_PATHS 256
#define SANDBOX_SAID "is not allowed in its sandbox"

/* What may be done with a path: the file, or the directory with all below it. */
enum sandbox_access {
	SANDBOX_READ,
	SANDBOX_UPDATE, /* read, and write to what is there */
	SANDBOX_WRITE,	/* read, write, make, rename, remove regular files and directories */
	SANDBOX_RUN	/* read, and run */
};

/* System calls beside those that every process makes and those that read files; bits. */
enum sandbox_calls {
	SANDBOX_CHANGE = 1,  /* write, make, rename, remove files */
	SANDBOX_THREADS = 2, /* make threads */
	SANDBOX_TALK = 4,    /* send and receive over sockets it was given; no address of its own */
	SANDBOX_DATAGRAMS = 8, /* make sockets of UDP, and send to any address */
	SANDBOX_MODES = 16,    /* change rights of files, by name: Landlock cannot say of which */
	SANDBOX_TCP = 32       /* connect by TCP; for sandbox_files() only */
};

struct sandbox {
	unsigned calls;
	struct sandbox_path {
		char *path;
		enum sandbox_access access;
		unsigned long long dev, inode; /* when it was entered; 0: there was none */
	} paths[SANDBOX_MAX_PATHS];
	size_t npaths;
	size_t nsystem; /* of these sandbox_system() made */
	bool files;	/* only these can be opened: the kernel has Landlock */
};

/* Allow a path, which is copied. NULL and one that does not exist are passed over: make what is to
 * be written first. */
void sandbox_path(struct sandbox *s, enum sandbox_access access, const char *path);
/* "DIR/NAME". */
void sandbox_below(
    struct sandbox *s, enum sandbox_access access, const char *dir, const char *name);
/* Allow what the C library and what draws need of the system: shared objects, fonts, zones of
 * time, names. Nothing of it is secret. Called first. */
void sandbox_system(struct sandbox *s);
/* Whether a path of the program's own is another file than when it was entered, or there is one
 * where there was none: the right was to the old one. The program is then to end and be started
 * again. Without Landlock rights are to names, and it is never so. */
bool sandbox_changed(const struct sandbox *s);
/* Free the copies; what was entered stays. */
void sandbox_free(struct sandbox *s);

/* No new rights by exec, no core, no look into this process by others of the same user. */
int sandbox_plain(struct err *e) __attribute__((warn_unused_result));
/* sandbox_plain(), then only the paths, and no TCP but with SANDBOX_TCP; of .calls nothing else is
 * looked at. For programs that do not link libseccomp. */
int sandbox_files(struct sandbox *s, struct err *e) __attribute__((warn_unused_result));
/* All of it, in a process of one thread. Links zwsandbox. */
int sandbox_enter(struct sandbox *s, struct err *e) __attribute__((warn_unused_result));

#endif
