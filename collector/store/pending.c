/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pending: rows of samples in two plain arrays that grow by a quarter. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/pending.h"
#include "zw/alloc.h"

#define KEEP_BYTES 65536

/* Times are kept as 32 bits from the first one. */
bool
pending_takes(const struct pending *p, unsigned width, int64_t time_s)
{
	return p->n == 0 || (p->width == width && time_s > pending_time(p, p->n - 1) &&
				time_s - p->base_s <= UINT32_MAX);
}

/* Room for one more row. */
static void
grow(struct pending *p)
{
	uint32_t cap = p->cap + p->cap / 4 + 8;

	p->offsets = xreallocarray(p->offsets, cap, sizeof *p->offsets);
	p->values = xreallocarray(p->values, cap, p->width * sizeof *p->values);
	p->cap = cap;
}

/* Add a row. */
double *
pending_add(struct pending *p, unsigned width, int64_t time_s)
{
	assert(pending_takes(p, width, time_s));
	if (p->width != width) {
		pending_free(p);
		p->width = width;
	}
	if (p->n == 0)
		p->base_s = time_s;
	if (p->n == p->cap)
		grow(p);
	p->offsets[p->n] = (uint32_t)(time_s - p->base_s);
	double *row = p->values + (size_t)p->n * width;
	for (unsigned i = 0; i < width; i++)
		row[i] = NAN;
	p->n++;
	return row;
}

/* Make the rows wider, from the last on. */
void
pending_widen(struct pending *p, unsigned width)
{
	unsigned was = p->width;

	if (width <= was)
		return;
	p->values = xreallocarray(p->values, p->cap, width * sizeof *p->values);
	p->width = width;
	for (size_t r = p->n; r-- > 0;) {
		double *row = p->values + r * width;
		memmove(row, p->values + r * was, was * sizeof *row);
		for (unsigned i = was; i < width; i++)
			row[i] = NAN;
	}
}

/* When a row was sampled. */
int64_t
pending_time(const struct pending *p, size_t row)
{
	return p->base_s + p->offsets[row];
}

/* Forget the oldest rows. */
void
pending_drop(struct pending *p, size_t n)
{
	p->n -= (uint32_t)n;
	memmove(p->offsets, p->offsets + n, p->n * sizeof *p->offsets);
	memmove(p->values, p->values + n * p->width, (size_t)p->n * p->width * sizeof *p->values);
}

/* Forget all. */
void
pending_clear(struct pending *p)
{
	if (pending_bytes(p) > KEEP_BYTES)
		pending_free(p);
	p->n = 0;
}

/* Give the memory back. */
void
pending_free(struct pending *p)
{
	free(p->offsets);
	free(p->values);
	*p = (struct pending){ 0 };
}

/* Memory held. */
size_t
pending_bytes(const struct pending *p)
{
	return p->cap * (sizeof *p->offsets + p->width * sizeof *p->values);
}
