/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advice: what should be done, by rules over all figures: a table of kinds, each with what it looks
 * for and how much it weighs. Language-free: the sections say it. */
#ifndef COLLECTOR_FIGURES_ADVICE_H
#define COLLECTOR_FIGURES_ADVICE_H

#include "collector/report/figures/figures.h"

#define ADVICE_MAX_KEY 160
#define ADVICE_MAX 60 /* the weightiest */

/* Kind, and its word in keys. */
#define ADVICE_KINDS(X)                                                                            \
	X(ZONE_HOT, "zone-hot")		    /* minutes above the allowable range */                \
	X(DISK_FULL, "disk-full")	    /* by a date */                                        \
	X(CAPACITY_FULL, "capacity-full")   /* anything else that fills: by a date */              \
	X(LINK_BELOW, "link-below")	    /* its target of availability */                       \
	X(NODE_BELOW, "node-below")	    /* likewise: a server, unit, UPS */                    \
	X(CAUSE_REPEATED, "cause-repeated") /* incidents of the same cause */                      \
	X(ALARM_CHATTERS, "alarm-chatters") /* comes and goes: to be tuned */                      \
	X(BATTERY_WEAK, "battery-weak")	    /* runtime, age, or it says so itself */               \
	X(ZONE_WARM, "zone-warm")	    /* hours above the recommended range */                \
	X(SENSOR_DEAD, "sensor-dead")	    /* no data all the period's last week */               \
	X(DATA_MISSING, "data-missing")	    /* completeness below its target */                    \
	X(REDUNDANCY_LOST, "redundancy-lost")                                                      \
	X(CERTIFICATE, "certificate")	    /* ends soon */                                        \
	X(UNACKNOWLEDGED, "unacknowledged") /* critical incidents that nobody took */

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
	const char *what;	  /* instance, rule, cause; "" */
	double value;		  /* what it says of: see advice.c; NAN: none */
	double bound;		  /* target or limit; NAN: none */
	unsigned times;
	int64_t date_s; /* 0: none */
	bool again;	/* the period before gave it, too */
};

struct advice {
	struct advice_one *ones; /* weightiest first */
	size_t nones;
};

struct advice *advice_new(const struct figures *f);
void advice_free(struct advice *v); /* NULL is fine */

#endif
