/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seglog_quarantine: keeps what is damaged, for people to look at, in DIR/quarantine; a bounded
 * number of files, the first ones, which are nearest to the cause. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seglog_int.h"
#include "zw/log.h"
#include "zw/str.h"

#define QUARANTINE "quarantine"

/* The number of entries in an open directory, which is closed. */
static unsigned
quarantine_count(int fd)
{
	DIR *d = fdopendir(fd);
	unsigned n = 0;

	if (d == NULL) {
		close(fd);
		return UINT32_MAX;
	}
	for (const struct dirent *de = readdir(d); de != NULL; de = readdir(d))
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

/* Give it a name in the quarantine: 0, or -1 and errno. */
static int
quarantine_keep(const struct seglog *s, const char *name, bool move)
{
	char to[sizeof QUARANTINE + SEGLOG_NAME + 16];

	if (mkdirat(s->dirfd, QUARANTINE, 0700) == -1 && errno != EEXIST)
		return -1;
	int fd = openat(
	    s->dirfd, QUARANTINE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (quarantine_count(fd) >= SEGLOG_QUARANTINE) {
		errno = EMLINK;
		return -1;
	}
	for (int i = 1; i <= SEGLOG_QUARANTINE; i++) {
		int rc;
		if (str_format(to, sizeof to, QUARANTINE "/%s.%d", name, i) == -1)
			return -1;
		if (move)
			rc = renameat2(s->dirfd, name, s->dirfd, to, RENAME_NOREPLACE);
		else
			rc = linkat(s->dirfd, name, s->dirfd, to, 0);
		if (rc == 0 || errno != EEXIST)
			return rc;
	}
	return -1;
}

/* Keep a damaged segment, or get what is in a segment's place out of the way; if that cannot be,
 * it stays, and is passed over at each open. */
void
seglog_quarantine(struct seglog *s, const char *name, bool move)
{
	if (quarantine_keep(s, name, move) == 0) {
		log_info(s->subject, "%s is kept as it was in %s/" QUARANTINE, name, s->dir);
		return;
	}
	if (errno == EMLINK)
		log_info(
		    s->subject, "%s/" QUARANTINE " is full, %s is not kept there", s->dir, name);
	else
		log_warn(s->subject, "cannot keep %s in %s/" QUARANTINE, name, s->dir);
}
