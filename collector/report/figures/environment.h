/* SPDX-License-Identifier: GPL-3.0-or-later */
/* environment: the air at the inlets: temperature, humidity, dew point, ASHRAE ranges, RCI, RTI.
 *
 * Every probe's known rows weigh their length, every probe as much as another: a zone's mean is
 * that of all its probes' rows, its p95 the 95th percentile of all of them. */
#ifndef COLLECTOR_FIGURES_ENVIRONMENT_H
#define COLLECTOR_FIGURES_ENVIRONMENT_H

#include "collector/report/figures/figures.h"
#include "collector/report/figures/span.h"

struct series;

enum environment_kind {
	ENVIRONMENT_INLET,    /* °C */
	ENVIRONMENT_HUMIDITY, /* % */
	ENVIRONMENT_DEWPOINT  /* °C */
};
#define ENVIRONMENT_KINDS 3
#define ENVIRONMENT_MONTHS 12

/* So long beyond the allowable range, or so long and such a part of the time beyond the recommended
 * one, a zone's air is worth a word. */
#define ENVIRONMENT_HOT_S 300
#define ENVIRONMENT_WARM_S 3600
#define ENVIRONMENT_WARM_PART 0.01

/* ASHRAE TC9.9, 2021: recommended for A1 to A4, allowable for A1. */
struct environment_limits {
	double allowable_low, recommended_low, recommended_high, allowable_high;
};
extern const struct environment_limits environment_limits[ENVIRONMENT_KINDS];

/* Seconds of known rows by where their average lies; of several probes, the sum of all theirs. */
struct environment_ranges {
	double recommended_s;
	double allowable_s; /* beyond recommended, within allowable */
	double outside_s;
};

/* A measuring point. */
struct environment_probe {
	const struct series *series;
	unsigned field;
	enum environment_kind kind;
	struct stats stats;
	struct environment_ranges in;
	double rise;	     /* most in rise_over_s, of rows' averages, K; NAN: not known */
	int64_t rise_at_s;   /* when that began */
	int64_t rise_over_s; /* 900, or the least that the rows have */
};

/* A quantity in a zone, of all its probes. */
struct environment_quantity {
	size_t nprobes;
	size_t nblind;	/* of them nothing is known in the period */
	double known_s; /* probe-seconds */
	double total_s;
	double mean, min, p95, max;			       /* NAN: nothing is known */
	const struct environment_probe *min_probe, *max_probe; /* or NULL */
	int64_t min_at_s, max_at_s;
	int64_t step_s; /* of the rows that p95 is of: the longest, if they differ; 0: none */
	struct environment_ranges in;
};

/* A calendar month of the inlets, from rows of an hour or what there is. */
struct environment_month {
	int64_t from_s, to_s;
	double p95, min, max, mean; /* NAN: nothing is known */
	double known;		    /* part of probe-seconds, 0-1 */
	int64_t step_s;
};

/* The zone's inlets over the period, evenly. NAN: nothing is known. */
struct environment_band {
	int64_t from_s, step_s;
	size_t n;
	double *mean, *min, *max;
};

struct environment_zone {
	const struct zone *zone; /* NULL: what stands in no zone; of `all`: the whole */
	struct environment_quantity of[ENVIRONMENT_KINDS];
	/* Of the time of which any inlet is known: while any of them was beyond. */
	double beyond_recommended_s, beyond_allowable_s;
	double known_s;
	/* Herrlin's rack cooling indices, %, of all rows of all inlets; NAN: not known. */
	double rci_high, rci_low;
	/* Return temperature index, %: NAN where any of these is: */
	double rti;
	double supply, ret; /* means of supply and return air */
	double it_rise;	    /* mean of the servers' exhausts less that of their inlets */
	const struct environment_probe *rise; /* the one that rose fastest, or NULL */
	double limit;			      /* °C where its servers must go off; NAN of `all` */
	struct environment_band band;
	/* The twelve that end with the period's last; of `all` nothing is known of them. */
	struct environment_month months[ENVIRONMENT_MONTHS];
};

struct environment {
	int64_t from_s; /* of the period */
	int64_t to_s;
	struct environment_zone *zones; /* with any probe, as configured; last: of no zone */
	size_t nzones;
	struct environment_zone all;	  /* the report's zone or the whole site */
	struct environment_probe *probes; /* by kind; in a kind the warmest (most) first; */
	size_t nprobes;			  /* those of which nothing is known last */
};

int environment_new(struct environment **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void environment_free(struct environment *v); /* NULL is fine */

#endif
