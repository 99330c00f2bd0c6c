/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capacity: how full what is limited is, how fast it fills, and when 80 % and 100 % are reached.
 *
 * A value a day of up to 180 days, of the archive with rows of at least an hour. The trend is the
 * median of the slopes between all pairs of days (Theil and Sen); its interval, of 90 %, is that of
 * Sen (1968), widened for days that are like the day before. Dates go on from the level now, which
 * is the median of the last 7 days with data. */
#ifndef COLLECTOR_FIGURES_CAPACITY_H
#define COLLECTOR_FIGURES_CAPACITY_H

#include "collector/report/figures/figures.h"

#define CAPACITY_MAX_DAYS 180
#define CAPACITY_MIN_DAYS 14
#define CAPACITY_CONFIDENCE 0.90
#define CAPACITY_HORIZON_DAYS (5 * 365)

enum capacity_kind {
	CAPACITY_DISK,	  /* space of a file system, mean of the day */
	CAPACITY_INODES,  /* files of a file system */
	CAPACITY_MEMORY,  /* of a server, mean of the day */
	CAPACITY_CPU,	  /* p95 of the day's hours */
	CAPACITY_UPS,	  /* load, p95 of the day's hours */
	CAPACITY_POWER,	  /* of a PDU or a circuit against what it may carry, p95 */
	CAPACITY_COOLING, /* of a cooling unit, p95 */
	CAPACITY_PORTS,	  /* of a switch: those that are up of all */
	CAPACITY_STORAGE, /* of a device, by SNMP */
	CAPACITY_KINDS
};

enum capacity_outlook {
	CAPACITY_SHORT,	 /* less than 14 days have data */
	CAPACITY_STEADY, /* not growing: the interval of its trend has 0 in it, or is below */
	CAPACITY_GROWS,	 /* the dates are set where they lie within 5 years */
	CAPACITY_FULL	 /* 100 % is reached */
};

/* When a level is reached. */
struct capacity_date {
	int64_t likely_s; /* 0: not within 5 years; -1: it is reached already */
	int64_t early_s;  /* of the interval */
	int64_t late_s;	  /* 0: not within 5 years */
};

/* A robust straight line through values a day. */
struct capacity_fit {
	unsigned days; /* with data */
	double now;    /* the median of the last 7 of them; NAN: none */
	double slope;  /* a day; NAN: fewer than CAPACITY_MIN_DAYS */
	double low;    /* of the interval */
	double high;
};

struct capacity_one {
	enum capacity_kind kind;
	const struct node *node;     /* borrowed */
	const struct series *series; /* or NULL: of many series */
	const char *instance;	     /* "root"; "" */
	unsigned field;
	double size;		 /* what 100 % is, in the unit; NAN: only percents are known */
	char unit[16];		 /* of size: "By", "W", "A", "1" */
	struct capacity_fit fit; /* of percents: 0-100 */
	enum capacity_outlook outlook;
	struct capacity_date at80;
	struct capacity_date at100;
	double *days; /* CAPACITY_MAX_DAYS of them, %, the last is that of the end; NAN */
};

struct capacity {
	int64_t from_s; /* of the period */
	int64_t to_s;
	int64_t end_s; /* days up to here count: its end, or that of the data */
	struct capacity_one
	    *ones; /* worst first: the one that reaches 100 % first, then the fullest */
	size_t nones;
	unsigned of_kind[CAPACITY_KINDS]; /* how many; 0: it is not measured */
};

int capacity_new(struct capacity **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void capacity_free(struct capacity *v); /* NULL is fine */

/* The line through a value a day, NAN where there is none; the last is that of the last day. Pure.
 */
void capacity_fit(struct capacity_fit *f, const double *values, size_t n);
/* When the line reaches the level, from the end of the last day on. Pure. */
struct capacity_date capacity_reach(const struct capacity_fit *f, double level, int64_t end_s);
/* What the line says. Pure. */
enum capacity_outlook capacity_outlook(const struct capacity_fit *f);

#endif
