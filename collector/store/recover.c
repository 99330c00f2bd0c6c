/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover: puts the images of headers back.
 *
 * What can be found for a series that has an image:
 *   the file, of the image's size and with its unchanging part: the header is put back;
 *   an older shape of it, and the image's shape in FILE.new: a widening was cut short, FILE.new
 *   takes the file's place;
 *   anything else: it is damaged, and goes to quarantine.
 * A file that was being made is made anew: all its samples are in the journal. A file that nothing
 * is known of (the checkpoint was lost) is taken as it is, if it is sound. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/store/keeper.h"
#include "collector/store/recover.h"
#include "zw/alloc.h"
#include "zw/fs.h"
#include "zw/str.h"

/* An image: a header that was judged. */
struct image {
	uint8_t *header;
	struct rrdfile f;
};

/* Open the file for writing if it is of the image's size and its unchanging part is the image's:
 * its descriptor, or -1. *reason says why not; NULL: there is none. */
static int
open_same(const char *path, const struct image *im, const char **reason)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*reason = NULL;
	if (fd == -1) {
		if (errno != ENOENT)
			*reason = "it cannot be opened";
		return -1;
	}
	uint8_t *start = xmalloc(im->f.live_offset);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		*reason = "it is not a regular file";
	else if ((uint64_t)st.st_size != im->f.file_bytes)
		*reason = "it has another size than at the last checkpoint";
	else if (pread(fd, start, im->f.live_offset, 0) != (ssize_t)im->f.live_offset)
		*reason = "it cannot be read";
	else if (memcmp(start, im->header, im->f.live_offset) != 0)
		*reason = "its definitions are not those of the last checkpoint";
	free(start);
	if (*reason == NULL)
		return fd;
	close(fd);
	return -1;
}

/* Put the part of the header back that updates change, if it differs. */
static int
put_back(int fd, const struct image *im)
{
	size_t n = im->f.header_bytes - im->f.live_offset;
	uint8_t *now = xmalloc(n);
	int rc = 0;

	if (pread(fd, now, n, (off_t)im->f.live_offset) != (ssize_t)n ||
	    memcmp(now, im->header + im->f.live_offset, n) != 0)
		rc = fs_pwrite(fd, im->header + im->f.live_offset, n, im->f.live_offset);
	free(now);
	return rc;
}

/* The file is what the tank holds now. */
static void
settle(struct tank *t, const struct rrdfile *f, uint64_t applied_lsn)
{
	t->state = TANK_READY;
	t->last_s = f->last_s;
	t->applied_lsn = applied_lsn;
}

/* Take a file that no image is known of. It gets one at the next checkpoint. */
static int
adopt(struct keeper *k, struct tank *t, const char *path, struct err *e)
{
	struct rrdfile f;
	uint8_t *header = NULL;
	struct err why = { "its fields are not the series'" };

	if (rrdfile_read(path, tank_max_time(), &f, &header, &why) == -1) {
		if (errno == ENOENT)
			return 0;
		return tank_quarantine(k, t, why.msg, e);
	}
	if (!rrdfile_fits(&f, &catalog_series(k->catalog, t->sid)->def)) {
		free(header);
		return tank_quarantine(k, t, why.msg, e);
	}
	bool foreign = scrub_recovered(k, t, &f, header);
	free(header);
	if (foreign)
		return tank_quarantine(k, t, "by its checksums it is another file", e);
	log_info("store", "%s is taken as it is: no image of it is known", path);
	settle(t, &f, 0);
	k->adopted++;
	t->adopted = true;
	t->dirty = true;
	return 0;
}

/* Bring the file to its image. */
static int
restore(struct keeper *k, struct tank *t, const char *path, const struct image *im, uint64_t lsn,
    struct err *e)
{
	char wider[PATH_MAX];
	const char *reason, *not_wider;
	int fd = open_same(path, im, &reason);

	if (fd == -1 && str_format(wider, sizeof wider, "%s.new", path) == 0 &&
	    (fd = open_same(wider, im, &not_wider)) != -1) {
		log_info("store", "%s: its widening is finished", path);
		if (rename(wider, path) == -1) {
			close(fd);
			return err_set(e, "cannot rename %s: %s", wider, strerror(errno));
		}
	}
	if (fd == -1)
		return tank_quarantine(k, t, reason != NULL ? reason : "it is missing", e);
	int rc = put_back(fd, im);
	if (rc == -1)
		err_set(e, "cannot put back the header of %s: %s", path, strerror(errno));
	close(fd);
	if (rc == 0) {
		settle(t, &im->f, lsn);
		tank_seal(t, im->header, im->f.header_bytes);
		(void)scrub_recovered(k, t, &im->f, im->header);
	}
	return rc;
}

/* The file of one series. */
int
recover_tank(struct keeper *k, struct tank *t, struct err *e)
{
	char path[PATH_MAX], name[RRDFILE_PATH];
	struct image im = { 0 };
	size_t n = 0;
	struct err why;

	tank_path(k, t->sid, path, name);
	const struct checkpoint_entry *en = checkpoint_of(k->checkpoint, t->sid, name);
	if (en != NULL && en->type == CHECKPOINT_CREATED && !en->stale) {
		(void)unlink(path);
		scrub_gone(k, t);
		return 0;
	}
	if (en == NULL || en->type != CHECKPOINT_IMAGE || en->stale)
		return adopt(k, t, path, e);
	int rc = checkpoint_header(k->checkpoint, t->sid, &im.header, &n, &why);
	if (rc == 0)
		rc = rrdfile_check(im.header, n, en->file_bytes, INT64_MAX, &im.f, &why);
	if (rc == -1) {
		log_warnx("store", "%s: its image is of no use: %s", path, why.msg);
		rc = adopt(k, t, path, e);
	} else
		rc = restore(k, t, path, &im, en->lsn, e);
	free(im.header);
	return rc;
}

/* Whether the name is "X.rrd" and something: librrd's temporary, or a widening's. */
static bool
is_leftover(const char *name)
{
	const char *p = strstr(name, ".rrd");
	const char *last = NULL;

	for (; p != NULL; p = strstr(p + 1, ".rrd"))
		last = p;
	return last != NULL && (strcmp(last, ".rrd.new") == 0 || strlen(last) == 10 ||
				   (strncmp(last, ".rrd.new", 8) == 0 && strlen(last) == 14));
}

/* Remove the leftovers of one directory. */
static void
sweep_node(int dirfd, const char *node)
{
	int fd = openat(dirfd, node, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	for (struct dirent *de; (de = readdir(d)) != NULL;)
		if (is_leftover(de->d_name))
			(void)unlinkat(fd, de->d_name, 0);
	closedir(d);
}

/* Remove the leftovers of all nodes' directories. */
void
recover_sweep(const char *rrd_dir)
{
	DIR *d = opendir(rrd_dir);

	if (d == NULL)
		return;
	for (struct dirent *de; (de = readdir(d)) != NULL;)
		if (de->d_name[0] != '.')
			sweep_node(dirfd(d), de->d_name);
	closedir(d);
}
