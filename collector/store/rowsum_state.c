/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the sums are, which state of them counts, and whether it goes with the RRD. */
#include "collector/store/rowsum_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/buf.h"
#include "zw/crc32c.h"
#include "zw/fs.h"

#define SUMS_AT 4096

/* Two files of one name and shape are the same to us. */
uint32_t
rowsum_identity(const char *name, const struct rrdfile *f, const uint8_t *header)
{
	return crc32c(crc32c(0, name, strlen(name)), header, f->live_offset);
}

/* How many blocks an archive has. */
uint64_t
rowsum_blocks(uint64_t rows)
{
	return (rows + ROWSUM_BLOCK - 1) / ROWSUM_BLOCK;
}

/* Where an archive is. */
struct rowsum_span
rowsum_span_of(const struct rrdfile *f, unsigned archive)
{
	struct rowsum_span sp = { .rows_at = rrdfile_rows_at(f, archive),
		.sums_at = SUMS_AT,
		.rows = f->archives[archive].rows,
		.width = f->nsources * sizeof(double) };

	for (unsigned i = 0; i < archive; i++)
		sp.sums_at += rowsum_blocks(f->archives[i].rows) * 4;
	return sp;
}

/* How many rows a block has. */
uint64_t
rowsum_rows_in(const struct rowsum_span *sp, uint64_t block)
{
	uint64_t left = sp->rows - block * ROWSUM_BLOCK;

	return left < ROWSUM_BLOCK ? left : ROWSUM_BLOCK;
}

/* n bytes from there: 0, or -1 and errno (EBADMSG at the file's end). */
int
rowsum_read_at(int fd, void *dst, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = pread(fd, (char *)dst + done, n - done, (off_t)(at + done));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == 0)
			errno = EBADMSG;
		if (r <= 0)
			return -1;
		done += (size_t)r;
	}
	return 0;
}

/* --- the states ------------------------------------------------------------------------------ */

_Static_assert(28 + 8 * RRDFILE_MAX_ARCHIVES <= ROWSUM_STATE_BYTES, "a state has room");

/* A state's bytes. */
static void
put_state(uint8_t dst[ROWSUM_STATE_BYTES], const struct rowsum_state *st)
{
	struct buf b = { 0 };
	uint32_t crc;

	buf_be32(&b, 0);
	buf_be64(&b, st->number);
	buf_be32(&b, st->identity);
	buf_be64(&b, (uint64_t)st->last_s);
	buf_be32(&b, st->narchives);
	for (unsigned i = 0; i < st->narchives; i++) {
		buf_be32(&b, st->places[i].row);
		buf_be32(&b, st->places[i].part);
	}
	memset(dst, 0, ROWSUM_STATE_BYTES);
	memcpy(dst, b.data, b.len);
	buf_clear(&b);
	crc = crc32c(0, dst + 4, ROWSUM_STATE_BYTES - 4);
	buf_be32(&b, crc);
	memcpy(dst, b.data, 4);
	buf_free(&b);
}

/* A state from its bytes; number 0: it is none. */
static struct rowsum_state
get_state(const uint8_t src[ROWSUM_STATE_BYTES])
{
	struct cursor c = cursor_over(src, ROWSUM_STATE_BYTES);
	struct rowsum_state st = { 0 };

	if (cursor_be32(&c) != crc32c(0, src + 4, ROWSUM_STATE_BYTES - 4))
		return st;
	st.number = cursor_be64(&c);
	st.identity = cursor_be32(&c);
	st.last_s = (int64_t)cursor_be64(&c);
	st.narchives = cursor_be32(&c);
	for (unsigned i = 0; i < st.narchives && i < RRDFILE_MAX_ARCHIVES; i++) {
		st.places[i].row = cursor_be32(&c);
		st.places[i].part = cursor_be32(&c);
	}
	if (c.bad || st.narchives > RRDFILE_MAX_ARCHIVES || st.last_s < 0)
		st.number = 0;
	return st;
}

