/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens in a simulated past. Some of it is set, so that the last whole month before the end
 * has one of everything: a gap, a zone that warms, a common cause of links; the rest comes by
 * chance at its own rate. The month 200 days before the end is quiet. Two days before the end all
 * is over: what runs on from there finds the site at rest. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/history.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define APART_S (3 * HOUR) /* of two events of a node */

/* How often a kind comes, and how long it lasts. */
static const struct chance {
	enum history_event_kind kind;
	enum history_kind of;
	const char *prefix; /* of the node's name */
	double a_month;
	int64_t least_s;
	int64_t most_s;
} chances[] = {
	{ EVENT_SERVER_DOWN, HISTORY_SERVER, "", 3, 5 * MINUTE, 4 * HOUR },
	{ EVENT_LINK_DOWN, HISTORY_LINK, "link", 9, 2 * MINUTE, 90 * MINUTE },
	{ EVENT_LINK_WORKS, HISTORY_LINK, "link", 1, 30 * MINUTE, 2 * HOUR },
	{ EVENT_SWITCH_DOWN, HISTORY_DEVICE, "switch", 0.3, 4 * MINUTE, 30 * MINUTE },
	{ EVENT_COOLING_FAILS, HISTORY_DEVICE, "cool", 0.7, 6 * MINUTE, 20 * MINUTE },
	{ EVENT_COOLING_SILENT, HISTORY_DEVICE, "cool", 0.7, 10 * MINUTE, 3 * HOUR },
	{ EVENT_BATTERY, HISTORY_DEVICE, "ups", 0.8, MINUTE, 5 * MINUTE },
	{ EVENT_CLOCK_STEP, HISTORY_SERVER, "", 0.2, 10 * MINUTE, 2 * HOUR },
	{ EVENT_DISK_FILLS, HISTORY_SERVER, "", 1, 3 * HOUR, 30 * HOUR },
	{ EVENT_LEAK, HISTORY_DEVICE, "env", 0.2, 20 * MINUTE, 3 * HOUR },
	{ EVENT_FLOOD, HISTORY_SERVER, "", 0.3, 10 * MINUTE, 20 * MINUTE },
	{ EVENT_CHATTER, HISTORY_SERVER, "", 0.5, 3 * HOUR, 9 * HOUR },
	{ EVENT_DOOR, HISTORY_DEVICE, "env", 3, 10 * MINUTE, 50 * MINUTE },
	{ EVENT_COLLECTOR_DOWN, HISTORY_SUMMARY, "site", 0.3, 10 * MINUTE, 60 * MINUTE },
};
#define NCHANCES (sizeof chances / sizeof chances[0])

/* Beginning of the local month that is `back` months before the one of a time. */
static int64_t
month_of(int64_t at_s, int back)
{
	time_t t = (time_t)at_s;
	struct tm tm;

	localtime_r(&t, &tm);
	struct tm first = {
		.tm_year = tm.tm_year, .tm_mon = tm.tm_mon - back, .tm_mday = 1, .tm_isdst = -1
	};
	return (int64_t)mktime(&first);
}

/* Whether nothing may happen at a time. */
static bool
is_quiet(const struct era *h, int64_t from_s, int64_t to_s)
{
	if (from_s < h->from_s + DAY || to_s > h->fine_s - 2 * DAY)
		return true;
	int64_t quiet = month_of(h->end_s - 200 * DAY, 0);
	int64_t over = month_of(h->end_s - 200 * DAY, -1);
	return from_s < over && to_s > quiet - 12 * HOUR;
}

