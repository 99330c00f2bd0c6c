/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is kept in memory between two calls: the sums' file is read again, so that thousands of
 * RRDs cost nothing. */
#include "collector/store/rowsum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/crc32c.h"
#include "zw/fs.h"

#define MAGIC "ZWSUMS1\n"
#define MAGIC_BYTES 8
#define STATE_AT(slot) (1024u * (1 + (slot)))
#define STATE_BYTES 1024
#define SUMS_AT 4096
#define CHUNK_BLOCKS 512 /* are read at once */

struct place {
	uint32_t row;  /* the newest */
	uint32_t part; /* checksum of its block up to it */
};

struct state {
	uint64_t number;
	uint32_t identity;
	int64_t last_s;
	unsigned narchives;
	struct place places[RRDFILE_MAX_ARCHIVES];
};

/* Both files, open, and the states that are whole (number 0: none). */
struct work {
	const struct rowsum *s;
	int sums;
	int rrd;
	struct state slot[2];
	bool damaged; /* neither is whole, and the file is not new */
};

/* Where an archive is in both files. */
struct span {
	uint64_t rows_at; /* in the RRD */
	uint64_t sums_at;
	uint64_t rows;
	size_t width; /* bytes of a row */
};

/* Two files of one name and shape are the same to us. */
uint32_t
rowsum_identity(const char *name, const struct rrdfile *f, const uint8_t *header)
{
	return crc32c(crc32c(0, name, strlen(name)), header, f->live_offset);
}

/* How many blocks an archive has. */
static uint64_t
blocks_of(uint64_t rows)
{
	return (rows + ROWSUM_BLOCK - 1) / ROWSUM_BLOCK;
}

/* Where an archive is. */
static struct span
span_of(const struct rrdfile *f, unsigned archive)
{
	struct span sp = { .rows_at = rrdfile_rows_at(f, archive),
		.sums_at = SUMS_AT,
		.rows = f->archives[archive].rows,
		.width = f->nsources * sizeof(double) };

	for (unsigned i = 0; i < archive; i++)
		sp.sums_at += blocks_of(f->archives[i].rows) * 4;
	return sp;
}

/* How many rows a block has. */
static uint64_t
rows_in(const struct span *sp, uint64_t block)
{
	uint64_t left = sp->rows - block * ROWSUM_BLOCK;

	return left < ROWSUM_BLOCK ? left : ROWSUM_BLOCK;
}

/* n bytes from there: 0, or -1 and errno (EBADMSG at the file's end). */
static int
read_at(int fd, void *dst, size_t n, uint64_t at)
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

_Static_assert(28 + 8 * RRDFILE_MAX_ARCHIVES <= STATE_BYTES, "a state has room");

/* A state's bytes. */
static void
put_state(uint8_t dst[STATE_BYTES], const struct state *st)
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
	memset(dst, 0, STATE_BYTES);
	memcpy(dst, b.data, b.len);
	buf_clear(&b);
	crc = crc32c(0, dst + 4, STATE_BYTES - 4);
	buf_be32(&b, crc);
	memcpy(dst, b.data, 4);
	buf_free(&b);
}

