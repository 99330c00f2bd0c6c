/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cooling: the cooling plant: run hours, starts, rotation, filters, water.
 *
 * Whether a unit runs follows from its mode (measure "cools"; else a state named so), else from its
 * fans. Within a row of several samples the lowest and highest state are known, and by the average
 * how much of the row each had. Starts and stops within a row of the archive are not seen. */
#ifndef COLLECTOR_FIGURES_COOLING_H
#define COLLECTOR_FIGURES_COOLING_H

#include "collector/report/figures/figures.h"
#include "collector/report/figures/span.h"

struct series;

#define COOLING_SETPOINTS 16

/* How the unit's running is known. */
enum cooling_by {
	COOLING_BY_NOTHING,
	COOLING_BY_MODE,
	COOLING_BY_FAN
};

/* A mean and a maximum, NAN: not measured. */
struct cooling_level {
	double mean, max;
	double known_s;
};

struct cooling_unit {
	const struct node *node;
	enum cooling_by by;
	double run_s; /* of known_s */
	double known_s, total_s;
	unsigned starts, stops;
	int64_t step_s;			 /* of the rows they were seen in */
	double counter_h;		 /* what its own counter of run hours grew by; NAN: none */
	double counter_last_h;		 /* where it stands; NAN */
	struct cooling_level fan;	 /* %, else 1/min */
	const char *fan_unit;		 /* "%", "rpm"; NULL: not measured */
	struct cooling_level compressor; /* likewise */
	const char *compressor_unit;
	struct cooling_level supply, ret; /* °C */
	struct cooling_level output;	  /* W of heat */
	struct cooling_level filter;	  /* pressure over it, Pa */
	double filter_last;
	double *run; /* part of each day that it ran, 0-1; NAN: not known; cooling.ndays of them */
};

/* A contact: water, smoke, condensate, filter, door. */
enum cooling_contact_kind {
	COOLING_WATER,
	COOLING_SMOKE,
	COOLING_FILTER,
	COOLING_DOOR,
	COOLING_OTHER
};

struct cooling_contact {
	const struct series *series;
	unsigned field;
	enum cooling_contact_kind kind;
	const char *label; /* what the device calls it */
	unsigned times;	   /* it went from good to bad, as rows show */
	double bad_s;	   /* of known_s */
	double known_s, total_s;
	int64_t last_at_s; /* when it was bad last: the beginning of that row; 0: never */
};

/* A set point that was changed. */
struct cooling_setpoint {
	const struct series *series;
	unsigned field;
	int64_t at_s;
	double before, after;
};

struct cooling_zone {
	const struct zone *zone; /* NULL: what serves the whole site */
	size_t nunits;
	/* Of two units or more: how often another than before bore the load, and how much of the
	 * time none, one, more ran; seconds of rows in which all are known. */
	unsigned rotations;
	double none_s, one_s, more_s;
	double output_mean_w; /* heat taken out; NAN: not measured */
	double it_mean_w;     /* IT power there; NAN: not measured */
};

struct cooling {
	int64_t from_s; /* of the period */
	int64_t to_s;
	struct cooling_unit *units; /* as they stand in the site */
	size_t nunits;
	size_t ndays;
	struct cooling_zone *zones; /* that any unit serves */
	size_t nzones;
	struct cooling_contact *contacts; /* the worst first */
	size_t ncontacts;
	struct cooling_setpoint setpoints[COOLING_SETPOINTS]; /* the last ones, by time */
	size_t nsetpoints;
	size_t nsetpoint_fields; /* set points of which anything is known */
	unsigned setpoint_changes;
};

int cooling_new(struct cooling **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void cooling_free(struct cooling *v); /* NULL is fine */

#endif
