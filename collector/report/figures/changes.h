/* SPDX-License-Identifier: GPL-3.0-or-later */
/* changes: what became of the site: nodes and series that came and went, limits, configurations,
 * starts of the collector, machines that started anew. Maintenance is in alarms.h. */
#ifndef COLLECTOR_FIGURES_CHANGES_H
#define COLLECTOR_FIGURES_CHANGES_H

#include "collector/report/figures/figures.h"

enum changes_kind {
	CHANGES_NODE_NEW,   /* its first data; not of those that were there from the beginning */
	CHANGES_NODE_GONE,  /* the configuration no longer has it */
	CHANGES_SERIES_NEW, /* sensors, disks, ports of a node that was there before */
	CHANGES_SERIES_GONE,
	CHANGES_LIMIT,	/* of a rule: before and after */
	CHANGES_CONFIG, /* another configuration: revisions before and after */
	CHANGES_START,	/* of the collector */
	CHANGES_REBOOT, /* of a machine or device: its uptime went back */
	CHANGES_KINDS
};

struct changes_one {
	enum changes_kind kind;
	int64_t time_s;
	const struct node *node; /* or NULL */
	const char *name;	 /* of a node that is no more; the rule; the revision; never NULL */
	const char *text; /* series; "KEY BEFORE -> AFTER"; the revision before; never NULL */
	double away_s;	  /* of the collector's start: so long it was away; NAN: not known */
};

struct changes {
	int64_t from_s; /* of the period */
	int64_t to_s;
	struct changes_one *ones; /* by time, then kind, then name */
	size_t nones;
	unsigned left_out; /* for there were too many */
	unsigned of_kind[CHANGES_KINDS];
	int64_t began_s; /* monitoring began in the period, then; 0: before it */
	unsigned began;	 /* with so many nodes */
};

int changes_new(struct changes **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void changes_free(struct changes *v); /* NULL is fine */

struct span;
/* When a machine started anew, as the rows of its uptime (s) say, in [from_s, to_s): at most n
 * moments; returns how many. Two within 20 minutes count as one. Pure. */
size_t changes_starts(
    int64_t *at_s, size_t n, const struct span *s, unsigned field, int64_t from_s, int64_t to_s);

#endif
