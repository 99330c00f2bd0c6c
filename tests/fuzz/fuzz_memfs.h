/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_memfs: a file system in the process, for the fuzz targets whose time would else go into
 * system calls: what lies under MEMFS is ours, all else the kernel's. It is linked instead of the
 * C library's calls that lib/seglog*.c, lib/fs.c and the spool make, and knows what these need:
 * directories, regular files, hard links, renames, locks; no symbolic links, no modes, no times. */
#ifndef FUZZ_MEMFS_H
#define FUZZ_MEMFS_H

#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMFS "/fuzz-memory" /* its root */
#define MEMFS_FD (1 << 20)   /* the first of its descriptors */
#define MEMFS_NODES 256
#define MEMFS_NAMES 256
#define MEMFS_FILES 64
#define MEMFS_DIRS 8
#define MEMFS_NAME 64

/* Seen by libraries, too, that call these. */
#define MEMFS_API __attribute__((visibility("default")))

/* A file or directory; 0 is the root. Its memory lasts for the next that has its number. */
struct memfs_node {
	bool is_dir;
	unsigned links, opens; /* both 0: it is free */
	uint8_t *data;
	size_t size, cap;
};

/* A name in a directory. */
struct memfs_name {
	int dir; /* -1: free */
	int node;
	char text[MEMFS_NAME];
};

/* An open file. */
struct memfs_file {
	int node; /* -1: free */
	bool locked;
	size_t pos;
};

/* A directory that is read. */
struct memfs_dir {
	bool used;
	int fd;
	int at; /* names given so far; -2 and -1: "." and ".." */
	struct dirent de;
};

struct memfs {
	bool begun;
	struct memfs_node nodes[MEMFS_NODES];
	struct memfs_name names[MEMFS_NAMES];
	struct memfs_file files[MEMFS_FILES];
	struct memfs_dir dirs[MEMFS_DIRS];
	int top; /* of names: none is used from here on */
};

static inline struct memfs *
memfs(void)
{
	static struct memfs m;

	return &m;
}

/* Whether the call is ours. */
static inline bool
memfs_has(int fd, const char *path)
{
	if (path == NULL || *path != '/')
		return fd >= MEMFS_FD;
	return strncmp(path, MEMFS, strlen(MEMFS)) == 0;
}

/* Where the address of the C library's call of that name is then: in *slot. */
static inline void *
memfs_real(const char *name, void **slot)
{
	*slot = dlsym(RTLD_NEXT, name);
	assert(*slot != NULL);
	return slot;
}
#define MEMFS_REAL(name) (*(__typeof__(&name) *)memfs_real(#name, &(void *){ NULL }))

static inline int
memfs_fail(int error)
{
	errno = error;
	return -1;
}

/* Forget all; no file may be open. */
static inline void
memfs_clear(void)
{
	struct memfs *m = memfs();

	for (int i = 0; i < MEMFS_FILES; i++)
		assert(!m->begun || m->files[i].node == -1);
	for (int i = 0; i < MEMFS_NODES; i++) {
		m->nodes[i].links = m->nodes[i].opens = 0;
		m->nodes[i].size = 0;
	}
	for (int i = 0; i < MEMFS_NAMES && !m->begun; i++)
		m->names[i].dir = -1;
	for (int i = 0; i < MEMFS_FILES && !m->begun; i++)
		m->files[i].node = -1;
	for (int i = 0; i < m->top; i++)
		m->names[i].dir = -1;
	m->top = 0;
	m->nodes[0].is_dir = true;
	m->nodes[0].links = 1;
	m->begun = true;
}

/* A directory's entry, or NULL. */
static inline struct memfs_name *
memfs_find(int dir, const char *name)
{
	struct memfs *m = memfs();

	for (int i = 0; i < m->top; i++)
		if (m->names[i].dir == dir && strcmp(m->names[i].text, name) == 0)
			return &m->names[i];
	return NULL;
}

