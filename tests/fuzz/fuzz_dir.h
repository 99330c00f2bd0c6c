/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_dir: a directory in memory for the fuzz targets that need files: made once for the process,
 * removed when the process ends without a finding. */
#ifndef FUZZ_DIR_H
#define FUZZ_DIR_H

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where it is, when it was made. */
static inline char *
fuzz_dir_path(void)
{
	static char path[] = "/dev/shm/zw-fuzz-XXXXXX";

	return path;
}

/* Remove all that is in a directory, whose descriptor it takes. */
static inline void
fuzz_dir_empty(int fd)
{
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;

	assert(d != NULL);
	for (struct dirent *de = readdir(d); de != NULL; de = readdir(d)) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		bool inner = de->d_type == DT_DIR;
		if (inner)
			fuzz_dir_empty(openat(fd, de->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		int rc = unlinkat(fd, de->d_name, inner ? AT_REMOVEDIR : 0);
		assert(rc == 0);
	}
	closedir(d);
}

/* At the end. */
static inline void
fuzz_dir_remove(void)
{
	fuzz_dir_empty(open(fuzz_dir_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	(void)rmdir(fuzz_dir_path());
}

/* The directory, made by the first call. */
static inline const char *
fuzz_dir(void)
{
	static bool made;

	if (!made) {
		char *path = mkdtemp(fuzz_dir_path());
		assert(path != NULL);
		made = atexit(fuzz_dir_remove) == 0;
	}
	return fuzz_dir_path();
}

/* A file in a directory: b's bytes. */
static inline void
fuzz_dir_put(const char *dir, const char *name, const void *data, size_t n)
{
	char path[192];
	int len = snprintf(path, sizeof path, "%s/%s", dir, name);

	assert(len > 0 && (size_t)len < sizeof path);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	assert(fd != -1);
	ssize_t written = write(fd, data, n);
	assert(written == (ssize_t)n);
	close(fd);
}

#endif
