/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of a series: values put over them, silence, and the rows that librrd would make of them. */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/history.h"
#include "zw/alloc.h"

/* Room for them; all is known, no field has a value. */
void
history_cells_new(struct history_cells *c, size_t n, unsigned nfields)
{
	*c = (struct history_cells){ .n = n, .nfields = nfields };
	for (unsigned k = 0; k < 3; k++)
		for (unsigned f = 0; f < nfields; f++) {
			c->v[k][f] = xcalloc(n, sizeof(double));
			for (size_t i = 0; i < n; i++)
				c->v[k][f][i] = NAN;
		}
	c->known = xcalloc(n, sizeof(double));
	for (size_t i = 0; i < n; i++)
		c->known[i] = 1;
}

/* The end. */
void
history_cells_free(struct history_cells *c)
{
	for (unsigned k = 0; k < 3; k++)
		for (unsigned f = 0; f < c->nfields; f++)
			free(c->v[k][f]);
	free(c->known);
}

/* The part of a cell that lies in a length of time. */
static double
part_of(const struct era *h, size_t cell, int64_t from_s, int64_t to_s)
{
	int64_t a = history_time(h, cell), b = a + HISTORY_CELL;

	a = from_s > a ? from_s : a;
	b = to_s < b ? to_s : b;
	return b > a ? (double)(b - a) / HISTORY_CELL : 0;
}

/* The first cell of a length of time. */
static size_t
first_of(const struct era *h, int64_t from_s)
{
	return from_s <= h->from_s ? 0 : (size_t)((from_s - h->from_s) / HISTORY_CELL);
}

/* Another value for a while; NAN takes the field away. */
void
history_overlay(const struct era *h, struct history_cells *c, unsigned field, int64_t from_s,
    int64_t to_s, double value)
{
	for (size_t i = first_of(h, from_s); i < c->n && history_time(h, i) < to_s; i++) {
		double part = part_of(h, i, from_s, to_s);
		double *mean = &c->v[CELL_MEAN][field][i];
		if (part <= 0)
			continue;
		if (isnan(value) && part < 1)
			continue; /* what is left of the cell stands for it */
		if (isnan(value) || part == 1 || isnan(*mean)) {
			history_put(c, field, i, value, 0);
			continue;
		}
		*mean = *mean * (1 - part) + value * part;
		c->v[CELL_LEAST][field][i] = fmin(c->v[CELL_LEAST][field][i], value);
		c->v[CELL_MOST][field][i] = fmax(c->v[CELL_MOST][field][i], value);
	}
}

/* Whether an event keeps a node from being heard of. */
bool
history_mutes(const struct era *h, const struct history_event *ev, size_t node)
{
	switch (ev->kind) {
	case EVENT_SERVER_DOWN:
	case EVENT_MAINTENANCE:
	case EVENT_CLOCK_STEP:
	case EVENT_COOLING_SILENT:
	case EVENT_SWITCH_DOWN:
		return ev->node == node;
	case EVENT_COLLECTOR_DOWN:
		return h->nodes[node].kind == HISTORY_SUMMARY;
	case EVENT_GAP:
		return true;
	default:
		return false;
	}
}

/* Take away what was not heard. */
void
history_silence_cells(const struct era *h, size_t node, struct history_cells *c)
{
	for (size_t i = 0; i < c->n && history_time(h, i) < h->nodes[node].born_s; i++)
		c->known[i] = 0;
	for (size_t k = 0; k < h->nevents; k++) {
		const struct history_event *ev = &h->events[k];
		if (!history_mutes(h, ev, node))
			continue;
		for (size_t i = first_of(h, ev->from_s); i < c->n && history_time(h, i) < ev->to_s;
		     i++)
			c->known[i] = fmax(0, c->known[i] - part_of(h, i, ev->from_s, ev->to_s));
	}
}

/* The last cell in which the series has any value, and one more. */
size_t
history_ends(const struct history_cells *c)
{
	for (size_t i = c->n; i > 0; i--)
		for (unsigned f = 0; f < c->nfields; f++)
			if (!isnan(c->v[CELL_MEAN][f][i - 1]))
				return i;
	return 0;
}

/* A row, as librrd consolidates with an xff of 0.5. */
void
history_row(const struct history_cells *c, unsigned field, size_t from, size_t to, double row[3])
{
	double weight = 0, sum = 0, least = INFINITY, most = -INFINITY;

	row[0] = row[1] = row[2] = NAN;
	for (size_t i = from; i < to && i < c->n; i++) {
		double mean = c->v[CELL_MEAN][field][i];
		if (c->known[i] <= 1e-9 || isnan(mean))
			continue;
		weight += c->known[i];
		sum += c->known[i] * mean;
		least = fmin(least, c->v[CELL_LEAST][field][i]);
		most = fmax(most, c->v[CELL_MOST][field][i]);
	}
	if (weight < 0.5 * (double)(to - from) - 1e-9 || weight == 0)
		return;
	row[CELL_MEAN] = sum / weight;
	row[CELL_LEAST] = least;
	row[CELL_MOST] = most;
}

/* The k-th of n samples of a cell: evenly spread about the mean, so that theirs is the cell's, and
 * its extremes are among them; in the order of time when it is a ramp, else shuffled. */
double
history_sample(const struct history_cells *c, unsigned field, size_t cell, unsigned k, unsigned n)
{
	double mean = c->v[CELL_MEAN][field][cell];
	double place = 0;

	if (cell >= c->n || c->known[cell] < 0.5)
		return NAN;
	if (n > 1)
		place = 2.0 * (c->ramp[field] ? k : k * 7 % n) / (n - 1) - 1;
	return place < 0 ? mean + place * (mean - c->v[CELL_LEAST][field][cell])
			 : mean + place * (c->v[CELL_MOST][field][cell] - mean);
}
