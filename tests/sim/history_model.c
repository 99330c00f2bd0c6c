/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of servers, of this machine, of the gateway and of the links. Fields stand in the order
 * of history.def. */
#include <math.h>
#include <string.h>

#include "tests/sim/history.h"

#define DAY 86400.0
#define GIB (1024.0 * 1024 * 1024)

/* A series under way. */
struct ask {
	const struct era *h;
	const struct history_node *n;
	size_t node;
	const struct series_def *def;
	struct history_cells *c;
};

/* Processors. Fields of the agent's own come in another order. */
static void
model_cpu(const struct ask *a, size_t i)
{
	double busy = 100 * history_cpu(a->h, a->n, i),
	       wait = 1 + 0.5 * history_noise(a->h, 20, a->node, i);
	double swing = fmin(4, fmin(busy, 95 - busy));
	bool own = a->n->kind == HISTORY_AGENT;

	swing = fmax(0, swing);
	history_put(a->c, 0, i, busy * 0.8, swing * 0.8);
	history_put(a->c, own ? 2 : 1, i, busy * 0.2, swing * 0.2);
	history_put(a->c, own ? 4 : 2, i, wait, 0.4);
	history_put(a->c, 3, i, 100 - busy - wait, swing);
	history_put(a->c, own ? 8 : 4, i, busy, swing);
	if (own) {
		history_put(a->c, 1, i, 0, 0);
		for (unsigned f = 5; f < 8; f++)
			history_put(a->c, f, i, 0, 0);
	}
}

/* Load averages. */
static void
model_load(const struct ask *a, size_t i)
{
	double load = 16 * history_cpu(a->h, a->n, i);

	history_put(a->c, 0, i, load, load * 0.2);
	history_put(a->c, 1, i, load, load * 0.05);
	if (a->n->kind == HISTORY_AGENT) {
		history_put(a->c, 2, i, load, load * 0.02);
		history_put(a->c, 3, i, 2, 1);
		history_put(a->c, 4, i, 320, 8);
	}
}

/* Share of memory in use; it grows on some. */
static double
memory_share(const struct ask *a, size_t i)
{
	double years = (double)i * HISTORY_CELL / (365 * DAY);
	double grows = fmax(0, 0.5 * history_noise(a->h, 21, a->node, 0) - 0.25);

	return fmin(0.97, 0.42 + 0.08 * history_noise(a->h, 22, a->node, 0) + grows * years +
			      0.3 * history_cpu(a->h, a->n, i));
}

/* Memory. */
static void
model_memory(const struct ask *a, size_t i)
{
	double share = memory_share(a, i), total = 64 * GIB, swing = 0.004;
	static const double parts[] = { 0.3, 0.001, 0.1, 0.0005, 0, 0.01 };

	history_put(a->c, 0, i, total, 0);
	if (a->n->kind != HISTORY_AGENT) {
		history_put(a->c, 1, i, total * (1 - share), total * swing);
		history_put(a->c, 2, i, 100 * share, 100 * swing);
		return;
	}
	history_put(a->c, 1, i, total * (1 - share) * 0.6, 0);
	history_put(a->c, 2, i, total * (1 - share), total * swing);
	for (unsigned k = 1; k < 6; k++)
		history_put(a->c, 2 + k, i, total * parts[k], 0);
	history_put(a->c, 8, i, total * share, total * swing);
	history_put(a->c, 9, i, 100 * share, 100 * swing);
}

/* Share of a file system: /var fills slowly, on every fourth server fast enough to be full within
 * months and cleaned up at 92 %, on half of them not at all; the system's own hardly moves. */
static double
disk_share(const struct ask *a, size_t i)
{
	double days = (double)i * HISTORY_CELL / DAY, u = history_noise(a->h, 23, a->node, 0);
	double begin = 0.38 + 0.12 * u, a_day;

	if (strcmp(a->def->instance, "var") != 0)
		return 0.415 + 0.02 * u + 0.002 * history_drift(a->h, 30, a->node, i, 288);
	a_day = a->n->number % 4 == 1	? 0.0021 + 0.0006 * u
		: a->n->number % 4 == 3 ? 0.00025 + 0.0001 * u
					: 0;
	return begin + fmod(a_day * days, 0.92 - begin) +
	       0.004 * history_drift(a->h, 24, a->node, i, 96);
}

