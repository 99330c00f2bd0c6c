/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper_checkpoint: makes what was written into RRDs durable, and notes their headers. Nothing is
 * written into them meanwhile, so each image goes with rows that are on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/store/keeper.h"
#include "zw/str.h"

#define SYNCFS_FROM 64 /* files; flushing the file system is then cheaper than each */

/* Flush the file system of a directory, unless it is that of another, which was. */
static int
sync_whole(const char *dir, const char *done, struct err *e)
{
	struct stat a, b;
	int rc = 0;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, "cannot flush %s: %s", dir, strerror(errno));
	bool same =
	    done != NULL && fstat(fd, &a) == 0 && stat(done, &b) == 0 && a.st_dev == b.st_dev;
	if (!same && syncfs(fd) == -1)
		rc = err_set(e, "cannot flush %s: %s", dir, strerror(errno));
	close(fd);
	return rc;
}

/* Make what was written to the files durable, and their sums. */
static int
sync_files(struct keeper *k, size_t dirty, struct err *e)
{
	char path[PATH_MAX];
	int rc = 0;

	for (uint32_t i = 0; dirty < SYNCFS_FROM && rc == 0 && i < k->ntanks; i++) {
		if (k->tanks[i] == NULL || !k->tanks[i]->dirty)
			continue;
		tank_path(k, i, path, NULL);
		int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd == -1)
			continue; /* somebody took it away; it is met when its image is taken */
		/* EINVAL: a FIFO or a device was put in its place, which is met likewise. */
		if (fdatasync(fd) == -1 && errno != EINVAL)
			rc = err_set(e, "cannot flush %s: %s", path, strerror(errno));
		close(fd);
		scrub_sync(k, k->tanks[i]);
	}
	if (dirty < SYNCFS_FROM)
		return rc;
	if (str_format(path, sizeof path, "%s/store", k->conf.dir) == -1)
		return err_set(e, "the path %s is too long", k->conf.dir);
	if (sync_whole(k->conf.rrd_dir, NULL, e) == -1)
		return -1;
	return sync_whole(path, k->conf.rrd_dir, e);
}

/* Note the header of a file that was written. */
static int
take_image(struct keeper *k, struct tank *t, struct err *e)
{
	char path[PATH_MAX], name[RRDFILE_PATH];
	struct rrdfile f;
	uint8_t *header = NULL;
	struct err why;

	tank_path(k, t->sid, path, name);
	if (rrdfile_read(path, INT64_MAX, &f, &header, &why) == -1)
		return tank_quarantine(k, t, why.msg, e);
	if (!tank_is_sealed(t, header, f.header_bytes)) {
		free(header);
		(void)snprintf(path, sizeof path, "rrd/%s", name);
		if (k->conf.damaged != NULL)
			k->conf.damaged(k->conf.arg, path,
			    "its header was changed by somebody else; it is put back");
		return err_set(e, "%s: its header was changed by somebody else", path);
	}
	checkpoint_image(
	    k->checkpoint, t->sid, name, t->applied_lsn, f.file_bytes, header, f.header_bytes);
	t->dirty = false;
	free(header);
	return 0;
}

/* The LSN up to which all is in files. */
static uint64_t
written_up_to(const struct keeper *k)
{
	uint64_t from = k->followed;

	for (uint32_t i = 0; i < k->ntanks; i++)
		if (k->tanks[i] != NULL && k->tanks[i]->rows.n > 0 &&
		    k->tanks[i]->first_lsn - 1 < from)
			from = k->tanks[i]->first_lsn - 1;
	return from;
}

/* Make what was written durable, and note it. */
int
keeper_checkpoint(struct keeper *k, int64_t now_ms, int64_t wall_ms, uint64_t *from, struct err *e)
{
	size_t dirty = 0;

	k->checkpoint_due_ms = now_ms + k->conf.checkpoint_ms;
	for (uint32_t i = 0; i < k->ntanks; i++)
		dirty += k->tanks[i] != NULL && k->tanks[i]->dirty;
	for (uint32_t i = 0; dirty > 0 && i < k->ntanks; i++)
		if (k->tanks[i] != NULL && k->tanks[i]->dirty)
			scrub_follow(k, k->tanks[i]);
	if (dirty > 0 && sync_files(k, dirty, e) == -1)
		return -1;
	for (uint32_t i = 0; i < k->ntanks; i++)
		if (k->tanks[i] != NULL && k->tanks[i]->dirty &&
		    take_image(k, k->tanks[i], e) == -1)
			return -1;
	*from = written_up_to(k);
	if (k->reader != NULL)
		checkpoint_commit(
		    k->checkpoint, k->journal_id, *from, k->followed, (uint64_t)wall_ms);
	int rc = checkpoint_write(k->checkpoint, e);
	if (rc == 1 && !k->no_space)
		log_warnx("store", "no checkpoint until there is space: %s", e->msg);
	if (rc == 0 && k->no_space)
		log_info("store", "there is space again: checkpoints go on");
	if (rc == 0)
		k->stats.checkpoint_ms = (uint64_t)wall_ms;
	k->no_space = rc == 1;
	return rc;
}
