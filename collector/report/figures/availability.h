/* SPDX-License-Identifier: GPL-3.0-or-later */
/* availability: how long zones, servers, cooling units, UPSs, links and other devices were up,
 * down, or not known, each moment of the time in exactly one of these:
 *
 *   absent     before the first sample there ever was of it: it is counted from there on
 *   unknown    "no data": nothing is known of it. Neither up nor down, and left out of the part
 *   planned    down within maintenance, a window of the configuration, or out of service
 *   unplanned  down otherwise
 *   up         all else
 *
 * How a moment is judged:
 * - What says of itself how it is, is taken at its word: a link by its probe's `up`; a cooling unit
 *   by the fields of the measure `cools` and its mode (down: it does not cool; standing by, it is
 *   up while another unit of a zone that it serves runs); a UPS by what feeds its output (up: the
 * mains or the battery; down: nothing, or bypass). Rows of RRDs give it, and a row in two states is
 * split exactly by its average between its minimum and maximum; alerts on these fields tell where
 * in a row. Their silence says nothing of them: no data.
 * - All else is up while samples of it exist, whenever they came: what was sent late proves that
 *   it ran. So does an hour of which the ledger has all samples, where rows are too coarse to tell.
 * - Where there are no samples, it is down while an alert says that the node is silent by itself:
 *   from the last that was heard of it to the end of the alert, to the millisecond. Silence that
 *   follows from another's (gateway, device, power), time in which the collector was away or
 *   nothing at all was stored, and all other time without samples, is no data.
 * - A zone is down while a critical alert about its air, cooling or power stands that has the zone
 *   or the site as its place, from when its condition began to hold; no data while none of its
 *   inlets is known (of a zone without inlets: none of its nodes).
 *
 * Part = up / (up + unplanned); of what less than half is known, from its first sample on, none.
 * MTBF = up / outages, MTTR = unplanned / outages; outages are the unplanned ones; of rows, they
 * are one when less than a row, or 5 min, lies between them. An outage over the edge of the period
 * counts with its time within. Of a link, what several links went down by together is in here;
 * links.h splits it off. */
#ifndef COLLECTOR_FIGURES_AVAILABILITY_H
#define COLLECTOR_FIGURES_AVAILABILITY_H

#include <stdbool.h>

#include "collector/report/figures/figures.h"

enum availability_kind {
	AVAILABILITY_ZONE,
	AVAILABILITY_SERVER,
	AVAILABILITY_COOLING,
	AVAILABILITY_UPS,
	AVAILABILITY_LINK,
	AVAILABILITY_DEVICE, /* others: switches, PDUs, controllers; not what hangs on one */
	AVAILABILITY_KINDS
};

enum availability_met {
	AVAILABILITY_MET,
	AVAILABILITY_MISSED,
	AVAILABILITY_UNJUDGED /* no target, or nothing known */
};

/* So long it was so, in seconds. */
struct availability_time {
	double up_s;
	double planned_s;
	double unplanned_s;
	double unknown_s;
	double absent_s;
};

/* A time when it was down and that was not planned, within the period. */
struct availability_outage {
	int64_t from_ms;
	int64_t to_ms;
	double down_s; /* of it; less where it came and went */
	bool before;   /* it began before the period */
	bool open;     /* it was not over at the end */
};

struct availability_one {
	enum availability_kind kind;
	const struct node *node; /* NULL of a zone */
	const struct zone *zone; /* where it is; NULL: the site */
	struct availability_time time;
	struct availability_time *days; /* availability.ndays of them */
	double part;			/* 0-1; NAN: nothing known */
	double target;			/* 0-1; NAN: none */
	enum availability_met met;
	struct availability_outage *outages; /* by time */
	size_t noutages;
	double longest_s;     /* 0: none */
	int64_t longest_at_s; /* 0: none */
	double mtbf_s;	      /* NAN: no outage; so mttr_s */
	double mttr_s;
};

/* All of a kind. */
struct availability_kind_sum {
	unsigned n;
	unsigned met;
	unsigned missed; /* n - met - missed: not judged */
	struct availability_time time;
	double part; /* of all their time; NAN */
	double target;
	unsigned outages;
	double mtbf_s;
	double mttr_s;
};

struct availability {
	int64_t from_s; /* of the period */
	int64_t to_s;	/* its end, or that of the data: what is not yet is not judged */
	size_t ndays;	/* local days of the period, all of them */
	int64_t *days;	/* ndays + 1 midnights */
	struct availability_one *ones; /* by kind; worst first, then by name */
	size_t nones;
	struct availability_kind_sum sums[AVAILABILITY_KINDS];
};

int availability_new(struct availability **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void availability_free(struct availability *v); /* NULL is fine */
/* Up of what is judged; NAN of what less than half is known of, while it was there. Pure. */
double availability_part(const struct availability_time *t);
/* Those of a kind lie together: the first of them; *n may be 0. */
const struct availability_one *availability_of(
    const struct availability *v, enum availability_kind kind, size_t *n);
/* The same node or zone in the period before, or NULL. */
const struct availability_one *availability_same(
    const struct availability *before, const struct availability_one *one);

#endif