/* Where a path leads: the directory and the last name in it ("" for the directory itself). */
static inline int
memfs_walk(int fd, const char *path, char last[MEMFS_NAME])
{
	struct memfs *m = memfs();
	int dir = 0;

	last[0] = '\0';
	if (*path == '/') {
		path += strlen(MEMFS);
	} else {
		assert(fd >= MEMFS_FD && fd - MEMFS_FD < MEMFS_FILES);
		dir = m->files[fd - MEMFS_FD].node;
	}
	while (*path != '\0') {
		size_t n = strcspn(path, "/");
		if (last[0] != '\0') {
			struct memfs_name *e = memfs_find(dir, last);
			if (e == NULL)
				return memfs_fail(ENOENT);
			if (!m->nodes[e->node].is_dir)
				return memfs_fail(ENOTDIR);
			dir = e->node;
			last[0] = '\0';
		}
		assert(n < MEMFS_NAME);
		if (n > 0 && !(n == 1 && *path == '.')) {
			memcpy(last, path, n);
			last[n] = '\0';
		}
		path += n + (path[n] == '/');
	}
	return dir;
}

/* The node of a path, or -1. */
static inline int
memfs_node_of(int fd, const char *path)
{
	char last[MEMFS_NAME];
	int dir = memfs_walk(fd, path, last);

	if (dir == -1 || last[0] == '\0')
		return dir;
	struct memfs_name *e = memfs_find(dir, last);
	return e != NULL ? e->node : memfs_fail(ENOENT);
}

/* Name a node in a directory. */
static inline void
memfs_name_it(int dir, const char *text, int node)
{
	struct memfs *m = memfs();
	int i = 0;

	while (i < MEMFS_NAMES && m->names[i].dir != -1)
		i++;
	assert(i < MEMFS_NAMES);
	m->names[i].dir = dir;
	m->names[i].node = node;
	strcpy(m->names[i].text, text);
	m->nodes[node].links++;
	m->top = i < m->top ? m->top : i + 1;
}

/* A new file or directory. */
static inline int
memfs_make(int dir, const char *text, bool is_dir)
{
	struct memfs *m = memfs();
	int i = 1;

	while (i < MEMFS_NODES && (m->nodes[i].links > 0 || m->nodes[i].opens > 0))
		i++;
	assert(i < MEMFS_NODES);
	m->nodes[i].is_dir = is_dir;
	m->nodes[i].size = 0;
	memfs_name_it(dir, text, i);
	return i;
}

/* Take a name away. */
static inline void
memfs_drop(struct memfs_name *e)
{
	memfs()->nodes[e->node].links--;
	e->dir = -1;
}

/* Have a file be of that size, zeros where it grows. */
static inline void
memfs_size(struct memfs_node *n, size_t size)
{
	if (size > n->cap) {
		n->cap = size < 4096 ? 4096 : size * 2;
		n->data = realloc(n->data, n->cap);
		assert(n->data != NULL);
	}
	if (size > n->size)
		memset(n->data + n->size, 0, size - n->size);
	n->size = size;
}

static inline struct memfs_node *
memfs_file(int fd)
{
	struct memfs *m = memfs();

	assert(fd - MEMFS_FD < MEMFS_FILES && m->files[fd - MEMFS_FD].node != -1);
	return &m->nodes[m->files[fd - MEMFS_FD].node];
}

/* A descriptor of a node. */
static inline int
memfs_open_node(int node)
{
	struct memfs *m = memfs();
	int i = 0;

	while (i < MEMFS_FILES && m->files[i].node != -1)
		i++;
	assert(i < MEMFS_FILES);
	m->files[i] = (struct memfs_file){ .node = node };
	m->nodes[node].opens++;
	return MEMFS_FD + i;
}

