/* SPDX-License-Identifier: GPL-3.0-or-later */
/* environment_gather: the rows of probes, probe after probe, until all of a zone were seen. */
#ifndef COLLECTOR_ENVIRONMENT_GATHER_H
#define COLLECTOR_ENVIRONMENT_GATHER_H

#include "collector/report/figures/environment.h"
#include "collector/report/figures/raster.h"

/* Values of which a percentile is wanted. */
struct environment_pool {
	double *v;
	size_t n, room;
};

struct environment_sum {
	struct environment_pool pool;
	double weighted; /* values times seconds */
	double known_s, total_s;
	double min, max;
	int64_t step_s;
};

struct environment_gather {
	struct raster inlets;
	struct environment_sum of[ENVIRONMENT_KINDS];
	double excess_high, excess_low; /* K times seconds */
	struct environment_sum months[ENVIRONMENT_MONTHS];
};

struct environment_gather *environment_gather_new(int64_t from_s, int64_t to_s);
void environment_gather_free(struct environment_gather *g);
/* The rows of a probe in the period. */
void environment_gather_probe(
    struct environment_gather *g, enum environment_kind kind, const struct span *s, unsigned field);
/* The rows of an inlet within one month. */
void environment_gather_month(struct environment_gather *g, unsigned month, const struct span *s,
    unsigned field, int64_t from_s, int64_t to_s);
/* What they say, into the zone: everything but the probes that it points to, ranges, and RTI. */
void environment_gather_tell(struct environment_gather *g, struct environment_zone *z);

#endif