/* Whether something of the node is too near; what concerns all is of every node. */
static bool
is_taken(const struct era *h, size_t node, int64_t from_s, int64_t to_s)
{
	for (size_t k = 0; k < h->nevents; k++) {
		const struct history_event *ev = &h->events[k];
		bool all = ev->kind == EVENT_GAP || ev->kind == EVENT_SWITCH_DOWN ||
			   ev->kind == EVENT_COOLING_FAILS || ev->kind == EVENT_FLOOD;
		if (ev->kind == EVENT_PROBE_DEAD || ev->kind == EVENT_INLET_DEAD ||
		    (ev->node != node && !all))
			continue;
		if (from_s < ev->to_s + APART_S && to_s + APART_S > ev->from_s)
			return true;
	}
	return false;
}

/* Have it happen, if it may. Times are whole minutes. */
static void
add(struct era *h, enum history_event_kind kind, size_t node, int64_t from_s, int64_t length_s)
{
	int64_t from = from_s / MINUTE * MINUTE;
	int64_t to = from + (length_s + MINUTE - 1) / MINUTE * MINUTE;

	if (node >= h->nnodes || h->nevents == HISTORY_MAX_EVENTS || is_quiet(h, from, to) ||
	    from < h->nodes[node].born_s + DAY || is_taken(h, node, from, to))
		return;
	h->events[h->nevents] = (struct history_event){
		.kind = kind, .node = (unsigned)node, .from_s = from, .to_s = to
	};
	h->events[h->nevents].n = (unsigned)h->nevents;
	h->nevents++;
}

/* The i-th node of a kind whose name begins so, counted round; nnodes: there is none. */
static size_t
pick(const struct era *h, enum history_kind of, const char *prefix, uint64_t i)
{
	size_t found[HISTORY_MAX_NODES], n = 0;

	for (size_t k = 0; k < h->nnodes; k++)
		if (h->nodes[k].kind == of &&
		    strncmp(h->nodes[k].name, prefix, strlen(prefix)) == 0 &&
		    (of != HISTORY_DEVICE || strcmp(prefix, "env") != 0 ||
			strstr(h->nodes[k].name, ".zone") != NULL))
			found[n++] = k;
	return n == 0 ? h->nnodes : found[i % n];
}

/* A whole number below n that is always the same. */
static uint64_t
draw(const struct era *h, uint64_t what, uint64_t of, uint64_t n)
{
	return (uint64_t)((history_noise(h, 1000 + what, of, n) + 1) / 2 * 0.999999 * (double)n);
}

/* What comes by chance on a day. */
static void
plot_day(struct era *h, uint64_t day)
{
	for (unsigned k = 0; k < NCHANCES; k++) {
		const struct chance *c = &chances[k];
		if ((history_noise(h, 100 + k, day, 0) + 1) / 2 >= c->a_month / 30)
			continue;
		size_t node = pick(h, c->of, c->prefix, draw(h, k, day * 3, 997));
		int64_t at = (int64_t)(day * DAY + draw(h, k, day * 3 + 1, DAY));
		int64_t span = c->most_s - c->least_s;
		double u = (history_noise(h, 200 + k, day, 1) + 1) / 2;
		add(h, c->kind, node, at, c->least_s + (int64_t)(u * u * (double)span));
	}
}

/* What is planned in a local month: a Sunday's works on servers, tests of UPSs and cooling. */
static void
plot_month(struct era *h, int64_t month_s, unsigned number)
{
	time_t t = (time_t)month_s;
	struct tm tm;

	localtime_r(&t, &tm);
	int64_t sunday = month_s + (7 - tm.tm_wday) % 7 * DAY;
	for (unsigned i = 0; i < 4; i++)
		add(h, EVENT_MAINTENANCE, pick(h, HISTORY_SERVER, "", number * 4 + i),
		    sunday + 2 * HOUR + i * 20 * MINUTE, 20 * MINUTE);
	for (unsigned i = 0; i < 2; i++)
		add(h, EVENT_BATTERY_TEST, pick(h, HISTORY_DEVICE, "ups", i),
		    sunday + 3 * DAY + (10 + i) * HOUR, MINUTE);
	for (unsigned i = 0; i < 4; i++)
		add(h, EVENT_COOLING_TEST, pick(h, HISTORY_DEVICE, "cool", i),
		    sunday + 7 * DAY + (2 + 4 * i) * HOUR, 10 * MINUTE);
}