static inline int
memfs_openat(int fd, const char *path, int flags)
{
	char last[MEMFS_NAME];
	int dir = memfs_walk(fd, path, last);

	if (dir == -1)
		return -1;
	struct memfs_name *e = last[0] != '\0' ? memfs_find(dir, last) : NULL;
	int node = last[0] == '\0' ? dir : e != NULL ? e->node : -1;
	if (node == -1 && (flags & O_CREAT) == 0)
		return memfs_fail(ENOENT);
	if (node != -1 && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return memfs_fail(EEXIST);
	if (node == -1)
		node = memfs_make(dir, last, false);
	struct memfs_node *n = &memfs()->nodes[node];
	if ((flags & O_DIRECTORY) != 0 && !n->is_dir)
		return memfs_fail(ENOTDIR);
	if (n->is_dir && (flags & O_ACCMODE) != O_RDONLY)
		return memfs_fail(EISDIR);
	if ((flags & O_TRUNC) != 0)
		n->size = 0;
	return memfs_open_node(node);
}

MEMFS_API int
openat(int fd, const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (memfs_has(fd, path))
		return memfs_openat(fd, path, flags);
	return MEMFS_REAL(openat)(fd, path, flags, mode);
}

MEMFS_API int
open(const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (memfs_has(AT_FDCWD, path))
		return memfs_openat(AT_FDCWD, path, flags);
	return MEMFS_REAL(open)(path, flags, mode);
}

MEMFS_API int
close(int fd)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(close)(fd);
	memfs_file(fd)->opens--;
	memfs()->files[fd - MEMFS_FD].node = -1;
	return 0;
}

MEMFS_API ssize_t
pread(int fd, void *p, size_t size, off_t at)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(pread)(fd, p, size, at);
	struct memfs_node *n = memfs_file(fd);
	if (n->is_dir)
		return memfs_fail(EISDIR);
	size_t left = (size_t)at < n->size ? n->size - (size_t)at : 0;
	size = size < left ? size : left;
	if (size > 0)
		memcpy(p, n->data + at, size);
	return (ssize_t)size;
}

MEMFS_API ssize_t
read(int fd, void *p, size_t size)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(read)(fd, p, size);
	struct memfs_file *f = &memfs()->files[fd - MEMFS_FD];
	ssize_t n = pread(fd, p, size, (off_t)f->pos);
	f->pos += n > 0 ? (size_t)n : 0;
	return n;
}

MEMFS_API ssize_t
pwrite(int fd, const void *p, size_t size, off_t at)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(pwrite)(fd, p, size, at);
	struct memfs_node *n = memfs_file(fd);
	if ((size_t)at + size > n->size)
		memfs_size(n, (size_t)at + size);
	if (size > 0)
		memcpy(n->data + at, p, size);
	return (ssize_t)size;
}

MEMFS_API int
ftruncate(int fd, off_t size)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(ftruncate)(fd, size);
	memfs_size(memfs_file(fd), (size_t)size);
	return 0;
}

MEMFS_API int
fallocate(int fd, int mode, off_t at, off_t size)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(fallocate)(fd, mode, at, size);
	struct memfs_node *n = memfs_file(fd);
	assert(mode == 0);
	if ((size_t)(at + size) > n->size)
		memfs_size(n, (size_t)(at + size));
	return 0;
}

MEMFS_API off_t
lseek(int fd, off_t at, int whence)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(lseek)(fd, at, whence);
	assert(whence == SEEK_END || whence == SEEK_SET);
	at += whence == SEEK_END ? (off_t)memfs_file(fd)->size : 0;
	memfs()->files[fd - MEMFS_FD].pos = (size_t)at;
	return at;
}

static inline int
memfs_stat(int node, struct stat *st)
{
	const struct memfs_node *n = &memfs()->nodes[node];

	if (node == -1)
		return -1;
	*st = (struct stat){ .st_ino = (ino_t)node + 1,
		.st_mode = n->is_dir ? S_IFDIR | 0700 : S_IFREG | 0600,
		.st_nlink = n->links,
		.st_size = (off_t)n->size };
	return 0;
}

MEMFS_API int
fstat(int fd, struct stat *st)
{
	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(fstat)(fd, st);
	return memfs_stat(memfs()->files[fd - MEMFS_FD].node, st);
}

MEMFS_API int
stat(const char *path, struct stat *st)
{
	if (!memfs_has(-1, path))
		return MEMFS_REAL(stat)(path, st);
	return memfs_stat(memfs_node_of(-1, path), st);
}

