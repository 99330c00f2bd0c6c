/* SPDX-License-Identifier: GPL-3.0-or-later */
/* completeness: which part of the expected samples is there, and why others are not.
 *
 * Samples are counted by the ledger (collector/ledger.h), to the sample: completeness is received /
 * expected, of whole UTC hours that begin in the period. Missing is what is expected and neither
 * received, nor came empty, nor was let go by the sender's spool. Where the ledger does not reach
 * back (the history is younger, or of an older program), what is known of the rows of the node's
 * fastest series stands in its place, and is named as such.
 *
 * Gaps are rows of that series without data, 5 minutes each or longer (row_s), two or more of them:
 * the reason of a gap is what covers most of it. */
#ifndef COLLECTOR_FIGURES_COMPLETENESS_H
#define COLLECTOR_FIGURES_COMPLETENESS_H

#include <stdbool.h>

#include "collector/report/figures/figures.h"

struct completeness_sum {
	uint64_t expected;
	uint64_t received; /* late ones among them */
	uint64_t late;
	uint64_t empty;
	uint64_t thinned;
	uint64_t dropped;
	uint64_t missing;
	double part; /* received / expected, 0-1; NAN: nothing was expected */
};

struct completeness_one {
	const char *name;	 /* of the node or the zone */
	const struct zone *zone; /* NULL: the site itself */
	const struct node *node; /* NULL: of a zone; of a node that is no longer configured */
	struct completeness_sum sum;
	double covered; /* part of the time of which the rows are known, 0-1; NAN: no rows */
	double gap_s;	/* in its gaps */
};

enum completeness_reason {
	GAP_SILENT,	 /* it was silent by itself */
	GAP_UNREACHABLE, /* because of another */
	GAP_COLLECTOR,	 /* the collector was away */
	GAP_PLANNED,	 /* maintenance, or out of service */
	GAP_CLOCK,	 /* its clock was set back then */
	GAP_UNEXPLAINED, /* nothing is told of it */
	GAP_REASONS
};

struct completeness_gap {
	int64_t from_s;
	int64_t to_s;
	enum completeness_reason reason;
	const char *because;	  /* the other's name; "" */
	const struct node *first; /* of those that have just this gap */
	unsigned nodes;
	bool open; /* to the end of the period or of the data */
};

enum completeness_sensor_kind {
	SENSOR_DEAD, /* no sample in all the period, though its node sent others */
	SENSOR_GONE, /* its node leaves it out */
	SENSOR_FLAT, /* an alert said so; likewise below */
	SENSOR_IMPLAUSIBLE
};

/* What figures do not count, or should be doubted. */
struct completeness_sensor {
	enum completeness_sensor_kind kind;
	const char *node;
	const char *series;
	const char *field; /* "": all of it */
	int64_t since_s;   /* of its last sample; of the alert */
	int64_t to_s;	   /* 0: till now */
};

/* An archive of the configuration. */
struct completeness_archive {
	int64_t step_s;
	int64_t keep_s;
	bool covers; /* it reaches back to the beginning of the period */
};

struct completeness {
	int64_t from_s; /* of the period, or as far as there are data */
	int64_t to_s;
	int64_t ledger_s;    /* from when on samples are counted; to_s: not at all */
	int64_t ledger_to_s; /* till when; 0: not at all */
	bool counted;	     /* in all of the period */
	int64_t row_s;	     /* of the rows in which gaps are found; 0: there are none */
	double part;	     /* 0-1: of samples if they are counted, else of rows; NAN: not known */
	struct completeness_one all;
	struct completeness_one *zones; /* that have nodes; the site's own last */
	size_t nzones;
	struct completeness_one *nodes; /* the least complete first */
	size_t nnodes;
	struct completeness_gap *gaps; /* the longest first */
	size_t ngaps;
	double gap_s[GAP_REASONS]; /* of all nodes together */
	double away_s;		   /* in which the collector was away */
	struct completeness_sensor *sensors;
	size_t nsensors;
	struct completeness_archive *archives; /* the finest first */
	size_t narchives;
};

int completeness_new(struct completeness **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void completeness_free(struct completeness *v); /* NULL is fine */

/* What a tally comes to. Pure. */
void completeness_judge(struct completeness_sum *s);

#endif
