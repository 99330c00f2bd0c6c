/* SPDX-License-Identifier: GPL-3.0-or-later */
/* changes: what was done to the site and what became of it: maintenance, silences, nodes and series
 * that came and went, limits, starts of the collector, machines that started anew. */
#ifndef COLLECTOR_FIGURES_CHANGES_H
#define COLLECTOR_FIGURES_CHANGES_H

#include "collector/report/figures/figures.h"

/* A silence, maintenance or time out of service; texts are the annals'. */
struct changes_work {
	const struct silence *silence;
	int64_t from_s; /* within the period; of a recurring one, its first time in it */
	int64_t to_s;	/* of a recurring one, its last */
	unsigned times; /* that it was in force: 1, or more of a recurring one */
	double lasted_s;
	bool open; /* in force still at the period's end */
};

enum changes_kind {
	CHANGES_NODE_NEW,   /* its first data */
	CHANGES_NODE_GONE,  /* no data any more, or left out of the configuration */
	CHANGES_SERIES_NEW, /* a sensor, disk or port of a node that was there before */
	CHANGES_SERIES_GONE,
	CHANGES_LIMIT,	/* a rule's limit: before and after */
	CHANGES_START,	/* of the collector */
	CHANGES_UPDATE, /* likewise, with another version */
	CHANGES_REBOOT, /* of a machine or device: its uptime went back */
	CHANGES_OTHER,	/* an act of an operator that changes something */
	CHANGES_KINDS
};

struct changes_one {
	enum changes_kind kind;
	int64_t time_s;
	const struct node *node; /* or NULL */
	const char *what;	 /* series, rule, version; never NULL */
	const char *text;	 /* before -> after, or what was said; never NULL */
	const char *author;	 /* "" of none */
	double down_s;		 /* of a restart: time without data before it; NAN: not known */
};

struct changes {
	int64_t from_s; /* of the period */
	int64_t to_s;
	struct changes_work *works; /* by time */
	size_t nworks;
	struct changes_one *ones; /* by kind, then time, then node */
	size_t nones;
	unsigned of_kind[CHANGES_KINDS];
};

int changes_new(struct changes **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void changes_free(struct changes *v); /* NULL is fine */

#endif