/* What only a disk or another process would notice. */
MEMFS_API int
fsync(int fd)
{
	return memfs_has(fd, NULL) ? 0 : MEMFS_REAL(fsync)(fd);
}

MEMFS_API int
fdatasync(int fd)
{
	return memfs_has(fd, NULL) ? 0 : MEMFS_REAL(fdatasync)(fd);
}

MEMFS_API int
fchmod(int fd, mode_t mode)
{
	return memfs_has(fd, NULL) ? 0 : MEMFS_REAL(fchmod)(fd, mode);
}

MEMFS_API int
flock(int fd, int how)
{
	struct memfs *m = memfs();

	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(flock)(fd, how);
	assert(how == (LOCK_EX | LOCK_NB));
	struct memfs_file *f = &m->files[fd - MEMFS_FD];
	for (int i = 0; i < MEMFS_FILES; i++)
		if (&m->files[i] != f && m->files[i].node == f->node && m->files[i].locked)
			return memfs_fail(EWOULDBLOCK);
	f->locked = true;
	return 0;
}

MEMFS_API int
mkdirat(int fd, const char *path, mode_t mode)
{
	char last[MEMFS_NAME];

	if (!memfs_has(fd, path))
		return MEMFS_REAL(mkdirat)(fd, path, mode);
	int dir = memfs_walk(fd, path, last);
	if (dir == -1)
		return -1;
	if (last[0] == '\0' || memfs_find(dir, last) != NULL)
		return memfs_fail(EEXIST);
	memfs_make(dir, last, true);
	return 0;
}

MEMFS_API int
mkdir(const char *path, mode_t mode)
{
	if (!memfs_has(-1, path))
		return MEMFS_REAL(mkdir)(path, mode);
	return mkdirat(-1, path, mode);
}

MEMFS_API int
unlinkat(int fd, const char *path, int flags)
{
	char last[MEMFS_NAME];

	if (!memfs_has(fd, path))
		return MEMFS_REAL(unlinkat)(fd, path, flags);
	int dir = memfs_walk(fd, path, last);
	struct memfs_name *e = dir != -1 ? memfs_find(dir, last) : NULL;
	if (e == NULL)
		return memfs_fail(ENOENT);
	if (memfs()->nodes[e->node].is_dir)
		return memfs_fail(EISDIR);
	memfs_drop(e);
	return 0;
}

MEMFS_API int
unlink(const char *path)
{
	if (!memfs_has(-1, path))
		return MEMFS_REAL(unlink)(path);
	return unlinkat(-1, path, 0);
}

/* Another name for a node: of a renaming, the old one goes, and what had the new one. */
static inline int
memfs_rename(int fd, const char *path, int to_fd, const char *to, bool keep, bool replace)
{
	char last[MEMFS_NAME], to_last[MEMFS_NAME];
	int dir = memfs_walk(fd, path, last);
	int to_dir = dir != -1 ? memfs_walk(to_fd, to, to_last) : -1;

	if (to_dir == -1)
		return -1;
	struct memfs_name *e = memfs_find(dir, last), *was = memfs_find(to_dir, to_last);
	if (e == NULL)
		return memfs_fail(ENOENT);
	if (was != NULL && !replace)
		return memfs_fail(EEXIST);
	if (was != NULL && memfs()->nodes[was->node].is_dir)
		return memfs_fail(EISDIR);
	if (was == e)
		return 0;
	if (was != NULL)
		memfs_drop(was);
	memfs_name_it(to_dir, to_last, e->node);
	if (!keep)
		memfs_drop(e);
	return 0;
}

MEMFS_API int
renameat2(int fd, const char *path, int to_fd, const char *to, unsigned flags)
{
	if (!memfs_has(fd, path))
		return MEMFS_REAL(renameat2)(fd, path, to_fd, to, flags);
	return memfs_rename(fd, path, to_fd, to, false, (flags & RENAME_NOREPLACE) == 0);
}