/* A file system. */
static void
model_filesystem(const struct ask *a, size_t i)
{
	double share = disk_share(a, i);
	double total = (strcmp(a->def->instance, "var") == 0 ? 200 : 50) * GIB;

	history_put(a->c, 0, i, total, 0);
	if (a->n->kind != HISTORY_AGENT) {
		history_put(a->c, 1, i, total * share, 0);
		history_put(a->c, 2, i, 100 * share, 0);
		history_put(a->c, 3, i, 0, 0);
		return;
	}
	history_put(a->c, 1, i, total * (1 - share), 0);
	history_put(a->c, 2, i, total * share, 0);
	history_put(a->c, 3, i, 100 * share, 0);
	history_put(a->c, 4, i, 3276800, 0);
	history_put(a->c, 5, i, 3276800 * (1 - share / 4), 0);
	history_put(a->c, 6, i, 25 * share, 0);
	history_put(a->c, 7, i, 0, 0);
}

/* Bytes a second. */
static void
model_network(const struct ask *a, size_t i)
{
	double in =
	    2.5e6 * (0.15 + a->h->work[i]) * (1 + 0.3 * history_noise(a->h, 25, a->node, i));

	history_put(a->c, 0, i, in, in * 0.5);
	history_put(a->c, 1, i, in * 2.5, in);
	history_put(a->c, 2, i, 0, 0);
	history_put(a->c, 3, i, 1, 0);
}

/* The probes of a server. */
static void
model_thermal(const struct ask *a, size_t i)
{
	double place = history_place(a->h, a->n), cpu = history_cpu(a->h, a->n, i);
	double watts = history_watts(a->h, a->n, i);
	const double over[] = { 0, 6 + 8 * cpu, 18 + 30 * cpu };

	for (unsigned f = 0; f < 3; f++)
		for (unsigned k = 0; k < 3; k++)
			a->c->v[k][f][i] = a->h->air[a->n->zone][k][i] + place + over[f] +
					   (k == CELL_LEAST	? -0.05
					       : k == CELL_MOST ? 0.05
								: 0);
	history_put(a->c, 3, i, watts, watts * 0.04);
}

/* Time since the last start: after each silence of a server a new one. */
static void
model_uptime(const struct ask *a)
{
	const struct era *h = a->h;
	int64_t boot =
	    a->n->born_s > h->from_s
		? a->n->born_s
		: h->from_s - (int64_t)(DAY * (40 + 30 * history_noise(h, 26, a->node, 0)));
	size_t k = 0;
	double step = a->def->step_s;

	for (size_t i = 0; i < a->c->n; i++) {
		for (; k < h->nevents && h->events[k].from_s <= history_time(h, i); k++)
			if (h->events[k].node == a->node &&
			    (h->events[k].kind == EVENT_SERVER_DOWN ||
				h->events[k].kind == EVENT_MAINTENANCE))
				boot = h->events[k].to_s;
		double least = fmax(0, (double)(history_time(h, i) - boot) + step);
		double most = fmax(0, (double)(history_time(h, i) - boot) + HISTORY_CELL);
		a->c->v[CELL_LEAST][0][i] = least;
		a->c->v[CELL_MOST][0][i] = most;
		a->c->v[CELL_MEAN][0][i] = (least + most) / 2;
	}
	a->c->ramp[0] = true;
}

/* The gateway's own. */
static void
model_gateway(const struct ask *a, size_t i)
{
	const double v[] = { 12, 0, 22, 0, 0, 0, 0, 0, 0.002, 65536, 0.0005 };

	for (unsigned f = 0; f < a->def->nfields; f++)
		history_put(a->c, f, i, v[f], f == 8 ? 0.001 : 0);
}