/* A state from its bytes; number 0: it is none. */
static struct state
get_state(const uint8_t src[STATE_BYTES])
{
	struct cursor c = cursor_over(src, STATE_BYTES);
	struct state st = { 0 };

	if (cursor_be32(&c) != crc32c(0, src + 4, STATE_BYTES - 4))
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
static int
read_states(struct work *w)
{
	uint8_t head[SUMS_AT];
	bool empty = true;

	w->damaged = false;
	w->slot[0].number = w->slot[1].number = 0;
	if (lseek(w->sums, 0, SEEK_END) == 0)
		return 0;
	if (read_at(w->sums, head, sizeof head, 0) == -1)
		return -1;
	for (unsigned i = 0; i < 2; i++) {
		empty = empty && is_empty(head + STATE_AT(i), STATE_BYTES);
		w->slot[i] = get_state(head + STATE_AT(i));
	}
	if (memcmp(head, MAGIC, MAGIC_BYTES) != 0) {
		w->slot[0].number = w->slot[1].number = 0;
		empty = is_empty(head, sizeof head);
	}
	w->damaged = w->slot[0].number == 0 && w->slot[1].number == 0 && !empty;
	return 0;
}

/* The newer state, or NULL. */
static struct state *
newest(struct work *w)
{
	struct state *st = &w->slot[w->slot[1].number > w->slot[0].number];

	return st->number == 0 ? NULL : st;
}

/* Write a state over the older one. */
static int
write_state(struct work *w, struct state *st)
{
	uint8_t bytes[STATE_BYTES];
	unsigned slot = w->slot[1].number <= w->slot[0].number;

	st->number = w->slot[!slot].number + 1;
	put_state(bytes, st);
	w->slot[slot] = *st;
	return fs_pwrite(w->sums, bytes, sizeof bytes, STATE_AT(slot));
}

/* --- what a state goes with ------------------------------------------------------------------ */

/* Rows of an archive that are full since 1970 at a moment. */
static int64_t
rows_until(const struct rrdfile *f, unsigned archive, int64_t time_s)
{
	return time_s / ((int64_t)f->step_s * (int64_t)f->archives[archive].steps);
}

/* How many rows the file has got since the state; less than 0 when it was rewound. */
static int64_t
rows_since(const struct work *w, const struct state *st, unsigned archive)
{
	const struct rrdfile *f = w->s->f;

	return rows_until(f, archive, f->last_s) - rows_until(f, archive, st->last_s);
}

/* Whether the state is of this file, and the file's newest rows are where they must be by the time
 * that passed since. */
static bool
belongs(const struct work *w, const struct state *st)
{
	const struct rrdfile *f = w->s->f;

	if (st->number == 0 || st->identity != w->s->identity || st->narchives != f->narchives)
		return false;
	for (unsigned i = 0; i < f->narchives; i++) {
		int64_t rows = (int64_t)f->archives[i].rows;
		int64_t at = (st->places[i].row + rows_since(w, st, i)) % rows;
		if (st->places[i].row >= f->archives[i].rows ||
		    (at + rows) % rows != (int64_t)rrdfile_newest(f, w->s->header, i))
			return false;
	}
	return true;
}

/* Open both files. */
static enum rowsum_result
begin(struct work *w, const struct rowsum *s, bool make)
{
	*w = (struct work){ .s = s };
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
static enum rowsum_result
end(struct work *w, enum rowsum_result r)
{
	int saved = errno;

	close(w->sums);
	close(w->rrd);
	errno = saved;
	return r;
}

/* Open both files and read the state that goes with the RRD. */
static enum rowsum_result
resume(struct work *w, const struct rowsum *s, struct state **st)
{
	enum rowsum_result r = begin(w, s, false);

	if (r != ROWSUM_OK)
		return r;
	if (read_states(w) == -1)
		return end(w, errno == EBADMSG ? ROWSUM_BROKEN : ROWSUM_FAILED);
	*st = newest(w);
	if (w->damaged)
		return end(w, ROWSUM_BROKEN);
	return *st != NULL && belongs(w, *st) ? ROWSUM_OK : end(w, ROWSUM_NONE);
}

/* --- sums ------------------------------------------------------------------------------------ */

/* Write the sums of n blocks. */
static int
write_sums(
    const struct work *w, const struct span *sp, uint64_t block, const uint32_t *sums, size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_be32(&b, sums[i]);
	int rc = n == 0 ? 0 : fs_pwrite(w->sums, b.data, b.len, sp->sums_at + block * 4);
	buf_free(&b);
	return rc;
}

/* Sum n blocks of an archive as they are. *part, if one of them holds the row `upto`, gets the sum
 * of its block up to it. */
static int
sum_blocks(struct work *w, const struct span *sp, uint64_t block, uint64_t n, uint64_t upto,
    uint32_t *part)
{
	uint8_t *rows = xmalloc(CHUNK_BLOCKS * ROWSUM_BLOCK * sp->width);
	uint32_t sums[CHUNK_BLOCKS];
	int rc = 0;

	while (n > 0 && rc == 0) {
		size_t some = n < CHUNK_BLOCKS ? (size_t)n : CHUNK_BLOCKS, bytes = 0;
		for (size_t i = 0; i < some; i++)
			bytes += rows_in(sp, block + i) * sp->width;
		rc = read_at(w->rrd, rows, bytes, sp->rows_at + block * ROWSUM_BLOCK * sp->width);
		for (size_t i = 0; rc == 0 && i < some; i++) {
			const uint8_t *p = rows + i * ROWSUM_BLOCK * sp->width;
			sums[i] = crc32c(0, p, rows_in(sp, block + i) * sp->width);
			if (part != NULL && upto / ROWSUM_BLOCK == block + i)
				*part = crc32c(0, p, (upto % ROWSUM_BLOCK + 1) * sp->width);
		}
		if (rc == 0)
			rc = write_sums(w, sp, block, sums, some);
		block += some;
		n -= some;
	}
	free(rows);
	return rc;
}

/* Sum a whole archive as it is. */
static int
sum_archive(struct work *w, unsigned archive, struct place *place)
{
	struct span sp = span_of(w->s->f, archive);

	place->row = (uint32_t)rrdfile_newest(w->s->f, w->s->header, archive);
	place->part = 0;
	return sum_blocks(w, &sp, 0, blocks_of(sp.rows), place->row, &place->part);
}

/* Go on with n rows after the newest, which do not go round the archive's end. */
static int
sum_rows(struct work *w, const struct span *sp, struct place *place, uint64_t row, uint64_t n)
{
	uint64_t first = row / ROWSUM_BLOCK;
	uint32_t *sums = xcalloc((size_t)(n / ROWSUM_BLOCK + 2), sizeof *sums);
	uint8_t *rows = xmalloc((size_t)n * sp->width);
	size_t closed = 0;
	int rc = read_at(w->rrd, rows, (size_t)n * sp->width, sp->rows_at + row * sp->width);

	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		if ((row + i) % ROWSUM_BLOCK == 0)
			place->part = 0;
		place->part = crc32c(place->part, rows + i * sp->width, sp->width);
		place->row = (uint32_t)(row + i);
		if ((row + i) % ROWSUM_BLOCK == ROWSUM_BLOCK - 1 || row + i == sp->rows - 1)
			sums[closed++] = place->part;
	}
	if (rc == 0)
		rc = write_sums(w, sp, first, sums, closed);
	free(rows);
	free(sums);
	return rc;
}

/* Sum the blocks of n rows after the newest as they are, round the archive's end; and the newest's
 * own up to it, if *part is wanted. */
static int
sum_over(struct work *w, const struct span *sp, uint64_t newest, uint64_t n, uint32_t *part)
{
	uint64_t first = newest / ROWSUM_BLOCK, last = (newest + n) / ROWSUM_BLOCK;
	uint64_t blocks = blocks_of(sp->rows);
	int rc = 0;

	if (newest + n >= sp->rows) {
		rc = sum_blocks(w, sp, 0, (newest + n - sp->rows) / ROWSUM_BLOCK + 1, newest, part);
		last = blocks - 1;
	}
	return rc == -1 ? -1 : sum_blocks(w, sp, first, last - first + 1, newest, part);
}

/* How many rows after the newest were written over, and are unknown since a rewind. */
static int64_t
rows_over(const struct work *w, const struct state *st, unsigned archive)
{
	const struct rrdfile *f = w->s->f;
	int64_t was_s = w->s->was_s > st->last_s ? w->s->was_s : st->last_s;
	int64_t n = rows_until(f, archive, was_s) - rows_until(f, archive, f->last_s);

	return w->s->was_s == 0 || n < 0 ? 0 : n;
}

/* Go on with an archive. */
static int
follow_archive(struct work *w, const struct state *st, unsigned archive, struct place *place)
{
	struct span sp = span_of(w->s->f, archive);
	int64_t n = rows_since(w, st, archive), over = rows_over(w, st, archive);
	bool back = n < 0;

	*place = st->places[archive];
	if (back && over > 0)
		place->row = (uint32_t)rrdfile_newest(w->s->f, w->s->header, archive);
	else if (back)
		return sum_archive(w, archive, place);
	if (n >= (int64_t)sp.rows || over >= (int64_t)sp.rows) /* all of it is new */
		return sum_archive(w, archive, place);
	while (n > 0) {
		uint64_t row = place->row + 1 == sp.rows ? 0 : place->row + 1;
		uint64_t some = sp.rows - row < (uint64_t)n ? sp.rows - row : (uint64_t)n;
		if (some > CHUNK_BLOCKS * ROWSUM_BLOCK)
			some = CHUNK_BLOCKS * ROWSUM_BLOCK;
		if (sum_rows(w, &sp, place, row, some) == -1)
			return -1;
		n -= (int64_t)some;
	}
	if (over == 0)
		return 0;
	return sum_over(w, &sp, place->row, (uint64_t)over, back ? &place->part : NULL);
}

/* Sum an archive of which all rows are the first one. */
static int
sum_uniform(struct work *w, unsigned archive, struct place *place)
{
	struct span sp = span_of(w->s->f, archive);
	uint64_t n = blocks_of(sp.rows);
	uint32_t *sums = xcalloc((size_t)n, sizeof *sums);
	uint8_t *row = xmalloc(sp.width);
	int rc = read_at(w->rrd, row, sp.width, sp.rows_at);

	place->row = (uint32_t)rrdfile_newest(w->s->f, w->s->header, archive);
	place->part = 0;
	for (uint64_t i = 0; rc == 0 && i <= place->row % ROWSUM_BLOCK; i++)
		place->part = crc32c(place->part, row, sp.width);
	for (uint64_t i = 0; rc == 0 && i < rows_in(&sp, 0); i++)
		sums[0] = crc32c(sums[0], row, sp.width);
	for (uint64_t b = 1; b + 1 < n; b++)
		sums[b] = sums[0];
	for (uint64_t i = 0; rc == 0 && n > 1 && i < rows_in(&sp, n - 1); i++)
		sums[n - 1] = crc32c(sums[n - 1], row, sp.width);
	if (rc == 0)
		rc = write_sums(w, &sp, 0, sums, (size_t)n);
	free(row);
	free(sums);
	return rc;
}

/* Make the sums' file; the state comes last, and after the rest is on disk where that matters. */
static enum rowsum_result
make(const struct rowsum *s, int (*sum)(struct work *w, unsigned archive, struct place *place),
    bool flush)
{
	struct state st = {
		.identity = s->identity, .last_s = s->f->last_s, .narchives = s->f->narchives
	};
	struct work w;
	int rc = 0;

	enum rowsum_result r = begin(&w, s, true);
	if (r != ROWSUM_OK)
		return r;
	for (unsigned i = 0; rc == 0 && i < s->f->narchives; i++)
		rc = sum(&w, i, &st.places[i]);
	if (rc == 0)
		rc = fs_pwrite(w.sums, MAGIC, MAGIC_BYTES, 0);
	if (rc == 0 && flush)
		rc = fdatasync(w.sums);
	if (rc == 0)
		rc = write_state(&w, &st);
	if (rc != 0)
		(void)unlink(s->path);
	return end(&w, rc == 0 ? ROWSUM_OK : ROWSUM_FAILED);
}

/* Of a file that is there. */
enum rowsum_result
rowsum_make(const struct rowsum *s)
{
	return make(s, sum_archive, true);
}

/* Of a file of unknown rows. */
enum rowsum_result
rowsum_make_new(const struct rowsum *s)
{
	return make(s, sum_uniform, false);
}

/* Sum what came. */
enum rowsum_result
rowsum_follow(const struct rowsum *s)
{
	struct state *was, st;
	struct work w;
	int rc = 0;

	enum rowsum_result r = resume(&w, s, &was);
	if (r != ROWSUM_OK)
		return r;
	st = *was;
	st.last_s = s->f->last_s;
	for (unsigned i = 0; rc == 0 && i < s->f->narchives; i++)
		rc = follow_archive(&w, was, i, &st.places[i]);
	if (rc == 0)
		rc = write_state(&w, &st);
	return end(&w, rc == 0 ? ROWSUM_OK : ROWSUM_FAILED);
}

/* Forget the states that are newer than the header. */
enum rowsum_result
rowsum_put_back(const struct rowsum *s)
{
	static const uint8_t nothing[STATE_BYTES];
	struct state *st;
	struct work w;
	bool foreign = false;

	enum rowsum_result r = begin(&w, s, false);
	if (r != ROWSUM_OK)
		return r;
	int rc = read_states(&w);
	if (rc == -1 || w.damaged)
		return end(&w, ROWSUM_BROKEN); /* it is told when it is met again */
	while (rc == 0 && (st = newest(&w)) != NULL &&
	       (!belongs(&w, st) || st->last_s > s->f->last_s)) {
		foreign = foreign || (st->identity == s->identity && !belongs(&w, st));
		rc = fs_pwrite(w.sums, nothing, sizeof nothing, STATE_AT(st == &w.slot[1]));
		st->number = 0;
	}
	if (rc == 0 && newest(&w) != NULL)
		return end(&w, ROWSUM_OK);
	(void)unlink(s->path);
	return end(&w, foreign ? ROWSUM_FOREIGN : ROWSUM_NONE);
}

/* --- comparing ------------------------------------------------------------------------------- */

/* What is known of the blocks of one archive, and who is told. */
struct sight {
	const struct span *sp;
	uint64_t row; /* the newest that is summed */
	uint32_t part;
	uint64_t fresh; /* rows after it that are newer than the sums */
	unsigned archive;
	struct rowsum_bad run; /* blocks that differ, as far as they are next to each other */
	bool found;
	void (*bad)(void *arg, const struct rowsum_bad *b);
	void *arg;
};

/* How many rows from its first on a block has that can be judged, in *n, and by which sum. False:
 * none, for what is in it is newer than the sums. */
static bool
judged_by(const struct sight *si, uint64_t block, uint32_t stored, uint64_t *n, uint32_t *sum)
{
	uint64_t own = si->row / ROWSUM_BLOCK, first = block * ROWSUM_BLOCK;

	*n = rows_in(si->sp, block);
	*sum = stored;
	if (block == own) {
		*n = si->row % ROWSUM_BLOCK + 1;
		*sum = si->part;
		return si->fresh + si->row % ROWSUM_BLOCK < si->sp->rows;
	}
	/* Rows from the newest summed on to this block's first. */
	uint64_t ahead = (first + si->sp->rows - si->row) % si->sp->rows;
	return ahead > si->fresh;
}

/* Tell of the run that ends, and begin another of n rows. */
static void
begin_run(struct sight *si, uint64_t row, uint64_t n)
{
	if (si->run.n > 0)
		si->bad(si->arg, &si->run);
	si->found = si->found || si->run.n > 0;
	si->run = (struct rowsum_bad){ si->archive, row, n };
}

/* Compare n blocks of the archive, whose rows and sums these are. */
static void
compare(struct sight *si, uint64_t block, size_t n, const uint8_t *rows, const uint8_t *stored)
{
	struct cursor c = cursor_over(stored, n * 4);
	uint64_t count;
	uint32_t sum;

	for (size_t i = 0; i < n; i++) {
		uint32_t was = cursor_be32(&c);
		const uint8_t *p = rows + i * ROWSUM_BLOCK * si->sp->width;
		uint64_t first = (block + i) * ROWSUM_BLOCK;
		if (!judged_by(si, block + i, was, &count, &sum) ||
		    crc32c(0, p, count * si->sp->width) == sum)
			continue;
		if (si->run.n > 0 && si->run.row + si->run.n == first)
			si->run.n += count;
		else
			begin_run(si, first, count);
	}
}

/* The rows that no sum is of: where others of their archive were changed, they may be, too. */
static void
doubt_oldest(struct sight *si, uint64_t newest)
{
	uint64_t block_end = (newest / ROWSUM_BLOCK + 1) * ROWSUM_BLOCK;

	if (block_end > si->sp->rows)
		block_end = si->sp->rows;
	begin_run(si, newest + 1, block_end - newest - 1);
	begin_run(si, 0, 0);
}

/* Compare one archive. */
static int
verify_archive(struct work *w, const struct state *st, struct sight *si)
{
	struct span sp = span_of(w->s->f, si->archive);
	int64_t since = rows_since(w, st, si->archive);
	uint8_t *rows = xmalloc(CHUNK_BLOCKS * ROWSUM_BLOCK * sp.width);
	uint8_t stored[CHUNK_BLOCKS * 4];
	uint64_t blocks = blocks_of(sp.rows);
	int rc = 0;

	si->sp = &sp;
	si->row = st->places[si->archive].row;
	si->part = st->places[si->archive].part;
	si->fresh = since < 0 ? sp.rows : (uint64_t)since;
	si->found = false;
	for (uint64_t b = 0; rc == 0 && b < blocks; b += CHUNK_BLOCKS) {
		size_t n = blocks - b < CHUNK_BLOCKS ? (size_t)(blocks - b) : CHUNK_BLOCKS;
		uint64_t first = b * ROWSUM_BLOCK, last = (b + n) * ROWSUM_BLOCK;
		size_t bytes = (size_t)((last < sp.rows ? last : sp.rows) - first) * sp.width;
		rc = read_at(w->rrd, rows, bytes, sp.rows_at + first * sp.width);
		if (rc == 0)
			rc = read_at(w->sums, stored, n * 4, sp.sums_at + b * 4);
		if (rc == 0)
			compare(si, b, n, rows, stored);
	}
	begin_run(si, 0, 0);
	if (si->found)
		doubt_oldest(si, rrdfile_newest(w->s->f, w->s->header, si->archive));
	free(rows);
	return rc;
}

/* Compare all archives; what was read for it need not stay in memory. */
enum rowsum_result
rowsum_verify(const struct rowsum *s, void (*bad)(void *arg, const struct rowsum_bad *b), void *arg)
{
	struct sight si = { .bad = bad, .arg = arg };
	struct state *st;
	struct work w;
	int rc = 0;

	enum rowsum_result r = resume(&w, s, &st);
	if (r != ROWSUM_OK)
		return r;
	for (; rc == 0 && si.archive < s->f->narchives; si.archive++)
		rc = verify_archive(&w, st, &si);
	(void)posix_fadvise(w.rrd, 0, 0, POSIX_FADV_DONTNEED);
	return end(&w, rc == 0 ? ROWSUM_OK : errno == EBADMSG ? ROWSUM_BROKEN : ROWSUM_FAILED);
}

/* Sum rows as they are. */
enum rowsum_result
rowsum_accept(const struct rowsum *s, const struct rowsum_bad *b)
{
	struct span sp = span_of(s->f, b->archive);
	struct state *was, st;
	struct work w;

	enum rowsum_result r = resume(&w, s, &was);
	if (r != ROWSUM_OK)
		return r;
	st = *was;
	uint64_t first = b->row / ROWSUM_BLOCK, last = (b->row + b->n - 1) / ROWSUM_BLOCK;
	struct place *place = &st.places[b->archive];
	int rc = sum_blocks(&w, &sp, first, last - first + 1, place->row, &place->part);
	if (rc == 0)
		rc = write_state(&w, &st);
	return end(&w, rc == 0 ? ROWSUM_OK : ROWSUM_FAILED);
}