/* Whether nothing was written here yet. */
static bool
is_empty(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Read both states. A file that was just made and is of no bytes has none. */
int
rowsum_read_states(struct rowsum_work *w)
{
	uint8_t head[SUMS_AT];
	bool empty = true;

	w->damaged = false;
	w->slot[0].number = w->slot[1].number = 0;
	if (lseek(w->sums, 0, SEEK_END) == 0)
		return 0;
	if (rowsum_read_at(w->sums, head, sizeof head, 0) == -1)
		return -1;
	for (unsigned i = 0; i < 2; i++) {
		empty = empty && is_empty(head + ROWSUM_STATE_AT(i), ROWSUM_STATE_BYTES);
		w->slot[i] = get_state(head + ROWSUM_STATE_AT(i));
	}
	if (memcmp(head, ROWSUM_MAGIC, ROWSUM_MAGIC_BYTES) != 0) {
		w->slot[0].number = w->slot[1].number = 0;
		empty = is_empty(head, sizeof head);
	}
	w->damaged = w->slot[0].number == 0 && w->slot[1].number == 0 && !empty;
	return 0;
}

/* The newer state, or NULL. */
struct rowsum_state *
rowsum_newest(struct rowsum_work *w)
{
	struct rowsum_state *st = &w->slot[w->slot[1].number > w->slot[0].number];

	return st->number == 0 ? NULL : st;
}

/* Write a state over the older one. */
int
rowsum_write_state(struct rowsum_work *w, struct rowsum_state *st)
{
	uint8_t bytes[ROWSUM_STATE_BYTES];
	unsigned slot = w->slot[1].number <= w->slot[0].number;

	st->number = w->slot[!slot].number + 1;
	put_state(bytes, st);
	w->slot[slot] = *st;
	return fs_pwrite(w->sums, bytes, sizeof bytes, ROWSUM_STATE_AT(slot));
}

/* --- what a state goes with ------------------------------------------------------------------ */

/* Rows of an archive that are full since 1970 at a moment. */
int64_t
rowsum_rows_until(const struct rrdfile *f, unsigned archive, int64_t time_s)
{
	return time_s / ((int64_t)f->step_s * (int64_t)f->archives[archive].steps);
}

/* How many rows the file has got since the state; less than 0 when it was rewound. */
int64_t
rowsum_rows_since(const struct rowsum_work *w, const struct rowsum_state *st, unsigned archive)
{
	const struct rrdfile *f = w->s->f;

	return rowsum_rows_until(f, archive, f->last_s) - rowsum_rows_until(f, archive, st->last_s);
}

/* Whether the state is of this file, and the file's newest rows are where they must be by the time
 * that passed since. */
bool
rowsum_belongs(const struct rowsum_work *w, const struct rowsum_state *st)
{
	const struct rrdfile *f = w->s->f;

	if (st->number == 0 || st->identity != w->s->identity || st->narchives != f->narchives)
		return false;
	for (unsigned i = 0; i < f->narchives; i++) {
		int64_t rows = (int64_t)f->archives[i].rows;
		int64_t at = (st->places[i].row + rowsum_rows_since(w, st, i)) % rows;
		if (st->places[i].row >= f->archives[i].rows ||
		    (at + rows) % rows != (int64_t)rrdfile_newest(f, w->s->header, i))
			return false;
	}
	return true;
}

/* Open both files. */
enum rowsum_result
rowsum_begin(struct rowsum_work *w, const struct rowsum *s, bool make)
{
	*w = (struct rowsum_work){ .s = s };
	w->rrd = open(s->rrd, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (w->rrd == -1)
		return ROWSUM_FAILED;
	w->sums = open(s->path,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
		(make ? O_CREAT | O_TRUNC : 0),
	    0600);
	if (w->sums == -1) {
		int saved = errno;
		close(w->rrd);
		errno = saved;
		return errno == ENOENT					     ? ROWSUM_NONE
		       : errno == ELOOP || errno == ENXIO || errno == EISDIR ? ROWSUM_BROKEN
									     : ROWSUM_FAILED;
	}
	return ROWSUM_OK;
}

/* Close them. errno is kept. */
enum rowsum_result
rowsum_end(struct rowsum_work *w, enum rowsum_result r)
{
	int saved = errno;

	close(w->sums);
	close(w->rrd);
	errno = saved;
	return r;
}

/* Open both files and read the state that goes with the RRD. */
enum rowsum_result
rowsum_resume(struct rowsum_work *w, const struct rowsum *s, struct rowsum_state **st)
{
	enum rowsum_result r = rowsum_begin(w, s, false);

	if (r != ROWSUM_OK)
		return r;
	if (rowsum_read_states(w) == -1)
		return rowsum_end(w, errno == EBADMSG ? ROWSUM_BROKEN : ROWSUM_FAILED);
	*st = rowsum_newest(w);
	if (w->damaged)
		return rowsum_end(w, ROWSUM_BROKEN);
	return *st != NULL && rowsum_belongs(w, *st) ? ROWSUM_OK : rowsum_end(w, ROWSUM_NONE);
}