MEMFS_API int
renameat(int fd, const char *path, int to_fd, const char *to)
{
	if (!memfs_has(fd, path))
		return MEMFS_REAL(renameat)(fd, path, to_fd, to);
	return memfs_rename(fd, path, to_fd, to, false, true);
}

MEMFS_API int
rename(const char *path, const char *to)
{
	if (!memfs_has(-1, path))
		return MEMFS_REAL(rename)(path, to);
	return memfs_rename(-1, path, -1, to, false, true);
}

MEMFS_API int
linkat(int fd, const char *path, int to_fd, const char *to, int flags)
{
	if (!memfs_has(fd, path))
		return MEMFS_REAL(linkat)(fd, path, to_fd, to, flags);
	return memfs_rename(fd, path, to_fd, to, true, false);
}

MEMFS_API DIR *
fdopendir(int fd)
{
	struct memfs *m = memfs();
	int i = 0;

	if (!memfs_has(fd, NULL))
		return MEMFS_REAL(fdopendir)(fd);
	while (i < MEMFS_DIRS && m->dirs[i].used)
		i++;
	assert(i < MEMFS_DIRS && memfs_file(fd)->is_dir);
	m->dirs[i] = (struct memfs_dir){ .used = true, .fd = fd, .at = -2 };
	return (DIR *)(void *)&m->dirs[i];
}

/* Ours of the C library's, or NULL. */
static inline struct memfs_dir *
memfs_dir(DIR *d)
{
	struct memfs_dir *dirs = memfs()->dirs, *mine = (struct memfs_dir *)(void *)d;

	return mine >= dirs && mine < dirs + MEMFS_DIRS ? mine : NULL;
}

MEMFS_API struct dirent *
readdir(DIR *d)
{
	struct memfs_dir *mine = memfs_dir(d);
	struct memfs *m = memfs();

	if (mine == NULL)
		return MEMFS_REAL(readdir)(d);
	int at = mine->at++;
	mine->de.d_type = DT_DIR;
	if (at < 0) {
		strcpy(mine->de.d_name, at == -2 ? "." : "..");
		return &mine->de;
	}
	for (; at < m->top; at++) {
		const struct memfs_name *e = &m->names[at];
		if (e->dir != m->files[mine->fd - MEMFS_FD].node)
			continue;
		strcpy(mine->de.d_name, e->text);
		mine->de.d_type = m->nodes[e->node].is_dir ? DT_DIR : DT_REG;
		mine->at = at + 1;
		return &mine->de;
	}
	mine->at = at;
	return NULL;
}

MEMFS_API int
closedir(DIR *d)
{
	struct memfs_dir *mine = memfs_dir(d);

	if (mine == NULL)
		return MEMFS_REAL(closedir)(d);
	mine->used = false;
	return close(mine->fd);
}

/* What _FORTIFY_SOURCE makes of some of these calls. */
int __open_2(const char *path, int flags);
int __openat_2(int fd, const char *path, int flags);
ssize_t __read_chk(int fd, void *p, size_t size, size_t room);
ssize_t __pread_chk(int fd, void *p, size_t size, off_t at, size_t room);

MEMFS_API int
__open_2(const char *path, int flags)
{
	return open(path, flags, 0);
}

MEMFS_API int
__openat_2(int fd, const char *path, int flags)
{
	return openat(fd, path, flags, 0);
}

MEMFS_API ssize_t
__read_chk(int fd, void *p, size_t size, size_t room)
{
	assert(size <= room);
	return read(fd, p, size);
}

MEMFS_API ssize_t
__pread_chk(int fd, void *p, size_t size, off_t at, size_t room)
{
	assert(size <= room);
	return pread(fd, p, size, at);
}

/* A file in a directory that is there: n bytes of data. */
static inline void
memfs_put(const char *dir, const char *name, const void *data, size_t n)
{
	char path[192];
	int len = snprintf(path, sizeof path, "%s/%s", dir, name);

	assert(len > 0 && (size_t)len < sizeof path);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert(fd != -1 && pwrite(fd, data, n, 0) == (ssize_t)n);
	close(fd);
}

#endif
