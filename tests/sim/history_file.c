/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An RRD of cells. librrd makes the file, empty and as it is when its last sample was at fine_s;
 * the rows are written into its archives by their layout (collector/store/rrdfile.h): the current
 * row of each is the newest, the older ones before it, round the end. What comes after fine_s goes
 * through librrd, sample by sample. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/store/pending.h"
#include "collector/store/rrdlib.h"
#include "tests/sim/history.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/fs.h"
#include "zw/str.h"

/* A file under way. */
struct file {
	const struct era *h;
	const struct series_def *def;
	const struct history_cells *c;
	int64_t fine_s; /* as of the past; earlier of a series that ended for good */
	int64_t end_s;
	struct rrdfile rrd;
	uint8_t *header;
};

/* Make the file as the store would, and read its header. */
static int
make(struct file *f, const char *path, struct err *e)
{
	const struct conf_list *list = collector_conf_archives(f->h->conf, f->def->source);
	const struct conf_archive *archives = list->v;
	struct rrdlib_keep keep[RRDFILE_MAX_ARCHIVES];
	size_t n = 0;

	for (; n < list->n && n < RRDFILE_MAX_ARCHIVES; n++)
		keep[n] = (struct rrdlib_keep){ archives[n].step / 1000, archives[n].keep / 1000 };
	struct rrdlib_shape shape = {
		.heartbeat = f->h->conf->store.heartbeat, .keep = keep, .nkeep = n
	};
	if (rrdlib_create(path, f->def, &shape, f->fine_s, e) == -1)
		return -1;
	if (rrdfile_read(path, f->fine_s + 1, &f->rrd, &f->header, e) == -1)
		return -1;
	for (unsigned i = 0; i < f->rrd.narchives; i++) {
		int64_t row_s = (int64_t)f->rrd.archives[i].steps * f->rrd.step_s;
		if (f->fine_s % row_s != 0 || (row_s > HISTORY_CELL && row_s % HISTORY_CELL != 0))
			return err_set(e, "its rows of %lld s do not go with those of the others",
			    (long long)row_s);
	}
	return 0;
}

/* A row of an archive whose rows are shorter than a cell: from the samples in it. */
static void
fine_row(const struct file *f, const struct rrdfile_archive *ra, int64_t end_s, unsigned field,
    double row[3])
{
	unsigned n = HISTORY_CELL / f->def->step_s, known = 0;
	int64_t step = f->def->step_s;

	row[0] = 0;
	row[1] = INFINITY;
	row[2] = -INFINITY;
	for (uint64_t i = 0; i < ra->steps; i++) {
		int64_t at = end_s - (int64_t)(ra->steps - 1 - i) * step - step - f->h->from_s;
		double v = at < 0 ? NAN
				  : history_sample(f->c, field, (size_t)(at / HISTORY_CELL),
					(unsigned)(at % HISTORY_CELL / step), n);
		if (isnan(v))
			continue;
		known++;
		row[0] += v;
		row[1] = fmin(row[1], v);
		row[2] = fmax(row[2], v);
	}
	if (known == 0 || 2 * known < ra->steps)
		row[0] = row[1] = row[2] = NAN;
	else
		row[0] /= known;
}

/* The rows of archives that differ only in what they keep, in the file's order. */
struct rows {
	const struct rrdfile_archive *ra[3]; /* by enum rrdfile_cf; NULL: there is none */
	uint64_t cur[3];		     /* the place of the newest */
	double *v[3];
};

/* One row of them all. */
static void
fill_row(const struct file *f, struct rows *rows, uint64_t r)
{
	const struct rrdfile_archive *ra = rows->ra[RRDFILE_AVERAGE];
	int64_t row_s = (int64_t)ra->steps * f->rrd.step_s;
	int64_t end_s = f->fine_s - (int64_t)r * row_s;
	int64_t cell = (end_s - row_s - f->h->from_s) / HISTORY_CELL;

	for (unsigned field = 0; field < f->rrd.nsources; field++) {
		double row[3] = { NAN, NAN, NAN };
		if (end_s - row_s < f->h->from_s)
			;
		else if (row_s < HISTORY_CELL)
			fine_row(f, ra, end_s, field, row);
		else
			history_row(
			    f->c, field, (size_t)cell, (size_t)(cell + row_s / HISTORY_CELL), row);
		for (unsigned cf = 0; cf < 3; cf++)
			if (rows->v[cf] != NULL)
				rows->v[cf][(rows->cur[cf] + ra->rows - r) % ra->rows *
						f->rrd.nsources +
					    field] = row[cf];
	}
}

/* Write an archive that is filled. */
static int
write_archive(const struct file *f, const struct rows *rows, unsigned cf, unsigned i, int fd,
    uint64_t *offset, struct err *e)
{
	uint8_t *ptrs = f->header + f->rrd.header_bytes - f->rrd.narchives * sizeof(uint64_t);
	size_t bytes = rows->ra[cf]->rows * f->rrd.nsources * sizeof(double);

	memcpy(ptrs + i * sizeof rows->cur[cf], &rows->cur[cf], sizeof rows->cur[cf]);
	if (fs_pwrite(fd, rows->v[cf], bytes, *offset) == -1)
		return err_set(e, "cannot write: %s", strerror(errno));
	*offset += bytes;
	return 0;
}

