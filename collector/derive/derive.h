/* SPDX-License-Identifier: GPL-3.0-or-later */
/* derive: values that nothing measures but that follow from what is measured: a dew point, a zone's
 * hottest inlet and how fast it warms, IT power, PUE, rack cooling indices. Pure: the site in, a
 * definition and values for each derived series out. Which there are, the configuration's `derived`
 * says; what they are made of, its `measures`.
 *
 * A derived series belongs to the node that its inputs are of (scope series), or to a node of the
 * zone's own ("zone.B") or the site's ("site"); see site_summary(). */
#ifndef COLLECTOR_DERIVE_H
#define COLLECTOR_DERIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"
#include "zw/metric.h"

#define DERIVE_STEP 10	       /* s, of every derived series */
#define DERIVE_MAX_SERIES 1024 /* more are left out */

struct conf_collector;
struct derive;

/* Both are borrowed. */
struct derive *derive_new(const struct conf_collector *conf, struct site *site);
void derive_free(struct derive *d); /* NULL is fine */

/* Looks for inputs that the site got since the last time. True: there are further series, or
 * further fields of one. */
bool derive_find(struct derive *d);
/* Those of which at least one input is known. A definition's fields only grow. */
size_t derive_count(const struct derive *d);
const struct series_def *derive_def(const struct derive *d, size_t i);
/* Its values for the step that ends at time_s, from inputs that are live now; NaN where too few
 * are: a sum needs all of its inputs, an average half, an extreme one. */
void derive_values(
    struct derive *d, size_t i, int64_t time_s, int64_t now_ms, double values[METRIC_MAX_FIELDS]);

/* Dew point, °C, by Magnus' formula with Sonntag's constants (17.62, 243.12 °C; -45 to 60 °C);
 * NaN of a humidity not above 0 or above 100 %. */
double derive_dew_point(double celsius, double humidity);

#endif
