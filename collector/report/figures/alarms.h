/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms: how good the alarms were, by EEMUA 191 and ISA-18.2: how many, how they were spread,
 * which were a nuisance. The same counts as on the page of figures (alert/history_stats.c): an
 * alert belongs to the local day on which it fired; load is what people were told of, while muted,
 * late ones and consequences are counted apart. Floods: windows of ten minutes on the clock; one
 * with more than 10 begins a flood, one with fewer than 5 ends it. Stale: stood for more than 24 h
 * up to the period's end. Fleeting: over within a minute, and nobody had acknowledged it. */
#ifndef COLLECTOR_FIGURES_ALARMS_H
#define COLLECTOR_FIGURES_ALARMS_H

#include <stdbool.h>

#include "collector/report/figures/figures.h"

#define ALARMS_TOP 10

/* What the standards ask. */
#define ALARMS_PER_DAY_GOOD 144 /* 1 in 10 min: EEMUA 191 */
#define ALARMS_PER_DAY_MOST 300 /* ISA-18.2: manageable at the most */
#define ALARMS_FLOOD_PART 0.01	/* ISA-18.2: of the time */
#define ALARMS_STALE_MOST 4	/* ISA-18.2: fewer than 5 on any day */
#define ALARMS_SPLIT_INFO 0.80	/* low */
#define ALARMS_SPLIT_WARNING 0.15
#define ALARMS_SPLIT_CRITICAL 0.05

struct alarms_day {
	int64_t from_s; /* local midnight */
	unsigned alarms;
	unsigned of_severity[3]; /* by enum wire_severity */
	unsigned flood_windows;	 /* of ten minutes, within floods */
};

/* A rule, or a rule on one subject; texts are the annals'. */
struct alarms_top {
	const char *rule;
	const char *title; /* English */
	const char *zone;  /* "" of the site; NULL: of all (by rule) */
	const char *rack;  /* NULL likewise; so all below */
	const char *node;
	const char *series;
	const char *field;
	unsigned alarms;
	double part; /* of the load */
};

/* How many a rule has; of every rule that has any. */
struct alarms_count {
	const char *rule;
	unsigned alarms;
};

struct alarms_chatter {
	const char *zone;
	const char *subject;
	unsigned times;
};

struct alarms_stale {
	const struct annals_alert *alert;
	double seconds; /* it stood so long, up to the end */
	bool open;
};

/* What was kept from people. */
struct alarms_silence {
	const struct silence *silence; /* the annals' */
	int64_t from_s;		       /* within the period */
	int64_t to_s;
	unsigned times; /* that it was in force in it */
	double lasted_s;
	unsigned alerts; /* that fired while it covered them */
};

struct alarms_flood {
	int64_t from_s;
	int64_t to_s;
	unsigned alarms;
};

struct alarms {
	int64_t from_s; /* of the period */
	int64_t to_s;	/* its end, or that of the data */
	unsigned total; /* the load */
	unsigned muted;
	unsigned late;
	unsigned consequences;
	unsigned fleeting;
	unsigned of_severity[3];
	double split[3]; /* parts of the load; NAN of none */
	struct alarms_day *days;
	size_t ndays;
	double per_day;	    /* mean; NAN of no time */
	unsigned worst_day; /* in days, if total > 0 */
	unsigned days_over; /* with more than ALARMS_PER_DAY_GOOD */
	unsigned most_in_10min;
	struct alarms_flood *floods; /* by time */
	size_t nfloods;
	unsigned windows_over; /* with more than 10 */
	unsigned flood_windows;
	double flood_part;	  /* of the time in floods */
	double windows_over_part; /* of all windows */
	struct alarms_top rules[ALARMS_TOP];
	size_t nrules;
	struct alarms_count *counts; /* by rule */
	size_t ncounts;
	struct alarms_top subjects[ALARMS_TOP];
	size_t nsubjects;
	double top_part;		 /* of the load by the ten subjects */
	struct alarms_chatter *chatters; /* most first */
	size_t nchatters;
	struct alarms_stale *stale; /* longest first */
	size_t nstale;
	struct alarms_silence *silences; /* by time */
	size_t nsilences;
};

int alarms_new(struct alarms **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void alarms_free(struct alarms *v); /* NULL is fine */
/* How many of the load a rule has. */
unsigned alarms_of_rule(const struct alarms *v, const char *rule);

#endif
