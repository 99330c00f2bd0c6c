/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure: which field of which series holds a quantity ("inlet", "cools", "it-power"), as the rows
 * of the configuration's `measures` say: the one answer for countdown, mails, map and what is
 * derived. */
#ifndef COLLECTOR_MEASURE_H
#define COLLECTOR_MEASURE_H

#include <stdbool.h>

struct conf_collector;
struct conf_measure;
struct series;

/* Whether the row covers the series' field; whatever its quantity. */
bool measure_covers(const struct conf_measure *m, const struct series *se, unsigned field);
/* Whether any row says that the field holds the quantity; name NULL: none does. */
bool measure_holds(
    const struct conf_collector *conf, const char *name, const struct series *se, unsigned field);

#endif
