/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster: which alerts fire in which open incident, found from the alert, from the node and from
 * the incident; so that 4096 alerts in a turn cost as many steps, not their square. */
#ifndef COLLECTOR_ROSTER_H
#define COLLECTOR_ROSTER_H

#include "collector/alert/engine.h"
#include "zw/hash.h"

/* Topics that belong together in a zone; air and cooling are one family. */
#define ROSTER_FAMILIES (TOPIC_MONITOR + 1)
#define ROSTER_PLACES 66 /* zones, the one of those without, the site */

/* An alert that fires in an incident. */
struct fire {
	struct cause c;
	struct alert *a; /* the same, to be written to */
	struct entry *in;
	enum wire_severity severity; /* as it is counted */
	bool muted;		     /* likewise */
	unsigned place;
	unsigned family;
	struct fire *before; /* in its incident */
	struct fire *after;
	struct fire *next; /* of the same node, or of none */
	struct fire *next_feeder;
	UT_hash_handle hh; /* by the alert's address */
};

/* An open incident. */
struct entry {
	struct incident in; /* first: one is cast into the other */
	struct fire *fires;
	struct fire *root; /* its cause, while that fires; NULL */
	size_t by_severity[WIRE_CRITICAL + 1];
	unsigned short by_family[ROSTER_PLACES][ROSTER_FAMILIES];
	bool lost_cause; /* it is to be looked for anew */
	int64_t
	    quiet_ms; /* since when nothing fires in it; 0: something does, or it was restored */
};

struct roster {
	struct fire *by_alert;
	struct fire *groups;  /* of no node */
	struct fire *feeders; /* on nodes that cool or feed others */
	bool complete;	      /* has all that was restored */
};

/* Made when it is asked for first. */
struct roster *roster_of(struct engine *e);
void roster_free(struct engine *e);
struct fire *roster_find(struct engine *e, const struct alert *a); /* or NULL */
/* An alert fires in an incident; counted there. */
struct fire *roster_add(
    struct engine *e, struct incident *in, struct alert *a, const struct cause *c);
/* Severity and muting are counted anew. */
void roster_update(struct fire *f);
void roster_remove(struct engine *e, struct fire *f);
unsigned roster_family(enum alert_topic t);
unsigned roster_place(const struct cause *c);

#endif
