/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plant: what a report is made from: the configuration, the site with every series that the catalog
 * knows, and where the RRDs lie. Read-only. The program enters the directory of the RRDs before it
 * opens the plant.
 */
#ifndef COLLECTOR_PLANT_H
#define COLLECTOR_PLANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"
#include "zw/err.h"

struct conf_collector;
struct measure_table;
struct period;

struct plant {
	const struct conf_collector *conf; /* borrowed */
	struct site *site;
	int64_t data_end_s; /* of the newest sample of all RRDs; 0: there is none */
	int64_t now_s;	    /* when it was opened */
};

/* Reads the catalog below store.dir and makes all its series known to the site. Series whose RRD is
 * absent or damaged are there all the same. -1: there is no catalog that can be read. */
int plant_open(struct plant **out, const struct conf_collector *conf, struct err *e)
    __attribute__((warn_unused_result));
void plant_close(struct plant *p); /* NULL is fine */

/* Up to when a period can be told of. One that is over, by clock or by data: to its end, for
 * silence at its end is part of it. One that goes on: as far as there are data; while there are
 * none, till now. */
int64_t plant_until(const struct plant *p, const struct period *period);

/* Whether the node belongs to the report of this zone (NULL: the whole site: all do). The zone's
 * own nodes, and what serves it. */
bool plant_in_zone(const struct node *n, const struct zone *z);
/* Fields that hold a measure ("inlet", "it-power", ...: the configuration's `measures`) on nodes in
 * the zone (NULL: all): calls each(). Fields of summary nodes are left out. */
void plant_measure(const struct plant *p, const char *measure, const struct zone *z,
    void (*each)(void *arg, const struct series *se, unsigned field), void *arg);
/* Series of a source (a pattern, * stands for any text) on nodes in the zone: likewise. */
void plant_sources(const struct plant *p, const char *source, const struct zone *z,
    void (*each)(void *arg, const struct series *se), void *arg);

#endif
