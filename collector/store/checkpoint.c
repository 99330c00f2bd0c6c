/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint: the file of header images. It is appended to, and written anew when half of it is
 * of no use any more; of each series only the place of its newest record is held in memory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/store/checkpoint.h"
#include "collector/store/checkpoint_record.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/str.h"

#define MAX_FILE (1u << 30)
#define SLACK (1u << 20) /* bytes; a small file is not rewritten */

struct slot {
	struct checkpoint_entry entry;
	char *path; /* NULL: nothing is known */
};

struct checkpoint {
	char path[PATH_MAX];
	char dir[PATH_MAX]; /* that the file lies in */
	int fd;
	uint64_t size;	    /* of the file */
	uint64_t live;	    /* bytes of records that count */
	struct slot *slots; /* by sid */
	uint32_t nslots;
	struct checkpoint_record last; /* commit; type NONE: there was none */
	unsigned damage;
	struct buf out; /* to be written at size */
};

/* Take in a record that is, or will be, at this place. */
static void
take(struct checkpoint *c, const struct checkpoint_record *r, uint64_t offset, size_t length)
{
	if (r->type == CHECKPOINT_COMMIT) {
		c->last = *r;
		return;
	}
	if (r->sid >= c->nslots) {
		uint32_t n = r->sid + r->sid / 2 + 64;
		c->slots = xreallocarray(c->slots, n, sizeof *c->slots);
		memset(c->slots + c->nslots, 0, (n - c->nslots) * sizeof *c->slots);
		c->nslots = n;
	}
	struct slot *s = &c->slots[r->sid];
	c->live -= s->entry.length;
	if (s->path == NULL || strcmp(s->path, r->path) != 0) {
		free(s->path);
		s->path = xstrdup(r->path);
	}
	s->entry = (struct checkpoint_entry){ .type = r->type,
		.lsn = r->lsn,
		.file_bytes = r->file_bytes,
		.offset = offset,
		.length = (uint32_t)length };
	c->live += length;
}

/* A record found at the opening. After damage everything known so far may be outdated. */
static void
found(void *arg, const struct checkpoint_record *r, size_t offset, size_t length,
    unsigned damage_before)
{
	struct checkpoint *c = arg;

	if (damage_before != c->damage)
		for (uint32_t i = 0; i < c->nslots; i++)
			c->slots[i].entry.stale = true;
	c->damage = damage_before;
	take(c, r, offset, length);
}

/* Write all n bytes at the file's end and make them durable. 1 for want of space. What could not be
 * flushed is cut: the page cache still has it, and the next start would believe it. */
static int
append(struct checkpoint *c, const void *p, size_t n, struct err *e)
{
	if (fs_pwrite(c->fd, p, n, c->size) == -1) {
		bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
		err_set(e, "cannot write %s: %s", c->path, strerror(errno));
		return full ? 1 : -1;
	}
	if (fdatasync(c->fd) == -1) {
		err_set(e, "cannot flush %s: %s", c->path, strerror(errno));
		if (ftruncate(c->fd, (off_t)c->size) == -1)
			log_warn("store", "cannot cut %s", c->path);
		return -1;
	}
	c->size += n;
	return 0;
}

/* Read what is there and cut a torn tail. What a kill left may not have been flushed. */
static int
load(struct checkpoint *c, struct err *e)
{
	char *data = NULL;
	size_t n, end;
	unsigned damage;

	if (fs_read(c->path, MAX_FILE, &data, &n, e) == -1)
		return -1;
	checkpoint_scan((const uint8_t *)data, n, found, c, &end, &damage);
	if (damage > 0)
		log_warnx("store", "%s is damaged in %u places", c->path, damage);
	int rc = 0;
	if (end < n && ftruncate(c->fd, (off_t)end) == -1)
		rc = err_set(e, "cannot cut %s: %s", c->path, strerror(errno));
	if (rc == 0 && end > 0 && fdatasync(c->fd) == -1)
		rc = err_set(e, "cannot flush %s: %s", c->path, strerror(errno));
	c->size = end;
	if (rc == 0 && memcmp(data, CHECKPOINT_MAGIC, n < 8 ? n : 8) != 0)
		rc = fs_pwrite(c->fd, CHECKPOINT_MAGIC, CHECKPOINT_MAGIC_BYTES, 0);
	if (rc == 0 && end == 0)
		rc = append(c, CHECKPOINT_MAGIC, CHECKPOINT_MAGIC_BYTES, e) == 0
			 ? fs_sync_dir(c->dir, e)
			 : -1;
	free(data);
	return rc;
}

