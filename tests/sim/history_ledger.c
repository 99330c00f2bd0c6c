/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many samples each node of a simulated past should have had in each hour, had, and had late:
 * what the collector's ledger would have counted. A series is expected from its node's birth on,
 * while its node is silent too; one that its node leaves out for good only as long as it came. */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/history.h"
#include "zw/alloc.h"

#define HOUR 3600
#define LATE_S 60

/* The hours that the past touches. */
static size_t
hours_of(const struct era *h)
{
	return (size_t)(h->end_s / HOUR - h->from_s / HOUR + 1);
}

/* Room for the hours of a node; NULL: it is not counted. */
struct history_tally *
history_tallies(struct era *h, size_t node)
{
	if (h->nodes[node].kind == HISTORY_SUMMARY)
		return NULL;
	if (h->tallies[node] == NULL)
		h->tallies[node] = xcalloc(hours_of(h), sizeof(struct history_tally));
	return h->tallies[node];
}

/* The part of a cell in which the collector was away, less its last minute. */
static double
part_late(const struct era *h, size_t cell)
{
	int64_t a = history_time(h, cell), b = a + HISTORY_CELL, sum = 0;

	for (size_t k = 0; k < h->nevents; k++) {
		const struct history_event *ev = &h->events[k];
		int64_t from = ev->from_s > a ? ev->from_s : a;
		int64_t to = ev->to_s - LATE_S < b ? ev->to_s - LATE_S : b;
		if (ev->kind == EVENT_COLLECTOR_DOWN && to > from)
			sum += to - from;
	}
	return (double)sum / HISTORY_CELL;
}

/* What part of each cell comes late; of all series the same. */
void
history_late_new(struct era *h)
{
	h->late = xcalloc(h->ncells, sizeof(double));
	for (size_t k = 0; k < h->nevents; k++) {
		const struct history_event *ev = &h->events[k];
		if (ev->kind != EVENT_COLLECTOR_DOWN)
			continue;
		for (size_t i = (size_t)((ev->from_s - h->from_s) / HISTORY_CELL);
		     i < h->ncells && history_time(h, i) < ev->to_s; i++)
			h->late[i] = part_late(h, i);
	}
}

/* Count a series. */
void
history_count_series(
    struct era *h, size_t node, const struct series_def *def, const struct history_cells *c)
{
	struct history_tally *t = history_tallies(h, node);
	double a_cell = (double)HISTORY_CELL / def->step_s;
	size_t end = t == NULL ? 0 : history_ends(c);

	for (size_t i = 0; i < end; i++) {
		int64_t at = history_time(h, i);
		if (at < h->nodes[node].born_s || at + HISTORY_CELL > h->end_s)
			continue;
		struct history_tally *hour = &t[at / HOUR - h->from_s / HOUR];
		hour->expected += a_cell;
		hour->received += a_cell * c->known[i];
		hour->late += a_cell * fmin(c->known[i], h->late[i]);
	}
}

/* Tell all hours of all nodes, a node after the other. */
void
history_each_hour(const struct era *h,
    void (*each)(void *arg, size_t node, int64_t hour_s, const struct history_tally *t), void *arg)
{
	for (size_t n = 0; n < h->nnodes; n++)
		for (size_t i = 0; h->tallies[n] != NULL && i < hours_of(h); i++)
			if (h->tallies[n][i].expected > 0)
				each(arg, n, (h->from_s / HOUR + (int64_t)i) * HOUR,
				    &h->tallies[n][i]);
}

/* The end. */
void
history_tallies_free(struct era *h)
{
	for (size_t n = 0; n < h->nnodes; n++)
		free(h->tallies[n]);
	free(h->late);
}
