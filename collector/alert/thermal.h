/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thermal: the air of a zone: how warm its inlets are, how fast they warm, whether it is cooled,
 * and how long until the servers must go off. Pure.
 *
 * A room whose cooling stops heats at a rate that is highest at first and decays (Khankari, ASHRAE
 * Transactions 2011): T(t) = T0 + r tau (1 - exp(-t / tau)). r is the slope of the last minute, or,
 * while that says little yet, what the zone did at its earlier cooling events, by its load; tau is
 * learned from those; with none it is infinite, which is on the safe side. */
#ifndef COLLECTOR_THERMAL_H
#define COLLECTOR_THERMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/metric.h"

/* An inlet that rises faster than this counts as rising, K/min. */
#define THERMAL_RISING 0.3

/* A time that is longer than this is none that matters; latest_s ends here where the limit may
 * never be reached. */
#define THERMAL_FAR_S 21600.0

struct thermal;

/* The air of a zone, now. */
struct zone_air {
	unsigned inlets;	      /* with a live, plausible value */
	unsigned rising;	      /* of them */
	double hottest;		      /* °C; NAN: no inlet */
	char node[NAME_MAX_NODE + 1]; /* of the hottest */
	uint32_t sid;		      /* likewise; 0: none */
	unsigned field;
	double mean;	/* of the inlets */
	double rate;	/* K/min, of the median inlet's last minute; NAN: too little is known */
	double limit;	/* critical inlet, °C */
	unsigned units; /* cooling units of the zone that are known */
	unsigned off;	/* of them do not cool: off, failed, or silent */
	int64_t off_ms; /* when the last of those that are off stopped; 0: none is */
	double supply;	/* the warmest live supply air, °C; NAN */
	double power;	/* IT load of the zone, W; NAN: not measured */
	/* Until the limit, s: best estimate, and the earliest and latest that are likely. NAN: it
	 * is not being approached. 0: it is reached. */
	double left_s;
	double earliest_s;
	double latest_s;
	unsigned learned; /* cooling events that the estimate rests on */
};

/* What a cooling event taught; kept in the history. */
struct thermal_event {
	char zone[NAME_MAX_NODE + 1];
	int64_t began_ms;
	double first_rate; /* K/min in its first two minutes */
	double tau_s;	   /* NAN: it was too short to tell */
	double power;	   /* W; NAN */
	double rise;	   /* K in all */
};

struct thermal *thermal_new(double limit);
void thermal_free(struct thermal *t); /* NULL is fine */
/* An inlet's reading, in order of time. key: the series' number and the field. */
void thermal_inlet(
    struct thermal *t, uint32_t sid, unsigned field, const char *node, int64_t at_ms, double value);
/* The hottest inlet as of the last reading; all else of *air is as of the last tick. */
void thermal_hottest(const struct thermal *t, struct zone_air *air);
/* A cooling unit's state: whether it cools; since when not. */
void thermal_unit(struct thermal *t, unsigned index, bool cools, int64_t since_ms);
void thermal_supply(struct thermal *t, uint32_t sid, int64_t at_ms, double value);
void thermal_power(struct thermal *t, double watts);
/* Takes back what was learned. */
void thermal_learn(struct thermal *t, const struct thermal_event *ev);
/* Sums up; call each second. learned (may be NULL) is called when a cooling event ended that taught
 * something. */
void thermal_tick(struct thermal *t, int64_t now_ms, struct zone_air *air,
    void (*learned)(void *arg, const struct thermal_event *ev), void *arg);

#endif