/* Round trips of a link: longer by day, and each its own. */
static void
model_link(const struct ask *a, size_t i)
{
	double base = 0.004 + 0.003 * (1 + history_noise(a->h, 27, a->node, 0));
	double rtt =
	    base * (1 + 0.8 * a->h->work[i]) * (1 + 0.15 * history_noise(a->h, 28, a->node, i));
	double burst = history_noise(a->h, 29, a->node, i / 3);

	history_put(a->c, 0, i, 1, 0);
	if (strcmp(a->def->source, "tcp") == 0) {
		history_put(a->c, 1, i, rtt * 1.2, rtt * 0.2);
		return;
	}
	history_put(a->c, 1, i, rtt, rtt * 0.2);
	history_put(a->c, 2, i, rtt * 0.8, rtt * 0.1);
	history_put(a->c, 3, i, rtt * 1.5, rtt * 0.4);
	history_put(a->c, 4, i, rtt * 0.1, rtt * 0.05);
	history_put(a->c, 5, i, burst > 0.99 ? 2 : 0, burst > 0.99 ? 2 : 0);
}

/* The outages of a link: it is down, nothing comes back. */
static void
overlay_link(const struct ask *a)
{
	for (size_t k = 0; k < a->h->nevents; k++) {
		const struct history_event *ev = &a->h->events[k];
		bool own = ev->node == a->node &&
			   (ev->kind == EVENT_LINK_DOWN || ev->kind == EVENT_LINK_WORKS);
		bool shared = ev->kind == EVENT_SWITCH_DOWN && a->n->number < 8 &&
			      strncmp(a->n->name, "link", 4) == 0;
		if (!own && !shared)
			continue;
		history_overlay(a->h, a->c, 0, ev->from_s, ev->to_s, 0);
		for (unsigned f = 1; f < 5 && f < a->def->nfields; f++)
			history_overlay(a->h, a->c, f, ev->from_s, ev->to_s, NAN);
		if (a->def->nfields > 5)
			history_overlay(a->h, a->c, 5, ev->from_s, ev->to_s, 100);
	}
}

/* What happens to a server beside being down. */
static void
overlay_server(const struct ask *a)
{
	for (size_t k = 0; k < a->h->nevents; k++) {
		const struct history_event *ev = &a->h->events[k];
		if (ev->node != a->node)
			continue;
		if (ev->kind == EVENT_INLET_DEAD && strcmp(a->def->source, "thermal") == 0)
			history_overlay(a->h, a->c, 0, ev->from_s, ev->to_s, NAN);
		if (ev->kind == EVENT_DISK_FILLS && strcmp(a->def->instance, "var") == 0) {
			history_overlay(a->h, a->c, 1, ev->from_s, ev->to_s, 0.97 * 200 * GIB);
			history_overlay(a->h, a->c, 2, ev->from_s, ev->to_s, 97);
		}
	}
}

/* The cells of a series. */
void
history_model(const struct era *h, const struct history_node *n, const struct series_def *def,
    struct history_cells *c)
{
	static const struct {
		const char *source;
		void (*fill)(const struct ask *a, size_t i);
	} fills[] = {
		{ "cpu", model_cpu },
		{ "load", model_load },
		{ "memory", model_memory },
		{ "filesystem", model_filesystem },
		{ "network", model_network },
		{ "thermal", model_thermal },
		{ "gateway", model_gateway },
		{ "icmp", model_link },
		{ "tcp", model_link },
	};
	struct ask a = { h, n, (size_t)(n - h->nodes), def, c };

	if (strcmp(def->source, "uptime") == 0)
		model_uptime(&a);
	for (size_t k = 0; k < sizeof fills / sizeof fills[0]; k++)
		if (strcmp(def->source, fills[k].source) == 0)
			for (size_t i = 0; i < c->n; i++)
				fills[k].fill(&a, i);
	if (n->kind == HISTORY_LINK)
		overlay_link(&a);
	if (n->kind == HISTORY_SERVER)
		overlay_server(&a);
	history_silence_cells(h, a.node, c);
}
