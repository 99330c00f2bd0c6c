/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_adopt: new rows take the place of the old ones. A row that is the same series as one
 * before keeps its id, and its counters go on; else every walk would be a gap. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/device_int.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"

/* Old rows by what makes them a series; n is a power of two. */
struct index {
	const struct rows *rows;
	uint32_t *v; /* the row's number + 1 */
	size_t n;
};

/* Whether two rows are the same series. */
static bool
is_same(const struct row *a, const struct row *b)
{
	return strcmp(a->def.source, b->def.source) == 0 &&
	       strcmp(a->def.instance, b->def.instance) == 0 && strcmp(a->child, b->child) == 0;
}

/* Where a row's series is in the index, or should be. */
static size_t
index_place(const struct index *x, const struct row *row)
{
	uint32_t h = crc32c(0, row->def.source, strlen(row->def.source) + 1);

	h = crc32c(h, row->def.instance, strlen(row->def.instance) + 1);
	h = crc32c(h, row->child, strlen(row->child));
	size_t at = h & (x->n - 1);
	while (x->v[at] != 0 && !is_same(rows_at(x->rows, x->v[at] - 1), row))
		at = (at + 1) & (x->n - 1);
	return at;
}

/* An index of rows, which may be NULL. */
static struct index
index_new(const struct rows *rows)
{
	size_t n = rows != NULL ? rows_count(rows) : 0;
	struct index x = { .rows = rows, .n = 16 };

	while (x.n < 2 * n)
		x.n *= 2;
	x.v = xcalloc(x.n, sizeof *x.v);
	for (size_t i = 0; i < n; i++)
		x.v[index_place(&x, rows_at(rows, i))] = (uint32_t)i + 1;
	return x;
}

/* Whether two rows are defined alike, so that the series' id goes on. */
static bool
same_shape(const struct row *a, const struct row *b)
{
	return a->def.step_s == b->def.step_s && a->def.nfields == b->def.nfields &&
	       memcmp(a->def.fields, b->def.fields, a->def.nfields * sizeof a->def.fields[0]) ==
		   0 &&
	       strcmp(a->def.states, b->def.states) == 0;
}

/* What is remembered of the counters goes on by the fields' names. */
static struct tally *
carry_tallies(const struct row *from, const struct tally *old, const struct row *to)
{
	struct tally *v = xcalloc(to->def.nfields > 0 ? to->def.nfields : 1, sizeof *v);

	for (unsigned i = 0; i < to->def.nfields; i++)
		for (unsigned j = 0; j < from->def.nfields; j++)
			if (strcmp(from->def.fields[j].name, to->def.fields[i].name) == 0)
				v[i] = old[j];
	return v;
}

/* A row's way to the collector goes on from that of the old row. */
static void
carry(struct outlet *to, const struct row *row, struct outlet *from, const struct row *old)
{
	if (same_shape(old, row)) {
		*to = *from;
		from->tallies = NULL;
		return;
	}
	to->read_ms = from->read_ms;
	if (from->tallies != NULL)
		to->tallies = carry_tallies(old, from->tallies, row);
}

/* Free what leads to the collector; the series stay defined. */
void
device_outlets_free(struct device *d)
{
	for (size_t i = 0; d->rows != NULL && i < rows_count(d->rows); i++)
		free(d->outlets[i].tallies);
	free(d->outlets);
	d->outlets = NULL;
}

/* Take over what was walked. */
void
device_adopt(struct device *d)
{
	struct rows *fresh = d->fresh;
	size_t n = rows_count(fresh);
	struct outlet *outlets = xcalloc(n > 0 ? n : 1, sizeof *outlets);
	struct index x = index_new(d->rows);

	d->fresh = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct row *row = rows_at(fresh, i);
		uint32_t old = x.v[index_place(&x, row)];
		outlets[i].late = d->rows != NULL;
		if (old != 0)
			carry(&outlets[i], row, &d->outlets[old - 1], rows_at(d->rows, old - 1));
	}
	free(x.v);
	device_outlets_free(d);
	rows_free(d->rows);
	d->rows = fresh;
	d->outlets = outlets;
	d->stage = DEVICE_POLLING;
	device_schedule(d);
}
