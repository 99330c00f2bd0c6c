/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hangfs [-f] [-o deaf] MOUNTPOINT: an empty file system that never answers statfs(2).
 *
 * SIGUSR1 makes it answer, also what waits; SIGUSR2 makes it hang again. A caller that is killed
 * is let go, as a hard NFS mount does it; with "-o deaf" not even that, so its process stays until
 * the file system is gone. SIGTERM ends and unmounts it, and all who wait get ENOTCONN. */
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_WAITING 1024

struct hangfs {
	int deaf;
	int answers;
	fuse_req_t waiting[MAX_WAITING];
	size_t n;
};

/* Set by the signals, looked at between requests. */
static volatile sig_atomic_t wanted = -1;

static void
on_signal(int sig)
{
	wanted = sig == SIGUSR1;
}

/* A caller that was killed. */
static void
on_interrupt(fuse_req_t req, void *arg)
{
	struct hangfs *h = arg;
	for (size_t i = 0; i < h->n; i++) {
		if (h->waiting[i] != req)
			continue;
		h->waiting[i] = h->waiting[--h->n];
		fuse_reply_err(req, EINTR);
		return;
	}
}

/* An answer with some numbers in it. */
static void
answer(fuse_req_t req)
{
	struct statvfs st = { .f_bsize = 4096,
		.f_frsize = 4096,
		.f_blocks = 1000,
		.f_bfree = 600,
		.f_bavail = 500,
		.f_files = 100,
		.f_ffree = 75,
		.f_namemax = 255 };
	fuse_reply_statfs(req, &st);
}

static void
hang_statfs(fuse_req_t req, fuse_ino_t ino)
{
	(void)ino;
	struct hangfs *h = fuse_req_userdata(req);
	if (h->answers) {
		answer(req);
	} else if (h->n == MAX_WAITING) {
		fuse_reply_err(req, EAGAIN);
	} else {
		h->waiting[h->n++] = req;
		if (!h->deaf)
			fuse_req_interrupt_func(req, on_interrupt, h);
	}
}

static void
hang_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	struct stat st = { .st_ino = ino, .st_mode = S_IFDIR | 0755, .st_nlink = 2 };
	if (ino == FUSE_ROOT_ID)
		fuse_reply_attr(req, &st, 1.0);
	else
		fuse_reply_err(req, ENOENT);
}

static void
hang_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	fuse_reply_err(req, ENOENT);
}

/* Does what a signal asked for. */
static void
obey(struct hangfs *h)
{
	if (wanted == -1)
		return;
	h->answers = wanted;
	wanted = -1;
	while (h->answers && h->n > 0) {
		fuse_req_t req = h->waiting[--h->n];
		fuse_req_interrupt_func(req, NULL, NULL);
		answer(req);
	}
}

/* Serves until unmounted or told to end; signals come in between requests only. */
static void
serve(struct fuse_session *se, struct hangfs *h, const sigset_t *outside)
{
	struct fuse_buf buf = { .mem = NULL };
	struct pollfd pfd = { .fd = fuse_session_fd(se), .events = POLLIN };
	while (!fuse_session_exited(se)) {
		int n = ppoll(&pfd, 1, NULL, outside);
		obey(h);
		if (n <= 0)
			continue;
		int got = fuse_session_receive_buf(se, &buf);
		if (got == -EINTR || got == -EAGAIN)
			continue;
		if (got <= 0)
			break;
		fuse_session_process_buf(se, &buf);
	}
	free(buf.mem);
	while (h->n > 0) {
		fuse_req_t req = h->waiting[--h->n];
		fuse_req_interrupt_func(req, NULL, NULL);
		fuse_reply_err(req, ENOTCONN);
	}
}

/* Blocks the signals and installs our own two; outside gets the mask before. */
static void
set_signals(sigset_t *outside)
{
	sigset_t ours;
	struct sigaction sa = { .sa_handler = on_signal };
	sigemptyset(&ours);
	sigaddset(&ours, SIGUSR1);
	sigaddset(&ours, SIGUSR2);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigprocmask(SIG_BLOCK, &ours, outside);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
}

int
main(int argc, char **argv)
{
	static const struct fuse_lowlevel_ops ops = {
		.statfs = hang_statfs,
		.getattr = hang_getattr,
		.lookup = hang_lookup,
	};
	static const struct fuse_opt deaf[] = { { "deaf", offsetof(struct hangfs, deaf), 1 },
		FUSE_OPT_END };
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts o = { 0 };
	struct hangfs *h = calloc(1, sizeof *h);
	struct fuse_session *se = NULL;
	sigset_t outside;
	int rc = 1;

	if (h == NULL || fuse_opt_parse(&args, h, deaf, NULL) == -1 ||
	    fuse_parse_cmdline(&args, &o) != 0 || o.mountpoint == NULL) {
		fprintf(stderr, "usage: hangfs [-f] [-o deaf] MOUNTPOINT\n");
		goto out;
	}
	se = fuse_session_new(&args, &ops, sizeof ops, h);
	if (se == NULL || fuse_session_mount(se, o.mountpoint) != 0)
		goto out;
	if (fuse_daemonize(o.foreground) == 0 && fuse_set_signal_handlers(se) == 0) {
		set_signals(&outside);
		serve(se, h, &outside);
		fuse_remove_signal_handlers(se);
		rc = 0;
	}
	fuse_session_unmount(se);
out:
	if (se != NULL)
		fuse_session_destroy(se);
	fuse_opt_free_args(&args);
	free(o.mountpoint);
	free(h);
	return rc;
}
