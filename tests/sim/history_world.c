/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all series of a simulated past depend on: the season, how busy people are, how warm each
 * zone is, what it draws. Nothing is random but by the seed. */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "tests/sim/history.h"
#include "zw/alloc.h"

#define DAY 86400
#define RISE_K 13.0    /* of a zone without cooling, in the end */
#define WARMS_S 900.0  /* how fast it gets there */
#define COOLS_S 1200.0 /* and back */

/* The finaliser of splitmix64. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* A number in [-1, 1]. */
double
history_noise(const struct era *h, uint64_t what, uint64_t of, uint64_t when)
{
	uint64_t x = mix(h->o.seed * UINT64_C(0x9e3779b97f4a7c15) + what);

	x = mix(x + of * UINT64_C(0xd1342543de82ef95));
	x = mix(x + when);
	return (double)(x >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

/* The same between knots, by a smooth step. */
double
history_drift(const struct era *h, uint64_t what, uint64_t of, size_t cell, unsigned every)
{
	size_t at = (size_t)(h->from_s / HISTORY_CELL) + cell;
	double t = (double)(at % every) / every;
	double a = history_noise(h, what, of, at / every);
	double b = history_noise(h, what, of, at / every + 1);

	return a + (b - a) * t * t * (3 - 2 * t);
}

/* Busy with people: 0 at night, 1 in the middle of a working day. */
static double
work_at(int64_t local_s)
{
	double hour = (double)(local_s % DAY) / 3600;
	int64_t weekday = (local_s / DAY + 4) % 7; /* 1970 began on a Thursday; 0: Sunday */
	double day = hour > 7 && hour < 20 ? sin(M_PI * (hour - 7) / 13) : 0;

	return weekday == 0 || weekday == 6 ? 0.15 * day : day;
}

/* Outdoor air, °C, of Baku: 27 in July, 5 in January. */
static double
outdoor_at(const struct era *h, size_t cell)
{
	int64_t local = history_time(h, cell) + h->utc_offset_s;
	double year = fmod((double)local / DAY, 365.2425); /* days of the year, nearly */
	double hour = (double)(local % DAY) / 3600;

	return 16 + 11 * cos(2 * M_PI * (year - 205) / 365.2425) +
	       4 * sin(2 * M_PI * (hour - 9) / 24) + 3 * history_drift(h, 1, 0, cell, 800);
}

/* How much warmer a zone is by a failure of its cooling, at a moment. */
double
history_heat(const struct history_event *ev, int64_t at_s)
{
	double top = RISE_K * (1 - exp(-(double)(ev->to_s - ev->from_s) / WARMS_S));

	if (at_s <= ev->from_s)
		return 0;
	if (at_s <= ev->to_s)
		return RISE_K * (1 - exp(-(double)(at_s - ev->from_s) / WARMS_S));
	return top * exp(-(double)(at_s - ev->to_s) / COOLS_S);
}

/* Add the heat of an event to its zone's air. */
static void
heat_zone(struct era *h, const struct history_event *ev)
{
	unsigned z = h->nodes[ev->node].zone;
	size_t i = (size_t)((ev->from_s - h->from_s) / HISTORY_CELL);

	for (; i < h->ncells; i++) {
		int64_t at = history_time(h, i);
		double a = history_heat(ev, at), m = history_heat(ev, at + HISTORY_CELL / 2),
		       b = history_heat(ev, at + HISTORY_CELL);
		if (at > ev->to_s && b < 0.02)
			break;
		h->air[z][CELL_MEAN][i] += (a + 4 * m + b) / 6;
		h->air[z][CELL_LEAST][i] += fmin(a, b);
		h->air[z][CELL_MOST][i] += fmax(fmax(a, m), b);
	}
}

/* The air and the power of a zone. */
static void
world_zone(struct era *h, unsigned z)
{
	for (unsigned k = 0; k < 3; k++)
		h->air[z][k] = xcalloc(h->ncells, sizeof(double));
	h->power[z] = xcalloc(h->ncells, sizeof(double));
	for (size_t i = 0; i < h->ncells; i++) {
		double mean = 21.6 + 0.3 * z + 0.05 * (h->outdoor[i] - 16) + 0.7 * h->work[i] +
			      0.25 * history_drift(h, 2, z, i, 48);
		double swing = 0.12 + 0.05 * history_noise(h, 3, z, i);
		h->air[z][CELL_MEAN][i] = mean;
		h->air[z][CELL_LEAST][i] = mean - swing;
		h->air[z][CELL_MOST][i] = mean + swing;
	}
	for (size_t k = 0; k < h->nevents; k++)
		if (h->events[k].kind == EVENT_COOLING_FAILS &&
		    h->nodes[h->events[k].node].zone == z)
			heat_zone(h, &h->events[k]);
}

/* Busy share; on half of them it grows, by up to a half in a year. */
static double
busy_at(const struct era *h, const struct history_node *n, size_t cell)
{
	unsigned of = n->number;
	double own = 0.10 + 0.08 * history_noise(h, 10, of, 0);
	double years = (double)cell * HISTORY_CELL / (365.0 * DAY);
	double v = own + (0.22 + 0.12 * history_noise(h, 11, of, 0)) * h->work[cell];

	v *= 1 + years * fmax(0, 0.5 * history_noise(h, 15, of, 0));
	v += 0.03 * history_drift(h, 12, of, cell, 6) + 0.02 * history_noise(h, 13, of, cell);
	return fmin(0.98, fmax(0.02, v));
}

/* Add what a server draws to its zone; nothing while it is down. */
static void
world_server(struct era *h, size_t node)
{
	const struct history_node *n = &h->nodes[node];
	double *up = xcalloc(h->ncells, sizeof *up);

	h->busy[node] = xcalloc(h->ncells, sizeof(double));
	for (size_t i = 0; i < h->ncells; i++) {
		h->busy[node][i] = busy_at(h, n, i);
		up[i] = history_time(h, i) >= n->born_s;
	}
	for (size_t k = 0; k < h->nevents; k++) {
		const struct history_event *ev = &h->events[k];
		if (ev->node != node ||
		    (ev->kind != EVENT_SERVER_DOWN && ev->kind != EVENT_MAINTENANCE))
			continue;
		for (size_t i = (size_t)((ev->from_s - h->from_s) / HISTORY_CELL);
		     i < h->ncells && history_time(h, i) < ev->to_s; i++) {
			int64_t at = history_time(h, i);
			int64_t from = ev->from_s > at ? ev->from_s : at;
			int64_t to = ev->to_s < at + HISTORY_CELL ? ev->to_s : at + HISTORY_CELL;
			up[i] = fmax(0, up[i] - (double)(to - from) / HISTORY_CELL);
		}
	}
	for (size_t i = 0; i < h->ncells; i++)
		h->power[n->zone][i] += up[i] * history_watts(h, n, i);
	free(up);
}

/* All of it. */
void
history_world_new(struct era *h)
{
	h->outdoor = xcalloc(h->ncells, sizeof(double));
	h->work = xcalloc(h->ncells, sizeof(double));
	h->gap = xcalloc(h->ncells, sizeof(bool));
	for (size_t i = 0; i < h->ncells; i++) {
		h->outdoor[i] = outdoor_at(h, i);
		h->work[i] = work_at(history_time(h, i) + h->utc_offset_s);
	}
	for (unsigned z = 0; z < h->nzones; z++)
		world_zone(h, z);
	for (size_t n = 0; n < h->nnodes; n++)
		if (h->nodes[n].zone < h->nzones &&
		    (h->nodes[n].kind == HISTORY_SERVER || h->nodes[n].kind == HISTORY_AGENT))
			world_server(h, n);
	for (size_t k = 0; k < h->nevents; k++)
		if (h->events[k].kind == EVENT_GAP)
			for (size_t i = 0; i < h->ncells; i++)
				h->gap[i] |= history_time(h, i) >= h->events[k].from_s &&
					     history_time(h, i) < h->events[k].to_s;
}

/* The end. */
void
history_world_free(struct era *h)
{
	free(h->outdoor);
	free(h->work);
	free(h->gap);
	for (unsigned z = 0; z < HISTORY_MAX_ZONES; z++) {
		for (unsigned k = 0; k < 3; k++)
			free(h->air[z][k]);
		free(h->power[z]);
	}
	for (size_t n = 0; n < h->nnodes; n++)
		free(h->busy[n]);
}

/* Busy share, as it was worked out in the beginning. */
double
history_cpu(const struct era *h, const struct history_node *n, size_t cell)
{
	return h->busy[n - h->nodes][cell];
}

/* What it draws. */
double
history_watts(const struct era *h, const struct history_node *n, size_t cell)
{
	return 120 + 220 * history_cpu(h, n, cell);
}

/* Its place in the rack. */
double
history_place(const struct era *h, const struct history_node *n)
{
	return 0.8 * history_noise(h, 14, n->number, n->zone);
}
