/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fs: files that are whole or absent, also after a power cut. */
#ifndef ZW_FS_H
#define ZW_FS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "zw/err.h"

/* The path from the root on; freed by the caller. Links are not followed. */
char *fs_absolute(const char *path);
/* Make a directory and its parents with this mode; one that exists is fine. */
int fs_mkdirs(const char *path, mode_t mode, struct err *e) __attribute__((warn_unused_result));
/* Flush a directory's entries. */
int fs_sync_dir(const char *path, struct err *e) __attribute__((warn_unused_result));
/* Flush the entries of the directory that a path lies in. */
int fs_sync_parent(const char *path, struct err *e) __attribute__((warn_unused_result));
/* Replace a file atomically: PATH.tmp, fdatasync, rename, flush of the directory. Mode 0600. */
int fs_replace(const char *path, const void *data, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* The whole of a regular file of at most max bytes, NUL-terminated; the caller frees *out. */
int fs_read(const char *path, size_t max, char **out, size_t *n, struct err *e)
    __attribute__((warn_unused_result));
/* As fs_read, but refuses a file that group or others may read (a key, a token); the text ends
 * at its first line's end. */
int fs_read_secret(const char *path, char **out, struct err *e) __attribute__((warn_unused_result));
/* All n bytes at the offset, through short writes and EINTR: 0, or -1 and errno. */
int fs_pwrite(int fd, const void *p, size_t n, uint64_t offset) __attribute__((warn_unused_result));

#endif
