/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rewind: what of an RRD lies behind a moment is taken out: the header says that moment again, with
 * nothing known of the rows that were under way, and the rows behind it are unknown.
 *
 * What the header becomes depends on the header alone, and which rows are overwritten, too: so when
 * a crash undoes the header (recover.c) and the journal is read again, the same bytes come out.
 * What the rows had held one round earlier is lost; a clock that is ahead does that when it writes
 * them. */
#include "collector/store/rewind.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/fs.h"

/* Parts of pdp_prep and cdp_prep (rrd_format.h), by their places in the scratch of eight bytes
 * each. */
#define PDP_TEXT 32 /* bytes before its scratch */
#define PDP_UNKNOWN_S 0
#define PDP_VALUE 1
#define CDP_VALUE 0
#define CDP_UNKNOWN 1
#define CDP_PRIMARY 8
#define CDP_SECONDARY 9

/* Write a number or a double in the machine's own order. */
static void
put_u64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof v);
}

static void
put_nan(uint8_t *p)
{
	double v = NAN;

	memcpy(p, &v, sizeof v);
}

static uint64_t
get_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Rows of an archive that are full at a moment. */
static int64_t
rows_until(const struct rrdfile *f, const struct rrdfile_archive *a, int64_t time_s)
{
	return time_s / ((int64_t)f->step_s * (int64_t)a->steps);
}

/* Nothing is known of the step that begins at to_s. */
static void
clear_steps(const struct rrdfile *f, uint8_t *p)
{
	for (unsigned i = 0; i < f->nsources; i++, p += RRDFILE_PDP_PREP) {
		memset(p, 0, RRDFILE_PDP_PREP);
		p[0] = 'U';
		put_u64(p + PDP_TEXT + 8 * PDP_UNKNOWN_S, 0);
		put_u64(p + PDP_TEXT + 8 * PDP_VALUE, 0); /* 0.0 */
	}
}

/* Nor of the steps before it that would go into the same row of an archive. */
static void
clear_row(const struct rrdfile *f, const struct rrdfile_archive *a, uint8_t *p, int64_t to_s)
{
	uint64_t before = (uint64_t)(to_s / f->step_s) % a->steps;

	for (unsigned i = 0; i < f->nsources; i++, p += RRDFILE_CDP_PREP) {
		memset(p, 0, RRDFILE_CDP_PREP);
		put_nan(p + 8 * CDP_VALUE);
		put_u64(p + 8 * CDP_UNKNOWN, before);
		put_nan(p + 8 * CDP_PRIMARY);
		put_nan(p + 8 * CDP_SECONDARY);
	}
}

int64_t
rewind_header(const struct rrdfile *f, uint8_t *header, int64_t to_s)
{
	uint8_t *live = header + f->live_offset;
	uint8_t *steps = live + RRDFILE_LIVE_HEAD;
	uint8_t *rows = steps + f->nsources * RRDFILE_PDP_PREP;
	uint8_t *places = rows + (size_t)f->narchives * f->nsources * RRDFILE_CDP_PREP;

	to_s -= to_s % f->step_s;
	put_u64(live, (uint64_t)to_s);
	put_u64(live + 8, 0);
	clear_steps(f, steps);
	for (unsigned i = 0; i < f->narchives; i++) {
		const struct rrdfile_archive *a = &f->archives[i];
		uint64_t n = (uint64_t)(rows_until(f, a, f->last_s) - rows_until(f, a, to_s));
		uint64_t at = get_u64(places + i * RRDFILE_RRA_PTR);
		clear_row(f, a, rows + (size_t)i * f->nsources * RRDFILE_CDP_PREP, to_s);
		put_u64(places + i * RRDFILE_RRA_PTR, (at + a->rows - n % a->rows) % a->rows);
	}
	return to_s;
}

/* The rows of one archive behind the moment. */
static int
blank_archive(int fd, const struct rrdfile *f, unsigned archive, uint64_t newest, int64_t to_s)
{
	const struct rrdfile_archive *a = &f->archives[archive];
	uint64_t n = (uint64_t)(rows_until(f, a, f->last_s) - rows_until(f, a, to_s));

	if (n > a->rows)
		n = a->rows;
	/* Up to the newest; the rest is at the end. */
	uint64_t tail = n < newest + 1 ? n : newest + 1;
	if (rrdfile_blank(fd, f, archive, newest + 1 - tail, tail) == -1)
		return -1;
	return rrdfile_blank(fd, f, archive, a->rows - (n - tail), n - tail);
}

/* All archives. */
static int
blank_all(int fd, const struct rrdfile *f, const uint8_t *header, int64_t to_s)
{
	for (unsigned i = 0; i < f->narchives; i++)
		if (blank_archive(fd, f, i, rrdfile_newest(f, header, i), to_s) == -1)
			return -1;
	return 0;
}

int
rewind_file(const char *path, int64_t to_s, int64_t *last_s, struct err *e)
{
	struct rrdfile f;
	uint8_t *header = NULL;

	if (rrdfile_read(path, INT64_MAX, &f, &header, e) == -1)
		return -1;
	*last_s = f.last_s;
	if (to_s - to_s % f.step_s >= f.last_s) {
		free(header);
		return 0;
	}
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc = -1;
	if (fd != -1 && blank_all(fd, &f, header, to_s - to_s % f.step_s) == 0) {
		*last_s = rewind_header(&f, header, to_s);
		rc = fs_pwrite(
		    fd, header + f.live_offset, f.header_bytes - f.live_offset, f.live_offset);
	}
	int saved = errno;
	if (fd != -1)
		close(fd);
	free(header);
	errno = saved;
	return rc == -1 ? err_set(e, "cannot rewind it: %s", strerror(errno)) : 0;
}
