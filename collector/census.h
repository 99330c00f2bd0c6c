/* SPDX-License-Identifier: GPL-3.0-or-later */
/* census: what of a configuration meets nothing that the collector ever saw: zones that nobody
 * watches, rules and limits about nothing. By the catalog, so without one nothing is said. */
#ifndef COLLECTOR_CENSUS_H
#define COLLECTOR_CENSUS_H

#include <stdio.h>

struct conf_collector;
struct conf_errors;

/* Warns of a zone without a sensor of the measure inlet, or without a cooling unit; of rules and
 * rows of `limits` that match no series. The configuration has no errors. */
void census_review(const struct conf_collector *conf, struct conf_errors *ce);
/* A table: of each zone how many nodes, inlets and cooling units, and which kinds of rules look
 * there. -1: there is no catalog that can be read. */
int census_print(const struct conf_collector *conf, FILE *f);

#endif