/* Something else than a file in its place goes to quarantine, or away: what is no file may not be
 * made anew there (sandbox.h). Without images the RRDs are taken as they are. */
static void
clear_place(struct checkpoint *c, const char *dir)
{
	char away[PATH_MAX];
	struct stat st;

	if (lstat(c->path, &st) == -1 || S_ISREG(st.st_mode) ||
	    str_format(away, sizeof away, "%s/quarantine/checkpoint.%lld", dir,
		(long long)clock_wall_ms()) == -1)
		return;
	if (rename(c->path, away) == 0)
		log_warnx("store", "%s is no file and was moved to quarantine", c->path);
	else if (unlink(c->path) == 0 || rmdir(c->path) == 0)
		log_warnx("store", "%s is no file and was removed", c->path);
	else
		log_warn("store", "%s is no file and cannot be moved away", c->path);
	c->damage++;
}

/* Open or make the file. */
int
checkpoint_open(struct checkpoint **out, const char *dir, struct err *e)
{
	struct checkpoint *c = xcalloc(1, sizeof *c);

	c->fd = -1;
	if (str_format(c->dir, sizeof c->dir, "%s/store", dir) == -1 ||
	    str_format(c->path, sizeof c->path, "%s/store/checkpoint", dir) == -1) {
		err_set(e, "the path of the checkpoint is too long");
		goto fail;
	}
	clear_place(c, dir);
	c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->fd == -1) {
		err_set(e, "cannot open %s: %s", c->path, strerror(errno));
		goto fail;
	}
	if (load(c, e) == -1)
		goto fail;
	*out = c;
	return 0;
fail:
	checkpoint_close(c);
	return -1;
}

/* Free all. */
void
checkpoint_close(struct checkpoint *c)
{
	if (c == NULL)
		return;
	if (c->fd != -1)
		close(c->fd);
	for (uint32_t i = 0; i < c->nslots; i++)
		free(c->slots[i].path);
	free(c->slots);
	buf_free(&c->out);
	free(c);
}

/* What is known of a file. Another path under the same number is of another catalog. */
const struct checkpoint_entry *
checkpoint_of(struct checkpoint *c, uint32_t sid, const char *path)
{
	if (sid >= c->nslots || c->slots[sid].path == NULL || strcmp(c->slots[sid].path, path) != 0)
		return NULL;
	return &c->slots[sid].entry;
}

/* Read back a record. */
static int
read_record(struct checkpoint *c, const struct checkpoint_entry *en, uint8_t *dst, struct err *e)
{
	struct checkpoint_record r;

	for (size_t at = 0; at < en->length;) {
		ssize_t n = pread(c->fd, dst + at, en->length - at, (off_t)(en->offset + at));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, "cannot read %s: %s", c->path,
			    n == 0 ? "it became shorter" : strerror(errno));
		at += (size_t)n;
	}
	if (checkpoint_record_decode(dst, en->length, &r) != en->length)
		return err_set(e, "%s became damaged", c->path);
	return 0;
}

/* The header of an image. */
int
checkpoint_header(struct checkpoint *c, uint32_t sid, uint8_t **header, size_t *n, struct err *e)
{
	const struct checkpoint_entry *en = &c->slots[sid].entry;
	struct checkpoint_record r;
	uint8_t *raw = xmalloc(en->length);
	int rc = read_record(c, en, raw, e);

	if (rc == 0) {
		(void)checkpoint_record_decode(raw, en->length, &r);
		if (checkpoint_unpack(r.packed, r.packed_bytes, header, n) == -1)
			rc = err_set(e, "the image is damaged");
	}
	free(raw);
	return rc;
}

/* The last commit. */
const struct checkpoint_record *
checkpoint_last(const struct checkpoint *c)
{
	return c->last.type == CHECKPOINT_COMMIT ? &c->last : NULL;
}

/* Damaged places. */
unsigned
checkpoint_damage(const struct checkpoint *c)
{
	return c->damage;
}

/* Finish a record that awaits its writing, and let it count. */
static void
finish(struct checkpoint *c, size_t at)
{
	struct checkpoint_record r;

	checkpoint_record_end(&c->out, at);
	size_t len = checkpoint_record_decode(c->out.data + at, c->out.len - at, &r);
	take(c, &r, c->size + at, len);
}