/* One of everything in the last whole month; longer ago a day of which nothing is known. */
static void
plot_set(struct era *h)
{
	int64_t m = month_of(h->end_s, 1);

	add(h, EVENT_GAP, 0, m + 17 * DAY + 3 * HOUR, 200 * MINUTE);
	add(h, EVENT_GAP, 0, month_of(h->end_s, 5) + 9 * DAY + 11 * HOUR, 26 * HOUR);
	add(h, EVENT_COOLING_FAILS, pick(h, HISTORY_DEVICE, "cool", 1), m + 8 * DAY + 14 * HOUR,
	    18 * MINUTE);
	add(h, EVENT_SWITCH_DOWN, pick(h, HISTORY_DEVICE, "switch", 0), m + 11 * DAY + 9 * HOUR,
	    14 * MINUTE);
	add(h, EVENT_BATTERY, pick(h, HISTORY_DEVICE, "ups", 0), m + 20 * DAY + 16 * HOUR,
	    3 * MINUTE);
	add(h, EVENT_FLOOD, pick(h, HISTORY_SERVER, "", 22), m + 23 * DAY + 5 * HOUR, 10 * MINUTE);
	add(h, EVENT_LEAK, pick(h, HISTORY_DEVICE, "env", 3), m + 25 * DAY + 13 * HOUR,
	    40 * MINUTE);
	add(h, EVENT_COLLECTOR_DOWN, pick(h, HISTORY_SUMMARY, "site", 0), m + 5 * DAY + 20 * HOUR,
	    35 * MINUTE);
	add(h, EVENT_SERVER_DOWN, pick(h, HISTORY_SERVER, "", 4), m + 6 * DAY + 21 * HOUR,
	    100 * MINUTE);
	add(h, EVENT_CLOCK_STEP, pick(h, HISTORY_SERVER, "", 6), m + 2 * DAY + 10 * HOUR,
	    45 * MINUTE);
	add(h, EVENT_CHATTER, pick(h, HISTORY_SERVER, "", 13), m + 15 * DAY + 7 * HOUR, 6 * HOUR);
}

/* Sensors that end one day, for good as far as this past goes. */
static void
plot_dead(struct era *h)
{
	int64_t m = month_of(h->end_s, 1);
	size_t probe = pick(h, HISTORY_DEVICE, "env", 2), server = pick(h, HISTORY_SERVER, "", 11);

	if (m < h->from_s || h->nevents + 2 > HISTORY_MAX_EVENTS)
		return;
	if (probe < h->nnodes)
		h->events[h->nevents++] = (struct history_event){ EVENT_PROBE_DEAD, (unsigned)probe,
			m + 13 * DAY + 6 * HOUR, h->end_s + DAY, 0 };
	if (server < h->nnodes)
		h->events[h->nevents++] = (struct history_event){ EVENT_INLET_DEAD,
			(unsigned)server, m + 19 * DAY + 12 * HOUR, h->end_s + DAY, 0 };
}

/* By time. */
static int
compare_events(const void *a, const void *b)
{
	const struct history_event *x = a, *y = b;

	if (x->from_s != y->from_s)
		return x->from_s < y->from_s ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* All of it. */
void
history_plot(struct era *h)
{
	plot_set(h);
	int64_t month = month_of(h->from_s, 0);
	for (unsigned i = 0; month < h->end_s; month = month_of(h->from_s, -(int)++i))
		plot_month(h, month, i);
	for (int64_t day = h->from_s / DAY; day < h->end_s / DAY; day++)
		plot_day(h, (uint64_t)day);
	plot_dead(h);
	qsort(h->events, h->nevents, sizeof h->events[0], compare_events);
}
