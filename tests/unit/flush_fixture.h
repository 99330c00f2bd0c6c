/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flush_fixture: the C library's fdatasync(), counted, and failing on demand. */
#ifndef FLUSH_FIXTURE_H
#define FLUSH_FIXTURE_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool flush_fails;
static unsigned flushes;

int
fdatasync(int fd)
{
	flushes++;
	if (flush_fails) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

#endif
