/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All rows of an RRD are compared with their sums. */
#include "collector/store/rowsum_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/crc32c.h"

/* --- comparing ------------------------------------------------------------------------------- */

/* What is known of the blocks of one archive, and who is told. */
struct sight {
	const struct rowsum_span *sp;
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

	*n = rowsum_rows_in(si->sp, block);
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
verify_archive(struct rowsum_work *w, const struct rowsum_state *st, struct sight *si)
{
	struct rowsum_span sp = rowsum_span_of(w->s->f, si->archive);
	int64_t since = rowsum_rows_since(w, st, si->archive);
	uint8_t *rows = xmalloc(ROWSUM_CHUNK_BLOCKS * ROWSUM_BLOCK * sp.width);
	uint8_t stored[ROWSUM_CHUNK_BLOCKS * 4];
	uint64_t blocks = rowsum_blocks(sp.rows);
	int rc = 0;

	si->sp = &sp;
	si->row = st->places[si->archive].row;
	si->part = st->places[si->archive].part;
	si->fresh = since < 0 ? sp.rows : (uint64_t)since;
	si->found = false;
	for (uint64_t b = 0; rc == 0 && b < blocks; b += ROWSUM_CHUNK_BLOCKS) {
		size_t n =
		    blocks - b < ROWSUM_CHUNK_BLOCKS ? (size_t)(blocks - b) : ROWSUM_CHUNK_BLOCKS;
		uint64_t first = b * ROWSUM_BLOCK, last = (b + n) * ROWSUM_BLOCK;
		size_t bytes = (size_t)((last < sp.rows ? last : sp.rows) - first) * sp.width;
		rc = rowsum_read_at(w->rrd, rows, bytes, sp.rows_at + first * sp.width);
		if (rc == 0)
			rc = rowsum_read_at(w->sums, stored, n * 4, sp.sums_at + b * 4);
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
	struct rowsum_state *st;
	struct rowsum_work w;
	int rc = 0;

	enum rowsum_result r = rowsum_resume(&w, s, &st);
	if (r != ROWSUM_OK)
		return r;
	for (; rc == 0 && si.archive < s->f->narchives; si.archive++)
		rc = verify_archive(&w, st, &si);
	(void)posix_fadvise(w.rrd, 0, 0, POSIX_FADV_DONTNEED);
	return rowsum_end(&w, rc == 0		 ? ROWSUM_OK
			      : errno == EBADMSG ? ROWSUM_BROKEN
						 : ROWSUM_FAILED);
}

/* Sum rows as they are. */
enum rowsum_result
rowsum_accept(const struct rowsum *s, const struct rowsum_bad *b)
{
	struct rowsum_span sp = rowsum_span_of(s->f, b->archive);
	struct rowsum_state *was, st;
	struct rowsum_work w;

	enum rowsum_result r = rowsum_resume(&w, s, &was);
	if (r != ROWSUM_OK)
		return r;
	st = *was;
	uint64_t first = b->row / ROWSUM_BLOCK, last = (b->row + b->n - 1) / ROWSUM_BLOCK;
	struct rowsum_place *place = &st.places[b->archive];
	int rc = rowsum_sum_blocks(&w, &sp, first, last - first + 1, place->row, &place->part);
	if (rc == 0)
		rc = rowsum_write_state(&w, &st);
	return rowsum_end(&w, rc == 0 ? ROWSUM_OK : ROWSUM_FAILED);
}