/* A file is about to be made. */
void
checkpoint_created(struct checkpoint *c, uint32_t sid, const char *path)
{
	size_t at = checkpoint_record_begin(&c->out, CHECKPOINT_CREATED);

	buf_be32(&c->out, sid);
	buf_str(&c->out, path);
	finish(c, at);
}

/* A file's header. */
void
checkpoint_image(struct checkpoint *c, uint32_t sid, const char *path, uint64_t lsn,
    uint64_t file_bytes, const uint8_t *header, size_t n)
{
	size_t at = checkpoint_record_begin(&c->out, CHECKPOINT_IMAGE);

	buf_be32(&c->out, sid);
	buf_be64(&c->out, lsn);
	buf_str(&c->out, path);
	buf_be64(&c->out, file_bytes);
	checkpoint_pack(&c->out, header, n);
	finish(c, at);
}

/* A file was moved away. */
void
checkpoint_gone(struct checkpoint *c, uint32_t sid, const char *path)
{
	size_t at = checkpoint_record_begin(&c->out, CHECKPOINT_GONE);

	buf_be32(&c->out, sid);
	buf_str(&c->out, path);
	finish(c, at);
}

/* Everything before is one checkpoint. */
void
checkpoint_commit(struct checkpoint *c, const uint8_t journal_id[SEGLOG_ID], uint64_t from,
    uint64_t lsn, uint64_t wall_ms)
{
	size_t at = checkpoint_record_begin(&c->out, CHECKPOINT_COMMIT);

	buf_put(&c->out, journal_id, SEGLOG_ID);
	buf_be64(&c->out, from);
	buf_be64(&c->out, lsn);
	buf_be64(&c->out, wall_ms);
	finish(c, at);
}

/* Copy the records that count into b, and note where they will be. */
static int
gather_live(struct checkpoint *c, struct buf *b, uint64_t *offsets, struct err *e)
{
	buf_put(b, CHECKPOINT_MAGIC, CHECKPOINT_MAGIC_BYTES);
	for (uint32_t i = 0; i < c->nslots; i++) {
		const struct checkpoint_entry *en = &c->slots[i].entry;
		offsets[i] = b->len;
		if (c->slots[i].path != NULL &&
		    read_record(c, en, buf_extend(b, en->length), e) == -1)
			return -1;
	}
	if (c->last.type != CHECKPOINT_COMMIT)
		return 0;
	size_t at = checkpoint_record_begin(b, CHECKPOINT_COMMIT);
	buf_put(b, c->last.journal_id, SEGLOG_ID);
	buf_be64(b, c->last.from);
	buf_be64(b, c->last.lsn);
	buf_be64(b, c->last.wall_ms);
	checkpoint_record_end(b, at);
	return 0;
}

/* Write the file anew with what counts only. The old one stays whole until the new one is. */
static int
compact(struct checkpoint *c, struct err *e)
{
	struct buf b = { 0 };
	uint64_t *offsets = xcalloc(c->nslots + 1, sizeof *offsets);
	int rc = gather_live(c, &b, offsets, e);

	if (rc == 0)
		rc = fs_replace(c->path, b.data, b.len, e);
	if (rc == 0) {
		close(c->fd);
		c->fd = open(c->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (c->fd == -1)
			rc = err_set(e, "cannot open %s again: %s", c->path, strerror(errno));
	}
	if (rc == 0) {
		for (uint32_t i = 0; i < c->nslots; i++)
			c->slots[i].entry.offset = offsets[i];
		c->size = b.len;
	}
	free(offsets);
	buf_free(&b);
	return rc;
}

/* Whether the open file is still the one of that name. */
static bool
is_current(const struct checkpoint *c)
{
	struct stat a, b;

	return c->fd != -1 && fstat(c->fd, &a) == 0 && stat(c->path, &b) == 0 &&
	       a.st_ino == b.st_ino;
}

/* Write what awaits. */
int
checkpoint_write(struct checkpoint *c, struct err *e)
{
	if (c->out.len == 0)
		return 0;
	int rc = append(c, c->out.data, c->out.len, e);
	if (rc != 0)
		return rc;
	buf_clear(&c->out);
	if (c->size > 2 * c->live + SLACK && compact(c, e) == -1) {
		if (!is_current(c))
			return -1;
		log_warnx("store", "the checkpoint stays larger than it need be: %s", e->msg);
	}
	return 0;
}
