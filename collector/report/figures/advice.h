/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advice: what should be done, by rules over all figures: a table of kinds, each with what it looks
 * for and how much it weighs. Language-free: the sections say it. */
#ifndef COLLECTOR_FIGURES_ADVICE_H
#define COLLECTOR_FIGURES_ADVICE_H

#include "collector/report/figures/figures.h"

#define ADVICE_MAX_KEY 160
#define ADVICE_MAX 60 /* the weightiest */

#define ADVICE_MAX_A_KIND 5 /* of each kind, the weightiest; how many more there are is told */

/* Kind, and its word in keys. What value, bound, times, date_s say of each stands behind it. */
#define ADVICE_KINDS(X)                                                                            \
	X(ZONE_HOT, "zone-hot")	    /* value: seconds above allowable */                           \
	X(DISK_FULL, "disk-full")   /* value: % now; date: full, 0: it is; times: capacity_kind */ \
	X(CAPACITY, "capacity")	    /* likewise, of anything else; date: of 80 % */                \
	X(LINK_BELOW, "link-below") /* value: availability, %; bound: target */                    \
	X(NODE_BELOW, "node-below") /* likewise, of servers and devices */                         \
	X(ZONE_BELOW, "zone-below") /* likewise */                                                 \
	X(REPEATED, "repeated")	    /* times: incidents of one cause */                            \
	X(CHATTERS, "chatters")	    /* times: it came and went */                                  \
	X(STALE, "stale")	    /* value: seconds that an alert stands */                      \
	X(BATTERY, "battery")	    /* value: least runtime in s, NAN: it says so itself */        \
	X(ZONE_WARM, "zone-warm")   /* value: seconds above recommended */                         \
	X(SENSOR_DEAD, "sensor-dead")	/* value: % of its samples that are there */               \
	X(DATA_MISSING, "data-missing") /* value: completeness, %; bound: target */                \
	X(REDUNDANCY, "redundancy")   /* value: seconds that a cooling unit of several was down */ \
	X(CERTIFICATE, "certificate") /* date: it ends */                                          \
	X(UNTAKEN, "untaken")	      /* times: critical incidents that nobody acknowledged */     \
	X(METER, "meter")	      /* value: a PUE that cannot be */

enum advice_kind {
#define ADVICE(id, word) ADVICE_##id,
	ADVICE_KINDS(ADVICE)
#undef ADVICE
	ADVICE_KINDS_N
};

struct advice_one {
	enum advice_kind kind;
	char key[ADVICE_MAX_KEY]; /* stable from month to month: "disk-full:sim04/filesystem-var" */
	double weight;		  /* the greater, the sooner */
	const struct node *node;  /* or NULL */
	const struct zone *zone;  /* or NULL */
	const char *what;	  /* instance, rule, subject, title; "" */
	double value;		  /* NAN: none */
	double bound;		  /* NAN: none */
	unsigned times;
	int64_t date_s; /* 0: none */
	bool again;	/* the period before gave it, too */
};

struct advice {
	struct advice_one *ones; /* weightiest first */
	size_t nones;
	unsigned of_kind[ADVICE_KINDS_N]; /* how many there were before the lists were cut */
};

struct advice *advice_new(const struct figures *f);
void advice_free(struct advice *v); /* NULL is fine */
const char *advice_word(enum advice_kind kind);
/* What one period's figures give, uncut, in the order of the kinds. Of parts that are NULL nothing
 * is said. */
struct advice *advice_of(const struct figures_of *of, const struct plant *p);

#endif
