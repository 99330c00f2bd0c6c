/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power: power and energy, PUE, transfers of the UPSs.
 *
 * Energy is the integral of power over the time of which it is known; gaps are not filled, and
 * `known` says how much of the time it is of. Sums of several meters are of rows in which all of
 * them that were there at all in the period are known, but for peaks, where any will do. */
#ifndef COLLECTOR_FIGURES_POWER_H
#define COLLECTOR_FIGURES_POWER_H

#include "collector/report/figures/figures.h"
#include "collector/report/figures/span.h"

struct series;

#define POWER_TOP 10

enum power_use {
	POWER_IT,      /* measure "it-power" */
	POWER_COOLING, /* measure "cooling-power" */
	POWER_SITE     /* measure "site-power": all that the site draws */
};
#define POWER_USES 3

/* A field that holds power. */
struct power_meter {
	const struct series *series;
	unsigned field;
	enum power_use use;
	double kwh; /* over known_s */
	double known_s, total_s;
	double mean_w, peak_w; /* peak: the highest row's average */
	int64_t peak_at_s;
	double counter_kwh; /* what its own counter of energy grew by, resets left out; NAN: none */
};

/* Evenly over the period; NAN: nothing is known. */
struct power_rows {
	int64_t from_s, step_s;
	size_t n;
	double *w;     /* average power of all meters known in it, W */
	double *known; /* part of the meters' time that is known, 0-1 */
};

/* What all meters of a use say. */
struct power_sum {
	size_t nmeters;
	size_t nblind;		 /* of them nothing is known in the period */
	double kwh;		 /* NAN: there is no meter, or nothing is known */
	double known_s, total_s; /* meter-seconds */
	double mean_w;		 /* kwh over the time that is known */
	double peak_w;		 /* highest sum of the rows' averages */
	int64_t peak_at_s;
	int64_t step_s; /* of rows */
};

/* A local day. */
struct power_day {
	int64_t from_s;
	double kwh[POWER_USES]; /* NAN: nothing is known */
	double known;		/* part of it of which IT power (else any) is known, 0-1 */
};

struct power_zone {
	const struct zone *zone; /* NULL: what stands in no zone */
	struct power_sum it, cooling;
	struct power_rows rows; /* of IT */
};

/* A server, or what else draws power by itself. */
struct power_consumer {
	const struct node *node;
	double kwh, mean_w, peak_w;
	double known_s, total_s;
};

struct power_ups {
	const struct node *node;
	bool measured; /* whether it tells if it is on battery */
	unsigned transfers;
	double longest_s, battery_s; /* on battery: the longest, in all */
	int64_t longest_at_s;
	/* Those of which nobody was told, for maintenance or a silence: a test of the battery. */
	unsigned planned;
	double planned_s;
	double known_s, total_s; /* of what it tells */
	/* NAN: not measured. Load: of its worst phase, %; runtime: the least, s; charge: %. */
	double load_mean, load_max;
	double runtime_min_s;
	int64_t runtime_min_at_s;
	double battery_mean, battery_max; /* temperature, °C */
	double charge_min, charge_last;
	char test[32];	  /* what it says of its last self-test; "": not told */
	char replace[32]; /* likewise of whether the battery must be replaced */
	bool replace_bad;
};

enum power_pue {
	POWER_PUE_NONE,	   /* no site meter, or nothing is known at once */
	POWER_PUE_INTERIM, /* of the period, site / IT */
	POWER_PUE_PARTIAL, /* (IT + cooling) / IT: no site meter, but cooling is measured */
	POWER_PUE_ERROR	   /* it came out below 1 or above 4: a meter is wrong */
};

struct power {
	int64_t from_s; /* of the period */
	int64_t to_s;
	struct power_sum of[POWER_USES];
	/* Of the site's meter, what is neither IT nor (measured) cooling, over the time in which
	 * all are known; NAN: not known. */
	double other_kwh;
	double other_known_s;
	double total_kwh;   /* of the site's meter; else IT and cooling as far as measured */
	bool total_is_site; /* by the site's meter */
	double peak_w;	    /* of the same */
	int64_t peak_at_s;
	enum power_pue pue_kind;
	double pue;	    /* also when it is an error */
	double pue_known_s; /* of the time in which all its meters are known */
	int pue_category;   /* ISO/IEC 30134-2: 1 UPS, 2 PDU, 3 the servers themselves; 0: else */
	double cost;	    /* of total_kwh by report.tariff; NAN: no tariff or no energy */
	const char *currency;
	struct power_meter *meters; /* by use, then as they stand in the site */
	size_t nmeters;
	struct power_zone *zones; /* with any meter */
	size_t nzones;
	struct power_day *days;
	size_t ndays;
	struct power_consumer top[POWER_TOP];
	size_t ntop;
	size_t nconsumers; /* those whose power is measured */
	struct power_ups *ups;
	size_t nups;
};

int power_new(struct power **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void power_free(struct power *v); /* NULL is fine */

#endif
