/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is kept in memory between two calls: the sums' file is read again, so that thousands of
 * RRDs cost nothing. */
#include "collector/store/rowsum_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/crc32c.h"
#include "zw/fs.h"

/* --- sums ------------------------------------------------------------------------------------ */

/* Write the sums of n blocks. */
static int
write_sums(const struct rowsum_work *w, const struct rowsum_span *sp, uint64_t block,
    const uint32_t *sums, size_t n)
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
int
rowsum_sum_blocks(struct rowsum_work *w, const struct rowsum_span *sp, uint64_t block, uint64_t n,
    uint64_t upto, uint32_t *part)
{
	uint8_t *rows = xmalloc(ROWSUM_CHUNK_BLOCKS * ROWSUM_BLOCK * sp->width);
	uint32_t sums[ROWSUM_CHUNK_BLOCKS];
	int rc = 0;

	while (n > 0 && rc == 0) {
		size_t some = n < ROWSUM_CHUNK_BLOCKS ? (size_t)n : ROWSUM_CHUNK_BLOCKS, bytes = 0;
		for (size_t i = 0; i < some; i++)
			bytes += rowsum_rows_in(sp, block + i) * sp->width;
		rc = rowsum_read_at(
		    w->rrd, rows, bytes, sp->rows_at + block * ROWSUM_BLOCK * sp->width);
		for (size_t i = 0; rc == 0 && i < some; i++) {
			const uint8_t *p = rows + i * ROWSUM_BLOCK * sp->width;
			sums[i] = crc32c(0, p, rowsum_rows_in(sp, block + i) * sp->width);
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
sum_archive(struct rowsum_work *w, unsigned archive, struct rowsum_place *place)
{
	struct rowsum_span sp = rowsum_span_of(w->s->f, archive);

	place->row = (uint32_t)rrdfile_newest(w->s->f, w->s->header, archive);
	place->part = 0;
	return rowsum_sum_blocks(w, &sp, 0, rowsum_blocks(sp.rows), place->row, &place->part);
}

/* Go on with n rows after the newest, which do not go round the archive's end. */
static int
sum_rows(struct rowsum_work *w, const struct rowsum_span *sp, struct rowsum_place *place,
    uint64_t row, uint64_t n)
{
	uint64_t first = row / ROWSUM_BLOCK;
	uint32_t *sums = xcalloc((size_t)(n / ROWSUM_BLOCK + 2), sizeof *sums);
	uint8_t *rows = xmalloc((size_t)n * sp->width);
	size_t closed = 0;
	int rc = rowsum_read_at(w->rrd, rows, (size_t)n * sp->width, sp->rows_at + row * sp->width);

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
sum_over(struct rowsum_work *w, const struct rowsum_span *sp, uint64_t newest, uint64_t n,
    uint32_t *part)
{
	uint64_t first = newest / ROWSUM_BLOCK, last = (newest + n) / ROWSUM_BLOCK;
	uint64_t blocks = rowsum_blocks(sp->rows);
	int rc = 0;

	if (newest + n >= sp->rows) {
		rc = rowsum_sum_blocks(
		    w, sp, 0, (newest + n - sp->rows) / ROWSUM_BLOCK + 1, newest, part);
		last = blocks - 1;
	}
	return rc == -1 ? -1 : rowsum_sum_blocks(w, sp, first, last - first + 1, newest, part);
}

/* How many rows after the newest were written over, and are unknown since a rewind. */
static int64_t
rows_over(const struct rowsum_work *w, const struct rowsum_state *st, unsigned archive)
{
	const struct rrdfile *f = w->s->f;
	int64_t was_s = w->s->was_s > st->last_s ? w->s->was_s : st->last_s;
	int64_t n = rowsum_rows_until(f, archive, was_s) - rowsum_rows_until(f, archive, f->last_s);

	return w->s->was_s == 0 || n < 0 ? 0 : n;
}

/* Go on with an archive. */
static int
follow_archive(struct rowsum_work *w, const struct rowsum_state *st, unsigned archive,
    struct rowsum_place *place)
{
	struct rowsum_span sp = rowsum_span_of(w->s->f, archive);
	int64_t n = rowsum_rows_since(w, st, archive), over = rows_over(w, st, archive);
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
		if (some > ROWSUM_CHUNK_BLOCKS * ROWSUM_BLOCK)
			some = ROWSUM_CHUNK_BLOCKS * ROWSUM_BLOCK;
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
sum_uniform(struct rowsum_work *w, unsigned archive, struct rowsum_place *place)
{
	struct rowsum_span sp = rowsum_span_of(w->s->f, archive);
	uint64_t n = rowsum_blocks(sp.rows);
	uint32_t *sums = xcalloc((size_t)n, sizeof *sums);
	uint8_t *row = xmalloc(sp.width);
	int rc = rowsum_read_at(w->rrd, row, sp.width, sp.rows_at);

	place->row = (uint32_t)rrdfile_newest(w->s->f, w->s->header, archive);
	place->part = 0;
	for (uint64_t i = 0; rc == 0 && i <= place->row % ROWSUM_BLOCK; i++)
		place->part = crc32c(place->part, row, sp.width);
	for (uint64_t i = 0; rc == 0 && i < rowsum_rows_in(&sp, 0); i++)
		sums[0] = crc32c(sums[0], row, sp.width);
	for (uint64_t b = 1; b + 1 < n; b++)
		sums[b] = sums[0];
	for (uint64_t i = 0; rc == 0 && n > 1 && i < rowsum_rows_in(&sp, n - 1); i++)
		sums[n - 1] = crc32c(sums[n - 1], row, sp.width);
	if (rc == 0)
		rc = write_sums(w, &sp, 0, sums, (size_t)n);
	free(row);
	free(sums);
	return rc;
}

/* Make the sums' file; the state comes last, and after the rest is on disk where that matters. */
static enum rowsum_result
make(const struct rowsum *s,
    int (*sum)(struct rowsum_work *w, unsigned archive, struct rowsum_place *place), bool flush)
{
	struct rowsum_state st = {
		.identity = s->identity, .last_s = s->f->last_s, .narchives = s->f->narchives
	};
	struct rowsum_work w;
	int rc = 0;

	enum rowsum_result r = rowsum_begin(&w, s, true);
	if (r != ROWSUM_OK)
		return r;
	for (unsigned i = 0; rc == 0 && i < s->f->narchives; i++)
		rc = sum(&w, i, &st.places[i]);
	if (rc == 0)
		rc = fs_pwrite(w.sums, ROWSUM_MAGIC, ROWSUM_MAGIC_BYTES, 0);
	if (rc == 0 && flush)
		rc = fdatasync(w.sums);
	if (rc == 0)
		rc = rowsum_write_state(&w, &st);
	if (rc != 0)
		(void)unlink(s->path);
	return rowsum_end(&w, rc == 0 ? ROWSUM_OK : ROWSUM_FAILED);
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
	struct rowsum_state *was, st;
	struct rowsum_work w;
	int rc = 0;

	enum rowsum_result r = rowsum_resume(&w, s, &was);
	if (r != ROWSUM_OK)
		return r;
	st = *was;
	st.last_s = s->f->last_s;
	for (unsigned i = 0; rc == 0 && i < s->f->narchives; i++)
		rc = follow_archive(&w, was, i, &st.places[i]);
	if (rc == 0)
		rc = rowsum_write_state(&w, &st);
	return rowsum_end(&w, rc == 0 ? ROWSUM_OK : ROWSUM_FAILED);
}

/* Forget the states that are newer than the header. */
enum rowsum_result
rowsum_put_back(const struct rowsum *s)
{
	static const uint8_t nothing[ROWSUM_STATE_BYTES];
	struct rowsum_state *st;
	struct rowsum_work w;
	bool foreign = false;

	enum rowsum_result r = rowsum_begin(&w, s, false);
	if (r != ROWSUM_OK)
		return r;
	int rc = rowsum_read_states(&w);
	if (rc == -1 || w.damaged)
		return rowsum_end(&w, ROWSUM_BROKEN); /* it is told when it is met again */
	while (rc == 0 && (st = rowsum_newest(&w)) != NULL &&
	       (!rowsum_belongs(&w, st) || st->last_s > s->f->last_s)) {
		foreign = foreign || (st->identity == s->identity && !rowsum_belongs(&w, st));
		rc = fs_pwrite(w.sums, nothing, sizeof nothing, ROWSUM_STATE_AT(st == &w.slot[1]));
		st->number = 0;
	}
	if (rc == 0 && rowsum_newest(&w) != NULL)
		return rowsum_end(&w, ROWSUM_OK);
	(void)unlink(s->path);
	return rowsum_end(&w, foreign ? ROWSUM_FOREIGN : ROWSUM_NONE);
}
