/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fs: files that are whole or absent, also after a power cut. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/str.h"

#define FS_MAX_SECRET 4096

/* Where the program is now, and the path. */
char *
fs_absolute(const char *path)
{
	char here[PATH_MAX];

	if (*path == '/' || getcwd(here, sizeof here) == NULL)
		return xstrdup(path);
	return xasprintf("%s/%s", here, path);
}

/* Make a directory and its parents. */
int
fs_mkdirs(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	struct stat st;

	if (str_copy(part, sizeof part, path) == -1)
		return err_set(e, "%.64s...: the path is too long", path);
	for (char *p = part + 1; p[-1] != '\0'; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char was = *p;
		*p = '\0';
		if (mkdir(part, mode) == -1 && errno != EEXIST)
			return err_set(e, "cannot make directory %s: %s", part, strerror(errno));
		*p = was;
		if (was == '\0')
			break;
	}
	if (stat(path, &st) == -1 || !S_ISDIR(st.st_mode))
		return err_set(e, "%s is not a directory", path);
	return 0;
}

/* Flush a directory's entries. */
int
fs_sync_dir(const char *path, struct err *e)
{
	int rc = 0;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, "cannot open directory %s: %s", path, strerror(errno));
	if (fsync(fd) == -1)
		rc = err_set(e, "cannot flush directory %s: %s", path, strerror(errno));
	close(fd);
	return rc;
}

/* All n bytes at the offset. */
int
fs_pwrite(int fd, const void *p, size_t n, uint64_t offset)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = pwrite(fd, at, n, (off_t)offset);
		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0) {
			if (w == 0)
				errno = EIO;
			return -1;
		}
		at += w;
		n -= (size_t)w;
		offset += (uint64_t)w;
	}
	return 0;
}

/* The directory that a path lies in. */
static int
fs_dirname(const char *path, char *dst, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return str_copy(dst, size, ".");
	size_t n = slash == path ? 1 : (size_t)(slash - path);
	if (n >= size)
		return -1;
	memcpy(dst, path, n);
	dst[n] = '\0';
	return 0;
}

/* Flush the entries of the directory that a path lies in. */
int
fs_sync_parent(const char *path, struct err *e)
{
	char dir[PATH_MAX];

	if (fs_dirname(path, dir, sizeof dir) == -1)
		return err_set(e, "%.64s...: the path is too long", path);
	return fs_sync_dir(dir, e);
}

/* Replace a file atomically. */
int
fs_replace(const char *path, const void *data, size_t n, struct err *e)
{
	char tmp[PATH_MAX], dir[PATH_MAX];
	int fd = -1;

	if (str_format(tmp, sizeof tmp, "%s.tmp", path) == -1 ||
	    fs_dirname(path, dir, sizeof dir) == -1)
		return err_set(e, "%.64s...: the path is too long", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_set(e, "cannot write %s: %s", tmp, strerror(errno));
	/* What a kill left may have another mode. */
	if (fchmod(fd, 0600) == -1 || fs_pwrite(fd, data, n, 0) == -1 || fdatasync(fd) == -1) {
		err_set(e, "cannot write %s: %s", tmp, strerror(errno));
		goto fail;
	}
	close(fd);
	fd = -1;
	if (rename(tmp, path) == -1) {
		err_set(e, "cannot rename %s to %s: %s", tmp, path, strerror(errno));
		goto fail;
	}
	return fs_sync_dir(dir, e);
fail:
	if (fd != -1)
		close(fd);
	unlink(tmp);
	return -1;
}

/* Read an open regular file whole. */
static int
fs_read_fd(int fd, const char *path, size_t max, char **out, size_t *n, struct err *e)
{
	size_t len = 0, cap = 4096;
	char *data = xmalloc(cap);

	for (;;) {
		if (len + 1 >= cap) {
			cap *= 2;
			data = xreallocarray(data, cap, 1);
		}
		ssize_t r = read(fd, data + len, cap - len - 1);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1) {
			free(data);
			return err_set(e, "cannot read %s: %s", path, strerror(errno));
		}
		if (r == 0)
			break;
		len += (size_t)r;
		if (len > max) {
			free(data);
			return err_set(e, "%s is larger than %zu bytes", path, max);
		}
	}
	data[len] = '\0';
	*out = data;
	*n = len;
	return 0;
}

/* Open a regular file; a FIFO or device must not hold us. */
static int
fs_open_regular(const char *path, struct stat *st, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return err_set(e, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode)) {
		close(fd);
		return err_set(e, "%s is not a regular file", path);
	}
	return fd;
}

/* The whole of a regular file. */
int
fs_read(const char *path, size_t max, char **out, size_t *n, struct err *e)
{
	struct stat st;
	int fd = fs_open_regular(path, &st, e);

	if (fd == -1)
		return -1;
	int rc = fs_read_fd(fd, path, max, out, n, e);
	close(fd);
	return rc;
}

/* The first line of a file that only its owner may read. */
int
fs_read_secret(const char *path, char **out, struct err *e)
{
	struct stat st;
	size_t n;
	int fd = fs_open_regular(path, &st, e);

	if (fd == -1)
		return -1;
	if ((st.st_mode & 077) != 0) {
		close(fd);
		return err_set(e,
		    "%s may be read by others than its owner (mode %04o); "
		    "mend it with: chmod 600 %s",
		    path, (unsigned)(st.st_mode & 07777), path);
	}
	int rc = fs_read_fd(fd, path, FS_MAX_SECRET, out, &n, e);
	close(fd);
	if (rc == -1)
		return -1;
	(*out)[strcspn(*out, "\r\n")] = '\0';
	return 0;
}
