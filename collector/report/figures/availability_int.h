/* SPDX-License-Identifier: GPL-3.0-or-later */
/* availability_int: parts of availability: what RRDs show of a node, and what the annals tell. */
#ifndef COLLECTOR_AVAILABILITY_INT_H
#define COLLECTOR_AVAILABILITY_INT_H

#include "collector/report/figures/availability.h"
#include "collector/report/figures/uptime.h"

#define AVAILABILITY_STEP 300 /* s; of rows, at least, where nothing else is asked */

/* What RRDs show of a thing. */
struct availability_seen {
	struct uptime_rows rows;
	double *down;  /* the rows'; freed by availability_forget() */
	double *stand; /* likewise, of a cooling unit: which part of a row it stood by */
	bool rows_say; /* they tell down from up */
	const struct series *word; /* by which; or NULL */
	int64_t first_ms;	   /* of the first row of it that there ever was; INT64_MAX: none */
};

void availability_see(struct availability_seen *seen, const struct plant *p, const struct node *n,
    enum availability_kind kind, int64_t from_s, int64_t to_s, int64_t step_s);
/* Of a zone's summary; false: it has no inlets. */
bool availability_see_zone(struct availability_seen *seen, const struct plant *p,
    const struct zone *z, int64_t from_s, int64_t to_s, int64_t step_s);
void availability_forget(struct availability_seen *seen);
/* Cooling units that stood by while another one of their zone ran were not down. seen[] goes along
 * with ones[]. Pure but for what it changes in seen[]. */
void availability_take_turns(
    const struct availability_one *ones, struct availability_seen *seen, size_t n);
/* Whether a value of a field says that the thing does not do its work. Pure. */
bool availability_is_bad(
    enum availability_kind kind, const struct series *se, unsigned field, double value);

/* When maintenance and the like were in force. */
struct availability_plan {
	struct silence silence;
	struct stretches times;
};

/* What the annals tell of all nodes, in the time that is judged. */
struct availability_told {
	const struct annals *annals;
	int64_t from_ms;
	int64_t to_ms;
	struct stretches away; /* the collector was */
	struct availability_plan *plans;
	size_t nplans;
};

void availability_hear(
    struct availability_told *t, const struct figures_ask *a, int64_t from_ms, int64_t to_ms);
void availability_told_free(struct availability_told *t);
/* When work was planned on a thing; rule and series "" for none in particular. */
void availability_planned(const struct availability_told *t, const char *zone, const char *node,
    const char *series, const char *rule, struct stretches *out);
/* What is told of a node, and of a zone (series: by which the node says how it is, or ""). */
void availability_node_facts(const struct availability_told *t, const struct node *n,
    const char *series, struct uptime_facts *f);
void availability_zone_facts(
    const struct availability_told *t, const struct zone *z, struct uptime_facts *f);

#endif