/* Fill and write the archives from i on that have rows of one length; *i becomes the next. */
static int
write_group(struct file *f, unsigned *i, int fd, uint64_t *offset, struct err *e)
{
	struct rows rows = { 0 };
	char name[RRDFILE_PATH];
	unsigned first = *i, n = 0;
	int rc = 0;

	rrdfile_name(name, f->def->node, f->def->source, f->def->instance);
	for (; first + n < f->rrd.narchives; n++) {
		const struct rrdfile_archive *ra = &f->rrd.archives[first + n];
		if (ra->cf != n || ra->rows != f->rrd.archives[first].rows ||
		    ra->steps != f->rrd.archives[first].steps)
			break;
		rows.ra[n] = ra;
		rows.cur[n] = crc32c(first + n, name, strlen(name)) % ra->rows;
		rows.v[n] = xcalloc(ra->rows * f->rrd.nsources, sizeof(double));
	}
	if (n == 0)
		return err_set(e, "its archives are in an order that is not ours");
	for (uint64_t r = 0; r < rows.ra[0]->rows; r++)
		fill_row(f, &rows, r);
	for (unsigned cf = 0; cf < n && rc == 0; cf++)
		rc = write_archive(f, &rows, cf, first + cf, fd, offset, e);
	for (unsigned cf = 0; cf < 3; cf++)
		free(rows.v[cf]);
	*i = first + n;
	return rc;
}

/* Write all archives. Where each begins is by the file's name, as librrd's own choice would be. */
static int
write_rows(struct file *f, int fd, struct err *e)
{
	uint64_t offset = f->rrd.header_bytes;

	for (unsigned i = 0; i < f->rrd.narchives;)
		if (write_group(f, &i, fd, &offset, e) == -1)
			return -1;
	if (fs_pwrite(fd, f->header, f->rrd.header_bytes, 0) == -1)
		return err_set(e, "cannot write: %s", strerror(errno));
	return 0;
}

/* The samples after fine_s, as an agent would have sent them. */
static int
write_rest(const struct file *f, const char *path, struct err *e)
{
	struct pending rows = { 0 };
	struct buf text = { 0 };
	double counters[METRIC_MAX_FIELDS] = { 0 };
	int64_t step = f->def->step_s;
	unsigned n = (unsigned)(HISTORY_CELL / step);

	for (int64_t t = f->fine_s + step; t <= f->end_s; t += step) {
		int64_t at = t - step - f->h->from_s;
		size_t cell = (size_t)(at / HISTORY_CELL);
		if (f->c->known[cell] < 0.5)
			continue;
		double *row = pending_add(&rows, f->def->nfields, t);
		for (unsigned i = 0; i < f->def->nfields; i++) {
			double v =
			    history_sample(f->c, i, cell, (unsigned)(at % HISTORY_CELL / step), n);
			counters[i] += isnan(v) ? 0 : v * (double)step;
			row[i] = f->def->fields[i].kind == FIELD_COUNTER ? floor(counters[i]) : v;
		}
	}
	int rc = rows.n == 0 ? 0 : rrdlib_update(path, f->def, &rows, &text, e);
	pending_free(&rows);
	buf_free(&text);
	return rc;
}

/* Open it and write its rows. */
static int
fill_file(struct file *f, const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, "cannot open: %s", strerror(errno));
	int rc = write_rows(f, fd, e);
	close(fd);
	return rc == 0 ? write_rest(f, path, e) : -1;
}

/* When its last sample was: of one that ended before the past does, the last whole rows before. */
static void
set_end(struct file *f)
{
	const struct era *h = f->h;
	int64_t last = h->from_s + (int64_t)history_ends(f->c) * HISTORY_CELL;

	f->fine_s = h->fine_s;
	f->end_s = h->end_s;
	if (last >= h->fine_s)
		return;
	f->fine_s = last / h->whole_s * h->whole_s;
	f->end_s = last;
}

/* The file of a series. */
int
history_file(
    const struct era *h, const struct series_def *def, const struct history_cells *c, struct err *e)
{
	struct file f = { .h = h, .def = def, .c = c };
	char below[RRDFILE_PATH], path[4096], dir[4096];
	struct err why = { "" };

	rrdfile_name(below, def->node, def->source, def->instance);
	if (str_format(path, sizeof path, "%s/%s", h->conf->store.rrd_dir, below) == -1 ||
	    str_format(dir, sizeof dir, "%s/%s", h->conf->store.rrd_dir, def->node) == -1)
		return err_set(e, "a path is too long");
	if (fs_mkdirs(dir, 0750, e) == -1)
		return -1;
	set_end(&f);
	int rc = make(&f, path, &why) == 0 ? fill_file(&f, path, &why) : -1;
	free(f.header);
	return rc == 0 ? 0 : err_set(e, "%s: %s", path, why.msg);
}
