/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_runs: sets of record numbers. */
#include <assert.h>
#include <stdlib.h>

#include "agent/spool_runs.h"
#include "zw/alloc.h"

/* Make it empty. */
void
spool_runs_free(struct spool_runs *r)
{
	free(r->v);
	*r = (struct spool_runs){ 0 };
}

/* Add a run behind the last. */
static void
runs_push(struct spool_runs *r, uint64_t first, uint64_t last)
{
	if (r->n == r->cap) {
		r->cap = r->cap == 0 ? 8 : r->cap * 2;
		r->v = xreallocarray(r->v, r->cap, sizeof *r->v);
	}
	r->v[r->n++] = (struct spool_run){ first, last };
	r->count += last - first + 1;
}

/* Add a number. */
void
spool_runs_add(struct spool_runs *r, uint64_t n)
{
	if (r->head == r->n)
		r->head = r->n = 0;
	if (r->n > 0 && r->v[r->n - 1].last + 1 == n) {
		r->v[r->n - 1].last = n;
		r->count++;
		return;
	}
	assert(r->n == 0 || n > r->v[r->n - 1].last);
	runs_push(r, n, n);
}

/* Take out the lowest numbers. */
uint64_t
spool_runs_cut(struct spool_runs *r, uint64_t n)
{
	uint64_t before = r->count;

	while (r->head < r->n && r->v[r->head].first <= n) {
		struct spool_run *run = &r->v[r->head];
		uint64_t last = run->last < n ? run->last : n;
		r->count -= last - run->first + 1;
		run->first = last + 1;
		if (last < run->last)
			break;
		r->head++;
	}
	return before - r->count;
}

/* Take out what is in the other. */
uint64_t
spool_runs_subtract(struct spool_runs *r, const struct spool_runs *gone)
{
	struct spool_runs left = { 0 };
	uint64_t before = r->count;
	size_t g = gone->head;

	for (size_t i = r->head; i < r->n; i++) {
		uint64_t first = r->v[i].first, last = r->v[i].last;
		while (g < gone->n && gone->v[g].last < first)
			g++;
		for (size_t k = g; k < gone->n && gone->v[k].first <= last && first <= last; k++) {
			if (gone->v[k].first > first)
				runs_push(&left, first, gone->v[k].first - 1);
			first = gone->v[k].last + 1;
		}
		if (first <= last)
			runs_push(&left, first, last);
	}
	free(r->v);
	*r = left;
	return before - r->count;
}

/* The lowest. */
uint64_t
spool_runs_first(const struct spool_runs *r)
{
	return r->head < r->n ? r->v[r->head].first : 0;
}
